//! Debian's Chromium, driven by Playwright from `end2end/`: `browser.mjs` does the work there and prints what it sees.

use crate::{
    probe,
    process::{self, Process},
    readers,
    workspace::{self, Workspace},
};
use anyhow::{Context, Result, ensure};
use opencmp_domain::SimId;
use serde::Deserialize;
use std::{
    fs::File,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
    time::{Duration, Instant},
};

/// A file that the browser fetched.
#[derive(Deserialize)]
struct Fetched {
    name: String,
    /// Octets of its body on the wire.
    size: u64,
}

/// Says why there is no browser to measure with.
pub fn available() -> Result<()> {
    let modules = workspace::repository().join("end2end/node_modules/@playwright/test");
    ensure!(modules.is_dir(), "Playwright is not installed (make setup)");
    ensure!(Path::new("/usr/bin/chromium").is_file(), "Chromium is not installed (make setup)");
    process::run("node --version", node(&["--version"])).map(drop)
}

/// What the first visit to the list fetches, the page first.
pub fn visit(workspace: &Workspace, address: SocketAddr) -> Result<Vec<(String, u64)>> {
    available()?;
    let url = format!("http://{address}/sims");
    let mut command = script("visit", &url);
    command.env("TMPDIR", workspace.folder("chromium")?);
    let printed = process::run("the browser", command)?;
    let files: Vec<Fetched> = serde_json::from_str(printed.trim()).context("what the browser fetched")?;
    Ok(files.into_iter().map(|file| (file.name, file.size)).collect())
}

/// A page that stays open and tells which rows change.
pub struct Watcher {
    _process: Process,
    said: Mutex<Said>,
}

struct Said {
    lines: BufReader<File>,
    partial: String,
}

impl Watcher {
    pub fn start(workspace: &Workspace, url: &str) -> Result<Self> {
        available()?;
        let log: PathBuf = workspace.path().join("browser.log");
        let mut command = script("watch", url);
        command.env("TMPDIR", workspace.folder("chromium")?);
        let mut process = Process::start("the browser", command, &log)?;
        process.wait_until(Duration::from_secs(40), || {
            std::fs::read_to_string(&log).is_ok_and(|text| text.lines().any(|line| line == "watching"))
        })?;
        let said = Said { lines: BufReader::new(File::open(&log)?), partial: String::new() };
        let watcher = Self { _process: process, said: Mutex::new(said) };
        watcher.changed(Duration::ZERO)?;
        Ok(watcher)
    }

    /// SIMs whose row has changed since the last call, waiting for the first of them.
    pub fn changed(&self, patience: Duration) -> Result<Vec<SimId>> {
        let begun = Instant::now();
        let mut said = self.said.lock().ok().context("the log's reader broke off")?;
        loop {
            let mut ids: Vec<SimId> = Vec::new();
            while let Some(line) = said.line()? {
                ids.extend(line.strip_prefix("changed ").and_then(|id| id.trim().parse::<SimId>().ok()));
            }
            if !ids.is_empty() || begun.elapsed() >= patience {
                return Ok(ids);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Said {
    /// The next whole line of a file that grows.
    fn line(&mut self) -> Result<Option<String>> {
        self.lines.by_ref().read_line(&mut self.partial)?;
        Ok(self.partial.ends_with('\n').then(|| std::mem::take(&mut self.partial)))
    }
}

fn script(mode: &str, url: &str) -> Command {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser.mjs").display().to_string();
    node(&[&file, mode, url, readers::OWNER, probe::COLUMN])
}

fn node(args: &[&str]) -> Command {
    let mut command = Command::new("node");
    command.args(args);
    command
}
