//! From a packet to what the fleet understands. The only place that knows which attribute means what.
//!
//! Direction, Gigawords, identifiers, the event time: decided here, so that nobody further on has to. An attribute that
//! can't be read is as good as absent, never a reason to refuse the record (RFC 6929 §2.8). Of an attribute that may
//! occur once and occurs more often, the first that can be read counts, and the record is marked. Nothing is allocated
//! as long as the APN comes in lower case.

use opencmp_domain::{
    Imei, Imsi, Msisdn, NasId, Plmn, RatType, Timestamp,
    identifier::strip_operator_identifier,
    node::NodeName,
    session::{CellId, CellKind},
};
use opencmp_fleet::{AccountingRecord, StatusType};
use opencmp_radius::{
    Packet, Sub, ThreeGpp,
    attribute::VENDOR_3GPP,
    dictionary::{
        ACCT_DELAY_TIME, ACCT_INPUT_GIGAWORDS, ACCT_INPUT_OCTETS, ACCT_MULTI_SESSION_ID,
        ACCT_OUTPUT_GIGAWORDS, ACCT_OUTPUT_OCTETS, ACCT_SESSION_ID, ACCT_SESSION_TIME, ACCT_STATUS_TYPE,
        ACCT_TERMINATE_CAUSE, CALLED_STATION_ID, CALLING_STATION_ID, EVENT_TIMESTAMP, FRAMED_IP_ADDRESS,
        FRAMED_IPV6_PREFIX, NAS_IDENTIFIER, NAS_IP_ADDRESS, NAS_IPV6_ADDRESS, VENDOR_SPECIFIC,
    },
    threegpp::{UserLocation, location::Location},
    value::{integer, ipv4, ipv6, ipv6_prefix},
};
use std::time::Duration;

/// What the inventory of gateways says about reading a gateway's records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    /// It counts Input and Output from the network's side.
    pub swap_direction: bool,
    /// Its octet counters wrap at 2^32 and it sends no Gigawords.
    pub counters_32bit: bool,
}

/// When a gateway's Event-Timestamp is believed.
#[derive(Clone, Copy, Debug)]
pub struct ClockWindow {
    /// Further ahead of the arrival, it is wrong. Less than the clock step that the fleet takes for one, so that a session
    /// whose gateway's clock drifts out of the window goes on.
    pub ahead: Duration,
    /// Further back, it is wrong: longer than any link failure that records wait out at the gateway.
    pub back: Duration,
}

impl Default for ClockWindow {
    fn default() -> Self {
        Self { ahead: Duration::from_secs(300), back: Duration::from_secs(7 * 24 * 3600) }
    }
}

/// A gateway's clock, as far as it is known to be wrong.
///
/// Its times are then corrected by one and the same amount rather than replaced by arrivals: a record that comes again
/// keeps its event time, and with it its session and its run of counters (sanity list 3, 18).
#[derive(Clone, Copy, Debug, Default)]
pub struct GatewayClock {
    /// Microseconds that it is ahead of ours. A record that waited on its way makes it look less, so the highest counts.
    ahead_us: Option<i64>,
}

/// Records that arrive up to this much later than others show no other clock.
const LATE_US: i64 = 120 * 1_000_000;

impl GatewayClock {
    /// `said_us`: Event-Timestamp + Acct-Delay-Time − arrival.
    fn is_known_to_be_off_by(self, said_us: i64) -> bool {
        self.ahead_us.is_some_and(|known| known.abs_diff(said_us) <= LATE_US.unsigned_abs())
    }

    /// Notes that it is off, and says by how much.
    fn off_by(&mut self, said_us: i64) -> i64 {
        let late = self.ahead_us.filter(|known| (known - LATE_US..=*known).contains(&said_us));
        *self.ahead_us.insert(late.unwrap_or(said_us))
    }
}

/// A record, and what it says of its gateway's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decoded<'a> {
    pub record: AccountingRecord<'a>,
    /// Event-Timestamp + Acct-Delay-Time − arrival; positive: the gateway's clock is ahead. `None`: it sent no time.
    pub clock_offset_ms: Option<i64>,
}

/// Reads packets; holds what an APN is put into lower case in.
#[derive(Debug, Default)]
pub struct Decoder {
    window: ClockWindow,
    apn: String,
}

impl Decoder {
    pub fn new(window: ClockWindow) -> Self {
        Self { window, apn: String::new() }
    }

