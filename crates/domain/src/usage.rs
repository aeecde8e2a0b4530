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

/// A line of the table Date / Usage(KB) / Cumulative(KB), the same on the page, in the PDF and in the CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableRow {
    pub day: Day,
    pub usage: UpDown,
    /// Whole kilobytes of the day, rounded up.
    pub kilobytes: u64,
    /// The exact running sum of the days' whole kilobytes.
    pub cumulative_kilobytes: u64,
}

impl UsageReport {
    pub fn table(&self) -> Vec<TableRow> {
        let mut cumulative_kilobytes = 0u64;
        let row = |day: &DayUsage| {
            let kilobytes = day.usage.total().kilobytes();
            cumulative_kilobytes = cumulative_kilobytes.saturating_add(kilobytes);
            TableRow { day: day.day, usage: day.usage, kilobytes, cumulative_kilobytes }
        };
        self.days.iter().map(row).collect()
    }

    pub fn total(&self) -> UpDown {
        let mut total = UpDown::default();
        for day in &self.days {
            total += day.usage;
        }
        total
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brochures_table_adds_up() {
        let kilobytes = [
            35994, 162197, 348833, 7214323, 1589539, 1967762, 1312283, 3152961, 34248, 29254, 6299277,
            4726028,
        ];
        let day = |(i, kb): (usize, &u64)| DayUsage {
            day: Day(18_628 + i as i32),
            // Not whole: each day is rounded up before it is added.
            usage: UpDown { uplink: ByteCount(1), downlink: ByteCount((kb - 1) * 1024) },
        };
        let report = UsageReport {
            subject: None,
            cycle: Cycle { year: 2021, month: 1 },
            first_day: Day(18_628),
            end_day: Day(18_659),
            today: Day(18_640),
            time_zone: "Asia/Taipei".into(),
            days: kilobytes.iter().enumerate().map(day).collect(),
            previous_days: Vec::new(),
            shares: UsageShares::default(),
            as_of: Timestamp(0),
        };
        let table = report.table();
        assert_eq!(table[0].day.to_string(), "2021-01-01");
        assert_eq!(table[3].cumulative_kilobytes, 7_761_347);
        assert_eq!(table[11].cumulative_kilobytes, 26_872_699);
    }
}
