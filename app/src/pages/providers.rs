//! Providers of OpenID Connect, as a section of a page: the installation's where the operator sets things up, a tenant's
//! beside its people.

mod form;
mod rules;

use crate::{
    api::{
        self, ApiError,
        providers::{self as providers_api, Providers},
    },
    components::{
        CardTable, Confirm, Copy, Dialog, EditRemove, ErrorNotice, Head, Notice, OnOff, Submission,
    },
    i18n::use_texts,
    json::{Fetched, fetched, fetched_first},
};
use form::ProviderForm;
use leptos::prelude::*;
use opencmp_domain::{provider::Provider, sim::GroupChoice};

/// What is open in the section.
#[derive(Clone, Copy)]
struct State {
    providers: Fetched<Providers>,
    groups: Fetched<Vec<GroupChoice>>,
    /// Which one the form changes; `None`: it adds one.
    editing: RwSignal<Option<Provider>>,
    form: RwSignal<bool>,
    /// Which one to remove, once that was confirmed.
    leaving: RwSignal<Option<Provider>>,
    asking: RwSignal<bool>,
}

/// `of_tenant`: the page is a tenant's. Shows nothing where it would be of the others, or to who may not set them up: the
/// page around it says so.
#[component]
pub fn ProviderSection(of_tenant: bool) -> impl IntoView {
    let t = use_texts().providers();
    let state = State {
        providers: fetched_first(|| (), |()| providers_api::providers()),
        groups: fetched(|| (), |()| api::groups()),
        editing: RwSignal::new(None),
        form: RwSignal::new(false),
        leaving: RwSignal::new(None),
        asking: RwSignal::new(false),
    };
    view! {
        <Suspense fallback=|| ()>
            {move || Suspend::new(async move {
                match state.providers.await {
                    Ok(shown) if shown.tenant.is_some() == of_tenant => view! { <List shown state/> }.into_any(),
                    Ok(_) | Err(ApiError::Forbidden) => ().into_any(),
                    Err(error) => {
                        view! { <ErrorNotice error retry=move || state.providers.refetch()/> }.into_any()
                    }
                }
            })}
        </Suspense>
        <Dialog open=state.form title=t.providers>
            <ProviderForm state/>
        </Dialog>
        <Dialog open=state.asking title=t.remove>
            <Remove state/>
        </Dialog>
    }
}

#[component]
fn List(shown: Providers, state: State) -> impl IntoView {
    let t = use_texts().providers();
    let hint = if shown.tenant.is_some() { t.hint_tenant } else { t.hint_installation };
    let (redirect, signed_out) = (shown.redirect, shown.signed_out);
    let door = signed_out.clone();
    let lines: Vec<_> = shown
        .providers
        .into_iter()
        .map(|provider| view! { <Line provider door=door.clone() state/> }.into_any())
        .collect();
    view! {
        <section class="card" aria-labelledby="providers">
            <div class="card-head">
                <h2 id="providers">{t.providers}</h2>
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
            <div class="card-body providers-register">
                <p class="muted">{hint}</p>
                <p class="field-label">{t.register}</p>
                <dl class="facts">
                    <dt>{t.redirect}</dt>
                    <dd><Copy value=redirect what=t.redirect/></dd>
                    <dt>{t.signed_out}</dt>
                    <dd><Copy value=signed_out what=t.signed_out/></dd>
                </dl>
            </div>
            <CardTable
                heads=vec![
                    Head::Text(t.name),
                    Head::Text(t.issuer),
                    Head::Text(t.door),
                    Head::Text(t.first),
                    Head::Text(t.state),
                    Head::Hidden(t.edit),
                ]
                lines
                empty=view! { <Notice icon="lock" title=t.none text=t.none_hint class="small"/> }.into_any()
            />
        </section>
    }
}

/// `door`: the address of the sign-in page.
#[component]
fn Line(provider: Provider, door: String, state: State) -> impl IntoView {
    let t = use_texts().providers();
    let held = StoredValue::new(provider.clone());
    let said = provider.said;
    // The installation's are on the page anyway.
    let door = if provider.tenant.is_some() { format!("{door}?with={}", said.slug) } else { door };
    let (edit, remove) = (format!("{} {}", t.edit, said.name), format!("{} {}", t.remove, said.name));
    view! {
        <tr>
            <th scope="row">{said.name}</th>
            <td class="wrap">{said.issuer}</td>
            <td><Copy value=door what=t.door/></td>
            <td>{t.first_sign_in(said.first_sign_in)}</td>
            <td><OnOff on=said.enabled words=(t.on, t.off)/></td>
            <td class="num">
                <EditRemove
                    edit=(t.edit, edit)
                    remove=(t.remove, remove)
                    on_edit=move || {
                        state.editing.set(Some(held.get_value()));
                        state.form.set(true);
                    }
                    on_remove=move || {
                        state.leaving.set(Some(held.get_value()));
                        state.asking.set(true);
                    }
                />
            </td>
        </tr>
    }
}

/// Asks before a provider goes.
#[component]
fn Remove(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.providers();
    let submission = Submission::of(state.asking);
    let remove = move |why| {
        let Some(provider) = state.leaving.get_untracked() else { return };
        let done = move |()| {
            state.providers.refetch();
            (t.removed)(&provider.said.name)
        };
        submission.send(providers_api::provider_remove(provider.id, why), done, |error| texts.error(&error));
    };
    let question = move || state.leaving.get().map(|provider| (t.remove_ask)(&provider.said.name));
    view! { <Confirm submission question action=t.remove on_confirm=remove/> }
}
