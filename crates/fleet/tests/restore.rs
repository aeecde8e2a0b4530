//! A fleet that is restored from its rows goes on as if it had never stopped; sessions that were forgotten are fetched
//! when something late comes of them.
#![allow(clippy::expect_used)]

mod common;
use common::{worlds::*, *};
use opencmp_domain::{
    NasId, SessionId, Timestamp,
    stored::{StoredSession, StoredSim},
    time::DEFAULT_ZONE,
};
use opencmp_fleet::FleetConfig;
use proptest::prelude::*;

fn sims(net: &Net) -> Vec<StoredSim> {
    (1..=9).filter_map(|sim| net.fleet.stored_sim(net.slot(sim))).collect()
}

/// The same fleet from what the store would have: rows only.
fn restored(net: &Net) -> Net {
    let mut again = Net::empty(FleetConfig::default());
    for class in &net.classes {
        again.fleet.restore_class(class);
    }
    for node in net.nodes.values() {
        again.fleet.restore_node(node);
    }
    for sim in 1..=9 {
        again.fleet.upsert_sim(&inventory(sim), DEFAULT_ZONE, 1);
    }
    for sim in sims(net) {
        again.fleet.restore_sim(&sim.live).expect("its SIM is loaded");
        for session in &sim.open {
            again.fleet.restore_session(session).expect("its SIM is loaded");
        }
    }
    for row in net.rows.values().filter(|row| row.ended_at.is_some()) {
        again.fleet.restore_session(row).expect("its SIM is loaded");
    }
    again.rows = net.rows.clone();
    again.usage = net.usage.clone();
    again.events = net.events.clone();
    again.classes = net.classes.clone();
    again.restarts = net.restarts.clone();
    again.nodes = net.nodes.clone();
    again
}

/// Everything that can be seen, a line each.
fn everything(net: &Net) -> Vec<String> {
    let mut lines: Vec<String> = sims(net).iter().map(|sim| format!("{sim:?}")).collect();
    lines.extend(net.rows.values().map(|row| format!("{row:?}")));
    lines.extend(net.usage.iter().map(|piece| format!("{piece:?}")));
    // The order of what one sweep finds is open.
    let mut events: Vec<String> = net.events.iter().map(|event| format!("{event:?}")).collect();
    events.sort();
    lines.extend(events);
    lines.extend(net.restarts.iter().map(|restart| format!("{restart:?}")));
    lines.extend(net.nodes.values().map(|node| format!("{node:?}")));
    lines
}

/// The lines of one that the other doesn't have.
fn differences(one: &Net, other: &Net) -> Vec<String> {
    let (one, other) = (everything(one), everything(other));
    let only = |these: &[String], those: &[String], mark: &str| {
        these
            .iter()
            .filter(|line| !those.contains(line))
            .map(|line| format!("{mark} {line}"))
            .collect::<Vec<_>>()
    };
    let mut differences = [only(&one, &other, "-"), only(&other, &one, "+")].concat();
    if differences.is_empty() && one != other {
        differences.push("another order".to_owned());
    }
    differences
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn a_restored_fleet_goes_on_as_if_it_had_never_stopped(
        (_, arrival) in world_and_arrival(),
        cut in any::<prop::sample::Index>(),
        // Within the horizon: what is forgotten when depends on the order of closing.
        sweeps in prop::collection::vec((any::<prop::sample::Index>(), 0i64..170_000), 0..4),
    ) {
        let cut = cut.index(arrival.len().max(1));
        let mut net = Net::new();
        let mut again: Option<Net> = None;
        for (place, packet) in arrival.into_iter().enumerate() {
            if place == cut {
                let fresh = restored(&net);
                prop_assert_eq!(differences(&fresh, &net), Vec::<String>::new());
                again = Some(fresh);
            }
            let sweep = sweeps.iter().find(|(index, _)| index.index(40) == place).map(|(_, at)| *at);
            for net in std::iter::once(&mut net).chain(again.as_mut()) {
                net.send(packet.clone());
                if let Some(at) = sweep {
                    net.sweep(at);
                }
            }
        }
        if let Some(again) = again {
            prop_assert_eq!(differences(&again, &net), Vec::<String>::new());
        }
    }

    /// Forgetting as soon as possible, with the rows to fall back on, is the same as never forgetting.
    #[test]
    fn what_was_forgotten_is_fetched((plain, arrival) in world_and_arrival()) {
        let totals = |net: &Net| (1..=3).map(|sim| net.octets(sim)).collect::<Vec<_>>();
        let mut expected = Net::new();
        expected.send_all(plain);
        let mut net = Net::with(FleetConfig { closed_sessions_max: 0, ..FleetConfig::default() });
        for packet in arrival {
            if net.fleet.needs_history(&packet.record()) {
                let rows: Vec<StoredSession> = net
                    .rows
                    .values()
                    .filter(|row| row.nas == NasId(packet.nas) && row.acct_session_id[..] == *packet.id.as_bytes())
                    .cloned()
                    .collect();
                for row in rows {
                    net.fleet.restore_session(&row);
                }
            }
            net.send(packet);
            net.sweep(-DAY);
        }
        prop_assert_eq!(totals(&net), totals(&expected));
    }
}

#[test]
fn closed_sessions_are_forgotten_after_the_horizon() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.stop(600, 10, 20)]);
    net.sweep(600 + 48 * HOUR - 1);
    assert_eq!(net.fleet.sessions(), 1);
    assert!(!net.fleet.needs_history(&session.stop(600, 10, 20).record()));
    net.sweep(600 + 48 * HOUR);
    assert_eq!((net.fleet.sessions(), net.fleet.forgotten_until()), (0, Some(at(600))));
    // Its Stop, two days late: without its history it would count twice.
    let late = session.stop(600, 10, 20).received(3 * DAY);
    assert!(net.fleet.needs_history(&late.record()));
    let row = net.session(1);
    net.fleet.restore_session(&row);
    assert!(!net.fleet.needs_history(&late.record()));
    net.send(late);
    assert_eq!(net.octets(1), (10, 20));
    // What began later needs no look.
    assert!(!net.fleet.needs_history(&data(1, "b", 3 * DAY).start().record()));
}

#[test]
fn a_session_that_waits_for_writing_is_not_forgotten() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.fleet.apply(&session.stop(600, 1, 1).record(), &mut net.effects);
    net.fleet.settle(&mut net.effects);
    net.fleet.sweep(at(10 * DAY), &mut net.effects);
    assert_eq!(net.fleet.sessions(), 1);
    let (sims, sessions) = net.fleet.take_unsaved();
    assert_eq!((sims.len(), sessions.len()), (1, 1));
    net.fleet.sweep(at(10 * DAY), &mut net.effects);
    assert_eq!(net.fleet.sessions(), 0);
}

#[test]
fn unusual_rows_survive() {
    let mut net = Net::new();
    let long = "0123456789abcdef0123456789abcdef0123456789";
    let mut prefix = [0xfd; 16];
    prefix[15] = 0;
    let session = data(1, long, 0);
    net.send(session.start().prefix((prefix, 120)).nsapi(5u8));
    net.send_all([session.interim(600, 10, 10), session.restarted(5000).interim(6000, 1, 1)]);
    let again = restored(&net);
    assert_eq!(differences(&again, &net), Vec::<String>::new());
    assert_eq!(again.session(1).acct_session_id[..], *long.as_bytes());
    assert_eq!(again.session(1).ipv6_prefix, Some((prefix, 120)));
    assert_eq!(again.session(1).id, SessionId(1));
    assert_eq!(again.session(1).started_at, Timestamp::from_secs(NOON));
}
