//! The most that any row of a block has used or was seen at, so that the first by usage are sought where they can be.

use super::{
    Current,
    rows::{LiveState, NEVER_ACCESSED, last_access_key},
};
use opencmp_domain::{Day, query::SimColumn};

/// Neighbouring rows that share a peak.
pub(super) const BLOCK: usize = 32;

/// At least what every row of a block has: figures that went down or moved away leave it where it was.
#[derive(Clone, Copy)]
struct Peak {
    last_access: i64,
    today: Dated,
    cycle: Dated,
}

/// The highest figure of the latest period that a row of the block has one of.
#[derive(Clone, Copy)]
struct Dated {
    of: i32,
    most: u64,
}

impl Dated {
    const NONE: Self = Self { of: i32::MIN, most: 0 };

    fn raise(&mut self, (of, most): (Day, u64)) {
        if of.0 > self.of {
            *self = Self { of: of.0, most };
        } else if of.0 == self.of {
            self.most = self.most.max(most);
        }
    }

    /// Of a period before the latest one nothing is known any more: where tenants' days differ, the block is looked into.
    fn at(self, day: Day) -> u64 {
        match self.of.cmp(&day.0) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => self.most,
            std::cmp::Ordering::Greater => u64::MAX,
        }
    }
}

#[derive(Default)]
pub(super) struct Peaks(Vec<Peak>);

impl Peaks {
    /// Room for so many rows.
    pub fn up_to(&mut self, rows: usize) {
        let none = Peak { last_access: NEVER_ACCESSED, today: Dated::NONE, cycle: Dated::NONE };
        self.0.resize(rows.div_ceil(BLOCK), none);
    }

    pub fn raise(&mut self, row: usize, live: &LiveState) {
        let Some(peak) = self.0.get_mut(row / BLOCK) else { return };
        if let Some(at) = live.last_access_at {
            peak.last_access = peak.last_access.max(at.0);
        }
        peak.today.raise(live.today);
        peak.cycle.raise(live.cycle);
    }

    pub fn keeps(column: SimColumn) -> bool {
        matches!(column, SimColumn::UsageToday | SimColumn::UsageCycle | SimColumn::LastAccess)
    }

    /// Each block and what no key of `column` in it is above, whichever of `currents` its rows have.
    pub fn of<'a>(
        &'a self,
        column: SimColumn,
        currents: &'a [Current],
    ) -> impl Iterator<Item = (u64, usize)> {
        self.0.iter().enumerate().map(move |(block, peak)| {
            let of = |current: &Current| match column {
                SimColumn::UsageToday => peak.today.at(current.today),
                SimColumn::UsageCycle => peak.cycle.at(current.cycle_start),
                SimColumn::LastAccess => last_access_key(peak.last_access),
                _ => u64::MAX,
            };
            (currents.iter().map(of).max().unwrap_or(0), block)
        })
    }
}
