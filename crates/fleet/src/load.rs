//! Inventory and stored rows in, stored rows out. A fleet that is restored from its rows goes on as if it had never
//! stopped.

use crate::{
    AccountingRecord, Fleet, NONE, SessionSlot, SimSlot, StatusType,
    calendar::Calendar,
    instant::{secs, some_timestamp, timestamp},
    matching::Found,
    session::{ENTERED, NO_NSAPI, Segment, Session},
    sim::{self, Sim},
    when::When,
};
use opencmp_domain::{
    ConnectionState, Day, Imei, SessionId, SimId, Timestamp, Tz,
    node::Node,
    sim::SimInventory,
    stored::{StoredSession, StoredSim, StoredSimLive, UsageClass},
    units::ByteCount,
    usage::UpDown,
};
use smallvec::SmallVec;

// Loading, in this order: classes, nodes, SIMs, their live rows, sessions, then the marks.
impl Fleet {
    pub fn restore_class(&mut self, class: &UsageClass) {
        self.classes.restore(class);
    }

    /// Loads or changes a SIM of the inventory, and adopts one that was heard of before it was in the inventory: a SIM
    /// without tenant that has its IMSI (else its number) becomes part of it, sessions included. Booked usage rows are
    /// the store's to move.
    ///
    /// After a change of zone or cycle day, today's and the cycle's figures are those of the old ones until
    /// [`Self::restore_sim`] sets them.
    pub fn upsert_sim(&mut self, inventory: &SimInventory, zone: Tz, cycle_day: u32) -> SimSlot {
        let imsi = inventory.imsi.map_or(0, |imsi| imsi.to_bits());
        let msisdn = inventory.msisdn.map_or(0, |msisdn| msisdn.to_bits());
        let calendar = self.calendar_for(zone, cycle_day);
        let slot = match self.slot_of(inventory.id) {
            Some(slot) => slot.0,
            None => match self.nameless(imsi, msisdn) {
                Some(slot) => {
                    self.assign_id(SimSlot(slot), inventory.id);
                    slot
                }
                None => {
                    let slot = self.sims.push(Sim { id: inventory.id.0, ..Sim::default() });
                    self.by_id.insert(&self.sims, slot);
                    slot
                }
            },
        };
        self.follow_service(slot, inventory.service_state);
        let placement = self.placements.of(inventory, calendar, self.alerts.rules());
        let before = std::mem::replace(&mut self.sims.at_mut(slot).placement, placement);
        if before != placement {
            self.moved(slot, before);
        }
        let sim = self.sims.at_mut(slot);
        sim.marks &= !sim::INVENTORY;
        if inventory.tenant.is_some() {
            sim.marks |= sim::INVENTORY;
        }
        self.bind_imsi(slot, imsi);
        self.bind_msisdn(slot, msisdn);
        self.limit_state(slot, inventory);
        SimSlot(slot)
    }

    /// A SIM that was heard of but has no id, by its identifiers.
    fn nameless(&self, imsi: u64, msisdn: u64) -> Option<u32> {
        let by_imsi = self.by_imsi.find(&self.sims, imsi);
        let by_msisdn =
            || self.by_msisdn.find(&self.sims, msisdn).filter(|&slot| self.sims.at(slot).imsi == 0);
        by_imsi.or_else(by_msisdn).filter(|&slot| self.sims.at(slot).id == 0)
    }

    fn bind_imsi(&mut self, slot: u32, imsi: u64) {
        if self.sims.at(slot).imsi == imsi {
            return;
        }
        if self.by_imsi.find(&self.sims, self.sims.at(slot).imsi) == Some(slot) {
            self.by_imsi.remove(&self.sims, slot);
        }
        if let Some(holder) = self.by_imsi.find(&self.sims, imsi) {
            self.by_imsi.remove(&self.sims, holder);
            if !self.sims.at(holder).in_inventory() {
                self.merge(holder, slot);
            }
        }
        self.sims.at_mut(slot).imsi = imsi;
        self.by_imsi.insert(&self.sims, slot);
    }

