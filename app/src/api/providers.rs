//! Server functions around providers of OpenID Connect: set up by the operator for the installation, by a tenant's
//! administrator for the tenant.

use super::ApiError;
#[cfg(feature = "ssr")]
use crate::request::{backend, backend_because};
use leptos::{prelude::*, server_fn::codec::Json};
use opencmp_domain::{
    ProviderId, Reason, TenantId,
    provider::{Provider, ProviderSaid},
    sim::TenantChoice,
};
use serde::{Deserialize, Serialize};

/// The providers of whom one administers, and what to tell them of us.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Providers {
    pub providers: Vec<Provider>,
    /// Whose they are; `None`: the installation's.
    pub tenant: Option<TenantId>,
    /// Those that rules may speak of.
    pub tenants: Vec<TenantChoice>,
    /// Where providers send people back to: to be registered there.
    pub redirect: String,
    /// The same after signing out.
    pub signed_out: String,
}

#[server(name = ProvidersFn, prefix = "/fn", endpoint = "providers", input = Json)]
pub async fn providers() -> Result<Providers, ApiError> {
    let (service, scope) = backend()?;
    let providers = service.providers(&scope).await?;
    let (redirect, signed_out) = service.provider_addresses()?;
    let tenant = scope.only_tenant();
    let tenants = if tenant.is_none() { service.tenants(&scope) } else { Vec::new() };
    Ok(Providers { providers, tenant, tenants, redirect, signed_out })
}

/// Adds a provider, or changes the one with this id.
#[server(name = ProviderSaveFn, prefix = "/fn", endpoint = "provider_save", input = Json)]
pub async fn provider_save(id: Option<ProviderId>, said: ProviderSaid) -> Result<ProviderId, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.provider_save(&scope, id, &said).await?)
}

#[server(name = ProviderRemoveFn, prefix = "/fn", endpoint = "provider_remove", input = Json)]
pub async fn provider_remove(id: ProviderId, why: Option<Reason>) -> Result<(), ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.provider_remove(&scope, id).await?)
}
