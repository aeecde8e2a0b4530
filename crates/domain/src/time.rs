//! Instants in UTC, and the days, hours and billing cycles that a time zone cuts them into.

use chrono::{DateTime, Datelike, NaiveDate, TimeZone, Timelike, Utc};
pub use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The zones that the interface offers. The build keeps only these (`.cargo/config.toml`).
pub const OFFERED_ZONES: &[&str] = &[
    "Asia/Taipei",
    "Asia/Tokyo",
    "Asia/Singapore",
    "Asia/Shanghai",
    "Asia/Bangkok",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "Australia/Sydney",
    "UTC",
];

pub const DEFAULT_ZONE: Tz = Tz::Asia__Taipei;

/// A zone by name, if it is one that the interface offers.
pub fn offered_zone(name: &str) -> Option<Tz> {
    OFFERED_ZONES.contains(&name).then(|| name.parse().ok()).flatten()
}

/// Microseconds since 1970-01-01 UTC: the form in the database, the journal and the wire to the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0.saturating_add(secs.saturating_mul(1_000_000)))
    }

    /// Seconds from `earlier` to `self`; negative when `self` is before it.
    pub const fn secs_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1_000_000)
    }

    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// `2021-02-24 16:17:49` in `zone`.
    pub fn format(self, zone: Tz) -> String {
        self.utc().with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// `16:17:49` in `zone`.
    pub fn format_time(self, zone: Tz) -> String {
        self.utc().with_timezone(&zone).format("%H:%M:%S").to_string()
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }
}

/// A calendar day in the tenant's time zone, as days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

impl Day {
    pub fn of(at: Timestamp, zone: Tz) -> Self {
        Self::from_date(at.utc().with_timezone(&zone).date_naive())
    }

    pub fn from_date(date: NaiveDate) -> Self {
        Self(date.to_epoch_days())
    }

    pub fn date(self) -> NaiveDate {
        NaiveDate::from_epoch_days(self.0).unwrap_or_default()
    }

    /// The instant at which the day begins in `zone` (the first valid one, where a clock change skips midnight).
    pub fn start(self, zone: Tz) -> Timestamp {
        let midnight = self.date().and_hms_opt(0, 0, 0).unwrap_or_default();
        let local = (0..4)
            .find_map(|hours| {
                zone.from_local_datetime(&(midnight + chrono::TimeDelta::hours(hours))).earliest()
            })
            .map(|at| at.with_timezone(&Utc));
        local.unwrap_or_else(|| midnight.and_utc()).into()
    }

    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    pub fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().format("%Y-%m-%d").fmt(f)
    }
}

impl FromStr for Day {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        s.parse::<NaiveDate>()
            .map(Self::from_date)
            .map_err(|_| format!("{s:?} is not a date such as 2026-11-23"))
    }
}

/// An hour in UTC, as hours since 1970-01-01T00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hour(pub i32);

impl Hour {
    pub fn of(at: Timestamp) -> Self {
        Self(at.secs().div_euclid(3600) as i32)
    }

    pub fn start(self) -> Timestamp {
        Timestamp::from_secs(i64::from(self.0) * 3600)
    }

    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Hour of the day, 0 to 23, in `zone`.
    pub fn of_day(self, zone: Tz) -> u32 {
        self.start().utc().with_timezone(&zone).hour()
    }
}

/// A billing cycle: a month that begins on the tenant's cycle day (1 = the calendar month).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cycle {
    pub year: i32,
    pub month: u32,
}

impl Cycle {
    /// The cycle that `day` is in, when cycles begin on `cycle_day` (1 to 28).
    pub fn of(day: Day, cycle_day: u32) -> Self {
        let date = day.date();
        let this = Self { year: date.year(), month: date.month() };
        if date.day() >= cycle_day { this } else { this.previous() }
    }

    pub fn first_day(self, cycle_day: u32) -> Day {
        Day::from_date(
            NaiveDate::from_ymd_opt(self.year, self.month, cycle_day.clamp(1, 28)).unwrap_or_default(),
        )
    }

    /// The day after the cycle's last.
    pub fn end_day(self, cycle_day: u32) -> Day {
        self.next().first_day(cycle_day)
    }

    pub fn days(self, cycle_day: u32) -> impl Iterator<Item = Day> {
        (self.first_day(cycle_day).0..self.end_day(cycle_day).0).map(Day)
    }

    pub fn next(self) -> Self {
        if self.month >= 12 {
            Self { year: self.year + 1, month: 1 }
        } else {
            Self { month: self.month + 1, ..self }
        }
    }

    pub fn previous(self) -> Self {
        if self.month <= 1 {
            Self { year: self.year - 1, month: 12 }
        } else {
            Self { month: self.month - 1, ..self }
        }
    }
}

/// `2021-02`, its form in URLs.
impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Cycle {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        let wrong = || format!("{s:?} is not a cycle such as 2026-11");
        let (year, month) = s.split_once('-').ok_or_else(wrong)?;
        match (year.parse(), month.parse()) {
            (Ok(year @ 1970..=9998), Ok(month @ 1..=12)) => Ok(Self { year, month }),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taipei_midnight_is_sixteen_hundred_utc() {
        let at = Timestamp::from_secs(1_614_154_669); // 2021-02-24T08:17:49Z, a time in the brochure
        assert_eq!(at.format(DEFAULT_ZONE), "2021-02-24 16:17:49");
        let day = Day::of(at, DEFAULT_ZONE);
        assert_eq!(day.to_string(), "2021-02-24");
        assert_eq!(day.start(DEFAULT_ZONE).format(Tz::UTC), "2021-02-23 16:00:00");
        assert_eq!(Day::of(Timestamp(day.start(DEFAULT_ZONE).0 - 1), DEFAULT_ZONE), day.previous());
    }

    #[test]
    fn a_cycle_begins_on_its_day() {
        let day: Day = "2026-03-04".parse().unwrap();
        assert_eq!(Cycle::of(day, 5).to_string(), "2026-02");
        assert_eq!(Cycle::of(day, 4).to_string(), "2026-03");
        assert_eq!("2026-02".parse::<Cycle>().unwrap().days(1).count(), 28);
        assert_eq!(Cycle { year: 2025, month: 12 }.next().to_string(), "2026-01");
        assert!("2026-13".parse::<Cycle>().is_err());
    }

    #[test]
    fn every_offered_zone_is_in_the_build() {
        for name in OFFERED_ZONES {
            assert!(offered_zone(name).is_some(), "{name}");
        }
    }
}
