//! The program for the browser in parts. The frame and the SIM list are the main one; what other pages need comes when one
//! of them is first visited.
//!
//! [`Arriving`] is how the page says that a part is on its way. What can't be fetched is said instead of the page, or above
//! it where the server has rendered it already ([`fetch`]), with the way out: loading the page anew.

use crate::{
    components::{Icon, Notice},
    dom,
    i18n::use_texts,
    pages::{
        account::AccountPage,
        alerts::AlertPages,
        audit::AuditPage,
        cells::CellsPage,
        dashboard::DashboardPage,
        door::{DoorPage, LinkPage},
        embed::EmbedPage,
        groups::GroupsPage,
        manage::ManagePage,
        operator::OperatorPage,
        people::PeoplePage,
        sim::SimPage,
        stock::StockPage,
        usage::UsagePage,
    },
};
use leptos::prelude::*;
use leptos_router::LazyRoute;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

/// Pages of a part: the route, the component, the part that it is in.
macro_rules! pages_of_parts {
    ($($route:ident: $page:ident in $part:ident, $open:ident, $fetch:ident;)*) => {$(
        pub struct $route;

        #[wasm_split($part, fallible, preload($fetch))]
        fn $open() -> Result<AnyView, SplitLoaderError> {
            Ok(view! { <$page/> }.into_any())
        }

        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            async fn view(_: Self) -> AnyView {
                #[cfg(feature = "ssr")]
                leptos::prefetch_lazy_fn_on_server(stringify!($part));
                $open().await.unwrap_or_else(|_| view! { <Missing/> }.into_any())
            }

            // What fails here fails again, and is said, in `view`.
            async fn preload() {
                let arriving = use_context::<Arriving>().map(Arriving::begin);
                let _ = $fetch().await;
                drop(arriving);
            }
        }
    )*};
}

pages_of_parts! {
    Dashboard: DashboardPage in boards, open_dashboard, fetch_dashboard;
    Operator: OperatorPage in boards, open_operator, fetch_operator;
    Sim: SimPage in sim, open_sim, fetch_sim;
    Usage: UsagePage in usage, open_usage, fetch_usage;
    Door: DoorPage in people, open_door, fetch_door;
    Link: LinkPage in people, open_link, fetch_link;
    Account: AccountPage in people, open_account, fetch_account;
    People: PeoplePage in people, open_people, fetch_people;
    Audit: AuditPage in people, open_audit, fetch_audit;
    Manage: ManagePage in people, open_manage, fetch_manage;
    Groups: GroupsPage in groups, open_groups, fetch_groups;
    Stock: StockPage in stock, open_stock, fetch_stock;
    Cells: CellsPage in stock, open_cells, fetch_cells;
    Alerts: AlertPages in alerts, open_alerts, fetch_alerts;
    Embed: EmbedPage in embed, open_embed, fetch_embed;
}

/// Fetches the part that a page is in, for the page that the server has rendered: it must be here before the browser
/// takes over. False when it can't be had; the page then says so itself.
pub async fn fetch(path: &str) -> bool {
    let path = path.trim_matches('/');
    // In a portal's frame the same pages lie elsewhere; what else lies there is its first page.
    let framed = path.strip_prefix("embed/");
    let fetched = match framed.unwrap_or(path) {
        "" => fetch_dashboard().await,
        "operator" => fetch_operator().await,
        "usage" => fetch_usage().await,
        "sign-in" => fetch_door().await,
        "account" => fetch_account().await,
        "people" => fetch_people().await,
        "audit" => fetch_audit().await,
        "manage" => fetch_manage().await,
        "groups" => fetch_groups().await,
        "stock" => fetch_stock().await,
        "cells" => fetch_cells().await,
        "alerts" => fetch_alerts().await,
        path if path.starts_with("alerts/") => fetch_alerts().await,
        path if path.starts_with("link/") => fetch_link().await,
        path if path.starts_with("sims/") => fetch_sim().await,
        path if framed.is_some() && path != "sims" => fetch_embed().await,
        _ => Ok(()),
    };
    if fetched.is_err() {
        dom::set_page_attribute("data-part-missing", "");
    }
    fetched.is_ok()
}

/// How many parts are on their way.
#[derive(Clone, Copy)]
pub struct Arriving(RwSignal<u32>);

impl Arriving {
    pub fn provide() -> Self {
        let arriving = Self(RwSignal::new(0));
        provide_context(arriving);
        arriving
    }

    pub fn is_any(self) -> bool {
        self.0.get() > 0
    }

    /// One more, until the answer is dropped.
    pub fn begin(self) -> OnItsWay {
        self.0.try_update(|parts| *parts += 1);
        OnItsWay(self)
    }
}

/// Counts one part until it is dropped, arrived or not.
pub struct OnItsWay(Arriving);

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.0.0.try_update(|parts| *parts = parts.saturating_sub(1));
    }
}

/// In a page's place, when its part can't be fetched.
#[component]
fn Missing() -> impl IntoView {
    let t = use_texts().shell;
    view! {
        <div role="alert">
            <Notice icon="offline" title=t.part_missing text=t.part_missing_hint class="bad">
                <button type="button" class="button primary" on:click=move |_| dom::reload()>
                    <Icon name="refresh"/>
                    {t.load_again}
                </button>
            </Notice>
        </div>
    }
}

/// Above a page that the server has rendered and that nothing can bring to life. Shown by the style sheet.
#[component]
pub fn MissingBanner() -> impl IntoView {
    let t = use_texts().shell;
    view! {
        <div class="banner bad part-missing" role="alert">
            <Icon name="offline"/>
            <span>{t.part_missing_rendered}</span>
            <a class="end" href="" rel="external">{t.load_again}</a>
        </div>
    }
}
