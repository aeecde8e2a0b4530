//! Seconds since 1970 in 32 bits (to the year 2106): half the memory of a [`Timestamp`], and all that RADIUS resolves.
//! 0 stands for "not yet".

use opencmp_domain::Timestamp;

pub(crate) fn secs(at: Timestamp) -> u32 {
    at.secs().clamp(1, i64::from(u32::MAX)) as u32
}

pub(crate) fn timestamp(secs: u32) -> Timestamp {
    Timestamp::from_secs(i64::from(secs))
}

pub(crate) fn some_timestamp(secs: u32) -> Option<Timestamp> {
    (secs != 0).then(|| timestamp(secs))
}

/// `secs` moved by `by`, within what 32 bits hold, never "not yet".
pub(crate) fn moved(secs: u32, by: i64) -> u32 {
    (i64::from(secs) + by).clamp(1, i64::from(u32::MAX)) as u32
}
