//! Asks before something goes.

use super::State;
use crate::{
    api::groups as api,
    components::{Confirm, Submission},
    format::thousands,
    i18n::use_texts,
};
use leptos::prelude::*;

/// Says what becomes of the group's SIMs.
#[component]
pub fn RemoveGroup(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.groups();
    let submission = Submission::of(state.asking);
    let remove = move |why| {
        let Some(group) = state.leaving.get_untracked() else { return };
        let Some(to) = group.above else { return };
        let done = move |_| {
            state.page.refetch();
            (t.group_removed)(&group.name)
        };
        submission.send(api::group_remove(group.id, to, why), done, |error| t.error(texts, &error));
    };
    let question = move || {
        let group = state.leaving.get()?;
        if group.own == 0 {
            return Some((t.group_remove_empty)(&group.name));
        }
        let page = state.page.get_untracked()?.ok()?;
        let above = page.groups.iter().find(|held| Some(held.id) == group.above)?;
        Some((t.group_remove_moves)(&group.name, &thousands(group.own), &above.name))
    };
    view! { <Confirm submission question action=t.group_remove on_confirm=remove/> }
}

#[component]
pub fn RemoveField(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.groups();
    let submission = Submission::of(state.field_asking);
    let remove = move |why| {
        let Some(field) = state.field_leaving.get_untracked() else { return };
        let done = move |()| {
            state.page.refetch();
            (t.field_removed)(&field.said.name)
        };
        submission.send(api::custom_field_remove(field.id, why), done, |error| t.error(texts, &error));
    };
    let question = move || state.field_leaving.get().map(|field| (t.field_remove_ask)(&field.said.name));
    view! { <Confirm submission question action=t.field_remove on_confirm=remove/> }
}
