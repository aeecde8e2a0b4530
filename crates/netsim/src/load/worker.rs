//! One load thread. Nothing is shared with others but counters: SIM `i` belongs to thread `i mod n`.

use super::{
    LoadConfig, LoadError, Plan, Shared,
    batch::{self, BATCH, Inbox},
    template::{SLOT, Templates, Variable},
    totals::Steps,
};
use crate::wire::living;
use hdrhistogram::Histogram;
use nix::{
    poll::{PollFd, PollFlags, ppoll},
    sys::time::TimeSpec,
};
use opencmp_radius::{Authenticator, Packet, Secret, code::Role};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{
    collections::VecDeque,
    net::UdpSocket,
    os::fd::AsFd,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

/// Nanoseconds since the run began.
type Nanos = u64;

/// How long after its acknowledgement a record is redelivered, and after its sending a datagram repeated.
const REDELIVER_AFTER: Nanos = 50_000_000;
const ECHO_AFTER: Nanos = 8_000_000;
/// How often requests are looked over for what is due again.
const SWEEP_EVERY: Nanos = 20_000_000;

pub(crate) struct Worker {
    config: LoadConfig,
    plan: Plan,
    shared: Arc<Shared>,
    templates: Templates,
    secret: Secret,
    ports: Vec<Port>,
    next_port: usize,
    /// `port * 256 + identifier`.
    slots: Vec<Slot>,
    outstanding: u32,
    limit: u32,
    steps: Steps,
    /// Where the walk over this thread's SIMs stands; each is visited before any is again.
    position: u32,
    stride: u32,
    records_left: u64,
    rate: Option<f64>,
    redeliveries: VecDeque<Redelivery>,
    echoes: VecDeque<Echo>,
    rng: ChaCha8Rng,
    /// Seconds since 1970 when the run began.
    begun_at: i64,
    last_sweep: Nanos,
    result: Counts,
    latency: Histogram<u64>,
}

/// What a thread did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub records: u64,
    pub acknowledged: u64,
    pub datagrams: u64,
    pub retransmissions: u64,
    pub duplicates: u64,
    pub redeliveries: u64,
    pub redeliveries_acknowledged: u64,
    pub unmatched: u64,
    pub not_sent: u64,
    pub longest_gap: Duration,
    /// Acknowledged records by second of the run.
    pub by_second: Vec<u64>,
    pub elapsed: Duration,
    pub last_acknowledged: Duration,
    pub cpu: Duration,
}

pub(crate) struct WorkerResult {
    pub counts: Counts,
    pub latency: Histogram<u64>,
    pub steps: Steps,
}

struct Port {
    socket: UdpSocket,
    /// Identifiers not in use, the longest free first.
    free: VecDeque<u8>,
    to_send: Vec<u8>,
}

#[derive(Clone)]
struct Slot {
    holds: Holds,
    sim: u32,
    first_sent: Nanos,
    due: Nanos,
    /// Microseconds.
    wait: u64,
    length: usize,
    packet: [u8; SLOT],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Nothing,
    Record,
    Redelivery,
}

/// An acknowledged record that is to be sent once more.
struct Redelivery {
    due: Nanos,
    sent: Nanos,
    sim: u32,
    length: usize,
    packet: [u8; SLOT],
}

/// A datagram that the network is to deliver twice.
struct Echo {
    due: Nanos,
    port: usize,
    packet: Vec<u8>,
}

