//! The load generator: a closed loop of accounting records from any number of SIMs, which knows to the octet what was
//! acknowledged.
//!
//! - [`plan`] – everything about a SIM follows from its index, the seed and how many of its records were acknowledged:
//!   identities, counters, totals. Nothing else is kept per SIM but its session's start.
//! - [`template`] – packets encoded once, patched per record and signed.
//! - [`batch`] – sendmmsg and recvmmsg.
//! - [`window`] – a thread's requests outstanding: ports, Identifiers, retransmission.
//! - [`worker`] – one thread: which record comes next, and what came of it.
//! - [`report`] – rates, latencies, gaps. [`totals`] – what each SIM must come to.
//!
//! A SIM has one record outstanding at a time, in order, sent again until acknowledged (unchanged, so Identifier and
//! authenticator stay: RFC 2866 §4.1). Whenever the run ends, its total is what was acknowledged, and at most one record
//! more. Duplicates (the same datagram again) and redeliveries (an acknowledged record under a new Identifier with
//! Acct-Delay-Time) change no total.

mod batch;
pub mod plan;
pub mod report;
mod template;
pub mod totals;
mod window;
mod worker;

pub use plan::Plan;
pub use report::{Latency, Report};
pub use totals::{SimTotals, Totals};

use crate::wire::{NotLoopback, living, require_loopback, timer::Retransmission};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};
use worker::{Worker, WorkerResult};

#[derive(Clone, Debug)]
pub struct LoadConfig {
    pub target: SocketAddr,
    pub source: Ipv4Addr,
    pub secret: String,
    pub sims: u32,
    /// Requests outstanding over all ports and threads, at most 256 per port.
    pub outstanding: u32,
    /// Source ports.
    pub ports: u32,
    pub threads: u32,
    pub seed: u64,
    /// Records per session: a Start, Interim-Updates and a Stop.
    pub session_records: u32,
    /// Share of records whose datagram is sent twice.
    pub duplicate_percent: f64,
    /// Share of acknowledged records that are sent once more under a new Identifier.
    pub redelivery_percent: f64,
    /// Stop after so many records.
    pub records: Option<u64>,
    /// Stop after so long.
    pub duration: Option<Duration>,
    /// Records per second, as far as the requests outstanding allow; as many as possible without.
    pub rate: Option<f64>,
    pub retransmission: Retransmission,
    /// Tells this run's session ids from those of other runs against the same server.
    pub run: u16,
    /// How long to wait for the last acknowledgements.
    pub drain: Duration,
    /// Go on where a run ended that had the same SIMs, threads, seed, session records and run number.
    pub resume: Option<Totals>,
}

impl LoadConfig {
    /// A closed loop over `sims` SIMs with 64 requests outstanding, until stopped.
    pub fn new(target: SocketAddr, secret: &str, sims: u32) -> Self {
        Self {
            target,
            source: Ipv4Addr::LOCALHOST,
            secret: secret.to_owned(),
            sims,
            outstanding: 64,
            ports: 8,
            threads: 1,
            seed: 1,
            session_records: 48,
            duplicate_percent: 0.0,
            redelivery_percent: 0.0,
            records: None,
            duration: None,
            rate: None,
            retransmission: Retransmission::default(),
            run: living::wall_clock().secs() as u16,
            drain: Duration::from_secs(10),
            resume: None,
        }
    }

    pub fn plan(&self) -> Plan {
        Plan { seed: self.seed, session_records: self.session_records }
    }

