use serde_json::{Map, Value, json};

use super::hex;
use super::location::location;
use crate::attribute::{Attribute, Sub, VENDOR_3GPP, VENDOR_STARENT};
use crate::dictionary::{self, Kind};
use crate::threegpp::{self, MsTimeZone, ThreeGpp, UserLocation};
use crate::value::{self, BadPrefix};

pub(super) fn attribute(attribute: &Attribute<'_>) -> Map<String, Value> {
    let (name, kind) = dictionary::lookup(attribute.kind).unzip();
    let mut out = Map::new();
    out.insert("type".into(), attribute.kind.into());
    out.insert("name".into(), name.map_or_else(|| format!("Attr-{}", attribute.kind), str::to_owned).into());
    if let Some(vendor) = attribute.vendor() {
        let subs: Vec<Value> = vendor.subs().map(|found| sub(vendor.id, found)).collect();
        out.insert("vendor_id".into(), vendor.id.into());
        out.insert("sub".into(), subs.into());
        return out;
    }
    out.insert("value".into(), standard_value(kind.unwrap_or(Kind::Octets), attribute.value));
    if attribute.kind == dictionary::ACCT_STATUS_TYPE {
        let name = value::integer(attribute.value).and_then(dictionary::acct_status_type);
        out.insert("value_name".into(), name.unwrap_or("?").into());
    }
    out
}

fn standard_value(kind: Kind, octets: &[u8]) -> Value {
    let read = match kind {
        Kind::Octets => return hex(octets).into(),
        Kind::Text => return text(octets),
        Kind::Integer | Kind::Time => value::integer(octets).map(Value::from),
        Kind::Ipv4 => value::ipv4(octets).map(|address| address.to_string().into()),
        Kind::Ipv6 => value::ipv6(octets).map(|address| address.to_string().into()),
        Kind::Ipv6Prefix => match value::ipv6_prefix(octets) {
            Ok(prefix) => Some(format!("{}/{}", prefix.address, prefix.length).into()),
            Err(BadPrefix::Length(length)) => {
                return json!({"invalid_prefix_length": length, "hex": hex(octets)});
            }
            Err(BadPrefix::Octets) => None,
        },
    };
    read.unwrap_or_else(|| invalid_length(octets))
}

fn text(octets: &[u8]) -> Value {
    match value::text(octets) {
        Some(text) => text.into(),
        None => json!({"invalid_text": true, "hex": hex(octets)}),
    }
}

fn invalid_length(octets: &[u8]) -> Value {
    json!({"invalid_length": octets.len(), "hex": hex(octets)})
}

fn sub(vendor: u32, sub: Sub<'_>) -> Value {
    match sub {
        Sub::Broken(rest) => json!({"error": "bad sub length", "hex": hex(rest)}),
        Sub::Fits { kind, value } => match u8::try_from(kind) {
            Ok(kind) if vendor == VENDOR_3GPP => three_gpp(kind, value).into(),
            _ => {
                let mut out = Map::new();
                out.insert("vendor_type".into(), kind.into());
                out.insert("hex".into(), hex(value).into());
                let printable = !value.is_empty() && value.iter().all(|octet| (b' '..=b'~').contains(octet));
                if printable && vendor != VENDOR_STARENT {
                    out.insert("text".into(), String::from_utf8_lossy(value).into());
                }
                out.into()
            }
        },
    }
}

fn three_gpp(kind: u8, octets: &[u8]) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("vendor_type".into(), kind.into());
    match threegpp::name(kind) {
        Some(name) => out.insert("name".into(), name.into()),
        None => {
            out.insert("hex".into(), hex(octets).into());
            return out;
        }
    };
    let (value, with_hex) = three_gpp_value(&ThreeGpp::decode(kind, octets));
    out.insert("value".into(), value);
    if with_hex {
        out.insert("hex".into(), hex(octets).into());
    }
    out
}

