//! The simulated mobile core: a queue of what comes due, on simulated time. The same seed, fleet and start give the same
//! records, however the run is cut into pieces.

use crate::{
    device::{
        Act, Calendar, Device, DeviceSpec, Surroundings,
        traffic::{day_start, local_day},
    },
    gateway::{Allocator, Gateway},
    record::{MAX_PACKET, Record, Status},
    world::World,
};
use opencmp_domain::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{cmp::Reverse, collections::BinaryHeap};

/// Gateways and the devices behind them.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    pub gateways: Vec<Gateway>,
    pub devices: Vec<DeviceSpec>,
}

/// A record, and when it reaches the server: as a rule at once, a little later after trouble on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delivery {
    pub received_at: Timestamp,
    pub record: Record,
}

impl Delivery {
    /// Acct-Delay-Time.
    pub fn delay_secs(&self) -> u32 {
        u32::try_from(self.received_at.secs_since(self.record.at)).unwrap_or(0)
    }
}

/// A delivery as the server's socket would have seen it.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedPacket<'p> {
    pub received_at: Timestamp,
    /// Index into the fleet's gateways.
    pub gateway: usize,
    pub octets: &'p [u8],
}

pub struct Core {
    now: Timestamp,
    calendar: Calendar,
    world: &'static World,
    gateways: Vec<Gateway>,
    allocators: Vec<Allocator>,
    devices: Vec<Device>,
    queue: BinaryHeap<Reverse<Entry>>,
    /// Numbers queue entries, so that those of one instant keep their order.
    sequence: u64,
    rng: ChaCha8Rng,
    records: Vec<Record>,
    later: Vec<(Timestamp, Act)>,
}

/// Ordered by instant, then by number.
#[derive(PartialEq, Eq)]
struct Entry {
    at: Timestamp,
    sequence: u64,
    due: Due,
}

#[derive(PartialEq, Eq)]
enum Due {
    Act(u32, Act),
    Restart(u16),
    /// A record that took its time.
    Late(Box<Record>),
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.sequence).cmp(&(other.at, other.sequence))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Core {
    /// A network in which nobody is connected yet at `start`. Records come thin at first and dense from shortly before
    /// `live_from` on.
    pub fn new(seed: u64, fleet: Fleet, start: Timestamp, live_from: Timestamp) -> Self {
        let gateways = fleet.gateways;
        let mut core = Self {
            now: start,
            calendar: Calendar { live_from },
            world: World::taiwan(),
            allocators: (0..gateways.len()).map(|index| Allocator::new(index as u16)).collect(),
            gateways,
            devices: Vec::with_capacity(fleet.devices.len()),
            queue: BinaryHeap::with_capacity(fleet.devices.len() * 4),
            sequence: 0,
            rng: ChaCha8Rng::seed_from_u64(seed),
            records: Vec::new(),
            later: Vec::new(),
        };
        for (index, spec) in fleet.devices.into_iter().enumerate() {
            let at = spec.from.max(start);
            let index = index as u32;
            core.devices.push(Device::new(spec, seed, index));
            core.schedule(at, Due::Act(index, Act::Day));
        }
        for gateway in 0..core.gateways.len() as u16 {
            core.schedule_restart(gateway);
        }
        core
    }

    pub fn gateways(&self) -> &[Gateway] {
        &self.gateways
    }

    /// The instant up to which everything has happened.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When something will happen next.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.queue.peek().map(|Reverse(entry)| entry.at)
    }

    /// Devices with an open session.
    pub fn connected(&self) -> usize {
        self.devices.iter().filter(|device| device.is_connected()).count()
    }

    /// Lets time pass until `until`, inclusive, and hands out what the gateways send meanwhile, in order of receipt.
    pub fn run_until(&mut self, until: Timestamp, mut deliver: impl FnMut(&[Gateway], Delivery)) {
        while self.next_at().is_some_and(|at| at <= until) {
            let Some(Reverse(entry)) = self.queue.pop() else { break };
            self.now = entry.at;
            match entry.due {
                Due::Act(device, act) => self.act(device, act),
                Due::Restart(gateway) => self.restart(gateway),
                Due::Late(record) => {
                    deliver(&self.gateways, Delivery { received_at: self.now, record: *record });
                }
            }
            let mut records = std::mem::take(&mut self.records);
            for record in records.drain(..) {
                if self.rng.random_ratio(1, 400) {
                    let late = self.rng.random_range(3_000_000..90_000_000);
                    self.schedule(Timestamp(self.now.0 + late), Due::Late(Box::new(record)));
                } else {
                    deliver(&self.gateways, Delivery { received_at: self.now, record });
                }
            }
            self.records = records;
        }
        self.now = self.now.max(until);
    }

    /// [`Core::run_until`] with every record as a signed packet.
    pub fn packets_until(&mut self, until: Timestamp, mut receive: impl FnMut(ReceivedPacket<'_>)) {
        let mut buffer = [0; MAX_PACKET];
        let mut identifier = 0u8;
        self.run_until(until, |gateways, delivery| {
            let index = usize::from(delivery.record.gateway);
            let Some(gateway) = gateways.get(index) else { return };
            identifier = identifier.wrapping_add(1);
            let encoded = delivery.record.encode(gateway, identifier, delivery.delay_secs(), &mut buffer);
            if let Ok(octets) = encoded {
                receive(ReceivedPacket { received_at: delivery.received_at, gateway: index, octets });
            }
        });
    }

    fn act(&mut self, index: u32, act: Act) {
        let Some(device) = self.devices.get_mut(index as usize) else { return };
        let mut around = Surroundings {
            world: self.world,
            calendar: self.calendar,
            gateways: &mut self.allocators,
            records: &mut self.records,
            later: &mut self.later,
        };
        device.act(self.now, act, &mut around);
        self.schedule_acts(index);
    }

    /// The gateway says Accounting-On and knows nothing of its sessions any more; the devices come back one by one.
    fn restart(&mut self, gateway: u16) {
        self.records.push(Record { gateway, status: Status::On, at: self.now, session: None });
        for index in 0..self.devices.len() {
            let Some(device) = self.devices.get_mut(index) else { break };
            if device.spec.gateway == gateway && device.is_connected() {
                let mut around = Surroundings {
                    world: self.world,
                    calendar: self.calendar,
                    gateways: &mut self.allocators,
                    records: &mut self.records,
                    later: &mut self.later,
                };
                device.drop_sessions(self.now, 480, &mut around);
                self.schedule_acts(index as u32);
            }
        }
        self.schedule_restart(gateway);
    }

    /// Maintenance in the small hours, every few weeks.
    fn schedule_restart(&mut self, gateway: u16) {
        let day = local_day(self.now) + self.rng.random_range(20..40);
        let at = day_start(day).plus_secs(self.rng.random_range(3 * 3600..4 * 3600));
        self.schedule(at, Due::Restart(gateway));
    }

    fn schedule_acts(&mut self, device: u32) {
        let mut later = std::mem::take(&mut self.later);
        for (at, act) in later.drain(..) {
            self.schedule(at, Due::Act(device, act));
        }
        self.later = later;
    }

    fn schedule(&mut self, at: Timestamp, due: Due) {
        self.sequence += 1;
        self.queue.push(Reverse(Entry { at: at.max(self.now), sequence: self.sequence, due }));
    }
}
