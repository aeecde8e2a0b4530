//! Somebody is invited, or what is said of them is changed.

use super::State;
use crate::{
    api::{
        ApiError,
        people::{self as api, Session},
    },
    components::{DialogForm, GroupLimit, Submission, TextField},
    i18n::use_texts,
    json::Fetched,
};
use leptos::prelude::*;
use opencmp_domain::{Role, sim::GroupChoice};

#[component]
pub fn PersonForm(state: State, groups: Fetched<Vec<GroupChoice>>) -> impl IntoView {
    let texts = use_texts();
    let t = texts.people();
    let submission = Submission::of(state.form);
    let held = state.editing.get_untracked();
    let changes = held.as_ref().map(|person| person.id);
    let operator = use_context::<Fetched<Session>>()
        .and_then(|session| session.get_untracked())
        .and_then(Result::ok)
        .is_some_and(|session| session.tenant.is_none());
    let offered: Vec<Role> = Role::ALL.into_iter().filter(|role| role.is_operator() == operator).collect();
    let first = if operator { Role::OperatorSupport } else { Role::TenantViewer };
    let email = RwSignal::new(held.as_ref().map(|person| person.email.clone()).unwrap_or_default());
    let name = RwSignal::new(held.as_ref().map(|person| person.name.clone()).unwrap_or_default());
    let role = RwSignal::new(held.as_ref().map_or(first, |person| person.role));
    let limited = RwSignal::new(held.as_ref().is_some_and(|person| person.groups.is_some()));
    let chosen = RwSignal::new(held.and_then(|person| person.groups).unwrap_or_default());
    let save = move || {
        let wanted = role.get_untracked();
        let limit = limited.get_untracked() && wanted.may_be_limited_to_groups();
        let groups = limit.then(|| chosen.get_untracked());
        let (email, name) = (email.get_untracked(), name.get_untracked());
        let invited = email.clone();
        let work = async move {
            match changes {
                Some(id) => api::person_update(id, name, wanted, groups).await.map(|()| None),
                None => api::person_invite(email, name, wanted, groups).await.map(Some),
            }
        };
        let done = move |link: Option<String>| {
            state.people.refetch();
            match link {
                Some(path) => {
                    state.show_link(invited, &path);
                    None
                }
                None => Some(t.changed.to_owned()),
            }
        };
        let wrong = |error: ApiError| match &error {
            ApiError::Invalid { message, .. } => texts.field_error(&error).unwrap_or(message).to_owned(),
            _ => texts.error(&error),
        };
        submission.send(work, done, wrong);
    };
    let submit = if changes.is_some() { texts.shell.save } else { t.invite };
    view! {
        <DialogForm submission submit on_submit=save>
                <TextField id="person-email" label=t.email value=email most=254 kind="email" readonly=changes.is_some()/>
                <TextField id="person-name" label=t.name value=name most=100/>
                <div class="field">
                    <label for="person-role">{t.role}</label>
                    <select
                        id="person-role"
                        class="select"
                        on:change=move |event| {
                            if let Some(chosen) = Role::parse(&event_target_value(&event)) {
                                role.set(chosen);
                            }
                        }
                    >
                        {offered
                            .into_iter()
                            .map(|offer| {
                                view! {
                                    <option value=offer.code() selected=offer == role.get_untracked()>
                                        {t.role_name(offer)}
                                    </option>
                                }
                                .into_any()
                            })
                            .collect_view()}
                    </select>
                </div>
                <Show when=move || role.get().may_be_limited_to_groups()>
                    <GroupLimit label=t.limit_groups limited chosen groups/>
                </Show>
        </DialogForm>
    }
}
