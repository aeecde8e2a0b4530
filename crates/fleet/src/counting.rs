//! How much a record adds to a run of counters.
//!
//! Counters are cumulative, so a run's usage is the highest value seen, whatever the order and however often (sanity
//! list 15). Only a record that is *later by session time* can say that the counters themselves began again:
//!
//! - They wrapped at 32 bits, on a gateway marked so, from above 2³¹ (12). On one that isn't, that is a restart, and suspected.
//! - They restarted although the session's clock went on (13): a run of its own, from that session time on.
//! - They fell by less than a 64th: the gateway's parts were read a moment apart; nothing happened.
//!
//! A restart of counters *and* clock is another run by its origin and never comes here. Each direction is judged alone,
//! so that a counter that went on is not counted twice because the other restarted.

use crate::session::{Segment, Session};
use opencmp_domain::session::flags;

/// What a record says, as far as counting goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub session_secs: u32,
    pub up: Option<u64>,
    pub down: Option<u64>,
    /// 32-bit counters that wrap unannounced.
    pub wraps: bool,
    /// The record has nothing above 32 bits, on a gateway that isn't marked.
    pub may_wrap: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub up: u64,
    pub down: u64,
    /// Event time since which this was used; `None`: unknown, a late record.
    pub since: Option<u32>,
    /// Session flags that this record gives cause for.
    pub findings: u32,
    /// Counters fell from where a 32-bit one may have wrapped, on a gateway that isn't marked so.
    pub wrap_suspected: bool,
    /// The run is known up to a later session time than before.
    pub advanced: bool,
}

const WRAP: u64 = 1 << 32;
const HALF: u64 = 1 << 31;

/// Counts `reading` in the run at `place` of `session`, or in one that it begins there.
pub(crate) fn count(session: &mut Session, place: usize, reading: &Reading) -> Counted {
    let place = run_of(session, place, reading.session_secs);
    let segment = *session.segment_at(place);
    if reading.session_secs > segment.last || is_untouched(&segment) {
        count_later(session, place, segment, reading)
    } else {
        count_known(session, place, segment, reading)
    }
}

fn is_untouched(segment: &Segment) -> bool {
    segment.last == segment.from && segment.up == 0 && segment.down == 0
}

/// Of the runs that share the clock of the one at `place`: the one that `session_secs` is in.
fn run_of(session: &Session, place: usize, session_secs: u32) -> usize {
    if session.segment_count() == 1 {
        return place;
    }
    let origin = session.segment_at(place).origin;
    let mut found = place;
    for (other, segment) in session.segments().enumerate() {
        if segment.origin == origin && (segment.from <= session_secs || segment.from == 0) {
            found = other;
        }
    }
    found
}

fn count_later(session: &mut Session, place: usize, segment: Segment, reading: &Reading) -> Counted {
    let up = Step::of(segment.up, reading.up, reading.wraps);
    let down = Step::of(segment.down, reading.down, reading.wraps);
    let since = Some(segment.last_at());
    let wrapped = if up.wrapped || down.wrapped { flags::COUNTER_WRAP } else { 0 };
    if !up.restarted && !down.restarted {
        let run = session.segment_at_mut(place);
        run.last = run.last.max(reading.session_secs);
        run.up = up.value;
        run.down = down.value;
        return Counted {
            up: up.value - segment.up,
            down: down.value - segment.down,
            since,
            findings: wrapped,
            advanced: reading.session_secs > segment.last,
            ..Counted::default()
        };
    }
    if let Some(next) = next_of_clock(session, place)
        && reading.up.is_none_or(|up| up <= session.segment_at(next).up)
        && reading.down.is_none_or(|down| down <= session.segment_at(next).down)
    {
        // Overtaken by a later record, which told of the restart already.
        session.segment_at_mut(next).from = reading.session_secs;
        return Counted::default();
    }
    // A direction that went on moves to the new run with all that it has, so that it isn't counted twice.
    let run = session.segment_at_mut(place);
    if !up.restarted {
        run.up = 0;
    }
    if !down.restarted {
        run.down = 0;
    }
    session.insert_segment(Segment {
        from: reading.session_secs,
        last: reading.session_secs,
        up: up.value,
        down: down.value,
        ..segment
    });
    Counted {
        up: if up.restarted { up.value } else { up.value - segment.up },
        down: if down.restarted { down.value } else { down.value - segment.down },
        since,
        findings: wrapped | flags::COUNTER_RESET,
        wrap_suspected: reading.may_wrap
            && segment.up.max(segment.down) < WRAP
            && (up.restarted && segment.up > HALF || down.restarted && segment.down > HALF),
        advanced: true,
    }
}

/// The next run of the same clock.
fn next_of_clock(session: &Session, place: usize) -> Option<usize> {
    let next = place + 1;
    (next < session.segment_count() && session.segment_at(next).origin == session.segment_at(place).origin)
        .then_some(next)
}

/// A record of a session time that is known already: repeated, or overtaken. Only higher values count.
fn count_known(session: &mut Session, place: usize, segment: Segment, reading: &Reading) -> Counted {
    let up = late_value(segment.up, reading.up, reading.wraps);
    let down = late_value(segment.down, reading.down, reading.wraps);
    if up == segment.up && down == segment.down {
        return Counted::default();
    }
    // A direction that a later run took over is counted there.
    let next = next_of_clock(session, place).map(|next| *session.segment_at(next));
    let taken_over = |own: u64, later: u64, value: u64| own == 0 && value <= later;
    let up = if next.is_some_and(|next| taken_over(segment.up, next.up, up)) { segment.up } else { up };
    let down =
        if next.is_some_and(|next| taken_over(segment.down, next.down, down)) { segment.down } else { down };
    let run = session.segment_at_mut(place);
    run.up = up;
    run.down = down;
    Counted { up: up - segment.up, down: down - segment.down, ..Counted::default() }
}

fn late_value(known: u64, said: Option<u64>, wraps: bool) -> u64 {
    let Some(said) = said else { return known };
    if !wraps {
        return known.max(said);
    }
    let value = (known & !(WRAP - 1)) + said;
    if value <= known {
        known
    } else if value >= WRAP {
        // From before the wrap.
        known.max(value - WRAP)
    } else if value - known > HALF {
        // From before a wrap that shows only now.
        known + WRAP
    } else {
        value
    }
}

/// One direction of a later record.
struct Step {
    value: u64,
    wrapped: bool,
    restarted: bool,
}

impl Step {
    fn of(known: u64, said: Option<u64>, wraps: bool) -> Self {
        let went_on = |value| Self { value, wrapped: false, restarted: false };
        let Some(said) = said else { return went_on(known) };
        let value = if wraps { (known & !(WRAP - 1)) + said } else { said };
        if value >= known {
            return went_on(value);
        }
        if wraps && known & (WRAP - 1) > HALF {
            return Self { value: value + WRAP, wrapped: true, restarted: false };
        }
        if known - value <= known >> 6 {
            return went_on(known);
        }
        Self { value: said, wrapped: false, restarted: true }
    }
}
