//! The listener with real datagrams.

mod support;

use std::net::Ipv4Addr;
use std::time::Duration;

use opencmp_listener::{AllowedNodes, Client, ListenerConfig, Outcome};
use opencmp_radius::{Discard, Packet, Role, dictionary};
use support::{App, Gateway, LOCAL, Mode, SECRET, client};

#[test]
fn a_record_is_handed_on_as_it_came_and_answered_once_durable() {
    let app = App::start(Mode::Held);
    let gateway = app.gateway();
    let request = gateway.request(1, "a");
    gateway.send(&[request.as_slice(), &[0xEE; 9]].concat());

    let batch = app.batch();
    let [record] = &batch.records[..] else { panic!("{} records", batch.records.len()) };
    assert_eq!((record.nas_id, record.source), (7, gateway.socket.local_addr().unwrap()));
    assert_eq!(record.received_at_us, 1_700_000_000_000_000);
    assert_eq!(batch.octets(record), request, "padding is cut off");
    gateway.hears_nothing();

    batch.replies.send(&batch);
    gateway.answer_to(&request);
    app.counted(Outcome::Accepted, 1);
}

#[test]
fn a_duplicate_in_flight_is_dropped_and_after_the_answer_answered_again() {
    let app = App::start(Mode::Held);
    let gateway = app.gateway();
    let request = gateway.request(1, "a");
    gateway.send(&request);
    let batch = app.batch();
    gateway.send(&request);
    gateway.hears_nothing();
    app.counted(Outcome::DuplicateInFlight, 1);

    batch.replies.send(&batch);
    let answer = gateway.answer_to(&request);
    gateway.send(&request);
    assert_eq!(gateway.answer_to(&request), answer, "octet for octet");
    app.counted(Outcome::DuplicateAnswered, 1);
    assert!(!app.took_more());
}

#[test]
fn the_same_identifier_with_another_authenticator_is_a_new_request() {
    let app = App::start(Mode::Durable);
    let gateway = app.gateway();
    let (first, second) = (gateway.request(1, "a"), gateway.request(1, "b"));
    for request in [&first, &second] {
        gateway.send(request);
        gateway.answer_to(request);
        assert_eq!(app.batch().bytes, *request);
    }
    gateway.send(&second);
    gateway.answer_to(&second);
    assert!(!app.took_more());
}

#[test]
fn another_port_of_the_same_gateway_has_identifiers_of_its_own() {
    let app = App::start(Mode::Durable);
    let (one, other) = (app.gateway(), app.gateway());
    let request = one.request(1, "a");
    for gateway in [one, other] {
        gateway.send(&request);
        gateway.answer_to(&request);
        assert_eq!(app.batch().bytes, request);
    }
}

#[test]
fn a_request_is_forgotten_after_thirty_seconds() {
    let app = App::start(Mode::Durable);
    let gateway = app.gateway();
    let request = gateway.request(1, "a");
    for _ in 0..2 {
        gateway.send(&request);
        gateway.answer_to(&request);
        app.batch();
        app.pass(Duration::from_secs(31));
    }
    app.counted(Outcome::Accepted, 2);
}

#[test]
fn duplicates_and_new_requests_in_one_burst_are_told_apart() {
    let app = App::start(Mode::Held);
    let gateway = app.gateway();
    let requests: Vec<_> = (0..100).map(|identifier| gateway.request(identifier, "burst")).collect();
    for request in &requests {
        gateway.send(request);
        gateway.send(request);
    }
    gateway.hears_nothing();
    let mut records = Vec::new();
    while records.len() < requests.len() {
        let batch = app.batch();
        let octets: usize = batch.records.iter().map(|record| record.range.len()).sum();
        assert_eq!(octets, batch.bytes.len(), "packets lie back to back");
        records.extend(batch.records.iter().map(|record| batch.octets(record).to_vec()));
        batch.replies.send(&batch);
    }
    assert_eq!(records, requests);
    for request in &requests {
        gateway.answer_to(request);
    }
    app.counted(Outcome::DuplicateInFlight, 100);
}

#[test]
fn a_wrong_secret_is_silence_and_leaves_the_duplicate_cache_alone() {
    let app = App::start(Mode::Durable);
    let gateway = app.gateway();
    let request = gateway.request(1, "a");
    gateway.send(&request);
    gateway.answer_to(&request);
    app.batch();

    let mut forged = request.clone();
    forged[4] ^= 1;
    gateway.send(&forged);
    gateway.hears_nothing();
    gateway.send(&request);
    gateway.answer_to(&request);
    app.counted(Outcome::DuplicateAnswered, 1);
    assert_eq!(app.local().wrong_secret(), 1);
}

