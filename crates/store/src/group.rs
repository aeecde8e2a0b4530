//! Groups made, renamed, moved and removed. They nest by their names, so a move is a change of names: of the group and of
//! those nested in it.

use crate::{
    Change, Result, Store, StoreError,
    alert_rule::alert_version_bump,
    audit::{self, Event},
    import::rebook,
    sql::{Columns, Tx, execute, narrow, rows, tx_rows},
    store::first_int,
    tenant::{MOST_NAME, clean_name, group_ensure, version_bump},
};
use opencmp_domain::{
    GroupId, TenantId,
    group::{is_within, nested_name, parent_of},
};
use serde_json::json;

/// A group as operations on groups see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredGroup {
    pub id: GroupId,
    pub name: String,
    pub is_default: bool,
    /// Terminated ones too.
    pub sims: u64,
}

impl Store {
    /// Errors: `Taken`, `Invalid` (group_name), `NotFound` (tenant).
    pub async fn group_create(
        &self,
        tenant: TenantId,
        name: &str,
        change: impl Into<Change>,
    ) -> Result<GroupId> {
        let (name, change) = (clean(name)?, change.into());
        let mut tx = self.begin_inventory().await?;
        let (id, made) = group_ensure(&mut tx, tenant, &name, change.at).await?;
        if !made {
            return Err(StoreError::Taken { what: "group", value: name });
        }
        let event =
            Event { chain: Some(tenant), action: "group.create", subject: &name, before: None, after: None };
        audit::append(&mut tx, &change, event).await?;
        version_bump(&mut tx).await?;
        alert_version_bump(&mut tx).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// By name.
    pub async fn groups_of(&self, tenant: TenantId) -> Result<Vec<StoredGroup>> {
        rows!(self.readers(), GROUPS, [tenant.0] => group)
    }

    /// Gives the group another name, which may be another place; those nested in it go along. Errors: `Taken`,
    /// `Invalid` (group_name, group_parent), `NotFound`.
    pub async fn group_rename(
        &self,
        tenant: TenantId,
        id: GroupId,
        name: &str,
        change: impl Into<Change>,
    ) -> Result<()> {
        let (name, change) = (clean(name)?, change.into());
        let mut tx = self.begin_inventory().await?;
        let mut all = tx_rows!(&mut tx, GROUPS, [tenant.0] => group)?;
        let held = find(&all, id)?.name.clone();
        if held == name {
            return Ok(());
        }
        if is_within(&name, &held) {
            let message = "a group can't be moved into itself or into a group within it".to_owned();
            return Err(StoreError::Invalid { field: "group_parent", message });
        }
        let (mut moving, staying): (Vec<_>, Vec<_>) =
            all.drain(..).partition(|group| is_within(&group.name, &held));
        // Those above first: a name is free before another takes it.
        moving.sort_by_key(|group| group.name.len());
        for group in &moving {
            let rest = group.name.strip_prefix(held.as_str()).unwrap_or_default();
            let wanted = clean(&format!("{name}{rest}"))?;
            if staying.iter().any(|group| group.name == wanted) {
                return Err(StoreError::Taken { what: "group", value: wanted });
            }
            let sql = "UPDATE sim_group SET name = $1 WHERE id = $2";
            execute!(&mut tx, sql, [&wanted, group.id.0])?;
        }
        let before = Some(json!({ "name": held }));
        let after = Some(json!({ "name": name, "groups": moving.len() }));
        let event = Event { chain: Some(tenant), action: "group.rename", subject: &held, before, after };
        audit::append(&mut tx, &change, event).await?;
        version_bump(&mut tx).await?;
        alert_version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// Removes a group; its SIMs, with what is booked, go to the group above it, or to the default group where there is
    /// none, which is what `to` must be: it was shown to whoever confirmed. Errors: `Invalid` (group_default, group_nested,
    /// group_people, group_target), `NotFound`.
    pub async fn group_remove(
        &self,
        tenant: TenantId,
        id: GroupId,
        to: GroupId,
        change: impl Into<Change>,
    ) -> Result<u64> {
        let change = change.into();
        let mut tx = self.begin_inventory().await?;
        let all = tx_rows!(&mut tx, GROUPS, [tenant.0] => group)?;
        let held = find(&all, id)?;
        let refuse = |field, message: &str| Err(StoreError::Invalid { field, message: message.to_owned() });
        if held.is_default {
            return refuse("group_default", "SIMs that name no group are in it: it can't be removed");
        }
        if all.iter().any(|group| group.id != id && is_within(&group.name, &held.name)) {
            return refuse("group_nested", "there are groups within it: move or remove these first");
        }
        let sql = "SELECT COUNT(*) FROM person_group WHERE group_id = $1";
        if tx_rows!(&mut tx, sql, [id.0] => first_int)?.first() != Some(&0) {
            return refuse("group_people", "somebody is limited to it: change that first");
        }
        let Some(above) = above(&all, held).filter(|above| above.id == to) else {
            return refuse("group_target", "the groups were changed meanwhile: look again");
        };
        let version = version_bump(&mut tx).await?;
        let sql = "UPDATE sim SET group_id = $1, changed_version = $2 WHERE group_id = $3";
        let moved = execute!(&mut tx, sql, [to.0, version, id.0])?;
        rebook::run_whole(&mut tx, id, to).await?;
        // No name has an empty part.
        let gone = format!("//{id}");
        let sql = "UPDATE sim_group SET removed_at = $1, name = $2 WHERE id = $3";
        execute!(&mut tx, sql, [change.at.0, &gone, id.0])?;
        let before = Some(json!({ "name": held.name, "sims": moved }));
        let after = (moved > 0).then(|| json!({ "group": above.name }));
        let event = Event { chain: Some(tenant), action: "group.remove", subject: &held.name, before, after };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await?;
        Ok(moved)
    }
}

const GROUPS: &str = "SELECT g.id, g.name, g.is_default, COALESCE(s.sims, 0)
    FROM sim_group g
    LEFT JOIN (SELECT group_id, COUNT(*) AS sims FROM sim WHERE tenant_id = $1 GROUP BY group_id) s ON s.group_id = g.id
    WHERE g.tenant_id = $1 AND g.removed_at IS NULL ORDER BY g.name, g.id";

/// Where a group's SIMs go when it is removed: the nearest group above it, else the default group.
pub fn above<'a>(all: &'a [StoredGroup], of: &StoredGroup) -> Option<&'a StoredGroup> {
    let mut name = of.name.as_str();
    while let Some(parent) = parent_of(name) {
        if let Some(found) = all.iter().find(|group| group.name == parent) {
            return Some(found);
        }
        name = parent;
    }
    all.iter().find(|group| group.is_default && group.id != of.id)
}

