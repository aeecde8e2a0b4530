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
    /// Each record is from another device.
    changing: bool,
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
    /// Connects all of them, by the gateway that the load is of.
    pub fn start(ours: &Ours) -> Result<Self> {
        Self::start_at(ours, "load-pgw-01")
    }

    /// The same, by a gateway of this name.
    pub fn start_at(ours: &Ours, gateway: &str) -> Result<Self> {
        let mut probes = Self::silent_at(ours, gateway)?;
        for _ in 0..probes.sims.len() {
            probes.ask()?;
        }
        probes.socket.set_nonblocking(true)?;
        Ok(probes)
    }

    /// None of them connected yet.
    pub fn silent_at(ours: &Ours, gateway: &str) -> Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(ours.address())?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        let local = Ipv4Addr::LOCALHOST;
        let gateway = Gateway::new(gateway, local, local, Style::Packed, SECRET);
        let database = ours.open_sqlite()?;
        let mut select = database.prepare("SELECT id FROM sim WHERE imsi = ?1")?;
        let mut sims = Vec::new();
        for index in ours.loader.sims()..ours.loader.sims() + PROBES {
            let id = select.query_row([plan::imsi(index)], |row| row.get(0)).context("a probe's SIM")?;
            sims.push(Probe { index, id: SimId(id), records: 0, sent: None });
        }
        Ok(Self {
            socket,
            gateway,
            started_at: wall_clock(),
            sims,
            identifier: 0,
            next: 0,
            changing: false,
            missed: Vec::new(),
        })
    }

    /// From now on, each of a SIM's records is from another device.
    pub fn change_devices(&mut self) {
        self.changing = true;
    }

    /// Sends the next one's record and waits for its answer: how long that took.
    pub fn ask(&mut self) -> Result<Duration> {
        self.socket.set_nonblocking(false)?;
        let begun = Instant::now();
        self.send_next()?;
        self.socket.recv(&mut [0; 64]).context("a probe's record has no answer")?;
        Ok(begun.elapsed())
    }

    /// The gateway has restarted; answered when it is acknowledged.
    pub fn restart_gateway(&mut self) -> Result<()> {
        self.socket.set_nonblocking(false)?;
        let record = Record { gateway: 0, status: Status::On, at: wall_clock(), session: None };
        self.tell(record)?;
        self.socket.recv(&mut [0; 64]).context("Accounting-On has no answer")?;
        Ok(())
    }

    pub fn ids(&self) -> Vec<SimId> {
        self.sims.iter().map(|probe| probe.id).collect()
    }

    /// Sends the next one's record: its Start at first, updates from then on.
    pub fn send(&mut self) -> Result<()> {
        if self.started() {
            while self.socket.recv(&mut [0; 64]).is_ok() {}
        }
        self.send_next()
    }

    fn send_next(&mut self) -> Result<()> {
        let at = self.next % self.sims.len();
        self.next += 1;
        let Some(probe) = self.sims.get_mut(at) else { return Ok(()) };
        let status = if probe.records == 0 { Status::Start } else { Status::Interim };
        let octets = probe.records * STEP / 2;
        let mut subscriber = plan::subscriber(probe.index);
        if self.changing {
            // One that no other SIM has: a device in two of them is another alert.
            let device = format!("9000{:03}{:03}", at % 1000, probe.records % 1000);
            subscriber.imeisv.iter_mut().skip(4).zip(device.bytes()).for_each(|(digit, new)| *digit = new);
        }
        let session = SessionRecord {
            subscriber,
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
        probe.records += 1;
        self.missed.extend(probe.sent.replace(Instant::now()).map(|sent| sent.elapsed()));
        self.tell(Record { gateway: 0, status, at: wall_clock(), session: Some(session) })
    }

    fn tell(&mut self, record: Record) -> Result<()> {
        let mut buffer = [0; MAX_PACKET];
        let packet = record.encode(&self.gateway, self.identifier, 0, &mut buffer)?;
        self.identifier = self.identifier.wrapping_add(1);
        self.socket.send(packet)?;
        Ok(())
    }

    /// It was seen that a SIM changed: how long after its record was sent. `None` if that had been seen before.
    pub fn seen(&mut self, id: SimId) -> Option<Duration> {
        self.seen_at(id, Instant::now())
    }

    /// The same, when it was seen then.
    pub fn seen_at(&mut self, id: SimId, at: Instant) -> Option<Duration> {
        let probe = self.sims.iter_mut().find(|probe| probe.id == id)?;
        probe.sent.take().map(|sent| at.saturating_duration_since(sent))
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
