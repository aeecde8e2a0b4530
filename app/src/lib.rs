//! The web interface: rendered on the server (feature `ssr`), alive in the browser (feature `hydrate`).
//!
//! - [`shell`]: the document around the app; [`App`]: contexts and routes.
//! - [`frame`]: navigation, search, preferences: what is around every page.
//! - [`pages`]: one file a page; they fetch. [`components`], [`charts`]: they show.
//! - [`parts`]: which pages the browser's program begins with, and which come when they are visited; [`tools`]: dialogs and
//!   menus that come when they are opened.
//! - [`api`]: the server functions; [`request`]: what a request brings along, server only.
//! - [`figures`]: server functions whose answers carry charts. [`json`]: how answers travel.
//! - [`live`]: the stream of what changes; [`clock`]: the present, for ages.
//! - [`prefs`], [`i18n`], [`format`]: language, appearance, time zone, and words by them.
//! - [`message`]: what leaves by mail, SMS and HTTP, server only.
//! - [`dom`]: small doors to the browser.

// Views of many elements are types of many parts.
#![recursion_limit = "512"]

pub mod api;
pub mod charts;
pub mod clock;
pub mod components;
pub mod dom;
pub mod figures;
pub mod format;
pub mod frame;
pub mod i18n;
pub mod json;
pub mod live;
#[cfg(feature = "ssr")]
pub mod message;
pub mod pages;
pub mod parts;
pub mod prefs;
#[cfg(feature = "ssr")]
pub mod request;
pub mod tools;

use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::{
    Lazy, ParamSegment, SsrMode, StaticSegment,
    components::{Route, Router, Routes},
};
use pages::{not_found::NotFoundPage, sims::SimsPage};
use prefs::Prefs;

/// What pages in portals' frames lie below ([`dom::at`]).
const EMBED: StaticSegment<&str> = StaticSegment("embed");

/// Until the app is alive in the browser, what people write and press is kept, and then done as if they did it only then:
/// on a slow line a page is read, and its buttons are pressed, seconds before. Forms that say where they lead work without
/// the app, and aren't kept. A press is the last one made: who presses twice means one thing.
const EARLY: &str = include_str!("early.js");

/// The document. Server only in effect: the browser takes over from `<body>`.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let prefs = Prefs::current();
    let frame = frame_of_page();
    let is_framed = frame.is_some();
    let (parent, token) = frame.unzip();
    view! {
        <!DOCTYPE html>
        <html
            lang=prefs.lang.tag()
            data-lang=prefs.lang.code()
            data-theme=prefs.theme.code()
            data-tz=prefs.zone.name()
            data-cols=prefs.columns.clone()
            data-now=prefs.rendered_at.0.to_string()
            data-frame=parent
            data-token=token.flatten()
        >
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" href="/pkg/opencmp.css"/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <script nonce=leptos::nonce::use_nonce() inner_html=EARLY></script>
                // Before the app: it makes requests of a frame known as such.
                {is_framed.then(|| view! { <script src="/frame.js"></script> }.into_any())}
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App prefs=prefs.clone()/>
            </body>
        </html>
    }
}

/// In a portal's frame: whom the page speaks to, if that is known yet, and a token that a form brought.
fn frame_of_page() -> Option<(String, Option<String>)> {
    #[cfg(feature = "ssr")]
    return request::framed().map(|framed| (framed.parent.clone().unwrap_or_default(), framed.token.clone()));
    #[cfg(not(feature = "ssr"))]
    None
}

/// Contexts and routes. The browser begins here, with what the server decided.
#[component]
pub fn App(prefs: Prefs) -> impl IntoView {
    provide_meta_context();
    clock::Clock::provide(&prefs);
    live::Live::provide(prefs.rendered_at);
    provide_context(prefs);
    view! {
        <Title formatter=move |title: String| match title.as_str() {
            "" => "OpenCMP".to_owned(),
            page => format!("{page} · OpenCMP"),
        }/>
        <Router>
            <frame::Frame>
                <Routes fallback=NotFoundPage>
                    <Route path=StaticSegment("") view={Lazy::<parts::Dashboard>::new()} ssr=SsrMode::Async/>
                    <Route path=StaticSegment("sims") view=SimsPage ssr=SsrMode::Async/>
                    <Route
                        path=(StaticSegment("sims"), ParamSegment("id"))
                        view={Lazy::<parts::Sim>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route path=StaticSegment("usage") view={Lazy::<parts::Usage>::new()} ssr=SsrMode::Async/>
                    <Route path=StaticSegment("operator") view={Lazy::<parts::Operator>::new()} ssr=SsrMode::Async/>
                    <Route path=StaticSegment("sign-in") view={Lazy::<parts::Door>::new()} ssr=SsrMode::Async/>
                    <Route
                        path=(StaticSegment("link"), ParamSegment("link"))
                        view={Lazy::<parts::Link>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route path=StaticSegment("account") view={Lazy::<parts::Account>::new()} ssr=SsrMode::Async/>
                    <Route path=StaticSegment("people") view={Lazy::<parts::People>::new()} ssr=SsrMode::Async/>
                    <Route path=StaticSegment("manage") view={Lazy::<parts::Manage>::new()} ssr=SsrMode::Async/>
                    <Route path=StaticSegment("groups") view={Lazy::<parts::Groups>::new()} ssr=SsrMode::Async/>
                    <Route path=StaticSegment("stock") view={Lazy::<parts::Stock>::new()} ssr=SsrMode::Async/>
                    <Route path=StaticSegment("cells") view={Lazy::<parts::Cells>::new()} ssr=SsrMode::Async/>
                    <Route path=StaticSegment("alerts") view={Lazy::<parts::Alerts>::new()} ssr=SsrMode::Async/>
                    <Route
                        path=(StaticSegment("alerts"), ParamSegment("id"))
                        view={Lazy::<parts::Alerts>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route path=StaticSegment("audit") view={Lazy::<parts::Audit>::new()} ssr=SsrMode::Async/>
                    <Route path=(EMBED, StaticSegment("sims")) view=SimsPage ssr=SsrMode::Async/>
                    <Route
                        path=(EMBED, StaticSegment("sims"), ParamSegment("id"))
                        view={Lazy::<parts::Sim>::new()}
                        ssr=SsrMode::Async
                    />
                    <Route path=(EMBED, StaticSegment("usage")) view={Lazy::<parts::Usage>::new()} ssr=SsrMode::Async/>
                    <Route path=(EMBED, StaticSegment("alerts")) view={Lazy::<parts::Alerts>::new()} ssr=SsrMode::Async/>
                    <Route
                        path=(EMBED, ParamSegment("portal"))
                        view={Lazy::<parts::Embed>::new()}
                        ssr=SsrMode::Async
                    />
                </Routes>
            </frame::Frame>
        </Router>
    }
}
