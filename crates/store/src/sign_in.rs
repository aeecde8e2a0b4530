//! Browsers in which somebody is signed in. What stands in their cookies is kept as a hash only.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    people::{held, version_bump},
    sql::{Columns, Tx, execute, rows, tx_rows, unreadable},
    store::{first_int, first_text},
    tenant::one,
};
use opencmp_domain::{
    PersonId, SignInId, TenantId, Timestamp,
    people::{Person, SignIn, Stage},
};

/// The most characters of a browser's name that are kept.
const MOST_AGENT: usize = 300;
/// Browsers of a person that are remembered.
const MOST_BROWSERS: i64 = 20;

/// The browser that stays signed in where a person's others are signed out, and the hash of its new token.
#[derive(Clone, Copy, Debug)]
pub struct StaysIn<'a> {
    pub sign_in: SignInId,
    pub hash: &'a str,
}

impl Store {
    /// `hash` is of the token in the cookie.
    pub async fn sign_in_create(
        &self,
        person: PersonId,
        hash: &str,
        stage: Stage,
        expires_at: Timestamp,
        agent: &str,
        change: &Change,
    ) -> Result<SignInId> {
        let agent: String = agent.chars().filter(|c| !c.is_control()).take(MOST_AGENT).collect();
        let address = change.by.address.map(|address| address.to_string()).unwrap_or_default();
        let mut tx = self.begin().await?;
        let sql =
            "INSERT INTO sign_in (hash, person_id, stage, began_at, seen_at, expires_at, address, agent)
                   VALUES ($1, $2, $3, $4, $4, $5, $6, $7) RETURNING id";
        let bind = (person.0, stage.code(), change.at.0, expires_at.0);
        let made =
            tx_rows!(&mut tx, sql, [hash, bind.0, bind.1, bind.2, bind.3, &address, &agent] => first_int)?;
        if stage == Stage::Full {
            let sql = "UPDATE person SET signed_in_at = $1 WHERE id = $2";
            execute!(&mut tx, sql, [change.at.0, person.0])?;
            let held = held(&mut tx, person).await?;
            let action = "person.sign_in";
            let event = Event { chain: held.tenant, action, subject: &held.email, before: None, after: None };
            audit::append(&mut tx, change, event).await?;
        }
        tx.commit().await?;
        Ok(SignInId(one("the sign-in", made)?))
    }

    pub async fn sign_in_find(&self, hash: &str) -> Result<Option<SignIn>> {
        let sql = "SELECT id, person_id, stage, tenant_id, began_at, seen_at, expires_at, address, agent
                   FROM sign_in WHERE hash = $1";
        Ok(rows!(self.readers(), sql, [hash] => sign_in)?.into_iter().next())
    }

    /// Most recently used first; only those that are good.
    pub async fn sign_in_list(&self, person: PersonId, now: Timestamp) -> Result<Vec<SignIn>> {
        let sql = "SELECT id, person_id, stage, tenant_id, began_at, seen_at, expires_at, address, agent
                   FROM sign_in WHERE person_id = $1 AND stage = 'full' AND expires_at > $2
                   ORDER BY seen_at DESC, id DESC";
        rows!(self.readers(), sql, [person.0, now.0] => sign_in)
    }

    /// It was used: at most about once a minute, so that a request doesn't cost a write.
    pub async fn sign_in_seen(&self, id: SignInId, at: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        execute!(&mut tx, "UPDATE sign_in SET seen_at = $1 WHERE id = $2 AND seen_at < $1", [at.0, id.0])?;
        tx.commit().await
    }

