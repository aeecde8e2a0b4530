//! The demo fleet: three invented Taiwanese customers of an operator, with their SIMs, and the gateways that serve them.
//!
//! - [`customers`] – who they are: lines of devices with their groups, plans, APNs and habits.
//! - [`numbers`] – identifiers that are well-formed and nobody's.
//!
//! [`fleet`] makes of them an inventory for the store and a [`Fleet`] for the [`Core`](crate::Core).

mod customers;
mod numbers;

use crate::{
    core::Fleet,
    device::{DeviceSpec, Kind, Quirk, traffic::mix},
    gateway::{Gateway, Style, network},
    world::{Village, World},
};
use customers::{CUSTOMERS, Customer, Line, Oddity};
use opencmp_domain::{Day, ServiceState, Timestamp, sim::SimImport, time::DEFAULT_ZONE};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use std::net::Ipv4Addr;

/// The size that `opencmp serve --demo` starts with.
pub const DEFAULT_SIMS: u32 = 2_400;
/// More SIMs than this would run out of numbers.
pub const MAX_SIMS: u32 = 200_000;

#[derive(Clone, Copy, Debug)]
pub struct DemoConfig {
    pub seed: u64,
    /// SIMs in the inventory, at most [`MAX_SIMS`].
    pub sims: u32,
    /// When people begin to look on: batch dates and histories end here.
    pub live_from: Timestamp,
}

/// What a demo server needs to know of the network and its customers.
#[derive(Debug)]
pub struct Demo {
    pub tenants: Vec<DemoTenant>,
    /// The gateways, to be entered into the gateway list with their secrets, and the devices, a few of which are in
    /// nobody's inventory.
    pub fleet: Fleet,
}

#[derive(Debug)]
pub struct DemoTenant {
    pub name: &'static str,
    pub time_zone: &'static str,
    /// Day of the month on which billing cycles begin.
    pub cycle_day: u32,
    pub sims: Vec<SimImport>,
}

/// Makes the demo's customers and network. The same configuration gives the same fleet.
pub fn fleet(config: DemoConfig) -> Demo {
    let mut maker = Maker {
        world: World::taiwan(),
        live_from: config.live_from,
        rng: ChaCha8Rng::seed_from_u64(config.seed),
        fleet: Fleet { gateways: gateways(), devices: Vec::with_capacity(config.sims as usize + 8) },
    };
    let sims = config.sims.min(MAX_SIMS);
    let tenants = CUSTOMERS.iter().map(|customer| maker.customer(customer, sims)).collect();
    maker.strangers();
    Demo { tenants, fleet: maker.fleet }
}

/// Two P-GWs and an SMF, on loopback addresses of their own.
pub fn gateways() -> Vec<Gateway> {
    let gateway = |name, last, style, secret| {
        Gateway::new(name, Ipv4Addr::new(127, 0, 0, last), Ipv4Addr::new(10, 92, last, 1), style, secret)
    };
    vec![
        gateway("tpe-pgw-01", 11, Style::Packed, "demo-tpe-pgw-01"),
        gateway("khh-pgw-02", 12, Style::Separate, "demo-khh-pgw-02"),
        gateway("tpe-smf-01", 13, Style::Smf, "demo-tpe-smf-01"),
    ]
}

struct Maker {
    world: &'static World,
    live_from: Timestamp,
    rng: ChaCha8Rng,
    fleet: Fleet,
}

impl Maker {
    fn customer(&mut self, customer: &Customer, sims: u32) -> DemoTenant {
        let mut imports = Vec::new();
        for line in customer.lines {
            let count = (u64::from(line.count) * u64::from(sims)).div_ceil(u64::from(DEFAULT_SIMS)) as u32;
            for number in 1..=count {
                let serial = imports.len() as u32;
                imports.push(self.sim(customer, line, number, serial));
            }
        }
        DemoTenant {
            name: customer.name,
            time_zone: DEFAULT_ZONE.name(),
            cycle_day: customer.cycle_day,
            sims: imports,
        }
    }

