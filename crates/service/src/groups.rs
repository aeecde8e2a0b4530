//! Groups, the tenant's custom fields, and what people say of SIMs. All of it is a tenant's: the operator's staff enter one first.
//!
//! Who is limited to groups sees these and what is nested in them, and changes nothing outside: a group of theirs is renamed,
//! moved or removed only where the group above it is theirs too.

use crate::{
    Result, Service, ServiceError,
    people::{entered, scope_may},
};
use opencmp_domain::{
    FieldId, GroupId, Scope, SimId, SimSet, TenantId,
    custom::{CustomField, FieldSaid},
    dashboard::FleetCounts,
    group::{BulkDone, GroupLine, SimChoice, SimSaid, TagEdit, Undo, is_within, parent_of},
    role::Permission,
};
use opencmp_store::{StoredGroup, Within, group::above};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

/// SIMs whose new state is shown at once; that of more comes by itself, within a second or so.
const MOST_SHOWN_AT_ONCE: usize = 20_000;
/// Tags in one operation.
const MOST_TAGS: usize = 20;

impl Service {
    /// The tenant's groups by name; those in reach.
    pub async fn group_lines(&self, scope: &Scope) -> Result<Vec<GroupLine>> {
        scope_may(scope, Permission::FleetRead)?;
        let tenant = entered(scope)?;
        let stored = self.store.groups_of(tenant).await?;
        let writes = scope.may(Permission::GroupWrite);
        let in_reach = |id: GroupId| scope.allows(Some(tenant), Some(id));
        let line = |group: &StoredGroup| {
            let counts: FleetCounts = self.directory.counts(scope, Some(group.id));
            let above = above(&stored, group).filter(|above| in_reach(above.id));
            let top = scope.groups().is_none() || parent_in_reach(&stored, scope, tenant, &group.name);
            GroupLine {
                id: group.id,
                tenant,
                name: group.name.clone(),
                is_default: group.is_default,
                sims: counts.all,
                connected: counts.connected,
                own: group.sims,
                above: above.map(|above| above.id),
                may_change: writes && top,
            }
        };
        Ok(stored.iter().filter(|group| in_reach(group.id)).map(line).collect())
    }

    /// Errors: `Taken`, `Invalid` (group_name, group_parent).
    pub async fn group_create(&self, scope: &Scope, name: &str) -> Result<GroupId> {
        scope_may(scope, Permission::GroupWrite)?;
        let tenant = entered(scope)?;
        self.placed_in_reach(scope, tenant, name).await?;
        let id = self.store.group_create(tenant, name, self.change(scope)).await?;
        self.names_refresh().await?;
        Ok(id)
    }

    /// Another name, which may be another place: groups nest by their names. Errors: `NotFound`, `Taken`, `Invalid` (group_name,
    /// group_parent).
    pub async fn group_rename(&self, scope: &Scope, id: GroupId, name: &str) -> Result<()> {
        let (tenant, held) = self.group_to_change(scope, id).await?;
        self.placed_in_reach(scope, tenant, name).await?;
        self.placed_in_reach(scope, tenant, &held.name).await?;
        self.store.group_rename(tenant, id, name, self.change(scope)).await?;
        self.names_refresh().await
    }

    /// Removes a group; its SIMs go to the group above it, else to the default one: to `to`, as it was confirmed. Answers how
    /// many. Errors: `NotFound`, `Invalid` (group_parent, group_default, group_nested, group_people, group_target).
    pub async fn group_remove(&self, scope: &Scope, id: GroupId, to: GroupId) -> Result<u64> {
        let (tenant, held) = self.group_to_change(scope, id).await?;
        self.placed_in_reach(scope, tenant, &held.name).await?;
        let moved = self.store.group_remove(tenant, id, to, self.change(scope)).await?;
        self.names_refresh().await?;
        Ok(moved)
    }

    async fn group_to_change(&self, scope: &Scope, id: GroupId) -> Result<(TenantId, StoredGroup)> {
        scope_may(scope, Permission::GroupWrite)?;
        let tenant = entered(scope)?;
        let all = self.store.groups_of(tenant).await?;
        let held = all.into_iter().find(|group| group.id == id && scope.allows(Some(tenant), Some(id)));
        Ok((tenant, held.ok_or(ServiceError::NotFound)?))
    }

