//! Many SIMs at once: what an operation on a selection is about, and what undoes it.

use crate::ids::SimId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// Ids, rising, each once. As text (and in JSON) they are ranges, `1-4,7`: ids of one import are neighbours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimSet(Vec<SimId>);

impl SimSet {
    /// The most SIMs that one operation changes.
    pub const MOST: usize = 100_000;

    pub fn ids(&self) -> &[SimId] {
        &self.0
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<SimId> for SimSet {
    fn from_iter<I: IntoIterator<Item = SimId>>(ids: I) -> Self {
        let mut ids: Vec<SimId> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        Self(ids)
    }
}

impl fmt::Display for SimSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ids = self.0.iter().map(|id| id.0).peekable();
        let mut begun = false;
        while let Some(first) = ids.next() {
            let mut last = first;
            while ids.peek().is_some_and(|next| last.checked_add(1) == Some(*next)) {
                last = ids.next().unwrap_or(last);
            }
            if std::mem::replace(&mut begun, true) {
                f.write_str(",")?;
            }
            match last {
                last if last == first => write!(f, "{first}")?,
                last => write!(f, "{first}-{last}")?,
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SimSetError {
    NotARange,
    TooMany,
}

impl fmt::Display for SimSetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARange => f.write_str("SIMs are named by ids and ranges of them, such as 1-4,7"),
            Self::TooMany => write!(f, "more than {} SIMs at once", SimSet::MOST),
        }
    }
}

impl std::error::Error for SimSetError {}

impl FromStr for SimSet {
    type Err = SimSetError;

    fn from_str(text: &str) -> Result<Self, SimSetError> {
        let mut ids: Vec<SimId> = Vec::new();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let number = |text: &str| text.parse::<i64>().ok().filter(|id| *id > 0);
            let (Some(first), Some(last)) = (number(first), number(last)) else {
                return Err(SimSetError::NotARange);
            };
            let many = last.saturating_sub(first);
            if many < 0 {
                return Err(SimSetError::NotARange);
            }
            if usize::try_from(many).unwrap_or(usize::MAX).saturating_add(ids.len()) >= Self::MOST {
                return Err(SimSetError::TooMany);
            }
            ids.extend((first..=last).map(SimId));
        }
        Ok(ids.into_iter().collect())
    }
}

impl Serialize for SimSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SimSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_a_range() {
        let set: SimSet = [7, 3, 1, 2, 3, 9, 10].map(SimId).into_iter().collect();
        assert_eq!(set.to_string(), "1-3,7,9-10");
        assert_eq!("1-3,7,9-10".parse(), Ok(set));
        assert_eq!("".parse(), Ok(SimSet::default()));
    }

    #[test]
    fn what_is_no_range_or_too_long_is_refused() {
        for wrong in ["x", "1-", "-1", "0", "5-3", "1;2"] {
            assert_eq!(wrong.parse::<SimSet>(), Err(SimSetError::NotARange), "{wrong}");
        }
        assert_eq!("1-9223372036854775807".parse::<SimSet>(), Err(SimSetError::TooMany));
        assert_eq!("1-100000".parse::<SimSet>().map(|set| set.len()), Ok(100_000));
        assert_eq!("1-100001".parse::<SimSet>(), Err(SimSetError::TooMany));
    }
}
