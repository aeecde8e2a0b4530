//! Axes whose labels are round numbers in the unit that fits.

/// How many intervals every value axis has, so that the grid of a left and a right axis is one grid.
pub const INTERVALS: u32 = 4;

/// An axis from zero to `top`, with a label at every interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Value at the top, in the data's own unit (octets, SIMs, records a second).
    pub top: f64,
    /// From zero upwards, `INTERVALS + 1` of them; zero alone where there is nothing to measure.
    pub labels: Vec<String>,
    /// Unit of the labels; empty for plain numbers.
    pub unit: &'static str,
}

const OCTET_UNITS: [(&str, f64); 6] = [
    ("KB", 1024.0),
    ("MB", 1_048_576.0),
    ("GB", 1_073_741_824.0),
    ("TB", 1_099_511_627_776.0),
    ("PB", 1_125_899_906_842_624.0),
    ("EB", 1_152_921_504_606_846_976.0),
];

impl Axis {
    /// Octets up to `most`, labelled in KB, MB, GB … of 1024.
    pub fn octets(most: u64) -> Self {
        if most == 0 {
            return Self { top: 1.0, labels: vec!["0".to_owned()], unit: OCTET_UNITS[0].0 };
        }
        let most = most as f64;
        let (unit, octets) =
            OCTET_UNITS.iter().rev().find(|(_, size)| most >= *size).copied().unwrap_or(OCTET_UNITS[0]);
        let step = round_step(most / octets / f64::from(INTERVALS)).max(0.25);
        Self::with_step(step, octets, unit)
    }

    /// Whole things: the step is never a fraction.
    pub fn count(most: u64) -> Self {
        let step = round_step(most as f64 / f64::from(INTERVALS)).ceil().max(1.0);
        Self::with_step(step, 1.0, "")
    }

    pub fn rate(most: f64) -> Self {
        let most = if most.is_finite() { most.max(0.0) } else { 0.0 };
        Self::with_step(round_step(most / f64::from(INTERVALS)).max(0.25), 1.0, "")
    }

    fn with_step(step: f64, scale: f64, unit: &'static str) -> Self {
        let labels = (0..=INTERVALS).map(|i| label(step * f64::from(i))).collect();
        Self { top: step * f64::from(INTERVALS) * scale, labels, unit }
    }

    /// Value of the `i`th label.
    pub fn at(&self, i: usize) -> f64 {
        self.top * i as f64 / f64::from(INTERVALS)
    }
}

/// The smallest round number that is not below `least`.
fn round_step(least: f64) -> f64 {
    if least <= 0.0 {
        return 0.0;
    }
    let magnitude = 10f64.powf(least.log10().floor());
    let round = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    // A hair of tolerance: 0.3 / 0.1 is a little above 3.
    round.into_iter().map(|r| r * magnitude).find(|step| *step >= least * 0.999_999).unwrap_or(least)
}

/// At most two decimals, no trailing zeros, thousands apart.
fn label(value: f64) -> String {
    let fixed = format!("{value:.2}");
    let trimmed = fixed.trim_end_matches('0').trim_end_matches('.');
    let (whole, fraction) = trimmed.split_once('.').map_or((trimmed, None), |(w, f)| (w, Some(f)));
    let mut text = String::with_capacity(whole.len() + 6);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_round_and_in_the_unit_that_fits() {
        let day = Axis::octets(7_214_323 * 1024); // the brochure's highest day
        assert_eq!((day.unit, day.labels.join(" ").as_str()), ("GB", "0 2 4 6 8"));
        assert_eq!(Axis::octets(900 * 1024).labels.join(" "), "0 250 500 750 1,000");
        assert_eq!(Axis::octets(1).labels.join(" "), "0 0.25 0.5 0.75 1");
        assert_eq!((Axis::octets(0).unit, Axis::octets(0).labels.join(" ").as_str()), ("KB", "0"));
        assert_eq!(Axis::octets(u64::MAX).unit, "EB");
        assert_eq!(Axis::count(553).labels.join(" "), "0 150 300 450 600");
        assert_eq!(Axis::count(0).labels.join(" "), "0 1 2 3 4");
        assert_eq!(Axis::rate(f64::NAN).top, 1.0);
    }

    proptest::proptest! {
        #[test]
        fn the_axis_reaches_the_highest_value(most: u64) {
            proptest::prop_assert!(Axis::octets(most).top >= most as f64 * 0.999_99);
            proptest::prop_assert!(Axis::count(most).top >= most as f64 * 0.999_99);
        }
    }
}
