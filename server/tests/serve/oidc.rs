//! The way to a provider of OpenID Connect and back, as far as it shows over HTTP. Whole sign-ins, and providers that do
//! wrong, are tests in the browser (`end2end/tests/oidc.spec.ts`).

use crate::support::{Http, Response, Server, Site};
use serde_json::json;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

const CLIENT_SECRET: &str = "seven swans a-swimming";

/// Answers every request at its address with what `answer` makes of the path; counts them.
struct Elsewhere {
    address: SocketAddr,
    asked: Arc<AtomicU32>,
}

impl Elsewhere {
    async fn start(answer: impl Fn(&str, SocketAddr) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicU32::new(0));
        let count = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let mut stream = BufReader::new(stream);
                let mut line = String::new();
                stream.read_line(&mut line).await.unwrap();
                let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                while line.trim() != "" {
                    line.clear();
                    stream.read_line(&mut line).await.unwrap();
                }
                let _ = stream.write_all(answer(&path, address).as_bytes()).await;
            }
        });
        Self { address, asked }
    }

    /// A provider that describes itself, under this issuer, and does no more.
    async fn provider(issuer: impl Fn(SocketAddr) -> String + Send + 'static) -> Self {
        Self::start(move |path, address| match path {
            "/.well-known/openid-configuration" => {
                let base = format!("http://{address}");
                ok(&json!({
                    "issuer": issuer(address),
                    "authorization_endpoint": format!("{base}/auth"),
                    "token_endpoint": format!("{base}/token"),
                    "jwks_uri": format!("{base}/jwks"),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                })
                .to_string())
            }
            _ => ok(r#"{"keys":[]}"#),
        })
        .await
    }

    fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

fn ok(body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// The installation's provider.
fn provider_add(site: &Site, slug: &str, issuer: &str, more: &[&str]) -> String {
    let args = ["provider", "add", "Atoll", "--slug", slug, "--issuer", issuer, "--client-id", "cmp"];
    site.cli(&[&args, more].concat())
}

fn site() -> Site {
    Site::new().with("OPENCMP_CLIENT_SECRET", CLIENT_SECRET)
}

fn leads_to(answer: &Response) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.header("location").to_owned()
}

async fn begin(http: &Http, slug: &str) -> (BTreeMap<String, String>, String) {
    let answer = http.get(&format!("/sign-in/oidc/{slug}?to=/usage")).await;
    let to = leads_to(&answer);
    let (_, query) = to.split_once('?').unwrap_or_else(|| panic!("{to}"));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let asked = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    (asked, answer.header("set-cookie").to_owned())
}

async fn started(site: &Site) -> Server {
    site.start().await
}

#[tokio::test]
async fn the_way_there_is_bound_to_the_browser_and_proven_by_pkce() {
    let provider = Elsewhere::provider(|address| format!("http://{address}")).await;
    let site = site();
    let said = provider_add(&site, "atoll", &provider.issuer(), &["--second-factor", "mfa"]);
    let callback = format!("{}/sign-in/oidc/callback", site_url(&site));
    assert!(said.contains("/sign-in/oidc/callback") && !said.contains(CLIENT_SECRET), "{said}");
    let listed = site.cli(&["provider", "list"]);
    assert!(listed.contains("atoll") && !listed.contains(CLIENT_SECRET), "{listed}");
    let server = started(&site).await;

    let (asked, cookie) = begin(&server.http, "atoll").await;
    for part in ["opencmp-way=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=600"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "cmp"),
        ("code_challenge_method", "S256"),
        ("acr_values", "mfa"),
        ("scope", "openid+email+profile"),
        ("redirect_uri", &opencmp_app::dom::url_encode(&callback)),
    ] {
        assert_eq!(asked[name], value, "{name} of {asked:?}");
    }
    assert_eq!((asked["code_challenge"].len(), asked["state"].len(), asked["nonce"].len()), (43, 64, 64));
    let (again, _) = begin(&server.http, "atoll").await;
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(asked[name], again[name], "{name}");
    }

    // Another browser's answer is none, and uses the state up; so is one that nobody asked for.
    let back = |state: &str| format!("/sign-in/oidc/callback?code=x&state={state}");
    let stale = "/sign-in?failed=stale";
    assert_eq!(leads_to(&server.http.get(&back(&asked["state"])).await), stale);
    let browser = cookie.split(['=', ';']).nth(1).unwrap();
    let ours = server.http.and_cookie("opencmp-way", browser);
    for state in [asked["state"].as_str(), &"0".repeat(64), "", "'; --"] {
        assert_eq!(leads_to(&ours.get(&back(&opencmp_app::dom::url_encode(state))).await), stale, "{state}");
    }
    // A page elsewhere can begin neither in the background nor in its frames.
    for (headers, status) in [
        ("Sec-Fetch-Mode: no-cors", 403),
        ("Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe", 403),
        ("Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document", 303),
    ] {
        let answer = server.http.with_header(headers).get("/sign-in/oidc/atoll").await;
        assert_eq!(answer.status, status, "{headers}");
    }
    let nowhere = server.http.get("/sign-in/oidc/nobody").await;
    assert_eq!(leads_to(&nowhere), "/sign-in?failed=no_provider&with=nobody");
    assert!(!server.said().contains(CLIENT_SECRET) && !server.said().contains(&asked["nonce"]));
}

