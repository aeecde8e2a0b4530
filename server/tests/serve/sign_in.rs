//! Signing in over HTTP: what is given, what is refused, and what ends.

use crate::support::{Http, Response, Server, Site, eventually, people};
use opencmp_domain::{Role, people::Stage};
use serde_json::{Value, json};
use std::{
    io::Write,
    process::Stdio,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use totp_rs::{Algorithm, Secret, TOTP};

const PASSWORD: &str = "a lighthouse and four gulls";

/// Somebody with [`PASSWORD`], by the command line.
fn person_add(site: &Site, args: &[&str]) -> String {
    let mut command = site.command(&[args, &["--password-stdin"]].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{PASSWORD}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn sign_in(http: &Http, email: &str, password: &str) -> Response {
    http.post("/fn/sign_in", &json!({ "email": email, "password": password }).to_string()).await
}

/// The token that an answer gives.
fn token(answer: &Response) -> Option<String> {
    let value = answer.header("set-cookie").strip_prefix("opencmp=")?.split(';').next()?.to_owned();
    (value.len() == 64).then_some(value)
}

fn code(secret: &str) -> String {
    let octets = Secret::Encoded(secret.to_owned()).to_bytes().unwrap();
    let totp = TOTP::new(Algorithm::SHA1, 6, 0, 30, octets, None, String::new()).unwrap();
    totp.generate(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs())
}

/// A site with a tenant's administrator.
async fn site() -> (Site, Server) {
    site_with(Site::new()).await
}

async fn site_with(site: Site) -> (Site, Server) {
    site.import("甲", "imsi,msisdn\n001010000000001,0400010000001\n");
    person_add(
        &site,
        &["person", "add", "mei@example.com", "--name", "Mei", "--role", "tenant_admin", "--tenant", "甲"],
    );
    let server = site.start().await;
    (site, server)
}

#[tokio::test]
async fn a_password_lets_in_and_a_cookie_keeps() {
    let (_site, server) = site().await;
    let answer = sign_in(&server.http, " MEI@example.com", PASSWORD).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "\"full\""));
    let cookie = answer.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "plain HTTP on loopback");
    let http = server.http.with_token(&token(&answer).unwrap());
    let session: Value = http.call("session", json!({})).await.unwrap();
    assert_eq!((&session["email"], &session["tenant_name"]), (&json!("mei@example.com"), &json!("甲")));
    assert_eq!(http.get("/sims").await.status, 200);
    let out = http.post("/fn/sign_out", "{}").await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(http.call::<Value>("session", json!({})).await.unwrap_err(), json!("SignedOut"));
    // To the sign-in page, and back from there.
    let turned = http.get("/sims?q=1&page=2").await;
    let to = turned.header("location").to_owned();
    assert_eq!((turned.status, to.as_str()), (303, "/sign-in?to=%2Fsims%3Fq%3D1%26page%3D2"));
}

#[tokio::test]
async fn who_is_wrong_learns_nothing_and_has_to_wait() {
    let (_site, server) = site().await;
    let wrong = sign_in(&server.http, "mei@example.com", "another password").await;
    let nobody = sign_in(&server.http, "nobody@example.com", "another password").await;
    assert_eq!(wrong.status, nobody.status);
    assert_eq!(wrong.text(), nobody.text());
    assert_eq!(token(&wrong), None);
    for _ in 0..4 {
        sign_in(&server.http, "mei@example.com", "another password").await;
    }
    let answer = sign_in(&server.http, "mei@example.com", PASSWORD).await;
    assert!(answer.text().contains("TooMany"), "{}", answer.text());
}

