//! The applier's one transaction: derived rows and the journal position, all of it or nothing.
//!
//! - [`sqlite`]: one prepared statement per table on a connection of its own, without sqlx: at a million rows its message
//!   to a worker thread per statement and its argument per value cost more than the rows do.
//! - [`postgres`]: one COPY and one statement per table, on a connection that keeps its stages and prepared statements.
//!
//! Durability. The journal is durable and replays from the position in this very transaction, so a flush that a power
//! failure undoes is simply done again. What must hold is that it is undone whole and in order. SQLite's WAL with
//! `synchronous=NORMAL` and PostgreSQL with `synchronous_commit=off` promise exactly that and spare an fsync that would
//! compete with the journal's own. Everything else that this crate writes waits for the disk.
//! [`Store::journal_position_durable`] makes a durable commit, which both databases order after the flushes before it.
//!
//! Exactly once. `journal_position.flushes` counts flushes. This process remembers the count that it left; finding another
//! means that a commit without an answer was done after all, or that another server writes.

mod copy;
mod postgres;
mod sqlite;

use crate::{
    Result, Store, StoreError,
    sql::{Columns, Tx, narrow, rows, signed, tx_rows},
    store::CONNECT_TIMEOUT,
};
use opencmp_domain::stored::{FlushBatch, JournalPosition};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{path::PathBuf, time::Duration};

/// No usage row grows beyond this (9 PB): a sum of absurd counters stays a number that both databases can add up, and
/// one broken gateway can't make every flush fail with an overflow.
pub(crate) const MOST_OCTETS: i64 = 1 << 53;

/// The connection that flushes, and what it remembers of each partition.
pub(crate) struct Flusher {
    connection: Connection,
    seen: Mutex<FxHashMap<u32, Seen>>,
}

enum Connection {
    Sqlite(sqlite::Connection),
    Postgres(PgPool),
}

/// What this process knows of a partition's `flushes`.
#[derive(Clone, Copy)]
enum Seen {
    /// The count after our last flush.
    Count(i64),
    /// The count before a flush that may or may not have been committed.
    InDoubt(i64),
}

/// What to do with a batch, given the count found in the database. Asked before the inventory is looked at: a flush that
/// was written was right at its time.
#[derive(Debug, PartialEq, Eq)]
enum Turn {
    Write,
    /// The flush in doubt was committed.
    Written,
}

impl Flusher {
    pub(crate) fn sqlite(path: PathBuf, busy_timeout: Duration) -> Self {
        Self {
            connection: Connection::Sqlite(sqlite::Connection::new(path, busy_timeout)),
            seen: Mutex::default(),
        }
    }

    pub(crate) fn postgres(connect: PgConnectOptions) -> Self {
        let options = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT_TIMEOUT);
        let pool = postgres::with_stages(options).connect_lazy_with(connect);
        Self { connection: Connection::Postgres(pool), seen: Mutex::default() }
    }

    pub(crate) async fn close(&self) {
        match &self.connection {
            Connection::Sqlite(connection) => connection.close(),
            Connection::Postgres(pool) => pool.close().await,
        }
    }

    fn turn(&self, partition: u32, found: i64) -> Result<Turn> {
        let mut seen = self.seen.lock();
        match seen.get(&partition).copied() {
            None => Ok(Turn::Write),
            Some(Seen::Count(count)) if count == found => Ok(Turn::Write),
            Some(Seen::InDoubt(before)) if before == found => Ok(Turn::Write),
            Some(Seen::InDoubt(before)) if before + 1 == found => {
                seen.insert(partition, Seen::Count(found));
                Ok(Turn::Written)
            }
            Some(_) => Err(StoreError::SecondWriter { partition }),
        }
    }

    fn remember(&self, partition: u32, seen: Seen) {
        self.seen.lock().insert(partition, seen);
    }
}

