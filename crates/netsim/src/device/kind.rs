//! The kinds of devices.

use super::{
    DayPlan, Density, fixed, meter,
    traffic::{Curve, Traffic},
    vehicle,
};
use crate::record::{RAT_EUTRAN, RAT_LTE_M, RAT_NB_IOT, RAT_NR};
use opencmp_radius::threegpp::RatType;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// NB-IoT meter that connects, reports and is gone, once a day as a rule.
    Meter,
    /// NB-IoT meter in power saving mode: its session stays for weeks, the gateway tells of it once a day.
    SleepingMeter,
    /// Electric scooter: a session per ride, from cell to cell.
    Scooter,
    /// Car with a telematics unit and a screen: a session per drive, across counties, its maps and software come by night.
    Car,
    /// Battery exchange station: always on.
    Station,
    Camera,
    Camera5g,
    VendingMachine,
    /// Sensor that is carried about: always on, moves by day.
    Sensor,
}

impl Kind {
    pub fn rat(self) -> RatType {
        match self {
            Self::Meter | Self::SleepingMeter => RAT_NB_IOT,
            Self::Sensor => RAT_LTE_M,
            Self::Camera5g => RAT_NR,
            Self::Scooter | Self::Car | Self::Station | Self::Camera | Self::VendingMachine => RAT_EUTRAN,
        }
    }

    pub fn traffic(self) -> Traffic {
        const KB: f64 = 1024.0;
        const MB: f64 = 1024.0 * KB;
        match self {
            Self::Meter => Traffic { first: (980.0, 310.0), hourly: (0.0, 0.0), curve: Curve::Flat },
            Self::SleepingMeter => {
                Traffic { first: (420.0, 260.0), hourly: (46.0, 15.0), curve: Curve::Flat }
            }
            Self::Scooter => {
                Traffic { first: (9.0 * KB, 6.0 * KB), hourly: (190.0 * KB, 46.0 * KB), curve: Curve::Flat }
            }
            Self::Car => {
                Traffic { first: (40.0 * KB, 220.0 * KB), hourly: (1.6 * MB, 11.0 * MB), curve: Curve::Flat }
            }
            Self::Station => {
                Traffic { first: (30.0 * KB, 80.0 * KB), hourly: (1.1 * MB, 2.3 * MB), curve: Curve::Road }
            }
            Self::Camera => Traffic {
                first: (200.0 * KB, 60.0 * KB),
                hourly: (13.0 * MB, 0.3 * MB),
                curve: Curve::Street,
            },
            Self::Camera5g => Traffic {
                first: (300.0 * KB, 90.0 * KB),
                hourly: (58.0 * MB, 1.1 * MB),
                curve: Curve::Street,
            },
            Self::VendingMachine => {
                Traffic { first: (12.0 * KB, 20.0 * KB), hourly: (62.0 * KB, 94.0 * KB), curve: Curve::Shop }
            }
            Self::Sensor => {
                Traffic { first: (4.0 * KB, 3.0 * KB), hourly: (36.0 * KB, 8.0 * KB), curve: Curve::Flat }
            }
        }
    }

    /// The interval of interim updates; `None` where sessions are too short for any.
    pub fn interim_secs(self, density: Density) -> Option<i64> {
        let hours = |sparse: i64, medium: i64, live_minutes: i64| match density {
            Density::Sparse => sparse * 3600,
            Density::Medium => medium * 3600,
            Density::Live => live_minutes * 60,
        };
        match self {
            Self::Meter | Self::Scooter => None,
            Self::SleepingMeter => Some(86_400),
            Self::Car => Some(hours(2, 1, 10)),
            Self::Station => Some(hours(8, 2, 10)),
            Self::Camera | Self::Camera5g => Some(hours(6, 1, 5)),
            Self::VendingMachine => Some(hours(12, 2, 15)),
            Self::Sensor => Some(hours(6, 1, 5)),
        }
    }

    pub(crate) fn plan(self, day: &mut DayPlan<'_>) {
        match self {
            Self::Meter => meter::reports(day),
            Self::SleepingMeter => meter::sleeps(day),
            Self::Scooter => vehicle::rides(day),
            Self::Car => vehicle::drives(day),
            Self::Station | Self::Camera | Self::Camera5g | Self::VendingMachine => fixed::stays(day),
            Self::Sensor => {
                fixed::stays(day);
                vehicle::wanders(day);
            }
        }
    }
}