impl Worker {
    pub fn new(config: &LoadConfig, thread: u32, shared: Arc<Shared>) -> Result<Self, LoadError> {
        let share = |whole: u64| {
            whole / u64::from(config.threads)
                + u64::from(u64::from(thread) < whole % u64::from(config.threads))
        };
        let ports: Result<Vec<_>, _> = (0..share(u64::from(config.ports)))
            .map(|_| living::socket(config.source, config.target).map(Port::new))
            .collect();
        let ports = ports.map_err(|error| LoadError::Socket { source_address: config.source, error })?;
        let templates = Templates::new(config.source, &config.secret).ok_or(LoadError::Template)?;
        let steps = Steps::new(thread, config.threads, config.sims);
        let empty = Slot {
            holds: Holds::Nothing,
            sim: 0,
            first_sent: 0,
            due: 0,
            wait: 0,
            length: 0,
            packet: [0; SLOT],
        };
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        rng.set_stream(u64::from(thread));
        Ok(Self {
            plan: config.plan(),
            shared,
            templates,
            secret: Secret::new(&config.secret),
            next_port: 0,
            slots: vec![empty; ports.len() * 256],
            ports,
            outstanding: 0,
            limit: share(u64::from(config.outstanding)) as u32,
            position: 0,
            stride: stride(steps.len()),
            steps,
            records_left: config.records.map_or(u64::MAX, share),
            rate: config.rate.map(|rate| rate / f64::from(config.threads)),
            redeliveries: VecDeque::new(),
            echoes: VecDeque::new(),
            rng,
            begun_at: living::wall_clock().secs(),
            last_sweep: 0,
            result: Counts::default(),
            // Microseconds to three digits; its range grows as needed.
            latency: Histogram::new(3).map_err(|_| LoadError::Histogram)?,
            config: config.clone(),
        })
    }

    pub fn run(mut self) -> WorkerResult {
        let mut inbox = Inbox::new();
        let mut drain_until: Option<Nanos> = None;
        loop {
            let now = self.now();
            if self.shared.stop.load(Ordering::Relaxed) {
                break;
            }
            if drain_until.is_none() && self.is_over(now) {
                drain_until = Some(now + self.config.drain.as_nanos() as u64);
            }
            match drain_until {
                None => self.fill(now),
                Some(_) if self.outstanding == 0 && self.redeliveries.is_empty() => break,
                Some(until) if now >= until => break,
                Some(_) => self.redeliver(now),
            }
            self.echo(now);
            self.flush();
            self.wait(now);
            self.receive(&mut inbox);
            self.sweep();
        }
        self.result.elapsed = self.shared.begun.elapsed();
        self.result.cpu = batch::thread_cpu();
        WorkerResult { counts: self.result, latency: self.latency, steps: self.steps }
    }

    fn now(&self) -> Nanos {
        self.shared.begun.elapsed().as_nanos() as u64
    }

    fn is_over(&self, now: Nanos) -> bool {
        self.records_left == 0
            || self.shared.draining.load(Ordering::Relaxed)
            || self.config.duration.is_some_and(|bound| u128::from(now) >= bound.as_nanos())
    }

    /// Redeliveries that are due, then new records, up to the requests that may be outstanding.
    fn fill(&mut self, now: Nanos) {
        self.redeliver(now);
        while self.outstanding < self.limit && self.records_left > 0 && self.within_rate(now) {
            let Some(local) = self.next_sim() else { break };
            self.send_record(local, now);
        }
    }

    fn within_rate(&self, now: Nanos) -> bool {
        self.rate.is_none_or(|rate| (self.result.records as f64) < rate * now as f64 / 1e9)
    }

    /// The next SIM with nothing outstanding.
    fn next_sim(&mut self) -> Option<u32> {
        for _ in 0..=self.outstanding {
            self.position =
                ((u64::from(self.position) + u64::from(self.stride)) % u64::from(self.steps.len())) as u32;
            if !self.steps.is_pending(self.position) {
                return Some(self.position);
            }
        }
        None
    }

    fn send_record(&mut self, local: u32, now: Nanos) {
        let Some((port, identifier)) = self.take_identifier() else { return };
        let event = (self.begun_at + (now / 1_000_000_000) as i64) as u32;
        let record = self.steps.acknowledged(local);
        let sim = self.steps.sim(local);
        let session_secs = self.steps.begin(local, record.is_multiple_of(self.plan.session_records), event);
        let what = Variable {
            sim,
            session: u32::from(self.config.run) << 16 | self.plan.session(record) & 0xFFFF,
            event,
            session_secs,
            counters: self.plan.counters(sim, record),
        };
        let slot = &mut self.slots[port * 256 + usize::from(identifier)];
        slot.length = self.templates.write(self.plan.status(record), identifier, &what, &mut slot.packet);
        slot.holds = Holds::Record;
        slot.sim = local;
        self.result.records += 1;
        self.records_left -= 1;
        self.shared.sent.fetch_add(1, Ordering::Relaxed);
        self.launch(port, identifier, now);
        if self.config.duplicate_percent > 0.0 && self.rng.random_bool(self.config.duplicate_percent / 100.0)
        {
            self.duplicate(port, identifier, now);
        }
    }

