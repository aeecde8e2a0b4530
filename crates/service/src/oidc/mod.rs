//! Sign-in by OpenID Connect: authorization code with PKCE, at providers that the operator or a tenant sets up.
//!
//! - [`check`]: what can be said of a provider. Here: what administrators do with providers.
//! - [`sign_in`]: the way there and back. [`person`]: whose person somebody is. [`sign_out`]: out again, on both sides.
//! - [`discovery`]: what a provider says of itself, kept for a while. [`http`]: how it is asked.
//! - [`token`]: the code becomes a token, and the token a proof.
//! - [`rules`]: from claims to role, tenant and groups.
//!
//! A sign-in: `provider_begin` → the provider → `provider_finish`: state and browser → who answers → code and ID token →
//! second factor → person → the sign-in itself, as after a password.

mod check;
mod discovery;
mod http;
mod person;
mod rules;
mod sign_in;
mod sign_out;
mod token;

pub use check::checked;
pub use sign_in::{Answer, Begun, Finished, Refused};

use crate::{
    Result, Service, ServiceError, chain,
    people::{Visitor, scope_may},
};
use discovery::Discovery;
use http::{Http, HttpError, Reach};
use opencmp_domain::{
    Permission, ProviderId, Scope, TenantId,
    provider::{Provider, ProviderSaid, Refusal},
};
use opencmp_store::StoreError;
use openidconnect::RedirectUrl;
use std::error::Error;

/// What sign-in by a provider needs of the installation.
pub struct Oidc {
    /// Where people find us, without a slash at its end.
    address: String,
    redirect: RedirectUrl,
    anywhere: Http,
    /// How the providers of tenants are asked.
    of_tenants: Http,
    discovery: Discovery,
}

