//! When nobody listened: the server was down, or took no records. Devices may have reported then and weren't heard, so that silence
//! is not theirs, and waiting for them begins anew at its end.

use crate::{Fleet, instant::secs};
use opencmp_domain::stored::Absence;

/// Older ones say nothing any more: nobody is waited for so long.
const MOST: usize = 1024;

#[derive(Debug, Default)]
pub(crate) struct Absences {
    /// Beginnings and ends, one after the other.
    spans: Vec<(u32, u32)>,
    /// The end of the last.
    until: u32,
}

impl Absences {
    fn add(&mut self, began: u32, ended: u32) {
        self.spans.push((began, ended));
        self.spans.sort_unstable();
        self.spans.dedup_by(|later, earlier| {
            let one = later.0 <= earlier.1;
            if one {
                earlier.1 = earlier.1.max(later.1);
            }
            one
        });
        let old = self.spans.len().saturating_sub(MOST);
        self.spans.drain(..old);
        self.until = self.spans.last().map_or(0, |last| last.1);
    }

    /// When something that was last heard of at `from` is late, which it would be at `limit` had anybody listened all the time;
    /// `again`: within this it is heard of, if it is there.
    #[inline]
    pub fn put_off(&self, from: u32, limit: u32, again: u32) -> u32 {
        if from >= self.until { limit } else { self.put_off_by_spans(from, limit, again) }
    }

    /// By those that began before the limit alone, not before what they put it off to: else a nightly restart would put off for
    /// ever what is waited for longer than a day.
    #[cold]
    fn put_off_by_spans(&self, from: u32, limit: u32, again: u32) -> u32 {
        let first = self.spans.partition_point(|(_, ended)| *ended <= from);
        let within =
            self.spans.get(first..).unwrap_or_default().iter().take_while(|(began, _)| *began < limit);
        within.fold(limit, |late, (_, ended)| late.max(ended.saturating_add(again)))
    }
}

impl Fleet {
    /// What is waited for is looked at when it would have been late, and waited for on. Absences too short to miss anything
    /// change nothing.
    pub fn note_absence(&mut self, absence: &Absence) {
        if absence.counts() {
            self.absences.add(secs(absence.began_at), secs(absence.ended_at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn absences(spans: &[(u32, u32)]) -> Absences {
        let mut absences = Absences::default();
        spans.iter().for_each(|(began, ended)| absences.add(*began, *ended));
        absences
    }

    #[test]
    fn waiting_begins_anew_when_somebody_listens_again() {
        let down = absences(&[(1000, 2000)]);
        assert_eq!(down.put_off(500, 900, 400), 900, "late before it");
        assert_eq!(down.put_off(500, 1001, 501), 2501, "late in it");
        assert_eq!(down.put_off(900, 2100, 1200), 3200, "it may have been heard of in it");
        assert_eq!(down.put_off(900, 9000, 600), 9000, "there is time enough after it");
        assert_eq!(down.put_off(2000, 2600, 600), 2600, "heard of after it");
        let twice = absences(&[(3000, 4000), (1000, 2000)]);
        assert_eq!(twice.put_off(900, 1500, 600), 2600);
        assert_eq!(twice.put_off(900, 1500, 1200), 3200, "no restart puts off for ever");
        assert_eq!(twice.put_off(900, 3500, 1200), 5200);
        assert_eq!(absences(&[(50, 200), (10, 100)]).spans, [(10, 200)]);
    }

    proptest! {
        #[test]
        fn nobody_is_late_sooner_for_it_and_all_have_their_time(
            spans in prop::collection::vec((0u32..10_000, 30u32..2000), 0..6),
            from in 0u32..12_000,
            wait in 1u32..4000,
        ) {
            let spans: Vec<_> = spans.iter().map(|(began, secs)| (*began, began + secs)).collect();
            let limit = absences(&spans).put_off(from, from + wait, wait);
            prop_assert!(limit >= from + wait);
            for (began, ended) in &spans {
                // Whoever was waited for while nobody listened has the whole time again.
                prop_assert!(*ended <= from || *began >= from + wait || limit >= ended + wait);
            }
            // And not more than that.
            let last = spans.iter().map(|(_, ended)| ended + wait).max().unwrap_or(0);
            prop_assert!(limit <= last.max(from + wait));
            // In whatever order they are learned of.
            let turned: Vec<_> = spans.iter().rev().copied().collect();
            prop_assert_eq!(absences(&turned).put_off(from, from + wait, wait), limit);
        }
    }
}
