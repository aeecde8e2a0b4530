//! Sanity list: which session a record belongs to, and whether it is open.

mod common;
use common::*;
use opencmp_domain::{
    ConnectionState::{Connected, Disconnected, Unconfirmed},
    LastMessage, NasId, RatType,
    event::EventKind,
    session::{EndCause, flags},
};
use opencmp_fleet::{FleetConfig, Outcome, TimingConfig};

#[test]
fn case_01_interim_after_stop() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.stop(900, 15, 30)]);
    // Overtaken by the Stop; then one of the grace period with higher counters.
    net.send_all([session.interim(600, 10, 20), session.interim(930, 16, 30)]);
    assert_eq!((net.state(1), net.octets(1)), (Disconnected, (16, 30)));
    let row = net.session(1);
    assert_eq!((row.ended_at, row.flags & flags::REOPENED), (Some(at(900)), 0));
}

#[test]
fn case_01_the_stop_was_wrong() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.stop(900, 15, 30), session.interim(1800, 40, 90)]);
    assert_eq!((net.state(1), net.octets(1)), (Connected, (40, 90)));
    assert_eq!((net.session(1).ended_at, net.session(1).flags), (None, flags::REOPENED));
    assert_eq!(net.kinds(1), [EventKind::Reopened]);
    // Its Stop again changes nothing; the next one ends it.
    assert_eq!(net.send(session.stop(900, 15, 30)), Outcome::Repeated);
    net.send(session.stop(2000, 41, 90));
    assert_eq!((net.state(1), net.session(1).ended_at), (Disconnected, Some(at(2000))));
}

#[test]
fn case_01_without_growth_the_stop_stands() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.stop(900, 15, 30), session.interim(1800, 15, 30)]);
    assert_eq!((net.state(1), net.octets(1)), (Disconnected, (15, 30)));
}

#[test]
fn case_05_missed_stop() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send(session.start());
    for update in 1..=5 {
        net.send(session.interim(update * 600, update as u64, 0));
    }
    // Two intervals and the margin after the last update, not after the start.
    net.sweep(3000 + 2 * 600 + 119);
    assert_eq!(net.state(1), Connected);
    net.sweep(3000 + 2 * 600 + 120);
    assert_eq!((net.state(1), net.kinds(1)), (Unconfirmed, vec![EventKind::Unconfirmed]));
    net.sweep(3000 + 3 * 600 + 120);
    assert_eq!(net.state(1), Disconnected);
    let row = net.session(1);
    assert_eq!(
        (row.ended_at, row.end_cause, row.flags),
        (Some(at(3000)), Some(EndCause::STALE), flags::ESTIMATED_END)
    );
    // Never again.
    let rows = net.rows.clone();
    net.sweep(DAY);
    assert_eq!((&net.rows, net.events.len()), (&rows, 2));
}

#[test]
fn case_05_heard_again_after_being_unconfirmed_and_after_being_closed() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(600, 1, 0), session.interim(1200, 2, 0)]);
    net.sweep(2700);
    assert_eq!(net.state(1), Unconfirmed);
    net.send(session.interim(2800, 3, 0));
    assert_eq!(net.state(1), Connected);
    net.sweep(20_000);
    assert_eq!(net.state(1), Disconnected);
    net.send(session.interim(20_100, 4, 0));
    assert_eq!((net.state(1), net.octets(1)), (Connected, (4, 0)));
    assert_eq!(
        net.kinds(1),
        [
            EventKind::Unconfirmed,
            EventKind::Confirmed,
            EventKind::Unconfirmed,
            EventKind::StaleClosed,
            EventKind::Reopened
        ]
    );
    assert_eq!(net.session(1).flags, flags::REOPENED);
}

#[test]
fn case_05_without_updates_only_a_long_silence_closes() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send(session.start());
    net.sweep(11 * HOUR);
    assert_eq!(net.state(1), Connected);
    net.sweep(47 * HOUR);
    assert_eq!(net.state(1), Unconfirmed);
    net.sweep(48 * HOUR);
    assert_eq!((net.state(1), net.session(1).ended_at), (Disconnected, Some(at(0))));
}

#[test]
fn case_05_a_stop_replaces_the_estimate() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(600, 1, 0)]);
    net.sweep(3 * DAY);
    net.send(session.stop(900, 2, 0).received(3 * DAY));
    let row = net.session(1);
    assert_eq!((row.ended_at, row.end_cause, row.flags), (Some(at(900)), Some(EndCause::USER_REQUEST), 0));
}

