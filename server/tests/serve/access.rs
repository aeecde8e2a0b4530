//! Every address that the program answers at, as everybody who may come to it. The list is the program's own, so that a new
//! address is in it without anybody remembering.

use crate::support::{Http, Server, Site};
use opencmp_domain::{GroupId, Permission, Role, SimId, TenantId, query::SimQuery, sim::GroupChoice};
use serde_json::{Value, json};

/// What 甲's data is known by; none of it may ever reach anybody else.
const CANARIES: [&str; 21] = [
    "0400010000001",
    "001010000000001",
    "canary-name",
    "canary-group",
    "canary-view",
    "canary-own",
    "canary-query",
    "甲",
    "canary.apn",
    "canary-tag",
    "canary-plan",
    "canary-field",
    "canary-value",
    "canary-rule",
    "canary-channel",
    "canary@alerts.example",
    "canary-done",
    "canary-answer",
    "canary-note",
    "canary-fact",
    "canary-subject",
];

struct World {
    site: Site,
    server: Server,
    theirs: TenantId,
    sim: SimId,
    canary_group: GroupId,
    other_group: GroupId,
    /// A view that its owner, an administrator of 甲, doesn't share.
    own_view: i64,
    rule: i64,
    channel: i64,
}

async fn world() -> World {
    let site = Site::new();
    site.nas_add();
    site.import(
        "甲",
        "imsi,msisdn,name,group,apn,tags,plan\n\
         001010000000001,0400010000001,canary-name,canary-group,canary.apn,canary-tag,canary-plan\n\
         001010000000003,0400010000003,more,another,more.apn,,\n",
    );
    site.import("乙", "imsi,msisdn,name,group\n001010000000002,0400010000002,mine,mine\n");
    let server = site.start().await;
    site.session("001010000000001", "886400010000001", "s1").report("Interim-Update", 60, 5_000, 5_000);
    server.idle().await;
    let ours = server.tenant("甲").await;
    let owner = server.as_tenant(ours).await;
    let row = server.list(&owner).await.into_iter().find(|row| row.name.as_deref() == Some("canary-name"));
    let view = json!({ "name": "canary-view", "shared": true, "query": "q=1" });
    owner.call::<Value>("view_save", view).await.unwrap();
    let view = json!({ "name": "canary-own", "shared": false, "query": "q=canary-query" });
    let own: i64 = owner.call("view_save", view).await.unwrap();
    let groups: Vec<GroupChoice> = owner.call("groups", json!({})).await.unwrap();
    let group = |name: &str| groups.iter().find(|group| group.name == name).unwrap().id;
    let (canary_group, other_group) = (group("canary-group"), group("another"));
    let sim = row.unwrap().id;
    let field = json!({ "name": "canary-field", "kind": "text", "choices": [], "required": false });
    let field: i64 = owner.call("custom_field_save", json!({ "id": null, "said": field })).await.unwrap();
    let said = json!({
        "name": "canary-name", "group": canary_group, "tags": ["canary-tag"], "fields": [[field, "canary-value"]],
    });
    owner.call::<Value>("sim_edit", json!({ "id": sim, "said": said })).await.unwrap();
    let (rule, channel) = alerts(&site, &owner, ours, sim, canary_group).await;
    let theirs = server.tenant("乙").await;
    World { site, server, theirs, sim, canary_group, other_group, own_view: own, rule, channel }
}

