//! Who is measured, and one measurement.

use crate::{
    load::{Loader, Part},
    ours::Ours,
    peer::Peer,
    process::Process,
    workspace::Workspace,
};
use anyhow::{Context, Result};
use serde::Serialize;
use std::{net::SocketAddr, process::Command, time::Duration};

/// Something that answers accounting.
pub trait Contestant {
    fn loader(&mut self) -> &mut Loader;
    /// User and system time of all its processes so far.
    fn cpu(&self) -> Duration;
    /// Waits until it has done what it put off.
    fn settle(&mut self) -> Result<()>;
}

/// The built-in responder, in a process of its own.
pub struct Floor {
    process: Process,
    loader: Loader,
}

impl Floor {
    pub fn start(workspace: &Workspace, secret: &str, sims: u32) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["floor", "--secret", secret]);
        let log = workspace.path().join("floor.log");
        let mut process = Process::start("the floor", command, &log)?;
        let mut port = None;
        process.wait_until(Duration::from_secs(5), || {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            port = said
                .lines()
                .next()
                .and_then(|line| line.parse::<u16>().ok())
                .filter(|_| said.ends_with('\n'));
            port.is_some()
        })?;
        let address = SocketAddr::from(([127, 0, 0, 1], port.context("the floor says no port")?));
        Ok(Self { process, loader: Loader::new(address, secret, sims) })
    }
}

impl Contestant for Floor {
    fn loader(&mut self) -> &mut Loader {
        &mut self.loader
    }

    fn cpu(&self) -> Duration {
        self.process.cpu()
    }

    fn settle(&mut self) -> Result<()> {
        self.process.check()
    }
}

impl Contestant for Peer {
    fn loader(&mut self) -> &mut Loader {
        &mut self.loader
    }

    fn cpu(&self) -> Duration {
        Peer::cpu(self)
    }

    /// It answers after its commit: nothing is put off.
    fn settle(&mut self) -> Result<()> {
        self.check()
    }
}

impl Contestant for Ours {
    fn loader(&mut self) -> &mut Loader {
        &mut self.loader
    }

    fn cpu(&self) -> Duration {
        Ours::cpu(self)
    }

    fn settle(&mut self) -> Result<()> {
        Ours::settle(self)
    }
}

/// What one part of load showed.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Sample {
    /// Acknowledged per second.
    pub rate: f64,
    /// Server CPU until everything was stored, in microseconds.
    pub cpu: f64,
    /// Microseconds from a record's first sending to its acknowledgement.
    pub p50: f64,
    pub p99: f64,
    /// The longest time without an acknowledgement, in milliseconds.
    pub gap: f64,
}

/// Runs a part against a server at rest, and waits until it is at rest again.
pub fn sample(contestant: &mut dyn Contestant, part: Part) -> Result<Sample> {
    contestant.settle()?;
    let before = contestant.cpu();
    let report = contestant.loader().run(part)?;
    contestant.settle()?;
    let cpu = contestant.cpu() - before;
    Ok(Sample {
        rate: report.acknowledged_per_second,
        cpu: cpu.as_secs_f64() * 1e6 / report.acknowledged as f64,
        p50: report.latency.p50 as f64,
        p99: report.latency.p99 as f64,
        gap: report.longest_gap_ms,
    })
}

pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = values.get((values.len() / 2).wrapping_sub(1)).copied().unwrap_or(f64::NAN);
    (lower + upper) / 2.0
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn medians() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median([f64::NAN, 7.0]), 7.0);
        assert!(median([]).is_nan());
    }
}
