//! From a packet to a screen, and what many screens cost.

use super::{Effort, rows_or_why};
use crate::{
    browser::Watcher,
    fleets::{Fleets, Who, grouped},
    load::Part,
    ours::Ours,
    probe::{self, Probes},
    readers,
    sse::{self, Stream},
    table::{Row, Unit},
    workspace::Workspace,
};
use anyhow::{Context, Result, ensure};
use opencmp_domain::SimId;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Runtime,
};

/// Records a second that go on meanwhile.
const RATE: f64 = 5_000.0;
const PROBE_EVERY: Duration = Duration::from_millis(50);
const SUBSCRIBERS: usize = 1_000;
/// Rows on each subscriber's screen.
const SCREEN: usize = 50;

pub fn run(fleets: &mut Fleets<'_>, effort: Effort) -> Vec<Row> {
    let row = |where_to: &str| {
        let measure = format!("packet sent → row changed {where_to}, 5,000 records/s, p99");
        Row::at_most(measure, Unit::Seconds, 1.0, Some(0.4))
    };
    let workspace = fleets.workspace();
    let mut rows = rows_or_why(vec![row("at an SSE client")], |rows| {
        let ours = fleets.ours(Who::OursSqlite)?;
        let times = through_sse(ours, effort.secs(15.0, 8.0))?;
        found(rows, times)
    });
    rows.extend(rows_or_why(vec![row("in Chromium")], |rows| {
        let ours = fleets.ours(Who::OursSqlite)?;
        let times = through_browser(ours, workspace, effort.secs(15.0, 8.0))?;
        found(rows, times)
    }));
    let subscribers = format!("{} SSE subscribers at 5,000 records/s: CPU more", grouped(SUBSCRIBERS as u32));
    rows.extend(rows_or_why(vec![Row::at_most(subscribers, Unit::Cores, 0.5, None)], |rows| {
        let ours = fleets.ours(Who::OursSqlite)?;
        // Long enough for several flushes in each.
        let cost = subscribers_cost(ours, effort.secs(25.0, 12.0))?;
        let Cost { alone, watched, sent, rate } = cost;
        let detail = format!(
            "{alone:.2} cores without, {watched:.2} with; {rate:.0} records/s, {:.0} kB/s sent",
            sent / 1e3
        );
        Ok(rows.into_iter().map(|row| row.found(watched - alone, detail.clone())).collect())
    }));
    rows
}

fn found(rows: Vec<Row>, times: Vec<f64>) -> Result<Vec<Row>> {
    let count = times.len();
    let (p50, p99) = probe::quantiles(times)?;
    let detail = format!("p50 {p50:.3} s, p99 {p99:.3} s of {count}");
    Ok(rows.into_iter().map(|row| row.found(p99, detail.clone())).collect())
}

/// Sends a probe every few milliseconds under load, while `watch` says which SIMs were seen to change.
fn probe_under_load(
    ours: &mut Ours,
    time: Duration,
    probes: &mut Probes,
    mut watch: impl FnMut(Duration) -> Result<Vec<SimId>>,
) -> Result<Vec<f64>> {
    ours.settle()?;
    let running = ours.loader.begin(Part::steady(RATE, time + Duration::from_secs(4)))?;
    std::thread::sleep(Duration::from_secs(1));
    let begun = Instant::now();
    let mut next = begun;
    let mut times = Vec::new();
    probes.forget();
    // A second more for the last ones to arrive.
    while begun.elapsed() < time + Duration::from_secs(1) {
        let now = Instant::now();
        if now >= next && begun.elapsed() < time {
            probes.send()?;
            next += PROBE_EVERY;
        }
        let patience = next.saturating_duration_since(now).clamp(Duration::from_millis(1), PROBE_EVERY);
        for id in watch(patience)? {
            times.extend(probes.seen(id).map(|took| took.as_secs_f64()));
        }
    }
    ours.loader.end(running)?;
    times.extend(probes.unseen().map(|age| age.as_secs_f64()));
    Ok(times)
}

