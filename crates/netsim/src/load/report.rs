//! How fast, how evenly, at what cost.

use super::worker::WorkerResult;
use hdrhistogram::Histogram;
use serde::Serialize;
use std::{fmt, time::Duration};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// From the beginning to the last acknowledgement.
    pub seconds: f64,
    pub records: u64,
    pub acknowledged: u64,
    pub acknowledged_per_second: f64,
    /// Records that were sent and not acknowledged by the end.
    pub unacknowledged: u64,
    pub datagrams: u64,
    pub retransmissions: u64,
    pub duplicates: u64,
    pub redeliveries: u64,
    pub redeliveries_acknowledged: u64,
    /// Responses that answer nothing that is open, such as those to duplicates.
    pub unmatched: u64,
    /// Datagrams that the kernel did not take.
    pub not_sent: u64,
    /// From a record's first sending to its acknowledgement.
    pub latency: Latency,
    /// The longest time without an acknowledgement.
    pub longest_gap_ms: f64,
    /// Acknowledged records by second.
    pub by_second: Vec<u64>,
    /// CPU time of the load generator itself.
    pub cpu_seconds: f64,
    pub cpu_micros_per_record: f64,
}

/// Microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    pub mean: f64,
    pub p50: u64,
    pub p90: u64,
    pub p99: u64,
    pub p999: u64,
    pub max: u64,
}

impl Latency {
    fn of(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile);
        Self {
            mean: histogram.mean(),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: histogram.max(),
        }
    }
}

pub(crate) fn merge(results: &[WorkerResult]) -> Report {
    let sum = |count: fn(&super::worker::Counts) -> u64| -> u64 {
        results.iter().map(|result| count(&result.counts)).sum()
    };
    let longest = |time: fn(&super::worker::Counts) -> Duration| {
        results.iter().map(|result| time(&result.counts)).max().unwrap_or_default().as_secs_f64()
    };
    let mut latency = None::<Histogram<u64>>;
    for result in results {
        match &mut latency {
            None => latency = Some(result.latency.clone()),
            // Both grow as needed, so nothing is out of range.
            Some(sum) => drop(sum.add(&result.latency)),
        }
    }
    let empty = Latency { mean: 0.0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
    let seconds = longest(|counts| counts.last_acknowledged);
    let acknowledged = sum(|counts| counts.acknowledged);
    let records = sum(|counts| counts.records);
    let cpu_seconds: f64 = results.iter().map(|result| result.counts.cpu.as_secs_f64()).sum();
    let ended = longest(|counts| counts.elapsed);
    let unacknowledged = records - acknowledged;
    // With records left unacknowledged, the silence at the end is a gap as well.
    let tail = if unacknowledged > 0 { ended - seconds } else { 0.0 };
    let mut by_second = Vec::new();
    for result in results {
        by_second.resize(by_second.len().max(result.counts.by_second.len()), 0);
        by_second.iter_mut().zip(&result.counts.by_second).for_each(|(sum, count)| *sum += count);
    }
    Report {
        seconds,
        records,
        acknowledged,
        acknowledged_per_second: if seconds > 0.0 { acknowledged as f64 / seconds } else { 0.0 },
        unacknowledged,
        datagrams: sum(|counts| counts.datagrams),
        retransmissions: sum(|counts| counts.retransmissions),
        duplicates: sum(|counts| counts.duplicates),
        redeliveries: sum(|counts| counts.redeliveries),
        redeliveries_acknowledged: sum(|counts| counts.redeliveries_acknowledged),
        unmatched: sum(|counts| counts.unmatched),
        not_sent: sum(|counts| counts.not_sent),
        latency: latency.as_ref().map_or(empty, Latency::of),
        longest_gap_ms: 1e3 * longest(|counts| counts.longest_gap).max(tail),
        by_second,
        cpu_seconds,
        cpu_micros_per_record: 1e6 * cpu_seconds / acknowledged.max(1) as f64,
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "acknowledged   {} of {} records in {:.1} s: {:.0} per second",
            self.acknowledged, self.records, self.seconds, self.acknowledged_per_second
        )?;
        let Latency { p50, p90, p99, p999, max, .. } = self.latency;
        writeln!(
            f,
            "latency        p50 {p50} µs, p90 {p90} µs, p99 {p99} µs, p99.9 {p999} µs, max {max} µs"
        )?;
        writeln!(f, "longest gap    {:.1} ms without an acknowledgement", self.longest_gap_ms)?;
        writeln!(
            f,
            "sent           {} datagrams: {} again, {} duplicates, {} redeliveries ({} acknowledged); {} not taken by the kernel",
            self.datagrams,
            self.retransmissions,
            self.duplicates,
            self.redeliveries,
            self.redeliveries_acknowledged,
            self.not_sent
        )?;
        writeln!(f, "responses      {} that answered nothing open", self.unmatched)?;
        write!(f, "own CPU        {:.2} s, {:.2} µs per record", self.cpu_seconds, self.cpu_micros_per_record)
    }
}
