//! What is encoded is decoded; what is signed verifies; what was touched doesn't.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use opencmp_radius::threegpp::location::{Ecgi, EnodeB, ExtendedEnodeB, Location, Ncgi, Tai, Tai5gs};
use opencmp_radius::threegpp::{
    MsTimeZone, NtpTime, PdpType, Plmn, RatType, SecondaryRatUsage, UserLocation,
};
use opencmp_radius::value::{Ipv6Prefix, ipv6_prefix};
use opencmp_radius::{
    Check, Code, MAX_LEN, Packet, PacketBuilder, Role, Secret, Sub, ThreeGpp, accounting_response, dictionary,
};
use proptest::collection::vec;
use proptest::prelude::*;

fn plmn() -> impl Strategy<Value = Plmn> {
    prop_oneof!["[0-9]{5}", "[0-9]{6}"].prop_map(|text| Plmn::from_text(text.as_bytes()).unwrap())
}

fn location() -> impl Strategy<Value = Location> {
    let ids = (plmn(), plmn(), any::<u16>(), any::<u16>(), any::<u8>(), any::<u64>());
    (0..13u8, ids).prop_map(|(which, (plmn, other, lac, ci, rac, wide))| {
        let tai = Tai { plmn, tac: lac };
        let ecgi = Ecgi { plmn: other, eci: wide as u32 & 0x0FFF_FFFF };
        let enodeb = EnodeB { plmn: other, id: wide as u32 & 0x0F_FFFF };
        let short = wide >> 63 == 1;
        let extended = ExtendedEnodeB {
            plmn: other,
            short,
            id: wide as u32 & if short { 0x03_FFFF } else { 0x1F_FFFF },
        };
        let ncgi = Ncgi { plmn: other, nci: wide & 0xF_FFFF_FFFF };
        let tai_5gs = Tai5gs { plmn, tac: wide as u32 & 0xFF_FFFF };
        match which {
            0 => Location::Cgi { plmn, lac, ci },
            1 => Location::Sai { plmn, lac, sac: ci },
            2 => Location::Rai { plmn, lac, rac },
            3 => Location::Tai(tai),
            4 => Location::Ecgi(ecgi),
            5 => Location::TaiEcgi(tai, ecgi),
            6 => Location::EnodeB(enodeb),
            7 => Location::TaiEnodeB(tai, enodeb),
            8 => Location::ExtendedEnodeB(extended),
            9 => Location::TaiExtendedEnodeB(tai, extended),
            10 => Location::Ncgi(ncgi),
            11 => Location::Tai5gs(tai_5gs),
            _ => Location::Tai5gsNcgi(tai_5gs, ncgi),
        }
    })
}

/// The values a sub-attribute of any kind can be made of.
#[derive(Clone, Debug)]
struct Material {
    kind: u8,
    text: String,
    octets: Vec<u8>,
    number: u64,
    plmn: Plmn,
    location: Location,
    zone: MsTimeZone,
}

fn material() -> impl Strategy<Value = Material> {
    let zone = (-79..80i8, 0..3u8).prop_map(|(quarters, dst)| MsTimeZone::new(quarters, dst).unwrap());
    (1..140u8, "[ -~]{0,60}", vec(any::<u8>(), 0..40), any::<u64>(), plmn(), location(), zone).prop_map(
        |(kind, text, octets, number, plmn, location, zone)| Material {
            kind,
            text,
            octets,
            number,
            plmn,
            location,
            zone,
        },
    )
}

