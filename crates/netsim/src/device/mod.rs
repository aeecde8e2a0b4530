//! Devices: each plans its local day and then acts on it, event by event.
//!
//! - [`Device`]: one card in one device, its sessions and its own random numbers.
//! - [`DayPlan`]: what a device means to do in a day; [`meter`], [`vehicle`], [`fixed`] write them.
//! - [`traffic`]: how many octets that comes to.
//!
//! A device is told what to do by [`Act`]s that come due; it answers with accounting records and further acts.

mod day;
mod fixed;
mod kind;
mod meter;
pub mod traffic;
mod vehicle;

pub use day::{Act, Calendar, DayPlan, Density};
pub use kind::Kind;

use crate::{
    gateway::Allocator,
    record::{Place, RAT_NR, Record, SessionRecord, Status, Subscriber},
    world::World,
};
use opencmp_domain::Timestamp;
use opencmp_radius::threegpp::Plmn;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::net::{Ipv4Addr, Ipv6Addr};
use traffic::{day_factor, day_start, local_day, mix};

/// A device as it is put into the world.
#[derive(Clone, Debug)]
pub struct DeviceSpec {
    pub subscriber: Subscriber,
    pub kind: Kind,
    /// One APN, or two that are in use at the same time.
    pub apns: [Option<&'static str>; 2],
    pub gateway: u16,
    /// Index of the cell at home.
    pub home: u32,
    /// It talks from here on …
    pub from: Timestamp,
    /// … until here.
    pub until: Timestamp,
    pub quirk: Quirk,
}

/// What is out of the ordinary with a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quirk {
    None,
    /// Loses and regains its session within the same second, in bursts (設備同一秒斷連線).
    Flaps,
    /// Falls silent without a Stop.
    Fades,
    /// The card turns up in another device.
    Swaps {
        at: Timestamp,
        imeisv: [u8; 16],
    },
    /// In another country's network for a while.
    Abroad {
        from: Timestamp,
        until: Timestamp,
        network: Plmn,
        quarter_hours: i8,
    },
}

#[derive(Debug)]
pub(crate) struct Device {
    pub spec: DeviceSpec,
    rng: ChaCha8Rng,
    /// Stable number that its habits are derived from.
    habit: u64,
    /// Its share of its kind's traffic.
    scale: f64,
    here: u32,
    /// An interruption lasts until then.
    away_until: Timestamp,
    links: [Link; 2],
}

#[derive(Debug, Default)]
struct Link {
    open: Option<Open>,
    /// Counts sessions, so that an act meant for an earlier one is known.
    serial: u32,
}

/// An open session.
#[derive(Clone, Copy, Debug)]
struct Open {
    charging_id: u32,
    address: Ipv4Addr,
    prefix: Option<Ipv6Addr>,
    imeisv: [u8; 16],
    started_at: Timestamp,
    /// Until when its traffic is counted.
    booked_at: Timestamp,
    uplink: u64,
    downlink: u64,
}

/// What a device reaches while it acts.
pub(crate) struct Surroundings<'c> {
    pub world: &'c World,
    pub calendar: Calendar,
    pub gateways: &'c mut [Allocator],
    /// Records to send, in order.
    pub records: &'c mut Vec<Record>,
    /// Acts to come.
    pub later: &'c mut Vec<(Timestamp, Act)>,
}

impl Device {
    pub fn new(spec: DeviceSpec, seed: u64, index: u32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(u64::from(index) + 1);
        let habit = mix(seed ^ u64::from(index) << 20);
        let scale = rng.random_range(0.55..1.7);
        let away_until = Timestamp::default();
        Self { here: spec.home, spec, rng, habit, scale, away_until, links: Default::default() }
    }

    pub fn is_connected(&self) -> bool {
        self.links.iter().any(|link| link.open.is_some())
    }

    pub fn act(&mut self, now: Timestamp, act: Act, around: &mut Surroundings<'_>) {
        match act {
            Act::Day => self.plan(now, around),
            Act::Connect { link } => self.connect(now, link, around),
            Act::Disconnect { link, cause } => self.disconnect(now, link, cause, around),
            Act::Update { link, serial } => self.update(now, link, serial, around),
            Act::Move => self.travel(now, around),
            Act::Flap => self.flap(now, around),
            Act::Vanish => self.drop_sessions(now, i64::MAX, around),
        }
    }

    /// Plans what is left of the local day and comes back on the next.
    fn plan(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
        let number = local_day(now);
        if now >= self.spec.until {
            for link in 0..2 {
                self.disconnect(now, link, 6, around); // Admin-Reset
            }
            return;
        }
        let connected = self.is_connected() || now < self.away_until;
        let mut day = DayPlan::new(number, now, connected, self.habit, around.calendar, &mut self.rng);
        self.spec.kind.plan(&mut day);
        day.quirk(&self.spec.quirk);
        around.later.append(&mut day.acts);
        self.away_until = day.away_until.unwrap_or(self.away_until).max(self.away_until);
        around.later.push((day_start(number + 1), Act::Day));
    }

