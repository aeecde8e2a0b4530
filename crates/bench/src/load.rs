//! Load on a server, in parts that go on where the last one ended: the same SIMs, the same sessions.

use anyhow::{Context, Result, bail, ensure};
use opencmp_netsim::load::{self, LoadConfig, Report, Running, Totals};
use std::{net::SocketAddr, time::Duration};

/// Every SIM has its Start and, after 47 updates more, its Stop.
const RUN: u16 = 1;

/// A fleet of SIMs as one server knows it.
#[derive(Clone)]
pub struct Loader {
    config: LoadConfig,
}

/// What is asked of a part.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub outstanding: u32,
    pub bound: Bound,
    /// Records a second.
    pub rate: Option<f64>,
    /// Share of duplicates, and as much again of redeliveries.
    pub repeat_percent: f64,
}

#[derive(Clone, Copy, Debug)]
pub enum Bound {
    Time(Duration),
    Records(u64),
}

impl Part {
    pub fn closed(outstanding: u32, time: Duration) -> Self {
        Self { outstanding, bound: Bound::Time(time), rate: None, repeat_percent: 0.0 }
    }

    pub fn steady(rate: f64, time: Duration) -> Self {
        Self { outstanding: 1024, bound: Bound::Time(time), rate: Some(rate), repeat_percent: 0.0 }
    }
}

impl Loader {
    pub fn new(target: SocketAddr, secret: &str, sims: u32) -> Self {
        let mut config = LoadConfig::new(target, secret, sims);
        config.run = RUN;
        Self { config }
    }

    pub fn from(mut self, totals: Totals) -> Self {
        self.config.resume = Some(totals);
        self
    }

    pub fn sims(&self) -> u32 {
        self.config.sims
    }

    /// What the SIMs must come to after all parts so far.
    pub fn totals(&self) -> Option<&Totals> {
        self.config.resume.as_ref()
    }

    /// Begins a part; [`Loader::end`] must take it.
    pub fn begin(&self, part: Part) -> Result<Running> {
        let mut config = self.config.clone();
        config.outstanding = part.outstanding;
        config.ports = part.outstanding.div_ceil(64).max(8);
        config.rate = part.rate;
        config.duplicate_percent = part.repeat_percent;
        config.redelivery_percent = part.repeat_percent;
        match part.bound {
            Bound::Time(time) => config.duration = Some(time),
            Bound::Records(records) => config.records = Some(records),
        }
        load::start(&config).context("starting the load")
    }

    /// Waits for the part's end.
    pub fn end(&mut self, running: Running) -> Result<Report> {
        let outcome = running.finish().context("the load")?;
        let report = outcome.report;
        self.config.resume = Some(outcome.totals);
        ensure!(report.acknowledged > 0, "nothing was acknowledged of {} records", report.records);
        Ok(report)
    }

    pub fn run(&mut self, part: Part) -> Result<Report> {
        let running = self.begin(part)?;
        self.end(running)
    }
}

/// Opens a session of every SIM.
pub fn prefill(loader: &Loader) -> Result<Totals> {
    let mut loader = loader.clone();
    let sims = u64::from(loader.sims());
    let part = Part { bound: Bound::Records(sims), ..Part::closed(256, Duration::ZERO) };
    let report = loader.run(part)?;
    ensure!(report.unacknowledged == 0, "{} of {sims} Starts have no answer", report.unacknowledged);
    match loader.config.resume {
        Some(totals) => Ok(totals),
        None => bail!("the load generator lost count"),
    }
}
