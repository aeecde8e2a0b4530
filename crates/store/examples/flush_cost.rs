//! What a flush costs per row, on either database.
//!
//!     cargo run --release -p opencmp-store --example flush_cost -- sqlite 1000000 100000 5
//!
//! fleet size, SIMs touched by each flush (each with its row and two usage increments), flushes.
//! µs are per SIM touched. CPU is that of this process and of the PostgreSQL server's, checkpoints included.

use opencmp_domain::{
    ByteCount, Day, Hour, LastMessage, NasId, SessionId, SimId, Timestamp, UsageClassId,
    session::{CellId, CellKind},
    stored::{
        CounterSegment, DayIncrement, FlushBatch, HourIncrement, JournalPosition, StoredSession, StoredSim,
        StoredSimLive, UsageClass, Usual,
    },
    usage::UpDown,
};
use opencmp_store::{Store, StoreOptions};
use opencmp_testkit::{Backend, database};
use smallvec::smallvec;
use sqlx::{Connection, PgConnection, Row};
use std::time::Instant;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: i64| arguments.get(index).map_or(Ok(default), |text| text.parse());
    let backend = match arguments.first().map(String::as_str) {
        Some("postgres") => Backend::Postgres,
        _ => Backend::Sqlite,
    };
    let (fleet, touched, flushes) = (number(1, 100_000)?, number(2, 100_000)?, number(3, 5)?);
    let database = database(backend).await?;
    let store = Store::open(&database.url, StoreOptions::default()).await?;
    let mut server = match backend {
        Backend::Sqlite => None,
        Backend::Postgres => Some(PgConnection::connect(&database.url).await?),
    };

    println!("{backend:?}, {fleet} SIMs, {touched} touched by each of {flushes} flushes; µs per SIM");
    let mut position = 0;
    let mut run = async |label: &str, sims: Vec<i64>| -> Result<(), Box<dyn std::error::Error>> {
        position += 1;
        let batch = batch(position, &sims, store.inventory_version().await?);
        let sims = (batch.sims.len()) as f64;
        let before = (Instant::now(), own_cpu(), server_cpu(&mut server).await?);
        store.flush(&batch).await?;
        store.flush_checkpoint();
        let wall = before.0.elapsed().as_secs_f64();
        let (own, server) = (own_cpu() - before.1, server_cpu(&mut server).await? - before.2);
        let per_sim = |secs: f64| secs * 1e6 / sims;
        println!(
            "{label:12} wall {:6.2}   CPU {:6.2} (own {:.2}, server {:.2})   {:.2} s",
            per_sim(wall),
            per_sim(own + server),
            per_sim(own),
            per_sim(server),
            wall
        );
        Ok(())
    };
    for start in (0..fleet).step_by(200_000) {
        run("first", (start..fleet.min(start + 200_000)).collect()).await?;
    }
    for flush in 0..flushes {
        // Spread evenly over the fleet, others each time.
        let step = (fleet / touched).max(1);
        run("again", (0..touched).map(|n| n * step + flush % step).collect()).await?;
    }
    if let Backend::Sqlite = backend {
        println!("{} MB", store.size().await?.octets() / 1_000_000);
    }
    let start = Instant::now();
    let sims = store.sim_live_page(SimId(0), u32::MAX).await?.len();
    println!("loading {sims} rows: {:.2} s", start.elapsed().as_secs_f64());
    store.close().await;
    Ok(())
}

fn batch(position: u64, sims: &[i64], inventory_version: i64) -> FlushBatch {
    let now = Timestamp::from_secs(1_790_000_000 + position as i64 * 10);
    let class = UsageClassId(7);
    let mut batch = FlushBatch {
        position: JournalPosition(position),
        inventory_version,
        applied_at: now,
        classes: vec![UsageClass { id: class, apn: "internet.iot".parse().ok(), rat: None, plmn: None }],
        ..FlushBatch::default()
    };
    for &sim in sims {
        let id = SimId(sim + 1);
        let octets = 100_000 + sim as u64 % 1000 + position * 1000;
        let live = StoredSimLive {
            gap_secs: 0,
            usual: Usual::default(),
            offline_since: None,
            sim: id,
            last_message: Some(LastMessage::Alive),
            last_access_at: Some(now),
            imei: "8664250312345601".parse().ok(),
            class: Some(class),
            today: Day(20_720),
            today_octets: octets,
            cycle_start: Day(20_700),
            cycle_octets: octets * 20,
            total: UpDown { uplink: ByteCount(octets * 100), downlink: ByteCount(octets * 50) },
            update_interval_secs: 900,
            unconfirmed: false,
        };
        let session = StoredSession {
            id: SessionId(sim + 1),
            sim: id,
            nas: NasId(1),
            node: None,
            acct_session_id: format!("0A0B0C0D{:08X}", sim).into_bytes().into(),
            started_at: Timestamp::from_secs(1_790_000_000),
            last_update_at: now,
            ended_at: None,
            end_cause: None,
            segments: smallvec![CounterSegment {
                origin_at: Timestamp::from_secs(1_790_000_000),
                clock_shift_secs: 0,
                from_secs: 0,
                last_secs: position as u32 * 10,
                uplink: octets,
                downlink: octets / 2,
            }],
            session_secs: position as u32 * 10,
            class: Some(class),
            nsapi: Some(5),
            cell: "46692".parse().ok().map(|plmn| CellId {
                plmn,
                kind: CellKind::Ecgi,
                area: Some(12_345),
                cell: Some(98_765_432),
            }),
            imei: "8664250312345601".parse().ok(),
            ipv4: Some([10, 1, (sim >> 8) as u8, sim as u8]),
            ipv6_prefix: None,
            flags: 0,
        };
        batch.sims.push(&StoredSim { live, open: smallvec![session] });
        let (uplink, downlink) = (octets, octets / 2);
        batch.hours.push(HourIncrement { hour: Hour(497_000), sim: id, class, uplink, downlink });
        batch.days.push(DayIncrement { day: Day(20_720), sim: id, class, uplink, downlink });
    }
    batch
}

/// Seconds of CPU of a process, from `/proc` (in hundredths).
fn cpu_of(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks =
        |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

fn own_cpu() -> f64 {
    cpu_of("self")
}

/// Of the server's processes that work now; background ones are among them.
async fn server_cpu(server: &mut Option<PgConnection>) -> Result<f64, sqlx::Error> {
    let Some(connection) = server else { return Ok(0.0) };
    let processes = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() OR datname IS NULL";
    let processes = sqlx::query(processes).fetch_all(connection).await?;
    Ok(processes.iter().map(|row| cpu_of(&row.get::<i32, _>(0).to_string())).sum())
}
