//! Packets that are encoded once; a record then costs a copy, a few patches and one MD5.

use super::plan::{APNS, KINDS, digits};
use crate::{
    device::traffic::mix,
    gateway::{Gateway, Style},
    record::{
        MAX_PACKET, Place, RAT_EUTRAN, RAT_LTE_M, RAT_NB_IOT, Record, SessionRecord, Status, Subscriber,
    },
};
use md5::{Digest, Md5};
use opencmp_domain::Timestamp;
use opencmp_radius::{HEADER_LEN, dictionary as d, threegpp::Plmn};
use std::{net::Ipv4Addr, ops::Range};

/// Room for a template.
pub const SLOT: usize = 512;

/// What is different in each record.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    pub sim: u32,
    /// With the run in its upper half.
    pub session: u32,
    /// Seconds since 1970.
    pub event: u32,
    pub session_secs: u32,
    pub counters: (u64, u64),
}

/// The templates of all kinds and statuses.
#[derive(Debug)]
pub struct Templates {
    of: Vec<Template>,
    secret: Vec<u8>,
}

#[derive(Debug)]
struct Template {
    octets: Vec<u8>,
    event: usize,
    delay: usize,
    session_ids: [usize; 2],
    msisdns: [usize; 2],
    address: usize,
    charging_id: usize,
    imsi: usize,
    imeisv: usize,
    /// The ECI's last four octets of User-Location-Info.
    cell: usize,
    counters: Option<Counters>,
}

#[derive(Debug)]
struct Counters {
    seconds: usize,
    octets: [usize; 2],
    gigawords: [usize; 2],
    packets: [usize; 2],
}

impl Templates {
    /// None if a packet doesn't fit [`SLOT`], which a long secret or name can't cause.
    pub fn new(source: Ipv4Addr, secret: &str) -> Option<Self> {
        let gateway = Gateway::new("load-pgw-01", source, source, Style::Packed, secret);
        let statuses = [Status::Start, Status::Interim, Status::Stop];
        let templates =
            (0..KINDS).flat_map(|kind| statuses.map(|status| Template::new(&gateway, kind, status)));
        Some(Self { of: templates.collect::<Option<_>>()?, secret: secret.as_bytes().to_vec() })
    }

    /// Writes a record's packet with this Identifier; returns its length.
    pub fn write(&self, status: Status, identifier: u8, what: &Variable, out: &mut [u8; SLOT]) -> usize {
        let place = match status {
            Status::Start => 0,
            Status::Stop => 2,
            Status::Interim | Status::On | Status::Off => 1,
        };
        let template = &self.of[what.sim as usize % KINDS * 3 + place];
        let length = template.octets.len();
        out[..length].copy_from_slice(&template.octets);
        out[1] = identifier;
        template.patch(what, out);
        self.sign(&mut out[..length]);
        length
    }

    /// Makes of a packet the same record sent again under a new Identifier after `delay_secs`.
    pub fn redeliver(&self, identifier: u8, sim: u32, delay_secs: u32, packet: &mut [u8]) {
        packet[1] = identifier;
        let template = &self.of[sim as usize % KINDS * 3 + place_of(packet)];
        put(packet, template.delay, &delay_secs.to_be_bytes());
        packet[4..HEADER_LEN].fill(0);
        self.sign(packet);
    }

    /// The request authenticator (RFC 2866 §3); the field is zero before.
    fn sign(&self, packet: &mut [u8]) {
        let hash = Md5::new().chain_update(&*packet).chain_update(&self.secret).finalize();
        packet[4..HEADER_LEN].copy_from_slice(&hash);
    }
}

/// Which of a kind's three templates a packet was made of. Acct-Status-Type comes first in all.
fn place_of(packet: &[u8]) -> usize {
    match packet[HEADER_LEN + 5] {
        1 => 0,
        2 => 2,
        _ => 1,
    }
}

