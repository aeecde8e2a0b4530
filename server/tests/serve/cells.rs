//! The radio network's cells over HTTP: files come in and go out, support looks, customers don't.

use crate::support::{Http, Site};
use opencmp_domain::{
    Role,
    cell::{CellNetwork, CellPage},
    stock::ImportOutcome,
};
use serde_json::{Value, json};

const FILE: &str = "radio,mcc,net,area,cell,lon,lat,range,name\n\
                    LTE,466,92,12001,257,121.5645,25.033912,1200,北屯 03\n\
                    NR,466,1,70000,9,-70.25,-33.5,,\n";
const BAD: &str = "radio,mcc,net,area,cell\nLTE,466,92,12001,258\nLTE,466,92,70000,1\nLTE,466,92,12001,258\n";

async fn upload(http: &Http, then: &str, file: &str) -> ImportOutcome {
    let answer = http.post(&format!("/upload/cells?then={then}"), file).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_str(&answer.text()).unwrap()
}

async fn page(http: &Http, text: &str) -> CellPage {
    let filter = json!({ "plmn": null, "radio": null, "text": text });
    http.call("cell_page", json!({ "filter": filter, "page": 1 })).await.unwrap()
}

#[tokio::test]
async fn a_file_is_looked_at_taken_and_comes_out_as_it_went_in() {
    let site = Site::new();
    let server = site.start().await;
    let operator = server.as_operator();
    let preview = upload(&operator, "preview", BAD).await;
    assert_eq!((preview.applied, preview.lines, preview.created, preview.refused), (false, 3, 1, 2));
    let told: Vec<_> = preview.errors.iter().map(|error| (error.line, error.column.as_str())).collect();
    assert_eq!(told, [(3, "area"), (4, "cell")]);
    assert!(!upload(&operator, "apply", BAD).await.applied);
    assert_eq!(page(&operator, "").await.total, 0);
    assert!(upload(&operator, "apply_good", BAD).await.applied);
    let done = upload(&operator, "apply", FILE).await;
    assert_eq!((done.applied, done.created, done.changed), (true, 2, 0));
    assert_eq!(page(&operator, "").await.total, 3);
    assert_eq!(page(&operator, "北屯").await.cells[0].cell.key.cell, 257);

    let networks: Vec<CellNetwork> = operator.call("cell_networks", json!({})).await.unwrap();
    let told: Vec<_> = networks.iter().map(|n| (n.name.as_str(), n.cells, n.placed)).collect();
    assert_eq!(told, [("遠傳電信", 1, 1), ("中華電信", 2, 1)]);

    let file = operator.get("/download/cells.csv").await;
    assert_eq!(file.status, 200);
    let text = file.text();
    assert!(text.contains("LTE,46692,466,92,12001,257,121.564500,25.033912,1200,\"北屯 03\"\r\n"), "{text}");
    assert!(text.contains("NR,46601,466,01,70000,9,-70.250000,-33.500000,,\"\"\r\n"), "{text}");
    let again = upload(&operator, "apply", &text).await;
    assert_eq!((again.applied, again.unchanged, again.lines), (true, 3, 3), "{again:?}");
    let some = operator.get("/download/cells.csv?network=46601&radio=NR").await.text();
    assert_eq!(some.lines().count(), 2, "{some}");
    assert_eq!(operator.get("/download/cells.csv?radio=WIFI").await.status, 400);
    let filter = json!({ "person": null, "action": "export", "from": null, "until": null, "before": null });
    let told: Value = operator.call("audit", json!({ "filter": filter })).await.unwrap();
    let told: Vec<_> = told.as_array().unwrap().iter().map(|line| &line["subject"]).collect();
    assert_eq!(told, [&json!("/download/cells.csv"); 3], "files that leave are written down first");

    for (file, says) in [("", "empty"), ("imsi\n1\n", "imsi"), ("radio,mcc\n", "are all needed")] {
        let answer = operator.post("/upload/cells", file).await;
        assert_eq!(answer.status, 400, "{file:?}");
        assert!(answer.text().contains(says), "{}", answer.text());
    }
}

#[tokio::test]
async fn support_looks_and_changes_nothing_customers_see_nothing() {
    let site = Site::new();
    site.import("甲", "imsi\n001010000000001\n");
    let server = site.start().await;
    let operator = server.as_operator();
    upload(&operator, "apply", FILE).await;
    let tenant = server.tenant("甲").await;
    let support = server.as_person("s@operator.example", Role::OperatorSupport, None, None).await;
    let admin = server.as_person("a@tenant.example", Role::TenantAdmin, Some(tenant), None).await;
    assert_eq!(page(&support, "").await.total, 2);
    assert!(support.get("/cells").await.text().contains("北屯 03"));
    assert_eq!(admin.get("/cells").await.status, 403);
    let key = json!({ "plmn": "46692", "radio": "LTE", "area": 12001, "cell": 257 });
    let remove = json!({ "key": key, "why": "test" });
    for http in [&support, &admin] {
        assert_eq!(http.call::<Value>("cell_remove", remove.clone()).await.unwrap_err(), json!("Forbidden"));
        assert_eq!(http.post("/upload/cells?then=apply", FILE).await.status, 403);
    }
    assert_eq!(admin.get("/download/cells.csv").await.status, 403);
    operator.call::<Value>("cell_remove", remove).await.unwrap();
    let all = json!({ "plmn": null, "radio": null, "text": "" });
    let many = |expected: u64| json!({ "filter": all, "expected": expected, "why": null });
    let refused = operator.call::<Value>("cells_remove", many(2)).await.unwrap_err();
    assert_eq!(refused["Invalid"]["field"], "cells_moved");
    operator.call::<Value>("cells_remove", many(1)).await.unwrap();
    assert_eq!(page(&operator, "").await.total, 0);
}
