//! Tables of a few lines, as cards hold them.

use crate::format::thousands;
use leptos::prelude::*;

/// What stands above a column.
#[derive(Clone, Copy)]
pub enum Head {
    Text(&'static str),
    Number(&'static str),
    /// Of buttons: what it says is for screen readers.
    Hidden(&'static str),
}

/// The lines under their headings, or what is said where there are none.
#[component]
pub fn CardTable(
    heads: Vec<Head>,
    lines: Vec<AnyView>,
    empty: AnyView,
    /// Classes beside `table`.
    #[prop(optional)]
    class: &'static str,
    /// It scrolls by itself under this name, with these classes.
    #[prop(optional)]
    region: Option<(&'static str, &'static str)>,
) -> impl IntoView {
    if lines.is_empty() {
        return empty;
    }
    let heads: Vec<_> = heads
        .into_iter()
        .map(|head| match head {
            Head::Text(text) => view! { <th scope="col">{text}</th> }.into_any(),
            Head::Number(text) => view! { <th scope="col" class="num">{text}</th> }.into_any(),
            Head::Hidden(text) => {
                view! { <th scope="col"><span class="visually-hidden">{text}</span></th> }.into_any()
            }
        })
        .collect();
    let (name, classes) = region.unzip();
    view! {
        <div
            class=format!("scroll {}", classes.unwrap_or_default())
            tabindex=name.map(|_| "0")
            role=name.map(|_| "region")
            aria-label=name
        >
            <table class=format!("table {class}")>
                <thead>
                    <tr>{heads}</tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The way from page to page under a list, `size` lines each.
#[component]
pub fn Pages(
    page: RwSignal<u32>,
    total: u64,
    size: u64,
    /// Back, which page it is, on.
    words: (&'static str, fn(&str) -> String, &'static str),
) -> impl IntoView {
    let here = page.get_untracked();
    let at_end = u64::from(here) >= total.div_ceil(size);
    view! {
        <span class="pages">
            <button
                type="button"
                class="button small"
                disabled=here == 1
                on:click=move |_| page.update(|page| *page = page.saturating_sub(1).max(1))
            >
                {words.0}
            </button>
            <span>{words.1(&thousands(u64::from(here)))}</span>
            <button
                type="button"
                class="button small"
                disabled=at_end
                on:click=move |_| page.update(|page| *page += 1)
            >
                {words.2}
            </button>
        </span>
    }
}

/// In use, or switched off.
#[component]
pub fn OnOff(on: bool, words: (&'static str, &'static str)) -> impl IntoView {
    let (class, word) = if on { ("badge good", words.0) } else { ("badge", words.1) };
    view! { <span class=class>{word}</span> }
}

/// What is done to a line. `edit`, `remove`: the word on the button, and what is said of it with the line's name.
#[component]
pub fn EditRemove(
    edit: (&'static str, String),
    remove: (&'static str, String),
    on_edit: impl Fn() + 'static,
    on_remove: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button type="button" class="button small" aria-label=edit.1 on:click=move |_| on_edit()>
            {edit.0}
        </button>
        " "
        <button type="button" class="button small danger" aria-label=remove.1 on:click=move |_| on_remove()>
            {remove.0}
        </button>
    }
}
