//! Usage: what was asked for, and the figures. Octets throughout; days in the tenant's time zone.

use crate::{
    ids::{GroupId, SimId},
    time::{Cycle, Day, Hour, Timestamp},
    units::ByteCount,
};
use serde::{Deserialize, Serialize};

/// 圖表連動查詢: group, cycle, number, single day. `sim` is narrower than `group`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UsageQuery {
    pub group: Option<GroupId>,
    pub cycle: Option<Cycle>,
    pub sim: Option<SimId>,
    pub day: Option<Day>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpDown {
    pub uplink: ByteCount,
    pub downlink: ByteCount,
}

impl UpDown {
    pub fn total(self) -> ByteCount {
        self.uplink + self.downlink
    }
}

impl std::ops::AddAssign for UpDown {
    fn add_assign(&mut self, other: Self) {
        self.uplink += other.uplink;
        self.downlink += other.downlink;
    }
}

/// A cycle's daily figures: every day of the cycle up to today is present, with zeros where nothing was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UsageReport {
    /// What the figures are about: the group's path, or the SIM's number and name; `None` for the whole tenant.
    pub subject: Option<String>,
    pub cycle: Cycle,
    pub first_day: Day,
    /// The day after the last.
    pub end_day: Day,
    pub today: Day,
    pub time_zone: String,
    pub days: Vec<DayUsage>,
    /// The cycle before, day by day, for comparison; may be shorter or longer.
    pub previous_days: Vec<DayUsage>,
    /// Shares of the cycle by APN, radio access and network, largest first.
    pub shares: UsageShares,
    pub as_of: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayUsage {
    pub day: Day,
    pub usage: UpDown,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UsageShares {
    pub by_apn: Vec<UsageShare>,
    pub by_rat: Vec<UsageShare>,
    pub by_network: Vec<UsageShare>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UsageShare {
    pub label: String,
    pub usage: UpDown,
}

/// One day, opened: its hours and the SIMs that used most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayReport {
    pub day: Day,
    /// 24 entries as a rule; 23 or 25 where the zone changes its clock. Empty when hourly figures are past retention.
    pub hours: Vec<HourUsage>,
    pub hours_kept_since: Day,
    pub top: Vec<TopSim>,
    pub total: UpDown,
    pub as_of: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HourUsage {
    pub hour: Hour,
    pub usage: UpDown,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopSim {
    pub id: SimId,
    pub msisdn: Option<crate::identifier::Msisdn>,
    pub name: Option<String>,
    pub usage: UpDown,
}
