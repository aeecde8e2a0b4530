//! `make bench`: how fast, against what can't be undercut and against what a user would pick instead.
//!
//! - [`floor`]: a responder that only checks and signs. [`peer`]: FreeRADIUS. [`ours`]: the release build of the server.
//! - [`fleets`]: these with their fleets, started when needed. [`contest`]: one measurement of one of them.
//! - [`measure`]: what is measured, a file per part. [`table`]: what was found against what must and should be.
//! - [`load`], [`probe`], [`http`], [`sse`], [`browser`]: what acts on a server.
//! - [`process`], [`postgres`], [`workspace`], [`seed`], [`sink`], [`rules`], [`hooks`]: what it takes.
//!
//! The method is in `docs/PERFORMANCE.md`.

mod browser;
mod contest;
mod fleets;
mod floor;
mod hooks;
mod http;
mod load;
mod measure;
mod ours;
mod peer;
mod postgres;
mod probe;
mod process;
mod readers;
mod rules;
mod seed;
mod sink;
mod sse;
mod table;
mod workspace;

use anyhow::{Result, bail};
use clap::Parser;
use fleets::{Fleets, Sizes};
use measure::{Effort, PARTS};
use nix::sys::{
    resource::{Resource, getrlimit, setrlimit},
    signal::{SigSet, Signal},
};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};
use workspace::Workspace;

#[derive(Parser)]
#[command(about = "How fast is it?")]
enum Command {
    /// Measure, and print the table
    ///
    /// Example: cargo run --release -p opencmp-bench -- run --quick --only rates,exact
    #[command(verbatim_doc_comment)]
    Run(RunArgs),
    /// The responder that nothing can undercut
    #[command(hide = true)]
    Floor {
        #[arg(long)]
        secret: String,
    },
}

#[derive(clap::Args)]
struct RunArgs {
    /// Only these parts: rates, exact, live, stall, pages, documents, visit, start, alerts
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<String>,
    /// How often to measure what is measured in turn; figures are medians
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=25))]
    rounds: Option<u8>,
    /// A look in a few minutes: one round, a smaller large fleet
    #[arg(long)]
    quick: bool,
    /// Folder for databases while it runs; on the disk that is to be measured
    #[arg(long, value_name = "DIR", default_value = "/var/tmp")]
    dir: PathBuf,
    /// Divide the fleets by this: for working on the bench itself, its figures mean nothing then
    #[arg(long, hide = true, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    scale: u32,
    /// Write the rows as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    let result = match Command::parse() {
        Command::Run(args) => run(&args),
        Command::Floor { secret } => floor::serve(secret.as_bytes()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &RunArgs) -> Result<()> {
    if let Some(wrong) = args.only.iter().find(|name| !PARTS.iter().any(|(part, _)| part == name)) {
        let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        bail!("--only: {wrong:?} is none of {}", names.join(", "));
    }
    allow_many_files();
    let begun = Instant::now();
    let workspace = Workspace::new(Some(&args.dir))?;
    end_in_order(workspace.path());
    print_machine();
    let rounds = args.rounds.map_or(if args.quick { 1 } else { 3 }, usize::from);
    let effort = Effort { rounds, quick: args.quick, scale: args.scale };
    let large = if args.quick { 200_000 } else { 1_000_000 };
    let [small, middle, large] = [10_000, 100_000, large].map(|sims| sims / args.scale);
    let mut fleets = Fleets::new(&workspace, Sizes { small, middle, large, days: 12 });
    let mut rows = Vec::new();
    for (name, part) in PARTS {
        if args.only.is_empty() || args.only.iter().any(|only| only == name) {
            eprintln!("{name}, after {:.0} s", begun.elapsed().as_secs_f64());
            rows.extend(part(&mut fleets, effort));
        }
    }
    drop(fleets);
    println!("{}", table::markdown(&rows));
    let failing = rows.iter().filter(|row| row.fails()).count();
    let missing = rows.iter().filter(|row| row.value.is_none()).count();
    println!(
        "{} rows, {failing} fail, {missing} not measured; {:.0} s, {rounds} rounds{}",
        rows.len(),
        begun.elapsed().as_secs_f64(),
        if args.quick { ", quick" } else { "" }
    );
    if let Some(file) = &args.json {
        std::fs::write(file, serde_json::to_vec_pretty(&rows)?)?;
    }
    Ok(())
}

/// A thousand streams are open at once, here and in the server, which inherits the limit.
fn allow_many_files() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard.min(65_536), hard);
    }
}

/// On Ctrl-C the folder goes; the programs go by themselves when we do.
fn end_in_order(folder: &Path) {
    let folder = folder.to_owned();
    let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP].into_iter().collect();
    // Before any other thread starts, so that all inherit the mask and only the one below is told.
    if signals.thread_block().is_err() {
        return;
    }
    std::thread::spawn(move || {
        if signals.wait().is_ok() {
            eprintln!("bench: stopped");
            let _ = std::fs::remove_dir_all(&folder);
            std::process::exit(130);
        }
    });
}

/// What the figures depend on.
fn print_machine() {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = read("/proc/sys/kernel/osrelease");
    let busy = read("/proc/loadavg");
    println!(
        "{cores} cores, {}; Linux {}; load average {}; {}",
        model.trim_start_matches(['\t', ' ', ':']),
        kernel.trim(),
        busy.split(' ').next().unwrap_or_default(),
        peer::version().unwrap_or_else(|| "no FreeRADIUS (make bench-peer)".to_owned())
    );
}
