//! The applier's one transaction.

use crate::{Result, Store, StoreError};
use opencmp_domain::stored::{FlushBatch, JournalPosition};

impl Store {
    /// Writes the batch and its journal position in one transaction: all of it or nothing.
    ///
    /// Keys must be unique within each vector, and sorted: sims by id, sessions by id, usage by (time, sim or group,
    /// class). On SQLite the work is done on the calling thread (which a multi-threaded runtime is told of): call it
    /// from a thread that may be occupied.
    ///
    /// Errors: `InventoryMoved`; `Busy` and `Unavailable` (nothing was written, try again, also with more in the batch);
    /// `InDoubt` (try again with the very same batch, until the answer is another); `SecondWriter`.
    pub async fn flush(&self, _batch: &FlushBatch) -> Result<()> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Everything in the journal before it is in the database; what a restart goes on from.
    pub async fn journal_position(&self, _partition: u32) -> Result<JournalPosition> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// The position that no power failure can take back any more: makes what was flushed so far durable (one fsync) and
    /// says how far that is. The journal may forget what is before it, and nothing else.
    pub async fn journal_position_durable(&self, _partition: u32) -> Result<JournalPosition> {
        Err(StoreError::Unsupported("not yet"))
    }
}
