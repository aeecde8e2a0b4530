//! Commands beside a running server.

use crate::support::{SECRET, Site, radclient, total_of_one_sim};
use opencmp_domain::{ByteCount, ConnectionState, ServiceState, usage::UpDown};
use std::time::{Duration, Instant};

/// What the command's help promises, and a little for a loaded machine.
const WITHIN: Duration = Duration::from_secs(1);
const SLACK: Duration = Duration::from_secs(2);

#[tokio::test]
async fn an_import_shows_within_a_second_while_the_server_runs() {
    let site = Site::new();
    let server = site.start().await;
    assert!(server.list(&server.as_operator()).await.is_empty());

    site.import("大甲水務", "imsi,msisdn,name,group,plan,state\n001010000000001,0400010000001,電表一,北區/台北,物聯網 Z999型,測試\n");
    let imported = Instant::now();
    super::support::eventually("the SIM is listed", async || {
        server.list(&server.as_operator()).await.len() == 1
    })
    .await;
    assert!(imported.elapsed() < WITHIN + SLACK, "{:?}", imported.elapsed());

    let rows = server.list(&server.as_tenant(server.tenant("大甲水務").await).await).await;
    let row = &rows[0];
    assert_eq!(row.name.as_deref(), Some("電表一"));
    assert_eq!(row.group_name.as_deref(), Some("北區/台北"));
    assert_eq!(row.plan.as_deref(), Some("物聯網 Z999型"));
    assert_eq!(row.service_state, ServiceState::Test);
    assert_eq!(row.msisdn.unwrap().national(), "0400010000001");
    assert_eq!(row.live.connection, ConnectionState::Disconnected);

    // The page itself, as a browser without JavaScript would show it.
    let page = server.as_operator().get("/sims").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("0400010000001") && page.text().contains("電表一"));

    site.import("大甲水務", "imsi,name,state\n001010000000001,電表一號,停用\n");
    super::support::eventually("the change is listed", async || {
        let rows = server.list(&server.as_operator()).await;
        rows[0].name.as_deref() == Some("電表一號") && rows[0].service_state == ServiceState::Deactivated
    })
    .await;
}

#[tokio::test]
async fn a_gateway_is_heard_as_soon_as_it_is_added() {
    let site = Site::new();
    let server = site.start().await;
    let record = [("Acct-Status-Type", "Start"), ("Acct-Session-Id", "a1"), ("NAS-IP-Address", "127.0.0.1")];
    let reply = radclient(site.accounting, "acct", SECRET, &record);
    assert_eq!(reply.code, None, "a stranger hears nothing: {}", reply.printed);
    super::support::eventually("the stranger is on the operator's page", async || {
        let strangers = server.operator_status().await.strangers;
        strangers.iter().any(|stranger| stranger.source.starts_with("127.0.0.1") && stranger.packets >= 1)
    })
    .await;

    site.nas_add();
    super::support::eventually("the gateway is answered", async || {
        radclient(site.accounting, "acct", SECRET, &record).is_acknowledgement()
    })
    .await;
    super::support::eventually("the gateway is on the operator's page", async || {
        let gateways = server.operator_status().await.gateways;
        gateways.iter().any(|gateway| gateway.name == "pgw" && gateway.accepted >= 1)
    })
    .await;
}

#[tokio::test]
async fn a_backup_of_a_running_server_opens_and_has_what_was_flushed() {
    let site = Site::new();
    site.nas_add();
    site.import("大甲水務", "imsi,msisdn\n001010000000001,0400010000001\n");
    let server = site.start().await;
    let session = site.session("001010000000001", "886400010000001", "b1");
    session.report("Start", 0, 0, 0);
    session.report("Interim-Update", 60, 1_000, 5_000);
    server.idle().await;

    let copy = site.path("copy.sqlite");
    let said = site.cli(&["backup", "--to", copy.to_str().unwrap()]);
    assert!(said.contains("octets"), "{said}");
    let copy = rusqlite::Connection::open(copy).unwrap();
    let check: String = copy.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    assert_eq!(total_of_one_sim(&copy), UpDown { uplink: ByteCount(1_000), downlink: ByteCount(5_000) });
}
