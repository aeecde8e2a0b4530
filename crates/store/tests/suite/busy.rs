//! Somebody else holds the database, or it is gone.

use crate::fixture::{Fixture, NOW};
use opencmp_domain::stored::JournalPosition;
use opencmp_store::{Store, StoreError, StoreOptions};
use opencmp_testkit::Backend;
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::time::Duration;

fn impatient() -> StoreOptions {
    StoreOptions { busy_timeout: Duration::from_millis(100), ..StoreOptions::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_sqlite_is_busy_and_then_not() {
    let f = Fixture::new(Backend::Sqlite).await;
    let store = Store::open(&f.database.url, impatient()).await.unwrap();
    let batch = f.batch(1).await;
    let mut other = SqliteConnection::connect(&f.database.url).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(store.flush(&batch).await, Err(StoreError::Busy(_))));
    }
    assert!(matches!(store.plan_ensure("A", NOW).await, Err(StoreError::Busy(_))));
    // Pages go on.
    assert_eq!(store.journal_position(0).await.unwrap(), JournalPosition(0));
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    store.flush(&batch).await.unwrap();
    assert_eq!(store.journal_position(0).await.unwrap(), JournalPosition(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_postgres_is_busy_and_then_not() {
    let f = Fixture::new(Backend::Postgres).await;
    let store = Store::open(&f.database.url, impatient()).await.unwrap();
    let batch = f.batch(1).await;
    let mut other = PgConnection::connect(&f.database.url).await.unwrap();
    sqlx::query("BEGIN").execute(&mut other).await.unwrap();
    sqlx::query("LOCK TABLE journal_position IN EXCLUSIVE MODE").execute(&mut other).await.unwrap();
    for _ in 0..2 {
        let refused = store.flush(&batch).await;
        assert!(matches!(refused, Err(StoreError::Busy(_))), "{refused:?}");
    }
    sqlx::query("ROLLBACK").execute(&mut other).await.unwrap();
    store.flush(&batch).await.unwrap();
    assert_eq!(store.journal_position(0).await.unwrap(), JournalPosition(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_breaks_the_connection_is_unavailable_and_comes_back() {
    let f = Fixture::new(Backend::Postgres).await;
    f.store.flush(&f.batch(1).await).await.unwrap();
    let batch = f.batch(2).await;
    let mut other = PgConnection::connect(&f.database.url).await.unwrap();
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query(kill).execute(&mut other).await.unwrap();
    let mut attempts = 0;
    loop {
        match f.store.flush(&batch).await {
            Ok(()) => break,
            Err(StoreError::Unavailable(_) | StoreError::InDoubt(_)) if attempts < 5 => attempts += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(f.store.journal_position(0).await.unwrap(), JournalPosition(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_database_is_said() {
    for url in ["", "mysql://x", "opencmp.db", "sqlite::memory:", "sqlite:"] {
        let refused = Store::open(url, StoreOptions::default()).await.err().unwrap();
        assert!(matches!(&refused, StoreError::Invalid { field: "database", .. }), "{url:?}: {refused:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("text.db");
    std::fs::write(&file, "this is not a database, it is a letter to my grandmother, long enough").unwrap();
    let url = format!("sqlite://{}", file.display());
    assert!(Store::open(&url, StoreOptions::default()).await.is_err());
    let nowhere =
        Store::open("postgres://nobody@127.0.0.1:9/none", StoreOptions::default()).await.err().unwrap();
    assert!(matches!(nowhere, StoreError::Unavailable(_)), "{nowhere:?}");
}