fn find(all: &[StoredGroup], id: GroupId) -> Result<&StoredGroup> {
    all.iter().find(|group| group.id == id).ok_or(StoreError::NotFound { what: "the group" })
}

/// The name of a group that is still there.
pub(crate) async fn group_name(tx: &mut Tx, tenant: TenantId, id: GroupId) -> Result<String> {
    let sql = "SELECT name FROM sim_group WHERE id = $1 AND tenant_id = $2 AND removed_at IS NULL";
    let found = tx_rows!(tx, sql, [id.0, tenant.0] => crate::store::first_text)?;
    found.into_iter().next().ok_or(StoreError::NotFound { what: "the group" })
}

fn clean(name: &str) -> Result<String> {
    let invalid = |message: String| StoreError::Invalid { field: "group_name", message };
    let name = nested_name(&clean_name("group_name", name)?).map_err(invalid)?;
    if name.chars().count() > MOST_NAME {
        return Err(invalid(format!("has more than {MOST_NAME} characters")));
    }
    Ok(name)
}

fn group(row: &impl Columns) -> Result<StoredGroup> {
    Ok(StoredGroup {
        id: GroupId(row.int(0)?),
        name: row.text(1)?.to_owned(),
        is_default: row.flag(2)?,
        sims: narrow("sims", row.int(3)?)?,
    })
}
