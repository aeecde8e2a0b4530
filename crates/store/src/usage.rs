//! Usage as it was booked. Group-wide figures come from the groups' sums, never from the SIMs' rows.

use crate::{
    Result, Store,
    block::{BlockKey, block_of, entries},
    sql::{Columns, int_list, narrow, rows, rows_once},
    state::up_down,
    store::first_int,
};
use opencmp_domain::{
    Day, GroupId, Hour, SimId, TenantId, UsageClassId,
    usage::{DayUsage, HourUsage, UpDown},
};
use rustc_hash::{FxHashMap, FxHashSet};
use sqlx::AssertSqlSafe;
use std::{cmp::Reverse, collections::BTreeMap};

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
pub(crate) struct Grain {
    pub(crate) time: &'static str,
    pub(crate) sims: &'static str,
    /// The key of `sims`.
    pub(crate) block: &'static str,
    pub(crate) groups: &'static str,
}

pub(crate) const DAY: Grain =
    Grain { time: "day", sims: "usage_day", block: "day_block", groups: "group_usage_day" };
pub(crate) const HOUR: Grain =
    Grain { time: "hour", sims: "usage_hour", block: "hour_block", groups: "group_usage_hour" };

/// What sums are by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Time,
    Class,
}

/// Blocks that are read at a time where all of them are.
pub(crate) const BLOCKS_AT_ONCE: i64 = 4096;

impl Store {
    /// Days with usage from `from` to before `until`, in order.
    pub async fn usage_by_day(&self, subject: &UsageSubject, from: Day, until: Day) -> Result<Vec<DayUsage>> {
        let sums = self.usage_sums(DAY, By::Time, subject, from.0, until.0).await?;
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
        let sums = self.usage_sums(HOUR, By::Time, subject, from.0, until.0).await?;
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
        let sums = self.usage_sums(DAY, By::Class, subject, from.0, until.0).await?;
        Ok(sums.into_iter().map(|(class, usage)| (UsageClassId(class), usage)).collect())
    }

    /// The two together, for a page: days from `from` on, shares by class from `classes_from` on, both to before `until`. One
    /// question to the database, where there would be as many waits as questions.
    pub async fn usage_by_day_and_class(
        &self,
        subject: &UsageSubject,
        from: Day,
        classes_from: Day,
        until: Day,
    ) -> Result<(Vec<DayUsage>, Vec<(UsageClassId, UpDown)>)> {
        let Some(condition) = subject.groups_condition() else {
            let days = self.usage_by_day(subject, from, until).await?;
            return Ok((days, self.usage_by_class(subject, classes_from, until).await?));
        };
        let Grain { time, groups, .. } = DAY;
        let sums = "CAST(SUM(uplink) AS BIGINT), CAST(SUM(downlink) AS BIGINT)";
        let sql = AssertSqlSafe(format!(
            "SELECT {time}, {sums}, CAST(0 AS BIGINT) FROM {groups}
             WHERE {condition} AND {time} >= $1 AND {time} < $3 GROUP BY {time}
             UNION ALL
             SELECT class_id, {sums}, CAST(1 AS BIGINT) FROM {groups}
             WHERE {condition} AND {time} >= $2 AND {time} < $3 GROUP BY class_id"
        ));
        let binds = (i64::from(from.0), i64::from(classes_from.0), i64::from(until.0));
        let mut found = rows_once!(self.readers(), sql, [binds.0, binds.1, binds.2] => sum_of_kind)?;
        found.sort_unstable_by_key(|(_, (key, _))| *key);
        let (mut days, mut classes) = (Vec::new(), Vec::new());
        for (is_class, (key, usage)) in found {
            match is_class {
                true => classes.push((UsageClassId(key), usage)),
                false => days.push(DayUsage { day: Day(narrow("day", key)?), usage }),
            }
        }
        Ok((days, classes))
    }

    /// Sums by what `by` says, in its order.
    async fn usage_sums(
        &self,
        grain: Grain,
        by: By,
        subject: &UsageSubject,
        from: i32,
        until: i32,
    ) -> Result<Vec<(i64, UpDown)>> {
        if let UsageSubject::Sim(sim) = subject {
            return self.sim_usage_sums(grain, by, *sim, from, until).await;
        }
        let Some(condition) = subject.groups_condition() else { return Ok(Vec::new()) };
        let Grain { time, groups, .. } = grain;
        let key = if by == By::Time { time } else { "class_id" };
        let sql = AssertSqlSafe(format!(
            "SELECT {key}, CAST(SUM(uplink) AS BIGINT), CAST(SUM(downlink) AS BIGINT)
             FROM {groups} WHERE {condition} AND {time} >= $1 AND {time} < $2 GROUP BY {key} ORDER BY {key}"
        ));
        rows_once!(self.readers(), sql, [i64::from(from), i64::from(until)] => sum)
    }

    /// A SIM's blocks lie apart, one on each day's stretch: one seek each.
    async fn sim_usage_sums(
        &self,
        grain: Grain,
        by: By,
        sim: SimId,
        from: i32,
        until: i32,
    ) -> Result<Vec<(i64, UpDown)>> {
        let Grain { sims, block, .. } = grain;
        let keys: Vec<i64> = self.block_times(grain, from, until).await?;
        let keys = int_list(keys.into_iter().map(|time| BlockKey::first(time) | block_of(sim)));
        let sql = AssertSqlSafe(format!("SELECT {block}, sims FROM {sims} WHERE {block} IN ({keys})"));
        let mut sums: BTreeMap<i64, UpDown> = BTreeMap::new();
        for (key, sims) in rows_once!(self.readers(), sql, [] => packed)? {
            for entry in entries(key, &sims) {
                let entry = entry?;
                if entry.sim == sim {
                    let time = i64::from(key.time()?);
                    *sums.entry(if by == By::Time { time } else { entry.class.0 }).or_default() +=
                        entry.usage();
                }
            }
        }
        Ok(sums.into_iter().collect())
    }