    /// Half of the duplicates follow at once, half come late, perhaps after the response.
    fn duplicate(&mut self, port: usize, identifier: u8, now: Nanos) {
        self.result.duplicates += 1;
        if self.rng.random_bool(0.5) {
            self.ports[port].to_send.push(identifier);
        } else {
            let slot = &self.slots[port * 256 + usize::from(identifier)];
            let packet = slot.packet[..slot.length].to_vec();
            self.echoes.push_back(Echo { due: now + ECHO_AFTER, port, packet });
        }
    }

    fn echo(&mut self, now: Nanos) {
        while let Some(echo) = self.echoes.pop_front_if(|echo| echo.due <= now) {
            self.result.datagrams += 1;
            let _ = batch::send(&self.ports[echo.port].socket, &[&echo.packet]);
        }
    }

    fn redeliver(&mut self, now: Nanos) {
        while self.outstanding < self.limit {
            let Some(again) = self.redeliveries.pop_front_if(|again| again.due <= now) else { return };
            let Some((port, identifier)) = self.take_identifier() else { return };
            let slot = &mut self.slots[port * 256 + usize::from(identifier)];
            slot.packet = again.packet;
            slot.length = again.length;
            let delay = ((now - again.sent) / 1_000_000_000).max(1) as u32;
            let sim = self.steps.sim(again.sim);
            self.templates.redeliver(identifier, sim, delay, &mut slot.packet[..again.length]);
            slot.holds = Holds::Redelivery;
            slot.sim = again.sim;
            self.result.redeliveries += 1;
            self.launch(port, identifier, now);
        }
    }

    fn launch(&mut self, port: usize, identifier: u8, now: Nanos) {
        let slot = &mut self.slots[port * 256 + usize::from(identifier)];
        slot.first_sent = now;
        slot.wait = self.config.retransmission.next(0, &mut self.rng);
        slot.due = now + slot.wait * 1_000;
        self.outstanding += 1;
        self.ports[port].to_send.push(identifier);
    }

    fn take_identifier(&mut self) -> Option<(usize, u8)> {
        for _ in 0..self.ports.len() {
            let port = self.next_port;
            self.next_port = (port + 1) % self.ports.len();
            if let Some(identifier) = self.ports[port].free.pop_front() {
                return Some((port, identifier));
            }
        }
        None
    }

    /// Datagrams that the kernel doesn't take are lost on the way, so to speak, and sent again in time.
    fn flush(&mut self) {
        for (port, slots) in self.ports.iter_mut().zip(self.slots.chunks(256)) {
            for identifiers in port.to_send.chunks(BATCH) {
                let mut datagrams: [&[u8]; BATCH] = [&[]; BATCH];
                for (datagram, identifier) in datagrams.iter_mut().zip(identifiers) {
                    let slot = &slots[usize::from(*identifier)];
                    *datagram = &slot.packet[..slot.length];
                }
                let mut rest = &datagrams[..identifiers.len()];
                self.result.datagrams += rest.len() as u64;
                while !rest.is_empty() {
                    match batch::send(&port.socket, rest) {
                        Ok(sent) if sent > 0 => rest = &rest[sent..],
                        _ => {
                            self.result.not_sent += rest.len() as u64;
                            break;
                        }
                    }
                }
            }
            port.to_send.clear();
        }
    }

    /// Until a response comes, or something is to be done.
    fn wait(&mut self, now: Nanos) {
        let mut until = self.last_sweep + SWEEP_EVERY;
        if let Some(rate) = self.rate
            && self.outstanding < self.limit
        {
            until = until.min((self.result.records as f64 / rate * 1e9) as Nanos);
        }
        for due in [self.echoes.front().map(|echo| echo.due), self.redeliveries.front().map(|r| r.due)] {
            until = due.map_or(until, |due| until.min(due));
        }
        let mut fds: Vec<PollFd<'_>> =
            self.ports.iter().map(|port| PollFd::new(port.socket.as_fd(), PollFlags::POLLIN)).collect();
        let wait = Duration::from_nanos(until.saturating_sub(now));
        let _ = ppoll(&mut fds, Some(TimeSpec::from_duration(wait)), None);
    }

