//! Sessions begin, end, go on and divide.

use crate::{
    AccountingRecord, Effects, Fleet, NONE, SessionSlot, SessionTurn, StatusType,
    gateways::Sender,
    instant::moved,
    session::{ENTERED, Segment, Session},
    sim::Sim,
    when::When,
};
use opencmp_domain::{
    event::EventKind,
    session::{EndCause, flags},
};

impl Fleet {
    /// Makes the session that a record is the first of. Its beginning is the record's origin (7).
    pub(crate) fn open_session(
        &mut self,
        record: &AccountingRecord<'_>,
        sender: Sender,
        sim: u32,
        when: &When,
    ) -> u32 {
        let started = when.origin().map_or(when.at, |origin| moved(0, origin));
        let mut session = Session {
            id: self.next_id(),
            sim,
            gateway: sender.gateway,
            node: sender.node,
            started,
            last_update: when.at,
            segment: Segment::starting(started),
            ..Session::default()
        };
        session.set_acct_session_id(record.acct_session_id);
        if record.status != StatusType::Start {
            session.flags |= flags::MISSED_START;
        }
        if when.session_secs.is_none() {
            session.flags |= flags::NO_SESSION_TIME;
        }
        let slot = self.settle_in(session);
        self.add_to_open(slot);
        self.connected(slot, started);
        slot
    }

    /// A session is open; tells if it is the SIM's only one.
    fn connected(&mut self, slot: u32, at: u32) {
        let session = self.sessions.at(slot);
        let sim = session.sim;
        if !session.is_secondary() && self.sims.at(sim).open == 1 {
            self.came_online(sim, at);
        }
    }

    fn next_id(&mut self) -> i64 {
        self.next_session_id += 1;
        self.next_session_id - 1
    }

    /// Gives a session a slot, and its SIM and key the slot.
    pub(crate) fn settle_in(&mut self, session: Session) -> u32 {
        let sim = session.sim;
        let slot = match self.free.pop() {
            Some(slot) => {
                *self.sessions.at_mut(slot) = session;
                slot
            }
            None => self.sessions.push(session),
        };
        self.sessions_in_use += 1;
        self.by_key.insert(&self.sessions, slot);
        self.link(slot, sim);
        slot
    }

    fn link(&mut self, slot: u32, sim: u32) {
        let head = std::mem::replace(&mut self.sims.at_mut(sim).sessions, slot);
        let session = self.sessions.at_mut(slot);
        session.sim = sim;
        session.next = head;
        session.prev = NONE;
        if head != NONE {
            self.sessions.at_mut(head).prev = slot;
        }
    }

    fn unlink(&mut self, slot: u32) {
        let &Session { sim, next, prev, .. } = self.sessions.at(slot);
        match prev {
            NONE => self.sims.at_mut(sim).sessions = next,
            prev => self.sessions.at_mut(prev).next = next,
        }
        if next != NONE {
            self.sessions.at_mut(next).prev = prev;
        }
    }

    pub(crate) fn add_to_open(&mut self, slot: u32) {
        let place = self.gateways.add_open(self.sessions.at(slot).node, slot);
        let session = self.sessions.at_mut(slot);
        session.place = place;
        session.armed = 0;
        let counted = Counted::of(session);
        counted.add(self.sims.at_mut(session.sim));
    }

    fn remove_from_open(&mut self, slot: u32) {
        self.take_from_node(slot);
        let session = self.sessions.at_mut(slot);
        let counted = Counted::of(session);
        session.place = NONE;
        session.flags &= !flags::OVERDUE;
        counted.remove(self.sims.at_mut(session.sim));
    }

    fn take_from_node(&mut self, slot: u32) {
        let &Session { node, place, .. } = self.sessions.at(slot);
        if let Some(moved) = self.gateways.remove_open(node, place) {
            self.sessions.at_mut(moved).place = place;
        }
    }

    /// Another gateway behind the same client goes on with the session.
    pub(crate) fn move_to_node(&mut self, slot: u32, node: u32) {
        let open = self.sessions.at(slot).is_open();
        if open {
            self.take_from_node(slot);
        }
        let session = self.sessions.at_mut(slot);
        session.node = node;
        if open {
            session.place = self.gateways.add_open(node, slot);
        }
    }

    /// Changes flags that the SIM's counts follow.
    pub(crate) fn flag_open(&mut self, slot: u32, set: u32, clear: u32) {
        let session = self.sessions.at_mut(slot);
        let before = Counted::of(session);
        session.flags = session.flags & !clear | set;
        if session.is_open() {
            let sim = self.sims.at_mut(session.sim);
            before.remove(sim);
            Counted::of(session).add(sim);
        }
    }

    /// Ends a session, or replaces an end of our own finding.
    pub(crate) fn close(
        &mut self,
        slot: u32,
        at: u32,
        cause: EndCause,
        estimated: bool,
        effects: &mut Effects,
    ) {
        let was_open = self.sessions.at(slot).is_open();
        if was_open {
            self.remove_from_open(slot);
            self.closings = self.closings.wrapping_add(1);
            self.closed.push_back((slot, self.closings));
            self.sessions.at_mut(slot).armed = self.closings;
            self.unlist_if_overtaken(slot);
            effects.turns.push(SessionTurn { session: SessionSlot(slot), ended: true });
        }
        let session = self.sessions.at_mut(slot);
        session.ended = at.max(1);
        session.end_cause = cause.0;
        session.marks &= !ENTERED;
        session.flags &= !flags::ESTIMATED_END;
        if estimated {
            session.flags |= flags::ESTIMATED_END;
        }
        let (sim, secondary) = (session.sim, session.is_secondary());
        if was_open && !secondary && self.sims.at(sim).open == 0 {
            self.went_offline(sim, at.max(1), cause);
        }
        self.touch_session(slot, effects);
        self.touch_sim(sim, effects);
    }

