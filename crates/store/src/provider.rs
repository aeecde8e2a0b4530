//! Providers of OpenID Connect with their secrets, and who was sent to one and isn't back yet.

use crate::{
    Change, Result, Secret, Store, StoreError,
    audit::{self, Event},
    error::taken,
    people::version_bump,
    sql::{Columns, Tx, execute, rows, tx_rows, unreadable},
    store::first_int,
    tenant::{clean_name, one},
};
use opencmp_domain::{
    ProviderId, TenantId, Timestamp,
    provider::{FirstSignIn, Provider, ProviderSaid},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// Somebody on their way to a provider and back.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderRequest {
    pub provider: ProviderId,
    /// SHA-256 of what stands in the cookie of the browser that began.
    pub browser: String,
    pub nonce: String,
    /// RFC 7636
    pub verifier: String,
    /// An address of ours to go on to.
    pub way_on: String,
}

impl std::fmt::Debug for ProviderRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProviderRequest({}, …)", self.provider)
    }
}

const SELECT: &str = "SELECT id, tenant_id, slug, name, issuer, client_id, client_secret IS NOT NULL, scopes, first_sign_in,
                          rules, tenant_claim, trusts_email, second_factor, enabled, created_at FROM provider";

macro_rules! providers {
    ($pool:expr, $rows:ident, $condition:literal, [$($bind:expr),*]) => {{
        let sql = format!("{SELECT} WHERE removed_at IS NULL {}", $condition);
        $rows!($pool, sqlx::AssertSqlSafe(sql.clone()), [$($bind),*] => provider)
    }};
}