    /// The days or hours from `from` to before `until` of which there is usage. One seek each.
    async fn block_times(&self, grain: Grain, from: i32, until: i32) -> Result<Vec<i64>> {
        let sql = AssertSqlSafe(format!("{} SELECT value FROM times WHERE value < $2", times(grain, "$1")));
        rows!(self.readers(), sql, [i64::from(from), i64::from(until)] => first_int)
    }

    /// The SIMs that used most from `from` to before `until`, most first. Reads every SIM's usage of those days: a day of
    /// a million SIMs takes a fraction of a second, a month many.
    pub async fn usage_top(
        &self,
        subject: &UsageSubject,
        from: Day,
        until: Day,
        limit: u32,
    ) -> Result<Vec<(SimId, UpDown)>> {
        let mut sums = self.sims_usage(from, until).await?;
        let limit = limit as usize;
        let order = |sum: &(SimId, UpDown)| (Reverse(sum.1.total()), sum.0);
        // The busiest of all SIMs, of which those of the subject are taken: looking each SIM up first costs several
        // times as much. Only where that leaves too few are more of them looked up.
        let mut most = limit * 20 + 100;
        loop {
            if most < sums.len() {
                sums.select_nth_unstable_by_key(most, order);
            }
            let mut busiest = sums.get(..most).unwrap_or(&sums).to_vec();
            busiest.sort_unstable_by_key(order);
            let ours = self.sims_of(subject, &busiest).await?;
            busiest.retain(|(sim, _)| ours.contains(sim));
            if busiest.len() >= limit || most >= sums.len() {
                busiest.truncate(limit);
                return Ok(busiest);
            }
            most = most.saturating_mul(30);
        }
    }

    /// The sums of all SIMs, in no order.
    async fn sims_usage(&self, from: Day, until: Day) -> Result<Vec<(SimId, UpDown)>> {
        let mut sums: FxHashMap<SimId, UpDown> = FxHashMap::default();
        let (mut after, until) = (BlockKey::first(from.0.into()) - 1, BlockKey::first(until.0.into()));
        loop {
            let sql = "SELECT day_block, sims FROM usage_day WHERE day_block > $1 AND day_block < $2
                       ORDER BY day_block LIMIT $3";
            let blocks = rows!(self.readers(), sql, [after, until, BLOCKS_AT_ONCE] => packed)?;
            let Some((last, _)) = blocks.last() else { return Ok(sums.into_iter().collect()) };
            after = last.0;
            for (key, sims) in &blocks {
                for entry in entries(*key, sims) {
                    let entry = entry?;
                    *sums.entry(entry.sim).or_default() += entry.usage();
                }
            }
        }
    }

    /// Which of these SIMs are the subject's.
    async fn sims_of(&self, subject: &UsageSubject, sims: &[(SimId, UpDown)]) -> Result<FxHashSet<SimId>> {
        let mut ours = FxHashSet::default();
        for sims in sims.chunks(1000) {
            let ids = int_list(sims.iter().map(|(sim, _)| sim.0));
            let sql = AssertSqlSafe(format!(
                "SELECT s.id FROM sim s WHERE s.id IN ({ids}) AND {}",
                subject.sim_condition()
            ));
            ours.extend(rows_once!(self.readers(), sql, [] => first_int)?.into_iter().map(SimId));
        }
        Ok(ours)
    }

    /// Hourly figures are complete from this hour on; `None`: nothing was deleted yet.
    pub async fn usage_hours_kept_since(&self) -> Result<Option<Hour>> {
        let found = rows!(self.readers(), "SELECT hours_kept_since FROM meta", [] => hours_kept_since)?;
        Ok(found.into_iter().flatten().next())
    }
}

/// A sum, and whether it is by class rather than by time.
fn sum_of_kind(row: &impl Columns) -> Result<(bool, (i64, UpDown))> {
    Ok((row.int(3)? != 0, sum(row)?))
}

fn sum(row: &impl Columns) -> Result<(i64, UpDown)> {
    Ok((row.int(0)?, up_down(row, 1)?))
}

/// From when on figures are complete, as an expression: hours that retention is deleting are in no sum any more.
pub(crate) fn kept_since(grain: Grain) -> &'static str {
    match grain.time {
        "hour" => "COALESCE((SELECT hours_kept_since FROM meta), 0)",
        _ => "0",
    }
}

/// A common table expression `times (value)`: the days or hours from `from` on of which there is usage, then NULL. One
/// seek each, however many SIMs have any.
pub(crate) fn times(grain: Grain, from: &str) -> String {
    let Grain { sims, block, .. } = grain;
    format!(
        "WITH RECURSIVE times (value) AS (
             SELECT MIN({block}) >> 32 FROM {sims} WHERE {block} >= ({from}) << 32
             UNION ALL
             SELECT (SELECT MIN({block}) >> 32 FROM {sims} WHERE {block} >= (times.value + 1) << 32) FROM times
             WHERE times.value IS NOT NULL
         )"
    )
}

pub(crate) fn packed(row: &impl Columns) -> Result<(BlockKey, Vec<u8>)> {
    Ok((BlockKey(row.int(0)?), row.blob(1)?.to_vec()))
}

fn hours_kept_since(row: &impl Columns) -> Result<Option<Hour>> {
    row.opt_int(0)?.map(|hour| narrow("hours_kept_since", hour).map(Hour)).transpose()
}