#[tokio::test]
async fn what_others_get_wrong_keeps_nobody_waiting_where_they_are_known() {
    let (_site, server) = site().await;
    let answer = sign_in(&server.http, "mei@example.com", PASSWORD).await;
    let browser = answer.cookie("opencmp-browser").unwrap();
    server.http.with_token(&token(&answer).unwrap()).call::<Value>("sign_out", json!({})).await.unwrap();
    for _ in 0..5 {
        sign_in(&server.http, "mei@example.com", "another password").await;
    }
    for (known_as, in_time) in [("0".repeat(64).as_str(), false), (browser, true)] {
        let http = server.http.and_cookie("opencmp-browser", known_as);
        let answer = sign_in(&http, "mei@example.com", PASSWORD).await;
        assert_eq!(answer.text() == "\"full\"", in_time, "{}", answer.text());
        assert_eq!(answer.cookie("opencmp-browser"), None, "it has one");
    }
    // Known for one person is not known for all.
    let http = server.http.and_cookie("opencmp-browser", browser);
    for _ in 0..5 {
        sign_in(&http, "nobody@example.com", "another password").await;
    }
    let answer = sign_in(&http, "nobody@example.com", "another password").await;
    assert!(answer.text().contains("TooMany"), "{}", answer.text());
}

#[tokio::test]
async fn an_operator_sets_up_a_second_factor_first() {
    let (site, server) = site().await;
    person_add(&site, &["admin", "create", "root@operator.example", "--name", "Root"]);
    let answer = sign_in(&server.http, "root@operator.example", PASSWORD).await;
    assert_eq!(answer.text(), "\"enrol\"");
    let first = token(&answer).unwrap();
    let http = server.http.with_token(&first);
    assert_eq!(http.call::<Value>("session", json!({})).await.unwrap_err(), json!("SignedOut"));
    assert_eq!(http.call::<Value>("people", json!({})).await.unwrap_err(), json!("SignedOut"));
    let enrolment: Value = http.call("enrolment", json!({})).await.unwrap();
    let secret = enrolment["secret"].as_str().unwrap();
    assert!(enrolment["picture"].as_str().unwrap().contains("<svg"));
    let wrong = json!({ "secret": secret, "code": "000000" });
    assert!(http.call::<Value>("enrol", wrong).await.unwrap_err()["Invalid"]["field"] == "code");
    let right = json!({ "secret": secret, "code": code(secret) }).to_string();
    let enrolled = http.post("/fn/enrol", &right).await;
    let recovery: Vec<String> = serde_json::from_str(&enrolled.text()).unwrap();
    assert_eq!(recovery.len(), 10);
    let second = token(&enrolled).unwrap();
    assert_ne!(first, second, "the token of before is worth nothing");
    assert_eq!(http.call::<Value>("session", json!({})).await.unwrap_err(), json!("SignedOut"));
    let session: Value = server.http.with_token(&second).call("session", json!({})).await.unwrap();
    assert_eq!(session["role"], "operator_admin");

    // From now on a code is asked for; the one that was used is used up, a recovery code is good once.
    let answer = sign_in(&server.http, "root@operator.example", PASSWORD).await;
    assert_eq!(answer.text(), "\"code\"");
    let halfway = server.http.with_token(&token(&answer).unwrap());
    assert_eq!(halfway.get("/sims").await.status, 303);
    assert!(halfway.call::<Value>("enrolment", json!({})).await.is_ok());
    let again = json!({ "secret": secret, "code": code(secret) });
    assert_eq!(
        halfway.call::<Value>("enrol", again).await.unwrap_err(),
        json!("Forbidden"),
        "not with a password alone"
    );
    for wrong in ["", "000000"] {
        let refused = halfway.call::<Value>("sign_in_code", json!({ "code": wrong })).await;
        assert_eq!(refused.unwrap_err()["Invalid"]["field"], "code");
    }
    let body = json!({ "code": recovery[0].to_uppercase() }).to_string();
    let done = halfway.post("/fn/sign_in_code", &body).await;
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(server.http.with_token(&token(&done).unwrap()).call::<Value>("session", json!({})).await.is_ok());
    let answer = sign_in(&server.http, "root@operator.example", PASSWORD).await;
    let halfway = server.http.with_token(&token(&answer).unwrap());
    let refused = halfway.call::<Value>("sign_in_code", json!({ "code": recovery[0] })).await;
    assert_eq!(refused.unwrap_err()["Invalid"]["field"], "code");
}

