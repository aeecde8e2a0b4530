//! Octets. Stored as 64-bit integers; shown with 1 KB = 1024 octets, the same rule in lists, charts and alerts.

use serde::{Deserialize, Serialize};
use std::{fmt, iter::Sum, ops};

/// A number of octets. Addition saturates: a counter that a broken gateway made absurd must not wrap to a small one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ByteCount(pub u64);

impl ByteCount {
    pub const ZERO: Self = Self(0);
    pub const KB: u64 = 1024;
    pub const MB: u64 = 1024 * 1024;

    pub const fn octets(self) -> u64 {
        self.0
    }

    /// Whole kilobytes, rounded up, so that a day with traffic never reads 0.
    pub const fn kilobytes(self) -> u64 {
        self.0.div_ceil(Self::KB)
    }
}

/// The list's form: `0 B`, `21 KB`, `16300 MB`; the largest unit is MB, as in the brochure.
impl fmt::Display for ByteCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n < Self::KB => write!(f, "{n} B"),
            n if n < Self::MB => write!(f, "{} KB", n / Self::KB),
            n => write!(f, "{} MB", n / Self::MB),
        }
    }
}

impl ops::Add for ByteCount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl ops::AddAssign for ByteCount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for ByteCount {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, ops::Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brochures_figures() {
        assert_eq!(ByteCount(0).to_string(), "0 B");
        assert_eq!(ByteCount(1023).to_string(), "1023 B");
        assert_eq!(ByteCount(972 * 1024).to_string(), "972 KB");
        assert_eq!(ByteCount(16_300 * 1024 * 1024).to_string(), "16300 MB");
        assert_eq!(ByteCount(1).kilobytes(), 1);
    }
}
