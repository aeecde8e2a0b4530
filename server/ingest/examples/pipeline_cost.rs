//! What a record costs from the intake to the database, by thread: `pipeline_cost DATABASE_URL [SIMS] [ROUNDS]`.
//!
//! Records are fed in directly, so there is no socket and no signature in it. Every SIM has an open session and is heard
//! of once a round. At the end it restarts and says how long loading takes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use opencmp_domain::{NasId, Timestamp, sim::SimImport, time::DEFAULT_ZONE};
use opencmp_ingest::{DirectRecord, Feed, Ingest, IngestConfig};
use opencmp_listener::{Clients, Counters};
use opencmp_radius::{Code, MAX_LEN, PacketBuilder, Secret, ThreeGpp, dictionary as d};
use opencmp_service::{Clock, Directory};
use opencmp_store::{ImportMode, NewNas, Store, StoreOptions};
use std::{
    collections::BTreeMap,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("DATABASE_URL");
    let mut number = |default: u32| arguments.next().map_or(default, |text| text.parse().expect("a number"));
    let (sims, rounds) = (number(100_000), number(10));
    let journal = tempfile::tempdir_in(".").unwrap();
    let store = Store::open(&url, StoreOptions::default()).await.unwrap();
    let nas = fill(&store, sims).await;

    let ingest = start(&store, journal.path()).await;
    run(&ingest, nas, sims, 1, "starts", 1).await;
    run(&ingest, nas, sims, rounds, "updates", 2).await;
    tokio::task::spawn_blocking(|| ingest.shutdown()).await.unwrap();

    let began = Instant::now();
    let ingest = start(&store, journal.path()).await;
    until(|| ingest.feed().is_recovered()).await;
    println!("restart: {:.2?}, {} MiB resident", began.elapsed(), resident_mib());
    tokio::task::spawn_blocking(|| ingest.shutdown()).await.unwrap();
}

