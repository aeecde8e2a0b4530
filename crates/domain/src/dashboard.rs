//! 儀表板: the fleet at a glance. Each number names the list that it counts.

use crate::{
    event::TimelineEvent,
    state::{ConnectionState, ServiceState},
    time::{Cycle, Timestamp},
    units::ByteCount,
    usage::{DayUsage, TopSim},
};
use serde::{Deserialize, Serialize};

/// The count chips. `all` leaves out terminated SIMs, and both rows add up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FleetCounts {
    pub all: u64,
    pub test: u64,
    pub suspended: u64,
    pub active: u64,
    pub deactivated: u64,
    pub terminated: u64,
    pub connected: u64,
    pub unconfirmed: u64,
    pub disconnected: u64,
}

impl FleetCounts {
    pub fn service(&self, state: ServiceState) -> u64 {
        match state {
            ServiceState::Test => self.test,
            ServiceState::Suspended => self.suspended,
            ServiceState::Active => self.active,
            ServiceState::Deactivated => self.deactivated,
            ServiceState::Terminated => self.terminated,
        }
    }

    pub fn connection(&self, state: ConnectionState) -> u64 {
        match state {
            ConnectionState::Connected => self.connected,
            ConnectionState::Unconfirmed => self.unconfirmed,
            ConnectionState::Disconnected => self.disconnected,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    pub counts: FleetCounts,
    /// Connected SIMs over the last 24 hours, oldest first, evenly spaced where nothing is missing.
    pub connected: Vec<ConnectedSample>,
    pub cycle: Cycle,
    pub usage_today: ByteCount,
    pub usage_cycle: ByteCount,
    /// The previous cycle up to the same day and time, and whole.
    pub usage_previous_to_date: ByteCount,
    pub usage_previous: ByteCount,
    pub days: Vec<DayUsage>,
    pub previous_days: Vec<DayUsage>,
    /// Highest usage of the current cycle.
    pub top: Vec<TopSim>,
    pub events: Vec<TimelineEvent>,
    pub time_zone: String,
    pub as_of: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConnectedSample {
    pub at: Timestamp,
    pub connected: u64,
    pub unconfirmed: u64,
}
