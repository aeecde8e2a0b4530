//! The operator's stock over HTTP: files come in, SIMs go out and come back.

use crate::support::{Http, Response, Server, Site, eventually};
use opencmp_app::api::stock::Stock;
use opencmp_domain::{
    Role, TenantId,
    stock::{AllocationReport, ImportOutcome},
};
use serde_json::{Value, json};

const GOOD: &str = "imsi,msisdn,batch\n001010000000001,0400010000001,a\n001010000000002,0400010000002,b\n";
const BAD: &str = "imsi,msisdn,batch,state\n001010000000001,0400010000001,a,啟用\n12,0400010000002,a,啟用\n\
                   001010000000003,0400010000003,a,睡眠\n";

async fn started() -> (Site, Server, Http, TenantId) {
    let site = Site::new();
    site.import("甲", "imsi\n001010000000009\n");
    let server = site.start().await;
    let operator = server.as_operator();
    let tenant = server.tenant("甲").await;
    (site, server, operator, tenant)
}

async fn upload(http: &Http, then: &str, file: &str) -> ImportOutcome {
    let answer = http.post(&format!("/upload/sims?then={then}"), file).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_str(&answer.text()).unwrap()
}

async fn stock(http: &Http) -> u64 {
    http.call::<Stock>("stock", json!({})).await.unwrap().summary.stock
}

fn message(answer: &Response) -> String {
    let said: Value = serde_json::from_str(&answer.text()).unwrap();
    assert_eq!(said["Invalid"]["field"], "file");
    said["Invalid"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_file_is_looked_at_then_taken_whole_or_not_at_all() {
    let (_site, _server, operator, _) = started().await;
    let preview = upload(&operator, "preview", BAD).await;
    assert_eq!((preview.applied, preview.lines, preview.created, preview.refused), (false, 3, 1, 2));
    let told: Vec<_> = preview.errors.iter().map(|error| (error.line, error.column.as_str())).collect();
    assert_eq!(told, [(3, "imsi"), (4, "state")]);
    assert!(!upload(&operator, "apply", BAD).await.applied);
    assert_eq!(stock(&operator).await, 0);
    assert!(upload(&operator, "apply_good", BAD).await.applied);
    assert_eq!(stock(&operator).await, 1);
    let done = upload(&operator, "apply", GOOD).await;
    assert_eq!((done.applied, done.created, done.unchanged), (true, 1, 1));
    assert_eq!(stock(&operator).await, 2);
}

#[tokio::test]
async fn a_file_that_cant_be_read_says_why() {
    let (_site, _server, operator, _) = started().await;
    let send = async |file: &str| operator.post("/upload/sims", file).await;
    for (file, says) in [
        ("", "empty"),
        ("imsi,colour\n1,2\n", "colour"),
        ("name\nx\n", "is needed"),
        ("imsi,name\n1\n", "line 2"),
        ("PK\u{3}\u{4}", "workbook"),
    ] {
        let answer = send(file).await;
        assert_eq!(answer.status, 400, "{file:?}");
        assert!(message(&answer).contains(says), "{}", answer.text());
    }
    // Larger than is taken here.
    let large = format!("imsi\n{}", "001010000000001\n".repeat(2_200_000));
    let answer = send(&large).await;
    assert_eq!(answer.status, 400);
    assert!(message(&answer).contains("larger"), "{}", answer.text());
}

#[tokio::test]
async fn sims_go_to_a_tenant_show_there_at_once_and_come_back() {
    let (_site, server, operator, tenant) = started().await;
    upload(&operator, "apply", GOOD).await;
    let filter =
        json!({ "batch": null, "text": "", "lines": ["0400010000001", "0400010000002", "0400010000003"] });
    let ask = |allocation: Value, expected: Value| json!({ "allocation": allocation, "filter": filter, "expected": expected });
    let there = json!({ "ToTenant": { "tenant": tenant, "group": null } });
    let preview: AllocationReport =
        operator.call("stock_allocate", ask(there.clone(), Value::Null)).await.unwrap();
    assert_eq!((preview.moved, preview.staying_total), (2, 1));
    assert_eq!(stock(&operator).await, 2);
    operator.call::<AllocationReport>("stock_allocate", ask(there, json!(2))).await.unwrap();
    let customer = server.as_tenant(tenant).await;
    assert_eq!(server.list(&customer).await.len(), 3);
    let back = json!({ "ToStock": { "tenant": tenant } });
    operator.call::<AllocationReport>("stock_allocate", ask(back, json!(2))).await.unwrap();
    assert_eq!(server.list(&customer).await.len(), 1);
    assert_eq!(stock(&operator).await, 2);
    // Stock is not what the network alone knows.
    eventually("the applier has followed", async || server.operator_status().await.unknown_sims == 0).await;
}

#[tokio::test]
async fn nobody_else_comes_near_it() {
    let (_site, server, _, tenant) = started().await;
    let support = server.as_person("s@operator.example", Role::OperatorSupport, None, None).await;
    let admin = server.as_tenant(tenant).await;
    for http in [&support, &admin] {
        assert_eq!(http.post("/upload/sims?then=apply", GOOD).await.status, 403);
        for function in ["stock", "stock_page", "stock_groups", "stock_allocate"] {
            assert_eq!(http.post(&format!("/fn/{function}"), "{}").await.status, 403, "{function}");
        }
        let page = http.get("/stock").await;
        assert_eq!(page.status, 403);
        assert!(page.text().contains("沒有權限"), "{}", page.text());
    }
    assert_eq!(server.http.post("/upload/sims", GOOD).await.status, 401);
    // From another site's page.
    let elsewhere = server.as_operator().with_origin("http://evil.example");
    assert_eq!(elsewhere.post("/upload/sims?then=apply", GOOD).await.status, 403);
    assert_eq!(stock(&server.as_operator()).await, 0);
}
