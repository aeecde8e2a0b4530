//! The journal's thread: group by group, what is queued becomes durable, and the responses leave.

use crate::{
    feed::Feed,
    inbox::{Inbox, Message},
    intake::{Intake, Work},
    journal::Journal,
};
use metrics::{Counter, Histogram};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(2);
/// How often it is looked whether the database has taken something, when the journal is full.
const FULL_LOOK: Duration = Duration::from_millis(50);

pub(crate) struct Writer {
    pub(crate) journal: Box<dyn Journal>,
    pub(crate) intake: Arc<Intake>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) group_octets: usize,
    pub(crate) follow_octets: usize,
    pub(crate) max_unflushed_octets: u64,
}

impl Writer {
    pub(crate) fn run(mut self) {
        let mut group = Vec::new();
        let figures = Figures::new();
        while self.intake.take(&mut group, self.group_octets) {
            let first = self.journal.end().0;
            if self.wait_for_bound() && self.make_durable(&group, &figures) {
                figures.records.increment(self.journal.end().0 - first);
                group.iter().for_each(Work::acknowledge);
                self.inbox.put_durable(first, group.drain(..), self.follow_octets);
            }
            group.clear();
        }
        self.inbox.put(Message::Finish);
    }

    /// While the database takes nothing and the journal is at its bound: silence. False when it is time to end.
    fn wait_for_bound(&self) -> bool {
        let source = self.journal.source();
        loop {
            let full = source.octets_after(self.feed.flushed()) > self.max_unflushed_octets;
            if self.feed.set_journal_full(full) {
                if full {
                    tracing::error!(
                        "the journal is full because the database takes nothing: nothing is acknowledged"
                    );
                } else {
                    tracing::info!("the journal has room again");
                }
            }
            if !full {
                return true;
            }
            if self.intake.is_closed() {
                return false;
            }
            std::thread::sleep(FULL_LOOK);
        }
    }

    /// Tries until it works: the records are held, and nobody is told that they are safe. False when it is time to end.
    fn make_durable(&mut self, group: &[Work], figures: &Figures) -> bool {
        let mut retry = FIRST_RETRY;
        loop {
            let began = Instant::now();
            match self.journal.append(&mut group.iter().flat_map(Work::records)) {
                Ok(end) => {
                    figures.seconds.record(began.elapsed());
                    if self.feed.set_journal_failing(false) {
                        tracing::info!("the journal can be written again");
                    }
                    self.feed.journalled(end);
                    return true;
                }
                Err(error) => {
                    figures.failures.increment(1);
                    if self.feed.set_journal_failing(true) {
                        tracing::error!(%error, "nothing is acknowledged until the journal can be written again");
                    }
                    if self.intake.is_closed() {
                        return false;
                    }
                    std::thread::sleep(retry);
                    retry = (retry * 2).min(LAST_RETRY);
                }
            }
        }
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
