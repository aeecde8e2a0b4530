//! What time does: samples for the chart of the day, downtime that is not silence, a tenant's days cut otherwise.
#![allow(clippy::unwrap_used)]

mod support;

use opencmp_domain::{Day, Timestamp, Tz};
use opencmp_service::{Clock, NetworkFeed};
use opencmp_store::UsageSubject;
use opencmp_testkit::{Backend, wait_until};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use support::{Ground, SOON, Say, Server, on_both};

/// Of the tenant whose days change: one is heard of at a time.
const SIMS: u64 = 200;
const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
/// 2026-11-23 12:00 in Taipei.
const NOON: i64 = 1_795_406_400;

struct Hand(Arc<AtomicI64>);

impl Hand {
    fn at(secs: i64) -> Self {
        Self(Arc::new(AtomicI64::new(secs * 1_000_000)))
    }

    fn set(&self, secs: i64) {
        self.0.store(secs * 1_000_000, Ordering::Relaxed);
    }

    fn clock(&self) -> Clock {
        Clock::by_hand(self.0.clone())
    }
}

/// A server at noon, with SIMs that were never heard of.
async fn at_noon(backend: Backend, sims: u64) -> (Ground, Hand, Server) {
    let ground = Ground::new(backend).await;
    ground.import(0..sims).await;
    let hand = Hand::at(NOON);
    let server = ground.serve_by(ground.config(), hand.clock()).await;
    server.settled().await;
    (ground, hand, server)
}

/// A Start of each SIM at `at`.
fn starts(sims: std::ops::Range<u64>, at: i64) -> Vec<Say> {
    sims.map(|sim| Say::new(sim, sim, 1, at)).collect()
}

fn updates(sims: std::ops::Range<u64>, started: i64, at: i64) -> Vec<Say> {
    let secs = (at - started) as u32;
    sims.map(|sim| Say::new(sim, sim, 3, at).counting(secs, u64::from(secs), 0)).collect()
}

async fn samples_of_a_history_are_of_its_times(backend: Backend) {
    let (ground, _, server) = at_noon(backend, 10).await;
    let begin = NOON - HOUR;
    server.feed_in(ground.nas, &starts(0..10, begin)).await;
    let stop = |sim| Say::new(sim, sim, 2, begin + 10 * MINUTE).counting(600, 600, 0);
    server.feed_in(ground.nas, &(0..4).map(stop).collect::<Vec<_>>()).await;
    server.feed_in(ground.nas, &updates(4..10, begin, begin + 20 * MINUTE)).await;
    server.settled().await;
    let tenant = UsageSubject::Tenant(ground.tenant.id);
    let samples = ground.store.fleet_samples(&tenant, Timestamp::from_secs(begin)).await.unwrap();
    let within = |minutes: i64| {
        let (from, until) = (begin + minutes * MINUTE, begin + (minutes + 5) * MINUTE);
        let of = samples.iter().filter(|sample| (from..until).contains(&sample.at.secs()));
        of.map(|sample| sample.connected).collect::<Vec<_>>()
    };
    assert_eq!((within(0), within(10), within(20)), (vec![10], vec![6], vec![6]), "{samples:?}");
    server.shutdown().await;
}

async fn downtime_is_not_the_devices_silence(backend: Backend) {
    let (ground, hand, server) = at_noon(backend, 3).await;
    server.feed_in(ground.nas, &starts(0..3, NOON - 20 * MINUTE)).await;
    for minutes in [15, 10, 5] {
        server.feed_in(ground.nas, &updates(0..3, NOON - 20 * MINUTE, NOON - minutes * MINUTE)).await;
    }
    server.settled().await;
    assert_eq!(server.connected(), (3, 0));
    server.shutdown().await;

    // Three hours without a server: many intervals of five minutes.
    hand.set(NOON + 3 * HOUR);
    let server = ground.serve_by(ground.config(), hand.clock()).await;
    server.settled().await;
    let tenant = UsageSubject::Tenant(ground.tenant.id);
    let since = Timestamp::from_secs(NOON + 3 * HOUR);
    let sampled = async || ground.store.fleet_samples(&tenant, since).await.unwrap();
    // It samples after it has looked for silence.
    assert!(wait_until(async || !sampled().await.is_empty(), SOON).await.is_ok());
    let samples = sampled().await;
    assert_eq!(samples[0].connected, 3, "nobody listened, so nobody was silent: {samples:?}");
    let known = ground.store.absence_list(Timestamp(0)).await.unwrap();
    assert_eq!(known.len(), 1, "{known:?}");
    assert_eq!(known[0].ended_at, since);
    server.shutdown().await;

    // A start later the same is known, and is no absence of its own: what is silent although somebody listens is, for twice the
    // interval and a margin.
    let server = ground.serve_by(ground.config(), hand.clock()).await;
    server.settled().await;
    hand.set(NOON + 3 * HOUR + 9 * MINUTE);
    assert!(wait_until(async || sampled().await.len() > 1, SOON).await.is_ok());
    assert_eq!(server.connected(), (3, 0), "they have their time from the end of it");
    hand.set(NOON + 3 * HOUR + 14 * MINUTE);
    server.until(|| server.connected() == (0, 3)).await;
    server.shutdown().await;
}

