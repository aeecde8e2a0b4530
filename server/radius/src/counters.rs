//! What came from whom, for the operator page, the metrics and the log.

use std::fmt::Display;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use metrics::Counter;
use opencmp_radius::Discard;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

/// A source is warned about once in this time.
const WARN_EVERY_US: i64 = 60_000_000;

/// What became of a datagram whose structure and hashes are fine, or whose sender is nobody we know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Handed to the sink.
    Accepted,
    StatusServer,
    /// Answered again.
    DuplicateAnswered,
    /// Dropped, because the first of it is still on its way to being durable.
    DuplicateInFlight,
    /// The sink was busy.
    Busy,
    UnknownSource,
    /// From a gateway that the source may not speak for.
    NodeRefused,
}

impl Outcome {
    pub const ALL: [Self; 7] = [
        Self::Accepted,
        Self::StatusServer,
        Self::DuplicateAnswered,
        Self::DuplicateInFlight,
        Self::Busy,
        Self::UnknownSource,
        Self::NodeRefused,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::StatusServer => "status-server",
            Self::DuplicateAnswered => "duplicate-answered",
            Self::DuplicateInFlight => "duplicate-in-flight",
            Self::Busy => "busy",
            Self::UnknownSource => "unknown-source",
            Self::NodeRefused => "node-refused",
        }
    }
}

/// Counters by source address. Addresses that nobody configured can't take more than half of the places, so that a flood
/// of made-up ones hides no gateway; what finds no place is counted together.
#[derive(Debug)]
pub struct Counters {
    sources: Mutex<FxHashMap<IpAddr, Arc<Source>>>,
    others: Arc<Source>,
    capacity: usize,
    totals: Arc<Totals>,
    unsent: AtomicU64,
}

/// One source's counters.
#[derive(Debug)]
pub(crate) struct Source {
    outcomes: [AtomicU64; Outcome::ALL.len()],
    discards: [AtomicU64; Discard::ALL.len()],
    last_seen_us: AtomicI64,
    warned_at_us: AtomicI64,
    /// Not handed on since the last warning.
    unreported: AtomicU64,
    /// What the latest refused packet said of its gateway.
    refused: Mutex<Option<String>>,
    totals: Arc<Totals>,
}

/// A source's counters at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceSnapshot {
    /// None for all that found no place of their own.
    pub source: Option<IpAddr>,
    pub outcomes: [u64; Outcome::ALL.len()],
    pub discards: [u64; Discard::ALL.len()],
    /// Microseconds since 1970 UTC.
    pub last_seen_us: i64,
    /// What the latest packet that came from none of the allowed gateways said of its own.
    pub node_refused: Option<String>,
}

impl SourceSnapshot {
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes[outcome as usize]
    }

    pub fn discarded(&self, reason: Discard) -> u64 {
        self.discards[reason as usize]
    }

    /// Signed with another secret.
    pub fn wrong_secret(&self) -> u64 {
        self.sum(Discard::is_wrong_secret)
    }

    /// Not a packet, or not one for this port.
    pub fn malformed(&self) -> u64 {
        self.sum(|reason| !reason.is_wrong_secret())
    }

    fn sum(&self, of: impl Fn(Discard) -> bool) -> u64 {
        Discard::ALL.iter().filter(|reason| of(**reason)).map(|reason| self.discarded(*reason)).sum()
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self::new(4096)
    }
}

impl Counters {
    /// Counts up to `capacity` sources apart. Metrics go to the recorder that is installed by now.
    pub fn new(capacity: usize) -> Self {
        let totals = Arc::new(Totals::new());
        Self {
            sources: Mutex::default(),
            others: Arc::new(Source::new(&totals)),
            capacity,
            totals,
            unsent: AtomicU64::new(0),
        }
    }

    /// Every source that was ever heard of, the busiest first.
    pub fn snapshot(&self) -> Vec<SourceSnapshot> {
        let mut all: Vec<_> =
            self.sources.lock().iter().map(|(source, counters)| counters.snapshot(Some(*source))).collect();
        all.sort_by_key(|source| std::cmp::Reverse(source.outcomes.iter().sum::<u64>()));
        let others = self.others.snapshot(None);
        all.extend((others.last_seen_us != 0).then_some(others));
        all
    }

    /// Responses that the socket didn't take.
    pub fn responses_unsent(&self) -> u64 {
        self.unsent.load(Ordering::Relaxed)
    }

    pub(crate) fn unsent(&self, count: u64) {
        if count > 0 {
            self.unsent.fetch_add(count, Ordering::Relaxed);
            self.totals.unsent.increment(count);
        }
    }

    pub(crate) fn source(&self, address: IpAddr, known: bool) -> Arc<Source> {
        let mut sources = self.sources.lock();
        let room = if known { self.capacity } else { self.capacity / 2 };
        if sources.len() >= room && !sources.contains_key(&address) {
            return Arc::clone(&self.others);
        }
        Arc::clone(sources.entry(address).or_insert_with(|| Arc::new(Source::new(&self.totals))))
    }
}

