//! Do the sums agree.

use crate::{
    Result, Store,
    sql::{Columns, rows},
    store::first_int,
};
use opencmp_domain::ByteCount;
use sqlx::AssertSqlSafe;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Rows of SIMs that were added up.
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
    /// Adds up: each group's rows are the sums of its SIMs' rows, hours' and days'. Reads everything.
    pub async fn verify(&self) -> Result<VerifyReport> {
        let mut report = VerifyReport::default();
        for (group_table, sim_table, time) in
            [("group_usage_day", "usage_day", "day"), ("group_usage_hour", "usage_hour", "hour")]
        {
            // Hours that retention is deleting are in pieces.
            let kept = match time {
                "hour" => "COALESCE((SELECT hours_kept_since FROM meta), 0)",
                _ => "0",
            };
            // One statement, so that both sides are of the same instant.
            let sql = AssertSqlSafe(format!(
                "SELECT group_id, time, class_id, CAST(SUM(eu) AS BIGINT), CAST(SUM(ed) AS BIGINT),
                     CAST(SUM(fu) AS BIGINT), CAST(SUM(fd) AS BIGINT)
                 FROM (
                     SELECT s.group_id, u.{time} AS time, u.class_id, u.uplink AS eu, u.downlink AS ed, 0 AS fu, 0 AS fd
                     FROM {sim_table} u JOIN sim s ON s.id = u.sim_id
                     WHERE s.group_id IS NOT NULL AND u.{time} >= {kept}
                     UNION ALL
                     SELECT group_id, {time}, class_id, 0, 0, uplink, downlink
                     FROM {group_table} WHERE {time} >= {kept}
                 ) AS both_sides
                 GROUP BY group_id, time, class_id
                 HAVING SUM(eu) <> SUM(fu) OR SUM(ed) <> SUM(fd)
                 ORDER BY group_id, time, class_id"
            ));
            let found = rows!(self.readers(), sql, [] => sums)?;
            report.mismatches_total += found.len() as u64;
            for (key, expected, found) in found {
                if report.mismatches.len() < MOST_TOLD {
                    report.mismatches.push(Mismatch { table: group_table, key, expected, found });
                }
            }
            let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {sim_table}"));
            let rows = rows!(self.readers(), sql, [] => first_int)?;
            report.rows += rows.first().map_or(0, |rows| rows.unsigned_abs());
        }
        Ok(report)
    }
}

type Pair = (ByteCount, ByteCount);

fn sums(row: &impl Columns) -> Result<((i64, i64, i64), Pair, Pair)> {
    let octets = |column| row.int(column).map(|octets| ByteCount(octets.unsigned_abs()));
    Ok(((row.int(0)?, row.int(1)?, row.int(2)?), (octets(3)?, octets(4)?), (octets(5)?, octets(6)?)))
}
