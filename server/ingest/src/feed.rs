//! What pages, metrics and readiness are told: how far each step is, what is in trouble, and each gateway's figures.
//!
//! Made before ingest starts, because those who show it are, too.

use crate::{gateways::GatewayNotes, past::Past};
use opencmp_domain::{
    ByteCount, NasId, Timestamp,
    alert::backtest::Backtest,
    node::NodeStatus,
    operator::{IngestStatus, IngestTrouble, RateSample, StrangerStatus},
    stored::{Absence, JournalPosition, StoredNasStatus},
};
use opencmp_listener::{Clients, Counters, Outcome};
use opencmp_service::{Clock, GatewayFeed, NetworkFeed, PlayBack, ServiceError};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::{
    collections::VecDeque,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};
use tokio::sync::Notify;

/// A sample each ten seconds, for an hour.
pub(crate) const SAMPLE_SECS: i64 = 10;
const SAMPLES: usize = 360;
/// Strangers that are shown.
const STRANGERS: usize = 50;
/// So few records that wait are on their way.
const NEARLY: u64 = 10_000;

/// The state of the network's feed.
pub struct Feed {
    pub(crate) clients: Arc<Clients>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) clock: Clock,
    /// Who feeds records in directly.
    pub(crate) directs: AtomicUsize,
    journal: OnceLock<Arc<dyn crate::journal::JournalSource>>,
    past: OnceLock<Past>,
    start: AtomicU64,
    journalled: AtomicU64,
    applied: AtomicU64,
    flushed: AtomicU64,
    /// Arrival of the record that was applied last; what the last flush holds.
    applied_at: AtomicI64,
    flushed_at: AtomicI64,
    journal_failing: AtomicBool,
    journal_full: AtomicBool,
    journal_unreadable: AtomicBool,
    database_unavailable: AtomicBool,
    recovered: AtomicBool,
    rates: Mutex<Rates>,
    /// When nobody listened, of late.
    absences: Mutex<Vec<Absence>>,
    gateways: Mutex<FxHashMap<NasId, Gateway>>,
    /// Turns of alerts were written.
    turns: Arc<Notify>,
    /// How often alerts were.
    alerts: AtomicU64,
}

/// Absences that are remembered for the past that is played back.
const MOST_ABSENCES: usize = 1024;

#[derive(Default)]
struct Rates {
    samples: VecDeque<RateSample>,
    last: Option<(Timestamp, u64)>,
}

#[derive(Clone, Default)]
struct Gateway {
    /// Of earlier runs.
    before: Option<StoredNasStatus>,
    notes: GatewayNotes,
    open_sessions: u64,
    nodes: Vec<NodeStatus>,
    accepted_at_sample: u64,
    per_second: f64,
    mismatches_noted: u64,
    last_mismatch_at: Option<Timestamp>,
}

/// What the sockets counted for one gateway since this run began.
#[derive(Clone, Default)]
struct Counted {
    accepted: u64,
    duplicates: u64,
    secret_mismatches: u64,
    malformed: u64,
    last_seen_at: Option<Timestamp>,
    nodes_refused: u64,
    node_refused: Option<String>,
}

