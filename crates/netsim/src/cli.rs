//! `opencmp simulate`: a living fleet, or load, against an accounting server on this machine.

use crate::{
    Core,
    demo::{self, DemoConfig},
    gateway::Gateway,
    inventory,
    load::{self, LoadConfig, plan},
    wire::{Living, Pace, living::wall_clock, require_loopback, timer::Retransmission},
};
use anyhow::{Context, ensure};
use clap::{Args, Subcommand, ValueHint};
use std::{
    fs::File,
    io::{BufWriter, Write},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// Simulate a mobile network that sends RADIUS accounting to a server on this machine
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  opencmp simulate fleet --target 127.0.0.1:1813 --secret testing123 --sims 500"
)]
pub struct SimulateArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// A fleet that lives: meters, scooters, cameras, with all their troubles
    #[command(after_help = FLEET_EXAMPLE)]
    Fleet(FleetArgs),
    /// Load: a closed loop over any number of SIMs that knows what was acknowledged
    #[command(after_help = LOAD_EXAMPLE)]
    Load(LoadArgs),
}

const FLEET_EXAMPLE: &str =
    "Example: a thousand SIMs, the last day in 24 minutes and then in step with the clock
  opencmp nas add sim --address 127.0.0.1/32 --secret testing123
  opencmp simulate fleet --sims 1000 --inventory fleet.csv --seconds 0
  opencmp sim import fleet.csv
  opencmp simulate fleet --secret testing123 --sims 1000 --speed 60";

const LOAD_EXAMPLE: &str = "Example: 100,000 SIMs, 64 requests outstanding, for a minute, with repetitions
  opencmp simulate load --sims 100000 --inventory load.csv --records 0
  opencmp sim import load.csv
  opencmp simulate load --secret testing123 --sims 100000 --outstanding 64 --seconds 60 \\
    --duplicates 10 --redeliveries 10 --totals totals.csv";

/// Where to send, and as whom
#[derive(Clone, Debug, Args)]
struct Server {
    /// The server's accounting address; loopback only
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:1813")]
    target: SocketAddr,
    /// The shared secret, as in the server's gateway list
    #[arg(long, value_name = "SECRET", env = "OPENCMP_SIMULATE_SECRET", default_value = "testing123")]
    secret: String,
    /// The address to send from; loopback only
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    source: Ipv4Addr,
    /// The same seed gives the same network
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Debug, Args)]
struct FleetArgs {
    #[command(flatten)]
    server: Server,
    /// SIMs, 1 to 200000
    #[arg(long, value_name = "N", default_value_t = demo::DEFAULT_SIMS,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(demo::MAX_SIMS)))]
    sims: u32,
    /// How many times as fast as the clock time runs until it has caught up with the present, 1 to 100000
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Begin so many days ago; one day if time runs faster, else now
    #[arg(long, value_name = "DAYS", value_parser = days)]
    days: Option<f64>,
    /// Stop after so many seconds; otherwise run until interrupted
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
    /// Write the fleet's inventory, for `opencmp sim import`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    inventory: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
struct LoadArgs {
    #[command(flatten)]
    server: Server,
    /// SIMs, 1 to 1000000000
    #[arg(long, value_name = "N", default_value_t = 10_000,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(plan::MAX_SIMS)))]
    sims: u32,
    /// Requests outstanding at a time
    #[arg(long, value_name = "W", default_value_t = 64)]
    outstanding: u32,
    /// Source ports; as many as the requests outstanding need, 8 at least
    #[arg(long, value_name = "M")]
    ports: Option<u32>,
    /// Threads of the load generator
    #[arg(long, value_name = "N", default_value_t = 1)]
    threads: u32,
    /// Stop after so many seconds; 10 without --records
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<f64>,
    /// Stop after so many records
    #[arg(long, value_name = "N")]
    records: Option<u64>,
    /// Records per second, where the requests outstanding allow them; as many as possible without
    #[arg(long, value_name = "PER_SECOND")]
    rate: Option<f64>,
    /// Share of records whose datagram is sent twice
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, allow_negative_numbers = true)]
    duplicates: f64,
    /// Share of acknowledged records that are sent again under a new Identifier
    #[arg(long, value_name = "PERCENT", default_value_t = 0.0, allow_negative_numbers = true)]
    redeliveries: f64,
    /// Records per session: a Start, Interim-Updates and a Stop
    #[arg(long, value_name = "N", default_value_t = 48)]
    session_records: u32,
    /// First wait for an answer in milliseconds; it doubles up to eight times as long (RFC 5080)
    #[arg(long, value_name = "MS", default_value_t = 2_000)]
    retry_ms: u64,
    /// How many seconds to wait for the last acknowledgements
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    drain: f64,
    /// Write what each SIM must come to, as CSV
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    totals: Option<PathBuf>,
    /// Write the SIMs' inventory, for `opencmp sim import`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    inventory: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `opencmp simulate`.
