//! A gateway's RADIUS accounting client, as a state machine: records and responses in, datagrams out.
//!
//! A record is sent again until it is acknowledged. Acct-Delay-Time tells how long that has taken, so each transmission
//! differs from the last and needs an Identifier and an authenticator of its own (RFC 2866 §4.1). A response to either of
//! the last two transmissions counts. An Identifier is free again once its request is acknowledged or two transmissions
//! old; at most 256 are in use per source port, further records wait.

use super::timer::Retransmission;
use crate::{
    gateway::Gateway,
    record::{MAX_PACKET, Record},
};
use opencmp_domain::Timestamp;
use opencmp_radius::{Authenticator, Packet, code::Role};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};

#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Stats {
    /// Records given to the client.
    pub records: u64,
    pub acknowledged: u64,
    /// Datagrams sent again.
    pub retransmissions: u64,
    /// Responses that answer nothing that is open: late, repeated, or forged.
    pub unmatched: u64,
}

pub struct Client {
    gateway: Gateway,
    timer: Retransmission,
    ports: Vec<Port>,
    /// Where the search for a free Identifier goes on.
    next_port: usize,
    /// Records not sent yet.
    backlog: VecDeque<Record>,
    open: Vec<Option<Open>>,
    free: Vec<u32>,
    /// When an open record is due again, and which of its transmissions that is about.
    due: BinaryHeap<Reverse<(u64, u32, u64)>>,
    /// Numbers transmissions.
    transmissions: u64,
    rng: ChaCha8Rng,
    stats: Stats,
    buffer: [u8; MAX_PACKET],
}

struct Port {
    /// Index into `open` by Identifier.
    holders: [Option<u32>; 256],
    next: u8,
}

struct Open {
    record: Record,
    /// The latest transmission, and the one before.
    sent: [Option<Transmission>; 2],
    number: u64,
    wait: u64,
}

#[derive(Clone, Copy)]
struct Transmission {
    port: usize,
    identifier: u8,
    authenticator: Authenticator,
}

impl Client {
    pub fn new(gateway: Gateway, ports: usize, timer: Retransmission, seed: u64) -> Self {
        Self {
            gateway,
            timer,
            ports: (0..ports.max(1)).map(|_| Port { holders: [None; 256], next: 0 }).collect(),
            next_port: 0,
            backlog: VecDeque::new(),
            open: Vec::new(),
            free: Vec::new(),
            due: BinaryHeap::new(),
            transmissions: 0,
            rng: ChaCha8Rng::seed_from_u64(seed),
            stats: Stats::default(),
            buffer: [0; MAX_PACKET],
        }
    }

    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Records that are not acknowledged yet.
    pub fn unacknowledged(&self) -> u64 {
        self.stats.records - self.stats.acknowledged
    }

    pub fn submit(&mut self, record: Record) {
        self.stats.records += 1;
        self.backlog.push_back(record);
    }

    /// When [`Client::poll`] has something to do next, if nothing else happens.
    pub fn due_at(&self) -> Option<u64> {
        self.due.peek().map(|Reverse((at, ..))| *at)
    }

    /// Sends what is new and what is due again. `now` is in microseconds on a clock that never steps; `clock` is the time
    /// that the gateway believes in.
    pub fn poll(&mut self, now: u64, clock: Timestamp, mut send: impl FnMut(usize, &[u8])) {
        while let Some(Reverse((at, key, number))) = self.due.peek().copied()
            && at <= now
        {
            self.due.pop();
            let current = |open: &Open| open.number == number;
            if self.open.get(key as usize).and_then(Option::as_ref).is_some_and(current) {
                self.stats.retransmissions += 1;
                self.transmit(key, now, clock, &mut send);
            }
        }
        while !self.backlog.is_empty() && self.has_free_identifier() {
            let Some(record) = self.backlog.pop_front() else { break };
            let open = Open { record, sent: [None; 2], number: 0, wait: 0 };
            let key = match self.free.pop() {
                Some(key) => {
                    if let Some(slot) = self.open.get_mut(key as usize) {
                        *slot = Some(open);
                    }
                    key
                }
                None => {
                    self.open.push(Some(open));
                    self.open.len() as u32 - 1
                }
            };
            self.transmit(key, now, clock, &mut send);
        }
    }

