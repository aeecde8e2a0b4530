//! A living fleet: a [`Core`] in step with a clock, its gateways' clients over UDP, in a thread of its own.

use super::{Client, NotLoopback, Stats, require_loopback, timer::Retransmission};
use crate::core::Core;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use opencmp_domain::Timestamp;
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    os::fd::AsFd,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime},
};

/// Which instant it is in the simulated network: from `start` on `speed` times as fast as the clock on the wall, and in
/// step with that once it has caught up with it. It never runs ahead, because servers disbelieve a future.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub start: Timestamp,
    pub speed: f64,
}

impl Pace {
    fn at(&self, elapsed: Duration) -> Timestamp {
        let passed = elapsed.as_secs_f64() * self.speed * 1e6;
        Timestamp(self.start.0.saturating_add(passed as i64)).min(wall_clock())
    }
}

/// The time of the system.
pub fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[derive(Debug, thiserror::Error)]
pub enum LivingError {
    #[error(transparent)]
    NotLoopback(#[from] NotLoopback),
    #[error("gateway {name} can't send from {source}")]
    Socket { name: String, source: io::Error },
    #[error("the network's thread can't start")]
    Thread(#[source] io::Error),
}

/// A running network. It stops when told to, or when this is dropped.
#[derive(Debug)]
pub struct Living {
    stop: Arc<AtomicBool>,
    settle: Arc<AtomicBool>,
    stats: Arc<Mutex<Stats>>,
    thread: Option<JoinHandle<Core>>,
}

impl Living {
    /// Lets `core` live at `pace`, each gateway sending to `target` from `ports` source ports at its own address. `core`
    /// must not be ahead of the pace's start.
    pub fn start(core: Core, target: SocketAddr, ports: usize, pace: Pace) -> Result<Self, LivingError> {
        let target = require_loopback(target)?;
        let mut lines = Vec::new();
        for (index, gateway) in core.gateways().iter().enumerate() {
            let sockets: io::Result<Vec<_>> =
                (0..ports.max(1)).map(|_| socket(gateway.source, target)).collect();
            let sockets =
                sockets.map_err(|source| LivingError::Socket { name: gateway.name.clone(), source })?;
            let client = Client::new(gateway.clone(), sockets.len(), Retransmission::default(), index as u64);
            lines.push(Line { client, sockets });
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stats = Arc::new(Mutex::new(Stats::default()));
        let settle = Arc::new(AtomicBool::new(false));
        let driver =
            Driver { core, lines, pace, stop: stop.clone(), settle: settle.clone(), stats: stats.clone() };
        let thread = std::thread::Builder::new()
            .name("netsim".to_owned())
            .spawn(move || driver.run())
            .map_err(LivingError::Thread)?;
        Ok(Self { stop, settle, stats, thread: Some(thread) })
    }

    /// Sums over all gateways.
    pub fn stats(&self) -> Stats {
        *self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets nothing new happen and waits until all that did is acknowledged, or `within` is over. Gives the network back
    /// as it stands.
    pub fn settle(self, within: Duration) -> Option<Core> {
        self.settle.store(true, Ordering::Relaxed);
        let begun = Instant::now();
        while begun.elapsed() < within && self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.stop()
    }

    /// Stops at once; what is not acknowledged by then stays so. Gives the network back as it stands.
    pub fn stop(mut self) -> Option<Core> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().and_then(|thread| thread.join().ok())
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// A UDP socket at an address of this machine, with room for a burst of responses.
pub(crate) fn socket(source: Ipv4Addr, target: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    let _ = socket.set_recv_buffer_size(1 << 20);
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from((source, 0)).into())?;
    socket.connect(&target.into())?;
    Ok(socket.into())
}

/// A gateway's client with its source ports.
struct Line {
    client: Client,
    sockets: Vec<UdpSocket>,
}

struct Driver {
    core: Core,
    lines: Vec<Line>,
    pace: Pace,
    stop: Arc<AtomicBool>,
    settle: Arc<AtomicBool>,
    stats: Arc<Mutex<Stats>>,
}

impl Driver {
    fn run(mut self) -> Core {
        let begun = Instant::now();
        while !self.stop.load(Ordering::Relaxed) {
            let clock = self.pace.at(begun.elapsed());
            let lines = &mut self.lines;
            if self.settle.load(Ordering::Relaxed) {
                if lines.iter().all(|line| line.client.unacknowledged() == 0) {
                    break;
                }
            } else {
                self.core.run_until(clock, |_, delivery| {
                    if let Some(line) = lines.get_mut(usize::from(delivery.record.gateway)) {
                        line.client.submit(delivery.record);
                    }
                });
            }
            let now = begun.elapsed().as_micros() as u64;
            for line in &mut self.lines {
                line.send(now, clock);
                line.receive();
            }
            self.publish();
            self.wait(begun, clock);
        }
        self.core
    }

    fn publish(&self) {
        let mut sum = Stats::default();
        for line in &self.lines {
            let stats = line.client.stats();
            sum.records += stats.records;
            sum.acknowledged += stats.acknowledged;
            sum.retransmissions += stats.retransmissions;
            sum.unmatched += stats.unmatched;
        }
        *self.stats.lock().unwrap_or_else(PoisonError::into_inner) = sum;
    }

    /// Until a response comes, something is due, or it is time to look whether to stop.
    fn wait(&self, begun: Instant, clock: Timestamp) {
        let now = begun.elapsed().as_micros() as u64;
        let mut micros = 50_000;
        for line in &self.lines {
            micros = line.client.due_at().map_or(micros, |at| micros.min(at.saturating_sub(now)));
        }
        if let Some(next) = self.core.next_at() {
            let ahead = (next.0 - clock.0).max(0) as f64 / self.pace.speed.max(1.0);
            micros = micros.min(ahead as u64);
        }
        let mut fds: Vec<PollFd<'_>> = self
            .lines
            .iter()
            .flat_map(|line| &line.sockets)
            .map(|socket| PollFd::new(socket.as_fd(), PollFlags::POLLIN))
            .collect();
        let _ = poll(&mut fds, PollTimeout::from((micros / 1000 + 1) as u16));
    }
}

impl Line {
    /// What the kernel doesn't take counts as lost on the way: it is sent again in time.
    fn send(&mut self, now: u64, clock: Timestamp) {
        let sockets = &self.sockets;
        self.client.poll(now, clock, |port, octets| {
            if let Some(socket) = sockets.get(port)
                && let Err(error) = socket.send(octets)
            {
                tracing::trace!(%error, "a datagram was not sent");
            }
        });
    }

    fn receive(&mut self) {
        let mut buffer = [0; 4096];
        for (port, socket) in self.sockets.iter().enumerate() {
            // An error other than "nothing there" is the report that nobody listens; the next call goes on.
            for _ in 0..1024 {
                match socket.recv(&mut buffer) {
                    Ok(length) => self.client.receive(port, buffer.get(..length).unwrap_or_default()),
                    Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                    Err(_) => break,
                }
            }
        }
    }
}