    /// Who is limited to groups puts groups below these only.
    async fn placed_in_reach(&self, scope: &Scope, tenant: TenantId, name: &str) -> Result<()> {
        if scope.groups().is_none() {
            return Ok(());
        }
        let name: Vec<&str> = name.split('/').map(str::trim).collect();
        let all = self.store.groups_of(tenant).await?;
        if parent_in_reach(&all, scope, tenant, &name.join("/")) {
            return Ok(());
        }
        let message = "choose one of your own groups as the one above it".to_owned();
        Err(ServiceError::Invalid { field: "group_parent", message })
    }

    /// Moves SIMs to a group. Errors: `NotFound`, `Invalid` (sims).
    pub async fn sims_move(&self, scope: &Scope, choice: &SimChoice, to: GroupId) -> Result<BulkDone> {
        scope_may(scope, Permission::SimWrite)?;
        let tenant = entered(scope)?;
        let sims = self.chosen(scope, choice).await?;
        self.moved(scope, tenant, &[(to, sims)]).await
    }

    /// Gives and takes tags. Errors: `NotFound`, `Invalid` (sims, tags).
    pub async fn sims_tag(
        &self,
        scope: &Scope,
        choice: &SimChoice,
        add: &[String],
        remove: &[String],
    ) -> Result<BulkDone> {
        scope_may(scope, Permission::SimWrite)?;
        let tenant = entered(scope)?;
        if add.len() + remove.len() > MOST_TAGS || add.is_empty() && remove.is_empty() {
            let message = format!("name 1 to {MOST_TAGS} tags");
            return Err(ServiceError::Invalid { field: "tags", message });
        }
        let sims = self.chosen(scope, choice).await?;
        let edit = |tag: &String, add| TagEdit { tag: tag.clone(), add, sims: sims.clone() };
        let removed = remove.iter().map(|tag| edit(tag, false));
        let edits: Vec<TagEdit> = removed.chain(add.iter().map(|tag| edit(tag, true))).collect();
        self.tagged(scope, tenant, &edits).await
    }

    /// Puts back what an operation on many SIMs changed.
    pub async fn sims_undo(&self, scope: &Scope, undo: &Undo) -> Result<BulkDone> {
        scope_may(scope, Permission::SimWrite)?;
        let tenant = entered(scope)?;
        let named = match undo {
            Undo::Move(moves) => moves.iter().map(|(_, sims)| sims.len()).sum::<usize>(),
            Undo::Tags(edits) => edits.iter().map(|edit| edit.sims.len()).sum::<usize>() / edits.len().max(1),
        };
        if named > SimSet::MOST {
            return Err(too_many(named));
        }
        match undo {
            Undo::Move(moves) => self.moved(scope, tenant, moves).await,
            Undo::Tags(edits) => self.tagged(scope, tenant, edits).await,
        }
    }

    async fn moved(&self, scope: &Scope, tenant: TenantId, moves: &[(GroupId, SimSet)]) -> Result<BulkDone> {
        let within = Within { tenant, groups: scope.groups() };
        let from = self.store.sims_move(within, moves, self.change(scope)).await?;
        self.show(from.iter().flat_map(|(_, sims)| sims.ids().iter().copied())).await?;
        Ok(BulkDone { changed: from.iter().map(|(_, sims)| sims.len() as u64).sum(), undo: Undo::Move(from) })
    }

    async fn tagged(&self, scope: &Scope, tenant: TenantId, edits: &[TagEdit]) -> Result<BulkDone> {
        let within = Within { tenant, groups: scope.groups() };
        let undo = self.store.sims_tag(within, edits, self.change(scope)).await?;
        let changed: BTreeSet<SimId> = undo.iter().flat_map(|edit| edit.sims.ids().iter().copied()).collect();
        self.show(changed.iter().copied()).await?;
        Ok(BulkDone { changed: changed.len() as u64, undo: Undo::Tags(undo) })
    }

    /// What is said of one SIM. Errors: `NotFound`, `Invalid` (sim_name, tags, field_value).
    pub async fn sim_edit(&self, scope: &Scope, id: SimId, said: &SimSaid) -> Result<()> {
        scope_may(scope, Permission::SimWrite)?;
        let within = Within { tenant: entered(scope)?, groups: scope.groups() };
        self.store.sim_edit(within, id, said, self.change(scope)).await?;
        self.show([id]).await
    }

