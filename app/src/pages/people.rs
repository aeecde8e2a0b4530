//! Who may sign in: invited, changed, shut out. Within a tenant its people; for the operator their own staff.

mod form;

use super::{board::Loaded, portals::PortalSection, providers::ProviderSection};
use crate::{
    api::{self, ApiError, people as people_api},
    components::{Confirm, Copy, Dialog, Icon, Menu, Submission, Toaster, use_toaster},
    format::{group_names, use_format},
    i18n::{Texts, use_texts},
    json::{Fetched, fetched_first},
};
use form::PersonForm;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use opencmp_domain::{
    GroupId,
    people::Person,
    role::{Permission, Role},
    sim::GroupChoice,
};

/// What is open on the page.
#[derive(Clone, Copy)]
struct State {
    people: Fetched<Vec<Person>>,
    /// Whom the form changes; `None`: it invites.
    editing: RwSignal<Option<Person>>,
    form: RwSignal<bool>,
    /// A link to be sent, and to whom.
    link: RwSignal<Option<(String, String)>>,
    link_shown: RwSignal<bool>,
    /// Whom to shut out, once that was confirmed.
    leaving: RwSignal<Option<Person>>,
    asking: RwSignal<bool>,
}

impl State {
    /// The link as people can follow it.
    fn show_link(self, email: String, path: &str) {
        let origin = window().location().origin().unwrap_or_default();
        self.link.set(Some((email, format!("{origin}{path}"))));
        self.link_shown.set(true);
    }
}

#[component]
pub fn PeoplePage() -> impl IntoView {
    let t = use_texts().people();
    let people = fetched_first(|| (), |()| people_api::people());
    let groups = fetched_first(|| (), |()| api::groups());
    let state = State {
        people,
        editing: RwSignal::new(None),
        form: RwSignal::new(false),
        link: RwSignal::new(None),
        link_shown: RwSignal::new(false),
        leaving: RwSignal::new(None),
        asking: RwSignal::new(false),
    };
    view! {
        <Title text=t.people/>
        <div class="page">
            <header class="page-head">
                <h1>{t.people}</h1>
                <p class="muted">{t.people_hint}</p>
                <div class="end">
                    <button
                        type="button"
                        class="button primary"
                        on:click=move |_| {
                            state.editing.set(None);
                            state.form.set(true);
                        }
                    >
                        {t.invite}
                    </button>
                </div>
            </header>
            <Loaded figures=people let:people>
                <section class="card">
                    <Table people state groups/>
                </section>
                <Permissions/>
            </Loaded>
            <ProviderSection of_tenant=true/>
            <PortalSection/>
            <Dialog open=state.form title=t.people>
                <PersonForm state groups/>
            </Dialog>
            <Dialog open=state.link_shown title=t.invited>
                <LinkToSend state/>
            </Dialog>
            <Dialog open=state.asking title=t.shut_out>
                <ShutOut state/>
            </Dialog>
        </div>
    }
}