    /// `packet` came from `nas` at `received_at`.
    pub fn decode<'a>(
        &'a mut self,
        packet: &Packet<'a>,
        nas: NasId,
        dialect: Dialect,
        clock: &mut GatewayClock,
        received_at: Timestamp,
    ) -> Decoded<'a> {
        let seen = Seen::over(packet);
        let time = self.window.event_time(&seen, clock, received_at);
        let (uplink, downlink) = seen.counters(dialect);
        let record = AccountingRecord {
            nas,
            node: seen.node,
            status: status(seen.status),
            acct_session_id: seen.session_id.unwrap_or_default(),
            imsi: seen.imsi,
            msisdn: seen.msisdn,
            imei: seen.imei,
            apn: seen.apn.and_then(|octets| apn(octets, &mut self.apn)),
            nsapi: seen.nsapi,
            uplink,
            downlink,
            gigawords: seen.input_gigawords.is_some() || seen.output_gigawords.is_some(),
            nas_counters_32bit: dialect.counters_32bit,
            session_secs: seen.session_secs,
            event_at: time.at,
            clock_trusted: time.trusted,
            stated_at: time.stated,
            received_at,
            rat: seen.rat,
            plmn: seen.serving_plmn.or_else(|| seen.location.map(|location| plmn(location.plmn()))),
            cell: seen.location.and_then(cell),
            ipv4: seen.ipv4,
            ipv6_prefix: seen.ipv6_prefix,
            terminate_cause: seen.terminate_cause,
            last_bearer: seen.last_bearer,
            multi_session: seen.multi_session,
            repeated_attribute: seen.repeated,
        };
        Decoded { record, clock_offset_ms: time.offset_ms }
    }
}

/// Attributes as they were found, in one walk.
#[derive(Default)]
struct Seen<'a> {
    node: NodeName<'a>,
    status: Option<u32>,
    session_id: Option<&'a [u8]>,
    multi_session: Option<&'a [u8]>,
    event_secs: Option<u32>,
    delay_secs: Option<u32>,
    session_secs: Option<u32>,
    input: Option<u32>,
    output: Option<u32>,
    input_gigawords: Option<u32>,
    output_gigawords: Option<u32>,
    terminate_cause: Option<u16>,
    apn: Option<&'a [u8]>,
    msisdn: Option<Msisdn>,
    ipv4: Option<[u8; 4]>,
    ipv6_prefix: Option<([u8; 16], u8)>,
    imsi: Option<Imsi>,
    imei: Option<Imei>,
    nsapi: Option<u8>,
    serving_plmn: Option<Plmn>,
    rat: Option<RatType>,
    location: Option<Location>,
    last_bearer: bool,
    repeated: bool,
}

impl<'a> Seen<'a> {
    fn over(packet: &Packet<'a>) -> Self {
        let mut seen = Self::default();
        let mut kinds = [0u64; 4];
        for attribute in packet.attributes() {
            if attribute.kind == VENDOR_SPECIFIC {
                let Some(vendor) = attribute.vendor().filter(|vendor| vendor.id == VENDOR_3GPP) else {
                    continue;
                };
                for sub in vendor.subs() {
                    if let Sub::Fits { kind, value } = sub {
                        seen.three_gpp(kind as u8, value);
                    }
                }
            } else if seen.standard(attribute.kind, attribute.value) {
                let (word, bit) = (usize::from(attribute.kind >> 6), 1u64 << (attribute.kind & 63));
                seen.repeated |= kinds[word] & bit != 0;
                kinds[word] |= bit;
            }
        }
        seen
    }

    /// True for an attribute that is used here and may occur once.
    fn standard(&mut self, kind: u8, value: &'a [u8]) -> bool {
        match kind {
            NAS_IDENTIFIER => first(&mut self.node.identifier, || Some(value)),
            NAS_IP_ADDRESS => first(&mut self.node.ipv4, || address(value)),
            NAS_IPV6_ADDRESS => first(&mut self.node.ipv6, || ipv6(value).map(|address| address.octets())),
            ACCT_STATUS_TYPE => first(&mut self.status, || integer(value)),
            ACCT_SESSION_ID => first(&mut self.session_id, || Some(value)),
            ACCT_MULTI_SESSION_ID => first(&mut self.multi_session, || Some(value)),
            EVENT_TIMESTAMP => first(&mut self.event_secs, || integer(value)),
            ACCT_DELAY_TIME => first(&mut self.delay_secs, || integer(value)),
            ACCT_SESSION_TIME => first(&mut self.session_secs, || integer(value)),
            ACCT_INPUT_OCTETS => first(&mut self.input, || integer(value)),
            ACCT_OUTPUT_OCTETS => first(&mut self.output, || integer(value)),
            ACCT_INPUT_GIGAWORDS => first(&mut self.input_gigawords, || integer(value)),
            ACCT_OUTPUT_GIGAWORDS => first(&mut self.output_gigawords, || integer(value)),
            ACCT_TERMINATE_CAUSE => first(&mut self.terminate_cause, || u16::try_from(integer(value)?).ok()),
            CALLED_STATION_ID => first(&mut self.apn, || Some(value)),
            CALLING_STATION_ID => first(&mut self.msisdn, || msisdn(value)),
            FRAMED_IP_ADDRESS => first(&mut self.ipv4, || address(value)),
            FRAMED_IPV6_PREFIX => first(&mut self.ipv6_prefix, || prefix(value)),
            _ => return false,
        }
        true
    }

