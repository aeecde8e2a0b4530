//! 通知方式: where messages go, for who may say so.

use super::{channel_checked, check::zone_checked};
use crate::{
    Result, Service, ServiceError,
    people::{entered, scope_may},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use opencmp_domain::{
    ChannelId, PersonId, Scope, TenantId,
    alert::{
        channel::{Channel, ChannelSaid, Recipient},
        window::Window,
    },
    role::Permission,
};
use opencmp_store::Secret;

/// Octets of a secret (Standard Webhooks: 24 to 64).
const SECRET: usize = 32;

impl Service {
    /// By name.
    pub async fn alert_channels(&self, scope: &Scope) -> Result<Vec<Channel>> {
        Ok(self.store.alert_channel_list(written(scope)?).await?)
    }

    /// The tenant's people, whose channels may be theirs; by name.
    pub async fn alert_channel_people(&self, scope: &Scope) -> Result<Vec<(PersonId, String)>> {
        let people = self.store.person_list(Some(written(scope)?)).await?;
        Ok(people.into_iter().map(|person| (person.id, person.name)).collect())
    }

    /// Adds a channel, or changes one. A new HTTP endpoint has a secret, which is shown this once. Errors: `Taken` (name),
    /// `Invalid` (name, to, addresses, numbers, url, zone), `NotFound`.
    pub async fn alert_channel_save(
        &self,
        scope: &Scope,
        id: Option<ChannelId>,
        said: &ChannelSaid,
    ) -> Result<(ChannelId, Option<Secret>)> {
        let tenant = written(scope)?;
        let said = channel_checked(said)?;
        if let Some(id) = id {
            self.alert_channel_in_reach(scope, id).await?;
            self.store.alert_channel_update(id, &said, &self.change(scope)).await?;
            return Ok((id, None));
        }
        let secret = match said.to {
            Recipient::Http { .. } => Some(secret()?),
            Recipient::Email { .. } | Recipient::Sms { .. } => None,
        };
        let change = self.change(scope);
        let id = self.store.alert_channel_add(tenant, &said, secret.as_ref(), change).await?;
        Ok((id, secret))
    }

    /// Another secret, shown this once; the one before is good for a day more. Errors: `NotFound`, `Invalid` (to).
    pub async fn alert_channel_secret_renew(&self, scope: &Scope, id: ChannelId) -> Result<Secret> {
        self.alert_channel_in_reach(scope, id).await?;
        let secret = secret()?;
        self.store.alert_channel_secret_set(id, &secret, &self.change(scope)).await?;
        Ok(secret)
    }

    /// One's own, whatever one's role; by name.
    pub async fn own_channels(&self, scope: &Scope) -> Result<Vec<Channel>> {
        match scope.actor().person {
            Some(person) => Ok(self.store.alert_channels_of(person).await?),
            None => Ok(Vec::new()),
        }
    }

    /// The hours in which one's own channel tells; `None`: always. Errors: `NotFound`, `Invalid` (zone).
    pub async fn own_channel_hours(
        &self,
        scope: &Scope,
        id: ChannelId,
        window: Option<&Window>,
    ) -> Result<()> {
        let person = scope.actor().person.ok_or(ServiceError::NotFound)?;
        if let Some(window) = window {
            zone_checked(window.zone().name())?;
        }
        Ok(self.store.alert_channel_hours_set(id, person, window, &self.change(scope)).await?)
    }

    /// Errors: `NotFound`, `Invalid` (channel_used: by the rules that the message names).
    pub async fn alert_channel_remove(&self, scope: &Scope, id: ChannelId) -> Result<()> {
        self.alert_channel_in_reach(scope, id).await?;
        Ok(self.store.alert_channel_remove(id, &self.change(scope)).await?)
    }

    pub(super) async fn alert_channel_in_reach(&self, scope: &Scope, id: ChannelId) -> Result<Channel> {
        let tenant = written(scope)?;
        let held = self.store.alert_channel(id).await?;
        held.filter(|held| held.tenant == tenant).ok_or(ServiceError::NotFound)
    }
}

fn written(scope: &Scope) -> Result<TenantId> {
    scope_may(scope, Permission::AlertWrite)?;
    entered(scope)
}

/// `whsec_` and base64.
fn secret() -> Result<Secret> {
    let mut octets = [0; SECRET];
    getrandom::fill(&mut octets).map_err(|error| {
        tracing::error!(%error, "the system gives no random numbers");
        ServiceError::Unavailable
    })?;
    Ok(Secret::new(format!("whsec_{}", BASE64_STANDARD.encode(octets))))
}
