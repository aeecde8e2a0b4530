//! A customer never sees another's SIM, by no way that leads to one.

use crate::support::{Http, Server, Site};
use opencmp_domain::{
    SimId,
    operator::OperatorStatus,
    query::SimQuery,
    sim::{GroupChoice, SimDetail, SimRow},
};
use serde_json::{Value, json};

struct Two {
    site: Site,
    server: Server,
    /// 甲's view; 乙's SIM and group, which it must not see.
    ours: Http,
    their_sim: SimId,
    their_group: i64,
}

async fn two_customers() -> Two {
    let site = Site::new();
    site.nas_add();
    site.import("甲", "imsi,msisdn,name,group\n001010000000001,0400010000001,ours,ours\n");
    site.import("乙", "imsi,msisdn,name,group\n001010000000002,0400010000002,theirs,theirs\n");
    let server = site.start().await;
    site.session("001010000000002", "886400010000002", "theirs").report("Interim-Update", 60, 5_000, 5_000);
    server.idle().await;
    let ours = server.as_tenant(server.tenant("甲").await).await;
    let theirs = server.as_tenant(server.tenant("乙").await).await;
    let their_sim = server.list(&theirs).await[0].id;
    let groups: Vec<GroupChoice> = theirs.call("groups", json!({})).await.unwrap();
    let their_group = groups.iter().find(|group| group.name == "theirs").unwrap().id.0;
    Two { site, server, ours, their_sim, their_group }
}

#[tokio::test]
async fn pages_and_downloads_show_nothing_of_another_customer() {
    let Two { site: _site, server: _server, ours, their_sim, their_group } = two_customers().await;
    let secret = ["0400010000002", "001010000000002", "theirs"];
    for path in [
        "/",
        "/sims",
        "/sims?q=0400010000002",
        &format!("/sims?group={their_group}"),
        &format!("/sims/{their_sim}"),
        "/usage",
        &format!("/usage?sim={their_sim}"),
        &format!("/usage?group={their_group}"),
        "/operator",
        "/download/sims.csv",
        &format!("/download/sims.csv?group={their_group}"),
        &format!("/download/usage.csv?sim={their_sim}"),
        &format!("/download/usage.csv?group={their_group}"),
        &format!("/download/usage.pdf?group={their_group}"),
        &format!("/download/sessions.csv?sim={their_sim}"),
        &format!("/download/events.csv?sim={their_sim}"),
    ] {
        let answer = ours.get(path).await;
        assert!(answer.status < 500, "{path}: {}", answer.status);
        // What was asked for may be said again.
        let text = answer.text().replace(path, "").replace(&path.replace('?', "?amp;"), "");
        let text = if path.contains("q=") { text.replace("0400010000002", "") } else { text };
        for word in secret {
            assert!(!text.contains(word), "{path} says {word}:\n{text}");
        }
    }
    assert_eq!(ours.get(&format!("/download/sessions.csv?sim={their_sim}")).await.status, 404);
    assert_eq!(ours.get(&format!("/download/events.csv?sim={their_sim}")).await.status, 404);
    assert_eq!(ours.get(&format!("/download/usage.csv?sim={their_sim}")).await.status, 404);
}

#[tokio::test]
async fn server_functions_answer_as_if_it_were_not_there() {
    let Two { site: _site, server, ours, their_sim, their_group } = two_customers().await;
    let own: Vec<SimRow> = server.list(&ours).await;
    assert_eq!(own.iter().map(|row| row.name.as_deref()).collect::<Vec<_>>(), [Some("ours")]);
    let found: Vec<SimRow> = ours.call("sim_quick_search", json!({ "text": "0400010000002" })).await.unwrap();
    assert!(found.is_empty());
    let groups: Vec<GroupChoice> = ours.call("groups", json!({})).await.unwrap();
    assert!(groups.iter().all(|group| group.id.0 != their_group));

    let detail: Result<SimDetail, Value> = ours.call("sim_detail", json!({ "id": their_sim })).await;
    assert_eq!(detail.unwrap_err(), json!("NotFound"));
    let filter = json!({ "open": null, "from": null, "until": null });
    let sessions = json!({ "id": their_sim, "filter": filter, "cursor": null });
    assert_eq!(ours.call::<Value>("sim_sessions", sessions).await.unwrap_err(), json!("NotFound"));
    let timeline = json!({ "id": their_sim, "filter": {}, "after": null });
    assert_eq!(ours.call::<Value>("sim_timeline", timeline).await.unwrap_err(), json!("NotFound"));
    let usage = json!({ "query": { "group": null, "cycle": null, "sim": their_sim, "day": null } });
    assert_eq!(ours.call::<Value>("usage_report", usage).await.unwrap_err(), json!("NotFound"));
    let status: Result<OperatorStatus, Value> = ours.call("operator_status", json!({})).await;
    assert_eq!(status.unwrap_err(), json!("Forbidden"));
    let unknown = ours.call::<Value>("unknown_sims", json!({ "page": 1 })).await;
    assert_eq!(unknown.unwrap_err(), json!("Forbidden"));

    // A list that one customer pasted means nothing to another.
    let theirs = server.as_tenant(server.tenant("乙").await).await;
    let list: String = theirs.call("number_list_save", json!({ "lines": ["0400010000002"] })).await.unwrap();
    let query = SimQuery { list: Some(list), ..SimQuery::default() };
    let listing: Result<Value, Value> = ours.call("sim_list", json!({ "query": query })).await;
    let rows = listing.map(|listing| listing["page"]["rows"].as_array().map_or(0, Vec::len));
    assert!(!matches!(rows, Ok(1..)), "{rows:?}");
}

#[tokio::test]
async fn the_live_stream_stays_within_the_customer() {
    let Two { site, server, ours, their_sim, .. } = two_customers().await;
    let mut stream = ours.stream(&format!("/live?sims={their_sim}&counts=1&fleet=1")).await;
    let first = stream.next().await;
    assert!(first.rows.is_empty());
    assert_eq!(first.counts.unwrap().all, 1);
    assert_eq!(first.fleet.unwrap().usage_cycle.octets(), 0);
    assert_eq!(ours.get("/live?ingest=1").await.status, 403);
    assert_eq!(server.as_operator().stream("/live?ingest=1").await.next().await.rows, []);

    // Theirs changes, then ours does: the first thing heard is ours.
    site.session("001010000000002", "886400010000002", "theirs").report("Stop", 120, 6_000, 6_000);
    site.session("001010000000001", "886400010000001", "ours").report("Interim-Update", 60, 700, 0);
    let fleet = stream.until(|update| {
        assert!(update.rows.is_empty() && update.events.iter().all(|event| event.sim != their_sim));
        update.fleet.filter(|fleet| fleet.usage_cycle.octets() > 0)
    });
    assert_eq!(fleet.await.usage_cycle.octets(), 700);
}
