//! Saved views of the SIM list, and pasted lists of numbers. A tenant's own; `None` is the operator. A view is a person's or
//! everyone's within it.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    sql::{Columns, Tx, rows, tx_rows, unreadable},
    store::first_text,
    tenant::{clean_name, one},
};
use opencmp_domain::{PersonId, TenantId, Timestamp, ViewId, query::SavedView};
use serde_json::{Value, json};

/// The most octets that the query of a saved view may have.
const MOST_QUERY: usize = 4096;

impl Store {
    /// A person's own and those that are shared, by name.
    pub async fn view_list(
        &self,
        tenant: Option<TenantId>,
        person: Option<PersonId>,
    ) -> Result<Vec<SavedView>> {
        let sql = "SELECT id, name, person_id IS NULL, query FROM saved_view
                   WHERE COALESCE(tenant_id, 0) = $1 AND (person_id IS NULL OR person_id = $2) ORDER BY name, id";
        rows!(self.readers(), sql, [owner(tenant), person.map(|person| person.0)] => view)
    }

    /// `person`: whose it is; `None`: everyone's in the tenant. A view of theirs of the same name is replaced; who shares one
    /// doesn't keep it for themselves beside. Errors: `Invalid` (name, query).
    pub async fn view_save(
        &self,
        tenant: Option<TenantId>,
        person: Option<PersonId>,
        name: &str,
        query: &str,
        change: impl Into<Change>,
    ) -> Result<ViewId> {
        let (name, change) = (clean_name("name", name)?, change.into());
        if query.len() > MOST_QUERY || query.chars().any(char::is_control) {
            let message = format!("a query string has at most {MOST_QUERY} octets and no control characters");
            return Err(StoreError::Invalid { field: "query", message });
        }
        let mut tx = self.begin().await?;
        if let (None, Some(own)) = (person, change.by.person) {
            let sql =
                "DELETE FROM saved_view WHERE COALESCE(tenant_id, 0) = $1 AND person_id = $2 AND name = $3
                       RETURNING id, name, person_id IS NULL, query";
            for own in tx_rows!(&mut tx, sql, [owner(tenant), own.0, &name] => view)? {
                audit::append(&mut tx, &change, deleted(tenant, &own)).await?;
            }
        }
        let of = person.map_or(0, |person| person.0);
        let sql = "SELECT id, name, person_id IS NULL, query FROM saved_view
                   WHERE COALESCE(tenant_id, 0) = $1 AND COALESCE(person_id, 0) = $2 AND name = $3";
        let held = tx_rows!(&mut tx, sql, [owner(tenant), of, &name] => view)?;
        let sql = "INSERT INTO saved_view (tenant_id, person_id, name, query, created_at) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT ((COALESCE(tenant_id, 0)), (COALESCE(person_id, 0)), name)
                   DO UPDATE SET query = excluded.query
                   RETURNING id, name, person_id IS NULL, query";
        let ids = (tenant.map(|tenant| tenant.0), person.map(|person| person.0));
        let saved = tx_rows!(&mut tx, sql, [ids.0, ids.1, &name, query, change.at.0] => view)?;
        let saved = one("the view", saved)?;
        let before = held.first().map(said);
        let after = Some(said(&saved));
        let event = Event { chain: tenant, action: "view.save", subject: &name, before, after };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await?;
        Ok(saved.id)
    }

    /// False if there is no such view that is theirs or shared.
    pub async fn view_delete(
        &self,
        tenant: Option<TenantId>,
        person: Option<PersonId>,
        view: ViewId,
        change: impl Into<Change>,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM saved_view WHERE id = $1 AND COALESCE(tenant_id, 0) = $2
                       AND (person_id IS NULL OR person_id = $3)
                   RETURNING id, name, person_id IS NULL, query";
        let person = person.map(|person| person.0);
        let gone = tx_rows!(&mut tx, sql, [view.0, owner(tenant), person] => self::view)?;
        let Some(gone) = gone.first() else { return Ok(false) };
        audit::append(&mut tx, &change.into(), deleted(tenant, gone)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Keeps the lines of a pasted list; the id can't be guessed.
    pub async fn number_list_save(
        &self,
        tenant: Option<TenantId>,
        lines: &[String],
        now: Timestamp,
    ) -> Result<String> {
        // A NUL, which PostgreSQL can't keep, is escaped in JSON.
        let lines = serde_json::to_string(lines).map_err(|e| unreadable("lines", e))?;
        let mut tx = self.begin().await?;
        let sql = match tx {
            Tx::Sqlite(..) => {
                "INSERT INTO number_list (id, tenant_id, lines, created_at)
                 VALUES (lower(hex(randomblob(12))), $1, $2, $3) RETURNING id"
            }
            Tx::Postgres(_) => {
                "INSERT INTO number_list (id, tenant_id, lines, created_at)
                 VALUES (replace(gen_random_uuid()::text, '-', ''), $1, $2, $3) RETURNING id"
            }
        };
        let saved = tx_rows!(&mut tx, sql, [tenant.map(|tenant| tenant.0), &lines, now.0] => first_text)?;
        tx.commit().await?;
        one("the list", saved)
    }

    /// `None` if the tenant has no such list.
    pub async fn number_list_load(&self, tenant: Option<TenantId>, id: &str) -> Result<Option<Vec<String>>> {
        // No id that was ever given out has one; PostgreSQL would refuse it.
        if id.contains('\0') {
            return Ok(None);
        }
        let sql = "SELECT lines FROM number_list WHERE id = $1 AND COALESCE(tenant_id, 0) = $2";
        let found = rows!(self.readers(), sql, [id, owner(tenant)] => first_text)?;
        let lines = found.first().map(|lines| serde_json::from_str(lines)).transpose();
        lines.map_err(|e| unreadable("lines", e))
    }
}

/// As the unique index has it: ids begin with 1.
fn owner(tenant: Option<TenantId>) -> i64 {
    tenant.map_or(0, |tenant| tenant.0)
}

/// What the audit log says of a view.
fn said(view: &SavedView) -> Value {
    json!({ "shared": view.shared, "query": view.query })
}

fn deleted(tenant: Option<TenantId>, view: &SavedView) -> Event<'_> {
    let before = Some(said(view));
    Event { chain: tenant, action: "view.delete", subject: &view.name, before, after: None }
}

fn view(row: &impl Columns) -> Result<SavedView> {
    Ok(SavedView {
        id: ViewId(row.int(0)?),
        name: row.text(1)?.to_owned(),
        shared: row.flag(2)?,
        query: row.text(3)?.to_owned(),
    })
}
