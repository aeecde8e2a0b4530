//! What time brings about, in its order: SIMs to look at because they may have been offline for too long, alerts to forget
//! because their rule is armed anew. An entry that something overtook is found to be void when it is due.

use opencmp_domain::RuleId;
use std::collections::BTreeMap;

/// Seconds in a bucket, as a power of two.
const BUCKET_BITS: u32 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The SIM has been offline since then, if it hasn't connected meanwhile.
    Offline {
        sim: u32,
        since: u32,
        rule: RuleId,
    },
    /// The limit of the state that the SIM is in since then comes near.
    Limit {
        sim: u32,
        since: u32,
    },
    Forget {
        alert: i64,
    },
}

#[derive(Default)]
pub(crate) struct DueList {
    buckets: BTreeMap<u32, Vec<(u32, Due)>>,
}

impl DueList {
    pub fn add(&mut self, at: u32, due: Due) {
        self.buckets.entry(at >> BUCKET_BITS).or_default().push((at, due));
    }

    /// What is due by `at`, and little of what is due soon after.
    pub fn until(&self, at: u32) -> impl Iterator<Item = &Due> {
        self.buckets.range(..=at >> BUCKET_BITS).flat_map(|(_, bucket)| bucket).map(|(_, due)| due)
    }

    /// Takes what is due by `now`, in the order of time.
    pub fn take(&mut self, now: u32) -> Vec<(u32, Due)> {
        let mut taken = Vec::new();
        while let Some(mut bucket) = self.buckets.first_entry() {
            if *bucket.key() > now >> BUCKET_BITS {
                break;
            }
            if *bucket.key() < now >> BUCKET_BITS {
                taken.append(&mut bucket.remove());
                continue;
            }
            taken.extend(bucket.get_mut().extract_if(.., |(at, _)| *at <= now));
            if bucket.get().is_empty() {
                bucket.remove();
            }
            break;
        }
        taken.sort_by_key(|(at, _)| *at);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_once_and_in_order() {
        let mut list = DueList::default();
        for at in [100, 5, 101, 3000, 97] {
            list.add(at, Due::Forget { alert: at.into() });
        }
        let mut at = |now| list.take(now).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(at(4), []);
        assert_eq!(at(100), [5, 97, 100]);
        assert_eq!(at(100), []);
        assert_eq!(at(5000), [101, 3000]);
    }
}