/// A browser that was left open, or a token that was stolen, isn't enough to take an account over.
#[tokio::test]
async fn who_is_signed_in_shows_once_more_that_it_is_them() {
    let (_site, server) = site().await;
    let signed_in = async || token(&sign_in(&server.http, "mei@example.com", PASSWORD).await).unwrap();
    let (here, elsewhere) = (signed_in().await, signed_in().await);
    let http = server.http.with_token(&here);
    // Without a factor: the password.
    let enrolment: Value = http.call("enrolment", json!({})).await.unwrap();
    assert_eq!(enrolment["asked"], "password");
    let secret = enrolment["secret"].as_str().unwrap().to_owned();
    let with = |secret: &str, proof: Value| json!({ "secret": secret, "code": code(secret), "proof": proof });
    for proof in [json!(null), json!(""), json!("another password")] {
        let refused = http.call::<Value>("enrol", with(&secret, proof)).await.unwrap_err();
        assert_eq!(refused["Invalid"]["field"], "proof");
    }
    let enrolled = http.post("/fn/enrol", &with(&secret, json!(PASSWORD)).to_string()).await;
    let recovery: Vec<String> = serde_json::from_str(&enrolled.text()).unwrap();
    for ended in [&here, &elsewhere] {
        let session = server.http.with_token(ended).call::<Value>("session", json!({})).await;
        assert_eq!(session.unwrap_err(), json!("SignedOut"));
    }
    // With one: its code or a recovery code, and the password is neither.
    let http = server.http.with_token(&token(&enrolled).unwrap());
    let enrolment: Value = http.call("enrolment", json!({})).await.unwrap();
    assert_eq!(enrolment["asked"], "code");
    let another = enrolment["secret"].as_str().unwrap().to_owned();
    for proof in [PASSWORD, "000000"] {
        let refused = http.call::<Value>("enrol", with(&another, json!(proof))).await.unwrap_err();
        assert_eq!(refused["Invalid"]["field"], "proof");
    }
    let account: Value = http.call("account", json!({})).await.unwrap();
    assert_eq!(account["recovery_codes_left"], 10, "nothing was replaced");
    let enrolled = http.post("/fn/enrol", &with(&another, json!(recovery[3])).to_string()).await;
    assert_eq!(enrolled.status, 200, "{}", enrolled.text());
    // Wrong ones are counted.
    let http = server.http.with_token(&token(&enrolled).unwrap());
    for _ in 0..5 {
        let refused = http.call::<Value>("enrol", with(&another, json!("000000"))).await;
        assert_eq!(refused.unwrap_err()["Invalid"]["field"], "proof");
    }
    let refused = http.call::<Value>("enrol", with(&another, json!(recovery[4]))).await;
    assert!(refused.unwrap_err().to_string().contains("TooMany"));
}

#[tokio::test]
async fn a_link_lets_one_set_a_password() {
    let (site, server) = site().await;
    let args =
        ["person", "add", "wang@example.com", "--name", "王", "--role", "tenant_viewer", "--tenant", "甲"];
    let printed = site.cli(&args);
    let link = printed.trim().rsplit('/').next().unwrap().to_owned();
    assert!(printed.starts_with("http://127.0.0.1:8080/link/"), "where the configuration says: {printed}");
    assert_eq!(server.http.get(&format!("/link/{link}")).await.status, 200);
    let invitation: Value = server.http.call("invitation", json!({ "link": link })).await.unwrap();
    assert_eq!(invitation["email"], "wang@example.com");
    let accept = |password: &str| json!({ "link": link, "password": password, "said": null });
    let weak = server.http.call::<Value>("invitation_accept", accept("wang@example")).await;
    assert_eq!(weak.unwrap_err()["Invalid"]["field"], "password");
    server.http.call::<Value>("invitation_accept", accept("three quiet herons")).await.unwrap();
    assert_eq!(sign_in(&server.http, "wang@example.com", "three quiet herons").await.text(), "\"full\"");
    let again = server.http.call::<Value>("invitation_accept", accept("four quiet herons")).await;
    assert_eq!(again.unwrap_err(), json!("NotFound"));
}

