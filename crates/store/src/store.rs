//! Opening a database by its URL, and the connections to it.
//!
//! SQLite takes one writer at a time. It has one connection for what people and programs write (`synchronous=FULL`), one
//! for the flush (see [`crate::flush`]) and some that only read. PostgreSQL has a pool, and one connection for the flush
//! that keeps its prepared statements.

use crate::{
    Result, StoreError, flush,
    sql::{Pool, Tx, WriteTurn, execute, rows},
    write_behind,
};
use opencmp_domain::{ByteCount, Timestamp};
use sqlx::{
    ConnectOptions, Connection, SqlStr,
    migrate::{Migration, MigrationType, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

/// A handle on the database; cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) readers: Pool,
    writer: Pool,
    pub(crate) flusher: flush::Flusher,
    /// The embedded database's file.
    pub(crate) path: Option<PathBuf>,
    pub(crate) options: StoreOptions,
    turn: Arc<tokio::sync::Mutex<()>>,
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

/// Octets of a page of a new SQLite database. A flush pays for pages it touches once, a page at a time; measured with
/// `examples/flush_cost.rs`.
const SQLITE_PAGE_SIZE: u32 = 8192;

/// How long is tried to connect to PostgreSQL.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

macro_rules! migrations {
    ($dialect:literal: $($version:literal $name:literal),* $(,)?) => {
        vec![$(Migration::new(
            $version,
            $name.into(),
            MigrationType::Simple,
            SqlStr::from_static(include_str!(concat!("../../../migrations/", $dialect, "/", $name, ".sql"))),
            false,
        )),*]
    };
}

macro_rules! every_migration {
    ($dialect:literal) => {
        migrations!(
            $dialect: 1 "0001_inventory", 2 "0002_fleet", 3 "0003_usage", 4 "0004_views", 5 "0005_people",
            6 "0006_nodes", 7 "0007_providers", 8 "0008_groups", 9 "0009_portals", 10 "0010_alerts",
            11 "0011_actions", 12 "0012_cells", 13 "0013_absences", 14 "0014_views_and_browsers",
            15 "0015_telling", 16 "0016_wraps"
        )
    };
}

/// Serialises inventory changes and flushes on PostgreSQL (SQLite has its one writer): changes hold it exclusively,
/// flushes share it. The number is arbitrary.
pub(crate) const INVENTORY_LOCK: i64 = 0x6f63_6d70_0001;

impl Store {
    /// `sqlite:/path/to/file.db` (made if it isn't there) or `postgres://user@host/database`.
    pub async fn open(url: &str, options: StoreOptions) -> Result<Self> {
        let scheme = url.split(':').next().unwrap_or_default();
        let inner = match scheme {
            "sqlite" => open_sqlite(url, options).await?,
            "postgres" | "postgresql" => open_postgres(url, options).await?,
            _ => {
                return Err(StoreError::Invalid {
                    field: "database",
                    message: "begins with sqlite: or postgres:".into(),
                });
            }
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    pub fn backend(&self) -> Backend {
        match self.inner.readers {
            Pool::Sqlite(_) => Backend::Sqlite,
            Pool::Postgres(_) => Backend::Postgres,
        }
    }

    /// The file of an embedded database.
    pub fn path(&self) -> Option<&Path> {
        self.inner.path.as_deref()
    }

    /// For readiness: does the database answer.
    pub async fn ping(&self) -> Result<()> {
        rows!(self.readers(), "SELECT inventory_version FROM meta", [] => |_| Ok(()))?;
        Ok(())
    }

    pub async fn installation(&self) -> Result<Installation> {
        let found =
            rows!(self.readers(), "SELECT installation_id, created_at FROM meta", [] => installation)?;
        found.into_iter().next().ok_or(StoreError::NotFound { what: "the installation" })
    }

    /// Octets that the database takes on its disk.
    pub async fn size(&self) -> Result<ByteCount> {
        let octets = match &self.inner.path {
            Some(path) => {
                let of = |path: PathBuf| std::fs::metadata(path).map_or(0, |file| file.len());
                of(path.clone()) + of(with_suffix(path, "-wal")) + of(with_suffix(path, "-shm"))
            }
            None => {
                let size =
                    rows!(self.readers(), "SELECT pg_database_size(current_database())", [] => first_int)?;
                size.first().map_or(0, |size| size.unsigned_abs())
            }
        };
        Ok(ByteCount(octets))
    }

    /// Closes every connection; a SQLite database is left with an empty write-ahead log.
    pub async fn close(&self) {
        self.inner.flusher.close().await;
        for pool in [&self.inner.readers, &self.inner.writer] {
            match pool {
                Pool::Sqlite(pool) => pool.close().await,
                Pool::Postgres(pool) => pool.close().await,
            }
        }
    }

    pub(crate) fn readers(&self) -> &Pool {
        &self.inner.readers
    }

    /// A transaction that writes, durable when it is committed.
    pub(crate) async fn begin(&self) -> Result<Tx> {
        match &self.inner.writer {
            // IMMEDIATE: a transaction that reads first would be refused when it begins to write.
            Pool::Sqlite(pool) => {
                let turn = self.write_turn().await?;
                match pool.begin_with("BEGIN IMMEDIATE").await {
                    Ok(tx) => Ok(Tx::Sqlite(tx, Some(turn))),
                    // One that was given up is still being rolled back.
                    Err(error @ sqlx::Error::PoolTimedOut) => Err(StoreError::Busy(Box::new(error))),
                    Err(error) => Err(error.into()),
                }
            }
            Pool::Postgres(pool) => Ok(Tx::Postgres(pool.begin().await?)),
        }
    }

    /// Who writes to SQLite next: whoever came first. SQLite itself only looks again now and then whether somebody else is
    /// done, up to 100 ms later; flushes that follow each other without a pause would leave everybody else standing.
    /// Errors: `Busy`.
    pub(crate) async fn write_turn(&self) -> Result<WriteTurn> {
        let turn =
            tokio::time::timeout(self.inner.options.busy_timeout, self.inner.turn.clone().lock_owned());
        turn.await.map_err(|error| StoreError::Busy(Box::new(error)))
    }

    /// A transaction that reads, all of it as of one instant.
    pub(crate) async fn begin_snapshot(&self) -> Result<Tx> {
        Ok(match &self.inner.readers {
            Pool::Sqlite(pool) => Tx::Sqlite(pool.begin().await?, None),
            Pool::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
                Tx::Postgres(pool.begin_with(begin).await?)
            }
        })
    }

    /// A transaction that changes the inventory; flushes wait for it and are refused after it.
    pub(crate) async fn begin_inventory(&self) -> Result<Tx> {
        let mut tx = self.begin().await?;
        if let Tx::Postgres(_) = tx {
            execute!(&mut tx, "SELECT pg_advisory_xact_lock($1)", [INVENTORY_LOCK])?;
        }
        Ok(tx)
    }
}

fn installation(row: &impl crate::sql::Columns) -> Result<Installation> {
    Ok(Installation { id: row.text(0)?.to_owned(), created_at: Timestamp(row.int(1)?) })
}

pub(crate) fn first_int(row: &impl crate::sql::Columns) -> Result<i64> {
    row.int(0)
}

pub(crate) fn first_text(row: &impl crate::sql::Columns) -> Result<String> {
    Ok(row.text(0)?.to_owned())
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

async fn open_sqlite(url: &str, options: StoreOptions) -> Result<Inner> {
    let parsed = SqliteConnectOptions::from_str(url)
        .map_err(|e| StoreError::Invalid { field: "database", message: e.to_string() })?;
    let path = parsed.get_filename().to_owned();
    if path.as_os_str().is_empty() || url.contains(":memory:") {
        let message = "names a file, such as sqlite:/var/lib/opencmp/opencmp.db".into();
        return Err(StoreError::Invalid { field: "database", message });
    }
    write_behind::install();
    let connect = parsed
        .create_if_missing(true)
        .page_size(SQLITE_PAGE_SIZE)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(options.busy_timeout)
        .foreign_keys(true)
        .pragma("temp_store", "memory")
        .log_slow_statements(tracing::log::LevelFilter::Debug, Duration::from_secs(1));
    // Caches are small because the operating system's serves all connections: what is read again lies there.
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.busy_timeout + Duration::from_secs(1))
        .connect_with(connect.clone().pragma("cache_size", "-8192"))
        .await?;
    if options.migrate {
        Migrator::with_migrations(every_migration!("sqlite")).run(&writer).await?;
    }
    let readers = SqlitePoolOptions::new()
        .max_connections(options.readers.max(1))
        .connect_with(connect.pragma("query_only", "on").pragma("cache_size", "-2048"))
        .await?;
    Ok(Inner {
        readers: Pool::Sqlite(readers),
        writer: Pool::Sqlite(writer),
        flusher: flush::Flusher::sqlite(path.clone(), options.busy_timeout),
        path: Some(path),
        options,
        turn: Arc::default(),
    })
}

async fn open_postgres(url: &str, options: StoreOptions) -> Result<Inner> {
    let timeout = format!("{}ms", options.busy_timeout.as_millis());
    let connect = PgConnectOptions::from_str(url)
        .map_err(|e| StoreError::Invalid { field: "database", message: e.to_string() })?
        .application_name("opencmp")
        .options([("lock_timeout", timeout.as_str())])
        .log_slow_statements(tracing::log::LevelFilter::Debug, Duration::from_secs(1));
    let pool =
        |connections: u32| PgPoolOptions::new().max_connections(connections).acquire_timeout(CONNECT_TIMEOUT);
    // A pool would try again for a while and then say only that it did.
    connect.connect().await?.close().await?;
    let writer = pool(2).connect_with(connect.clone()).await?;
    if options.migrate {
        Migrator::with_migrations(every_migration!("postgres")).run(&writer).await?;
    }
    let readers = pool(options.readers.max(1)).connect_with(connect.clone()).await?;
    Ok(Inner {
        readers: Pool::Postgres(readers),
        writer: Pool::Postgres(writer),
        flusher: flush::Flusher::postgres(connect),
        path: None,
        options,
        turn: Arc::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_migration() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations/sqlite");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let known: Vec<_> = every_migration!("sqlite")
            .iter()
            .map(|migration| format!("{}.sql", migration.description))
            .collect();
        assert_eq!(known, files);
    }
}
