//! Usage as it was booked. Group-wide figures come from the groups' sums, never from the SIMs' rows.

use crate::{Result, Store, StoreError};
use opencmp_domain::{
    Day, GroupId, Hour, SimId, TenantId, UsageClassId,
    usage::{DayUsage, HourUsage, UpDown},
};

/// Whose usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageSubject {
    /// Every tenant. SIMs outside the inventory are in no group and therefore not in it.
    All,
    Tenant(TenantId),
    Group(GroupId),
    Groups(Vec<GroupId>),
    Sim(SimId),
}

impl Store {
    /// Days with usage from `from` to before `until`, in order.
    pub async fn usage_by_day(
        &self,
        _subject: &UsageSubject,
        _from: Day,
        _until: Day,
    ) -> Result<Vec<DayUsage>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Hours with usage from `from` to before `until`, in order.
    pub async fn usage_by_hour(
        &self,
        _subject: &UsageSubject,
        _from: Hour,
        _until: Hour,
    ) -> Result<Vec<HourUsage>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Shares by class of the days from `from` to before `until`, in no order.
    pub async fn usage_by_class(
        &self,
        _subject: &UsageSubject,
        _from: Day,
        _until: Day,
    ) -> Result<Vec<(UsageClassId, UpDown)>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// The SIMs that used most from `from` to before `until`, most first. Reads every SIM's row of those days: a day of
    /// a million SIMs takes a second or so.
    pub async fn usage_top(
        &self,
        _subject: &UsageSubject,
        _from: Day,
        _until: Day,
        _limit: u32,
    ) -> Result<Vec<(SimId, UpDown)>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Hourly figures are kept from this hour on; `None`: nothing was deleted yet.
    pub async fn usage_hours_kept_since(&self) -> Result<Option<Hour>> {
        Err(StoreError::Unsupported("not yet"))
    }
}
