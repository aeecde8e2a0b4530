//! Hours of the day in which somebody may be told: 每日00時，持續24小時.

use crate::time::{Timestamp, Tz};
use chrono::Timelike;
use serde::{Deserialize, Serialize};

/// Every day from a full hour on, for so many hours, in a time zone. It may go past midnight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Said", into = "Said")]
pub struct Window {
    from_hour: u8,
    hours: u8,
    zone: Tz,
}

/// As it is written down.
#[derive(Serialize, Deserialize)]
struct Said {
    from_hour: u8,
    hours: u8,
    zone: String,
}

impl Window {
    /// Errors: the hour isn't one of 0 to 23, or the length not one of 1 to 24.
    pub fn new(from_hour: u8, hours: u8, zone: Tz) -> Result<Self, &'static str> {
        match (from_hour, hours) {
            (0..=23, 1..=24) => Ok(Self { from_hour, hours, zone }),
            _ => Err("a window begins at an hour from 0 to 23 and lasts 1 to 24 hours"),
        }
    }

    /// The whole day.
    pub fn always(zone: Tz) -> Self {
        Self { from_hour: 0, hours: 24, zone }
    }

    pub fn from_hour(&self) -> u8 {
        self.from_hour
    }

    pub fn hours(&self) -> u8 {
        self.hours
    }

    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// `at` is within it.
    pub fn holds(&self, at: Timestamp) -> bool {
        let hour = at.utc().with_timezone(&self.zone).hour() as u8;
        (hour + 24 - self.from_hour) % 24 < self.hours
    }

    /// `at`, or when it begins next. Found by the full hours of the zone's clock, so that a day that is an hour shorter or
    /// longer is right as well.
    pub fn next(&self, at: Timestamp) -> Timestamp {
        if self.holds(at) {
            return at;
        }
        let local = at.utc().with_timezone(&self.zone);
        let into_hour = i64::from(local.minute()) * 60 + i64::from(local.second());
        let mut begins = Timestamp::from_secs(at.secs() - into_hour);
        // Zones are changed by half hours and quarters too: quarters of an hour find all of them.
        for _ in 0..=26 * 4 {
            if begins > at && self.holds(begins) {
                return begins;
            }
            begins = begins.plus_secs(900);
        }
        at
    }
}

impl TryFrom<Said> for Window {
    type Error = &'static str;

    fn try_from(said: Said) -> Result<Self, Self::Error> {
        let zone = said.zone.parse().map_err(|_| "not a time zone")?;
        Self::new(said.from_hour, said.hours, zone)
    }
}

impl From<Window> for Said {
    fn from(window: Window) -> Self {
        Self { from_hour: window.from_hour, hours: window.hours, zone: window.zone.name().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{DEFAULT_ZONE, OFFERED_ZONES};
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_secs(chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp())
    }

    #[test]
    fn a_window_is_of_the_zones_hours() {
        let office = Window::new(9, 9, DEFAULT_ZONE).unwrap();
        for (when, holds, next) in [
            ("2026-11-27T08:59:59+08:00", false, "2026-11-27T09:00:00+08:00"),
            ("2026-11-27T09:00:00+08:00", true, "2026-11-27T09:00:00+08:00"),
            ("2026-11-27T17:59:59+08:00", true, "2026-11-27T17:59:59+08:00"),
            ("2026-11-27T18:00:00+08:00", false, "2026-11-28T09:00:00+08:00"),
        ] {
            assert_eq!((office.holds(at(when)), office.next(at(when))), (holds, at(next)), "{when}");
        }
        let night = Window::new(22, 8, DEFAULT_ZONE).unwrap();
        assert!(night.holds(at("2026-11-27T05:59:00+08:00")));
        assert!(!night.holds(at("2026-11-27T06:00:00+08:00")));
        assert!(Window::new(24, 1, DEFAULT_ZONE).is_err() && Window::new(0, 25, DEFAULT_ZONE).is_err());
    }

    #[test]
    fn it_comes_back_from_json_and_is_checked() {
        let window = Window::new(22, 8, DEFAULT_ZONE).unwrap();
        let json = serde_json::to_string(&window).unwrap();
        assert_eq!(json, r#"{"from_hour":22,"hours":8,"zone":"Asia/Taipei"}"#);
        assert_eq!(serde_json::from_str::<Window>(&json).unwrap(), window);
        for bad in [
            r#"{"from_hour":22,"hours":0,"zone":"Asia/Taipei"}"#,
            r#"{"from_hour":2,"hours":3,"zone":"Mars"}"#,
        ] {
            assert!(serde_json::from_str::<Window>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_comes_next_is_within_and_nothing_before_it_is(
            from in 0u8..24, hours in 1u8..25, secs in 1_600_000_000i64..1_900_000_000,
            zone in proptest::sample::select(OFFERED_ZONES),
        ) {
            let window = Window::new(from, hours, zone.parse().unwrap()).unwrap();
            let at = Timestamp::from_secs(secs);
            let next = window.next(at);
            prop_assert!(next >= at && window.holds(next));
            prop_assert!(next.secs() - at.secs() < 26 * 3600);
            for step in 0..((next.secs() - at.secs()) / 900) {
                prop_assert!(!window.holds(at.plus_secs(step * 900)));
            }
        }
    }
}
