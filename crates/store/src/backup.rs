//! A copy of the embedded database while it is written to.

use crate::{Result, Store, StoreError, flush::blocking, load::sqlite_reader, store::with_suffix};
use opencmp_domain::{ByteCount, stored::JournalPosition};
use rusqlite::backup::{Backup, StepResult};
use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupReport {
    pub size: ByteCount,
    /// What of the journal (partition 0) is in the copy.
    pub position: JournalPosition,
}

/// Pages copied at a time, and the pause after them: the disk is also the journal's.
const STEP_PAGES: i32 = 256;
const PAUSE: Duration = Duration::from_millis(2);

impl Store {
    /// Copies the database as it is at this instant to `to`, which must not exist; it is complete and durable when it
    /// appears under that name. Writers go on. PostgreSQL has `pg_dump` for that: `Unsupported`. Takes the calling
    /// thread (which a multi-threaded runtime is told of).
    pub async fn backup(&self, to: &Path) -> Result<BackupReport> {
        let Some(from) = self.path() else {
            return Err(StoreError::Unsupported("PostgreSQL makes its own backups: use pg_dump"));
        };
        blocking(|| {
            if to.try_exists()? {
                let message = format!("{} is there already", to.display());
                return Err(StoreError::Invalid { field: "file", message });
            }
            let part = Part(with_suffix(to, ".part"));
            let position = copy(from, &part.0, self.inner.options.busy_timeout)?;
            let file = File::open(&part.0)?;
            file.sync_all()?;
            // Not `rename`, which would replace a file that has come to be there since.
            std::fs::hard_link(&part.0, to)?;
            if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                File::open(folder)?.sync_all()?;
            }
            Ok(BackupReport { size: ByteCount(file.metadata()?.len()), position })
        })
    }
}

/// A file that goes when it is done with, whether that went well or not.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn copy(from: &Path, to: &Path, busy_timeout: Duration) -> Result<JournalPosition> {
    let _ = std::fs::remove_file(to);
    let source = sqlite_reader(from, busy_timeout)?;
    // The read transaction pins the snapshot. Without it the copy would begin again with every flush in between.
    source.execute_batch("BEGIN")?;
    let sql = "SELECT COALESCE(MAX(position), 0) FROM journal_position WHERE part = 0";
    let position: i64 = source.query_row(sql, [], |row| row.get(0))?;
    let mut target = rusqlite::Connection::open(to)?;
    target.execute_batch("PRAGMA synchronous = off; PRAGMA journal_mode = off;")?;
    let backup = Backup::new(&source, &mut target)?;
    while backup.step(STEP_PAGES)? != StepResult::Done {
        std::thread::sleep(PAUSE);
    }
    drop(backup);
    Ok(JournalPosition(position.unsigned_abs()))
}