/// A rule with its channel, an alert of the SIM (1), handled and told, and a change (1) that it wants.
async fn alerts(site: &Site, owner: &Http, ours: TenantId, sim: SimId, group: GroupId) -> (i64, i64) {
    let mail = json!({ "email": { "addresses": ["canary@alerts.example"], "lang": "en" } });
    let session: Value = owner.call("session", json!({})).await.unwrap();
    let person = &session["person"];
    let said =
        json!({ "name": "canary-channel", "to": mail, "person": person, "window": null, "enabled": true });
    owner.call::<Value>("alert_channel_save", json!({ "id": null, "said": said })).await.unwrap();
    let channels: Value = owner.call("alert_channels", json!({})).await.unwrap();
    let channel = channels["channels"][0]["id"].as_i64().unwrap();
    let said = rule("canary-rule", channel);
    let rule: i64 = owner.call("alert_rule_save", json!({ "held": null, "said": said })).await.unwrap();
    let database = rusqlite::Connection::open(site.data().join("opencmp.sqlite")).unwrap();
    database
        .execute_batch(&format!(
            "INSERT INTO alert (id, tenant_id, rule_id, rule_version, sim_id, group_id, kind, level, began_at, noticed_at,
                 times, facts, by_itself) VALUES (1, {ours}, {rule}, 1, {sim}, {group}, 3, 2, 1, 1, 1,
                 '[[\"cause\",\"canary-fact\"]]', 0);
             INSERT INTO alert_delivery (id, message_id, tenant_id, channel_id, recipient, state, subject, content, created_at,
                 not_before, tries) VALUES (1, 'm', {ours}, {channel}, 'canary@alerts.example', 5, 'canary-subject', '', 1, 1, 1);
             INSERT INTO alert_delivery_of (delivery_id, alert_id, turn) VALUES (1, 1, 1);
             INSERT INTO alert_action (alert_id, kind, at, outcome, said) VALUES (1, 1, 1, 1, 'canary-done'), (1, 4, 1, 7, '');
             INSERT INTO change_request (id, tenant_id, sim_id, what, due_at, state, answer, alert_id, rule_id, created_at)
             VALUES (1, {ours}, {sim}, 1, 4102444800000000, 1, 'canary-answer', 1, {rule}, 1);"
        ))
        .unwrap();
    let said = json!({ "handled": true, "note": "canary-note" });
    let these = json!({ "choice": { "These": [1] }, "said": said });
    let handled: Value = owner.call("alerts_handle", these).await.unwrap();
    assert_eq!(handled["changed"], 1);
    (rule, channel)
}

/// 設備斷線, told by this channel.
fn rule(name: &str, channel: i64) -> Value {
    let window = json!({ "from_hour": 0, "hours": 24, "zone": "Asia/Taipei" });
    let notify = json!({ "channels": [channel], "digest_hours": null, "window": window, "tell_end": true });
    json!({
        "name": name, "target": "all", "condition": { "offline": { "after_minutes": 2, "learned": false } },
        "level": "abnormal", "rearm_minutes": 5, "notify": notify, "enabled": true,
    })
}

/// `GET /sims/{id}` and what it asks for, as `opencmp routes` prints it.
struct Address {
    method: String,
    path: String,
    access: String,
}

fn addresses(site: &Site) -> Vec<Address> {
    let printed = site.cli(&["routes"]);
    let read = |line: &str| {
        let mut parts = line.split('\t').map(str::to_owned);
        let mut next = || parts.next().unwrap();
        Address { method: next(), path: next(), access: next() }
    };
    printed.lines().map(read).collect()
}

impl Address {
    /// With the canary's ids in its holes, and in its query.
    fn filled(&self, world: &World) -> String {
        let sim = world.sim.to_string();
        let fill = |segment: &str| match segment.trim_start_matches(['{', ':']).trim_end_matches('}') {
            "id" if segment != "id" => sim.clone(),
            "provider" if segment != "provider" => "none".to_owned(),
            "link" if segment != "link" => "0".repeat(64),
            "portal" if segment != "portal" => "1".to_owned(),
            _ => segment.to_owned(),
        };
        let path: Vec<String> = self.path.split('/').map(fill).collect();
        let group = world.canary_group;
        match self.path.as_str() {
            "/live" => format!("/live?sims={sim}&counts=1&fleet=1&group={group}"),
            "/download/sims.csv" | "/download/sims.xlsx" => format!("{}?group={group}", path.join("/")),
            "/alerts/:id" => "/alerts/1".to_owned(),
            path if path.starts_with("/download/alerts.") => path.to_owned(),
            path if path.starts_with("/download/") => format!("{path}?sim={sim}"),
            _ => path.join("/"),
        }
    }

