//! Keeping the database in bounds.

use crate::{Result, Store, StoreError};
use opencmp_domain::Timestamp;

/// How long what is kept. Daily usage is kept for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    pub hours_days: u32,
    /// Counted from a session's end.
    pub sessions_days: u32,
    pub events_days: u32,
    pub samples_days: u32,
    pub number_lists_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { hours_days: 40, sessions_days: 400, events_days: 400, samples_days: 40, number_lists_days: 30 }
    }
}

/// Rows deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionReport {
    pub hours: u64,
    pub sessions: u64,
    pub events: u64,
    pub samples: u64,
    pub number_lists: u64,
}

impl Store {
    /// Deletes what is past its time, in small transactions with pauses, so that flushes get in between.
    pub async fn retention_apply(&self, _now: Timestamp, _retention: &Retention) -> Result<RetentionReport> {
        Err(StoreError::Unsupported("not yet"))
    }
}
