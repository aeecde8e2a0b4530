//! The thread that writes to the database. One job at a time; what fails is tried again until it is in, because the next
//! one builds on it.

use crate::{
    feed::Feed,
    inbox::{Inbox, Message},
    journal::JournalSource,
};
use opencmp_domain::{
    sim::SimInventory,
    stored::{FlushBatch, JournalPosition, UnknownSubscriber},
};
use opencmp_fleet::SimSlot;
use opencmp_listener::precedence;
use opencmp_service::chain;
use opencmp_store::{Store, StoreError};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};
use tokio::runtime::Handle;

/// The part of the journal that this process owns.
pub(crate) const PARTITION: u32 = 0;

const FIRST_RETRY: Duration = Duration::from_millis(20);
const LAST_RETRY: Duration = Duration::from_secs(3);
/// A database that takes nothing for longer than this is in trouble, and people are told.
const TROUBLE_AFTER: Duration = Duration::from_secs(2);
const LOG_EVERY: Duration = Duration::from_secs(60);
/// How often the journal may forget something.
const TRIM_EVERY: Duration = Duration::from_secs(30);

pub(crate) enum Job {
    /// Makes rows of SIMs that only the network knows.
    Register(Vec<(SimSlot, UnknownSubscriber)>),
    Flush(Box<FlushBatch>),
}

pub(crate) enum Answer {
    /// What the database now says of the SIMs.
    Registered(Vec<(SimSlot, SimInventory)>),
    /// Whether somebody is to be told of an alert in it.
    Flushed { told: bool },
    /// SIMs moved between groups: the sums are to be made again.
    Moved(Box<FlushBatch>),
}

pub(crate) struct Flusher {
    pub(crate) store: Store,
    pub(crate) runtime: Handle,
    pub(crate) jobs: Receiver<Job>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) journal: Arc<dyn JournalSource>,
    /// Set when nobody waits for an answer any more.
    pub(crate) give_up: Arc<AtomicBool>,
}

impl Flusher {
    pub(crate) fn run(self) {
        precedence::give_way();
        let mut trimmed_at = Instant::now();
        loop {
            match self.jobs.recv_timeout(Duration::from_secs(1)) {
                Ok(job) => {
                    let Some(answer) = self.work(job) else { return };
                    self.inbox.put(Message::Answer(answer));
                    self.store.flush_checkpoint();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if trimmed_at.elapsed() >= TRIM_EVERY {
                trimmed_at = Instant::now();
                self.trim();
            }
        }
        if !self.give_up.load(Ordering::Relaxed) {
            self.trim();
        }
    }

    /// `None` when it is time to give up.
    fn work(&self, job: Job) -> Option<Answer> {
        match job {
            Job::Register(unknown) => self.register(&unknown).map(Answer::Registered),
            Job::Flush(batch) => self.flush(batch),
        }
    }

    fn register(&self, unknown: &[(SimSlot, UnknownSubscriber)]) -> Option<Vec<(SimSlot, SimInventory)>> {
        let subscribers: Vec<_> = unknown.iter().map(|(_, subscriber)| *subscriber).collect();
        self.insist(|| {
            self.runtime.block_on(async {
                let ids = self.store.sim_register_unknown(&subscribers).await?;
                let mut known = Vec::with_capacity(ids.len());
                for ((slot, _), id) in unknown.iter().zip(ids) {
                    known.extend(self.store.sim_get(id).await?.map(|sim| (*slot, sim)));
                }
                Ok(known)
            })
        })
        .and_then(Result::ok)
    }

    fn flush(&self, batch: Box<FlushBatch>) -> Option<Answer> {
        let began = Instant::now();
        match self.insist(|| self.runtime.block_on(self.store.flush(&batch)))? {
            Ok(()) => {
                self.feed.set_flushed(batch.position, batch.applied_at);
                if !batch.alerts.is_empty() {
                    self.feed.note_alerts();
                }
                let told = !batch.turns.is_empty();
                if told {
                    self.feed.turns().notify_one();
                }
                metrics::histogram!("opencmp_flush_seconds").record(began.elapsed());
                let rows = batch.sims.len() + batch.sessions.len() + batch.hours.len() + batch.days.len();
                metrics::counter!("opencmp_flush_rows_total").increment(rows as u64);
                Some(Answer::Flushed { told })
            }
            Err(_) => Some(Answer::Moved(batch)),
        }
    }

    /// Tries until it works or the inventory turns out to have moved. `None` when it is time to give up.
    fn insist<T>(&self, mut job: impl FnMut() -> Result<T, StoreError>) -> Option<Result<T, StoreError>> {
        let began = Instant::now();
        let mut retry = FIRST_RETRY;
        let mut logged: Option<Instant> = None;
        loop {
            let error = match job() {
                Err(error @ StoreError::InventoryMoved { .. }) => {
                    self.feed.set_database_unavailable(false);
                    return Some(Err(error));
                }
                Err(error) => error,
                Ok(done) => {
                    if self.feed.set_database_unavailable(false) {
                        tracing::info!(after = ?began.elapsed(), "the database takes records again");
                    }
                    return Some(Ok(done));
                }
            };
            let passing = matches!(error, StoreError::Busy(_)) && began.elapsed() < TROUBLE_AFTER;
            if !passing {
                self.feed.set_database_unavailable(true);
                if logged.is_none_or(|at| at.elapsed() >= LOG_EVERY) {
                    logged = Some(Instant::now());
                    tracing::error!(error = chain(&error), "the database takes nothing; the journal goes on");
                }
            }
            if self.give_up.load(Ordering::Relaxed) {
                return None;
            }
            std::thread::sleep(retry);
            retry = (retry * 2).min(LAST_RETRY);
        }
    }

    /// The journal forgets what no power failure can take back from the database any more.
    fn trim(&self) {
        let durable: Result<JournalPosition, StoreError> =
            self.runtime.block_on(self.store.journal_position_durable(PARTITION));
        let trimmed = match durable {
            Ok(position) => {
                self.journal.trim(position, self.feed.clock.now()).map_err(|error| error.to_string())
            }
            Err(error) => Err(chain(&error)),
        };
        if let Err(error) = trimmed {
            tracing::warn!(error, "the journal keeps what it could forget");
        }
    }
}
