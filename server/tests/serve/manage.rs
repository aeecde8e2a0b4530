//! What the operator's administrators set up shows where SIMs are listed.

use crate::support::{Http, Server, Site, eventually};
use opencmp_domain::{
    Role,
    operator::PlanLine,
    query::{SimColumn, SimQuery, Sort},
};
use serde_json::{Value, json};

async fn plans(http: &Http) -> Vec<PlanLine> {
    http.call("plans", json!({})).await.unwrap()
}

/// Names of SIMs with those of their plans, sorted by these.
async fn listed(server: &Server, http: &Http) -> Vec<(String, String)> {
    let query = SimQuery { sort: Sort { column: SimColumn::Plan, descending: false }, ..SimQuery::default() };
    let query = serde_json::to_value(query).unwrap();
    let listing: opencmp_app::api::SimListing = http
        .call("sim_list", json!({ "query": query }))
        .await
        .unwrap_or_else(|e| panic!("{e}\n{}", server.said()));
    let text = |text: Option<String>| text.unwrap_or_default();
    listing.page.rows.into_iter().map(|row| (text(row.name), text(row.plan))).collect()
}

#[tokio::test]
async fn a_renamed_plan_shows_in_lists_at_once_and_in_other_processes_soon() {
    let site = Site::new();
    site.import(
        "甲",
        "imsi,name,plan,apn,tags\n\
         001010000000001,一,a,a,a\n001010000000002,二,b,,\n001010000000003,三,b,,\n",
    );
    let server = site.start().await;
    let operator = server.as_operator();
    let customer = server.as_tenant(server.tenant("甲").await).await;
    let pair = |name: &str, plan: &str| (name.to_owned(), plan.to_owned());
    let before = listed(&server, &customer).await;
    assert_eq!(before, [pair("一", "a"), pair("二", "b"), pair("三", "b")]);

    let held = plans(&operator).await;
    let [a, b] = &held[..] else { panic!("{held:?}") };
    assert_eq!((a.name.as_str(), a.sims, b.name.as_str(), b.sims), ("a", 1, "b", 2));
    let rename = async |id, name| {
        operator.call::<Value>("plan_rename", json!({ "id": id, "name": name })).await.unwrap();
    };
    rename(a.id, "c").await;
    assert_eq!(listed(&server, &customer).await, [pair("二", "b"), pair("三", "b"), pair("一", "c")]);
    // They change names: rows of one don't become the other's.
    rename(b.id, "a").await;
    rename(a.id, "b").await;
    assert_eq!(listed(&server, &customer).await, [pair("二", "a"), pair("三", "a"), pair("一", "b")]);
    // An APN and a tag of the plan's old name stay.
    let rows = server.list(&customer).await;
    let one = rows.iter().find(|row| row.name.as_deref() == Some("一")).unwrap();
    assert_eq!(
        (one.live.apn.as_ref().map(|apn| apn.as_str()), &one.tags[..]),
        (Some("a"), &["a".to_owned()][..])
    );

    let other = site.store().await;
    let now = opencmp_domain::Timestamp(1);
    other.plan_rename(b.id, "另一程序", now).await.unwrap();
    eventually("the other process's name is listed", async || {
        listed(&server, &customer).await.iter().filter(|(_, plan)| plan == "另一程序").count() == 2
    })
    .await;

    let refused =
        operator.call::<Value>("plan_remove", json!({ "id": a.id, "why": null })).await.unwrap_err();
    assert_eq!(refused["Invalid"], json!({ "field": "plan_sims", "message": "1" }));
    let made: i64 = operator.call("plan_add", json!({ "name": "多餘" })).await.unwrap();
    operator.call::<Value>("plan_remove", json!({ "id": made, "why": null })).await.unwrap();
    assert_eq!(plans(&operator).await.len(), 2);
}

#[tokio::test]
async fn a_tenant_is_renamed_and_is_the_same() {
    let site = Site::new();
    site.import("甲", "imsi,name,plan\n001010000000001,一,輕量型\n");
    let server = site.start().await;
    let operator = server.as_operator();
    let tenant = server.tenant("甲").await;
    let rename = |name: &str| json!({ "id": tenant, "name": name });
    operator.call::<Value>("tenant_rename", rename("甲公司")).await.unwrap();
    assert_eq!(server.tenant("甲公司").await, tenant);
    assert_eq!(server.list(&server.as_tenant(tenant).await).await.len(), 1);

    let support = server.as_person("s@operator.example", Role::OperatorSupport, None, None).await;
    let admin = server.as_person("a@tenant.example", Role::TenantAdmin, Some(tenant), None).await;
    for http in [&support, &admin] {
        let refused = http.call::<Value>("tenant_rename", rename("乙")).await;
        assert_eq!(refused.unwrap_err(), json!("Forbidden"));
    }
    // Support reads, and has nothing to manage; a tenant's people don't see what others have.
    assert_eq!(plans(&support).await.len(), 1);
    let page = support.get("/manage").await;
    assert_eq!(page.status, 403);
    assert!(!page.text().contains("id=\"plans\""));
    assert!(operator.get("/manage").await.text().contains("id=\"plans\""));
    assert_eq!(admin.call::<Value>("plans", json!({})).await.unwrap_err(), json!("Forbidden"));
}