fn through_sse(ours: &mut Ours, time: Duration) -> Result<Vec<f64>> {
    let mut probes = Probes::start(ours)?;
    let ids: Vec<String> = probes.ids().iter().map(ToString::to_string).collect();
    let mut stream = Stream::open(ours.http, &format!("/live?sims={}", ids.join(",")), readers::OWNER)?;
    stream.next()?.context("no snapshot came")?;
    probe_under_load(ours, time, &mut probes, |patience| {
        stream.set_timeout(patience)?;
        Ok(stream.next()?.map_or_else(Vec::new, |update| update.rows.iter().map(|row| row.id).collect()))
    })
}

fn through_browser(ours: &mut Ours, workspace: &Workspace, time: Duration) -> Result<Vec<f64>> {
    let mut probes = Probes::start(ours)?;
    let watcher = Watcher::start(workspace, &probe::page(ours.http))?;
    probe_under_load(ours, time, &mut probes, |patience| watcher.changed(patience))
}

/// What a crowd of open streams costs.
struct Cost {
    /// Cores busy without and with them.
    alone: f64,
    watched: f64,
    /// Sent to them, octets a second.
    sent: f64,
    /// Records a second meanwhile.
    rate: f64,
}

fn subscribers_cost(ours: &mut Ours, time: Duration) -> Result<Cost> {
    ours.settle()?;
    let sims = ours.loader.sims() as usize;
    let running = ours.loader.begin(Part::steady(RATE, time * 2 + Duration::from_secs(8)))?;
    std::thread::sleep(Duration::from_secs(2));
    let cores = |ours: &Ours| {
        let before = ours.cpu();
        std::thread::sleep(time);
        (ours.cpu() - before).as_secs_f64() / time.as_secs_f64()
    };
    let alone = cores(ours);
    let crowd = Crowd::start(ours.http, sims)?;
    std::thread::sleep(Duration::from_secs(2));
    let before = crowd.octets();
    let watched = cores(ours);
    let octets = crowd.octets() - before;
    let open = crowd.open();
    drop(crowd);
    let rate = ours.loader.end(running)?.acknowledged_per_second;
    ensure!(open == SUBSCRIBERS, "only {open} of {SUBSCRIBERS} streams were open to the end");
    Ok(Cost { alone, watched, sent: octets as f64 / time.as_secs_f64(), rate })
}

/// Many open streams, each of a screen of rows and the counts.
struct Crowd {
    _runtime: Runtime,
    counts: std::sync::Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    octets: std::sync::atomic::AtomicU64,
    open: std::sync::atomic::AtomicUsize,
}

impl Crowd {
    fn start(address: SocketAddr, sims: usize) -> Result<Self> {
        use std::sync::atomic::Ordering::Relaxed;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let counts = std::sync::Arc::new(Counts::default());
        for subscriber in 0..SUBSCRIBERS {
            // Ids of a new database count from 1.
            let first = subscriber * sims.saturating_sub(SCREEN) / SUBSCRIBERS;
            let ids: Vec<String> = (first..first + SCREEN).map(|id| (id + 1).to_string()).collect();
            let request =
                sse::request(address, &format!("/live?sims={}&counts=1", ids.join(",")), readers::OWNER);
            let counts = counts.clone();
            runtime.spawn(async move {
                let mut stream = TcpStream::connect(address).await?;
                stream.write_all(request.as_bytes()).await?;
                let mut buffer = vec![0; 16 * 1024];
                let mut answered = false;
                loop {
                    let length = stream.read(&mut buffer).await?;
                    if length == 0 {
                        break;
                    }
                    if !answered && buffer.starts_with(b"HTTP/1.1 200") {
                        answered = true;
                        counts.open.fetch_add(1, Relaxed);
                    }
                    counts.octets.fetch_add(length as u64, Relaxed);
                }
                if answered {
                    counts.open.fetch_sub(1, Relaxed);
                }
                std::io::Result::Ok(())
            });
        }
        let crowd = Self { _runtime: runtime, counts };
        let begun = Instant::now();
        while crowd.open() < SUBSCRIBERS && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(crowd)
    }

    fn octets(&self) -> u64 {
        self.counts.octets.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn open(&self) -> usize {
        self.counts.open.load(std::sync::atomic::Ordering::Relaxed)
    }
}
