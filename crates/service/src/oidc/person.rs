//! Whose person somebody at a provider is here: known already, invited, or made by a rule.

use super::{
    Failure,
    rules::{self, Assigned, Claims},
    token::Proven,
};
use crate::{
    Service,
    people::{FIRST_ADMIN, Visitor},
};
use opencmp_domain::{
    people::{Person, PersonSaid},
    provider::{FirstSignIn, Provider, Refusal},
};
use opencmp_store::{Change, StoreError, Subject};
use serde_json::Value;

impl Service {
    /// The person that somebody at a provider is here: known already, invited, or made by a rule.
    pub(super) async fn person_of(
        &self,
        visitor: &Visitor,
        provider: &Provider,
        proven: &Proven,
    ) -> Result<Person, Failure> {
        let subject = Subject { provider: provider.id, issuer: &proven.issuer, subject: &proven.subject };
        let gone = || Failure::new(Refusal::NotInvited, "their person is gone");
        let known = match self.store.identity_find(subject).await? {
            Some(known) => known,
            None => {
                self.first_sign_in(visitor, provider, proven, subject).await?;
                self.store.identity_find(subject).await?.ok_or_else(gone)?
            }
        };
        let person = self.store.person(known.person).await?.ok_or_else(gone)?;
        let follows = known.by_rule && provider.said.first_sign_in == FirstSignIn::Rule;
        if !follows || person.disabled_at.is_some() {
            return Ok(person);
        }
        let assigned = self.assigned(provider, &proven.claims)?;
        self.follow(visitor, person, assigned).await
    }

    /// Gives somebody what the provider's rules make of them now. The last operator admin stays one, as by any other way.
    async fn follow(&self, visitor: &Visitor, person: Person, assigned: Assigned) -> Result<Person, Failure> {
        if assigned.tenant != person.tenant {
            return Err(Failure::new(Refusal::NoRole, "by its claims they are in another tenant now"));
        }
        if assigned.role == person.role && assigned.groups == person.groups {
            return Ok(person);
        }
        let said = PersonSaid {
            email: person.email.clone(),
            name: person.name.clone(),
            role: assigned.role,
            tenant: person.tenant,
            groups: assigned.groups,
        };
        let change = Change::new(visitor.actor(Some(person.id)), self.clock.now());
        match self.store.person_update(person.id, &said, None, &change).await {
            Ok(_) => self.callers.forget(),
            Err(StoreError::Invalid { field: "person", message }) => {
                tracing::warn!(person = person.email, role = assigned.role.code(), "{message}");
                return Ok(person);
            }
            Err(error) => return Err(error.into()),
        }
        let gone = || Failure::new(Refusal::NotInvited, "their person is gone");
        self.store.person(person.id).await?.ok_or_else(gone)
    }

    /// Finds or makes the person of somebody who has never come from there.
    async fn first_sign_in(
        &self,
        visitor: &Visitor,
        provider: &Provider,
        proven: &Proven,
        subject: Subject<'_>,
    ) -> Result<(), Failure> {
        let claims = &proven.claims;
        let email = verified_email(provider, claims)
            .ok_or_else(|| Failure::new(Refusal::NoEmail, "there is no verified e-mail address"))?;
        let now = self.clock.now();
        let by_rule = provider.said.first_sign_in == FirstSignIn::Rule;
        match self.store.person_by_email(&email).await? {
            Some(held) if in_reach(provider, &held) && held.disabled_at.is_some() => {
                return Err(Failure::new(Refusal::ShutOut, "they are shut out"));
            }
            Some(held) if in_reach(provider, &held) => {
                let change = Change::new(visitor.actor(Some(held.id)), now);
                self.store.identity_link(subject, held.id, &change).await.map_err(taken)?;
            }
            Some(_) if by_rule => return Err(Failure::new(Refusal::EmailTaken, "the address is another's")),
            None if by_rule => {
                let Assigned { role, tenant, groups } = self.assigned(provider, claims)?;
                let name = name_of(claims).unwrap_or_else(|| email.clone());
                let said = PersonSaid { email, name, role, tenant, groups };
                let change = Change::new(visitor.actor(None), now);
                self.store.identity_create(subject, &said, &change).await.map_err(taken)?;
            }
            _ => return Err(Failure::new(Refusal::NotInvited, "nobody invited them")),
        }
        self.callers.forget();
        Ok(())
    }