#[tokio::test]
async fn the_first_administrator_comes_by_a_printed_link() {
    let site = Site::new();
    let mut server = site.spawn();
    let http = server.http.clone();
    eventually("it is ready", async || {
        http.try_get("/readyz").await.is_some_and(|answer| answer.status == 200)
    })
    .await;
    eventually("it has printed the link", async || server.said().contains("/link/")).await;
    let said = server.said();
    let link = said.split("/link/").nth(1).unwrap().split_whitespace().next().unwrap();
    let said = json!(["王大明", "root@operator.example"]);
    let accept = json!({ "link": link, "password": "three quiet herons", "said": said });
    server.http.call::<Value>("invitation_accept", accept).await.unwrap();
    assert_eq!(
        sign_in(&server.http, "root@operator.example", "three quiet herons").await.text(),
        "\"enrol\""
    );
    assert!(server.is_running());
    let nobody = sign_in(&server.http, "admin@opencmp.invalid", "three quiet herons").await;
    assert!(nobody.text().contains("Invalid"));
}

#[tokio::test]
async fn an_administrator_made_otherwise_takes_the_place_of_the_first() {
    let site = Site::new();
    let server = site.start().await;
    eventually("it has printed the link", async || server.said().contains("/link/")).await;
    let link = server.said().split("/link/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    site.cli(&["admin", "create", "root@operator.example", "--name", "王大明"]);
    let invitation = server.http.call::<Value>("invitation", json!({ "link": link })).await;
    assert_eq!(invitation.unwrap_err(), json!("NotFound"), "its link is void");
    drop(server);
    let server = site.start().await;
    assert_eq!(server.said().matches("Nobody can sign in yet").count(), 1, "not again");
}

/// Everybody knows their password: what they did as a demonstration isn't a way into what is served in earnest.
#[tokio::test]
async fn accounts_of_the_demonstration_are_shut_out_without_it() {
    let (admin, password) = ("admin@operator.demo.example", "demo");
    let demo = ["--demo", "--demo-sims", "240", "--demo-days", "1"];
    let site = Site::new();
    let starts = |server: &Server| server.said().matches("OpenCMP: ").count();
    let server = site.spawn_with(&demo);
    eventually("the demonstration runs", async || server.said().contains("OpenCMP: ")).await;
    let answer = sign_in(&server.http, admin, password).await;
    assert_eq!(answer.text(), "\"full\"");
    let signed_in = token(&answer).unwrap();
    assert!(server.stop().await.success());

    let server = site.spawn();
    eventually("it has printed the link", async || server.said().contains("/link/")).await;
    for account in [admin, "support@operator.demo.example", "viewer@customer.demo.example"] {
        let refused = sign_in(&server.http, account, password).await;
        assert!(refused.text().contains("Invalid") && token(&refused).is_none(), "{}", refused.text());
    }
    let session = server.http.with_token(&signed_in).call::<Value>("session", json!({})).await;
    assert_eq!(session.unwrap_err(), json!("SignedOut"));
    let store = server.store().await;
    let lines = store.audit_lines(None, &Default::default(), 100).await.unwrap();
    let shut_out = lines.iter().find(|line| line.action == "person.shut_out" && line.subject == admin);
    assert_eq!(shut_out.unwrap().why.as_deref(), Some("started without --demo"));
    store.close().await;
    assert!(server.stop().await.success());

    // The demonstration goes on where it was, and the next start in earnest prints a link that is good again.
    let server = site.spawn_with(&demo);
    eventually("the demonstration runs again", async || starts(&server) == 3).await;
    assert_eq!(sign_in(&server.http, admin, password).await.text(), "\"full\"");
    assert!(server.stop().await.success());
    let server = site.spawn();
    eventually("it has printed another link", async || server.said().matches("/link/").count() == 2).await;
    let said = server.said();
    let link = said.rsplit("/link/").next().unwrap().split_whitespace().next().unwrap();
    assert!(server.http.call::<Value>("invitation", json!({ "link": link })).await.is_ok());
}

#[tokio::test]
async fn another_sites_pages_change_nothing() {
    let (_site, server) = site().await;
    let answer = sign_in(&server.http, "mei@example.com", PASSWORD).await;
    let http = server.http.with_token(&token(&answer).unwrap());
    let body = json!({ "name": "x", "shared": true, "query": "" }).to_string();
    for header in ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"] {
        let answer = http.with_header(header).post("/fn/view_save", &body).await;
        assert_eq!(answer.status, 403, "{header}");
    }
    let answer = http.with_origin("https://evil.example").post("/fn/view_save", &body).await;
    assert_eq!(answer.status, 403);
    assert_eq!(http.post("/fn/view_save", &body).await.status, 200);
}

