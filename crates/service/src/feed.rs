//! What the service asks of the ingest side. The server wires the two; nothing here knows a socket or a journal.

use crate::{Calendar, Result};
use opencmp_domain::{
    NasId, Timestamp,
    alert::{backtest::Backtest, channel::Channel, rule::Rule},
    node::NodeStatus,
    operator::{IngestStatus, RateSample, StrangerStatus},
    sim::SimInventory,
};
use opencmp_store::Nas;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// The state of the network's feed, as pages show it.
pub trait NetworkFeed: Send + Sync {
    fn status(&self) -> IngestStatus;
    /// The last hour, oldest first.
    fn rate(&self) -> Vec<RateSample>;
    fn gateway(&self, nas: NasId) -> GatewayFeed;
    fn strangers(&self) -> Vec<StrangerStatus>;
    /// Until when everything that was acknowledged is applied to the fleet in memory.
    fn applied_until(&self) -> Timestamp;
    /// Until when it is in the database.
    fn flushed_until(&self) -> Timestamp;
    /// Rises whenever alerts were written.
    fn alerts_written(&self) -> u64;
    /// Tries a rule on the raw records that are kept. Takes its time and lowers the precedence of its thread: to be called on one
    /// of its own. `None`: it was told to stop. Alerts come without names.
    fn play_back(&self, asked: PlayBack<'_>) -> Result<Option<Backtest>>;
}

/// A rule to be tried on records of before.
pub struct PlayBack<'a> {
    /// Groups of its target with all that is nested in them.
    pub rule: Rule,
    /// Those that it names.
    pub channels: Vec<Channel>,
    pub calendar: Calendar,
    pub gateways: Vec<Nas>,
    pub now: Timestamp,
    /// The tenant's SIMs, page by page; an empty page is the last.
    pub sims: &'a mut dyn FnMut() -> Result<Vec<SimInventory>>,
    pub course: &'a Course,
}

/// How far a try is, and whether anybody still waits for it.
#[derive(Debug, Default)]
pub struct Course {
    stopped: AtomicBool,
    per_mille: AtomicU32,
}

impl Course {
    pub fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }

    pub fn advance(&self, per_mille: u32) {
        self.per_mille.store(per_mille, Relaxed);
    }

    pub fn per_mille(&self) -> u32 {
        self.per_mille.load(Relaxed)
    }
}

/// What the sockets and the applier know of one gateway.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GatewayFeed {
    pub last_heard_at: Option<Timestamp>,
    pub accepted: u64,
    pub duplicates: u64,
    pub secret_mismatches: u64,
    pub last_mismatch_at: Option<Timestamp>,
    pub malformed: u64,
    pub clock_offset_ms: Option<i64>,
    pub open_sessions: u64,
    pub restarted_at: Option<Timestamp>,
    pub wrap_suspected_at: Option<Timestamp>,
    pub records_per_second: f64,
    pub nodes: Vec<NodeStatus>,
    pub nodes_refused: u64,
    pub node_refused: Option<String>,
}
