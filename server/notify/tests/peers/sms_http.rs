//! Short messages by an HTTP gateway.

use crate::support::{LONG, SHORT, absent, assert_again, assert_refused, brief, id, now, text};
use opencmp_notify::{
    Failure, Login, Outcome, Secret, Sms,
    sms::{
        SmsGateway, Unanswered,
        http::{BodyTemplate, HttpSms, HttpSmsConfig, HttpSmsConfigError},
    },
};
use opencmp_outbound::Networks;
use opencmp_testkit::Peer;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

const TEXT: &str = "門號 0400010123456 已離線 \"7\" & <8> {id}\\";

async fn gateway() -> Peer {
    Peer::start("http", &json!({})).await.unwrap()
}

fn config(port: u16) -> HttpSmsConfig {
    HttpSmsConfig {
        url: Url::parse(&format!("http://127.0.0.1:{port}/v1/send?ref={{id}}")).unwrap(),
        headers: vec![("authorization".to_owned(), Secret::new("Bearer 7c4a8d09ca37"))],
        body: BodyTemplate::Json(
            json!({ "messages": [{ "to": "+{to}", "text": "{text}" }], "flash": false }),
        ),
        login: None,
        accepted_if: None,
        id_at: Some("/messages/0/id".to_owned()),
        unanswered: Unanswered::Leave,
        networks: None,
        connect: LONG,
        whole: LONG,
    }
}

async fn send(config: HttpSmsConfig) -> Outcome {
    let sms = Sms { to: "0912345678".parse().unwrap(), text: TEXT.to_owned() };
    HttpSms::new(config).unwrap().send(&id("msg_0001"), &sms, now()).await
}

#[tokio::test]
async fn a_message_goes_as_json_or_as_a_form() {
    let mut gateway = gateway().await;
    gateway.ask(&json!({ "answer": r#"{"messages":[{"id":77}]}"# })).await.unwrap();
    let Outcome::Delivered { answer } = send(config(gateway.port)).await else { panic!() };
    assert_eq!(answer.as_str(), "77");
    let request = gateway.next_of("request").await.unwrap();
    assert_eq!(text(&request["url"]), "/v1/send?ref=msg_0001");
    assert_eq!(request["headers"]["authorization"], "Bearer 7c4a8d09ca37");
    let body: Value = serde_json::from_str(text(&request["body"])).unwrap();
    assert_eq!(body, json!({ "messages": [{ "to": "+886912345678", "text": TEXT }], "flash": false }));

    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let form = BodyTemplate::Form(vec![
        pair("username", "{user}"),
        pair("password", "{password}"),
        pair("dstaddr", "{to}"),
        pair("smbody", "{text}"),
    ]);
    let login = Login { name: "cmp".to_owned(), password: Secret::new("p&q=r") };
    let with_form = HttpSmsConfig { body: form, login: Some(login), ..config(gateway.port) };
    // The password comes back in what the gateway says, and goes no further.
    gateway.ask(&json!({ "answer": "statuscode=1 p&q=r" })).await.unwrap();
    let Outcome::Delivered { answer } = send(with_form.clone()).await else { panic!() };
    assert_eq!(answer.as_str(), "statuscode=1 …");
    let request = gateway.next_of("request").await.unwrap();
    let pairs: Vec<_> = form_urlencoded::parse(text(&request["body"]).as_bytes()).into_owned().collect();
    let expected =
        [("username", "cmp"), ("password", "p&q=r"), ("dstaddr", "886912345678"), ("smbody", TEXT)];
    assert_eq!(pairs, expected.map(|(name, value)| pair(name, value)));
    // A status of 200 isn't everything.
    gateway.ask(&json!({ "answer": "statuscode=e" })).await.unwrap();
    let choosy = HttpSmsConfig { accepted_if: Some("statuscode=1".to_owned()), ..with_form };
    assert_refused(&send(choosy).await, Failure::Rejected);
}

#[tokio::test]
async fn what_may_have_been_sent_isn_t_sent_again_unless_one_says_so() {
    let mut gateway = gateway().await;
    let port = gateway.port;
    let again = |config: HttpSmsConfig| HttpSmsConfig { unanswered: Unanswered::SendAgain, ..config };
    for (behaviour, once, more) in [
        (json!({ "status": 400 }), "refused rejected", "refused rejected"),
        (json!({ "status": 401 }), "again credentials", "again credentials"),
        (json!({ "status": 307, "headers": { "location": "/" } }), "again redirect", "again redirect"),
        (json!({ "status": 429, "headers": { "retry-after": "9" } }), "again throttled", "again throttled"),
        (json!({ "status": 500 }), "uncertain unanswered", "again unanswered"),
        (json!({ "status": 502 }), "uncertain unanswered", "again unanswered"),
        (json!({ "status": 503 }), "again busy", "again busy"),
        (json!({ "drop": true }), "uncertain unanswered", "again unanswered"),
    ] {
        gateway.ask(&behaviour).await.unwrap();
        assert_eq!(brief(&send(config(port)).await), once, "{behaviour}");
        assert_eq!(brief(&send(again(config(port))).await), more, "{behaviour}");
    }
    gateway.ask(&json!({ "drop": false, "hang": "head" })).await.unwrap();
    let hasty = HttpSmsConfig { whole: SHORT, ..config(port) };
    assert_eq!(brief(&send(hasty.clone()).await), "uncertain unanswered");
    assert_eq!(brief(&send(again(hasty)).await), "again unanswered");
    // Nobody there: nothing was sent.
    assert_again(&send(config(absent())).await, Failure::Connect);
}

#[tokio::test]
async fn a_gateway_is_where_it_may_be_and_its_configuration_is_looked_at() {
    let mut gateway = gateway().await;
    let public = HttpSmsConfig { networks: Some(Networks::public()), ..config(gateway.port) };
    assert_refused(&send(public.clone()).await, Failure::Forbidden);
    let named = Url::parse(&format!("http://localhost:{}/", gateway.port)).unwrap();
    assert_again(&send(HttpSmsConfig { url: named, ..public }).await, Failure::Forbidden);
    assert!(gateway.so_far("request").await.unwrap().is_empty());
    let odd = HttpSmsConfig { headers: vec![("x".to_owned(), Secret::new("a\r\nb"))], ..config(1) };
    assert!(matches!(HttpSms::new(odd), Err(HttpSmsConfigError::Header(_))));
    let file = HttpSmsConfig { url: Url::parse("file:///etc/passwd").unwrap(), ..config(1) };
    assert!(matches!(HttpSms::new(file), Err(HttpSmsConfigError::Url(_))));
    assert!(!format!("{:?}", config(1)).contains("7c4a8d09ca37"), "secrets don't print");
}
