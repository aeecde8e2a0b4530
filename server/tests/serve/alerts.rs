//! Alerts as people meet them: rules and channels are said, what happened is found, handled and taken along.

use crate::support::{Http, Server, Site};
use opencmp_app::api::{
    alerts::{AlertView, Alerts, Handled, RuleHistory, Rules},
    backtest::Tried,
    people::Session,
    why::Explained,
};
use opencmp_domain::{
    GroupId, Role, TenantId,
    alert::{
        AlertCounts, AlertKind, AlertPage, Level,
        backtest::{Reach, Unjudged},
        why::{Answer, HeldBack},
    },
    event::EventKind,
};
use opencmp_testkit::wait_until;
use rusqlite::Connection;
use serde_json::{Value, json};
use std::time::Duration;

struct World {
    site: Site,
    server: Server,
    tenant: TenantId,
    admin: Http,
    north: GroupId,
    south: GroupId,
}

async fn world() -> World {
    let site = Site::new();
    site.import(
        "甲",
        "imsi,msisdn,name,group\n001010000000001,0400010000001,一號電表,北區/台北\n\
         001010000000002,0400010000002,二號電表,南區\n001010000000003,0400019999999,三號電表,北區\n",
    );
    let server = site.start().await;
    let tenant = server.tenant("甲").await;
    let admin = server.as_tenant(tenant).await;
    let groups: Vec<Value> = admin.call("groups", json!({})).await.unwrap();
    let group = |name: &str| {
        let found = groups.iter().find(|group| group["name"] == name).unwrap();
        GroupId(found["id"].as_i64().unwrap())
    };
    let (north, south) = (group("北區"), group("南區"));
    World { site, server, tenant, admin, north, south }
}

/// An alert as a flush writes it, so many minutes after 2026-11-23 00:00 UTC.
#[derive(Clone, Copy)]
struct Raised {
    id: i64,
    /// 1 to 3, by number; 0: of none.
    sim: i64,
    kind: u8,
    level: Level,
    minute: i64,
    ended: Option<i64>,
    parent: Option<i64>,
    rule: i64,
}

const OFFLINE: Raised =
    Raised { id: 0, sim: 1, kind: 3, level: Level::Abnormal, minute: 0, ended: None, parent: None, rule: 1 };

impl World {
    fn raise(&self, raised: Raised) {
        let at = |minute: i64| (20_780 * 86_400 + minute * 60) * 1_000_000;
        let database = Connection::open(self.site.data().join("opencmp.sqlite")).unwrap();
        let number =
            format!("%{}", if raised.sim == 3 { "9999999".into() } else { format!("000{}", raised.sim) });
        database
            .execute(
                "INSERT INTO alert (id, tenant_id, rule_id, rule_version, sim_id, group_id, kind, level, began_at,
                     noticed_at, ended_at, times, parent_id, facts, by_itself)
                 VALUES (?1, ?2, ?3, 1, (SELECT id FROM sim WHERE msisdn LIKE ?4),
                     (SELECT group_id FROM sim WHERE msisdn LIKE ?4), ?5, ?6, ?7, ?7, ?8, 1, ?9,
                     '[[\"cause\",\"Lost-Carrier\"]]', 0)",
                rusqlite::params![
                    raised.id,
                    self.tenant.0,
                    raised.rule,
                    number,
                    raised.kind,
                    raised.level.code(),
                    at(raised.minute),
                    raised.ended.map(at),
                    raised.parent,
                ],
            )
            .unwrap();
    }

    async fn person(&self, role: Role, groups: Option<Vec<GroupId>>) -> Http {
        let of: Vec<String> = groups.iter().flatten().map(ToString::to_string).collect();
        let email = format!("{}{}@alerts.example", role.code(), of.join("-"));
        self.server.as_person(&email, role, Some(self.tenant), groups).await
    }

    /// Of the operator's staff, within the tenant.
    async fn support(&self) -> Http {
        let http = self.server.as_person("support@alerts.example", Role::OperatorSupport, None, None).await;
        let enter = json!({ "tenant": self.tenant, "why": null }).to_string();
        let entered = http.post("/fn/tenant_enter", &enter).await;
        // Another reach, another token.
        let cookie = entered.header("set-cookie").split(';').next().unwrap().to_owned();
        self.server.http.with_cookies(&cookie)
    }
}