async fn start(store: &Store, journal: &std::path::Path) -> Ingest {
    let feed = Feed::new(Arc::new(Clients::new(vec![])), Arc::new(Counters::default()), Clock::system());
    let directory = Arc::new(Directory::default());
    Ingest::start(IngestConfig::new(journal), store.clone(), feed, directory).await.unwrap()
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn run(ingest: &Ingest, nas: NasId, sims: u32, rounds: u32, what: &str, from: u32) {
    until(|| ingest.feed().is_recovered()).await;
    let (cpu, began) = (threads(), Instant::now());
    let direct = ingest.direct();
    let feeding = std::thread::Builder::new().name("feeding".into()).spawn(move || {
        let start = Clock::system().now().secs() - 3600;
        for round in from..from + rounds {
            let mut piece = Vec::new();
            for sim in 0..sims {
                // Not in the order of the SIMs' ids.
                let sim = (u64::from(sim) * 2_654_435_761 % u64::from(sims)) as u32;
                piece.push(record(nas, sim, round, start + i64::from(round)));
                if piece.len() == 64 {
                    direct.feed(std::mem::take(&mut piece));
                }
            }
            direct.feed(piece);
        }
        direct.wait_applied();
    });
    let feeding = feeding.unwrap();
    tokio::task::spawn_blocking(|| feeding.join().unwrap()).await.unwrap();
    let applied = began.elapsed();
    until(|| ingest.feed().flushed() >= ingest.feed().end()).await;
    let records = f64::from(sims) * f64::from(rounds);
    println!(
        "{what}: {records} records, applied after {applied:.2?} ({:.0}/s), flushed after {:.2?}, {} MiB resident",
        records / applied.as_secs_f64(),
        began.elapsed(),
        resident_mib()
    );
    let after = threads();
    for (name, ticks) in after {
        let spent = ticks - cpu.get(&name).copied().unwrap_or(0);
        if spent > 0 {
            println!("    {name:<16} {:.2} µs of CPU a record", spent as f64 * 10_000.0 / records);
        }
    }
}

/// CPU of this process's threads by name, in hundredths of a second.
fn threads() -> BTreeMap<String, u64> {
    let mut by_name = BTreeMap::new();
    for entry in fs::read_dir("/proc/self/task").unwrap() {
        let Ok(stat) = fs::read_to_string(entry.unwrap().path().join("stat")) else { continue };
        let (head, tail) = stat.rsplit_once(") ").unwrap();
        let fields: Vec<_> = tail.split(' ').collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        *by_name.entry(head.split_once('(').unwrap().1.to_owned()).or_default() += ticks;
    }
    by_name
}

fn resident_mib() -> u64 {
    let pages: u64 =
        fs::read_to_string("/proc/self/statm").unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    (pages * 4096) >> 20
}

async fn fill(store: &Store, sims: u32) -> NasId {
    let now = Clock::system().now();
    let nas = NewNas {
        nodes: String::new(),
        name: "bench".into(),
        address: "127.0.0.1".into(),
        secret: opencmp_store::Secret::new("secret"),
        counters_32bit: false,
        swap_direction: false,
        enabled: true,
    };
    let nas = store.nas_add(&nas, now).await.unwrap();
    let tenant = store.tenant_create("bench", DEFAULT_ZONE, 1, now).await.unwrap().id;
    for from in (0..sims).step_by(100_000) {
        let row = |sim: u32| SimImport {
            line: u64::from(sim) + 2,
            imsi: Some(format!("46692{sim:010}").parse().unwrap()),
            msisdn: Some(format!("886400{sim:09}").parse().unwrap()),
            group: Some(format!("group-{}", sim % 50)),
            ..SimImport::default()
        };
        let rows: Vec<_> = (from..sims.min(from + 100_000)).map(row).collect();
        let report = store.sim_import(tenant, &rows, ImportMode::AllOrNothing, now).await.unwrap();
        assert!(report.errors.is_empty());
    }
    nas
}

fn record(nas: NasId, sim: u32, round: u32, at: i64) -> DirectRecord {
    let mut out = [0; MAX_LEN];
    let mut packet = PacketBuilder::new(&mut out, Code::AccountingRequest, sim as u8);
    packet
        .text(d::USER_NAME, "iot")
        .integer(d::ACCT_STATUS_TYPE, if round == 1 { 1 } else { 3 })
        .integer(d::ACCT_DELAY_TIME, 0)
        .integer(d::EVENT_TIMESTAMP, at as u32)
        .text(d::ACCT_SESSION_ID, &format!("0A140001{sim:08X}"))
        .text(d::CALLING_STATION_ID, &format!("886400{sim:09}"))
        .text(d::CALLED_STATION_ID, "internet.iot")
        .text(d::NAS_IDENTIFIER, "pgw-tpe-01")
        .attribute(d::FRAMED_IP_ADDRESS, &(0x0A00_0000 + sim).to_be_bytes())
        .integer(d::ACCT_SESSION_TIME, round)
        .integer(d::ACCT_INPUT_OCTETS, round * 1000)
        .integer(d::ACCT_OUTPUT_OCTETS, round * 3000)
        .integer(d::ACCT_INPUT_GIGAWORDS, 0)
        .integer(d::ACCT_OUTPUT_GIGAWORDS, 0)
        .three_gpp(&ThreeGpp::Imsi(&format!("46692{sim:010}")))
        .three_gpp(&ThreeGpp::ChargingId(sim))
        .three_gpp(&ThreeGpp::Nsapi("5"))
        .three_gpp(&ThreeGpp::QosProfile("08-48080000c3500000c350"))
        .three_gpp(&ThreeGpp::Imeisv("8664250312345601"))
        .vendor(10415, 18, b"46692")
        .vendor(10415, 21, &[6])
        .vendor(
            10415,
            22,
            &[0x82, 0x64, 0xF6, 0x29, 0x2B, 0x67, 0x64, 0xF6, 0x29, 0x03, 0x0D, 0xBB, sim as u8 & 3],
        );
    let octets = packet.sign_request(&Secret::new("secret")).unwrap().to_vec();
    DirectRecord { received_at: Timestamp::from_secs(at + 1), nas, octets }
}
