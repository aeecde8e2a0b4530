//! Opening a database by its URL.

use crate::{Result, StoreError};
use opencmp_domain::Timestamp;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// A handle on the database; cheap to clone.
#[derive(Clone)]
pub struct Store {
    #[expect(dead_code)]
    inner: Arc<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Bring the schema up to date while opening.
    pub migrate: bool,
    /// Connections that read for pages.
    pub readers: u32,
    /// How long a write waits for another process's lock before [`StoreError::Busy`].
    pub busy_timeout: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { migrate: true, readers: 4, busy_timeout: Duration::from_secs(5) }
    }
}

/// Made once, with the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    pub id: String,
    pub created_at: Timestamp,
}

impl Store {
    /// `sqlite:/path/to/file.db` (made if it isn't there) or `postgres://user@host/database`.
    pub async fn open(_url: &str, _options: StoreOptions) -> Result<Self> {
        Err(StoreError::Unsupported("not yet"))
    }

    pub fn backend(&self) -> Backend {
        Backend::Sqlite
    }

    /// The file of an embedded database.
    pub fn path(&self) -> Option<PathBuf> {
        None
    }

    /// For readiness: does the database answer.
    pub async fn ping(&self) -> Result<()> {
        Err(StoreError::Unsupported("not yet"))
    }

    pub async fn installation(&self) -> Result<Installation> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Octets that the database takes on its disk.
    pub async fn size(&self) -> Result<opencmp_domain::ByteCount> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Closes every connection; a SQLite database is left with an empty write-ahead log.
    pub async fn close(&self) {}
}