fn said(name: &str, condition: Value) -> Value {
    let window = json!({ "from_hour": 0, "hours": 24, "zone": "Asia/Taipei" });
    let notify = json!({ "channels": [], "digest_hours": null, "window": window, "tell_end": true });
    json!({
        "name": name, "target": "all", "condition": condition, "level": "abnormal", "rearm_minutes": 5,
        "notify": notify, "enabled": true,
    })
}

fn offline(minutes: i64) -> Value {
    json!({ "offline": { "after_minutes": minutes, "learned": false } })
}

fn field(refused: Result<Value, Value>) -> String {
    let refused = refused.unwrap_err();
    refused["Invalid"]["field"].as_str().map_or_else(|| refused.to_string(), str::to_owned)
}

async fn found(http: &Http, query: Value) -> AlertPage {
    let query = json!({ "query": query, "after": null });
    http.call::<Alerts>("alerts", query).await.unwrap().page
}

fn ids(page: &AlertPage) -> Vec<i64> {
    page.lines.iter().map(|line| line.id.0).collect()
}

#[tokio::test]
async fn rules_of_every_category_are_said_and_what_is_wrong_is_named() {
    let world = world().await;
    let save = async |said: Value| {
        world.admin.call::<Value>("alert_rule_save", json!({ "held": null, "said": said })).await
    };
    let stages = json!({ "percents": [70, 90, 100], "allowance": 500, "together": false });
    for (name, condition) in [
        ("流量異常", json!({ "usage": { "daily_over": 157_286_400, "stages": stages } })),
        ("設備斷線", offline(2)),
        ("IMEI/IMSI不匹配", json!({ "device": { "other": true, "listed": ["86642503"], "shared_by": 2 } })),
        ("SIM卡生命週期通知", json!({ "life_cycle": { "to": ["suspended", "active"] } })),
        ("網路變更", json!({ "network": { "networks": ["46692"], "roaming": true, "rats": [6] } })),
        (
            "資安通報",
            json!({ "security": { "times_usual": 10, "cloned": true, "travel": true, "sign_ins": true } }),
        ),
    ] {
        save(said(name, condition)).await.unwrap();
    }
    let shown: Rules = world.admin.call("alert_rules", json!({})).await.unwrap();
    assert_eq!(shown.rules.len(), 6);
    let by = shown.rules[0].modified_by_name.as_deref().unwrap_or_default();
    assert!(by.contains("@customer.example"), "{by}");
    assert!(shown.networks.iter().any(|(plmn, name)| plmn.to_string() == "46692" && name == "中華電信"));

    let percents = |percents: Value| json!({ "usage": { "stages": { "percents": percents, "allowance": 1, "together": true } } });
    for (condition, named) in [
        (json!({ "usage": {} }), "condition"),
        (json!({ "usage": { "daily_over": 0 } }), "daily_over"),
        (percents(json!([90, 70])), "percents"),
        (percents(json!([])), "percents"),
        (offline(0), "after_minutes"),
        (json!({ "device": { "listed": ["x"] } }), "listed"),
        (json!({ "device": { "shared_by": 1 } }), "shared_by"),
        (json!({ "life_cycle": { "to": [] } }), "condition"),
        (json!({ "network": {} }), "condition"),
        (json!({ "security": { "times_usual": 1 } }), "times_usual"),
    ] {
        assert_eq!(field(save(said("wrong", condition.clone())).await), named, "{condition}");
    }
    let mut wrong = said(" ", offline(2));
    assert_eq!(field(save(wrong.clone()).await), "name");
    wrong["name"] = "wrong".into();
    wrong["target"] = json!({ "groups": [] });
    assert_eq!(field(save(wrong.clone()).await), "target");
    wrong["target"] = "all".into();
    wrong["rearm_minutes"] = 100_000.into();
    assert_eq!(field(save(wrong.clone()).await), "rearm");
    wrong["rearm_minutes"] = 0.into();
    wrong["notify"]["digest_hours"] = 25.into();
    assert_eq!(field(save(wrong.clone()).await), "digest");
    wrong["notify"]["digest_hours"] = Value::Null;
    wrong["notify"]["window"]["zone"] = "Pacific/Apia".into();
    assert!(save(wrong).await.is_err(), "browsers don't know this zone");
    assert_eq!(save(said("設備斷線", offline(3))).await.unwrap_err()["Taken"]["value"], "設備斷線");

    // What somebody changed meanwhile isn't overwritten; what it said before is kept.
    let rule = shown.rules.iter().find(|rule| rule.said.name == "設備斷線").unwrap();
    let change = async |version: u32, minutes| {
        let said = said("設備斷線", offline(minutes));
        world
            .admin
            .call::<Value>("alert_rule_save", json!({ "held": [rule.id, version], "said": said }))
            .await
    };
    change(1, 30).await.unwrap();
    assert_eq!(field(change(1, 60).await), "version");
    let off = json!({ "id": rule.id, "enabled": false });
    world.admin.call::<Value>("alert_rule_enable", off).await.unwrap();
    let history: RuleHistory =
        world.admin.call("alert_rule_versions", json!({ "id": rule.id })).await.unwrap();
    let said_then: Vec<(u32, bool)> =
        history.versions.iter().map(|version| (version.version, version.said.enabled)).collect();
    assert_eq!(said_then, [(3, false), (2, true), (1, true)]);
    world.admin.call::<Value>("alert_rule_remove", json!({ "id": rule.id, "why": null })).await.unwrap();
    let shown: Rules = world.admin.call("alert_rules", json!({})).await.unwrap();
    assert_eq!(shown.rules.len(), 5);
}

