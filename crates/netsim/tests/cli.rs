//! `opencmp simulate` from its arguments to its files.

mod responder;

use clap::Parser;
use opencmp_netsim::cli::{self, SimulateArgs};
use responder::{Faults, Responder, total};
use std::collections::HashMap;

#[derive(Parser)]
struct Program {
    #[command(flatten)]
    args: SimulateArgs,
}

fn simulate(arguments: &[&str]) -> anyhow::Result<()> {
    cli::run(Program::try_parse_from([&["simulate"], arguments].concat())?.args)
}

#[test]
fn load_writes_its_inventory_and_its_totals() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (inventory, totals) = (file("inventory.csv"), file("totals.csv"));
    let responder = Responder::start("s3cret", Faults::default());
    let target = responder.address.to_string();
    simulate(&["load", "--sims", "50", "--inventory", &inventory, "--records", "0"]).unwrap();
    simulate(&[
        "load",
        "--target",
        &target,
        "--secret",
        "s3cret",
        "--sims",
        "50",
        "--records",
        "400",
        "--outstanding",
        "16",
        "--totals",
        &totals,
        "--duplicates",
        "20",
        "--json",
    ])
    .unwrap();
    let ledger = responder.stop();
    let column = |path: &str, name: &str| -> Vec<String> {
        let mut reader = csv::Reader::from_path(path).unwrap();
        let at = reader.headers().unwrap().iter().position(|header| header == name).unwrap();
        reader.records().map(|row| row.unwrap()[at].to_owned()).collect()
    };
    assert_eq!(column(&inventory, "imsi"), column(&totals, "imsi"));
    let uplink: HashMap<_, _> = column(&totals, "imsi").into_iter().zip(column(&totals, "uplink")).collect();
    assert_eq!(ledger.len(), 50);
    for (imsi, sessions) in &ledger {
        assert_eq!(total(sessions).0.to_string(), uplink[imsi]);
    }
}

#[test]
fn a_fleet_speaks_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let inventory = folder.path().join("fleet.csv").to_str().unwrap().to_owned();
    let responder = Responder::start("s3cret", Faults::default());
    let target = responder.address.to_string();
    simulate(&["fleet", "--sims", "120", "--inventory", &inventory, "--seconds", "0"]).unwrap();
    simulate(&[
        "fleet",
        "--target",
        &target,
        "--secret",
        "s3cret",
        "--sims",
        "120",
        "--speed",
        "3600",
        "--seconds",
        "1",
    ])
    .unwrap();
    let ledger = responder.stop();
    let imsis: Vec<String> =
        csv::Reader::from_path(&inventory).unwrap().records().map(|row| row.unwrap()[2].to_owned()).collect();
    let known = ledger.keys().filter(|imsi| imsis.contains(imsi)).count();
    assert!(imsis.len() >= 120 && known > 5, "{} {known}", imsis.len());
}