#[test]
fn an_unknown_source_is_silence() {
    let app = App::with_clients(Mode::Durable, vec![client("127.0.0.1/32", 7, SECRET)]);
    let stranger = Gateway::at(Ipv4Addr::new(127, 0, 0, 2), app.addr());
    let request = stranger.request(1, "a");
    stranger.send(&request);
    stranger.send(&stranger.status_server(2));
    let known = app.gateway();
    known.hears_nothing();
    assert!(!app.took_more());
    let snapshot = app.counters.snapshot();
    let from =
        |address: Ipv4Addr| snapshot.iter().find(|source| source.source == Some(address.into())).unwrap();
    assert_eq!(from(Ipv4Addr::new(127, 0, 0, 2)).count(Outcome::UnknownSource), 2);
    assert_eq!(from(LOCAL).count(Outcome::UnknownSource), 0);

    app.clients.replace(vec![client("127.0.0.0/8", 8, SECRET)]);
    stranger.send(&request);
    stranger.answer_to(&request);
    assert_eq!(app.batch().records[0].nas_id, 8);
}

#[test]
fn each_network_has_its_own_secret_and_the_longest_prefix_counts() {
    let clients = vec![client("127.0.0.0/8", 1, "wide"), client("127.0.0.2/32", 2, "narrow")];
    let app = App::with_clients(Mode::Durable, clients);
    for (address, secret, nas_id) in [([127, 0, 0, 1], "wide", 1), ([127, 0, 0, 2], "narrow", 2)] {
        let gateway = Gateway::at(address.into(), app.addr()).with_secret(secret);
        let request = gateway.request(1, "a");
        gateway.send(&request);
        gateway.answer_to(&request);
        assert_eq!(app.batch().records[0].nas_id, nas_id);
    }
}

#[test]
fn a_busy_sink_is_silence_and_the_next_try_is_new() {
    let app = App::start(Mode::Busy);
    let gateway = app.gateway();
    let request = gateway.request(1, "a");
    gateway.send(&request);
    gateway.hears_nothing();
    app.counted(Outcome::Busy, 1);

    app.set(Mode::Durable);
    gateway.send(&request);
    gateway.answer_to(&request);
    app.counted(Outcome::Accepted, 1);
    app.counted(Outcome::DuplicateInFlight, 0);
}

#[test]
fn a_batch_dropped_unanswered_is_new_when_it_comes_again() {
    let app = App::start(Mode::Held);
    let gateway = app.gateway();
    let request = gateway.request(1, "a");
    gateway.send(&request);
    drop(app.batch());
    gateway.send(&request);
    let batch = app.batch();
    batch.replies.send(&batch);
    gateway.answer_to(&request);
}

#[test]
fn proxy_states_are_copied_in_order() {
    let app = App::start(Mode::Durable);
    let gateway = app.gateway();
    let long = [7; 253];
    let request = gateway.request_with(1, "a", |packet| {
        packet
            .attribute(dictionary::PROXY_STATE, b"one")
            .text(dictionary::USER_NAME, "between")
            .attribute(dictionary::PROXY_STATE, &long)
            .attribute(dictionary::PROXY_STATE, b"");
    });
    gateway.send(&request);
    let answer = gateway.answer_to(&request);
    let answer = Packet::response(&answer, Role::Acct).unwrap();
    let states: Vec<_> = answer.attributes().map(|attribute| (attribute.kind, attribute.value)).collect();
    assert_eq!(states, [(33, &b"one"[..]), (33, &long[..]), (33, b"")]);
}

#[test]
fn a_message_authenticator_is_added_where_the_nas_wants_one() {
    let mut nas = client("127.0.0.0/8", 7, SECRET);
    nas.message_authenticator = true;
    let app = App::with_clients(Mode::Durable, vec![nas]);
    let gateway = app.gateway();
    let request = gateway.request_with(1, "a", |packet| {
        packet.attribute(dictionary::PROXY_STATE, b"x");
    });
    gateway.send(&request);
    let answer = gateway.answer_to(&request);
    let kinds: Vec<_> = Packet::response(&answer, Role::Acct).unwrap().attributes().map(|a| a.kind).collect();
    assert_eq!(kinds, [80, 33]);
}

