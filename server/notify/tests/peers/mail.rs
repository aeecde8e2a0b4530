//! E-mail to npm's `smtp-server`.

use crate::support::{LONG, SHORT, Stranger, absent, assert_again, assert_refused, now, outgoing, text};
use opencmp_notify::{
    Content, Failure, Login, Mail, Outcome, Secret,
    email::{MailConfig, MailConfigError, MailSecurity, Mailer},
};
use opencmp_testkit::Peer;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

struct Post {
    relay: Peer,
    certificate: String,
    security: MailSecurity,
}

impl Post {
    async fn start(security: MailSecurity, more: Value) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let name = match security {
            MailSecurity::Tls => "tls",
            MailSecurity::StartTls => "starttls",
            MailSecurity::Plain => "plain",
        };
        let mut configuration =
            json!({ "security": name, "key": signing_key.serialize_pem(), "cert": cert.pem() });
        configuration.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let relay = Peer::start("smtp", &configuration).await.unwrap();
        Self { relay, certificate: cert.pem(), security }
    }

    fn config(&self, whole: Duration) -> MailConfig {
        MailConfig { roots: Some(self.certificate.clone()), ..config(self.relay.port, self.security, whole) }
    }
}

fn config(port: u16, security: MailSecurity, whole: Duration) -> MailConfig {
    MailConfig {
        host: "localhost".to_owned(),
        port,
        security,
        login: None,
        from: "OpenCMP <alerts@cmp.example>".to_owned(),
        hello: None,
        roots: None,
        connections: 2,
        whole,
    }
}

fn login(password: &str) -> Option<Login> {
    Some(Login { name: "cmp".to_owned(), password: Secret::new(password) })
}

async fn send_to(mailer: &Mailer, to: &str) -> Outcome {
    let mail = Mail {
        to: to.to_owned(),
        subject: "設備離線\r\nBcc: all@example.com".to_owned(),
        text: "門號 0400010123456 已離線。\n.\nQUIT\n".to_owned(),
        html: "<p>門號 0400010123456 已離線。</p>".to_owned(),
    };
    mailer.send(&outgoing(Content::Mail(mail.clone())), &mail, now()).await
}

async fn send(mailer: &Mailer) -> Outcome {
    send_to(mailer, "lin@example.com").await
}

fn header<'m>(raw: &'m str, name: &str) -> Option<&'m str> {
    raw.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test]
async fn a_message_arrives_over_starttls_and_the_connection_is_used_again() {
    let with = json!({ "login": { "name": "cmp", "password": "three quiet herons" } });
    let mut post = Post::start(MailSecurity::StartTls, with).await;
    let mailer = Mailer::new(MailConfig { login: login("three quiet herons"), ..post.config(LONG) }).unwrap();
    for _ in 0..3 {
        let Outcome::Delivered { answer } = send(&mailer).await else { panic!() };
        assert!(answer.as_str().contains("queued as 4T5X"), "{answer}");
        let mail = post.relay.next_of("mail").await.unwrap();
        assert_eq!(mail["secure"], true);
        assert_eq!(mail["user"], "cmp");
        assert_eq!(mail["from"], "alerts@cmp.example");
        assert_eq!(mail["to"], json!(["lin@example.com"]));
        assert_eq!(mail["connections"], 1);
        let raw = text(&mail["raw"]);
        assert_eq!(header(raw, "Message-ID"), Some("<msg_0001@cmp.example>"));
        assert_eq!(header(raw, "Auto-Submitted"), Some("auto-generated"));
        assert_eq!(header(raw, "Bcc"), None);
        assert!(header(raw, "Subject").unwrap().starts_with("=?utf-8?"), "{raw}");
        assert!(raw.contains("text/plain") && raw.contains("text/html"), "{raw}");
    }
}

#[tokio::test]
async fn tls_from_the_first_octet_and_none_on_this_machine() {
    for security in [MailSecurity::Tls, MailSecurity::Plain] {
        let mut post = Post::start(security, json!({})).await;
        let mailer = Mailer::new(post.config(LONG)).unwrap();
        assert_eq!(send(&mailer).await.name(), "delivered");
        let mail = post.relay.next_of("mail").await.unwrap();
        assert_eq!(mail["secure"], security == MailSecurity::Tls);
    }
    let elsewhere = MailConfig { host: "mail.example".to_owned(), ..config(25, MailSecurity::Plain, LONG) };
    assert!(matches!(Mailer::new(elsewhere), Err(MailConfigError::Plain(_))));
}

/// Says more than the answer to STARTTLS, at once.
async fn forger() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (connection, _) = listener.accept().await.unwrap();
        let mut connection = BufReader::new(connection);
        for answer in
            ["220 mail.example\r\n", "250-mail.example\r\n250 STARTTLS\r\n", "220 go on\r\n250 forged\r\n"]
        {
            connection.get_mut().write_all(answer.as_bytes()).await.unwrap();
            connection.read_line(&mut String::new()).await.unwrap();
        }
    });
    port
}

