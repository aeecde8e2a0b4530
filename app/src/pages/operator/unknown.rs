//! SIMs that the network speaks of and the inventory doesn't, page by page; the page stands in the URL.

use crate::{
    api,
    charts::amount,
    clock::use_clock,
    components::{ErrorNotice, SkeletonRows},
    figures::OperatorFigures,
    format::use_format,
    i18n::use_texts,
    json::fetched,
};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use opencmp_domain::operator::UnknownSim;

/// Rows that the service answers a page with.
const PAGE: u64 = 50;

#[component]
pub fn UnknownSims(figures: RwSignal<OperatorFigures>) -> impl IntoView {
    let t = use_texts().operator();
    let f = use_format();
    let map = use_query_map();
    let page = Memo::new(move |_| {
        map.with(|map| map.get("unknown").and_then(|page| page.parse().ok())).unwrap_or(1u32)
    });
    let sims = fetched(move || page.get(), api::unknown_sims);
    // With the number of them, which comes with the page's other figures.
    Effect::new(move |first: Option<()>| {
        figures.track();
        if first.is_some() {
            sims.refetch();
        }
    });
    let total = move || figures.with(|held| held.status.unknown_sims);
    let pages = move || total().div_ceil(PAGE).max(1);
    let to = move |page: u64| format!("/operator?unknown={page}");
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.unknown}</h2>
                <span class="badge plain">{move || f.count(total())}</span>
            </div>
            <p class="card-note muted">{t.unknown_hint}</p>
            <Transition fallback=move || view! { <SkeletonRows rows=5/> }>
                {move || Suspend::new(async move {
                    match sims.await {
                        Ok(sims) if sims.is_empty() => {
                            let none = if page.get_untracked() > 1 { t.unknown_page_empty } else { t.unknown_none };
                            view! { <p class="card-body muted">{none}</p> }.into_any()
                        }
                        Ok(sims) => view! { <UnknownTable sims/> }.into_any(),
                        Err(error) => {
                            let retry = Callback::new(move |()| sims.refetch());
                            view! { <ErrorNotice error retry/> }.into_any()
                        }
                    }
                })}
            </Transition>
            <Show when=move || { pages() > 1 || page.get() != 1 }>
                <nav class="card-foot button-row">
                    <Show when=move || page.get() != 1>
                        <a class="button small" href=move || to(u64::from(page.get()).saturating_sub(1).max(1)) data-noscroll="">
                            {t.newer}
                        </a>
                    </Show>
                    <span class="muted">{move || (t.page_n)(&page.get().to_string())}</span>
                    <Show when=move || { u64::from(page.get()) < pages() }>
                        <a class="button small" href=move || to(u64::from(page.get()) + 1) data-noscroll="">{t.older}</a>
                    </Show>
                </nav>
            </Show>
        </section>
    }
}

#[component]
fn UnknownTable(sims: Vec<UnknownSim>) -> impl IntoView {
    let t = use_texts().operator();
    let f = use_format();
    let clock = use_clock();
    view! {
        <div class="scroll">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"IMSI"</th>
                        <th scope="col">"MSISDN"</th>
                        <th scope="col">"IMEI"</th>
                        <th scope="col">"APN"</th>
                        <th scope="col" class="num">{t.usage_cycle}</th>
                        <th scope="col">{t.first_seen}</th>
                        <th scope="col">{t.last_seen}</th>
                    </tr>
                </thead>
                <tbody>
                    {sims
                        .into_iter()
                        .map(|sim| {
                            let last = sim.last_seen_at;
                            let text = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
                            view! {
                                <tr>
                                    <th scope="row">
                                        <a href=format!("/sims/{}", sim.id)>
                                            {sim.imsi.map_or_else(|| format!("#{}", sim.id), |imsi| imsi.to_string())}
                                        </a>
                                    </th>
                                    <td>{text(sim.msisdn.map(|number| number.national()))}</td>
                                    <td>{text(sim.imei.map(|imei| imei.to_string()))}</td>
                                    <td>{text(sim.apn.map(|apn| apn.to_string()))}</td>
                                    <td class="num">{amount(sim.usage_cycle)}</td>
                                    <td>{f.date_time(sim.first_seen_at)}</td>
                                    <td title=last.map(|at| f.date_time(at))>
                                        {move || last.map_or("–".to_owned(), |at| f.age(clock.now(), at))}
                                    </td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
            </table>
        </div>
    }
}
