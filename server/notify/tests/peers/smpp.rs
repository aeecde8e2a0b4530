//! Short messages by SMPP to npm's `smpp` as the message centre.

use crate::support::{LONG, SHORT, Stranger, absent, assert_again, assert_refused, brief, id, now, text};
use futures::future::{BoxFuture, FutureExt, join_all};
use opencmp_notify::{
    Failure, Login, Outcome, Secret, Sms,
    sms::{
        Concatenation, Receipt, ReceiptState, Receipts, SmsGateway, Unanswered,
        smpp::{IdForm, Link, SmppConfig, SmppConfigError, SmppGateway, SmppTls, Source, Timing},
    },
};
use opencmp_testkit::{Peer, wait_until};
use parking_lot::Mutex;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

const CHINESE: &str = "門號 0400010123456 已離線";

/// Where receipts go in these tests.
#[derive(Default)]
struct Book {
    kept: Mutex<Vec<Receipt>>,
    full: AtomicBool,
}

impl Receipts for Book {
    fn take(&self, receipt: Receipt) -> BoxFuture<'_, bool> {
        let room = !self.full.load(Ordering::SeqCst);
        if room {
            self.kept.lock().push(receipt);
        }
        async move { room }.boxed()
    }
}

struct Line {
    centre: Peer,
    gateway: SmppGateway,
    book: Arc<Book>,
}

async fn centre() -> Peer {
    Peer::start("smpp", &json!({ "login": { "name": "cmp", "password": "herons" } })).await.unwrap()
}

fn config(port: u16) -> SmppConfig {
    SmppConfig {
        host: "localhost".to_owned(),
        port,
        tls: None,
        login: Login { name: "cmp".to_owned(), password: Secret::new("herons") },
        system_type: String::new(),
        source: Source { ton: 5, npi: 0, address: "OpenCMP".to_owned() },
        concatenation: Concatenation::Udh8,
        gsm7: true,
        validity: Some(Duration::from_secs(3_600)),
        response_ids: IdForm::Text,
        receipt_ids: IdForm::Text,
        unanswered: Unanswered::Leave,
        per_second: 0,
        window: 4,
        timing: Timing {
            connect: LONG,
            response: LONG,
            enquire_every: LONG,
            reconnect: (Duration::from_millis(10), Duration::from_millis(50)),
            patience: LONG,
            whole: LONG,
            pause: Duration::from_millis(10),
        },
    }
}

impl Line {
    async fn start() -> Self {
        Self::with(|config| config).await
    }

    async fn with(change: impl FnOnce(SmppConfig) -> SmppConfig) -> Self {
        let centre = centre().await;
        let book = Arc::new(Book::default());
        let gateway = SmppGateway::start(change(config(centre.port)), book.clone()).unwrap();
        Self { centre, gateway, book }
    }

    async fn behave(&mut self, behaviour: Value) -> Value {
        self.centre.ask(&behaviour).await.unwrap()
    }

    async fn send(&self, text: &str) -> Outcome {
        send(&self.gateway, text).await
    }

    /// Sooner or later: with short limits, a slow machine may need more than one attempt.
    async fn goes_on(&self) {
        let accepted = async || self.send(CHINESE).await.name() == "accepted";
        wait_until(accepted, LONG).await.unwrap();
    }

    async fn ids(&self, text: &str) -> Vec<String> {
        match self.send(text).await {
            Outcome::Accepted { ids } => ids,
            other => panic!("{other:?}"),
        }
    }

    async fn submitted(&mut self) -> Value {
        self.centre.next_of("submit").await.unwrap()
    }
}

async fn send(gateway: &SmppGateway, text: &str) -> Outcome {
    let sms = Sms { to: "0912345678".parse().unwrap(), text: text.to_owned() };
    gateway.send(&id("msg_0001"), &sms, now()).await
}

#[tokio::test]
async fn messages_go_in_the_alphabet_they_need() {
    let mut line = Line::start().await;
    for (message, coding) in [("offline: {7} €5 @ÅΔ", 0), (CHINESE, 8), ("離線 😀", 8)] {
        let ids = line.ids(message).await;
        let sent = line.submitted().await;
        assert_eq!(json!(ids), json!([sent["id"]]));
        assert_eq!(text(&sent["text"]), message);
        assert_eq!(sent["data_coding"], coding, "{message}");
        assert_eq!(sent["source"], json!([5, 0, "OpenCMP"]));
        assert_eq!(sent["destination"], json!([1, 1, "886912345678"]));
        assert_eq!((&sent["registered_delivery"], &sent["esm_class"]), (&json!(1), &json!(0)));
    }
    let none = Line::with(|config| SmppConfig { gsm7: false, ..config }).await;
    let mut line = none;
    line.ids("plain").await;
    assert_eq!(line.submitted().await["data_coding"], 8);
}