    /// Arguments that a function understands, with the canary's ids in them; others are refused before they are looked at.
    fn arguments(&self, world: &World) -> Value {
        let (sim, group) = (world.sim, world.canary_group);
        let query = SimQuery { group: Some(group), ..SimQuery::default() };
        let query = serde_json::to_value(query).unwrap();
        let usage = json!({ "group": null, "cycle": null, "sim": sim, "day": null });
        match self.path.trim_start_matches("/fn/") {
            "sim_list" => json!({ "query": query }),
            "sim_quick_search" => json!({ "text": "0400010000001" }),
            "sim_detail" => json!({ "id": sim }),
            "sim_sessions" => {
                let filter = json!({ "open": null, "from": null, "until": null });
                json!({ "id": sim, "filter": filter, "cursor": null })
            }
            "sim_timeline" => json!({ "id": sim, "filter": {}, "after": null }),
            "usage_report" | "usage_day" => json!({ "query": usage }),
            "usage_figures" | "day_figures" => {
                let day = json!({ "group": null, "cycle": null, "sim": sim, "number": null, "day": 20_780 });
                json!({ "ask": day, "time_zone": "Asia/Taipei" })
            }
            "unknown_sims" => json!({ "page": 1 }),
            "tenant_create" => json!({ "name": "", "time_zone": "Asia/Taipei", "cycle_day": 1 }),
            "gateway_save" => {
                let said = json!({
                    "name": "", "address": "192.0.2.1", "secret": null, "counters_32bit": false,
                    "swap_direction": false, "nodes": "", "enabled": true,
                });
                json!({ "id": null, "said": said })
            }
            "gateway_remove" => json!({ "id": 999_999 }),
            "person_invite" => {
                json!({ "email": "nobody", "name": "", "role": "tenant_viewer", "groups": [group] })
            }
            "person_update" => {
                json!({ "id": 1, "name": "", "role": "tenant_viewer", "groups": [group] })
            }
            "provider_save" => {
                let said = json!({
                    "name": "", "slug": "", "issuer": "", "client_id": "", "client_secret": null, "scopes": "openid",
                    "first_sign_in": "invitation", "rules": [], "tenant_claim": null, "trusts_email": false,
                    "second_factor": [], "enabled": true,
                });
                json!({ "id": null, "said": said })
            }
            "view_save" => json!({ "name": "a view", "shared": true, "query": "" }),
            "view_delete" => json!({ "id": world.own_view }),
            "number_list_save" => json!({ "lines": ["0400010000001"] }),
            "person_enable" => json!({ "id": 1, "enabled": true }),
            "provider_remove"
            | "portal_key"
            | "portal_remove"
            | "person_link"
            | "person_factor_remove"
            | "person_identity_forget" => json!({ "id": 1 }),
            "portal_save" => {
                let origins = ["https://portal.example"];
                json!({ "id": null, "said": { "name": "made", "origins": origins, "groups": [group] } })
            }
            "embed_exchange" => json!({ "portal": 1, "token": "nonsense" }),
            "audit" => {
                let filter =
                    json!({ "person": null, "action": null, "from": null, "until": null, "before": null });
                json!({ "filter": filter })
            }
            "tenant_enter" => json!({ "tenant": null }),
            "tenant_rename" => json!({ "id": world.theirs, "name": "renamed" }),
            "plan_add" => json!({ "name": "made" }),
            "cell_page" => json!({ "filter": { "plmn": null, "radio": null, "text": "" }, "page": 1 }),
            "cell_save" => {
                json!({ "cell": { "key": cell_key(), "name": null, "position": null, "reach": null }, "new": true })
            }
            "cell_remove" => json!({ "key": cell_key(), "why": null }),
            "cells_remove" => {
                json!({ "filter": { "plmn": null, "radio": null, "text": "nothing" }, "expected": 0, "why": null })
            }
            "plan_rename" => json!({ "id": 1, "name": "renamed" }),
            "plan_remove" => json!({ "id": 1, "why": null }),
            "group_create" => json!({ "name": "made" }),
            "group_rename" => json!({ "id": group, "name": "renamed" }),
            "group_remove" => json!({ "id": group, "to": world.other_group }),
            "sims_move" => json!({ "choice": { "These": sim.to_string() }, "to": group }),
            "sims_tag" => json!({ "choice": { "Matching": query }, "add": ["t"], "remove": [] }),
            "sims_undo" => json!({ "undo": { "Move": [[group, sim.to_string()]] } }),
            "sim_edit" => {
                json!({ "id": sim, "said": { "name": "x", "group": group, "tags": [], "fields": [] } })
            }
            "sim_fields" | "custom_field_remove" => json!({ "id": sim }),
            "custom_field_save" => {
                let said = json!({ "name": "made", "kind": "text", "choices": [], "required": false });
                json!({ "id": 1, "said": said })
            }
            "custom_fields_order" => json!({ "order": [1] }),
            "alerts" => json!({ "query": {}, "after": null }),
            "alert" | "alert_delivery_again" | "change_withdraw" => json!({ "id": 1 }),
            "changes" => json!({ "before": null }),
            "alert_why" => {
                json!({ "rule": world.rule, "number": "0400010000001", "at": "2026-11-01T00:00" })
            }
            "alerts_handle" => {
                let said = json!({ "handled": true, "note": "a note" });
                json!({ "choice": { "These": [1] }, "said": said })
            }
            "alert_rule_versions" => json!({ "id": world.rule }),
            "alert_rule_enable" => json!({ "id": world.rule, "enabled": true }),
            "alert_rule_remove" => json!({ "id": 999_999 }),
            "alert_rule_save" => json!({ "held": [world.rule, 1], "said": rule("made", world.channel) }),
            "alert_rule_try" => json!({ "said": rule("tried", world.channel) }),
            "alert_channel_save" => {
                let to = json!({ "http": { "url": "https://hooks.example/" } });
                let said =
                    json!({ "name": "made", "to": to, "person": null, "window": null, "enabled": true });
                json!({ "id": world.channel, "said": said })
            }
            "alert_channel_secret" | "alert_channel_remove" | "alert_channel_test" => {
                json!({ "id": world.channel })
            }
            "own_channel_hours" => {
                let window = json!({ "from_hour": 8, "hours": 12, "zone": "Asia/Taipei" });
                json!({ "id": world.channel, "window": window })
            }
            "alert_channel_tested" => json!({ "ids": [1] }),
            "alert_deliveries" => json!({ "dead": false, "after": null }),
            "stock_page" => json!({ "filter": { "batch": null, "text": "", "lines": [] }, "page": 1 }),
            "stock_groups" => json!({ "tenant": 1 }),
            "stock_allocate" => {
                let filter = json!({ "batch": null, "text": "", "lines": ["001010000000001"] });
                let allocation = json!({ "ToStock": { "tenant": world.theirs } });
                json!({ "allocation": allocation, "filter": filter, "expected": null })
            }
            _ => json!({}),
        }
    }

