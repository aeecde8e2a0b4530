//! Whatever the order in which records come, and however often: the same totals, sessions and states.
//!
//! What this does not cover, because it isn't so:
//! - The split of a session's usage over hours, days and classes: a delta is spread over the time since the record that
//!   was known before it.
//! - Records without Acct-Session-Time before their Start, counters that restart while their clock goes on, and more than
//!   one wrap of a 32-bit counter between reordered records: usage is then the least that explains what came.
//! - Runs of counters under one Acct-Session-Id that begin within the tolerance (10 s), or within the clock step (600 s)
//!   where both counters went on.
//! - A Stop that was wrong, with later runs under the same id: they are runs of its session or sessions of their own. The
//!   totals of the SIM are the same.
//! - The estimated end of a superseded session: the beginning of a successor, not always the first one's.
//! - Three or more records of a SIM in one second, a Stop among them: whether its last message reads Start or Alive.
//! - What comes of silence: a sweep between two records sees what came before it. A later record refutes its finding.

mod common;
use common::{worlds::*, *};
use opencmp_domain::{ConnectionState, LastMessage, Timestamp, stored::escape_octets};
use proptest::prelude::*;

/// What doesn't depend on the order.
#[derive(Debug, PartialEq)]
struct Picture {
    sims: Vec<SimPicture>,
    sessions: Vec<SessionPicture>,
}

#[derive(Debug, PartialEq)]
struct SimPicture {
    octets: (u64, u64),
    connection: ConnectionState,
    last_message: Option<LastMessage>,
    last_access_at: Option<Timestamp>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SessionPicture {
    sim: i64,
    nas: i64,
    id: String,
    started_at: Timestamp,
    open: bool,
    stopped_at: Option<Timestamp>,
    runs: Vec<(Timestamp, u64, u64)>,
}

fn picture(net: &Net) -> Picture {
    let mut sessions: Vec<SessionPicture> = net
        .rows
        .values()
        .map(|row| SessionPicture {
            sim: row.sim.0,
            nas: row.nas.0,
            id: escape_octets(&row.acct_session_id).into_owned(),
            started_at: row.started_at,
            open: row.ended_at.is_none(),
            stopped_at: row.ended_at.filter(|_| row.end_cause.is_some_and(|cause| cause.0 == 1)),
            runs: row.segments.iter().map(|run| (run.origin_at, run.uplink, run.downlink)).collect(),
        })
        .collect();
    sessions.sort();
    let sims = (1..=3).map(|sim| {
        let view = net.view(sim);
        SimPicture {
            octets: net.octets(sim),
            connection: view.connection,
            last_message: view.last_message,
            last_access_at: view.last_access_at,
        }
    });
    Picture { sims: sims.collect(), sessions }
}

fn after(packets: &[Packet]) -> Picture {
    let mut net = Net::new();
    net.send_all(packets.iter().cloned());
    picture(&net)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn order_and_repetition_change_nothing((plain, arrival) in world_and_arrival()) {
        prop_assert_eq!(after(&plain), after(&arrival));
    }

    #[test]
    fn redelivery_of_everything_says_nothing_new(plain in world()) {
        let mut net = Net::new();
        net.send_all(plain.clone());
        let (rows, pieces) = (net.rows.clone(), net.usage.len());
        net.send_all(plain);
        prop_assert_eq!(&net.rows, &rows);
        prop_assert_eq!(net.usage.len(), pieces);
    }

    #[test]
    fn octets_are_those_that_the_gateways_counted(plain in world()) {
        // Of each run the highest counters; runs by (gateway, id, SIM, origin).
        let mut runs = std::collections::BTreeMap::<_, (u64, u64)>::new();
        for packet in &plain {
            if let (Some((up, down)), Some(secs), Some(imsi)) = (packet.counters, packet.session_secs, packet.imsi) {
                let run = runs.entry((packet.nas, &packet.id, imsi, packet.at - i64::from(secs))).or_default();
                *run = (run.0.max(up), run.1.max(down));
            }
        }
        let mut net = Net::new();
        net.send_all(plain.clone());
        for sim in 1..=3 {
            let expected = runs
                .iter()
                .filter(|((_, _, of, _), _)| *of == imsi(sim))
                .fold((0, 0), |sum, (_, run)| (sum.0 + run.0, sum.1 + run.1));
            prop_assert_eq!(net.octets(sim), expected);
        }
    }
}