/// One's own channels are one's own at every role, and nobody else's are.
#[tokio::test]
async fn people_set_their_own_hours_and_nobody_elses() {
    let world = world().await;
    let person = async |role: Role, email: &str| {
        let http = world.server.as_person(email, role, Some(world.tenant), None).await;
        let session: Session = http.call("session", json!({})).await.unwrap();
        (http, session.person)
    };
    let (viewer, viewer_id) = person(Role::TenantViewer, "v@hours.example").await;
    let (editor, editor_id) = person(Role::TenantEditor, "e@hours.example").await;
    let add = async |name: &str, person: Value| {
        let to = json!({ "email": { "addresses": ["on-duty@example.com"], "lang": "en" } });
        let said = json!({ "name": name, "to": to, "person": person, "window": null, "enabled": true });
        world.admin.call::<Value>("alert_channel_save", json!({ "id": null, "said": said })).await.unwrap();
        let channels: Value = world.admin.call("alert_channels", json!({})).await.unwrap();
        let channels = channels["channels"].as_array().unwrap().clone();
        channels.iter().find(|channel| channel["said"]["name"] == name).unwrap()["id"].as_i64().unwrap()
    };
    let mine = add("mine", json!(viewer_id)).await;
    let others = [add("theirs", json!(editor_id)).await, add("shared", Value::Null).await, 999_999];
    let own: Value = viewer.call("own_channels", json!({})).await.unwrap();
    let own = own.as_array().unwrap();
    assert_eq!((own.len(), &own[0]["id"]), (1, &json!(mine)));

    let window = json!({ "from_hour": 8, "hours": 12, "zone": "Asia/Tokyo" });
    let set = async |http: &Http, id: i64, window: &Value| {
        http.call::<Value>("own_channel_hours", json!({ "id": id, "window": window })).await
    };
    let held = async |id: i64| {
        let channels: Value = world.admin.call("alert_channels", json!({})).await.unwrap();
        let channels = channels["channels"].as_array().unwrap().clone();
        channels.into_iter().find(|channel| channel["id"] == id).unwrap()["said"].clone()
    };
    for id in others {
        assert_eq!(set(&viewer, id, &window).await.unwrap_err(), json!("NotFound"), "{id}");
    }
    // Who administers channels sets others' hours where channels are set up, not here.
    assert_eq!(set(&world.admin, mine, &window).await.unwrap_err(), json!("NotFound"));
    assert_eq!(held(others[0]).await["window"], Value::Null);
    let nowhere = json!({ "from_hour": 8, "hours": 12, "zone": "Pacific/Apia" });
    assert!(set(&viewer, mine, &nowhere).await.is_err(), "browsers don't know this zone");

    set(&viewer, mine, &window).await.unwrap();
    let said = held(mine).await;
    assert_eq!(
        (&said["window"], &said["enabled"], &said["person"]),
        (&window, &json!(true), &json!(viewer_id))
    );
    set(&editor, others[0], &window).await.unwrap();
    assert_eq!(held(others[0]).await["window"], window);
    set(&viewer, mine, &Value::Null).await.unwrap();
    assert_eq!(held(mine).await["window"], Value::Null);

    let filter = json!({ "action": "alert_channel.change", "person": viewer_id });
    let changed: Value = world.admin.call("audit", json!({ "filter": filter })).await.unwrap();
    assert_eq!(changed.as_array().map_or(0, Vec::len), 2, "{changed}");
}

