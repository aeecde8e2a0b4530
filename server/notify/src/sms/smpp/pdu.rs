//! SMPP 3.4's packets, as far as somebody needs them who sends messages and hears of them.
//!
//! Strict in what is written, lenient in what is read: a string may lack its end and be longer than it should, and
//! parameters that can't be read are left out. Message centres differ.

use bytes::{Buf, BufMut, Bytes, BytesMut};

pub(super) const HEADER: usize = 16;
/// Octets of a packet. The longest that anybody sends has a message of 64 KiB.
const MOST: usize = 70 * 1024;
/// Parameters of a packet that are kept.
const MOST_PARAMETERS: usize = 64;

pub(super) mod status {
    pub const OK: u32 = 0;
    pub const INVALID_LENGTH: u32 = 0x01;
    pub const INVALID_COMMAND: u32 = 0x03;
    pub const WRONG_STATE: u32 = 0x04;
    pub const ALREADY_BOUND: u32 = 0x05;
    pub const SYSTEM: u32 = 0x08;
    pub const INVALID_SOURCE: u32 = 0x0a;
    pub const INVALID_DESTINATION: u32 = 0x0b;
    pub const BIND_FAILED: u32 = 0x0d;
    pub const INVALID_PASSWORD: u32 = 0x0e;
    pub const INVALID_SYSTEM_ID: u32 = 0x0f;
    pub const QUEUE_FULL: u32 = 0x14;
    pub const SUBMIT_FAILED: u32 = 0x45;
    pub const THROTTLED: u32 = 0x58;
    /// Ours to a receipt that can't be taken now: the message centre tries again.
    pub const TEMPORARY: u32 = 0x64;
}

/// Optional parameters (§5.3.2).
pub(super) mod parameter {
    pub const RECEIPTED_MESSAGE_ID: u16 = 0x001e;
    pub const SAR_REFERENCE: u16 = 0x020c;
    pub const SAR_TOTAL: u16 = 0x020e;
    pub const SAR_NUMBER: u16 = 0x020f;
    pub const NETWORK_ERROR: u16 = 0x0423;
    pub const PAYLOAD: u16 = 0x0424;
    pub const MESSAGE_STATE: u16 = 0x0427;
}

