//! The database locked or gone, the journal failing or full: what is acknowledged stays, and everything resumes by itself.
#![allow(clippy::unwrap_used)]

mod support;

use opencmp_domain::{operator::IngestTrouble, stored::JournalPosition};
use opencmp_ingest::journal::{
    Journal, JournalError, JournalSource, RawRecord,
    embedded::{EmbeddedJournal, Settings},
};
use opencmp_testkit::Backend;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use support::{Gateway, Ground, SOON, Say, imsi, now_secs, on_both};

const QUICK: Duration = Duration::from_millis(1500);

/// Another connection that holds what the flush needs.
enum Lock {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Lock {
    async fn hold(ground: &Ground) -> Self {
        match ground.database.backend {
            Backend::Sqlite => {
                let mut connection = SqliteConnection::connect(&ground.database.url).await.unwrap();
                connection.execute("PRAGMA busy_timeout = 10000").await.unwrap();
                connection.execute("BEGIN IMMEDIATE").await.unwrap();
                Self::Sqlite(connection)
            }
            Backend::Postgres => {
                let mut connection = PgConnection::connect(&ground.database.url).await.unwrap();
                connection.execute("BEGIN").await.unwrap();
                connection.execute("LOCK TABLE journal_position IN ACCESS EXCLUSIVE MODE").await.unwrap();
                Self::Postgres(connection)
            }
        }
    }

    async fn release(self) {
        match self {
            Self::Sqlite(mut connection) => connection.execute("ROLLBACK").await.map(drop),
            Self::Postgres(mut connection) => connection.execute("ROLLBACK").await.map(drop),
        }
        .unwrap();
    }
}

/// Rounds of updates of ten SIMs, each larger than the one before, and a second later by the gateway's clock: a quick
/// machine brings that from the past into a future that isn't believed.
struct Rounds {
    start: i64,
    told: u32,
}

impl Rounds {
    fn new() -> Self {
        Self { start: now_secs() - 2000, told: 0 }
    }

    fn next(&mut self) -> Vec<Say> {
        self.told += 1;
        let counted = u64::from(self.told) * 1000;
        let say = |sim| {
            let at = self.start + i64::from(self.told);
            Say::new(sim, sim, 3, at).counting(self.told, counted + sim, counted)
        };
        (0..10).map(say).collect()
    }

    fn totals(&self) -> Vec<(String, u64, u64)> {
        let counted = u64::from(self.told) * 1000;
        (0..10).map(|sim| (imsi(sim), counted + sim, counted)).collect()
    }
}

async fn a_locked_database_stops_no_acknowledgement(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..10).await;
    let server = ground.serve().await;
    server.settled().await;
    let mut rounds = Rounds::new();
    let mut gateway = server.gateway();
    gateway.tell_all(&rounds.next());
    server.settled().await;

    let lock = Lock::hold(&ground).await;
    let before = server.feed().flushed();
    let feed = server.feed().clone();
    let mut slowest = Duration::ZERO;
    while feed.trouble() != Some(IngestTrouble::DatabaseUnavailable) {
        let asked = Instant::now();
        gateway.tell_all(&rounds.next());
        slowest = slowest.max(asked.elapsed());
    }
    let status = server.status();
    assert!(status.ready, "the journal goes on");
    assert!(slowest < QUICK, "{slowest:?}");
    assert_eq!(feed.flushed(), before);
    assert!(status.unflushed + status.unapplied > 0, "the page says how far behind it is");
    server.until(|| feed.applied() == feed.end()).await;

    lock.release().await;
    server.settled().await;
    server.until(|| feed.trouble().is_none()).await;
    assert_eq!(ground.totals().await, rounds.totals());
    server.shutdown().await;
}

async fn a_crash_while_the_database_is_locked_loses_nothing(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..10).await;
    let server = ground.serve().await;
    server.settled().await;
    let lock = Lock::hold(&ground).await;
    let mut rounds = Rounds::new();
    let mut gateway = server.gateway();
    for _ in 0..50 {
        gateway.tell_all(&rounds.next());
    }
    server.crash().await;
    lock.release().await;
    let server = ground.serve().await;
    server.settled().await;
    assert_eq!(ground.totals().await, rounds.totals());
    server.shutdown().await;
}