    /// Takes a datagram that came to a source port.
    pub fn receive(&mut self, port: usize, datagram: &[u8]) {
        if self.acknowledge(port, datagram).is_none() {
            self.stats.unmatched += 1;
        }
    }

    fn acknowledge(&mut self, port: usize, datagram: &[u8]) -> Option<()> {
        let packet = Packet::response(datagram, Role::Acct).ok()?;
        let key = (*self.ports.get(port)?.holders.get(usize::from(packet.identifier()))?)?;
        let open = self.open.get(key as usize)?.as_ref()?;
        let transmission = open
            .sent
            .iter()
            .flatten()
            .find(|sent| sent.port == port && sent.identifier == packet.identifier())?;
        packet.verify(self.gateway.secret(), Some(&transmission.authenticator)).into_result().ok()?;
        for sent in open.sent.into_iter().flatten() {
            self.release(sent);
        }
        *self.open.get_mut(key as usize)? = None;
        self.free.push(key);
        self.stats.acknowledged += 1;
        Some(())
    }

    fn transmit(&mut self, key: u32, now: u64, clock: Timestamp, send: &mut impl FnMut(usize, &[u8])) {
        let Some((port, identifier)) = self.take_identifier(key) else {
            self.due.push(Reverse((now + self.timer.initial, key, self.number_of(key))));
            return;
        };
        self.transmissions += 1;
        let Some(open) = self.open.get_mut(key as usize).and_then(Option::as_mut) else { return };
        let delay = u32::try_from(clock.secs_since(open.record.at)).unwrap_or(0);
        let encoded = open.record.encode(&self.gateway, identifier, delay, &mut self.buffer);
        let Ok(octets) = encoded else { return };
        let authenticator = octets.get(4..20).and_then(|field| field.try_into().ok()).unwrap_or([0; 16]);
        send(port, octets);
        open.wait = self.timer.next(open.wait, &mut self.rng);
        open.number = self.transmissions;
        self.due.push(Reverse((now + open.wait, key, open.number)));
        let [latest, oldest] = &mut open.sent;
        let dropped = std::mem::replace(oldest, latest.take());
        *latest = Some(Transmission { port, identifier, authenticator });
        if let Some(dropped) = dropped {
            self.release(dropped);
        }
    }

    fn number_of(&self, key: u32) -> u64 {
        self.open.get(key as usize).and_then(Option::as_ref).map_or(0, |open| open.number)
    }

    fn has_free_identifier(&self) -> bool {
        self.ports.iter().any(|port| port.holders.contains(&None))
    }

    /// Ports in turn, and in each the Identifier that has been free the longest.
    fn take_identifier(&mut self, key: u32) -> Option<(usize, u8)> {
        for _ in 0..self.ports.len() {
            let index = self.next_port;
            self.next_port = (index + 1) % self.ports.len();
            let port = self.ports.get_mut(index)?;
            let found = (0..=255u8)
                .map(|step| port.next.wrapping_add(step))
                .find(|identifier| port.holders.get(usize::from(*identifier)).is_some_and(Option::is_none));
            if let Some(identifier) = found {
                port.next = identifier.wrapping_add(1);
                *port.holders.get_mut(usize::from(identifier))? = Some(key);
                return Some((index, identifier));
            }
        }
        None
    }

