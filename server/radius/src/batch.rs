//! Datagrams in batches: one system call for up to [`BATCH`] of them, either way.

use std::io::{IoSlice, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg};
use opencmp_radius::MAX_LEN;

pub(crate) const BATCH: usize = 64;

/// Where datagrams are received. Octets past the 4096th are cut off: they can only be padding.
pub(crate) struct Inbox {
    headers: MultiHeaders<SockaddrStorage>,
    buffers: Vec<[u8; MAX_LEN]>,
    /// Source and length of what lies in the first buffers.
    received: Vec<(Option<SocketAddr>, usize)>,
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self {
            headers: MultiHeaders::preallocate(BATCH, None),
            buffers: vec![[0; MAX_LEN]; BATCH],
            received: Vec::with_capacity(BATCH),
        }
    }

    /// Waits for one datagram and takes those that are there with it. EAGAIN when none came in time.
    pub(crate) fn receive(&mut self, socket: &UdpSocket) -> Result<(), Errno> {
        self.received.clear();
        let mut buffers = self.buffers.iter_mut();
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] = std::array::from_fn(|_| {
            [IoSliceMut::new(buffers.next().map_or(&mut [], |buffer| buffer.as_mut_slice()))]
        });
        let flags = MsgFlags::MSG_WAITFORONE;
        let messages = recvmmsg(socket.as_raw_fd(), &mut self.headers, &mut slices, flags, None)?;
        self.received
            .extend(messages.map(|message| (message.address.as_ref().and_then(source), message.bytes)));
        Ok(())
    }

    /// What the last [`Self::receive`] took, in order.
    pub(crate) fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, &[u8])> {
        self.received
            .iter()
            .zip(&self.buffers)
            .filter_map(|((source, length), buffer)| Some(((*source)?, buffer.get(..*length)?)))
    }
}

fn source(address: &SockaddrStorage) -> Option<SocketAddr> {
    match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
        (Some(address), _) => Some(SocketAddr::from((address.ip(), address.port()))),
        (_, Some(address)) => Some(SocketAddr::V6((*address).into())),
        _ => None,
    }
}

/// Datagrams on their way out.
pub(crate) struct Outbox {
    headers: MultiHeaders<SockaddrStorage>,
    /// Where to, and where in `octets` the datagram ends.
    ends: Vec<usize>,
    addresses: Vec<Option<SockaddrStorage>>,
    octets: Vec<u8>,
    scratch: Box<[u8; MAX_LEN]>,
    lost: u64,
}

impl Outbox {
    pub(crate) fn new() -> Self {
        Self {
            headers: MultiHeaders::preallocate(BATCH, None),
            ends: Vec::with_capacity(BATCH),
            addresses: Vec::with_capacity(BATCH),
            octets: Vec::with_capacity(BATCH * 64),
            scratch: Box::new([0; MAX_LEN]),
            lost: 0,
        }
    }

    /// Puts in what `build` writes; it returns the length. Sends when full.
    pub(crate) fn push<E>(
        &mut self,
        socket: &UdpSocket,
        to: SocketAddr,
        build: impl FnOnce(&mut [u8; MAX_LEN]) -> Result<usize, E>,
    ) {
        let Some(datagram) = build(&mut self.scratch).ok().and_then(|length| self.scratch.get(..length))
        else {
            self.lost += 1;
            return;
        };
        self.octets.extend_from_slice(datagram);
        self.ends.push(self.octets.len());
        self.addresses.push(Some(to.into()));
        if self.ends.len() == BATCH {
            self.send(socket);
        }
    }

    /// Sends what is in here and returns how many couldn't be since the last time. Doesn't wait for room in the socket's
    /// buffer: a response that is lost is asked for again.
    pub(crate) fn flush(&mut self, socket: &UdpSocket) -> u64 {
        self.send(socket);
        std::mem::take(&mut self.lost)
    }

    fn send(&mut self, socket: &UdpSocket) {
        let Self { headers, ends, addresses, octets, lost, .. } = self;
        let mut sent = 0;
        while sent < ends.len() {
            let mut pending = (sent..ends.len()).map(|index| {
                let start = index.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
                let end = ends.get(index).copied().unwrap_or(start);
                octets.get(start..end).unwrap_or_default()
            });
            let slices: [[IoSlice<'_>; 1]; BATCH] =
                std::array::from_fn(|_| [IoSlice::new(pending.next().unwrap_or_default())]);
            let addresses = addresses.get(sent..).unwrap_or_default();
            match sendmmsg(socket.as_raw_fd(), headers, &slices, addresses, [], MsgFlags::MSG_DONTWAIT) {
                Ok(results) => sent += results.count().max(1),
                Err(Errno::EINTR) => {}
                // The error is about the first of them; the others may still go.
                Err(_) => {
                    *lost += 1;
                    sent += 1;
                }
            }
        }
        ends.clear();
        addresses.clear();
        octets.clear();
    }
}