    fn receive(&mut self, inbox: &mut Inbox) {
        let mut acknowledged = 0;
        for port in 0..self.ports.len() {
            if self.ports[port].free.len() == 256 && self.config.duplicate_percent == 0.0 {
                continue; // Nothing is outstanding here.
            }
            loop {
                let received = inbox.receive(&self.ports[port].socket);
                let now = self.now();
                for index in 0..received {
                    match self.acknowledge(port, inbox.datagram(index), now) {
                        Some(Holds::Record) => acknowledged += 1,
                        Some(_) => {}
                        None => self.result.unmatched += 1,
                    }
                }
                if received < BATCH {
                    break;
                }
            }
        }
        if acknowledged > 0 {
            self.count(acknowledged);
        }
    }

    fn acknowledge(&mut self, port: usize, datagram: &[u8], now: Nanos) -> Option<Holds> {
        let packet = Packet::response(datagram, Role::Acct).ok()?;
        let slot = &mut self.slots[port * 256 + usize::from(packet.identifier())];
        let held = slot.holds;
        if held == Holds::Nothing {
            return None;
        }
        let authenticator: &Authenticator = slot.packet.get(4..20)?.try_into().ok()?;
        packet.verify(&self.secret, Some(authenticator)).into_result().ok()?;
        slot.holds = Holds::Nothing;
        self.outstanding -= 1;
        self.ports[port].free.push_back(packet.identifier());
        if held == Holds::Redelivery {
            self.result.redeliveries_acknowledged += 1;
            return Some(held);
        }
        self.steps.acknowledge(slot.sim);
        let _ = self.latency.record((now - slot.first_sent) / 1_000);
        if self.config.redelivery_percent > 0.0
            && self.rng.random_bool(self.config.redelivery_percent / 100.0)
        {
            self.redeliveries.push_back(Redelivery {
                due: now + REDELIVER_AFTER,
                sent: slot.first_sent,
                sim: slot.sim,
                length: slot.length,
                packet: slot.packet,
            });
        }
        Some(held)
    }

    /// Notes that records were acknowledged just now, and how long that had not been so, for all threads together.
    fn count(&mut self, acknowledged: u64) {
        let now = self.now();
        self.result.acknowledged += acknowledged;
        self.shared.acknowledged.fetch_add(acknowledged, Ordering::Relaxed);
        let before = self.shared.last_acknowledged_at.swap(now, Ordering::Relaxed);
        let gap = Duration::from_nanos(now.saturating_sub(before));
        self.result.longest_gap = self.result.longest_gap.max(gap);
        self.result.last_acknowledged = Duration::from_nanos(now);
        let second = (now / 1_000_000_000) as usize;
        if self.result.by_second.len() <= second {
            self.result.by_second.resize(second + 1, 0);
        }
        self.result.by_second[second] += acknowledged;
    }

    /// Sends again, unchanged, what has waited for too long (RFC 5080 §2.2.1).
    fn sweep(&mut self) {
        let now = self.now();
        if now < self.last_sweep + SWEEP_EVERY {
            return;
        }
        self.last_sweep = now;
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if slot.holds != Holds::Nothing && slot.due <= now {
                slot.wait = self.config.retransmission.next(slot.wait, &mut self.rng);
                slot.due = now + slot.wait * 1_000;
                self.ports[index / 256].to_send.push((index % 256) as u8);
                self.result.retransmissions += 1;
            }
        }
    }
}

impl Port {
    fn new(socket: UdpSocket) -> Self {
        Self { socket, free: (0..=255).collect(), to_send: Vec::with_capacity(256) }
    }
}

/// A step near the golden section that meets every one of `count`.
fn stride(count: u32) -> u32 {
    let gcd = |mut a: u32, mut b: u32| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let from = (f64::from(count) * 0.618) as u32;
    (from.max(1)..).find(|step| gcd(*step, count) == 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stride_meets_every_sim() {
        for count in [1, 2, 3, 6, 10, 97, 1_000, 65_536] {
            let step = stride(count);
            let mut met = vec![false; count as usize];
            let mut at = 0;
            for _ in 0..count {
                at = (at + step) % count;
                met[at as usize] = true;
            }
            assert!(met.into_iter().all(|met| met), "{count}");
        }
    }
}
