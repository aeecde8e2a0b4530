//! What people say of SIMs: one by one on their pages, and many at once. A SIM that isn't the tenant's, or is out of reach, is
//! treated as one that isn't there.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    custom::{Values, fields_in, values_of, values_write},
    group::group_name,
    import::{check, rebook},
    inventory::{sim_columns, sim_inventory},
    sql::{Columns, Tx, execute, int_list, rows_once, tx_rows_once, unreadable},
    tenant::{MOST_NAME, clean_text, version_bump},
};
use opencmp_domain::{
    GroupId, SimId, SimSet, TenantId,
    group::{SimSaid, TagEdit},
    sim::SimInventory,
};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;

/// Ids in one statement.
const CHUNK: usize = 5_000;
/// The most characters of a list of SIMs in the audit log: ids of a selection are ranges, as a rule.
const MOST_TOLD: usize = 4_000;

/// Whose SIMs, and which of their groups may be touched; `None`: all.
#[derive(Clone, Copy, Debug)]
pub struct Within<'a> {
    pub tenant: TenantId,
    pub groups: Option<&'a [GroupId]>,
}

impl Within<'_> {
    fn holds(&self, group: GroupId) -> bool {
        self.groups.is_none_or(|groups| groups.contains(&group))
    }
}

impl Store {
    /// Moves SIMs to groups; where they were, and how many were moved. Booked usage goes along. Errors: `NotFound` (a group, or
    /// none of the SIMs).
    pub async fn sims_move(
        &self,
        within: Within<'_>,
        moves: &[(GroupId, SimSet)],
        change: impl Into<Change>,
    ) -> Result<Vec<(GroupId, SimSet)>> {
        let change = change.into();
        let mut tx = self.begin_inventory().await?;
        let (mut done, mut from, mut seen) = (Vec::new(), BTreeMap::<GroupId, Vec<SimId>>::new(), 0);
        let version = version_bump(&mut tx).await?;
        let mut targets = Vec::new();
        for (to, sims) in moves {
            let name = group_name(&mut tx, within.tenant, *to).await?;
            if !within.holds(*to) {
                return Err(StoreError::NotFound { what: "the group" });
            }
            let held = groups_of(&mut tx, within, sims.ids()).await?;
            seen += held.len();
            let moving: Vec<(SimId, GroupId)> = held.into_iter().filter(|(_, group)| group != to).collect();
            for sims in moving.chunks(CHUNK) {
                let sims = int_list(sims.iter().map(|(sim, _)| sim.0));
                let sql = format!("UPDATE sim SET group_id = $1, changed_version = $2 WHERE id IN ({sims})");
                execute!(&mut tx, AssertSqlSafe(sql), [to.0, version])?;
            }
            for (sim, group) in moving {
                from.entry(group).or_default().push(sim);
                done.push(rebook::Move { sim, from: Some(group), to: Some(*to) });
            }
            targets.push(json!({ "group": name, "sims": sims.len() }));
        }
        if seen == 0 {
            return Err(StoreError::NotFound { what: "the SIMs" });
        }
        let from: Vec<(GroupId, SimSet)> =
            from.into_iter().map(|(group, sims)| (group, sims.into_iter().collect())).collect();
        if done.is_empty() {
            return Ok(from);
        }
        rebook::run(&mut tx, &done).await?;
        let mut before = Vec::with_capacity(from.len());
        for (group, sims) in &from {
            before.push(
                json!({ "group": group_name(&mut tx, within.tenant, *group).await?, "sims": told(sims) }),
            );
        }
        let subject = format!("{} SIM", done.len());
        let (before, after) = (Some(Value::from(before)), Some(Value::from(targets)));
        let event =
            Event { chain: Some(within.tenant), action: "sim.move", subject: &subject, before, after };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await?;
        Ok(from)
    }

    /// Gives tags to SIMs and takes tags from them, in this order; what would undo it. A SIM's tags are written once for all SIMs
    /// that end up with the same ones. Errors: `Invalid` (tags), `NotFound` (none of the SIMs).
    pub async fn sims_tag(
        &self,
        within: Within<'_>,
        edits: &[TagEdit],
        change: impl Into<Change>,
    ) -> Result<Vec<TagEdit>> {
        let change = change.into();
        let mut tx = self.begin_inventory().await?;
        let undo = tag_in(&mut tx, within, edits, &change).await?;
        if !undo.is_empty() {
            tx.commit().await?;
        }
        Ok(undo)
    }

