//! A server's ingest with a gateway in front and a database behind, as a test sees them.
#![allow(dead_code, clippy::unwrap_used)]

use opencmp_domain::{
    Day, GroupId, NasId, SimId, TenantId, Timestamp,
    dashboard::FleetCounts,
    event::TimelineEvent,
    sim::{SimImport, SimInventory},
    stored::{StoredSession, StoredSim, StoredSimLive, UsageClass},
    time::DEFAULT_ZONE,
};
use opencmp_ingest::{DirectRecord, Feed, Ingest, IngestConfig, LiveSink, journal::Journal};
use opencmp_listener::{Clients, Counters, ListenerConfig, ListenerHandle};
use opencmp_radius::{
    Authenticator, Code, MAX_LEN, Packet, PacketBuilder, Role, Secret, ThreeGpp, dictionary as d,
};
use opencmp_service::{Clock, Directory, LiveState, NetworkFeed, Service};
use opencmp_store::{ImportMode, NewNas, Store, StoreOptions, UsageSubject};
use opencmp_testkit::{Backend, TestDatabase, database, wait_until};
use std::{
    net::{SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};

/// Each of the tests on SQLite and on PostgreSQL, and what is about PostgreSQL alone.
macro_rules! on_both {
    ($($name:ident),* $(,)? $(; postgres: $($alone:ident),* $(,)?)?) => {
        mod sqlite {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(opencmp_testkit::Backend::Sqlite).await; }
        )*}
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() { super::$name(opencmp_testkit::Backend::Postgres).await; }
            )*
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $alone() { super::$alone().await; }
            )*)?
        }
    };
}
pub(crate) use on_both;

pub const SECRET: &str = "gateway-secret";
pub const SOON: Duration = Duration::from_secs(30);

/// Database and journal: what stays when the server goes.
pub struct Ground {
    pub database: TestDatabase,
    pub store: Store,
    pub nas: NasId,
    pub tenant: opencmp_store::Tenant,
    pub journal: tempfile::TempDir,
}

impl Ground {
    pub async fn new(backend: Backend) -> Self {
        let database = database(backend).await.unwrap();
        let options = StoreOptions { busy_timeout: Duration::from_millis(300), ..StoreOptions::default() };
        let store = Store::open(&database.url, options).await.unwrap();
        let now = Clock::system().now();
        let nas = NewNas {
            nodes: String::new(),
            name: "pgw-test".into(),
            address: "127.0.0.1".into(),
            secret: opencmp_store::Secret::new(SECRET),
            counters_32bit: false,
            swap_direction: false,
            enabled: true,
        };
        let nas = store.nas_add(&nas, now).await.unwrap();
        let tenant = store.tenant_create("acme", DEFAULT_ZONE, 1, now).await.unwrap();
        Self { database, store, nas, tenant, journal: tempfile::tempdir().unwrap() }
    }

    /// Imports SIMs `0..count`, in groups of ten by name.
    pub async fn import(&self, sims: std::ops::Range<u64>) {
        self.import_into(sims, |index| format!("group-{}", index / 10)).await;
    }

    pub async fn import_into(&self, sims: std::ops::Range<u64>, group: impl Fn(u64) -> String) {
        let rows: Vec<_> = sims
            .map(|index| SimImport {
                line: index + 2,
                imsi: Some(imsi(index).parse().unwrap()),
                msisdn: Some(msisdn(index).parse().unwrap()),
                group: Some(group(index)),
                ..SimImport::default()
            })
            .collect();
        let now = Clock::system().now();
        let import =
            async || self.store.sim_import(self.tenant.id, &rows, ImportMode::AllOrNothing, now).await;
        let mut report = import().await;
        // The flush may hold the one writer's lock.
        while matches!(report, Err(opencmp_store::StoreError::Busy(_))) {
            report = import().await;
        }
        assert_eq!(report.unwrap().errors, []);
    }

    pub fn config(&self) -> IngestConfig {
        let mut config = IngestConfig::new(self.journal.path());
        config.journal.segment_octets = 256 * 1024;
        config.poll = Duration::from_millis(50);
        config.cadence.soon = Duration::from_millis(100);
        config.cadence.late = Duration::from_millis(300);
        config
    }