/// The value, and whether it says too little without its octets.
fn three_gpp_value(sub: &ThreeGpp<'_>) -> (Value, bool) {
    let plain = match sub {
        ThreeGpp::Imsi(text)
        | ThreeGpp::QosProfile(text)
        | ThreeGpp::Nsapi(text)
        | ThreeGpp::SelectionMode(text)
        | ThreeGpp::ChargingCharacteristics(text)
        | ThreeGpp::Imeisv(text)
        | ThreeGpp::ExternalIdentifier(text) => (*text).into(),
        ThreeGpp::ChargingId(value) => (*value).into(),
        ThreeGpp::PdpType(pdp) => pdp.0.into(),
        ThreeGpp::RatType(rat) => rat.0.into(),
        ThreeGpp::CgAddress(address) | ThreeGpp::SgsnAddress(address) | ThreeGpp::GgsnAddress(address) => {
            address.to_string().into()
        }
        ThreeGpp::CgIpv6Address(address)
        | ThreeGpp::SgsnIpv6Address(address)
        | ThreeGpp::GgsnIpv6Address(address) => address.to_string().into(),
        ThreeGpp::ImsiMccMnc(plmn) | ThreeGpp::GgsnMccMnc(plmn) | ThreeGpp::SgsnMccMnc(plmn) => {
            plmn.as_str().into()
        }
        ThreeGpp::SessionStopIndicator(octet)
        | ThreeGpp::TeardownIndicator(octet)
        | ThreeGpp::NegotiatedDscp(octet)
        | ThreeGpp::AllocateIpType(octet) => (*octet).into(),
        ThreeGpp::Ipv6DnsServers(servers) => servers
            .as_chunks::<16>()
            .0
            .iter()
            .map(|server| std::net::Ipv6Addr::from(*server).to_string())
            .collect::<Vec<_>>()
            .into(),
        ThreeGpp::UserLocation(UserLocation::Known(place)) => return (location(place), true),
        ThreeGpp::UserLocation(UserLocation::Raw { kind, value }) => {
            let note =
                if matches!(kind, 0..=2 | 128..=137) { "too short or no PLMN" } else { "type not decoded" };
            return (json!({"type": kind, "raw": hex(value), "note": note}), true);
        }
        ThreeGpp::MsTimeZone(zone) => return (time_zone(zone), true),
        ThreeGpp::UserLocationTime(time) => return (time.unix().into(), true),
        ThreeGpp::SecondaryRatUsage(usage) => {
            let value = json!({
                "rat": usage.rat(), "session": usage.is_session(), "start": usage.start.unix(),
                "end": usage.end.unix(), "downlink_octets": usage.downlink_octets,
                "uplink_octets": usage.uplink_octets,
            });
            return (value, true);
        }
        ThreeGpp::UeLocalAddress(address) => address.to_string().into(),
        ThreeGpp::UeSourcePort { protocol, port } => {
            return (json!({"protocol": protocol, "port": port}), true);
        }
        ThreeGpp::SessionSNssai { sst, sd } => {
            return (json!({"sst": sst, "sd": sd.map(|sd| hex(&sd))}), true);
        }
        ThreeGpp::CamelChargingInfo(octets)
        | ThreeGpp::PacketFilter(octets)
        | ThreeGpp::TwanIdentifier(octets)
        | ThreeGpp::Opaque { value: octets, .. }
        | ThreeGpp::Unknown { value: octets, .. } => hex(octets).into(),
        // A PLMN or another text of the wrong form is still best shown as what was sent.
        ThreeGpp::Invalid { kind: 1 | 5 | 8..=10 | 12 | 13 | 18 | 20 | 28, value } => text(value),
        ThreeGpp::Invalid { value, .. } => invalid_length(value),
    };
    (plain, false)
}

fn time_zone(zone: &MsTimeZone) -> Value {
    json!({
        "quarter_hours": zone.quarter_hours(),
        "utc_offset_minutes": zone.utc_offset_minutes(),
        "dst_hours": zone.dst_hours(),
    })
}
