//! What the operator's administrators set up: tenants, rate plans and gateways.

use crate::{Result, Service, ServiceError, people::operator_may};
use opencmp_domain::{
    NasId, PlanId, Scope, TenantId,
    operator::{GatewayConfig, GatewaySaid, PlanLine},
    role::Permission,
    time::offered_zone,
};
use opencmp_store::{Nas, NewNas, RatePlan, Secret};

impl Service {
    /// A customer, with a group for SIMs that name none. Errors: `Taken`, `Invalid` (name, time_zone, cycle_day).
    pub async fn tenant_create(
        &self,
        scope: &Scope,
        name: &str,
        time_zone: &str,
        cycle_day: u32,
    ) -> Result<TenantId> {
        operator_may(scope, Permission::TenantWrite)?;
        let Some(zone) = offered_zone(time_zone) else {
            let message = format!("{time_zone:?} is not one of the time zones that are offered");
            return Err(ServiceError::Invalid { field: "time_zone", message });
        };
        let tenant = self.store.tenant_create(name, zone, cycle_day, self.change(scope)).await?;
        self.names_refresh().await?;
        Ok(tenant.id)
    }

    /// Errors: `Taken`, `Invalid` (name), `NotFound`.
    pub async fn tenant_rename(&self, scope: &Scope, id: TenantId, name: &str) -> Result<()> {
        operator_may(scope, Permission::TenantWrite)?;
        self.store.tenant_rename(id, name, self.change(scope)).await?;
        self.names_refresh().await
    }

    /// By name.
    pub async fn plans(&self, scope: &Scope) -> Result<Vec<PlanLine>> {
        operator_may(scope, Permission::NetworkRead)?;
        let counts = self.directory.plan_counts();
        let line = |RatePlan { id, name, created_at }| {
            let sims = counts.get(&id).copied().unwrap_or_default();
            PlanLine { id, name, sims, created_at }
        };
        Ok(self.store.plan_list().await?.into_iter().map(line).collect())
    }

    /// Errors: `Taken`, `Invalid` (name).
    pub async fn plan_add(&self, scope: &Scope, name: &str) -> Result<PlanId> {
        operator_may(scope, Permission::PlanWrite)?;
        let id = self.store.plan_add(name, self.change(scope)).await?;
        self.names_refresh().await?;
        Ok(id)
    }

    /// Lists show the new name at once. Errors: `Taken`, `Invalid` (name), `NotFound`.
    pub async fn plan_rename(&self, scope: &Scope, id: PlanId, name: &str) -> Result<()> {
        operator_may(scope, Permission::PlanWrite)?;
        self.store.plan_rename(id, name, self.change(scope)).await?;
        self.names_refresh().await
    }

    /// Errors: `NotFound`, `Invalid` (plan_sims, plan_rules, plan_changes: what needs it, which the message says).
    pub async fn plan_remove(&self, scope: &Scope, id: PlanId) -> Result<()> {
        operator_may(scope, Permission::PlanWrite)?;
        self.store.plan_remove(id, self.change(scope)).await?;
        self.names_refresh().await
    }

    /// By name.
    pub async fn gateways(&self, scope: &Scope) -> Result<Vec<GatewayConfig>> {
        operator_may(scope, Permission::GatewayWrite)?;
        Ok(self.store.nas_list().await?.into_iter().map(config).collect())
    }

    /// Adds a gateway, or changes one. Its packets are taken by what is said within a second. Errors: `Taken` (name, address),
    /// `Invalid` (name, address, secret, nodes), `NotFound`.
    pub async fn gateway_save(&self, scope: &Scope, id: Option<NasId>, said: &GatewaySaid) -> Result<NasId> {
        operator_may(scope, Permission::GatewayWrite)?;
        let held = match id {
            Some(id) => {
                let all = self.store.nas_list().await?;
                Some(all.into_iter().find(|nas| nas.id == id).ok_or(ServiceError::NotFound)?)
            }
            None => None,
        };
        let secret = match (&said.secret, &held) {
            (Some(secret), _) => Secret::new(secret.clone()),
            (None, Some(held)) => held.secret.clone(),
            (None, None) => Secret::new(""),
        };
        let nas = NewNas {
            name: said.name.clone(),
            address: said.address.clone(),
            secret,
            counters_32bit: said.counters_32bit,
            swap_direction: said.swap_direction,
            nodes: said.nodes.clone(),
            enabled: said.enabled,
        };
        let change = self.change(scope);
        match held {
            Some(held) => {
                self.store.nas_update(held.id, &nas, change).await?;
                Ok(held.id)
            }
            None => Ok(self.store.nas_add(&nas, change).await?),
        }
    }

    /// Takes a gateway out of service for good; its sessions stay. Errors: `NotFound`.
    pub async fn gateway_remove(&self, scope: &Scope, id: NasId) -> Result<()> {
        operator_may(scope, Permission::GatewayWrite)?;
        Ok(self.store.nas_remove(id, self.change(scope)).await?)
    }
}

fn config(nas: Nas) -> GatewayConfig {
    let Nas { id, name, address, counters_32bit, swap_direction, nodes, enabled, created_at, .. } = nas;
    let said = GatewaySaid { name, address, secret: None, counters_32bit, swap_direction, nodes, enabled };
    GatewayConfig { id, said, created_at }
}
