//! What a gateway has to say, and its form on the wire: an Accounting-Request with the attributes that GGSN, P-GW and SMF
//! send (TS 29.061 §16.4, TS 29.561 §11).

use crate::gateway::{Gateway, Style};
use opencmp_domain::Timestamp;
use opencmp_radius::{
    Code, NoRoom, PacketBuilder, ThreeGpp, dictionary as d,
    threegpp::{
        MsTimeZone, PdpType, Plmn, RatType, UserLocation,
        location::{Ecgi, Location, Ncgi, Tai, Tai5gs},
    },
    value::Ipv6Prefix,
};
use std::{
    io::Write,
    net::{Ipv4Addr, Ipv6Addr},
};

/// Room for any packet of this crate.
pub const MAX_PACKET: usize = 1024;

/// Acct-Status-Type (RFC 2866 §5.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Status {
    Start = 1,
    Stop = 2,
    Interim = 3,
    /// The gateway has restarted.
    On = 7,
    Off = 8,
}

/// The card and the device it is in, as ASCII digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Subscriber {
    pub imsi: [u8; 15],
    /// International, without `+`.
    pub msisdn: [u8; 15],
    pub imeisv: [u8; 16],
}

/// Where a device is and over what it talks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The serving network.
    pub plmn: Plmn,
    pub rat: RatType,
    /// Tracking area: 16 bits for LTE, 24 for NR.
    pub area: u32,
    /// ECI, 28 bits, or NCI, 36 bits, when `rat` is NR.
    pub cell: u64,
    /// Offset of the local clock from UTC.
    pub quarter_hours: i8,
}

pub const RAT_EUTRAN: RatType = RatType(6);
pub const RAT_NB_IOT: RatType = RatType(8);
pub const RAT_LTE_M: RatType = RatType(9);
pub const RAT_NR: RatType = RatType(51);

/// One accounting record; `session` is `None` for Accounting-On and -Off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// Index into the fleet's gateways.
    pub gateway: u16,
    pub status: Status,
    /// When it happened, which Event-Timestamp says.
    pub at: Timestamp,
    pub session: Option<SessionRecord>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SessionRecord {
    pub subscriber: Subscriber,
    pub apn: &'static str,
    /// Unique per gateway; half of Acct-Session-Id.
    pub charging_id: u32,
    /// EPS bearer id, 5 to 15.
    pub nsapi: u8,
    pub address: Ipv4Addr,
    pub prefix: Option<Ipv6Addr>,
    pub place: Place,
    pub started_at: Timestamp,
    /// Octets since the session's start.
    pub uplink: u64,
    pub downlink: u64,
    /// Acct-Terminate-Cause of a Stop.
    pub cause: Option<u16>,
    /// The last bearer of the session has ended.
    pub last_bearer: bool,
}

impl SessionRecord {
    /// Acct-Session-Time at `at`.
    pub fn seconds(&self, at: Timestamp) -> u32 {
        u32::try_from(at.secs() - self.started_at.secs()).unwrap_or(0)
    }
}

impl Record {
    /// The packet, signed with the gateway's secret. `delay_secs` is Acct-Delay-Time: for how long the gateway has been
    /// trying.
    pub fn encode<'b>(
        &self,
        gateway: &Gateway,
        identifier: u8,
        delay_secs: u32,
        out: &'b mut [u8],
    ) -> Result<&'b [u8], NoRoom> {
        let mut packet = PacketBuilder::new(out, Code::AccountingRequest, identifier);
        packet.integer(d::ACCT_STATUS_TYPE, self.status as u32);
        packet.ipv4(d::NAS_IP_ADDRESS, gateway.control);
        packet.text(d::NAS_IDENTIFIER, &gateway.name);
        packet.integer(d::EVENT_TIMESTAMP, u32::try_from(self.at.secs()).unwrap_or(0));
        packet.integer(d::ACCT_DELAY_TIME, delay_secs);
        match &self.session {
            Some(session) => self.session(&mut packet, gateway, session),
            None => {
                packet.text(d::ACCT_SESSION_ID, "00000000");
            }
        }
        packet.sign_request(gateway.secret())
    }

    fn session(&self, packet: &mut PacketBuilder<'_>, gateway: &Gateway, session: &SessionRecord) {
        let mut text = [0; 64];
        let id = gateway.session_id(session.charging_id, &mut text);
        packet.text(d::ACCT_SESSION_ID, id);
        packet.text(d::ACCT_MULTI_SESSION_ID, id);
        packet.attribute(d::CALLING_STATION_ID, &session.subscriber.msisdn);
        packet.attribute(d::USER_NAME, &session.subscriber.msisdn);
        packet.text(d::CALLED_STATION_ID, gateway.called_station(session.apn, &mut [0; 96]));
        packet.ipv4(d::FRAMED_IP_ADDRESS, session.address);
        if let Some(address) = session.prefix {
            packet.ipv6_prefix(d::FRAMED_IPV6_PREFIX, Ipv6Prefix { address, length: 64 });
        }
        packet.integer(d::SERVICE_TYPE, 2); // Framed
        packet.integer(d::FRAMED_PROTOCOL, 7); // GPRS-PDP-Context
        packet.integer(d::NAS_PORT_TYPE, 18); // Wireless-Other
        packet.integer(d::ACCT_AUTHENTIC, 1); // RADIUS
        if self.status != Status::Start {
            counters(packet, session, session.seconds(self.at));
        }
        if let Some(cause) = session.cause {
            packet.integer(d::ACCT_TERMINATE_CAUSE, u32::from(cause));
        }
        three_gpp(packet, gateway, session);
    }
}

