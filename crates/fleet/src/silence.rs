//! What silence means (5, 41): how long a session may be quiet, by what was learned of its updates; and the sweep that
//! looks at those that were quiet for too long.

use crate::{Effects, Fleet, NONE, instant::secs, when::When};
use opencmp_domain::{
    ConnectionState, Timestamp,
    event::EventKind,
    session::{EndCause, flags},
};

use std::{cmp::Reverse, collections::BinaryHeap};

/// Updates closer together than this come from events (RFC 2869 §5.16: an interval MUST NOT be below 60 s).
const SHORTEST_INTERVAL_SECS: u32 = 30;

/// The instants at which silence begins to mean something; from the last update, not from the beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub unconfirmed: u32,
    pub stale: u32,
}

impl Fleet {
    pub(crate) fn limits(&self, slot: u32) -> Limits {
        let session = self.sessions.at(slot);
        let timing = &self.config.timing;
        let interval = match self.sims.at(session.sim).interval {
            0 => timing.default_interval_secs.unwrap_or(0),
            learned => learned,
        };
        let (mut unconfirmed, mut stale) = match interval {
            0 => (timing.unknown.unconfirmed_secs, timing.unknown.stale_secs),
            interval => (
                interval.saturating_mul(2).saturating_add(timing.margin_secs),
                interval.saturating_mul(3).saturating_add(timing.margin_secs),
            ),
        };
        let rat = self.classes.fields(session.class).rat();
        if rat.is_some_and(|rat| timing.sleepy_rats.contains(&rat)) {
            unconfirmed = unconfirmed.max(timing.sleepy.unconfirmed_secs);
            stale = stale.max(timing.sleepy.stale_secs);
        }
        let last = session.last_update;
        let after = |secs: u32| self.absences.put_off(last, last.saturating_add(secs), secs);
        Limits { unconfirmed: after(unconfirmed), stale: after(stale.max(unconfirmed)) }
    }

    fn next_limit(&self, slot: u32) -> u32 {
        let limits = self.limits(slot);
        match self.sessions.at(slot).has(flags::OVERDUE) {
            true => limits.stale,
            false => limits.unconfirmed,
        }
    }

    /// Sees to it that an open session is looked at when its limit is reached. A later limit needs nothing: the timer
    /// that is set finds out.
    #[inline]
    pub(crate) fn arm(&mut self, slot: u32) {
        let session = self.sessions.at(slot);
        if !session.is_open() {
            return;
        }
        let armed = session.armed;
        let due = self.next_limit(slot);
        if armed == 0 || due < armed {
            self.sessions.at_mut(slot).armed = due;
            self.timers.add(due, slot);
        }
    }

    /// Learns from a regular update how far apart they are. A longer distance is believed in half, so that a lost update
    /// doesn't double it; a shorter one in an eighth. True when limits may be earlier for it.
    pub(crate) fn learn_interval(&mut self, slot: u32, when: &When) -> bool {
        let session = self.sessions.at(slot);
        let seen = when.at.saturating_sub(session.last_update);
        let sim = self.sims.at_mut(session.sim);
        if seen < SHORTEST_INTERVAL_SECS || seen == sim.interval {
            return false;
        }
        let earlier = sim.interval == 0 || seen < sim.interval;
        sim.interval = match sim.interval {
            0 => seen,
            known if seen >= known => known.saturating_add((seen - known).div_ceil(2)),
            known => known - (known - seen) / 8,
        };
        // The interval is the SIM's: the limits of its other sessions may be earlier now.
        let mut open = sim.open_all;
        let mut other = if earlier && open > 1 { sim.sessions } else { NONE };
        while other != NONE && open > 0 {
            self.arm(other);
            let session = self.sessions.at(other);
            open -= u16::from(session.is_open());
            other = session.next;
        }
        earlier
    }

    /// An overdue session was heard of again. True when it was overdue.
    pub(crate) fn confirm(&mut self, slot: u32, at: u32, effects: &mut Effects) -> bool {
        if !self.sessions.at(slot).has(flags::OVERDUE) {
            return false;
        }
        let sim = self.sessions.at(slot).sim;
        let before = self.sims.at(sim).connection();
        self.flag_open(slot, 0, flags::OVERDUE);
        if before == ConnectionState::Unconfirmed
            && self.sims.at(sim).connection() == ConnectionState::Connected
        {
            self.tell(slot, at, EventKind::Confirmed, None, None, effects);
        }
        self.touch_sim(sim, effects);
        true
    }

    /// Follows the silence: marks sessions whose updates are overdue, closes those not heard of for too long and forgets
    /// those closed long ago. `now` is the instant up to which everything received has been applied, never the wall
    /// clock while records wait: else a backlog looks like silence.
    pub fn sweep(&mut self, now: Timestamp, effects: &mut Effects) {
        let now = secs(now);
        self.alerts.now = now;
        let mut due = std::mem::take(&mut self.due);
        let mut reached = BinaryHeap::new();
        while self.timers.take_due(now, &mut due) {
            for timer in due.drain(..) {
                let session = self.sessions.at_mut(timer.session);
                if session.in_use() && session.is_open() && session.armed == timer.due {
                    session.armed = 0;
                    self.follow_up(timer.session, now, &mut reached);
                }
            }
        }
        self.due = due;
        // In the order in which the limits were reached, not in which sessions happen to be looked at.
        while let Some(Reverse((limit, _, slot))) = reached.pop() {
            if self.sessions.at(slot).is_open() {
                self.limit_reached(slot, limit, effects);
                self.follow_up(slot, now, &mut reached);
            }
        }
        self.follow_due(now);
        self.forget_closed(now);
    }

    /// Sets the session's timer anew, or notes that its limit was reached.
    fn follow_up(&mut self, slot: u32, now: u32, reached: &mut BinaryHeap<Reverse<(u32, i64, u32)>>) {
        if !self.sessions.at(slot).is_open() {
            return;
        }
        let limit = self.next_limit(slot);
        if limit <= now {
            reached.push(Reverse((limit, self.sessions.at(slot).id, slot)));
        } else {
            self.arm(slot);
        }
    }

    fn limit_reached(&mut self, slot: u32, limit: u32, effects: &mut Effects) {
        if self.sessions.at(slot).has(flags::OVERDUE) {
            let last_update = self.sessions.at(slot).last_update;
            self.tell(slot, limit, EventKind::StaleClosed, None, None, effects);
            return self.close(slot, last_update, EndCause::STALE, true, effects);
        }
        let sim = self.sessions.at(slot).sim;
        let before = self.sims.at(sim).connection();
        self.flag_open(slot, flags::OVERDUE, 0);
        self.touch_session(slot, effects);
        self.touch_sim(sim, effects);
        let after = self.sims.at(sim).connection();
        if before == ConnectionState::Connected && after == ConnectionState::Unconfirmed {
            self.tell(slot, limit, EventKind::Unconfirmed, None, None, effects);
        }
    }

    /// Forgets sessions that were closed long ago, or are too many. Those not yet taken for writing stay.
    fn forget_closed(&mut self, now: u32) {
        while let Some(&(slot, closing)) = self.closed.front() {
            let session = self.sessions.at(slot);
            let is_its = session.in_use() && !session.is_open() && session.armed == closing;
            if is_its {
                let kept_until = session.end_of_life().saturating_add(self.config.closed_horizon_secs);
                let too_many = self.closed.len() > self.config.closed_sessions_max;
                if session.marks != 0 || (now < kept_until && !too_many) {
                    break;
                }
                self.forget(slot);
            }
            self.closed.pop_front();
        }
    }
}