impl Feed {
    pub fn new(clients: Arc<Clients>, counters: Arc<Counters>, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            clients,
            counters,
            clock,
            directs: AtomicUsize::default(),
            journal: OnceLock::new(),
            past: OnceLock::new(),
            start: AtomicU64::default(),
            journalled: AtomicU64::default(),
            applied: AtomicU64::default(),
            flushed: AtomicU64::default(),
            applied_at: AtomicI64::default(),
            flushed_at: AtomicI64::default(),
            journal_failing: AtomicBool::default(),
            journal_full: AtomicBool::default(),
            journal_unreadable: AtomicBool::default(),
            database_unavailable: AtomicBool::default(),
            recovered: AtomicBool::default(),
            rates: Mutex::default(),
            absences: Mutex::default(),
            gateways: Mutex::default(),
            turns: Arc::default(),
            alerts: AtomicU64::default(),
        })
    }

    pub fn note_alerts(&self) {
        self.alerts.fetch_add(1, Relaxed);
    }

    /// Told when turns of alerts were written, for whoever tells people.
    pub fn turns(&self) -> Arc<Notify> {
        self.turns.clone()
    }

    /// Everything up to here is in the journal and acknowledged.
    pub fn end(&self) -> JournalPosition {
        JournalPosition(self.journalled.load(Relaxed))
    }

    /// Everything up to here is in the fleet in memory.
    pub fn applied(&self) -> JournalPosition {
        JournalPosition(self.applied.load(Relaxed))
    }

    /// Everything up to here is in the database.
    pub fn flushed(&self) -> JournalPosition {
        JournalPosition(self.flushed.load(Relaxed))
    }

    /// Nothing is acknowledged.
    pub fn is_silent(&self) -> bool {
        self.journal_failing.load(Relaxed) || self.journal_full.load(Relaxed)
    }

    pub(crate) fn note_absence(&self, absence: Absence) {
        let mut absences = self.absences.lock();
        absences.push(absence);
        let old = absences.len().saturating_sub(MOST_ABSENCES);
        absences.drain(..old);
    }

    pub(crate) fn absences(&self) -> Vec<Absence> {
        self.absences.lock().clone()
    }

    pub fn is_recovered(&self) -> bool {
        self.recovered.load(Relaxed)
    }

    /// What is known is of now: nothing is being replayed, and no history fed in.
    fn is_current(&self) -> bool {
        self.is_recovered() && self.directs.load(Relaxed) == 0
    }

    pub fn trouble(&self) -> Option<IngestTrouble> {
        if self.journal_failing.load(Relaxed) || self.journal_unreadable.load(Relaxed) {
            Some(IngestTrouble::JournalFailing)
        } else if self.journal_full.load(Relaxed) {
            Some(IngestTrouble::JournalFull)
        } else if !self.is_current() {
            Some(IngestTrouble::Recovering)
        } else if self.database_unavailable.load(Relaxed) {
            Some(IngestTrouble::DatabaseUnavailable)
        } else {
            None
        }
    }

    /// What the listeners need besides a sink: whom to accept, and where to count.
    pub fn sockets(&self) -> (Arc<Clients>, Arc<Counters>) {
        (self.clients.clone(), self.counters.clone())
    }

    // --- For the threads. ---

    pub(crate) fn begun(&self, journal: Arc<dyn crate::journal::JournalSource>, flushed: JournalPosition) {
        let end = journal.end();
        self.start.store(end.0, Relaxed);
        self.journalled.store(end.0, Relaxed);
        self.applied.store(flushed.0, Relaxed);
        self.flushed.store(flushed.0, Relaxed);
        let _ = self.journal.set(journal);
    }

    /// When the last record before this run arrived; `None`: that isn't kept.
    pub(crate) fn heard_before(&self) -> Option<Timestamp> {
        let last = self.position_at_start().0.checked_sub(1)?;
        let mut reader = self.journal.get()?.clone().read_from(JournalPosition(last));
        // What can't be read is said where it is needed.
        Some(reader.read().ok()??.record.received_at)
    }

    /// The journal's end when this run began.
    pub(crate) fn position_at_start(&self) -> JournalPosition {
        JournalPosition(self.start.load(Relaxed))
    }

    pub(crate) fn journalled(&self, end: JournalPosition) {
        self.journalled.store(end.0, Relaxed);
    }

    pub(crate) fn set_applied(&self, position: JournalPosition, received_at: Timestamp) {
        self.applied_at.store(received_at.0, Relaxed);
        self.applied.store(position.0, Relaxed);
    }

    pub(crate) fn set_flushed(&self, position: JournalPosition, applied_at: Timestamp) {
        self.flushed_at.store(applied_at.0, Relaxed);
        self.flushed.store(position.0, Relaxed);
    }

    /// Each of these says whether that is news.
    pub(crate) fn set_journal_failing(&self, failing: bool) -> bool {
        self.journal_failing.swap(failing, Relaxed) != failing
    }

    pub(crate) fn set_journal_full(&self, full: bool) -> bool {
        self.journal_full.swap(full, Relaxed) != full
    }

    /// The applier can't read back what it has to apply.
    pub(crate) fn set_journal_unreadable(&self, unreadable: bool) {
        self.journal_unreadable.store(unreadable, Relaxed);
    }

    pub(crate) fn set_database_unavailable(&self, unavailable: bool) -> bool {
        self.database_unavailable.swap(unavailable, Relaxed) != unavailable
    }

    pub(crate) fn database_unavailable(&self) -> bool {
        self.database_unavailable.load(Relaxed)
    }

    pub(crate) fn set_recovered(&self) {
        self.recovered.store(true, Relaxed);
    }

    /// What earlier runs said of the gateways.
    pub(crate) fn restore_gateways(&self, known: Vec<StoredNasStatus>) {
        let mut gateways = self.gateways.lock();
        for status in known {
            let nas = status.nas;
            gateways.entry(nas).or_default().before = Some(status);
        }
    }

    pub(crate) fn note_gateway(
        &self,
        nas: NasId,
        notes: GatewayNotes,
        open_sessions: u64,
        nodes: Vec<NodeStatus>,
    ) {
        let mut gateways = self.gateways.lock();
        let gateway = gateways.entry(nas).or_default();
        gateway.notes = notes;
        gateway.open_sessions = open_sessions;
        gateway.nodes = nodes;
    }

    /// To be called every second.
    pub(crate) fn gauge(&self) {
        let (end, applied, flushed) = (self.end().0, self.applied().0, self.flushed().0);
        metrics::gauge!("opencmp_records_unapplied").set(end.saturating_sub(applied) as f64);
        metrics::gauge!("opencmp_records_unflushed").set(applied.saturating_sub(flushed) as f64);
    }

    /// To be called every now and then; samples when ten seconds are over.
    pub(crate) fn sample(&self, now: Timestamp) {
        let mut rates = self.rates.lock();
        let records = self.journalled.load(Relaxed);
        let Some((at, before)) = rates.last else {
            rates.last = Some((now, records));
            return;
        };
        // What is fed in came at another time, if it came from the network at all.
        if self.directs.load(Relaxed) > 0 {
            rates.last = Some((now, records));
            return;
        }
        let elapsed = (now.0 - at.0) as f64 / 1e6;
        if elapsed < SAMPLE_SECS as f64 {
            return;
        }
        if rates.samples.len() == SAMPLES {
            rates.samples.pop_front();
        }
        rates.samples.push_back(RateSample { at: now, per_second: (records - before) as f64 / elapsed });
        rates.last = Some((now, records));
        drop(rates);
        let counted = self.counted();
        let mut gateways = self.gateways.lock();
        for (nas, counted) in &counted {
            let gateway = gateways.entry(*nas).or_default();
            let more = counted.accepted.saturating_sub(gateway.accepted_at_sample);
            gateway.per_second = more as f64 / elapsed;
            gateway.accepted_at_sample = counted.accepted;
            if counted.secret_mismatches > gateway.mismatches_noted {
                gateway.mismatches_noted = counted.secret_mismatches;
                gateway.last_mismatch_at = counted.last_seen_at;
            }
        }
    }

    /// What is to be written down of every gateway that was heard of.
    pub(crate) fn stored_gateways(&self) -> Vec<StoredNasStatus> {
        let counted = self.counted();
        let mut gateways = self.gateways.lock();
        for nas in counted.keys() {
            gateways.entry(*nas).or_default();
        }
        let mut all: Vec<_> = gateways
            .iter()
            .map(|(nas, gateway)| gateway.stored(*nas, counted.get(nas).unwrap_or(&Counted::default())))
            .collect();
        all.sort_by_key(|status| status.nas);
        all
    }

    fn counted(&self) -> FxHashMap<NasId, Counted> {
        let mut by_gateway: FxHashMap<NasId, Counted> = FxHashMap::default();
        for source in self.counters.snapshot() {
            let Some(nas) = source.source.and_then(|address| self.clients.nas_of(address)) else { continue };
            let counted = by_gateway.entry(NasId(nas)).or_default();
            counted.accepted += source.count(Outcome::Accepted);
            counted.duplicates +=
                source.count(Outcome::DuplicateAnswered) + source.count(Outcome::DuplicateInFlight);
            counted.secret_mismatches += source.wrong_secret();
            counted.malformed += source.malformed();
            counted.nodes_refused += source.count(Outcome::NodeRefused);
            counted.node_refused = source.node_refused.or(counted.node_refused.take());
            counted.last_seen_at = counted.last_seen_at.max(Some(Timestamp(source.last_seen_us)));
        }
        by_gateway
    }
}

