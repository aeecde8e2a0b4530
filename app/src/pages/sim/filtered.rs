//! What tabs with a filter share: their address says the filter, and what they show leaves as a file.

use crate::{components::Icon, dom, i18n::use_texts};
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use opencmp_domain::SimId;

/// Changes what is asked for, and goes where the tab's address says so.
pub fn changing<A: Clone + Send + Sync + 'static>(
    id: SimId,
    tab: &'static str,
    asked: Memo<A>,
    pairs: fn(&A) -> Vec<(&'static str, String)>,
) -> impl Fn(&dyn Fn(&mut A)) + Copy + Send + 'static {
    let navigate = StoredValue::new(use_navigate());
    move |change| {
        let mut wanted = asked.get_untracked();
        change(&mut wanted);
        let all: Vec<_> = std::iter::once(("tab", tab.to_owned())).chain(pairs(&wanted)).collect();
        let options = NavigateOptions { scroll: false, ..Default::default() };
        navigate.with_value(|navigate| navigate(&dom::url(&dom::at(&format!("/sims/{id}")), &all), options));
    }
}

/// Nothing leaves from a portal's frame.
#[component]
pub fn CsvLink(href: impl Fn() -> String + Send + Sync + 'static) -> impl IntoView {
    let t = use_texts().sim();
    (!dom::is_framed()).then(|| {
        view! {
            <a class="button small end" href=href download="" rel="external">
                <Icon name="download"/>
                {t.csv}
            </a>
        }
        .into_any()
    })
}
