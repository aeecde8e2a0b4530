//! Follows the journal: record by record into the fleet, batch by batch to who watches, and now and then to the database.
//!
//! The loop: take what came → answers and news → a batch of records → the clock's work (sweep, samples, flush). It never
//! waits for the database, except for the history that a very late record may ask for.

use crate::{
    config::IngestConfig,
    feed::Feed,
    flush::{Answer, Job, chain},
    gateways::Gateways,
    inbox::{Durable, Inbox, Message},
    journal::{JournalError, JournalReader, JournalSource, RawRecord, reader::OnDamage},
    live::LiveSink,
    pending::{Groups, Pending, regroup},
    record::Decoder,
    recovery::{GiveUp, Loaded, Recovery, take_in},
    watch::{Calendars, Inventory, News},
};
use opencmp_domain::{
    SimId, Timestamp,
    event::TimelineEvent,
    stored::{FleetSample, FlushBatch, JournalPosition, StoredNasStatus, UnknownSubscriber, escape_octets},
};
use opencmp_fleet::{AccountingRecord, Effects, Fleet, SimSlot, SimView};
use opencmp_radius::{Packet, Role};
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
const SWEEP_SECS: i64 = 1;
const SAMPLE_SECS: i64 = 300;
/// Gateways' figures are written this often, when nothing else is.
const GATEWAYS_EVERY: Duration = Duration::from_secs(30);
/// So few records behind is caught up, when a start ends under load.
const NEARLY: u64 = BATCH as u64;
const LOG_EVERY: Duration = Duration::from_secs(60);
const HISTORY_RETRY: Duration = Duration::from_millis(200);

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
pub(crate) fn run(
    around: Surroundings,
    position: JournalPosition,
    loaded: oneshot::Sender<(i64, Calendars)>,
) {
    let Surroundings { config, store, runtime, feed, live, give_up, .. } = &around;
    let recovery = Recovery { config, store, runtime, feed, live: &**live, give_up };
    let Some(fleet) = recovery.run() else { return };
    let _ = loaded.send((fleet.inventory_version, fleet.calendars.clone()));
    Applier::new(around, fleet, position).run();
}