    fn assigned(&self, provider: &Provider, claims: &Claims) -> Result<Assigned, Failure> {
        let tenants = self.directory.tenants(&opencmp_domain::Scope::operator());
        let named = |name: &str| tenants.iter().find(|tenant| tenant.name == name).map(|tenant| tenant.id);
        rules::assigned(provider, claims, named)
            .ok_or_else(|| Failure::new(Refusal::NoRole, "no rule gives them a role"))
    }
}

/// The invitation is for this provider's people: a tenant's provider says nothing of anybody else. The first administrator
/// has no address that a provider could know.
fn in_reach(provider: &Provider, person: &Person) -> bool {
    person.email != FIRST_ADMIN && provider.tenant.is_none_or(|tenant| person.tenant == Some(tenant))
}

fn taken(error: StoreError) -> Failure {
    match error {
        StoreError::Taken { .. } => Failure::new(Refusal::EmailTaken, "the e-mail address is another's"),
        StoreError::Invalid { field: "email", .. } => {
            Failure::new(Refusal::NoEmail, "the e-mail address can't be one")
        }
        error => error.into(),
    }
}

fn verified_email(provider: &Provider, claims: &Claims) -> Option<String> {
    let email = claims.get("email")?.as_str()?.trim().to_lowercase();
    let verified = match claims.get("email_verified") {
        Some(Value::Bool(verified)) => *verified,
        // As some providers write it.
        Some(Value::String(text)) => text == "true",
        Some(_) => false,
        None => provider.said.trusts_email,
    };
    (verified && !email.is_empty()).then_some(email)
}

/// Something that a person can be called.
fn name_of(claims: &Claims) -> Option<String> {
    let said = |name: &str| claims.get(name)?.as_str().map(str::to_owned);
    let name = said("name").or_else(|| said("preferred_username"))?;
    let name: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
    (!name.trim().is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Clock, Directory, GatewayFeed, NetworkFeed, PlayBack};
    use opencmp_domain::{
        NasId, Role, Timestamp,
        alert::backtest::Backtest,
        operator::{IngestStatus, RateSample, StrangerStatus},
    };
    use opencmp_store::{Store, StoreOptions};
    use std::sync::Arc;

    /// A network that nothing is heard of.
    struct Silent;

    impl NetworkFeed for Silent {
        fn status(&self) -> IngestStatus {
            IngestStatus::default()
        }

        fn rate(&self) -> Vec<RateSample> {
            Vec::new()
        }

        fn gateway(&self, _: NasId) -> GatewayFeed {
            GatewayFeed::default()
        }

        fn strangers(&self) -> Vec<StrangerStatus> {
            Vec::new()
        }

        fn applied_until(&self) -> Timestamp {
            Timestamp(0)
        }

        fn flushed_until(&self) -> Timestamp {
            Timestamp(0)
        }

        fn alerts_written(&self) -> u64 {
            0
        }

        fn play_back(&self, _: PlayBack<'_>) -> crate::Result<Option<Backtest>> {
            Ok(None)
        }
    }

    #[tokio::test]
    async fn claims_leave_an_operator_an_admin() {
        let database = opencmp_testkit::sqlite_database().unwrap();
        let store = Store::open(&database.url, StoreOptions::default()).await.unwrap();
        let now = Timestamp(0);
        let admin = async |email: &str| {
            let (email, role) = (email.to_owned(), Role::OperatorAdmin);
            let said = PersonSaid { name: email.clone(), email, role, tenant: None, groups: None };
            let id = store.person_create(&said, now).await.unwrap();
            store.person(id).await.unwrap().unwrap()
        };
        let (one, other) = (admin("one@operator.example").await, admin("other@operator.example").await);
        let service =
            Service::new(store.clone(), Arc::new(Directory::default()), Clock::system(), Arc::new(Silent));
        let support = || Assigned { role: Role::OperatorSupport, tenant: None, groups: None };
        let visitor = Visitor::default();
        let one = service.follow(&visitor, one, support()).await.unwrap();
        assert_eq!(one.role, Role::OperatorSupport);
        let other = service.follow(&visitor, other, support()).await.unwrap();
        assert_eq!(other.role, Role::OperatorAdmin, "the last stays one");
        assert_eq!(store.operator_admins(None).await.unwrap(), 1);
        store.close().await;
    }
}