    async fn ask(&self, http: &Http, world: &World) -> (u16, String) {
        let path = self.filled(world);
        if self.path == "/live" {
            return match http.first_of_stream(&path).await {
                Ok(first) => (200, first),
                Err(status) => (status, String::new()),
            };
        }
        let answer = match self.method.as_str() {
            "GET" => http.get(&path).await,
            _ => http.post(&path, &self.arguments(world).to_string()).await,
        };
        (answer.status, answer.learned())
    }

    fn is_page(&self) -> bool {
        self.method == "GET" && !self.path.starts_with("/fn/") && !self.path.starts_with("/live")
    }
}

fn cell_key() -> Value {
    json!({ "plmn": "46692", "radio": "LTE", "area": 1, "cell": 2 })
}

/// Files about everything that whoever asks may see, and not about one SIM or group.
async fn own_files(world: &World, http: &Http) -> Vec<(String, u16, String)> {
    let mut files = Vec::new();
    for address in addresses(&world.site) {
        if address.path.starts_with("/download/") {
            let answer = http.get(&address.path).await;
            files.push((address.path, answer.status, answer.learned()));
        }
    }
    files
}

/// What is asked for with the canary's ids, and with such as nobody has, of what is within a group.
fn unreached(world: &World) -> Vec<(&'static str, Value, Value)> {
    let of_sim = |arguments: fn(Value) -> Value| (arguments(json!(world.sim)), arguments(json!(999_999)));
    let of_group =
        |arguments: fn(Value) -> Value| (arguments(json!(world.canary_group)), arguments(json!(999_999)));
    let id = |id: Value| json!({ "id": id });
    let usage = |group: Value, sim: Value| json!({ "query": { "group": group, "cycle": null, "sim": sim, "day": null } });
    let all: [(&str, (Value, Value)); 9] = [
        ("sim_detail", of_sim(id)),
        ("sim_fields", of_sim(id)),
        ("sim_timeline", of_sim(|id| json!({ "id": id, "filter": {}, "after": null }))),
        (
            "sim_sessions",
            of_sim(|id| {
                let filter = json!({ "open": null, "from": null, "until": null });
                json!({ "id": id, "filter": filter, "cursor": null })
            }),
        ),
        ("usage_report", (usage(json!(null), json!(world.sim)), usage(json!(null), json!(999_999)))),
        ("usage_report", (usage(json!(world.canary_group), json!(null)), usage(json!(999_999), json!(null)))),
        ("alerts", of_sim(|sim| json!({ "query": { "sim": sim }, "after": null }))),
        ("alerts", of_group(|group| json!({ "query": { "group": group }, "after": null }))),
        ("alert", (json!({ "id": 1 }), json!({ "id": 999_999 }))),
    ];
    all.map(|(function, (there, missing))| (function, there, missing)).into()
}

