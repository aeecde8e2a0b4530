//! That there are other alerts than those on the screen.

use crate::{
    components::{Icon, When},
    frame::Waiting,
    i18n::use_texts,
};
use leptos::prelude::*;

/// Offers to look again when alerts came or went meanwhile: what somebody reads or works on doesn't change by itself.
#[component]
pub fn News(again: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let t = use_texts().alerts();
    // A portal's frame has no shell that hears of it.
    let news = use_context::<Waiting>().map(Waiting::news);
    let seen = RwSignal::new(news.map_or(0, |news| news.get_untracked()));
    let has_news = move || news.is_some_and(|news| news.get() != seen.get());
    let look = move |_| {
        seen.set(news.map_or(0, |news| news.get_untracked()));
        again();
    };
    view! {
        <span class="alert-news" role="status">
            <When holds=has_news>
                <span>{t.news}</span>
                <button type="button" class="button small" on:click=look>
                    <Icon name="refresh"/>
                    {t.news_look}
                </button>
            </When>
        </span>
    }
}
