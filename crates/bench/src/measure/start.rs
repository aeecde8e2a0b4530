//! A large fleet in memory, and a start after a crash that left a million records to replay.

use super::{Effort, rows_or_why};
use crate::{
    fleets::{Fleets, Who, grouped},
    load::{Bound, Part},
    ours::Ours,
    table::{Row, Unit},
};
use anyhow::{Context, Result};
use std::time::Duration;

pub fn run(fleets: &mut Fleets<'_>, _: Effort) -> Vec<Row> {
    let count = grouped(fleets.sizes.large);
    let rows = vec![
        Row::at_most(
            format!("start at {count} SIMs with as many records to replay"),
            Unit::Seconds,
            20.0,
            Some(8.0),
        ),
        Row::at_most(format!("memory at {count} SIMs"), Unit::Megabytes, 800.0, Some(400.0)),
    ];
    rows_or_why(rows, |rows| {
        let records = u64::from(fleets.sizes.large);
        let ours = fleets.ours(Who::OursLarge)?;
        ours.settle()?;
        let before = ours.resident();
        let (took, left) = crash_and_start(ours, records)?;
        ours.settle()?;
        let after = ours.resident();
        let [start, memory] = <[Row; 2]>::try_from(rows).ok().context("two rows")?;
        let megabytes = |octets: u64| octets as f64 / 1e6;
        Ok(vec![
            start.found(took.as_secs_f64(), format!("{left} records were not in the database")),
            memory.found(
                megabytes(before.max(after)),
                format!("{:.0} after the load, {:.0} after the start", megabytes(before), megabytes(after)),
            ),
        ])
    })
}

/// While somebody else holds the database's lock, records go to the journal only; then the server is killed. Returns how
/// long it took until it was ready again, and what it had to replay.
fn crash_and_start(ours: &mut Ours, records: u64) -> Result<(Duration, u64)> {
    let database = ours.open_sqlite()?;
    database.execute_batch("BEGIN IMMEDIATE")?;
    let part = Part { bound: Bound::Records(records), ..Part::closed(1024, Duration::ZERO) };
    ours.loader.run(part)?;
    let status = ours.status();
    ours.kill();
    database.execute_batch("ROLLBACK")?;
    drop(database);
    let took = ours.serve()?;
    Ok((took, status.map_or(0, |status| status.unapplied + status.unflushed)))
}
