//! The operator page.

use crate::i18n::use_texts;
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn OperatorPage() -> impl IntoView {
    let t = use_texts();
    view! {
        <Title text=t.operator.title/>
        <h1>{t.operator.title}</h1>
    }
}
