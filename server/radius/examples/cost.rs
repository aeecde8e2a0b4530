//! CPU per packet of the listener with a sink that answers at once on a thread of its own, against a floor that does
//! nothing but recv_from, verify, sign and send_to. `cargo run --release -p opencmp-listener --example cost`
//!
//! The server runs in a process of its own, so that its CPU time can be told from the gateway's.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use opencmp_listener::{AllowedNodes, Batch, Busy, Client, Clients, Counters, ListenerConfig, Sink, spawn};
use opencmp_radius::threegpp::{Plmn, RatType};
use opencmp_radius::{
    Code, MAX_LEN, Packet, PacketBuilder, Role, Secret, ThreeGpp, accounting_response, dictionary,
};

type Outcome = Result<(), Box<dyn Error>>;

const SECRET: &str = "cmp-lab-secret-1";
const PACKETS: usize = 200_000;
/// Source ports, and requests open at once on each: few enough for the floor's default receive buffer.
const PORTS: usize = 4;
const OPEN: u8 = 24;

fn main() -> Outcome {
    match std::env::args().nth(1).as_deref() {
        Some("floor") => floor(),
        Some("listener") => listener(),
        _ => {
            let floor = measure("floor")?;
            let listener = measure("listener")?;
            println!("listener / floor: {:.2}", listener / floor);
            Ok(())
        }
    }
}

fn floor() -> Outcome {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    println!("{}", socket.local_addr()?);
    let secret = Secret::new(SECRET);
    let (mut octets, mut out) = ([0; MAX_LEN], [0; MAX_LEN]);
    loop {
        let (length, from) = socket.recv_from(&mut octets)?;
        let Ok(packet) = Packet::request(octets.get(..length).unwrap_or_default(), Role::Acct) else {
            continue;
        };
        if packet.verify(&secret, None).discard().is_none() {
            let length = accounting_response(&packet, &secret, &mut out)?;
            socket.send_to(out.get(..length).unwrap_or_default(), from)?;
        }
    }
}

struct AtOnce(std::sync::Mutex<Sender<Batch>>);

impl Sink for AtOnce {
    fn submit(&self, batch: Batch) -> Result<(), Busy> {
        self.0.lock().map_err(|_| Busy)?.send(batch).map_err(|_| Busy)
    }
}

fn listener() -> Outcome {
    let (taken, batches) = channel();
    let clients = vec![Client {
        network: "127.0.0.0/8".parse()?,
        nas_id: 1,
        secret: Secret::new(SECRET),
        message_authenticator: false,
        nodes: AllowedNodes::default(),
    }];
    let start = Instant::now();
    let handle = spawn(
        ListenerConfig::new("127.0.0.1:0".parse()?),
        Arc::new(Clients::new(clients)),
        Arc::new(AtOnce(taken.into())),
        Arc::new(Counters::default()),
        Arc::new(move || start.elapsed().as_micros() as i64),
    )?;
    println!("{}", handle.local_addr());
    batches.iter().for_each(|batch| batch.replies.send(&batch));
    Ok(())
}

fn measure(what: &str) -> Result<f64, Box<dyn Error>> {
    let mut child = Command::new(std::env::current_exe()?).arg(what).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no stdout")?).read_line(&mut line)?;
    let server: SocketAddr = line.trim().parse()?;
    drive(server, PACKETS / 10)?;
    let (before, start) = (cpu(child.id())?, Instant::now());
    drive(server, PACKETS)?;
    let (used, took) = (cpu(child.id())? - before, start.elapsed());
    child.kill()?;
    child.wait()?;
    let each = used.as_secs_f64() * 1e9 / PACKETS as f64;
    println!("{what}: {each:.0} ns CPU per packet, {:.0} packets/s", PACKETS as f64 / took.as_secs_f64());
    std::io::stdout().flush()?;
    Ok(each)
}

/// CPU time of all threads of a process, from the scheduler's own nanosecond counts.
fn cpu(process: u32) -> Result<Duration, Box<dyn Error>> {
    let mut sum = 0;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        sum += text.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(Duration::from_nanos(sum))
}

/// Sends requests, each identifier again as soon as it is answered.
fn drive(server: SocketAddr, packets: usize) -> Outcome {
    let secret = Secret::new(SECRET);
    let plmn = Plmn::from_text(b"00101").ok_or("plmn")?;
    let sockets: Vec<UdpSocket> =
        (0..PORTS).map(|_| UdpSocket::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    let mut octets = [0; MAX_LEN];
    let mut count = 0;
    while count < packets {
        for socket in &sockets {
            socket.set_read_timeout(Some(Duration::from_millis(100)))?;
            for identifier in 0..OPEN {
                let request = request(&mut octets, &secret, plmn, identifier, count as u32)?;
                socket.send_to(request, server)?;
                count += 1;
            }
        }
        let mut answer = [0; 64];
        for socket in &sockets {
            let mut heard = 0;
            // What was lost on the way is only missing from the rate.
            while heard < OPEN && socket.recv_from(&mut answer).is_ok() {
                heard += 1;
            }
        }
    }
    Ok(())
}

/// 390 octets, as a P-GW sends them.
fn request<'b>(
    out: &'b mut [u8],
    secret: &Secret,
    plmn: Plmn,
    identifier: u8,
    count: u32,
) -> Result<&'b [u8], Box<dyn Error>> {
    let mut request = PacketBuilder::new(out, Code::AccountingRequest, identifier);
    request
        .text(dictionary::USER_NAME, "886400010123456")
        .ipv4(dictionary::NAS_IP_ADDRESS, [10, 20, 0, 1].into())
        .ipv4(dictionary::FRAMED_IP_ADDRESS, [10, 88, 0, 17].into())
        .text(dictionary::CALLED_STATION_ID, "internet.iot")
        .text(dictionary::CALLING_STATION_ID, "886400010123456")
        .text(dictionary::NAS_IDENTIFIER, "pgw-tpe-01")
        .text(dictionary::ACCT_SESSION_ID, "0A14000111223344");
    for kind in [40, 41, 42, 43, 46, 47, 48, 52, 53, 55, 61] {
        request.integer(kind, count);
    }
    request
        .three_gpp(&ThreeGpp::Imsi("001010123456789"))
        .three_gpp(&ThreeGpp::ChargingId(count))
        .three_gpp(&ThreeGpp::SgsnAddress([10, 30, 0, 1].into()))
        .three_gpp(&ThreeGpp::GgsnAddress([10, 20, 0, 1].into()))
        .three_gpp(&ThreeGpp::QosProfile("08-4C08000493E0000493E0"))
        .three_gpp(&ThreeGpp::ImsiMccMnc(plmn))
        .three_gpp(&ThreeGpp::GgsnMccMnc(plmn))
        .three_gpp(&ThreeGpp::SgsnMccMnc(plmn))
        .three_gpp(&ThreeGpp::Nsapi("5"))
        .three_gpp(&ThreeGpp::SelectionMode("0"))
        .three_gpp(&ThreeGpp::ChargingCharacteristics("0800"))
        .three_gpp(&ThreeGpp::Imeisv("8664250312345601"))
        .three_gpp(&ThreeGpp::RatType(RatType::NB_IOT))
        .attribute(dictionary::CLASS, b"cmp:12");
    Ok(request.sign_request(secret)?)
}
