//! Retransmission times (RFC 5080 §2.2.1): the first after IRT, then twice as long each, up to MRT, with ±10 % jitter. For
//! accounting there is no last one.

use rand::Rng;

/// Initial and maximum retransmission time in microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retransmission {
    pub initial: u64,
    pub maximum: u64,
}

impl Default for Retransmission {
    /// The RFC's IRT of 2 s and MRT of 16 s.
    fn default() -> Self {
        Self { initial: 2_000_000, maximum: 16_000_000 }
    }
}

impl Retransmission {
    /// RT, the wait for an answer, given the last wait; 0 before the first.
    pub fn next(&self, last: u64, rng: &mut impl Rng) -> u64 {
        // RAND is in −0.1 … 0.1.
        let mut spread = |base: u64| (base as f64 * rng.random_range(-0.1..0.1)) as i64;
        let wait = if last == 0 {
            self.initial.saturating_add_signed(spread(self.initial))
        } else {
            (2 * last).saturating_add_signed(spread(last))
        };
        if wait > self.maximum { self.maximum.saturating_add_signed(spread(self.maximum)) } else { wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    proptest::proptest! {
        #[test]
        fn waits_double_up_to_the_maximum(seed: u64) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let timer = Retransmission::default();
            let first = timer.next(0, &mut rng);
            proptest::prop_assert!((1_800_000..=2_200_000).contains(&first));
            let second = timer.next(first, &mut rng);
            proptest::prop_assert!((19 * first / 10 - 1..=21 * first / 10 + 1).contains(&second));
            let mut last = second;
            for _ in 0..20 {
                last = timer.next(last, &mut rng);
                proptest::prop_assert!(last <= 17_600_000);
            }
            proptest::prop_assert!(last >= 14_400_000);
        }
    }
}
