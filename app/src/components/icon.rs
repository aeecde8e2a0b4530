use leptos::prelude::*;

/// A symbol of `public/icons.svg`, one sprite that the browser keeps. Decoration only: the words stand beside it or in
/// the label of what holds it.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" focusable="false">
            <use href=format!("/icons.svg#{name}")></use>
        </svg>
    }
}