    pub async fn serve(&self) -> Server {
        self.serve_with(self.config()).await
    }

    pub async fn serve_with(&self, config: IngestConfig) -> Server {
        self.serve_by(config, Clock::system()).await
    }

    pub async fn serve_by(&self, config: IngestConfig, clock: Clock) -> Server {
        let (feed, directory) = (feed_by(clock), Arc::new(Directory::default()));
        let live = Live::new(self.store.clone(), directory.clone(), feed.clone());
        let ingest = Ingest::start(config, self.store.clone(), feed, live).await.unwrap();
        Server::over(ingest, directory)
    }

    pub async fn serve_over(&self, journal: Box<dyn Journal>) -> Server {
        let (feed, directory) = (feed(), Arc::new(Directory::default()));
        let live = Live::new(self.store.clone(), directory.clone(), feed.clone());
        let flushed = self.store.journal_position(0).await.unwrap();
        let config = self.config();
        let ingest =
            Ingest::start_with(journal, flushed, config, self.store.clone(), feed, live).await.unwrap();
        Server::over(ingest, directory)
    }

    async fn states(&self) -> Vec<StoredSim> {
        self.store.sim_live_page(SimId(0), 100_000).await.unwrap()
    }

    pub async fn live(&self) -> Vec<StoredSimLive> {
        self.states().await.into_iter().map(|state| state.live).collect()
    }

    pub async fn open_sessions(&self) -> Vec<StoredSession> {
        let mut open: Vec<_> = self.states().await.into_iter().flat_map(|state| state.open).collect();
        open.sort_by_key(|session| session.id);
        open
    }

    pub async fn closed_sessions(&self) -> Vec<StoredSession> {
        self.store.sessions_recent_page(Timestamp(0), None, 100_000).await.unwrap()
    }

    /// Every SIM's total by its IMSI: of the live row, of its sessions and of its days, which must agree; and groups
    /// must agree with their SIMs.
    pub async fn totals(&self) -> Vec<(String, u64, u64)> {
        let verified = self.store.verify().await.unwrap();
        assert!(verified.is_consistent(), "{verified:?}");
        let mut by_session = std::collections::HashMap::new();
        for session in self.open_sessions().await.into_iter().chain(self.closed_sessions().await) {
            let sum: &mut (u64, u64) = by_session.entry(session.sim).or_default();
            sum.0 += session.usage().uplink.0;
            sum.1 += session.usage().downlink.0;
        }
        let mut totals = Vec::new();
        for live in self.live().await {
            let total = (live.total.uplink.0, live.total.downlink.0);
            assert_eq!(by_session.remove(&live.sim).unwrap_or_default(), total, "sessions of {}", live.sim);
            let days =
                self.store.usage_by_day(&UsageSubject::Sim(live.sim), Day(0), Day(100_000)).await.unwrap();
            let days = days
                .iter()
                .fold((0, 0), |(up, down), day| (up + day.usage.uplink.0, down + day.usage.downlink.0));
            assert_eq!(days, total, "days of {}", live.sim);
            let sim = self.store.sim_get(live.sim).await.unwrap().unwrap();
            totals.push((sim.imsi.unwrap().to_string(), total.0, total.1));
        }
        totals.sort();
        totals
    }
}

pub fn feed() -> Arc<Feed> {
    feed_by(Clock::system())
}

fn feed_by(clock: Clock) -> Arc<Feed> {
    Feed::new(Arc::new(Clients::new(vec![])), Arc::new(Counters::default()), clock)
}

pub fn imsi(index: u64) -> String {
    format!("46692{index:010}")
}

pub fn msisdn(index: u64) -> String {
    format!("886400{index:09}")
}

/// The directory with its names, as the server wires it.
pub struct Live {
    directory: Arc<Directory>,
    service: Service,
    runtime: tokio::runtime::Handle,
}

impl Live {
    fn new(store: Store, directory: Arc<Directory>, feed: Arc<Feed>) -> Arc<Self> {
        let service = Service::new(store, directory.clone(), Clock::system(), feed);
        Arc::new(Self { directory, service, runtime: tokio::runtime::Handle::current() })
    }
}

impl LiveSink for Live {
    fn names_changed(&self) {
        self.runtime.block_on(self.service.names_refresh()).unwrap();
    }

