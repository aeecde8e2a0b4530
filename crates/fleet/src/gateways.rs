//! Gateways: RADIUS clients, and the nodes behind each: which sessions a node has open, and when it last restarted.
//!
//! A session belongs to its client, within which its Acct-Session-Id is looked up: should its packets begin to name another
//! node, it goes on rather than being counted anew. What is the node's are the restarts (Accounting-On and -Off) and the
//! devices' addresses.

use crate::instant::{secs, some_timestamp};
use hashbrown::HashTable;
use opencmp_domain::{
    NasId, NodeId, Timestamp,
    node::{Node as StoredNode, NodeName},
};
use rustc_hash::{FxHashMap, FxHasher};
use smallvec::SmallVec;
use std::hash::{Hash, Hasher};

/// Nodes of one client that are told apart; further ones are as if they said no name. The client has the secret, yet what
/// it says must not fill the memory.
const NODES_MOST: usize = 1024;

#[derive(Default)]
pub(crate) struct Gateways {
    gateways: Vec<Gateway>,
    by_id: FxHashMap<i64, u32>,
    nodes: Vec<Node>,
    by_name: HashTable<u32>,
    by_node_id: FxHashMap<i64, u32>,
    /// The highest id given out.
    last_id: i64,
}

struct Gateway {
    id: NasId,
    nodes: Vec<u32>,
    /// The node that spoke last: most clients have one.
    latest: u32,
}

pub(crate) struct Node {
    gateway: u32,
    /// Slots of open sessions, in no order; each session knows its place.
    pub open: Vec<u32>,
    /// Event time of the latest Accounting-On or -Off that may have been its; 0: none heard.
    restarted: u32,
    /// What is stored of it; its `restarted_at` is of what exactly this name said.
    pub stored: StoredNode,
    changed: bool,
}

/// Whose record it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    pub gateway: u32,
    pub node: u32,
}

fn hash(gateway: u32, name: &NodeName<'_>) -> u64 {
    let mut hasher = FxHasher::default();
    (gateway, name).hash(&mut hasher);
    hasher.finish()
}

impl Gateways {
    pub fn number(&mut self, id: NasId) -> u32 {
        if let Some(&number) = self.by_id.get(&id.0) {
            return number;
        }
        let number = self.gateways.len() as u32;
        self.gateways.push(Gateway { id, nodes: Vec::new(), latest: u32::MAX });
        self.by_id.insert(id.0, number);
        number
    }

    pub fn known(&self, id: NasId) -> Option<u32> {
        self.by_id.get(&id.0).copied()
    }

    pub fn nas(&self, number: u32) -> Option<NasId> {
        self.gateways.get(number as usize).map(|gateway| gateway.id)
    }

    // --- Nodes. ---

    /// The node that a record is from.
    #[inline]
    pub fn node(&mut self, gateway: u32, name: &NodeName<'_>, received_at: Timestamp) -> u32 {
        let latest = self.gateways.get(gateway as usize).map_or(u32::MAX, |gateway| gateway.latest);
        let same = self.get(latest).is_some_and(|node| node.stored.name() == *name);
        let number = if same { latest } else { self.look_up(gateway, name) };
        if let Some(node) = self.nodes.get_mut(number as usize) {
            node.stored.heard_at = node.stored.heard_at.max(received_at);
            node.changed = true;
        }
        number
    }

    #[cold]
    fn look_up(&mut self, gateway: u32, name: &NodeName<'_>) -> u32 {
        let full = self.gateways.get(gateway as usize).is_some_and(|held| held.nodes.len() >= NODES_MOST);
        let number = match self.find(gateway, name) {
            Some(number) => number,
            // Its place was kept.
            None if full && !name.is_empty() => return self.look_up(gateway, &NodeName::default()),
            None => {
                self.last_id += 1;
                let stored = StoredNode {
                    id: NodeId(self.last_id),
                    nas: self.nas(gateway).unwrap_or(NasId(0)),
                    identifier: name.identifier.map(Into::into),
                    ipv4: name.ipv4,
                    ipv6: name.ipv6,
                    heard_at: Timestamp::default(),
                    restarted_at: None,
                };
                self.add(gateway, stored)
            }
        };
        if let Some(gateway) = self.gateways.get_mut(gateway as usize) {
            gateway.latest = number;
        }
        number
    }

    fn find(&self, gateway: u32, name: &NodeName<'_>) -> Option<u32> {
        let is_it = |&number: &u32| {
            self.get(number).is_some_and(|node| node.gateway == gateway && node.stored.name() == *name)
        };
        self.by_name.find(hash(gateway, name), is_it).copied()
    }

