//! Tables of slot numbers. The keys stay in the slots, so a table is five octets an entry or so.

use crate::{arena::Arena, session::Session, sim::Sim};
use hashbrown::HashTable;
use opencmp_domain::Imei;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

fn hash(key: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    key.hash(&mut hasher);
    hasher.finish()
}

/// SIMs by one of their identifiers; the identifier 0 is nobody's.
pub(crate) struct SimIndex {
    slots: HashTable<u32>,
    key: fn(&Sim) -> u64,
}

impl SimIndex {
    pub fn new(capacity: usize, key: fn(&Sim) -> u64) -> Self {
        Self { slots: HashTable::with_capacity(capacity), key }
    }

    #[inline]
    pub fn find(&self, sims: &Arena<Sim>, key: u64) -> Option<u32> {
        if key == 0 {
            return None;
        }
        self.slots.find(hash(key), |&slot| (self.key)(sims.at(slot)) == key).copied()
    }

    /// Lists `slot` under its key, which nobody else is listed under.
    pub fn insert(&mut self, sims: &Arena<Sim>, slot: u32) {
        let key = self.key;
        if key(sims.at(slot)) != 0 {
            self.slots.insert_unique(hash(key(sims.at(slot))), slot, |&slot| hash(key(sims.at(slot))));
        }
    }

    /// Before its key changes.
    pub fn remove(&mut self, sims: &Arena<Sim>, slot: u32) {
        let key = (self.key)(sims.at(slot));
        if let Ok(entry) = self.slots.find_entry(hash(key), |&other| other == slot) {
            entry.remove();
        }
    }
}

/// SIMs by the device last seen in them, of which several may have one. Kept while a rule asks for it.
#[derive(Default)]
pub(crate) struct DeviceIndex {
    slots: Option<HashTable<u32>>,
}

fn device_of(sim: &Sim) -> u64 {
    Imei::from_bits(sim.imei).map_or(0, Imei::device)
}

impl DeviceIndex {
    /// Lists all SIMs, or lets go of them.
    pub fn keep(&mut self, kept: bool, sims: &Arena<Sim>) {
        if self.slots.is_some() == kept {
            return;
        }
        self.slots = kept.then(HashTable::new);
        (0..sims.len()).for_each(|slot| self.insert(sims, slot));
    }

    pub fn find<'a>(&'a self, sims: &'a Arena<Sim>, imei: Imei) -> impl Iterator<Item = u32> + 'a {
        let device = imei.device();
        let slots = self.slots.iter().flat_map(move |slots| slots.iter_hash(hash(device)));
        slots.copied().filter(move |&slot| device_of(sims.at(slot)) == device)
    }

    pub fn insert(&mut self, sims: &Arena<Sim>, slot: u32) {
        let device = device_of(sims.at(slot));
        if let Some(slots) = self.slots.as_mut().filter(|_| device != 0) {
            slots.insert_unique(hash(device), slot, |&slot| hash(device_of(sims.at(slot))));
        }
    }

    /// Before its device changes.
    pub fn remove(&mut self, sims: &Arena<Sim>, slot: u32) {
        let device = device_of(sims.at(slot));
        if let Some(slots) = &mut self.slots
            && let Ok(entry) = slots.find_entry(hash(device), |&other| other == slot)
        {
            entry.remove();
        }
    }
}

/// Sessions by gateway and Acct-Session-Id: several share one.
#[derive(Default)]
pub(crate) struct KeyIndex {
    slots: HashTable<u32>,
}

fn key_hash(gateway: u32, id: &[u8]) -> u64 {
    hash((gateway, id))
}

fn session_key_hash(session: &Session) -> u64 {
    key_hash(session.gateway, session.acct_session_id())
}

impl KeyIndex {
    pub fn reserve(&mut self, sessions: &Arena<Session>, additional: usize) {
        self.slots.reserve(additional, |&slot| session_key_hash(sessions.at(slot)));
    }

    #[inline]
    pub fn find<'a>(
        &'a self,
        sessions: &'a Arena<Session>,
        gateway: u32,
        id: &'a [u8],
    ) -> impl Iterator<Item = u32> + 'a {
        self.slots.iter_hash(key_hash(gateway, id)).copied().filter(move |&slot| {
            let session = sessions.at(slot);
            session.gateway == gateway && session.acct_session_id() == id
        })
    }

    pub fn insert(&mut self, sessions: &Arena<Session>, slot: u32) {
        let hash = session_key_hash(sessions.at(slot));
        self.slots.insert_unique(hash, slot, |&slot| session_key_hash(sessions.at(slot)));
    }

    pub fn remove(&mut self, sessions: &Arena<Session>, slot: u32) {
        let hash = session_key_hash(sessions.at(slot));
        if let Ok(entry) = self.slots.find_entry(hash, |&other| other == slot) {
            entry.remove();
        }
    }
}

/// Of each device address: the open sessions, and the one that began last. APNs may use the same private addresses on one
/// gateway, and gateways behind one source too, so an address is the node's, the APN's and the IPv4 address.
#[derive(Default)]
pub(crate) struct AddressIndex {
    slots: HashTable<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    pub node: u32,
    pub apn: u32,
    pub ipv4: u32,
}

impl AddressIndex {
    pub fn find(&self, address: Address, of: impl Fn(u32) -> Address) -> impl Iterator<Item = u32> {
        self.slots.iter_hash(hash(address)).copied().filter(move |&slot| of(slot) == address)
    }

    pub fn insert(&mut self, address: Address, slot: u32, of: impl Fn(u32) -> Address) {
        self.slots.insert_unique(hash(address), slot, |&slot| hash(of(slot)));
    }

    /// Before its address changes.
    pub fn remove(&mut self, address: Address, slot: u32) {
        if let Ok(entry) = self.slots.find_entry(hash(address), |&other| other == slot) {
            entry.remove();
        }
    }
}
