use crate::{
    api::people::Session, components::Icon, i18n::use_texts, json::Fetched, live::subscribe_for_shell,
    prefs::Prefs,
};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use opencmp_domain::{alert::AlertCounts, role::Permission};

/// Alerts that wait for somebody, as the server says and as whoever looks has left them; until then, the session says it.
#[derive(Clone, Copy)]
pub struct Waiting {
    counts: RwSignal<Option<AlertCounts>>,
    /// How often it became otherwise without whoever looks.
    news: RwSignal<u32>,
}

impl Waiting {
    pub fn provide() {
        provide_context(Self { counts: RwSignal::new(None), news: RwSignal::new(0) });
    }

    /// Whoever looks has done something about them.
    pub fn set(self, waiting: AlertCounts) {
        self.counts.set(Some(waiting));
    }

    /// The server says so.
    pub fn hear(self, waiting: AlertCounts) {
        let before = self.counts.get_untracked();
        if before == Some(waiting) {
            return;
        }
        self.counts.set(Some(waiting));
        if before.is_some() {
            self.news.update(|news| *news += 1);
        }
    }

    pub fn news(self) -> Signal<u32> {
        self.news.into()
    }
}

#[component]
pub fn Navigation(session: Fetched<Session>) -> impl IntoView {
    let t = use_texts().shell;
    let zone = expect_context::<Prefs>().zone.name();
    view! {
        <nav class="frame-nav" aria-label=t.navigation>
            <a class="brand" href="/">
                <Icon name="logo"/>
                <span class="label">"OpenCMP"</span>
            </a>
            <ul class="nav-list">
                <Item href="/" icon="dashboard" label=t.dashboard/>
                <Item href="/sims" icon="list" label=t.sims/>
                <Item href="/usage" icon="chart" label=t.usage/>
                <Suspense>
                    {move || Suspend::new(async move {
                        session
                            .await
                            .ok()
                            .map(|session| {
                                let all = session.tenant.is_none();
                                let may = move |permission: Permission| permission.roles().contains(&session.role);
                                // Within a tenant, where there is nothing of the network's side.
                                let alerts = session.alerts;
                                view! {
                                    {(!all).then(|| view! { <AlertsItem alerts/> })}
                                    {(!all)
                                        .then(|| view! { <Item href="/groups" icon="group" label=t.groups/> })}
                                    {(all && may(Permission::NetworkRead))
                                        .then(|| view! { <Item href="/operator" icon="tower" label=t.operator/> })}
                                    {(all && may(Permission::GatewayWrite))
                                        .then(|| view! { <Item href="/manage" icon="gateway" label=t.manage with=&["/stock", "/cells"]/> })}
                                    {may(Permission::PeopleWrite)
                                        .then(|| view! { <Item href="/people" icon="people" label=t.people/> })}
                                    {may(Permission::AuditRead)
                                        .then(|| view! { <Item href="/audit" icon="audit" label=t.audit/> })}
                                }
                            })
                            .into_any()
                    })}
                </Suspense>
            </ul>
            <p class="foot">
                {t.product}<br/>
                {(t.times_in)(zone)}
            </p>
        </nav>
    }
}

/// More than this is "many".
const MOST_SHOWN: u32 = 99;

/// With how many wait for somebody, as it is now.
#[component]
fn AlertsItem(alerts: AlertCounts) -> impl IntoView {
    let t = use_texts().shell;
    let waiting = expect_context::<Waiting>();
    subscribe_for_shell(waiting);
    let counts = move || waiting.counts.get().unwrap_or(alerts);
    let shown = move || match counts().all() {
        0 => None,
        many @ 1..=MOST_SHOWN => Some(many.to_string()),
        _ => Some(format!("{MOST_SHOWN}+")),
    };
    let badge = move || {
        shown().map(|many| {
            let tone = if counts().critical > 0 { "nav-badge bad" } else { "nav-badge" };
            let said = (t.alerts_waiting)(&many);
            view! {
                <span class=tone>
                    <span aria-hidden="true">{many}</span>
                    <span class="visually-hidden">{said}</span>
                </span>
            }
            .into_any()
        })
    };
    view! { <Item href="/alerts" icon="bell" label=t.alerts badge=badge.into_any()/> }
}

#[component]
fn Item(
    href: &'static str,
    icon: &'static str,
    label: &'static str,
    #[prop(optional, into)] badge: Option<AnyView>,
    /// Pages that are reached from it.
    #[prop(optional)]
    with: &'static [&'static str],
) -> impl IntoView {
    let path = use_location().pathname;
    // The SIM page lies below the list.
    let current = move || {
        path.with(|path| {
            path == href
                || with.contains(&path.as_str())
                || (href != "/" && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')))
        })
    };
    view! {
        <li>
            <a class="nav-link" href=href title=label aria-current=move || current().then_some("page")>
                <Icon name=icon/>
                <span class="label">{label}</span>
                {badge}
            </a>
        </li>
    }
}
