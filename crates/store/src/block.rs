//! How SIMs' usage lies in the database: a row holds an hour or a day of up to 64 SIMs.
//!
//! A row of its own for each SIM, hour and class cost more than everything else that a record causes: in a large fleet hardly
//! any SIM is heard of twice between two flushes, so each record wrote four rows. Neighbours share one instead, which is read,
//! added to and written back once for all of them.
//!
//! Entries are sorted by SIM and class, each four LEB128 numbers: the SIM's place in the block, class, uplink, downlink. A
//! typical one takes 9 octets.

use crate::{
    Result,
    flush::MOST_OCTETS,
    sql::{narrow, unreadable},
};
use opencmp_domain::{
    ByteCount, SimId, UsageClassId,
    stored::{
        DayIncrement, HourIncrement,
        octets::{put, take},
    },
    usage::UpDown,
};
use std::cmp::Ordering;

/// SIMs of a block, as a power of two.
const SIMS_BITS: u32 = 6;
const BLOCK_BITS: u32 = 32;

/// A row's key: the hour or day, and which 64 SIMs. Time counts more, so that what is written now lies together and what is
/// old can be deleted in one stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BlockKey(pub(crate) i64);

impl BlockKey {
    pub(crate) fn of(time: i32, sim: SimId) -> Self {
        Self(Self::first(time.into()) | ((sim.0 >> SIMS_BITS) & ((1 << BLOCK_BITS) - 1)))
    }

    /// The lowest key of an hour or day.
    pub(crate) const fn first(time: i64) -> i64 {
        time << BLOCK_BITS
    }

    pub(crate) fn time(self) -> Result<i32> {
        narrow("a block's time", self.0 >> BLOCK_BITS)
    }

    fn first_sim(self) -> i64 {
        (self.0 & ((1 << BLOCK_BITS) - 1)) << SIMS_BITS
    }
}

/// The block that a SIM is in, whatever the time.
pub(crate) fn block_of(sim: SimId) -> i64 {
    BlockKey::of(0, sim).0
}

/// What is to be added, of whatever grain. Sorted by time, SIM and class.
pub(crate) trait Increment {
    fn time(&self) -> i32;
    fn entry(&self) -> Entry;
}

macro_rules! increment {
    ($type:ty, $time:ident) => {
        impl Increment for $type {
            fn time(&self) -> i32 {
                self.$time.0
            }

            fn entry(&self) -> Entry {
                let most = MOST_OCTETS.unsigned_abs();
                let (uplink, downlink) = (self.uplink.min(most), self.downlink.min(most));
                Entry { sim: self.sim, class: self.class, uplink, downlink }
            }
        }
    };
}
increment!(HourIncrement, hour);
increment!(DayIncrement, day);

/// The usage of a SIM under a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) sim: SimId,
    pub(crate) class: UsageClassId,
    pub(crate) uplink: u64,
    pub(crate) downlink: u64,
}

impl Entry {
    pub(crate) fn usage(&self) -> UpDown {
        UpDown { uplink: ByteCount(self.uplink), downlink: ByteCount(self.downlink) }
    }

    fn place(&self) -> u64 {
        self.sim.0.unsigned_abs() & ((1 << SIMS_BITS) - 1)
    }

    fn order(&self, other: &Self) -> Ordering {
        (self.place(), self.class).cmp(&(other.place(), other.class))
    }

    fn add(&mut self, other: &Self) {
        let sum = |a: u64, b: u64| a.saturating_add(b).min(MOST_OCTETS.unsigned_abs());
        self.uplink = sum(self.uplink, other.uplink);
        self.downlink = sum(self.downlink, other.downlink);
    }

    fn write(&self, octets: &mut Vec<u8>) {
        put(octets, self.place());
        put(octets, self.class.0.unsigned_abs());
        put(octets, self.uplink);
        put(octets, self.downlink);
    }
}

/// The increments of one row after the other.
pub(crate) fn by_block<T: Increment>(increments: &[T]) -> impl Iterator<Item = (BlockKey, &[T])> {
    let key = |increment: &T| BlockKey::of(increment.time(), increment.entry().sim);
    increments.chunk_by(move |one, next| key(one) == key(next)).map(move |chunk| {
        // A chunk is never empty.
        (chunk.first().map_or(BlockKey(0), key), chunk)
    })
}