#[test]
fn case_06_a_new_start_supersedes_the_old_session() {
    let (old, new) = (data(1, "a", 0), data(1, "b", 1000));
    let mut net = Net::new();
    net.send_all([old.start(), old.interim(600, 1, 0), new.start()]);
    assert_eq!((net.state(1), net.open(1)), (Connected, vec!["b".to_owned()]));
    let row = &net.sessions(1)[0];
    assert_eq!((row.ended_at, row.end_cause), (Some(at(1000)), Some(EndCause::SUPERSEDED)));
    // The same when the old one comes late.
    let mut net = Net::new();
    net.send_all([new.start(), old.start(), old.interim(600, 1, 0)]);
    assert_eq!(net.open(1), ["b"]);
}

#[test]
fn case_06_another_apn_or_gateway_stays() {
    let mut net = Net::new();
    net.send(data(1, "a", 0).start());
    net.send(data(1, "b", 1000).apn("ims").start());
    net.send(data(1, "c", 1100).nas(2).start());
    assert_eq!(net.open(1), ["a", "b", "c"]);
}

#[test]
fn case_06_a_late_record_from_after_the_new_start_refutes_it() {
    let (old, new) = (data(1, "a", 0), data(1, "b", 1000));
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let packets = [old.start(), new.start(), old.interim(1500, 1, 0)];
        let mut net = Net::new();
        net.send_all(order.map(|place: usize| packets[place].clone()));
        assert_eq!(net.open(1), ["a", "b"], "{order:?}");
    }
}

#[test]
fn case_07_missed_start() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send(session.interim(600, 10, 20));
    let row = net.session(1);
    assert_eq!((row.started_at, row.flags), (at(0), flags::MISSED_START));
    assert_eq!((net.state(1), net.octets(1)), (Connected, (10, 20)));
    // A Stop alone counts in full, too.
    net.send(data(2, "z", 0).stop(600, 1, 2));
    assert_eq!((net.state(2), net.octets(2)), (Disconnected, (1, 2)));
    // The Start comes after all.
    net.send(session.start());
    assert_eq!((net.session(1).started_at, net.session(1).flags), (at(0), 0));
}

#[test]
fn case_08_accounting_on_closes_what_began_before_with_one_word() {
    let mut net = Net::new();
    for sim in 1..=5 {
        let session = data(sim, &format!("s{sim}"), sim as i64);
        net.send_all([session.start(), session.interim(600, 5, 5)]);
    }
    net.send(data(6, "other", 0).nas(2).start());
    assert_eq!(net.send(on(1, 700)), Outcome::GatewayRestarted { closed: 5 });
    assert_eq!((net.state(1), net.state(6), net.octets(1)), (Disconnected, Connected, (5, 5)));
    let row = net.session(1);
    assert_eq!((row.ended_at, row.end_cause), (Some(at(600)), Some(EndCause::NAS_REBOOT)));
    assert_eq!(row.flags, flags::ESTIMATED_END);
    assert!(net.events.is_empty());
    assert_eq!(net.restarts.len(), 1);
    assert_eq!((net.fleet.open_sessions(NasId(1)), net.fleet.open_sessions(NasId(2))), (0, 1));
}

#[test]
fn case_08_accounting_off_ends_at_its_own_time() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), off(1, 700), on(1, 900)]);
    let row = net.session(1);
    assert_eq!((row.ended_at, row.end_cause), (Some(at(700)), Some(EndCause::ADMIN_REBOOT)));
    assert_eq!(net.restarts.len(), 2);
}

#[test]
fn case_09_late_or_repeated_accounting_on() {
    let (old, new) = (data(1, "a", 0), data(2, "b", 800));
    let mut net = Net::new();
    net.send_all([old.start(), on(1, 700), new.start()]);
    assert_eq!(net.send(on(1, 700)), Outcome::GatewayRestarted { closed: 0 });
    assert_eq!((net.state(2), net.restarts.len()), (Connected, 1));
    // A session from before it whose records come after it.
    let late = data(3, "c", 100);
    net.send_all([late.start(), late.interim(650, 1, 0)]);
    assert_eq!((net.state(3), net.session(3).end_cause), (Disconnected, Some(EndCause::NAS_REBOOT)));
    // One that was heard of after it survived.
    net.send(late.interim(750, 2, 0));
    assert_eq!(net.state(3), Connected);
}

