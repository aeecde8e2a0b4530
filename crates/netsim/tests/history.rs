//! The laws that a simulated network keeps, over weeks of simulated time.

use opencmp_domain::{ServiceState, Timestamp};
use opencmp_netsim::{
    Core, Delivery,
    demo::{self, DemoConfig},
    record::{MAX_PACKET, Record, Status},
};
use opencmp_radius::{Packet, Sub, ThreeGpp, code::Role, dictionary as d};
use std::collections::{BTreeSet, HashMap, HashSet};

/// 2026-11-23 14:00 in Taipei.
const LIVE_FROM: Timestamp = Timestamp::from_secs(1_795_413_600);

fn core(seed: u64, days: i64) -> Core {
    let demo = demo::fleet(DemoConfig { seed, sims: 400, live_from: LIVE_FROM });
    Core::new(seed, demo.fleet, LIVE_FROM.plus_secs(-days * 86_400), LIVE_FROM)
}

fn deliveries(core: &mut Core, until: Timestamp) -> Vec<Delivery> {
    let mut all = Vec::new();
    core.run_until(until, |_, delivery| all.push(delivery));
    all
}

#[test]
fn the_same_seed_gives_the_same_network_however_the_run_is_cut() {
    let whole = deliveries(&mut core(5, 12), LIVE_FROM);
    let mut pieces = Vec::new();
    let mut again = core(5, 12);
    let mut at = LIVE_FROM.plus_secs(-12 * 86_400);
    while at < LIVE_FROM {
        at = at.plus_secs(7_919).min(LIVE_FROM);
        pieces.extend(deliveries(&mut again, at));
    }
    assert!(whole.len() > 5_000, "{}", whole.len());
    assert!(whole == pieces);
    assert!(whole != deliveries(&mut core(6, 12), LIVE_FROM));
}

#[test]
fn records_keep_the_laws_of_accounting() {
    let mut records = Vec::new();
    let mut last_receipt = Timestamp(0);
    let mut network = core(11, 45);
    network.run_until(LIVE_FROM.plus_secs(3_600), |_, delivery| {
        assert!(delivery.received_at >= last_receipt, "in order of receipt");
        assert!(delivery.received_at >= delivery.record.at);
        last_receipt = delivery.received_at;
        records.push(delivery.record);
    });
    records.sort_by_key(|record| record.at); // Stable: late ones go back to their place.
    let mut ended = HashSet::new();
    let mut open: HashMap<(u16, u32), Record> = HashMap::new();
    let mut addresses = HashMap::new();
    let mut restarts = 0;
    for record in &records {
        let Some(session) = record.session else {
            assert_eq!(record.status, Status::On);
            restarts += 1;
            open.retain(|(gateway, _), _| *gateway != record.gateway);
            addresses.retain(|(gateway, _), _| *gateway != record.gateway);
            continue;
        };
        let key = (record.gateway, session.charging_id);
        assert!(!ended.contains(&key), "nothing follows a Stop: {record:?}");
        match record.status {
            Status::Start => {
                assert!(open.insert(key, *record).is_none(), "ids are unique");
                assert_eq!(session.started_at, record.at);
                let holder = addresses.insert((record.gateway, session.address), session.charging_id);
                assert_eq!(holder, None, "an address has one holder");
            }
            Status::Interim | Status::Stop => {
                let before = open.insert(key, *record).expect("a Start comes first");
                let earlier = before.session.unwrap();
                assert!(session.uplink >= earlier.uplink && session.downlink >= earlier.downlink);
                assert_eq!(session.started_at, earlier.started_at);
                assert_eq!(session.subscriber, earlier.subscriber);
                assert_eq!(session.apn, earlier.apn);
                assert!(session.seconds(record.at) >= earlier.seconds(before.at));
                if record.status == Status::Stop {
                    open.remove(&key);
                    ended.insert(key);
                    addresses.remove(&(record.gateway, session.address));
                    assert!(session.cause.is_some());
                }
            }
            Status::On | Status::Off => panic!("{record:?}"),
        }
    }
    assert!(restarts >= 3);
    assert!(ended.len() > 10_000, "{}", ended.len());
}

#[test]
fn packets_are_what_gateways_send() {
    let mut network = core(3, 6);
    let secrets: Vec<_> = network.gateways().iter().map(|gateway| gateway.secret().clone()).collect();
    let mut sizes: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut imsis = BTreeSet::new();
    network.packets_until(LIVE_FROM, |received| {
        let packet = Packet::request(received.octets, Role::Acct).expect("sound");
        assert!(packet.verify(&secrets[received.gateway], None).into_result().is_ok());
        assert!(packet.attribute(d::ACCT_SESSION_ID).is_some());
        let subs =
            packet.attributes().filter_map(|attribute| attribute.vendor()).flat_map(|vendor| vendor.subs());
        for sub in subs {
            let Sub::Fits { kind, value } = sub else { panic!("{sub:?}") };
            match ThreeGpp::decode(kind as u8, value) {
                ThreeGpp::Imsi(imsi) => {
                    imsis.insert(imsi.to_owned());
                }
                ThreeGpp::Invalid { .. } | ThreeGpp::Unknown { .. } => panic!("{sub:?}"),
                _ => {}
            }
        }
        if packet.attribute(d::CALLING_STATION_ID).is_some() {
            sizes.entry(received.gateway).or_default().push(received.octets.len());
        }
    });
    for (gateway, sizes) in &sizes {
        let mean = sizes.iter().sum::<usize>() / sizes.len();
        println!("gateway {gateway}: {} packets of {mean} octets", sizes.len());
        assert!((330..=560).contains(&mean), "gateway {gateway}: {mean}");
    }
    assert_eq!(sizes.len(), 3);
    assert!(imsis.len() > 300);
}