struct Applier {
    around: Surroundings,
    fleet: Fleet,
    effects: Effects,
    decoder: Decoder,
    gateways: Gateways,
    groups: Groups,
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
    /// Arrival of the latest record applied.
    received_at: Timestamp,
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
            groups: loaded.groups,
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
            received_at: Timestamp::default(),
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
            Message::Answer(Answer::Flushed) => self.database = Database::Idle,
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
            Message::Finish => self.end = End::Finish(Instant::now() + self.around.config.shutdown_patience),
            Message::Abandon => self.end = End::Now,
        }
        if self.reading == Reading::WaitsForFlush && matches!(self.database, Database::Idle) {
            self.reading = Reading::Goes;
        }
    }

    // --- Records. ---

    fn may_follow(&self) -> bool {
        match self.reading {
            Reading::Goes => !self.pending.is_too_much(&self.fleet, &self.around.config.cadence),
            Reading::WaitsForFlush => false,
            // A database that takes nothing for a while must not keep the figures in memory from being up to date.
            Reading::WaitsForIds => self.around.feed.database_unavailable(),
            Reading::Failed(at) => at.elapsed() >= Duration::from_secs(1),
        }
    }

    /// Applies a batch of what is there.
    fn follow(&mut self) {
        let first = self.next;
        let mut left = BATCH;
        while left > 0 && self.next < self.handed_on && self.may_follow() {
            let applied = match self.durable.front() {
                Some(durable) if durable.first <= self.next => self.apply_from_memory(),
                later => {
                    let until = later.map_or(self.handed_on, |durable| durable.first);
                    self.apply_from_journal(until, left)
                }
            };
            left = left.saturating_sub(applied);
        }
        if self.next > first {
            self.pending.touch(Instant::now());
            self.end_batch();
        }
        self.note_recovered();
    }

    /// Applies what is left of the group that is next in memory.
    fn apply_from_memory(&mut self) -> usize {
        let Some(durable) = self.durable.pop_front() else { return 0 };
        let before = self.next;
        let skip = usize::try_from(self.next - durable.first).unwrap_or(usize::MAX);
        let all = durable.work.records().skip(skip).all(|record| {
            let applied = self.apply(record);
            self.next += u64::from(applied);
            applied
        });
        if !all {
            self.durable.push_front(durable);
        }
        (self.next - before) as usize
    }

    fn apply_from_journal(&mut self, until: u64, most: usize) -> usize {
        let before = self.next;
        let mut reader = match self.reader.take() {
            Some((at, reader)) if at == self.next => reader,
            _ => self.around.journal.clone().read_from(JournalPosition(self.next)),
        };
        while self.next < until && self.next - before < most as u64 {
            match reader.read() {
                Ok(Some(entry)) => {
                    // Damaged ones may be missing in between.
                    self.next = entry.number;
                    if entry.number >= until || !self.apply(entry.record) {
                        return (self.next - before) as usize;
                    }
                    self.next += 1;
                }
                Ok(None) => break,
                Err(error) => {
                    self.journal_failed(&error);
                    return (self.next - before) as usize;
                }
            }
        }
        self.reader = Some((self.next, reader));
        (self.next - before) as usize
    }

    fn journal_failed(&mut self, error: &JournalError) {
        if let JournalError::Trimmed { asked, oldest } = *error
            && self.around.config.journal.on_damage == OnDamage::Skip
        {
            tracing::error!(
                first = asked,
                lost = oldest - asked,
                "records are missing from the journal; going on without"
            );
            self.next = oldest;
            return;
        }
        let log = !matches!(self.reading, Reading::Failed(at) if at.elapsed() < LOG_EVERY);
        if log {
            tracing::error!(%error, "the fleet can't follow the journal");
        }
        self.reading = Reading::Failed(Instant::now());
    }

    /// False: not now.
    fn apply(&mut self, raw: RawRecord<'_>) -> bool {
        let Ok(packet) = Packet::request(raw.packet, Role::Acct) else {
            self.unreadable += 1;
            return true;
        };
        let gateway = self.gateways.of(raw.nas);
        let decoded = self.decoder.decode(&packet, raw.nas, gateway.dialect, raw.received_at);
        let record = &decoded.record;
        if self.fleet.needs_history(record) {
            if !matches!(self.database, Database::Idle) {
                self.reading = Reading::WaitsForFlush;
                return false;
            }
            if !load_history(&self.around, &mut self.fleet, record) {
                return false;
            }
        }
        gateway.heard(raw.received_at, decoded.clock_offset_ms);
        self.fleet.apply(record, &mut self.effects);
        self.received_at = self.received_at.max(raw.received_at);
        true
    }

    /// Tells what a batch changed, and notes what is to be written.
    fn end_batch(&mut self) {
        let Self { fleet, effects, around, .. } = self;
        if !effects.new_classes.is_empty() {
            around.live.classes_added(&effects.new_classes);
        }
        for restart in &effects.restarts {
            self.gateways.of(restart.nas).restarted(restart.at);
        }
        self.unknown.append(&mut effects.new_sims);
        self.changes.clear();
        self.changes.extend(effects.sims.iter().filter_map(|slot| live_state(&fleet.sim_view(*slot)?)));
        let events: Vec<_> = effects
            .events
            .iter()
            .filter_map(|event| {
                let (sim, from, to) = (fleet.sim_view(event.sim)?.id?, event.from.clone(), event.to.clone());
                Some(TimelineEvent {
                    at: event.at,
                    sim,
                    msisdn: None,
                    name: None,
                    kind: event.kind,
                    from,
                    to,
                })
            })
            .collect();
        if !self.changes.is_empty() || !events.is_empty() {
            around.live.changed(&self.changes, &events);
        }
        self.pending.add(effects);
        fleet.settle(effects);
        around.feed.set_applied(JournalPosition(self.next), self.received_at);
    }

    fn note_recovered(&self) {
        let feed = &self.around.feed;
        if !feed.is_recovered() && self.next + NEARLY >= self.handed_on {
            feed.set_recovered();
            tracing::info!(position = self.next, "ready: the journal is applied");
        }
    }

    // --- Inventory. ---

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

    fn take_in(&mut self, sims: &[opencmp_domain::sim::SimInventory]) {
        if sims.is_empty() {
            return;
        }
        self.around.live.inventory_changed(sims);
        self.changes.clear();
        for sim in sims {
            let slot = take_in(&mut self.fleet, &mut self.groups, &self.calendars, sim);
            let view = self.fleet.sim_view(slot).filter(|view| view.last_access_at.is_some());
            self.changes.extend(view.and_then(|view| live_state(&view)));
        }
        self.around.live.changed(&self.changes, &[]);
    }

    fn registered(&mut self, known: &[(SimSlot, opencmp_domain::sim::SimInventory)]) {
        for (slot, sim) in known {
            if self.fleet.slot_of(sim.id).is_none() {
                self.fleet.assign_id(*slot, sim.id);
            }
        }
        let sims: Vec<_> = known.iter().map(|(_, sim)| sim.clone()).collect();
        self.take_in(&sims);
    }

    // --- Time. ---

    fn keep_time(&mut self) {
        let feed = self.around.feed.clone();
        let now = feed.clock.now();
        feed.sample(now);
        let is_live =
            feed.is_recovered() && self.next >= feed.end().0 && feed.directs.load(Ordering::Relaxed) == 0;
        // While records wait, time is what they say: a backlog is not silence.
        let fleet_now = if is_live { now.max(self.received_at) } else { self.received_at };
        if fleet_now.secs_since(self.swept_at) >= SWEEP_SECS && fleet_now.0 > 0 {
            self.swept_at = fleet_now;
            self.fleet.sweep(fleet_now, &mut self.effects);
            if !self.effects.sims.is_empty() || !self.effects.sessions.is_empty() {
                self.pending.touch(Instant::now());
                self.end_batch();
            }
            self.note_gateways();
        }
        if is_live
            && now.0.div_euclid(SAMPLE_SECS * 1_000_000)
                != self.sampled_at.0.div_euclid(SAMPLE_SECS * 1_000_000)
        {
            self.sampled_at = now;
            self.sample_fleet(now);
        }
    }

    fn note_gateways(&mut self) {
        let Self { gateways, fleet, around, .. } = self;
        for gateway in gateways.take_changed() {
            let open = fleet.open_sessions(gateway.nas);
            around.feed.note_gateway(gateway.nas, gateway.notes(), open);
        }
        if self.gateways_looked_at.elapsed() >= GATEWAYS_EVERY {
            self.gateways_looked_at = Instant::now();
            if self.gateways_written != around.feed.stored_gateways() {
                self.pending.touch(Instant::now());
            }
        }
    }

    /// Counts for the chart over time.
    fn sample_fleet(&mut self, at: Timestamp) {
        let counts = self.around.live.counts_by_group();
        self.samples.extend(counts.into_iter().map(|(tenant, group, counts)| FleetSample {
            at,
            tenant,
            group,
            connected: counts.connected,
            unconfirmed: counts.unconfirmed,
            disconnected: counts.disconnected,
        }));
        self.pending.touch(Instant::now());
    }

    // --- Database. ---

    fn flush_if_due(&mut self) {
        match &mut self.database {
            Database::Working => {}
            Database::Moved(batch) => {
                if batch.inventory_version != self.inventory_version {
                    let mut batch = std::mem::take(batch);
                    regroup(&mut batch, &self.fleet, &self.groups, self.inventory_version);
                    self.send(Job::Flush(batch));
                }
            }
            Database::Idle => {
                let cadence = &self.around.config.cadence;
                let due = match self.end {
                    End::No => self.pending.is_due(&self.fleet, cadence, Instant::now()),
                    End::Finish(_) => self.next >= self.handed_on && !self.pending.is_empty(),
                    End::Now => false,
                };
                if !self.unknown.is_empty() {
                    if due {
                        self.reading = Reading::WaitsForIds;
                    }
                    self.register();
                } else if due {
                    self.hand_over();
                }
            }
        }
    }

    /// Asks for ids of SIMs that were heard of for the first time.
    fn register(&mut self) {
        let first_seen_at = self.received_at;
        let fleet = &self.fleet;
        let nameless = |slot: &SimSlot| fleet.sim_view(*slot).is_some_and(|view| view.id.is_none());
        let subscriber = |slot: SimSlot| {
            let unknown = fleet.unknown_sim(slot)?;
            Some((slot, UnknownSubscriber { imsi: unknown.imsi, msisdn: unknown.msisdn, first_seen_at }))
        };
        let unknown: Vec<_> = self.unknown.drain(..).filter(nameless).filter_map(subscriber).collect();
        if !unknown.is_empty() {
            self.send(Job::Register(unknown));
        }
    }

    fn hand_over(&mut self) {
        let position = JournalPosition(self.next);
        let applied_at = self.received_at;
        let mut batch = self.pending.hand_over(
            &mut self.fleet,
            &self.groups,
            position,
            self.inventory_version,
            applied_at,
        );
        batch.samples = std::mem::take(&mut self.samples);
        let gateways = self.around.feed.stored_gateways();
        batch.nas =
            gateways.iter().filter(|status| !self.gateways_written.contains(status)).cloned().collect();
        self.gateways_written = gateways;
        if self.reading == Reading::WaitsForIds {
            self.reading = Reading::Goes;
        }
        self.send(Job::Flush(Box::new(batch)));
    }

    fn send(&mut self, job: Job) {
        self.database = Database::Working;
        if self.around.jobs.send(job).is_err() {
            self.end = End::Now;
        }
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

/// Fetches the sessions that a very late record may belong to. False when it is time to give up.
fn load_history(around: &Surroundings, fleet: &mut Fleet, record: &AccountingRecord<'_>) -> bool {
    let Some(sim) = fleet.sim_of(record).and_then(|slot| fleet.sim_view(slot)).and_then(|view| view.id)
    else {
        return true;
    };
    let id = escape_octets(record.acct_session_id);
    let mut logged = false;
    loop {
        match around.runtime.block_on(around.store.session_find(sim, record.nas, &id)) {
            Ok(found) => {
                for session in &found {
                    fleet.restore_session(session);
                }
                return true;
            }
            Err(error) => {
                if !std::mem::replace(&mut logged, true) {
                    tracing::error!(error = chain(&error), "a late record waits for its session's history");
                }
                if around.give_up.load(Ordering::Relaxed) {
                    return false;
                }
                std::thread::sleep(HISTORY_RETRY);
            }
        }
    }
}
