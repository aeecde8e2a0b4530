//! Random histories of a few SIMs, as their gateways would send them.
//!
//! A lane is one SIM on one gateway and APN: sessions one after another, with or without their own Acct-Session-Id each,
//! with lost Starts and Stops, Stops that were wrong, and counters that restart with their clock. Over all lanes no two
//! records are of one second, and no two runs of counters under one id begin within [`APART`] of each other.

use super::*;
use proptest::{collection::vec, prelude::*, sample::subsequence};

/// Beyond the tolerance and the clock step, within which origins aren't told apart.
pub const APART: i64 = 1000;

/// Seconds between the steps of a lane; every lane has a residue of its own.
const STEP: i64 = 32;

#[derive(Clone, Debug)]
struct Lane {
    sim: u64,
    nas: i64,
    node: &'static str,
    apn: &'static str,
    same_id: bool,
    same_address: bool,
    sessions: Vec<Shape>,
}

#[derive(Clone, Debug)]
struct Shape {
    /// Steps before it begins, beyond [`APART`].
    pause: i64,
    has_start: bool,
    updates: Vec<Update>,
    end: End,
}

#[derive(Clone, Debug)]
struct Update {
    steps: i64,
    up: u64,
    down: u64,
    /// Clock and counters restart before it.
    restart: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum End {
    Stop,
    StopWithoutCounters,
    Lost,
    /// A Stop, and the session goes on; without restarts, and under an id of its own.
    Wrong,
}

fn update() -> impl Strategy<Value = Update> {
    (1i64..200, 0u64..5_000_000, 0u64..50_000_000, prop::bool::weighted(0.15))
        .prop_map(|(steps, up, down, restart)| Update { steps, up, down, restart })
}

fn shape() -> impl Strategy<Value = Shape> {
    let end = prop_oneof![
        5 => Just(End::Stop),
        1 => Just(End::StopWithoutCounters),
        2 => Just(End::Lost),
        1 => Just(End::Wrong),
    ];
    (0i64..300, prop::bool::weighted(0.8), vec(update(), 0..6), end).prop_map(
        |(pause, has_start, mut updates, end)| {
            if end == End::Wrong {
                updates.iter_mut().for_each(|update| update.restart = false);
            }
            Shape { pause, has_start, updates, end }
        },
    )
}

/// A client's gateways: most have one and don't say which.
fn node() -> impl Strategy<Value = &'static str> {
    prop_oneof![2 => Just(""), 1 => Just("pgw-1"), 1 => Just("pgw-2")]
}

fn lane() -> impl Strategy<Value = Lane> {
    (
        1u64..=3,
        (1i64..=2, node()),
        prop_oneof![Just("iot"), Just("ims")],
        any::<bool>(),
        any::<bool>(),
        vec(shape(), 1..4),
    )
        .prop_map(|(sim, (nas, node), apn, same_id, same_address, mut sessions)| {
            for session in sessions.iter_mut().filter(|session| same_id && session.end == End::Wrong) {
                session.end = End::Stop;
            }
            Lane { sim, nas, node, apn, same_id, same_address, sessions }
        })
}

impl Lane {
    fn packets(&self, number: usize, packets: &mut Vec<Packet>) {
        let residue = number as i64 + 1;
        let mut now = residue;
        for (count, shape) in self.sessions.iter().enumerate() {
            now += (APART / STEP + 1 + shape.pause) * STEP;
            let id = if self.same_id { format!("{number}") } else { format!("{number}.{count}") };
            let mut session = data(self.sim, &id, now).nas(self.nas).apn(self.apn);
            let address = [10, 0, 0, if self.same_address { 1 } else { 10 + number as u8 }];
            let mut out = |packet: Packet| packets.push(packet.ipv4(address).node(self.node));
            if shape.has_start {
                out(session.start());
            }
            let (mut up, mut down) = (0, 0);
            for (place, update) in shape.updates.iter().enumerate() {
                now += update.steps * STEP;
                if update.restart {
                    now += (APART / STEP + 1) * STEP;
                    session = session.restarted(now);
                    (up, down) = (0, 0);
                    now += update.steps * STEP;
                }
                up += update.up;
                down += update.down;
                out(session.interim(now, up, down));
                if shape.end == End::Wrong && place == 0 {
                    // Far enough before the next update to be refuted by it, if that counted more.
                    now += STEP;
                    out(session.stop(now, up, down));
                    now += 4 * STEP;
                }
            }
            now += STEP;
            match shape.end {
                End::Stop | End::Wrong => out(session.stop(now, up, down)),
                End::StopWithoutCounters => out(session.stop(now, 0, 0).counters(None)),
                End::Lost => {}
            }
        }
    }
}

/// Records in the order of their event times.
pub fn world() -> impl Strategy<Value = Vec<Packet>> {
    let restarts = vec((1i64..=2, node(), 0i64..2000, any::<bool>()), 0..3);
    (vec(lane(), 1..6), restarts).prop_map(|(lanes, restarts)| {
        let mut packets = Vec::new();
        for (number, lane) in lanes.iter().enumerate() {
            lane.packets(number, &mut packets);
        }
        for (number, (nas, node, step, going_down)) in restarts.into_iter().enumerate() {
            let at = step * STEP + 20 + number as i64;
            packets.push(if going_down { off(nas, at) } else { on(nas, at) }.node(node));
        }
        packets.sort_by_key(|packet| packet.at);
        packets
    })
}

/// A history, and the same as it may arrive: reordered, parts of it more than once.
pub fn world_and_arrival() -> impl Strategy<Value = (Vec<Packet>, Vec<Packet>)> {
    world().prop_flat_map(|packets| {
        let count = packets.len();
        let again = subsequence(packets.clone(), 0..=count);
        let again_still = subsequence(packets.clone(), 0..=count);
        (Just(packets), again, again_still).prop_flat_map(|(packets, again, again_still)| {
            let arrival = [packets.clone(), again, again_still].concat();
            (Just(packets), Just(arrival).prop_shuffle())
        })
    })
}
