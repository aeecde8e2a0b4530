//! The live stream over plain HTTP.

use crate::support::Site;
use opencmp_domain::{ByteCount, ConnectionState, event::EventKind};

#[tokio::test]
async fn a_stream_begins_with_a_snapshot_and_goes_on_with_what_changes() {
    let site = Site::new();
    site.nas_add();
    site.import("大甲水務", "imsi,msisdn\n001010000000001,0400010000001\n001010000000002,0400010000002\n");
    let server = site.start().await;
    let rows = server.list(&server.as_operator()).await;
    let (watched, other) = (rows[0].id, rows[1].id);

    let mut page = server.as_operator().stream(&format!("/live?sims={watched}&counts=1&fleet=1")).await;
    let first = page.next().await;
    assert!(first.snapshot);
    assert_eq!(first.rows.len(), 1);
    assert_eq!((first.rows[0].id, first.rows[0].live.connection), (watched, ConnectionState::Disconnected));
    let counts = first.counts.unwrap();
    assert_eq!((counts.all, counts.disconnected, counts.connected), (2, 2, 0));
    assert_eq!(first.fleet.unwrap().usage_cycle, ByteCount(0));

    // Of the other SIM the page hears in counts and events only.
    site.session("001010000000002", "886400010000002", "s2").report("Interim-Update", 60, 1_000, 2_000);
    let mut rows_of_other = 0;
    loop {
        let update = page.next().await;
        assert!(!update.snapshot, "only the first message is a snapshot");
        rows_of_other += update.rows.iter().filter(|row| row.id == other).count();
        if update.counts.is_some_and(|counts| counts.connected == 1) {
            break;
        }
    }
    assert_eq!(rows_of_other, 0);

    site.session("001010000000001", "886400010000001", "s1").report("Start", 0, 0, 0);
    let event = page.until(|update| update.events.iter().find(|event| event.sim == watched).cloned());
    assert_eq!(event.await.kind, EventKind::SessionStarted);
    site.session("001010000000001", "886400010000001", "s1").report("Interim-Update", 60, 10, 20);
    let live = page.until(|update| {
        let row = update.rows.iter().find(|row| row.id == watched)?;
        (row.live.usage_cycle == ByteCount(30)).then(|| row.live.clone())
    });
    assert_eq!(live.await.connection, ConnectionState::Connected);
}

#[tokio::test]
async fn what_a_stream_is_asked_must_make_sense() {
    let site = Site::new();
    let server = site.start().await;
    let many: Vec<String> = (1..=201).map(|id: u32| id.to_string()).collect();
    for (query, named) in
        [("sims=x", "sims"), ("group=1.5", "group"), (&format!("sims={}", many.join(",")), "sims")]
    {
        let answer = server.as_operator().get(&format!("/live?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.text().contains(named), "{query}: {}", answer.text());
    }
}
