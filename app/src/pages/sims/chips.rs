//! 全部/測試/暫停/啟用/停用 and 已連線/未確認/未連線, with live counts: a click filters. Both rows add up to 全部.

use super::list::ListState;
use crate::{
    components::{connection_tone, service_tone},
    format::thousands,
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::{ConnectionState, query::StateFilter};

#[component]
pub fn Chips(list: ListState) -> impl IntoView {
    let t = use_texts();
    let chip = move |filter: StateFilter| {
        let current = move || list.asked.with(|asked| asked.query().state == filter);
        let hint = (filter == StateFilter::Connection(ConnectionState::Unconfirmed))
            .then_some(t.state.unconfirmed_hint);
        view! {
            <li>
                <a
                    class="chip"
                    href=move || list.asked.with(|asked| asked.with_state(filter))
                    data-noscroll=""
                    aria-current=move || current().then_some("true")
                    title=hint
                >
                    {mark(filter).map(|mark| view! { <span class=mark></span> }.into_any())}
                    <span>{t.state_filter(filter)}</span>
                    <span class="count">{move || thousands(filter.count(&list.counts.get()))}</span>
                </a>
            </li>
        }
    };
    let service =
        StateFilter::CHIPS.into_iter().filter(|filter| !matches!(filter, StateFilter::Connection(_)));
    let connection =
        StateFilter::CHIPS.into_iter().filter(|filter| matches!(filter, StateFilter::Connection(_)));
    view! {
        <div class="chips" role="group" aria-label=t.sims.states>
            <ul aria-label=t.sims.counts_service>{service.map(chip).collect_view()}</ul>
            <ul aria-label=t.sims.counts_connection>{connection.map(chip).collect_view()}</ul>
        </div>
    }
}

/// Square for what the contract says, round for what the network says.
fn mark(filter: StateFilter) -> Option<String> {
    match filter {
        StateFilter::All => None,
        StateFilter::Service(state) => Some(format!("dot square {}", service_tone(state))),
        StateFilter::Connection(state) => Some(format!("dot {}", connection_tone(state))),
    }
}
