//! Kill -9 while devices are changed and people are told of it, again and again: each change is one alert, each alert is told, and what
//! is told twice says so by its id.
//!
//! The real program, radclient, and a receiver that verifies with the reference library of Standard Webhooks. Between a packet and the
//! receiver lie the journal, the applier, its flush, the dispatcher, the delivery and what is written down of it; a random instant is
//! between any two of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use opencmp_domain::{
    AlertId, Timestamp,
    alert::{AlertKind, StoredAlert, delivery::DeliveryState},
};
use opencmp_store::Store;
use opencmp_testkit::{Backend, Peer, database};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use support::{PATIENCE, SECRET, Site, radclient_within};

const KILLS: u32 = 12;
const SIMS: u32 = 80;
const TENANT: &str = "警報測試";
const TAG: &str = "換過設備";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_loses_no_alert_and_raises_none_twice_on_sqlite() {
    survive(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_loses_no_alert_and_raises_none_twice_on_postgresql() {
    survive(Backend::Postgres).await;
}

/// A record of a SIM with its first device, or with its second; again until it is acknowledged.
fn report(server: SocketAddr, sim: u32, second: bool) {
    let (status, seconds) = if second { ("Interim-Update", "60") } else { ("Start", "0") };
    let (imsi, session) = (format!("\"00101{sim:010}\""), format!("alert-{sim}"));
    let imeisv = format!("\"8664250{:07}01\"", sim * 2 + u32::from(second));
    let attributes = [
        ("Acct-Status-Type", status),
        ("Acct-Session-Id", session.as_str()),
        ("NAS-IP-Address", "127.0.0.1"),
        ("Called-Station-Id", "internet.iot"),
        ("3GPP-IMSI", imsi.as_str()),
        ("3GPP-IMEISV", imeisv.as_str()),
        ("Acct-Session-Time", seconds),
    ];
    let began = std::time::Instant::now();
    while !radclient_within("0.2", server, "acct", SECRET, &attributes).is_acknowledgement() {
        assert!(began.elapsed() < PATIENCE, "SIM {sim} gets no answer");
    }
}

async fn survive(backend: Backend) {
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    println!("seed {seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let database = database(backend).await.unwrap();
    let mut receiver = Peer::start("http", &json!({})).await.unwrap();
    let port = receiver.port;
    let site = Site::new().on(&database.url);
    let config = site.path("opencmp.toml");
    let hooks = format!("networks = [\"127.0.0.0/8\"]\nplain_http = true\nports = [{port}]\n");
    std::fs::write(&config, format!("[notify.webhooks]\n{hooks}")).unwrap();
    let site = site.with("OPENCMP_CONFIG", config.to_str().unwrap());
    site.nas_add();
    let sims: String = (0..SIMS).map(|sim| format!("00101{sim:010}\n")).collect();
    site.import(TENANT, &format!("imsi\n{sims}"));

    let mut server = site.start().await;
    let tenant = server.tenant(TENANT).await;
    let admin = server.as_tenant(tenant).await;
    let to = json!({ "http": { "url": format!("http://127.0.0.1:{port}/cmp") } });
    let channel = json!({ "name": "平台", "to": to, "person": null, "window": null, "enabled": true });
    let secret: Value =
        admin.call("alert_channel_save", json!({ "id": null, "said": channel })).await.unwrap();
    receiver.ask(&json!({ "secrets": [secret] })).await.unwrap();
    let channels: Value = admin.call("alert_channels", json!({})).await.unwrap();
    let window = json!({ "from_hour": 0, "hours": 24, "zone": "Asia/Taipei" });
    let rule = json!({
        "name": "更換設備", "target": "all", "level": "abnormal", "rearm_minutes": 5, "enabled": true,
        "condition": { "device": { "other": true } },
        "notify": { "channels": [channels["channels"][0]["id"]], "digest_hours": null, "window": window, "tell_end": true },
        "actions": { "tag": TAG },
    });
    admin.call::<Value>("alert_rule_save", json!({ "id": null, "said": rule })).await.unwrap();

    // Devices are changed one after the other, whatever becomes of the server.
    let (accounting, changed) = (site.accounting, Arc::new(AtomicU32::new(0)));
    let gateway = {
        let changed = changed.clone();
        tokio::task::spawn_blocking(move || {
            (0..SIMS).for_each(|sim| report(accounting, sim, false));
            for sim in 0..SIMS {
                report(accounting, sim, true);
                changed.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(60));
            }
        })
    };
    support::eventually("devices change", async || changed.load(Ordering::Relaxed) > 0).await;
    let mut requests = Vec::new();
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(random.random_range(0..900))).await;
        assert!(server.is_running(), "the server ended by itself:\n{}", server.said());
        server.kill();
        requests.extend(receiver.so_far("request").await.unwrap());
        server = site.spawn();
        // Now and then it dies while it starts.
        if random.random_bool(0.8) {
            server.ready().await;
        }
    }
    server.ready().await;
    gateway.await.unwrap();

    let store = site.store().await;
    let all_told = async || {
        let page = store.alert_delivery_list(tenant, false, None, 1_000).await.unwrap();
        let delivered = page.lines.iter().filter(|line| line.state == DeliveryState::Delivered);
        (page.lines.len(), delivered.count()) == (SIMS as usize, SIMS as usize)
    };
    support::eventually("every change is told", all_told).await;
    requests.extend(receiver.so_far("request").await.unwrap());
    server.idle().await;
    let alerts = once(&store).await;

    // What was told: every alert, under one id each, and nothing else.
    let mut told: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for request in &requests {
        assert_eq!(request["verified"], json!([true]), "{request}");
        let body: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
        let id = request["headers"]["webhook-id"].as_str().unwrap().to_owned();
        told.entry(id).or_default().insert(body["data"]["id"].as_i64().unwrap());
    }
    let ids: BTreeSet<i64> = told.values().flatten().copied().collect();
    assert_eq!(told.len(), SIMS as usize, "one message each");
    assert_eq!(ids, alerts.iter().map(|alert| alert.id.0).collect());
    println!("{} messages sent a second time by {KILLS} kills", requests.len() - told.len());

    // What the rule does by itself was done for each.
    let rows = server.list(&admin).await;
    assert!(rows.iter().all(|row| row.tags == [TAG]), "{rows:?}");

    // Once more with everything at rest: nothing is raised or told again.
    server.kill();
    let server = site.start().await;
    server.idle().await;
    assert_eq!(once(&store).await, alerts);
    assert_eq!(receiver.so_far("request").await.unwrap(), Vec::<Value>::new());
    assert!(server.stop().await.success());
}

/// The alerts: one of each SIM.
async fn once(store: &Store) -> Vec<StoredAlert> {
    let alerts = store.alerts_remembered(Timestamp(0), AlertId(0), 1_000).await.unwrap();
    let sims: BTreeSet<_> = alerts.iter().filter_map(|alert| alert.sim).collect();
    assert!(alerts.iter().all(|alert| alert.kind == AlertKind::OtherDevice), "{alerts:?}");
    assert_eq!((alerts.len(), sims.len()), (SIMS as usize, SIMS as usize));
    alerts
}
