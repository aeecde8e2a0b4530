//! What the fleet may be told about the network that it watches. The defaults are meant to be right.

use opencmp_domain::{RatType, Tz, time::DEFAULT_ZONE};

#[derive(Clone, Debug, PartialEq)]
pub struct FleetConfig {
    /// SIMs to make room for in advance.
    pub expected_sims: usize,
    /// Days and cycles of SIMs that aren't in the inventory yet.
    pub default_zone: Tz,
    pub default_cycle_day: u32,
    /// How far apart two records' event time less Acct-Session-Time may be within one run of counters.
    pub origin_tolerance_secs: u32,
    /// The same, where the event time is only the arrival less Acct-Delay-Time.
    pub origin_tolerance_untrusted_secs: u32,
    /// A correction of the gateway's clock up to this, while counters and session time go on, is not a new run.
    pub clock_step_secs: u32,
    /// Records this long after a Stop still belong to before it; later ones that count more show that it was wrong.
    pub stop_grace_secs: u32,
    /// Usage of an interval longer than this is booked to its last part.
    pub longest_spread_secs: u32,
    pub timing: TimingConfig,
    /// Closed sessions are remembered for this long, so that late and repeated records of them are known.
    pub closed_horizon_secs: u32,
    /// Beyond this many remembered closed sessions the oldest are forgotten early.
    pub closed_sessions_max: usize,
}

/// When silence means something.
#[derive(Clone, Debug, PartialEq)]
pub struct TimingConfig {
    /// Added to every limit that comes from an update interval: transport, retries, queues.
    pub margin_secs: u32,
    /// The interval at which gateways are known to send updates; `None`: only what is learned counts.
    pub default_interval_secs: Option<u32>,
    /// Where no interval is known.
    pub unknown: SilenceLimits,
    /// Radio access whose devices sleep long (power saving mode): never less than these.
    pub sleepy: SilenceLimits,
    pub sleepy_rats: Vec<RatType>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SilenceLimits {
    /// Silence after which a connection is no longer claimed to be up.
    pub unconfirmed_secs: u32,
    /// Silence after which the session is closed, its end estimated as the last message.
    pub stale_secs: u32,
}

const HOUR: u32 = 3600;

impl Default for FleetConfig {
    fn default() -> Self {
        Self {
            expected_sims: 0,
            default_zone: DEFAULT_ZONE,
            default_cycle_day: 1,
            origin_tolerance_secs: 10,
            origin_tolerance_untrusted_secs: 60,
            clock_step_secs: 600,
            stop_grace_secs: 60,
            longest_spread_secs: 31 * 24 * HOUR,
            timing: TimingConfig::default(),
            closed_horizon_secs: 48 * HOUR,
            closed_sessions_max: 1_000_000,
        }
    }
}

impl Default for TimingConfig {
    fn default() -> Self {
        Self {
            margin_secs: 120,
            default_interval_secs: None,
            unknown: SilenceLimits { unconfirmed_secs: 12 * HOUR, stale_secs: 48 * HOUR },
            sleepy: SilenceLimits { unconfirmed_secs: 50 * HOUR, stale_secs: 7 * 24 * HOUR },
            sleepy_rats: vec![RatType::NB_IOT, RatType::LTE_M],
        }
    }
}
