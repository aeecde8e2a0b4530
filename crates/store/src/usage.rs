//! Usage as it was booked. Group-wide figures come from the groups' sums, never from the SIMs' rows.

use crate::{
    Result, Store,
    sql::{Columns, int_list, narrow, rows, rows_once},
    state::up_down,
};
use opencmp_domain::{
    Day, GroupId, Hour, SimId, TenantId, UsageClassId,
    usage::{DayUsage, HourUsage, UpDown},
};
use sqlx::AssertSqlSafe;

/// Whose usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageSubject {
    /// Every tenant. SIMs outside the inventory are in no group and therefore not in it.
    All,
    Tenant(TenantId),
    Group(GroupId),
    Groups(Vec<GroupId>),
    Sim(SimId),
}

impl UsageSubject {
    /// A condition on the group column of a group table; `None` for a SIM, which has tables of its own.
    pub(crate) fn groups_condition(&self) -> Option<String> {
        Some(match self {
            Self::All => "group_id IN (SELECT id FROM sim_group)".to_owned(),
            Self::Tenant(tenant) => {
                format!("group_id IN (SELECT id FROM sim_group WHERE tenant_id = {tenant})")
            }
            Self::Group(group) => format!("group_id = {group}"),
            Self::Groups(groups) => {
                format!("group_id IN ({})", int_list(groups.iter().map(|group| group.0)))
            }
            Self::Sim(_) => return None,
        })
    }

    /// A condition on `sim s`.
    pub(crate) fn sim_condition(&self) -> String {
        match self {
            Self::All => "1 = 1".to_owned(),
            Self::Tenant(tenant) => format!("s.tenant_id = {tenant}"),
            Self::Group(group) => format!("s.group_id = {group}"),
            Self::Groups(groups) => {
                format!("s.group_id IN ({})", int_list(groups.iter().map(|group| group.0)))
            }
            Self::Sim(sim) => format!("s.id = {sim}"),
        }
    }
}

/// Days or hours.
#[derive(Clone, Copy)]
struct Grain {
    time: &'static str,
    sims: &'static str,
    groups: &'static str,
}

const DAY: Grain = Grain { time: "day", sims: "usage_day", groups: "group_usage_day" };
const HOUR: Grain = Grain { time: "hour", sims: "usage_hour", groups: "group_usage_hour" };

impl Store {
    /// Days with usage from `from` to before `until`, in order.
    pub async fn usage_by_day(&self, subject: &UsageSubject, from: Day, until: Day) -> Result<Vec<DayUsage>> {
        let sums = self.usage_sums(DAY, DAY.time, subject, from.0, until.0).await?;
        let day = |(day, usage)| Ok(DayUsage { day: Day(narrow("day", day)?), usage });
        sums.into_iter().map(day).collect()
    }

    /// Hours with usage from `from` to before `until`, in order.
    pub async fn usage_by_hour(
        &self,
        subject: &UsageSubject,
        from: Hour,
        until: Hour,
    ) -> Result<Vec<HourUsage>> {
        let sums = self.usage_sums(HOUR, HOUR.time, subject, from.0, until.0).await?;
        let hour = |(hour, usage)| Ok(HourUsage { hour: Hour(narrow("hour", hour)?), usage });
        sums.into_iter().map(hour).collect()
    }

    /// Shares by class of the days from `from` to before `until`.
    pub async fn usage_by_class(
        &self,
        subject: &UsageSubject,
        from: Day,
        until: Day,
    ) -> Result<Vec<(UsageClassId, UpDown)>> {
        let sums = self.usage_sums(DAY, "class_id", subject, from.0, until.0).await?;
        Ok(sums.into_iter().map(|(class, usage)| (UsageClassId(class), usage)).collect())
    }

