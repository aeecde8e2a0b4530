//! Setting a second factor up, on the way in or from one's account.

use super::{CodeField, PasswordField};
use crate::{
    api::{
        ApiError,
        people::{self as api, Enrolment},
    },
    components::{Copy, ErrorNotice, SkeletonRows},
    format::use_format,
    i18n::use_texts,
    json::fetched,
};
use leptos::{ev, prelude::*, task::spawn_local};
use opencmp_domain::people::ProofAsked;

/// The picture, then the first code, then recovery codes. Who is signed in already shows once more that it is them. `done`
/// runs once the codes are kept.
#[component]
pub fn Enrol(done: Callback<()>) -> impl IntoView {
    let enrolment = fetched(|| (), |()| api::enrolment());
    let codes = RwSignal::new(Vec::<String>::new());
    move || {
        if codes.with(Vec::is_empty) {
            view! {
                <Suspense fallback=|| view! { <SkeletonRows rows=6/> }>
                    {move || Suspend::new(async move {
                        match enrolment.await {
                            Ok(enrolment) => view! { <Proof enrolment codes/> }.into_any(),
                            Err(error) => {
                                view! { <ErrorNotice error retry=move || enrolment.refetch()/> }.into_any()
                            }
                        }
                    })}
                </Suspense>
            }
            .into_any()
        } else {
            view! { <Recovery codes=codes.get() done/> }.into_any()
        }
    }
}

#[component]
fn Proof(enrolment: Enrolment, codes: RwSignal<Vec<String>>) -> impl IntoView {
    let texts = use_texts();
    let t = texts.people();
    let f = use_format();
    let (code, proof) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let asked = enrolment.asked;
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let secret = StoredValue::new(enrolment.secret.clone());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let proof = asked.map(|_| proof.get_untracked());
            match api::enrol(secret.get_value(), code.get_untracked(), proof).await {
                Ok(shown) => codes.set(shown),
                Err(error) => {
                    busy.set(false);
                    failed.set(Some(match error {
                        ApiError::Invalid { field, .. } if field == "proof" => match asked {
                            Some(ProofAsked::Password) => t.password_current_wrong.to_owned(),
                            _ => t.code_present_wrong.to_owned(),
                        },
                        ApiError::Invalid { .. } => t.code_wrong.to_owned(),
                        ApiError::TooMany { wait_secs } => (t.too_many)(&f.duration(wait_secs)),
                        error => texts.error(&error),
                    }));
                }
            }
        });
    };
    let spaced: String = enrolment
        .secret
        .chars()
        .enumerate()
        .flat_map(|(at, c)| (at > 0 && at % 4 == 0).then_some(' ').into_iter().chain([c]))
        .collect();
    let proof = asked.map(|asked| {
        let field = match asked {
            ProofAsked::Code => view! { <CodeField id="proof" label=t.code_present code=proof/> }.into_any(),
            ProofAsked::Password => view! {
                <PasswordField
                    id="proof"
                    label=t.password_current
                    autocomplete="current-password"
                    value=proof
                />
            }
            .into_any(),
        };
        view! {
            <p class="muted">{t.enrol_proof}</p>
            {field}
        }
        .into_any()
    });
    view! {
        <form class="enrol" on:submit=submit method="post">
            {proof}
            <p class="muted">{t.enrol_hint}</p>
            <div class="enrol-picture" role="img" aria-label=t.enrol_picture inner_html=enrolment.picture></div>
            <p class="field-hint">{t.enrol_secret}</p>
            <Copy value=Signal::stored(spaced) what=t.enrol_secret/>
            <CodeField id="code" label=if asked.is_some() { t.code_new } else { t.code } code/>
            <p class="field-error" role="alert">{move || failed.get()}</p>
            <button type="submit" class="button primary" prop:disabled=busy>{t.go_on}</button>
        </form>
    }
}

#[component]
fn Recovery(codes: Vec<String>, done: Callback<()>) -> impl IntoView {
    let t = use_texts().people();
    let all = codes.join("\n");
    view! {
        <div class="enrol">
            <h2>{t.recovery_title}</h2>
            <p class="muted">{t.recovery_hint}</p>
            <ul class="recovery mono">
                {codes.into_iter().map(|code| view! { <li>{code}</li> }.into_any()).collect_view()}
            </ul>
            <Copy value=Signal::stored(all) what=t.recovery_copy/>
            <button type="button" class="button primary" on:click=move |_| done.run(())>{t.recovery_kept}</button>
        </div>
    }
}