fn site_url(site: &Site) -> String {
    format!("http://{}", site.http)
}

#[tokio::test]
async fn a_provider_is_asked_no_further_than_it_may_lead() {
    let secret = Elsewhere::start(|_, _| ok("{}")).await;
    let there = secret.issuer();
    // One that leads elsewhere, one that is another, one that never ends, one that speaks of an address that isn't TLS.
    let leading = Elsewhere::start(move |_, _| {
        format!("HTTP/1.1 302 Found\r\nlocation: {there}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    });
    let another = Elsewhere::provider(|_| "http://127.0.0.1:1".to_owned());
    let endless = Elsewhere::start(|_, _| ok(&" ".repeat(2_000_000)));
    let (leading, another, endless) = (leading.await, another.await, endless.await);
    let site = site();
    site.import("甲", "imsi\n001010000000001\n");
    let good = Elsewhere::provider(|address| format!("http://{address}")).await;
    for (slug, issuer) in
        [("leading", leading.issuer()), ("another", another.issuer()), ("endless", endless.issuer())]
    {
        provider_add(&site, slug, &issuer, &[]);
    }
    provider_add(&site, "plain", "http://id.example.com", &[]);
    // A tenant's may not be in private networks.
    provider_add(&site, "inside", &good.issuer(), &["--tenant", "甲"]);
    let server = started(&site).await;
    for slug in ["leading", "another", "endless", "plain", "inside"] {
        let answer = server.http.get(&format!("/sign-in/oidc/{slug}")).await;
        assert_eq!(leads_to(&answer), format!("/sign-in?failed=unreachable&with={slug}"));
    }
    assert_eq!((secret.asked(), good.asked()), (0, 0));
    assert_eq!((leading.asked(), another.asked(), endless.asked()), (1, 1, 1));
}

#[tokio::test]
async fn a_tenant_sets_up_its_own_and_no_other() {
    let good = Elsewhere::provider(|address| format!("http://{address}")).await;
    let site = site().with("OPENCMP_SIGN_IN__TENANTS_PROVIDERS_ANYWHERE", "true");
    for tenant in ["甲", "乙"] {
        site.cli(&["tenant", "add", tenant]);
    }
    let server = started(&site).await;
    let (ours, theirs) = (server.tenant("甲").await, server.tenant("乙").await);
    let (mine, other) = (server.as_tenant(ours).await, server.as_tenant(theirs).await);
    let said = |slug: &str, rules: serde_json::Value| {
        json!({
            "name": "Atoll", "slug": slug, "issuer": good.issuer(), "client_id": "cmp",
            "client_secret": CLIENT_SECRET, "scopes": "openid email", "first_sign_in": "rule", "rules": rules,
            "tenant_claim": null, "trusts_email": false, "second_factor": [], "enabled": true,
        })
    };
    let rule = |role: &str, tenant: Option<i64>| json!([{ "claim": "g", "value": "x", "role": role, "tenant": tenant, "group": null }]);
    for wrong in [rule("operator_admin", None), rule("tenant_admin", Some(theirs.0)), json!([])] {
        let saved =
            mine.call::<i64>("provider_save", json!({ "id": null, "said": said("atoll", wrong) })).await;
        assert_eq!(saved.unwrap_err()["Invalid"]["field"], "rules");
    }
    let right = said("atoll", rule("tenant_viewer", None));
    let id = mine.call::<i64>("provider_save", json!({ "id": null, "said": right.clone() })).await.unwrap();
    let taken = other.call::<i64>("provider_save", json!({ "id": null, "said": right.clone() })).await;
    assert_eq!(taken.unwrap_err()["Taken"]["value"], "atoll");
    // What is another's isn't there; the operator's administrator sees it within the tenant alone.
    for http in [&other, &server.as_operator()] {
        let listed = http.call::<serde_json::Value>("providers", json!({})).await.unwrap();
        assert_eq!(listed["providers"], json!([]));
        let saved = http.call::<i64>("provider_save", json!({ "id": id, "said": right.clone() })).await;
        assert_eq!(saved.unwrap_err(), "NotFound");
        let gone = http.call::<()>("provider_remove", json!({ "id": id })).await;
        assert_eq!(gone.unwrap_err(), "NotFound");
    }
    let listed = mine.call::<serde_json::Value>("providers", json!({})).await.unwrap();
    assert_eq!(listed["providers"][0]["said"]["slug"], "atoll");
    assert!(!listed.to_string().contains(CLIENT_SECRET), "{listed}");
    // Its button is for who knows its name.
    let door =
        |with: serde_json::Value| server.http.call::<serde_json::Value>("door", json!({ "with": with }));
    assert_eq!(door(json!(null)).await.unwrap()["providers"], json!([]));
    let known = json!([{ "slug": "atoll", "name": "Atoll" }]);
    assert_eq!(door(json!("atoll")).await.unwrap()["providers"], known);
}