#[tokio::test]
async fn channels_show_their_secret_once_and_say_no_more_than_they_must() {
    let world = world().await;
    let save = async |id: Option<i64>, to: Value| {
        let said = json!({ "name": "平台", "to": to, "person": null, "window": null, "enabled": true });
        world.admin.call::<Value>("alert_channel_save", json!({ "id": id, "said": said })).await
    };
    for (to, named) in [
        (json!({ "http": { "url": "http://hooks.example/" } }), "url"),
        (json!({ "http": { "url": "https://me:secret@hooks.example/" } }), "url"),
        (json!({ "email": { "addresses": ["nobody"], "lang": "en" } }), "addresses"),
        (json!({ "sms": { "numbers": [], "lang": "en" } }), "numbers"),
    ] {
        assert_eq!(field(save(None, to.clone()).await), named, "{to}");
    }
    let secret = save(None, json!({ "http": { "url": "https://hooks.example/cmp" } })).await.unwrap();
    let secret = secret.as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_") && secret.len() > 40, "{secret}");
    let channels: Value = world.admin.call("alert_channels", json!({})).await.unwrap();
    let id = channels["channels"][0]["id"].as_i64().unwrap();
    assert!(!channels.to_string().contains("whsec_"), "{channels}");
    let again = save(Some(id), json!({ "http": { "url": "https://hooks.example/other" } })).await.unwrap();
    assert_eq!(again, Value::Null);
    let renewed: String =
        world.admin.call("alert_channel_secret", json!({ "id": id, "why": null })).await.unwrap();
    assert_ne!(renewed, secret);

    let mut rule = said("r", offline(2));
    rule["notify"]["channels"] = json!([id]);
    rule["target"] = json!({ "groups": [world.south] });
    world.admin.call::<Value>("alert_rule_save", json!({ "held": null, "said": rule })).await.unwrap();
    let used = world.admin.call::<Value>("alert_channel_remove", json!({ "id": id, "why": null })).await;
    assert_eq!(field(used), "channel_used");
    // Whoever may only look learns the kind, not where it goes; whoever has nothing to do with the rule, nothing.
    for (groups, rules) in [(None, 1), (Some(vec![world.south]), 1), (Some(vec![world.north]), 0)] {
        let viewer = world.person(Role::TenantViewer, groups).await;
        let shown: Value = viewer.call("alert_rules", json!({})).await.unwrap();
        assert_eq!(shown["rules"].as_array().unwrap().len(), rules);
        assert_eq!(shown["channels"].as_array().unwrap().len(), rules);
        assert!(!shown.to_string().contains("hooks.example"), "{shown}");
    }
}

#[tokio::test]
async fn a_channel_is_tested_and_what_becomes_of_it_is_shown() {
    let world = world().await;
    let save = async |id: Option<i64>, enabled: bool| {
        // An address that this server doesn't connect to: refused at once.
        let to = json!({ "http": { "url": "https://127.0.0.1/cmp" } });
        let said = json!({ "name": "平台", "to": to, "person": null, "window": null, "enabled": enabled });
        world.admin.call::<Value>("alert_channel_save", json!({ "id": id, "said": said })).await.unwrap();
    };
    save(None, false).await;
    let channels: Value = world.admin.call("alert_channels", json!({})).await.unwrap();
    let id = channels["channels"][0]["id"].as_i64().unwrap();
    let test = async |http: &Http| http.call::<Value>("alert_channel_test", json!({ "id": id })).await;
    assert_eq!(field(test(&world.admin).await), "channel_off");
    save(Some(id), true).await;
    let viewer = world.person(Role::TenantViewer, None).await;
    assert_eq!(test(&viewer).await.unwrap_err(), "Forbidden");
    let ids = test(&world.admin).await.unwrap();
    let again = test(&world.admin).await.unwrap_err();
    assert_eq!(again["TooMany"]["wait_secs"], 10, "{again}");
    let tested = async || {
        let lines: Value = world.admin.call("alert_channel_tested", json!({ "ids": ids })).await.unwrap();
        lines[0].clone()
    };
    let over = async || tested().await["state"] == "dead";
    assert!(wait_until(over, Duration::from_secs(30)).await.is_ok(), "{}", tested().await);
    let line = tested().await;
    assert!(line["attempts"][0]["outcome"].as_str().unwrap().starts_with("forbidden"), "{line}");
    assert_eq!(line["subject"], "Test from OpenCMP");
}

