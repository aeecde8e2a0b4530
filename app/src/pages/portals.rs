//! Portals that show a tenant's pages in frames, as a section beside its people.

mod form;

use crate::{
    api::{
        self, ApiError,
        embed::{self as embed_api},
    },
    components::{CardTable, Confirm, Copy, Dialog, EditRemove, ErrorNotice, Head, Notice, Submission},
    format::group_names,
    i18n::use_texts,
    json::{Fetched, fetched},
};
use form::PortalForm;
use leptos::prelude::*;
use opencmp_domain::{GroupId, portal::Portal, sim::GroupChoice};

/// What is open in the section.
#[derive(Clone, Copy)]
struct State {
    portals: Fetched<Vec<Portal>>,
    groups: Fetched<Vec<GroupChoice>>,
    /// Which one the form changes; `None`: it adds one.
    editing: RwSignal<Option<Portal>>,
    form: RwSignal<bool>,
    /// A key that was just made.
    key: RwSignal<String>,
    key_shown: RwSignal<bool>,
    /// What to do, once that was confirmed.
    asking: RwSignal<Option<(Portal, Step)>>,
    ask: RwSignal<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    RenewKey,
    Remove,
}

impl State {
    fn show_key(self, key: String) {
        self.key.set(key);
        self.key_shown.set(true);
    }

    fn ask(self, portal: Portal, step: Step) {
        self.asking.set(Some((portal, step)));
        self.ask.set(true);
    }
}

/// Shows nothing to who may not set them up, or isn't within a tenant: the page around it says so.
#[component]
pub fn PortalSection() -> impl IntoView {
    let t = use_texts().portals();
    let state = State {
        portals: fetched(|| (), |()| embed_api::portals()),
        groups: fetched(|| (), |()| api::groups()),
        editing: RwSignal::new(None),
        form: RwSignal::new(false),
        key: RwSignal::new(String::new()),
        key_shown: RwSignal::new(false),
        asking: RwSignal::new(None),
        ask: RwSignal::new(false),
    };
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match state.portals.await {
                    Ok(portals) => {
                        let groups = state.groups.await.unwrap_or_default();
                        view! { <List portals groups state/> }.into_any()
                    }
                    Err(ApiError::Forbidden | ApiError::Invalid { .. }) => ().into_any(),
                    Err(error) => {
                        view! { <ErrorNotice error retry=move || state.portals.refetch()/> }.into_any()
                    }
                }
            })}
        </Suspense>
        <Dialog open=state.form title=t.portals>
            <PortalForm state/>
        </Dialog>
        <Dialog open=state.key_shown title=t.key>
            <Key state/>
        </Dialog>
        <Dialog open=state.ask title=t.portals>
            <Ask state/>
        </Dialog>
    }
}

#[component]
fn List(portals: Vec<Portal>, groups: Vec<GroupChoice>, state: State) -> impl IntoView {
    let t = use_texts().portals();
    let named = move |ids: Option<&[GroupId]>| match ids {
        None => t.all_groups.to_owned(),
        Some(ids) => group_names(ids, &groups),
    };
    let lines: Vec<_> = portals
        .into_iter()
        .map(|portal| {
            let groups = named(portal.said.groups.as_deref());
            view! { <Line portal groups state/> }.into_any()
        })
        .collect();
    let heads = vec![Head::Text(t.name), Head::Text(t.origins), Head::Text(t.groups), Head::Hidden(t.edit)];
    let empty = view! { <Notice icon="lock" title=t.none text=t.none_hint class="small"/> }.into_any();
    view! {
        <section class="card" aria-labelledby="portals">
            <div class="card-head">
                <h2 id="portals">{t.portals}</h2>
                <button
                    type="button"
                    class="button small end"
                    on:click=move |_| {
                        state.editing.set(None);
                        state.form.set(true);
                    }
                >
                    {t.add}
                </button>
            </div>
            <div class="card-body"><p class="muted">{t.hint}</p></div>
            <CardTable heads lines empty/>
        </section>
    }
}

#[component]
fn Line(portal: Portal, groups: String, state: State) -> impl IntoView {
    let t = use_texts().portals();
    let held = StoredValue::new(portal.clone());
    let said = portal.said;
    let label = |what: &str| format!("{what} {}", said.name);
    let (edit, renew, remove) = (label(t.edit), label(t.key_renew), label(t.remove));
    view! {
        <tr>
            <th scope="row">{said.name}</th>
            <td class="wrap">{said.origins.join("、")}</td>
            <td class="wrap">{groups}</td>
            <td class="num">
                <button
                    type="button"
                    class="button small"
                    aria-label=renew
                    on:click=move |_| state.ask(held.get_value(), Step::RenewKey)
                >
                    {t.key_renew}
                </button>
                " "
                <EditRemove
                    edit=(t.edit, edit)
                    remove=(t.remove, remove)
                    on_edit=move || {
                        state.editing.set(Some(held.get_value()));
                        state.form.set(true);
                    }
                    on_remove=move || state.ask(held.get_value(), Step::Remove)
                />
            </td>
        </tr>
    }
}

/// A key, this once.
#[component]
fn Key(state: State) -> impl IntoView {
    let t = use_texts().portals();
    let done = move |_| {
        state.key_shown.set(false);
        state.key.set(String::new());
    };
    view! {
        <div class="dialog-body">
            <p>{t.key_once}</p>
            <p class="link-to-send"><Copy value=state.key what=t.key/></p>
        </div>
        <div class="dialog-foot">
            <button type="button" class="button primary" autofocus on:click=done>{t.done}</button>
        </div>
    }
}

/// Asks before a key is void, or a portal gone.
#[component]
fn Ask(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.portals();
    let submission = Submission::of(state.ask);
    let question = move || {
        state.asking.with(|asking| {
            asking.as_ref().map(|(portal, step)| match step {
                Step::RenewKey => (t.key_renew_ask)(&portal.said.name),
                Step::Remove => (t.remove_ask)(&portal.said.name),
            })
        })
    };
    let go_on = move |why| {
        let Some((portal, step)) = state.asking.get_untracked() else { return };
        let work = async move {
            match step {
                Step::RenewKey => embed_api::portal_key(portal.id, why).await.map(Some),
                Step::Remove => embed_api::portal_remove(portal.id, why).await.map(|()| None),
            }
        };
        let done = move |key| {
            state.portals.refetch();
            match key {
                Some(key) => {
                    state.show_key(key);
                    None
                }
                None => Some((t.removed)(&portal.said.name)),
            }
        };
        submission.send(work, done, |error| texts.error(&error));
    };
    let renews = state.asking.with_untracked(|asking| matches!(asking, Some((_, Step::RenewKey))));
    let action = if renews { t.key_renew } else { t.remove };
    view! { <Confirm submission question action on_confirm=go_on/> }
}
