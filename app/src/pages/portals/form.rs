//! A portal is added, or what is said of it is changed.

use super::State;
use crate::{
    api::{ApiError, embed as api},
    components::{DialogForm, GroupLimit, Submission, TextArea, TextField},
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::portal::PortalSaid;

#[component]
pub fn PortalForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.portals();
    let submission = Submission::with_fields(state.form, "portal");
    let held = state.editing.get_untracked();
    let id = held.as_ref().map(|held| held.id);
    let nothing = PortalSaid { name: String::new(), origins: Vec::new(), groups: None };
    let said = held.map_or(nothing, |held| held.said);
    let (name, origins) = (RwSignal::new(said.name), RwSignal::new(said.origins.join("\n")));
    let limited = RwSignal::new(said.groups.is_some());
    let chosen = RwSignal::new(said.groups.unwrap_or_default());
    let offered = move || state.groups.get().and_then(Result::ok).unwrap_or_default();
    let save = move || {
        // A group that is gone shows nothing any more, and can't be said again.
        let there = untrack(offered);
        let mut groups = chosen.get_untracked();
        groups.retain(|id| there.iter().any(|group| group.id == *id));
        let said = PortalSaid {
            name: name.get_untracked(),
            origins: origins.with_untracked(|text| text.lines().map(str::to_owned).collect()),
            groups: limited.get_untracked().then_some(groups),
        };
        let wanted = said.name.clone();
        let done = move |key: Option<String>| {
            state.portals.refetch();
            match key {
                Some(key) => {
                    state.show_key(key);
                    None
                }
                None => Some((t.saved)(wanted.trim())),
            }
        };
        let wrong = |error: ApiError| match &error {
            ApiError::Invalid { field, .. } => {
                let rule = t.rule_of(field).map(str::to_owned);
                (field.clone(), rule.unwrap_or_else(|| texts.error(&error)))
            }
            _ => (String::new(), texts.error(&error)),
        };
        submission.send(api::portal_save(id, said), done, wrong);
    };
    let submit = if id.is_some() { texts.shell.save } else { t.add };
    view! {
        <DialogForm submission submit on_submit=save>
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
        </DialogForm>
    }
}
