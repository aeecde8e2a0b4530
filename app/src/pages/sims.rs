//! The sims page.

use crate::i18n::use_texts;
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn SimsPage() -> impl IntoView {
    let t = use_texts();
    view! {
        <Title text=t.sims.title/>
        <h1>{t.sims.title}</h1>
    }
}
