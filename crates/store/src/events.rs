//! What happened: rows of `sim_event` together with the starts and ends of sessions.

use crate::{Result, Store, StoreError, UsageSubject};
use opencmp_domain::{SimId, Timestamp, dashboard::ConnectedSample, event::TimelineEvent};

impl Store {
    /// A SIM's time line before `before`, newest first.
    pub async fn events_by_sim(
        &self,
        _sim: SimId,
        _before: Option<Timestamp>,
        _limit: u32,
    ) -> Result<Vec<TimelineEvent>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// The fleet's latest, newest first. Looks at the latest few thousand only, so that a quiet tenant among many may
    /// get fewer than there are.
    pub async fn events_recent(&self, _subject: &UsageSubject, _limit: u32) -> Result<Vec<TimelineEvent>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Counts over time, summed over the subject's groups, oldest first. Not for a single SIM.
    pub async fn fleet_samples(
        &self,
        _subject: &UsageSubject,
        _since: Timestamp,
    ) -> Result<Vec<ConnectedSample>> {
        Err(StoreError::Unsupported("not yet"))
    }
}