    /// One SIM: its line in the inventory and its device.
    fn sim(&mut self, customer: &Customer, line: &Line, number: u32, serial: u32) -> SimImport {
        let (region, county) = line.counties.choose(&mut self.rng).copied().unwrap_or(("", ""));
        let villages = self.world.villages_of(county);
        let village = villages.choose(&mut self.rng).copied();
        let numbers = numbers::Numbers::new(customer.block, serial, line.tacs, &mut self.rng);
        let state = self.state(line);
        let age_days = self.age_days(line, state);
        let delivered = Timestamp(self.live_from.0 - age_days * 86_400_000_000);
        let (from, until) = self.life(delivered, state);
        let quirk = self.quirk(line, number, &numbers);
        self.fleet.devices.push(DeviceSpec {
            subscriber: numbers.subscriber(),
            kind: line.kind,
            apns: [
                Some(line.apn),
                line.second_apn.filter(|_| mix(u64::from(serial)) % 100 < line.second_apn_percent),
            ],
            gateway: line.gateway,
            home: village.map_or(0, |village| self.world.cell_at(village.lon, village.lat)),
            from,
            until,
            quirk,
        });
        SimImport {
            line: u64::from(serial) + 2,
            msisdn: numbers.msisdn(),
            iccid: numbers.iccid(),
            imsi: numbers.imsi(),
            imei: numbers.imei(),
            apn: line.apn.parse().ok(),
            batch: Some(Day::of(delivered, DEFAULT_ZONE).to_string()),
            name: Some((line.name)(village.unwrap_or(&NOWHERE), number)),
            group: Some(line.group.replace("{region}", region).replace("{county}", county)),
            plan: line.plans.choose(&mut self.rng).map(|plan| (*plan).to_owned()),
            tags: line.tag.map(|tag| vec![tag.to_owned()]),
            service_state: Some(state),
            fields: Vec::new(),
        }
    }

    fn state(&mut self, line: &Line) -> ServiceState {
        if line.always_active {
            return ServiceState::Active;
        }
        match self.rng.random_range(0..1000) {
            0..=44 => ServiceState::Test,
            45..=94 => ServiceState::Suspended,
            95..=119 => ServiceState::Deactivated,
            _ => ServiceState::Active,
        }
    }

    /// Cards on trial or in stock are of the newest batches.
    fn age_days(&mut self, line: &Line, state: ServiceState) -> i64 {
        let newest = line.batch_ages.last().copied().unwrap_or(30);
        match state {
            ServiceState::Test | ServiceState::Suspended => newest,
            _ => line.batch_ages.choose(&mut self.rng).copied().unwrap_or(newest),
        }
    }

    /// From when until when a device talks: installed some days after delivery, silent in stock and once disabled.
    fn life(&mut self, delivered: Timestamp, state: ServiceState) -> (Timestamp, Timestamp) {
        let installed = delivered.plus_secs(self.rng.random_range(2 * 86_400..12 * 86_400));
        let never_ends = Timestamp(i64::MAX / 2);
        match state {
            ServiceState::Suspended | ServiceState::Terminated => (never_ends, never_ends),
            ServiceState::Deactivated => {
                let ended = self.live_from.plus_secs(-self.rng.random_range(86_400..70 * 86_400));
                (installed, ended)
            }
            ServiceState::Test | ServiceState::Active => (installed, never_ends),
        }
    }

    fn quirk(&mut self, line: &Line, number: u32, numbers: &numbers::Numbers) -> Quirk {
        let oddity = line.oddities.iter().find(|(numbers, _)| numbers.contains(&number));
        match oddity.map(|(_, oddity)| *oddity) {
            None => Quirk::None,
            Some(Oddity::Flaps) => Quirk::Flaps,
            Some(Oddity::Fades) => Quirk::Fades,
            Some(Oddity::SwapsAfterSecs(secs)) => Quirk::Swaps {
                at: self.live_from.plus_secs(secs),
                imeisv: numbers.other_device("35806502", &mut self.rng),
            },
            Some(Oddity::NewSoftwareAfterSecs(secs)) => {
                Quirk::Swaps { at: self.live_from.plus_secs(secs), imeisv: numbers.other_software() }
            }
            Some(Oddity::Abroad { network: digits, quarter_hours }) => {
                let days = self.rng.random_range(8..35);
                let from = self.live_from.plus_secs(-days * 86_400);
                let until = self.live_from.plus_secs((days % 7 + 1) * 86_400);
                Quirk::Abroad { from, until, network: network(digits), quarter_hours }
            }
        }
    }

    /// Cards that no customer has in the inventory.
    fn strangers(&mut self) {
        for (number, kind) in (0..).zip([
            Kind::VendingMachine,
            Kind::VendingMachine,
            Kind::Sensor,
            Kind::Scooter,
            Kind::Meter,
            Kind::Station,
        ]) {
            let numbers = numbers::Numbers::new(9, 17 * number + 3, &["86307101"], &mut self.rng);
            let home = self.rng.random_range(0..self.world.cells.len()) as u32;
            self.fleet.devices.push(DeviceSpec {
                subscriber: numbers.subscriber(),
                kind,
                apns: [Some("internet.iot"), None],
                gateway: (number % 2) as u16,
                home,
                from: self.live_from.plus_secs(-self.rng.random_range(3600..20 * 86_400)),
                until: Timestamp(i64::MAX / 2),
                quirk: Quirk::None,
            });
        }
    }
}

const NOWHERE: Village =
    Village { county: String::new(), town: String::new(), name: String::new(), lon: 121.0, lat: 24.0 };