async fn a_full_journal_is_silent_and_resumes(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..10).await;
    let mut config = ground.config();
    config.max_unflushed_octets = 100_000;
    let server = ground.serve_with(config).await;
    server.settled().await;
    let lock = Lock::hold(&ground).await;
    let feed = server.feed().clone();
    let mut rounds = Rounds::new();
    let mut gateway = server.gateway();
    let mut open = Vec::new();
    while feed.trouble() != Some(IngestTrouble::JournalFull) {
        open = rounds.next();
        for say in &open {
            gateway.tell(*say, Duration::from_millis(300));
        }
    }
    assert!(!server.status().ready);
    assert!(server.status().journal_octets.0 < 150_000);
    assert!(!gateway.tell(open[0], Duration::from_millis(300)), "silence");

    lock.release().await;
    gateway.tell_all(&open);
    server.settled().await;
    assert!(server.status().ready);
    assert_eq!(ground.totals().await, rounds.totals());
    server.shutdown().await;
}

/// A journal on a disk that fails when told to.
struct FailingJournal {
    inner: EmbeddedJournal,
    fails: Arc<AtomicBool>,
}

impl Journal for FailingJournal {
    fn append(
        &mut self,
        records: &mut dyn Iterator<Item = RawRecord<'_>>,
    ) -> Result<JournalPosition, JournalError> {
        if self.fails.load(Ordering::Relaxed) {
            let source = io::Error::from_raw_os_error(28);
            return Err(JournalError::Io { action: "write", path: "journal".into(), source });
        }
        self.inner.append(records)
    }

    fn end(&self) -> JournalPosition {
        self.inner.end()
    }

    fn source(&self) -> Arc<dyn JournalSource> {
        self.inner.source()
    }
}

async fn a_failing_journal_is_silent_and_resumes(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..10).await;
    let fails = Arc::new(AtomicBool::new(false));
    let inner = EmbeddedJournal::open(Settings::new(ground.journal.path()), JournalPosition(0)).unwrap();
    let server = ground.serve_over(Box::new(FailingJournal { inner, fails: fails.clone() })).await;
    server.settled().await;
    let feed = server.feed().clone();
    let mut rounds = Rounds::new();
    let mut gateway = server.gateway();
    gateway.tell_all(&rounds.next());

    fails.store(true, Ordering::Relaxed);
    let open = rounds.next();
    assert!(!gateway.tell(open[0], Duration::from_millis(400)), "nothing is acknowledged");
    assert_eq!(feed.trouble(), Some(IngestTrouble::JournalFailing));
    assert!(!server.status().ready);
    fails.store(false, Ordering::Relaxed);
    gateway.tell_all(&open);
    assert!(server.status().ready);
    server.settled().await;
    assert_eq!(ground.totals().await, rounds.totals());
    server.shutdown().await;
}

/// PostgreSQL throws everybody out and lets nobody in for a while.
async fn a_database_that_is_gone_comes_back() {
    let ground = Ground::new(Backend::Postgres).await;
    ground.import(0..10).await;
    let server = ground.serve().await;
    server.settled().await;
    let mut rounds = Rounds::new();
    let mut gateway = server.gateway();
    gateway.tell_all(&rounds.next());
    server.settled().await;

    let name = ground.database.url.rsplit('/').next().unwrap().split('?').next().unwrap();
    let mut maintenance = tokio::task::spawn_blocking(opencmp_testkit::Postgres::shared)
        .await
        .map(|server| server.unwrap().maintenance_url().to_owned())
        .map(|url| async move { PgConnection::connect(&url).await.unwrap() })
        .unwrap()
        .await;
    let mut order = async |sql: String| {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut maintenance).await.unwrap();
    };
    order(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    order(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    let feed = server.feed().clone();
    tell_until(&mut gateway, &mut rounds, || feed.trouble() == Some(IngestTrouble::DatabaseUnavailable))
        .await;
    assert!(server.status().ready);
    order(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    server.settled().await;
    assert_eq!(ground.totals().await, rounds.totals());
    server.shutdown().await;
}

async fn tell_until(gateway: &mut Gateway, rounds: &mut Rounds, done: impl Fn() -> bool) {
    let until = Instant::now() + SOON;
    while !done() {
        assert!(Instant::now() < until);
        gateway.tell_all(&rounds.next());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

on_both!(
    a_locked_database_stops_no_acknowledgement,
    a_crash_while_the_database_is_locked_loses_nothing,
    a_full_journal_is_silent_and_resumes,
    a_failing_journal_is_silent_and_resumes;
    postgres: a_database_that_is_gone_comes_back,
);
