//! Server functions of groups, custom fields, and what people say of SIMs.

use super::ApiError;
#[cfg(feature = "ssr")]
use crate::request::{backend, backend_because};
use leptos::{prelude::*, server_fn::codec::Json};
use opencmp_domain::{
    FieldId, GroupId, Reason, SimId,
    custom::{CustomField, FieldSaid},
    group::{BulkDone, GroupLine, SimChoice, SimSaid, Undo},
};
use serde::{Deserialize, Serialize};

/// What the page of groups shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupsPage {
    pub groups: Vec<GroupLine>,
    pub fields: Vec<CustomField>,
    /// Groups may be put at the top by who asks.
    pub top: bool,
}

#[server(name = GroupsPageFn, prefix = "/fn", endpoint = "groups_page", input = Json)]
pub async fn groups_page() -> Result<GroupsPage, ApiError> {
    let (service, scope) = backend()?;
    let (groups, fields) = (service.group_lines(&scope).await?, service.custom_fields(&scope).await?);
    Ok(GroupsPage { groups, fields, top: scope.groups().is_none() })
}

#[server(name = GroupCreateFn, prefix = "/fn", endpoint = "group_create", input = Json)]
pub async fn group_create(name: String) -> Result<GroupId, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.group_create(&scope, &name).await?)
}

/// Another name, which may be another place.
#[server(name = GroupRenameFn, prefix = "/fn", endpoint = "group_rename", input = Json)]
pub async fn group_rename(id: GroupId, name: String) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    Ok(service.group_rename(&scope, id, &name).await?)
}

/// Its SIMs go to `to`; answers how many.
#[server(name = GroupRemoveFn, prefix = "/fn", endpoint = "group_remove", input = Json)]
pub async fn group_remove(id: GroupId, to: GroupId, why: Option<Reason>) -> Result<u64, ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.group_remove(&scope, id, to).await?)
}

#[server(name = SimsMoveFn, prefix = "/fn", endpoint = "sims_move", input = Json)]
pub async fn sims_move(choice: SimChoice, to: GroupId) -> Result<BulkDone, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.sims_move(&scope, &choice, to).await?)
}

#[server(name = SimsTagFn, prefix = "/fn", endpoint = "sims_tag", input = Json)]
pub async fn sims_tag(
    choice: SimChoice,
    add: Vec<String>,
    remove: Vec<String>,
) -> Result<BulkDone, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.sims_tag(&scope, &choice, &add, &remove).await?)
}

#[server(name = SimsUndoFn, prefix = "/fn", endpoint = "sims_undo", input = Json)]
pub async fn sims_undo(undo: Undo) -> Result<BulkDone, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.sims_undo(&scope, &undo).await?)
}

#[server(name = SimEditFn, prefix = "/fn", endpoint = "sim_edit", input = Json)]
pub async fn sim_edit(id: SimId, said: SimSaid) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    Ok(service.sim_edit(&scope, id, &said).await?)
}

/// The fields of the SIM's tenant, with what the SIM has in each.
#[server(name = SimFieldsFn, prefix = "/fn", endpoint = "sim_fields", input = Json)]
pub async fn sim_fields(id: SimId) -> Result<Vec<(CustomField, Option<String>)>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.sim_fields(&scope, id).await?)
}

/// Adds a field, or changes the one with this id.
#[server(name = CustomFieldSaveFn, prefix = "/fn", endpoint = "custom_field_save", input = Json)]
pub async fn custom_field_save(id: Option<FieldId>, said: FieldSaid) -> Result<FieldId, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.custom_field_save(&scope, id, &said).await?)
}

#[server(name = CustomFieldRemoveFn, prefix = "/fn", endpoint = "custom_field_remove", input = Json)]
pub async fn custom_field_remove(id: FieldId, why: Option<Reason>) -> Result<(), ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.custom_field_remove(&scope, id).await?)
}

#[server(name = CustomFieldsOrderFn, prefix = "/fn", endpoint = "custom_fields_order", input = Json)]
pub async fn custom_fields_order(order: Vec<FieldId>) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    Ok(service.custom_fields_order(&scope, &order).await?)
}