#[tokio::test]
async fn long_messages_go_in_parts_that_belong_together() {
    for concatenation in [Concatenation::Udh8, Concatenation::Udh16, Concatenation::Sar] {
        let mut line = Line::with(|config| SmppConfig { concatenation, ..config }).await;
        for message in ["離線😀".repeat(50), "offline €".repeat(40)] {
            let ids = line.ids(&message).await;
            assert!(ids.len() > 2);
            let (mut whole, mut references) = (String::new(), Vec::new());
            for number in 1..=ids.len() {
                let sent = line.submitted().await;
                whole.push_str(text(&sent["text"]));
                let header = match concatenation {
                    Concatenation::Sar => {
                        assert_eq!(sent["esm_class"], 0);
                        sent["sar"].as_array().unwrap().iter().map(|field| field.as_u64().unwrap()).collect()
                    }
                    _ => {
                        assert_eq!(sent["esm_class"], 0x40);
                        header(text(&sent["udh"][0]))
                    }
                };
                assert_eq!(header[1..], [ids.len() as u64, number as u64]);
                references.push(header[0]);
            }
            assert_eq!(whole, message);
            references.dedup();
            assert_eq!(references.len(), 1);
        }
        assert_refused(&line.send(&"離線".repeat(500)).await, Failure::TooLong);
    }
}

