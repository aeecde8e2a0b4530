//! What the dashboard and the operator's page have in common: figures that come with the document, and are fetched again
//! while someone looks at them.

use crate::{
    api::ApiError,
    components::{ErrorNotice, SkeletonRows},
    dom,
    json::Fetched,
    live::{Status, use_live},
};
use gloo_timers::callback::Interval;
use leptos::{prelude::*, task::spawn_local};
use serde::{Serialize, de::DeserializeOwned};
use std::future::Future;

/// Rows that stand in while the figures load.
const SKELETON_ROWS: u32 = 14;

/// The figures, once they are there; or what went wrong, and the way to try again.
#[component]
pub fn Loaded<T, V>(
    figures: Fetched<T>,
    children: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
{
    view! {
        <Suspense fallback=|| view! { <SkeletonRows rows=SKELETON_ROWS/> }>
            {move || {
                let show = children.clone();
                Suspend::new(async move {
                    match figures.await {
                        Ok(figures) => show(figures).into_any(),
                        Err(error) => view! { <ErrorNotice error retry=move || figures.refetch()/> }.into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

/// Fetches again every so often, unless the page is out of sight, and when the answer is called. What fails is tried again the
/// next time; the live figures go on by themselves, and the shell says when the stream is gone.
pub fn refresh<T, F>(figures: RwSignal<T>, every_ms: u32, fetch: fn() -> F) -> Callback<()>
where
    T: Send + Sync + 'static,
    F: Future<Output = Result<T, ApiError>> + 'static,
{
    let again = Callback::new(move |()| {
        spawn_local(async move {
            if let Ok(fresh) = fetch().await {
                let _ = figures.try_set(fresh);
            }
        });
    });
    Effect::new(move || {
        let refresh = move || {
            if !dom::is_hidden() {
                again.run(());
            }
        };
        StoredValue::new_local(Interval::new(every_ms, refresh));
    });
    again
}

/// Calls `again` when the page's stream is back after a break: what it says doesn't include what happened meanwhile.
pub fn catch_up(again: Callback<()>) {
    let status = use_live().status;
    Effect::new(move |broken: Option<bool>| {
        let now = status.get();
        let broken = broken.unwrap_or(false);
        if broken && now == Status::Live {
            again.run(());
        }
        now == Status::Reconnecting || broken && now != Status::Live
    });
}