#[tokio::test]
async fn each_sees_and_handles_what_is_theirs() {
    let world = world().await;
    let mut of_south = said("南區斷線", offline(2));
    of_south["target"] = json!({ "groups": [world.south] });
    for said in [said("全部斷線", offline(2)), of_south] {
        world.admin.call::<Value>("alert_rule_save", json!({ "held": null, "said": said })).await.unwrap();
    }
    world.raise(Raised { id: 1, sim: 0, kind: 15, level: Level::Critical, minute: 1, ..OFFLINE });
    world.raise(Raised { id: 2, sim: 1, minute: 2, parent: Some(1), ..OFFLINE });
    world.raise(Raised { id: 3, sim: 2, minute: 3, parent: Some(1), ..OFFLINE });
    world.raise(Raised { id: 4, sim: 1, minute: 4, ..OFFLINE });
    world.raise(Raised { id: 5, sim: 2, minute: 5, ended: Some(9), rule: 2, ..OFFLINE });

    assert_eq!(ids(&found(&world.admin, json!({})).await), [5, 4, 1]);
    assert_eq!(ids(&found(&world.admin, json!({ "parent": 1 })).await), [3, 2]);
    assert_eq!(
        ids(&found(&world.admin, json!({ "group": world.north })).await),
        [4, 2],
        "with those nested in it"
    );
    assert_eq!(ids(&found(&world.admin, json!({ "number": "0400010000002" })).await), [5, 3]);
    assert_eq!(ids(&found(&world.admin, json!({ "number": "0400019" })).await), Vec::<i64>::new());
    assert_eq!(ids(&found(&world.admin, json!({ "open": true, "kinds": ["offline"] })).await), [4]);
    let session: Session = world.admin.call("session", json!({})).await.unwrap();
    assert_eq!(session.alerts, AlertCounts { normal: 0, abnormal: 1, critical: 1 });

    // Limited to the north: parts of the cause, but not the cause; nor the rule that is for all.
    let editor = world.person(Role::TenantEditor, Some(vec![world.north])).await;
    let theirs = found(&editor, json!({})).await;
    assert_eq!(ids(&theirs), [4, 2]);
    assert!(theirs.lines.iter().all(|line| line.parent.is_none() && line.rule_name.is_none()));
    let of_south = world.person(Role::TenantViewer, Some(vec![world.south])).await;
    let names: Vec<_> =
        found(&of_south, json!({})).await.lines.into_iter().map(|line| line.rule_name).collect();
    assert_eq!(names, [Some("南區斷線".to_owned()), None]);
    for hidden in [1, 3, 5] {
        let refused = editor.call::<Value>("alert", json!({ "id": hidden })).await;
        assert_eq!(refused.unwrap_err(), "NotFound", "{hidden}");
    }

    let handle = async |http: &Http, choice: Value, note: Option<&str>| {
        let said = json!({ "handled": true, "note": note });
        http.call::<Handled>("alerts_handle", json!({ "choice": choice, "said": said })).await
    };
    // All that match is all that is theirs.
    let all = json!({ "Matching": {} });
    let handled = handle(&editor, all.clone(), Some("已派員")).await.unwrap();
    assert_eq!(handled.changed, 2);
    let left = found(&world.admin, json!({ "handled": false })).await;
    assert_eq!(ids(&left), [5, 1]);
    let view: AlertView = world.admin.call("alert", json!({ "id": 4 })).await.unwrap();
    assert_eq!(view.detail.line.handling.note, "已派員");
    assert_eq!(view.detail.rule.unwrap().said.name, "全部斷線");
    let viewer = world.person(Role::TenantViewer, None).await;
    assert_eq!(handle(&viewer, all.clone(), None).await.unwrap_err(), "Forbidden");
    // The one thing that the operator's support changes.
    let support = world.support().await;
    assert_eq!(handle(&support, all, None).await.unwrap().changed, 2);
    let rule = json!({ "held": null, "said": said("x", offline(2)) });
    assert_eq!(support.call::<Value>("alert_rule_save", rule).await.unwrap_err(), "Forbidden");
    let long = "字".repeat(1_001);
    let refused = handle(&world.admin, json!({ "These": [4] }), Some(&long)).await.unwrap_err();
    assert_eq!(refused["Invalid"]["field"], "note");
    // Outside of a tenant there are none.
    let operator = world.server.as_operator();
    assert_eq!(
        field(operator.call::<Value>("alerts", json!({ "query": {}, "after": null })).await),
        "tenant"
    );
}

