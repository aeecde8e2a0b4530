use super::State;
use crate::{
    api::groups as api,
    components::{DialogForm, Submission, TextField},
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::group::{MOST_LEVELS, is_within, parent_of};

/// A group is added, or gets another name or another place: groups nest by their names.
#[component]
pub fn GroupForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.groups();
    let submission = Submission::of(state.form);
    let held = state.editing.get_untracked();
    let (leaf, above) = match &held {
        Some(group) => {
            let leaf = group.name.rsplit('/').next().unwrap_or_default().to_owned();
            (leaf, parent_of(&group.name).unwrap_or_default().to_owned())
        }
        None => (String::new(), state.parent.get_untracked()),
    };
    let page = state.page.get_untracked().and_then(Result::ok);
    let top = page.as_ref().is_none_or(|page| page.top);
    let mut parents: Vec<String> =
        page.map(|page| page.groups).unwrap_or_default().into_iter().map(|group| group.name).collect();
    // Where it is stays a choice, also if that is no group itself.
    if !above.is_empty() && !parents.contains(&above) {
        parents.push(above.clone());
    }
    parents.retain(|parent| parent.matches('/').count() + 1 < MOST_LEVELS);
    if let Some(held) = &held {
        parents.retain(|parent| !is_within(parent, &held.name));
    }
    parents.sort_by(|a, b| a.split('/').cmp(b.split('/')));
    // Without a place at the top, the first one stands there.
    let above = if above.is_empty() && !top { parents.first().cloned().unwrap_or_default() } else { above };
    let (name, parent) = (RwSignal::new(leaf), RwSignal::new(above));
    let id = held.as_ref().map(|group| group.id);
    let save = move || {
        let wanted = name.get_untracked().trim().to_owned();
        if wanted.contains('/') {
            return submission.refuse(t.wrong_leaf.to_owned());
        }
        let path = match parent.get_untracked() {
            parent if parent.is_empty() => wanted.clone(),
            parent => format!("{parent}/{wanted}"),
        };
        let work = async move {
            match id {
                Some(id) => api::group_rename(id, path).await,
                None => api::group_create(path).await.map(drop),
            }
        };
        let done = move |()| {
            state.page.refetch();
            if id.is_some() { (t.group_saved)(&wanted) } else { (t.group_added)(&wanted) }
        };
        submission.send(work, done, |error| t.error(texts, &error));
    };
    let options: Vec<_> = parents
        .into_iter()
        .map(|path| {
            let chosen = path == parent.get_untracked();
            view! { <option value=path.clone() selected=chosen>{path.clone()}</option> }.into_any()
        })
        .collect();
    let submit = if id.is_some() { texts.shell.save } else { t.group_add };
    view! {
        <DialogForm submission submit on_submit=save>
                <TextField id="group-name" label=t.group_name value=name most=100 hint=t.group_name_hint autofocus=true/>
                <div class="field">
                    <label for="group-parent">{t.group_parent}</label>
                    <select
                        id="group-parent"
                        class="select"
                        on:change=move |event| parent.set(event_target_value(&event))
                    >
                        {top.then(|| view! { <option value="">{t.group_top}</option> }.into_any())}
                        {options}
                    </select>
                </div>
        </DialogForm>
    }
}
