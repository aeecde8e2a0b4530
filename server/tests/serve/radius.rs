//! Real packets from radclient.

use crate::support::{SECRET, Site, eventually, radclient};
use opencmp_domain::{
    ByteCount, ConnectionState, LastMessage, operator::UnknownSim, sim::SimDetail, state::RatType,
};
use serde_json::{Value, json};

#[tokio::test]
async fn rows_give_way_to_acknowledgements_and_pages() {
    let site = Site::new();
    let server = site.start().await;
    let threads = server.threads();
    let nice = |prefix: &str| {
        let named: Vec<i32> =
            threads.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, nice)| *nice).collect();
        assert!(!named.is_empty(), "no thread is named {prefix}: {threads:?}");
        named
    };
    let usual = nice("opencmp")[0];
    for who in ["radius-acct", "journal", "tokio"] {
        assert!(nice(who).into_iter().all(|nice| nice == usual), "{threads:?}");
    }
    assert_eq!(nice("flush"), [(usual + 10).min(19)]);
}

#[tokio::test]
async fn start_interim_and_stop_move_a_sim() {
    let site = Site::new();
    site.nas_add();
    site.import("大甲水務", "imsi,msisdn\n001010000000001,0400010000001\n");
    let server = site.start().await;
    let operator = server.as_operator();
    let session = site.session("001010000000001", "886400010000001", "0A14000100000001");
    let live = async || server.list(&operator).await.remove(0).live;

    session.report("Start", 0, 0, 0);
    eventually("it is connected", async || {
        let live = live().await;
        live.connection == ConnectionState::Connected && live.last_message == Some(LastMessage::Start)
    })
    .await;
    // No Event-Timestamp: the session is as old as its records are apart.
    session.report("Interim-Update", 0, 3_000_000_000, 6_000_000_000);
    eventually("it is alive, with usage", async || {
        let live = live().await;
        live.last_message == Some(LastMessage::Alive) && live.usage_cycle == ByteCount(9_000_000_000)
    })
    .await;
    let row = server.list(&operator).await.remove(0);
    assert_eq!(row.live.apn.map(|apn| apn.to_string()).as_deref(), Some("internet.iot"));
    assert_eq!(row.live.rat, Some(RatType::EUTRAN));
    // Sessions are read from the database.
    server.idle().await;
    let answer: serde_json::Value = operator.call("sim_detail", json!({ "id": row.id })).await.unwrap();
    let detail: SimDetail = serde_json::from_value(answer["detail"].clone()).unwrap();
    assert_eq!(detail.open_sessions.len(), 1);
    assert_eq!(detail.open_sessions[0].acct_session_id, "0A14000100000001");

    // The Stop says no more than the update did: nothing is added.
    session.report("Stop", 0, 3_000_000_000, 6_000_000_000);
    eventually("it is disconnected", async || {
        let live = live().await;
        live.connection == ConnectionState::Disconnected && live.last_message == Some(LastMessage::Stop)
    })
    .await;
    assert_eq!(live().await.usage_cycle, ByteCount(9_000_000_000));
}