    /// The tenant that somebody of the operator's staff looks at from here on. The cookie changes with it.
    pub async fn sign_in_enter(
        &self,
        id: SignInId,
        tenant: Option<TenantId>,
        hash: &str,
        change: &Change,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "SELECT tenant_id FROM sign_in WHERE id = $1";
        let left = one("the sign-in", tx_rows!(&mut tx, sql, [id.0] => opt_int)?)?;
        let sql = "UPDATE sign_in SET tenant_id = $1, hash = $2 WHERE id = $3";
        execute!(&mut tx, sql, [tenant.map(|tenant| tenant.0), hash, id.0])?;
        // Why one tenant is entered is nothing that another's people read.
        let leaving = Change { why: None, ..change.clone() };
        let moves = [(left.map(TenantId), "tenant.leave", &leaving), (tenant, "tenant.enter", change)];
        for (tenant, action, change) in moves {
            let Some(tenant) = tenant else { continue };
            let name = tx_rows!(&mut tx, "SELECT name FROM tenant WHERE id = $1", [tenant.0] => first_text)?;
            let name = name.into_iter().next().ok_or(StoreError::NotFound { what: "the tenant" })?;
            // In the tenant's own chain too: its people see who looked.
            for chain in [Some(tenant), None] {
                let event = Event { chain, action, subject: &name, before: None, after: None };
                audit::append(&mut tx, change, event).await?;
            }
        }
        version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// Signs a browser out. False if there is no such sign-in of this person.
    pub async fn sign_in_end(&self, id: SignInId, person: PersonId, change: &Change) -> Result<bool> {
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM sign_in WHERE id = $1 AND person_id = $2 RETURNING stage";
        let Some(stage) = tx_rows!(&mut tx, sql, [id.0, person.0] => first_text)?.into_iter().next() else {
            return Ok(false);
        };
        if stage == Stage::Full.code() {
            let held = held(&mut tx, person).await?;
            let action = "person.sign_out";
            let event = Event { chain: held.tenant, action, subject: &held.email, before: None, after: None };
            audit::append(&mut tx, change, event).await?;
        }
        version_bump(&mut tx).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Signs out every browser of a person but this one.
    pub async fn sign_in_end_others(&self, keep: SignInId, person: PersonId, change: &Change) -> Result<u64> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, person).await?;
        let ended = others_end(&mut tx, &held, Some(keep), change).await?;
        version_bump(&mut tx).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Where a person is signed in from: these networks are trusted when others try their password.
    pub async fn sign_in_addresses(&self, person: PersonId) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT address FROM sign_in WHERE person_id = $1 AND stage = 'full'";
        rows!(self.readers(), sql, [person.0] => first_text)
    }

    /// Has this person signed in from this browser. `hash` is of what its cookie says.
    pub async fn browser_is_known(&self, person: PersonId, hash: &str) -> Result<bool> {
        let sql = "SELECT seen_at FROM known_browser WHERE person_id = $1 AND hash = $2";
        Ok(!rows!(self.readers(), sql, [person.0, hash] => first_int)?.is_empty())
    }

    /// This person signed in from this browser. So many are remembered, the latest.
    pub async fn browser_keep(&self, person: PersonId, hash: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "INSERT INTO known_browser (person_id, hash, seen_at) VALUES ($1, $2, $3)
                   ON CONFLICT (person_id, hash) DO UPDATE SET seen_at = excluded.seen_at";
        execute!(&mut tx, sql, [person.0, hash, now.0])?;
        let sql = "DELETE FROM known_browser WHERE person_id = $1 AND hash NOT IN (
                       SELECT hash FROM known_browser WHERE person_id = $1 ORDER BY seen_at DESC, hash LIMIT $2)";
        execute!(&mut tx, sql, [person.0, MOST_BROWSERS])?;
        tx.commit().await
    }
}

/// Signs out every browser of a person but this one.
async fn others_end(tx: &mut Tx, held: &Person, keep: Option<SignInId>, change: &Change) -> Result<u64> {
    let keep = keep.map_or(0, |keep| keep.0);
    let sql = "DELETE FROM sign_in WHERE person_id = $1 AND id <> $2";
    let ended = execute!(&mut *tx, sql, [held.id.0, keep])?;
    if ended > 0 {
        let action = "person.sign_out_others";
        let event = Event { chain: held.tenant, action, subject: &held.email, before: None, after: None };
        audit::append(tx, change, event).await?;
    }
    Ok(ended)
}

/// What a person may do, or proves themselves with, has changed: who is signed in by what was before is no longer.
pub(crate) async fn sign_ins_renew(
    tx: &mut Tx,
    held: &Person,
    stays: Option<StaysIn<'_>>,
    change: &Change,
) -> Result<()> {
    others_end(&mut *tx, held, stays.map(|stays| stays.sign_in), change).await?;
    if let Some(StaysIn { sign_in, hash }) = stays {
        let sql = "UPDATE sign_in SET hash = $1 WHERE id = $2 AND person_id = $3";
        execute!(tx, sql, [hash, sign_in.0, held.id.0])?;
    }
    Ok(())
}

fn opt_int(row: &impl Columns) -> Result<Option<i64>> {
    row.opt_int(0)
}

fn sign_in(row: &impl Columns) -> Result<SignIn> {
    let stage = row.text(2)?;
    Ok(SignIn {
        id: SignInId(row.int(0)?),
        person: PersonId(row.int(1)?),
        stage: Stage::parse(stage).ok_or_else(|| unreadable("stage", stage))?,
        entered: row.opt_int(3)?.map(TenantId),
        began_at: Timestamp(row.int(4)?),
        seen_at: Timestamp(row.int(5)?),
        expires_at: Timestamp(row.int(6)?),
        address: row.text(7)?.to_owned(),
        agent: row.text(8)?.to_owned(),
    })
}
