//! The fleet in memory, and what may be asked of it.

use crate::{
    AccountingRecord, Effects, FleetConfig, FleetEvent, SessionSlot, SessionTurn, SimSlot,
    absence::Absences,
    alerts::Alerts,
    arena::Arena,
    calendar::Calendar,
    classes::Classes,
    gateways::Gateways,
    index::{Address, AddressIndex, DeviceIndex, KeyIndex, SimIndex},
    instant::{some_timestamp, timestamp},
    placements::Placements,
    session::Session,
    sim::{self, Sim},
    timers::{Timer, Timers},
};
use opencmp_domain::{
    ConnectionState, Day, GroupId, Imei, Imsi, LastMessage, Msisdn, NasId, SimId, Timestamp, UsageClassId,
    event::EventKind, node::Node, session::EndCause, stored::UsageClass, units::ByteCount, usage::UpDown,
};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;

/// See the crate's documentation for the order of calls.
pub struct Fleet {
    pub(crate) config: FleetConfig,
    pub(crate) sims: Arena<Sim>,
    pub(crate) sessions: Arena<Session>,
    /// Slots of forgotten sessions, to be used again.
    pub(crate) free: Vec<u32>,
    pub(crate) sessions_in_use: usize,
    pub(crate) by_id: SimIndex,
    pub(crate) by_imsi: SimIndex,
    pub(crate) by_msisdn: SimIndex,
    /// The SIM that had a number before the inventory gave it to another.
    pub(crate) rebound: FxHashMap<u64, u32>,
    pub(crate) by_device: DeviceIndex,
    pub(crate) by_key: KeyIndex,
    pub(crate) by_address: AddressIndex,
    pub(crate) classes: Classes,
    pub(crate) calendars: Vec<Calendar>,
    pub(crate) placements: Placements,
    pub(crate) alerts: Alerts,
    pub(crate) gateways: Gateways,
    pub(crate) absences: Absences,
    pub(crate) timers: Timers,
    pub(crate) due: Vec<Timer>,
    /// Closed sessions in the order of closing: slot, and its number in that order.
    pub(crate) closed: VecDeque<(u32, u32)>,
    pub(crate) closings: u32,
    /// Sessions last heard of up to here may have been forgotten.
    pub(crate) forgotten_until: u32,
    pub(crate) next_session_id: i64,
    pub(crate) unsaved_sims: Vec<SimSlot>,
    pub(crate) unsaved_sessions: Vec<SessionSlot>,
    /// Room for the sessions that share a key.
    pub(crate) candidates: Vec<u32>,
}

/// What the directory's live columns need of a SIM. `today` and `cycle` are those of its last booked usage: a reader
/// whose day or cycle is later reads 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimView {
    pub id: Option<SimId>,
    pub connection: ConnectionState,
    pub last_message: Option<LastMessage>,
    pub last_access_at: Option<Timestamp>,
    pub today: Day,
    pub today_octets: u64,
    pub cycle_start: Day,
    pub cycle_octets: u64,
    pub total: UpDown,
    /// APN, radio access and network last seen.
    pub class: Option<UsageClassId>,
    pub imei: Option<Imei>,
    pub update_interval_secs: Option<u32>,
    /// All that are open, secondary bearers included.
    pub open_sessions: u32,
}

/// Who a SIM is by its records, for registering it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownSim {
    pub slot: SimSlot,
    pub imsi: Option<Imsi>,
    pub msisdn: Option<Msisdn>,
}

impl Fleet {
    pub fn new(config: FleetConfig) -> Self {
        let expected = config.expected_sims;
        let sessions = Arena::new();
        let mut by_key = KeyIndex::default();
        by_key.reserve(&sessions, expected);
        Self {
            calendars: vec![Calendar::new(config.default_zone, config.default_cycle_day)],
            placements: Placements::new(),
            alerts: Alerts::default(),
            config,
            sims: Arena::new(),
            sessions,
            free: Vec::new(),
            sessions_in_use: 0,
            by_id: SimIndex::new(expected, |sim| sim.id.unsigned_abs()),
            by_imsi: SimIndex::new(expected, |sim| sim.imsi),
            by_msisdn: SimIndex::new(expected, |sim| sim.msisdn),
            rebound: FxHashMap::default(),
            by_device: DeviceIndex::default(),
            by_key,
            by_address: AddressIndex::default(),
            classes: Classes::new(),
            gateways: Gateways::default(),
            absences: Absences::default(),
            timers: Timers::default(),
            due: Vec::new(),
            closed: VecDeque::new(),
            closings: 0,
            forgotten_until: 0,
            next_session_id: 1,
            unsaved_sims: Vec::new(),
            unsaved_sessions: Vec::new(),
            candidates: Vec::new(),
        }
    }