pub fn run(args: SimulateArgs) -> anyhow::Result<()> {
    match args.command {
        Command::Fleet(args) => fleet(&args),
        Command::Load(args) => run_load(&args),
    }
}

fn fleet(args: &FleetArgs) -> anyhow::Result<()> {
    let server = &args.server;
    let target = require_loopback(server.target).context("--target")?;
    ensure!(server.source.is_loopback(), "--source: {} is not an address of 127.0.0.0/8", server.source);
    ensure!(!server.secret.is_empty(), "--secret: must not be empty");
    let now = wall_clock();
    // Batches and histories end on the hour, so that two calls within it tell of the same fleet.
    let live_from = opencmp_domain::Hour::of(now).start();
    let mut demo = demo::fleet(DemoConfig { seed: server.seed, sims: args.sims, live_from });
    if let Some(path) = &args.inventory {
        let sims = demo.tenants.iter_mut().flat_map(|tenant| std::mem::take(&mut tenant.sims));
        write_file(path, "--inventory", |out| inventory::write_csv(sims, out))?;
    }
    if args.seconds == Some(0) {
        return Ok(());
    }
    for gateway in &mut demo.fleet.gateways {
        *gateway = at(gateway, server);
    }
    let days = args.days.unwrap_or(if args.speed > 1.0 { 1.0 } else { 0.0 });
    let start = opencmp_domain::Timestamp(now.0 - (days * 86_400e6) as i64);
    let mut core = Core::new(server.seed, demo.fleet, start.plus_secs(-2 * 86_400), live_from);
    // Two days unheard, so that the network is busy when it begins to speak.
    core.run_until(start, |_, _| {});
    let living = Living::start(core, target, 4, Pace { start, speed: args.speed })?;
    let begun = Instant::now();
    while args.seconds.is_none_or(|bound| begun.elapsed().as_secs() < bound) {
        thread::sleep(Duration::from_secs(1));
        let stats = living.stats();
        println!(
            "{:>6} s  {} records, {} acknowledged, {} sent again",
            begun.elapsed().as_secs(),
            stats.records,
            stats.acknowledged,
            stats.retransmissions
        );
    }
    living.stop();
    Ok(())
}

/// The gateway under the address and secret of the command line.
fn at(gateway: &Gateway, server: &Server) -> Gateway {
    Gateway::new(&gateway.name, server.source, gateway.control, gateway.style, &server.secret)
}

fn run_load(args: &LoadArgs) -> anyhow::Result<()> {
    if let Some(path) = &args.inventory {
        write_file(path, "--inventory", |out| inventory::write_csv((0..args.sims).map(plan::import), out))?;
    }
    if args.records == Some(0) {
        return Ok(());
    }
    let config = load_config(args)?;
    let running = load::start(&config).map_err(name_flag)?;
    let begun = Instant::now();
    let mut last = running.progress().acknowledged;
    let mut next = Duration::from_secs(1);
    while !running.is_finished() {
        thread::sleep(Duration::from_millis(20));
        if begun.elapsed() >= next && !args.json {
            let progress = running.progress();
            eprintln!(
                "{:>6} s  {} acknowledged, {} in the last second",
                next.as_secs(),
                progress.acknowledged,
                progress.acknowledged - last
            );
            last = progress.acknowledged;
            next += Duration::from_secs(1);
        }
    }
    let outcome = running.finish()?;
    if let Some(path) = &args.totals {
        write_file(path, "--totals", |out| outcome.totals.write_csv(out))?;
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&outcome.report)?);
    } else {
        println!("{}", outcome.report);
    }
    Ok(())
}

