//! Portals that show our pages in frames, and the frames that were let in. What proves somebody is kept as a hash only.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    error::taken,
    people::version_bump,
    sql::{Columns, Tx, execute, rows, tx_rows, unreadable},
    store::{first_int, first_text},
    tenant::{clean_name, one},
};
use opencmp_domain::{
    FrameId, GroupId, PortalId, TenantId, Timestamp,
    portal::{Portal, PortalSaid},
};
use serde_json::{Value, json};

/// A frame that was let in, with its portal as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub id: FrameId,
    pub portal: Portal,
    pub let_in: FrameLetIn,
    pub expires_at: Timestamp,
}

/// A token for a frame, as far as it is kept.
#[derive(Clone, Copy, Debug)]
pub struct FrameToken<'a> {
    /// Its own id.
    pub id: &'a str,
    pub expires_at: Timestamp,
}

/// What a token says of the frame that it lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameLetIn {
    /// Beside the portal's own. `None`: as the portal.
    pub groups: Option<Vec<GroupId>>,
    pub page: String,
    pub parent_origin: String,
    pub lang: String,
    pub theme: String,
}

const SELECT: &str = "SELECT id, tenant_id, name, origins, group_ids, created_at FROM portal";

macro_rules! portals {
    ($pool:expr, $rows:ident, $condition:literal, [$($bind:expr),*]) => {{
        let sql = format!("{SELECT} WHERE removed_at IS NULL {}", $condition);
        $rows!($pool, sqlx::AssertSqlSafe(sql.clone()), [$($bind),*] => portal)
    }};
}

impl Store {
    /// What is said has been checked. Errors: `Taken` (name), `Invalid` (name), `NotFound` (tenant, group).
    pub async fn portal_add(
        &self,
        tenant: TenantId,
        said: &PortalSaid,
        key_hash: &str,
        change: impl Into<Change>,
    ) -> Result<PortalId> {
        let change = change.into();
        let name = clean_name("name", &said.name)?;
        let (origins, groups) = (said.origins.join("\n"), written(said.groups.as_deref())?);
        let mut tx = self.begin().await?;
        groups_are_of(&mut tx, tenant, said).await?;
        let sql = "INSERT INTO portal (tenant_id, name, key_hash, origins, group_ids, created_at)
                   SELECT $1, $2, $3, $4, $5, $6 WHERE EXISTS (SELECT 1 FROM tenant WHERE id = $1)";
        let made =
            execute!(&mut tx, sql, [tenant.0, &name, key_hash, &origins, groups.as_deref(), change.at.0]);
        if made.map_err(taken("name", &name))? == 0 {
            return Err(StoreError::NotFound { what: "the tenant" });
        }
        let sql = "SELECT id FROM portal WHERE key_hash = $1";
        let id = one("the portal", tx_rows!(&mut tx, sql, [key_hash] => first_int)?)?;
        let (action, after) = ("portal.add", Some(told(said)));
        let event = Event { chain: Some(tenant), action, subject: &name, before: None, after };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await?;
        Ok(PortalId(id))
    }

    /// Of one tenant, by name.
    pub async fn portal_list(&self, tenant: TenantId) -> Result<Vec<Portal>> {
        portals!(self.readers(), rows, "AND tenant_id = $1 ORDER BY name, id", [tenant.0])
    }

    pub async fn portal(&self, id: PortalId) -> Result<Option<Portal>> {
        Ok(portals!(self.readers(), rows, "AND id = $1", [id.0])?.into_iter().next())
    }

    /// Whose key has this hash.
    pub async fn portal_by_key(&self, key_hash: &str) -> Result<Option<Portal>> {
        Ok(portals!(self.readers(), rows, "AND key_hash = $1", [key_hash])?.into_iter().next())
    }