#[component]
fn Table(people: Vec<Person>, state: State, groups: Fetched<Vec<GroupChoice>>) -> impl IntoView {
    let t = use_texts().people();
    let named =
        move |ids: &[GroupId]| group_names(ids, &groups.get().and_then(Result::ok).unwrap_or_default());
    view! {
        <div class="scroll">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{t.name}</th>
                        <th scope="col">{t.email}</th>
                        <th scope="col">{t.role}</th>
                        <th scope="col">{t.groups}</th>
                        <th scope="col">{t.factor}</th>
                        <th scope="col">{t.last_sign_in}</th>
                        <th scope="col">{t.state}</th>
                        <th scope="col"><span class="visually-hidden">{t.edit}</span></th>
                    </tr>
                </thead>
                <tbody>
                    {people
                        .into_iter()
                        .map(|person| {
                            let limited = person.groups.clone();
                            let groups = move || limited.as_deref().map_or_else(|| t.all_groups.to_owned(), named);
                            view! { <PersonLine person state groups/> }.into_any()
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
}

/// Does it, says so, and shows what came of it.
fn act<F>(change: F, open: RwSignal<bool>, state: State, toaster: Toaster, texts: &'static Texts)
where
    F: Future<Output = Result<(), ApiError>> + 'static,
{
    open.set(false);
    spawn_local(async move {
        match change.await {
            Ok(()) => toaster.say(texts.people().changed),
            Err(error) => toaster.say(texts.error(&error)),
        }
        state.people.refetch();
    });
}

#[component]
fn PersonLine(person: Person, state: State, groups: impl Fn() -> String + Send + 'static) -> impl IntoView {
    let texts = use_texts();
    let t = texts.people();
    let f = use_format();
    let toaster = use_toaster();
    let open = RwSignal::new(false);
    // Who comes by a provider needs no password.
    let has_come = person.has_password || person.signed_in_at.is_some();
    let (tone, word) = match (person.disabled_at, has_come) {
        (Some(_), _) => ("badge", t.state_out),
        (None, true) => ("badge good", t.state_active),
        (None, false) => ("badge warn", t.state_waiting),
    };
    let (id, out, has_factor) = (person.id, person.disabled_at.is_some(), person.has_second_factor);
    let line = StoredValue::new(person.clone());
    let label = format!("{} {}", t.edit, person.name);
    let admit = move |_| act(people_api::person_enable(id, true, None), open, state, toaster, texts);
    let remove_factor = move |_| act(people_api::person_factor_remove(id), open, state, toaster, texts);
    let forget_identity = move |_| act(people_api::person_identity_forget(id), open, state, toaster, texts);
    let make_link = move |_| {
        open.set(false);
        spawn_local(async move {
            match people_api::person_link(id).await {
                Ok(path) => state.show_link(line.with_value(|line| line.email.clone()), &path),
                Err(error) => toaster.say(texts.error(&error)),
            }
        });
    };
    view! {
        <tr>
            <th scope="row">{person.name}</th>
            <td>{person.email}</td>
            <td>{t.role_name(person.role)}</td>
            <td class="wrap">{groups}</td>
            <td>{if has_factor { t.yes } else { t.no }}</td>
            <td>{person.signed_in_at.map_or_else(|| t.never.to_owned(), |at| f.date_time(at))}</td>
            <td><span class=tone>{word}</span></td>
            <td class="num">
                <Menu
                    open
                    class="button quiet small square"
                    end=true
                    button=view! { <Icon name="more"/><span class="visually-hidden">{label}</span> }.into_any()
                >
                    <button
                        type="button"
                        class="menu-item"
                        on:click=move |_| {
                            open.set(false);
                            state.editing.set(Some(line.get_value()));
                            state.form.set(true);
                        }
                    >
                        {t.edit}
                    </button>
                    {(!out)
                        .then(|| {
                            view! {
                                <button type="button" class="menu-item" on:click=make_link>{t.reset_link}</button>
                                <button type="button" class="menu-item" on:click=forget_identity>
                                    {t.identity_forget}
                                </button>
                                {has_factor
                                    .then(|| {
                                        view! {
                                            <button type="button" class="menu-item" on:click=remove_factor>
                                                {t.factor_remove}
                                            </button>
                                        }
                                        .into_any()
                                    })}
                                <button
                                    type="button"
                                    class="menu-item"
                                    on:click=move |_| {
                                        open.set(false);
                                        state.leaving.set(Some(line.get_value()));
                                        state.asking.set(true);
                                    }
                                >
                                    {t.shut_out}
                                </button>
                            }
                            .into_any()
                        })}
                    {out
                        .then(|| {
                            view! { <button type="button" class="menu-item" on:click=admit>{t.admit}</button> }
                                .into_any()
                        })}
                </Menu>
            </td>
        </tr>
    }
}

#[component]
fn LinkToSend(state: State) -> impl IntoView {
    let t = use_texts().people();
    let email =
        move || state.link.with(|link| link.as_ref().map(|(email, _)| email.clone()).unwrap_or_default());
    let address = Signal::derive(move || {
        state.link.with(|link| link.as_ref().map(|(_, at)| at.clone()).unwrap_or_default())
    });
    view! {
        <div class="dialog-body">
            <p>{move || (t.link_send)(&email())}</p>
            <p class="link-to-send"><Copy value=address what=t.invited/></p>
        </div>
    }
}

/// Asks before somebody is shut out.
#[component]
fn ShutOut(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.people();
    let submission = Submission::of(state.asking);
    let shut_out = move |why| {
        let Some(person) = state.leaving.get_untracked() else { return };
        let done = move |()| {
            state.people.refetch();
            t.changed.to_owned()
        };
        let work = people_api::person_enable(person.id, false, why);
        submission.send(work, done, |error| texts.error(&error));
    };
    let question = move || state.leaving.get().map(|person| (t.shut_out_ask)(&person.name));
    view! { <Confirm submission question action=t.shut_out on_confirm=shut_out/> }
}

/// The table that the server goes by.
#[component]
fn Permissions() -> impl IntoView {
    let t = use_texts().people();
    let cell = move |role: Role, permission: Permission| {
        if permission.roles().contains(&role) {
            view! { <td class="granted"><Icon name="check"/><span class="visually-hidden">{t.yes}</span></td> }.into_any()
        } else {
            view! { <td class="muted"><span aria-hidden="true">"–"</span><span class="visually-hidden">{t.no}</span></td> }
                .into_any()
        }
    };
    view! {
        <section class="card">
            <div class="card-head"><h2>{t.permissions}</h2></div>
            <div class="scroll">
                <table class="table permissions">
                    <thead>
                        <tr>
                            <th scope="col">{t.permission}</th>
                            {Role::ALL.map(|role| view! { <th scope="col">{t.role_name(role)}</th> }.into_any())}
                        </tr>
                    </thead>
                    <tbody>
                        {Permission::ALL
                            .map(|permission| {
                                view! {
                                    <tr>
                                        <th scope="row">{t.permission_name(permission)}</th>
                                        {Role::ALL.map(|role| cell(role, permission))}
                                    </tr>
                                }
                                .into_any()
                            })}
                    </tbody>
                </table>
            </div>
        </section>
    }
}