    fn bind_msisdn(&mut self, slot: u32, msisdn: u64) {
        let listed = self.by_msisdn.find(&self.sims, msisdn);
        if self.sims.at(slot).msisdn == msisdn && listed.is_none_or(|holder| holder == slot) {
            if listed.is_none() {
                self.by_msisdn.insert(&self.sims, slot);
            }
            return;
        }
        if self.by_msisdn.find(&self.sims, self.sims.at(slot).msisdn) == Some(slot) {
            self.by_msisdn.remove(&self.sims, slot);
        }
        self.sims.at_mut(slot).msisdn = msisdn;
        if let Some(holder) = listed.filter(|&holder| holder != slot) {
            let (mine, theirs) = (self.sims.at(slot), self.sims.at(holder));
            if theirs.in_inventory() && !mine.in_inventory() {
                return; // A stranger's claim doesn't take a number away.
            }
            self.by_msisdn.remove(&self.sims, holder);
            if theirs_is_number_alone(self.sims.at(holder)) {
                self.merge(holder, slot);
            } else if self.sims.at(holder).open_all > 0 {
                self.rebound.insert(msisdn, holder);
            }
        }
        self.by_msisdn.insert(&self.sims, slot);
    }

    /// Makes what was heard of a stranger part of a SIM of the inventory, whose identifiers it turned out to have.
    fn merge(&mut self, from: u32, into: u32) {
        while self.sims.at(from).sessions != NONE {
            let session = self.sims.at(from).sessions;
            self.hand_over(session, into);
            let session_state = self.sessions.at_mut(session);
            if session_state.marks & sim::UNSAVED == 0 {
                session_state.marks |= sim::UNSAVED;
                self.unsaved_sessions.push(SessionSlot(session));
            }
        }
        self.by_device.remove(&self.sims, from);
        let stranger = std::mem::take(self.sims.at_mut(from));
        if self.sims.at(into).imei == 0 {
            self.set_device(into, Imei::from_bits(stranger.imei));
        }
        let sim = self.sims.at_mut(into);
        sim.uplink = sim.uplink.saturating_add(stranger.uplink);
        sim.downlink = sim.downlink.saturating_add(stranger.downlink);
        for (octets, day, cycle) in [
            (stranger.today_octets, stranger.today, i32::MIN),
            (stranger.cycle_octets, i32::MIN, stranger.cycle_start),
        ] {
            sim.book(day, cycle, octets);
        }
        if stranger.last_access > sim.last_access {
            sim.last_access = stranger.last_access;
            sim.last_message = stranger.last_message;
            sim.class = stranger.class;
        }
        sim.interval = if sim.interval == 0 { stranger.interval } else { sim.interval };
        self.save_sim(into);
        // Its id stays findable: rows of it may still be asked for. Its own no longer has these sessions.
        let sim = self.sims.at_mut(from);
        sim.id = stranger.id;
        sim.marks = stranger.marks;
        self.save_sim(from);
    }

    fn calendar_for(&mut self, zone: Tz, cycle_day: u32) -> u16 {
        let calendar = Calendar::new(zone, cycle_day);
        let same = |known: &Calendar| known.zone == calendar.zone && known.cycle_day == calendar.cycle_day;
        let place = self.calendars.iter().position(same).unwrap_or_else(|| {
            self.calendars.push(calendar);
            self.calendars.len() - 1
        });
        place as u16
    }

    /// Gives a SIM that was heard of for the first time its id.
    pub fn assign_id(&mut self, slot: SimSlot, id: SimId) {
        if self.sims.at(slot.0).id != id.0 && slot.0 < self.sims.len() {
            if self.slot_of(SimId(self.sims.at(slot.0).id)) == Some(slot) {
                self.by_id.remove(&self.sims, slot.0);
            }
            self.sims.at_mut(slot.0).id = id.0;
            self.by_id.insert(&self.sims, slot.0);
        }
    }

    /// Sets the live part of a SIM that [`Self::upsert_sim`] loaded; `None` if it wasn't.
    pub fn restore_sim(&mut self, live: &StoredSimLive) -> Option<SimSlot> {
        let slot = self.slot_of(live.sim)?;
        let class = live.class.and_then(|id| self.classes.by_id(id)).unwrap_or_default();
        self.set_device(slot.0, live.imei);
        let sim = self.sims.at_mut(slot.0);
        sim.last_message = live.last_message.map_or(0, |message| message.code());
        sim.last_access = live.last_access_at.map_or(0, secs);
        sim.class = class;
        sim.today = live.today.0;
        sim.today_octets = live.today_octets;
        sim.cycle_start = live.cycle_start.0;
        sim.cycle_octets = live.cycle_octets;
        sim.uplink = live.total.uplink.0;
        sim.downlink = live.total.downlink.0;
        sim.interval = live.update_interval_secs;
        sim.offline_since = live.offline_since.filter(|_| sim.in_service()).map_or(0, secs);
        sim.gap = live.gap_secs;
        sim.usual = live.usual;
        Some(slot)
    }

