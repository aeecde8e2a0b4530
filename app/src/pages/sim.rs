//! The SIM page: who it is, how far its data gets, and everything that happened to it.
//!
//! - [`state`]: the SIM on the screen, and how it follows the live stream.
//! - [`overview`]: [`path`] (SIM → network → session → data), [`identity`], [`sessions_now`], [`usage`].
//! - [`edit`]: what people say of the SIM.
//! - [`history`]: sessions as long as they are kept. [`timeline`]: events, by day. [`filtered`]: what both share. Alerts are [`super::alerts::brief`]'s.

mod edit;
mod filtered;
mod history;
mod identity;
mod path;
mod sessions_now;
mod state;
mod timeline;
mod usage;

use crate::{
    api,
    components::{ConnectionBadge, Copy, ErrorNotice, Icon, ServiceBadge, SkeletonRows},
    dom,
    i18n::use_texts,
    json::fetched_first,
    pages::alerts::brief::SimAlerts,
};
use history::History;
use identity::Identity;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use opencmp_domain::SimId;
use path::DataPath;
use sessions_now::SessionsNow;
pub use sessions_now::{cell_text, network};
use state::SimState;
pub use timeline::EventLine;
use timeline::{RecentEvents, Timeline};
use usage::{UsageFiguresCard, UsageTab};

#[component]
pub fn SimPage() -> impl IntoView {
    let t = use_texts();
    let params = use_params_map();
    let id =
        Memo::new(move |_| params.with(|params| params.get("id").and_then(|id| id.parse::<SimId>().ok())));
    let detail = fetched_first(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => api::sim_detail(id).await,
                None => Err(api::ApiError::NotFound),
            }
        },
    );
    view! {
        <div class="page sim-page">
            <Transition fallback=move || view! { <SkeletonRows rows=12/> }>
                {move || Suspend::new(async move {
                    match detail.await {
                        Ok(loaded) => view! { <Sim loaded/> }.into_any(),
                        Err(error) => {
                            view! {
                                <Title text=t.sim().title/>
                                <h1 class="visually-hidden">{t.sim().title}</h1>
                                <ErrorNotice error retry=move || detail.refetch()/>
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
        </div>
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Overview,
    Sessions,
    Usage,
    Timeline,
    Alerts,
}

impl Tab {
    const ALL: [Self; 5] = [Self::Overview, Self::Sessions, Self::Usage, Self::Timeline, Self::Alerts];

    fn code(self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Sessions => "sessions",
            Self::Usage => "usage",
            Self::Timeline => "timeline",
            Self::Alerts => "alerts",
        }
    }

    fn address(self, id: SimId) -> String {
        match self {
            Self::Overview => dom::at(&format!("/sims/{id}")),
            tab => dom::at(&format!("/sims/{id}?tab={}", tab.code())),
        }
    }
}

#[component]
fn Sim(loaded: api::SimView) -> impl IntoView {
    let t = use_texts();
    let query = use_query_map();
    let tab = Memo::new(move |_| {
        let code = query.with(|query| query.get("tab").unwrap_or_default());
        Tab::ALL.into_iter().find(|tab| tab.code() == code).unwrap_or_default()
    });
    let row = &loaded.detail.row;
    let id = row.id;
    let number = row.msisdn.map(|msisdn| msisdn.national());
    let title = number.clone().unwrap_or_else(|| format!("#{id}"));
    let alone = loaded.alone;
    let sim = SimState::new(loaded);
    sim.follow();
    let name = sim.part(|detail| detail.row.name.clone());
    let group = sim.part(|detail| detail.row.group.zip(detail.row.group_name.clone()));
    let plan = sim.part(|detail| detail.row.plan.clone());
    let label = move |tab: Tab| match tab {
        Tab::Overview => t.sim().overview,
        Tab::Sessions => t.sim().sessions,
        Tab::Usage => t.sim().usage,
        Tab::Timeline => t.sim().timeline,
        Tab::Alerts => t.alerts().of_sim,
    };
    view! {
        <Title text=(t.sim().title_of)(&title)/>
        <header class="sim-head">
            {(!alone)
                .then(|| {
                    view! {
                        <a class="back" href=dom::at("/sims")>
                            <Icon name="chevron-left"/>
                            {t.sim().back}
                        </a>
                    }
                    .into_any()
                })}
            <div class="sim-title">
                <h1>
                    {match number {
                        Some(number) => view! { <Copy value=number what=t.sim().msisdn/> }.into_any(),
                        None => view! { {title} }.into_any(),
                    }}
                </h1>
                <span class="sim-name">{move || name.get()}</span>
                <ServiceBadge state=sim.part(|detail| detail.row.service_state)/>
                <ConnectionBadge
                    state=sim.part(|detail| detail.row.live.connection)
                    last=sim.part(|detail| detail.row.live.last_message)
                    at=sim.part(|detail| detail.row.live.last_access_at)
                />
            </div>
            <p class="sim-sub muted">
                {move || {
                    group
                        .get()
                        .map(|(id, name)| match alone {
                            true => view! { {name} }.into_any(),
                            false => {
                                view! { <a href=dom::at(&format!("/sims?group={id}"))>{name}</a> }.into_any()
                            }
                        })
                }} {move || plan.get().map(|plan| format!(" · {plan}"))}
            </p>
        </header>
        <nav class="tabs" aria-label=t.sim().tabs>
            {Tab::ALL
                .map(|item| {
                    view! {
                        <a
                            href=item.address(id)
                            data-noscroll=""
                            aria-current=move || (tab.get() == item).then_some("page")
                        >
                            {label(item)}
                        </a>
                    }
                })}
        </nav>
        {move || match tab.get() {
            Tab::Overview => view! { <Overview sim/> }.into_any(),
            Tab::Sessions => view! { <History id/> }.into_any(),
            Tab::Usage => view! { <UsageTab sim/> }.into_any(),
            Tab::Timeline => view! { <Timeline id/> }.into_any(),
            Tab::Alerts => view! { <SimAlerts id/> }.into_any(),
        }}
    }
}

#[component]
fn Overview(sim: SimState) -> impl IntoView {
    view! {
        <DataPath sim/>
        <div class="sim-columns">
            <div class="sim-main">
                <SessionsNow sim/>
                <UsageFiguresCard sim/>
            </div>
            <div class="sim-side">
                <Identity sim/>
                <RecentEvents sim/>
            </div>
        </div>
    }
}