    fn release(&mut self, sent: Transmission) {
        if let Some(port) = self.ports.get_mut(sent.port)
            && let Some(holder) = port.holders.get_mut(usize::from(sent.identifier))
        {
            *holder = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{demo, record::Status};
    use opencmp_radius::{Code, PacketBuilder, dictionary as d, value};

    const NOON: Timestamp = Timestamp::from_secs(1_700_000_000);

    fn client(ports: usize) -> Client {
        Client::new(demo::gateways().remove(0), ports, Retransmission::default(), 7)
    }

    fn on(at: Timestamp) -> Record {
        Record { gateway: 0, status: Status::On, at, session: None }
    }

    fn response(request: &[u8], gateway: &Gateway) -> Vec<u8> {
        let packet = Packet::request(request, Role::Acct).unwrap();
        assert!(packet.verify(gateway.secret(), None).into_result().is_ok());
        let mut buffer = [0; 64];
        let builder = PacketBuilder::new(&mut buffer, Code::AccountingResponse, packet.identifier());
        builder.sign_response(gateway.secret(), packet.authenticator()).unwrap().to_vec()
    }

    fn integer(packet: &[u8], kind: u8) -> u32 {
        let packet = Packet::request(packet, Role::Acct).unwrap();
        value::integer(packet.attribute(kind).unwrap().value).unwrap()
    }

    /// Polls at each due time until there have been `count` datagrams.
    fn transmissions(client: &mut Client, count: usize) -> Vec<(u64, usize, Vec<u8>)> {
        let mut sent = Vec::new();
        let mut now = 0;
        while sent.len() < count {
            client.poll(now, Timestamp(NOON.0 + now as i64), |port, octets| {
                sent.push((now, port, octets.to_vec()));
            });
            now = client.due_at().unwrap();
        }
        sent
    }

    #[test]
    fn a_record_is_sent_again_for_ever_with_growing_delay_and_new_identifiers() {
        let mut client = client(1);
        client.submit(on(NOON));
        let sent = transmissions(&mut client, 30);
        let waits: Vec<u64> = sent.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        assert!((1_800_000..=2_200_000).contains(&waits[0]));
        assert!((3_400_000..=4_600_000).contains(&waits[1]));
        assert!(waits[6..].iter().all(|wait| (14_400_000..=17_600_000).contains(wait)));
        for pair in sent.windows(2) {
            assert_ne!(pair[0].2[1], pair[1].2[1], "a new Identifier");
            assert_ne!(pair[0].2[4..20], pair[1].2[4..20], "a new authenticator");
        }
        for (at, _, packet) in &sent {
            assert_eq!(u64::from(integer(packet, d::ACCT_DELAY_TIME)), at / 1_000_000);
            assert_eq!(i64::from(integer(packet, d::EVENT_TIMESTAMP)), NOON.secs(), "unchanged");
        }
        assert_eq!(client.stats().retransmissions, 29);
    }

    #[test]
    fn an_answer_to_either_of_the_last_two_transmissions_counts_once() {
        let gateway = demo::gateways().remove(0);
        for answered in [1, 2] {
            let mut client = client(2);
            client.submit(on(NOON));
            let sent = transmissions(&mut client, 3);
            let stale = response(&sent[0].2, &gateway);
            client.receive(sent[0].1, &stale);
            assert_eq!(client.unacknowledged(), 1);
            let (_, port, packet) = &sent[answered];
            let mut forged = response(packet, &gateway);
            forged[4] ^= 1;
            client.receive(*port, &forged);
            assert_eq!(client.unacknowledged(), 1);
            let answer = response(packet, &gateway);
            client.receive(*port, &answer);
            client.receive(*port, &answer);
            assert_eq!(client.unacknowledged(), 0);
            assert_eq!(client.stats().unmatched, 3);
            client.poll(u64::MAX / 2, NOON, |_, _| panic!("nothing is due"));
        }
    }

    #[test]
    fn no_identifier_is_used_twice_while_open() {
        let mut client = client(2);
        for _ in 0..600 {
            client.submit(on(NOON));
        }
        let mut sent = Vec::new();
        client.poll(0, NOON, |port, octets| sent.push((port, octets.to_vec())));
        let mut keys: Vec<_> = sent.iter().map(|(port, octets)| (*port, octets[1])).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!((sent.len(), keys.len()), (512, 512));
        let gateway = demo::gateways().remove(0);
        for (port, octets) in &sent[..88] {
            client.receive(*port, &response(octets, &gateway));
        }
        let mut more = 0;
        client.poll(1, NOON, |_, _| more += 1);
        assert_eq!(more, 88);
        assert_eq!(client.unacknowledged(), 512);
    }
}
