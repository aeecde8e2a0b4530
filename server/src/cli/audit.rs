use crate::config::Config;
use anyhow::{Context, Result, bail};
use opencmp_service::{Clock, audit};
use std::{
    fs::File,
    io::{BufReader, Write},
    path::PathBuf,
    process::ExitCode,
};

const PIECE: u32 = 1000;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Check a file of the audit log, without a server: nothing in it was changed, left out or added.
    ///
    /// Ends with 0 and the last entry's hash, or with 1 and the first broken link.
    ///
    /// Example: opencmp audit verify audit-20261127.jsonl
    #[command(verbatim_doc_comment)]
    Verify {
        #[arg(value_name = "FILE.jsonl")]
        file: PathBuf,
    },
    /// Write a chain of the audit log to standard output, an entry a line.
    ///
    /// Example: opencmp audit export --tenant 大甲水務 > audit.jsonl
    #[command(verbatim_doc_comment)]
    Export {
        /// Whose chain; left out: the operator's.
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
    },
}

pub fn run(config: &Config, command: Command) -> Result<ExitCode> {
    match command {
        Command::Verify { file } => verify(&file),
        Command::Export { tenant } => export(config, tenant.as_deref()),
    }
}

fn verify(path: &std::path::Path) -> Result<ExitCode> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let found = audit::verify(BufReader::new(file)).with_context(|| format!("reading {}", path.display()))?;
    match found {
        Ok(sound) => {
            println!("{} entries, unbroken; the last one's hash is {}", sound.entries, sound.hash);
            Ok(ExitCode::SUCCESS)
        }
        Err(broken) => {
            eprintln!("{}: {broken}", path.display());
            Ok(ExitCode::FAILURE)
        }
    }
}

fn export(config: &Config, tenant: Option<&str>) -> Result<ExitCode> {
    super::with_store(config, async |store| {
        let chain = match tenant {
            Some(name) => match store.tenant_by_name(name).await? {
                Some(tenant) => Some(tenant.id),
                None => bail!("--tenant: there is no tenant {name}"),
            },
            None => None,
        };
        // Written down before anything leaves, as where people export: it is the file's last entry.
        store.audit_note(chain, "export", "audit", None, &Clock::system().now().into()).await?;
        let mut out = std::io::stdout().lock();
        let mut after = 0;
        loop {
            let piece = store.audit_entries(chain, &Default::default(), after, PIECE).await?;
            let Some(last) = piece.last() else { break };
            after = last.seq;
            for sealed in &piece {
                out.write_all(audit::export_line(sealed).as_bytes())?;
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    })
}
