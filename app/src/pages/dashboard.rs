//! The dashboard page.

use crate::i18n::use_texts;
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn DashboardPage() -> impl IntoView {
    let t = use_texts();
    view! {
        <Title text=t.dashboard.title/>
        <h1>{t.dashboard.title}</h1>
    }
}
