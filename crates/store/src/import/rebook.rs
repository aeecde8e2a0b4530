//! Booked usage follows the SIMs that changed groups, so that a group's sums stay those of its SIMs.

use super::write::run_built;
use crate::{
    Result,
    block::{BlockKey, block_of, entries},
    sql::{Tx, execute, int_list, signed, tx_rows, tx_rows_once},
    store::first_int,
    usage::{DAY, Grain, HOUR, kept_since, packed, times},
};
use opencmp_domain::{GroupId, SimId};
use rustc_hash::FxHashMap;
use sqlx::{AssertSqlSafe, QueryBuilder};

/// Rows of one statement, or blocks of one query.
const CHUNK: usize = 2_000;

pub(crate) struct Move {
    pub(crate) sim: SimId,
    /// `None`: no tenant's until now.
    pub(crate) from: Option<GroupId>,
    /// `None`: no tenant's any more.
    pub(crate) to: Option<GroupId>,
}

/// Group, time and class, and what uplink and downlink change by.
type Delta = ((i64, i64, i64), (i64, i64));
type Deltas = FxHashMap<(i64, i64, i64), (i64, i64)>;

pub(crate) async fn run(tx: &mut Tx, moves: &[Move]) -> Result<()> {
    if moves.is_empty() {
        return Ok(());
    }
    let moves: FxHashMap<SimId, &Move> = moves.iter().map(|moved| (moved.sim, moved)).collect();
    let mut blocks: Vec<i64> = moves.keys().map(|sim| block_of(*sim)).collect();
    blocks.sort_unstable();
    blocks.dedup();
    for grain in [DAY, HOUR] {
        let mut deltas: Vec<_> = deltas(tx, grain, &moves, &blocks).await?.into_iter().collect();
        deltas.sort_unstable();
        for deltas in deltas.chunks(CHUNK) {
            add(tx, grain.groups, grain.time, deltas).await?;
        }
    }
    Ok(())
}

/// Reads the moved SIMs' blocks of each day or hour.
async fn deltas(
    tx: &mut Tx,
    grain: Grain,
    moves: &FxHashMap<SimId, &Move>,
    blocks: &[i64],
) -> Result<Deltas> {
    let sql = format!("{} SELECT value FROM times WHERE value IS NOT NULL", times(grain, kept_since(grain)));
    let times = tx_rows!(&mut *tx, AssertSqlSafe(sql), [] => first_int)?;
    let keys = times.iter().flat_map(|time| blocks.iter().map(move |block| BlockKey::first(*time) | block));
    let keys: Vec<i64> = keys.collect();
    let mut deltas = Deltas::default();
    for keys in keys.chunks(CHUNK) {
        let Grain { sims, block, .. } = grain;
        let keys = int_list(keys.iter().copied());
        let sql = AssertSqlSafe(format!("SELECT {block}, sims FROM {sims} WHERE {block} IN ({keys})"));
        for (key, sims) in tx_rows_once!(&mut *tx, sql, [] => packed)? {
            for entry in entries(key, &sims) {
                let entry = entry?;
                let Some(moved) = moves.get(&entry.sim) else { continue };
                let time = i64::from(key.time()?);
                let usage = (signed(entry.uplink), signed(entry.downlink));
                let mut change = |group: GroupId, sign: i64| {
                    let delta = deltas.entry((group.0, time, entry.class.0)).or_default();
                    *delta = (delta.0 + sign * usage.0, delta.1 + sign * usage.1);
                };
                if let Some(from) = moved.from {
                    change(from, -1);
                }
                if let Some(to) = moved.to {
                    change(to, 1);
                }
            }
        }
    }
    Ok(deltas)
}

/// All that is booked with a group goes to another.
pub(crate) async fn run_whole(tx: &mut Tx, from: GroupId, to: GroupId) -> Result<()> {
    for Grain { groups, time, .. } in [DAY, HOUR] {
        // WHERE keeps SQLite from reading ON CONFLICT as a join's.
        let sql = format!(
            "INSERT INTO {groups} (group_id, {time}, class_id, uplink, downlink)
             SELECT $1, {time}, class_id, uplink, downlink FROM {groups} WHERE group_id = $2
             ON CONFLICT (group_id, {time}, class_id) DO UPDATE SET
                 uplink = {groups}.uplink + excluded.uplink, downlink = {groups}.downlink + excluded.downlink"
        );
        execute!(&mut *tx, AssertSqlSafe(sql), [to.0, from.0])?;
        let sql = format!("DELETE FROM {groups} WHERE group_id = $1");
        execute!(&mut *tx, AssertSqlSafe(sql), [from.0])?;
    }
    Ok(())
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