impl Store {
    /// What is said has been checked. Errors: `Taken` (slug), `Invalid` (name), `NotFound` (the tenant).
    pub async fn provider_add(
        &self,
        tenant: Option<TenantId>,
        said: &ProviderSaid,
        change: impl Into<Change>,
    ) -> Result<ProviderId> {
        let change = change.into();
        let name = clean_name("name", &said.name)?;
        let secret = said.client_secret.as_deref().filter(|secret| !secret.is_empty());
        let (rules, second_factor) = (written(&said.rules)?, written(&said.second_factor)?);
        let mut tx = self.begin().await?;
        let sql = "INSERT INTO provider (tenant_id, slug, name, issuer, client_id, client_secret, scopes, first_sign_in,
                       rules, tenant_claim, trusts_email, second_factor, enabled, created_at)
                   SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
                   WHERE $1 IS NULL OR EXISTS (SELECT 1 FROM tenant WHERE id = $1)";
        let made = execute!(
            &mut tx,
            sql,
            [
                tenant.map(|tenant| tenant.0),
                &said.slug,
                &name,
                &said.issuer,
                &said.client_id,
                secret,
                &said.scopes,
                said.first_sign_in.code(),
                &rules,
                said.tenant_claim.as_deref(),
                said.trusts_email,
                &second_factor,
                said.enabled,
                change.at.0
            ]
        );
        if made.map_err(taken("short name", &said.slug))? == 0 {
            return Err(StoreError::NotFound { what: "the tenant" });
        }
        let sql = "SELECT id FROM provider WHERE slug = $1 AND removed_at IS NULL";
        let id = one("the provider", tx_rows!(&mut tx, sql, [&said.slug] => first_int)?)?;
        let (action, after) = ("provider.add", Some(told(said)));
        let event = Event { chain: tenant, action, subject: &name, before: None, after };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await?;
        Ok(ProviderId(id))
    }

    /// Of one tenant, or the installation's; by name.
    pub async fn provider_list(&self, tenant: Option<TenantId>) -> Result<Vec<Provider>> {
        let tenant = tenant.map_or(0, |tenant| tenant.0);
        providers!(self.readers(), rows, "AND COALESCE(tenant_id, 0) = $1 ORDER BY name, id", [tenant])
    }

    pub async fn provider(&self, id: ProviderId) -> Result<Option<Provider>> {
        Ok(providers!(self.readers(), rows, "AND id = $1", [id.0])?.into_iter().next())
    }

    pub async fn provider_by_slug(&self, slug: &str) -> Result<Option<Provider>> {
        // Nobody has one; PostgreSQL would refuse it.
        if slug.contains('\0') {
            return Ok(None);
        }
        Ok(providers!(self.readers(), rows, "AND slug = $1", [slug])?.into_iter().next())
    }

    pub async fn provider_secret(&self, id: ProviderId) -> Result<Option<Secret>> {
        let sql = "SELECT client_secret FROM provider WHERE id = $1 AND removed_at IS NULL";
        Ok(rows!(self.readers(), sql, [id.0] => secret)?.into_iter().next().flatten())
    }

    /// Replaces everything that is said of it; whose it is stays. Switched off, whoever is signed in by it is signed out.
    /// Errors: as `provider_add`.
    pub async fn provider_update(&self, id: ProviderId, said: &ProviderSaid, change: &Change) -> Result<()> {
        let name = clean_name("name", &said.name)?;
        let (rules, second_factor) = (written(&said.rules)?, written(&said.second_factor)?);
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        let sql = "UPDATE provider SET slug = $1, name = $2, issuer = $3, client_id = $4, scopes = $5, first_sign_in = $6,
                       rules = $7, tenant_claim = $8, trusts_email = $9, second_factor = $10, enabled = $11
                   WHERE id = $12";
        let row = execute!(
            &mut tx,
            sql,
            [
                &said.slug,
                &name,
                &said.issuer,
                &said.client_id,
                &said.scopes,
                said.first_sign_in.code(),
                &rules,
                said.tenant_claim.as_deref(),
                said.trusts_email,
                &second_factor,
                said.enabled,
                id.0
            ]
        );
        row.map_err(taken("short name", &said.slug))?;
        let mut after = told(said);
        if let Some(secret) = &said.client_secret {
            let secret = Some(secret.as_str()).filter(|secret| !secret.is_empty());
            execute!(&mut tx, "UPDATE provider SET client_secret = $1 WHERE id = $2", [secret, id.0])?;
            after["client_secret"] = "changed".into();
        }
        if !said.enabled {
            sign_ins_end(&mut tx, id).await?;
        }
        let (action, before) = ("provider.change", Some(told(&held.said)));
        let event =
            Event { chain: held.tenant, action, subject: &held.said.name, before, after: Some(after) };
        audit::append(&mut tx, change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// Takes it away for good, with its secret. Whoever is signed in by it is signed out.
    pub async fn provider_remove(&self, id: ProviderId, change: &Change) -> Result<()> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        let sql = "UPDATE provider SET removed_at = $1, client_secret = NULL WHERE id = $2";
        execute!(&mut tx, sql, [change.at.0, id.0])?;
        execute!(&mut tx, "DELETE FROM provider_request WHERE provider_id = $1", [id.0])?;
        sign_ins_end(&mut tx, id).await?;
        let (action, before) = ("provider.remove", Some(told(&held.said)));
        let event = Event { chain: held.tenant, action, subject: &held.said.name, before, after: None };
        audit::append(&mut tx, change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// Keeps who is on their way to a provider, by the hash of the state that comes back with them.
    pub async fn provider_request_keep(
        &self,
        hash: &str,
        request: &ProviderRequest,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "INSERT INTO provider_request (hash, provider_id, browser, nonce, verifier, way_on, created_at, expires_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let ProviderRequest { provider, browser, nonce, verifier, way_on } = request;
        execute!(&mut tx, sql, [hash, provider.0, browser, nonce, verifier, way_on, now.0, expires_at.0])?;
        tx.commit().await
    }

    /// Uses up what was kept. `None`: there is none, it was used, or it is past its time.
    pub async fn provider_request_take(&self, hash: &str, now: Timestamp) -> Result<Option<ProviderRequest>> {
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM provider_request WHERE hash = $1 AND expires_at > $2
                   RETURNING provider_id, browser, nonce, verifier, way_on";
        let taken = tx_rows!(&mut tx, sql, [hash, now.0] => request)?.into_iter().next();
        tx.commit().await?;
        Ok(taken)
    }
}

/// Whoever is signed in by this provider no longer is.
async fn sign_ins_end(tx: &mut Tx, id: ProviderId) -> Result<()> {
    let sql =
        "DELETE FROM sign_in WHERE id IN (SELECT sign_in_id FROM provider_sign_in WHERE provider_id = $1)";
    execute!(tx, sql, [id.0])?;
    Ok(())
}

pub(crate) async fn held(tx: &mut Tx, id: ProviderId) -> Result<Provider> {
    one("the provider", providers!(tx, tx_rows, "AND id = $1", [id.0])?)
}

/// For the audit log: without the secret.
fn told(said: &ProviderSaid) -> Value {
    json!({
        "name": said.name,
        "slug": said.slug,
        "issuer": said.issuer,
        "client_id": said.client_id,
        "scopes": said.scopes,
        "first_sign_in": said.first_sign_in,
        "rules": said.rules,
        "tenant_claim": said.tenant_claim,
        "trusts_email": said.trusts_email,
        "second_factor": said.second_factor,
        "enabled": said.enabled,
    })
}

fn written(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|e| unreadable("provider", e))
}

fn read<T: DeserializeOwned>(column: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| unreadable(column, e))
}

fn secret(row: &impl Columns) -> Result<Option<Secret>> {
    Ok(row.opt_text(0)?.map(Secret::new))
}

fn provider(row: &impl Columns) -> Result<Provider> {
    let first = row.text(8)?;
    Ok(Provider {
        id: ProviderId(row.int(0)?),
        tenant: row.opt_int(1)?.map(TenantId),
        said: ProviderSaid {
            slug: row.text(2)?.to_owned(),
            name: row.text(3)?.to_owned(),
            issuer: row.text(4)?.to_owned(),
            client_id: row.text(5)?.to_owned(),
            client_secret: None,
            scopes: row.text(7)?.to_owned(),
            first_sign_in: FirstSignIn::parse(first).ok_or_else(|| unreadable("first_sign_in", first))?,
            rules: read("rules", row.text(9)?)?,
            tenant_claim: row.opt_text(10)?.map(str::to_owned),
            trusts_email: row.flag(11)?,
            second_factor: read("second_factor", row.text(12)?)?,
            enabled: row.flag(13)?,
        },
        has_secret: row.flag(6)?,
        created_at: Timestamp(row.int(14)?),
    })
}

fn request(row: &impl Columns) -> Result<ProviderRequest> {
    Ok(ProviderRequest {
        provider: ProviderId(row.int(0)?),
        browser: row.text(1)?.to_owned(),
        nonce: row.text(2)?.to_owned(),
        verifier: row.text(3)?.to_owned(),
        way_on: row.text(4)?.to_owned(),
    })
}
