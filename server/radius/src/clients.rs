//! Who may talk to us: NAS by source address.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ipnet::IpNet;
use opencmp_radius::Secret;
use parking_lot::RwLock;
use rustc_hash::FxHashMap;

use crate::nodes::AllowedNodes;

/// A NAS, or several that share a secret.
#[derive(Clone, Debug)]
pub struct Client {
    pub network: IpNet,
    pub nas_id: i64,
    pub secret: Secret,
    /// Put a Message-Authenticator into Accounting-Responses. Harmless by the RFCs, but not every gateway expects it.
    pub message_authenticator: bool,
    pub nodes: AllowedNodes,
}

/// The table of clients. Listeners work on a snapshot and look at a number to see that there is a newer one.
#[derive(Debug)]
pub struct Clients {
    table: RwLock<Arc<Table>>,
    generation: AtomicU64,
}

impl Clients {
    pub fn new(clients: Vec<Client>) -> Self {
        Self { table: RwLock::new(Arc::new(Table::new(clients))), generation: AtomicU64::new(0) }
    }

    /// Takes effect with the next batch. Records already taken are still answered under their old secret.
    pub fn replace(&self, clients: Vec<Client>) {
        *self.table.write() = Arc::new(Table::new(clients));
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// The NAS that an address belongs to.
    pub fn nas_of(&self, address: IpAddr) -> Option<i64> {
        let table = self.table.read();
        table.find(address).and_then(|index| table.client(index)).map(|client| client.nas_id)
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn table(&self) -> Arc<Table> {
        Arc::clone(&self.table.read())
    }
}

/// One state of the table, never changed.
#[derive(Debug)]
pub(crate) struct Table {
    clients: Vec<Client>,
    /// Networks by prefix length, longest first, so that the first hit is the longest.
    lengths: Vec<(u8, FxHashMap<IpNet, u32>)>,
}

impl Table {
    fn new(mut clients: Vec<Client>) -> Self {
        clients.sort_by_key(|client| std::cmp::Reverse(client.network.prefix_len()));
        let mut lengths: Vec<(u8, FxHashMap<IpNet, u32>)> = Vec::new();
        for (index, client) in (0..).zip(&clients) {
            let length = client.network.prefix_len();
            if lengths.last().is_none_or(|(last, _)| *last != length) {
                lengths.push((length, FxHashMap::default()));
            }
            if let Some((_, networks)) = lengths.last_mut() {
                networks.entry(client.network.trunc()).or_insert(index);
            }
        }
        Self { clients, lengths }
    }

    /// The client with the longest prefix. `::ffff:192.0.2.1`, as a dual-stack socket shows it, is 192.0.2.1.
    pub(crate) fn find(&self, address: IpAddr) -> Option<u32> {
        let address = address.to_canonical();
        self.lengths.iter().find_map(|(length, networks)| {
            let network = IpNet::new(address, *length).ok()?.trunc();
            networks.get(&network).copied()
        })
    }

    pub(crate) fn client(&self, index: u32) -> Option<&Client> {
        self.clients.get(usize::try_from(index).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(network: &str, nas_id: i64) -> Client {
        let network = network.parse().unwrap();
        let secret = Secret::new("s");
        Client { network, nas_id, secret, message_authenticator: false, nodes: AllowedNodes::default() }
    }

    #[test]
    fn the_longest_prefix_wins() {
        let clients = Clients::new(vec![
            client("10.0.0.0/8", 1),
            client("10.1.0.0/16", 2),
            client("10.1.2.3/32", 3),
            client("2001:db8::/32", 4),
            client("2001:db8::1/128", 5),
        ]);
        let nas_of = |address: &str| clients.nas_of(address.parse().unwrap());
        assert_eq!(nas_of("10.9.9.9"), Some(1));
        assert_eq!(nas_of("10.1.9.9"), Some(2));
        assert_eq!(nas_of("10.1.2.3"), Some(3));
        assert_eq!(nas_of("::ffff:10.1.2.3"), Some(3));
        assert_eq!(nas_of("2001:db8::2"), Some(4));
        assert_eq!(nas_of("2001:db8::1"), Some(5));
        assert_eq!(nas_of("192.0.2.1"), None);
        assert_eq!(nas_of("2001:db9::1"), None);
    }

    #[test]
    fn a_network_may_be_written_with_host_bits() {
        let clients = Clients::new(vec![client("10.1.2.3/24", 1)]);
        assert_eq!(clients.nas_of([10, 1, 2, 200].into()), Some(1));
    }

    #[test]
    fn replacing_shows_in_the_generation() {
        let clients = Clients::new(vec![]);
        let before = clients.generation();
        clients.replace(vec![client("10.0.0.0/8", 1)]);
        assert_ne!(clients.generation(), before);
        assert_eq!(clients.nas_of([10, 0, 0, 1].into()), Some(1));
    }
}
