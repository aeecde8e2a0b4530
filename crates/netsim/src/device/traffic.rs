//! How much a device sends and when: daily curves, weekends, and days that are out of the ordinary.

use opencmp_domain::Timestamp;

/// Taipei's offset from UTC; it has no daylight saving time.
pub const LOCAL_OFFSET_SECS: i64 = 8 * 3600;

/// Days since 1970-01-01 in local time.
pub fn local_day(at: Timestamp) -> i64 {
    (at.secs() + LOCAL_OFFSET_SECS).div_euclid(86_400)
}

/// The instant at which a local day begins.
pub fn day_start(day: i64) -> Timestamp {
    Timestamp::from_secs(day * 86_400 - LOCAL_OFFSET_SECS)
}

pub fn is_weekend(day: i64) -> bool {
    // 1970-01-01 was a Thursday.
    matches!((day + 3).rem_euclid(7), 5 | 6)
}

/// Share of traffic by local hour; each averages one over a weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    Flat,
    /// Shops and machines: from morning to late evening, more at weekends.
    Shop,
    /// Cameras that send when something moves: by day, never silent.
    Street,
    /// People on the road: two peaks on weekdays, a broad noon at weekends.
    Road,
}

const SHOP: [f64; 24] = [
    0.2, 0.1, 0.05, 0.05, 0.05, 0.1, 0.5, 1.3, 1.6, 1.2, 1.1, 1.4, 1.9, 1.5, 1.1, 1.2, 1.5, 1.8, 2.0, 1.7,
    1.4, 1.1, 0.8, 0.35,
];
const STREET: [f64; 24] = [
    0.5, 0.4, 0.35, 0.35, 0.4, 0.6, 0.9, 1.3, 1.5, 1.3, 1.2, 1.3, 1.4, 1.2, 1.2, 1.2, 1.3, 1.6, 1.5, 1.3,
    1.1, 0.9, 0.7, 0.5,
];
const ROAD: [f64; 24] = [
    0.2, 0.1, 0.05, 0.05, 0.1, 0.3, 1.0, 2.6, 3.0, 1.2, 0.8, 0.9, 1.3, 1.0, 0.8, 0.9, 1.3, 2.6, 2.8, 1.6,
    1.2, 1.0, 0.7, 0.5,
];

impl Curve {
    /// The weight of an hour of a local day.
    pub fn weight(self, hour: usize, weekend: bool) -> f64 {
        let pick = |curve: &[f64; 24]| curve.get(hour).copied().unwrap_or(1.0);
        match self {
            Self::Flat => 1.0,
            Self::Shop => pick(&SHOP) * if weekend { 1.35 } else { 1.0 },
            Self::Street => pick(&STREET) * if weekend { 0.85 } else { 1.0 },
            Self::Road if weekend => (pick(&ROAD) * 0.2 + pick(&SHOP) * 0.75) * 0.9,
            Self::Road => pick(&ROAD),
        }
    }

    /// The weighted hours from one instant to another.
    pub fn hours(self, from: Timestamp, to: Timestamp) -> f64 {
        if self == Self::Flat {
            return (to.0 - from.0).max(0) as f64 / 3.6e9;
        }
        let mut sum = 0.0;
        let mut at = from.0;
        while at < to.0 {
            let local = at + LOCAL_OFFSET_SECS * 1_000_000;
            let hour = local.div_euclid(3_600_000_000);
            let until = ((hour + 1) * 3_600_000_000 - LOCAL_OFFSET_SECS * 1_000_000).min(to.0);
            let weekend = is_weekend(hour.div_euclid(24));
            sum += self.weight(hour.rem_euclid(24) as usize, weekend) * (until - at) as f64 / 3.6e9;
            at = until;
        }
        sum
    }
}

/// What a session of a kind of device carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traffic {
    /// Octets up and down right after the start.
    pub first: (f64, f64),
    /// Octets up and down per hour, before the curve.
    pub hourly: (f64, f64),
    pub curve: Curve,
}

/// How a device's day differs from its average: mostly a little, rarely a lot (a firmware download, a stuck process).
pub fn day_factor(device: u64, day: i64) -> f64 {
    let hash = mix(device ^ (day as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let share = (hash >> 11) as f64 / (1u64 << 53) as f64;
    match hash & 0x3FF {
        0 => 8.0 + 20.0 * share,
        1..=8 => 2.5 + 2.0 * share,
        _ => 0.7 + 0.6 * share,
    }
}

/// SplitMix64's finaliser.
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_day_begins_at_midnight_in_taipei() {
        let monday = local_day(Timestamp::from_secs(1_614_154_669)) - 2; // 2021-02-24 was a Wednesday
        assert_eq!(day_start(monday).secs(), 1_613_923_200);
        assert!(!is_weekend(monday) && is_weekend(monday + 5) && is_weekend(monday + 6));
        assert!(!is_weekend(monday + 7));
    }

    #[test]
    fn curves_average_about_one() {
        let monday = day_start(18_680);
        assert!(!is_weekend(18_680));
        for curve in [Curve::Flat, Curve::Shop, Curve::Street, Curve::Road] {
            let hours = curve.hours(monday, monday.plus_secs(86_400));
            assert!((22.0..=29.0).contains(&hours), "{curve:?} {hours}");
        }
    }

    proptest::proptest! {
        #[test]
        fn weighted_hours_add_up(start in 0i64..2_000_000_000, a in 0i64..200_000, b in 0i64..200_000) {
            let from = Timestamp::from_secs(start);
            let (middle, to) = (from.plus_secs(a), from.plus_secs(a + b));
            for curve in [Curve::Flat, Curve::Shop, Curve::Street, Curve::Road] {
                let whole = curve.hours(from, to);
                let parts = curve.hours(from, middle) + curve.hours(middle, to);
                proptest::prop_assert!((whole - parts).abs() < 1e-6);
            }
        }
    }
}