impl Store {
    /// Writes the batch and its journal position in one transaction: all of it or nothing.
    ///
    /// Keys must be unique within each vector, and should be sorted: sims by id, sessions by id, usage by (time, sim or
    /// group, class); pages are then touched once. On SQLite the work is done on the calling thread (which a
    /// multi-threaded runtime is told of): call it from a thread that may be occupied.
    ///
    /// Errors: `InventoryMoved`; `Busy` and `Unavailable` (nothing was written, try again, also with more in the batch);
    /// `InDoubt` (try again with the very same batch, until the answer is another); `SecondWriter`.
    pub async fn flush(&self, batch: &FlushBatch) -> Result<()> {
        let flusher = &self.inner.flusher;
        match &flusher.connection {
            Connection::Sqlite(connection) => {
                let _turn = self.write_turn().await?;
                blocking(|| connection.flush(flusher, batch))
            }
            Connection::Postgres(pool) => postgres::flush(pool, flusher, batch).await,
        }
    }

    /// What flushes leave to do, for after they were answered, on the same thread: SQLite's log goes into the database when it has
    /// grown enough, which takes as long as some flushes. Nothing on PostgreSQL.
    pub fn flush_checkpoint(&self) {
        if let Connection::Sqlite(connection) = &self.inner.flusher.connection {
            blocking(|| connection.checkpoint());
        }
    }

    /// Everything in the journal before it is in the database; what a restart goes on from.
    pub async fn journal_position(&self, partition: u32) -> Result<JournalPosition> {
        let sql = "SELECT position FROM journal_position WHERE part = $1";
        let found = rows!(self.readers(), sql, [i64::from(partition)] => position)?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// The position that no power failure can take back any more: makes what was flushed so far durable (one fsync) and
    /// says how far that is. The journal may forget what is before it, and nothing else.
    pub async fn journal_position_durable(&self, partition: u32) -> Result<JournalPosition> {
        let mut tx = self.begin().await?;
        if let Tx::Postgres(tx) = &mut tx {
            // Whatever the server's default is.
            sqlx::query("SET LOCAL synchronous_commit = on").execute(&mut **tx).await?;
        }
        let sql =
            "UPDATE journal_position SET durable_position = position WHERE part = $1 RETURNING position";
        let found = tx_rows!(&mut tx, sql, [i64::from(partition)] => position)?;
        tx.commit().await?;
        Ok(found.into_iter().next().unwrap_or_default())
    }
}

fn position(row: &impl Columns) -> Result<JournalPosition> {
    Ok(JournalPosition(narrow("position", row.int(0)?)?))
}

/// The version that the flush needs the inventory to have.
fn check_inventory(batch: &FlushBatch, found: i64) -> Result<()> {
    match batch.inventory_version {
        expected if expected == found => Ok(()),
        expected => Err(StoreError::InventoryMoved { expected, found }),
    }
}

/// Octets to add; see [`MOST_OCTETS`].
fn octets(value: u64) -> i64 {
    signed(value).min(MOST_OCTETS)
}

/// Runs `work` here, and lets a multi-threaded runtime's other tasks move on.
pub(crate) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flush_in_doubt_finds_out() {
        let flusher = Flusher::sqlite(PathBuf::new(), Duration::ZERO);
        assert_eq!(flusher.turn(0, 7).unwrap(), Turn::Write);
        flusher.remember(0, Seen::Count(8));
        assert_eq!(flusher.turn(0, 8).unwrap(), Turn::Write);
        assert!(matches!(flusher.turn(0, 9), Err(StoreError::SecondWriter { partition: 0 })));
        flusher.remember(0, Seen::InDoubt(8));
        assert_eq!(flusher.turn(0, 8).unwrap(), Turn::Write);
        assert_eq!(flusher.turn(0, 9).unwrap(), Turn::Written);
        assert_eq!(flusher.turn(0, 9).unwrap(), Turn::Write);
        assert_eq!(flusher.turn(1, 42).unwrap(), Turn::Write);
    }
}
