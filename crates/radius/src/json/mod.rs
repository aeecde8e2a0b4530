//! A packet and the verdict on it as JSON, for `opencmp radius decode` and for the test vectors. Everything is read
//! leniently and shown as far as it goes; what the server would do with it stands in `packet` and `discard_reason`.
//!
//! This module judges; [`attribute`] shows attributes, [`location`] places.

mod attribute;
mod location;

use serde_json::{Map, Value};

use crate::attribute::Attributes;
use crate::authenticator::{Authenticator, Check};
use crate::code::{Code, Role};
use crate::dictionary;
use crate::packet::Packet;
use crate::value;
use crate::{Discard, HEADER_LEN, MAX_LEN, Secret};

/// What is known besides the octets.
#[derive(Clone, Copy, Default, Debug)]
pub struct Context<'a> {
    pub secret: Option<&'a Secret>,
    /// Guessed from the code when not given.
    pub role: Option<Role>,
    /// Of the request that this packet answers.
    pub request_authenticator: Option<&'a Authenticator>,
}

/// Judges and decodes one datagram.
pub fn decode(datagram: &[u8], secret: Option<&Secret>, role: Option<Role>) -> Value {
    decode_with(datagram, Context { secret, role, request_authenticator: None })
}

/// Judges and decodes one datagram of which more is known.
pub fn decode_with(datagram: &[u8], context: Context<'_>) -> Value {
    let code = datagram.first().copied().and_then(Code::from_octet);
    let role = context.role.or(code.map(Role::of)).unwrap_or(Role::Auth);
    let parsed = Packet::any(datagram, role);
    let mut out = Map::new();

    let mut discard = parsed.err();
    let verdict = match (&parsed, context.secret) {
        (Ok(packet), Some(secret)) => Some(packet.verify(secret, context.request_authenticator)),
        _ => None,
    };
    discard = discard.or(verdict.and_then(|verdict| verdict.discard()));
    out.insert("packet".into(), if discard.is_none() { "accept" } else { "discard" }.into());
    if let Some(discard) = discard {
        out.insert("discard_reason".into(), reason(discard, datagram).into());
    }

    if let Some(octets) = whole(datagram) {
        if let Some(code) = code {
            let (field, check) = authenticator(code, octets, context);
            out.insert(field.into(), check.into());
        }
        if let Some(check) =
            message_authenticator(octets, &parsed, verdict.map(|v| v.message_authenticator), context)
        {
            out.insert("message_authenticator".into(), check.into());
        }
    }
    if let (Ok(packet), None) = (&parsed, discard) {
        if let Some(password) = context.secret.and_then(|secret| packet.user_password(secret)) {
            out.insert("user_password".into(), String::from_utf8_lossy(&password).into());
        }
        insert_totals(&mut out, packet);
    }
    out.insert("decoded".into(), decoded(datagram).into());
    Value::Object(out)
}

/// The wording, with what else is plainly wrong where the first reason alone would mislead a person.
fn reason(discard: Discard, datagram: &[u8]) -> String {
    let unknown = datagram.first().is_some_and(|code| Code::from_octet(*code).is_none());
    match discard {
        Discard::LengthExceedsDatagram if unknown => format!("unknown code; {discard}"),
        Discard::LengthAbove4096 if length_field(datagram).is_some_and(|length| length > datagram.len()) => {
            format!("{discard} and above datagram")
        }
        Discard::MessageAuthenticatorInvalid if datagram.first() == Some(&Code::AccessRequest.octet()) => {
            format!("{discard}; RFC 2865: silently discard, never answer with a reject")
        }
        _ => discard.to_string(),
    }
}

fn length_field(datagram: &[u8]) -> Option<usize> {
    let [_, _, high, low, ..] = *datagram else { return None };
    Some(usize::from(u16::from_be_bytes([high, low])))
}

/// Exactly Length octets, if they are there, whatever the attributes look like.
fn whole(datagram: &[u8]) -> Option<&[u8]> {
    let length = length_field(datagram).filter(|length| (HEADER_LEN..=MAX_LEN).contains(length))?;
    datagram.get(..length)
}

/// The verdict on the authenticator field, which doesn't need sound attributes.
fn authenticator(code: Code, octets: &[u8], context: Context<'_>) -> (&'static str, &'static str) {
    let field = if code.is_response() { "response_authenticator" } else { "request_authenticator" };
    let expected = if code.is_keyed_request() { Some(&[0; 16]) } else { context.request_authenticator };
    let check = match (context.secret, expected) {
        _ if code.has_random_authenticator() => "random (not checkable)",
        (None, _) => "secret unknown",
        (_, None) => "request unknown",
        (Some(secret), Some(expected)) => {
            let computed = crate::authenticator::packet_hash(octets, expected, secret.octets());
            if octets.get(4..HEADER_LEN) == Some(&computed) { "valid" } else { "invalid" }
        }
    };
    (field, check)
}

