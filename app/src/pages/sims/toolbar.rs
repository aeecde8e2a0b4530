//! What chooses: group, search, pasted list; and beside the title: views, columns, download.

use super::{
    columns::ColumnsButton,
    groups::GroupChooser,
    list::{ListState, use_go},
    paste::PasteButton,
    views::ViewsMenu,
};
use crate::{
    components::{Icon, Menu},
    dom,
    i18n::use_texts,
};
use leptos::{ev, html, leptos_dom::helpers::TimeoutHandle, prelude::*};
use opencmp_domain::query::{SearchKind, SimColumn, SimQuery, Sort};
use std::time::Duration;
use wasm_bindgen::JsCast;

/// Waits for a pause in typing.
const PAUSE: Duration = Duration::from_millis(250);

#[component]
pub fn Toolbar(list: ListState) -> impl IntoView {
    view! {
        <div class="toolbar">
            <GroupChooser list/>
            <SearchForm list/>
            <SortChoice list/>
            // In a portal's frame nothing is kept or taken along.
            {(!dom::is_framed()).then(|| view! { <PasteButton/> }.into_any())}
        </div>
    }
}

/// Filters while one types; works as a plain form as well.
#[component]
fn SearchForm(list: ListState) -> impl IntoView {
    let t = use_texts();
    let go = use_go();
    let form = NodeRef::<html::Form>::new();
    let input = NodeRef::<html::Input>::new();
    let kind = NodeRef::<html::Select>::new();
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let apply = move || {
        let (Some(input), Some(kind)) = (input.get_untracked(), kind.get_untracked()) else { return };
        let text = input.value().trim().to_owned();
        let by = kind.value().parse().unwrap_or(SearchKind::Any);
        let here = list.asked.with_untracked(|asked| asked.query());
        let same = here.text == text && (here.search == by || text.is_empty());
        if !same {
            go(list.asked.with_untracked(|asked| {
                asked.with(|query| {
                    query.text = text;
                    query.search = by;
                })
            }));
        }
    };
    let later = move || {
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
        timer.set_value(set_timeout_with_handle(apply, PAUSE).ok());
    };
    // The address changes by other ways too (back, clear, a saved view): the box follows, unless it is being typed into.
    Effect::new(move |_| {
        let (text, by) = list.asked.with(|asked| {
            let query = asked.query();
            (query.text, query.search)
        });
        if let (Some(input), Some(kind)) = (input.get(), kind.get()) {
            let node: &web_sys::Node = input.unchecked_ref();
            let typing = document().active_element().is_some_and(|active| active.is_same_node(Some(node)));
            if !typing && input.value() != text {
                input.set_value(&text);
            }
            if !text.is_empty() {
                kind.set_value(by.as_str());
            }
        }
    });
    let (text, by) = list.asked.with_untracked(|asked| {
        let query = asked.query();
        (query.text, query.search)
    });
    // What else the address says travels along when the form is sent without a script.
    let rest = list.asked.with_untracked(|asked| {
        let mut query = asked.query();
        (query.text, query.page) = (String::new(), 1);
        query.to_pairs()
    });
    view! {
        <form
            node_ref=form
            class="joined search-form"
            action=dom::at(super::address::PATH)
            method="get"
            role="search"
            aria-label=t.sims.search_list
            on:submit=move |event: ev::SubmitEvent| {
                event.prevent_default();
                apply();
            }
        >
            {rest
                .into_iter()
                .map(|(name, value)| view! { <input type="hidden" name=name value=value/> }.into_any())
                .collect_view()}
            <select
                node_ref=kind
                class="select"
                name="by"
                aria-label=t.sims.by
                on:change=move |_| apply()
            >
                {SearchKind::ALL
                    .iter()
                    .map(|kind| {
                        view! {
                            <option value=kind.as_str() selected=*kind == by>
                                {t.search_kind(*kind)}
                            </option>
                        }.into_any()
                    })
                    .collect_view()}
            </select>
            <input
                node_ref=input
                class="input"
                type="search"
                name="q"
                value=text
                maxlength=SimQuery::MOST_TEXT
                autocomplete="off"
                spellcheck="false"
                placeholder=t.sims.text
                aria-label=t.sims.text
                on:input=move |_| later()
            />
            <button type="submit" class="button" aria-label=t.sims.search>
                <Icon name="search"/>
            </button>
        </form>
    }
}

/// Where the table's headers are folded away (phones), sorting is a choice of its own.
#[component]
fn SortChoice(list: ListState) -> impl IntoView {
    let t = use_texts();
    let go = use_go();
    let sort = move || list.asked.with(|asked| asked.query().sort);
    let choices = [
        (SimColumn::Msisdn, false),
        (SimColumn::UsageToday, true),
        (SimColumn::UsageCycle, true),
        (SimColumn::LastAccess, true),
        (SimColumn::LastAccess, false),
        (SimColumn::Connection, true),
        (SimColumn::Name, false),
    ];
    view! {
        <label class="sort-choice">
            <span class="muted">{t.sims.sort_by}</span>
            <select
                class="select"
                on:change=move |event| {
                    let value = event_target_value(&event);
                    let descending = value.starts_with('-');
                    if let Ok(column) = value.trim_start_matches('-').parse() {
                        go(list
                            .asked
                            .with_untracked(|asked| {
                                asked.with(|query| query.sort = Sort { column, descending })
                            }));
                    }
                }
            >
                {choices
                    .map(|(column, descending)| {
                        let way = if descending { t.sims.sort_descending } else { t.sims.sort_ascending };
                        let dash = if descending { "-" } else { "" };
                        let chosen = move || sort() == Sort { column, descending };
                        view! {
                            <option value=format!("{dash}{column}") selected=chosen prop:selected=chosen>
                                {format!("{} · {way}", t.column(column))}
                            </option>
                        }.into_any()
                    })}
            </select>
        </label>
    }
}

/// Views, columns, download.
#[component]
pub fn Tools(list: ListState) -> impl IntoView {
    let t = use_texts().sims;
    let open = RwSignal::new(false);
    let file = move |kind: &str| {
        let kept = list.asked.with(|asked| asked.kept());
        format!("/download/sims.{kind}?{kept}")
    };
    if dom::is_framed() {
        return view! { <ColumnsButton list/> }.into_any();
    }
    view! {
        <ViewsMenu list/>
        <ColumnsButton list/>
        <Menu
            open
            class="button"
            end=true
            button=view! {
                <Icon name="download"/>
                <span class="label">{t.download}</span>
                <Icon name="chevron-down"/>
            }.into_any()
        >
            <p class="menu-title">{t.download_hint}</p>
            <a class="menu-item" href=move || file("csv") download="" on:click=move |_| open.set(false)>
                {t.download_csv}
            </a>
            <a class="menu-item" href=move || file("xlsx") download="" on:click=move |_| open.set(false)>
                {t.download_xlsx}
            </a>
        </Menu>
    }
    .into_any()
}
