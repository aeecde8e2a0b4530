//! Who is at the door: a listener's own view of the clients and their counters, so that a packet from a known source
//! costs one look-up and no lock.

use std::net::IpAddr;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::clients::{Clients, Table};
use crate::counters::{Counters, Outcome, Source};

/// More sources than this are no gateways but made-up addresses; the view starts afresh then.
const REMEMBERED: usize = 8192;

pub(crate) struct Door {
    clients: Arc<Clients>,
    counters: Arc<Counters>,
    pub(crate) table: Arc<Table>,
    generation: u64,
    visitors: FxHashMap<IpAddr, Visitor>,
    sources: Vec<Arc<Source>>,
}

/// What is known of a source address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor {
    /// The client's place in the table.
    pub(crate) client: Option<u32>,
    /// The place of its counters here. Holds until the next [`Door::refresh`].
    pub(crate) place: u32,
}

impl Door {
    pub(crate) fn new(clients: Arc<Clients>, counters: Arc<Counters>) -> Self {
        Self {
            generation: clients.generation(),
            table: clients.table(),
            clients,
            counters,
            visitors: FxHashMap::default(),
            sources: Vec::new(),
        }
    }

    /// Looks whether the clients changed. Between batches only: places change here.
    pub(crate) fn refresh(&mut self) {
        let generation = self.clients.generation();
        if generation == self.generation && self.sources.len() < REMEMBERED {
            return;
        }
        self.generation = generation;
        self.table = self.clients.table();
        self.visitors.clear();
        self.sources.clear();
    }

    pub(crate) fn visitor(&mut self, address: IpAddr) -> Visitor {
        if let Some(visitor) = self.visitors.get(&address) {
            return *visitor;
        }
        let client = self.table.find(address);
        // A batch adds far fewer than the number that would not fit.
        let visitor = Visitor { client, place: self.sources.len() as u32 };
        self.sources.push(self.counters.source(address.to_canonical(), client.is_some()));
        self.visitors.insert(address, visitor);
        visitor
    }

    pub(crate) fn counters(&self, visitor: Visitor) -> Option<&Source> {
        self.source(visitor.place)
    }

    pub(crate) fn note(&self, place: u32, outcome: Outcome, now_us: i64) {
        if let Some(source) = self.source(place) {
            source.note(outcome, now_us);
        }
    }

    fn source(&self, place: u32) -> Option<&Source> {
        self.sources.get(usize::try_from(place).ok()?).map(Arc::as_ref)
    }
}
