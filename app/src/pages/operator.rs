//! 電信維運: is the network's feed arriving, and is it keeping up. The operator's staff only.

mod gateways;
mod ingest;
mod unknown;

use crate::{
    components::Icon,
    figures::{OperatorFigures, operator_figures},
    format::use_format,
    i18n::use_texts,
    json::fetched,
    live,
    pages::board::{Loaded, catch_up, refresh},
};
use gateways::{Gateways, Strangers};
use ingest::Ingest;
use leptos::prelude::*;
use leptos_meta::Title;
use opencmp_domain::{
    live::{LiveUpdate, Watch},
    sim::TenantChoice,
};
use unknown::UnknownSims;

/// The feed's figures come live; gateways, sources and the chart are fetched this often.
const REFRESH_MS: u32 = 15_000;

#[component]
pub fn OperatorPage() -> impl IntoView {
    let t = use_texts();
    let figures = fetched(|| (), |()| operator_figures());
    view! {
        <Title text=t.operator().title/>
        <div class="operator-page">
            <header class="page-head">
                <h1>{t.operator().title}</h1>
                <p class="muted">{t.operator().lead}</p>
                <div class="end">
                    <a class="button" href="/cells">
                        <Icon name="tower"/>
                        {t.operator().cells}
                    </a>
                </div>
            </header>
            <Loaded figures let:initial>
                <Board initial/>
            </Loaded>
        </div>
    }
}

#[component]
fn Board(initial: OperatorFigures) -> impl IntoView {
    let status = RwSignal::new(initial.status.ingest.clone());
    let figures = RwSignal::new(initial);
    let again = refresh(figures, REFRESH_MS, operator_figures);
    let watch = Watch { ingest: true, ..Watch::default() };
    live::subscribe(Signal::stored(Some(watch)), move |update: LiveUpdate| {
        if let Some(now) = update.ingest {
            status.set(now);
        }
    });
    catch_up(again);

    view! {
        <Ingest figures status/>
        <Gateways figures/>
        <div class="operator-columns">
            <Strangers figures/>
            {move || {
                let tenants = figures.with(|held| held.status.tenants.clone());
                view! { <Tenants tenants/> }
            }}
        </div>
        <UnknownSims figures/>
    }
}

#[component]
fn Tenants(tenants: Vec<TenantChoice>) -> impl IntoView {
    let t = use_texts();
    let f = use_format();
    view! {
        <section class="card">
            <div class="card-head"><h2>{t.operator().tenants}</h2></div>
            {if tenants.is_empty() {
                view! { <p class="card-body muted">{t.operator().tenants_none}</p> }.into_any()
            } else {
                view! {
                    <div class="scroll">
                        <table class="table">
                            <thead>
                                <tr>
                                    <th scope="col">{t.operator().tenant}</th>
                                    <th scope="col" class="num">{t.operator().sims}</th>
                                    <th scope="col">{t.operator().time_zone}</th>
                                    <th scope="col" class="num">{t.operator().cycle_day}</th>
                                </tr>
                            </thead>
                            <tbody>
                                {tenants
                                    .into_iter()
                                    .map(|tenant| {
                                        view! {
                                            <tr>
                                                <th scope="row">{tenant.name}</th>
                                                <td class="num">{f.count(tenant.sims)}</td>
                                                <td>{tenant.time_zone}</td>
                                                <td class="num">{tenant.cycle_day}</td>
                                            </tr>
                                        }
                                    })
                                    .collect_view()}
                            </tbody>
                        </table>
                    </div>
                }
                    .into_any()
            }}
        </section>
    }
}
