//! A fleet that lives over UDP, its gateways' packets lost now and then.

mod responder;

use opencmp_netsim::{
    Core, Gateway,
    demo::{self, DemoConfig},
    gateway::Style,
    wire::{Living, Pace, living::wall_clock},
};
use responder::{Faults, Responder, total};
use std::{collections::HashMap, net::Ipv4Addr, time::Duration};

#[test]
fn a_fleet_goes_on_over_udp_from_where_its_history_ends() {
    let live_from = wall_clock();
    let mut demo = demo::fleet(DemoConfig { seed: 2, sims: 300, live_from });
    for gateway in &mut demo.fleet.gateways {
        *gateway = Gateway::new(
            &gateway.name,
            Ipv4Addr::new(127, 0, 0, 9),
            gateway.control,
            Style::Packed,
            "s3cret",
        );
    }
    let core = || Core::new(2, demo.fleet.clone(), live_from.plus_secs(-3 * 86_400), live_from);
    let start = live_from.plus_secs(-1_800);
    let mut network = core();
    let mut before = 0;
    network.run_until(start, |_, _| before += 1);

    let responder = Responder::start("s3cret", Faults { responses_lost: 0.02, ..Faults::default() });
    let living = Living::start(network, responder.address, 2, Pace { start, speed: 900.0 }).unwrap();
    while living.stats().acknowledged < 100 {
        std::thread::yield_now();
    }
    let network = living.settle(Duration::from_secs(60)).unwrap();
    let ledger = responder.stop();
    let reached = network.now();

    // The same records as without a network in between.
    let mut expected: HashMap<String, HashMap<u32, (u64, u64)>> = HashMap::new();
    let mut again = core();
    again.run_until(start, |_, _| {});
    again.run_until(reached, |_, delivery| {
        if let Some(session) = delivery.record.session {
            let imsi = String::from_utf8(session.subscriber.imsi.to_vec()).unwrap();
            let held = expected.entry(imsi).or_default().entry(session.charging_id).or_default();
            if delivery.record.status != opencmp_netsim::record::Status::Start {
                *held = (held.0.max(session.uplink), held.1.max(session.downlink));
            }
        }
    });
    for (imsi, sessions) in &ledger {
        let sum = expected[imsi].values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        assert_eq!(total(sessions), sum, "{imsi}");
    }
    assert!(before > 500 && ledger.len() > 20, "{before} {}", ledger.len());
}

#[test]
fn only_this_machine_is_spoken_to() {
    let demo = demo::fleet(DemoConfig { seed: 2, sims: 3, live_from: wall_clock() });
    let core = Core::new(2, demo.fleet, wall_clock(), wall_clock());
    let pace = Pace { start: wall_clock(), speed: 1.0 };
    let error = Living::start(core, "192.0.2.1:1813".parse().unwrap(), 1, pace).unwrap_err();
    assert!(error.to_string().contains("loopback"), "{error}");
}