    fn classes_added(&self, classes: &[UsageClass]) {
        self.directory.classes_added(classes);
    }

    fn inventory_changed(&self, sims: &[SimInventory]) {
        self.directory.inventory_changed(sims);
    }

    fn changed(&self, sims: &[(SimId, LiveState)], events: &[TimelineEvent]) {
        LiveSink::changed(&*self.directory, sims, events);
    }

    fn counts_by_group(&self) -> Vec<(TenantId, GroupId, FleetCounts)> {
        self.directory.counts_by_group()
    }
}

/// Ingest with a socket in front.
pub struct Server {
    pub ingest: Ingest,
    pub directory: Arc<Directory>,
    pub address: SocketAddr,
    listener: ListenerHandle,
}

impl Server {
    pub fn over(ingest: Ingest, directory: Arc<Directory>) -> Self {
        let (clients, counters) = ingest.feed().sockets();
        let listener = opencmp_listener::spawn(
            ListenerConfig::new(([127, 0, 0, 1], 0).into()),
            clients,
            ingest.sink(),
            counters,
            Arc::new(|| Clock::system().now().0),
        )
        .unwrap();
        let address = listener.local_addr();
        Self { ingest, directory, address, listener }
    }

    pub fn feed(&self) -> &Arc<Feed> {
        self.ingest.feed()
    }

    /// Takes records in without a socket, each received a second after it says, and waits until they are applied.
    pub async fn feed_in(&self, nas: NasId, says: &[Say]) {
        let direct = self.ingest.direct();
        let record = |say: &Say| DirectRecord {
            received_at: Timestamp::from_secs(say.at + 1),
            nas,
            octets: say.packet(1),
        };
        let pieces: Vec<Vec<_>> = says.chunks(100).map(|piece| piece.iter().map(record).collect()).collect();
        tokio::task::spawn_blocking(move || {
            assert!(pieces.into_iter().all(|piece| direct.feed(piece)));
            direct.wait_applied();
        })
        .await
        .unwrap();
    }

    pub fn connected(&self) -> (u64, u64) {
        let counts = self.directory.counts(&opencmp_domain::Scope::operator(), None);
        (counts.connected, counts.unconfirmed)
    }

    pub fn status(&self) -> opencmp_domain::operator::IngestStatus {
        self.feed().status()
    }

    pub fn gateway(&self) -> Gateway {
        Gateway::new(self.address)
    }

    /// Waits until everything acknowledged is in the database.
    pub async fn settled(&self) {
        let feed = self.feed().clone();
        self.until(|| feed.is_recovered() && feed.flushed() >= feed.end()).await;
    }

    pub async fn until(&self, condition: impl Fn() -> bool) {
        let held = wait_until(async || condition(), SOON).await;
        assert!(held.is_ok(), "{:?}", self.status());
    }

    /// Stops in order.
    pub async fn shutdown(self) {
        self.listener.shutdown();
        tokio::task::spawn_blocking(|| self.ingest.shutdown()).await.unwrap();
    }

    /// Stops as a crash would.
    pub async fn crash(self) {
        drop(self.listener);
        tokio::task::spawn_blocking(|| drop(self.ingest)).await.unwrap();
    }
}

/// What a gateway says of a session.
#[derive(Clone, Copy)]
pub struct Say {
    pub sim: u64,
    pub session: u64,
    /// 1 Start, 2 Stop, 3 Interim-Update.
    pub status: u32,
    pub at: i64,
    pub session_secs: u32,
    pub up: u64,
    pub down: u64,
    pub delay: u32,
}

impl Say {
    pub fn new(sim: u64, session: u64, status: u32, at: i64) -> Self {
        Self { sim, session, status, at, session_secs: 0, up: 0, down: 0, delay: 0 }
    }

    pub fn counting(self, session_secs: u32, up: u64, down: u64) -> Self {
        Self { session_secs, up, down, ..self }
    }

