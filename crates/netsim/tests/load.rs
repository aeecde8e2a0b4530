//! Load against a tiny responder: what the generator says was acknowledged is what was counted, whatever gets lost.

mod responder;

use opencmp_netsim::{
    load::{self, LoadConfig, SimTotals},
    wire::timer::Retransmission,
};
use responder::{Faults, Responder, total};
use std::time::Duration;

fn config(responder: &Responder, sims: u32) -> LoadConfig {
    LoadConfig {
        session_records: 5,
        // Impatient, or the test would take as long as an outage.
        retransmission: Retransmission { initial: 30_000, maximum: 120_000 },
        ..LoadConfig::new(responder.address, "s3cret", sims)
    }
}

#[test]
fn totals_are_exact_under_loss_duplicates_and_redeliveries() {
    let faults = Faults { requests_lost: 0.05, responses_lost: 0.05, answer_only: false };
    let responder = Responder::start("s3cret", faults);
    let config = LoadConfig {
        records: Some(6_000),
        duplicate_percent: 10.0,
        redelivery_percent: 10.0,
        threads: 2,
        ..config(&responder, 300)
    };
    let outcome = load::start(&config).unwrap().finish().unwrap();
    let ledger = responder.stop();
    let report = &outcome.report;
    println!("{report}");
    assert_eq!((report.records, report.acknowledged, report.unacknowledged), (6_000, 6_000, 0));
    assert!(report.retransmissions > 100 && report.duplicates > 400 && report.redeliveries > 400);
    assert_eq!(report.redeliveries, report.redeliveries_acknowledged);
    let totals: Vec<SimTotals> = outcome.totals.iter().collect();
    assert_eq!((totals.len(), ledger.len()), (300, 300));
    for sim in &totals {
        assert!(sim.is_settled());
        assert_eq!(total(&ledger[&sim.imsi]), (sim.uplink, sim.downlink), "{}", sim.imsi);
    }
    let sum = totals.iter().fold((0, 0), |sum, sim| (sum.0 + sim.uplink, sum.1 + sim.downlink));
    assert_eq!(outcome.totals.sums(), (sum, sum));
    let mut csv = Vec::new();
    outcome.totals.write_csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert!(csv.starts_with(
        "imsi,uplink,downlink,last_acked_up,last_acked_down,last_sent_up,last_sent_down,uplink_sent,"
    ));
    assert_eq!(csv.lines().count(), 301);
}

#[test]
fn a_server_that_vanishes_leaves_bounds_that_hold() {
    let responder = Responder::start("s3cret", Faults::default());
    let config = LoadConfig { drain: Duration::ZERO, ..config(&responder, 500) };
    let running = load::start(&config).unwrap();
    while running.progress().acknowledged < 2_000 {
        std::thread::yield_now();
    }
    let ledger = responder.stop();
    let before = running.progress().acknowledged;
    running.stop();
    let outcome = running.finish().unwrap();
    assert!(outcome.report.acknowledged >= before);
    assert!(outcome.report.unacknowledged > 0);
    let mut open = 0;
    for sim in outcome.totals.iter() {
        let counted = ledger.get(&sim.imsi).map_or((0, 0), total);
        assert!(sim.allows(counted.0, counted.1), "{counted:?} {sim:?}");
        open += u64::from(!sim.is_settled());
    }
    assert_eq!(open, outcome.report.unacknowledged);
}

#[test]
fn the_same_seed_sends_the_same_octets() {
    let totals = [7, 7, 8].map(|seed| {
        let responder = Responder::start("s3cret", Faults::default());
        // One at a time: with more, which SIM comes next depends on which was acknowledged.
        let config = LoadConfig { records: Some(1_000), seed, outstanding: 1, ..config(&responder, 100) };
        let outcome = load::start(&config).unwrap().finish().unwrap();
        responder.stop();
        outcome.totals.sums()
    });
    assert_eq!(totals[0], totals[1]);
    assert_ne!(totals[0], totals[2]);
}

#[test]
fn a_run_goes_on_where_another_ended() {
    let responder = Responder::start("s3cret", Faults::default());
    let first = LoadConfig { records: Some(700), ..config(&responder, 200) };
    let outcome = load::start(&first).unwrap().finish().unwrap();
    let second = LoadConfig { records: Some(900), resume: Some(outcome.totals), ..first };
    let outcome = load::start(&second).unwrap().finish().unwrap();
    let ledger = responder.stop();
    assert_eq!(outcome.totals.iter().map(|sim| sim.records_acked).sum::<u32>(), 1_600);
    for sim in outcome.totals.iter() {
        assert_eq!(total(&ledger[&sim.imsi]), (sim.uplink, sim.downlink), "{}", sim.imsi);
    }
    let other = LoadConfig { sims: 201, resume: Some(outcome.totals), ..second };
    assert!(load::start(&other).is_err_and(|error| error.to_string().contains("resume")));
}

#[test]
fn a_rate_is_kept() {
    let responder = Responder::start("s3cret", Faults::default());
    let config = LoadConfig {
        rate: Some(2_000.0),
        duration: Some(Duration::from_millis(600)),
        ..config(&responder, 1_000)
    };
    let outcome = load::start(&config).unwrap().finish().unwrap();
    responder.stop();
    assert!(outcome.report.records <= 1_201, "{}", outcome.report.records);
    assert!(outcome.report.records >= 600, "{}", outcome.report.records);
}

/// The generator's own speed and cost. Run with `--release -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn speed_against_a_trivial_responder() {
    for (outstanding, sims, ports) in
        [(1, 10_000, 8), (64, 10_000, 8), (64, 1_000_000, 8), (1024, 10_000, 16), (1024, 1_000_000, 16)]
    {
        let responder = Responder::start("s3cret", Faults { answer_only: true, ..Faults::default() });
        let config = LoadConfig {
            outstanding,
            ports,
            duration: Some(Duration::from_secs(3)),
            session_records: 48,
            ..LoadConfig::new(responder.address, "s3cret", sims)
        };
        let outcome = load::start(&config).unwrap().finish().unwrap();
        responder.stop();
        println!("W={outstanding}, {sims} SIMs, {ports} ports\n{}\n", outcome.report);
    }
}
