//! What people ask of a large fleet while records come in at half of what the server can take.
//!
//! *Data work* is what the service took, from its own metric; the *whole page* is what a client waits for.

use super::{Effort, rows_or_why};
use crate::{
    fleets::{Fleets, Who, grouped},
    http::Client,
    load::Part,
    ours::Ours,
    readers,
    table::{Row, Unit},
};
use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use opencmp_netsim::load::plan;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

const READERS: usize = 2;
/// Between a reader's answer and next question.
const PAUSE: Duration = Duration::from_millis(30);
/// Service operations that the readers' pages come down to.
const OPERATIONS: [(&str, &str); 4] = [
    ("sim_list", "list with counts"),
    ("sim_search", "search"),
    ("usage_report", "group's month"),
    ("counts", "counts"),
];

pub fn run(fleets: &mut Fleets<'_>, effort: Effort) -> Vec<Row> {
    let sims = grouped(fleets.sizes.large);
    let days = grouped(fleets.sizes.large.saturating_mul(fleets.sizes.days));
    let data = format!("data work at {sims} SIMs, {days} daily rows, half load");
    let rows = vec![
        Row::at_most(format!("{data}: p50"), Unit::Milliseconds, 2.0, Some(0.5)),
        Row::at_most(format!("{data}: p99"), Unit::Milliseconds, 20.0, Some(5.0)),
        Row::at_most("whole list page, same load: p99", Unit::Milliseconds, 100.0, Some(30.0)),
    ];
    rows_or_why(rows, |rows| {
        let ours = fleets.ours(Who::OursLarge)?;
        ours.settle()?;
        let full = ours.loader.run(Part::closed(1024, effort.secs(4.0, 3.0)))?.acknowledged_per_second;
        ours.settle()?;
        let found = read(ours, full / 2.0, effort)?;
        let worst = |of: fn(&Operation) -> f64| found.operations.iter().map(of).fold(f64::NAN, f64::max);
        let each = |of: fn(&Operation) -> f64| {
            let parts = found.operations.iter().map(|op| format!("{} {:.2}", op.label, of(op)));
            parts.collect::<Vec<_>>().join(", ")
        };
        let [p50, p99, page] = <[Row; 3]>::try_from(rows).ok().context("three rows")?;
        let list = &found.list;
        let at = |quantile: f64| list.value_at_quantile(quantile) as f64 / 1e3;
        Ok(vec![
            p50.found(worst(|op| op.p50), each(|op| op.p50)),
            p99.found(worst(|op| op.p99), each(|op| op.p99)),
            page.found(
                at(0.99),
                format!(
                    "p50 {:.1} ms; {} pages while {:.0} records/s came in",
                    at(0.5),
                    list.len(),
                    found.rate
                ),
            ),
        ])
    })
}

struct Operation {
    label: &'static str,
    /// Milliseconds.
    p50: f64,
    p99: f64,
}

struct Found {
    operations: Vec<Operation>,
    /// Microseconds.
    list: Histogram<u64>,
    rate: f64,
}

fn read(ours: &mut Ours, rate: f64, effort: Effort) -> Result<Found> {
    let time = effort.secs(20.0, 10.0);
    let groups = groups(ours)?;
    let sims = ours.loader.sims();
    let running = ours.loader.begin(Part::steady(rate, time + Duration::from_secs(3)))?;
    std::thread::sleep(Duration::from_secs(2));
    let (address, until) = (ours.http, Instant::now() + time);
    let readers: Vec<_> = (0..READERS)
        .map(|reader| {
            let groups = groups.clone();
            std::thread::spawn(move || reader_thread(address, reader as u64, sims, &groups, until))
        })
        .collect();
    let mut list = Histogram::new(3)?;
    let mut failure = None;
    for reader in readers {
        match reader.join().ok().context("a reader broke off")? {
            Ok(times) => list.add(times)?,
            Err(error) => failure = Some(error),
        }
    }
    let metrics =
        Client::new(address).header("Cookie", readers::OPERATOR).fetch("/metrics")?.text().into_owned();
    let report = ours.loader.end(running)?;
    if let Some(error) = failure {
        return Err(error);
    }
    let operations: Vec<Operation> = OPERATIONS
        .iter()
        .filter_map(|(name, label)| {
            let at = |quantile| summary(&metrics, name, quantile).map(|seconds| seconds * 1e3);
            Some(Operation { label, p50: at("0.5")?, p99: at("0.99")? })
        })
        .collect();
    ensure!(operations.len() >= 3, "/metrics has no opencmp_service_seconds of the pages read");
    Ok(Found { operations, list, rate: report.acknowledged_per_second })
}

/// Asks for one page after the other; returns how long list pages took, searches included.
fn reader_thread(
    address: SocketAddr,
    seed: u64,
    sims: u32,
    groups: &[i64],
    until: Instant,
) -> Result<Histogram<u64>> {
    let mut client =
        Client::new(address).header("Accept-Encoding", "identity").header("Cookie", readers::OWNER);
    let mut times = Histogram::new(3)?;
    let mut number = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    while Instant::now() < until {
        // xorshift64: any order will do.
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        let any = |below: u64| (number >> 20) % below.max(1);
        let group = groups.get(any(groups.len() as u64) as usize).copied().unwrap_or(1);
        let sim = any(u64::from(sims)) as u32;
        let path = match number % 10 {
            0..=2 => format!("/sims?page={}", 1 + any(u64::from(sims) / 50)),
            3 => format!("/sims?sort=-today&page={}", 1 + any(20)),
            4 => format!("/sims?state=connected&group={group}&sort=-access"),
            5 => format!("/sims?q={}&by=imsi", plan::imsi(sim)),
            6 => format!("/sims?q={}", tail(&plan::imsi(sim), 7)),
            7 => format!(
                "/sims?q={}",
                plan::import(sim).iccid.map(|iccid| iccid.to_string()).unwrap_or_default()
            ),
            _ => format!("/usage?group={group}"),
        };
        let took = client.fetch(&path)?.took;
        if path.starts_with("/sims") {
            times.record(took.as_micros() as u64)?;
        }
        std::thread::sleep(PAUSE);
    }
    Ok(times)
}

fn tail(text: &str, length: usize) -> &str {
    text.get(text.len().saturating_sub(length)..).unwrap_or(text)
}

pub fn groups(ours: &Ours) -> Result<Vec<i64>> {
    let database = ours.open_sqlite()?;
    let mut select = database.prepare("SELECT id FROM sim_group WHERE is_default = 0 ORDER BY id")?;
    let ids = select.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    ensure!(!ids.is_empty(), "the fleet has no groups");
    Ok(ids)
}

/// A quantile of the service's summary, in seconds.
fn summary(metrics: &str, operation: &str, quantile: &str) -> Option<f64> {
    let labels = [format!("operation=\"{operation}\""), format!("quantile=\"{quantile}\"")];
    let mut lines = metrics.lines().filter(|line| line.starts_with("opencmp_service_seconds{"));
    let line = lines.find(|line| labels.iter().all(|label| line.contains(label.as_str())))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_quantile_is_found() {
        let metrics = "# TYPE opencmp_service_seconds summary\n\
            opencmp_service_seconds{operation=\"counts\",quantile=\"0.5\"} 0.0001\n\
            opencmp_service_seconds{operation=\"sim_list\",quantile=\"0.5\"} 0.00025\n";
        assert_eq!(super::summary(metrics, "sim_list", "0.5"), Some(0.000_25));
        assert_eq!(super::summary(metrics, "sim_list", "0.99"), None);
    }
}