#[test]
fn what_is_malformed_is_counted_by_reason_and_not_answered() {
    let app = App::start(Mode::Durable);
    let gateway = app.gateway();
    let good = gateway.request(1, "a");
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut octets = good.clone();
        change(&mut octets);
        octets
    };
    gateway.send(&[]);
    gateway.send(&[4]);
    gateway.send(&with(&|octets| octets[0] = 1));
    gateway.send(&with(&|octets| octets[0] = 99));
    gateway.send(&with(&|octets| octets[3] += 1));
    gateway.send(&with(&|octets| octets[21] = 0));
    gateway.send(&with(&|octets| octets[21] = 255));
    gateway.send(&[0x04; 5000]);
    gateway.hears_nothing();
    let counted = app.local();
    let reasons = Discard::ALL.iter().filter(|reason| counted.discarded(**reason) > 0);
    let found: Vec<_> = reasons.map(|reason| (*reason, counted.discarded(*reason))).collect();
    assert_eq!(
        found,
        [
            (Discard::TooShort, 2),
            (Discard::LengthExceedsDatagram, 1),
            (Discard::UnknownCode, 1),
            (Discard::CodeNotAllowed, 1),
            (Discard::AttributeLengthZero, 1),
            (Discard::AttributeOverruns, 1),
            (Discard::RequestAuthenticatorInvalid, 1),
        ]
    );
}

#[test]
fn a_record_without_the_fields_it_must_have_is_still_recorded() {
    let app = App::start(Mode::Durable);
    let gateway = app.gateway();
    let mut out = [0; 20];
    let bare = opencmp_radius::PacketBuilder::new(&mut out, opencmp_radius::Code::AccountingRequest, 4);
    let request = bare.sign_request(&gateway.secret).unwrap();
    gateway.send(request);
    gateway.answer_to(request);
    assert_eq!(app.batch().bytes, request);
}

#[test]
fn the_longest_packet_passes() {
    let app = App::start(Mode::Durable);
    let gateway = app.gateway();
    let request = gateway.request_with(1, "a", |packet| {
        (0..15).for_each(|_| {
            packet.attribute(dictionary::CLASS, &[1; 253]);
        });
        packet.attribute(dictionary::CLASS, &[1; 230]);
    });
    assert!(request.len() > 4080, "{}", request.len());
    gateway.send(&request);
    gateway.answer_to(&request);
    assert_eq!(app.batch().bytes, request);
}

#[test]
fn batches_held_over_a_shutdown_can_still_be_answered() {
    let mut app = App::start(Mode::Held);
    let gateway = app.gateway();
    let request = gateway.request(1, "a");
    gateway.send(&request);
    let batch = app.batch();
    app.shutdown();
    batch.replies.send(&batch);
    gateway.answer_to(&request);
}

#[test]
fn several_sockets_share_one_port() {
    let config = ListenerConfig { sockets: 3, ..ListenerConfig::new((LOCAL, 0).into()) };
    let app = App::with_config(Mode::Durable, vec![client("127.0.0.0/8", 7, SECRET)], config);
    for _ in 0..20 {
        let gateway = app.gateway();
        let request = gateway.request(1, "a");
        for _ in 0..2 {
            gateway.send(&request);
            gateway.answer_to(&request);
        }
    }
    app.counted(Outcome::Accepted, 20);
    app.counted(Outcome::DuplicateAnswered, 20);
}

#[test]
fn case_35_a_source_speaks_for_the_gateways_that_it_may() {
    let nodes =
        |lines: &str| Client { nodes: AllowedNodes::from_lines(lines), ..client("127.0.0.0/8", 7, SECRET) };
    let app = App::start(Mode::Durable);
    let gateway = app.gateway();
    let mut identifier = 0;
    let mut sent = |lines: &str, address: Option<[u8; 4]>, taken: bool| {
        app.clients.replace(vec![nodes(lines)]);
        identifier += 1;
        // It says NAS-Identifier "pgw-test".
        let request = gateway.request_with(identifier, "a", |packet| {
            address.inspect(|address| {
                packet.ipv4(dictionary::NAS_IP_ADDRESS, Ipv4Addr::from(*address));
            });
        });
        gateway.send(&request);
        if taken {
            gateway.answer_to(&request);
        } else {
            gateway.hears_nothing();
        }
    };
    sent("", None, true);
    sent("pgw-test", None, true);
    sent("pgw-1\n192.0.2.0/24", Some([192, 0, 2, 77]), true);
    sent("pgw-tes\npgw-test2\nPGW-TEST", None, false);
    sent("192.0.2.0/24\n2001:db8::1/128", Some([198, 51, 100, 1]), false);
    app.counted(Outcome::Accepted, 3);
    app.counted(Outcome::NodeRefused, 2);
    assert_eq!(app.local().node_refused.as_deref(), Some("pgw-test"));
}