#[test]
fn case_10_session_id_used_again_after_a_reboot() {
    let (old, new) = (data(1, "7", 0), data(1, "7", 5000));
    let mut net = Net::new();
    net.send_all([old.start(), old.interim(600, 10, 20), old.stop(900, 15, 30)]);
    net.send_all([new.start(), new.interim(5600, 1, 2)]);
    assert_eq!((net.sessions(1).len(), net.octets(1), net.open(1)), (2, (16, 32), vec!["7".to_owned()]));
    // Late repetitions find their own session.
    net.send_all([old.interim(600, 10, 20), old.stop(900, 15, 30), new.start()]);
    assert_eq!((net.sessions(1).len(), net.octets(1), net.state(1)), (2, (16, 32), Connected));
}

#[test]
fn case_10_with_the_stop_missing_and_with_the_start_late() {
    let (old, new) = (data(1, "7", 0), data(1, "7", 5000));
    let mut net = Net::new();
    net.send_all([old.start(), old.interim(600, 10, 20), new.start(), new.interim(5600, 1, 2)]);
    assert_eq!((net.sessions(1).len(), net.octets(1)), (2, (11, 22)));
    let mut net = Net::new();
    net.send_all([old.start(), old.interim(600, 10, 20), new.interim(5600, 1, 2), new.start()]);
    let rows = net.sessions(1);
    assert_eq!((rows.len(), net.octets(1)), (2, (11, 22)));
    assert_eq!((rows[0].usage().total().0, rows[1].usage().total().0), (30, 3));
    assert_eq!((rows[0].ended_at, rows[1].flags & flags::MISSED_START), (Some(at(5000)), 0));
}

#[test]
fn case_20_reconnect_in_one_second() {
    let (old, new) = (data(1, "a", 0), data(1, "b", 600));
    for packets in [[old.stop(600, 1, 1), new.start()], [new.start(), old.stop(600, 1, 1)]] {
        let mut net = Net::new();
        net.send(old.start());
        net.send_all(packets);
        let view = net.view(1);
        assert_eq!((view.connection, view.last_message), (Connected, Some(LastMessage::Start)));
        assert_eq!(net.sessions(1)[0].ended_at, Some(at(600)));
    }
}

#[test]
fn case_20_an_update_in_the_second_of_its_start() {
    let session = data(1, "a", 600);
    for packets in
        [[session.start(), session.interim(600, 7, 8)], [session.interim(600, 7, 8), session.start()]]
    {
        let mut net = Net::new();
        net.send_all(packets);
        let view = net.view(1);
        assert_eq!((view.connection, view.last_message), (Connected, Some(LastMessage::Alive)));
        assert_eq!(net.octets(1), (7, 8));
    }
}

#[test]
fn case_20_five_times_in_five_minutes() {
    let mut net = Net::new();
    for minute in 0..5 {
        let session = data(1, &format!("s{minute}"), minute * 60);
        net.send_all([session.start(), session.stop(minute * 60 + 60, 1, 1)]);
    }
    assert_eq!((net.state(1), net.octets(1), net.sessions(1).len()), (Disconnected, (5, 5), 5));
}

#[test]
fn case_24_two_apns() {
    let (internet, ims) = (data(1, "a", 0), data(1, "b", 10).apn("ims"));
    let mut net = Net::new();
    net.send_all([internet.start(), ims.start(), internet.interim(600, 10, 0), ims.interim(600, 1, 0)]);
    net.send(ims.stop(700, 2, 0));
    assert_eq!((net.state(1), net.octets(1)), (Connected, (12, 0)));
    net.send(internet.stop(800, 10, 0));
    assert_eq!(net.state(1), Disconnected);
}

#[test]
fn case_24_a_secondary_bearer_counts_and_is_ignored_for_the_state() {
    let address = [10, 0, 0, 1];
    let (first, second) = (data(1, "a", 0), data(1, "b", 100));
    let mut net = Net::new();
    net.send(first.start().nsapi(5u8).ipv4(address));
    net.send(second.start().nsapi(6u8).ipv4(address).group("a"));
    assert_eq!(net.open(1), ["a", "b"]);
    assert_eq!(net.sessions(1)[1].flags, flags::SECONDARY_BEARER);
    net.send(second.interim(600, 5, 0).nsapi(6u8).ipv4(address));
    net.send(first.stop(700, 1, 0).nsapi(5u8).ipv4(address));
    assert_eq!((net.state(1), net.octets(1)), (Disconnected, (6, 0)));
    net.send(second.stop(701, 5, 0).nsapi(6u8).ipv4(address).last_bearer());
    assert!(net.open(1).is_empty());
}

