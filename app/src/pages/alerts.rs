//! 告警機制: what happened, and when somebody is told.
//!
//! - Here: the event history. What is asked for stands in the URL. [`filters`], [`list`], [`handle`].
//! - [`incident`]: one alert with everything around it.
//! - [`rules`]: rules, channels, and what was sent.
//! - [`brief`]: alerts on other pages. [`channel`]: what is said of a channel, on one's account too. [`news`]: that there are others by now.

pub mod brief;
pub mod channel;
mod filters;
mod handle;
mod incident;
mod list;
mod more;
mod news;
mod rules;
mod taken;
mod why;

use crate::{
    api::{
        self, ApiError,
        alerts::{self as alerts_api, AlertAsk},
        people::Session,
    },
    clock::use_clock,
    components::{ErrorNotice, Notice, SkeletonRows},
    dom,
    format::use_format,
    i18n::use_texts,
    json::{Fetched, fetched},
};
use filters::Filters;
use incident::AlertPage;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use list::{List, ListState};
use news::News;
use opencmp_domain::{Day, role::Permission};
use rules::RulesPage;

/// Where `ask` is on the site.
fn history_url(ask: &AlertAsk) -> String {
    dom::url(&dom::at("/alerts"), &ask.to_pairs())
}

/// A page below `/alerts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    History,
    Rules,
    Incident,
}

/// One for all of them: each kind of page that comes when it is visited has its weight in the program that every visit
/// begins with.
#[component]
pub fn AlertPages() -> impl IntoView {
    let params = use_params_map();
    let page = Memo::new(move |_| match params.with(|params| params.get("id")).as_deref() {
        None => Page::History,
        Some("rules") => Page::Rules,
        Some(_) => Page::Incident,
    });
    move || match page.get() {
        Page::History => view! { <AlertsPage/> }.into_any(),
        Page::Rules => view! { <RulesPage/> }.into_any(),
        Page::Incident => view! { <AlertPage/> }.into_any(),
    }
}

#[component]
fn AlertsPage() -> impl IntoView {
    let t = use_texts().alerts();
    let (format, clock) = (use_format(), use_clock());
    let map = use_query_map();
    let ask = Memo::new(move |_| map.with(|map| AlertAsk::from_pairs(|name| map.get(name))));
    let groups = fetched(|| (), |()| api::groups());
    let query =
        move |ask: AlertAsk| ask.query(format.zone, Day::of(untrack(move || clock.now()), format.zone));
    let first = fetched(
        move || ask.get(),
        move |ask| {
            let query = ask.map(query);
            async move { alerts_api::alerts(query?, None).await.map_err(|error| in_words(error, t)) }
        },
    );
    view! {
        <Title text=t.history/>
        <div class="page">
            <Head here=Section::History>
                <News again=move || first.refetch()/>
            </Head>
            <WithinTenant let:reader>
                <Transition fallback=move || view! { <SkeletonRows rows=12/> }>
                    {
                        let reader = reader.clone();
                        move || {
                            let reader = reader.clone();
                            Suspend::new(async move {
                                let groups = groups.await.unwrap_or_default();
                                let answered = first.await;
                                let asked = ask.get_untracked().unwrap_or_default();
                                view! {
                                    <Filters asked=asked.clone() groups again=move || first.refetch()/>
                                    {match answered {
                                        Ok(alerts) => {
                                            let list = ListState::new(query(asked.clone()), alerts, format, &reader);
                                            view! { <List list asked/> }.into_any()
                                        }
                                        Err(error) => {
                                            view! { <ErrorNotice error retry=move || first.refetch()/> }.into_any()
                                        }
                                    }}
                                }
                            })
                        }
                    }
                </Transition>
            </WithinTenant>
        </div>
    }
}

/// What whoever looks may do here.
#[derive(Clone, Debug, Default, PartialEq)]
struct Reader {
    name: Option<String>,
    handles: bool,
    writes: bool,
    /// Sees to whom messages were sent.
    whole: bool,
}

impl Reader {
    fn of(session: Session) -> Self {
        Self {
            handles: session.may_change(Permission::AlertHandle),
            writes: session.may_change(Permission::AlertWrite),
            whole: !session.limited,
            name: Some(session.name),
        }
    }
}

/// An error of a field, in the words of these pages.
fn in_words(error: ApiError, t: &'static crate::i18n::alerts::Texts) -> ApiError {
    match error {
        ApiError::Invalid { field, message } => {
            ApiError::Invalid { message: t.rule_of(&field).unwrap_or(message), field }
        }
        other => other,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    History,
    Rules,
}

/// The heading, and the way between the pages. In a portal's frame there is only one.
#[component]
fn Head(here: Section, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    let t = use_texts().alerts();
    let current = move |section: Section| (here == section).then_some("page");
    view! {
        <header class="page-head">
            <h1>{if here == Section::History { t.history } else { t.rules }}</h1>
            {children.map(|children| children())}
        </header>
        {(!dom::is_framed())
            .then(|| {
                view! {
                    <nav class="tabs" aria-label=t.sections>
                        <a href="/alerts" aria-current=current(Section::History)>{t.history}</a>
                        <a href="/alerts/rules" aria-current=current(Section::Rules)>{t.rules}</a>
                    </nav>
                }
                    .into_any()
            })}
    }
}

/// Alerts are a tenant's: the operator's staff enter one first.
#[component]
fn WithinTenant<V>(children: impl Fn(Reader) -> V + Clone + Send + Sync + 'static) -> impl IntoView
where
    V: IntoView + 'static,
{
    let t = use_texts().alerts();
    let session = expect_context::<Fetched<Session>>();
    view! {
        <Suspense>
            {move || {
                let children = children.clone();
                Suspend::new(async move {
                    let session = session.await;
                    if session.as_ref().is_ok_and(|session| session.tenant.is_none()) {
                        return view! {
                            <section class="card">
                                <Notice icon="bell" title=t.enter_first text=t.enter_first_hint/>
                            </section>
                        }
                            .into_any();
                    }
                    // A portal's frame has no session, and is offered nothing but to look.
                    children(session.map(Reader::of).unwrap_or_default()).into_any()
                })
            }}
        </Suspense>
    }
}
