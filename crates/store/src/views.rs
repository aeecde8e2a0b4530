//! Saved views of the SIM list, and pasted lists of numbers. A tenant's own; `None` is the operator.

use crate::{Result, Store, StoreError};
use opencmp_domain::{TenantId, Timestamp, ViewId, query::SavedView};

impl Store {
    /// By name.
    pub async fn view_list(&self, _tenant: Option<TenantId>) -> Result<Vec<SavedView>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// A view of the same name is replaced.
    pub async fn view_save(
        &self,
        _tenant: Option<TenantId>,
        _name: &str,
        _shared: bool,
        _query: &str,
        _now: Timestamp,
    ) -> Result<ViewId> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// False if the tenant has no such view.
    pub async fn view_delete(&self, _tenant: Option<TenantId>, _view: ViewId) -> Result<bool> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Keeps the lines of a pasted list; the id can't be guessed.
    pub async fn number_list_save(
        &self,
        _tenant: Option<TenantId>,
        _lines: &[String],
        _now: Timestamp,
    ) -> Result<String> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// `None` if the tenant has no such list.
    pub async fn number_list_load(
        &self,
        _tenant: Option<TenantId>,
        _id: &str,
    ) -> Result<Option<Vec<String>>> {
        Err(StoreError::Unsupported("not yet"))
    }
}
