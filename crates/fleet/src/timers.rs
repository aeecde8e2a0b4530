//! When to look at which session: one entry for each open session, which is looked at anew when it is due. Records move
//! a session's limit but not its entry, so they cost nothing here.

use std::collections::BTreeMap;

/// Seconds in a bucket, as a power of two.
const BUCKET_BITS: u32 = 4;

#[derive(Default)]
pub(crate) struct Timers {
    buckets: BTreeMap<u32, Vec<Timer>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timer {
    pub due: u32,
    pub session: u32,
}

impl Timers {
    pub fn add(&mut self, due: u32, session: u32) {
        self.buckets.entry(due >> BUCKET_BITS).or_default().push(Timer { due, session });
    }

    /// Moves the timers of the earliest bucket that are due at `now` to `due`; false when there are none.
    pub fn take_due(&mut self, now: u32, due: &mut Vec<Timer>) -> bool {
        let Some(mut bucket) = self.buckets.first_entry() else { return false };
        if *bucket.key() > now >> BUCKET_BITS {
            return false;
        }
        if *bucket.key() < now >> BUCKET_BITS {
            due.append(&mut bucket.remove());
            return true;
        }
        let before = due.len();
        due.extend(bucket.get_mut().extract_if(.., |timer| timer.due <= now));
        if bucket.get().is_empty() {
            bucket.remove();
        }
        due.len() > before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_come_when_due_and_once() {
        let mut timers = Timers::default();
        for due in [100, 5, 101, 3000, 97] {
            timers.add(due, due * 10);
        }
        let mut seen = Vec::new();
        let mut at = |timers: &mut Timers, now| {
            seen.clear();
            while timers.take_due(now, &mut seen) {}
            let mut due: Vec<u32> = seen.iter().map(|timer| timer.due).collect();
            due.sort_unstable();
            due
        };
        assert_eq!(at(&mut timers, 4), []);
        assert_eq!(at(&mut timers, 100), [5, 97, 100]);
        assert_eq!(at(&mut timers, 100), []);
        assert_eq!(at(&mut timers, 5000), [101, 3000]);
    }
}
