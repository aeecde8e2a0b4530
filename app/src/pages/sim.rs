//! The sim page.

use crate::i18n::use_texts;
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn SimPage() -> impl IntoView {
    let t = use_texts();
    view! {
        <Title text=t.sim.title/>
        <h1>{t.sim.title}</h1>
    }
}