#[tokio::test]
async fn nothing_is_said_to_a_relay_that_isn_t_the_right_one() {
    // It doesn't offer STARTTLS.
    let mut plain = Post::start(MailSecurity::Plain, json!({})).await;
    let config = config(plain.relay.port, MailSecurity::StartTls, LONG);
    assert_again(&send(&Mailer::new(config).unwrap()).await, Failure::Tls);
    assert!(plain.relay.so_far("mail").await.unwrap().is_empty());
    // Something was said in the clear that is to pass for an answer through TLS.
    let forger = forger().await;
    let config = self::config(forger, MailSecurity::StartTls, LONG);
    let outcome = send(&Mailer::new(config).unwrap()).await;
    assert_again(&outcome, Failure::Tls);
    assert!(outcome.why().unwrap().detail.as_str().contains("forged"), "{outcome:?}");
    // Nobody who is trusted knows its certificate.
    for security in [MailSecurity::StartTls, MailSecurity::Tls] {
        let mut post = Post::start(security, json!({})).await;
        let untrusted = MailConfig { roots: None, ..post.config(LONG) };
        assert_again(&send(&Mailer::new(untrusted).unwrap()).await, Failure::Tls);
        assert!(post.relay.so_far("mail").await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_wrong_password_is_no_fault_of_the_message() {
    let with = json!({ "login": { "name": "cmp", "password": "three quiet herons" } });
    let post = Post::start(MailSecurity::StartTls, with).await;
    let mailer = Mailer::new(MailConfig { login: login("xyzzy"), ..post.config(LONG) }).unwrap();
    let outcome = send(&mailer).await;
    assert_again(&outcome, Failure::Credentials);
    assert!(!format!("{outcome:?}").contains("xyzzy"));
    // The relay wants one, and we have none.
    let mailer = Mailer::new(post.config(LONG)).unwrap();
    assert_again(&send(&mailer).await, Failure::Credentials);
}

#[tokio::test]
async fn a_relay_refuses_for_now_or_for_good() {
    let mut post = Post::start(MailSecurity::Plain, json!({})).await;
    let mailer = Mailer::new(post.config(LONG)).unwrap();
    for (at, code, failure, for_good) in [
        ("connect", 421, Failure::Busy, false),
        ("connect", 554, Failure::Busy, false),
        ("mail", 451, Failure::Busy, false),
        ("mail", 553, Failure::Rejected, true),
        ("rcpt", 450, Failure::Busy, false),
        ("rcpt", 550, Failure::Rejected, true),
        ("data", 452, Failure::Busy, false),
        ("data", 552, Failure::Rejected, true),
    ] {
        // A new connection each, since the last case's went through.
        let fresh = Mailer::new(post.config(LONG)).unwrap();
        post.relay.ask(&json!({ "refuse": { "at": at, "code": code } })).await.unwrap();
        let outcome = send(&fresh).await;
        if for_good {
            assert_refused(&outcome, failure);
        } else {
            assert_again(&outcome, failure);
        }
        let why = outcome.why().unwrap().detail.as_str().to_owned();
        assert!(why.contains(&code.to_string()) && !why.contains('\t'), "{why}");
        post.relay.ask(&json!({ "refuse": null })).await.unwrap();
        assert_eq!(send(&fresh).await.name(), "delivered", "{at} {code}");
    }
    assert_eq!(send(&mailer).await.name(), "delivered");
}

#[tokio::test]
async fn a_relay_that_hangs_or_breaks_off_spoils_nothing_for_the_next_message() {
    let mut post = Post::start(MailSecurity::Plain, json!({})).await;
    for at in ["connect", "mail", "rcpt", "data"] {
        let hasty = Mailer::new(post.config(SHORT)).unwrap();
        let mailer = Mailer::new(post.config(LONG)).unwrap();
        post.relay.ask(&json!({ "hang": at })).await.unwrap();
        // Given up half-way.
        tokio::select! {
            outcome = send(&mailer) => panic!("{outcome:?}"),
            hung = post.relay.next_of("hung") => drop(hung.unwrap()),
        }
        assert_again(&send(&hasty).await, Failure::Timeout);
        post.relay.so_far("hung").await.unwrap();
        post.relay.ask(&json!({ "hang": null, "drop": at })).await.unwrap();
        assert_again(&send(&mailer).await, Failure::Broken);
        post.relay.ask(&json!({ "drop": null })).await.unwrap();
        let Outcome::Delivered { answer } = send(&mailer).await else { panic!("{at}") };
        assert!(answer.as_str().contains("queued"), "the answer to the message, not to another command");
    }
}

#[tokio::test]
async fn a_relay_that_isn_t_one() {
    let mute = Stranger::saying(b"").await;
    let nonsense = Stranger::saying(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let closing = Stranger::closing().await;
    for (port, failure) in [
        (absent(), Failure::Connect),
        (mute.port, Failure::Timeout),
        (nonsense.port, Failure::Broken),
        (closing.port, Failure::Broken),
    ] {
        let limit = if port == mute.port { SHORT } else { LONG };
        let mailer = Mailer::new(config(port, MailSecurity::Plain, limit)).unwrap();
        assert_again(&send(&mailer).await, failure);
    }
}

#[tokio::test]
async fn addresses_of_every_script_where_the_relay_can() {
    let mut post = Post::start(MailSecurity::Plain, json!({})).await;
    let mailer = Mailer::new(post.config(LONG)).unwrap();
    assert_eq!(send_to(&mailer, "林@例子.台灣").await.name(), "delivered");
    let mail = post.relay.next_of("mail").await.unwrap();
    let to = text(&mail["to"][0]);
    assert!(to.starts_with("林@"), "{to}");

    let old = Post::start(MailSecurity::Plain, json!({ "utf8": false })).await;
    let mailer = Mailer::new(old.config(LONG)).unwrap();
    assert_refused(&send_to(&mailer, "林@例子.台灣").await, Failure::Address);
    assert_eq!(send_to(&mailer, "lin@例子.台灣").await.name(), "delivered");
    assert_refused(&send_to(&mailer, "lin@example.com\r\nRCPT TO:<x@example.com>").await, Failure::Address);
}