    /// Reads what the records' sessions and SIMs are kept in, so that applying them finds it in the processor's cache: the
    /// look-ups of a few dozen records wait for memory together instead of one after another. Changes nothing.
    pub fn warm<'a>(&self, records: impl Iterator<Item = &'a AccountingRecord<'a>> + Clone) {
        let mut read = 0u32;
        for record in records.clone() {
            let imsi = record.imsi.map_or(0, |imsi| imsi.to_bits());
            if let Some(slot) = self.by_imsi.find(&self.sims, imsi) {
                let sim = self.sims.at(slot);
                read ^= sim.last_access ^ u32::from(sim.marks);
            }
        }
        for record in records {
            if let Some(gateway) = self.gateways.known(record.nas) {
                for slot in self.by_key.find(&self.sessions, gateway, record.acct_session_id) {
                    let session = self.sessions.at(slot);
                    read ^= session.segment.last ^ u32::from(session.marks);
                }
            }
        }
        std::hint::black_box(read);
    }

    /// Ends a batch: empties the effects, so that what is touched next is listed again.
    pub fn settle(&mut self, effects: &mut Effects) {
        for slot in effects.sims.drain(..) {
            self.sims.at_mut(slot.0).marks &= !sim::TOUCHED;
        }
        for slot in effects.sessions.drain(..) {
            self.sessions.at_mut(slot.0).marks &= !sim::TOUCHED;
        }
        effects.usage.clear();
        effects.events.clear();
        effects.new_sims.clear();
        effects.new_classes.clear();
        effects.restarts.clear();
        effects.wraps.clear();
        effects.turns.clear();
    }

    /// What the time line will say of a session's beginning or end, as the store reads it from the session's row. `None`
    /// if there is nothing to say any more.
    pub fn turn_event(&self, turn: SessionTurn) -> Option<FleetEvent> {
        let session = self.sessions.at(turn.session.0);
        let event = |at, kind, to| FleetEvent { sim: SimSlot(session.sim), at, kind, from: None, to };
        if !session.in_use() {
            return None;
        }
        if turn.ended {
            let cause = session.end_cause().map(EndCause::name);
            return Some(event(session.ended_at()?, EventKind::SessionEnded, cause));
        }
        let apn = self.classes.definition(session.class).and_then(|class| class.apn.as_ref());
        Some(event(timestamp(session.started), EventKind::SessionStarted, apn.map(ToString::to_string)))
    }

    /// Everything that changed since the last call, each once, for writing. The sessions' slots are
    /// good until the next [`Self::sweep`]: make the rows ([`Self::stored_sim`], [`Self::session_row`]) before it.
    pub fn take_unsaved(&mut self) -> (Vec<SimSlot>, Vec<SessionSlot>) {
        for slot in &self.unsaved_sims {
            self.sims.at_mut(slot.0).marks &= !sim::UNSAVED;
        }
        for slot in &self.unsaved_sessions {
            self.sessions.at_mut(slot.0).marks &= !sim::UNSAVED;
        }
        // The room goes with them: after a burst it would be kept for nothing.
        (std::mem::take(&mut self.unsaved_sims), std::mem::take(&mut self.unsaved_sessions))
    }

    /// How many SIMs wait for [`Self::take_unsaved`].
    pub fn unsaved(&self) -> usize {
        self.unsaved_sims.len()
    }

    pub fn slot_of(&self, sim: SimId) -> Option<SimSlot> {
        self.by_id.find(&self.sims, sim.0.unsigned_abs()).map(SimSlot)
    }

    pub fn sim_view(&self, slot: SimSlot) -> Option<SimView> {
        if slot.0 >= self.sims.len() {
            return None;
        }
        let sim = self.sims.at(slot.0);
        Some(SimView {
            id: (sim.id != 0).then_some(SimId(sim.id)),
            connection: sim.connection(),
            last_message: sim.last_message(),
            last_access_at: some_timestamp(sim.last_access),
            today: Day(sim.today),
            today_octets: sim.today_octets,
            cycle_start: Day(sim.cycle_start),
            cycle_octets: sim.cycle_octets,
            total: UpDown { uplink: ByteCount(sim.uplink), downlink: ByteCount(sim.downlink) },
            class: self.classes.known_id(sim.class),
            imei: Imei::from_bits(sim.imei),
            update_interval_secs: (sim.interval != 0).then_some(sim.interval),
            open_sessions: u32::from(sim.open_all),
        })
    }

    /// The group of a SIM of the inventory.
    pub fn group_of(&self, slot: SimSlot) -> Option<GroupId> {
        self.placements.at(self.sims.at(slot.0).placement)?.group()
    }

    /// Identifiers of a SIM, for registering one that has no id.
    pub fn unknown_sim(&self, slot: SimSlot) -> Option<UnknownSim> {
        let sim = self.sims.at(slot.0);
        let unknown =
            UnknownSim { slot, imsi: Imsi::from_bits(sim.imsi), msisdn: Msisdn::from_bits(sim.msisdn) };
        (unknown.imsi.is_some() || unknown.msisdn.is_some()).then_some(unknown)
    }

    /// The SIM that a session is of.
    pub fn session_sim(&self, slot: SessionSlot) -> Option<SimSlot> {
        let session = self.sessions.at(slot.0);
        session.in_use().then_some(SimSlot(session.sim))
    }

    pub fn class(&self, id: UsageClassId) -> Option<&UsageClass> {
        self.classes.by_id(id).and_then(|class| self.classes.definition(class))
    }

    /// The gateways behind a RADIUS client, each with its open sessions.
    pub fn nodes(&self, nas: NasId) -> impl Iterator<Item = (&Node, u64)> {
        self.gateways.nodes_of(nas).map(|node| (&node.stored, node.open.len() as u64))
    }

    /// Open sessions of a gateway.
    pub fn open_sessions(&self, nas: NasId) -> u64 {
        self.gateways.nodes_of(nas).map(|node| node.open.len() as u64).sum()
    }

    pub fn sims(&self) -> usize {
        self.sims.len() as usize
    }

    /// Sessions in memory, open and closed.
    pub fn sessions(&self) -> usize {
        self.sessions_in_use
    }

    /// Up to when a session may have been forgotten; see [`Self::needs_history`].
    pub fn forgotten_until(&self) -> Option<Timestamp> {
        some_timestamp(self.forgotten_until)
    }

    // --- For the steps. ---

    pub(crate) fn touch_sim(&mut self, slot: u32, effects: &mut Effects) {
        let sim = self.sims.at_mut(slot);
        if sim.marks & sim::TOUCHED == 0 {
            sim.marks |= sim::TOUCHED;
            effects.sims.push(SimSlot(slot));
        }
        self.save_sim(slot);
    }

    pub(crate) fn touch_session(&mut self, slot: u32, effects: &mut Effects) {
        let session = self.sessions.at_mut(slot);
        if session.marks & sim::TOUCHED == 0 {
            session.marks |= sim::TOUCHED;
            effects.sessions.push(SessionSlot(slot));
        }
        if session.marks & sim::UNSAVED == 0 {
            session.marks |= sim::UNSAVED;
            self.unsaved_sessions.push(SessionSlot(slot));
        }
        // Its state is in its SIM's row.
        let sim = session.sim;
        self.save_sim(sim);
    }

    /// Another device is in a SIM, or another version of it.
    pub(crate) fn set_device(&mut self, slot: u32, imei: Option<Imei>) {
        self.by_device.remove(&self.sims, slot);
        self.sims.at_mut(slot).imei = imei.map_or(0, Imei::to_bits);
        self.by_device.insert(&self.sims, slot);
    }

    /// Has a SIM's row written.
    pub(crate) fn save_sim(&mut self, slot: u32) {
        let sim = self.sims.at_mut(slot);
        if sim.marks & sim::UNSAVED == 0 {
            sim.marks |= sim::UNSAVED;
            self.unsaved_sims.push(SimSlot(slot));
        }
    }

    /// The address that a session is found under.
    pub(crate) fn address_of(sessions: &Arena<Session>, classes: &Classes, slot: u32) -> Address {
        let session = sessions.at(slot);
        Address { node: session.node, apn: classes.fields(session.class).apn, ipv4: session.ipv4 }
    }
}
