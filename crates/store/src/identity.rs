//! Who somebody at a provider is here, and which browsers are signed in by whose word.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    error::taken,
    people::{held, person_insert, version_bump},
    provider,
    sql::{Columns, Tx, execute, rows, tx_rows},
    store::first_int,
};
use opencmp_domain::{PersonId, ProviderId, SignInId, Timestamp, people::PersonSaid};
use serde_json::json;

/// Somebody at a provider, as its tokens name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    pub provider: ProviderId,
    pub issuer: &'a str,
    /// `sub`
    pub subject: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    pub person: PersonId,
    /// Made by a rule: role, tenant and groups follow the claims at each sign-in.
    pub by_rule: bool,
}

/// By whose word a browser is signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderSignIn {
    pub provider: ProviderId,
    pub issuer: String,
    pub subject: String,
    /// `sid`
    pub session: Option<String>,
    pub id_token: String,
}

impl std::fmt::Debug for ProviderSignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProviderSignIn({}, …)", self.provider)
    }
}

impl Store {
    pub async fn identity_find(&self, subject: Subject<'_>) -> Result<Option<Identity>> {
        let sql = "SELECT person_id, by_rule FROM identity
                   WHERE provider_id = $1 AND issuer = $2 AND subject = $3";
        let bind = (subject.provider.0, subject.issuer, subject.subject);
        Ok(rows!(self.readers(), sql, [bind.0, bind.1, bind.2] => identity)?.into_iter().next())
    }

    /// Somebody who is here already is this one at the provider. Whom its rules made stays theirs. Errors: `Taken` (they
    /// are another there, or the other is another here).
    pub async fn identity_link(&self, subject: Subject<'_>, person: PersonId, change: &Change) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "SELECT COUNT(*) FROM identity WHERE person_id = $1 AND provider_id = $2 AND by_rule";
        let made = tx_rows!(&mut tx, sql, [person.0, subject.provider.0] => first_int)?;
        insert(&mut tx, subject, person, made.first().is_some_and(|made| *made > 0), change).await?;
        let (held, provider) =
            (held(&mut tx, person).await?, provider::held(&mut tx, subject.provider).await?);
        let event = Event {
            chain: held.tenant,
            action: "person.identity",
            subject: &held.email,
            before: None,
            after: Some(json!({ "provider": provider.said.name, "subject": subject.subject })),
        };
        audit::append(&mut tx, change, event).await?;
        tx.commit().await
    }