    fn three_gpp(&mut self, kind: u8, value: &'a [u8]) {
        // Decodes what is used, which is the smaller part.
        if !matches!(kind, 1 | 10 | 11 | 18 | 20 | 21 | 22) {
            return;
        }
        let again = match ThreeGpp::decode(kind, value) {
            ThreeGpp::Imsi(text) => again(&mut self.imsi, || text.trim_end().parse().ok()),
            ThreeGpp::Nsapi(text) => again(&mut self.nsapi, || nsapi(text)),
            ThreeGpp::SessionStopIndicator(octet) => {
                self.last_bearer |= octet == 0xFF;
                false
            }
            ThreeGpp::SgsnMccMnc(serving) => again(&mut self.serving_plmn, || Some(plmn(serving))),
            ThreeGpp::Imeisv(text) => again(&mut self.imei, || text.trim_end().parse().ok()),
            ThreeGpp::RatType(rat) => again(&mut self.rat, || Some(RatType(rat.0))),
            ThreeGpp::UserLocation(UserLocation::Known(location)) => {
                again(&mut self.location, || Some(location))
            }
            _ => false,
        };
        self.repeated |= again;
    }

    /// Uplink and downlink. Input is what came from the device, seen from the gateway (RFC 2866 §5.3).
    fn counters(&self, dialect: Dialect) -> (Option<u64>, Option<u64>) {
        let input = total(self.input, self.input_gigawords);
        let output = total(self.output, self.output_gigawords);
        if dialect.swap_direction { (output, input) } else { (input, output) }
    }
}

/// Keeps the first value that can be read.
#[inline]
fn first<T>(slot: &mut Option<T>, read: impl FnOnce() -> Option<T>) {
    if slot.is_none() {
        *slot = read();
    }
}

/// The same, and says whether there was one before.
#[inline]
fn again<T>(slot: &mut Option<T>, read: impl FnOnce() -> Option<T>) -> bool {
    let before = slot.is_some();
    first(slot, read);
    before
}

fn status(status: Option<u32>) -> StatusType {
    match status {
        Some(1) => StatusType::Start,
        Some(2) => StatusType::Stop,
        Some(3) => StatusType::Interim,
        Some(7) => StatusType::On,
        Some(8) => StatusType::Off,
        other => StatusType::Other(other.unwrap_or(0)),
    }
}

/// RFC 2869 §5.1: Gigawords count how often the 32 bits wrapped; without them it is zero times.
fn total(octets: Option<u32>, gigawords: Option<u32>) -> Option<u64> {
    match (octets, gigawords) {
        (None, None) => None,
        (octets, gigawords) => Some(u64::from(gigawords.unwrap_or(0)) << 32 | u64::from(octets.unwrap_or(0))),
    }
}

/// An E.164 number in one of its usual forms. The usual one, digits with the country code, without a detour.
fn msisdn(value: &[u8]) -> Option<Msisdn> {
    let plain = matches!(value.len(), 5..=15) && value.first() != Some(&b'0');
    if plain && value.iter().all(u8::is_ascii_digit) {
        let digits = value.iter().fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        return Msisdn::from_bits((value.len() as u64) << 56 | digits);
    }
    Msisdn::try_from(value).ok()
}

/// One hexadecimal digit, 5 to F (TS 29.061 §16.4.7.2).
fn nsapi(text: &str) -> Option<u8> {
    match u8::from_str_radix(text, 16) {
        Ok(bearer @ 5..=15) => Some(bearer),
        _ => None,
    }
}

/// None for "the gateway chooses" and for no address at all.
fn address(value: &[u8]) -> Option<[u8; 4]> {
    let octets = ipv4(value)?.octets();
    (!matches!(octets, [0, 0, 0, 0] | [255, 255, 255, 254 | 255])).then_some(octets)
}

