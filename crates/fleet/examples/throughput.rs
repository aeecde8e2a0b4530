//! Nanoseconds per record and octets per SIM, for fleets of 10,000 to 1,000,000 SIMs with one open session each.
//!
//! `cargo run --release -p opencmp-fleet --example throughput [SIMs ...]`

use opencmp_domain::{
    Imei, Imsi, Msisdn, NasId, Plmn, RatType, ServiceState, SimId, TenantId, Timestamp, sim::SimInventory,
    time::DEFAULT_ZONE,
};
use opencmp_fleet::{AccountingRecord, Effects, Fleet, FleetConfig, StatusType};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

/// Counts what is allocated.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `pointer` came from `alloc` above, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const START: i64 = 1_795_406_400;
const INTERVAL: i64 = 3600;
const BATCH: usize = 512;
const WARM: usize = 32;

/// 466-92.
const PLMN: Plmn = Plmn::from_bits(466 << 16 | 92);

struct Subscriber {
    imsi: Imsi,
    msisdn: Msisdn,
    imei: Imei,
    session: String,
    address: [u8; 4],
}

fn main() {
    let asked: Vec<u32> = std::env::args().skip(1).filter_map(|count| count.parse().ok()).collect();
    let counts = if asked.is_empty() { vec![10_000, 100_000, 1_000_000] } else { asked };
    counts.into_iter().for_each(measure);
}

fn measure(sims: u32) {
    let subscribers: Vec<Subscriber> = (0..sims).map(subscriber).collect();
    let order = shuffled(sims);
    let before = ALLOCATED.load(Ordering::Relaxed);
    let mut bench = Bench {
        fleet: Fleet::new(FleetConfig { expected_sims: sims as usize, ..FleetConfig::default() }),
        effects: Effects::default(),
        pieces: 0,
    };

    for (number, subscriber) in (1..).zip(&subscribers) {
        bench.fleet.upsert_sim(&inventory(number, subscriber), DEFAULT_ZONE, 1);
    }
    let octets = ALLOCATED.load(Ordering::Relaxed) - before;
    println!("{sims:>9} SIMs: {} octets per SIM of the inventory", octets / sims as usize);

    let starts = subscribers.iter().enumerate().map(|(place, subscriber)| {
        let at = START + (place as i64 * INTERVAL) / i64::from(sims);
        record(subscriber, StatusType::Start, at, 0, 0)
    });
    let nanos = bench.apply_all(starts);
    println!("{sims:>9} SIMs: Start {nanos} ns");

    for round in 1..=3 {
        let updates = order.iter().enumerate().filter_map(|(place, &sim)| {
            let at = START + round * INTERVAL + (place as i64 * INTERVAL) / i64::from(sims);
            let started = START + (i64::from(sim) * INTERVAL) / i64::from(sims);
            let subscriber = subscribers.get(sim as usize)?;
            Some(record(subscriber, StatusType::Interim, at, at - started, round as u64 * 100_000))
        });
        let nanos = bench.apply_all(updates);
        println!("{sims:>9} SIMs: Interim, round {round}, in random order {nanos} ns");
    }

    bench.settle();
    let octets = ALLOCATED.load(Ordering::Relaxed) - before;
    println!(
        "{sims:>9} SIMs: {} octets per SIM with its session, {} MB",
        octets / sims as usize,
        octets >> 20
    );

    let begun = Instant::now();
    for quarter in 1..=4 {
        bench
            .fleet
            .sweep(Timestamp::from_secs(START + 4 * INTERVAL + quarter * INTERVAL / 4), &mut bench.effects);
        bench.settle();
    }
    println!(
        "{sims:>9} SIMs: four sweeps, some overdue {} ns",
        begun.elapsed().as_nanos() / u128::from(sims)
    );

    let stops = order.iter().filter_map(|&sim| {
        let started = START + (i64::from(sim) * INTERVAL) / i64::from(sims);
        let at = START + 5 * INTERVAL;
        Some(record(subscribers.get(sim as usize)?, StatusType::Stop, at, at - started, 1_000_000))
    });
    let nanos = bench.apply_all(stops);
    println!("{sims:>9} SIMs: Stop {nanos} ns; {} usage pieces\n", bench.pieces);
}

struct Bench {
    fleet: Fleet,
    effects: Effects,
    pieces: usize,
}

impl Bench {
    /// As the applier does it: by the batch, look-ups together. Nanoseconds per record, the median of the batches, so that
    /// what else the machine does shows less.
    fn apply_all<'a>(&mut self, records: impl Iterator<Item = AccountingRecord<'a>>) -> u128 {
        let mut nanos = Vec::new();
        let mut batch = Vec::with_capacity(BATCH);
        let mut records = records.peekable();
        while records.peek().is_some() {
            batch.clear();
            batch.extend(records.by_ref().take(BATCH));
            let begun = Instant::now();
            for few in batch.chunks(WARM) {
                self.fleet.warm(few.iter());
                for record in few {
                    assert!(!self.fleet.needs_history(record));
                    self.fleet.apply(record, &mut self.effects);
                }
            }
            self.settle();
            nanos.push(begun.elapsed().as_nanos() / batch.len().max(1) as u128);
        }
        nanos.sort_unstable();
        nanos.get(nanos.len() / 2).copied().unwrap_or_default()
    }

    fn settle(&mut self) {
        self.pieces += self.effects.usage.len();
        self.fleet.take_unsaved();
        self.fleet.settle(&mut self.effects);
    }
}

fn record<'a>(
    subscriber: &'a Subscriber,
    status: StatusType,
    at: i64,
    session_secs: i64,
    octets: u64,
) -> AccountingRecord<'a> {
    AccountingRecord {
        imsi: Some(subscriber.imsi),
        msisdn: Some(subscriber.msisdn),
        imei: Some(subscriber.imei),
        apn: Some("internet.iot"),
        nsapi: Some(5),
        uplink: Some(octets),
        downlink: Some(octets * 3),
        session_secs: u32::try_from(session_secs).ok(),
        rat: Some(RatType::EUTRAN),
        plmn: Some(PLMN),
        ipv4: Some(subscriber.address),
        ..AccountingRecord::new(NasId(1), status, subscriber.session.as_bytes(), Timestamp::from_secs(at))
    }
}

fn subscriber(number: u32) -> Subscriber {
    let parsed = (
        format!("46692{number:010}").parse(),
        format!("886400{number:09}").parse(),
        format!("86642503{number:06}01", number = number % 1_000_000).parse(),
    );
    let (Ok(imsi), Ok(msisdn), Ok(imei)) = parsed else { unreachable!("well-formed numbers") };
    Subscriber {
        imsi,
        msisdn,
        imei,
        session: format!("5c3c804d{number:08x}"),
        address: (0x0A00_0001 + number).to_be_bytes(),
    }
}

fn inventory(number: i64, subscriber: &Subscriber) -> SimInventory {
    SimInventory {
        id: SimId(number),
        tenant: Some(TenantId(1)),
        group: None,
        plan: None,
        msisdn: Some(subscriber.msisdn),
        iccid: None,
        imsi: Some(subscriber.imsi),
        imei: None,
        apn: None,
        batch: None,
        name: None,
        tags: Vec::new(),
        service_state: ServiceState::Active,
        state_changed_at: None,
        created_at: Timestamp::from_secs(START),
    }
}

/// 0 to `count` in an order without locality.
fn shuffled(count: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..count).collect();
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    for place in (1..order.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(place, (state % (place as u64 + 1)) as usize);
    }
    order
}
