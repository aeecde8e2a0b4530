//! A private, empty database for one test.

use std::{
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::Postgres;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    pub const ALL: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];
}

/// An empty database, removed when this is dropped.
///
/// ```no_run
/// # use opencmp_testkit::{Backend, database};
/// # async fn check(url: &str) {}
/// # async fn example() -> anyhow::Result<()> {
/// for backend in Backend::ALL {
///     let database = database(backend).await?;
///     check(&database.url).await;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TestDatabase {
    /// `sqlite:///…/opencmp.db` (the file doesn't exist yet) or `postgres://…`.
    pub url: String,
    pub backend: Backend,
    home: Home,
}

#[derive(Debug)]
enum Home {
    Folder(#[expect(dead_code, reason = "removes the folder when dropped")] TempDir),
    Server { name: String },
}

/// A database on the given backend.
pub async fn database(backend: Backend) -> Result<TestDatabase> {
    match backend {
        Backend::Sqlite => sqlite_database(),
        Backend::Postgres => postgres_database().await,
    }
}

/// A file in a temporary folder of its own.
pub fn sqlite_database() -> Result<TestDatabase> {
    let folder = TempDir::with_prefix("opencmp-test-")?;
    let url = format!("sqlite://{}", folder.path().join("opencmp.db").display());
    Ok(TestDatabase { url, backend: Backend::Sqlite, home: Home::Folder(folder) })
}

/// A database on [`Postgres::shared`].
pub async fn postgres_database() -> Result<TestDatabase> {
    let server = tokio::task::spawn_blocking(Postgres::shared).await??;
    let name = unique_name()?;
    let created = server.command(&format!("create database {name} template template0"));
    let output = tokio::process::Command::from(created).output().await.context("cannot run psql")?;
    ensure!(output.status.success(), "create database: {}", String::from_utf8_lossy(&output.stderr));
    Ok(TestDatabase {
        url: server.database_url(&name),
        backend: Backend::Postgres,
        home: Home::Server { name },
    })
}

/// Unlike any other on a server that several processes and runs share.
fn unique_name() -> Result<String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    Ok(format!("opencmp_test_{}_{now}_{count}", std::process::id()))
}

impl Drop for TestDatabase {
    /// Best effort, and nobody waits for it: dropping forces a checkpoint.
    fn drop(&mut self) {
        if let (Home::Server { name }, Ok(server)) = (&self.home, Postgres::shared()) {
            let _ = server
                .command(&format!("drop database if exists {name} with (force)"))
                .stderr(Stdio::null())
                .spawn();
        }
    }
}
