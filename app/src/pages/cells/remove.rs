//! Asks before a cell goes, or all that the list shows.

use super::State;
use crate::{
    api::cells as api,
    components::{Confirm, Submission},
    format::thousands,
    i18n::use_texts,
};
use leptos::prelude::*;

#[component]
pub fn Remove(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.cells();
    let submission = Submission::of(state.asking);
    let remove = move |why| {
        let Some(cell) = state.leaving.get_untracked() else { return };
        let done = move |()| {
            state.changed();
            (t.removed)(&cell.key.to_string())
        };
        submission.send(api::cell_remove(cell.key, why), done, |error| t.error(texts, &error));
    };
    let question = move || state.leaving.get().map(|cell| (t.remove_ask)(&cell.key.to_string()));
    view! { <Confirm submission question action=t.remove on_confirm=remove/> }
}

#[component]
pub fn RemoveAll(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.cells();
    let submission = Submission::of(state.asking_all);
    let remove = move |why| {
        let (filter, expected) = (state.filter.get_untracked(), state.leaving_all.get_untracked());
        let done = move |_| {
            state.page.set(1);
            state.changed();
            (t.removed_all)(&thousands(expected))
        };
        submission.send(api::cells_remove(filter, expected, why), done, |error| t.error(texts, &error));
    };
    let question = move || Some((t.remove_all_ask)(&thousands(state.leaving_all.get())));
    view! { <Confirm submission question action=t.remove on_confirm=remove/> }
}
