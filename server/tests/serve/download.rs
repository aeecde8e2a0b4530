//! CSV, XLSX and PDF.

use crate::support::{Server, Site, pdf_text};
use opencmp_domain::{SimId, people::AuditFilter};
use serde_json::{Value, json};

const FLEET: &str = "imsi,msisdn,name,group,batch\n\
    001010000000001,0400010000001,電表一,北區/台北,2026-01-01\n\
    001010000000002,0400010000002,\"=HYPERLINK(\"\"http://192.0.2.1\"\")\",北區/台北,2026-01-01\n\
    001010000000003,0400010000003,水表三,南區,2026-02-01\n";

async fn site() -> (Site, Server) {
    let site = Site::new();
    site.nas_add();
    site.import("大甲水務", FLEET);
    let server = site.start().await;
    site.session("001010000000001", "886400010000001", "d1").report("Interim-Update", 60, 1_000_000, 24_000);
    site.session("001010000000003", "886400010000003", "d3").report("Stop", 60, 0, 1024);
    server.idle().await;
    (site, server)
}

async fn sim(server: &Server, number: &str) -> SimId {
    let rows = server.list(&server.as_operator()).await;
    rows.iter().find(|row| row.msisdn.is_some_and(|msisdn| msisdn.national() == number)).unwrap().id
}

#[tokio::test]
async fn a_tenants_fields_are_in_its_files_and_in_no_others() {
    let site = Site::new();
    site.import("甲", "imsi,name\n001010000000001,一\n001010000000002,二\n");
    site.import("乙", "imsi,name\n001010000000003,三\n");
    let server = site.start().await;
    let tenant = server.tenant("甲").await;
    let http = server.as_tenant(tenant).await;
    let mut ids = Vec::new();
    for name in ["門牌", "期數"] {
        let said = json!({ "name": name, "kind": "text", "choices": [], "required": false });
        let id: i64 = http.call("custom_field_save", json!({ "id": null, "said": said })).await.unwrap();
        ids.push(id);
    }
    let rows = server.list(&http).await;
    let one = rows.iter().find(|row| row.name.as_deref() == Some("一")).unwrap();
    let said = json!({ "name": "一", "group": one.group, "tags": [], "fields": [[ids[1], "=3"]] });
    http.call::<Value>("sim_edit", json!({ "id": one.id, "said": said })).await.unwrap();
    let text = http.get("/download/sims.csv?cols=name").await.text();
    let mut lines: Vec<&str> = text.trim_start_matches('\u{FEFF}').lines().collect();
    lines[1..].sort_unstable();
    assert_eq!(lines, ["設備名稱,門牌,期數", "一,,'=3", "二,,"]);
    assert_eq!(http.get("/download/sims.xlsx?cols=name").await.status, 200);
    // Of several tenants' SIMs there are no fields in common.
    let text = server.as_operator().get("/download/sims.csv?cols=name").await.text();
    assert!(text.lines().count() == 4 && !text.contains("門牌") && !text.contains("=3"), "{text}");
}

#[tokio::test]
async fn a_refused_file_says_why_in_the_readers_language() {
    let (_site, server) = site().await;
    let http = server.as_operator();
    let said = async |lang: &str, path: &str| {
        let answer = http.and_cookie("lang", lang).get(path).await;
        (answer.status, answer.text())
    };
    for (path, status, chinese, english) in [
        ("/download/sessions.csv?sim=999999", 404, "不存在", "exist"),
        ("/download/sims.csv?cols=msisdn,colour", 400, "cols", "cols"),
        ("/download/sims.csv?state=asleep", 400, "state", "state"),
        ("/download/usage.pdf?cycle=never", 400, "cycle", "cycle"),
        ("/download/events.csv?sim=1&from=yesterday", 400, "from", "from"),
    ] {
        let (refused, text) = said("zh-TW", path).await;
        assert_eq!(refused, status, "{path}: {text}");
        assert!(text.contains(chinese) && !text.is_ascii() && !text.contains("：:"), "{path}: {text}");
        let (refused, text) = said("en", path).await;
        assert_eq!(refused, status, "{path}: {text}");
        assert!(text.contains(english) && text.is_ascii(), "{path}: {text}");
    }
}

#[tokio::test]
async fn the_list_as_csv_and_xlsx() {
    let (_site, server) = site().await;
    let answer = server.as_operator().get("/download/sims.csv").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/csv"), "{}", answer.header("content-type"));
    let disposition = answer.header("content-disposition");
    assert!(disposition.starts_with("attachment") && disposition.contains(".csv"), "{disposition}");
    let text = answer.text();
    let lines: Vec<&str> = text.trim_start_matches('\u{FEFF}').lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[0].contains("門號"), "{text}");
    assert!(text.contains("電表一") && text.contains("0400010000003"), "{text}");
    // What a spreadsheet would run as a formula is text.
    assert!(!text.contains(",=HYPERLINK") && !text.contains("\"=HYPERLINK"), "{text}");

    let found = server
        .as_operator()
        .get("/download/sims.csv?q=%E6%B0%B4%E8%A1%A8&by=name&cols=msisdn,name")
        .await
        .text();
    let lines: Vec<&str> = found.trim_start_matches('\u{FEFF}').lines().collect();
    assert_eq!(lines.len(), 2, "{found}");
    assert_eq!(lines[1].split(',').count(), 2, "{found}");

    let english = server.as_operator().and_cookie("lang", "en").get("/download/sims.csv").await.text();
    assert!(!english.lines().next().unwrap().contains("門號"), "{english}");

    let answer = server.as_operator().get("/download/sims.xlsx").await;
    assert_eq!(
        answer.header("content-type"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    );
    assert!(answer.body.starts_with(b"PK"), "it is a zip file");
}