    async fn chosen(&self, scope: &Scope, choice: &SimChoice) -> Result<SimSet> {
        let sims: SimSet = match choice {
            SimChoice::These(sims) => sims.clone(),
            SimChoice::Matching(query) => self.sim_matching(scope, query).await?.into_iter().collect(),
        };
        match sims.len() {
            0 => Err(ServiceError::NotFound),
            many if many > SimSet::MOST => Err(too_many(many)),
            _ => Ok(sims),
        }
    }

    /// Lists show at once what was changed here; other processes and the applier follow by the inventory's version.
    pub(crate) async fn show(&self, sims: impl IntoIterator<Item = SimId>) -> Result<()> {
        let sims: Vec<SimId> = sims.into_iter().collect();
        if sims.len() <= MOST_SHOWN_AT_ONCE {
            self.directory.inventory_upsert(&self.store.sims_get(&sims).await?);
        }
        Ok(())
    }

    /// The tenant's fields, in its order.
    pub async fn custom_fields(&self, scope: &Scope) -> Result<Vec<CustomField>> {
        scope_may(scope, Permission::FleetRead)?;
        Ok(self.store.custom_fields(entered(scope)?).await?)
    }

    /// Errors: `NotFound`, `Taken`, `Invalid` (field_name, field_choices, field_count).
    pub async fn custom_field_save(
        &self,
        scope: &Scope,
        id: Option<FieldId>,
        said: &FieldSaid,
    ) -> Result<FieldId> {
        scope_may(scope, Permission::FieldWrite)?;
        Ok(self.store.custom_field_save(entered(scope)?, id, said, self.change(scope)).await?)
    }

    pub async fn custom_field_remove(&self, scope: &Scope, id: FieldId) -> Result<()> {
        scope_may(scope, Permission::FieldWrite)?;
        Ok(self.store.custom_field_remove(entered(scope)?, id, self.change(scope)).await?)
    }

    pub async fn custom_fields_order(&self, scope: &Scope, order: &[FieldId]) -> Result<()> {
        scope_may(scope, Permission::FieldWrite)?;
        Ok(self.store.custom_fields_order(entered(scope)?, order, self.change(scope)).await?)
    }

    /// What many SIMs have in them, of those in scope.
    pub async fn sims_fields(
        &self,
        scope: &Scope,
        sims: &[SimId],
    ) -> Result<FxHashMap<SimId, BTreeMap<FieldId, String>>> {
        scope_may(scope, Permission::FleetRead)?;
        let mut sims = sims.to_vec();
        sims.retain(|sim| self.directory.tenant_of(scope, *sim).is_some());
        Ok(self.store.sims_custom(&sims).await?)
    }

    /// The fields of the SIM's tenant, each with what the SIM has in it.
    pub async fn sim_fields(&self, scope: &Scope, id: SimId) -> Result<Vec<(CustomField, Option<String>)>> {
        let tenant = self.directory.tenant_of(scope, id).ok_or(ServiceError::NotFound)?;
        let Some(tenant) = tenant else { return Ok(Vec::new()) };
        let fields = self.store.custom_fields(tenant).await?;
        if fields.is_empty() {
            return Ok(Vec::new());
        }
        let mut values = self.store.sim_custom(id).await?;
        let with_value = |field: CustomField| {
            let value = values.remove(&field.id);
            (field, value)
        };
        Ok(fields.into_iter().map(with_value).collect())
    }
}

fn too_many(many: usize) -> ServiceError {
    let message = format!("{many} SIMs are chosen; at most {} can be changed at once", SimSet::MOST);
    ServiceError::Invalid { field: "sims", message }
}

/// Whether a group stands above this name that is in reach.
fn parent_in_reach(all: &[StoredGroup], scope: &Scope, tenant: TenantId, name: &str) -> bool {
    let mine = |group: &&StoredGroup| scope.allows(Some(tenant), Some(group.id));
    parent_of(name).is_some_and(|parent| all.iter().filter(mine).any(|group| is_within(parent, &group.name)))
}
