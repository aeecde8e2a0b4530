//! Life inside a portal's frame, over plain HTTP on loopback: bearers, no cookies. With TLS and a browser:
//! `end2end/tests/embed.spec.ts`.

use crate::support::{Http, Response, Server, Site, eventually};
use opencmp_domain::portal::Portal as Stored;
use serde_json::{Value, json};

const ORIGIN: &str = "https://portal.example";

/// A portal's backend.
pub struct Portal {
    http: Http,
}

impl Portal {
    pub fn new(server: &Http, key: &str) -> Self {
        Self { http: server.with_header(&format!("Authorization: Bearer {key}")) }
    }

    async fn try_ask(&self, ask: Value) -> Response {
        self.http.post("/embed/token", &ask.to_string()).await
    }

    pub async fn ask(&self, ask: Value) -> Value {
        let answer = self.try_ask(ask).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn refused(&self, ask: Value) -> (u16, Value) {
        let answer = self.try_ask(ask).await;
        (answer.status, serde_json::from_slice::<Value>(&answer.body).unwrap()["field"].clone())
    }
}

fn page(page: &str) -> Value {
    json!({ "page": page, "origin": ORIGIN })
}

/// `/embed/3`, of the address that a portal was given.
fn first_page(granted: &Value) -> String {
    let url = granted["url"].as_str().unwrap();
    let path = &url[url.find("/embed/").unwrap()..];
    path[..path.find('?').unwrap()].to_owned()
}

async fn exchange(http: &Http, portal: &str, token: &str) -> Value {
    let portal: i64 = portal.rsplit('/').next().unwrap().parse().unwrap();
    http.call("embed_exchange", json!({ "portal": portal, "token": token })).await.unwrap()
}

/// The browser's frame, once its token is exchanged; else why it isn't in.
pub async fn enter(http: &Http, granted: &Value) -> Result<Http, String> {
    let told = exchange(http, &first_page(granted), granted["token"].as_str().unwrap()).await;
    match told["bearer"].as_str() {
        Some(bearer) => Ok(as_frame(http, bearer)),
        None => Err(told["why"].as_str().unwrap().to_owned()),
    }
}

fn as_frame(http: &Http, bearer: &str) -> Http {
    http.with_header(&format!("X-OpenCMP-Frame: 1\r\nAuthorization: Bearer {bearer}"))
}

struct World {
    site: Site,
    server: Server,
    portal: Portal,
}

async fn world() -> World {
    let site = Site::new();
    site.nas_add();
    site.import(
        "甲",
        "imsi,msisdn,name,group\n001010000000001,0400010000001,one,北區\n001010000000002,0400010000002,two,北區/台北\n\
         001010000000003,0400010000003,three,南區\n",
    );
    let server = site.start().await;
    let key = site.cli(&["portal", "add", "p", "--tenant", "甲", "--origin", ORIGIN, "--group", "北區"]);
    let portal = Portal::new(&server.http, key.trim());
    World { site, server, portal }
}

async fn names(server: &Server, frame: &Http) -> Vec<String> {
    let mut names: Vec<_> = server.list(frame).await.into_iter().filter_map(|row| row.name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn embed_a_token_lets_its_frame_in_once() {
    let World { site: _site, server, portal } = world().await;
    let granted = portal
        .ask(json!({ "page": "/sims?state=active", "origin": ORIGIN, "lang": "en", "theme": "dark" }))
        .await;
    assert!(granted["expires_at"].as_str().unwrap().ends_with('Z'), "{granted}");
    let url = granted["url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:") && url.contains("?lang=en&theme=dark#"), "{url}");
    let (first, token) = (first_page(&granted), granted["token"].as_str().unwrap());
    let told = exchange(&server.http, &first, token).await;
    assert_eq!((&told["answer"], &told["page"]), (&json!("in"), &json!("/sims?state=active")));
    assert_eq!(told["parent_origin"], ORIGIN);
    let frame = as_frame(&server.http, told["bearer"].as_str().unwrap());
    // Groups that are nested in the portal's are its own.
    assert_eq!(names(&server, &frame).await, ["one", "two"]);
    let page = frame.get("/embed/sims").await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("data-lang=\"en\"") && page.text().contains("data-theme=\"dark\""));
    assert!(page.text().contains("href=\"/embed/sims/") && !page.text().contains("href=\"/sims/"));
    for gone in ["/download/", "href=\"/groups\"", "row-check", "frame-nav"] {
        assert!(!page.text().contains(gone), "{gone} is nothing for a frame");
    }
    let again = exchange(&server.http, &first, token).await;
    assert_eq!((&again["answer"], &again["why"]), (&json!("refused"), &json!("used")));
}

#[tokio::test]
async fn embed_other_tokens_let_nobody_in() {
    let World { site, server, portal } = world().await;
    let other = site.cli(&["portal", "add", "q", "--tenant", "甲", "--origin", "https://other.example"]);
    let other = Portal::new(&server.http, other.trim());
    let granted = portal.ask(page("/sims")).await;
    let of_other = other.ask(json!({ "page": "/sims", "origin": "https://other.example" })).await;
    let (first, token) = (first_page(&granted), granted["token"].as_str().unwrap());
    let (said, mac) = token.split_once('.').unwrap();
    let swapped = format!("{}.{mac}", of_other["token"].as_str().unwrap().split('.').next().unwrap());
    let turned: String = said.chars().rev().collect();
    for bad in ["", "x", &swapped, &format!("{turned}.{mac}"), of_other["token"].as_str().unwrap()] {
        assert_eq!(exchange(&server.http, &first, bad).await["why"], "invalid", "{bad}");
    }
    // Another portal's frame takes it as little.
    assert_eq!(exchange(&server.http, &first_page(&of_other), token).await["why"], "invalid");
    let short = portal.ask(json!({ "page": "/sims", "origin": ORIGIN, "expires_secs": 1 })).await;
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(enter(&server.http, &short).await.unwrap_err(), "expired");
    // The one that all this was about is still good.
    enter(&server.http, &granted).await.unwrap();
}

#[tokio::test]
async fn embed_a_backend_is_told_what_is_wrong() {
    let World { site: _site, server, portal } = world().await;
    for (ask, field) in [
        (page("/people"), json!("page")),
        (page("/sims#x"), json!("page")),
        (json!({ "page": "/sims", "origin": "https://other.example" }), json!("origin")),
        (json!({ "page": "/sims", "origin": ORIGIN, "groups": ["南區"] }), json!("groups")),
        (json!({ "page": "/sims", "origin": ORIGIN, "groups": [999_999] }), json!("groups")),
        (json!({ "page": "/sims", "origin": ORIGIN, "groups": [] }), json!("groups")),
        (json!({ "page": "/sims", "origin": ORIGIN, "lang": "fr" }), json!("lang")),
        (json!({ "page": "/sims", "origin": ORIGIN, "theme": "pink" }), json!("theme")),
        (json!({ "page": "/sims", "origin": ORIGIN, "expires_secs": 301 }), json!("expires_secs")),
        (json!({ "page": "/sims" }), json!("body")),
        (json!({ "page": "/sims", "origin": ORIGIN, "more": 1 }), json!("body")),
    ] {
        assert_eq!(portal.refused(ask.clone()).await, (400, field), "{ask}");
    }
    let narrowed = portal.ask(json!({ "page": "/sims", "origin": ORIGIN, "groups": ["北區/台北"] })).await;
    let frame = enter(&server.http, &narrowed).await.unwrap();
    assert_eq!(names(&server, &frame).await, ["two"]);
    let nobody = Portal::new(&server.http, &"0".repeat(64));
    assert_eq!(nobody.refused(page("/sims")).await, (401, Value::Null));
    assert_eq!(server.http.post("/embed/token", &page("/sims").to_string()).await.status, 401);
    // Tried too often from one network; the right key doesn't help then, but has not counted before.
    let mut status = 401;
    for _ in 0..100 {
        status = nobody.try_ask(page("/sims")).await.status;
    }
    assert_eq!(status, 429);
}

#[tokio::test]
async fn embed_a_token_for_one_sims_page_reaches_that_sim_alone() {
    let World { site: _site, server, portal } = world().await;
    let all = server.list(&server.as_operator()).await;
    let id = |name: &str| all.iter().find(|row| row.name.as_deref() == Some(name)).unwrap().id;
    let (one, two, three) = (id("one"), id("two"), id("three"));
    let frame =
        enter(&server.http, &portal.ask(page(&format!("/sims/{one}?tab=usage"))).await).await.unwrap();
    let asks = |sim: opencmp_domain::SimId| {
        let filter = json!({ "open": null, "from": null, "until": null });
        let usage = json!({ "group": null, "cycle": null, "sim": sim, "day": null });
        [
            ("sim_detail", json!({ "id": sim })),
            ("sim_sessions", json!({ "id": sim, "filter": filter, "cursor": null })),
            ("sim_timeline", json!({ "id": sim, "filter": {}, "after": null })),
            ("usage_report", json!({ "query": usage })),
            ("alerts", json!({ "query": { "sim": sim }, "after": null })),
        ]
    };
    for (sim, reached) in [(one, true), (two, false), (three, false)] {
        for (function, arguments) in asks(sim) {
            let answer = frame.post(&format!("/fn/{function}"), &arguments.to_string()).await;
            let status = if reached { 200 } else { 404 };
            assert_eq!(answer.status, status, "{function} of {sim}: {}", answer.text());
        }
    }
    assert_eq!(frame.get(&format!("/embed/sims/{one}")).await.status, 200);
    // Neither lists nor sums.
    assert_eq!(names(&server, &frame).await, Vec::<String>::new());
    assert_eq!(frame.call::<Value>("groups", json!({})).await.unwrap(), json!([]));
    let watch = format!("/live?sims={one},{two}&counts=1");
    let first = frame.stream(&watch).await.next().await;
    assert_eq!(first.counts.unwrap().all, 0);
    let told: Vec<_> = first.rows.iter().map(|row| row.id).collect();
    assert_eq!(told, [one]);
    // A SIM that isn't the portal's is nobody's page.
    let frame = enter(&server.http, &portal.ask(page(&format!("/sims/{three}"))).await).await.unwrap();
    for sim in [one, three] {
        assert_eq!(frame.post("/fn/sim_detail", &json!({ "id": sim }).to_string()).await.status, 404);
    }
    assert_eq!(names(&server, &frame).await, Vec::<String>::new());
}

#[tokio::test]
async fn embed_a_person_counts_nothing_in_a_frame_and_a_frame_nothing_outside() {
    let World { site: _site, server, portal } = world().await;
    let operator = server.as_operator();
    let query = json!({ "query": serde_json::to_value(opencmp_domain::query::SimQuery::default()).unwrap() });
    let marked = operator.with_header("X-OpenCMP-Frame: 1");
    assert_eq!(marked.post("/fn/sim_list", &query.to_string()).await.status, 401);
    assert_eq!(marked.post("/fn/session", "{}").await.status, 403);
    assert_eq!(operator.get("/embed/sims").await.status, 401);
    let granted = portal.ask(page("/sims")).await;
    let told = exchange(&server.http, &first_page(&granted), granted["token"].as_str().unwrap()).await;
    let bearer = told["bearer"].as_str().unwrap();
    let unmarked = server.http.with_header(&format!("Authorization: Bearer {bearer}"));
    assert_eq!(unmarked.post("/fn/sim_list", &query.to_string()).await.status, 401);
    // Both at once: the frame's alone.
    let both = operator.with_header(&format!("X-OpenCMP-Frame: 1\r\nAuthorization: Bearer {bearer}"));
    assert_eq!(names(&server, &both).await, ["one", "two"]);
    // A page elsewhere can't exchange tokens in somebody's browser.
    let body = json!({ "portal": 1, "token": "x" }).to_string();
    assert_eq!(server.http.with_origin(ORIGIN).post("/fn/embed_exchange", &body).await.status, 403);
}

#[tokio::test]
async fn embed_only_frames_may_be_framed_and_only_by_their_portal() {
    let World { site, server, portal } = world().await;
    let ancestors = |answer: &Response| {
        let policy = answer.header("content-security-policy").to_owned();
        let (_, rest) = policy.split_once("frame-ancestors ").unwrap_or_else(|| panic!("{policy:?}"));
        rest.split(';').next().unwrap().trim().to_owned()
    };
    let first = first_page(&portal.ask(page("/sims")).await);
    let boot = server.http.get(&format!("{first}?lang=en")).await;
    assert_eq!((boot.status, ancestors(&boot).as_str(), boot.header("x-frame-options")), (200, ORIGIN, ""));
    assert!(!boot.text().contains("0400010000001") && boot.text().contains("/frame.js"));
    // The token by a form, from the portal's page.
    let form = server.http.with_origin(ORIGIN).with_header("Content-Type: application/x-www-form-urlencoded");
    let posted = form.post(&first, "token=abc").await;
    assert_eq!(
        (posted.status, ancestors(&posted).as_str(), posted.header("cache-control")),
        (200, ORIGIN, "no-store")
    );
    assert!(posted.text().contains("data-token=\"abc\""), "{}", posted.text());
    let unknown = server.http.get("/embed/999").await;
    assert_eq!((ancestors(&unknown).as_str(), unknown.header("x-frame-options")), ("'none'", "DENY"));

    let frame = enter(&server.http, &portal.ask(page("/usage")).await).await.unwrap();
    for path in ["/embed/sims", "/embed/sims/1", "/embed/usage"] {
        let answer = frame.get(path).await;
        assert_eq!((answer.status, ancestors(&answer).as_str()), (200, ORIGIN), "{path}");
        assert_eq!(answer.header("x-frame-options"), "", "{path}");
    }
    // Everything else, as an administrator sees it.
    let operator = server.as_operator();
    for line in site.cli(&["routes"]).lines() {
        let mut parts = line.split('\t');
        let (method, path) = (parts.next().unwrap(), parts.next().unwrap());
        if method != "GET" || path.starts_with("/embed/") || path == "/live" {
            continue;
        }
        let answer = operator.get(&path.replace("{id}", "1").replace(":id", "1")).await;
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(ancestors(&answer), "'none'", "{path}");
    }
}

#[tokio::test]
async fn embed_a_portal_that_goes_takes_its_frames_along() {
    let World { site: _site, server, portal } = world().await;
    let owner = server.as_tenant(server.tenant("甲").await).await;
    let frame = enter(&server.http, &portal.ask(page("/sims")).await).await.unwrap();
    let mut stream = frame.stream("/live?counts=1").await;
    assert_eq!(stream.next().await.counts.unwrap().all, 2);
    let portals: Vec<Stored> = owner.call("portals", json!({})).await.unwrap();
    let mut said = portals[0].said.clone();

    // Another group: the stream begins anew with what may be seen now.
    said.groups = None;
    owner.call::<Value>("portal_save", json!({ "id": portals[0].id, "said": said })).await.unwrap();
    stream.ended().await;
    assert_eq!(names(&server, &frame).await, ["one", "three", "two"]);

    // Another origin: frames of the one before end.
    let mut stream = frame.stream("/live?counts=1").await;
    stream.next().await;
    said.origins = vec!["https://elsewhere.example".to_owned()];
    owner.call::<Value>("portal_save", json!({ "id": portals[0].id, "said": said })).await.unwrap();
    stream.ended().await;
    eventually("the frame is out", async || frame.get("/embed/sims").await.status == 401).await;
    assert_eq!(portal.refused(page("/sims")).await, (400, json!("origin")));

    let elsewhere = json!({ "page": "/sims", "origin": "https://elsewhere.example" });
    let granted = portal.ask(elsewhere.clone()).await;
    let frame = enter(&server.http, &portal.ask(elsewhere.clone()).await).await.unwrap();
    let mut stream = frame.stream("/live?counts=1").await;
    stream.next().await;
    let key: String = owner.call("portal_key", json!({ "id": portals[0].id })).await.unwrap();
    assert_eq!(portal.refused(elsewhere.clone()).await.0, 401, "the key before is void");
    Portal::new(&server.http, &key).ask(elsewhere).await;
    owner.call::<Value>("portal_remove", json!({ "id": portals[0].id })).await.unwrap();
    stream.ended().await;
    // What it was given before is worth nothing any more.
    assert_eq!(enter(&server.http, &granted).await.unwrap_err(), "withdrawn");
    let lines = owner.call::<Vec<Value>>("audit", json!({ "filter": { "action": "portal.", "person": null, "from": null, "until": null, "before": null } }));
    let actions: Vec<String> =
        lines.await.unwrap().iter().map(|line| line["action"].as_str().unwrap().to_owned()).collect();
    assert_eq!(actions, ["portal.remove", "portal.key", "portal.change", "portal.change", "portal.add"]);
}