fn message_authenticator(
    octets: &[u8],
    parsed: &Result<Packet<'_>, Discard>,
    checked: Option<Check>,
    context: Context<'_>,
) -> Option<&'static str> {
    let attributes = octets.get(HEADER_LEN..)?;
    let present = match parsed {
        Ok(packet) => packet.has_message_authenticator(),
        Err(Discard::MessageAuthenticatorLength | Discard::MessageAuthenticatorRepeated) => {
            return Some("invalid");
        }
        Err(_) => {
            let mut walk = Attributes::new(attributes);
            let present = walk.any(|attribute| attribute.kind == dictionary::MESSAGE_AUTHENTICATOR);
            if !walk.rest().is_empty() || present {
                return None;
            }
            present
        }
    };
    match checked {
        Some(Check::Valid) => Some("valid"),
        Some(Check::Invalid) => Some("invalid"),
        Some(Check::RequestUnknown) => Some("request unknown"),
        _ if present => Some("secret unknown"),
        _ => context.secret.map(|_| "absent"),
    }
}

/// Octet totals, where the counters alone would mislead because they wrapped (RFC 2869 §5.1).
fn insert_totals(out: &mut Map<String, Value>, packet: &Packet<'_>) {
    let integer = |kind| packet.attribute(kind).and_then(|attribute| value::integer(attribute.value));
    let totals = [
        ("acct_input_total_octets", dictionary::ACCT_INPUT_OCTETS, dictionary::ACCT_INPUT_GIGAWORDS),
        ("acct_output_total_octets", dictionary::ACCT_OUTPUT_OCTETS, dictionary::ACCT_OUTPUT_GIGAWORDS),
    ];
    for (field, octets, gigawords) in totals {
        if let (Some(octets), Some(gigawords)) = (integer(octets), integer(gigawords)) {
            out.insert(field.into(), (u64::from(gigawords) << 32 | u64::from(octets)).into());
        }
    }
}

fn decoded(datagram: &[u8]) -> Map<String, Value> {
    let mut out = Map::new();
    let Some((&[code, identifier, _, _, ref authenticator @ ..], _)) =
        datagram.split_first_chunk::<HEADER_LEN>()
    else {
        out.insert("error".into(), format!("shorter than 20 octets ({})", datagram.len()).into());
        return out;
    };
    let length = length_field(datagram).unwrap_or_default();
    out.insert("code".into(), code.into());
    out.insert("code_name".into(), Code::from_octet(code).map_or("unknown", Code::name).into());
    out.insert("identifier".into(), identifier.into());
    out.insert("length_field".into(), length.into());
    out.insert("datagram_octets".into(), datagram.len().into());
    out.insert("authenticator".into(), hex(authenticator).into());
    let Some(octets) = whole(datagram) else {
        let error = if length < HEADER_LEN {
            "length field < 20"
        } else if length > MAX_LEN {
            "length field > 4096"
        } else {
            "length field exceeds datagram"
        };
        out.insert("error".into(), error.into());
        return out;
    };
    if datagram.len() > octets.len() {
        out.insert("padding_octets".into(), (datagram.len() - octets.len()).into());
    }
    let mut walk = Attributes::new(octets.get(HEADER_LEN..).unwrap_or_default());
    let attributes: Vec<Value> = walk.by_ref().map(|found| attribute::attribute(&found).into()).collect();
    out.insert("attributes".into(), attributes.into());
    let at = octets.len() - walk.rest().len();
    let error = match *walk.rest() {
        [] => None,
        [_] => Some(format!("attribute header truncated at offset {at}")),
        [kind, length @ (0 | 1), ..] => {
            Some(format!("attribute {kind} at offset {at} has length {length} (<2)"))
        }
        [kind, length, ref rest @ ..] => Some(format!(
            "attribute {kind} at offset {at} overruns packet (len {length}, {} left)",
            rest.len() + 2
        )),
    };
    if let Some(error) = error {
        out.insert("error".into(), error.into());
    }
    out
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut out, octet| {
        for nibble in [octet >> 4, octet & 0xF] {
            out.push(char::from_digit(nibble.into(), 16).unwrap_or('?'));
        }
        out
    })
}
