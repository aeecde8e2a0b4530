//! Where records become durable: a group at a time, whoever brings it. Then the responses leave, and the group goes on to the applier,
//! in the order in which the journal has it.

use crate::{
    feed::Feed,
    inbox::Inbox,
    intake::Work,
    journal::{Journal, JournalError, JournalSource},
};
use metrics::{Counter, Histogram};
use parking_lot::Mutex;
use std::{sync::Arc, time::Instant};

pub(crate) struct Press {
    /// `None`: it is closed.
    journal: Mutex<Option<Box<dyn Journal>>>,
    source: Arc<dyn JournalSource>,
    inbox: Arc<Inbox>,
    feed: Arc<Feed>,
    follow_octets: usize,
    max_unflushed_octets: u64,
    figures: Figures,
}

impl Press {
    pub(crate) fn new(
        journal: Box<dyn Journal>,
        inbox: Arc<Inbox>,
        feed: Arc<Feed>,
        follow_octets: usize,
        max_unflushed_octets: u64,
    ) -> Self {
        let (source, figures) = (journal.source(), Figures::new());
        let journal = Mutex::new(Some(journal));
        Self { journal, source, inbox, feed, follow_octets, max_unflushed_octets, figures }
    }

    /// The database takes nothing, and as much waits for it as may.
    pub(crate) fn is_full(&self) -> bool {
        self.source.octets_after(self.feed.flushed()) > self.max_unflushed_octets
    }

    /// Waits for its turn. An error means that nothing of the group counts; it can be tried again.
    pub(crate) fn press(&self, group: &mut Vec<Work>) -> Result<(), JournalError> {
        match self.journal.lock().as_mut() {
            Some(journal) => self.press_in_turn(&mut **journal, group),
            None => Ok(()),
        }
    }

    /// Presses nothing more, and lets go of the journal.
    pub(crate) fn close(&self) {
        self.journal.lock().take();
    }

    /// At once, if nobody else is at it and all is well; else gives the work back.
    pub(crate) fn press_now(&self, work: Work) -> Result<(), Work> {
        let Some(mut journal) = self.journal.try_lock() else { return Err(work) };
        let Some(journal) = journal.as_mut().filter(|_| !self.is_full()) else { return Err(work) };
        let mut group = vec![work];
        // Whoever tries again says what is wrong.
        match self.press_in_turn(&mut **journal, &mut group) {
            Ok(()) => Ok(()),
            Err(_) => group.pop().map_or(Ok(()), Err),
        }
    }

    fn press_in_turn(&self, journal: &mut dyn Journal, group: &mut Vec<Work>) -> Result<(), JournalError> {
        let (first, began) = (journal.end().0, Instant::now());
        let appended = journal.append(&mut group.iter().flat_map(Work::records));
        let end = appended.inspect_err(|_| self.figures.failures.increment(1))?;
        self.figures.seconds.record(began.elapsed());
        self.figures.records.increment(end.0 - first);
        self.feed.journalled(end);
        group.iter().for_each(Work::acknowledge);
        self.inbox.put_durable(first, group.drain(..), self.follow_octets);
        Ok(())
    }
}

/// Handles of the metrics.
struct Figures {
    records: Counter,
    failures: Counter,
    seconds: Histogram,
}

impl Figures {
    fn new() -> Self {
        Self {
            records: metrics::counter!("opencmp_journal_records_total"),
            failures: metrics::counter!("opencmp_journal_failures_total"),
            seconds: metrics::histogram!("opencmp_journal_append_seconds"),
        }
    }
}
