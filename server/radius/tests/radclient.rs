//! FreeRADIUS' radclient as the peer (Debian: freeradius-utils).
#![allow(clippy::expect_used)]

mod support;

use std::io::Write;
use std::process::{Command, Stdio};

use opencmp_listener::Outcome;
use opencmp_radius::{Sub, ThreeGpp, dictionary};
use support::{App, Mode, SECRET};

/// Runs radclient with these attributes; whether it got a valid answer, and what it printed.
fn radclient(app: &App, command: &str, secret: &str, attributes: &str) -> (bool, String) {
    let mut child = Command::new("radclient")
        .args(["-x", "-r", "1", "-t", "2", &app.addr().to_string(), command, secret])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("radclient is installed (make test installs freeradius-utils)");
    child.stdin.take().expect("piped").write_all(attributes.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let printed = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
}

#[test]
fn radclient_is_understood_and_understands_the_answer() {
    let app = App::start(Mode::Durable);
    let attributes = "Acct-Status-Type = Interim-Update\nAcct-Session-Id = 0A14000111223344\n\
        NAS-IP-Address = 10.20.0.1\nAcct-Input-Octets = 4711\n3GPP-IMSI = 001010123456789\n\
        Proxy-State = 0x0102\nProxy-State = 0x03\n";
    let (ok, printed) = radclient(&app, "acct", SECRET, attributes);
    assert!(ok, "{printed}");
    assert!(printed.contains("Received Accounting-Response"), "{printed}");
    assert!(printed.contains("Proxy-State = 0x0102"), "{printed}");

    let batch = app.batch();
    let packet = batch.packet(&batch.records[0]).expect("it was checked");
    let octets = packet.attribute(dictionary::ACCT_INPUT_OCTETS).expect("it was sent");
    assert_eq!(opencmp_radius::value::integer(octets.value), Some(4711));
    let subs =
        packet.attributes().filter_map(|attribute| attribute.vendor()).flat_map(|vendor| vendor.subs());
    let subs: Vec<_> = subs
        .filter_map(|sub| match sub {
            Sub::Fits { kind, value } => Some(ThreeGpp::decode(kind as u8, value)),
            Sub::Broken(_) => None,
        })
        .collect();
    assert_eq!(subs, [ThreeGpp::Imsi("001010123456789")]);
}

#[test]
fn radclient_gets_an_answer_to_status_server() {
    let app = App::start(Mode::Durable);
    let (ok, printed) = radclient(&app, "status", SECRET, "Message-Authenticator = 0x00\n");
    assert!(ok && printed.contains("Received Accounting-Response"), "{printed}");
    app.counted(Outcome::StatusServer, 1);
}

#[test]
fn radclient_with_another_secret_hears_nothing() {
    let app = App::start(Mode::Durable);
    let (ok, printed) = radclient(&app, "acct", "another", "Acct-Status-Type = Start\nAcct-Session-Id = x\n");
    assert!(!ok && printed.contains("No reply"), "{printed}");
    assert_eq!(app.local().wrong_secret(), 1);
}
