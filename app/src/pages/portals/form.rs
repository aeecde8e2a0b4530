//! A portal is added, or what is said of it is changed.

use super::State;
use crate::{
    api::{ApiError, embed as api},
    components::{FormFoot, GroupLimit, TextArea, TextField, use_toaster},
    dom,
    i18n::use_texts,
};
use leptos::{ev, prelude::*, task::spawn_local};
use opencmp_domain::portal::PortalSaid;

#[component]
pub fn PortalForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.portals();
    let toaster = use_toaster();
    let held = state.editing.get_untracked();
    let id = held.as_ref().map(|held| held.id);
    let nothing = PortalSaid { name: String::new(), origins: Vec::new(), groups: None };
    let said = held.map_or(nothing, |held| held.said);
    let (name, origins) = (RwSignal::new(said.name), RwSignal::new(said.origins.join("\n")));
    let limited = RwSignal::new(said.groups.is_some());
    let chosen = RwSignal::new(said.groups.unwrap_or_default());
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let offered = move || state.groups.get().and_then(Result::ok).unwrap_or_default();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failed.set(None);
        // A group that is gone shows nothing any more, and can't be said again.
        let there = untrack(offered);
        let mut groups = chosen.get_untracked();
        groups.retain(|id| there.iter().any(|group| group.id == *id));
        let said = PortalSaid {
            name: name.get_untracked(),
            origins: origins.with_untracked(|text| text.lines().map(str::to_owned).collect()),
            groups: limited.get_untracked().then_some(groups),
        };
        spawn_local(async move {
            let wanted = said.name.clone();
            let saved = api::portal_save(id, said).await;
            busy.set(false);
            match saved {
                Ok(key) => {
                    state.form.set(false);
                    state.portals.refetch();
                    match key {
                        Some(key) => state.show_key(key),
                        None => toaster.say((t.saved)(wanted.trim())),
                    }
                }
                Err(error) => {
                    let rule = match &error {
                        ApiError::Invalid { field, .. } => {
                            dom::focus(&format!("#portal-{field}"));
                            t.rule_of(field).map(str::to_owned)
                        }
                        _ => None,
                    };
                    failed.set(Some(rule.unwrap_or_else(|| texts.error(&error))));
                }
            }
        });
    };
    view! {
        <form on:submit=submit class="dialog-form" method="post">
            <div class="dialog-body form">
                <TextField id="portal-name" label=t.name value=name most=100 autofocus=true/>
                <TextArea
                    id="portal-origins"
                    label=t.origins
                    value=origins
                    hint=t.origins_hint
                    class="mono"
                    required=true
                />
                <GroupLimit label=t.limit_groups limited chosen groups=state.groups/>
                <p class="field-error" role="alert">{move || failed.get()}</p>
            </div>
            <FormFoot open=state.form busy submit=if id.is_some() { texts.shell.save } else { t.add }/>
        </form>
    }
}
