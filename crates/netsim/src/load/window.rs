//! A thread's requests outstanding: source ports, their Identifiers, the packets that wait for an answer.

use super::{
    batch::{self, BATCH},
    template::SLOT,
};
use crate::wire::timer::Retransmission;
use nix::{
    poll::{PollFd, PollFlags, ppoll},
    sys::time::TimeSpec,
};
use opencmp_radius::{Authenticator, Packet, Secret, code::Role};
use rand_chacha::ChaCha8Rng;
use std::{collections::VecDeque, net::UdpSocket, os::fd::AsFd, time::Duration};

/// Nanoseconds since the run began.
pub type Nanos = u64;

pub struct Window {
    ports: Vec<Port>,
    /// Where the search for a free Identifier goes on.
    next_port: usize,
    /// `port * 256 + identifier`.
    slots: Vec<Slot>,
    outstanding: u32,
    limit: u32,
    timer: Retransmission,
    secret: Secret,
}

struct Port {
    socket: UdpSocket,
    /// Identifiers not in use, the longest free first.
    free: VecDeque<u8>,
    to_send: Vec<u8>,
}

#[derive(Clone)]
struct Slot {
    /// What it is that waits; `None` if the Identifier is free. The packet stays until then.
    request: Option<Request>,
    due: Nanos,
    /// Microseconds.
    wait: u64,
    length: usize,
    packet: [u8; SLOT],
}

impl Port {
    fn expected(&self) -> usize {
        256 - self.free.len()
    }
}

/// A request that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// A record that was acknowledged before, rather than a new one.
    pub redelivered: bool,
    /// The SIM by its number in this thread.
    pub local: u32,
    pub first_sent: Nanos,
}

/// Source port and Identifier.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub port: usize,
    identifier: u8,
}

impl Place {
    fn slot(self) -> usize {
        self.port * 256 + usize::from(self.identifier)
    }
}

impl Window {
    pub fn new(sockets: Vec<UdpSocket>, limit: u32, timer: Retransmission, secret: Secret) -> Self {
        let empty = Slot { request: None, due: 0, wait: 0, length: 0, packet: [0; SLOT] };
        let port = |socket| Port { socket, free: (0..=255).collect(), to_send: Vec::with_capacity(256) };
        Self {
            slots: vec![empty; sockets.len() * 256],
            ports: sockets.into_iter().map(port).collect(),
            next_port: 0,
            outstanding: 0,
            limit,
            timer,
            secret,
        }
    }

    pub fn ports(&self) -> usize {
        self.ports.len()
    }

    pub fn outstanding(&self) -> u32 {
        self.outstanding
    }

    pub fn has_room(&self) -> bool {
        self.outstanding < self.limit
    }

    /// Puts a request under a free Identifier and lines it up to be sent; `write` makes the packet and says how long it
    /// is. None when every Identifier is in use.
    pub fn open(
        &mut self,
        request: Request,
        rng: &mut ChaCha8Rng,
        write: impl FnOnce(u8, &mut [u8; SLOT]) -> usize,
    ) -> Option<Place> {
        let place = self.take_identifier()?;
        let slot = &mut self.slots[place.slot()];
        slot.length = write(place.identifier, &mut slot.packet);
        slot.request = Some(request);
        slot.wait = self.timer.next(0, rng);
        slot.due = request.first_sent + slot.wait * 1_000;
        self.outstanding += 1;
        self.send_again(place);
        Some(place)
    }

    /// Lines up a request's datagram to be sent once more.
    pub fn send_again(&mut self, place: Place) {
        self.ports[place.port].to_send.push(place.identifier);
    }

    /// The packet of a request, also after its answer, until the Identifier is used again.
    pub fn packet(&self, place: Place) -> &[u8] {
        let slot = &self.slots[place.slot()];
        &slot.packet[..slot.length]
    }

    /// Sends a datagram from a port, whatever becomes of it.
    pub fn send_past(&self, port: usize, datagram: &[u8]) {
        let _ = batch::send(&self.ports[port].socket, &[datagram]);
    }

    /// Sends what is lined up; returns how many datagrams that was, and how many of them the kernel did not take. Those
    /// are lost on the way, so to speak, and sent again in time.
    pub fn flush(&mut self) -> (u64, u64) {
        let (mut lined_up, mut refused) = (0, 0);
        for (port, slots) in self.ports.iter_mut().zip(self.slots.chunks(256)) {
            for identifiers in port.to_send.chunks(BATCH) {
                let mut datagrams: [&[u8]; BATCH] = [&[]; BATCH];
                for (datagram, identifier) in datagrams.iter_mut().zip(identifiers) {
                    let slot = &slots[usize::from(*identifier)];
                    *datagram = &slot.packet[..slot.length];
                }
                let mut rest = &datagrams[..identifiers.len()];
                lined_up += rest.len() as u64;
                while !rest.is_empty() {
                    match batch::send(&port.socket, rest) {
                        Ok(sent) if sent > 0 => rest = &rest[sent..],
                        _ => {
                            refused += rest.len() as u64;
                            break;
                        }
                    }
                }
            }
            port.to_send.clear();
        }
        (lined_up, refused)
    }

    /// Waits until a response comes where one is expected, no longer than `wait`.
    pub fn wait(&self, wait: Duration) {
        let expecting = self.ports.iter().filter(|port| port.expected() > 0);
        let mut fds: Vec<PollFd<'_>> =
            expecting.map(|port| PollFd::new(port.socket.as_fd(), PollFlags::POLLIN)).collect();
        let _ = ppoll(&mut fds, Some(TimeSpec::from_duration(wait)), None);
    }

    /// Takes a batch of datagrams from a port, no more than it expects; returns how many there were, and whether there may
    /// be more.
    pub fn receive(&self, port: usize, inbox: &mut batch::Inbox) -> (usize, bool) {
        let expected = self.ports[port].expected().min(BATCH);
        if expected == 0 {
            return (0, false);
        }
        let received = inbox.receive(&self.ports[port].socket, expected);
        (received, received == expected)
    }

    /// The request that a datagram answers. Its Identifier is free from then on.
    pub fn answer(&mut self, port: usize, datagram: &[u8]) -> Option<(Place, Request)> {
        let packet = Packet::response(datagram, Role::Acct).ok()?;
        let place = Place { port, identifier: packet.identifier() };
        let slot = &mut self.slots[place.slot()];
        let request = slot.request?;
        let authenticator: &Authenticator = slot.packet.get(4..20)?.try_into().ok()?;
        packet.verify(&self.secret, Some(authenticator)).into_result().ok()?;
        slot.request = None;
        self.outstanding -= 1;
        self.ports[port].free.push_back(place.identifier);
        Some((place, request))
    }

    /// Lines up, unchanged, what has waited for too long (RFC 5080 §2.2.1); returns how many requests that is.
    pub fn sweep(&mut self, now: Nanos, rng: &mut ChaCha8Rng) -> u64 {
        let mut again = 0;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if slot.request.is_some() && slot.due <= now {
                slot.wait = self.timer.next(slot.wait, rng);
                slot.due = now + slot.wait * 1_000;
                self.ports[index / 256].to_send.push((index % 256) as u8);
                again += 1;
            }
        }
        again
    }

    fn take_identifier(&mut self) -> Option<Place> {
        for _ in 0..self.ports.len() {
            let port = self.next_port;
            self.next_port = (port + 1) % self.ports.len();
            if let Some(identifier) = self.ports[port].free.pop_front() {
                return Some(Place { port, identifier });
            }
        }
        None
    }
}
