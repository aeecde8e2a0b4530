//! Saved views of the SIM list, and pasted lists of numbers. A tenant's own; `None` is the operator.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    sql::{Columns, Tx, rows, tx_rows, unreadable},
    store::{first_int, first_text},
    tenant::{clean_name, one},
};
use opencmp_domain::{TenantId, Timestamp, ViewId, query::SavedView};
use serde_json::json;

/// The most octets that the query of a saved view may have.
const MOST_QUERY: usize = 4096;

impl Store {
    /// By name.
    pub async fn view_list(&self, tenant: Option<TenantId>) -> Result<Vec<SavedView>> {
        let sql = "SELECT id, name, shared, query FROM saved_view WHERE COALESCE(tenant_id, 0) = $1 ORDER BY name, id";
        rows!(self.readers(), sql, [owner(tenant)] => view)
    }

    /// A view of the same name is replaced. Errors: `Invalid` (name, query).
    pub async fn view_save(
        &self,
        tenant: Option<TenantId>,
        name: &str,
        shared: bool,
        query: &str,
        change: impl Into<Change>,
    ) -> Result<ViewId> {
        let (name, change) = (clean_name("name", name)?, change.into());
        if query.len() > MOST_QUERY || query.chars().any(char::is_control) {
            let message = format!("a query string has at most {MOST_QUERY} octets and no control characters");
            return Err(StoreError::Invalid { field: "query", message });
        }
        let mut tx = self.begin().await?;
        let sql =
            "INSERT INTO saved_view (tenant_id, name, shared, query, created_at) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT ((COALESCE(tenant_id, 0)), name)
                   DO UPDATE SET shared = excluded.shared, query = excluded.query
                   RETURNING id";
        let id = tenant.map(|tenant| tenant.0);
        let saved = tx_rows!(&mut tx, sql, [id, &name, shared, query, change.at.0] => first_int)?;
        let after = Some(json!({ "shared": shared, "query": query }));
        let event = Event { chain: tenant, action: "view.save", subject: &name, before: None, after };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await?;
        Ok(ViewId(one("the view", saved)?))
    }

    /// False if the tenant has no such view.
    pub async fn view_delete(
        &self,
        tenant: Option<TenantId>,
        view: ViewId,
        change: impl Into<Change>,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM saved_view WHERE id = $1 AND COALESCE(tenant_id, 0) = $2 RETURNING name";
        let deleted = tx_rows!(&mut tx, sql, [view.0, owner(tenant)] => first_text)?;
        let Some(name) = deleted.first() else { return Ok(false) };
        let event = Event { chain: tenant, action: "view.delete", subject: name, before: None, after: None };
        audit::append(&mut tx, &change.into(), event).await?;
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

fn view(row: &impl Columns) -> Result<SavedView> {
    Ok(SavedView {
        id: ViewId(row.int(0)?),
        name: row.text(1)?.to_owned(),
        shared: row.flag(2)?,
        query: row.text(3)?.to_owned(),
    })
}
