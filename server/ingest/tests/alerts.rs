//! Alerts from packets and silence, as they are in the database: once, whatever happens to the process.
#![allow(clippy::unwrap_used)]

mod support;

use opencmp_domain::sim::SimImport;
use opencmp_domain::{
    AlertId, ByteCount, ServiceState, Timestamp,
    alert::{
        AlertKind, AlertTurn, StoredAlert,
        rule::{
            Condition, LifeCycleCondition, OfflineCondition, RuleSaid, SecurityCondition, Target,
            UsageCondition,
        },
    },
    time::DEFAULT_ZONE,
};
use opencmp_service::Clock;
use opencmp_store::ImportMode;
use opencmp_testkit::{Backend, wait_until};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use support::{Ground, SOON, Say, on_both};

/// 2026-11-23 12:00 in Taipei.
const NOON: i64 = 1_795_406_400;
const MB: u64 = 1024 * 1024;

fn said(name: &str, target: Target, condition: Condition) -> RuleSaid {
    RuleSaid { target, ..RuleSaid::new(name, condition, DEFAULT_ZONE) }
}

fn offline() -> Condition {
    Condition::Offline(OfflineCondition { after_minutes: 2, learned: false })
}

fn daily() -> Condition {
    Condition::Usage(UsageCondition { daily_over: Some(ByteCount(150 * MB)), stages: None })
}

async fn alerts(ground: &Ground) -> Vec<StoredAlert> {
    ground.store.alerts_remembered(Timestamp(0), AlertId(0), 1000).await.unwrap()
}

async fn a_packet_and_silence_raise_alerts_and_a_restart_goes_on(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..20).await;
    let at = |secs| Timestamp::from_secs(NOON + secs);
    let add = async |said: &RuleSaid| {
        ground.store.alert_rule_add(ground.tenant.id, said, at(-1000)).await.unwrap();
    };
    add(&said("斷線", Target::All, offline())).await;
    let groups = ground.store.group_list(Some(ground.tenant.id)).await.unwrap();
    let first = groups.iter().find(|group| group.name == "group-0").unwrap().id;
    add(&said("流量", Target::Groups(vec![first]), daily())).await;

    let hand = Arc::new(AtomicI64::new(at(0).0));
    let server = ground.serve_by(ground.config(), Clock::by_hand(hand.clone())).await;
    server.settled().await;
    // SIM 0 uses too much, and stops; SIM 10, in the other group, uses as much and goes on.
    for sim in [0, 10] {
        server.feed_in(ground.nas, &[Say::new(sim, sim, 1, NOON - 300)]).await;
        server.feed_in(ground.nas, &[Say::new(sim, sim, 3, NOON - 200).counting(100, 200 * MB, 0)]).await;
    }
    server.feed_in(ground.nas, &[Say::new(0, 0, 2, NOON - 60).counting(240, 200 * MB, 0)]).await;
    server.settled().await;
    let told = alerts(&ground).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let used = &told[0];
    assert_eq!((used.kind, used.group, used.ended_at), (AlertKind::DailyUsage, Some(first), Some(at(-200))));
    assert_eq!(used.facts.get("used"), Some("209715200"));
    server.shutdown().await;

    // It goes down while SIM 0 is offline for not long enough, and is up again when it is.
    hand.store(at(10).0, Ordering::Relaxed);
    let server = ground.serve_by(ground.config(), Clock::by_hand(hand.clone())).await;
    server.settled().await;
    assert_eq!(alerts(&ground).await.len(), 1);
    // Time without a server isn't the devices': it goes on from where the last record left it.
    hand.store(at(10 + 180).0, Ordering::Relaxed);
    let raised = async || alerts(&ground).await.len() == 2;
    assert!(wait_until(raised, SOON).await.is_ok(), "{:?}", alerts(&ground).await);
    let late = alerts(&ground).await.pop().unwrap();
    assert_eq!((late.kind, late.began_at, late.ended_at), (AlertKind::Offline, at(-60), None));

    // Killed: what isn't flushed is decided again, and is the same.
    server.crash().await;
    let server = ground.serve_by(ground.config(), Clock::by_hand(hand.clone())).await;
    server.settled().await;
    assert_eq!(alerts(&ground).await.len(), 2);
    server.feed_in(ground.nas, &[Say::new(0, 1000, 1, NOON + 200)]).await;
    server.settled().await;
    let ended = alerts(&ground).await.pop().unwrap();
    assert_eq!((ended.id, ended.ended_at, ended.facts), (late.id, Some(at(200)), late.facts));
    let turns = |id: AlertId| {
        let store = ground.store.clone();
        async move { store.alert_untold(id).await.unwrap().into_iter().map(|turn| turn.0).collect::<Vec<_>>() }
    };
    assert_eq!(turns(used.id).await, [AlertTurn::Began]);
    assert_eq!(turns(late.id).await, [AlertTurn::Began, AlertTurn::Ended]);
    server.shutdown().await;
}

