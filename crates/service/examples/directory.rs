//! What a list costs at a given size: `cargo run --release -p opencmp-service --example directory -- 1000000`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use opencmp_domain::{
    ConnectionState, Day, GroupId, LastMessage, Scope, ServiceState, SimId, TenantId, Timestamp,
    query::{SearchKind, SimColumn, SimQuery, Sort, StateFilter},
    sim::{GroupChoice, SimInventory, TenantChoice},
};
use opencmp_service::{Current, Directory, LiveState, Names};
use std::time::{Duration, Instant};

const TODAY: Day = Day(20_000);

fn current(_: TenantId) -> Current {
    Current { today: TODAY, cycle_start: TODAY }
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn sim(n: i64) -> SimInventory {
    SimInventory {
        id: SimId(n + 1),
        tenant: Some(TenantId(1)),
        group: Some(GroupId(1 + n % 100)),
        plan: None,
        msisdn: format!("0400010{n:06}").parse().ok(),
        iccid: format!("8988692{:011}", n * 7919 % 1_000_000_007).parse().ok(),
        imsi: format!("46692{:010}", n * 104_729 % 9_999_999_967).parse().ok(),
        imei: format!("{:014}", 35_000_000_000_000 + n * 13).parse().ok(),
        apn: "internet.iot".parse().ok(),
        batch: Some(format!("2026-{:02}-{:02}", n % 12 + 1, n % 28 + 1)),
        name: Some(format!("智慧電表 {n:07}")),
        tags: vec![],
        service_state: ServiceState::Active,
        state_changed_at: None,
        created_at: Timestamp(0),
    }
}

fn live(n: i64) -> LiveState {
    let connection = if n % 3 == 0 { ConnectionState::Connected } else { ConnectionState::Disconnected };
    let octets = (n as u64).wrapping_mul(2_654_435_761) % 100_000_000;
    LiveState {
        connection,
        last_message: Some(LastMessage::Alive),
        last_access_at: Some(Timestamp(n * 1000)),
        today: (TODAY, octets),
        cycle: (TODAY, octets * 7),
        ..LiveState::NEVER
    }
}

fn main() {
    let sims: i64 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let directory = Directory::default();
    let tenants = vec![TenantChoice {
        id: TenantId(1),
        name: "t".into(),
        time_zone: "UTC".into(),
        cycle_day: 1,
        sims: 0,
    }];
    let group = |id| GroupChoice { id: GroupId(id), tenant: TenantId(1), name: format!("g{id}"), sims: 0 };
    directory.names_set(Names { tenants, groups: (1..=100).map(group).collect(), plans: vec![] });
    let began = Instant::now();
    for start in (0..sims).step_by(10_000) {
        let rows: Vec<SimInventory> = (start..(start + 10_000).min(sims)).map(sim).collect();
        directory.inventory_upsert(&rows);
    }
    println!("{sims} SIMs in {:?}, {} MiB resident", began.elapsed(), resident_mib());
    let began = Instant::now();
    let changes: Vec<(SimId, LiveState)> =
        (0..sims).map(|n| (SimId((n * 7919) % sims + 1), live(n))).collect();
    for batch in changes.chunks(1000) {
        directory.live_update(batch);
    }
    println!("live update: {} ns a SIM", began.elapsed().as_nanos() / sims as u128);

    let scope = Scope::tenant(TenantId(1));
    let query = |f: &dyn Fn(&mut SimQuery)| {
        let mut query = SimQuery::default();
        f(&mut query);
        query
    };
    let sort = |column| Sort { column, descending: true };
    let cases: Vec<(&str, SimQuery)> = vec![
        ("first page by number", query(&|_| ())),
        ("connected, by number", query(&|q| q.state = StateFilter::Connection(ConnectionState::Connected))),
        ("a group", query(&|q| q.group = Some(GroupId(7)))),
        ("page 10,000 by number", query(&|q| q.page = 10_000)),
        ("by usage today", query(&|q| q.sort = sort(SimColumn::UsageToday))),
        ("by last access", query(&|q| q.sort = sort(SimColumn::LastAccess))),
        ("by name", query(&|q| q.sort = sort(SimColumn::Name))),
        ("number, whole", query(&|q| (q.search, q.text) = (SearchKind::Msisdn, "0400010123456".into()))),
        ("number, part", query(&|q| (q.search, q.text) = (SearchKind::Msisdn, "12345".into()))),
        ("IMEI, part", query(&|q| (q.search, q.text) = (SearchKind::Imei, "350000012".into()))),
        ("ICCID, whole", query(&|q| (q.search, q.text) = (SearchKind::Iccid, "898869200000007919".into()))),
        ("anything, whole IMSI", query(&|q| q.text = "466920000104729".into())),
        ("anything, 7 digits", query(&|q| q.text = "0123456".into())),
        ("anything, 5 digits", query(&|q| q.text = "12345".into())),
        ("anything, 3 digits", query(&|q| q.text = "123".into())),
        ("anything, in all", query(&|q| q.text = "04000".into())),
        ("name, part", query(&|q| (q.search, q.text) = (SearchKind::Name, "0012345".into()))),
    ];
    for (name, query) in cases {
        let first = time(|| drop(directory.page(&scope, &query, None, current)));
        let mut times: Vec<Duration> =
            (0..50).map(|_| time(|| drop(directory.page(&scope, &query, None, current)))).collect();
        times.sort();
        let total = directory.page(&scope, &query, None, current).total;
        println!(
            "{name:24} p50 {:>10.3?}  p98 {:>10.3?}  first {first:>10.3?}  {total} matches",
            times[25], times[48]
        );
    }
    for text in ["1", "123", "12345", "0123456", "電表 0012", "nothing"] {
        let mut times: Vec<Duration> =
            (0..50).map(|_| time(|| drop(directory.quick_search(&scope, text, 8, current)))).collect();
        times.sort();
        println!("search box {text:13} p50 {:>10.3?}  p98 {:>10.3?}", times[25], times[48]);
    }
    println!("{} MiB resident", resident_mib());
}

fn time(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}
