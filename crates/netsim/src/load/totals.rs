//! What each SIM must come to.

use super::plan::{Octets, Plan, imsi};
use serde::Serialize;
use std::io;

/// How far the SIMs of one thread are: eight octets each.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    thread: u32,
    threads: u32,
    /// Records acknowledged; the top bit says that one more is sent.
    steps: Vec<u32>,
    /// When the current session began, in seconds since 1970.
    begun: Vec<u32>,
    /// Where the walk over the SIMs stands; each is visited before any is again.
    position: u32,
}

const PENDING: u32 = 1 << 31;

impl Steps {
    pub fn new(thread: u32, threads: u32, sims: u32) -> Self {
        let count = (sims / threads + u32::from(thread < sims % threads)) as usize;
        Self { thread, threads, steps: vec![0; count], begun: vec![0; count], position: 0 }
    }

    /// SIMs of this thread; they are numbered locally.
    pub fn len(&self) -> u32 {
        self.steps.len() as u32
    }

    pub fn sim(&self, local: u32) -> u32 {
        local * self.threads + self.thread
    }

    /// The next SIM of a walk with this step.
    pub fn walk(&mut self, stride: u32) -> u32 {
        self.position =
            ((u64::from(self.position) + u64::from(stride)) % u64::from(self.len().max(1))) as u32;
        self.position
    }

    pub fn is_pending(&self, local: u32) -> bool {
        self.steps[local as usize] & PENDING != 0
    }

    pub fn acknowledged(&self, local: u32) -> u32 {
        self.steps[local as usize] & !PENDING
    }

    /// Acct-Session-Time of the next record.
    pub fn session_secs(&self, local: u32, starts_session: bool, event: u32) -> u32 {
        if starts_session { 0 } else { event.saturating_sub(self.begun[local as usize]) }
    }

    /// The next record is being sent.
    pub fn begin(&mut self, local: u32, starts_session: bool, event: u32) {
        self.steps[local as usize] |= PENDING;
        if starts_session {
            self.begun[local as usize] = event;
        }
    }

    pub fn acknowledge(&mut self, local: u32) {
        let step = &mut self.steps[local as usize];
        *step = (*step & !PENDING) + 1;
    }
}

/// The totals of all SIMs after a run.
#[derive(Clone, Debug)]
pub struct Totals {
    plan: Plan,
    threads: Vec<Steps>,
}

/// What a SIM must come to: at least what was acknowledged, at most what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SimTotals {
    pub imsi: String,
    /// Octets of acknowledged records, over all sessions.
    pub uplink: u64,
    pub downlink: u64,
    /// The counters of the last acknowledged record, since its session's start.
    pub last_acked_up: u64,
    pub last_acked_down: u64,
    /// Those of the last record sent: the same, unless it is not acknowledged.
    pub last_sent_up: u64,
    pub last_sent_down: u64,
    /// Octets if the last record sent was taken as well, without its acknowledgement having arrived.
    pub uplink_sent: u64,
    pub downlink_sent: u64,
    pub records_acked: u32,
    pub records_sent: u32,
}

impl SimTotals {
    /// Every record sent was acknowledged: the figures are exact.
    pub fn is_settled(&self) -> bool {
        self.records_acked == self.records_sent
    }

    /// Whether a server that shows these octets has lost nothing acknowledged and counted nothing twice.
    pub fn allows(&self, uplink: u64, downlink: u64) -> bool {
        [(self.uplink, self.downlink), (self.uplink_sent, self.downlink_sent)].contains(&(uplink, downlink))
    }
}

impl Totals {
    pub(crate) fn new(plan: Plan, threads: Vec<Steps>) -> Self {
        Self { plan, threads }
    }

    /// Whether a run of this kind can go on from here.
    pub(crate) fn fits(&self, plan: Plan, sims: u32, threads: u32) -> bool {
        let held: u64 = self.threads.iter().map(|steps| u64::from(steps.len())).sum();
        self.plan == plan && held == u64::from(sims) && self.threads.len() == threads as usize
    }

    /// A thread's SIMs, to go on with. Records that nobody acknowledged are sent again.
    pub(crate) fn resume(&self, thread: u32) -> Steps {
        let mut steps = match self.threads.get(thread as usize) {
            Some(steps) => steps.clone(),
            None => Steps::new(thread, 1, 0),
        };
        steps.steps.iter_mut().for_each(|step| *step &= !PENDING);
        steps
    }

    /// Every SIM that sent something, in the order of its index.
    pub fn iter(&self) -> impl Iterator<Item = SimTotals> + '_ {
        let longest = self.threads.iter().map(Steps::len).max().unwrap_or(0);
        (0..longest)
            .flat_map(|local| self.threads.iter().map(move |steps| (steps, local)))
            .filter(|(steps, local)| *local < steps.len())
            .filter_map(|(steps, local)| self.of(steps, local))
    }

    /// Sums over all SIMs: acknowledged, and sent.
    pub fn sums(&self) -> (Octets, Octets) {
        self.iter().fold(((0, 0), (0, 0)), |(acked, sent), sim| {
            (
                (acked.0 + sim.uplink, acked.1 + sim.downlink),
                (sent.0 + sim.uplink_sent, sent.1 + sim.downlink_sent),
            )
        })
    }

    /// As CSV with a header line.
    pub fn write_csv(&self, out: impl io::Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        for sim in self.iter() {
            csv.serialize(sim)?;
        }
        csv.flush()
    }

    fn of(&self, steps: &Steps, local: u32) -> Option<SimTotals> {
        let acked = steps.acknowledged(local);
        let sent = acked + u32::from(steps.is_pending(local));
        if sent == 0 {
            return None;
        }
        let sim = steps.sim(local);
        let last = |records: u32| match records {
            0 => (0, 0),
            _ => self.plan.counters(sim, records - 1),
        };
        let (total, total_sent) = (self.plan.total(sim, acked), self.plan.total(sim, sent));
        let (last_acked, last_sent) = (last(acked), last(sent));
        Some(SimTotals {
            imsi: imsi(sim),
            uplink: total.0,
            downlink: total.1,
            last_acked_up: last_acked.0,
            last_acked_down: last_acked.1,
            last_sent_up: last_sent.0,
            last_sent_down: last_sent.1,
            uplink_sent: total_sent.0,
            downlink_sent: total_sent.1,
            records_acked: acked,
            records_sent: sent,
        })
    }
}