    /// A node begins with the restarts that may have been its.
    fn add(&mut self, gateway: u32, stored: StoredNode) -> u32 {
        let number = self.nodes.len() as u32;
        let of = |node: &Node| node.stored.restarted_at.map_or(0, secs);
        let restarted =
            self.related(gateway, &stored.name()).filter_map(|other| self.get(other).map(of)).max();
        self.by_node_id.insert(stored.id.0, number);
        let hashed = hash(gateway, &stored.name());
        let node =
            Node { gateway, open: Vec::new(), restarted: restarted.unwrap_or(0), changed: false, stored };
        self.nodes.push(node);
        let nodes = &self.nodes;
        let rehash = |&number: &u32| {
            nodes.get(number as usize).map_or(0, |node| hash(node.gateway, &node.stored.name()))
        };
        self.by_name.insert_unique(hashed, number, rehash);
        if let Some(gateway) = self.gateways.get_mut(gateway as usize) {
            gateway.nodes.push(number);
        }
        number
    }

    /// The client's nodes that may be the gateway of this name.
    fn related<'a>(&'a self, gateway: u32, name: &'a NodeName<'a>) -> impl Iterator<Item = u32> + 'a {
        let nodes = self.gateways.get(gateway as usize).map_or(&[][..], |gateway| &gateway.nodes);
        nodes
            .iter()
            .copied()
            .filter(move |&other| self.get(other).is_some_and(|other| other.stored.name().may_be(name)))
    }

    /// Notes that a node restarted `at`. All nodes that this may be about, and whether it is news.
    pub fn restart(&mut self, node: u32, at: u32) -> (SmallVec<[u32; 4]>, bool) {
        let Some(said) = self.nodes.get_mut(node as usize) else { return Default::default() };
        said.stored.restarted_at = said.stored.restarted_at.max(some_timestamp(at));
        said.changed = true;
        let gateway = said.gateway;
        let stored = said.stored.clone();
        let related: SmallVec<[u32; 4]> = self.related(gateway, &stored.name()).collect();
        let mut news = false;
        for &other in &related {
            if let Some(other) = self.nodes.get_mut(other as usize) {
                news |= at > other.restarted;
                other.restarted = other.restarted.max(at);
            }
        }
        (related, news)
    }

    pub fn restarted(&self, node: u32) -> u32 {
        self.get(node).map_or(0, |node| node.restarted)
    }

    /// Its packets say nothing of where they are from.
    pub fn is_nameless(&self, node: u32) -> bool {
        self.get(node).is_none_or(|node| node.stored.name().is_empty())
    }

    /// What a node calls itself; its client's id where it says nothing.
    pub fn name_of(&self, node: u32) -> String {
        match self.get(node) {
            Some(node) if !node.stored.name().is_empty() => node.stored.name().to_string(),
            Some(node) => format!("#{}", node.stored.nas),
            None => String::new(),
        }
    }

    pub fn node_id(&self, node: u32) -> Option<NodeId> {
        self.get(node).map(|node| node.stored.id)
    }

    pub fn nodes_of(&self, nas: NasId) -> impl Iterator<Item = &Node> {
        let gateway = self.known(nas).and_then(|number| self.gateways.get(number as usize));
        gateway.map_or(&[][..], |gateway| &gateway.nodes).iter().filter_map(|&node| self.get(node))
    }

    fn get(&self, node: u32) -> Option<&Node> {
        self.nodes.get(node as usize)
    }

    // --- Their open sessions. ---

    pub fn open_at(&self, node: u32, place: usize) -> Option<u32> {
        self.get(node)?.open.get(place).copied()
    }

    /// Adds an open session; says at which place.
    pub fn add_open(&mut self, node: u32, session: u32) -> u32 {
        let Some(node) = self.nodes.get_mut(node as usize) else { return 0 };
        node.open.push(session);
        node.open.len() as u32 - 1
    }

    /// Takes the session at `place` out; returns the one that is at that place now, if any.
    pub fn remove_open(&mut self, node: u32, place: u32) -> Option<u32> {
        let node = self.nodes.get_mut(node as usize)?;
        if (place as usize) < node.open.len() {
            node.open.swap_remove(place as usize);
        }
        node.open.get(place as usize).copied()
    }

    // --- Rows in and out. ---

    pub fn restore(&mut self, stored: &StoredNode) {
        let gateway = self.number(stored.nas);
        self.last_id = self.last_id.max(stored.id.0);
        if self.find(gateway, &stored.name()).is_some() {
            return;
        }
        let number = self.add(gateway, stored.clone());
        if let Some(at) = stored.restarted_at {
            self.restart(number, secs(at));
        }
        if let Some(node) = self.nodes.get_mut(number as usize) {
            node.changed = false;
        }
    }

    /// The node of a stored session.
    pub fn restored(&mut self, gateway: u32, id: Option<NodeId>) -> u32 {
        let known = id.and_then(|id| self.by_node_id.get(&id.0)).copied();
        known.unwrap_or_else(|| self.look_up(gateway, &NodeName::default()))
    }

    pub fn take_changed(&mut self) -> Vec<StoredNode> {
        let changed = |node: &mut Node| std::mem::take(&mut node.changed).then(|| node.stored.clone());
        self.nodes.iter_mut().filter_map(changed).collect()
    }
}
