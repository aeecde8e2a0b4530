//! A copy of the embedded database while it is written to.

use crate::{Result, Store, StoreError};
use opencmp_domain::{ByteCount, stored::JournalPosition};
use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupReport {
    pub size: ByteCount,
    /// What of the journal (partition 0) is in the copy.
    pub position: JournalPosition,
}

impl Store {
    /// Copies the database as it is at this instant to `to`, which must not exist; it is complete and durable when it
    /// appears under that name. Writers go on. PostgreSQL has `pg_dump` for that: `Unsupported`.
    pub async fn backup(&self, _to: &Path) -> Result<BackupReport> {
        Err(StoreError::Unsupported("not yet"))
    }
}
