//! A small language for what a gateway sends and what the fleet makes of it.
//!
//! Times are seconds from [`NOON`], noon in Taipei. SIMs are numbers; those up to 9 are in the inventory, with the number
//! as id. Every look at the fleet checks that the sums agree: pieces by day, by hour, sessions, SIM.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod worlds;

use opencmp_domain::{
    ConnectionState, Day, Imei, Imsi, Msisdn, NasId, Plmn, RatType, RuleId, ServiceState, SimId, TenantId,
    Timestamp, Tz,
    alert::rule::{Condition, Rule, RuleSaid},
    event::EventKind,
    node::{Node, NodeName},
    session::CellId,
    sim::SimInventory,
    stored::{StoredSession, UsageClass, escape_octets},
    time::DEFAULT_ZONE,
};
use opencmp_fleet::{
    AccountingRecord, Effects, Fleet, FleetConfig, FleetEvent, GatewayRestart, GatewayWrap, Outcome, SimSlot,
    SimView, StatusType, UsagePiece,
};
use std::collections::BTreeMap;

/// 2026-11-23 12:00 in Taipei, 04:00 UTC.
pub const NOON: i64 = 1_795_406_400;
pub const MINUTE: i64 = 60;
pub const HOUR: i64 = 3600;
pub const DAY: i64 = 86_400;

pub const KB: u64 = 1024;
pub const MB: u64 = 1024 * 1024;
pub const GB: u64 = 1024 * MB;

pub const TEST_PLMN: &str = "00101";

pub fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(NOON + secs)
}

pub fn imsi(sim: u64) -> Imsi {
    format!("00101{sim:010}").parse().unwrap()
}

pub fn msisdn(sim: u64) -> Msisdn {
    format!("886400010{sim:06}").parse().unwrap()
}

pub fn plmn(text: &str) -> Plmn {
    text.parse().unwrap()
}

pub fn imei(text: &str) -> Imei {
    text.parse().unwrap()
}

/// An accounting record in the making.
#[derive(Clone)]
pub struct Packet {
    pub nas: i64,
    /// NAS-Identifier; empty: none.
    pub node: &'static str,
    /// The last octet of NAS-IP-Address; 0: none.
    pub nas_ip: u8,
    pub status: StatusType,
    pub id: String,
    pub at: i64,
    pub imsi: Option<Imsi>,
    pub msisdn: Option<Msisdn>,
    pub imei: Option<Imei>,
    pub apn: Option<String>,
    pub nsapi: Option<u8>,
    pub counters: Option<(u64, u64)>,
    pub gigawords: bool,
    pub wraps: bool,
    pub session_secs: Option<u32>,
    pub trusted: bool,
    pub stated: Option<i64>,
    pub received: Option<i64>,
    pub rat: Option<RatType>,
    pub plmn: Option<Plmn>,
    pub cell: Option<CellId>,
    pub ipv4: Option<[u8; 4]>,
    pub prefix: Option<([u8; 16], u8)>,
    pub cause: Option<u16>,
    pub last_bearer: bool,
    pub group: Option<String>,
}

impl std::fmt::Debug for Packet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, nas, id, at, session_secs, counters, ipv4, .. } = self;
        write!(f, "{status:?} nas {nas} id {id:?} at {at}")?;
        if let Some(imsi) = self.imsi {
            write!(f, " {imsi} {:?}", self.apn.as_deref().unwrap_or_default())?;
            write!(f, " secs {session_secs:?} counters {counters:?} address {ipv4:?}")?;
        }
        Ok(())
    }
}

macro_rules! with {
    ($($name:ident: $type:ty),* $(,)?) => {$(
        pub fn $name(mut self, $name: $type) -> Self {
            self.$name = $name.into();
            self
        }
    )*};
}

impl Packet {
    pub fn new(status: StatusType, nas: i64, id: &str, at: i64) -> Self {
        Self {
            nas,
            node: "",
            nas_ip: 0,
            status,
            id: id.to_owned(),
            at,
            imsi: None,
            msisdn: None,
            imei: None,
            apn: None,
            nsapi: None,
            counters: None,
            gigawords: false,
            wraps: false,
            session_secs: None,
            trusted: true,
            stated: None,
            received: None,
            rat: None,
            plmn: None,
            cell: None,
            ipv4: None,
            prefix: None,
            cause: None,
            last_bearer: false,
            group: None,
        }
    }

