//! 顯示第 1 至 50 項結果，共 553 項, the page size, and the way to other pages.

use super::list::{ListState, use_go};
use crate::{components::Icon, format::thousands, i18n::use_texts};
use leptos::prelude::*;
use opencmp_domain::query::SimQuery;

#[component]
pub fn Pager(list: ListState) -> impl IntoView {
    let t = use_texts().sims;
    let go = use_go();
    let shown = move || {
        let (page, size) = list.shown.with(|query| (u64::from(query.page), u64::from(query.page_size)));
        let rows = list.rows.with(Vec::len) as u64;
        if rows == 0 {
            return t.showing_none.to_owned();
        }
        let from = (page - 1) * size + 1;
        (t.showing)(&thousands(from), &thousands(from + rows - 1), &thousands(list.total.get()))
    };
    let last = move || {
        let size = list.shown.with(|query| u64::from(query.page_size)).max(1);
        u32::try_from(list.total.get().div_ceil(size)).unwrap_or(u32::MAX).max(1)
    };
    let page = move || list.asked.with(|asked| asked.query().page);
    let address = move |page: u32| list.asked.with(|asked| asked.with(|query| query.page = page));
    let step = move |icon: &'static str, label: &'static str, to: Memo<Option<u32>>| {
        view! {
            // Without an address it still is a link, one that leads nowhere now.
            <a
                role="link"
                class="button quiet square"
                aria-label=label
                title=label
                data-noscroll=""
                href=move || to.get().map(address)
                aria-disabled=move || to.get().is_none().then_some("true")
            >
                <Icon name=icon/>
            </a>
        }
        .into_any()
    };
    let back = Memo::new(move |_| (page() > 1).then(|| page() - 1));
    let first = Memo::new(move |_| (page() > 1).then_some(1));
    let onward = Memo::new(move |_| (page() < last()).then(|| page() + 1));
    let end = Memo::new(move |_| (page() < last()).then(last));
    view! {
        <div class="pager">
            <p class="shown" role="status" aria-live="polite">{shown}</p>
            <label class="size">
                <span class="muted">{t.page_size}</span>
                <select
                    class="select"
                    on:change=move |event| {
                        if let Ok(size) = event_target_value(&event).parse() {
                            go(list.asked.with_untracked(|asked| asked.with(|query| query.page_size = size)));
                        }
                    }
                >
                    {SimQuery::PAGE_SIZES
                        .map(|size| {
                            let chosen = move || list.asked.with(|asked| asked.query().page_size == size);
                            view! { <option value=size selected=chosen prop:selected=chosen>{size}</option> }.into_any()
                        })}
                </select>
            </label>
            <nav aria-label=t.pages>
                {step("first", t.page_first, first)} {step("chevron-left", t.page_previous, back)}
                {move || {
                    let here = page();
                    near(here, last())
                        .into_iter()
                        .map(|page| match page {
                            Some(page) => {
                                view! {
                                    <a
                                        class="button quiet page-number"
                                        href=address(page)
                                        data-noscroll=""
                                        aria-label=(t.page)(&page.to_string())
                                        aria-current=(page == here).then_some("page")
                                    >
                                        {thousands(u64::from(page))}
                                    </a>
                                }
                                    .into_any()
                            }
                            None => view! { <span class="gap" aria-hidden="true">"…"</span> }.into_any(),
                        })
                        .collect_view()
                }} {step("chevron-right", t.page_next, onward)} {step("last", t.page_last, end)}
            </nav>
        </div>
    }
}

/// The first, the last and those around here; `None` is a gap.
fn near(here: u32, last: u32) -> Vec<Option<u32>> {
    let mut wanted: Vec<u32> = [1, here.saturating_sub(1), here, here.saturating_add(1), last]
        .into_iter()
        .filter(|page| (1..=last).contains(page))
        .collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut pages = Vec::with_capacity(wanted.len() + 2);
    let mut before = 0;
    for page in wanted {
        match page - before {
            0 | 1 => {}
            2 => pages.push(Some(page - 1)),
            _ => pages.push(None),
        }
        pages.push(Some(page));
        before = page;
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn pages_near_here_with_both_ends() {
        let text = |here, last| {
            near(here, last)
                .into_iter()
                .map(|page| page.map_or("…".to_owned(), |page| page.to_string()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(text(1, 1), "1");
        assert_eq!(text(1, 12), "1 2 … 12");
        assert_eq!(text(4, 12), "1 2 3 4 5 … 12");
        assert_eq!(text(6, 12), "1 … 5 6 7 … 12");
        assert_eq!(text(12, 12), "1 … 11 12");
        assert_eq!(text(99, 3), "1 2 3");
    }
}
