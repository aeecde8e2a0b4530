//! Portals: pages of a tenant's customers or of the tenant itself that show some of ours in a frame.
//!
//! - [`check`]: what can be said of a portal. Here: what administrators do with portals.
//! - [`token`]: what a portal's backend asks for and puts into its page. [`Signer`]: how it is signed.
//! - [`frame`]: a token lets a frame in, once.
//!
//! A frame's way: the backend proves itself with its key → `frame_token` → the page around the frame → the frame →
//! `frame_enter` → from there on a request is known by the frame's own token ([`crate::people`]'s `frame`), and reaches what
//! `scope_of_frame` says.

mod check;
mod frame;
mod token;

pub use check::checked;
pub use frame::{Entered, FRAME_SECS};
pub use opencmp_store::Frame;
pub use token::{FrameAsk, FrameGrant, GroupAsked, Refused, Signer};

use crate::{
    Result, Service, ServiceError,
    people::{Token, entered, scope_may},
};
use opencmp_domain::{
    Permission, PortalId, Scope, TenantId,
    portal::{Portal, PortalSaid},
};

impl Service {
    /// Of the tenant in reach.
    pub async fn portals(&self, scope: &Scope) -> Result<Vec<Portal>> {
        let tenant = within_tenant(scope)?;
        Ok(self.store.portal_list(tenant).await?)
    }

    /// A new portal, and the key of its backend, which is shown this once. Errors: `Taken` (name), `Invalid` (name, origins,
    /// groups), `NotFound` (a group).
    pub async fn portal_add(&self, scope: &Scope, said: &PortalSaid) -> Result<(PortalId, Token)> {
        let tenant = within_tenant(scope)?;
        let (said, key) = (checked(said)?, Token::random()?);
        let id = self.store.portal_add(tenant, &said, &key.hash(), self.change(scope)).await?;
        Ok((id, key))
    }

    /// Name, origins and groups; frames follow within a second. Errors: as `portal_add`.
    pub async fn portal_update(&self, scope: &Scope, id: PortalId, said: &PortalSaid) -> Result<()> {
        self.portal_in_reach(scope, id).await?;
        self.store.portal_update(id, &checked(said)?, &self.change(scope)).await?;
        self.callers.forget();
        Ok(())
    }

    /// Another key, shown this once; the one before is void.
    pub async fn portal_key_renew(&self, scope: &Scope, id: PortalId) -> Result<Token> {
        self.portal_in_reach(scope, id).await?;
        let key = Token::random()?;
        self.store.portal_key_set(id, &key.hash(), &self.change(scope)).await?;
        Ok(key)
    }

    /// Takes it away; its frames end within a second.
    pub async fn portal_remove(&self, scope: &Scope, id: PortalId) -> Result<()> {
        self.portal_in_reach(scope, id).await?;
        self.store.portal_remove(id, &self.change(scope)).await?;
        self.callers.forget();
        Ok(())
    }

    async fn portal_in_reach(&self, scope: &Scope, id: PortalId) -> Result<Portal> {
        let tenant = within_tenant(scope)?;
        let held = self.store.portal(id).await?.ok_or(ServiceError::NotFound)?;
        if held.tenant == tenant { Ok(held) } else { Err(ServiceError::NotFound) }
    }
}

/// Portals are a tenant's: the operator's staff enter it first.
fn within_tenant(scope: &Scope) -> Result<TenantId> {
    scope_may(scope, Permission::PortalWrite)?;
    entered(scope)
}
