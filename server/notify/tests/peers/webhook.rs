//! Webhooks to a receiver that verifies with the reference library of Standard Webhooks.

use crate::support::{
    LONG, SHORT, Stranger, absent, assert_again, assert_refused, brief, now, outgoing, text,
};
use opencmp_domain::Timestamp;
use opencmp_notify::{
    Channels, Content, Failure, Hook, Outcome,
    webhook::{HookPolicy, SigningSecret, Webhooks},
};
use opencmp_outbound::Networks;
use opencmp_testkit::{Peer, wait_until};
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLDER: &str = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";

async fn receiver() -> Peer {
    Peer::start("http", &json!({ "secret": SECRET })).await.unwrap()
}

fn secret(text: &str) -> SigningSecret {
    text.parse().unwrap()
}

fn loopback() -> Networks {
    Networks::public().with(["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()])
}

fn hooks(port: u16, networks: Networks, whole: Duration) -> Webhooks {
    let policy = HookPolicy { networks, ports: vec![port], plain_http: true, connect: LONG, whole };
    Webhooks::new(policy).unwrap()
}

fn hook(url: &str, secrets: &[&str]) -> Hook {
    Hook {
        url: Url::parse(url).unwrap(),
        secrets: secrets.iter().map(|text| secret(text)).collect(),
        data: json!({ "msisdn": "886400010123456", "name": "北區 \"7\"" }),
    }
}

fn at(port: u16) -> Hook {
    hook(&format!("http://127.0.0.1:{port}/hook?of=lin"), &[SECRET])
}

async fn send(hooks: &Webhooks, hook: &Hook, now: Timestamp) -> Outcome {
    hooks.send(&outgoing(Content::Hook(hook.clone())), hook, now).await
}

#[tokio::test]
async fn a_receiver_with_either_secret_is_content() {
    let mut receiver = receiver().await;
    let hooks = hooks(receiver.port, loopback(), LONG);
    receiver
        .ask(&json!({ "secrets": [SECRET, OLDER, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"] }))
        .await
        .unwrap();
    let hook = Hook { secrets: vec![secret(SECRET), secret(OLDER)], ..at(receiver.port) };
    assert_eq!(send(&hooks, &hook, now()).await.name(), "delivered");
    let request = receiver.next_of("request").await.unwrap();
    assert_eq!(request["verified"], json!([true, true, false]));
    assert_eq!((text(&request["method"]), text(&request["url"])), ("POST", "/hook?of=lin"));
    let headers = &request["headers"];
    assert_eq!(headers["webhook-id"], "msg_0001");
    assert_eq!(headers["content-type"], "application/json");
    assert!(text(&headers["user-agent"]).starts_with("OpenCMP/"), "{headers}");
    let body: Value = serde_json::from_str(text(&request["body"])).unwrap();
    assert_eq!(body["type"], "alert.device_offline");
    assert_eq!(body["timestamp"], "2021-02-24T05:42:48Z");
    assert_eq!(body["data"], hook.data);
    // Without a secret nothing is sent.
    let unsigned = Hook { secrets: Vec::new(), ..hook };
    assert_refused(&send(&hooks, &unsigned, now()).await, Failure::Credentials);
}

#[tokio::test]
async fn another_attempt_is_the_same_message_at_another_time() {
    let mut receiver = receiver().await;
    let channels = Channels { hooks: Some(hooks(receiver.port, loopback(), LONG)), ..Channels::default() };
    let outgoing = outgoing(Content::Hook(at(receiver.port)));
    let mut requests = Vec::new();
    for now in [now().plus_secs(-60), now()] {
        assert_eq!(channels.send(&outgoing, now).await.name(), "delivered");
        requests.push(receiver.next_of("request").await.unwrap());
    }
    let [first, second] = &requests[..] else { panic!() };
    assert_eq!(first["body"], second["body"]);
    let header = |request: &Value, name: &str| text(&request["headers"][name]).to_owned();
    assert_eq!(header(first, "webhook-id"), header(second, "webhook-id"));
    for name in ["webhook-timestamp", "webhook-signature"] {
        assert_ne!(header(first, name), header(second, name), "{name}");
    }
    assert_eq!((&first["verified"], &second["verified"]), (&json!([true]), &json!([true])));
    let outcome = Channels::default().send(&outgoing, now()).await;
    assert_again(&outcome, Failure::NotConfigured);
}

#[tokio::test]
async fn what_an_endpoint_says_is_what_becomes_of_it() {
    let mut receiver = receiver().await;
    let elsewhere = self::receiver().await;
    let hooks = hooks(receiver.port, loopback(), LONG);
    let location = format!("http://127.0.0.1:{}/", elsewhere.port);
    for (status, headers, expected, wait) in [
        (204, json!({}), "delivered", None),
        (302, json!({ "location": location }), "again redirect", None),
        (308, json!({ "location": location }), "again redirect", None),
        (400, json!({}), "again status", None),
        (410, json!({}), "gone gone", None),
        (429, json!({ "retry-after": "7" }), "again throttled", Some(7)),
        (503, json!({ "retry-after": "99999999" }), "again busy", Some(86_400)),
        (500, json!({ "retry-after": "soon" }), "again status", None),
    ] {
        let behaviour = json!({ "status": status, "headers": headers, "answer": "said\u{1b}[31m\r\nso" });
        receiver.ask(&behaviour).await.unwrap();
        let outcome = send(&hooks, &at(receiver.port), now()).await;
        assert_eq!(brief(&outcome), expected, "{status}");
        if let Outcome::Again { why, not_before } = &outcome {
            assert_eq!(*not_before, wait.map(Duration::from_secs), "{status}");
            assert_eq!(why.detail.as_str(), format!("HTTP {status}: said [31m so"));
        }
    }
    let mut elsewhere = elsewhere;
    assert!(elsewhere.so_far("request").await.unwrap().is_empty(), "nobody was followed");
    assert_eq!(receiver.so_far("request").await.unwrap().len(), 8, "one request each");
    let until = httpdate::fmt_http_date(std::time::SystemTime::now() + Duration::from_secs(3_600));
    receiver.ask(&json!({ "status": 503, "headers": { "retry-after": until } })).await.unwrap();
    let Outcome::Again { not_before: Some(wait), .. } = send(&hooks, &at(receiver.port), now()).await else {
        panic!()
    };
    assert!((3_000..=3_600).contains(&wait.as_secs()), "{wait:?}");
}

#[tokio::test]
async fn slow_endless_and_broken_answers() {
    let mut receiver = receiver().await;
    let (hooks, hasty) = (hooks(receiver.port, loopback(), LONG), hooks(receiver.port, loopback(), SHORT));
    receiver.ask(&json!({ "hang": "head" })).await.unwrap();
    assert_again(&send(&hasty, &at(receiver.port), now()).await, Failure::Timeout);
    // The status was there: that is the answer.
    receiver.ask(&json!({ "hang": "body" })).await.unwrap();
    let delivered = async || send(&hasty, &at(receiver.port), now()).await.name() == "delivered";
    wait_until(delivered, LONG).await.unwrap();
    receiver.ask(&json!({ "hang": null, "answer": "x".repeat(100_000), "repeat": 1_000_000 })).await.unwrap();
    let Outcome::Delivered { answer } = send(&hooks, &at(receiver.port), now()).await else { panic!() };
    assert_eq!(answer.as_str().chars().count(), 300);
    receiver.ask(&json!({ "drop": true })).await.unwrap();
    assert_again(&send(&hooks, &at(receiver.port), now()).await, Failure::Broken);
}

#[tokio::test]
async fn an_endpoint_that_isn_t_one() {
    let mute = Stranger::saying(b"").await;
    let nonsense = Stranger::saying(b"220 mail.example ESMTP\r\n").await;
    let closing = Stranger::closing().await;
    for (port, failure) in [
        (absent(), Failure::Connect),
        (mute.port, Failure::Timeout),
        (nonsense.port, Failure::Broken),
        (closing.port, Failure::Broken),
    ] {
        let limit = if port == mute.port { SHORT } else { LONG };
        let outcome = send(&hooks(port, loopback(), limit), &at(port), now()).await;
        assert_again(&outcome, failure);
    }
    // No TLS there.
    let https = hook(&format!("https://127.0.0.1:{}/", nonsense.port), &[SECRET]);
    let outcome = send(&hooks(nonsense.port, loopback(), LONG), &https, now()).await;
    assert_again(&outcome, Failure::Tls);
}

#[tokio::test]
async fn this_machine_is_not_reached_by_any_of_its_names() {
    let mut receiver = receiver().await;
    let port = receiver.port;
    let hooks = hooks(port, Networks::public(), LONG);
    for host in ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0", "[::1]", "[::ffff:127.0.0.1]", "[::]"]
    {
        let hook = hook(&format!("http://{host}:{port}/"), &[SECRET]);
        assert_refused(&send(&hooks, &hook, now()).await, Failure::Forbidden);
    }
    for host in ["localhost", "LOCALHOST"] {
        let hook = hook(&format!("http://{host}:{port}/"), &[SECRET]);
        assert_again(&send(&hooks, &hook, now()).await, Failure::Forbidden);
    }
    assert!(receiver.so_far("request").await.unwrap().is_empty());
    // Where it is allowed, a name leads there.
    let hook = hook(&format!("http://localhost:{port}/"), &[SECRET]);
    assert_eq!(send(&self::hooks(port, loopback(), LONG), &hook, now()).await.name(), "delivered");
}