    pub fn packet(&self, identifier: u8) -> Vec<u8> {
        let mut out = [0; MAX_LEN];
        let mut packet = PacketBuilder::new(&mut out, Code::AccountingRequest, identifier);
        packet
            .integer(d::ACCT_STATUS_TYPE, self.status)
            .integer(d::ACCT_DELAY_TIME, self.delay)
            .integer(d::EVENT_TIMESTAMP, self.at as u32)
            .text(d::ACCT_SESSION_ID, &format!("{:08X}", self.session))
            .text(d::CALLING_STATION_ID, &msisdn(self.sim))
            .text(d::CALLED_STATION_ID, "internet.iot")
            .integer(d::ACCT_SESSION_TIME, self.session_secs)
            .three_gpp(&ThreeGpp::Imsi(&imsi(self.sim)))
            .three_gpp(&ThreeGpp::Nsapi("5"))
            .three_gpp(&ThreeGpp::Imeisv("8664250312345601"));
        if self.status != 1 {
            packet
                .integer(d::ACCT_INPUT_OCTETS, self.up as u32)
                .integer(d::ACCT_OUTPUT_OCTETS, self.down as u32)
                .integer(d::ACCT_INPUT_GIGAWORDS, (self.up >> 32) as u32)
                .integer(d::ACCT_OUTPUT_GIGAWORDS, (self.down >> 32) as u32);
        }
        packet.sign_request(&Secret::new(SECRET)).unwrap().to_vec()
    }
}

/// A gateway's socket.
pub struct Gateway {
    socket: UdpSocket,
    identifier: u8,
}

impl Gateway {
    pub fn new(server: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(server).unwrap();
        Self { socket, identifier: 0 }
    }

    pub fn next_identifier(&mut self) -> u8 {
        self.identifier = self.identifier.wrapping_add(1);
        self.identifier
    }

    pub fn send(&self, packet: &[u8]) {
        let _ = self.socket.send(packet);
    }

    /// The response to `request`, verified, or `None` after `patience`.
    pub fn answer(&self, request: &[u8], patience: Duration) -> Option<()> {
        let authenticator: Authenticator = request[4..20].try_into().unwrap();
        let until = std::time::Instant::now() + patience;
        let mut buffer = [0; MAX_LEN];
        loop {
            let left =
                until.checked_duration_since(std::time::Instant::now()).filter(|left| !left.is_zero())?;
            self.socket.set_read_timeout(Some(left)).unwrap();
            let Ok(length) = self.socket.recv(&mut buffer) else { continue };
            let response = Packet::response(&buffer[..length], Role::Acct).unwrap();
            let verdict = response.verify(&Secret::new(SECRET), Some(&authenticator));
            if response.identifier() == request[1] && verdict.discard().is_none() {
                return Some(());
            }
        }
    }

    /// Sends until it is acknowledged, as gateways do. False when it isn't within `patience`.
    pub fn tell(&mut self, say: Say, patience: Duration) -> bool {
        let packet = say.packet(self.next_identifier());
        let until = std::time::Instant::now() + patience;
        while std::time::Instant::now() < until {
            self.send(&packet);
            if self.answer(&packet, Duration::from_millis(200).min(patience)).is_some() {
                return true;
            }
        }
        false
    }

    /// Sends many at once and waits for all of the answers.
    pub fn tell_all(&mut self, says: &[Say]) {
        for window in says.chunks(64) {
            let packets: Vec<_> = window.iter().map(|say| say.packet(self.next_identifier())).collect();
            let mut open: Vec<_> = packets.iter().collect();
            let until = std::time::Instant::now() + SOON;
            while !open.is_empty() {
                assert!(std::time::Instant::now() < until, "{} without an answer", open.len());
                open.iter().for_each(|packet| self.send(packet));
                self.collect(&mut open, Duration::from_millis(500));
            }
        }
    }

    fn collect(&self, open: &mut Vec<&Vec<u8>>, patience: Duration) {
        let until = std::time::Instant::now() + patience;
        let mut buffer = [0; MAX_LEN];
        while !open.is_empty() {
            let left = until.checked_duration_since(std::time::Instant::now()).filter(|left| !left.is_zero());
            let Some(left) = left else { return };
            self.socket.set_read_timeout(Some(left)).unwrap();
            let Ok(length) = self.socket.recv(&mut buffer) else { return };
            open.retain(|packet| packet[1] != buffer[1] || length < 20);
        }
    }
}

pub fn now_secs() -> i64 {
    Clock::system().now().secs()
}
