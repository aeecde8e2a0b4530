//! Kill -9 under load, again and again: no acknowledged record is missing afterwards, and none is counted twice.
//!
//! The real program under the real load generator, with duplicates and redeliveries. It is killed at random instants:
//! while it takes records, while it flushes, while it recovers from the last time. The generator knows to the octet what
//! was acknowledged; that is compared with the database, SIM by SIM.
//!
//! `OPENCMP_TEST_SEED=N` repeats a run's instants, as far as two processes' timing allows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use opencmp_domain::{
    ByteCount, Day, Hour, SimId, Timestamp, session::SessionFilter, sim::SimInventory, time::DEFAULT_ZONE,
    usage::UpDown,
};
use opencmp_netsim::{
    inventory,
    load::{self, LoadConfig, Running, SimTotals, plan},
    wire::timer::Retransmission,
};
use opencmp_store::{Store, UsageSubject};
use opencmp_testkit::{Backend, database};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{collections::HashMap, ops::Range, time::Duration};
use support::{PATIENCE, SECRET, Site};

const KILLS: u32 = 20;
const SIMS: u32 = 400;
/// In the inventory from the beginning; the others are heard of before they are imported.
const IMPORTED_FIRST: u32 = 320;
/// After so many kills the others are imported, while the server is down or starting or runs.
const IMPORT_AFTER: u32 = 8;
const SESSION_RECORDS: u32 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_under_load_loses_nothing_and_counts_nothing_twice_on_sqlite() {
    survive(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_under_load_loses_nothing_and_counts_nothing_twice_on_postgresql() {
    survive(Backend::Postgres).await;
}

async fn survive(backend: Backend) {
    let seed = seed();
    println!("OPENCMP_TEST_SEED={seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let database = database(backend).await.unwrap();
    let site = Site::new().on(&database.url);
    site.nas_add();
    site.import("負載測試", &csv(0..IMPORTED_FIRST));

    let mut server = site.start().await;
    let load = load::start(&LoadConfig {
        outstanding: 48,
        session_records: SESSION_RECORDS,
        duplicate_percent: 10.0,
        redelivery_percent: 10.0,
        rate: Some(3_000.0),
        seed,
        // Impatient: the server is back within a second, as a rule.
        retransmission: Retransmission { initial: 80_000, maximum: 400_000 },
        drain: PATIENCE,
        ..LoadConfig::new(site.accounting, SECRET, SIMS)
    });
    let load = load.unwrap();
    for round in 1..=KILLS {
        instant(&mut random, &mut server, &load).await;
        server.kill();
        if round == IMPORT_AFTER {
            site.import("負載測試", &csv(IMPORTED_FIRST..SIMS));
        }
        server = site.spawn();
    }
    server.ready().await;
    load.drain();
    let outcome = tokio::task::spawn_blocking(|| load.finish().unwrap()).await.unwrap();
    println!("{}", outcome.report);
    assert_eq!(outcome.report.unacknowledged, 0, "every record is acknowledged in the end");
    assert!(outcome.report.acknowledged > u64::from(SIMS * SESSION_RECORDS), "there was load to speak of");
    assert!(outcome.report.duplicates > 0 && outcome.report.redeliveries_acknowledged > 0);

    let expected: Vec<SimTotals> = outcome.totals.iter().collect();
    server.idle().await;
    compare(&site.store().await, &expected).await;

    // Once more with everything at rest: what is replayed now must change nothing.
    server.kill();
    let server = site.start().await;
    server.idle().await;
    assert!(server.stop().await.success());
    compare(&site.store().await, &expected).await;
}

fn seed() -> u64 {
    match std::env::var("OPENCMP_TEST_SEED") {
        Ok(seed) => seed.parse().expect("OPENCMP_TEST_SEED is a number"),
        Err(_) => std::time::UNIX_EPOCH.elapsed().unwrap().as_secs(),
    }
}

fn csv(sims: Range<u32>) -> String {
    let mut csv = Vec::new();
    inventory::write_csv(sims.map(plan::import), &mut csv).unwrap();
    String::from_utf8(csv).unwrap()
}

/// Waits for a random instant: as a rule some time after new records are acknowledged, now and then amid the start.
async fn instant(random: &mut ChaCha8Rng, server: &mut support::Server, load: &Running) {
    let starting = random.random_bool(0.2);
    let most = if starting { 150 } else { 1_600 };
    if !starting {
        let before = load.progress().acknowledged;
        support::eventually("records are acknowledged again", async || {
            assert!(server.is_running(), "the server ended by itself:\n{}", server.said());
            load.progress().acknowledged > before
        })
        .await;
    }
    tokio::time::sleep(Duration::from_millis(random.random_range(0..most))).await;
}

/// What the database says of a SIM, in each place that says it.
#[derive(Debug, PartialEq)]
struct Told {
    total: UpDown,
    days: UpDown,
    hours: UpDown,
    sessions: UpDown,
    session_count: u32,
    open_sessions: u32,
}

async fn compare(store: &Store, expected: &[SimTotals]) {
    let sims = sims_by_imsi(store).await;
    let live = live_totals(store).await;
    assert_eq!(expected.len(), SIMS as usize, "every SIM sent something");
    let mut wrong = Vec::new();
    for sim in expected {
        assert!(sim.is_settled());
        let octets = UpDown { uplink: ByteCount(sim.uplink), downlink: ByteCount(sim.downlink) };
        let wanted = Told {
            total: octets,
            days: octets,
            hours: octets,
            sessions: octets,
            session_count: sim.records_acked.div_ceil(SESSION_RECORDS),
            open_sessions: u32::from(sim.records_acked % SESSION_RECORDS != 0),
        };
        let held = sims.get(&sim.imsi).unwrap_or_else(|| panic!("{} is not in the database", sim.imsi));
        assert!(held.tenant.is_some(), "{} was imported", sim.imsi);
        let told = told(store, held.id, live.get(&held.id).copied().unwrap_or_default()).await;
        if told != wanted {
            wrong.push(format!("{}: {wanted:?}\n  told {told:?}", sim.imsi));
        }
    }
    assert!(wrong.is_empty(), "{} of {SIMS} SIMs are wrong:\n{}", wrong.len(), wrong.join("\n"));
    let sums = store.verify().await.unwrap();
    assert!(sums.is_consistent(), "groups' sums: {:?}", sums.mismatches);
}

async fn told(store: &Store, sim: SimId, total: UpDown) -> Told {
    let subject = UsageSubject::Sim(sim);
    let (mut days, mut hours, mut sessions) = (UpDown::default(), UpDown::default(), UpDown::default());
    let today = Day::of(Timestamp::from(chrono::Utc::now()), DEFAULT_ZONE);
    let (from, until) = (Day(today.0 - 2), Day(today.0 + 2));
    for day in store.usage_by_day(&subject, from, until).await.unwrap() {
        days += day.usage;
    }
    let hour = |day: Day| Hour::of(day.start(DEFAULT_ZONE));
    for booked in store.usage_by_hour(&subject, hour(from), hour(until)).await.unwrap() {
        hours += booked.usage;
    }
    let (mut session_count, mut open_sessions, mut after) = (0, 0, None);
    loop {
        let page = store.sessions_by_sim(sim, &SessionFilter::default(), after, 1_000).await.unwrap();
        for session in &page.sessions {
            sessions += UpDown { uplink: session.uplink, downlink: session.downlink };
            session_count += 1;
            open_sessions += u32::from(session.ended_at.is_none());
        }
        after = page.next;
        if after.is_none() {
            return Told { total, days, hours, sessions, session_count, open_sessions };
        }
    }
}

async fn sims_by_imsi(store: &Store) -> HashMap<String, SimInventory> {
    let mut sims = HashMap::new();
    let mut after = SimId(0);
    loop {
        let page = store.sim_inventory_page(after, 1_000).await.unwrap();
        let Some(last) = page.last() else { return sims };
        after = last.id;
        sims.extend(page.into_iter().filter_map(|sim| Some((sim.imsi?.to_string(), sim))));
    }
}

async fn live_totals(store: &Store) -> HashMap<SimId, UpDown> {
    let mut totals = HashMap::new();
    let mut after = SimId(0);
    loop {
        let page = store.sim_live_page(after, 1_000).await.unwrap();
        let Some(last) = page.last() else { return totals };
        after = last.live.sim;
        totals.extend(page.into_iter().map(|sim| (sim.live.sim, sim.live.total)));
    }
}
