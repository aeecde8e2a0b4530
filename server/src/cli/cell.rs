use super::sim::print_errors;
use crate::config::Config;
use anyhow::{Context, Result};
use opencmp_service::{
    cells::read::read_cells_text,
    import::{RowError, text_of},
};
use opencmp_store::ImportMode;
use std::{path::PathBuf, process::ExitCode};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Take cells of the radio network in, or change what the file says of those that are there.
    ///
    /// The columns are OpenCelliD's, with their line of names or without it; or a first line that names them in any order: radio,
    /// mcc, net, area, cell, and lon, lat, range, name. All or nothing, unless --keep-good. Cells that the file doesn't have stay.
    ///
    /// Example: opencmp cell import 466.csv
    #[command(verbatim_doc_comment)]
    Import {
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// Take the lines that are right even if others are wrong.
        #[arg(long)]
        keep_good: bool,
    },
}

/// Ends with 0 when every line was taken, with 1 otherwise.
pub fn run(config: &Config, command: Command) -> Result<ExitCode> {
    let Command::Import { file, keep_good } = command;
    let octets = std::fs::read(&file).with_context(|| format!("opening {}", file.display()))?;
    let read = text_of(&octets).and_then(|text| read_cells_text(&text));
    let (lines, mut errors) = read.with_context(|| format!("reading {}", file.display()))?;
    let mode = if keep_good { ImportMode::KeepGood } else { ImportMode::AllOrNothing };
    let apply = keep_good || errors.is_empty();
    let report = super::with_store(config, async |store| {
        let now = opencmp_service::Clock::system().now();
        Ok(store.cells_import(&lines, mode, apply, now).await?)
    })?;
    errors.extend(report.repeated.into_iter().map(RowError::repeated_cell));
    errors.sort_by_key(|error| error.line);
    print_errors(&errors);
    if keep_good || errors.is_empty() {
        println!("created {}, changed {}, unchanged {}", report.created, report.changed, report.unchanged);
    } else {
        eprintln!("nothing was imported: correct the lines above, or take the others with --keep-good");
    }
    Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