    /// What is said of one SIM. Errors: `Invalid` (sim_name, tags, `field:NAME`), `NotFound` (SIM, group).
    pub async fn sim_edit(
        &self,
        within: Within<'_>,
        id: SimId,
        said: &SimSaid,
        change: impl Into<Change>,
    ) -> Result<()> {
        let change = change.into();
        let name = match said.name.trim() {
            "" => None,
            name => Some(clean_text(name, MOST_NAME).map_err(|message| invalid("sim_name", message))?),
        };
        let tags = check::tags(&said.tags).map_err(invalid_tags)?;
        let mut tx = self.begin_inventory().await?;
        let held = inventory_of(&mut tx, within, &[id]).await?.pop();
        let held = held.ok_or(StoreError::NotFound { what: "the SIM" })?;
        let from = held.group.ok_or(StoreError::NotFound { what: "the SIM" })?;
        let to_name = group_name(&mut tx, within.tenant, said.group).await?;
        if !within.holds(said.group) {
            return Err(StoreError::NotFound { what: "the group" });
        }
        let mut values: Values = values_of(&mut tx, vec![id]).await?.remove(&id).unwrap_or_default();
        let (was, mut fields_before, mut fields_after) = (values.clone(), BTreeMap::new(), BTreeMap::new());
        for field in fields_in(&mut tx, within.tenant).await? {
            let Some((_, text)) = said.fields.iter().find(|(id, _)| *id == field.id) else { continue };
            if text.trim().is_empty() {
                if field.said.required {
                    return Err(invalid("field_value", format!("{}: is required", field.said.name)));
                }
                values.remove(&field.id);
            } else if was.get(&field.id) != Some(text) {
                let value = field.said.value(text);
                let value = value
                    .map_err(|message| invalid("field_value", format!("{}: {message}", field.said.name)))?;
                values.insert(field.id, value);
            }
            if was.get(&field.id) != values.get(&field.id) {
                fields_before.insert(field.said.name.clone(), was.get(&field.id).cloned());
                fields_after.insert(field.said.name, values.get(&field.id).cloned());
            }
        }
        let tags_held = serde_json::to_string(&held.tags).map_err(|e| unreadable("tags", e))?;
        if held.name.as_deref() == name && tags == tags_held && from == said.group && values == was {
            return Ok(());
        }
        let version = version_bump(&mut tx).await?;
        let sql = "UPDATE sim SET name = $1, tags = $2, group_id = $3, changed_version = $4 WHERE id = $5";
        execute!(&mut tx, sql, [name, &tags, said.group.0, version, id.0])?;
        if values != was {
            values_write(&mut tx, &[(id, &values)]).await?;
        }
        if from != said.group {
            let moved = rebook::Move { sim: id, from: Some(from), to: Some(said.group) };
            rebook::run(&mut tx, &[moved]).await?;
        }
        let from_name = group_name(&mut tx, within.tenant, from).await?;
        let about =
            |name: Option<&str>, group: &str, tags: Value, fields: &BTreeMap<String, Option<String>>| {
                Some(json!({ "name": name, "group": group, "tags": tags, "fields": fields }))
            };
        let before = about(held.name.as_deref(), &from_name, json!(held.tags), &fields_before);
        let tags = serde_json::from_str(&tags).map_err(|e| unreadable("tags", e))?;
        let after = about(name, &to_name, tags, &fields_after);
        let subject = label(&held);
        let event =
            Event { chain: Some(within.tenant), action: "sim.change", subject: &subject, before, after };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await
    }

    /// Those that are there, in no order.
    pub async fn sims_get(&self, ids: &[SimId]) -> Result<Vec<SimInventory>> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(CHUNK) {
            let list = int_list(ids.iter().map(|id| id.0));
            let sql = format!(concat!("SELECT ", sim_columns!(), " FROM sim WHERE id IN ({})"), list);
            found.extend(rows_once!(self.readers(), AssertSqlSafe(sql), [] => sim_inventory)?);
        }
        Ok(found)
    }
}

