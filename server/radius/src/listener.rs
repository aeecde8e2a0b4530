//! The threads that receive.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::errno::Errno;
use opencmp_radius::{Code, Packet, Role};
use parking_lot::Mutex;

use crate::batch::{BATCH, Inbox, Outbox};
use crate::clients::Clients;
use crate::counters::{Counters, Outcome};
use crate::door::Door;
use crate::duplicates::{Duplicates, Seen};
use crate::nodes;
use crate::records::{Batch, Buffers, Pool, Received};
use crate::replies::{Replies, Way, response};
use crate::{Clock, Sink, socket};

/// How to listen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ListenerConfig {
    /// Port 0 takes any free one.
    pub addr: SocketAddr,
    /// Sockets on that address, each with a thread of its own.
    pub sockets: usize,
    /// Receive buffer of each socket, in octets.
    pub receive_buffer: usize,
    /// Requests remembered against duplicates, for each socket. Twice as many may be held.
    pub duplicates: usize,
}

impl ListenerConfig {
    pub fn new(addr: SocketAddr) -> Self {
        Self { addr, sockets: 1, receive_buffer: 8 << 20, duplicates: 1 << 18 }
    }
}

/// Running listeners. They stop when this is dropped, and [`Self::shutdown`] waits for that.
#[derive(Debug)]
pub struct ListenerHandle {
    local_addr: SocketAddr,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl ListenerHandle {
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Takes nothing more. Batches that the sink holds can still be answered.
    pub fn shutdown(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a RADIUS listener had panicked");
            }
        }
    }
}

impl Drop for ListenerHandle {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Opens the sockets and listens.
pub fn spawn(
    config: ListenerConfig,
    clients: Arc<Clients>,
    sink: Arc<dyn Sink>,
    counters: Arc<Counters>,
    clock: Clock,
) -> io::Result<ListenerHandle> {
    let sockets = socket::open(config.addr, config.sockets.max(1), config.receive_buffer)?;
    let local_addr = sockets.first().map_or(Ok(config.addr), |socket| socket.local_addr())?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut handle = ListenerHandle { local_addr, stop: Arc::clone(&stop), threads: Vec::new() };
    for (index, socket) in sockets.into_iter().enumerate() {
        let way = Arc::new(Way {
            socket,
            duplicates: Mutex::new(Duplicates::new(config.duplicates)),
            pool: Pool::default(),
            counters: Arc::clone(&counters),
        });
        let (clients, sink, clock) = (Arc::clone(&clients), Arc::clone(&sink), Arc::clone(&clock));
        let stop = Arc::clone(&stop);
        let thread = thread::Builder::new().name(format!("radius-acct-{index}"));
        let run = move || Listener::new(way, clients, sink, clock).run(&stop);
        handle.threads.push(thread.spawn(run)?);
    }
    tracing::info!(%local_addr, sockets = config.sockets, "RADIUS accounting listens");
    Ok(handle)
}

/// One socket's thread.
struct Listener {
    way: Arc<Way>,
    sink: Arc<dyn Sink>,
    clock: Clock,
    inbox: Inbox,
    outbox: Outbox,
    door: Door,
    /// Where each record of the batch in hand came from, as a place in the door's list.
    origins: Vec<u32>,
    seen: Vec<Seen>,
}

impl Listener {
    fn new(way: Arc<Way>, clients: Arc<Clients>, sink: Arc<dyn Sink>, clock: Clock) -> Self {
        Self {
            door: Door::new(clients, Arc::clone(&way.counters)),
            way,
            sink,
            clock,
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            origins: Vec::with_capacity(BATCH),
            seen: Vec::with_capacity(BATCH),
        }
    }

    fn run(mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            match self.round() {
                Ok(()) | Err(Errno::EAGAIN | Errno::EINTR) => {}
                Err(error) => {
                    tracing::error!(%error, "RADIUS socket can't be read");
                    // Whatever it is won't be better at once, and the log shouldn't fill up.
                    thread::sleep(Duration::from_secs(1));
                }
            }
        }
    }

