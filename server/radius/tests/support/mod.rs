//! A listener on 127.0.0.1 whose sink and clock the test owns, and a gateway that talks to it.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opencmp_listener::{
    AllowedNodes, Batch, Busy, Client, Clients, Counters, ListenerConfig, ListenerHandle, Outcome, Sink,
    SourceSnapshot, spawn,
};
use opencmp_radius::{Code, MAX_LEN, Packet, PacketBuilder, Role, Secret, dictionary};

pub const SECRET: &str = "cmp-lab-secret-1";
pub const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// Long enough for a loaded machine; nothing waits this long unless it fails.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Durable at once.
    Durable,
    /// Batches wait for the test.
    Held,
    Busy,
}

pub struct TestSink {
    mode: Mutex<Mode>,
    taken: Mutex<Sender<Batch>>,
}

impl Sink for TestSink {
    fn submit(&self, batch: Batch) -> Result<(), Busy> {
        let mode = *self.mode.lock().unwrap();
        match mode {
            Mode::Busy => return Err(Busy),
            Mode::Durable => batch.replies.send(&batch),
            Mode::Held => {}
        }
        self.taken.lock().unwrap().send(batch).unwrap();
        Ok(())
    }
}

pub struct App {
    pub clients: Arc<Clients>,
    pub counters: Arc<Counters>,
    pub clock: Arc<AtomicI64>,
    sink: Arc<TestSink>,
    batches: Receiver<Batch>,
    handle: Option<ListenerHandle>,
}

pub fn client(network: &str, nas_id: i64, secret: &str) -> Client {
    Client {
        network: network.parse().unwrap(),
        nas_id,
        secret: Secret::new(secret),
        message_authenticator: false,
        nodes: AllowedNodes::default(),
    }
}

impl App {
    pub fn start(mode: Mode) -> Self {
        Self::with_clients(mode, vec![client("127.0.0.0/8", 7, SECRET)])
    }

    pub fn with_clients(mode: Mode, clients: Vec<Client>) -> Self {
        Self::with_config(mode, clients, ListenerConfig::new((LOCAL, 0).into()))
    }

    pub fn with_config(mode: Mode, clients: Vec<Client>, config: ListenerConfig) -> Self {
        let (taken, batches) = channel();
        let sink = Arc::new(TestSink { mode: Mutex::new(mode), taken: Mutex::new(taken) });
        let clients = Arc::new(Clients::new(clients));
        let counters = Arc::new(Counters::default());
        let clock = Arc::new(AtomicI64::new(1_700_000_000_000_000));
        let now = Arc::clone(&clock);
        let handle = spawn(
            config,
            Arc::clone(&clients),
            Arc::clone(&sink) as Arc<dyn Sink>,
            Arc::clone(&counters),
            Arc::new(move || now.load(Ordering::Relaxed)),
        )
        .unwrap();
        Self { clients, counters, clock, sink, batches, handle: Some(handle) }
    }

    pub fn addr(&self) -> SocketAddr {
        self.handle.as_ref().unwrap().local_addr()
    }

    pub fn set(&self, mode: Mode) {
        *self.sink.mode.lock().unwrap() = mode;
    }

    pub fn pass(&self, time: Duration) {
        self.clock.fetch_add(time.as_micros() as i64, Ordering::Relaxed);
    }

    /// The next batch that the sink took.
    pub fn batch(&self) -> Batch {
        self.batches.recv_timeout(PATIENCE).expect("the sink takes a batch")
    }

    /// Whether the sink has taken one that the test hasn't seen.
    pub fn took_more(&self) -> bool {
        self.batches.try_recv().is_ok()
    }

    pub fn gateway(&self) -> Gateway {
        Gateway::at(LOCAL, self.addr())
    }

    pub fn local(&self) -> SourceSnapshot {
        self.heard_of(LOCAL)
    }

    /// Waits until so many were counted: the listener counts after it has handed on.
    pub fn counted(&self, outcome: Outcome, count: u64) {
        let give_up = Instant::now() + PATIENCE;
        while self.local().count(outcome) != count {
            assert!(
                Instant::now() < give_up,
                "{outcome:?}: {} instead of {count}",
                self.local().count(outcome)
            );
            std::thread::yield_now();
        }
    }

    pub fn heard_of(&self, address: Ipv4Addr) -> SourceSnapshot {
        let mut all = self.counters.snapshot().into_iter();
        all.find(|source| source.source == Some(address.into())).expect("it was heard of")
    }

    pub fn shutdown(&mut self) {
        self.handle.take().unwrap().shutdown();
    }
}

/// A gateway: one socket and one secret.
pub struct Gateway {
    pub socket: UdpSocket,
    pub secret: Secret,
    server: SocketAddr,
}

impl Gateway {
    pub fn at(address: Ipv4Addr, server: SocketAddr) -> Self {
        let socket = UdpSocket::bind((address, 0)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, secret: Secret::new(SECRET), server }
    }

    pub fn with_secret(mut self, secret: &str) -> Self {
        self.secret = Secret::new(secret);
        self
    }

    /// An Accounting-Request; `session` makes its content its own.
    pub fn request(&self, identifier: u8, session: &str) -> Vec<u8> {
        self.request_with(identifier, session, |_| {})
    }

    pub fn request_with(
        &self,
        identifier: u8,
        session: &str,
        more: impl FnOnce(&mut PacketBuilder<'_>),
    ) -> Vec<u8> {
        let mut out = [0; MAX_LEN];
        let mut request = PacketBuilder::new(&mut out, Code::AccountingRequest, identifier);
        request
            .integer(dictionary::ACCT_STATUS_TYPE, 1)
            .text(dictionary::ACCT_SESSION_ID, session)
            .text(dictionary::NAS_IDENTIFIER, "pgw-test");
        more(&mut request);
        request.sign_request(&self.secret).unwrap().to_vec()
    }

    pub fn status_server(&self, identifier: u8) -> Vec<u8> {
        let mut out = [0; 64];
        let mut request = PacketBuilder::new(&mut out, Code::StatusServer, identifier);
        request.message_authenticator();
        request.sign_access_request(&self.secret, &[identifier; 16]).unwrap().to_vec()
    }

    pub fn send(&self, datagram: &[u8]) {
        self.socket.send_to(datagram, self.server).unwrap();
    }

    pub fn hear(&self) -> Vec<u8> {
        let mut octets = vec![0; MAX_LEN];
        let (length, from) = self.socket.recv_from(&mut octets).expect("an answer");
        assert_eq!(from, self.server, "answers come from where requests go");
        octets.truncate(length);
        octets
    }

    /// The answer to this request, checked; returned as it came.
    pub fn answer_to(&self, request: &[u8]) -> Vec<u8> {
        let answer = self.hear();
        let packet = Packet::response(&answer, Role::Acct).unwrap();
        let authenticator: [u8; 16] = request[4..20].try_into().unwrap();
        assert_eq!(packet.code(), Code::AccountingResponse);
        assert_eq!(packet.identifier(), request[1], "the answer to another request");
        assert_eq!(packet.verify(&self.secret, Some(&authenticator)).discard(), None);
        answer
    }

    /// Whatever was sent so far is not answered. One source's datagrams are handled in order, so when the next thing heard
    /// is the answer to a Status-Server sent after them, there was silence.
    pub fn hears_nothing(&self) {
        let probe = self.status_server(255);
        self.send(&probe);
        self.answer_to(&probe);
    }
}
