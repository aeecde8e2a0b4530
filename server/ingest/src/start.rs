//! Ingest put together: its threads, from start to end.

use crate::{
    applier::{self, Surroundings},
    config::IngestConfig,
    direct::Direct,
    feed::Feed,
    flush::{Flusher, PARTITION},
    inbox::{Inbox, Message},
    intake::Intake,
    journal::{Journal, JournalError, JournalSource, embedded::EmbeddedJournal},
    live::LiveSink,
    past::Past,
    recovery::GiveUp,
    watch::{self, Known, News, Watch},
    writer::Writer,
};
use opencmp_domain::stored::JournalPosition;
use opencmp_listener::Sink;
use opencmp_store::{InventoryCursor, Store, StoreError};
use std::{
    io,
    sync::{Arc, atomic::Ordering, mpsc::sync_channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tokio::{
    runtime::Handle,
    sync::{Notify, oneshot},
};

/// For what a shutdown does besides waiting for the database.
const PATIENCE_MORE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(5);

/// Why ingest doesn't start.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("ingest can't read the database")]
    Store(#[from] StoreError),
    #[error("ingest can't start a thread")]
    Thread(#[from] io::Error),
}

/// Running ingest. Dropping it ends it at once, as a crash would: what isn't flushed is replayed at the next start.
pub struct Ingest {
    intake: Arc<Intake>,
    inbox: Arc<Inbox>,
    feed: Arc<Feed>,
    journal: Arc<dyn JournalSource>,
    give_up: GiveUp,
    /// How long a shutdown may take before it leaves the rest to the next start.
    patience: Duration,
    threads: Vec<JoinHandle<()>>,
    watch: tokio::task::JoinHandle<()>,
}

impl Ingest {
    /// Opens the journal and starts. Records are taken and acknowledged from now on; the fleet is loaded meanwhile, and
    /// [`Feed`] says when it is there. Must be called on a multi-threaded runtime, which does the database's I/O.
    pub async fn start(
        config: IngestConfig,
        store: Store,
        feed: Arc<Feed>,
        live: Arc<dyn LiveSink>,
    ) -> Result<Self, IngestError> {
        let flushed = store.journal_position(PARTITION).await?;
        let settings = config.journal.clone();
        // On no thread of the runtime: those give way to others, and what they start does too. The journal waits for its next
        // file if that isn't ready when the last one is full.
        let (done, opened) = oneshot::channel();
        spawn("journal-open", move || drop(done.send(EmbeddedJournal::open(settings, flushed))))?;
        let journal = opened.await.map_err(io::Error::other)??;
        Self::start_with(Box::new(journal), flushed, config, store, feed, live).await
    }

    /// The same with a journal that is open already; `flushed` is the database's position in it.
    pub async fn start_with(
        journal: Box<dyn Journal>,
        flushed: JournalPosition,
        config: IngestConfig,
        store: Store,
        feed: Arc<Feed>,
        live: Arc<dyn LiveSink>,
    ) -> Result<Self, IngestError> {
        let runtime = Handle::current();
        let nas_version = store.nas_version().await?;
        let (clients, dialects) = watch::gateways(&store.nas_list().await?);
        feed.clients.replace(clients);

        let source = journal.source();
        feed.begun(source.clone(), flushed);
        feed.keep_past(Past {
            journal: source.clone(),
            fleet: config.fleet.clone(),
            window: config.clock_window,
        });
        let intake = Arc::new(Intake::new(config.queue_octets, feed.clone()));
        let inbox = Arc::new(Inbox::default());
        inbox.put(Message::News(News::Gateways(dialects)));
        let give_up = GiveUp::default();
        let look_now = Arc::new(Notify::new());
        let (jobs, asked) = sync_channel(1);
        let (loaded, was_loaded) = oneshot::channel();

        let writer = Writer {
            journal,
            intake: intake.clone(),
            inbox: inbox.clone(),
            feed: feed.clone(),
            group_octets: config.group_octets,
            follow_octets: config.follow_octets,
            max_unflushed_octets: config.max_unflushed_octets,
        };
        let flusher = Flusher {
            store: store.clone(),
            runtime: runtime.clone(),
            jobs: asked,
            inbox: inbox.clone(),
            feed: feed.clone(),
            journal: source.clone(),
            give_up: give_up.clone(),
        };
        let watch = {
            let (store, inbox, feed, now) = (store.clone(), inbox.clone(), feed.clone(), look_now.clone());
            let every = config.poll;
            runtime.spawn(async move {
                if let Ok(Known { version, calendars, rules }) = was_loaded.await {
                    let inventory = InventoryCursor::at(version);
                    let watch = Watch {
                        store,
                        inbox,
                        feed,
                        every,
                        now,
                        nas_version,
                        version,
                        inventory,
                        calendars,
                        rules,
                        causes: Default::default(),
                    };
                    watch.run().await;
                }
            })
        };
        let patience = config.shutdown_patience + PATIENCE_MORE;
        let around = Surroundings {
            config,
            store,
            runtime,
            journal: source.clone(),
            inbox: inbox.clone(),
            feed: feed.clone(),
            live,
            jobs,
            watch: look_now,
            give_up: give_up.clone(),
        };
        let threads = vec![
            spawn("journal", move || writer.run())?,
            spawn("flush", move || flusher.run())?,
            spawn("applier", move || applier::run(around, flushed, loaded))?,
        ];
        Ok(Self { intake, inbox, feed, journal: source, give_up, patience, threads, watch })
    }

    /// Where the listeners' records go.
    pub fn sink(&self) -> Arc<dyn Sink> {
        self.intake.clone()
    }

    pub fn feed(&self) -> &Arc<Feed> {
        &self.feed
    }

    /// For reading raw records back.
    pub fn journal(&self) -> &Arc<dyn JournalSource> {
        &self.journal
    }

    /// A way in without a socket. Hold on to it as long as more is to come.
    pub fn direct(&self) -> Direct {
        Direct::new(self.intake.clone(), self.feed.clone())
    }

    /// Takes nothing more, journals and acknowledges what is queued, applies and flushes it, and ends. Waits for all of
    /// that: not to be called on a thread of the runtime.
    pub fn shutdown(mut self) {
        self.intake.close();
        if !self.feed.is_recovered() {
            self.abandon();
        }
        let deadline = Instant::now() + self.patience;
        while Instant::now() < deadline && !self.threads.iter().all(JoinHandle::is_finished) {
            thread::sleep(LOOK);
        }
        self.give_up.store(true, Ordering::Relaxed);
        self.join();
    }

    /// What isn't flushed is left to the next start.
    fn abandon(&self) {
        self.give_up.store(true, Ordering::Relaxed);
        self.inbox.put(Message::Abandon);
    }

    fn join(&mut self) {
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of ingest had panicked");
            }
        }
        self.watch.abort();
    }
}

impl Drop for Ingest {
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.abandon();
            self.intake.close();
            self.join();
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.into()).spawn(run)
}