/// What [`Store::sims_tag`] does, within a transaction that has the inventory's lock.
pub(crate) async fn tag_in(
    tx: &mut Tx,
    within: Within<'_>,
    edits: &[TagEdit],
    change: &Change,
) -> Result<Vec<TagEdit>> {
    let all: SimSet = edits.iter().flat_map(|edit| edit.sims.ids().iter().copied()).collect();
    let held = tags_of(tx, within, all.ids()).await?;
    if held.is_empty() {
        return Err(StoreError::NotFound { what: "the SIMs" });
    }
    let mut now = held.clone();
    let mut undo = Vec::new();
    for edit in edits {
        let tag = check::tags(std::slice::from_ref(&edit.tag)).map_err(invalid_tags)?;
        let tag: Vec<String> = serde_json::from_str(&tag).map_err(|e| unreadable("tags", e))?;
        let Some(tag) = tag.into_iter().next() else {
            return Err(invalid_tags("a tag must not be empty".to_owned()));
        };
        let mut changed = Vec::new();
        for sim in edit.sims.ids() {
            let Some(tags) = now.get_mut(sim) else { continue };
            match (edit.add, tags.iter().position(|held| *held == tag)) {
                (true, None) => tags.push(tag.clone()),
                (false, Some(at)) => _ = tags.remove(at),
                _ => continue,
            }
            changed.push(*sim);
        }
        undo.push(TagEdit { tag, add: !edit.add, sims: changed.into_iter().collect() });
    }
    undo.reverse();
    undo.retain(|edit| !edit.sims.is_empty());
    let mut by_tags: BTreeMap<&[String], Vec<SimId>> = BTreeMap::new();
    for (sim, tags) in now.iter().filter(|(sim, tags)| held.get(*sim) != Some(*tags)) {
        by_tags.entry(tags).or_default().push(*sim);
    }
    if by_tags.is_empty() {
        return Ok(Vec::new());
    }
    let version = version_bump(tx).await?;
    let mut changed = 0;
    for (tags, mut sims) in by_tags {
        let text = check::tags(tags)
            .map_err(|message| invalid_tags(format!("the tags of {} SIMs {message}", sims.len())))?;
        sims.sort_unstable();
        changed += sims.len();
        for sims in sims.chunks(CHUNK) {
            let sims = int_list(sims.iter().map(|sim| sim.0));
            let sql = format!("UPDATE sim SET tags = $1, changed_version = $2 WHERE id IN ({sims})");
            execute!(&mut *tx, AssertSqlSafe(sql), [&text, version])?;
        }
    }
    let about =
        |undone: &TagEdit| json!({ "tag": undone.tag, "added": !undone.add, "sims": told(&undone.sims) });
    let after = Some(Value::from(undo.iter().rev().map(about).collect::<Vec<_>>()));
    let subject = format!("{changed} SIM");
    let event =
        Event { chain: Some(within.tenant), action: "sim.tag", subject: &subject, before: None, after };
    audit::append(tx, change, event).await?;
    Ok(undo)
}

fn invalid(field: &'static str, message: String) -> StoreError {
    StoreError::Invalid { field, message }
}

fn invalid_tags(message: String) -> StoreError {
    invalid("tags", message)
}

/// What a SIM is called in the audit log.
pub(crate) fn label(sim: &SimInventory) -> String {
    let number = sim.msisdn.map(|number| number.national());
    let others =
        || sim.iccid.map(|iccid| iccid.to_string()).or_else(|| sim.imsi.map(|imsi| imsi.to_string()));
    number.or_else(others).unwrap_or_else(|| format!("#{}", sim.id))
}

/// The set for the audit log.
pub(crate) fn told(sims: &SimSet) -> Value {
    let ids = sims.to_string();
    match ids.get(..MOST_TOLD).filter(|begin| begin.len() < ids.len()) {
        Some(begin) => {
            let whole = begin.rsplit_once(',').map_or(begin, |(whole, _)| whole);
            json!({ "count": sims.len(), "ids": format!("{whole},…") })
        }
        None => json!({ "count": sims.len(), "ids": ids }),
    }
}

async fn groups_of(tx: &mut Tx, within: Within<'_>, ids: &[SimId]) -> Result<Vec<(SimId, GroupId)>> {
    let mut held = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        let list = int_list(ids.iter().map(|id| id.0));
        let sql = format!("SELECT id, group_id FROM sim WHERE tenant_id = $1 AND id IN ({list})");
        held.extend(tx_rows_once!(&mut *tx, AssertSqlSafe(sql), [within.tenant.0] => sim_and_group)?);
    }
    held.retain(|(_, group)| within.holds(*group));
    Ok(held)
}

async fn tags_of(tx: &mut Tx, within: Within<'_>, ids: &[SimId]) -> Result<FxHashMap<SimId, Vec<String>>> {
    let held = inventory_of(tx, within, ids).await?;
    Ok(held.into_iter().map(|sim| (sim.id, sim.tags)).collect())
}

pub(crate) async fn inventory_of(
    tx: &mut Tx,
    within: Within<'_>,
    ids: &[SimId],
) -> Result<Vec<SimInventory>> {
    let mut held = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        let list = int_list(ids.iter().map(|id| id.0));
        let sql = format!(
            concat!("SELECT ", sim_columns!(), " FROM sim WHERE tenant_id = $1 AND id IN ({})"),
            list
        );
        held.extend(tx_rows_once!(&mut *tx, AssertSqlSafe(sql), [within.tenant.0] => sim_inventory)?);
    }
    held.retain(|sim| sim.group.is_some_and(|group| within.holds(group)));
    Ok(held)
}

fn sim_and_group(row: &impl Columns) -> Result<(SimId, GroupId)> {
    Ok((SimId(row.int(0)?), GroupId(row.int(1)?)))
}
