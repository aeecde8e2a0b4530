//! Follows the journal: record by record into the fleet, batch by batch to who watches, and now and then to the database.
//!
//! The loop: take what came → answers and news → a batch of records ([`follow`]) → the clock's work ([`time`]) → a flush, if
//! one is due ([`database`]). It never waits for the database, except for the history that a very late record may ask for.

mod database;
mod follow;
mod time;

use crate::{
    config::IngestConfig,
    feed::Feed,
    flush::{Answer, Job},
    gateways::Gateways,
    inbox::{Durable, Inbox, Message},
    journal::{JournalReader, JournalSource},
    live::LiveSink,
    pending::Pending,
    record::Decoder,
    recovery::{GiveUp, Loaded, Recovery, take_in},
    watch::{Calendars, Inventory, Known, News},
};
use opencmp_domain::{
    SimId, Timestamp,
    alert::rule::Rule,
    sim::SimInventory,
    stored::{FleetSample, FlushBatch, JournalPosition, StoredNasStatus},
};
use opencmp_fleet::{Effects, Fleet, SimSlot, SimView};
use opencmp_service::LiveState;
use opencmp_store::Store;
use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering, mpsc::SyncSender},
    time::{Duration, Instant},
};
use tokio::{
    runtime::Handle,
    sync::{Notify, oneshot},
};

/// Records between two looks at everything else.
const BATCH: usize = 4096;
/// How long it sleeps when nothing comes.
const NAP: Duration = Duration::from_millis(100);

/// What the applier is given.
pub(crate) struct Surroundings {
    pub(crate) config: IngestConfig,
    pub(crate) store: Store,
    pub(crate) runtime: Handle,
    pub(crate) journal: Arc<dyn JournalSource>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) live: Arc<dyn LiveSink>,
    pub(crate) jobs: SyncSender<Job>,
    pub(crate) watch: Arc<Notify>,
    pub(crate) give_up: GiveUp,
}

/// Loads the fleet, says so, and follows the journal from `position` until told to end.
pub(crate) fn run(around: Surroundings, position: JournalPosition, loaded: oneshot::Sender<Known>) {
    let Surroundings { config, store, runtime, feed, live, give_up, .. } = &around;
    let recovery = Recovery { config, store, runtime, feed, live: &**live, give_up };
    let Some(fleet) = recovery.run() else { return };
    let _ = loaded.send(Known {
        version: fleet.inventory_version,
        calendars: fleet.calendars.clone(),
        rules: fleet.rules.clone(),
    });
    Applier::new(around, fleet, position).run();
}

struct Applier {
    around: Surroundings,
    fleet: Fleet,
    effects: Effects,
    decoder: Decoder,
    gateways: Gateways,
    calendars: Calendars,
    inventory_version: i64,
    pending: Pending,
    /// Number of the record to apply next.
    next: u64,
    /// Everything before it was handed on.
    handed_on: u64,
    durable: VecDeque<Durable>,
    messages: VecDeque<Message>,
    /// Reads the journal, and the number of the record that it reads next.
    reader: Option<(u64, Box<dyn JournalReader>)>,
    reading: Reading,
    /// Heard of for the first time, without an id.
    unknown: Vec<SimSlot>,
    database: Database,
    /// The next flush doesn't begin before; see `Cadence::pause`.
    pause_until: Option<Instant>,
    /// Arrival of the latest record applied; until one is, about when the last run heard its last.
    received_at: Timestamp,
    /// Nothing is taken since then.
    deaf_since: Option<Timestamp>,
    swept_at: Timestamp,
    samples: Vec<FleetSample>,
    sampled_at: Timestamp,
    gateways_written: Vec<StoredNasStatus>,
    gateways_looked_at: Instant,
    changes: Vec<(SimId, LiveState)>,
    unreadable: u64,
    end: End,
}

/// What the flush thread is doing for us.
enum Database {
    Idle,
    Working,
    /// A flush came back because SIMs moved; it waits for the inventory.
    Moved(Box<FlushBatch>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    Goes,
    /// A record asks for history, which may be in the flush that is on its way.
    WaitsForFlush,
    /// SIMs need ids before the flush that is due can be put together.
    WaitsForIds,
    /// The journal couldn't be read then.
    Failed(Instant),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    No,
    /// Everything is to be applied and flushed, until then at the latest.
    Finish(Instant),
    Now,
}

impl Applier {
    fn new(around: Surroundings, loaded: Loaded, position: JournalPosition) -> Self {
        Self {
            decoder: Decoder::new(around.config.clock_window),
            handed_on: around.feed.position_at_start().0,
            around,
            fleet: loaded.fleet,
            effects: Effects::default(),
            gateways: Gateways::default(),
            calendars: loaded.calendars,
            inventory_version: loaded.inventory_version,
            pending: Pending::default(),
            next: position.0,
            durable: VecDeque::new(),
            messages: VecDeque::new(),
            reader: None,
            reading: Reading::Goes,
            unknown: Vec::new(),
            database: Database::Idle,
            pause_until: None,
            received_at: loaded.heard_until,
            deaf_since: None,
            swept_at: Timestamp::default(),
            samples: Vec::new(),
            sampled_at: Timestamp::default(),
            gateways_written: Vec::new(),
            gateways_looked_at: Instant::now(),
            changes: Vec::new(),
            unreadable: 0,
            end: End::No,
        }
    }

