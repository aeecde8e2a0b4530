//! When an attempt is made again, and when no more.

use std::time::Duration;

/// A peer may ask for as much patience, and no more.
pub const MOST_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

const SECS: u64 = 1;
const MINUTES: u64 = 60;
const HOURS: u64 = 3600;

/// Delays before each attempt, from the one before; the first is the delay before anything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule(&'static [u64]);

/// What follows an attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    After(Duration),
    /// No more attempts: somebody has to be told by another channel.
    DeadLetter,
}

impl Schedule {
    /// Programs: the example of Standard Webhooks 1.0.0, ten attempts in three days.
    pub const PROGRAMS: Self = Self(&[
        0,
        5 * SECS,
        5 * MINUTES,
        30 * MINUTES,
        2 * HOURS,
        5 * HOURS,
        10 * HOURS,
        14 * HOURS,
        20 * HOURS,
        24 * HOURS,
    ]);
    /// People: what can't be said within a day isn't news any more.
    pub const PEOPLE: Self =
        Self(&[0, 15 * SECS, MINUTES, 5 * MINUTES, 15 * MINUTES, HOURS, 3 * HOURS, 6 * HOURS, 12 * HOURS]);

    pub fn attempts(self) -> u32 {
        self.0.len() as u32
    }

    /// After attempt number `made`, from 1; 0 before the first. `seed` spreads what failed together: the same seed gives the
    /// same delay, at most a tenth more than the schedule's. Never earlier than `not_before`, as the peer asked.
    pub fn next(self, made: u32, seed: u64, not_before: Option<Duration>) -> Next {
        let Some(secs) = self.0.get(made as usize) else { return Next::DeadLetter };
        let asked = not_before.unwrap_or_default().min(MOST_RETRY_AFTER);
        // Above what the peer asked too: those that it asked the same shouldn't come back at once.
        let delay = Duration::from_secs(*secs).max(asked);
        Next::After(delay + jitter(delay, seed ^ u64::from(made)))
    }
}

/// 0 to a tenth of `delay`.
fn jitter(delay: Duration, seed: u64) -> Duration {
    let share = mixed(seed) % 1_000;
    delay / 10_000 * share as u32
}

/// SplitMix64's finaliser: neighbouring seeds give unrelated numbers.
fn mixed(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Schedule; 2] = [Schedule::PROGRAMS, Schedule::PEOPLE];

    #[test]
    fn the_example_of_standard_webhooks() {
        let whole: u64 = Schedule::PROGRAMS.0.iter().sum();
        assert_eq!((Schedule::PROGRAMS.attempts(), whole), (10, 75 * HOURS + 35 * MINUTES + 5));
        assert_eq!(Schedule::PROGRAMS.next(0, 7, None), Next::After(Duration::ZERO));
        assert_eq!(Schedule::PROGRAMS.next(10, 7, None), Next::DeadLetter);
        assert_eq!(Schedule::PROGRAMS.next(u32::MAX, 7, Some(Duration::MAX)), Next::DeadLetter);
    }

    #[test]
    fn what_failed_together_comes_back_apart() {
        let delays: std::collections::BTreeSet<_> =
            (0..100).map(|seed| format!("{:?}", Schedule::PROGRAMS.next(2, seed, None))).collect();
        assert!(delays.len() > 80, "{}", delays.len());
    }

    proptest! {
        #[test]
        fn never_earlier_than_the_schedule_or_the_peer_says(
            which in 0..2usize, made in 0..12u32, seed: u64, asked in proptest::option::of(0..200_000u64),
        ) {
            let schedule = ALL[which];
            let asked = asked.map(Duration::from_secs);
            match schedule.next(made, seed, asked) {
                Next::DeadLetter => prop_assert!(made >= schedule.attempts()),
                Next::After(delay) => {
                    let least = Duration::from_secs(schedule.0[made as usize])
                        .max(asked.unwrap_or_default().min(MOST_RETRY_AFTER));
                    prop_assert!(delay >= least && delay <= least + least / 10);
                    prop_assert_eq!(schedule.next(made, seed, asked), Next::After(delay));
                }
            }
        }
    }
}
