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
