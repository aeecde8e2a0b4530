//! Reading a million rows in seconds: pages of many rows, on SQLite without sqlx, whose worker thread copies each value
//! and sends each row by itself.

/// `load!(store, sql, [a, b] => decode)`: all rows, each through `decode: fn(&impl Columns) -> Result<T>`. Binds are
/// integers. On SQLite the calling thread does the work.
macro_rules! load {
    ($store:expr, $sql:expr, [$($bind:expr),* $(,)?] => $decode:expr) => {
        match (&$store.inner.readers, &$store.inner.path) {
            ($crate::sql::Pool::Postgres(pool), _) => {
                let mut found = sqlx::query($sql)$(.bind($bind))*.fetch(pool);
                let mut decoded = Vec::new();
                while let Some(row) = futures::TryStreamExt::try_next(&mut found).await? {
                    decoded.push($decode(&row)?);
                }
                $crate::Result::<Vec<_>>::Ok(decoded)
            }
            (_, Some(path)) => $crate::flush::blocking(|| {
                let connection = $crate::load::sqlite_reader(path, $store.inner.options.busy_timeout)?;
                let mut statement = connection.prepare($sql)?;
                let mut found = statement.query(rusqlite::params![$($bind),*])?;
                let mut decoded = Vec::new();
                while let Some(row) = found.next()? {
                    decoded.push($decode(row)?);
                }
                $crate::Result::<Vec<_>>::Ok(decoded)
            }),
            ($crate::sql::Pool::Sqlite(_), None) => $crate::Result::<Vec<_>>::Ok(Vec::new()),
        }
    };
}
pub(crate) use load;

use crate::Result;
use std::{path::Path, time::Duration};

pub(crate) fn sqlite_reader(path: &Path, busy_timeout: Duration) -> Result<rusqlite::Connection> {
    use rusqlite::OpenFlags;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = rusqlite::Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy_timeout)?;
    connection.execute_batch("PRAGMA query_only = on")?;
    Ok(connection)
}
