//! Where SIMs belong: tenant, group and tags, interned. A SIM holds four octets of it, and what a change of the rules means
//! is worked out once for each place, not for each SIM.

use crate::alerts::{Rules, Watch};
use opencmp_domain::{GroupId, TenantId, sim::SimInventory};
use rustc_hash::FxHashMap;

/// Numbers of places in memory; 0 is of SIMs that aren't in the inventory.
pub(crate) struct Placements {
    all: Vec<Placement>,
    by_key: FxHashMap<Key, u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Key {
    tenant: Option<TenantId>,
    group: Option<GroupId>,
    tags: Box<[String]>,
    calendar: u16,
}

#[derive(Default)]
pub(crate) struct Placement {
    key: Key,
    /// What is looked out for there.
    pub watch: Watch,
}

impl Placement {
    pub fn tenant(&self) -> Option<TenantId> {
        self.key.tenant
    }

    pub fn group(&self) -> Option<GroupId> {
        self.key.group
    }

    pub fn tags(&self) -> &[String] {
        &self.key.tags
    }

    /// A place among the fleet's calendars.
    pub fn calendar(&self) -> usize {
        self.key.calendar.into()
    }
}

impl Placements {
    pub fn new() -> Self {
        Self { all: vec![Placement::default()], by_key: std::iter::once((Key::default(), 0)).collect() }
    }

    /// The place of a SIM of the inventory.
    pub fn of(&mut self, sim: &SimInventory, calendar: u16, rules: &Rules) -> u32 {
        let mut tags: Box<[String]> = sim.tenant.map(|_| sim.tags.as_slice().into()).unwrap_or_default();
        tags.sort_unstable();
        let key = Key { tenant: sim.tenant, group: sim.tenant.and(sim.group), tags, calendar };
        if let Some(&place) = self.by_key.get(&key) {
            return place;
        }
        let place = self.all.len() as u32;
        let mut placement = Placement { key: key.clone(), watch: Watch::default() };
        placement.watch = rules.watch(&placement);
        self.all.push(placement);
        self.by_key.insert(key, place);
        place
    }

    #[inline]
    pub fn at(&self, place: u32) -> Option<&Placement> {
        self.all.get(place as usize)
    }

    /// Other rules hold from here on.
    pub fn follow(&mut self, rules: &Rules) {
        for placement in &mut self.all {
            placement.watch = rules.watch(placement);
        }
    }
}