    fn run(mut self) {
        while !self.is_done() {
            self.take();
            while let Some(message) = self.messages.pop_front() {
                self.hear(message);
            }
            self.follow();
            self.keep_time();
            self.flush_if_due();
        }
    }

    fn is_done(&self) -> bool {
        match self.end {
            End::No => false,
            End::Now => true,
            End::Finish(deadline) => {
                let settled = matches!(self.database, Database::Idle) && self.pending.is_empty();
                let done = settled && self.next >= self.handed_on;
                if !done && Instant::now() >= deadline {
                    let left = self.handed_on.saturating_sub(self.around.feed.flushed().0);
                    tracing::warn!(records = left, "left in the journal for the next start");
                    self.around.give_up.store(true, Ordering::Relaxed);
                    return true;
                }
                done
            }
        }
    }

    /// Takes what came; sleeps a little when nothing did.
    fn take(&mut self) {
        let follows = self.may_follow();
        let busy = follows && (!self.durable.is_empty() || self.next < self.handed_on);
        let wait = (!busy).then_some(NAP);
        let durable = follows.then_some(&mut self.durable);
        self.handed_on = self.around.inbox.take(durable, &mut self.messages, wait).max(self.handed_on);
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Answer(Answer::Flushed { told }) => {
                self.database = Database::Idle;
                self.pause_until = told.then(|| Instant::now() + self.around.config.cadence.pause);
            }
            Message::Answer(Answer::Registered(known)) => {
                self.database = Database::Idle;
                self.registered(&known);
            }
            Message::Answer(Answer::Moved(batch)) => {
                self.database = Database::Moved(batch);
                self.around.watch.notify_one();
            }
            Message::News(News::Gateways(dialects)) => self.gateways.set_dialects(&dialects),
            Message::News(News::Inventory(inventory)) => self.inventory(*inventory),
            Message::News(News::Rules(rules)) => self.follow_rules(rules),
            Message::News(News::Causes(causes)) => {
                causes.iter().for_each(|cause| self.fleet.apply_cause(cause));
                self.pending.add_causes(causes.iter().map(|cause| cause.id), Instant::now());
            }
            Message::Finish => self.end = End::Finish(Instant::now() + self.around.config.shutdown_patience),
            Message::Abandon => self.end = End::Now,
        }
        if self.reading == Reading::WaitsForFlush && matches!(self.database, Database::Idle) {
            self.reading = Reading::Goes;
        }
    }

    fn follow_rules(&mut self, rules: Vec<Rule>) {
        self.fleet.set_rules(rules, self.swept_at.max(self.received_at));
        self.note_alerts();
    }

    /// What became of alerts without a record is to be written too.
    fn note_alerts(&mut self) {
        if self.fleet.unsaved_alerts() > 0 {
            self.pending.touch(Instant::now());
        }
    }

    fn inventory(&mut self, news: Inventory) {
        if let Some(calendars) = news.calendars {
            self.calendars = calendars;
            self.around.live.names_changed();
        }
        self.take_in(&news.sims);
        if let Some(version) = news.version {
            self.inventory_version = version;
        }
        let _ = news.taken.send(());
    }

    fn take_in(&mut self, sims: &[SimInventory]) {
        if sims.is_empty() {
            return;
        }
        self.around.live.inventory_changed(sims);
        self.changes.clear();
        for sim in sims {
            let slot = take_in(&mut self.fleet, &self.calendars, sim);
            let view = self.fleet.sim_view(slot).filter(|view| view.last_access_at.is_some());
            self.changes.extend(view.and_then(|view| live_state(&view)));
        }
        self.around.live.changed(&self.changes, &[]);
        self.note_alerts();
    }

    fn registered(&mut self, known: &[(SimSlot, SimInventory)]) {
        for (slot, sim) in known {
            if self.fleet.slot_of(sim.id).is_none() {
                self.fleet.assign_id(*slot, sim.id);
            }
        }
        let sims: Vec<_> = known.iter().map(|(_, sim)| sim.clone()).collect();
        self.take_in(&sims);
    }
}

impl Drop for Applier {
    fn drop(&mut self) {
        if self.unreadable > 0 {
            tracing::warn!(records = self.unreadable, "records in the journal weren't packets");
        }
    }
}

/// The directory's part of what the fleet knows; `None` while the SIM has no id.
pub(crate) fn live_state(view: &SimView) -> Option<(SimId, LiveState)> {
    let state = LiveState {
        connection: view.connection,
        last_message: view.last_message,
        last_access_at: view.last_access_at,
        today: (view.today, view.today_octets),
        cycle: (view.cycle_start, view.cycle_octets),
        class: view.class,
        imei: view.imei,
    };
    Some((view.id?, state))
}
