//! The SIMs in stock, page by page.

use super::State;
use crate::{
    api::stock as api,
    components::{ErrorNotice, Notice, Pages, ServiceBadge, SkeletonRows},
    format::{thousands, use_format},
    i18n::use_texts,
    json::fetched,
};
use leptos::{ev, prelude::*};
use opencmp_domain::stock::{StockFilter, StockPage, StockSim};

/// As many as the server answers with.
const PAGE: u64 = 50;
const SKELETON_ROWS: u32 = 6;

#[component]
pub fn StockList(state: State) -> impl IntoView {
    let t = use_texts().stock();
    let typed = RwSignal::new(String::new());
    let filter = RwSignal::new(StockFilter::default());
    let page = RwSignal::new(1u32);
    let found = fetched(
        move || (filter.get(), page.get(), state.changes.get()),
        |(filter, page, _)| api::stock_page(filter, page),
    );
    let search = move |event: ev::SubmitEvent| {
        event.prevent_default();
        page.set(1);
        filter.update(|filter| filter.text = typed.get_untracked().trim().to_owned());
    };
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.list}</h2>
                <form class="joined stock-search end" role="search" on:submit=search method="post">
                    <input
                        class="input grow"
                        type="search"
                        maxlength="40"
                        autocomplete="off"
                        aria-label=t.search
                        placeholder=t.search
                        prop:value=typed
                        on:input=move |event| typed.set(event_target_value(&event))
                    />
                    <button type="submit" class="button">{t.search_button}</button>
                </form>
            </div>
            <Transition fallback=|| view! { <SkeletonRows rows=SKELETON_ROWS/> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(found) => view! { <Page found page filter state/> }.into_any(),
                        Err(error) => view! { <ErrorNotice error retry=move || found.refetch()/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Page(found: StockPage, page: RwSignal<u32>, filter: RwSignal<StockFilter>, state: State) -> impl IntoView {
    let t = use_texts().stock();
    let total = found.total;
    if total == 0 {
        return view! { <Notice icon="sim" title=t.list_none class="small"/> }.into_any();
    }
    let lines: Vec<_> = found.sims.into_iter().map(|sim| view! { <SimLine sim/> }.into_any()).collect();
    let searched = !filter.with_untracked(|filter| filter.text.is_empty());
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=t.list>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{t.msisdn}</th>
                        <th scope="col">{t.iccid}</th>
                        <th scope="col">{t.imsi}</th>
                        <th scope="col">{t.batch}</th>
                        <th scope="col">{t.plan}</th>
                        <th scope="col">{t.state}</th>
                        <th scope="col">{t.since}</th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
        <div class="card-foot button-row">
            <span class="muted">{(t.found)(&thousands(total))}</span>
            {searched
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="button small"
                            on:click=move |_| state.allocate(filter.get_untracked())
                        >
                            {(t.allocate_do)(&thousands(total))}
                        </button>
                    }
                    .into_any()
                })}
            <Pages page total size=PAGE words=(t.newer, t.page, t.older)/>
        </div>
    }
    .into_any()
}

#[component]
fn SimLine(sim: StockSim) -> impl IntoView {
    let f = use_format();
    let state = sim.service_state;
    view! {
        <tr>
            <th scope="row" class="mono">{sim.msisdn.map_or_else(|| "–".to_owned(), |number| number.national())}</th>
            <td class="mono">{sim.iccid.map(|iccid| iccid.to_string())}</td>
            <td class="mono">{sim.imsi.map(|imsi| imsi.to_string())}</td>
            <td>{sim.batch}</td>
            <td>{sim.plan}</td>
            <td><ServiceBadge state/></td>
            <td>{f.date_time(sim.stocked_at)}</td>
        </tr>
    }
}
