//! What an address that doesn't exist shows.

use crate::{components::Icon, i18n::use_texts};
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn NotFoundPage() -> impl IntoView {
    let t = use_texts().shell;
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
    view! {
        <Title text=t.page_not_found/>
        <section class="state">
            <Icon name="question"/>
            <h1>{t.page_not_found}</h1>
            <p>{t.page_not_found_hint}</p>
            <div class="button-row">
                <a class="button primary" href="/">{t.back_to_dashboard}</a>
            </div>
        </section>
    }
}
