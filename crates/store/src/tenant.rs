//! Tenants, their groups, and rate plans.

use crate::{Result, Store, StoreError};
use opencmp_domain::{
    GroupId, PlanId, TenantId, Timestamp, Tz,
    sim::{GroupChoice, TenantChoice},
};

#[derive(Clone, Debug, PartialEq)]
pub struct Tenant {
    pub id: TenantId,
    pub name: String,
    pub time_zone: Tz,
    /// Day of the month on which its billing cycles begin, 1 to 28.
    pub cycle_day: u32,
    /// Where SIMs are that name no group.
    pub default_group: GroupId,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatePlan {
    pub id: PlanId,
    pub name: String,
}

impl Tenant {
    /// The name of every tenant's default group.
    pub const DEFAULT_GROUP: &'static str = "未分組";
}

impl Store {
    /// Makes a tenant with its default group. Errors: `Taken`, `Invalid` (name, cycle_day).
    pub async fn tenant_create(
        &self,
        _name: &str,
        _time_zone: Tz,
        _cycle_day: u32,
        _now: Timestamp,
    ) -> Result<Tenant> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// By name.
    pub async fn tenant_list(&self) -> Result<Vec<Tenant>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// By name, with the number of SIMs that aren't terminated.
    pub async fn tenant_choices(&self) -> Result<Vec<TenantChoice>> {
        Err(StoreError::Unsupported("not yet"))
    }

    pub async fn tenant_by_name(&self, _name: &str) -> Result<Option<Tenant>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// By name; of one tenant or of all. `sims` counts those that aren't terminated.
    pub async fn group_list(&self, _tenant: Option<TenantId>) -> Result<Vec<GroupChoice>> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// The tenant's group of that name, made if need be.
    pub async fn group_ensure(&self, _tenant: TenantId, _name: &str, _now: Timestamp) -> Result<GroupId> {
        Err(StoreError::Unsupported("not yet"))
    }

    pub async fn plan_list(&self) -> Result<Vec<RatePlan>> {
        Err(StoreError::Unsupported("not yet"))
    }

    pub async fn plan_ensure(&self, _name: &str, _now: Timestamp) -> Result<PlanId> {
        Err(StoreError::Unsupported("not yet"))
    }
}