    fn check(&self) -> Result<(), LoadError> {
        let wrong = |field: &'static str, expected: &'static str| Err(LoadError::Invalid { field, expected });
        let percent = |value: f64| (0.0..=100.0).contains(&value);
        require_loopback(self.target)?;
        if !self.source.is_loopback() {
            return wrong("source", "an address of 127.0.0.0/8");
        }
        if self.secret.is_empty() {
            return wrong("secret", "not empty");
        }
        if !(1..=plan::MAX_SIMS).contains(&self.sims) {
            return wrong("sims", "1 to 1000000000");
        }
        if !(1..=16).contains(&self.threads) || self.threads > self.sims {
            return wrong("threads", "1 to 16, and no more than SIMs");
        }
        if self.ports < self.threads || self.ports > 4096 {
            return wrong("ports", "one per thread at least, 4096 at most");
        }
        if self.outstanding < self.threads || u64::from(self.outstanding) > u64::from(self.ports) * 256 {
            return wrong(
                "outstanding",
                "one per thread at least, 256 per source port at most (RFC 2865 §3)",
            );
        }
        if !(2..=60_000).contains(&self.session_records) {
            return wrong("session-records", "2 to 60000");
        }
        if !percent(self.duplicate_percent) {
            return wrong("duplicates", "0 to 100 percent");
        }
        if !percent(self.redelivery_percent) {
            return wrong("redeliveries", "0 to 100 percent");
        }
        if self.rate.is_some_and(|rate| !(rate > 0.0 && rate.is_finite())) {
            return wrong("rate", "more than 0 records a second");
        }
        if self.resume.as_ref().is_some_and(|totals| !totals.fits(self.plan(), self.sims, self.threads)) {
            return wrong("resume", "of a run with the same SIMs, threads, seed and session records");
        }
        if self.retransmission.initial < 1_000 {
            return wrong("retry-ms", "1 at least");
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    NotLoopback(#[from] NotLoopback),
    #[error("{field}: must be {expected}")]
    Invalid { field: &'static str, expected: &'static str },
    #[error("can't send from {source_address}")]
    Socket {
        source_address: Ipv4Addr,
        #[source]
        error: io::Error,
    },
    #[error("the template of a packet doesn't fit")]
    Template,
    #[error("no room for latencies")]
    Histogram,
    #[error("a load thread can't start")]
    Thread(#[source] io::Error),
    #[error("a load thread broke off")]
    Broken,
}

/// What the threads tell each other and whoever watches.
pub(crate) struct Shared {
    pub begun: Instant,
    /// No new records any more; wait for what is outstanding.
    pub draining: AtomicBool,
    /// Stop without waiting.
    pub stop: AtomicBool,
    pub acknowledged: AtomicU64,
    pub sent: AtomicU64,
    /// Nanoseconds since the beginning.
    pub last_acknowledged_at: AtomicU64,
}

/// Load under way.
pub struct Running {
    shared: Arc<Shared>,
    plan: Plan,
    threads: Vec<JoinHandle<WorkerResult>>,
}

/// What came of it.
pub struct Outcome {
    pub report: Report,
    pub totals: Totals,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Records sent for the first time.
    pub sent: u64,
    /// Of these, acknowledged.
    pub acknowledged: u64,
}

/// Begins to send.
pub fn start(config: &LoadConfig) -> Result<Running, LoadError> {
    config.check()?;
    let shared = Arc::new(Shared {
        begun: Instant::now(),
        draining: AtomicBool::new(false),
        stop: AtomicBool::new(false),
        acknowledged: AtomicU64::new(0),
        sent: AtomicU64::new(0),
        last_acknowledged_at: AtomicU64::new(0),
    });
    let workers: Result<Vec<_>, _> =
        (0..config.threads).map(|thread| Worker::new(config, thread, shared.clone())).collect();
    let mut threads = Vec::new();
    for worker in workers? {
        let spawned = std::thread::Builder::new().name("load".to_owned()).spawn(move || worker.run());
        threads.push(spawned.map_err(LoadError::Thread)?);
    }
    Ok(Running { shared, plan: config.plan(), threads })
}

impl Running {
    pub fn progress(&self) -> Progress {
        Progress {
            sent: self.shared.sent.load(Ordering::Relaxed),
            acknowledged: self.shared.acknowledged.load(Ordering::Relaxed),
        }
    }

    pub fn is_finished(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Sends no new records; ends once all is acknowledged, or the configured time for that is over.
    pub fn drain(&self) {
        self.shared.draining.store(true, Ordering::Relaxed);
    }

    /// Ends at once.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }

    /// Waits for the end: a bound that was configured, or [`Running::drain`] or [`Running::stop`] before.
    pub fn finish(self) -> Result<Outcome, LoadError> {
        let results: Result<Vec<_>, _> = self.threads.into_iter().map(JoinHandle::join).collect();
        let results = results.map_err(|_| LoadError::Broken)?;
        let report = report::merge(&results);
        let totals = Totals::new(self.plan, results.into_iter().map(|result| result.steps).collect());
        Ok(Outcome { report, totals })
    }
}
