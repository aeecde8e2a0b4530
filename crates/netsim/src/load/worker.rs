//! One load thread: what is sent, and what came of it. Nothing is shared with other threads but counters: SIM `i` belongs
//! to thread `i mod n`.

use super::{
    LoadConfig, LoadError, Plan, Shared,
    batch::{self, Inbox},
    template::{SLOT, Templates, Variable},
    totals::Steps,
    window::{Nanos, Place, Request, Window},
};
use crate::wire::living;
use hdrhistogram::Histogram;
use opencmp_radius::Secret;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

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
    window: Window,
    steps: Steps,
    stride: u32,
    records_left: u64,
    rate: Option<f64>,
    redeliveries: VecDeque<Redelivery>,
    echoes: VecDeque<Echo>,
    rng: ChaCha8Rng,
    /// Seconds since 1970 when the run began.
    begun_at: i64,
    last_sweep: Nanos,
    counts: Counts,
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

/// An acknowledged record that is to be sent once more.
struct Redelivery {
    due: Nanos,
    sent: Nanos,
    local: u32,
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
        let threads = u64::from(config.threads);
        let share = |whole: u64| whole / threads + u64::from(u64::from(thread) < whole % threads);
        let sockets: Result<Vec<_>, _> = (0..share(u64::from(config.ports)))
            .map(|_| living::socket(config.source, config.target))
            .collect();
        let sockets = sockets.map_err(|error| LoadError::Socket { source_address: config.source, error })?;
        let limit = share(u64::from(config.outstanding)) as u32;
        let steps = match &config.resume {
            Some(totals) => totals.resume(thread),
            None => Steps::new(thread, config.threads, config.sims),
        };
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        rng.set_stream(u64::from(thread));
        Ok(Self {
            plan: config.plan(),
            shared,
            templates: Templates::new(config.source, &config.secret).ok_or(LoadError::Template)?,
            window: Window::new(sockets, limit, config.retransmission, Secret::new(&config.secret)),
            stride: stride(steps.len()),
            steps,
            records_left: config.records.map_or(u64::MAX, share),
            rate: config.rate.map(|rate| rate / f64::from(config.threads)),
            redeliveries: VecDeque::new(),
            echoes: VecDeque::new(),
            rng,
            begun_at: living::wall_clock().secs(),
            last_sweep: 0,
            counts: Counts::default(),
            // Microseconds to three digits; its range grows as needed.
            latency: Histogram::new(3).map_err(|_| LoadError::Histogram)?,
            config: LoadConfig { resume: None, ..config.clone() },
        })
    }

    pub fn run(mut self) -> WorkerResult {
        let mut inbox = Inbox::new();
        let mut drain_until: Option<Nanos> = None;
        while !self.shared.stop.load(Ordering::Relaxed) {
            let now = self.now();
            if drain_until.is_none() && self.is_over(now) {
                drain_until = Some(now + self.config.drain.as_nanos() as u64);
            }
            self.redeliver(now);
            match drain_until {
                None => self.fill(now),
                Some(_) if self.window.outstanding() == 0 && self.redeliveries.is_empty() => break,
                Some(until) if now >= until => break,
                Some(_) => {}
            }
            self.echo(now);
            let (datagrams, not_sent) = self.window.flush();
            self.counts.datagrams += datagrams;
            self.counts.not_sent += not_sent;
            self.window.wait(self.idle(now));
            self.receive(&mut inbox);
            self.sweep();
        }
        self.counts.elapsed = self.shared.begun.elapsed();
        self.counts.cpu = batch::thread_cpu();
        WorkerResult { counts: self.counts, latency: self.latency, steps: self.steps }
    }

    fn now(&self) -> Nanos {
        self.shared.begun.elapsed().as_nanos() as u64
    }

    fn is_over(&self, now: Nanos) -> bool {
        self.records_left == 0
            || self.shared.draining.load(Ordering::Relaxed)
            || self.config.duration.is_some_and(|bound| u128::from(now) >= bound.as_nanos())
    }

    /// New records, up to the requests that may be outstanding.
    fn fill(&mut self, now: Nanos) {
        while self.window.has_room() && self.records_left > 0 && self.within_rate(now) {
            let Some(local) = self.next_sim() else { break };
            self.send_record(local, now);
        }
    }

    fn within_rate(&self, now: Nanos) -> bool {
        self.rate.is_none_or(|rate| (self.counts.records as f64) < rate * now as f64 / 1e9)
    }

    /// The next SIM with nothing outstanding.
    fn next_sim(&mut self) -> Option<u32> {
        for _ in 0..=self.window.outstanding() {
            let local = self.steps.walk(self.stride);
            if !self.steps.is_pending(local) {
                return Some(local);
            }
        }
        None
    }

    fn send_record(&mut self, local: u32, now: Nanos) {
        let record = self.steps.acknowledged(local);
        let sim = self.steps.sim(local);
        let event = (self.begun_at + (now / 1_000_000_000) as i64) as u32;
        let starts = record.is_multiple_of(self.plan.session_records);
        let what = Variable {
            sim,
            session: u32::from(self.config.run) << 16 | self.plan.session(record) & 0xFFFF,
            event,
            session_secs: self.steps.session_secs(local, starts, event),
            counters: self.plan.counters(sim, record),
        };
        let request = Request { redelivered: false, local, first_sent: now };
        let (templates, status) = (&self.templates, self.plan.status(record));
        let opened = self.window.open(request, &mut self.rng, |identifier, packet| {
            templates.write(status, identifier, &what, packet)
        });
        let Some(place) = opened else { return };
        self.steps.begin(local, starts, event);
        self.counts.records += 1;
        self.records_left -= 1;
        self.shared.sent.fetch_add(1, Ordering::Relaxed);
        if by_chance(&mut self.rng, self.config.duplicate_percent) {
            self.duplicate(place, now);
        }
    }

    /// Half of the duplicates follow at once, half come late, perhaps after the response.
    fn duplicate(&mut self, place: Place, now: Nanos) {
        self.counts.duplicates += 1;
        if self.rng.random_bool(0.5) {
            self.window.send_again(place);
        } else {
            let packet = self.window.packet(place).to_vec();
            self.echoes.push_back(Echo { due: now + ECHO_AFTER, port: place.port, packet });
        }
    }

    fn echo(&mut self, now: Nanos) {
        while let Some(echo) = self.echoes.pop_front_if(|echo| echo.due <= now) {
            self.counts.datagrams += 1;
            self.window.send_past(echo.port, &echo.packet);
        }
    }

    fn redeliver(&mut self, now: Nanos) {
        while self.window.has_room() {
            let Some(again) = self.redeliveries.pop_front_if(|again| again.due <= now) else { return };
            let delay_secs = ((now - again.sent) / 1_000_000_000).max(1) as u32;
            let sim = self.steps.sim(again.local);
            let request = Request { redelivered: true, local: again.local, first_sent: now };
            let templates = &self.templates;
            let opened = self.window.open(request, &mut self.rng, |identifier, packet| {
                *packet = again.packet;
                templates.redeliver(identifier, sim, delay_secs, &mut packet[..again.length]);
                again.length
            });
            self.counts.redeliveries += u64::from(opened.is_some());
        }
    }

    /// Until when there is nothing to do, unless a response comes.
    fn idle(&self, now: Nanos) -> Duration {
        let mut until = self.last_sweep + SWEEP_EVERY;
        if let Some(rate) = self.rate
            && self.window.has_room()
        {
            until = until.min((self.counts.records as f64 / rate * 1e9) as Nanos);
        }
        let echo = self.echoes.front().map(|echo| echo.due);
        let redelivery = self.redeliveries.front().map(|again| again.due);
        let until = [echo, redelivery].into_iter().flatten().fold(until, Nanos::min);
        Duration::from_nanos(until.saturating_sub(now))
    }

    fn receive(&mut self, inbox: &mut Inbox) {
        let mut acknowledged = 0;
        for port in 0..self.window.ports() {
            loop {
                let (received, more) = self.window.receive(port, inbox);
                let now = self.now();
                for index in 0..received {
                    match self.window.answer(port, inbox.datagram(index)) {
                        None => self.counts.unmatched += 1,
                        Some((_, request)) if request.redelivered => {
                            self.counts.redeliveries_acknowledged += 1;
                        }
                        Some((place, request)) => {
                            acknowledged += 1;
                            self.acknowledge(place, request, now);
                        }
                    }
                }
                if !more {
                    break;
                }
            }
        }
        if acknowledged > 0 {
            self.count(acknowledged);
        }
    }

    fn acknowledge(&mut self, place: Place, request: Request, now: Nanos) {
        self.steps.acknowledge(request.local);
        // Within range: the histogram grows.
        let _ = self.latency.record((now - request.first_sent) / 1_000);
        if by_chance(&mut self.rng, self.config.redelivery_percent) {
            let sent = self.window.packet(place);
            let mut packet = [0; SLOT];
            packet[..sent.len()].copy_from_slice(sent);
            self.redeliveries.push_back(Redelivery {
                due: now + REDELIVER_AFTER,
                sent: request.first_sent,
                local: request.local,
                length: sent.len(),
                packet,
            });
        }
    }

    /// Notes that records were acknowledged just now, and how long that had not been so, for all threads together.
    fn count(&mut self, acknowledged: u64) {
        let now = self.now();
        self.counts.acknowledged += acknowledged;
        self.shared.acknowledged.fetch_add(acknowledged, Ordering::Relaxed);
        let before = self.shared.last_acknowledged_at.swap(now, Ordering::Relaxed);
        let gap = Duration::from_nanos(now.saturating_sub(before));
        self.counts.longest_gap = self.counts.longest_gap.max(gap);
        self.counts.last_acknowledged = Duration::from_nanos(now);
        let second = (now / 1_000_000_000) as usize;
        if self.counts.by_second.len() <= second {
            self.counts.by_second.resize(second + 1, 0);
        }
        self.counts.by_second[second] += acknowledged;
    }

    fn sweep(&mut self) {
        let now = self.now();
        if now >= self.last_sweep + SWEEP_EVERY {
            self.last_sweep = now;
            self.counts.retransmissions += self.window.sweep(now, &mut self.rng);
        }
    }
}

fn by_chance(rng: &mut ChaCha8Rng, percent: f64) -> bool {
    percent > 0.0 && rng.random_bool(percent / 100.0)
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
