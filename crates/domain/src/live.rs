//! What changed, as it travels to the browser over SSE.
//!
//! Every connection begins with a snapshot of what it watches, so a browser that comes back is up to date after the
//! first message. After that come patches: the latest state of what changed, a few times a second at most.

use crate::{
    alert::AlertCounts,
    dashboard::FleetCounts,
    event::TimelineEvent,
    identifier::Imei,
    ids::{GroupId, SimId},
    operator::IngestStatus,
    sim::SimLive,
    state::ServiceState,
    time::Timestamp,
    units::ByteCount,
};
use serde::{Deserialize, Serialize};

/// What one page watches. In the URL of the stream: `/live?sims=1,2&group=3&counts=1&fleet=1`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// Rows that are on the screen, at most [`Watch::MOST_SIMS`].
    pub sims: Vec<SimId>,
    /// The group whose counts are shown; `None`: all in scope.
    pub group: Option<GroupId>,
    pub counts: bool,
    /// Fleet-wide figures of the dashboard, and events as they happen.
    pub fleet: bool,
    /// The operator's figures; refused outside the operator's scope.
    pub ingest: bool,
    /// How many alerts wait for somebody; nothing outside a tenant.
    pub alerts: bool,
}

impl Watch {
    pub const MOST_SIMS: usize = 200;

    pub fn to_query(&self) -> String {
        let mut parts = Vec::new();
        if !self.sims.is_empty() {
            let ids: Vec<String> = self.sims.iter().map(ToString::to_string).collect();
            parts.push(format!("sims={}", ids.join(",")));
        }
        if let Some(group) = self.group {
            parts.push(format!("group={group}"));
        }
        let flags = [
            ("counts", self.counts),
            ("fleet", self.fleet),
            ("ingest", self.ingest),
            ("alerts", self.alerts),
        ];
        for (name, on) in flags {
            if on {
                parts.push(format!("{name}=1"));
            }
        }
        parts.join("&")
    }

    /// Reads the query of the stream's URL; the error names the field.
    pub fn from_query(get: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let flag = |name: &str| get(name).is_some_and(|value| value == "1");
        let mut sims = Vec::new();
        for id in get("sims").unwrap_or_default().split(',').filter(|id| !id.is_empty()) {
            sims.push(id.parse().map_err(|_| format!("sims: {id:?} is not a SIM's id"))?);
        }
        if sims.len() > Self::MOST_SIMS {
            return Err(format!("sims: at most {} may be watched", Self::MOST_SIMS));
        }
        let group = match get("group") {
            Some(id) if !id.is_empty() => {
                Some(id.parse().map_err(|_| format!("group: {id:?} is not a group's id"))?)
            }
            _ => None,
        };
        Ok(Self {
            sims,
            group,
            counts: flag("counts"),
            fleet: flag("fleet"),
            ingest: flag("ingest"),
            alerts: flag("alerts"),
        })
    }
}

/// One SSE message, as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LiveUpdate {
    /// True for the first message of a connection: it holds everything watched.
    pub snapshot: bool,
    /// Until when everything applied is included.
    pub as_of: Timestamp,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<LiveRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<FleetCounts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleet: Option<FleetLive>,
    /// Newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<TimelineEvent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ingest: Option<IngestStatus>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<AlertCounts>,
    /// Records acknowledged but not yet in these figures; 0 as a rule. Pages say so when it is large.
    #[serde(default)]
    pub behind_secs: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveRow {
    pub id: SimId,
    pub imei: Option<Imei>,
    pub service_state: ServiceState,
    pub live: SimLive,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FleetLive {
    pub usage_today: ByteCount,
    pub usage_cycle: ByteCount,
}