#[tokio::test]
async fn answers_say_what_browsers_may_do_with_them() {
    let (_site, server) = site().await;
    let answer = sign_in(&server.http, "mei@example.com", PASSWORD).await;
    let http = server.http.with_token(&token(&answer).unwrap());
    for path in ["/sims", "/sign-in", "/fn/session", "/download/sims.csv", "/nowhere"] {
        let answer = http.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("default-src"),
            "{path}: {policy}"
        );
        let loose = policy.split(';').find(|part| part.contains("unsafe-inline"));
        assert!(loose.is_none_or(|part| part.trim() == "style-src-attr 'unsafe-inline'"), "{path}: {policy}");
    }
    let page = http.get("/sims").await;
    let policy = page.header("content-security-policy").to_owned();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    let text = page.text();
    for script in text.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        assert!(tag.contains(&format!("nonce=\"{nonce}\"")) || tag.contains("src="), "<script{tag}>");
    }
    assert_ne!(http.get("/sims").await.header("content-security-policy"), policy, "another nonce each time");
}

#[tokio::test]
async fn a_stream_ends_within_a_second_of_the_sign_in() {
    let (_site, server) = site().await;
    for ending in ["signed out", "shut out", "role changed"] {
        let tenant = server.tenant("甲").await;
        let email = format!("{}@example.com", ending.replace(' ', "-"));
        let http = server.as_person(&email, Role::TenantEditor, Some(tenant), None).await;
        let mut stream = http.stream("/live?counts=1").await;
        stream.next().await;
        let store = server.store().await;
        let id = store.person_by_email(&email).await.unwrap().unwrap().id;
        let now = opencmp_domain::Timestamp::from(chrono::Utc::now());
        match ending {
            "signed out" => drop(http.post("/fn/sign_out", "{}").await),
            "shut out" => store.person_enable(id, false, &now.into()).await.unwrap(),
            _ => {
                let said = opencmp_domain::people::PersonSaid {
                    email: email.clone(),
                    name: email.clone(),
                    role: Role::TenantViewer,
                    tenant: Some(tenant),
                    groups: None,
                };
                store.person_update(id, &said, None, &now.into()).await.unwrap();
            }
        }
        let ended = tokio::time::timeout(A_SECOND + ON_A_LOADED_MACHINE, stream.ended()).await;
        assert!(ended.is_ok(), "{ending}: the stream goes on");
        store.close().await;
    }
}

