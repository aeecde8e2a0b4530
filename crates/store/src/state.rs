//! Reading back at start what the flushes wrote.

use crate::{Result, Store, StoreError};
use opencmp_domain::{
    NasId, SessionId, SimId, Timestamp,
    stored::{StoredSession, StoredSimLive, UsageClass},
};

/// Where a page of sessions ended: their order is by `at` (what that is depends on the list) and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionKey {
    pub at: Timestamp,
    pub id: SessionId,
}

impl Store {
    pub async fn classes(&self) -> Result<Vec<UsageClass>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// The highest session id ever given out; 0 before the first.
    pub async fn session_last_id(&self) -> Result<SessionId> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// In the order of SIM ids; begin with `SimId(0)`, go on with the last id.
    pub async fn sim_live_page(&self, _after: SimId, _limit: u32) -> Result<Vec<StoredSimLive>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Sessions not ended, in the order of their ids; begin with `SessionId(0)`, go on with the last id.
    pub async fn sessions_open_page(&self, _after: SessionId, _limit: u32) -> Result<Vec<StoredSession>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Sessions that ended at or after `since`, in the order of (`ended_at`, id); begin with `after: None`, go on with
    /// the last one's.
    pub async fn sessions_recent_page(
        &self,
        _since: Timestamp,
        _after: Option<SessionKey>,
        _limit: u32,
    ) -> Result<Vec<StoredSession>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// A SIM's sessions, as old as are kept, that the gateway called `acct_session_id` (in the form of
    /// [`opencmp_domain::stored::escape_octets`]); newest first. Ids come back after a gateway's restart. The SIM is
    /// asked for because an index by session id over all of history would cost every new session a random page.
    pub async fn session_find(
        &self,
        _sim: SimId,
        _nas: NasId,
        _acct_session_id: &str,
    ) -> Result<Vec<StoredSession>> {
        Err(StoreError::Unsupported("not yet"))
    }
}