#[tokio::test]
async fn the_history_leaves_as_a_file() {
    let world = world().await;
    for id in 1..=1_203 {
        let level = if id == 7 { Level::Critical } else { Level::Abnormal };
        world.raise(Raised { id, minute: id, level, ended: Some(id + 2), ..OFFLINE });
    }
    let csv = world.admin.get("/download/alerts.csv").await;
    assert!(csv.header("content-type").starts_with("text/csv"), "{}", csv.text());
    let text = csv.text();
    let lines: Vec<&str> = text.trim_start_matches('\u{FEFF}').lines().collect();
    assert_eq!(lines.len(), 1_204);
    assert!(lines[0].starts_with("處理,門號,設備名稱,群組,告警種類,等級,告警訊息,告警時間"), "{}", lines[0]);
    for part in ["未處理", "0400010000001", "一號電表", "設備離線", "異常", "重新連線，離線 2 分鐘"]
    {
        assert!(lines[1].contains(part), "{part} in {}", lines[1]);
    }
    let critical = world.admin.get("/download/alerts.csv?level=critical").await.text();
    assert_eq!(critical.lines().count(), 2, "{critical}");
    let of_a_day = world.admin.get("/download/alerts.csv?from=2026-11-24&days=1").await.text();
    // 2026-11-24 of Taipei begins at 16:00 UTC the day before.
    assert_eq!(of_a_day.lines().count(), 1 + (1_203 - 960 + 1), "{}", of_a_day.lines().count());
    let english =
        world.admin.and_cookie("lang", "en").get("/download/alerts.csv?level=critical").await.text();
    assert!(english.contains("Connected again, offline for 2 min"), "{english}");
    let xlsx = world.admin.get("/download/alerts.xlsx").await;
    assert!(xlsx.body.starts_with(b"PK") && xlsx.header("content-type").contains("spreadsheetml"));
    for (path, status, named) in [
        ("/download/alerts.csv?level=loud", 400, "level"),
        ("/download/alerts.xlsx?days=0", 400, "days"),
        ("/download/alerts.csv?sim=4711", 404, ""),
    ] {
        let answer = world.admin.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(answer.text().contains(named), "{path}: {}", answer.text());
    }
    let south = world.person(Role::TenantViewer, Some(vec![world.south])).await;
    assert_eq!(south.get("/download/alerts.csv").await.text().lines().count(), 1);
    // Pages render what they are asked for.
    for path in ["/alerts?level=critical", "/alerts/7", "/alerts/rules", "/sims/1?tab=alerts", "/"] {
        let page = world.admin.get(path).await;
        assert_eq!(page.status, 200, "{path}");
    }
    assert_eq!(world.admin.get("/alerts/999999").await.status, 404);
    let page = world.admin.get("/alerts?level=critical").await.text();
    assert!(page.contains("重新連線，離線 2 分鐘") && page.contains("嚴重"), "{page}");
}