async fn rules_are_followed_as_they_change(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..20).await;
    let server = ground.serve().await;
    server.settled().await;
    let now = || Clock::system().now();
    let rule = said("流量", Target::All, daily());
    let id = ground.store.alert_rule_add(ground.tenant.id, &rule, now()).await.unwrap();
    // The change travels by polling: one SIM after another until it has arrived.
    let spend = async |sims: std::ops::Range<u64>, until: &dyn Fn(usize) -> bool| {
        for sim in sims {
            let before = alerts(&ground).await.len();
            let began = now().secs() - 300;
            server.feed_in(ground.nas, &[Say::new(sim, sim, 1, began)]).await;
            let over = Say::new(sim, sim, 3, began + 100).counting(100, 200 * MB, 0);
            server.feed_in(ground.nas, &[over]).await;
            server.settled().await;
            if until(alerts(&ground).await.len() - before) {
                return true;
            }
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        }
        false
    };
    assert!(spend(0..10, &|raised| raised == 1).await, "the rule hasn't arrived");
    ground.store.alert_rule_enable(id, false, &now().into()).await.unwrap();
    assert!(spend(10..20, &|raised| raised == 0).await, "it is still in force");
    server.shutdown().await;
}

/// A SIM is in another state from now on.
async fn put(ground: &Ground, index: u64, state: ServiceState, now: Timestamp) {
    let row = SimImport {
        line: 2,
        imsi: Some(support::imsi(index).parse().unwrap()),
        service_state: Some(state),
        ..SimImport::default()
    };
    let import = async || {
        let mode = ImportMode::AllOrNothing;
        ground.store.sim_import(ground.tenant.id, std::slice::from_ref(&row), mode, now).await
    };
    let mut report = import().await;
    while matches!(report, Err(opencmp_store::StoreError::Busy(_))) {
        report = import().await;
    }
    assert_eq!(report.unwrap().errors, []);
}

async fn what_a_sim_out_of_service_was_told_of_is_over(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..3).await;
    let at = |secs| Timestamp::from_secs(NOON + secs);
    let rule = said("斷線", Target::All, offline());
    ground.store.alert_rule_add(ground.tenant.id, &rule, at(-1000)).await.unwrap();
    let hand = Arc::new(AtomicI64::new(at(0).0));
    let server = ground.serve_by(ground.config(), Clock::by_hand(hand.clone())).await;
    server.settled().await;
    server.feed_in(ground.nas, &[Say::new(0, 0, 1, NOON - 300)]).await;
    server.feed_in(ground.nas, &[Say::new(0, 0, 2, NOON - 60).counting(240, MB, 0)]).await;
    server.settled().await;
    hand.store(at(180).0, Ordering::Relaxed);
    let raised = async || alerts(&ground).await.len() == 1;
    assert!(wait_until(raised, SOON).await.is_ok());
    // No record comes: the row is written all the same.
    put(&ground, 0, ServiceState::Suspended, at(180)).await;
    let over = async || alerts(&ground).await.iter().all(|alert| alert.ended_at.is_some());
    assert!(wait_until(over, SOON).await.is_ok(), "{:?}", alerts(&ground).await);
    let told = ground.store.alert_untold(alerts(&ground).await[0].id).await.unwrap();
    assert_eq!(told.into_iter().map(|turn| turn.0).collect::<Vec<_>>(), [AlertTurn::Began]);
    server.shutdown().await;
}

async fn what_no_record_tells_of_is_told_once(backend: Backend) {
    let ground = Ground::new(backend).await;
    ground.import(0..3).await;
    let now = || Clock::system().now();
    let states = LifeCycleCondition {
        to: vec![ServiceState::Suspended, ServiceState::Active],
        ..LifeCycleCondition::default()
    };
    let rule = said("生命週期", Target::All, Condition::LifeCycle(states));
    ground.store.alert_rule_add(ground.tenant.id, &rule, now()).await.unwrap();
    let security = SecurityCondition { sign_ins: true, ..SecurityCondition::default() };
    let rule = said("資安", Target::All, Condition::Security(security));
    ground.store.alert_rule_add(ground.tenant.id, &rule, now()).await.unwrap();
    // Changed while no server runs.
    let suspend = async |index, state| put(&ground, index, state, now()).await;
    suspend(0, ServiceState::Suspended).await;
    suspend(0, ServiceState::Suspended).await;
    suspend(1, ServiceState::Deactivated).await;
    let server = ground.serve().await;
    server.settled().await;
    let told = async |many: usize| {
        let enough = async || alerts(&ground).await.len() >= many;
        assert!(wait_until(enough, SOON).await.is_ok(), "{:?}", alerts(&ground).await);
        let told = alerts(&ground).await;
        assert_eq!(told.len(), many, "{told:?}");
        told
    };
    let suspended = told(1).await.pop().unwrap();
    assert_eq!((suspended.kind, suspended.facts.get("to")), (AlertKind::StateChanged, Some("suspended")));
    server.crash().await;
    let server = ground.serve().await;
    server.settled().await;
    suspend(1, ServiceState::Active).await;
    assert_eq!(told(2).await[1].facts.get("from"), Some("deactivated"));
    let failed = ground.store.alert_sign_ins_failed(ground.tenant.id, "mei@example.com", 5, now());
    failed.await.unwrap();
    let attack = told(3).await.pop().unwrap();
    assert_eq!((attack.kind, attack.facts.get("account")), (AlertKind::SignIn, Some("mei@example.com")));
    assert_eq!(ground.store.alert_causes(10).await.unwrap(), []);
    server.shutdown().await;
}

on_both!(
    what_no_record_tells_of_is_told_once,
    what_a_sim_out_of_service_was_told_of_is_over,
    a_packet_and_silence_raise_alerts_and_a_restart_goes_on,
    rules_are_followed_as_they_change
);