impl Material {
    fn sub(&self) -> ThreeGpp<'_> {
        let (text, octets, number) = (self.text.as_str(), self.octets.as_slice(), self.number);
        let v4 = Ipv4Addr::from(number as u32);
        let v6 = Ipv6Addr::from(u128::from(number) << 60);
        match self.kind {
            1 => ThreeGpp::Imsi(text),
            2 => ThreeGpp::ChargingId(number as u32),
            3 => ThreeGpp::PdpType(PdpType(number as u32)),
            4 => ThreeGpp::CgAddress(v4),
            5 => ThreeGpp::QosProfile(text),
            6 => ThreeGpp::SgsnAddress(v4),
            7 => ThreeGpp::GgsnAddress(v4),
            8 => ThreeGpp::ImsiMccMnc(self.plmn),
            9 => ThreeGpp::GgsnMccMnc(self.plmn),
            10 => ThreeGpp::Nsapi(text),
            11 => ThreeGpp::SessionStopIndicator(number as u8),
            12 => ThreeGpp::SelectionMode(text),
            13 => ThreeGpp::ChargingCharacteristics(text),
            14 => ThreeGpp::CgIpv6Address(v6),
            15 => ThreeGpp::SgsnIpv6Address(v6),
            16 => ThreeGpp::GgsnIpv6Address(v6),
            17 => ThreeGpp::Ipv6DnsServers(&octets[..octets.len() / 16 * 16]),
            18 => ThreeGpp::SgsnMccMnc(self.plmn),
            19 => ThreeGpp::TeardownIndicator(number as u8),
            20 => ThreeGpp::Imeisv(text),
            21 => ThreeGpp::RatType(RatType(number as u8)),
            22 => ThreeGpp::UserLocation(UserLocation::Known(self.location)),
            23 => ThreeGpp::MsTimeZone(self.zone),
            24 => ThreeGpp::CamelChargingInfo(octets),
            25 => ThreeGpp::PacketFilter(octets),
            26 => ThreeGpp::NegotiatedDscp(number as u8),
            27 => ThreeGpp::AllocateIpType(number as u8),
            28 => ThreeGpp::ExternalIdentifier(text),
            29 => ThreeGpp::TwanIdentifier(octets),
            30 => ThreeGpp::UserLocationTime(NtpTime(number as u32)),
            31 => ThreeGpp::SecondaryRatUsage(SecondaryRatUsage {
                flags: number as u8,
                start: NtpTime(number as u32),
                end: NtpTime((number >> 8) as u32),
                downlink_octets: number,
                uplink_octets: !number,
            }),
            32 if number % 2 == 0 => ThreeGpp::UeLocalAddress(IpAddr::V4(v4)),
            32 => ThreeGpp::UeLocalAddress(IpAddr::V6(v6)),
            33 => ThreeGpp::UeSourcePort { protocol: 1, port: number as u16 },
            125 if number % 2 == 0 => ThreeGpp::SessionSNssai { sst: 1, sd: None },
            125 => ThreeGpp::SessionSNssai { sst: number as u8, sd: Some([1, 2, number as u8]) },
            kind @ 110..=129 => ThreeGpp::Opaque { kind, value: octets },
            kind => ThreeGpp::Unknown { kind, value: octets },
        }
    }
}

fn secret() -> impl Strategy<Value = Secret> {
    vec(any::<u8>(), 1..80).prop_map(Secret::new)
}

