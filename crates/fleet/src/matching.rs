//! Which session, and which of its runs of counters, a record belongs to.
//!
//! An Acct-Session-Id is unique per gateway and only until that restarts, so a session is (gateway, id, SIM) *and* its
//! origin: event time less Acct-Session-Time, which every record of a run shares, whatever order they come in. From that:
//!
//! - The origin is known: the record is of that run. A Start must be the same Start; a record from before a session's
//!   Start or a Start after its Stop is another session's (sanity list 10). Where the gateway's clock isn't trusted, because
//!   it is far off or the record waited for longer than is believed, the origin by that clock may be known (18).
//! - It is not, but the session is open and both its clock and its counters went on: the gateway's clock was set (up to
//!   [`crate::FleetConfig::clock_step_secs`]); the run goes on.
//! - After a session's beginning and before its Stop: clock and counters restarted, a new run of that session (13). Ends
//!   of our own finding divide nothing, because they may be found before or after the record.
//! - Before a session whose Start was never seen: an earlier run of it, which came late.
//! - Otherwise: a session that is not known yet (7).
//!
//! A Start at or before a *later* run shows that the run was a session of its own: the session divides there. So does a
//! Stop before one.
//! So the partition into sessions and runs follows from the set of records, not from their order, as long as the origins
//! of different runs are further apart than the tolerance (and, where both counters went on, the clock step).

use crate::{AccountingRecord, Fleet, StatusType, session::Session, when::When};
use opencmp_domain::session::flags;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Of this run.
    Run { session: u32, place: usize },
    /// The first known record of another run of this session.
    NewRun { session: u32 },
    /// The Start of a session whose runs, from `place` on, were taken for runs of this one; `known`: it is the Start of
    /// the first of them.
    Division { session: u32, place: usize, known: bool },
    /// Of a session that is not in memory.
    Unknown,
}

impl Fleet {
    pub(crate) fn find_session(
        &mut self,
        record: &AccountingRecord<'_>,
        gateway: u32,
        sim: u32,
        when: &When,
    ) -> Found {
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.clear();
        candidates.extend(
            self.by_key
                .find(&self.sessions, gateway, record.acct_session_id)
                .filter(|&slot| self.sessions.at(slot).sim == sim),
        );
        let found = self.choose(&candidates, record, when);
        self.candidates = candidates;
        found
    }

    fn choose(&self, candidates: &[u32], record: &AccountingRecord<'_>, when: &When) -> Found {
        if candidates.is_empty() {
            return Found::Unknown;
        }
        let Some(origin) = when.origin() else { return self.by_time(candidates, when) };
        self.by_origin(candidates, record, when, origin)
            .or_else(|| self.by_origin(candidates, record, when, when.stated_origin()?))
            .or_else(|| self.after_clock_step(candidates, record, when, origin))
            .or_else(|| self.within(candidates, record, origin))
            .or_else(|| self.before(candidates, record, when, origin))
            .unwrap_or(Found::Unknown)
    }

    /// The run whose origin is closest.
    fn by_origin(
        &self,
        candidates: &[u32],
        record: &AccountingRecord<'_>,
        when: &When,
        origin: i64,
    ) -> Option<Found> {
        let start = record.status == StatusType::Start;
        let mut best: Option<(u64, Found)> = None;
        for &slot in candidates {
            let session = self.sessions.at(slot);
            let too_early =
                session.has_start() && u64::from(when.at) + when.slack < u64::from(session.started);
            let new_start = start && session.is_stopped() && when.at > session.ended;
            if too_early || new_start {
                continue;
            }
            for (place, segment) in session.segments().enumerate() {
                let same_start = start && place == 0 && session.has_start();
                let tolerance = if same_start { when.slack } else { when.tolerance };
                let distance = segment.distance(origin);
                if distance > tolerance || best.is_some_and(|(least, _)| least <= distance) {
                    continue;
                }
                let found = match start && place > 0 {
                    true => Found::Division { session: slot, place, known: true },
                    false => Found::Run { session: slot, place },
                };
                best = Some((distance, found));
            }
        }
        best.map(|(_, found)| found)
    }

