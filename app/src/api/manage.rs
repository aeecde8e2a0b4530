//! Server functions of what the operator's administrators set up.

use super::ApiError;
#[cfg(feature = "ssr")]
use crate::request::{backend, backend_because};
use leptos::{prelude::*, server_fn::codec::Json};
use opencmp_domain::{
    NasId, PlanId, Reason, TenantId,
    operator::{GatewayConfig, GatewaySaid, PlanLine},
    sim::TenantChoice,
};
use serde::{Deserialize, Serialize};

/// What there is to manage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Managed {
    pub tenants: Vec<TenantChoice>,
    pub gateways: Vec<GatewayConfig>,
}

#[server(name = ManagedFn, prefix = "/fn", endpoint = "managed", input = Json)]
pub async fn managed() -> Result<Managed, ApiError> {
    let (service, scope) = backend()?;
    Ok(Managed { gateways: service.gateways(&scope).await?, tenants: service.tenants(&scope) })
}

#[server(name = TenantCreateFn, prefix = "/fn", endpoint = "tenant_create", input = Json)]
pub async fn tenant_create(name: String, time_zone: String, cycle_day: u32) -> Result<TenantId, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.tenant_create(&scope, &name, &time_zone, cycle_day).await?)
}

#[server(name = TenantRenameFn, prefix = "/fn", endpoint = "tenant_rename", input = Json)]
pub async fn tenant_rename(id: TenantId, name: String) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    Ok(service.tenant_rename(&scope, id, &name).await?)
}

#[server(name = PlansFn, prefix = "/fn", endpoint = "plans", input = Json)]
pub async fn plans() -> Result<Vec<PlanLine>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.plans(&scope).await?)
}

#[server(name = PlanAddFn, prefix = "/fn", endpoint = "plan_add", input = Json)]
pub async fn plan_add(name: String) -> Result<PlanId, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.plan_add(&scope, &name).await?)
}

#[server(name = PlanRenameFn, prefix = "/fn", endpoint = "plan_rename", input = Json)]
pub async fn plan_rename(id: PlanId, name: String) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    Ok(service.plan_rename(&scope, id, &name).await?)
}

#[server(name = PlanRemoveFn, prefix = "/fn", endpoint = "plan_remove", input = Json)]
pub async fn plan_remove(id: PlanId, why: Option<Reason>) -> Result<(), ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.plan_remove(&scope, id).await?)
}

/// Adds a gateway, or changes the one with this id.
#[server(name = GatewaySaveFn, prefix = "/fn", endpoint = "gateway_save", input = Json)]
pub async fn gateway_save(id: Option<NasId>, said: GatewaySaid) -> Result<NasId, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.gateway_save(&scope, id, &said).await?)
}

#[server(name = GatewayRemoveFn, prefix = "/fn", endpoint = "gateway_remove", input = Json)]
pub async fn gateway_remove(id: NasId, why: Option<Reason>) -> Result<(), ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.gateway_remove(&scope, id).await?)
}
