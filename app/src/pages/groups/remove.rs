//! Asks before something goes.

use super::State;
use crate::{
    api::groups as api,
    components::{Confirm, use_toaster},
    format::thousands,
    i18n::use_texts,
};
use leptos::{prelude::*, task::spawn_local};

/// Says what becomes of the group's SIMs.
#[component]
pub fn RemoveGroup(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.groups();
    let toaster = use_toaster();
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let remove = move |why| {
        let Some(group) = state.leaving.get_untracked() else { return };
        let Some(to) = group.above else { return };
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let done = api::group_remove(group.id, to, why).await;
            busy.set(false);
            match done {
                Ok(_) => {
                    state.asking.set(false);
                    state.page.refetch();
                    toaster.say((t.group_removed)(&group.name));
                }
                Err(error) => failed.set(Some(t.error(texts, &error))),
            }
        });
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
    view! { <Confirm open=state.asking question action=t.group_remove on_confirm=remove busy failed/> }
}

#[component]
pub fn RemoveField(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.groups();
    let toaster = use_toaster();
    let remove = move |why| {
        let Some(field) = state.field_leaving.get_untracked() else { return };
        state.field_asking.set(false);
        spawn_local(async move {
            match api::custom_field_remove(field.id, why).await {
                Ok(()) => toaster.say((t.field_removed)(&field.said.name)),
                Err(error) => toaster.say(t.error(texts, &error)),
            }
            state.page.refetch();
        });
    };
    let question = move || state.field_leaving.get().map(|field| (t.field_remove_ask)(&field.said.name));
    view! { <Confirm open=state.field_asking question action=t.field_remove on_confirm=remove/> }
}
