//! Reading SIMs, and what changed since; SIMs that only the network knows.

use crate::{Result, Store, StoreError};
use opencmp_domain::{SimId, operator::UnknownSim, sim::SimInventory, stored::UnknownSubscriber};

/// How far a reader has followed the inventory. Begin with [`InventoryCursor::at`] the version that was current before
/// the first page was loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct InventoryCursor {
    pub version: i64,
    /// Last SIM read of those changed in `version`; `None`: all of them were.
    pub within: Option<SimId>,
}

impl InventoryCursor {
    pub const fn at(version: i64) -> Self {
        Self { version, within: None }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct SimChanges {
    pub sims: Vec<SimInventory>,
    /// Where to go on.
    pub next: InventoryCursor,
    /// Nothing is left to read; `next.version` is the inventory's version then.
    pub complete: bool,
}

impl Store {
    /// Rises with every change of tenants, groups, plans and SIMs; not with SIMs that only the network knows.
    pub async fn inventory_version(&self) -> Result<i64> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// SIMs in the order of their ids, unknown ones included; begin with `SimId(0)`, go on with the last id.
    pub async fn sim_inventory_page(&self, _after: SimId, _limit: u32) -> Result<Vec<SimInventory>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// At most `limit` SIMs that were changed or made after the cursor.
    pub async fn sims_changed_since(&self, _cursor: InventoryCursor, _limit: u32) -> Result<SimChanges> {
        Err(StoreError::Unsupported("not yet"))
    }

    pub async fn sim_get(&self, _sim: SimId) -> Result<Option<SimInventory>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Makes rows without a tenant for subscribers that aren't there, by IMSI, else MSISDN; the ids in the order given.
    /// A subscriber that is there, in the inventory or not, gets the id it has.
    pub async fn sim_register_unknown(&self, _subscribers: &[UnknownSubscriber]) -> Result<Vec<SimId>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// SIMs that only the network knows, newest first; `page` from 1.
    pub async fn unknown_sims(&self, _page: u32, _page_size: u32) -> Result<Vec<UnknownSim>> {
        Err(StoreError::Unsupported("not yet"))
    }

    pub async fn unknown_sim_count(&self) -> Result<u64> {
        Err(StoreError::Unsupported("not yet"))
    }
}
