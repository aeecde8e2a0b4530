//! Where a one-time link leads: somebody sets their password. Looking at the page uses nothing up, so that whatever looks
//! into messages on their way doesn't.

use super::PasswordField;
use crate::{
    api::{
        ApiError,
        people::{self as api, Invitation},
    },
    components::{ErrorNotice, Notice, SkeletonRows, TextField},
    dom,
    i18n::use_texts,
    json::fetched_first,
};
use leptos::{ev, prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

#[component]
pub fn LinkPage() -> impl IntoView {
    let t = use_texts().people();
    let link = use_params_map().with_untracked(|map| map.get("link").unwrap_or_default());
    let asked = link.clone();
    let invitation = fetched_first(move || asked.clone(), api::invitation);
    let link = StoredValue::new(link);
    view! {
        <Title text=t.link_title/>
        <Suspense fallback=|| view! { <SkeletonRows rows=6/> }>
            {move || Suspend::new(async move {
                match invitation.await {
                    Ok(invitation) => view! { <SetPassword invitation link=link.get_value()/> }.into_any(),
                    Err(error) => {
                        let notice = match error {
                            ApiError::NotFound => {
                                view! { <Notice icon="clock" title=t.link_gone_title text=t.link_gone_hint/> }
                                    .into_any()
                            }
                            error => {
                                view! { <ErrorNotice error retry=move || invitation.refetch()/> }.into_any()
                            }
                        };
                        view! { <h1 class="visually-hidden">{t.link_title}</h1> {notice} }.into_any()
                    }
                }
            })}
        </Suspense>
    }
}

#[component]
fn SetPassword(invitation: Invitation, link: String) -> impl IntoView {
    let texts = use_texts();
    let t = texts.people();
    let Invitation { name: given_name, email: given_email, first } = invitation;
    let (name, email) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let password = RwSignal::new(String::new());
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let link = StoredValue::new(link);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failed.set(None);
        let said = first.then(|| (name.get_untracked(), email.get_untracked()));
        spawn_local(async move {
            match api::invitation_accept(link.get_value(), password.get_untracked(), said).await {
                Ok(()) => dom::load("/sign-in"),
                Err(error) => {
                    busy.set(false);
                    failed.set(Some(match error {
                        ApiError::Invalid { field, .. } if field == "password" => {
                            t.password_refused.to_owned()
                        }
                        ApiError::NotFound => t.link_gone_hint.to_owned(),
                        error => texts.error(&error),
                    }));
                }
            }
        });
    };
    let fields = first.then(|| {
        view! {
            <TextField id="name" label=t.name value=name most=100 autocomplete="name"/>
            <TextField id="email" label=t.email value=email most=254 kind="email" autocomplete="username"/>
        }
        .into_any()
    });
    let known = (!first).then(|| {
        let hint = (t.link_hint)(&given_email);
        view! {
            <p>{given_name}</p>
            <p class="muted">{hint}</p>
            // For password managers: whose password this is.
            <input type="hidden" name="username" autocomplete="username" value=given_email/>
        }
        .into_any()
    });
    view! {
        <form class="door-form" on:submit=submit method="post">
            <h1>{if first { t.link_first_title } else { t.link_title }}</h1>
            {known}
            {fields}
            <PasswordField
                id="new-password"
                label=t.password_new
                autocomplete="new-password"
                value=password
                hint=t.password_rule
            />
            <p class="field-error" role="alert">{move || failed.get()}</p>
            <button type="submit" class="button primary" prop:disabled=busy>{t.password_set}</button>
        </form>
    }
}
