//! A database that takes nothing for a while, and the way down.

use crate::support::{Site, eventually, total_of_one_sim};
use opencmp_domain::{ByteCount, operator::IngestTrouble};
use rusqlite::Connection;

#[tokio::test]
async fn a_locked_database_stops_no_acknowledgement_and_loses_nothing() {
    let site = Site::new();
    site.nas_add();
    site.import("大甲水務", "imsi,msisdn\n001010000000001,0400010000001\n");
    let server = site.start().await;
    let operator = server.as_operator();
    let session = site.session("001010000000001", "886400010000001", "l1");
    session.report("Start", 0, 0, 0);
    server.idle().await;

    let second_hand = Connection::open(site.data().join("opencmp.sqlite")).unwrap();
    second_hand.execute_batch("BEGIN IMMEDIATE").unwrap();
    session.report("Interim-Update", 60, 1_000, 9_000);
    eventually("the page shows what the database can't take", async || {
        server.list(&operator).await[0].live.usage_cycle == ByteCount(10_000)
    })
    .await;
    eventually("readiness says what is wrong", async || {
        let answer = server.http.get("/readyz").await;
        answer.status == 503 && answer.text().contains("DatabaseUnavailable")
    })
    .await;
    let status = server.ingest().await;
    assert_eq!(status.trouble, Some(IngestTrouble::DatabaseUnavailable));
    assert!(status.unflushed > 0);
    session.report("Interim-Update", 120, 2_000, 18_000);

    second_hand.execute_batch("ROLLBACK").unwrap();
    eventually("it is ready again", async || server.http.get("/readyz").await.status == 200).await;
    server.idle().await;
    assert_eq!(total_of_one_sim(&second_hand).total(), ByteCount(20_000));
}

#[tokio::test]
async fn a_shutdown_flushes_what_was_acknowledged() {
    let site = Site::new();
    site.nas_add();
    site.import("大甲水務", "imsi,msisdn\n001010000000001,0400010000001\n");
    let server = site.start().await;
    let session = site.session("001010000000001", "886400010000001", "s1");
    session.report("Interim-Update", 60, 1_000, 9_000);
    // A page with an open stream must not hold it up.
    let mut page = server.as_operator().stream("/live?fleet=1").await;
    assert!(page.next().await.snapshot);
    assert!(server.stop().await.success());
    let database = Connection::open(site.data().join("opencmp.sqlite")).unwrap();
    assert_eq!(total_of_one_sim(&database).total(), ByteCount(10_000));

    let server = site.start().await;
    let rows = server.list(&server.as_operator()).await;
    assert_eq!(rows[0].live.usage_cycle, ByteCount(10_000));
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let site = Site::new();
    let mut first = site.start().await;
    let mut second = site.spawn();
    eventually("the second ends", async || !second.is_running()).await;
    assert!(first.is_running());
    assert_eq!(first.http.get("/healthz").await.status, 200);
}