impl Gateway {
    fn stored(&self, nas: NasId, counted: &Counted) -> StoredNasStatus {
        let before = self.before.as_ref();
        let sum = |of: fn(&StoredNasStatus) -> u64, now: u64| before.map_or(0, of) + now;
        let mismatch = (counted.secret_mismatches > self.mismatches_noted).then_some(counted.last_seen_at);
        StoredNasStatus {
            nas,
            last_heard_at: self.notes.last_heard_at.max(before.and_then(|before| before.last_heard_at)),
            restarted_at: self.notes.restarted_at.max(before.and_then(|before| before.restarted_at)),
            wrap_suspected_at: self
                .notes
                .wrap_suspected_at
                .max(before.and_then(|before| before.wrap_suspected_at)),
            clock_offset_ms: self.notes.clock_offset_ms.or(before.and_then(|before| before.clock_offset_ms)),
            accepted: sum(|before| before.accepted, counted.accepted),
            duplicates: sum(|before| before.duplicates, counted.duplicates),
            secret_mismatches: sum(|before| before.secret_mismatches, counted.secret_mismatches),
            last_mismatch_at: mismatch
                .flatten()
                .max(self.last_mismatch_at)
                .max(before.and_then(|before| before.last_mismatch_at)),
            malformed: sum(|before| before.malformed, counted.malformed),
            nodes_refused: sum(|before| before.nodes_refused, counted.nodes_refused),
        }
    }
}