#[test]
fn case_24_the_last_bearers_stop_ends_the_others() {
    let address = [10, 0, 0, 1];
    let (first, second) = (data(1, "a", 0), data(1, "b", 100));
    let mut net = Net::new();
    net.send(second.start().nsapi(6u8).ipv4(address));
    net.send(first.start().nsapi(5u8).ipv4(address));
    assert_eq!(net.sessions(1)[1].flags, flags::SECONDARY_BEARER);
    net.send(first.stop(700, 1, 0).nsapi(5u8).ipv4(address).last_bearer());
    assert!(net.open(1).is_empty());
    assert_eq!(net.sessions(1)[1].flags & flags::ESTIMATED_END, flags::ESTIMATED_END);
}

#[test]
fn case_25_ipv6_first_and_ipv4_later() {
    let session = data(1, "a", 0);
    let mut prefix = [0; 16];
    prefix[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
    let mut net = Net::new();
    net.send(session.start().prefix((prefix, 64)));
    assert_eq!((net.session(1).ipv4, net.session(1).ipv6_prefix), (None, Some((prefix, 64))));
    net.send(session.interim(600, 1, 1).ipv4([10, 0, 0, 9]));
    assert_eq!((net.session(1).ipv4, net.session(1).ipv6_prefix), (Some([10, 0, 0, 9]), Some((prefix, 64))));
}

#[test]
fn case_26_an_address_given_to_another() {
    let (old, new) = (data(1, "a", 0), data(2, "b", 1000));
    let address = [10, 0, 0, 1];
    for reversed in [false, true] {
        let mut packets = [old.start().ipv4(address), new.start().ipv4(address)];
        if reversed {
            packets.reverse();
        }
        let mut net = Net::new();
        net.send_all(packets);
        assert_eq!((net.state(1), net.state(2)), (Disconnected, Connected));
        assert_eq!(net.session(1).end_cause, Some(EndCause::SUPERSEDED));
    }
}

#[test]
fn case_26_private_addresses_of_another_apn_are_others() {
    let mut net = Net::new();
    net.send(data(1, "a", 0).start().ipv4([10, 0, 0, 1]));
    net.send(data(2, "b", 1000).apn("factory").start().ipv4([10, 0, 0, 1]));
    net.send(data(3, "c", 1000).nas(2).start().ipv4([10, 0, 0, 1]));
    assert_eq!((net.state(1), net.state(2), net.state(3)), (Connected, Connected, Connected));
}

#[test]
fn case_41_devices_that_sleep_long_are_given_time() {
    let session = data(1, "a", 0).rat(RatType::NB_IOT);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(12 * HOUR, 1, 0)]);
    net.sweep(40 * HOUR);
    assert_eq!(net.state(1), Connected);
    net.sweep(70 * HOUR);
    assert_eq!(net.state(1), Unconfirmed);
    net.send(session.interim(80 * HOUR, 2, 0));
    assert_eq!(net.state(1), Connected);
    // Months: one session, one run.
    for day in 4..90 {
        net.send(session.interim(day * DAY, day as u64, 0));
        net.sweep(day * DAY + 60);
    }
    assert_eq!((net.state(1), net.octets(1), net.session(1).segments.len()), (Connected, (89, 0), 1));
}

#[test]
fn case_42_interim_of_the_same_second_as_the_stop() {
    let session = data(1, "a", 0);
    for reversed in [false, true] {
        let mut packets = [session.interim(900, 10, 20), session.stop(900, 10, 20)];
        if reversed {
            packets.reverse();
        }
        let mut net = Net::new();
        net.send(session.start());
        net.send_all(packets);
        let view = net.view(1);
        assert_eq!((view.connection, view.last_message), (Disconnected, Some(LastMessage::Stop)));
    }
}

#[test]
fn an_interval_that_is_known_is_used_until_one_is_learned() {
    let timing = TimingConfig { default_interval_secs: Some(3600), ..TimingConfig::default() };
    let mut net = Net::with(FleetConfig { timing, ..FleetConfig::default() });
    net.send(data(1, "a", 0).start());
    net.sweep(2 * 3600 + 119);
    assert_eq!(net.state(1), Connected);
    net.sweep(2 * 3600 + 120);
    assert_eq!(net.state(1), Unconfirmed);
}

#[test]
fn a_record_of_long_ago_does_not_connect() {
    let session = data(1, "a", -10 * DAY);
    let mut net = Net::new();
    net.send(session.interim(-9 * DAY, 5, 0).received(0));
    assert_eq!((net.state(1), net.octets(1)), (Disconnected, (5, 0)));
    assert_eq!(net.session(1).end_cause, Some(EndCause::STALE));
}

