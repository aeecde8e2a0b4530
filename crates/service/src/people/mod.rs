//! People: who may sign in, how they do, and what they reach.
//!
//! - [`sign_in`]: the way in, and what people do with their own account.
//! - [`callers`]: from a cookie to a person, and from a person to a [`Scope`]: the only place that makes one.
//! - [`password`], [`second_factor`], [`token`]: what one proves oneself with.
//! - [`throttle`]: how often one may be wrong.
//! - Here: what admins do with others.

mod callers;
mod password;
mod second_factor;
mod sign_in;
mod throttle;
mod token;

pub(crate) use callers::Callers;
pub use callers::{Caller, SignInPolicy, Visitor};
pub use password::{LEAST_CHARACTERS as LEAST_PASSWORD, check as password_check, hash as password_hash};
pub use second_factor::Enrolment;
pub use sign_in::FIRST_ADMIN;
pub(crate) use throttle::{Network, Throttle, Way};
pub use token::{Token, same_secret};

use crate::{Result, Service, ServiceError};
use opencmp_domain::{
    PersonId, Scope, TenantId,
    people::{Person, PersonSaid},
    role::Permission,
};
use opencmp_store::{Change, StaysIn};

impl Service {
    /// Of the tenant in reach; for the operator, their own staff.
    pub async fn people(&self, scope: &Scope) -> Result<Vec<Person>> {
        scope_may(scope, Permission::PeopleWrite)?;
        Ok(self.store.person_list(scope.only_tenant()).await?)
    }

    /// Takes somebody in; the link lets them set their password. Errors: `Invalid` (email, name, role, groups), `Taken`.
    pub async fn person_invite(&self, scope: &Scope, said: &PersonSaid) -> Result<(PersonId, Token)> {
        scope_may(scope, Permission::PeopleWrite)?;
        if said.tenant != scope.only_tenant() {
            return Err(ServiceError::Forbidden);
        }
        let change = self.change(scope);
        let id = self.store.person_create(said, change).await?;
        Ok((id, self.link_make(id, scope).await?))
    }

    /// Name, role and groups. The last operator admin stays one. With another role or other groups they are signed out
    /// everywhere; who changes themselves stays signed in by the token that is answered. Errors: as `person_invite`, and
    /// `NotFound`.
    pub async fn person_update(
        &self,
        scope: &Scope,
        caller: &Caller,
        id: PersonId,
        said: &PersonSaid,
    ) -> Result<Option<Token>> {
        let held = self.person_in_reach(scope, id).await?;
        let change = self.change(scope);
        let said = PersonSaid { tenant: held.tenant, email: held.email, ..said.clone() };
        let token = (id == caller.person.id).then(Token::random).transpose()?;
        let hash = token.as_ref().map(Token::hash);
        let stays = hash.as_deref().map(|hash| StaysIn { sign_in: caller.sign_in.id, hash });
        let renewed = self.store.person_update(id, &said, stays, &change).await?;
        self.callers.forget();
        Ok(token.filter(|_| renewed))
    }

    /// May they sign in. Nobody shuts themselves out, nor the last operator admin. Errors: `NotFound`, `Invalid` (person).
    pub async fn person_enable(&self, scope: &Scope, id: PersonId, enabled: bool) -> Result<()> {
        self.person_in_reach(scope, id).await?;
        if !enabled && scope.actor().person == Some(id) {
            let message = "you can't shut yourself out".to_owned();
            return Err(ServiceError::Invalid { field: "person", message });
        }
        let change = self.change(scope);
        self.store.person_enable(id, enabled, &change).await?;
        self.callers.forget();
        Ok(())
    }

    /// A link with which they set a new password; the second factor stays. One's own is changed by who knows it.
    pub async fn person_link(&self, scope: &Scope, id: PersonId) -> Result<Token> {
        let held = self.person_in_reach(scope, id).await?;
        not_ones_own(scope, id)?;
        if held.disabled_at.is_some() {
            let message = "admit them again first".to_owned();
            return Err(ServiceError::Invalid { field: "person", message });
        }
        self.link_make(id, scope).await
    }

    /// For who lost telephone and paper: they are signed out, and set up another at their next sign-in. One's own is replaced
    /// by who has it.
    pub async fn person_second_factor_remove(&self, scope: &Scope, id: PersonId) -> Result<()> {
        self.person_in_reach(scope, id).await?;
        not_ones_own(scope, id)?;
        let change = self.change(scope);
        self.store.second_factor_set(id, None, &[], None, &change).await?;
        self.callers.forget();
        Ok(())
    }

    /// For who got a new account at a provider of OpenID Connect: the next who comes from there with their address is them.
    pub async fn person_identity_forget(&self, scope: &Scope, id: PersonId) -> Result<()> {
        self.person_in_reach(scope, id).await?;
        self.store.identity_forget(id, &self.change(scope)).await?;
        self.callers.forget();
        Ok(())
    }

    async fn person_in_reach(&self, scope: &Scope, id: PersonId) -> Result<Person> {
        scope_may(scope, Permission::PeopleWrite)?;
        let held = self.store.person(id).await?.ok_or(ServiceError::NotFound)?;
        if held.tenant == scope.only_tenant() { Ok(held) } else { Err(ServiceError::NotFound) }
    }

    /// What a change within this scope is written down as.
    pub(crate) fn change(&self, scope: &Scope) -> Change {
        Change { why: scope.reason().cloned(), ..Change::new(scope.actor(), self.clock.now()) }
    }

    /// By the tenant's id, for the operator's choosers.
    pub fn tenant_name(&self, tenant: TenantId) -> Option<String> {
        self.directory.tenant_name(tenant)
    }
}

/// Refuses what would let a browser that somebody left open do without password and second factor.
fn not_ones_own(scope: &Scope, id: PersonId) -> Result<()> {
    if scope.actor().person != Some(id) {
        return Ok(());
    }
    let message = "your own is changed in your account".to_owned();
    Err(ServiceError::Invalid { field: "person", message })
}

/// The same at the network's side, where nobody is within a tenant.
pub(crate) fn operator_may(scope: &Scope, permission: Permission) -> Result<()> {
    if scope.is_operator() { scope_may(scope, permission) } else { Err(ServiceError::Forbidden) }
}

/// The tenant that is looked at or changed, where that must be one: the operator's staff enter it first.
pub(crate) fn entered(scope: &Scope) -> Result<TenantId> {
    let message = "enter the tenant first".to_owned();
    scope.only_tenant().ok_or(ServiceError::Invalid { field: "tenant", message })
}

/// Refuses what the scope's role may not do.
pub(crate) fn scope_may(scope: &Scope, permission: Permission) -> Result<()> {
    if scope.may(permission) { Ok(()) } else { Err(ServiceError::Forbidden) }
}
