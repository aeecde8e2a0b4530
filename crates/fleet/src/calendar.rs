//! Which local day and billing cycle an instant is in, without asking the time zone database for each record.

use opencmp_domain::{Cycle, Day, Tz};

const DAY: u32 = 86_400;

/// The days of one time zone and the cycles of one cycle day, as far as they were asked for.
pub(crate) struct Calendar {
    pub zone: Tz,
    pub cycle_day: u32,
    /// The first of `days`.
    first: i32,
    days: Vec<DayEntry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DayEntry {
    pub day: i32,
    /// First day of the cycle that it is in.
    pub cycle_start: i32,
    pub begins: u32,
    /// The first second after it.
    pub ends: u32,
}

impl Calendar {
    pub fn new(zone: Tz, cycle_day: u32) -> Self {
        Self { zone, cycle_day: cycle_day.clamp(1, 28), first: 0, days: Vec::new() }
    }

    /// The day that `secs` is in.
    #[inline]
    pub fn day_of(&mut self, secs: u32) -> DayEntry {
        // A zone is less than a day off UTC.
        let utc_day = (secs / DAY) as i32;
        for day in [utc_day, utc_day + 1, utc_day - 1] {
            let entry = self.entry(day);
            if entry.begins <= secs && secs < entry.ends {
                return entry;
            }
        }
        self.entry(utc_day)
    }

    #[inline]
    fn entry(&mut self, day: i32) -> DayEntry {
        match usize::try_from(day - self.first).ok().and_then(|place| self.days.get(place)) {
            Some(entry) => *entry,
            None => self.extend_to(day),
        }
    }

    /// Fills the table up to `day` and a little beyond.
    #[cold]
    fn extend_to(&mut self, day: i32) -> DayEntry {
        const MARGIN: i32 = 32;
        let (first, end) = match self.days.len() as i32 {
            0 => (day - MARGIN, day + MARGIN),
            len => (self.first.min(day - MARGIN), (self.first + len).max(day + MARGIN)),
        };
        self.first = first;
        self.days = (first..end).map(|day| self.compute(Day(day))).collect();
        self.compute(Day(day))
    }

    fn compute(&self, day: Day) -> DayEntry {
        let secs = |day: Day| day.start(self.zone).secs().clamp(0, i64::from(u32::MAX)) as u32;
        let cycle_start = Cycle::of(day, self.cycle_day).first_day(self.cycle_day).0;
        DayEntry { day: day.0, cycle_start, begins: secs(day), ends: secs(day.next()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::{Timestamp, time::OFFERED_ZONES, time::offered_zone};

    #[test]
    fn days_are_those_of_the_time_zone_database() {
        for name in OFFERED_ZONES {
            let zone = offered_zone(name).unwrap();
            let mut calendar = Calendar::new(zone, 5);
            for step in 0..2000u32 {
                let secs = 1_700_000_000 + step * 40_009;
                let at = Timestamp::from_secs(secs.into());
                let entry = calendar.day_of(secs);
                assert_eq!(Day(entry.day), Day::of(at, zone), "{name} {at:?}");
                assert_eq!(Day(entry.cycle_start), Cycle::of(Day(entry.day), 5).first_day(5));
            }
            assert_eq!(Day(calendar.day_of(1).day), Day::of(Timestamp::from_secs(1), zone));
            let _ = calendar.day_of(u32::MAX);
        }
    }
}
