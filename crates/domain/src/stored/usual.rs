//! What a SIM uses on a day as a rule.

/// Learned of days that are over. In one word, of which a million are in memory: the four highest bits count the days, the others
/// are kilobytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usual(u32);

const KB_BITS: u32 = 28;
const MOST_KB: u32 = (1 << KB_BITS) - 1;
/// The first day is the one on which the SIM was first heard of, and of that only a part is known.
const DAYS: u32 = Usual::WHOLE_DAYS + 1;

impl Usual {
    /// So many whole days are known before anything counts as usual: a week, so that its quiet days are among them.
    pub const WHOLE_DAYS: u32 = 7;

    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub const fn to_bits(self) -> u32 {
        self.0
    }

    fn days(self) -> u32 {
        (self.0 >> KB_BITS).min(DAYS)
    }

    /// Octets of a day; `None` while too few days are known.
    pub fn octets(self) -> Option<u64> {
        (self.days() == DAYS).then_some(u64::from(self.0 & MOST_KB) * 1024)
    }

    /// A day is over. It counts as much as each of those before it, but an eighth at least. The first one counts for nothing.
    pub fn learn(self, octets: u64) -> Self {
        let days = self.days();
        let kb = match days {
            0 => 0,
            _ => {
                let used = u32::try_from(octets / 1024).unwrap_or(MOST_KB).min(MOST_KB);
                let usual = self.0 & MOST_KB;
                usual - usual / days + used / days
            }
        };
        Self((days + 1).min(DAYS) << KB_BITS | kb)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1024 * 1024;

    #[test]
    fn a_week_of_whole_days_makes_it_known() {
        let mut usual = Usual::default().learn(10 * MB);
        for day in 1..=Usual::WHOLE_DAYS {
            assert_eq!(usual.octets(), None, "day {day}");
            usual = usual.learn(u64::from(day) * MB);
        }
        let known = usual.octets().unwrap();
        assert!((3 * MB..5 * MB).contains(&known), "{known}");
        assert_eq!(Usual::from_bits(usual.to_bits()), usual);
    }

    #[test]
    fn it_follows_slowly_and_is_never_too_much() {
        let mut usual = (0..=Usual::WHOLE_DAYS).fold(Usual::default(), |usual, _| usual.learn(8 * MB));
        assert_eq!(usual.octets(), Some(8 * MB));
        usual = usual.learn(16 * MB);
        assert_eq!(usual.octets(), Some(9 * MB));
        for _ in 0..100 {
            usual = usual.learn(u64::MAX);
        }
        assert!(usual.octets().unwrap() <= u64::from(MOST_KB) * 1024);
    }
}
