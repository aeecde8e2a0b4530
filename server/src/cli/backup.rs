use crate::config::Config;
use anyhow::{Context, Result, bail};
use opencmp_listener::precedence;
use std::{path::PathBuf, process::ExitCode};

/// Copy the embedded database to a file while everything runs.
///
/// The copy is whole and consistent; the server goes on meanwhile.
///
/// Example: opencmp backup --data /var/lib/opencmp --to /backup/opencmp-2026-11-23.sqlite
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// File to write. It must not exist yet.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

pub fn run(config: &Config, args: &Args) -> Result<ExitCode> {
    if args.to.exists() {
        bail!("--to: {} exists already; name a new file", args.to.display());
    }
    // Before anything reads: the disk's queue goes by it too.
    precedence::give_way();
    super::with_store(config, async |store| {
        store.backup(&args.to).await.with_context(|| format!("backing up to {}", args.to.display()))
    })?;
    let size = std::fs::metadata(&args.to)?.len();
    println!("{}: {size} octets", args.to.display());
    Ok(ExitCode::SUCCESS)
}