/// In canonical form: nothing beyond the prefix's length.
fn prefix(value: &[u8]) -> Option<([u8; 16], u8)> {
    let prefix = ipv6_prefix(value).ok()?;
    let mask = u128::MAX.checked_shl(128 - u32::from(prefix.length)).unwrap_or(0);
    Some(((u128::from(prefix.address) & mask).to_be_bytes(), prefix.length))
}

/// The APN without its operator part, in lower case. `None` if it can't be one: the raw record still has it.
fn apn<'a>(octets: &'a [u8], scratch: &'a mut String) -> Option<&'a str> {
    let text = std::str::from_utf8(octets).ok()?;
    let lower = if octets.iter().any(u8::is_ascii_uppercase) {
        scratch.clear();
        scratch.push_str(text);
        scratch.make_ascii_lowercase();
        scratch.as_str()
    } else {
        text
    };
    let name = strip_operator_identifier(lower.trim());
    let label = |label: &str| {
        let inside = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_';
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(inside)
    };
    (name.len() <= 63 && name.split('.').all(label)).then_some(name)
}

fn plmn(network: opencmp_radius::threegpp::Plmn) -> Plmn {
    let digits = network.digits();
    let number = |digits: &[u8]| digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit & 0xF));
    let (mcc, mnc) = digits.split_at_checked(3).unwrap_or((digits, &[]));
    Plmn::from_bits(u32::from(mnc.len() == 3) << 31 | number(mcc) << 16 | number(mnc))
}

fn cell(location: Location) -> Option<CellId> {
    let (kind, area, cell) = match location {
        Location::Cgi { lac, ci, .. } => (CellKind::Cgi, Some(lac.into()), Some(ci.into())),
        Location::Sai { lac, sac, .. } => (CellKind::Sai, Some(lac.into()), Some(sac.into())),
        Location::Rai { lac, .. } => (CellKind::Rai, Some(lac.into()), None),
        Location::Tai(tai) | Location::TaiEnodeB(tai, _) | Location::TaiExtendedEnodeB(tai, _) => {
            (CellKind::Tai, Some(tai.tac.into()), None)
        }
        Location::Ecgi(ecgi) => (CellKind::Ecgi, None, Some(ecgi.eci.into())),
        Location::TaiEcgi(tai, ecgi) => (CellKind::Ecgi, Some(tai.tac.into()), Some(ecgi.eci.into())),
        Location::Ncgi(ncgi) => (CellKind::Ncgi, None, Some(ncgi.nci)),
        Location::Tai5gs(tai) => (CellKind::Tai, Some(tai.tac), None),
        Location::Tai5gsNcgi(tai, ncgi) => (CellKind::Ncgi, Some(tai.tac), Some(ncgi.nci)),
        Location::EnodeB(_) | Location::ExtendedEnodeB(_) => return None,
    };
    // The cell's own network, which may differ from the tracking area's in a shared one.
    let network = match location {
        Location::TaiEcgi(_, ecgi) => ecgi.plmn,
        Location::Tai5gsNcgi(_, ncgi) => ncgi.plmn,
        other => other.plmn(),
    };
    Some(CellId { plmn: plmn(network), kind, area, cell })
}

struct EventTime {
    at: Timestamp,
    trusted: bool,
    /// What the gateway says and isn't believed.
    stated: Option<Timestamp>,
    offset_ms: Option<i64>,
}

impl ClockWindow {
    /// Event-Timestamp where it can be believed: it stays the same across retransmissions. Else the same, corrected by
    /// what the gateway's clock is off; without one, arrival less Acct-Delay-Time.
    fn event_time(&self, seen: &Seen<'_>, clock: &mut GatewayClock, received_at: Timestamp) -> EventTime {
        let back = self.back.as_secs() as i64;
        let delay = seen.delay_secs.map_or(0, i64::from);
        let delay = if delay <= back { delay } else { 0 };
        let Some(stated) = seen.event_secs.map(|secs| Timestamp::from_secs(secs.into())) else {
            let at = received_at.plus_secs(-delay);
            return EventTime { at, trusted: false, stated: None, offset_ms: None };
        };
        let said_us = stated.plus_secs(delay).0 - received_at.0;
        let plausible = -back..=self.ahead.as_secs() as i64;
        let trusted =
            plausible.contains(&stated.secs_since(received_at)) && !clock.is_known_to_be_off_by(said_us);
        let at = if trusted {
            *clock = GatewayClock::default();
            stated
        } else {
            Timestamp(stated.0 - clock.off_by(said_us))
        };
        EventTime { at, trusted, stated: (!trusted).then_some(stated), offset_ms: Some(said_us / 1000) }
    }
}

#[cfg(test)]
mod tests;