mod command {
    pub const RESPONSE: u32 = 0x8000_0000;
    pub const SUBMIT_SM: u32 = 0x04;
    pub const DELIVER_SM: u32 = 0x05;
    pub const UNBIND: u32 = 0x06;
    pub const BIND_TRANSCEIVER: u32 = 0x09;
    pub const ENQUIRE_LINK: u32 = 0x15;
    pub const GENERIC_NACK: u32 = RESPONSE;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pdu {
    pub status: u32,
    pub sequence: u32,
    pub body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Body {
    BindTransceiver(Bind),
    /// What the message centre calls itself.
    BindTransceiverResp(String),
    SubmitSm(Box<ShortMessage>),
    /// The message centre's id; empty where it refuses.
    SubmitSmResp(String),
    DeliverSm(Box<ShortMessage>),
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    Unbind,
    UnbindResp,
    GenericNack,
    /// Something that we don't speak, and whether it wants an answer.
    Other {
        request: bool,
    },
    /// A packet of ours whose body can't be read, and its command.
    Broken {
        command: u32,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bind {
    pub system_id: String,
    pub password: String,
    pub system_type: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Address {
    pub ton: u8,
    pub npi: u8,
    pub address: String,
}

/// submit_sm and deliver_sm (§4.4.1, §4.6.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ShortMessage {
    pub service_type: String,
    pub source: Address,
    pub destination: Address,
    pub esm_class: u8,
    /// §7.1.1, or empty.
    pub validity: String,
    pub registered_delivery: u8,
    pub data_coding: u8,
    /// At most 254 octets.
    pub message: Vec<u8>,
    pub parameters: Vec<(u16, Vec<u8>)>,
}

impl ShortMessage {
    pub fn parameter(&self, tag: u16) -> Option<&[u8]> {
        self.parameters.iter().find(|(has, _)| *has == tag).map(|(_, value)| value.as_slice())
    }

    /// Wherever it is.
    pub fn payload(&self) -> &[u8] {
        if self.message.is_empty() {
            self.parameter(parameter::PAYLOAD).unwrap_or_default()
        } else {
            &self.message
        }
    }
}

/// A length that no packet has: what follows can't be found any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a packet of {0} octets")]
pub(super) struct Unframed(u32);

/// Takes the first whole packet off; `None`: more has to come.
pub(super) fn take(input: &mut BytesMut) -> Result<Option<Pdu>, Unframed> {
    let Some(length) = input.first_chunk().map(|octets| u32::from_be_bytes(*octets)) else { return Ok(None) };
    let whole = length as usize;
    if !(HEADER..=MOST).contains(&whole) {
        return Err(Unframed(length));
    }
    if input.len() < whole {
        return Ok(None);
    }
    let mut octets = input.split_to(whole).freeze();
    octets.advance(4);
    let (command, status, sequence) = (octets.get_u32(), octets.get_u32(), octets.get_u32());
    Ok(Some(Pdu { status, sequence, body: Body::read(command, octets) }))
}

impl Body {
    fn read(command: u32, mut octets: Bytes) -> Self {
        const RESPONSE: u32 = command::RESPONSE;
        match command {
            command::BIND_TRANSCEIVER => {
                let [system_id, password, system_type] = std::array::from_fn(|_| string(&mut octets));
                Self::BindTransceiver(Bind { system_id, password, system_type })
            }
            command::SUBMIT_SM => ShortMessage::read(octets)
                .map_or(Self::Broken { command }, |message| Self::SubmitSm(Box::new(message))),
            command::DELIVER_SM => ShortMessage::read(octets)
                .map_or(Self::Broken { command }, |message| Self::DeliverSm(Box::new(message))),
            command::ENQUIRE_LINK => Self::EnquireLink,
            command::UNBIND => Self::Unbind,
            command::GENERIC_NACK => Self::GenericNack,
            _ if command & RESPONSE == 0 => Self::Other { request: true },
            _ => match command & !RESPONSE {
                command::BIND_TRANSCEIVER => Self::BindTransceiverResp(string(&mut octets)),
                command::SUBMIT_SM => Self::SubmitSmResp(string(&mut octets)),
                command::DELIVER_SM => Self::DeliverSmResp,
                command::ENQUIRE_LINK => Self::EnquireLinkResp,
                command::UNBIND => Self::UnbindResp,
                _ => Self::Other { request: false },
            },
        }
    }

    fn command(&self) -> u32 {
        match self {
            Self::BindTransceiver(_) => command::BIND_TRANSCEIVER,
            Self::BindTransceiverResp(_) => command::BIND_TRANSCEIVER | command::RESPONSE,
            Self::SubmitSm(_) => command::SUBMIT_SM,
            Self::SubmitSmResp(_) => command::SUBMIT_SM | command::RESPONSE,
            Self::DeliverSm(_) => command::DELIVER_SM,
            Self::DeliverSmResp => command::DELIVER_SM | command::RESPONSE,
            Self::EnquireLink => command::ENQUIRE_LINK,
            Self::EnquireLinkResp => command::ENQUIRE_LINK | command::RESPONSE,
            Self::Unbind => command::UNBIND,
            Self::UnbindResp => command::UNBIND | command::RESPONSE,
            Self::GenericNack | Self::Other { .. } => command::GENERIC_NACK,
            Self::Broken { command } => *command,
        }
    }
}

impl Pdu {
    pub fn request(sequence: u32, body: Body) -> Self {
        Self { status: status::OK, sequence, body }
    }

    pub fn write(&self, out: &mut BytesMut) {
        let begin = out.len();
        out.put_u32(0);
        out.put_u32(self.body.command());
        out.put_u32(self.status);
        out.put_u32(self.sequence);
        match &self.body {
            Body::BindTransceiver(bind) => {
                for (text, most) in [(&bind.system_id, 16), (&bind.password, 9), (&bind.system_type, 13)] {
                    put_string(out, text, most);
                }
                // Version 3.4; our address of whatever kind, and all of them.
                out.put_slice(&[0x34, 0, 0, 0]);
            }
            Body::BindTransceiverResp(id) => put_string(out, id, 16),
            Body::SubmitSmResp(id) => put_string(out, id, 65),
            Body::DeliverSmResp => out.put_u8(0),
            Body::SubmitSm(message) | Body::DeliverSm(message) => message.write(out),
            _ => {}
        }
        let length = (out.len() - begin) as u32;
        if let Some(place) = out.get_mut(begin..begin + 4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }
}

impl ShortMessage {
    fn read(mut octets: Bytes) -> Option<Self> {
        let service_type = string(&mut octets);
        let source = Address::read(&mut octets)?;
        let destination = Address::read(&mut octets)?;
        let esm_class = octets.try_get_u8().ok()?;
        let _protocol_and_priority = octets.try_get_u16().ok()?;
        let _schedule = string(&mut octets);
        let validity = string(&mut octets);
        let registered_delivery = octets.try_get_u8().ok()?;
        let _replace = octets.try_get_u8().ok()?;
        let data_coding = octets.try_get_u8().ok()?;
        let _default_message = octets.try_get_u8().ok()?;
        let length = octets.try_get_u8().ok()?.into();
        if octets.len() < length {
            return None;
        }
        let message = octets.split_to(length).to_vec();
        let parameters = parameters(octets);
        Some(Self {
            service_type,
            source,
            destination,
            esm_class,
            validity,
            registered_delivery,
            data_coding,
            message,
            parameters,
        })
    }

    fn write(&self, out: &mut BytesMut) {
        put_string(out, &self.service_type, 6);
        for Address { ton, npi, address } in [&self.source, &self.destination] {
            out.put_slice(&[*ton, *npi]);
            put_string(out, address, 21);
        }
        // Protocol 0, priority 0; at once.
        out.put_slice(&[self.esm_class, 0, 0, 0]);
        put_string(out, &self.validity, 17);
        let message = self.message.get(..254).unwrap_or(&self.message);
        out.put_slice(&[self.registered_delivery, 0, self.data_coding, 0, message.len() as u8]);
        out.put_slice(message);
        for (tag, value) in &self.parameters {
            let Ok(length) = u16::try_from(value.len()) else { continue };
            out.put_u16(*tag);
            out.put_u16(length);
            out.put_slice(value);
        }
    }
}

impl Address {
    fn read(octets: &mut Bytes) -> Option<Self> {
        let (ton, npi) = (octets.try_get_u8().ok()?, octets.try_get_u8().ok()?);
        Some(Self { ton, npi, address: string(octets) })
    }
}

/// Up to its NUL, or to the end.
fn string(octets: &mut Bytes) -> String {
    let end = octets.iter().position(|octet| *octet == 0).unwrap_or(octets.len());
    let text = octets.split_to(end);
    // The NUL.
    octets.advance(1.min(octets.len()));
    String::from_utf8_lossy(&text).into_owned()
}

/// `most` octets with the NUL: as much of the text as there is room for, visible ASCII only.
fn put_string(out: &mut BytesMut, text: &str, most: usize) {
    let octets = text.bytes().filter(|octet| (0x20..0x7f).contains(octet)).take(most - 1);
    out.extend(octets);
    out.put_u8(0);
}

fn parameters(mut octets: Bytes) -> Vec<(u16, Vec<u8>)> {
    let mut read = Vec::new();
    while read.len() < MOST_PARAMETERS {
        let (Ok(tag), Ok(length)) = (octets.try_get_u16(), octets.try_get_u16()) else { break };
        let length = usize::from(length);
        if octets.len() < length {
            break;
        }
        read.push((tag, octets.split_to(length).to_vec()));
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    fn written(pdu: &Pdu) -> BytesMut {
        let mut out = BytesMut::new();
        pdu.write(&mut out);
        out
    }

    #[test]
    fn packets_are_the_specifications() {
        let bind = Bind { system_id: "cmp".into(), password: "secret08".into(), system_type: String::new() };
        let pdu = Pdu::request(1, Body::BindTransceiver(bind));
        let expected = b"\0\0\0\x22\0\0\0\x09\0\0\0\0\0\0\0\x01cmp\0secret08\0\0\x34\0\0\0";
        assert_eq!(written(&pdu)[..], expected[..]);
        let message = ShortMessage {
            source: Address { ton: 5, npi: 0, address: "CMP".into() },
            destination: Address { ton: 1, npi: 1, address: "886912345678".into() },
            registered_delivery: 1,
            data_coding: 8,
            message: vec![0x96, 0xe2],
            ..ShortMessage::default()
        };
        let pdu = Pdu::request(2, Body::SubmitSm(Box::new(message)));
        let expected = b"\0\0\0\x32\0\0\0\x04\0\0\0\0\0\0\0\x02\0\x05\0CMP\0\x01\x01886912345678\0\
            \0\0\0\0\0\x01\0\x08\0\x02\x96\xe2";
        assert_eq!(written(&pdu)[..], expected[..]);
    }

    #[test]
    fn impossible_lengths_end_the_session_and_broken_bodies_don_t() {
        for length in [0u32, 15, 70 * 1024 + 1, u32::MAX] {
            let mut input = BytesMut::from(&length.to_be_bytes()[..]);
            assert_eq!(take(&mut input), Err(Unframed(length)));
        }
        let mut input = BytesMut::from(&b"\0\0\0\x12\0\0\0\x05\0\0\0\0\0\0\0\x07\0\x01"[..]);
        let pdu = take(&mut input).unwrap().unwrap();
        assert_eq!((pdu.sequence, pdu.body), (7, Body::Broken { command: 5 }));
        // Without its body, as many send a refusal.
        let mut input = BytesMut::from(&b"\0\0\0\x10\x80\0\0\x04\0\0\0\x58\0\0\0\x07"[..]);
        let pdu = take(&mut input).unwrap().unwrap();
        assert_eq!((pdu.status, pdu.body), (0x58, Body::SubmitSmResp(String::new())));
    }

    fn address() -> impl Strategy<Value = Address> {
        (0..7u8, 0..20u8, "[0-9A-Za-z]{0,20}").prop_map(|(ton, npi, address)| Address { ton, npi, address })
    }

    fn message() -> impl Strategy<Value = ShortMessage> {
        let parameters = vec((any::<u16>(), vec(any::<u8>(), 0..40)), 0..5);
        let fixed = ("[A-Z]{0,5}", "[0-9+-R]{0,16}", any::<[u8; 3]>());
        (fixed, address(), address(), vec(any::<u8>(), 0..255), parameters).prop_map(
            |(
                (service_type, validity, [esm_class, registered_delivery, data_coding]),
                source,
                destination,
                message,
                parameters,
            )| {
                ShortMessage {
                    service_type,
                    source,
                    destination,
                    esm_class,
                    validity,
                    registered_delivery,
                    data_coding,
                    message,
                    parameters,
                }
            },
        )
    }

    fn body() -> impl Strategy<Value = Body> {
        prop_oneof![
            ("[!-~]{0,15}", "[!-~]{0,8}", "[!-~]{0,12}").prop_map(|(system_id, password, system_type)| {
                Body::BindTransceiver(Bind { system_id, password, system_type })
            }),
            "[!-~]{0,15}".prop_map(Body::BindTransceiverResp),
            "[!-~]{0,64}".prop_map(Body::SubmitSmResp),
            message().prop_map(|message| Body::SubmitSm(Box::new(message))),
            message().prop_map(|message| Body::DeliverSm(Box::new(message))),
            Just(Body::DeliverSmResp),
            Just(Body::EnquireLink),
            Just(Body::EnquireLinkResp),
            Just(Body::Unbind),
            Just(Body::UnbindResp),
            Just(Body::GenericNack),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_however_it_arrives(
            bodies in vec((body(), any::<u32>(), any::<u32>()), 1..5), cut in any::<prop::sample::Index>(),
        ) {
            let pdus: Vec<Pdu> =
                bodies.into_iter().map(|(body, status, sequence)| Pdu { status, sequence, body }).collect();
            let mut all = BytesMut::new();
            pdus.iter().for_each(|pdu| pdu.write(&mut all));
            let rest = all.split_off(cut.index(all.len()));
            let (mut read, mut input) = (Vec::new(), BytesMut::new());
            for piece in [all, rest] {
                input.extend_from_slice(&piece);
                while let Some(pdu) = take(&mut input).unwrap() {
                    read.push(pdu);
                }
            }
            prop_assert_eq!(read, pdus);
        }

        #[test]
        fn nothing_that_arrives_is_a_panic(octets in vec(any::<u8>(), 0..200), command in 0..0x20u32, response: bool) {
            let mut input = BytesMut::from(&octets[..]);
            while let Ok(Some(_)) = take(&mut input) {}
            let mut framed = BytesMut::new();
            framed.put_u32((octets.len() + HEADER) as u32);
            framed.put_u32(command | if response { command::RESPONSE } else { 0 });
            framed.put_u64(0);
            framed.put_slice(&octets);
            prop_assert!(take(&mut framed).unwrap().is_some());
            prop_assert!(framed.is_empty());
        }
    }
}
