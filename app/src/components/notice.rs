//! Empty, error, no permission, not found, no connection: designed once, worded where they occur.

use super::Icon;
use crate::{api::ApiError, dom, i18n::use_texts};
use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// A symbol, a sentence that says what is the case, one that says what to do, and the means to do it.
#[component]
pub fn Notice(
    icon: &'static str,
    #[prop(into)] title: String,
    #[prop(optional, into)] text: String,
    #[prop(optional)] class: &'static str,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <section class=format!("state {class}")>
            <Icon name=icon/>
            <h2>{title}</h2>
            {(!text.is_empty()).then(|| view! { <p>{text}</p> }.into_any())}
            {children.map(|children| view! { <div class="button-row">{children()}</div> }.into_any())}
        </section>
    }
}

/// What went wrong, and what to do about it: again where that may help, else the way out. The server's answer has the
/// matching status.
#[component]
pub fn ErrorNotice(error: ApiError, #[prop(optional, into)] retry: Option<Callback<()>>) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::request::set_status(&error);
    let texts = use_texts();
    let t = texts.shell;
    let text = texts.error(&error);
    let (icon, title, tone) = match &error {
        ApiError::NotFound => ("inbox", t.error_not_found_title, ""),
        ApiError::SignedOut => ("lock", t.error_signed_out_title, ""),
        ApiError::Forbidden => ("lock", t.error_forbidden_title, ""),
        ApiError::Taken { .. } | ApiError::TooMany { .. } => ("warning", t.error_title, "bad"),
        ApiError::Invalid { .. } => ("warning", t.error_invalid_title, "bad"),
        ApiError::Unavailable => ("warning", t.error_title, "bad"),
        ApiError::Network => ("offline", t.error_title, "bad"),
    };
    let again = error.is_passing().then_some(retry).flatten();
    let way_out = match &error {
        ApiError::NotFound => Some((dom::at("/sims"), t.back_to_sims)),
        // In a portal's frame it is the portal that opens it anew.
        ApiError::SignedOut | ApiError::Forbidden if dom::is_framed() => None,
        ApiError::Forbidden => Some(("/".to_owned(), t.back_to_dashboard)),
        ApiError::Invalid { .. } => Some((use_location().pathname.get_untracked(), texts.sims.clear_filters)),
        ApiError::SignedOut => {
            Some((dom::url("/sign-in", &[("to", use_location().pathname.get_untracked())]), t.sign_in_again))
        }
        ApiError::Taken { .. } | ApiError::TooMany { .. } | ApiError::Unavailable | ApiError::Network => None,
    };
    // Another document: what was signed in is gone from this one.
    let rel = (error == ApiError::SignedOut).then_some("external");
    view! {
        <div role="alert">
            <Notice icon=icon title=title text=text class=tone>
                {again
                    .map(|again| {
                        view! {
                            <button type="button" class="button primary" on:click=move |_| again.run(())>
                                <Icon name="refresh"/>
                                {t.retry}
                            </button>
                        }.into_any()
                    })}
                {way_out.map(|(address, words)| view! { <a class="button primary" href=address rel=rel>{words}</a> }.into_any())}
            </Notice>
        </div>
    }
}

/// Rows to be, in the height that they will have.
#[component]
pub fn SkeletonRows(rows: u32) -> impl IntoView {
    let t = use_texts().shell;
    view! {
        <div class="skeleton-rows" aria-busy="true">
            <span class="visually-hidden" role="status">{t.loading}</span>
            {(0..rows).map(|_| view! { <div class="skeleton-row"><span class="skeleton"></span></div> }.into_any()).collect_view()}
        </div>
    }
}