/// The installation's address is none, or there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    #[error("the address under which people find this server")]
    Address(#[from] url::ParseError),
    #[error("the client that asks providers")]
    Client(#[from] HttpError),
}

impl Oidc {
    /// `address`: where people find us. `tenants_anywhere`: providers of tenants may be in private networks too.
    pub fn new(address: &str, tenants_anywhere: bool) -> std::result::Result<Self, OidcError> {
        let of_tenants = if tenants_anywhere { Reach::Anywhere } else { Reach::Public };
        Ok(Self {
            redirect: RedirectUrl::new(format!("{}/sign-in/oidc/callback", address.trim_end_matches('/')))?,
            address: address.trim_end_matches('/').to_owned(),
            anywhere: Http::new(Reach::Anywhere)?,
            of_tenants: Http::new(of_tenants)?,
            discovery: Discovery::default(),
        })
    }

    fn http_for(&self, tenants: bool) -> &Http {
        if tenants { &self.of_tenants } else { &self.anywhere }
    }

    fn http_of(&self, provider: &Provider) -> &Http {
        self.http_for(provider.tenant.is_some())
    }

    /// Where people are once they are signed out.
    fn signed_out_address(&self) -> String {
        format!("{}/sign-in", self.address)
    }
}

/// Why it failed: what the person is told, and what the log says. Nothing secret is in it.
#[derive(Debug)]
struct Failure {
    refusal: Refusal,
    why: String,
}

impl Failure {
    fn new(refusal: Refusal, why: impl Into<String>) -> Self {
        Self { refusal, why: why.into() }
    }

    /// With the error's causes, which say what the network did.
    fn unreachable(error: impl Error) -> Self {
        Self::new(Refusal::Unreachable, chain(&error))
    }

    /// Into the log, once; and to the person.
    fn told(self, provider: &str, visitor: &Visitor) -> Refusal {
        let Self { refusal, why } = self;
        tracing::info!(provider, refusal = refusal.code(), why, from = ?visitor.address, "a sign-in by a provider failed");
        refusal
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        ServiceError::from(error).into()
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Self::new(Refusal::Unavailable, error.to_string())
    }
}

impl Service {
    /// Of the tenant in reach; for the operator, the installation's.
    pub async fn providers(&self, scope: &Scope) -> Result<Vec<Provider>> {
        scope_may(scope, Permission::ProviderWrite)?;
        Ok(self.store.provider_list(scope.only_tenant()).await?)
    }

    /// What a provider has to be told of us: the address that it sends people back to, and the one for after signing out.
    pub fn provider_addresses(&self) -> Result<(String, String)> {
        let oidc = self.oidc.as_ref().ok_or(ServiceError::Unavailable)?;
        Ok((oidc.redirect.as_str().to_owned(), oidc.signed_out_address()))
    }

    /// Adds a provider, or changes one. One that is switched on is asked first whether it is there. Errors: `Taken` (slug),
    /// `Invalid` (by field), `NotFound`.
    pub async fn provider_save(
        &self,
        scope: &Scope,
        id: Option<ProviderId>,
        said: &ProviderSaid,
    ) -> Result<ProviderId> {
        scope_may(scope, Permission::ProviderWrite)?;
        let held = match id {
            Some(id) => Some(self.provider_in_reach(scope, id).await?),
            None => None,
        };
        let tenant = scope.only_tenant();
        let said = self.provider_checked(tenant, said).await?;
        let asked = held.as_ref().is_some_and(|held| held.said.enabled && held.said.issuer == said.issuer);
        if said.enabled && !asked {
            self.provider_ask(tenant, &said.issuer).await?;
        }
        let change = self.change(scope);
        match held {
            Some(held) => {
                self.store.provider_update(held.id, &said, &change).await?;
                self.callers.forget();
                Ok(held.id)
            }
            None => Ok(self.store.provider_add(tenant, &said, change).await?),
        }
    }

    /// Takes it away for good. People stay; whoever is signed in by it is signed out. Errors: `NotFound`.
    pub async fn provider_remove(&self, scope: &Scope, id: ProviderId) -> Result<()> {
        scope_may(scope, Permission::ProviderWrite)?;
        let held = self.provider_in_reach(scope, id).await?;
        self.store.provider_remove(held.id, &self.change(scope)).await?;
        self.callers.forget();
        Ok(())
    }

    /// Those on the sign-in page: the installation's, and before them the one that the address names.
    pub async fn providers_offered(&self, with: Option<&str>) -> Result<Vec<Provider>> {
        let mut offered = self.store.provider_list(None).await?;
        if let Some(slug) = with
            && let Some(named) = self.store.provider_by_slug(slug).await?
        {
            offered.retain(|provider| provider.id != named.id);
            offered.insert(0, named);
        }
        offered.retain(|provider| provider.said.enabled);
        Ok(offered)
    }

    async fn provider_in_reach(&self, scope: &Scope, id: ProviderId) -> Result<Provider> {
        let held = self.store.provider(id).await?.ok_or(ServiceError::NotFound)?;
        if held.tenant == scope.only_tenant() { Ok(held) } else { Err(ServiceError::NotFound) }
    }

    async fn provider_checked(&self, tenant: Option<TenantId>, said: &ProviderSaid) -> Result<ProviderSaid> {
        let tenants: Vec<TenantId> = self.store.tenant_list().await?.iter().map(|tenant| tenant.id).collect();
        checked(said, tenant, &tenants, &self.store.group_list(None).await?)
    }

    /// Whether somebody answers at the issuer's address, as that issuer.
    async fn provider_ask(&self, tenant: Option<TenantId>, issuer: &str) -> Result<()> {
        let oidc = self.oidc.as_ref().ok_or(ServiceError::Unavailable)?;
        let found = oidc.discovery.of(oidc.http_for(tenant.is_some()), issuer, self.clock.now()).await;
        match found {
            Ok(_) => Ok(()),
            Err(failure) => {
                let message = format!("nothing that works is there: {}", failure.why);
                Err(ServiceError::Invalid { field: "issuer", message })
            }
        }
    }
}
