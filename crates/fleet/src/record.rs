//! An accounting record as the fleet takes it: attributes parsed, direction and 64-bit counters right, the event time
//! decided. Whoever makes it (`server/ingest/record`) knows RADIUS; the fleet doesn't.

use opencmp_domain::{Imei, Imsi, Msisdn, NasId, Plmn, RatType, Timestamp, node::NodeName, session::CellId};

/// Acct-Status-Type (RFC 2866 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusType {
    Start,
    Stop,
    Interim,
    /// Accounting-On: the gateway (re)started.
    On,
    /// Accounting-Off: the gateway is going down.
    Off,
    /// Tunnel events, Failed and everything unknown: kept raw, no state follows them.
    Other(u32),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AccountingRecord<'a> {
    pub nas: NasId,
    /// Which of the gateways behind `nas`.
    pub node: NodeName<'a>,
    pub status: StatusType,
    /// Opaque octets; unique per gateway, and only until it restarts.
    pub acct_session_id: &'a [u8],
    pub imsi: Option<Imsi>,
    pub msisdn: Option<Msisdn>,
    pub imei: Option<Imei>,
    /// In lower case, without the operator part.
    pub apn: Option<&'a str>,
    pub nsapi: Option<u8>,
    /// Octets from the device since the session began; `None`: the attribute was absent.
    pub uplink: Option<u64>,
    /// Octets to the device since the session began.
    pub downlink: Option<u64>,
    /// The record carried Gigawords, so its counters can't have wrapped at 32 bits.
    pub gigawords: bool,
    /// The gateway is marked as one whose counters wrap at 32 bits.
    pub nas_counters_32bit: bool,
    /// Acct-Session-Time.
    pub session_secs: Option<u32>,
    /// When it happened, as far as that is believed.
    pub event_at: Timestamp,
    /// `event_at` is the gateway's own Event-Timestamp; otherwise it is that one corrected, or arrival less Acct-Delay-Time.
    pub clock_trusted: bool,
    /// The gateway's own Event-Timestamp where it isn't trusted: still the same in every copy of a record.
    pub stated_at: Option<Timestamp>,
    pub received_at: Timestamp,
    pub rat: Option<RatType>,
    /// Serving network.
    pub plmn: Option<Plmn>,
    pub cell: Option<CellId>,
    pub ipv4: Option<[u8; 4]>,
    pub ipv6_prefix: Option<([u8; 16], u8)>,
    /// Acct-Terminate-Cause.
    pub terminate_cause: Option<u16>,
    /// 3GPP-Session-Stop-Indicator: the last bearer of its connection is gone.
    pub last_bearer: bool,
    /// Acct-Multi-Session-Id.
    pub multi_session: Option<&'a [u8]>,
    /// An attribute that may occur once occurred more often.
    pub repeated_attribute: bool,
}

impl<'a> AccountingRecord<'a> {
    /// A record with nothing but its key, for the struct update syntax: `AccountingRecord { imsi, ..new(…) }`.
    pub fn new(nas: NasId, status: StatusType, acct_session_id: &'a [u8], event_at: Timestamp) -> Self {
        Self {
            nas,
            node: NodeName::default(),
            status,
            acct_session_id,
            imsi: None,
            msisdn: None,
            imei: None,
            apn: None,
            nsapi: None,
            uplink: None,
            downlink: None,
            gigawords: false,
            nas_counters_32bit: false,
            session_secs: None,
            event_at,
            clock_trusted: true,
            stated_at: None,
            received_at: event_at,
            rat: None,
            plmn: None,
            cell: None,
            ipv4: None,
            ipv6_prefix: None,
            terminate_cause: None,
            last_bearer: false,
            multi_session: None,
            repeated_attribute: false,
        }
    }
}
