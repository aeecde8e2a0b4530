//! Records over UDP, exactly once into the database: repeated, redelivered, late, across crashes.
#![allow(clippy::unwrap_used)]

mod support;

use opencmp_domain::ConnectionState;
use opencmp_testkit::Backend;
use rand::{Rng, SeedableRng};
use std::time::Duration;
use support::{Ground, SOON, Say, Server, imsi, now_secs, on_both};

/// What each SIM's counters say in the end.
fn expected(says: &[Say]) -> Vec<(String, u64, u64)> {
    let mut sessions = std::collections::BTreeMap::new();
    for say in says {
        let counters: &mut (u64, u64) = sessions.entry((say.sim, say.session)).or_default();
        *counters = (counters.0.max(say.up), counters.1.max(say.down));
    }
    let mut totals = std::collections::BTreeMap::new();
    for ((sim, _), (up, down)) in sessions {
        let total: &mut (u64, u64) = totals.entry(imsi(sim)).or_default();
        *total = (total.0 + up, total.1 + down);
    }
    totals.into_iter().map(|(imsi, (up, down))| (imsi, up, down)).collect()
}

/// A session of each of `sims` with some updates; every third one is over.
fn stories(sims: std::ops::Range<u64>, session: u64, start: i64) -> Vec<Say> {
    let mut says = Vec::new();
    for round in 0..5u32 {
        for sim in sims.clone() {
            let say = Say::new(
                sim,
                session * 10_000 + sim,
                [1, 3, 3, 3, 2][round as usize],
                start + i64::from(round) * 60,
            );
            let grown = u64::from(round) * (1000 + sim);
            if round < 4 || sim % 3 == 0 {
                says.push(say.counting(round * 60, grown, grown * 10));
            }
        }
    }
    says
}

async fn records_become_sessions_usage_and_states(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..30).await;
    let server = ground.serve().await;
    server.settled().await;
    let says = stories(0..30, 1, now_secs() - 300);
    let mut gateway = server.gateway();
    gateway.tell_all(&says);
    server.settled().await;
    assert_eq!(ground.totals().await, expected(&says));
    assert_eq!((ground.open_sessions().await.len(), ground.closed_sessions().await.len()), (20, 10));
    let status = server.status();
    assert!(status.ready && status.trouble.is_none());
    assert_eq!((status.accepted, status.unapplied, status.unflushed), (says.len() as u64, 0, 0));

    let scope = opencmp_domain::Scope::operator();
    let counts = server.directory.counts(&scope, None);
    assert_eq!((counts.connected, counts.disconnected), (20, 10));
    let sims: Vec<_> = ground.live().await.iter().map(|live| live.sim).collect();
    let current = |_| opencmp_service::Current {
        today: opencmp_domain::Day::of(
            opencmp_domain::Timestamp::from_secs(now_secs()),
            opencmp_domain::time::DEFAULT_ZONE,
        ),
        cycle_start: opencmp_domain::Day(0),
    };
    let rows = server.directory.live_rows(&scope, &sims, current);
    assert_eq!(rows.iter().filter(|row| row.live.connection == ConnectionState::Connected).count(), 20);
    server.shutdown().await;

    // A restart changes nothing, and goes on.
    let server = ground.serve().await;
    server.settled().await;
    assert_eq!(server.directory.counts(&scope, None), counts);
    let more: Vec<_> = (0..30)
        .map(|sim| Say::new(sim, 10_000 + sim, 3, now_secs()).counting(300, 90_000, 900_000))
        .collect();
    server.gateway().tell_all(&more);
    server.settled().await;
    let all: Vec<_> = says.iter().chain(&more).copied().collect();
    assert_eq!(ground.totals().await, expected(&all));
    server.shutdown().await;
}

async fn repetitions_and_redeliveries_count_once(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..20).await;
    let server = ground.serve().await;
    let says = stories(0..20, 1, now_secs() - 400);
    let mut gateway = server.gateway();
    for say in &says {
        let packet = say.packet(gateway.next_identifier());
        // The same datagram three times, before and after it is acknowledged.
        gateway.send(&packet);
        gateway.send(&packet);
        assert!(gateway.answer(&packet, SOON).is_some());
        gateway.send(&packet);
        assert!(gateway.answer(&packet, SOON).is_some());
    }
    // And all of them once more, backwards: new identifiers, another delay, another port.
    let again: Vec<_> = says.iter().rev().map(|say| Say { delay: 7, ..*say }).collect();
    server.gateway().tell_all(&again);
    server.settled().await;
    assert_eq!(ground.totals().await, expected(&says));
    let status = server.status();
    assert_eq!(status.accepted, 2 * says.len() as u64);
    assert!(status.duplicates >= says.len() as u64);
    server.shutdown().await;
}

