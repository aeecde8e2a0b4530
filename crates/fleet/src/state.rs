//! Whether a session is open, by the record's word.
//!
//! The rules are about event times, so the answer doesn't depend on the order of arrival:
//!
//! - A Stop ends its session, unless records of more than a minute later have counted more than it: then the Stop was
//!   wrong (1). Records up to a minute after it still belong to before it; of the same second, the Stop is last (42).
//! - Ends of our own finding (stale, superseded, gateway restart) hold until a record of later event time refutes them.
//! - A Stop replaces an end of our own finding.

use crate::{
    AccountingRecord, Effects, Fleet, StatusType, apply::Place, counting::Counted, session::Session,
    when::When,
};
use opencmp_domain::session::{EndCause, flags};

impl Fleet {
    pub(crate) fn follow_state(
        &mut self,
        record: &AccountingRecord<'_>,
        place: Place,
        counted: &Counted,
        described: bool,
        when: &When,
        effects: &mut Effects,
    ) -> Reviewed {
        let slot = place.session;
        let reviewed = match record.status {
            StatusType::Stop => self.stopped(record, place, when, effects),
            _ => self.heard(record, place, counted, described, when, effects),
        };
        let session = self.sessions.at_mut(slot);
        let advanced = when.at > session.last_update;
        session.last_update = session.last_update.max(when.at);
        if place.new || reviewed.opened {
            self.review(slot, when.received, effects);
        }
        if place.new {
            self.sort_bearers(slot, record.multi_session, effects);
        }
        if place.new_run || reviewed.opened || described {
            let run = place.run.min(self.sessions.at(slot).segment_count() - 1);
            let began = self.sessions.at(slot).segment_at(run).origin;
            self.list_address(slot, began, effects);
            if place.new_run || reviewed.opened {
                self.supersede(slot, began, effects);
            }
        }
        Reviewed { changed: reviewed.changed || advanced, ..reviewed }
    }

    fn heard(
        &mut self,
        record: &AccountingRecord<'_>,
        place: Place,
        counted: &Counted,
        described: bool,
        when: &When,
        effects: &mut Effects,
    ) -> Reviewed {
        let slot = place.session;
        let mut reviewed = Reviewed::default();
        if record.status == StatusType::Start {
            reviewed.changed |= self.take_start(slot, place.run, when);
        }
        let grew = counted.up != 0 || counted.down != 0;
        let session = self.sessions.at_mut(slot);
        if session.is_open() {
            let late = when.at <= session.last_update;
            // An update that a change brought about says nothing about the interval.
            if !place.new && record.status == StatusType::Interim && !late && !described {
                reviewed.limit_earlier |= self.learn_interval(slot, when);
            }
            if !late {
                let confirmed = self.confirm(slot, when.at, effects);
                reviewed.changed |= confirmed;
                reviewed.limit_earlier |= confirmed;
                reviewed.back |= confirmed;
            }
            return reviewed;
        }
        if session.is_stopped() {
            let above_stop =
                grew || (session.has(flags::GREW_AFTER_STOP) && says_highest(session, place.run, record));
            if when.at > session.ended.saturating_add(self.config.stop_grace_secs) && above_stop {
                self.reopen(slot, when.at, effects);
                return Reviewed { changed: true, opened: true, limit_earlier: true, back: true };
            }
            if grew && !session.has(flags::GREW_AFTER_STOP) {
                session.flags |= flags::GREW_AFTER_STOP;
                reviewed.changed = true;
            }
            return reviewed;
        }
        let by_restart =
            matches!(session.end_cause(), Some(EndCause::NAS_REBOOT) | Some(EndCause::ADMIN_REBOOT));
        let ended = session.ended;
        let restarted = self.gateways.restarted(session.node);
        let refuted_after = if by_restart { ended.max(restarted) } else { ended };
        if when.at > refuted_after {
            self.reopen(slot, when.at, effects);
            return Reviewed { changed: true, opened: true, limit_earlier: true, back: true };
        }
        if when.at > ended {
            self.sessions.at_mut(slot).ended = when.at;
            reviewed.changed = true;
        }
        reviewed
    }

    /// The Start of a session that was known without it.
    fn take_start(&mut self, slot: u32, run: usize, when: &When) -> bool {
        let session = self.sessions.at_mut(slot);
        if session.has_start() || run != 0 {
            return false;
        }
        session.flags &= !flags::MISSED_START;
        if let Some(origin) = when.origin() {
            session.set_started(crate::instant::moved(0, origin));
        }
        true
    }

    fn stopped(
        &mut self,
        record: &AccountingRecord<'_>,
        place: Place,
        when: &When,
        effects: &mut Effects,
    ) -> Reviewed {
        let slot = place.session;
        let segment = self.sessions.at(slot).segment_at(place.run);
        let above = |counter: u64, said: Option<u64>| said.is_some_and(|said| counter > said);
        let more_than_stop = above(segment.up, record.uplink) || above(segment.down, record.downlink);
        let without_counters = record.uplink.is_none() && record.downlink.is_none();
        let heard_later = segment.last_at() > when.at.saturating_add(self.config.stop_grace_secs);
        let refuted = heard_later && (more_than_stop || without_counters);
        if !refuted {
            self.divide_after_stop(place, when, effects);
        }
        let session = self.sessions.at_mut(slot);
        let mut changed = false;
        if session.is_stopped() {
            if when.at > session.ended {
                session.ended = when.at;
                session.end_cause = record.terminate_cause.unwrap_or_default();
                changed = true;
            }
        } else if refuted {
            changed = !session.has(flags::REOPENED);
            session.flags |= flags::REOPENED;
        } else {
            if more_than_stop {
                session.flags |= flags::GREW_AFTER_STOP;
            }
            let cause = EndCause(record.terminate_cause.unwrap_or_default());
            self.close(slot, when.at, cause, false, effects);
            changed = true;
        }
        if record.last_bearer {
            self.close_other_bearers(slot, when.at, effects);
        }
        Reviewed { changed, ..Reviewed::default() }
    }

    /// Runs that began after the Stop are a session of their own.
    fn divide_after_stop(&mut self, place: Place, when: &When, effects: &mut Effects) {
        let session = self.sessions.at(place.session);
        let later = session.segments().position(|segment| segment.origin >= when.at && segment.from == 0);
        if let Some(later) = later
            && later > place.run
        {
            let divided = self.divide(place.session, later, effects);
            self.review(divided, when.received, effects);
            self.arm(divided);
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reviewed {
    /// The session's row is another.
    pub changed: bool,
    /// Its silence may mean something earlier than its timer is set to.
    pub limit_earlier: bool,
    /// It was closed and is open again.
    opened: bool,
    /// It was closed, or overdue, and is heard of again.
    pub back: bool,
}

/// The record's counters are the highest known of the run.
fn says_highest(session: &Session, run: usize, record: &AccountingRecord<'_>) -> bool {
    let segment = session.segment_at(run);
    let reaches = |counter: u64, said: Option<u64>| said.is_none_or(|said| said >= counter);
    (record.uplink.is_some() || record.downlink.is_some())
        && reaches(segment.up, record.uplink)
        && reaches(segment.down, record.downlink)
}