    with! {
        node: &'static str,
        nas_ip: u8,
        imei: Imei,
        nsapi: u8,
        imsi: Option<Imsi>,
        msisdn: Option<Msisdn>,
        rat: RatType,
        plmn: Plmn,
        cell: CellId,
        ipv4: [u8; 4],
        prefix: ([u8; 16], u8),
        cause: u16,
        session_secs: Option<u32>,
        counters: Option<(u64, u64)>,
    }

    pub fn apn(mut self, apn: Option<&str>) -> Self {
        self.apn = apn.map(str::to_owned);
        self
    }

    pub fn group(mut self, group: &str) -> Self {
        self.group = Some(group.to_owned());
        self
    }

    /// From a gateway marked as one whose counters wrap at 32 bits.
    pub fn wrapping(mut self) -> Self {
        self.wraps = true;
        self
    }

    pub fn gigawords(mut self) -> Self {
        self.gigawords = true;
        self
    }

    pub fn untrusted(mut self) -> Self {
        self.trusted = false;
        self
    }

    /// From a gateway whose clock says `at` and isn't believed.
    pub fn stated(mut self, at: i64) -> Self {
        self.trusted = false;
        self.stated = Some(at);
        self
    }

    pub fn received(mut self, at: i64) -> Self {
        self.received = Some(at);
        self
    }

    /// Session-Stop-Indicator.
    pub fn last_bearer(mut self) -> Self {
        self.last_bearer = true;
        self
    }

    pub fn record(&self) -> AccountingRecord<'_> {
        let node = NodeName {
            identifier: (!self.node.is_empty()).then_some(self.node.as_bytes()),
            ipv4: (self.nas_ip != 0).then_some([192, 0, 2, self.nas_ip]),
            ipv6: None,
        };
        AccountingRecord {
            node,
            imsi: self.imsi,
            msisdn: self.msisdn,
            imei: self.imei,
            apn: self.apn.as_deref(),
            nsapi: self.nsapi,
            uplink: self.counters.map(|(up, _)| up),
            downlink: self.counters.map(|(_, down)| down),
            gigawords: self.gigawords,
            nas_counters_32bit: self.wraps,
            session_secs: self.session_secs,
            clock_trusted: self.trusted,
            stated_at: self.stated.map(at),
            received_at: at(self.received.unwrap_or(self.at)),
            rat: self.rat,
            plmn: self.plmn,
            cell: self.cell,
            ipv4: self.ipv4,
            ipv6_prefix: self.prefix,
            terminate_cause: self.cause,
            last_bearer: self.last_bearer,
            multi_session: self.group.as_deref().map(str::as_bytes),
            ..AccountingRecord::new(NasId(self.nas), self.status, self.id.as_bytes(), at(self.at))
        }
    }
}

/// Accounting-On of gateway `nas`.
pub fn on(nas: i64, at: i64) -> Packet {
    Packet::new(StatusType::On, nas, "", at)
}

/// Accounting-Off of gateway `nas`.
pub fn off(nas: i64, at: i64) -> Packet {
    Packet::new(StatusType::Off, nas, "", at)
}

/// A data session as its gateway sees it: makes its records.
#[derive(Clone, Debug)]
pub struct Data {
    pub sim: u64,
    pub nas: i64,
    pub id: String,
    pub started: i64,
    pub apn: String,
    pub plmn: Plmn,
    pub rat: RatType,
}

/// A session of `sim` that begins at `started`, with the Acct-Session-Id `id`, on gateway 1.
pub fn data(sim: u64, id: &str, started: i64) -> Data {
    Data {
        sim,
        nas: 1,
        id: id.to_owned(),
        started,
        apn: "iot".into(),
        plmn: plmn(TEST_PLMN),
        rat: RatType::EUTRAN,
    }
}

impl Data {
    pub fn nas(self, nas: i64) -> Self {
        Self { nas, ..self }
    }

    pub fn apn(self, apn: &str) -> Self {
        Self { apn: apn.to_owned(), ..self }
    }

    pub fn rat(self, rat: RatType) -> Self {
        Self { rat, ..self }
    }

