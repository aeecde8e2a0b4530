//! Booked usage follows the SIMs that changed groups, so that a group's sums stay those of its SIMs.

use super::write::run_built;
use crate::{
    Result,
    sql::{Columns, Tx, execute, tx_rows},
};
use opencmp_domain::{GroupId, SimId};
use rustc_hash::FxHashMap;
use sqlx::{AssertSqlSafe, QueryBuilder};

/// Rows of one statement.
const CHUNK: usize = 2_000;

pub(super) struct Move {
    pub(super) sim: SimId,
    /// `None`: adopted.
    pub(super) from: Option<GroupId>,
    pub(super) to: GroupId,
}

/// Group, time and class, and what uplink and downlink change by.
type Delta = ((i64, i64, i64), (i64, i64));
type Deltas = FxHashMap<(i64, i64, i64), (i64, i64)>;

pub(super) async fn run(tx: &mut Tx, moves: &[Move]) -> Result<()> {
    if moves.is_empty() {
        return Ok(());
    }
    stage(tx, moves).await?;
    for (sims, groups, time) in
        [("usage_day", "group_usage_day", "day"), ("usage_hour", "group_usage_hour", "hour")]
    {
        let deltas = deltas(tx, sims, time).await?;
        let mut deltas: Vec<_> = deltas.into_iter().collect();
        deltas.sort_unstable();
        for deltas in deltas.chunks(CHUNK) {
            add(tx, groups, time, deltas).await?;
        }
    }
    unstage(tx).await
}

/// A table of the moves, for joins; a transaction's own.
async fn stage(tx: &mut Tx, moves: &[Move]) -> Result<()> {
    let sql = "CREATE TEMPORARY TABLE moved (sim_id BIGINT PRIMARY KEY, from_group BIGINT, to_group BIGINT NOT NULL)";
    execute!(&mut *tx, sql, [])?;
    for moves in moves.chunks(CHUNK) {
        run_built!(&mut *tx, |query| {
            query.push("INSERT INTO moved (sim_id, from_group, to_group) ");
            query.push_values(moves, |mut row, moved| {
                row.push_bind(moved.sim.0).push_bind(moved.from.map(|group| group.0)).push_bind(moved.to.0);
            });
        });
    }
    if let Tx::Postgres(_) = tx {
        execute!(tx, "ANALYZE moved", [])?;
    }
    Ok(())
}

async fn unstage(tx: &mut Tx) -> Result<()> {
    execute!(tx, "DROP TABLE moved", [])?;
    Ok(())
}

async fn deltas(tx: &mut Tx, sims: &str, time: &str) -> Result<Deltas> {
    // Hours that retention is deleting are in no sum any more.
    let kept = match time {
        "hour" => "COALESCE((SELECT hours_kept_since FROM meta), 0)",
        _ => "0",
    };
    // Time by time, and within each the SIMs in order: a seek for each pair, and no row of others is read.
    let sql = AssertSqlSafe(format!(
        "WITH RECURSIVE times (value) AS (
             SELECT MIN({time}) FROM {sims} WHERE {time} >= {kept}
             UNION ALL
             SELECT (SELECT MIN({time}) FROM {sims} WHERE {time} > times.value) FROM times
             WHERE times.value IS NOT NULL
         )
         SELECT m.from_group, m.to_group, u.{time}, u.class_id, CAST(SUM(u.uplink) AS BIGINT),
             CAST(SUM(u.downlink) AS BIGINT)
         FROM times CROSS JOIN moved m JOIN {sims} u ON u.{time} = times.value AND u.sim_id = m.sim_id
         GROUP BY m.from_group, m.to_group, u.{time}, u.class_id"
    ));
    let mut deltas = Deltas::default();
    for (from, to, time, class, uplink, downlink) in tx_rows!(tx, sql, [] => moved)? {
        if let Some(from) = from {
            let delta = deltas.entry((from, time, class)).or_default();
            *delta = (delta.0 - uplink, delta.1 - downlink);
        }
        let delta = deltas.entry((to, time, class)).or_default();
        *delta = (delta.0 + uplink, delta.1 + downlink);
    }
    Ok(deltas)
}

type Moved = (Option<i64>, i64, i64, i64, i64, i64);

fn moved(row: &impl Columns) -> Result<Moved> {
    Ok((row.opt_int(0)?, row.int(1)?, row.int(2)?, row.int(3)?, row.int(4)?, row.int(5)?))
}

async fn add(tx: &mut Tx, groups: &str, time: &str, deltas: &[Delta]) -> Result<()> {
    run_built!(tx, |query| {
        query.push(format!("INSERT INTO {groups} (group_id, {time}, class_id, uplink, downlink) "));
        query.push_values(deltas, |mut row, ((group, time, class), (uplink, downlink))| {
            row.push_bind(*group).push_bind(*time).push_bind(*class).push_bind(*uplink).push_bind(*downlink);
        });
        query.push(format!(
            " ON CONFLICT (group_id, {time}, class_id) DO UPDATE SET
                 uplink = {groups}.uplink + excluded.uplink, downlink = {groups}.downlink + excluded.downlink"
        ));
    });
    Ok(())
}