    /// Loads a session: the open ones and those closed within the horizon at start, and any that
    /// [`Self::needs_history`] asked for. One that is in memory already stays as it is. `None`: its SIM isn't loaded.
    pub fn restore_session(&mut self, stored: &StoredSession) -> Option<SessionSlot> {
        let sim = self.slot_of(stored.sim)?.0;
        let gateway = self.gateways.number(stored.nas);
        let node = self.gateways.restored(gateway, stored.node);
        let present = self
            .by_key
            .find(&self.sessions, gateway, &stored.acct_session_id)
            .find(|&slot| self.sessions.at(slot).id == stored.id.0);
        if let Some(slot) = present {
            return Some(SessionSlot(slot));
        }
        let mut session = Session {
            id: stored.id.0,
            sim,
            gateway,
            node,
            started: secs(stored.started_at),
            last_update: secs(stored.last_update_at),
            ended: stored.ended_at.map_or(0, secs),
            end_cause: stored.end_cause.map_or(0, |cause| cause.0),
            class: stored.class.and_then(|id| self.classes.by_id(id)).unwrap_or_default(),
            nsapi: stored.nsapi.unwrap_or(NO_NSAPI),
            imei: stored.imei.map_or(0, |imei| imei.to_bits()),
            ipv4: stored.ipv4.map_or(0, u32::from_be_bytes),
            flags: stored.flags,
            marks: if stored.ended_at.is_none() { ENTERED } else { 0 },
            ..Session::default()
        };
        session.set_acct_session_id(&stored.acct_session_id);
        session.set_segments(stored.segments.iter().map(Segment::from));
        if stored.segments.is_empty() {
            session.segment = Segment::starting(session.started);
        }
        if let Some(cell) = stored.cell {
            session.set_cell(cell);
        }
        if let Some((prefix, len)) = stored.ipv6_prefix {
            session.set_ipv6_prefix(prefix, len);
        }
        self.next_session_id = self.next_session_id.max(stored.id.0.saturating_add(1));
        let open = session.is_open();
        let slot = self.settle_in(session);
        if open {
            self.add_to_open(slot);
            self.arm(slot);
        } else {
            self.closings = self.closings.wrapping_add(1);
            self.closed.push_back((slot, self.closings));
            self.sessions.at_mut(slot).armed = self.closings;
        }
        let listed = self.with_address_of(slot);
        self.tidy_address(slot, &listed);
        self.candidates = listed;
        Some(SessionSlot(slot))
    }

    /// A gateway behind a RADIUS client, with its latest restart: records from before that, if they come late, are closed by
    /// it. Before the sessions.
    pub fn restore_node(&mut self, stored: &Node) {
        self.gateways.restore(stored);
    }

    /// Gateways behind RADIUS clients that are new, or said something since the last call.
    pub fn take_changed_nodes(&mut self) -> Vec<Node> {
        self.gateways.take_changed()
    }

    /// Sessions that were last heard of before this instant may be missing from memory: those closed before the
    /// cut-off of loading.
    pub fn set_forgotten_until(&mut self, at: Timestamp) {
        self.forgotten_until = self.forgotten_until.max(secs(at));
    }

    /// Ids of sessions are given out from here on (the highest stored one plus one).
    pub fn set_next_session_id(&mut self, id: SessionId) {
        self.next_session_id = self.next_session_id.max(id.0);
    }

    /// True when the record's session is not in memory but may have been once: look it up by gateway and
    /// Acct-Session-Id, [`Self::restore_session`] all that are found, then [`Self::apply`]. Otherwise a very late
    /// repetition would count twice. Sessions that began after anything was forgotten need no look at memory.
    pub fn needs_history(&mut self, record: &AccountingRecord<'_>) -> bool {
        if self.forgotten_until == 0
            || !matches!(record.status, StatusType::Start | StatusType::Interim | StatusType::Stop)
        {
            return false;
        }
        let when = When::of(record, &self.config);
        let margin = i64::from(self.config.stop_grace_secs) + when.tolerance as i64;
        if when.origin().is_some_and(|origin| origin > i64::from(self.forgotten_until) + margin) {
            return false;
        }
        let Some(gateway) = self.gateways.known(record.nas) else { return true };
        // A SIM that isn't in memory has no rows: all of them are loaded.
        let Some(identified) = self.identify_known(record, gateway) else { return false };
        match self.find_session(record, gateway, identified.sim, &when) {
            Found::Run { .. } | Found::Division { .. } => false,
            Found::NewRun { session } => {
                when.origin().is_some_and(|origin| origin < i64::from(self.sessions.at(session).started))
            }
            Found::Unknown => true,
        }
    }

