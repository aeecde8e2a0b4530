//! The search box: any identifier or name. Results while one types; Enter without a choice goes to the list.

use crate::{
    api,
    components::{Icon, connection_tone},
    dom,
    i18n::use_texts,
};
use leptos::{ev, html, leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use leptos_router::hooks::use_navigate;
use opencmp_domain::{query::SimQuery, sim::SimRow};
use std::time::Duration;

/// Waits for a pause in typing.
const PAUSE: Duration = Duration::from_millis(120);

#[component]
pub fn SearchBox() -> impl IntoView {
    let t = use_texts();
    let node = NodeRef::<html::Input>::new();
    let text = RwSignal::new(String::new());
    let open = RwSignal::new(false);
    // `None` until the first answer.
    let results = RwSignal::new(None::<Vec<SimRow>>);
    // The chosen line; the last one searches the list.
    let chosen = RwSignal::new(None::<usize>);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let navigate = StoredValue::new(use_navigate());

    let ask = move || {
        let asked = text.get_untracked();
        spawn_local(async move {
            let found = api::sim_quick_search(asked.clone()).await.unwrap_or_default();
            // An answer to what has been typed over is no answer.
            if text.try_get_untracked().is_some_and(|now| now == asked) {
                results.set(Some(found));
                chosen.set(None);
            }
        });
    };
    let typed = move |event: ev::Event| {
        text.set(event_target_value(&event).trim().to_owned());
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        if text.with_untracked(String::is_empty) {
            open.set(false);
            results.set(None);
            return;
        }
        open.set(true);
        timer.set_value(set_timeout_with_handle(ask, PAUSE).ok());
    };
    let go = move |address: &str| {
        open.set(false);
        if let Some(input) = node.get_untracked() {
            input.set_value("");
            let _ = input.blur();
        }
        text.set(String::new());
        results.set(None);
        navigate.with_value(|navigate| navigate(address, Default::default()));
    };
    let count = move || results.with_untracked(|found| found.as_ref().map_or(0, Vec::len)) + 1;
    let list_address = move || list_address(&text.get_untracked());
    let enter = move || {
        let sim = chosen.get_untracked().and_then(|at| {
            results.with_untracked(|found| found.as_ref().and_then(|found| found.get(at)).map(|row| row.id))
        });
        match sim {
            Some(id) => go(&format!("/sims/{id}")),
            None if text.with_untracked(|text| !text.is_empty()) => go(&list_address()),
            None => {}
        }
    };
    let keys = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "ArrowDown" | "ArrowUp" if open.get_untracked() => {
            event.prevent_default();
            let count = count();
            chosen.update(|at| {
                *at = Some(match (*at, event.key() == "ArrowDown") {
                    (None, true) => 0,
                    (None, false) => count - 1,
                    (Some(at), true) => (at + 1) % count,
                    (Some(at), false) => (at + count - 1) % count,
                });
            });
        }
        "Escape" => {
            open.set(false);
            if let Some(input) = node.get_untracked() {
                let _ = input.blur();
            }
        }
        _ => {}
    };
    // Not at once, so that a click on a result still finds it.
    let left = move |_| {
        set_timeout(
            move || {
                let _ = open.try_set(false);
            },
            Duration::from_millis(150),
        );
    };
    view! {
        <div class="search" role="search" aria-label=t.shell.search_everywhere>
            <form
                action="/sims"
                method="get"
                on:submit=move |event| {
                    event.prevent_default();
                    enter();
                }
            >
                <Icon name="search"/>
                <input
                    node_ref=node
                    id="search"
                    class="input"
                    type="search"
                    name="q"
                    autocomplete="off"
                    spellcheck="false"
                    maxlength=SimQuery::MOST_TEXT
                    placeholder=t.shell.search
                    aria-label=t.shell.search
                    role="combobox"
                    aria-expanded=move || if open.get() { "true" } else { "false" }
                    aria-controls="search-results"
                    aria-autocomplete="list"
                    aria-activedescendant=move || chosen.get().map(|at| format!("search-result-{at}"))
                    on:input=typed
                    on:keydown=keys
                    on:focus=move |_| {
                        if results.with_untracked(Option::is_some) {
                            open.set(true);
                        }
                    }
                    on:blur=left
                />
                <kbd aria-hidden="true">"/"</kbd>
            </form>
            <div
                id="search-results"
                class="search-panel"
                role="listbox"
                aria-label=t.shell.search_results
                hidden=move || !open.get()
            >
                {move || {
                    results
                        .get()
                        .map(|found| {
                            let last = found.len();
                            let none = found.is_empty();
                            let typed = text.get();
                            view! {
                                {none
                                    .then(|| {
                                        view! { <p class="menu-empty" role="presentation">{t.shell.search_none}</p> }.into_any()
                                    })}
                                {found
                                    .into_iter()
                                    .enumerate()
                                    .map(|(at, row)| view! { <Found at row chosen typed=typed.clone() go/> }.into_any())
                                    .collect_view()}
                                <div
                                    id=format!("search-result-{last}")
                                    class="search-result"
                                    role="option"
                                    aria-selected=move || if chosen.get() == Some(last) { "true" } else { "false" }
                                    on:mousedown=move |_| go(&list_address())
                                >
                                    <Icon name="list"/>
                                    <span>{(t.shell.search_all)(&typed)}</span>
                                </div>
                            }.into_any()
                        })
                }}
            </div>
        </div>
    }
}

fn list_address(text: &str) -> String {
    let query = SimQuery { text: text.to_owned(), ..SimQuery::default() };
    dom::url("/sims", &query.to_pairs())
}

#[component]
fn Found(
    at: usize,
    row: SimRow,
    chosen: RwSignal<Option<usize>>,
    typed: String,
    go: impl Fn(&str) + Copy + 'static,
) -> impl IntoView {
    let t = use_texts();
    let id = row.id;
    let tone = connection_tone(row.live.connection);
    let number = row.msisdn.map(|msisdn| msisdn.national());
    let name = row.name.clone();
    let second = matched_identifier(&row, &typed).or_else(|| row.group_name.clone());
    view! {
        <div
            id=format!("search-result-{at}")
            class="search-result"
            role="option"
            aria-selected=move || if chosen.get() == Some(at) { "true" } else { "false" }
            on:mousedown=move |_| go(&format!("/sims/{id}"))
        >
            <span class=format!("dot {tone}")></span>
            <span>
                <span class="mono">{number.unwrap_or_else(|| t.state.none.to_owned())}</span>
                {name.map(|name| format!("　{name}"))}
            </span>
            <span class="muted">{t.connection(row.live.connection)}</span>
            {second.map(|second| view! { <span class="second">{second}</span> }.into_any())}
        </div>
    }
}

/// The identifier that the text was found in, when it isn't the number or the name that the line shows anyway.
fn matched_identifier(row: &SimRow, typed: &str) -> Option<String> {
    let identifiers = [
        ("ICCID", row.iccid.map(|iccid| iccid.to_string())),
        ("IMSI", row.imsi.map(|imsi| imsi.to_string())),
        ("IMEI", row.imei.map(|imei| imei.to_string())),
    ];
    identifiers
        .into_iter()
        .filter_map(|(kind, value)| Some((kind, value?)))
        .find(|(_, value)| value.contains(typed))
        .map(|(kind, value)| format!("{kind} {value}"))
}
