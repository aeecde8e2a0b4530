//! Asks before something goes.

use super::State;
use crate::{api::groups as api, components::use_toaster, format::thousands, i18n::use_texts};
use leptos::{prelude::*, task::spawn_local};

/// Says what becomes of the group's SIMs.
#[component]
pub fn RemoveGroup(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.groups();
    let toaster = use_toaster();
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let remove = move |_| {
        let Some(group) = state.leaving.get_untracked() else { return };
        let Some(to) = group.above else { return };
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let done = api::group_remove(group.id, to).await;
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
    view! {
        <div class="dialog-body">
            <p>{question}</p>
            <p class="field-error" role="alert">{move || failed.get()}</p>
        </div>
        <div class="dialog-foot">
            <button type="button" class="button" autofocus on:click=move |_| state.asking.set(false)>
                {texts.shell.cancel}
            </button>
            <button type="button" class="button danger" prop:disabled=busy on:click=remove>{t.group_remove}</button>
        </div>
    }
}

#[component]
pub fn RemoveField(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.groups();
    let toaster = use_toaster();
    let remove = move |_| {
        let Some(field) = state.field_leaving.get_untracked() else { return };
        state.field_asking.set(false);
        spawn_local(async move {
            match api::custom_field_remove(field.id).await {
                Ok(()) => toaster.say((t.field_removed)(&field.said.name)),
                Err(error) => toaster.say(t.error(texts, &error)),
            }
            state.page.refetch();
        });
    };
    view! {
        <div class="dialog-body">
            <p>{move || state.field_leaving.get().map(|field| (t.field_remove_ask)(&field.said.name))}</p>
        </div>
        <div class="dialog-foot">
            <button type="button" class="button" autofocus on:click=move |_| state.field_asking.set(false)>
                {texts.shell.cancel}
            </button>
            <button type="button" class="button danger" on:click=remove>{t.field_remove}</button>
        </div>
    }
}
