//! Do the sums agree.

use crate::{
    Result, Store,
    block::entries,
    sql::{Columns, Tx, tx_rows},
    usage::{BLOCKS_AT_ONCE, DAY, Grain, HOUR, kept_since, packed},
};
use opencmp_domain::{ByteCount, usage::UpDown};
use rustc_hash::FxHashMap;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Figures of SIMs that were added up: one for each SIM, class, and day or hour.
    pub rows: u64,
    /// At most 100 of them.
    pub mismatches: Vec<Mismatch>,
    pub mismatches_total: u64,
}

impl VerifyReport {
    pub fn is_consistent(&self) -> bool {
        self.mismatches_total == 0
    }
}

/// A sum that isn't what its parts add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub table: &'static str,
    /// Group, day or hour, and class.
    pub key: (i64, i64, i64),
    /// Uplink and downlink of the SIMs' rows together.
    pub expected: (ByteCount, ByteCount),
    /// Of the group's row.
    pub found: (ByteCount, ByteCount),
}

const MOST_TOLD: usize = 100;

impl Store {
    /// Adds up: each group's rows are the sums of its SIMs' usage, hours' and days'. Reads everything.
    pub async fn verify(&self) -> Result<VerifyReport> {
        // Both sides are to be of the same instant.
        let mut tx = self.begin_snapshot().await?;
        let groups = "SELECT id, group_id FROM sim WHERE group_id IS NOT NULL";
        let groups: FxHashMap<i64, i64> = tx_rows!(&mut tx, groups, [] => pair)?.into_iter().collect();
        let mut report = VerifyReport::default();
        for grain in [DAY, HOUR] {
            verify_grain(&mut tx, grain, &groups, &mut report).await?;
        }
        tx.commit().await?;
        Ok(report)
    }
}

async fn verify_grain(
    tx: &mut Tx,
    grain: Grain,
    groups: &FxHashMap<i64, i64>,
    report: &mut VerifyReport,
) -> Result<()> {
    let Grain { time, block, sims, groups: table } = grain;
    let kept = kept_since(grain);
    let sql =
        format!("SELECT group_id, {time}, class_id, uplink, downlink FROM {table} WHERE {time} >= {kept}");
    let mut sums: BTreeMap<Key, Sides> = BTreeMap::new();
    for (key, found) in tx_rows!(&mut *tx, AssertSqlSafe(sql), [] => row)? {
        sums.entry(key).or_default().found = found;
    }
    let sql = format!(
        "SELECT {block}, sims FROM {sims} WHERE {block} > $1 AND {block} >= ({kept}) << 32
         ORDER BY {block} LIMIT {BLOCKS_AT_ONCE}"
    );
    let mut after = i64::MIN;
    loop {
        let blocks = tx_rows!(&mut *tx, AssertSqlSafe(sql.clone()), [after] => packed)?;
        let Some((last, _)) = blocks.last() else { break };
        after = last.0;
        for (key, sims) in &blocks {
            for entry in entries(*key, sims) {
                let entry = entry?;
                report.rows += 1;
                let Some(group) = groups.get(&entry.sim.0) else { continue };
                let sides = sums.entry((*group, key.time()?.into(), entry.class.0)).or_default();
                sides.expected += entry.usage();
            }
        }
    }
    for (key, Sides { expected, found }) in
        sums.into_iter().filter(|(_, sides)| sides.expected != sides.found)
    {
        report.mismatches_total += 1;
        if report.mismatches.len() < MOST_TOLD {
            let pair = |usage: UpDown| (usage.uplink, usage.downlink);
            report.mismatches.push(Mismatch { table, key, expected: pair(expected), found: pair(found) });
        }
    }
    Ok(())
}

/// Group, day or hour, and class.
type Key = (i64, i64, i64);

#[derive(Default)]
struct Sides {
    expected: UpDown,
    found: UpDown,
}

fn pair(row: &impl Columns) -> Result<(i64, i64)> {
    Ok((row.int(0)?, row.int(1)?))
}

fn row(row: &impl Columns) -> Result<(Key, UpDown)> {
    let octets = |column| row.int(column).map(|octets| ByteCount(octets.unsigned_abs()));
    let usage = UpDown { uplink: octets(3)?, downlink: octets(4)? };
    Ok(((row.int(0)?, row.int(1)?, row.int(2)?), usage))
}
