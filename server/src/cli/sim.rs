use crate::config::Config;
use anyhow::{Context, Result};
use opencmp_service::import::{self, RowError};
use opencmp_store::ImportMode;
use std::{fs::File, io::BufReader, path::PathBuf, process::ExitCode};

/// Errors that are printed; the rest are counted.
const MOST_SHOWN: usize = 50;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Take SIMs into the inventory, or change what the file says of those that are there.
    ///
    /// The header names the columns: msisdn, iccid, imsi, imei, batch, name, group, plan, apn, state, tags, field:NAME for a custom
    /// field. A SIM is found
    /// by its IMSI, else ICCID, else number. All or nothing, unless --keep-good. A running server shows the change within a second.
    ///
    /// Example: opencmp sim import sims.csv --tenant 大甲水務
    #[command(verbatim_doc_comment)]
    Import {
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// Whose SIMs they are; made, if it isn't there, with the first of them.
        #[arg(long, default_value = "default", value_name = "NAME")]
        tenant: String,
        /// Take the lines that are right even if others are wrong.
        #[arg(long)]
        keep_good: bool,
    },
}

/// Ends with 0 when every line was taken, with 1 otherwise.
pub fn run(config: &Config, command: Command) -> Result<ExitCode> {
    let Command::Import { file, tenant, keep_good } = command;
    let open = File::open(&file).with_context(|| format!("opening {}", file.display()))?;
    let (rows, mut errors) =
        import::read_sims(BufReader::new(open)).with_context(|| format!("reading {}", file.display()))?;
    if !errors.is_empty() && !keep_good {
        print_errors(&errors);
        eprintln!("nothing was imported: correct the lines above, or take the others with --keep-good");
        return Ok(ExitCode::FAILURE);
    }
    let report = super::with_store(config, async |store| {
        let now = opencmp_service::Clock::system().now();
        let mode = if keep_good { ImportMode::KeepGood } else { ImportMode::AllOrNothing };
        Ok(store.sim_import_named(&tenant, &rows, mode, now).await?)
    })?;
    errors.extend(report.errors.into_iter().map(RowError::from));
    print_errors(&errors);
    println!(
        "created {}, changed {}, adopted {}, unchanged {}, refused {}",
        report.created,
        report.updated,
        report.adopted,
        report.unchanged,
        errors.len()
    );
    if !errors.is_empty() && !keep_good {
        eprintln!("nothing was imported: correct the lines above, or take the others with --keep-good");
    }
    Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(super) fn print_errors(errors: &[RowError]) {
    for error in errors.iter().take(MOST_SHOWN) {
        eprintln!("line {}, {}: {}", error.line, error.field, error.message);
    }
    if errors.len() > MOST_SHOWN {
        eprintln!("… and {} more", errors.len() - MOST_SHOWN);
    }
}
