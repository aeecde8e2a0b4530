//! The usage page.

use crate::i18n::use_texts;
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn UsagePage() -> impl IntoView {
    let t = use_texts();
    view! {
        <Title text=t.usage.title/>
        <h1>{t.usage.title}</h1>
    }
}
