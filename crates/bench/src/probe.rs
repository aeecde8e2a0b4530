//! A few SIMs of the inventory that no load is on: what is sent for them is seen on screens, and nothing else moves them.

use crate::ours::{Ours, PROBES, SECRET};
use anyhow::{Context, Result, ensure};
use opencmp_domain::{SimId, Timestamp};
use opencmp_netsim::{
    Gateway,
    gateway::Style,
    load::plan,
    record::{MAX_PACKET, Place, RAT_EUTRAN, Record, SessionRecord, Status},
    wire::living::wall_clock,
};
use opencmp_radius::threegpp::Plmn;
use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

/// The list's cell that a probe changes: usage of today.
pub const COLUMN: &str = "td.c-today";
/// Each record of a probe counts so many octets more: enough to change what a cell shows.
const STEP: u64 = 2 << 20;

pub struct Probes {
    socket: UdpSocket,
    gateway: Gateway,
    started_at: Timestamp,
    sims: Vec<Probe>,
    identifier: u8,
    next: usize,
    /// Age of records that were followed by another before anything was seen of them.
    missed: Vec<Duration>,
}

struct Probe {
    index: u32,
    id: SimId,
    records: u64,
    sent: Option<Instant>,
}

impl Probes {
    /// Connects all of them.
    pub fn start(ours: &Ours) -> Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(ours.address())?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        let local = Ipv4Addr::LOCALHOST;
        let gateway = Gateway::new("load-pgw-01", local, local, Style::Packed, SECRET);
        let database = ours.open_sqlite()?;
        let mut select = database.prepare("SELECT id FROM sim WHERE imsi = ?1")?;
        let mut sims = Vec::new();
        for index in ours.loader.sims()..ours.loader.sims() + PROBES {
            let id = select.query_row([plan::imsi(index)], |row| row.get(0)).context("a probe's SIM")?;
            sims.push(Probe { index, id: SimId(id), records: 0, sent: None });
        }
        let mut probes = Self {
            socket,
            gateway,
            started_at: wall_clock(),
            sims,
            identifier: 0,
            next: 0,
            missed: Vec::new(),
        };
        for _ in 0..probes.sims.len() {
            probes.send()?;
            probes.socket.recv(&mut [0; 64]).context("a probe's Start has no answer")?;
        }
        probes.socket.set_nonblocking(true)?;
        Ok(probes)
    }

    pub fn ids(&self) -> Vec<SimId> {
        self.sims.iter().map(|probe| probe.id).collect()
    }

    /// Sends the next one's record: its Start at first, updates from then on.
    pub fn send(&mut self) -> Result<()> {
        if self.started() {
            while self.socket.recv(&mut [0; 64]).is_ok() {}
        }
        let at = self.next % self.sims.len();
        self.next += 1;
        let Some(probe) = self.sims.get_mut(at) else { return Ok(()) };
        let status = if probe.records == 0 { Status::Start } else { Status::Interim };
        let octets = probe.records * STEP / 2;
        let session = SessionRecord {
            subscriber: plan::subscriber(probe.index),
            apn: "internet.iot",
            charging_id: probe.index,
            nsapi: 5,
            address: Ipv4Addr::from(0x0A00_0000 ^ probe.index),
            prefix: None,
            place: Place {
                plmn: Plmn::from_text(b"00101").context("a network")?,
                rat: RAT_EUTRAN,
                area: 10_000,
                cell: 77,
                quarter_hours: 32,
            },
            started_at: self.started_at,
            uplink: octets,
            downlink: octets,
            cause: None,
            last_bearer: false,
        };
        let record = Record { gateway: 0, status, at: wall_clock(), session: Some(session) };
        let mut buffer = [0; MAX_PACKET];
        let packet = record.encode(&self.gateway, self.identifier, 0, &mut buffer)?;
        self.identifier = self.identifier.wrapping_add(1);
        probe.records += 1;
        self.missed.extend(probe.sent.replace(Instant::now()).map(|sent| sent.elapsed()));
        self.socket.send(packet)?;
        Ok(())
    }

    /// It was seen that a SIM changed: how long after its record was sent. `None` if that had been seen before.
    pub fn seen(&mut self, id: SimId) -> Option<Duration> {
        let probe = self.sims.iter_mut().find(|probe| probe.id == id)?;
        probe.sent.take().map(|sent| sent.elapsed())
    }

    /// How old records are of which nothing was seen, or were when another followed.
    pub fn unseen(&self) -> impl Iterator<Item = Duration> + '_ {
        let waiting = self.sims.iter().filter_map(|probe| Some(probe.sent?.elapsed()));
        waiting.chain(self.missed.iter().copied())
    }

    pub fn forget(&mut self) {
        self.sims.iter_mut().for_each(|probe| probe.sent = None);
        self.missed.clear();
    }

    fn started(&self) -> bool {
        self.sims.iter().all(|probe| probe.records > 0)
    }
}

/// Collects how long probes took to be seen.
pub fn quantiles(mut times: Vec<f64>) -> Result<(f64, f64)> {
    ensure!(!times.is_empty(), "no change was seen");
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() - 1) as f64 * share).ceil() as usize).copied();
    at(0.5).zip(at(0.99)).context("no change was seen")
}

/// Where a watching page's address is: the probes have the highest numbers.
pub fn page(address: SocketAddr) -> String {
    format!("http://{address}/sims?sort=-msisdn")
}