/// A row's entries, in order.
pub(crate) fn entries(key: BlockKey, octets: &[u8]) -> impl Iterator<Item = Result<Entry>> {
    let first = key.first_sim();
    let mut rest = octets;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let entry = read(first, &mut rest);
        if entry.is_none() {
            rest = &[];
        }
        Some(entry.ok_or_else(|| unreadable("sims", format!("{octets:02x?}"))))
    })
}

fn read(first: i64, rest: &mut &[u8]) -> Option<Entry> {
    let place = i64::try_from(take(rest)?).ok()?;
    let class = i64::try_from(take(rest)?).ok()?;
    let (uplink, downlink) = (take(rest)?, take(rest)?);
    Some(Entry { sim: SimId(first | place), class: UsageClassId(class), uplink, downlink })
}

/// The row with the increments added, into `sum`. Both sides are sorted.
pub(crate) fn add<T: Increment>(
    key: BlockKey,
    held: &[u8],
    increments: &[T],
    sum: &mut Vec<u8>,
) -> Result<()> {
    sum.clear();
    let mut held = entries(key, held).peekable();
    let mut increments = increments.iter().map(Increment::entry).peekable();
    loop {
        let order = match (held.peek(), increments.peek()) {
            (None, None) => return Ok(()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(Ok(held)), Some(increment)) => held.order(increment),
            (Some(Err(_)), Some(_)) => Ordering::Less,
        };
        let mut entry = match order {
            Ordering::Greater => None,
            _ => held.next().transpose()?,
        };
        if order != Ordering::Less {
            let increment = increments.next();
            match (&mut entry, increment) {
                (Some(entry), Some(increment)) => entry.add(&increment),
                (none, increment) => *none = increment,
            }
        }
        if let Some(entry) = entry {
            entry.write(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::Day;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const TIME: i32 = 20_780;
    const FIRST: i64 = 64 * 1_000;

    fn increments() -> impl Strategy<Value = Vec<DayIncrement>> {
        let octets = prop_oneof![0..5_000_000_000u64, Just(u64::MAX)];
        let one = (0..64i64, 1..4i64, octets.clone(), octets);
        prop::collection::vec(one, 0..40).prop_map(|all| {
            let by_key: BTreeMap<_, _> = all.into_iter().map(|(s, c, u, d)| ((s, c), (u, d))).collect();
            let row = |((sim, class), (uplink, downlink))| DayIncrement {
                day: Day(TIME),
                sim: SimId(FIRST + sim),
                class: UsageClassId(class),
                uplink,
                downlink,
            };
            by_key.into_iter().map(row).collect()
        })
    }

    proptest! {
        #[test]
        fn a_row_is_the_sum_of_what_was_added(flushes in prop::collection::vec(increments(), 0..6)) {
            let key = BlockKey::of(TIME, SimId(FIRST));
            let mut expected: BTreeMap<(SimId, UsageClassId), (u64, u64)> = BTreeMap::new();
            let (mut row, mut sum) = (Vec::new(), Vec::new());
            for flush in &flushes {
                for increment in flush {
                    let most = MOST_OCTETS as u64;
                    let held = expected.entry((increment.sim, increment.class)).or_default();
                    held.0 = (held.0 + increment.uplink.min(most)).min(most);
                    held.1 = (held.1 + increment.downlink.min(most)).min(most);
                }
                add(key, &row, flush, &mut sum).unwrap();
                std::mem::swap(&mut row, &mut sum);
            }
            let found: Vec<_> = entries(key, &row).map(|entry| entry.unwrap()).collect();
            let found: Vec<_> = found.iter().map(|e| ((e.sim, e.class), (e.uplink, e.downlink))).collect();
            prop_assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn any_octets_are_entries_or_refused(octets: Vec<u8>) {
            let _ = entries(BlockKey(0), &octets).collect::<Result<Vec<_>>>();
        }

        #[test]
        fn keys_come_back(time: i32, sim in 0..1i64 << 38) {
            let key = BlockKey::of(time, SimId(sim));
            prop_assert_eq!(key.time().unwrap(), time);
            prop_assert_eq!(key.first_sim(), sim >> 6 << 6);
            prop_assert!(BlockKey::first(time.into()) <= key.0 && key.0 < BlockKey::first(i64::from(time) + 1));
        }
    }
}