impl Template {
    fn new(gateway: &Gateway, kind: usize, status: Status) -> Option<Self> {
        let mut buffer = [0; MAX_PACKET];
        let record = sample(kind, status);
        let mut octets = record.encode(gateway, 0, 0, &mut buffer).ok()?.to_vec();
        octets[4..HEADER_LEN].fill(0);
        if octets.len() > SLOT {
            return None;
        }
        let at = |attribute: u8| Some(attribute_at(&octets, attribute)?.start);
        let sub = |kind: u8| three_gpp_at(&octets, kind);
        let counters = if status == Status::Start {
            None
        } else {
            Some(Counters {
                seconds: at(d::ACCT_SESSION_TIME)?,
                octets: [at(d::ACCT_INPUT_OCTETS)?, at(d::ACCT_OUTPUT_OCTETS)?],
                gigawords: [at(d::ACCT_INPUT_GIGAWORDS)?, at(d::ACCT_OUTPUT_GIGAWORDS)?],
                packets: [at(d::ACCT_INPUT_PACKETS)?, at(d::ACCT_OUTPUT_PACKETS)?],
            })
        };
        Some(Self {
            event: at(d::EVENT_TIMESTAMP)?,
            delay: at(d::ACCT_DELAY_TIME)?,
            session_ids: [at(d::ACCT_SESSION_ID)?, at(d::ACCT_MULTI_SESSION_ID)?],
            msisdns: [at(d::CALLING_STATION_ID)?, at(d::USER_NAME)?],
            address: at(d::FRAMED_IP_ADDRESS)?,
            charging_id: sub(2)?.start,
            imsi: sub(1)?.start,
            imeisv: sub(20)?.start,
            cell: sub(22)?.end - 4,
            counters,
            octets,
        })
    }

    fn patch(&self, what: &Variable, out: &mut [u8]) {
        let digits = digits(what.sim);
        let hash = mix(u64::from(what.sim));
        put(out, self.event, &what.event.to_be_bytes());
        for at in self.session_ids {
            put(out, at, &hex(what.session));
            put(out, at + 8, &hex(what.sim));
        }
        for at in self.msisdns {
            put(out, at + 5, &digits);
        }
        put(out, self.imsi + 5, &digits);
        put(out, self.imeisv + 4, &digits);
        // 10.0.0.0/8 for the first sixteen million.
        put(out, self.address, &(0x0A00_0000 ^ what.sim).to_be_bytes());
        put(out, self.charging_id, &(what.session.rotate_left(20) ^ hash as u32).to_be_bytes());
        put(out, self.cell, &((hash >> 32) as u32 & 0xF_FFFF).to_be_bytes());
        if let Some(counters) = &self.counters {
            put(out, counters.seconds, &what.session_secs.to_be_bytes());
            for (index, total) in [what.counters.0, what.counters.1].into_iter().enumerate() {
                put(out, counters.octets[index], &(total as u32).to_be_bytes());
                put(out, counters.gigawords[index], &((total >> 32) as u32).to_be_bytes());
                put(out, counters.packets[index], &(total.div_ceil(640) as u32).to_be_bytes());
            }
        }
    }
}

/// A record of a kind; what varies is of the right length.
fn sample(kind: usize, status: Status) -> Record {
    let at = Timestamp::from_secs(1_700_000_000);
    let plmn = test_network();
    let session = SessionRecord {
        subscriber: Subscriber {
            imsi: *b"001010000000000",
            msisdn: *b"886400000000000",
            imeisv: *b"8630000000000001",
        },
        apn: APNS[kind],
        charging_id: 0,
        nsapi: 5,
        address: Ipv4Addr::UNSPECIFIED,
        prefix: None,
        place: Place {
            plmn,
            rat: [RAT_EUTRAN, RAT_EUTRAN, RAT_LTE_M, RAT_NB_IOT][kind],
            area: 0x2710,
            cell: 0,
            quarter_hours: 32,
        },
        started_at: at,
        uplink: 0,
        downlink: 0,
        cause: (status == Status::Stop).then_some(1),
        last_bearer: status == Status::Stop,
    };
    Record { gateway: 0, status, at, session: Some(session) }
}

fn test_network() -> Plmn {
    crate::gateway::network(b"00101")
}

fn put(out: &mut [u8], at: usize, octets: &[u8]) {
    out[at..at + octets.len()].copy_from_slice(octets);
}

fn hex(value: u32) -> [u8; 8] {
    let mut text = [0; 8];
    for (index, digit) in text.iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(value >> (28 - 4 * index)) as usize & 15];
    }
    text
}