impl Feed {
    pub(crate) fn keep_past(&self, past: Past) {
        let _ = self.past.set(past);
    }

    /// The applier has work to do.
    pub(crate) fn is_behind(&self) -> bool {
        self.end().0.saturating_sub(self.applied().0) > NEARLY
    }
}

impl NetworkFeed for Feed {
    fn status(&self) -> IngestStatus {
        let trouble = self.trouble();
        let (end, applied, flushed) = (self.end(), self.applied(), self.flushed());
        let extent = self.journal.get().map(|journal| journal.extent()).unwrap_or_default();
        let stored = self.stored_gateways();
        let at = |at: &AtomicI64| Some(Timestamp(at.load(Relaxed))).filter(|at| at.0 != 0);
        IngestStatus {
            ready: matches!(trouble, None | Some(IngestTrouble::DatabaseUnavailable)),
            trouble,
            records_per_second: self.rates.lock().samples.back().map_or(0.0, |sample| sample.per_second),
            accepted: stored.iter().map(|gateway| gateway.accepted).sum(),
            duplicates: stored.iter().map(|gateway| gateway.duplicates).sum(),
            unapplied: end.0.saturating_sub(applied.0),
            unflushed: applied.0.saturating_sub(flushed.0),
            applied_at: at(&self.applied_at),
            flushed_at: at(&self.flushed_at),
            journal_octets: ByteCount(extent.octets),
            journal_oldest_at: extent.oldest_at,
        }
    }

    fn rate(&self) -> Vec<RateSample> {
        self.rates.lock().samples.iter().copied().collect()
    }

    fn gateway(&self, nas: NasId) -> GatewayFeed {
        let counted = self.counted().remove(&nas).unwrap_or_default();
        let gateway = self.gateways.lock().get(&nas).cloned().unwrap_or_default();
        let stored = gateway.stored(nas, &counted);
        GatewayFeed {
            last_heard_at: stored.last_heard_at,
            accepted: stored.accepted,
            duplicates: stored.duplicates,
            secret_mismatches: stored.secret_mismatches,
            last_mismatch_at: stored.last_mismatch_at,
            malformed: stored.malformed,
            clock_offset_ms: stored.clock_offset_ms,
            open_sessions: gateway.open_sessions,
            restarted_at: stored.restarted_at,
            wrap_suspected_at: stored.wrap_suspected_at,
            records_per_second: gateway.per_second,
            nodes: gateway.nodes,
            nodes_refused: stored.nodes_refused,
            node_refused: counted.node_refused,
        }
    }

    fn alerts_written(&self) -> u64 {
        self.alerts.load(Relaxed)
    }

    fn play_back(&self, asked: PlayBack<'_>) -> opencmp_service::Result<Option<Backtest>> {
        let past = self.past.get().ok_or(ServiceError::Unavailable)?;
        past.play_back(self, asked)
    }

    fn strangers(&self) -> Vec<StrangerStatus> {
        let mut strangers: Vec<_> = self
            .counters
            .snapshot()
            .into_iter()
            .filter(|source| source.source.is_none_or(|address| self.clients.nas_of(address).is_none()))
            .map(|source| StrangerStatus {
                source: source.source.map_or_else(|| "…".to_owned(), |address| address.to_string()),
                packets: source.count(Outcome::UnknownSource),
                last_heard_at: Timestamp(source.last_seen_us),
            })
            .collect();
        strangers.sort_by_key(|stranger| std::cmp::Reverse(stranger.last_heard_at));
        strangers.truncate(STRANGERS);
        strangers
    }

    fn applied_until(&self) -> Timestamp {
        if self.is_current() && self.applied() >= self.end() {
            return self.clock.now();
        }
        Timestamp(self.applied_at.load(Relaxed))
    }

    fn flushed_until(&self) -> Timestamp {
        if self.is_current() && self.flushed() >= self.end() {
            return self.clock.now();
        }
        Timestamp(self.flushed_at.load(Relaxed))
    }
}