impl Source {
    fn new(totals: &Arc<Totals>) -> Self {
        Self {
            outcomes: Default::default(),
            discards: Default::default(),
            last_seen_us: AtomicI64::new(0),
            warned_at_us: AtomicI64::new(i64::MIN),
            unreported: AtomicU64::new(0),
            refused: Mutex::default(),
            totals: Arc::clone(totals),
        }
    }

    pub(crate) fn note(&self, outcome: Outcome, now_us: i64) {
        self.outcomes[outcome as usize].fetch_add(1, Ordering::Relaxed);
        self.totals.outcomes[outcome as usize].increment(1);
        self.last_seen_us.store(now_us, Ordering::Relaxed);
    }

    pub(crate) fn note_unknown(&self, source: IpAddr, now_us: i64) {
        self.note(Outcome::UnknownSource, now_us);
        self.warn(source, &"no NAS has this address", now_us);
    }

    pub(crate) fn note_refused(&self, source: IpAddr, node: Option<String>, now_us: i64) {
        self.note(Outcome::NodeRefused, now_us);
        let node = node.unwrap_or_else(|| "–".to_owned());
        self.warn(source, &format_args!("NAS {node} is not one that this source may speak for"), now_us);
        *self.refused.lock() = Some(node);
    }

    pub(crate) fn note_discard(&self, source: IpAddr, reason: Discard, now_us: i64) {
        self.discards[reason as usize].fetch_add(1, Ordering::Relaxed);
        self.totals.discards[reason as usize].increment(1);
        self.last_seen_us.store(now_us, Ordering::Relaxed);
        self.warn(source, &reason, now_us);
    }

    fn warn(&self, source: IpAddr, reason: &dyn Display, now_us: i64) {
        self.unreported.fetch_add(1, Ordering::Relaxed);
        let warned_at = self.warned_at_us.load(Ordering::Relaxed);
        let due = now_us.saturating_sub(warned_at) >= WARN_EVERY_US;
        let mine = || {
            let swap =
                self.warned_at_us.compare_exchange(warned_at, now_us, Ordering::Relaxed, Ordering::Relaxed);
            swap.is_ok()
        };
        if due && mine() {
            let count = self.unreported.swap(0, Ordering::Relaxed);
            tracing::warn!(%source, %reason, count, "RADIUS packets discarded");
        }
    }

    fn snapshot(&self, source: Option<IpAddr>) -> SourceSnapshot {
        SourceSnapshot {
            source,
            outcomes: self.outcomes.each_ref().map(|count| count.load(Ordering::Relaxed)),
            discards: self.discards.each_ref().map(|count| count.load(Ordering::Relaxed)),
            last_seen_us: self.last_seen_us.load(Ordering::Relaxed),
            node_refused: self.refused.lock().clone(),
        }
    }
}

/// Handles of the metrics.
struct Totals {
    outcomes: [Counter; Outcome::ALL.len()],
    discards: [Counter; Discard::ALL.len()],
    unsent: Counter,
}

impl Totals {
    fn new() -> Self {
        Self {
            outcomes: Outcome::ALL.map(
                |outcome| metrics::counter!("opencmp_radius_packets_total", "outcome" => outcome.name()),
            ),
            discards: Discard::ALL.map(
                |reason| metrics::counter!("opencmp_radius_discards_total", "reason" => reason.to_string()),
            ),
            unsent: metrics::counter!("opencmp_radius_responses_unsent_total"),
        }
    }
}

impl std::fmt::Debug for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Totals")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_sources_leave_room_for_gateways() {
        let counters = Counters::new(10);
        for last in 0..100 {
            counters.source([192, 0, 2, last].into(), false).note_unknown([192, 0, 2, last].into(), 1);
        }
        counters.source([10, 0, 0, 1].into(), true).note(Outcome::Accepted, 2);
        let snapshot = counters.snapshot();
        let gateway = snapshot.iter().find(|source| source.source == Some([10, 0, 0, 1].into())).unwrap();
        assert_eq!(gateway.count(Outcome::Accepted), 1);
        assert_eq!(snapshot.len(), 5 + 1 + 1);
        let unknown: u64 = snapshot.iter().map(|source| source.count(Outcome::UnknownSource)).sum();
        assert_eq!(unknown, 100);
    }

    #[test]
    fn discards_are_told_apart() {
        let counters = Counters::default();
        let address = [10, 0, 0, 1].into();
        let source = counters.source(address, true);
        source.note_discard(address, Discard::RequestAuthenticatorInvalid, 1);
        source.note_discard(address, Discard::TooShort, 1);
        source.note_discard(address, Discard::TooShort, 1);
        let snapshot = counters.snapshot();
        assert_eq!((snapshot[0].wrong_secret(), snapshot[0].malformed()), (1, 2));
    }

    #[test]
    fn reasons_stand_where_they_are_counted() {
        assert!(Discard::ALL.iter().enumerate().all(|(index, reason)| *reason as usize == index));
        assert!(Outcome::ALL.iter().enumerate().all(|(index, outcome)| *outcome as usize == index));
    }
}