#[tokio::test]
async fn usage_as_csv_and_pdf() {
    let (_site, server) = site().await;
    let answer = server.as_operator().get("/download/usage.csv").await;
    assert!(answer.header("content-type").starts_with("text/csv"));
    let text = answer.text();
    // 1,024,000 and 1,024 octets on one day: 1,001 KB.
    assert!(text.contains("Usage(KB)") && text.contains("1001"), "{text}");

    let answer = server.as_operator().get("/download/usage.pdf").await;
    assert_eq!(answer.header("content-type"), "application/pdf");
    let text = pdf_text(&answer.body);
    assert!(text.contains("全部門號每日流量"), "{text}");
    let ours = server.as_tenant(server.tenant("大甲水務").await).await;
    assert!(pdf_text(&ours.get("/download/usage.pdf").await.body).contains("大甲水務"));
    assert!(text.replace(',', "").contains("1001"), "{text}");

    let id = sim(&server, "0400010000003").await;
    let answer = server.as_operator().get(&format!("/download/usage.pdf?sim={id}")).await;
    let text = pdf_text(&answer.body);
    assert!(text.contains("0400010000003"), "{text}");
}

#[tokio::test]
async fn sessions_as_csv() {
    let (_site, server) = site().await;
    let id = sim(&server, "0400010000001").await;
    let answer = server.as_operator().get(&format!("/download/sessions.csv?sim={id}")).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").starts_with("text/csv"));
    let text = answer.text();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains("d1") && text.contains("internet.iot") && text.contains("1000000"), "{text}");
}

#[tokio::test]
async fn the_time_line_as_csv() {
    let (_site, server) = site().await;
    let id = sim(&server, "0400010000003").await;
    let http = server.as_operator().and_cookie("lang", "en").and_cookie("tz", "Asia/Taipei");
    let lines = async |more: &str| -> Vec<String> {
        let answer = http.get(&format!("/download/events.csv?sim={id}{more}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.header("content-type").starts_with("text/csv"));
        assert!(answer.header("content-disposition").contains("events-0400010000003.csv"));
        answer.text().trim_start_matches('\u{FEFF}').lines().map(str::to_owned).collect()
    };
    let whole = lines("").await;
    assert_eq!(whole[0], "Time,Event,From,To");
    let place = |line: &String| whole.iter().position(|held| held == line).unwrap();
    let (ended, started) =
        (lines("&kind=session_ended").await, lines("&kind=session_started&from=2021-01-01").await);
    assert!(ended.len() == 2 && ended[1].contains(",Session ended,"), "{ended:?}");
    assert!(started.len() == 2 && started[1].ends_with(",Session started,,internet.iot"), "{started:?}");
    assert!(place(&ended[1]) < place(&started[1]), "the newest is first: {whole:?}");
    assert_eq!(lines("&kind=counter_reset").await, whole[..1]);
    assert_eq!(lines("&until=2021-01-01").await, whole[..1]);
    // The day that the line itself says is the reader's.
    let day = &ended[1][..10];
    assert_eq!(lines(&format!("&kind=session_ended&from={day}&until={day}")).await, ended);
    let noted: Value = http.call("audit", json!({ "filter": AuditFilter::default() })).await.unwrap();
    assert!(noted.to_string().contains("/download/events.csv"), "{noted}");
}

#[tokio::test]
async fn a_download_of_nonsense_is_refused_by_name() {
    let (_site, server) = site().await;
    for (path, status, named) in [
        ("/download/sims.csv?group=x", 400, "group"),
        ("/download/sims.csv?cols=colour", 400, "cols"),
        ("/download/sims.xlsx?sort=colour", 400, "sort"),
        ("/download/usage.pdf?cycle=2026-13", 400, "cycle"),
        ("/download/usage.csv?day=yesterday", 400, "day"),
        ("/download/usage.csv?sim=4711", 404, ""),
        ("/download/sessions.csv?sim=4711", 404, ""),
        ("/download/sessions.csv", 400, "sim"),
        ("/download/sessions.csv?sim=1&from=yesterday", 400, "from"),
        ("/download/events.csv?sim=4711", 404, ""),
        ("/download/events.csv", 400, "sim"),
        ("/download/events.csv?sim=1&kind=party", 400, "kind"),
        ("/download/events.csv?sim=1&until=yesterday", 400, "until"),
    ] {
        let answer = server.as_operator().get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.text().contains(named), "{path}: {}", answer.text());
    }
}