async fn crashes_lose_nothing_and_repeat_nothing(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..25).await;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(42);
    let mut acknowledged = Vec::new();
    let start = now_secs() - 5000;
    let mut step = 0u32;
    for _ in 0..6 {
        let server: Server = ground.serve().await;
        let crash_at = random.random_range(100..600);
        let mut gateway = server.gateway();
        let mut round = Vec::new();
        while round.len() < crash_at {
            step += 1;
            for sim in 0..25 {
                let counted = u64::from(step) * (100 + sim);
                round.push(Say::new(sim, sim, 3, start + i64::from(step)).counting(
                    step,
                    counted,
                    counted * 3,
                ));
            }
        }
        gateway.tell_all(&round);
        acknowledged.extend(round);
        if random.random_bool(0.5) {
            tokio::time::sleep(Duration::from_millis(random.random_range(0..400))).await;
        }
        server.crash().await;
    }
    let server = ground.serve().await;
    server.settled().await;
    assert_eq!(ground.totals().await, expected(&acknowledged));
    assert_eq!(server.feed().flushed().0, acknowledged.len() as u64);
    server.shutdown().await;
}

async fn strangers_are_kept_and_adopted_with_their_usage(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..5).await;
    let server = ground.serve().await;
    let says = stories(0..15, 1, now_secs() - 300);
    let mut gateway = server.gateway();
    gateway.tell_all(&says);
    server.settled().await;
    assert_eq!(ground.totals().await, expected(&says));
    assert_eq!(ground.store.unknown_sim_count().await.unwrap(), 10);
    assert_eq!(server.directory.unknown_count(), 10);

    // Adopted and moved about while records go on.
    let mut all = says.clone();
    let resumed_at = now_secs() - 100;
    for round in 0..6u64 {
        ground.import_into(0..15, |sim| format!("group-{}", (sim + round) % 4)).await;
        let more: Vec<_> = (0..15)
            .map(|sim| {
                let counted = 100_000 * (round + 1) + sim;
                let at = resumed_at + round as i64;
                Say::new(sim, 20_000 + sim, 3, at).counting(10 + round as u32, counted, counted)
            })
            .collect();
        gateway.tell_all(&more);
        all.extend(more);
    }
    server.settled().await;
    assert_eq!(ground.totals().await, expected(&all));
    assert_eq!(ground.store.unknown_sim_count().await.unwrap(), 0);
    let directory = server.directory.clone();
    server.until(|| directory.unknown_count() == 0).await;
    server.shutdown().await;
}

async fn a_record_of_a_session_long_forgotten_is_known_again(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..3).await;
    let mut config = ground.config();
    config.fleet.closed_horizon_secs = 1;
    let server = ground.serve_with(config.clone()).await;
    let says: Vec<_> =
        (0..3).map(|sim| Say::new(sim, sim, 2, now_secs() - 3000).counting(60, 500, 700)).collect();
    server.gateway().tell_all(&says);
    server.settled().await;
    server.shutdown().await;

    let server = ground.serve_with(config).await;
    server.gateway().tell_all(&says.iter().map(|say| Say { delay: 9, ..*say }).collect::<Vec<_>>());
    server.settled().await;
    assert_eq!(ground.totals().await, expected(&says));
    assert_eq!(ground.closed_sessions().await.len(), 3);
    server.shutdown().await;
}

async fn history_goes_in_without_a_socket(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..10).await;
    let server = ground.serve().await;
    let start = now_secs() - 40 * 86_400;
    let mut says = Vec::new();
    for day in 0..40u64 {
        says.extend(stories(0..10, day, start + day as i64 * 86_400));
    }
    server.feed_in(ground.nas, &says).await;
    assert_eq!(server.feed().applied(), server.feed().end());
    server.settled().await;
    assert_eq!(ground.totals().await, expected(&says));
    server.shutdown().await;
}

on_both!(
    records_become_sessions_usage_and_states,
    repetitions_and_redeliveries_count_once,
    crashes_lose_nothing_and_repeat_nothing,
    strangers_are_kept_and_adopted_with_their_usage,
    a_record_of_a_session_long_forgotten_is_known_again,
    history_goes_in_without_a_socket,
);