fn load_config(args: &LoadArgs) -> anyhow::Result<LoadConfig> {
    let seconds = |flag: &str, seconds: f64| {
        Duration::try_from_secs_f64(seconds)
            .with_context(|| format!("--{flag}: {seconds} is not a number of seconds"))
    };
    let duration = match (args.seconds, args.records) {
        (Some(bound), _) => Some(seconds("seconds", bound)?),
        (None, None) => Some(Duration::from_secs(10)),
        (None, Some(_)) => None,
    };
    Ok(LoadConfig {
        source: args.server.source,
        outstanding: args.outstanding,
        // Not all of a port's Identifiers at once: those just freed rest a little.
        ports: args.ports.unwrap_or_else(|| args.outstanding.div_ceil(128).max(8)).max(args.threads),
        threads: args.threads,
        seed: args.server.seed,
        session_records: args.session_records,
        duplicate_percent: args.duplicates,
        redelivery_percent: args.redeliveries,
        records: args.records,
        duration,
        rate: args.rate,
        retransmission: Retransmission {
            initial: args.retry_ms.saturating_mul(1_000),
            maximum: args.retry_ms.saturating_mul(8_000),
        },
        drain: seconds("drain", args.drain)?,
        ..LoadConfig::new(args.server.target, &args.server.secret, args.sims)
    })
}

/// Puts the flag's name before what is wrong with its value.
fn name_flag(error: load::LoadError) -> anyhow::Error {
    match error {
        load::LoadError::NotLoopback(error) => anyhow::Error::new(error).context("--target"),
        load::LoadError::Invalid { field, expected } => anyhow::anyhow!("--{field}: must be {expected}"),
        other => other.into(),
    }
}

fn write_file(
    path: &Path,
    flag: &str,
    write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    let context = || format!("{flag}: can't write {}", path.display());
    let mut out = BufWriter::new(File::create(path).with_context(context)?);
    write(&mut out).and_then(|()| out.flush()).with_context(context)
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if (1.0..=100_000.0).contains(&factor) => Ok(factor),
        _ => Err("a factor of 1 to 100000, such as 60".to_owned()),
    }
}

fn days(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(days) if (0.0..=400.0).contains(&days) => Ok(days),
        _ => Err("a number of days of 0 to 400, such as 1.5".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    #[derive(Debug, Parser)]
    #[command(name = "simulate")]
    struct Standalone {
        #[command(flatten)]
        args: SimulateArgs,
    }

    fn parse(line: &str) -> anyhow::Result<()> {
        run(Standalone::try_parse_from(line.split(' '))?.args)
    }

    #[test]
    fn the_commands_are_well_formed() {
        Standalone::command().debug_assert();
        for command in ["fleet", "load"] {
            let help = Standalone::try_parse_from(["simulate", command, "--help"]).unwrap_err().to_string();
            assert!(help.contains("Example"), "{help}");
        }
    }

    #[test]
    fn bad_input_names_the_flag() {
        for (line, named) in [
            ("simulate load --target 192.0.2.1:1813", "--target"),
            ("simulate fleet --target 192.0.2.1:1813", "--target"),
            ("simulate load --target nonsense", "--target"),
            ("simulate load --sims 0", "--sims"),
            ("simulate load --outstanding 3000 --ports 2", "--outstanding"),
            ("simulate load --duplicates 101", "--duplicates"),
            ("simulate load --redeliveries -1", "--redeliveries"),
            ("simulate load --rate 0", "--rate"),
            ("simulate load --source 192.0.2.1", "--source"),
            ("simulate load --session-records 1", "--session-records"),
            ("simulate load --records 0 --inventory /nowhere/at/all.csv", "--inventory"),
            ("simulate fleet --speed 0", "--speed"),
            ("simulate fleet --sims 5000000", "--sims"),
        ] {
            let error = format!("{:#}", parse(line).expect_err(line));
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
