//! Below lines of which there may be more.

use crate::{api::ApiError, i18n::use_texts};
use leptos::{prelude::*, task::spawn_local};
use std::future::Future;

/// `next`: where more begins, if there is more. `load` adds it to what is shown, and answers where the rest begins.
#[component]
pub fn More<C, F, R>(next: RwSignal<Option<C>>, load: F) -> impl IntoView
where
    C: Copy + Send + Sync + 'static,
    F: Fn(C) -> R + Copy + Send + Sync + 'static,
    R: Future<Output = Result<Option<C>, ApiError>> + 'static,
{
    let texts = use_texts();
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    let go_on = move |cursor: C| {
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let answer = load(cursor).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(rest) => _ = next.try_set(rest),
                Err(error) => _ = failed.try_set(Some(error)),
            }
        });
    };
    view! {
        <div class="card-body more">
            {move || failed.get().map(|error| view! { <span class="field-error">{texts.error(&error)}</span> }.into_any())}
            {move || {
                next.get()
                    .map(|cursor| {
                        view! {
                            <button type="button" class="button" prop:disabled=busy on:click=move |_| go_on(cursor)>
                                {texts.alerts().more}
                            </button>
                        }
                            .into_any()
                    })
            }}
        </div>
    }
}
