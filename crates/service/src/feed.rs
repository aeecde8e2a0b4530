//! What the service asks of the ingest side. The server wires the two; nothing here knows a socket or a journal.

use opencmp_domain::{
    NasId, Timestamp,
    node::NodeStatus,
    operator::{IngestStatus, RateSample, StrangerStatus},
};

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
    pub records_per_second: f64,
    pub nodes: Vec<NodeStatus>,
    pub nodes_refused: u64,
    pub node_refused: Option<String>,
}