#[tokio::test]
async fn a_damaged_journal_is_refused_and_skipped_where_that_is_said() {
    let site = Site::new().with("OPENCMP_HTTP__METRICS_TOKEN", "a token of its own");
    site.nas_add();
    site.import("大甲水務", "imsi,msisdn\n001010000000001,0400010000001\n");
    let server = site.start().await;
    let session = site.session("001010000000001", "886400010000001", "0A14000100000001");
    session.report("Start", 0, 0, 0);
    session.report("Interim-Update", 600, 1_000, 2_000);
    session.report("Interim-Update", 1200, 2_000, 4_000);
    session.report("Stop", 1800, 3_000, 6_000);
    server.idle().await;
    assert!(server.stop().await.success());

    let files = std::fs::read_dir(site.data().join("journal")).unwrap().map(|file| file.unwrap().path());
    let path = files.max_by_key(|path| path.extension().is_some_and(|kind| kind == "journal")).unwrap();
    let mut octets = std::fs::read(&path).unwrap();
    // A header, and the second of four records: what comes after its length field is as long as that says.
    let second = 32 + 8 + u32::from_le_bytes(*octets[36..].first_chunk().unwrap()) as usize;
    octets[second + 60] ^= 1;
    std::fs::write(&path, octets).unwrap();

    let mut server = site.spawn();
    eventually("it ends", async || !server.is_running()).await;
    assert!(server.said().contains(r#"set journal.on_damage = "skip""#), "{}", server.said());
    let site = site.with("OPENCMP_JOURNAL__ON_DAMAGE", "skip");
    let server = site.start().await;
    assert!(server.said().contains("damaged records skipped"), "{}", server.said());
    let metrics = server.http.with_header("Authorization: Bearer a token of its own").get("/metrics").await;
    let counted = metrics.text().lines().any(|line| line == "opencmp_journal_lost_records_total 1");
    assert!(counted, "{}", metrics.text());
}

#[tokio::test]
async fn an_unknown_sim_is_kept_and_adopted_with_its_usage() {
    let site = Site::new();
    site.nas_add();
    let server = site.start().await;
    let operator = server.as_operator();
    let session = site.session("001010000000077", "886400010000077", "u1");
    session.report("Start", 0, 0, 0);
    session.report("Interim-Update", 600, 40_000, 60_000);
    let unknown =
        async || -> Vec<UnknownSim> { operator.call("unknown_sims", json!({ "page": 1 })).await.unwrap() };
    eventually("the operator sees it", async || {
        let held = unknown().await;
        held.len() == 1 && held[0].usage_cycle == ByteCount(100_000)
    })
    .await;
    assert_eq!(server.operator_status().await.unknown_sims, 1);
    assert_eq!(unknown().await[0].imsi.unwrap().to_string(), "001010000000077");
    assert!(server.list(&operator).await.is_empty(), "it is in no list");

    let said = site.import("大甲水務", "imsi,name,group\n001010000000077,新電表,北區\n");
    assert!(said.contains("adopted 1"), "{said}");
    eventually("it is the customer's, usage and all", async || {
        let rows = server.list(&operator).await;
        rows.len() == 1 && rows[0].live.usage_cycle == ByteCount(100_000)
    })
    .await;
    eventually("it is not unknown any more", async || unknown().await.is_empty()).await;

    session.report("Interim-Update", 900, 41_000, 62_000);
    eventually("it goes on", async || server.list(&operator).await[0].live.usage_cycle == ByteCount(103_000))
        .await;
    server.idle().await;
    let store = site.store().await;
    assert!(store.verify().await.unwrap().is_consistent(), "the group's sums have it all");
}

#[tokio::test]
async fn a_wrong_secret_is_met_with_silence_and_counted() {
    let site = Site::new();
    site.nas_add();
    let server = site.start().await;
    let record = [("Acct-Status-Type", "Start"), ("Acct-Session-Id", "w1"), ("NAS-IP-Address", "127.0.0.1")];
    let reply = radclient(site.accounting, "acct", "another", &record);
    assert_eq!(reply.code, None, "{}", reply.printed);
    eventually("the mismatch is counted", async || {
        let gateways = server.operator_status().await.gateways;
        gateways[0].secret_mismatches == 1 && gateways[0].last_mismatch_at.is_some()
    })
    .await;
    assert_eq!(server.operator_status().await.gateways[0].accepted, 0);
    assert!(server.said().contains("authenticator does not verify"), "the log says so:\n{}", server.said());
}

#[tokio::test]
async fn status_server_is_answered() {
    let site = Site::new();
    site.nas_add();
    let server = site.start().await;
    let reply = radclient(site.accounting, "status", SECRET, &[("Message-Authenticator", "0x00")]);
    assert!(reply.is_acknowledgement(), "{}", reply.printed);
    drop(server);
}

#[tokio::test]
async fn case_12_a_gateway_whose_counters_seem_to_wrap_is_flagged_until_it_is_marked() {
    let site = Site::new();
    site.nas_add();
    site.import("大甲水務", "imsi,msisdn\n001010000000001,0400010000001\n");
    let server = site.start().await;
    let session = site.session("001010000000001", "886400010000001", "w1");
    session.report_in_32_bits("Interim-Update", 3600, 10, 4_000_000_000);
    // The clock goes on, or nearly so: it is the same run of counters.
    session.report_in_32_bits("Interim-Update", 3605, 20, 100_000_000);
    let suspected = async || server.operator_status().await.gateways[0].wrap_suspected_at.is_some();
    eventually("the operator is told", suspected).await;
    // It stays through a restart of the server.
    server.idle().await;
    server.stop().await;
    let server = site.start().await;
    let suspected = async || server.operator_status().await.gateways[0].wrap_suspected_at.is_some();
    assert!(suspected().await);
    let operator = server.as_operator();
    let mut managed: Value = operator.call("managed", json!({})).await.unwrap();
    let gateway = &mut managed["gateways"][0];
    gateway["said"]["counters_32bit"] = json!(true);
    let marked = json!({ "id": gateway["id"], "said": gateway["said"] });
    operator.call::<Value>("gateway_save", marked).await.unwrap();
    assert!(!suspected().await);
}

#[tokio::test]
async fn a_gateways_restart_ends_its_sessions() {
    let site = Site::new();
    site.nas_add();
    site.import("大甲水務", "imsi,msisdn\n001010000000001,0400010000001\n001010000000002,0400010000002\n");
    let server = site.start().await;
    let operator = server.as_operator();
    site.session("001010000000001", "886400010000001", "r1").report("Interim-Update", 60, 1, 1);
    site.session("001010000000002", "886400010000002", "r2").report("Interim-Update", 60, 1, 1);
    let connected = async || {
        let rows = server.list(&operator).await;
        rows.iter().filter(|row| row.live.connection == ConnectionState::Connected).count()
    };
    eventually("both are connected", async || connected().await == 2).await;
    let on =
        [("Acct-Status-Type", "Accounting-On"), ("Acct-Session-Id", "0"), ("NAS-IP-Address", "127.0.0.1")];
    assert!(radclient(site.accounting, "acct", SECRET, &on).is_acknowledgement());
    eventually("none is", async || connected().await == 0).await;
    eventually("the operator sees the restart", async || {
        server.operator_status().await.gateways[0].restarted_at.is_some()
    })
    .await;
}

#[tokio::test]
async fn case_35_of_two_gateways_behind_one_source_one_restarts() {
    let site = Site::new();
    site.cli(&[
        "nas",
        "add",
        "proxy",
        "--address",
        "127.0.0.1/32",
        "--secret",
        SECRET,
        "--node",
        "pgw-1",
        "--node",
        "192.0.2.0/24",
    ]);
    site.import("大甲水務", "imsi,msisdn\n001010000000001,0400010000001\n001010000000002,0400010000002\n");
    let server = site.start().await;
    let operator = server.as_operator();
    let send = |status: &'static str, imsi: Option<&'static str>, node: (&'static str, &'static str)| {
        let mut record = vec![("Acct-Status-Type", status), ("Acct-Session-Id", imsi.unwrap_or("r")), node];
        // Times are whole seconds: what restarts in the second in which a session began may be before it.
        let delay = if imsi.is_some() { "60" } else { "0" };
        record.extend(imsi.map(|imsi| ("3GPP-IMSI", imsi)).into_iter().chain([("Acct-Delay-Time", delay)]));
        radclient(site.accounting, "acct", SECRET, &record).code
    };
    let (one, two) = (("NAS-Identifier", "pgw-1"), ("NAS-IP-Address", "192.0.2.2"));
    for (imsi, node) in [("001010000000001", one), ("001010000000002", two)] {
        assert!(send("Start", Some(imsi), node).is_some());
    }
    let connected = async || {
        let mut rows = server.list(&operator).await;
        rows.sort_by_key(|row| row.msisdn);
        rows.iter().map(|row| row.live.connection == ConnectionState::Connected).collect::<Vec<_>>()
    };
    eventually("both are connected", async || connected().await == [true, true]).await;
    assert!(send("Accounting-On", None, one).is_some());
    eventually("one of them restarted", async || connected().await == [false, true]).await;

    assert_eq!(send("Accounting-On", None, ("NAS-Identifier", "pgw-7")), None, "not one of its gateways");
    eventually("the operator sees whom it turned away", async || {
        let gateway = server.operator_status().await.gateways.remove(0);
        gateway.nodes_refused > 0 && gateway.node_refused.as_deref() == Some("pgw-7")
    })
    .await;
    let nodes = server.operator_status().await.gateways.remove(0).nodes;
    let said: Vec<_> = nodes.iter().map(|node| (node.name.as_str(), node.open_sessions)).collect();
    assert_eq!(said, [("pgw-1", 0), ("192.0.2.2", 1)]);
    assert!(nodes[0].restarted_at.is_some() && nodes[1].restarted_at.is_none());
}