#[tokio::test]
async fn a_rule_is_tried_on_the_records_that_are_kept_and_tells_nobody() {
    let site = Site::new();
    site.nas_add();
    site.import(
        "甲",
        "imsi,msisdn,group\n001010000000001,0400010000001,北區\n001010000000002,0400010000002,南區\n",
    );
    site.import("乙", "imsi,msisdn\n001010000000009,0400010000009\n");
    let server = site.start().await;
    let tenant = server.tenant("甲").await;
    let admin = server.as_tenant(tenant).await;
    for (imsi, msisdn, id) in [
        ("001010000000001", "886400010000001", "a"),
        ("001010000000002", "886400010000002", "b"),
        ("001010000000009", "886400010000009", "c"),
    ] {
        let session = site.session(imsi, msisdn, id);
        session.report("Start", 0, 0, 0);
        session.report("Interim-Update", 0, 3_000_000, 6_000_000);
    }
    server.idle().await;

    let to = json!({ "email": { "addresses": ["a@ops.example", "b@ops.example"], "lang": "en" } });
    let channel = json!({ "name": "值班", "to": to, "person": null, "window": null, "enabled": true });
    admin.call::<Value>("alert_channel_save", json!({ "id": null, "said": channel })).await.unwrap();
    let channels: Value = admin.call("alert_channels", json!({})).await.unwrap();
    let groups: Vec<Value> = admin.call("groups", json!({})).await.unwrap();
    let north = &groups.iter().find(|group| group["name"] == "北區").unwrap()["id"];
    let mut daily = said("用量", json!({ "usage": { "daily_over": 5_000_000 } }));
    daily["notify"]["channels"] = json!([channels["channels"][0]["id"]]);
    let tried =
        async |http: &Http, said: &Value| http.call::<Tried>("alert_rule_try", json!({ "said": said })).await;

    // Another customer's SIM is none of theirs; each alert goes to both addresses.
    let all = tried(&admin, &daily).await.unwrap();
    let numbers: Vec<String> =
        all.backtest.first.iter().map(|line| line.msisdn.unwrap().national()).collect();
    assert_eq!(numbers, ["0400010000001", "0400010000002"]);
    assert!(all.backtest.first.iter().all(|line| line.kind == AlertKind::DailyUsage));
    assert_eq!((all.backtest.alerts(), all.backtest.sims, all.backtest.reach), (2, 2, Reach::Records));
    assert_eq!((all.backtest.told[0].at_once, all.backtest.told[0].messages()), (2, 4));
    assert!(all.chart.variants.iter().all(|variant| variant.svg.contains("<svg")));
    daily["target"] = json!({ "groups": [north] });
    assert_eq!(tried(&admin, &daily).await.unwrap().backtest.alerts(), 1);

    // Nothing was raised, and nothing is going on.
    assert!(found(&admin, json!({})).await.lines.is_empty());
    assert_eq!(admin.call::<Option<u32>>("alert_rule_try_course", json!({})).await.unwrap(), None);

    // What no record tells of is named; what is wrong is, too.
    let states = said("異動", json!({ "life_cycle": { "to": ["suspended"] } }));
    let unjudged = tried(&admin, &states).await.unwrap().backtest.unjudged;
    assert_eq!(unjudged, [(AlertKind::StateChanged, Unjudged::NotInRecords)]);
    let wrong = json!({ "said": said("x", offline(0)) });
    assert_eq!(field(admin.call("alert_rule_try", wrong).await), "after_minutes");

    // It is for those who may say rules.
    for role in [Role::TenantEditor, Role::TenantViewer] {
        let http =
            server.as_person(&format!("{}@alerts.example", role.code()), role, Some(tenant), None).await;
        let refused = http.call::<Value>("alert_rule_try", json!({ "said": daily })).await;
        assert_eq!(refused.unwrap_err(), "Forbidden", "{role:?}");
    }
}