#[test]
fn the_inventory_is_sound() {
    let demo = demo::fleet(DemoConfig { seed: 1, sims: demo::DEFAULT_SIMS, live_from: LIVE_FROM });
    let sims: Vec<_> = demo.tenants.iter().flat_map(|tenant| &tenant.sims).collect();
    assert_eq!(sims.len(), demo::DEFAULT_SIMS as usize);
    let distinct = |text: fn(&opencmp_domain::sim::SimImport) -> String| {
        sims.iter().map(|sim| text(sim)).collect::<HashSet<_>>().len()
    };
    assert_eq!(distinct(|sim| sim.imsi.unwrap().to_string()), sims.len());
    assert_eq!(distinct(|sim| sim.iccid.unwrap().to_string()), sims.len());
    assert_eq!(distinct(|sim| sim.msisdn.unwrap().to_string()), sims.len());
    for sim in &sims {
        let number = sim.msisdn.unwrap().national();
        assert!(number.len() == 13 && number.starts_with("040"), "{number}");
        let iccid = sim.iccid.unwrap().to_string();
        let (body, check) = iccid.split_at(iccid.len() - 1);
        assert_eq!(opencmp_domain::identifier::luhn_check_digit(body).to_string(), check);
        assert!(iccid.starts_with("8988692"), "{iccid}");
        assert!(sim.imei.unwrap().to_string().len() == 15);
        assert!(sim.group.as_ref().is_some_and(|group| !group.contains('{')));
        assert!(sim.apn.is_some() && sim.batch.is_some() && sim.plan.is_some() && sim.name.is_some());
    }
    let state = |state| sims.iter().filter(|sim| sim.service_state == Some(state)).count();
    for counted in
        [ServiceState::Test, ServiceState::Suspended, ServiceState::Active, ServiceState::Deactivated]
    {
        println!("{counted}: {}", state(counted));
        assert!(state(counted) > 20);
    }
    assert!(state(ServiceState::Active) > sims.len() * 3 / 4);
    let groups: BTreeSet<_> = sims.iter().filter_map(|sim| sim.group.as_deref()).collect();
    println!("{groups:#?}");
    for sim in sims.iter().step_by(211) {
        println!("{:?} {:?} {:?}", sim.msisdn.map(|n| n.national()), sim.name, sim.batch);
    }
}

/// How long a demo's history takes. Run with `--release -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn months_of_history() {
    let demo = demo::fleet(DemoConfig { seed: 1, sims: demo::DEFAULT_SIMS, live_from: LIVE_FROM });
    let begun = std::time::Instant::now();
    let mut core = Core::new(1, demo.fleet, LIVE_FROM.plus_secs(-100 * 86_400), LIVE_FROM);
    let (mut packets, mut octets) = (0u64, 0u64);
    let mut by_kind: HashMap<Status, u64> = HashMap::new();
    core.packets_until(LIVE_FROM, |received| {
        packets += 1;
        octets += received.octets.len() as u64;
    });
    println!("{packets} packets of {} octets in {:?}", octets / packets, begun.elapsed());
    println!("connected at the end: {}", core.connected());
    for hour in 1..=24 {
        let before = packets;
        core.run_until(LIVE_FROM.plus_secs(hour * 3600), |_, delivery| {
            packets += 1;
            *by_kind.entry(delivery.record.status).or_default() += 1;
        });
        let rate = (packets - before) as f64 / 3600.0;
        println!("hour {hour}: {rate:.2} records/s, {} connected", core.connected());
    }
    println!("{by_kind:?}");
}

/// The volumes that charts will show. Run with `--release -- --ignored --nocapture`.
#[test]
#[ignore = "for a look"]
fn volumes_by_day() {
    let demo = demo::fleet(DemoConfig { seed: 1, sims: demo::DEFAULT_SIMS, live_from: LIVE_FROM });
    let mut core = Core::new(1, demo.fleet, LIVE_FROM.plus_secs(-30 * 86_400), LIVE_FROM);
    let mut last: HashMap<(u16, u32), u64> = HashMap::new();
    let mut days: std::collections::BTreeMap<(i64, &str), u64> = Default::default();
    let mut buffer = [0; MAX_PACKET];
    core.run_until(LIVE_FROM, |gateways, delivery| {
        let record = delivery.record;
        assert!(record.encode(&gateways[usize::from(record.gateway)], 0, 0, &mut buffer).is_ok());
        if let Some(session) = record.session {
            let total = session.uplink + session.downlink;
            let known = last.entry((record.gateway, session.charging_id)).or_default();
            *days.entry(((record.at.secs() + 28_800) / 86_400, session.apn)).or_default() +=
                total.saturating_sub(*known);
            *known = total.max(*known);
        }
    });
    for ((day, apn), octets) in days {
        println!("{} {apn:14} {:10} KB", opencmp_domain::Day(day as i32), octets / 1024);
    }
}
