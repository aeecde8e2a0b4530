//! The pages as routes. Each is a part of its own of the program for the browser, fetched when it is first visited.

use crate::pages::{
    dashboard::DashboardPage, operator::OperatorPage, sim::SimPage, sims::SimsPage, usage::UsagePage,
};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

macro_rules! lazy_pages {
    ($($route:ident => $page:ident;)*) => {$(
        pub struct $route;

        #[lazy_route]
        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            fn view(_this: Self) -> AnyView {
                view! { <$page/> }.into_any()
            }
        }
    )*};
}

lazy_pages! {
    Dashboard => DashboardPage;
    Sims => SimsPage;
    Sim => SimPage;
    Usage => UsagePage;
    Operator => OperatorPage;
}