/// What isn't theirs and what isn't there at all are one answer: 404.
async fn finds_neither(world: &World, http: &Http) {
    for (function, there, missing) in unreached(world) {
        let path = format!("/fn/{function}");
        let [there, missing] = [there, missing].map(|arguments| http.post_owned(path.clone(), arguments));
        let (there, missing) = (there.await, missing.await);
        assert_eq!((there.status, there.text()), (404, missing.text()), "{path}");
        assert_eq!(missing.status, 404, "{path}");
    }
    let sim = world.sim;
    for (there, missing) in [
        (format!("/download/usage.csv?sim={sim}"), "/download/usage.csv?sim=999999"),
        (format!("/download/usage.pdf?sim={sim}"), "/download/usage.pdf?sim=999999"),
        (format!("/download/sessions.csv?sim={sim}"), "/download/sessions.csv?sim=999999"),
        (format!("/download/alerts.csv?sim={sim}"), "/download/alerts.csv?sim=999999"),
    ] {
        let (there, missing) = (http.get(&there).await, http.get(missing).await);
        assert_eq!((there.status, there.text()), (missing.status, missing.text()));
        assert!([403, 404].contains(&missing.status), "{}", missing.text());
    }
}

/// The canaries are where they may be: in files of whose they are. So a reader that finds none has looked.
#[tokio::test]
async fn whose_they_are_reads_the_canaries_in_every_kind_of_file() {
    let world = world().await;
    let ours = world.server.tenant("甲").await;
    let owner = world.server.as_tenant(ours).await;
    let files = own_files(&world, &owner).await;
    for (path, canary) in [
        ("/download/sims.csv", "canary-value"),
        ("/download/sims.xlsx", "canary-value"),
        ("/download/alerts.csv", "canary-note"),
        ("/download/alerts.xlsx", "canary-note"),
        ("/download/usage.pdf", "甲"),
        ("/download/audit.jsonl", "canary-query"),
    ] {
        let (_, status, text) = files.iter().find(|(held, ..)| held == path).unwrap();
        assert!(*status == 200 && text.contains(canary), "{path}: {status}\n{text}");
    }
    let pdf = owner.get(&format!("/download/usage.pdf?sim={}", world.sim)).await;
    assert!(pdf.learned().contains("0400010000001"), "{}", pdf.learned());
}

#[tokio::test]
async fn every_address_says_who_may_come() {
    let site = Site::new();
    let addresses = addresses(&site);
    assert!(addresses.len() > 40, "{}", addresses.len());
    for address in &addresses {
        assert_ne!(address.access, "none", "{} {} is in no rule of access", address.method, address.path);
        let known = ["public", "signed_in", "framed"].contains(&address.access.as_str());
        let permission = Permission::ALL.iter().any(|permission| permission.code() == address.access);
        assert!(known || permission, "{}", address.access);
    }
    // What is public is few, and each of them is meant.
    let public: Vec<&str> =
        addresses.iter().filter(|address| address.access == "public").map(|a| a.path.as_str()).collect();
    for path in &public {
        let last = path.rsplit('/').next().unwrap();
        let meant = [
            "healthz",
            "readyz",
            "sign-in",
            ":link",
            "{link}",
            "door",
            "sign_in",
            "sign_in_code",
            "enrolment",
            "enrol",
            "sign_out",
            // To a provider and back, and a provider's word that somebody signed out there.
            "{provider}",
            "callback",
            "logout",
            "invitation",
            "invitation_accept",
            // A portal's backend, and the way into its frames.
            "token",
            ":portal",
            "{portal}",
            "embed_exchange",
        ];
        assert!(meant.contains(&last), "{path} is public");
    }
}

#[tokio::test]
async fn nobody_learns_nothing() {
    let world = world().await;
    for address in addresses(&world.site) {
        let (status, text) = address.ask(&world.server.http, &world).await;
        for canary in CANARIES {
            assert!(!text.contains(canary), "{} tells nobody {canary}", address.path);
        }
        if address.access == "public" {
            assert!(status < 500, "{}: {status} {text}", address.path);
        } else if address.is_page() {
            assert!(status == 303 || status == 401, "{}: {status}", address.path);
        } else {
            assert_eq!(status, 401, "{}: {text}", address.path);
        }
    }
    // Addresses that aren't there look the same as those that are.
    assert_eq!(world.server.http.get("/nowhere").await.status, 303);
    assert_eq!(world.server.http.post("/fn/nothing", "{}").await.status, 401);
}