/// The counters since the session's start (RFC 2866 §5.3 to §5.8, RFC 2869 §5.1).
fn counters(packet: &mut PacketBuilder<'_>, session: &SessionRecord, seconds: u32) {
    packet.integer(d::ACCT_SESSION_TIME, seconds);
    packet.integer(d::ACCT_INPUT_OCTETS, session.uplink as u32);
    packet.integer(d::ACCT_OUTPUT_OCTETS, session.downlink as u32);
    packet.integer(d::ACCT_INPUT_GIGAWORDS, (session.uplink >> 32) as u32);
    packet.integer(d::ACCT_OUTPUT_GIGAWORDS, (session.downlink >> 32) as u32);
    packet.integer(d::ACCT_INPUT_PACKETS, session.uplink.div_ceil(640) as u32);
    packet.integer(d::ACCT_OUTPUT_PACKETS, session.downlink.div_ceil(640) as u32);
}

fn three_gpp(packet: &mut PacketBuilder<'_>, gateway: &Gateway, session: &SessionRecord) {
    let Place { plmn, rat, area, cell, quarter_hours } = session.place;
    let nr = rat == RAT_NR;
    let nsapi = [b"0123456789ABCDEF"[usize::from(session.nsapi & 15)]];
    let location = if nr {
        Location::Tai5gsNcgi(Tai5gs { plmn, tac: area }, Ncgi { plmn, nci: cell })
    } else {
        Location::TaiEcgi(Tai { plmn, tac: area as u16 }, Ecgi { plmn, eci: cell as u32 })
    };
    // TS 29.060 §7.7.34: QCI, ARP and the aggregate rates, or a 5G core's own words.
    let qos = if nr { "15-60090C1000000 Kbps0C1000000 Kbps" } else { "08-4909000186A0000186A0" };
    let pdp = if session.prefix.is_some() { 3 } else { 0 };
    let subs = [
        Some(ThreeGpp::Imsi(digits(&session.subscriber.imsi))),
        Some(ThreeGpp::ChargingId(session.charging_id)),
        Some(ThreeGpp::PdpType(PdpType(pdp))),
        Some(ThreeGpp::CgAddress(gateway.charging_gateway())),
        Some(ThreeGpp::QosProfile(qos)),
        (!nr).then(|| ThreeGpp::SgsnAddress(gateway.serving_gateway(plmn))),
        Some(ThreeGpp::GgsnAddress(gateway.control)),
        Some(ThreeGpp::ImsiMccMnc(gateway.home)),
        Some(ThreeGpp::GgsnMccMnc(gateway.home)),
        Some(ThreeGpp::Nsapi(digits(&nsapi))),
        Some(ThreeGpp::SelectionMode("0")),
        Some(ThreeGpp::ChargingCharacteristics("0800")),
        Some(ThreeGpp::SgsnMccMnc(plmn)),
        Some(ThreeGpp::Imeisv(digits(&session.subscriber.imeisv))),
        Some(ThreeGpp::RatType(rat)),
        Some(ThreeGpp::UserLocation(UserLocation::Known(location))),
        MsTimeZone::new(quarter_hours, 0).map(ThreeGpp::MsTimeZone),
        nr.then_some(ThreeGpp::SessionSNssai { sst: 1, sd: None }),
        session.last_bearer.then_some(ThreeGpp::SessionStopIndicator(0xFF)),
    ];
    match gateway.style {
        Style::Packed => {
            packet.three_gpp_packed(subs.into_iter().flatten());
        }
        Style::Separate | Style::Smf => {
            for sub in subs.iter().flatten() {
                packet.three_gpp(sub);
            }
        }
    }
}

fn digits(ascii: &[u8]) -> &str {
    std::str::from_utf8(ascii).unwrap_or_default()
}

/// Formats into `out`; what doesn't fit is cut off.
pub(crate) fn format_into<'b>(out: &'b mut [u8], arguments: std::fmt::Arguments<'_>) -> &'b str {
    let room = out.len();
    let mut rest = &mut *out;
    let _ = rest.write_fmt(arguments);
    let used = room - rest.len();
    digits(out.get(..used).unwrap_or_default())
}
