//! A tiny accounting server: verifies, answers, and adds up what it was told. It may be hard of hearing.

#![allow(clippy::unwrap_used, reason = "used by tests only")]

use opencmp_radius::{
    Packet, Secret, Sub, ThreeGpp, accounting_response, code::Role, dictionary as d, value,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{
    collections::HashMap,
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// Per IMSI and session id: the highest counters seen.
pub type Ledger = HashMap<String, HashMap<Vec<u8>, (u64, u64)>>;

pub struct Responder {
    pub address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Ledger>,
}

#[derive(Clone, Copy, Default)]
pub struct Faults {
    /// Share of requests that never arrive, and of responses that don't.
    pub requests_lost: f64,
    pub responses_lost: f64,
    /// Verify and answer only; keep no ledger.
    pub answer_only: bool,
}

impl Responder {
    pub fn start(secret: &str, faults: Faults) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket2::SockRef::from(&socket).set_recv_buffer_size(8 << 20).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let address = socket.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (told, secret) = (stop.clone(), Secret::new(secret));
        let thread = std::thread::spawn(move || serve(&socket, &secret, faults, &told));
        Self { address, stop, thread }
    }

    pub fn stop(self) -> Ledger {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn serve(socket: &UdpSocket, secret: &Secret, faults: Faults, stop: &AtomicBool) -> Ledger {
    let mut ledger = Ledger::new();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let (mut request, mut response) = ([0; 4096], [0; 4096]);
    while !stop.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut request) else { continue };
        if rng.random_bool(faults.requests_lost) {
            continue;
        }
        let packet = Packet::request(&request[..length], Role::Acct).unwrap();
        assert!(packet.verify(secret, None).into_result().is_ok());
        if !faults.answer_only {
            note(&packet, &mut ledger);
        }
        if !rng.random_bool(faults.responses_lost) {
            let length = accounting_response(&packet, secret, &mut response).unwrap();
            let _ = socket.send_to(&response[..length], from);
        }
    }
    ledger
}

fn note(packet: &Packet<'_>, ledger: &mut Ledger) {
    let integer =
        |kind| packet.attribute(kind).and_then(|attribute| value::integer(attribute.value)).unwrap_or(0);
    let total = |low, high| u64::from(integer(high)) << 32 | u64::from(integer(low));
    let subs =
        packet.attributes().filter_map(|attribute| attribute.vendor()).flat_map(|vendor| vendor.subs());
    let imsi = subs.filter_map(|sub| match sub {
        Sub::Fits { kind, value } => match ThreeGpp::decode(kind as u8, value) {
            ThreeGpp::Imsi(imsi) => Some(imsi.to_owned()),
            _ => None,
        },
        Sub::Broken(_) => None,
    });
    let Some(imsi) = imsi.last() else { return };
    let session = packet.attribute(d::ACCT_SESSION_ID).unwrap().value.to_vec();
    let held = ledger.entry(imsi).or_default().entry(session).or_default();
    held.0 = held.0.max(total(d::ACCT_INPUT_OCTETS, d::ACCT_INPUT_GIGAWORDS));
    held.1 = held.1.max(total(d::ACCT_OUTPUT_OCTETS, d::ACCT_OUTPUT_GIGAWORDS));
}

/// What a SIM's sessions come to.
pub fn total(sessions: &HashMap<Vec<u8>, (u64, u64)>) -> (u64, u64) {
    sessions.values().fold((0, 0), |sum, session| (sum.0 + session.0, sum.1 + session.1))
}
