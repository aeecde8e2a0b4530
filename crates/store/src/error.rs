//! What can go wrong, by what the caller does about it.

pub type Result<T, E = StoreError> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The flush's group sums belong to an older inventory. Reload the changed SIMs, recompute, flush again.
    #[error("the inventory moved on from version {expected} to {found}")]
    InventoryMoved { expected: i64, found: i64 },
    /// Somebody else held a lock for too long. Nothing was written; try again.
    #[error("the database is busy")]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database can't be reached or its disk fails. Nothing is known to be written; try again later.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The connection broke while the flush was being committed. Give the very same batch to `flush` again: it finds
    /// out whether it is already written.
    #[error("whether the last flush was written is not known yet")]
    InDoubt(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another process flushes this partition too.
    #[error("another server writes to partition {partition} of this database")]
    SecondWriter { partition: u32 },
    /// The name (address, number) is in use.
    #[error("{what} {value:?} is already taken")]
    Taken { what: &'static str, value: String },
    /// `field` says which, `message` what would be right.
    #[error("{field}: {message}")]
    Invalid { field: &'static str, message: String },
    #[error("{what} doesn't exist")]
    NotFound { what: &'static str },
    /// This database can't do that; the message says what to use instead.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The database's schema is not this program's.
    #[error("the database's schema")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A value in the database that this program would not have written.
    #[error("{column} holds {value:?}")]
    Unreadable { column: &'static str, value: String },
    #[error("the database refused a statement")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let kind = match &error {
            sqlx::Error::Database(e) => Kind::of_code(e.code().as_deref().unwrap_or_default()),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Kind::Unavailable,
            _ => Kind::Other,
        };
        kind.error(Box::new(error))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let kind = match error.sqlite_error_code() {
            Some(code) => Kind::of_sqlite(code),
            None => Kind::Other,
        };
        kind.error(Box::new(error))
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(e) => e.into(),
            other => Self::Migration(Box::new(other)),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

enum Kind {
    Busy,
    Unavailable,
    Other,
}

impl Kind {
    /// By SQLSTATE (PostgreSQL, appendix A), which has five characters, or SQLite's extended result code in decimal.
    fn of_code(code: &str) -> Self {
        match code {
            // lock_not_available, query_canceled (a time-out), serialization_failure, deadlock_detected
            "55P03" | "57014" | "40001" | "40P01" => Self::Busy,
            _ if code.len() == 5 => match code.get(..2) {
                // connection exception, insufficient resources (a full disk too), operator intervention, system error
                Some("08" | "53" | "57" | "58") => Self::Unavailable,
                _ => Self::Other,
            },
            _ => match code.parse::<i32>().map(|code| rusqlite::ffi::Error::new(code).code) {
                Ok(code) => Self::of_sqlite(code),
                Err(_) => Self::Other,
            },
        }
    }

    fn of_sqlite(code: rusqlite::ErrorCode) -> Self {
        use rusqlite::ErrorCode as Code;
        match code {
            Code::DatabaseBusy | Code::DatabaseLocked => Self::Busy,
            Code::SystemIoFailure
            | Code::DiskFull
            | Code::CannotOpen
            | Code::ReadOnly
            | Code::PermissionDenied
            | Code::OutOfMemory => Self::Unavailable,
            _ => Self::Other,
        }
    }

    fn error(self, source: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
        match self {
            Self::Busy => StoreError::Busy(source),
            Self::Unavailable => StoreError::Unavailable(source),
            Self::Other => StoreError::Database(source),
        }
    }
}

/// Turns the violation of a unique constraint into `Taken`.
pub(crate) fn taken(what: &'static str, value: &str) -> impl FnOnce(sqlx::Error) -> StoreError {
    let value = value.to_owned();
    move |error| match &error {
        sqlx::Error::Database(e) if e.is_unique_violation() => StoreError::Taken { what, value },
        _ => error.into(),
    }
}