    /// A rule lets somebody in who wasn't here: their person, who is this one at the provider. Errors: as `person_create`.
    pub async fn identity_create(
        &self,
        subject: Subject<'_>,
        said: &PersonSaid,
        change: &Change,
    ) -> Result<PersonId> {
        let mut tx = self.begin().await?;
        let (id, said) = person_insert(&mut tx, said, change).await?;
        insert(&mut tx, subject, id, true, change).await?;
        let provider = provider::held(&mut tx, subject.provider).await?;
        let mut after = json!(said);
        after["provider"] = provider.said.name.into();
        let event = Event {
            chain: said.tenant,
            action: "person.by_rule",
            subject: &said.email,
            before: None,
            after: Some(after),
        };
        let mut change = change.clone();
        change.by.person = Some(id);
        audit::append(&mut tx, &change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Who somebody is at providers is forgotten, for who got a new account there: the next who comes with their address is
    /// them. Browsers that are signed in by a provider no longer are.
    pub async fn identity_forget(&self, person: PersonId, change: &Change) -> Result<()> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, person).await?;
        execute!(&mut tx, "UPDATE identity SET subject = NULL WHERE person_id = $1", [person.0])?;
        let sql =
            "DELETE FROM sign_in WHERE person_id = $1 AND id IN (SELECT sign_in_id FROM provider_sign_in)";
        execute!(&mut tx, sql, [person.0])?;
        let action = "person.identity_forget";
        let event = Event { chain: held.tenant, action, subject: &held.email, before: None, after: None };
        audit::append(&mut tx, change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// By whose word this browser is signed in.
    pub async fn provider_sign_in_keep(&self, sign_in: SignInId, by: &ProviderSignIn) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "INSERT INTO provider_sign_in (sign_in_id, provider_id, issuer, subject, session, id_token)
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let ProviderSignIn { provider, issuer, subject, session, id_token } = by;
        execute!(&mut tx, sql, [sign_in.0, provider.0, issuer, subject, session.as_deref(), id_token])?;
        tx.commit().await
    }

    pub async fn provider_sign_in(&self, sign_in: SignInId) -> Result<Option<ProviderSignIn>> {
        let sql = "SELECT provider_id, issuer, subject, session, id_token FROM provider_sign_in
                   WHERE sign_in_id = $1";
        Ok(rows!(self.readers(), sql, [sign_in.0] => provider_sign_in)?.into_iter().next())
    }

    /// The provider says that somebody is signed out there: everywhere, or in one session. `hash` is of what makes its
    /// word good once, until `expires_at`. `None`: it was said before. Else how many browsers were signed out.
    pub async fn provider_sign_ins_end(
        &self,
        subject: ProviderLogout<'_>,
        hash: &str,
        expires_at: Timestamp,
        change: &Change,
    ) -> Result<Option<u64>> {
        let ProviderLogout { provider, issuer, subject, session } = subject;
        let mut tx = self.begin().await?;
        let sql = "INSERT INTO provider_logout (provider_id, hash, expires_at) VALUES ($1, $2, $3)
                   ON CONFLICT DO NOTHING";
        if execute!(&mut tx, sql, [provider.0, hash, expires_at.0])? == 0 {
            return Ok(None);
        }
        let sql = "SELECT DISTINCT s.person_id FROM provider_sign_in p JOIN sign_in s ON s.id = p.sign_in_id
                   WHERE p.provider_id = $1 AND p.issuer = $2 AND ($3 = '' OR p.subject = $3)
                     AND ($4 = '' OR p.session = $4)";
        let (subject, session) = (subject.unwrap_or_default(), session.unwrap_or_default());
        let people = tx_rows!(&mut tx, sql, [provider.0, issuer, subject, session] => first_int)?;
        let sql = "DELETE FROM sign_in WHERE id IN (
                       SELECT sign_in_id FROM provider_sign_in
                       WHERE provider_id = $1 AND issuer = $2 AND ($3 = '' OR subject = $3)
                         AND ($4 = '' OR session = $4))";
        let ended = execute!(&mut tx, sql, [provider.0, issuer, subject, session])?;
        for person in people {
            let held = held(&mut tx, PersonId(person)).await?;
            let action = "person.sign_out_provider";
            let event = Event { chain: held.tenant, action, subject: &held.email, before: None, after: None };
            audit::append(&mut tx, change, event).await?;
        }
        version_bump(&mut tx).await?;
        tx.commit().await?;
        Ok(Some(ended))
    }
}

/// Whom a logout from a provider is about: somebody, one of their sessions there, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderLogout<'a> {
    pub provider: ProviderId,
    pub issuer: &'a str,
    pub subject: Option<&'a str>,
    pub session: Option<&'a str>,
}

async fn insert(
    tx: &mut Tx,
    subject: Subject<'_>,
    person: PersonId,
    by_rule: bool,
    change: &Change,
) -> Result<()> {
    if subject.subject.contains('\0') {
        return Err(StoreError::Invalid { field: "sub", message: "has a NUL in it".to_owned() });
    }
    let sql = "INSERT INTO identity (provider_id, issuer, subject, person_id, by_rule, created_at)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (person_id, provider_id, issuer) DO UPDATE SET subject = excluded.subject
               WHERE identity.subject IS NULL";
    let Subject { provider, issuer, subject } = subject;
    let row = execute!(tx, sql, [provider.0, issuer, subject, person.0, by_rule, change.at.0]);
    match row.map_err(taken("identity", subject))? {
        0 => Err(StoreError::Taken { what: "identity", value: subject.to_owned() }),
        _ => Ok(()),
    }
}

fn identity(row: &impl Columns) -> Result<Identity> {
    Ok(Identity { person: PersonId(row.int(0)?), by_rule: row.flag(1)? })
}

fn provider_sign_in(row: &impl Columns) -> Result<ProviderSignIn> {
    Ok(ProviderSignIn {
        provider: ProviderId(row.int(0)?),
        issuer: row.text(1)?.to_owned(),
        subject: row.text(2)?.to_owned(),
        session: row.opt_text(3)?.map(str::to_owned),
        id_token: row.text(4)?.to_owned(),
    })
}