/// Reference, total and number of an element in hexadecimal, of either size.
fn header(element: &str) -> Vec<u64> {
    let digits = |from: usize, to: usize| u64::from_str_radix(&element[from..to], 16).unwrap();
    match &element[..4] {
        "0003" => vec![digits(4, 6), digits(6, 8), digits(8, 10)],
        "0804" => vec![digits(4, 8), digits(8, 10), digits(10, 12)],
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn receipts_are_kept_before_they_are_answered() {
    let ids =
        |config| SmppConfig { response_ids: IdForm::Hexadecimal, receipt_ids: IdForm::Decimal, ..config };
    let mut line = Line::with(ids).await;
    line.behave(json!({ "hexadecimal": true })).await;
    let sent = line.ids(CHINESE).await;
    let number = u64::from_str_radix(text(&line.submitted().await["id"]), 16).unwrap();
    assert_eq!(sent, [number.to_string()]);
    let head = "sub:001 dlvrd:001 submit date:2102241342 done date:2102241343";
    let receipt =
        json!({ "receipt": { "text": format!("id:{number:010} {head} stat:DELIVRD err:000 text:x") } });
    // Not now: the centre keeps it.
    line.book.full.store(true, Ordering::SeqCst);
    assert_eq!(line.behave(receipt.clone()).await, 0x64);
    line.book.full.store(false, Ordering::SeqCst);
    assert_eq!(line.behave(receipt).await, 0);
    let parameters = json!({ "receipted_message_id": number.to_string(), "message_state": 5 });
    assert_eq!(line.behave(json!({ "receipt": { "parameters": parameters } })).await, 0);
    let of = |state| Receipt { id: sent[0].clone(), state, error: None };
    assert_eq!(*line.book.kept.lock(), [of(ReceiptState::Delivered), of(ReceiptState::Undeliverable)]);
    // A subscriber's answer is nobody's receipt, and taken off the centre's hands.
    let answer = json!({ "receipt": { "text": "id:1 stat:DELIVRD", "esm_class": 0 } });
    assert_eq!(line.behave(answer).await, 0);
    assert_eq!(line.book.kept.lock().len(), 2);
}

#[tokio::test]
async fn a_centre_refuses_for_now_or_for_good() {
    let mut line = Line::start().await;
    for (status, expected) in [
        (0x58, "again throttled"),
        (0x14, "again throttled"),
        (0x08, "again busy"),
        (0x0b, "refused address"),
        (0x0a, "refused rejected"),
        (0x45, "refused rejected"),
        (0x400, "refused rejected"),
    ] {
        line.behave(json!({ "submit": [status] })).await;
        let outcome = line.send(CHINESE).await;
        assert_eq!(brief(&outcome), expected, "{status:#x}");
        if let Outcome::Again { why, not_before } = &outcome {
            assert_eq!(not_before.is_some(), why.code == Failure::Throttled);
        }
        assert!(outcome.why().unwrap().detail.as_str().starts_with("0x"), "{outcome:?}");
    }
    assert_eq!(line.send(CHINESE).await.name(), "accepted");
}

#[tokio::test]
async fn a_message_that_was_begun_is_ended_or_left_but_never_begun_again() {
    let mut line = Line::start().await;
    let long = CHINESE.repeat(8);
    // The second part has to wait.
    line.behave(json!({ "submit": [0, 0x58, 0x14, 0] })).await;
    assert_eq!(line.ids(&long).await.len(), 3);
    let numbers: Vec<String> = join_headers(&mut line, 5).await;
    assert_eq!(numbers, ["0301", "0302", "0302", "0302", "0303"]);
    // The second part is refused.
    line.behave(json!({ "submit": [0, 0x45] })).await;
    assert_eq!(brief(&line.send(&long).await), "uncertain partly");
    // The second part has to wait for ever.
    line.behave(json!({ "submit": [0, 0x58, 0x58, 0x58, 0x58, 0x58, 0x58] })).await;
    assert_eq!(brief(&line.send(&long).await), "uncertain partly");
}

async fn join_headers(line: &mut Line, count: usize) -> Vec<String> {
    let mut numbers = Vec::new();
    for _ in 0..count {
        let sent = line.submitted().await;
        let element = text(&sent["udh"][0]);
        numbers.push(element[element.len() - 4..].to_owned());
    }
    numbers
}

#[tokio::test]
async fn a_part_without_an_answer_may_have_been_sent() {
    let hasty =
        |config: SmppConfig| SmppConfig { timing: Timing { response: SHORT, ..config.timing }, ..config };
    let mut line = Line::with(hasty).await;
    line.behave(json!({ "submit": [null] })).await;
    assert_eq!(brief(&line.send(CHINESE).await), "uncertain unanswered");
    line.goes_on().await;
    let again = |config| hasty(SmppConfig { unanswered: Unanswered::SendAgain, ..config });
    let mut line = Line::with(again).await;
    line.behave(json!({ "submit": [null] })).await;
    assert_eq!(brief(&line.send(CHINESE).await), "again unanswered");
}

#[tokio::test]
async fn a_link_that_is_lost_is_made_again() {
    let mut line = Line::start().await;
    assert_eq!(line.send(CHINESE).await.name(), "accepted");
    // While a part is under way.
    line.submitted().await;
    line.behave(json!({ "submit": [null] })).await;
    let Line { centre, gateway, .. } = &mut line;
    let (outcome, ()) = tokio::join!(send(gateway, CHINESE), async {
        centre.next_of("submit").await.unwrap();
        centre.ask(&json!({ "drop": true })).await.unwrap();
    });
    assert_eq!(brief(&outcome), "uncertain unanswered");
    assert_eq!(line.send(CHINESE).await.name(), "accepted");
    // The centre says goodbye.
    assert_eq!(line.behave(json!({ "unbind": true })).await, 0);
    assert_eq!(line.send(CHINESE).await.name(), "accepted");
    // The centre talks nonsense.
    line.centre.so_far("closed").await.unwrap();
    line.behave(json!({ "raw": "ffffffff00000000" })).await;
    line.centre.next_of("closed").await.unwrap();
    assert_eq!(line.send(CHINESE).await.name(), "accepted");
}

#[tokio::test]
async fn a_centre_that_is_deaf_is_left_and_one_that_asks_is_answered() {
    let mut line = Line::start().await;
    assert_eq!(line.send(CHINESE).await.name(), "accepted");
    assert_eq!(line.behave(json!({ "enquire": true })).await, 0);
    // query_sm, which we don't take.
    line.behave(json!({ "raw": "000000100000000300000000000000ff" })).await;
    assert_eq!(line.centre.next_of("nack").await.unwrap(), 3);
    // A deliver_sm that can't be read is answered, and the link goes on.
    line.behave(json!({ "raw": "000000120000000500000000000000fe0001" })).await;
    assert_eq!(line.send(CHINESE).await.name(), "accepted");

    let often = |config: SmppConfig| {
        let timing = Timing { enquire_every: SHORT, response: SHORT, ..config.timing };
        SmppConfig { timing, ..config }
    };
    let mut line = Line::with(often).await;
    line.centre.next_of("enquired").await.unwrap();
    line.behave(json!({ "deaf": true })).await;
    wait_until(async || matches!(line.gateway.link(), Link::Down(why) if why.code == Failure::Timeout), LONG)
        .await
        .unwrap();
    line.behave(json!({ "deaf": false })).await;
    line.goes_on().await;
}

#[tokio::test]
async fn a_centre_that_doesn_t_know_us() {
    let mut line = Line::with(|config| {
        let login = Login { name: "cmp".to_owned(), password: Secret::new("xyzzy") };
        let timing = Timing { patience: SHORT, ..config.timing };
        SmppConfig { login, timing, ..config }
    })
    .await;
    wait_until(async || matches!(line.gateway.link(), Link::Down(_)), LONG).await.unwrap();
    let outcome = line.send(CHINESE).await;
    assert_again(&outcome, Failure::Credentials);
    assert!(!format!("{outcome:?}").contains("xyzzy"));
    // Somebody puts it right over there.
    line.behave(json!({ "bind": 0 })).await;
    wait_until(async || line.gateway.link() == Link::Bound, LONG).await.unwrap();
    assert_eq!(line.send(CHINESE).await.name(), "accepted");
}

#[tokio::test]
async fn a_centre_that_isn_t_one() {
    let (mute, closing) = (Stranger::saying(b"").await, Stranger::closing().await);
    let nonsense = Stranger::saying(b"220 mail.example ESMTP\r\n").await;
    for (port, failure) in [
        (absent(), Failure::Connect),
        (mute.port, Failure::Timeout),
        (nonsense.port, Failure::Broken),
        (closing.port, Failure::Broken),
    ] {
        let config = config(port);
        // The link is tried more than once while a message waits.
        let response = if port == mute.port { Duration::from_millis(50) } else { LONG };
        let reconnect = (LONG, LONG);
        let timing = Timing { response, reconnect, patience: Duration::ZERO, ..config.timing };
        let gateway = SmppGateway::start(SmppConfig { timing, ..config }, Arc::new(Book::default())).unwrap();
        wait_until(async || matches!(gateway.link(), Link::Down(_)), LONG).await.unwrap();
        assert_again(&send(&gateway, CHINESE).await, failure);
        gateway.close().await;
    }
}

#[tokio::test]
async fn many_at_once_stay_within_the_window() {
    let mut line = Line::start().await;
    let all = join_all((0..50).map(|number| {
        let gateway = &line.gateway;
        async move { send(gateway, &format!("offline {number}")).await }
    }))
    .await;
    assert!(all.iter().all(|outcome| outcome.name() == "accepted"), "{all:?}");
    let mut sent: Vec<String> = Vec::new();
    for _ in 0..50 {
        sent.push(text(&line.submitted().await["text"]).to_owned());
    }
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 50, "each once");
    // Those whose sender has gone leave their room when their time is over.
    let hasty = |config: SmppConfig| SmppConfig {
        window: 1,
        timing: Timing { response: SHORT, ..config.timing },
        ..config
    };
    let mut line = Line::with(hasty).await;
    line.behave(json!({ "submit": [null, null] })).await;
    for _ in 0..2 {
        let Line { centre, gateway, .. } = &mut line;
        tokio::select! {
            outcome = send(gateway, CHINESE) => panic!("{outcome:?}"),
            sent = centre.next_of("submit") => drop(sent.unwrap()),
        }
    }
    line.goes_on().await;
}

#[tokio::test]
async fn the_end_is_in_order() {
    let mut line = Line::start().await;
    line.ids(CHINESE).await;
    line.gateway.close().await;
    line.centre.next_of("unbind").await.unwrap();
    line.centre.next_of("closed").await.unwrap();
    let outcome = line.send(CHINESE).await;
    assert_again(&outcome, Failure::NotConfigured);

    let Line { mut centre, gateway, .. } = Line::start().await;
    centre.next_of("bind").await.unwrap();
    drop(gateway);
    centre.next_of("closed").await.unwrap();
}

#[tokio::test]
async fn a_link_over_tls() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let configuration = json!({
        "login": { "name": "cmp", "password": "herons" },
        "key": signing_key.serialize_pem(),
        "cert": cert.pem(),
    });
    let centre = Peer::start("smpp", &configuration).await.unwrap();
    let tls = |roots| SmppConfig { tls: Some(SmppTls { roots }), ..config(centre.port) };
    let gateway = SmppGateway::start(tls(Some(cert.pem())), Arc::new(Book::default())).unwrap();
    assert_eq!(send(&gateway, CHINESE).await.name(), "accepted");
    gateway.close().await;
    let untrusting = SmppGateway::start(tls(None), Arc::new(Book::default())).unwrap();
    wait_until(async || matches!(untrusting.link(), Link::Down(why) if why.code == Failure::Tls), LONG)
        .await
        .unwrap();
    let broken = tls(Some("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n".to_owned()));
    let refused = SmppGateway::start(broken, Arc::new(Book::default()));
    assert!(matches!(refused, Err(SmppConfigError::Tls(_))));
}
