use crate::config::Config;
use anyhow::Result;
use std::{net::SocketAddr, process::ExitCode};

/// Take accounting, keep the fleet, serve the pages.
///
/// Runs with nothing else configured: SQLite and the journal in the data folder.
///
/// Example: opencmp serve --data /var/lib/opencmp --http 127.0.0.1:8080 --accounting 0.0.0.0:1813
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Where the pages are served: on loopback, or anywhere over TLS (`http.tls_certificate`).
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// Where RADIUS accounting is taken (UDP).
    #[arg(long, value_name = "ADDR")]
    accounting: Option<SocketAddr>,
    /// Add the demo fleet with its history, and a simulated network that sends real packets.
    #[arg(long)]
    demo: bool,
    /// SIMs of the demo fleet.
    #[arg(long, value_name = "N", default_value_t = opencmp_netsim::demo::DEFAULT_SIMS, requires = "demo")]
    demo_sims: u32,
    /// Days of history that the demo fleet begins with.
    #[arg(long, value_name = "DAYS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=400), requires = "demo")]
    demo_days: u32,
}

pub fn run(mut config: Config, args: Args) -> Result<ExitCode> {
    if let Some(address) = args.http {
        config.http.address = address;
    }
    if let Some(address) = args.accounting {
        config.accounting.address = address;
    }
    config.check()?;
    let demo =
        args.demo.then_some(crate::demo::Wanted { sims: args.demo_sims, history_days: args.demo_days });
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(crate::run::serve(config, demo))?;
    Ok(ExitCode::SUCCESS)
}