/// In which a stream ends once its reader may no longer read …
const A_SECOND: Duration = Duration::from_secs(1);
/// … and what is forgiven where other tests run beside this one.
const ON_A_LOADED_MACHINE: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_stream_ends_when_its_sign_in_has_lasted_as_long_as_it_may() {
    let (_site, server) = site().await;
    let store = server.store().await;
    let id = store.person_by_email("mei@example.com").await.unwrap().unwrap().id;
    let (token, lasts) = ("c".repeat(64), 3);
    let until = Instant::now() + Duration::from_secs(lasts);
    people::begin_for(&store, id, &token, Stage::Full, lasts as i64).await;
    let mut stream = server.http.with_token(&token).stream("/live?counts=1").await;
    stream.next().await;
    let left = until.saturating_duration_since(Instant::now()) + A_SECOND + ON_A_LOADED_MACHINE;
    assert!(tokio::time::timeout(left, stream.ended()).await.is_ok(), "the stream goes on");
    store.close().await;
}

#[tokio::test]
async fn a_stream_is_no_use_and_ends_with_the_minute_after_the_last_one() {
    let (_site, server) = site_with(Site::new().with("OPENCMP_SIGN_IN__IDLE_MINUTES", "1")).await;
    let answer = sign_in(&server.http, "mei@example.com", PASSWORD).await;
    let http = server.http.with_token(&token(&answer).unwrap());
    let mut stream = http.stream("/live?counts=1").await;
    let last_use = Instant::now();
    stream.next().await;
    let (ends, slack) = (Duration::from_secs(60), A_SECOND + ON_A_LOADED_MACHINE);
    assert!(tokio::time::timeout(ends + slack, stream.ended()).await.is_ok(), "the stream goes on");
    assert!(last_use.elapsed() + A_SECOND > ends, "{:?}: it was used until then", last_use.elapsed());
    assert_eq!(http.call::<Value>("session", json!({})).await.unwrap_err(), json!("SignedOut"));
}

#[tokio::test]
async fn who_changes_their_own_role_goes_on_with_another_token() {
    let (_site, server) = site().await;
    let [here, elsewhere] = [(); 2].map(|()| sign_in(&server.http, "mei@example.com", PASSWORD));
    let [here, elsewhere] = [token(&here.await).unwrap(), token(&elsewhere.await).unwrap()];
    let http = server.http.with_token(&here);
    let session: Value = http.call("session", json!({})).await.unwrap();
    let id = &session["person"];
    // A browser that was left open is no way around password and second factor.
    for function in ["person_link", "person_factor_remove"] {
        let refused = http.call::<Value>(function, json!({ "id": id })).await.unwrap_err();
        assert_eq!(refused["Invalid"]["field"], "person", "{function}");
    }
    let said = json!({ "id": id, "name": "Mei", "role": "tenant_viewer", "groups": null });
    let renewed = token(&http.post("/fn/person_update", &said.to_string()).await).unwrap();
    for ended in [&here, &elsewhere] {
        let session = server.http.with_token(ended).call::<Value>("session", json!({})).await;
        assert_eq!(session.unwrap_err(), json!("SignedOut"));
    }
    let session: Value = server.http.with_token(&renewed).call("session", json!({})).await.unwrap();
    assert_eq!(session["role"], "tenant_viewer");
}

#[tokio::test]
async fn halfway_is_not_in() {
    let (_site, server) = site().await;
    let store = server.store().await;
    let tenant = server.tenant("甲").await;
    server.as_person("half@example.com", Role::TenantAdmin, Some(tenant), None).await;
    let id = store.person_by_email("half@example.com").await.unwrap().unwrap().id;
    for (stage, at) in [(Stage::Code, 'a'), (Stage::Enrol, 'b')] {
        let token = at.to_string().repeat(64);
        people::begin(&store, id, &token, stage).await;
        let http = server.http.with_token(&token);
        assert_eq!(http.call::<Value>("session", json!({})).await.unwrap_err(), json!("SignedOut"));
        assert_eq!(http.call::<Value>("account", json!({})).await.unwrap_err(), json!("SignedOut"));
        assert_eq!(http.get("/download/sims.csv").await.status, 303);
    }
    store.close().await;
    tokio::time::sleep(Duration::from_millis(1)).await;
}
