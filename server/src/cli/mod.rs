//! The command line. Each subcommand's `--help` shows an example.

mod audit;
mod backup;
mod cell;
mod config;
mod nas;
mod person;
mod portal;
mod provider;
mod radius;
mod serve;
mod sim;
mod tenant;

use crate::config::Config;
use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use opencmp_store::Store;
use std::{path::PathBuf, process::ExitCode};

/// OpenCMP: connection management for cellular IoT.
#[derive(Parser)]
#[command(name = "opencmp", version, about, propagate_version = true)]
struct Cli {
    /// Configuration file (TOML). The environment goes over it, flags over both.
    #[arg(long, global = true, env = "OPENCMP_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder: the embedded database and the journal.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Args),
    /// The simulated mobile network: a living fleet, or a load.
    Simulate(opencmp_netsim::cli::SimulateArgs),
    /// Administrators of the operator.
    #[command(subcommand)]
    Admin(person::AdminCommand),
    /// Who may sign in.
    #[command(subcommand)]
    Person(person::Command),
    /// Who else says who somebody is: sign-in by OpenID Connect.
    #[command(subcommand)]
    Provider(provider::Command),
    /// Whose pages show a tenant's in frames.
    #[command(subcommand)]
    Portal(portal::Command),
    /// What was done, by whom: check and export.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Print every address that answers, and what it asks of who comes to it.
    ///
    /// Example: opencmp routes
    #[command(verbatim_doc_comment)]
    Routes,
    /// Gateways (GGSN, P-GW, SMF) whose accounting is taken.
    #[command(subcommand)]
    Nas(nas::Command),
    /// The operator's customers.
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// The SIM inventory.
    #[command(subcommand)]
    Sim(sim::Command),
    /// The radio network's cells.
    #[command(subcommand)]
    Cell(cell::Command),
    /// Look into RADIUS packets.
    #[command(subcommand)]
    Radius(radius::Command),
    Backup(backup::Args),
    /// Check or print the configuration.
    #[command(subcommand)]
    Config(config::Command),
}

pub fn run() -> Result<ExitCode> {
    let cli = Cli::parse();
    if let Command::Radius(command) = cli.command {
        return radius::run(command);
    }
    if let Command::Simulate(args) = cli.command {
        opencmp_netsim::cli::run(args)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Command::Routes = cli.command {
        // The pages' routes are found by rendering, which wants a runtime.
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let _entered = runtime.enter();
        for (method, path) in crate::http::addresses() {
            println!("{method}\t{path}\t{}", crate::http::access_text(&path));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut config = Config::load(cli.config.as_deref(), std::env::vars())?;
    if let Some(data) = cli.data {
        config.data = data;
    }
    match cli.command {
        Command::Serve(args) => serve::run(config, args),
        Command::Nas(command) => nas::run(&config, command),
        Command::Admin(command) => person::run_admin(&config, command),
        Command::Person(command) => person::run(&config, command),
        Command::Provider(command) => provider::run(&config, command),
        Command::Portal(command) => portal::run(&config, command),
        Command::Audit(command) => audit::run(&config, command),
        Command::Tenant(command) => tenant::run(&config, command),
        Command::Sim(command) => sim::run(&config, command),
        Command::Cell(command) => cell::run(&config, command),
        Command::Backup(args) => backup::run(&config, &args),
        Command::Config(command) => config::run(&config, &command),
        Command::Radius(_) | Command::Simulate(_) | Command::Routes => Ok(ExitCode::SUCCESS),
    }
}

/// A small runtime and the store: for commands that do one thing and end.
fn with_store<T>(config: &Config, work: impl AsyncFnOnce(Store) -> Result<T>) -> Result<T> {
    config.check()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = crate::run::open_store(config).await.context("opening the database")?;
        work(store).await
    })
}