    /// The run that goes on, though the gateway's clock was set.
    fn after_clock_step(
        &self,
        candidates: &[u32],
        record: &AccountingRecord<'_>,
        when: &When,
        origin: i64,
    ) -> Option<Found> {
        let (Some(up), Some(down), Some(secs)) = (record.uplink, record.downlink, when.session_secs) else {
            return None;
        };
        if record.status == StatusType::Start {
            return None;
        }
        let goes_on = |&&slot: &&u32| {
            let session = self.sessions.at(slot);
            let latest = &session.segment;
            let step = (origin - latest.latest_origin()).unsigned_abs();
            session.is_open()
                && step <= u64::from(self.config.clock_step_secs)
                && secs > latest.last
                && up >= latest.up
                && down >= latest.down
        };
        let slot = *candidates.iter().find(goes_on)?;
        Some(Found::Run { session: slot, place: self.sessions.at(slot).segment_count() - 1 })
    }

    /// The session in whose time the origin is: it has another run.
    fn within(&self, candidates: &[u32], record: &AccountingRecord<'_>, origin: i64) -> Option<Found> {
        if record.status == StatusType::Start {
            return self.across(candidates, origin);
        }
        let before = candidates.iter().filter(|&&slot| i64::from(self.sessions.at(slot).started) <= origin);
        let slot = *before.max_by_key(|&&slot| self.sessions.at(slot).started)?;
        let session = self.sessions.at(slot);
        let over = session.is_stopped() && i64::from(session.ended) <= origin;
        (!over).then_some(Found::NewRun { session: slot })
    }

    /// The session that has runs on both sides of a Start: the later ones belong to the Start.
    fn across(&self, candidates: &[u32], origin: i64) -> Option<Found> {
        candidates.iter().find_map(|&slot| {
            let session = self.sessions.at(slot);
            let place = session.segments().position(|segment| i64::from(segment.origin) > origin)?;
            (place > 0).then_some(Found::Division { session: slot, place, known: false })
        })
    }

    /// The session that began later, without a Start: this is an earlier run of it.
    fn before(
        &self,
        candidates: &[u32],
        record: &AccountingRecord<'_>,
        when: &When,
        origin: i64,
    ) -> Option<Found> {
        let after = candidates.iter().filter(|&&slot| i64::from(self.sessions.at(slot).started) > origin);
        let slot = *after.min_by_key(|&&slot| self.sessions.at(slot).started)?;
        let session = self.sessions.at(slot);
        let ended_before = record.status == StatusType::Stop && when.at <= session.started;
        if session.has(flags::NO_SESSION_TIME) {
            // Its beginning was a guess, which this corrects.
            return (!ended_before).then_some(Found::Run { session: slot, place: 0 });
        }
        (!session.has_start() && !ended_before).then_some(Found::NewRun { session: slot })
    }

    /// Without Acct-Session-Time: the latest session that had begun.
    fn by_time(&self, candidates: &[u32], when: &When) -> Found {
        let begun =
            |slot: &&u32| u64::from(self.sessions.at(**slot).started) <= u64::from(when.at) + when.slack;
        let guessed = |slot: &&u32| self.sessions.at(**slot).has(flags::NO_SESSION_TIME);
        let started = |slot: &&u32| self.sessions.at(**slot).started;
        let session = candidates
            .iter()
            .filter(begun)
            .max_by_key(started)
            .or_else(|| candidates.iter().filter(guessed).min_by_key(started));
        match session {
            Some(&slot) => Found::Run { session: slot, place: place_at(self.sessions.at(slot), when.at) },
            None => Found::Unknown,
        }
    }
}

/// The last run that had begun at `at`.
fn place_at(session: &Session, at: u32) -> usize {
    session.segments().take_while(|segment| segment.origin <= at).count().saturating_sub(1)
}