#[tokio::test]
async fn why_a_rule_did_or_didnt_is_told_by_what_is_kept() {
    let site = Site::new();
    site.nas_add();
    site.import(
        "甲",
        "imsi,msisdn,group\n001010000000001,0400010000001,北區\n001010000000002,0400010000002,南區\n",
    );
    site.import("乙", "imsi,msisdn\n001010000000009,0400010000009\n");
    let server = site.start().await;
    let tenant = server.tenant("甲").await;
    let admin = server.as_tenant(tenant).await;
    let groups: Vec<Value> = admin.call("groups", json!({})).await.unwrap();
    let north = groups.iter().find(|group| group["name"] == "北區").unwrap()["id"].as_i64().unwrap();
    let mut rule = said("無線", json!({ "network": { "rats": [8] } }));
    rule["target"] = json!({ "groups": [north] });
    let id: i64 = admin.call("alert_rule_save", json!({ "held": null, "said": rule })).await.unwrap();
    let minute = |ahead: i64| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let at = chrono::DateTime::from_timestamp(since.as_secs() as i64 + ahead * 60, 0).unwrap();
        let taipei = chrono::FixedOffset::east_opt(8 * 3600).unwrap();
        at.with_timezone(&taipei).format("%Y-%m-%dT%H:%M:%S").to_string()
    };
    let ask = async |http: &Http, number: &str, at: String| {
        http.call::<Explained>("alert_why", json!({ "rule": id, "number": number, "at": at })).await
    };
    let refused =
        async |http: &Http, number: &str, at: String| field(ask(http, number, at).await.map(|_| Value::Null));
    // The applier looks for rules twice a second, and what was before them is no news.
    tokio::time::sleep(Duration::from_secs(2)).await;
    // Both SIMs are served by LTE; the rule is for one of them.
    for (imsi, msisdn, id) in
        [("001010000000001", "886400010000001", "a"), ("001010000000002", "886400010000002", "b")]
    {
        site.session(imsi, msisdn, id).report("Start", 0, 0, 0);
    }
    server.idle().await;
    let raised = async || {
        let why = ask(&admin, "0400010000001", minute(0)).await.unwrap().why;
        matches!(why.answer, Answer::Raised(_))
    };
    wait_until(raised, Duration::from_secs(10)).await.unwrap();
    let why = ask(&admin, "0400010000001", minute(0)).await.unwrap().why;
    assert_eq!((why.alerts.len(), why.alerts[0].kind), (1, AlertKind::OtherRat));
    assert_eq!((why.looks[0].met, why.looks[0].facts.get("to")), (Some(true), Some("6")));
    assert!(why.events.iter().any(|event| event.kind == EventKind::SessionStarted));
    assert_eq!(why.held_back, [HeldBack::NoChannel]);
    let other = ask(&admin, "0400010000002", minute(0)).await.unwrap().why;
    assert_eq!((other.answer, other.alerts.len()), (Answer::NotAimedAt, 0));
    let before = ask(&admin, "0400010000001", minute(-60)).await.unwrap().why;
    assert_eq!((before.answer, before.then), (Answer::NoRule, None));

    // What is wrong is named; what is another's isn't there.
    assert_eq!(refused(&admin, "0400010000001", minute(5)).await, "at");
    assert_eq!(refused(&admin, "0400010000001", "noon".into()).await, "at");
    assert_eq!(refused(&admin, "04000", minute(0)).await, "sim");
    assert_eq!(refused(&admin, "0400010000009", minute(0)).await, "sim");
    let limited = Some(vec![GroupId(north)]);
    let editor = server.as_person("n@alerts.example", Role::TenantEditor, Some(tenant), limited).await;
    assert!(ask(&editor, "0400010000001", minute(0)).await.is_ok());
    assert_eq!(refused(&editor, "0400010000002", minute(0)).await, "sim");
}

#[tokio::test]
async fn an_open_page_hears_how_many_alerts_wait() {
    let world = world().await;
    world.raise(Raised { id: 1, ..OFFLINE });
    world.raise(Raised { id: 2, sim: 2, level: Level::Critical, ..OFFLINE });
    let mut page = world.admin.stream("/live?alerts=1").await;
    let north = world.person(Role::TenantEditor, Some(vec![world.north])).await;
    let mut of_north = north.stream("/live?alerts=1").await;
    let operator = world.server.as_operator();
    let mut outside = operator.stream("/live?alerts=1").await;

    let counts = |abnormal, critical| AlertCounts { abnormal, critical, ..AlertCounts::default() };
    assert_eq!(page.until(|update| update.alerts).await, counts(1, 1));
    assert_eq!(of_north.until(|update| update.alerts).await, counts(1, 0), "the other is of the south");
    assert_eq!(outside.next().await.alerts, None, "outside of a tenant there are none");

    let (choice, said) = (json!({ "These": [1] }), json!({ "handled": true, "note": null }));
    north.call::<Handled>("alerts_handle", json!({ "choice": choice, "said": said })).await.unwrap();
    assert_eq!(page.until(|update| update.alerts).await, counts(0, 1));
    assert_eq!(of_north.until(|update| update.alerts).await, counts(0, 0));
}
