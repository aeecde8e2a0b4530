//! Sanity list: whose record it is, and in which device.

mod common;
use common::*;
use opencmp_domain::{
    ConnectionState::{Connected, Disconnected},
    SimId,
    event::EventKind,
    session::{EndCause, flags},
    time::DEFAULT_ZONE,
};
use opencmp_fleet::{FleetConfig, Outcome};

const DEVICE: &str = "8664250312345601";

#[test]
fn case_21_software_version_is_not_another_device() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send(session.start().imei(imei(DEVICE)));
    // 15 and 14 digits of the same device say less, and change nothing.
    net.send(session.interim(600, 1, 0).imei(imei("866425031234562")));
    net.send(session.interim(700, 1, 0).imei(imei("86642503123456")));
    net.send(session.interim(800, 1, 0));
    assert!(net.events.is_empty());
    assert_eq!(net.view(1).imei, Some(imei(DEVICE)));
    net.send(session.interim(900, 1, 0).imei(imei("8664250312345602")));
    assert_eq!(net.kinds(1), [EventKind::SoftwareChanged]);
    let event = &net.events[0];
    assert_eq!((event.from.as_deref(), event.to.as_deref()), (Some(DEVICE), Some("8664250312345602")));
}

#[test]
fn case_22_fillers_are_no_device() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send(session.start().imei(imei(DEVICE)));
    net.send(session.interim(600, 1, 0).imei(imei("000000000000000")));
    assert!(net.events.is_empty());
    assert_eq!((net.view(1).imei, net.session(1).imei), (Some(imei(DEVICE)), Some(imei(DEVICE))));
}

#[test]
fn case_30_the_sim_in_another_device_is_told_once() {
    let (old, new) = (data(1, "a", 0), data(1, "b", 1000));
    let mut net = Net::new();
    net.send_all([old.start().imei(imei(DEVICE)), old.stop(900, 1, 1).imei(imei(DEVICE))]);
    let other = imei("3567890412345601");
    net.send_all([new.start().imei(other), new.interim(1600, 1, 1).imei(other)]);
    assert_eq!(net.kinds(1), [EventKind::DeviceChanged]);
    // A late record with the old device tells nothing.
    net.send(old.interim(600, 1, 1).imei(imei(DEVICE)));
    assert_eq!((net.kinds(1).len(), net.view(1).imei), (1, Some(other)));
}

#[test]
fn case_23_imsi_is_believed_and_the_conflict_told_once() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    let wrong = |packet: Packet| packet.msisdn(Some(msisdn(2)));
    net.send(data(2, "x", 0).start());
    net.send_all([
        wrong(session.start()),
        wrong(session.interim(600, 10, 0)),
        wrong(session.interim(900, 20, 0)),
    ]);
    assert_eq!((net.octets(1), net.octets(2)), ((20, 0), (0, 0)));
    assert_eq!(
        (net.kinds(1), net.session(1).flags),
        (vec![EventKind::IdentityConflict], flags::IDENTITY_CONFLICT)
    );
    // The other SIM's session is not ended by a data error.
    assert_eq!(net.state(2), Connected);
}

#[test]
fn case_23_by_number_where_there_is_no_imsi() {
    let mut net = Net::new();
    net.send(data(3, "a", 0).interim(600, 10, 0).imsi(None));
    assert_eq!(net.octets(3), (10, 0));
}

#[test]
fn case_23_neither_and_by_the_session_alone() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    let nameless = |packet: Packet| packet.imsi(None).msisdn(None);
    assert_eq!(net.send(nameless(session.start())), Outcome::Unidentified);
    assert_eq!(net.fleet.sessions(), 0);
    net.send(session.start());
    assert_eq!(net.send(nameless(session.stop(900, 5, 5))), Outcome::Applied);
    assert_eq!((net.state(1), net.octets(1)), (Disconnected, (5, 5)));
}

#[test]
fn case_29_the_number_on_a_new_card() {
    let (old, new) = (data(1, "a", 0), data(50, "b", 1000));
    let mut net = Net::new();
    net.send_all([old.start(), old.interim(600, 10, 0)]);
    net.send_all([new.start().msisdn(Some(msisdn(1))), new.interim(1600, 3, 0).msisdn(Some(msisdn(1)))]);
    // The history stays with the old card, its session is over.
    assert_eq!((net.octets(1), net.octets(50)), ((10, 0), (3, 0)));
    assert_eq!((net.state(1), net.state(50)), (Disconnected, Connected));
    assert_eq!(net.session(1).end_cause, Some(EndCause::SUPERSEDED));
    assert!(net.kinds(1).is_empty() && net.kinds(50).is_empty());
}

#[test]
fn case_29_the_inventory_moves_a_number() {
    let (old, new) = (data(1, "a", 0), data(2, "b", 1000));
    let mut net = Net::new();
    net.send(old.start());
    let mut moved = inventory(2);
    moved.msisdn = Some(msisdn(1));
    net.fleet.upsert_sim(&moved, DEFAULT_ZONE, 1);
    net.send(new.start().msisdn(Some(msisdn(1))));
    assert_eq!((net.state(1), net.state(2)), (Disconnected, Connected));
}

#[test]
fn a_stranger_is_counted_and_adopted_with_its_session() {
    let session = data(77, "a", 0);
    let mut net = Net::empty(FleetConfig::default());
    net.send_all([session.start(), session.interim(600, 10, 20)]);
    let stranger = net.fleet.slot_of(SimId(77)).unwrap();
    assert_eq!(net.fleet.unknown_sim(stranger).unwrap().imsi, Some(imsi(77)));
    assert_eq!(net.fleet.upsert_sim(&inventory(77), DEFAULT_ZONE, 1), stranger);
    net.send(session.stop(900, 15, 30));
    assert_eq!((net.octets(77), net.sessions(77).len()), ((15, 30), 1));
}

#[test]
fn a_stranger_under_another_id_becomes_part_of_the_inventorys_sim() {
    let session = data(77, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(600, 10, 20)]);
    let mut sim = inventory(5);
    sim.imsi = Some(imsi(77));
    net.fleet.upsert_sim(&sim, DEFAULT_ZONE, 1);
    net.send(session.stop(900, 15, 30).msisdn(Some(msisdn(5))));
    let view = net.fleet.sim_view(net.slot(5)).unwrap();
    assert_eq!((view.total.uplink.0, view.total.downlink.0, view.connection), (15, 30, Disconnected));
    assert_eq!(net.sessions(5).len(), 1);
}
