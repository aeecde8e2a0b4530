//! What is measured, a file per part. Each gives rows of the table and prints its own figures; what can't be measured is a
//! row that says why.

pub mod alerts;
pub mod documents;
pub mod exact;
pub mod live;
pub mod pages;
pub mod rates;
pub mod stall;
pub mod start;
pub mod visit;

use crate::{fleets::Fleets, table::Row};
use anyhow::Result;
use std::time::Duration;

/// How long and how often.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    pub rounds: usize,
    pub quick: bool,
    /// Divides the records of what is not bound by time.
    pub scale: u32,
}

impl Effort {
    /// Seconds, fewer of them when it has to be quick.
    pub fn secs(self, normal: f64, quick: f64) -> Duration {
        Duration::from_secs_f64(if self.quick { quick } else { normal })
    }
}

/// A part's name, for `--only`, and its work.
pub type Part = (&'static str, fn(&mut Fleets<'_>, Effort) -> Vec<Row>);

/// In this order: what goes into the large fleet, stops servers, and disconnects SIMs comes last.
pub const PARTS: [Part; 9] = [
    ("rates", rates::run),
    ("exact", exact::run),
    ("live", live::run),
    ("stall", stall::run),
    ("pages", pages::run),
    ("documents", documents::run),
    ("visit", visit::run),
    ("start", start::run),
    ("alerts", alerts::run),
];

/// The rows that a piece of work found, or the same rows saying what went wrong.
pub fn rows_or_why(rows: Vec<Row>, work: impl FnOnce(Vec<Row>) -> Result<Vec<Row>>) -> Vec<Row> {
    match work(rows.clone()) {
        Ok(found) => found,
        Err(error) => {
            eprintln!("  not measured: {error:#}");
            let why = format!("{error:#}").lines().next().unwrap_or_default().to_owned();
            rows.into_iter().map(|row| row.missing(why.clone())).collect()
        }
    }
}