    /// The session went on after what was taken for its end.
    pub(crate) fn reopen(&mut self, slot: u32, at: u32, effects: &mut Effects) {
        let session = self.sessions.at_mut(slot);
        session.ended = 0;
        session.end_cause = 0;
        session.flags = session.flags & !(flags::ESTIMATED_END | flags::GREW_AFTER_STOP) | flags::REOPENED;
        let sim = session.sim;
        self.add_to_open(slot);
        self.connected(slot, at);
        self.arm(slot);
        if at >= self.sims.at(sim).last_access {
            self.tell(slot, at, EventKind::Reopened, None, None, effects);
        }
        self.touch_session(slot, effects);
        self.touch_sim(sim, effects);
    }

    /// Makes the runs from `place` on a session of their own. It has the state and the attributes of the whole, of which
    /// it is the latest part; what remains is open until something shows its end.
    pub(crate) fn divide(&mut self, slot: u32, place: usize, effects: &mut Effects) -> u32 {
        let whole = self.sessions.at(slot);
        let started = whole.segment_at(place).origin;
        let mut later = Session {
            id: 0,
            sim: whole.sim,
            gateway: whole.gateway,
            node: whole.node,
            started,
            last_update: whole.last_update,
            ended: whole.ended,
            end_cause: whole.end_cause,
            class: whole.class,
            nsapi: whole.nsapi,
            imei: whole.imei,
            ipv4: whole.ipv4,
            flags: (whole.flags | flags::MISSED_START) & !(flags::COUNTER_RESET | flags::NO_SESSION_TIME),
            ..Session::default()
        };
        later.set_acct_session_id(whole.acct_session_id());
        if let Some(cell) = whole.cell() {
            later.set_cell(cell);
        }
        if let Some((prefix, len)) = whole.ipv6_prefix() {
            later.set_ipv6_prefix(prefix, len);
        }
        later.id = self.next_id();
        let whole = self.sessions.at_mut(slot);
        later.set_segments(whole.split_segments(place));
        if later.segment_count() > 1 {
            later.flags |= flags::COUNTER_RESET;
        }
        if whole.segment_count() == 1 {
            whole.flags &= !flags::COUNTER_RESET;
        }
        whole.last_update = whole.segment.last_at().max(whole.started);
        let ended = whole.ended;
        let slot_later = self.settle_in(later);
        if ended == 0 {
            self.add_to_open(slot_later);
        } else {
            self.closings = self.closings.wrapping_add(1);
            self.closed.push_back((slot_later, self.closings));
            self.sessions.at_mut(slot_later).armed = self.closings;
            if ended >= started {
                // That was the end of the later part.
                let whole = self.sessions.at_mut(slot);
                whole.ended = 0;
                whole.end_cause = 0;
                whole.flags &= !(flags::ESTIMATED_END | flags::GREW_AFTER_STOP);
                self.add_to_open(slot);
                self.connected(slot, started);
                self.arm(slot);
            }
        }
        self.list_address(slot_later, started, effects);
        self.supersede(slot_later, started, effects);
        self.touch_session(slot, effects);
        self.touch_session(slot_later, effects);
        slot_later
    }

    /// Forgets a closed session. Its slot is used again.
    pub(crate) fn forget(&mut self, slot: u32) {
        let address = Self::address_of(&self.sessions, &self.classes, slot);
        self.by_address.remove(address, slot);
        self.by_key.remove(&self.sessions, slot);
        self.unlink(slot);
        let session = std::mem::take(self.sessions.at_mut(slot));
        self.forgotten_until = self.forgotten_until.max(session.end_of_life());
        self.sessions_in_use -= 1;
        self.free.push(slot);
    }

    /// Moves a session to another SIM.
    pub(crate) fn hand_over(&mut self, slot: u32, sim: u32) {
        self.unlink(slot);
        if self.sessions.at(slot).is_open() {
            let counted = Counted::of(self.sessions.at(slot));
            counted.remove(self.sims.at_mut(self.sessions.at(slot).sim));
            counted.add(self.sims.at_mut(sim));
        }
        self.sessions.at_mut(slot).marks &= !ENTERED;
        self.link(slot, sim);
    }
}

/// What an open session counts for in its SIM.
#[derive(Clone, Copy)]
pub(crate) struct Counted {
    open: u16,
    overdue: u16,
}

impl Counted {
    pub fn of(session: &Session) -> Self {
        let open = u16::from(!session.is_secondary());
        Self { open, overdue: if session.has(flags::OVERDUE) { open } else { 0 } }
    }

    pub fn add(self, sim: &mut Sim) {
        sim.open_all = sim.open_all.saturating_add(1);
        sim.open = sim.open.saturating_add(self.open);
        sim.overdue = sim.overdue.saturating_add(self.overdue);
    }

    pub fn remove(self, sim: &mut Sim) {
        sim.open_all = sim.open_all.saturating_sub(1);
        sim.open = sim.open.saturating_sub(self.open);
        sim.overdue = sim.overdue.saturating_sub(self.overdue);
    }
}