/// The sub-attributes of all 3GPP containers, in order.
fn subs<'a>(packet: &Packet<'a>) -> Vec<ThreeGpp<'a>> {
    packet
        .attributes()
        .filter_map(|attribute| attribute.vendor())
        .flat_map(|vendor| vendor.subs())
        .map(|sub| match sub {
            Sub::Fits { kind, value } => ThreeGpp::decode(kind as u8, value),
            Sub::Broken(rest) => panic!("broken: {rest:?}"),
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sub_attributes_survive_the_wire(materials in vec(material(), 0..30), packed: bool, secret in secret()) {
        let sent: Vec<_> = materials.iter().map(Material::sub).collect();
        let mut out = [0; MAX_LEN];
        let mut request = PacketBuilder::new(&mut out, Code::AccountingRequest, 9);
        if packed {
            request.three_gpp_packed(sent.iter().copied());
        } else {
            sent.iter().for_each(|sub| { request.three_gpp(sub); });
        }
        let octets = request.sign_request(&secret).unwrap();
        let packet = Packet::request(octets, Role::Acct).unwrap();
        prop_assert_eq!(subs(&packet), sent);
        prop_assert_eq!(packet.verify(&secret, None).authenticator, Check::Valid);
    }

    #[test]
    fn a_touched_request_is_never_taken(
        material in material(), secret in secret(), at: prop::sample::Index, flip in 1..=255u8, with_ma: bool,
        proxy_state in vec(any::<u8>(), 0..20),
    ) {
        let mut out = [0; MAX_LEN];
        let mut request = PacketBuilder::new(&mut out, Code::AccountingRequest, 77);
        request.integer(dictionary::ACCT_STATUS_TYPE, 3).three_gpp(&material.sub());
        if with_ma { request.message_authenticator(); }
        request.attribute(dictionary::PROXY_STATE, &proxy_state);
        let mut octets = request.sign_request(&secret).unwrap().to_vec();
        let take = |octets: &[u8]| {
            Packet::request(octets, Role::Acct).and_then(|packet| packet.verify(&secret, None).into_result())
        };
        prop_assert_eq!(take(&octets), Ok(()));
        *at.get_mut(&mut octets) ^= flip;
        prop_assert!(take(&octets).is_err());
    }

    #[test]
    fn a_response_fits_its_request_only(
        secret in secret(), states in vec(vec(any::<u8>(), 0..30), 0..5), other: [u8; 16], identifier: u8,
    ) {
        let mut out = [0; MAX_LEN];
        let mut request = PacketBuilder::new(&mut out, Code::AccountingRequest, identifier);
        states.iter().for_each(|state| { request.attribute(dictionary::PROXY_STATE, state); });
        request.text(dictionary::USER_NAME, "not copied");
        let request = Packet::request(request.sign_request(&secret).unwrap(), Role::Acct).unwrap();
        let mut answer = [0; MAX_LEN];
        let length = accounting_response(&request, &secret, &mut answer).unwrap();
        let response = Packet::response(&answer[..length], Role::Acct).unwrap();
        prop_assert_eq!(response.identifier(), identifier);
        prop_assert_eq!(response.attributes().map(|a| a.value.to_vec()).collect::<Vec<_>>(), states);
        prop_assert_eq!(response.verify(&secret, Some(request.authenticator())).authenticator, Check::Valid);
        prop_assert_eq!(response.verify(&secret, Some(&other)).authenticator, Check::Invalid);
        prop_assert_eq!(response.verify(&secret, None).authenticator, Check::RequestUnknown);
    }

    #[test]
    fn passwords_are_read_back(
        password in "[!-~]{0,128}", secret in secret(), authenticator: [u8; 16],
    ) {
        let mut out = [0; MAX_LEN];
        let mut request = PacketBuilder::new(&mut out, Code::AccessRequest, 1);
        request.message_authenticator().user_password(password.as_bytes(), &secret, &authenticator);
        let octets = request.sign_access_request(&secret, &authenticator).unwrap();
        let packet = Packet::request(octets, Role::Auth).unwrap();
        prop_assert_eq!(packet.verify(&secret, None).message_authenticator, Check::Valid);
        prop_assert_eq!(packet.user_password(&secret), Some(password.into_bytes()));
    }

    #[test]
    fn message_authenticators_of_every_kind_verify(
        secret in secret(), authenticator: [u8; 16], which in 0..9usize, touched: bool,
    ) {
        let (code, role) = [
            (Code::AccessRequest, Role::Auth), (Code::StatusServer, Role::Auth), (Code::StatusServer, Role::Acct),
            (Code::AccountingRequest, Role::Acct), (Code::CoaRequest, Role::DynAuth),
            (Code::DisconnectRequest, Role::DynAuth), (Code::AccessReject, Role::Auth),
            (Code::AccountingResponse, Role::Acct), (Code::CoaNak, Role::DynAuth),
        ][which];
        let mut out = [0; MAX_LEN];
        let mut packet = PacketBuilder::new(&mut out, code, 3);
        packet.message_authenticator().text(dictionary::USER_NAME, "x");
        let mut octets = if code.has_random_authenticator() {
            packet.sign_access_request(&secret, &authenticator)
        } else if code.is_response() {
            packet.sign_response(&secret, &authenticator)
        } else {
            packet.sign_request(&secret)
        }.unwrap().to_vec();
        if touched { *octets.last_mut().unwrap() ^= 1; }
        let packet = Packet::any(&octets, role).unwrap();
        let verdict = packet.verify(&secret, code.is_response().then_some(&authenticator));
        prop_assert_eq!(verdict.message_authenticator, if touched { Check::Invalid } else { Check::Valid });
        prop_assert_eq!(verdict.discard().is_some(), touched);
    }

    #[test]
    fn prefixes_and_times_are_read_back(address: u128, length in 0..=128u8, unix in 0..4_000_000_000i64) {
        let address = Ipv6Addr::from(if length == 0 { 0 } else { address >> (128 - length) << (128 - length) });
        let prefix = Ipv6Prefix { address, length };
        let mut out = [0; 60];
        let mut packet = PacketBuilder::new(&mut out, Code::AccountingRequest, 3);
        packet.ipv6_prefix(dictionary::FRAMED_IPV6_PREFIX, prefix);
        let octets = packet.sign_request(&Secret::new("s")).unwrap();
        let packet = Packet::request(octets, Role::Acct).unwrap();
        let found = packet.attribute(dictionary::FRAMED_IPV6_PREFIX).unwrap();
        prop_assert_eq!(ipv6_prefix(found.value), Ok(prefix));
        prop_assert_eq!(NtpTime::from_unix(unix).map(NtpTime::unix), Some(unix));
    }

    #[test]
    fn what_does_not_fit_is_said(room in 0..60usize, len in 0..300usize) {
        let value = vec![7; len];
        let mut out = vec![0; room];
        let mut packet = PacketBuilder::new(&mut out, Code::AccountingRequest, 3);
        packet.attribute(dictionary::CLASS, &value);
        let fits = len <= 253 && 20 + 2 + len <= room;
        prop_assert_eq!(packet.sign_request(&Secret::new("s")).is_ok(), fits);
    }
}