#[test]
fn without_session_time_the_beginning_is_the_first_record() {
    let session = data(1, "a", 0);
    let bare = |packet: Packet| packet.session_secs(None);
    for reversed in [false, true] {
        let mut packets = vec![
            bare(session.start()),
            bare(session.interim(600, 10, 0)),
            bare(session.interim(1200, 20, 0)),
            bare(session.stop(1800, 30, 0)),
        ];
        if reversed {
            packets.reverse();
        }
        let mut net = Net::new();
        net.send_all(packets.clone());
        net.send_all(packets);
        let row = net.session(1);
        assert_eq!(
            (net.octets(1), row.started_at, row.ended_at),
            ((30, 0), at(0), Some(at(1800))),
            "{reversed}"
        );
    }
}

#[test]
fn case_35_a_restart_is_of_the_gateway_that_says_so() {
    let mut net = Net::new();
    net.send(data(1, "a", 0).start().node("pgw-1").nas_ip(1));
    net.send(data(2, "b", 0).start().node("pgw-2").nas_ip(2));
    net.send(data(3, "c", 0).start().nas_ip(3));
    // By the identifier, though its address is that of another interface.
    assert_eq!(net.send(on(1, 700).node("pgw-1").nas_ip(9)), Outcome::GatewayRestarted { closed: 1 });
    assert_eq!((net.state(1), net.state(2), net.state(3)), (Disconnected, Connected, Connected));
    // By the address where it says nothing else.
    assert_eq!(net.send(on(1, 800).nas_ip(2)), Outcome::GatewayRestarted { closed: 1 });
    assert_eq!((net.state(2), net.state(3)), (Disconnected, Connected));
    // Nobody's name: all that the client speaks for.
    assert_eq!(net.send(on(1, 900)), Outcome::GatewayRestarted { closed: 1 });
    assert_eq!(net.state(3), Disconnected);
    let names: Vec<_> = net.fleet.nodes(NasId(1)).map(|(node, _)| node.name().to_string()).collect();
    assert_eq!(names, ["pgw-1", "pgw-2", "192.0.2.3", "pgw-1", "192.0.2.2", ""]);
}

#[test]
fn case_35_a_record_from_before_the_restart_comes_late() {
    let mut net = Net::new();
    net.send_all([on(1, 700).node("pgw-1"), on(1, 300).node("pgw-2")]);
    net.send(data(1, "a", 0).interim(600, 1, 1).node("pgw-1"));
    net.send(data(2, "b", 0).interim(600, 1, 1).node("pgw-2"));
    // First heard of after the restart, which may have been its; and one that can't have been.
    net.send(data(3, "c", 0).interim(600, 1, 1));
    net.send(data(4, "d", 0).interim(600, 1, 1).nas_ip(7));
    assert_eq!((net.state(1), net.state(2)), (Disconnected, Connected));
    assert_eq!((net.state(3), net.state(4)), (Disconnected, Connected));
}

#[test]
fn case_35_a_session_goes_on_when_its_gateway_is_called_otherwise() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send(session.start().nas_ip(1));
    net.send(session.interim(600, 10, 20).node("pgw-1").nas_ip(1));
    net.send(session.interim(1200, 20, 40).node("pgw-2").nas_ip(2));
    assert_eq!((net.octets(1), net.sessions(1).len()), ((20, 40), 1));
    // Late, and of the one that had it: nothing moves back.
    net.send(session.interim(900, 15, 30).node("pgw-1").nas_ip(1));
    assert_eq!(net.send(on(1, 1300).node("pgw-1").nas_ip(1)), Outcome::GatewayRestarted { closed: 0 });
    assert_eq!(net.send(on(1, 1300).node("pgw-2").nas_ip(2)), Outcome::GatewayRestarted { closed: 1 });
    assert_eq!(net.octets(1), (20, 40));
}

#[test]
fn case_35_gateways_behind_one_source_have_addresses_of_their_own() {
    let address = [10, 0, 0, 1];
    let mut net = Net::new();
    net.send(data(1, "a", 0).start().node("pgw-1").ipv4(address));
    net.send(data(2, "b", 60).start().node("pgw-2").ipv4(address));
    assert_eq!((net.state(1), net.state(2)), (Connected, Connected));
    net.send(data(3, "c", 120).start().node("pgw-2").ipv4(address));
    assert_eq!((net.state(1), net.state(2), net.state(3)), (Connected, Disconnected, Connected));
}

#[test]
fn case_35_made_up_names_fill_no_memory() {
    let names: Vec<&'static str> = (0..1100).map(|n| &*Box::leak(format!("n{n}").into_boxed_str())).collect();
    let mut net = Net::new();
    for name in names {
        net.send(on(1, 1).node(name));
    }
    assert_eq!(net.fleet.nodes(NasId(1)).count(), 1025);
}