    /// The SIM that a record is of, as far as it is known: whose history [`Self::needs_history`] asks for.
    pub fn sim_of(&self, record: &AccountingRecord<'_>) -> Option<SimSlot> {
        let gateway = self.gateways.known(record.nas).unwrap_or(NONE);
        self.identify_known(record, gateway).map(|identified| SimSlot(identified.sim))
    }

    /// A SIM's row, with its open sessions; `None` without an id.
    pub fn stored_sim(&self, slot: SimSlot) -> Option<StoredSim> {
        let live = self.stored_live(slot)?;
        let sim = self.sims.at(slot.0);
        let mut open: SmallVec<[StoredSession; 1]> = SmallVec::new();
        let mut session = sim.sessions;
        while session != NONE && open.len() < usize::from(sim.open_all) {
            let at = self.sessions.at(session);
            if at.is_open() {
                open.extend(self.stored_session(SessionSlot(session)));
            }
            session = at.next;
        }
        open.sort_unstable_by_key(|session| session.id);
        Some(StoredSim { live, open })
    }

    /// The row of a session that isn't its SIM's: of one that ended, and the entry of an open one if it isn't written yet,
    /// which this says it will be. `None` also for a forgotten session and while its SIM has no id.
    pub fn session_row(&mut self, slot: SessionSlot) -> Option<StoredSession> {
        let session = self.sessions.at(slot.0);
        if session.is_open() && session.marks & ENTERED != 0 {
            return None;
        }
        let stored = self.stored_session(slot)?;
        let session = self.sessions.at_mut(slot.0);
        if session.is_open() {
            session.marks |= ENTERED;
        }
        Some(stored)
    }

    fn stored_live(&self, slot: SimSlot) -> Option<StoredSimLive> {
        let sim = self.sims.at(slot.0);
        (sim.id != 0).then(|| StoredSimLive {
            sim: SimId(sim.id),
            last_message: sim.last_message(),
            last_access_at: some_timestamp(sim.last_access),
            imei: Imei::from_bits(sim.imei),
            class: self.classes.known_id(sim.class),
            today: Day(sim.today),
            today_octets: sim.today_octets,
            cycle_start: Day(sim.cycle_start),
            cycle_octets: sim.cycle_octets,
            total: UpDown { uplink: ByteCount(sim.uplink), downlink: ByteCount(sim.downlink) },
            update_interval_secs: sim.interval,
            unconfirmed: sim.connection() == ConnectionState::Unconfirmed,
            offline_since: some_timestamp(sim.offline_since),
            gap_secs: sim.gap,
            usual: sim.usual,
        })
    }

    /// `None` for a forgotten session and while its SIM has no id.
    pub fn stored_session(&self, slot: SessionSlot) -> Option<StoredSession> {
        let session = self.sessions.at(slot.0);
        let sim = self.sims.at(session.sim);
        if !session.in_use() || sim.id == 0 {
            return None;
        }
        Some(StoredSession {
            id: SessionId(session.id),
            sim: SimId(sim.id),
            nas: self.gateways.nas(session.gateway)?,
            node: self.gateways.node_id(session.node),
            acct_session_id: session.acct_session_id().into(),
            started_at: timestamp(session.started),
            last_update_at: timestamp(session.last_update),
            ended_at: session.ended_at(),
            end_cause: session.end_cause(),
            segments: session.segments().map(Into::into).collect(),
            session_secs: session.segment.last,
            class: self.classes.known_id(session.class),
            nsapi: session.nsapi(),
            cell: session.cell(),
            imei: session.imei(),
            ipv4: session.ipv4(),
            ipv6_prefix: session.ipv6_prefix(),
            flags: session.flags,
        })
    }
}

/// A stranger that only its number is known of.
fn theirs_is_number_alone(sim: &Sim) -> bool {
    sim.imsi == 0 && !sim.in_inventory()
}
