//! The table, its keyboard, and what stands in its place when there is nothing to show.

use super::{
    cell::{Cell, class, number},
    list::ListState,
    selection::PageCheck,
};
use crate::{
    api::ApiError,
    components::{ErrorNotice, Icon, Notice},
    dom,
    format::use_format,
    i18n::use_texts,
};
use leptos::{ev, prelude::*};
use opencmp_domain::query::SimColumn;
use wasm_bindgen::JsCast;

#[component]
pub fn Rows(list: ListState) -> impl IntoView {
    let t = use_texts();
    let format = use_format();
    row_keys();
    let columns = Memo::new(move |_| list.asked.with(|asked| asked.columns.clone()));
    let header = move |column: SimColumn| {
        let sort = move || list.asked.with(|asked| asked.query().sort);
        let aria_sort = move || match sort() {
            sort if sort.column != column => None,
            sort if sort.descending => Some("descending"),
            _ => Some("ascending"),
        };
        view! {
            <th scope="col" class=class(column).replace(" mono", "") aria-sort=aria_sort>
                {(column == SimColumn::Msisdn && list.selection.offered)
                    .then(|| view! { <PageCheck list/> }.into_any())}
                <a
                    class="sort"
                    href=move || list.asked.with(|asked| asked.with_sort(column))
                    data-noscroll=""
                    rel="nofollow"
                >
                    {t.column(column)}
                    <Icon name="sort"/>
                </a>
            </th>
        }
        .into_any()
    };
    view! {
        <table
            class="table"
            class:is-loading=move || list.loading.get()
            aria-busy=move || list.loading.get().then_some("true")
            hidden=move || list.rows.with(Vec::is_empty)
        >
            <caption class="visually-hidden">{t.sims.title}</caption>
            <thead>
                <tr>
                    {move || columns.get().into_iter().map(header).collect_view()}
                    <th scope="col" class="c-open"><span class="visually-hidden">{t.sims.details}</span></th>
                </tr>
            </thead>
            <tbody>
                {move || {
                    let columns = columns.get();
                    list.rows
                        .get()
                        .into_iter()
                        .map(|row| {
                            let cells = columns
                                .iter()
                                .map(|column| view! { <Cell list row=row.clone() column=*column format/> }.into_any())
                                .collect_view();
                            let name = (t.sims.open_sim)(&number(&row));
                            let id = row.fixed.id;
                            view! {
                                <tr
                                    data-sim=row.fixed.id.to_string()
                                    class:chosen=move || list.selection.offered && list.selection.holds(id)
                                >
                                    {cells} <td class="c-open">
                                        <a
                                            href=dom::at(&format!("/sims/{}", row.fixed.id))
                                            aria-label=name.clone()
                                            title=t.sims.details
                                            tabindex="-1"
                                        >
                                            <Icon name="chevron-right"/>
                                        </a>
                                    </td>
                                </tr>
                            }.into_any()
                        })
                        .collect_view()
                }}
            </tbody>
        </table>
    }
}

/// What stands in the table's place when no row is on the screen.
#[component]
pub fn Instead(list: ListState) -> impl IntoView {
    let t = use_texts().sims;
    let nothing = move || {
        if list.rows.with(|rows| !rows.is_empty()) {
            return None;
        }
        let asked = list.asked.get();
        let leave = asked.with(|query| query.list = None);
        Some(match list.error.get() {
            Some(ApiError::NotFound) if asked.query().list.is_some() => view! {
                <Notice icon="paste" title=t.list_gone>
                    <a class="button primary" href=leave>{t.list_leave}</a>
                </Notice>
            }
            .into_any(),
            Some(error) => view! { <ErrorNotice error retry=move || list.reload()/> }.into_any(),
            None if list.total.get() > 0 => view! {
                <Notice icon="inbox" title=t.past_end>
                    <a class="button primary" href=asked.with(|query| query.page = 1)>{t.to_first_page}</a>
                </Notice>
            }
            .into_any(),
            None if asked.is_filtered() => view! {
                <Notice icon="filter-off" title=t.nothing_title text=t.nothing_text>
                    <a class="button primary" href=asked.unfiltered()>{t.clear_filters}</a>
                </Notice>
            }
            .into_any(),
            None => view! { <Notice icon="sim" title=t.empty_title text=t.empty_text/> }.into_any(),
        })
    };
    view! { {nothing} }
}

/// j and k anywhere on the page, x in a row, arrows within the table, Home and End: the focus walks along the rows' links, so that
/// Enter opens.
fn row_keys() {
    let keys = move |event: ev::KeyboardEvent| {
        if dom::is_typing(&event) || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let active = document().active_element();
        let within = active
            .as_ref()
            .is_some_and(|active| active.closest(".sims-table tbody").is_ok_and(|found| found.is_some()));
        let step = match event.key().as_str() {
            "j" => Step::By(1),
            "k" => Step::By(-1),
            "ArrowDown" if within => Step::By(1),
            "ArrowUp" if within => Step::By(-1),
            "x" => return choose(active.as_ref()),
            "Home" if within => Step::First,
            "End" if within => Step::Last,
            _ => return,
        };
        let Ok(links) = document().query_selector_all(".sims-table .row-link") else { return };
        let count = i64::from(links.length());
        if count == 0 {
            return;
        }
        event.prevent_default();
        let row = active.and_then(|active| active.closest("tr").ok().flatten());
        let at = (0..count).find(|i| {
            links
                .item(*i as u32)
                .is_some_and(|link| row.as_ref().is_some_and(|row| row.contains(Some(&link))))
        });
        let next = match (step, at) {
            (Step::First, _) | (Step::By(_), None) => 0,
            (Step::Last, _) => count - 1,
            (Step::By(by), Some(at)) => (at + by).clamp(0, count - 1),
        };
        if let Some(link) = links.item(next as u32) {
            let _ = link.unchecked_into::<web_sys::HtmlElement>().focus();
        }
    };
    Effect::new(move |_| {
        let handle = window_event_listener(ev::keydown, keys);
        on_cleanup(move || handle.remove());
    });
}

/// Chooses the row that has the focus, where rows can be chosen.
fn choose(active: Option<&web_sys::Element>) {
    let row = active.and_then(|active| active.closest(".sims-table tbody tr").ok().flatten());
    let check = row.and_then(|row| row.query_selector(".row-check").ok().flatten());
    if let Some(check) = check {
        check.unchecked_into::<web_sys::HtmlElement>().click();
    }
}

enum Step {
    By(i64),
    First,
    Last,
}