    /// Takes what is there: receive, admit, sort out duplicates, hand on, answer.
    fn round(&mut self) -> Result<(), Errno> {
        self.inbox.receive(&self.way.socket)?;
        // Only now: the clients may have changed while nothing came.
        self.door.refresh();
        self.origins.clear();
        let now_us = (self.clock)();
        let mut batch = self.new_batch();
        let Self { way, inbox, outbox, door, origins, .. } = self;
        let mut admission = Admission { door, outbox, way, batch: &mut batch, origins };
        inbox.datagrams().for_each(|(source, datagram)| admission.admit(source, datagram, now_us));
        self.sort_out_duplicates(&mut batch, now_us);
        self.submit(batch, now_us);
        self.way.counters.unsent(self.outbox.flush(&self.way.socket));
        Ok(())
    }

    fn new_batch(&self) -> Batch {
        let Buffers { records, bytes } = self.way.pool.take();
        Batch { records, bytes, replies: Replies::new(Arc::clone(&self.way), Arc::clone(&self.door.table)) }
    }

    /// Drops the records that were seen before, and answers again those that were answered.
    fn sort_out_duplicates(&mut self, batch: &mut Batch, now_us: i64) {
        self.seen.clear();
        let mut duplicates = self.way.duplicates.lock();
        self.seen
            .extend(batch.keys().map(|(key, authenticator)| duplicates.take(key, authenticator, now_us)));
        drop(duplicates);
        if self.seen.iter().all(|seen| *seen == Seen::New) {
            return;
        }
        for ((record, seen), origin) in batch.records.iter().zip(&self.seen).zip(&self.origins) {
            match seen {
                Seen::New => {}
                Seen::InFlight => self.door.note(*origin, Outcome::DuplicateInFlight, now_us),
                Seen::Answered => {
                    self.door.note(*origin, Outcome::DuplicateAnswered, now_us);
                    if let (Some(packet), Some(client)) =
                        (batch.packet(record), self.door.table.client(record.client))
                    {
                        self.outbox
                            .push(&self.way.socket, record.source, |out| response(&packet, client, out));
                    }
                }
            }
        }
        let is_new = |index: usize| self.seen.get(index) == Some(&Seen::New);
        batch.retain(is_new);
        let mut index = 0;
        self.origins.retain(|_| {
            index += 1;
            is_new(index - 1)
        });
    }

    fn submit(&self, batch: Batch, now_us: i64) {
        if batch.records.is_empty() {
            return;
        }
        let outcome = match self.sink.submit(batch) {
            Ok(()) => Outcome::Accepted,
            Err(crate::Busy) => Outcome::Busy,
        };
        self.origins.iter().for_each(|origin| self.door.note(*origin, outcome, now_us));
    }
}

/// Where admitted datagrams go.
struct Admission<'l> {
    door: &'l mut Door,
    outbox: &'l mut Outbox,
    way: &'l Way,
    batch: &'l mut Batch,
    origins: &'l mut Vec<u32>,
}

impl Admission<'_> {
    /// Checks one datagram in the order of RFC 2865 §3 and RFC 5080 §2.2.2: known source, sound, signed, and of a gateway that
    /// the source may speak for. An
    /// Accounting-Request becomes a record whatever is in it; Status-Server is answered at once (RFC 5997 §4).
    fn admit(&mut self, source: SocketAddr, datagram: &[u8], now_us: i64) {
        let visitor = self.door.visitor(source.ip());
        let Some(counters) = self.door.counters(visitor) else { return };
        let known = visitor.client.and_then(|index| Some((index, self.door.table.client(index)?)));
        let Some((client_index, client)) = known else {
            return counters.note_unknown(source.ip(), now_us);
        };
        let verified = Packet::request(datagram, Role::Acct)
            .and_then(|packet| packet.verify(&client.secret, None).into_result().map(|()| packet));
        match verified {
            Err(reason) => counters.note_discard(source.ip(), reason, now_us),
            Ok(packet) if packet.code() == Code::StatusServer => {
                counters.note(Outcome::StatusServer, now_us);
                self.outbox.push(&self.way.socket, source, |out| response(&packet, client, out));
            }
            Ok(packet) if !client.nodes.allow(&packet) => {
                counters.note_refused(source.ip(), nodes::said(&packet), now_us);
            }
            Ok(packet) => {
                self.origins.push(visitor.place);
                self.batch.push(packet.octets(), |range| Received {
                    nas_id: client.nas_id,
                    source,
                    received_at_us: now_us,
                    range,
                    client: client_index,
                });
            }
        }
    }
}