    fn packet(&self, status: StatusType, at: i64) -> Packet {
        Packet::new(status, self.nas, &self.id, at)
            .imsi(Some(imsi(self.sim)))
            .msisdn(Some(msisdn(self.sim)))
            .apn(Some(&self.apn))
            .plmn(self.plmn)
            .rat(self.rat)
            .session_secs(u32::try_from(at - self.started).ok())
    }

    pub fn start(&self) -> Packet {
        self.packet(StatusType::Start, self.started)
    }

    /// An Interim-Update with `up` and `down` octets since the session began.
    pub fn interim(&self, at: i64, up: u64, down: u64) -> Packet {
        self.packet(StatusType::Interim, at).counters(Some((up, down)))
    }

    pub fn stop(&self, at: i64, up: u64, down: u64) -> Packet {
        self.packet(StatusType::Stop, at).counters(Some((up, down))).cause(1u16)
    }

    /// The same session after its clock restarted at `started`.
    pub fn restarted(&self, started: i64) -> Self {
        Self { started, ..self.clone() }
    }
}

/// A rule for all SIMs of the tenant that the inventory's are of.
pub fn rule(id: i64, condition: Condition) -> Rule {
    Rule {
        id: RuleId(id),
        tenant: TenantId(1),
        said: RuleSaid::new(format!("r{id}"), condition, DEFAULT_ZONE),
        version: 3,
        modified_by: None,
        modified_by_name: None,
        modified_at: at(0),
    }
}

pub fn inventory(sim: u64) -> SimInventory {
    SimInventory {
        id: SimId(sim as i64),
        tenant: Some(TenantId(1)),
        group: None,
        plan: None,
        msisdn: Some(msisdn(sim)),
        iccid: None,
        imsi: Some(imsi(sim)),
        imei: None,
        apn: None,
        batch: None,
        name: None,
        tags: Vec::new(),
        service_state: ServiceState::Active,
        state_changed_at: None,
        created_at: at(0),
    }
}

/// The fleet, and everything that it ever said.
pub struct Net {
    pub fleet: Fleet,
    pub effects: Effects,
    pub usage: Vec<UsagePiece>,
    pub events: Vec<FleetEvent>,
    pub restarts: Vec<GatewayRestart>,
    pub wraps: Vec<GatewayWrap>,
    pub classes: Vec<UsageClass>,
    pub rows: BTreeMap<i64, StoredSession>,
    pub nodes: BTreeMap<i64, Node>,
}

impl Default for Net {
    fn default() -> Self {
        Self::new()
    }
}

impl Net {
    pub fn new() -> Self {
        Self::with(FleetConfig::default())
    }

    pub fn with(config: FleetConfig) -> Self {
        let mut net = Self::empty(config);
        for sim in 1..=9 {
            net.fleet.upsert_sim(&inventory(sim), DEFAULT_ZONE, 1);
        }
        net
    }

    /// Nothing in the inventory.
    pub fn empty(config: FleetConfig) -> Self {
        Self {
            fleet: Fleet::new(config),
            effects: Effects::default(),
            usage: Vec::new(),
            events: Vec::new(),
            restarts: Vec::new(),
            wraps: Vec::new(),
            classes: Vec::new(),
            nodes: BTreeMap::new(),
            rows: BTreeMap::new(),
        }
    }

    pub fn in_zone(mut self, zone: Tz) -> Self {
        for sim in 1..=9 {
            self.fleet.upsert_sim(&inventory(sim), zone, 1);
        }
        self
    }

    pub fn send(&mut self, packet: Packet) -> Outcome {
        let outcome = self.fleet.apply(&packet.record(), &mut self.effects);
        self.settle();
        outcome
    }

    pub fn send_all(&mut self, packets: impl IntoIterator<Item = Packet>) -> &mut Self {
        for packet in packets {
            self.send(packet);
        }
        self
    }

    /// Lets silence have its effect.
    pub fn sweep(&mut self, secs: i64) -> &mut Self {
        self.fleet.sweep(at(secs), &mut self.effects);
        self.settle();
        self
    }