/// Where the value of a packet's first attribute of a kind lies.
fn attribute_at(packet: &[u8], kind: u8) -> Option<Range<usize>> {
    within(packet, HEADER_LEN..packet.len(), kind)
}

/// Where the value of a 3GPP sub-attribute lies, whichever container it is in.
fn three_gpp_at(packet: &[u8], kind: u8) -> Option<Range<usize>> {
    let mut from = HEADER_LEN;
    loop {
        let container = within(packet, from..packet.len(), d::VENDOR_SPECIFIC)?;
        from = container.end;
        if let Some(found) = within(packet, container.start + 4..container.end, kind) {
            return Some(found);
        }
    }
}

fn within(packet: &[u8], range: Range<usize>, kind: u8) -> Option<Range<usize>> {
    let mut at = range.start;
    while at + 2 <= range.end {
        let length = usize::from(packet[at + 1]);
        if packet[at] == kind {
            return Some(at + 2..at + length);
        }
        at += length;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_radius::{Packet, Secret, ThreeGpp, code::Role};

    #[test]
    fn a_patched_template_is_the_packet_that_the_encoder_makes() {
        let templates = Templates::new(Ipv4Addr::LOCALHOST, "s3cret").unwrap();
        let gateway =
            Gateway::new("load-pgw-01", Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST, Style::Packed, "s3cret");
        for status in [Status::Start, Status::Interim, Status::Stop] {
            for sim in [0, 1, 2, 3, 123_456_789] {
                let what = Variable {
                    sim,
                    session: 0xABCD_0012,
                    event: 1_795_413_600,
                    session_secs: 77,
                    counters: (5_000_000_000, 1_234),
                };
                let mut slot = [0; SLOT];
                let length = templates.write(status, 9, &what, &mut slot);
                let packet = Packet::request(&slot[..length], Role::Acct).unwrap();
                assert!(packet.verify(&Secret::new("s3cret"), None).into_result().is_ok());
                println!("{status:?} {}: {length} octets", sim % 4);
                assert!((330..=420).contains(&length), "{length}");

                let mut expected = sample(sim as usize % KINDS, status);
                let charging = value_of(&packet, 2);
                let cell = &value_of(&packet, 22)[9..];
                let session = expected.session.as_mut().unwrap();
                expected.at = Timestamp::from_secs(1_795_413_600);
                session.started_at = Timestamp::from_secs(1_795_413_600 - 77);
                session.subscriber = super::super::plan::subscriber(sim);
                session.address = Ipv4Addr::from(0x0A00_0000 ^ sim);
                session.charging_id = u32::from_be_bytes(charging.try_into().unwrap());
                session.place.cell = u64::from(u32::from_be_bytes(cell.try_into().unwrap()));
                (session.uplink, session.downlink) = what.counters;
                let mut buffer = [0; MAX_PACKET];
                let octets = expected.encode(&gateway, 9, 0, &mut buffer).unwrap();
                let known = Packet::request(octets, Role::Acct).unwrap();
                for (ours, theirs) in packet.attributes().zip(known.attributes()) {
                    if [d::ACCT_SESSION_ID, d::ACCT_MULTI_SESSION_ID].contains(&ours.kind) {
                        let id = format!("abcd0012{sim:08x}");
                        assert_eq!(ours.value, id.as_bytes());
                    } else {
                        assert_eq!(ours, theirs);
                    }
                }

                templates.redeliver(200, sim, 3, &mut slot[..length]);
                let again = Packet::request(&slot[..length], Role::Acct).unwrap();
                assert!(again.verify(&Secret::new("s3cret"), None).into_result().is_ok());
                assert_eq!(again.identifier(), 200);
                assert_eq!(again.attribute(d::ACCT_DELAY_TIME).unwrap().value, [0, 0, 0, 3]);
                assert_eq!(again.attribute(d::EVENT_TIMESTAMP), known.attribute(d::EVENT_TIMESTAMP));
            }
        }
    }

    fn value_of<'p>(packet: &Packet<'p>, kind: u8) -> &'p [u8] {
        let range = three_gpp_at(packet.octets(), kind).unwrap();
        assert!(!matches!(ThreeGpp::decode(kind, &packet.octets()[range.clone()]), ThreeGpp::Invalid { .. }));
        &packet.octets()[range]
    }
}
