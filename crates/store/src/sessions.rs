//! A SIM's session history.

use crate::{Result, Store, StoreError};
use opencmp_domain::{
    SessionId, SimId,
    session::{SessionCursor, SessionFilter, SessionPage, SessionRow},
};

impl Store {
    /// Open and ended sessions together, newest first. `network` is left empty in the rows.
    pub async fn sessions_by_sim(
        &self,
        _sim: SimId,
        _filter: &SessionFilter,
        _after: Option<SessionCursor>,
        _limit: u32,
    ) -> Result<SessionPage> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// In the order of their ids; those that aren't there are left out.
    pub async fn sessions_by_ids(&self, _ids: &[SessionId]) -> Result<Vec<SessionRow>> {
        Err(StoreError::Unsupported("not yet"))
    }
}
