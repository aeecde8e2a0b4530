//! Asks before a cell goes, or all that the list shows.

use super::State;
use crate::{
    api::cells as api,
    components::{Confirm, use_toaster},
    format::thousands,
    i18n::use_texts,
};
use leptos::{prelude::*, task::spawn_local};

#[component]
pub fn Remove(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.cells();
    let toaster = use_toaster();
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let remove = move |why| {
        let Some(cell) = state.leaving.get_untracked() else { return };
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let done = api::cell_remove(cell.key, why).await;
            busy.set(false);
            match done {
                Ok(()) => {
                    state.asking.set(false);
                    state.changed();
                    toaster.say((t.removed)(&cell.key.to_string()));
                }
                Err(error) => failed.set(Some(t.error(texts, &error))),
            }
        });
    };
    let question = move || state.leaving.get().map(|cell| (t.remove_ask)(&cell.key.to_string()));
    view! { <Confirm open=state.asking question action=t.remove on_confirm=remove busy failed/> }
}

#[component]
pub fn RemoveAll(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.cells();
    let toaster = use_toaster();
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let remove = move |why| {
        let (filter, expected) = (state.filter.get_untracked(), state.leaving_all.get_untracked());
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let done = api::cells_remove(filter, expected, why).await;
            busy.set(false);
            match done {
                Ok(()) => {
                    state.asking_all.set(false);
                    state.page.set(1);
                    state.changed();
                    toaster.say((t.removed_all)(&thousands(expected)));
                }
                Err(error) => failed.set(Some(t.error(texts, &error))),
            }
        });
    };
    let question = move || Some((t.remove_all_ask)(&thousands(state.leaving_all.get())));
    view! { <Confirm open=state.asking_all question action=t.remove on_confirm=remove busy failed/> }
}