    fn settle(&mut self) {
        for slot in &self.effects.new_sims {
            let imsi = self.fleet.unknown_sim(*slot).and_then(|sim| sim.imsi);
            let number = imsi.map(|imsi| imsi.to_string()[5..].parse::<i64>().unwrap());
            let id = number.filter(|number| self.fleet.slot_of(SimId(*number)).is_none());
            self.fleet.assign_id(*slot, SimId(id.unwrap_or(1000 + i64::from(slot.0))));
        }
        let (_, sessions) = self.fleet.take_unsaved();
        for session in sessions {
            let row = self.fleet.stored_session(session).expect("an unsaved session has a row");
            self.rows.insert(row.id.0, row);
        }
        self.usage.append(&mut self.effects.usage);
        self.events.append(&mut self.effects.events);
        self.restarts.append(&mut self.effects.restarts);
        self.wraps.append(&mut self.effects.wraps);
        self.classes.append(&mut self.effects.new_classes);
        self.nodes.extend(self.fleet.take_changed_nodes().into_iter().map(|node| (node.id.0, node)));
        self.fleet.settle(&mut self.effects);
    }

    pub fn slot(&self, sim: u64) -> SimSlot {
        self.fleet.slot_of(SimId(sim as i64)).expect("a known SIM")
    }

    pub fn view(&self, sim: u64) -> SimView {
        self.audit(sim);
        self.fleet.sim_view(self.slot(sim)).expect("a view")
    }

    pub fn state(&self, sim: u64) -> ConnectionState {
        self.view(sim).connection
    }

    /// Octets up and down since the SIM was first heard of.
    pub fn octets(&self, sim: u64) -> (u64, u64) {
        let total = self.view(sim).total;
        (total.uplink.0, total.downlink.0)
    }

    /// The SIM's sessions as stored, earliest first.
    pub fn sessions(&self, sim: u64) -> Vec<StoredSession> {
        let mut rows: Vec<_> =
            self.rows.values().filter(|row| row.sim == SimId(sim as i64)).cloned().collect();
        rows.sort_by_key(|row| (row.started_at, row.acct_session_id.clone()));
        rows
    }

    /// The SIM's only session.
    pub fn session(&self, sim: u64) -> StoredSession {
        match &self.sessions(sim)[..] {
            [session] => session.clone(),
            sessions => panic!("{} sessions: {sessions:#?}", sessions.len()),
        }
    }

    pub fn open(&self, sim: u64) -> Vec<String> {
        let open = self.sessions(sim).into_iter().filter(|session| session.ended_at.is_none());
        open.map(|session| escape_octets(&session.acct_session_id).into_owned()).collect()
    }

    pub fn kinds(&self, sim: u64) -> Vec<EventKind> {
        let slot = self.slot(sim);
        self.events.iter().filter(|event| event.sim == slot).map(|event| event.kind).collect()
    }

    /// Octets, both directions, by local day.
    pub fn days(&self, sim: u64) -> BTreeMap<Day, u64> {
        self.audit(sim);
        self.sum(sim, |piece| piece.day)
    }

    pub fn sum<K: Ord>(&self, sim: u64, key: impl Fn(&UsagePiece) -> K) -> BTreeMap<K, u64> {
        let slot = self.slot(sim);
        let mut sums = BTreeMap::new();
        for piece in self.usage.iter().filter(|piece| piece.sim == slot) {
            *sums.entry(key(piece)).or_default() += piece.uplink + piece.downlink;
        }
        sums
    }

    /// Every sum of a SIM's usage is the same.
    pub fn audit(&self, sim: u64) {
        let view = self.fleet.sim_view(self.slot(sim)).unwrap();
        let total = view.total.total().0;
        let of_sessions: u64 = self.sessions(sim).iter().map(|session| session.usage().total().0).sum();
        assert_eq!(total, of_sessions, "SIM and sessions");
        assert_eq!(total, self.sum(sim, |piece| piece.hour).values().sum::<u64>(), "SIM and hours");
        let days = self.sum(sim, |piece| piece.day);
        assert_eq!(total, days.values().sum::<u64>(), "SIM and days");
        let today = days.last_key_value().map_or((Day(i32::MIN), 0), |(day, octets)| (*day, *octets));
        assert_eq!((view.today, view.today_octets), today, "today");
        let open = self.sessions(sim).iter().filter(|session| session.ended_at.is_none()).count();
        assert_eq!(view.open_sessions as usize, open, "open sessions");
    }
}
