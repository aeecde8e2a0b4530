//! The operator's internal dashboard: is the network's feed arriving, and is it keeping up.

use crate::{
    identifier::{Apn, Imei, Imsi, Msisdn},
    ids::{NasId, PlanId, SimId},
    node::NodeStatus,
    time::Timestamp,
    units::ByteCount,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatorStatus {
    pub ingest: IngestStatus,
    /// Records a second over the last hour, oldest first, one sample each 10 seconds.
    pub rate: Vec<RateSample>,
    pub gateways: Vec<GatewayStatus>,
    /// Sources that are not gateways, most recent first.
    pub strangers: Vec<StrangerStatus>,
    pub unknown_sims: u64,
    pub tenants: Vec<crate::sim::TenantChoice>,
    pub as_of: Timestamp,
}

/// How far the applier and the database are behind the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct IngestStatus {
    pub ready: bool,
    /// Why not, for people; `None` while ready.
    pub trouble: Option<IngestTrouble>,
    pub records_per_second: f64,
    pub accepted: u64,
    pub duplicates: u64,
    /// Journalled and acknowledged, not yet applied to the fleet in memory.
    pub unapplied: u64,
    /// Applied, not yet in the database.
    pub unflushed: u64,
    pub applied_at: Option<Timestamp>,
    pub flushed_at: Option<Timestamp>,
    pub journal_octets: ByteCount,
    pub journal_oldest_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IngestTrouble {
    /// The journal can't be written (disk full or failing): nothing is acknowledged.
    JournalFailing,
    /// The journal reached its bound because the database takes nothing: nothing is acknowledged.
    JournalFull,
    /// The database takes nothing; the journal goes on.
    DatabaseUnavailable,
    /// Starting: the journal is being replayed.
    Recovering,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateSample {
    pub at: Timestamp,
    pub per_second: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GatewayStatus {
    pub id: NasId,
    pub name: String,
    /// Source addresses, CIDR.
    pub address: String,
    pub last_heard_at: Option<Timestamp>,
    pub accepted: u64,
    pub duplicates: u64,
    pub secret_mismatches: u64,
    pub last_mismatch_at: Option<Timestamp>,
    pub malformed: u64,
    /// Median of (Event-Timestamp + Acct-Delay-Time − arrival) of late records; positive: the gateway's clock is ahead.
    pub clock_offset_ms: Option<i64>,
    pub open_sessions: u64,
    pub restarted_at: Option<Timestamp>,
    /// A counter fell as if it had wrapped at 2^32, on a gateway that isn't marked as one whose counters do.
    pub wrap_suspected_at: Option<Timestamp>,
    pub records_per_second: f64,
    /// The gateways behind it, if they say who they are.
    pub nodes: Vec<NodeStatus>,
    /// Packets whose gateway it may not speak for, and what the latest of them said.
    pub nodes_refused: u64,
    pub node_refused: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StrangerStatus {
    pub source: String,
    pub packets: u64,
    pub last_heard_at: Timestamp,
}

/// A SIM that the network speaks of and the inventory doesn't.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnknownSim {
    pub id: SimId,
    pub imsi: Option<Imsi>,
    pub msisdn: Option<Msisdn>,
    pub imei: Option<Imei>,
    pub apn: Option<Apn>,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
    pub usage_cycle: ByteCount,
}

/// What is said of a gateway when it is added or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewaySaid {
    pub name: String,
    /// Source addresses of its packets: one, or a CIDR block.
    pub address: String,
    /// `None`: the one that is held stays.
    pub secret: Option<String>,
    /// Its octet counters wrap at 2^32 and it sends no Gigawords.
    pub counters_32bit: bool,
    /// It counts Input and Output from the network's side.
    pub swap_direction: bool,
    /// The gateways that it may speak for: NAS-Identifiers, addresses and blocks of NAS-IP-Address, one per line; empty: any.
    pub nodes: String,
    /// Its packets are taken.
    pub enabled: bool,
}

/// 資費類型: a rate plan on the operator's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLine {
    pub id: PlanId,
    pub name: String,
    /// SIMs that have it, terminated ones too.
    pub sims: u64,
    pub created_at: Timestamp,
}

/// A gateway as it is configured; its secret stays where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayConfig {
    pub id: NasId,
    pub said: GatewaySaid,
    pub created_at: Timestamp,
}
