//! Gateways: which sessions each has open, and when it last restarted.

use opencmp_domain::NasId;
use rustc_hash::FxHashMap;

#[derive(Default)]
pub(crate) struct Gateways {
    gateways: Vec<Gateway>,
    by_id: FxHashMap<i64, u32>,
}

pub(crate) struct Gateway {
    pub id: NasId,
    /// Slots of open sessions, in no order; each session knows its place.
    pub open: Vec<u32>,
    /// Event time of the latest Accounting-On or -Off; 0: none heard.
    pub restarted: u32,
}

impl Gateways {
    pub fn number(&mut self, id: NasId) -> u32 {
        if let Some(&number) = self.by_id.get(&id.0) {
            return number;
        }
        let number = self.gateways.len() as u32;
        self.gateways.push(Gateway { id, open: Vec::new(), restarted: 0 });
        self.by_id.insert(id.0, number);
        number
    }

    pub fn known(&self, id: NasId) -> Option<u32> {
        self.by_id.get(&id.0).copied()
    }

    pub fn get(&self, number: u32) -> Option<&Gateway> {
        self.gateways.get(number as usize)
    }

    pub fn get_mut(&mut self, number: u32) -> Option<&mut Gateway> {
        self.gateways.get_mut(number as usize)
    }

    pub fn restarted(&self, number: u32) -> u32 {
        self.get(number).map_or(0, |gateway| gateway.restarted)
    }

    /// Adds an open session; says at which place.
    pub fn add_open(&mut self, number: u32, session: u32) -> u32 {
        let Some(gateway) = self.get_mut(number) else { return 0 };
        gateway.open.push(session);
        gateway.open.len() as u32 - 1
    }

    /// Takes the session at `place` out; returns the one that is at that place now, if any.
    pub fn remove_open(&mut self, number: u32, place: u32) -> Option<u32> {
        let gateway = self.get_mut(number)?;
        if (place as usize) < gateway.open.len() {
            gateway.open.swap_remove(place as usize);
        }
        gateway.open.get(place as usize).copied()
    }
}