    /// Sums by `key`, in its order.
    async fn usage_sums(
        &self,
        grain: Grain,
        key: &'static str,
        subject: &UsageSubject,
        from: i32,
        until: i32,
    ) -> Result<Vec<(i64, UpDown)>> {
        let Grain { time, sims, groups } = grain;
        let (from, until) = (i64::from(from), i64::from(until));
        let (table, condition) = match (subject, subject.groups_condition()) {
            // A SIM's rows lie apart, one on each day's stretch: one seek each.
            (UsageSubject::Sim(sim), _) => {
                let times = int_list(self.stretch(sims, time, from, until).await?);
                (sims, format!("{time} IN ({times}) AND sim_id = {sim}"))
            }
            (_, Some(condition)) => (groups, condition),
            (_, None) => return Ok(Vec::new()),
        };
        let sql = AssertSqlSafe(format!(
            "SELECT {key}, CAST(SUM(uplink) AS BIGINT), CAST(SUM(downlink) AS BIGINT)
             FROM {table} WHERE {condition} AND {time} >= $1 AND {time} < $2 GROUP BY {key} ORDER BY {key}"
        ));
        rows_once!(self.readers(), sql, [from, until] => sum)
    }

    /// The SIMs that used most from `from` to before `until`, most first. Reads every SIM's row of those days: a day of
    /// a million SIMs takes a fraction of a second, a month many.
    pub async fn usage_top(
        &self,
        subject: &UsageSubject,
        from: Day,
        until: Day,
        limit: u32,
    ) -> Result<Vec<(SimId, UpDown)>> {
        // Equality where there is one day: the rows then come in the order of the SIMs.
        let days = match until.0.saturating_sub(from.0) {
            1 => format!("day = {}", from.0),
            _ => format!("day >= {} AND day < {}", from.0, until.0),
        };
        // The busiest of all SIMs, of which those of the subject are taken: looking each SIM up first costs several
        // times as much. Only where that leaves too few are all of them looked up.
        let limit = limit as usize;
        let mut most = limit as i64 * 20 + 100;
        loop {
            let sql = AssertSqlSafe(format!(
                "SELECT u.sim_id, u.uplink, u.downlink, CAST(CASE WHEN {} THEN 1 ELSE 0 END AS BIGINT) FROM (
                     SELECT sim_id, CAST(SUM(uplink) AS BIGINT) AS uplink, CAST(SUM(downlink) AS BIGINT) AS downlink
                     FROM usage_day WHERE {days} GROUP BY sim_id
                     ORDER BY SUM(uplink) + SUM(downlink) DESC, sim_id LIMIT $1
                 ) u JOIN sim s ON s.id = u.sim_id
                 ORDER BY u.uplink + u.downlink DESC, u.sim_id",
                subject.sim_condition()
            ));
            let busiest = rows!(self.readers(), sql, [most] => top)?;
            let seen = busiest.len();
            let mut top: Vec<_> = busiest.into_iter().filter_map(|(sim, ours)| ours.then_some(sim)).collect();
            if top.len() >= limit || (seen as i64) < most {
                top.truncate(limit);
                return Ok(top);
            }
            most = most.saturating_mul(30);
        }
    }

    /// Hourly figures are complete from this hour on; `None`: nothing was deleted yet.
    pub async fn usage_hours_kept_since(&self) -> Result<Option<Hour>> {
        let found = rows!(self.readers(), "SELECT hours_kept_since FROM meta", [] => kept_since)?;
        Ok(found.into_iter().flatten().next())
    }
}

fn sum(row: &impl Columns) -> Result<(i64, UpDown)> {
    Ok((row.int(0)?, up_down(row, 1)?))
}

/// A SIM with its usage, and whether it is one of the subject's.
fn top(row: &impl Columns) -> Result<((SimId, UpDown), bool)> {
    Ok(((SimId(row.int(0)?), up_down(row, 1)?), row.int(3)? != 0))
}

fn kept_since(row: &impl Columns) -> Result<Option<Hour>> {
    row.opt_int(0)?.map(|hour| narrow("hours_kept_since", hour).map(Hour)).transpose()
}
