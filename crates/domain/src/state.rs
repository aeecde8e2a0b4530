//! States of a SIM: what the contract says (service) and what the network says (connection).

use crate::time::{Day, Timestamp, Tz};
use serde::{Deserialize, Serialize};

/// A closed set of values with a stable text (database, URLs, CSV) and a small number (memory).
macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant = $number),*
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            pub const fn code(self) -> u8 {
                self as u8
            }

            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($number => Some(Self::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(s: &str) -> Result<Self, String> {
                match s {
                    $($text => Ok(Self::$variant),)*
                    _ => {
                        let known = [$($text),*].join(", ");
                        Err(format!("{s:?} is not one of: {known}"))
                    }
                }
            }
        }
    };
}
pub(crate) use coded;

coded! {
    /// 服務狀態: where the subscription is in its life cycle.
    ServiceState {
        /// 測試: trial with a limited test volume.
        Test = 0 "test",
        /// 暫停: paused stock, no fee, not usable.
        Suspended = 1 "suspended",
        /// 啟用: regular tariff.
        Active = 2 "active",
        /// 停用: disabled.
        Deactivated = 3 "deactivated",
        /// 註銷: terminated for good; shown only on request.
        Terminated = 4 "terminated",
    }
}

impl ServiceState {
    /// Reads the stable text and the brochure's words, which import files use.
    pub fn from_label(label: &str) -> Option<Self> {
        match label.trim() {
            "測試" => Some(Self::Test),
            "暫停" => Some(Self::Suspended),
            "啟用" => Some(Self::Active),
            "停用" => Some(Self::Deactivated),
            "註銷" | "退租" => Some(Self::Terminated),
            other => other.to_ascii_lowercase().parse().ok(),
        }
    }

    /// It may be used: whoever is silent in another state is meant to be.
    pub const fn is_in_service(self) -> bool {
        matches!(self, Self::Test | Self::Active)
    }

    /// How long a SIM may be in it, calendar months; `None`: as long as it wants to. The operator's terms: 暫停 and 停用 last a year
    /// at most.
    pub const fn most_months(self) -> Option<u32> {
        match self {
            Self::Suspended | Self::Deactivated => Some(12),
            Self::Test | Self::Active | Self::Terminated => None,
        }
    }
}

/// The last day of a state that began then, by the calendar of `zone`.
pub fn state_limit(state: ServiceState, changed_at: Timestamp, zone: Tz) -> Option<Day> {
    let began = Day::of(changed_at, zone).date();
    Some(Day::from_date(began.checked_add_months(chrono::Months::new(state.most_months()?))?))
}

coded! {
    /// 連線狀態: what the network's last word, and the time since, allow us to say.
    ConnectionState {
        /// 未連線: no open session.
        Disconnected = 0 "disconnected",
        /// 未確認: a session is open, but its updates are overdue.
        Unconfirmed = 1 "unconfirmed",
        /// 已連線: a session is open and was heard of in time.
        Connected = 2 "connected",
    }
}

coded! {
    /// The last accounting message of the SIM: the brochure shows it behind the connection state.
    LastMessage {
        Start = 1 "start",
        Stop = 2 "stop",
        /// Interim-Update.
        Alive = 3 "alive",
    }
}

/// 3GPP-RAT-Type (TS 29.061 §16.4.7.2), kept as the number the network sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RatType(pub u8);

impl RatType {
    pub const UTRAN: Self = Self(1);
    pub const GERAN: Self = Self(2);
    pub const EUTRAN: Self = Self(6);
    pub const NB_IOT: Self = Self(8);
    pub const LTE_M: Self = Self(9);
    pub const NR: Self = Self(51);

    /// The name people know; `RAT n` for a number without one.
    pub fn name(self) -> String {
        let known = match self.0 {
            1 => "3G",
            2 => "2G",
            3 => "WLAN",
            4 => "GAN",
            5 => "HSPA+",
            6 => "LTE",
            7 => "Virtual",
            8 => "NB-IoT",
            9 => "LTE-M",
            51 => "5G NR",
            52 => "5G NR-U",
            53 => "Trusted WLAN",
            54 => "Trusted non-3GPP",
            55 => "Wireline",
            56 => "Wireline cable",
            57 => "Wireline BBF",
            101 => "802.16e",
            102 => "eHRPD",
            103 => "HRPD",
            104 => "1xRTT",
            105 => "UMB",
            other => return format!("RAT {other}"),
        };
        known.to_owned()
    }
}
