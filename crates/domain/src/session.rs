//! Data sessions as pages read them.

use crate::{
    identifier::{Apn, Imei, Plmn},
    ids::{SessionId, SimId},
    state::RatType,
    time::Timestamp,
    units::ByteCount,
};
use serde::{Deserialize, Serialize};

/// Why a session is over. The numbers are RFC 2866 §5.10 and RFC 3580; those from 1000 are this server's own findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EndCause(pub u16);

impl EndCause {
    pub const USER_REQUEST: Self = Self(1);
    pub const LOST_CARRIER: Self = Self(2);
    pub const IDLE_TIMEOUT: Self = Self(4);
    pub const SESSION_TIMEOUT: Self = Self(5);
    pub const ADMIN_RESET: Self = Self(6);
    pub const ADMIN_REBOOT: Self = Self(7);
    pub const NAS_REQUEST: Self = Self(10);
    pub const NAS_REBOOT: Self = Self(11);
    /// Nothing heard for too long; the end is estimated as the last message.
    pub const STALE: Self = Self(1000);
    /// A newer session of the same SIM, APN and bearer (or the same address on the gateway) took its place.
    pub const SUPERSEDED: Self = Self(1001);

    /// The name in the RFC, or our own.
    pub fn name(self) -> String {
        let known = match self.0 {
            1 => "User-Request",
            2 => "Lost-Carrier",
            3 => "Lost-Service",
            4 => "Idle-Timeout",
            5 => "Session-Timeout",
            6 => "Admin-Reset",
            7 => "Admin-Reboot",
            8 => "Port-Error",
            9 => "NAS-Error",
            10 => "NAS-Request",
            11 => "NAS-Reboot",
            12 => "Port-Unneeded",
            13 => "Port-Preempted",
            14 => "Port-Suspended",
            15 => "Service-Unavailable",
            16 => "Callback",
            17 => "User-Error",
            18 => "Host-Request",
            1000 => "Stale",
            1001 => "Superseded",
            other => return format!("{other}"),
        };
        known.to_owned()
    }
}

/// Bits of [`SessionRow::flags`].
pub mod flags {
    /// The Start was never seen; the beginning is computed from Acct-Session-Time.
    pub const MISSED_START: u32 = 1;
    /// The end is estimated (stale, gateway restart).
    pub const ESTIMATED_END: u32 = 1 << 1;
    /// Records after the Stop showed that the session went on.
    pub const REOPENED: u32 = 1 << 2;
    /// The counters restarted within the session.
    pub const COUNTER_RESET: u32 = 1 << 3;
    /// A 32-bit counter wrapped without Gigawords.
    pub const COUNTER_WRAP: u32 = 1 << 4;
    /// Counters grew faster than the radio can carry.
    pub const IMPLAUSIBLE_RATE: u32 = 1 << 5;
    /// The gateway's clock could not be believed; arrival times are used.
    pub const CLOCK_DISTRUSTED: u32 = 1 << 6;
    /// A secondary bearer: bytes count, connection state does not follow it.
    pub const SECONDARY_BEARER: u32 = 1 << 7;
    /// An attribute that may occur once occurred more often; the first was taken.
    pub const REPEATED_ATTRIBUTE: u32 = 1 << 8;
    /// No Acct-Session-Time came: the beginning is the first record heard.
    pub const NO_SESSION_TIME: u32 = 1 << 9;
    /// Open, but updates are overdue.
    pub const OVERDUE: u32 = 1 << 10;
    /// IMSI and MSISDN of its records belong to different SIMs.
    pub const IDENTITY_CONFLICT: u32 = 1 << 11;
    /// Records near the Stop had higher counters than the Stop; see `fleet`.
    pub const GREW_AFTER_STOP: u32 = 1 << 12;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    pub id: SessionId,
    pub sim: SimId,
    /// The gateway's name in the gateway list.
    pub nas: String,
    /// The gateway behind it, where it has another name.
    pub node: Option<String>,
    pub acct_session_id: String,
    pub started_at: Timestamp,
    pub last_update_at: Timestamp,
    /// `None`: still open.
    pub ended_at: Option<Timestamp>,
    pub end_cause: Option<EndCause>,
    pub uplink: ByteCount,
    pub downlink: ByteCount,
    pub apn: Option<Apn>,
    pub rat: Option<RatType>,
    pub plmn: Option<Plmn>,
    /// Name of the serving network, where known.
    pub network: Option<String>,
    pub cell: Option<CellId>,
    pub imei: Option<Imei>,
    /// Framed-IP-Address, and the IPv6 prefix in canonical form.
    pub ipv4: Option<String>,
    pub ipv6_prefix: Option<String>,
    /// See [`flags`].
    pub flags: u32,
}

/// The serving cell as User-Location-Info names it (TS 29.061 §16.4.7.2, TS 23.003 §4.3 and §19.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CellId {
    pub plmn: Plmn,
    pub kind: CellKind,
    /// LAC or TAC; `None` where the location carries no area.
    pub area: Option<u32>,
    /// CI, SAC, ECI or NCI; `None` for a routing or tracking area alone.
    pub cell: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CellKind {
    Cgi,
    Sai,
    Rai,
    Tai,
    Ecgi,
    Ncgi,
}

impl CellKind {
    pub const ALL: [Self; 6] = [Self::Cgi, Self::Sai, Self::Rai, Self::Tai, Self::Ecgi, Self::Ncgi];

    /// As it is kept: never 0.
    pub fn code(self) -> u8 {
        match self {
            Self::Cgi => 1,
            Self::Sai => 2,
            Self::Rai => 3,
            Self::Tai => 4,
            Self::Ecgi => 5,
            Self::Ncgi => 6,
        }
    }

    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Which sessions of a SIM's history are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionFilter {
    /// Open ones only, or ended ones only; `None`: both.
    pub open: Option<bool>,
    /// Bounds of `started_at`: `from` included, `until` not.
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// A page of sessions, newest first; `next` asks for the one after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionPage {
    pub sessions: Vec<SessionRow>,
    pub next: Option<SessionCursor>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionCursor {
    pub started_at: Timestamp,
    pub id: SessionId,
}
