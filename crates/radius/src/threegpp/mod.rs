//! The 3GPP dictionary: sub-attributes 1 to 33 (TS 29.061 §16.4.7) and 110 to 129 (TS 29.561 §11), read in place and
//! written back.
//!
//! [`location`] is where the device is, [`plmn`] whose network it is on, [`timezone`] its clock, [`usage`] what a
//! secondary RAT carried.

pub mod location;
mod names;
pub mod plmn;
pub mod timezone;
pub mod usage;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use location::{Cell, UserLocation};
pub use names::{PdpType, RatType, name};
pub use plmn::Plmn;
pub use timezone::MsTimeZone;
pub use usage::{NtpTime, SecondaryRatUsage};

use crate::value::{integer, ipv4, ipv6, text};

/// One 3GPP sub-attribute. Texts are as sent: whether an IMSI is an IMSI is for the reader to judge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThreeGpp<'a> {
    Imsi(&'a str),
    ChargingId(u32),
    PdpType(PdpType),
    CgAddress(Ipv4Addr),
    /// Release indicator, `-`, hexadecimal octets; 5G cores write what they like.
    QosProfile(&'a str),
    SgsnAddress(Ipv4Addr),
    GgsnAddress(Ipv4Addr),
    /// Home PLMN; tells how long the IMSI's MNC is.
    ImsiMccMnc(Plmn),
    GgsnMccMnc(Plmn),
    /// One hexadecimal digit; from a P-GW the EPS bearer id.
    Nsapi(&'a str),
    /// The last bearer of the session has ended when this is 0xFF.
    SessionStopIndicator(u8),
    SelectionMode(&'a str),
    ChargingCharacteristics(&'a str),
    CgIpv6Address(Ipv6Addr),
    SgsnIpv6Address(Ipv6Addr),
    GgsnIpv6Address(Ipv6Addr),
    /// Sixteen octets for each server.
    Ipv6DnsServers(&'a [u8]),
    /// Serving PLMN.
    SgsnMccMnc(Plmn),
    /// 0 this bearer only, 1 all bearers of the session.
    TeardownIndicator(u8),
    /// 16 digits IMEISV, 15 IMEI with a spare digit, 14 IMEI without.
    Imeisv(&'a str),
    RatType(RatType),
    UserLocation(UserLocation<'a>),
    MsTimeZone(MsTimeZone),
    CamelChargingInfo(&'a [u8]),
    PacketFilter(&'a [u8]),
    NegotiatedDscp(u8),
    /// 0 none, 1 IPv4, 2 IPv6 prefix, 3 both.
    AllocateIpType(u8),
    ExternalIdentifier(&'a str),
    TwanIdentifier(&'a [u8]),
    UserLocationTime(NtpTime),
    SecondaryRatUsage(SecondaryRatUsage),
    UeLocalAddress(IpAddr),
    /// `protocol` 1 UDP, 2 TCP.
    UeSourcePort {
        protocol: u8,
        port: u16,
    },
    SessionSNssai {
        /// Slice/service type.
        sst: u8,
        /// Slice differentiator.
        sd: Option<[u8; 3]>,
    },
    /// One of 110 to 129 whose inside nobody here needs.
    Opaque {
        kind: u8,
        value: &'a [u8],
    },
    /// A known sub-attribute with a value that can't be.
    Invalid {
        kind: u8,
        value: &'a [u8],
    },
    Unknown {
        kind: u8,
        value: &'a [u8],
    },
}

impl<'a> ThreeGpp<'a> {
    /// Reads a sub-attribute of vendor 10415. Never fails: what isn't understood stays raw.
    pub fn decode(kind: u8, value: &'a [u8]) -> Self {
        match kind {
            1..=33 => Self::gateway(kind, value).unwrap_or(Self::Invalid { kind, value }),
            125 => Self::s_nssai(value).unwrap_or(Self::Invalid { kind, value }),
            110..=129 => Self::Opaque { kind, value },
            _ => Self::Unknown { kind, value },
        }
    }

    fn gateway(kind: u8, value: &'a [u8]) -> Option<Self> {
        Some(match kind {
            1 => Self::Imsi(text(value)?),
            2 => Self::ChargingId(integer(value)?),
            3 => Self::PdpType(PdpType(integer(value)?)),
            4 => Self::CgAddress(ipv4(value)?),
            5 => Self::QosProfile(text(value)?),
            6 => Self::SgsnAddress(ipv4(value)?),
            7 => Self::GgsnAddress(ipv4(value)?),
            8 => Self::ImsiMccMnc(Plmn::from_text(value)?),
            9 => Self::GgsnMccMnc(Plmn::from_text(value)?),
            10 => Self::Nsapi(text(value)?),
            11 => Self::SessionStopIndicator(octet(value)?),
            12 => Self::SelectionMode(text(value)?),
            13 => Self::ChargingCharacteristics(text(value)?),
            14 => Self::CgIpv6Address(ipv6(value)?),
            15 => Self::SgsnIpv6Address(ipv6(value)?),
            16 => Self::GgsnIpv6Address(ipv6(value)?),
            17 if value.len().is_multiple_of(16) => Self::Ipv6DnsServers(value),
            18 => Self::SgsnMccMnc(Plmn::from_text(value)?),
            19 => Self::TeardownIndicator(octet(value)?),
            20 => Self::Imeisv(text(value)?),
            21 => Self::RatType(RatType(octet(value)?)),
            22 => Self::UserLocation(UserLocation::decode(value)?),
            23 => Self::MsTimeZone(MsTimeZone::decode(value)?),
            24 => Self::CamelChargingInfo(value),
            25 => Self::PacketFilter(value),
            26 => Self::NegotiatedDscp(octet(value)?),
            27 => Self::AllocateIpType(octet(value)?),
            28 => Self::ExternalIdentifier(text(value)?),
            29 => Self::TwanIdentifier(value),
            30 => Self::UserLocationTime(NtpTime(integer(value)?)),
            31 => Self::SecondaryRatUsage(SecondaryRatUsage::decode(value)?),
            32 => Self::UeLocalAddress(match value {
                [1, address @ ..] => ipv4(address)?.into(),
                [2, address @ ..] => ipv6(address)?.into(),
                _ => return None,
            }),
            33 => {
                let [protocol, high, low] = *value else { return None };
                Self::UeSourcePort { protocol, port: u16::from_be_bytes([high, low]) }
            }
            _ => return None,
        })
    }

    fn s_nssai(value: &'a [u8]) -> Option<Self> {
        let (sst, sd) = match *value {
            [sst] => (sst, None),
            [sst, a, b, c] => (sst, Some([a, b, c])),
            _ => return None,
        };
        Some(Self::SessionSNssai { sst, sd })
    }

    /// The sub-attribute's number.
    pub fn kind(&self) -> u8 {
        match self {
            Self::Imsi(_) => 1,
            Self::ChargingId(_) => 2,
            Self::PdpType(_) => 3,
            Self::CgAddress(_) => 4,
            Self::QosProfile(_) => 5,
            Self::SgsnAddress(_) => 6,
            Self::GgsnAddress(_) => 7,
            Self::ImsiMccMnc(_) => 8,
            Self::GgsnMccMnc(_) => 9,
            Self::Nsapi(_) => 10,
            Self::SessionStopIndicator(_) => 11,
            Self::SelectionMode(_) => 12,
            Self::ChargingCharacteristics(_) => 13,
            Self::CgIpv6Address(_) => 14,
            Self::SgsnIpv6Address(_) => 15,
            Self::GgsnIpv6Address(_) => 16,
            Self::Ipv6DnsServers(_) => 17,
            Self::SgsnMccMnc(_) => 18,
            Self::TeardownIndicator(_) => 19,
            Self::Imeisv(_) => 20,
            Self::RatType(_) => 21,
            Self::UserLocation(_) => 22,
            Self::MsTimeZone(_) => 23,
            Self::CamelChargingInfo(_) => 24,
            Self::PacketFilter(_) => 25,
            Self::NegotiatedDscp(_) => 26,
            Self::AllocateIpType(_) => 27,
            Self::ExternalIdentifier(_) => 28,
            Self::TwanIdentifier(_) => 29,
            Self::UserLocationTime(_) => 30,
            Self::SecondaryRatUsage(_) => 31,
            Self::UeLocalAddress(_) => 32,
            Self::UeSourcePort { .. } => 33,
            Self::SessionSNssai { .. } => 125,
            Self::Opaque { kind, .. } | Self::Invalid { kind, .. } | Self::Unknown { kind, .. } => *kind,
        }
    }

    /// Hands the octets of the value on, in one or several pieces.
    pub(crate) fn encode(&self, mut put: impl FnMut(&[u8])) {
        match self {
            Self::Imsi(text)
            | Self::QosProfile(text)
            | Self::Nsapi(text)
            | Self::SelectionMode(text)
            | Self::ChargingCharacteristics(text)
            | Self::Imeisv(text)
            | Self::ExternalIdentifier(text) => put(text.as_bytes()),
            Self::ChargingId(value)
            | Self::PdpType(PdpType(value))
            | Self::UserLocationTime(NtpTime(value)) => put(&value.to_be_bytes()),
            Self::CgAddress(address) | Self::SgsnAddress(address) | Self::GgsnAddress(address) => {
                put(&address.octets());
            }
            Self::CgIpv6Address(address)
            | Self::SgsnIpv6Address(address)
            | Self::GgsnIpv6Address(address) => {
                put(&address.octets());
            }
            Self::ImsiMccMnc(plmn) | Self::GgsnMccMnc(plmn) | Self::SgsnMccMnc(plmn) => put(plmn.digits()),
            Self::SessionStopIndicator(octet)
            | Self::TeardownIndicator(octet)
            | Self::RatType(RatType(octet))
            | Self::NegotiatedDscp(octet)
            | Self::AllocateIpType(octet) => put(&[*octet]),
            Self::UserLocation(location) => location.encode(put),
            Self::MsTimeZone(zone) => put(&zone.octets()),
            Self::SecondaryRatUsage(usage) => put(&usage.octets()),
            Self::UeLocalAddress(IpAddr::V4(address)) => {
                put(&[1]);
                put(&address.octets());
            }
            Self::UeLocalAddress(IpAddr::V6(address)) => {
                put(&[2]);
                put(&address.octets());
            }
            Self::UeSourcePort { protocol, port } => {
                put(&[*protocol]);
                put(&port.to_be_bytes());
            }
            Self::SessionSNssai { sst, sd } => {
                put(&[*sst]);
                put(sd.as_ref().map_or(&[], |sd| sd.as_slice()));
            }
            Self::Ipv6DnsServers(value)
            | Self::CamelChargingInfo(value)
            | Self::PacketFilter(value)
            | Self::TwanIdentifier(value)
            | Self::Opaque { value, .. }
            | Self::Invalid { value, .. }
            | Self::Unknown { value, .. } => put(value),
        }
    }
}

fn octet(value: &[u8]) -> Option<u8> {
    let [octet] = *value else { return None };
    Some(octet)
}