async fn a_silent_gateways_sessions_are_counted_as_they_are(backend: Backend) {
    let (ground, hand, server) = at_noon(backend, 3).await;
    server.feed_in(ground.nas, &starts(0..3, NOON - MINUTE)).await;
    // A moment later, or it doesn't look.
    hand.set(NOON + MINUTE);
    let nas = ground.nas;
    let open = |server: &Server| server.feed().gateway(nas).open_sessions;
    server.until(|| open(&server) == 3).await;
    server.settled().await;
    server.shutdown().await;

    // Nothing is heard any more, and they are open still; until they are taken for lost.
    let server = ground.serve_by(ground.config(), hand.clock()).await;
    server.until(|| open(&server) == 3).await;
    hand.set(NOON + 30 * 24 * HOUR);
    server.until(|| open(&server) == 0).await;
    server.shutdown().await;
}

async fn a_tenants_days_may_be_cut_otherwise(backend: Backend) {
    let (ground, _, server) = at_noon(backend, SIMS).await;
    // 03:00 in Taipei is the evening before in New York.
    let night = NOON - 9 * HOUR;
    server.feed_in(ground.nas, &starts(0..1, night)).await;
    server.feed_in(ground.nas, &updates(0..1, night, night + MINUTE)).await;
    server.settled().await;

    let sql = "UPDATE tenant SET time_zone = 'America/New_York', cycle_day = 15;
               UPDATE meta SET inventory_version = inventory_version + 1";
    match backend {
        Backend::Sqlite => {
            let mut connection = SqliteConnection::connect(&ground.database.url).await.unwrap();
            connection.execute("PRAGMA busy_timeout = 10000").await.unwrap();
            connection.execute(sql).await.unwrap();
        }
        Backend::Postgres => {
            let mut connection = PgConnection::connect(&ground.database.url).await.unwrap();
            connection.execute(sql).await.unwrap();
        }
    }
    let booked = async |sim: usize| {
        let live = ground.live().await;
        let days = ground.store.usage_by_day(&UsageSubject::Sim(live[sim].sim), Day(0), Day(100_000)).await;
        let days: Vec<_> = days.unwrap().into_iter().map(|day| (day.day, day.usage.total().0)).collect();
        (days, live[sim].cycle_start)
    };
    let taipei = Day::of(Timestamp::from_secs(night), Tz::Asia__Taipei);
    let new_york = Day::of(Timestamp::from_secs(night), Tz::America__New_York);
    assert_eq!(new_york, taipei.previous());
    // The change travels by polling: what is heard before it arrives is booked as before.
    let mut sim = 0;
    loop {
        assert!(sim < SIMS - 1, "the change has not arrived");
        sim += 1;
        server.feed_in(ground.nas, &starts(sim..sim + 1, night)).await;
        server.feed_in(ground.nas, &updates(sim..sim + 1, night, night + MINUTE)).await;
        server.settled().await;
        if booked(sim as usize).await.0 == [(new_york, 60)] {
            break;
        }
    }
    assert_eq!(booked(0).await.0, [(taipei, 60)]);
    assert_eq!(booked(sim as usize).await.1, "2026-11-15".parse().unwrap());
    server.shutdown().await;
}

on_both!(
    samples_of_a_history_are_of_its_times,
    downtime_is_not_the_devices_silence,
    a_silent_gateways_sessions_are_counted_as_they_are,
    a_tenants_days_may_be_cut_otherwise,
);