    fn connect(&mut self, now: Timestamp, link: usize, around: &mut Surroundings<'_>) {
        let apn = self.spec.apns.get(link).copied().flatten();
        let (Some(slot), Some(_)) = (self.links.get_mut(link), apn) else { return };
        let gateway = around.gateways.get_mut(usize::from(self.spec.gateway));
        let (None, Some(gateway)) = (slot.open, gateway) else { return };
        if now < self.spec.from || now >= self.spec.until {
            return;
        }
        let traffic = self.spec.kind.traffic();
        let noise = self.scale * self.rng.random_range(0.8..1.25);
        slot.serial += 1;
        slot.open = Some(Open {
            charging_id: gateway.charging_id(),
            address: gateway.address(),
            prefix: (self.spec.kind.rat() == RAT_NR).then(|| gateway.prefix()),
            imeisv: match self.spec.quirk {
                Quirk::Swaps { at, imeisv } if now >= at => imeisv,
                _ => self.spec.subscriber.imeisv,
            },
            started_at: now,
            booked_at: now,
            uplink: (traffic.first.0 * noise) as u64,
            downlink: (traffic.first.1 * noise) as u64,
        });
        let serial = slot.serial;
        self.tell(now, link, Status::Start, None, around);
        self.schedule_update(now, link, serial, around);
    }

    fn disconnect(&mut self, now: Timestamp, link: usize, cause: u16, around: &mut Surroundings<'_>) {
        self.book(now, link);
        self.tell(now, link, Status::Stop, Some(cause), around);
        if let Some(link) = self.links.get_mut(link) {
            link.open = None;
        }
    }

    fn update(&mut self, now: Timestamp, link: usize, serial: u32, around: &mut Surroundings<'_>) {
        if self.links.get(link).is_some_and(|link| link.open.is_some() && link.serial == serial) {
            self.interim(now, link, around);
            self.schedule_update(now, link, serial, around);
        }
    }

    fn interim(&mut self, now: Timestamp, link: usize, around: &mut Surroundings<'_>) {
        self.book(now, link);
        self.tell(now, link, Status::Interim, None, around);
    }

    /// Goes to a neighbouring cell; the gateway tells of it at once.
    fn travel(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
        let near = around.world.near(self.here);
        if !near.is_empty() {
            // Mostly onwards, now and then straight home.
            self.here = match self.rng.random_range(0..12) {
                0 => self.spec.home,
                n => near.get(n % near.len()).copied().unwrap_or(self.spec.home),
            };
        }
        for link in 0..2 {
            self.interim(now, link, around);
        }
    }

    fn flap(&mut self, now: Timestamp, around: &mut Surroundings<'_>) {
        if self.links.first().is_some_and(|link| link.open.is_some()) {
            self.disconnect(now, 0, 2, around); // Lost-Carrier
            self.connect(now, 0, around);
        }
    }

    /// Forgets open sessions without a Stop. They are set up anew within `within_secs`, unless that is for ever.
    pub fn drop_sessions(&mut self, now: Timestamp, within_secs: i64, around: &mut Surroundings<'_>) {
        for (index, link) in self.links.iter_mut().enumerate() {
            if link.open.take().is_some() && within_secs < i64::MAX {
                let pause = self.rng.random_range(5_000_000..within_secs * 1_000_000);
                around.later.push((Timestamp(now.0 + pause), Act::Connect { link: index }));
            }
        }
    }

    fn schedule_update(&mut self, now: Timestamp, link: usize, serial: u32, around: &mut Surroundings<'_>) {
        let due = around.calendar.next_update(now, self.spec.kind, &mut self.rng);
        around.later.extend(due.map(|at| (at, Act::Update { link, serial })));
    }

    /// Counts the traffic since the last record.
    fn book(&mut self, now: Timestamp, link: usize) {
        let Some(open) = self.links.get_mut(link).and_then(|link| link.open.as_mut()) else { return };
        let traffic = self.spec.kind.traffic();
        let share = if link == 0 { 1.0 } else { 0.06 };
        let hours = traffic.curve.hours(open.booked_at, now)
            * day_factor(self.habit, local_day(now))
            * self.scale
            * share;
        open.uplink += (traffic.hourly.0 * hours * self.rng.random_range(0.85..1.15)) as u64;
        open.downlink += (traffic.hourly.1 * hours * self.rng.random_range(0.85..1.15)) as u64;
        open.booked_at = now;
    }

    fn tell(
        &mut self,
        now: Timestamp,
        link: usize,
        status: Status,
        cause: Option<u16>,
        around: &mut Surroundings<'_>,
    ) {
        let apn = self.spec.apns.get(link).copied().flatten();
        let open = self.links.get(link).and_then(|link| link.open);
        let (Some(open), Some(apn)) = (open, apn) else { return };
        let place = self.place(now, around.world);
        around.records.push(Record {
            gateway: self.spec.gateway,
            status,
            at: now,
            session: Some(SessionRecord {
                subscriber: Subscriber { imeisv: open.imeisv, ..self.spec.subscriber },
                apn,
                charging_id: open.charging_id,
                nsapi: 5 + link as u8,
                address: open.address,
                prefix: open.prefix,
                place,
                started_at: open.started_at,
                uplink: open.uplink,
                downlink: open.downlink,
                cause,
                last_bearer: status == Status::Stop,
            }),
        });
    }

    fn place(&self, now: Timestamp, world: &World) -> Place {
        let rat = self.spec.kind.rat();
        let (tac, eci) = world.cells.get(self.here as usize).map_or((1, 1), |cell| (cell.tac, cell.eci));
        match self.spec.quirk {
            Quirk::Abroad { from, until, network, quarter_hours } if (from..until).contains(&now) => {
                // No map of other countries: cells that stay the same as long as the device doesn't move.
                let hash = mix(u64::from(eci));
                let cell = hash & 0xFFF_FFFF;
                Place { plmn: network, rat, area: 0x1000 | (hash >> 40) as u32 & 0xFFF, cell, quarter_hours }
            }
            _ => {
                let plmn = crate::gateway::home_network();
                let cell = if rat == RAT_NR { u64::from(eci) << 8 | 1 } else { u64::from(eci) };
                Place { plmn, rat, area: u32::from(tac), cell, quarter_hours: 32 }
            }
        }
    }
}
