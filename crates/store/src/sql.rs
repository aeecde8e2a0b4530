//! What lets one statement and one decoder serve both databases.

use crate::{Result, StoreError};
use sqlx::{PgPool, Postgres, Row, Sqlite, SqlitePool, Transaction};

/// Connections to one of the two databases.
#[derive(Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Held while SQLite's database is written to; see `Store::write_turn`.
pub(crate) type WriteTurn = tokio::sync::OwnedMutexGuard<()>;

pub(crate) enum Tx {
    /// With the writers' turn, if it writes.
    Sqlite(Transaction<'static, Sqlite>, Option<WriteTurn>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx, _turn) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// `rows!(pool, sql, [a, b] => decode)`: all rows, each through `decode: fn(&impl Columns) -> Result<T>`.
macro_rules! rows {
    ($pool:expr, $sql:expr, [$($bind:expr),* $(,)?] => $decode:expr) => {
        match $pool {
            $crate::sql::Pool::Sqlite(pool) => {
                let rows = sqlx::query($sql)$(.bind($bind))*.fetch_all(pool).await?;
                rows.iter().map(|row| $decode(row)).collect::<$crate::Result<Vec<_>>>()
            }
            $crate::sql::Pool::Postgres(pool) => {
                let rows = sqlx::query($sql)$(.bind($bind))*.fetch_all(pool).await?;
                rows.iter().map(|row| $decode(row)).collect::<$crate::Result<Vec<_>>>()
            }
        }
    };
}
pub(crate) use rows;

/// Like `rows!`, for a statement with a list of numbers in it, which is not worth keeping prepared.
macro_rules! rows_once {
    ($pool:expr, $sql:expr, [$($bind:expr),* $(,)?] => $decode:expr) => {
        match $pool {
            $crate::sql::Pool::Sqlite(pool) => {
                let rows = sqlx::query($sql)$(.bind($bind))*.persistent(false).fetch_all(pool).await?;
                rows.iter().map(|row| $decode(row)).collect::<$crate::Result<Vec<_>>>()
            }
            $crate::sql::Pool::Postgres(pool) => {
                let rows = sqlx::query($sql)$(.bind($bind))*.persistent(false).fetch_all(pool).await?;
                rows.iter().map(|row| $decode(row)).collect::<$crate::Result<Vec<_>>>()
            }
        }
    };
}
pub(crate) use rows_once;

/// Like `rows!`, inside a transaction.
macro_rules! tx_rows {
    ($tx:expr, $sql:expr, [$($bind:expr),* $(,)?] => $decode:expr) => {
        match $tx {
            $crate::sql::Tx::Sqlite(tx, _) => {
                let rows = sqlx::query($sql)$(.bind($bind))*.fetch_all(&mut **tx).await?;
                rows.iter().map(|row| $decode(row)).collect::<$crate::Result<Vec<_>>>()
            }
            $crate::sql::Tx::Postgres(tx) => {
                let rows = sqlx::query($sql)$(.bind($bind))*.fetch_all(&mut **tx).await?;
                rows.iter().map(|row| $decode(row)).collect::<$crate::Result<Vec<_>>>()
            }
        }
    };
}
pub(crate) use tx_rows;

/// Like `rows_once!`, inside a transaction.
macro_rules! tx_rows_once {
    ($tx:expr, $sql:expr, [$($bind:expr),* $(,)?] => $decode:expr) => {
        match $tx {
            $crate::sql::Tx::Sqlite(tx, _) => {
                let rows = sqlx::query($sql)$(.bind($bind))*.persistent(false).fetch_all(&mut **tx).await?;
                rows.iter().map(|row| $decode(row)).collect::<$crate::Result<Vec<_>>>()
            }
            $crate::sql::Tx::Postgres(tx) => {
                let rows = sqlx::query($sql)$(.bind($bind))*.persistent(false).fetch_all(&mut **tx).await?;
                rows.iter().map(|row| $decode(row)).collect::<$crate::Result<Vec<_>>>()
            }
        }
    };
}
pub(crate) use tx_rows_once;

/// `execute!(tx, sql, [a, b])`: the number of rows affected, or sqlx's error.
macro_rules! execute {
    ($tx:expr, $sql:expr, [$($bind:expr),* $(,)?]) => {
        match $tx {
            $crate::sql::Tx::Sqlite(tx, _) => {
                sqlx::query($sql)$(.bind($bind))*.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
            $crate::sql::Tx::Postgres(tx) => {
                sqlx::query($sql)$(.bind($bind))*.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        }
    };
}
pub(crate) use execute;

/// A row of either database, read by position. Integers are 64 bits wide in both.
pub(crate) trait Columns {
    fn opt_int(&self, column: usize) -> Result<Option<i64>>;
    fn opt_text(&self, column: usize) -> Result<Option<&str>>;
    fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>>;
    fn flag(&self, column: usize) -> Result<bool>;

    fn int(&self, column: usize) -> Result<i64> {
        self.opt_int(column)?.ok_or_else(|| unreadable("a number", "NULL"))
    }

    fn text(&self, column: usize) -> Result<&str> {
        self.opt_text(column)?.ok_or_else(|| unreadable("a text", "NULL"))
    }

    fn blob(&self, column: usize) -> Result<&[u8]> {
        self.opt_blob(column)?.ok_or_else(|| unreadable("octets", "NULL"))
    }
}

macro_rules! columns_by_sqlx {
    ($row:ty) => {
        impl Columns for $row {
            fn opt_int(&self, column: usize) -> Result<Option<i64>> {
                Ok(self.try_get(column)?)
            }
            fn opt_text(&self, column: usize) -> Result<Option<&str>> {
                Ok(self.try_get(column)?)
            }
            fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>> {
                Ok(self.try_get(column)?)
            }
            fn flag(&self, column: usize) -> Result<bool> {
                Ok(self.try_get(column)?)
            }
        }
    };
}
columns_by_sqlx!(sqlx::sqlite::SqliteRow);
columns_by_sqlx!(sqlx::postgres::PgRow);

impl Columns for rusqlite::Row<'_> {
    fn opt_int(&self, column: usize) -> Result<Option<i64>> {
        Ok(self.get_ref(column)?.as_i64_or_null().map_err(rusqlite::Error::from)?)
    }
    fn opt_text(&self, column: usize) -> Result<Option<&str>> {
        Ok(self.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?)
    }
    fn opt_blob(&self, column: usize) -> Result<Option<&[u8]>> {
        Ok(self.get_ref(column)?.as_blob_or_null().map_err(rusqlite::Error::from)?)
    }
    fn flag(&self, column: usize) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }
}

pub(crate) fn unreadable(column: &'static str, value: impl ToString) -> StoreError {
    StoreError::Unreadable { column, value: value.to_string() }
}

/// A number that the database keeps wider than the type does.
pub(crate) fn narrow<T: TryFrom<i64>>(column: &'static str, value: i64) -> Result<T> {
    T::try_from(value).map_err(|_| unreadable(column, value))
}

/// An unsigned number into the database's signed ones; what is above them is held at their end.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A text that must be readable as `T`, if it is there.
pub(crate) fn parsed<T: std::str::FromStr>(column: &'static str, text: Option<&str>) -> Result<Option<T>> {
    text.map(|text| text.parse().map_err(|_| unreadable(column, text))).transpose()
}

/// `1,2,3` for an IN list. Numbers only, so nothing needs to be escaped.
pub(crate) fn int_list(values: impl IntoIterator<Item = i64>) -> String {
    let mut list = String::new();
    for value in values {
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(&value.to_string());
    }
    // An empty list is no syntax; no id is NULL.
    if list.is_empty() { "NULL".to_owned() } else { list }
}