    /// Name, origins and groups. Frames of an origin that is no longer among them end. Errors: as `portal_add`.
    pub async fn portal_update(&self, id: PortalId, said: &PortalSaid, change: &Change) -> Result<()> {
        let name = clean_name("name", &said.name)?;
        let (origins, groups) = (said.origins.join("\n"), written(said.groups.as_deref())?);
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        groups_are_of(&mut tx, held.tenant, said).await?;
        let sql = "UPDATE portal SET name = $1, origins = $2, group_ids = $3 WHERE id = $4";
        execute!(&mut tx, sql, [&name, &origins, groups.as_deref(), id.0]).map_err(taken("name", &name))?;
        let framed = "SELECT DISTINCT parent_origin FROM embed_sign_in WHERE portal_id = $1";
        let framed = tx_rows!(&mut tx, framed, [id.0] => first_text)?;
        for origin in framed.iter().filter(|origin| !said.origins.contains(origin)) {
            let sql = "DELETE FROM embed_sign_in WHERE portal_id = $1 AND parent_origin = $2";
            execute!(&mut tx, sql, [id.0, origin])?;
        }
        let (action, before, after) = ("portal.change", Some(told(&held.said)), Some(told(said)));
        let event = Event { chain: Some(held.tenant), action, subject: &held.said.name, before, after };
        audit::append(&mut tx, change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// Another key; the one before is void at once. Frames stay.
    pub async fn portal_key_set(&self, id: PortalId, key_hash: &str, change: &Change) -> Result<()> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        execute!(&mut tx, "UPDATE portal SET key_hash = $1 WHERE id = $2", [key_hash, id.0])?;
        let action = "portal.key";
        let event =
            Event { chain: Some(held.tenant), action, subject: &held.said.name, before: None, after: None };
        audit::append(&mut tx, change, event).await?;
        tx.commit().await
    }

    /// Takes it away for good. Its frames end.
    pub async fn portal_remove(&self, id: PortalId, change: &Change) -> Result<()> {
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        execute!(&mut tx, "UPDATE portal SET removed_at = $1 WHERE id = $2", [change.at.0, id.0])?;
        execute!(&mut tx, "DELETE FROM embed_sign_in WHERE portal_id = $1", [id.0])?;
        let (action, before) = ("portal.remove", Some(told(&held.said)));
        let event = Event { chain: Some(held.tenant), action, subject: &held.said.name, before, after: None };
        audit::append(&mut tx, change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// With what tokens for frames are signed, hex: `offered`, unless there is one already.
    pub async fn embed_key(&self, offered: &str) -> Result<String> {
        let sql = "SELECT embed_key FROM meta WHERE embed_key IS NOT NULL";
        if let Some(held) = rows!(self.readers(), sql, [] => first_text)?.into_iter().next() {
            return Ok(held);
        }
        let mut tx = self.begin().await?;
        execute!(&mut tx, "UPDATE meta SET embed_key = $1 WHERE embed_key IS NULL", [offered])?;
        let held = tx_rows!(&mut tx, sql, [] => first_text)?;
        tx.commit().await?;
        one("meta", held)
    }

    /// Uses up a token and lets its frame in; `hash` is of what the frame proves itself with. False: the token was used.
    /// Errors: `NotFound` (the portal was removed).
    pub async fn frame_let_in(
        &self,
        token: FrameToken<'_>,
        portal: PortalId,
        let_in: &FrameLetIn,
        hash: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool> {
        let groups = written(let_in.groups.as_deref())?;
        let mut tx = self.begin().await?;
        let sql = "INSERT INTO embed_used (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
        if execute!(&mut tx, sql, [token.id, token.expires_at.0])? == 0 {
            return Ok(false);
        }
        held(&mut tx, portal).await?;
        let sql = "INSERT INTO embed_sign_in
                       (hash, portal_id, group_ids, page, parent_origin, lang, theme, began_at, expires_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let FrameLetIn { page, parent_origin, lang, theme, .. } = let_in;
        execute!(
            &mut tx,
            sql,
            [hash, portal.0, groups.as_deref(), page, parent_origin, lang, theme, now.0, expires_at.0]
        )?;
        tx.commit().await?;
        Ok(true)
    }

    /// The frame that proves itself with what has this hash.
    pub async fn frame_find(&self, hash: &str) -> Result<Option<Frame>> {
        let sql = "SELECT p.id, p.tenant_id, p.name, p.origins, p.group_ids, p.created_at,
                       f.id, f.group_ids, f.page, f.parent_origin, f.lang, f.theme, f.expires_at
                   FROM embed_sign_in f JOIN portal p ON p.id = f.portal_id
                   WHERE f.hash = $1 AND p.removed_at IS NULL";
        Ok(rows!(self.readers(), sql, [hash] => frame)?.into_iter().next())
    }
}

async fn held(tx: &mut Tx, id: PortalId) -> Result<Portal> {
    one("the portal", portals!(tx, tx_rows, "AND id = $1", [id.0])?)
}

async fn groups_are_of(tx: &mut Tx, tenant: TenantId, said: &PortalSaid) -> Result<()> {
    for group in said.groups.iter().flatten() {
        crate::group::group_name(tx, tenant, *group).await?;
    }
    Ok(())
}

/// For the audit log: without the key.
fn told(said: &PortalSaid) -> Value {
    json!({ "name": said.name, "origins": said.origins, "groups": said.groups })
}

fn written(groups: Option<&[GroupId]>) -> Result<Option<String>> {
    groups.map(|groups| serde_json::to_string(groups).map_err(|e| unreadable("group_ids", e))).transpose()
}

fn group_ids(text: Option<&str>) -> Result<Option<Vec<GroupId>>> {
    text.map(|text| serde_json::from_str(text).map_err(|e| unreadable("group_ids", e))).transpose()
}

fn portal(row: &impl Columns) -> Result<Portal> {
    Ok(Portal {
        id: PortalId(row.int(0)?),
        tenant: TenantId(row.int(1)?),
        said: PortalSaid {
            name: row.text(2)?.to_owned(),
            origins: row.text(3)?.lines().map(str::to_owned).collect(),
            groups: group_ids(row.opt_text(4)?)?,
        },
        created_at: Timestamp(row.int(5)?),
    })
}

fn frame(row: &impl Columns) -> Result<Frame> {
    Ok(Frame {
        portal: portal(row)?,
        id: FrameId(row.int(6)?),
        let_in: FrameLetIn {
            groups: group_ids(row.opt_text(7)?)?,
            page: row.text(8)?.to_owned(),
            parent_origin: row.text(9)?.to_owned(),
            lang: row.text(10)?.to_owned(),
            theme: row.text(11)?.to_owned(),
        },
        expires_at: Timestamp(row.int(12)?),
    })
}