#[tokio::test]
async fn a_role_does_what_its_permissions_say() {
    let world = world().await;
    let ours = world.server.tenant("甲").await;
    for role in Role::ALL {
        let tenant = (!role.is_operator()).then_some(ours);
        let email = format!("{}@roles.example", role.code());
        let http = world.server.as_person(&email, role, tenant, None).await;
        for address in addresses(&world.site) {
            // Leaves, and signs out whom the test still needs.
            if ["/fn/sign_out", "/fn/sign_in_end", "/fn/tenant_enter"].contains(&address.path.as_str()) {
                continue;
            }
            let needed = Permission::ALL.into_iter().find(|permission| permission.code() == address.access);
            let Some(needed) = needed else { continue };
            let (status, text) = address.ask(&http, &world).await;
            let may = needed.roles().contains(&role);
            assert_eq!(status == 403, !may, "{role:?} at {}: {status} {text}", address.path);
            assert_ne!(status, 401, "{role:?} at {}", address.path);
            // What isn't understood is refused before anybody looks whose it is.
            let understood = !text.contains(r#""field":"arguments""#);
            assert!(understood || !may, "{} doesn't understand what this test says: {text}", address.path);
        }
    }
}

#[tokio::test]
async fn another_tenant_learns_nothing() {
    let world = world().await;
    for role in [Role::TenantAdmin, Role::TenantEditor, Role::TenantViewer] {
        let email = format!("{}@other.example", role.code());
        let http = world.server.as_person(&email, role, Some(world.theirs), None).await;
        for address in addresses(&world.site) {
            if address.path == "/fn/sign_out" {
                continue;
            }
            let (status, text) = address.ask(&http, &world).await;
            assert!(status < 500, "{role:?} at {}: {status} {text}", address.path);
            let text = text.replace(&address.filled(&world), "");
            for canary in CANARIES {
                assert!(!text.contains(canary), "{role:?} at {} learns {canary}:\n{text}", address.path);
            }
        }
        for (path, status, text) in own_files(&world, &http).await {
            assert!(status < 500, "{role:?} at {path}: {status} {text}");
            for canary in CANARIES {
                assert!(!text.contains(canary), "{role:?} learns {canary} from {path}:\n{text}");
            }
        }
        finds_neither(&world, &http).await;
        for (path, there, missing) in [
            (
                "sims_move",
                json!({ "choice": { "These": world.sim.to_string() }, "to": world.canary_group }),
                json!({ "choice": { "These": "999999" }, "to": 999_999 }),
            ),
            (
                "group_rename",
                json!({ "id": world.canary_group, "name": "x" }),
                json!({ "id": 999_999, "name": "x" }),
            ),
            ("view_delete", json!({ "id": world.own_view }), json!({ "id": 999_999 })),
            ("alert_rule_versions", json!({ "id": world.rule }), json!({ "id": 999_999 })),
            ("alert_rule_remove", json!({ "id": world.rule }), json!({ "id": 999_999 })),
            (
                "alert_rule_save",
                json!({ "held": [world.rule, 1], "said": rule("x", world.channel) }),
                json!({ "held": [999_999, 1], "said": rule("x", 999_999) }),
            ),
            ("alert_channel_secret", json!({ "id": world.channel }), json!({ "id": 999_999 })),
            ("alert_channel_remove", json!({ "id": world.channel }), json!({ "id": 999_999 })),
            ("alert_channel_test", json!({ "id": world.channel }), json!({ "id": 999_999 })),
            (
                "own_channel_hours",
                json!({ "id": world.channel, "window": null }),
                json!({ "id": 999_999, "window": null }),
            ),
            ("alert_delivery_again", json!({ "id": 1 }), json!({ "id": 999_999 })),
            ("change_withdraw", json!({ "id": 1 }), json!({ "id": 999_999 })),
            (
                "alerts_handle",
                json!({ "choice": { "These": [1] }, "said": { "handled": true, "note": null } }),
                json!({ "choice": { "These": [999_999] }, "said": { "handled": true, "note": null } }),
            ),
            (
                "alerts",
                json!({ "query": { "parent": 1 }, "after": null }),
                json!({ "query": { "parent": 999_999 }, "after": null }),
            ),
        ] {
            let [there, missing] =
                [there, missing].map(|arguments| http.post_owned(format!("/fn/{path}"), arguments));
            let (there, missing) = (there.await, missing.await);
            assert_eq!((there.status, there.text()), (missing.status, missing.text()), "{path}");
        }
    }
}

#[tokio::test]
async fn who_is_limited_to_a_group_learns_nothing_of_another() {
    let world = world().await;
    let ours = world.server.tenant("甲").await;
    for role in [Role::TenantEditor, Role::TenantViewer] {
        let email = format!("{}@limited.example", role.code());
        let groups = Some(vec![world.other_group]);
        let http = world.server.as_person(&email, role, Some(ours), groups).await;
        assert_eq!(world.server.list(&http).await.len(), 1);
        for address in addresses(&world.site) {
            if address.path == "/fn/sign_out" {
                continue;
            }
            let (status, text) = address.ask(&http, &world).await;
            assert!(status < 500, "{role:?} at {}: {status} {text}", address.path);
            let text = text.replace(&address.filled(&world), "");
            // The tenant's name, its shared views and its fields are theirs too.
            let of_all = ["甲", "canary-view", "canary-field"];
            for canary in CANARIES.into_iter().filter(|canary| !of_all.contains(canary)) {
                assert!(!text.contains(canary), "{role:?} at {} learns {canary}:\n{text}", address.path);
            }
        }
        for (path, status, text) in own_files(&world, &http).await {
            assert!(status < 500, "{role:?} at {path}: {status} {text}");
            for canary in CANARIES.into_iter().filter(|canary| !["甲", "canary-field"].contains(canary)) {
                assert!(!text.contains(canary), "{role:?} learns {canary} from {path}:\n{text}");
            }
        }
        finds_neither(&world, &http).await;
        // A colleague's own view is as little there.
        let status = if role == Role::TenantEditor { 404 } else { 403 };
        for view in [world.own_view, 999_999] {
            let answer = http.post("/fn/view_delete", &json!({ "id": view }).to_string()).await;
            assert_eq!(answer.status, status, "{role:?}: {}", answer.text());
        }
    }
}

/// A frame reads what its pages show, of its own tenant and groups, and nothing else at all: whoever made its portal.
#[tokio::test]
async fn a_frame_learns_and_does_nothing_beyond_its_pages() {
    let world = world().await;
    let of_them = frame(&world, "乙", None).await;
    let limited = frame(&world, "甲", Some("another")).await;
    for (http, name, sims) in [(of_them, "mine", 1), (limited, "more", 1)] {
        let listed = world.server.list(&http).await;
        assert_eq!(listed.len(), sims);
        assert_eq!(listed[0].name.as_deref(), Some(name));
        for address in addresses(&world.site) {
            let (status, text) = address.ask(&http, &world).await;
            assert!(status < 500, "{}: {status} {text}", address.path);
            let text = text.replace(&address.filled(&world), "");
            for canary in CANARIES {
                assert!(!text.contains(canary), "{} tells a frame {canary}:\n{text}", address.path);
            }
            let shown = [
                "/live",
                "/fn/groups",
                "/fn/sim_list",
                "/fn/sim_detail",
                "/fn/sim_sessions",
                "/fn/sim_timeline",
                "/fn/usage_report",
                "/fn/usage_day",
                "/fn/usage_figures",
                "/fn/day_figures",
                "/fn/alerts",
                "/fn/embed_exchange",
            ];
            let open = ["/embed/"];
            let path = address.path.as_str();
            if !shown.contains(&path) && !open.iter().any(|open| path.starts_with(open)) {
                assert_eq!(status, 403, "{path}: {text}");
            }
        }
    }
}

/// Somebody's browser that has a frame of a portal of this tenant's.
async fn frame(world: &World, tenant: &str, group: Option<&str>) -> Http {
    let mut add = vec!["portal", "add", "a portal", "--tenant", tenant, "--origin", "https://portal.example"];
    add.extend(group.iter().flat_map(|group| ["--group", group]));
    let key = world.site.cli(&add);
    let portal = crate::embed::Portal::new(&world.server.http, key.trim());
    let granted = portal.ask(json!({ "page": "/sims", "origin": "https://portal.example" })).await;
    crate::embed::enter(&world.server.http, &granted).await.unwrap()
}
