//! The journal: where a record is safe. It is also the store of raw records: packets as they came, in the order they came.
//!
//! - [`Journal`] is the writing end, owned by one thread; [`JournalSource`] hands out readers and forgets what is old.
//! - [`embedded`] keeps it in local files: [`segment`] is a file, [`frame`] a record in it, [`disk`] what the files are
//!   on, [`spare`] makes the next file ready ahead of time, [`reader`] reads records back.
//!
//! Records are counted from 0. A [`JournalPosition`] of `n` says that the first `n` records are included, so it is also
//! the number of the next one.

pub mod disk;
pub mod embedded;
pub mod frame;
pub mod reader;
pub mod segment;
pub mod spare;
#[cfg(test)]
mod tests;

use opencmp_domain::{NasId, Timestamp, stored::JournalPosition};
use std::{io, net::SocketAddr, path::PathBuf};

/// A packet as it came from a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawRecord<'a> {
    pub received_at: Timestamp,
    /// The gateway that the source address belongs to.
    pub nas: NasId,
    pub source: SocketAddr,
    /// Exactly as long as its Length field says.
    pub packet: &'a [u8],
}

/// A record read back, with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    pub number: u64,
    pub record: RawRecord<'a>,
}

/// The writing end.
pub trait Journal: Send {
    /// Makes a group of records durable and says the position after the last. An error means that nothing of the group
    /// counts; the same group can be tried again.
    fn append(
        &mut self,
        records: &mut dyn Iterator<Item = RawRecord<'_>>,
    ) -> Result<JournalPosition, JournalError>;

    /// After the last durable record.
    fn end(&self) -> JournalPosition;

    fn source(&self) -> std::sync::Arc<dyn JournalSource>;
}

/// What everybody but the writer may ask of a journal, from any thread.
pub trait JournalSource: Send + Sync {
    /// A reader whose first record is the one after `position`.
    fn read_from(self: std::sync::Arc<Self>, position: JournalPosition) -> Box<dyn JournalReader>;

    /// After the last durable record.
    fn end(&self) -> JournalPosition;

    /// Octets of the records after `position`.
    fn octets_after(&self, position: JournalPosition) -> u64;

    /// Gives back what retention no longer asks for. Nothing after `flushed` is touched.
    fn trim(&self, flushed: JournalPosition, now: Timestamp) -> Result<(), JournalError>;

    fn extent(&self) -> Extent;
}

/// Reads records in order.
pub trait JournalReader: Send {
    /// The next record, or `None` at the durable end; more may follow later.
    fn read(&mut self) -> Result<Option<Entry<'_>>, JournalError>;
}

/// What the journal holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    pub octets: u64,
    pub oldest_at: Option<Timestamp>,
    /// Number of the oldest record that is kept.
    pub oldest: u64,
}

/// Why the journal can't do what it should.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("journal: {action} {path}: {source}")]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("journal: {path} is in use by another process")]
    InUse { path: PathBuf },
    #[error(
        "journal: {path} is damaged at octet {offset}: record {expected} can't be read, but later ones that were \
         acknowledged can; restore the file, or set journal.on_damage = \"skip\" to go on without what is lost"
    )]
    Damaged { path: PathBuf, offset: u64, expected: u64 },
    #[error("journal: {path} is not a journal file: {reason}")]
    NotAJournal { path: PathBuf, reason: &'static str },
    #[error("journal: record {asked} is no longer kept; the oldest is {oldest}")]
    Trimmed { asked: u64, oldest: u64 },
    #[error(
        "journal: it ends at record {end}, but the database already holds everything up to {database}: they don't \
         belong together, or an old copy of the journal was restored; move {path} away to begin an empty journal"
    )]
    BehindDatabase { path: PathBuf, end: u64, database: u64 },
}

impl JournalError {
    pub(crate) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
