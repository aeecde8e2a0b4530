//! The shell around every page: navigation, search, how live the figures are, who is looking and how. In a portal's frame
//! next to nothing of it.
//!
//! Language, time zone and customer are fixed while a page lives: choosing another loads the same address again, so that
//! what the address says (filters, page, tab) stays.

mod keyboard;
mod live_pill;
mod navigation;
mod search;
mod settings;

use crate::{
    api::{ApiError, people as api},
    components::{Icon, Toast, Toaster},
    dom,
    i18n::use_texts,
    json::{fetched, fetched_first},
    pages::door::DoorFrame,
    parts::{Arriving, MissingBanner},
    tools,
};
use keyboard::Keyboard;
pub use keyboard::KeyboardHelp;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use live_pill::LivePill;
use navigation::Navigation;
pub use navigation::Waiting;
use search::SearchBox;
pub use settings::{AccountChoice, Preferences};
use settings::{AccountMenu, EnteredBanner, SettingsMenu};
use wasm_bindgen::JsCast;

/// Around the way in there is nothing of the shell: nobody is signed in.
#[component]
pub fn Frame(children: Children) -> impl IntoView {
    Toaster::provide();
    let arriving = Arriving::provide();
    let path = use_location().pathname.get_untracked();
    if path == "/sign-in" || path.starts_with("/link/") {
        Effect::new(|_| dom::set_page_attribute("data-alive", ""));
        return view! {
            <DoorFrame>
                <MissingBanner/>
                {children()}
            </DoorFrame>
            <Toast/>
        }
        .into_any();
    }
    if dom::is_framed() {
        return view! { <EmbedFrame arriving>{children()}</EmbedFrame> }.into_any();
    }
    view! { <Shell arriving>{children()}</Shell> }.into_any()
}

/// In a portal's frame: how live the figures are, and the page. It is as tall as what is in it, so that the portal can make
/// its frame so; whoever looks is nobody in particular, and offered nothing but to look.
#[component]
fn EmbedFrame(arriving: Arriving, children: Children) -> impl IntoView {
    let t = use_texts().shell;
    provide_context(fetched(|| (), |()| async { Err::<api::Session, _>(ApiError::Forbidden) }));
    Effect::new(|_| {
        dom::set_page_attribute("data-alive", "");
        tools::fetch_when_used();
    });
    view! {
        <div class="embed-frame">
            <div class="progress page-progress" hidden=move || !arriving.is_any()></div>
            <main id="main" class="embed-main" tabindex="-1" aria-busy=move || arriving.is_any().then_some("true")>
                <div class="embed-bar"><LivePill/></div>
                <MissingBanner/>
                <div class="banner frame-ended" role="status">
                    <Icon name="lock"/>
                    <span>{t.frame_ended}</span>
                </div>
                {children()}
            </main>
        </div>
        <Toast/>
    }
}

#[component]
fn Shell(arriving: Arriving, children: Children) -> impl IntoView {
    let t = use_texts().shell;
    let help = RwSignal::new(false);
    let session = fetched_first(|| (), |_| api::session());
    provide_context(session);
    Waiting::provide();
    // The browser has taken over: from here on buttons and keys work.
    Effect::new(|_| {
        dom::set_page_attribute("data-alive", "");
        tools::fetch_when_used();
    });
    let path = use_location().pathname;
    // Another page begins at its top, for eyes and for screen readers; another query of the same page stays where it is.
    Effect::new(move |before: Option<()>| {
        path.track();
        if before.is_some()
            && let Some(main) = document().get_element_by_id("main")
        {
            main.set_scroll_top(0);
            let _ = main.unchecked_into::<web_sys::HtmlElement>().focus();
        }
    });
    view! {
        <a class="skip-link" href="#main" rel="external">{t.skip}</a>
        <div class="frame">
            <Navigation session/>
            <header class="frame-bar">
                <SearchBox/>
                <div class="end">
                    <LivePill/>
                    <AccountMenu session/>
                    <SettingsMenu help/>
                </div>
            </header>
            <div class="progress page-progress" hidden=move || !arriving.is_any()></div>
            <main
                id="main"
                class="frame-main"
                tabindex="-1"
                aria-busy=move || arriving.is_any().then_some("true")
            >
                <MissingBanner/>
                <EnteredBanner session/>
                {children()}
            </main>
        </div>
        <Keyboard help/>
        <Toast/>
    }
}
