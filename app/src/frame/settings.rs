use crate::{
    api::Session,
    components::{Icon, Menu},
    dom,
    i18n::{Lang, use_texts},
    json::Fetched,
    prefs::{Prefs, Theme},
    tools::{Tool, tool},
};
use leptos::prelude::*;
use opencmp_domain::{TenantId, sim::TenantChoice, time::OFFERED_ZONES};

/// Language, appearance, time zone, and the way to the keyboard's help.
#[component]
pub fn SettingsMenu(help: RwSignal<bool>) -> impl IntoView {
    let t = use_texts().shell;
    let prefs = expect_context::<Prefs>();
    let open = RwSignal::new(false);
    let theme = RwSignal::new(prefs.theme);
    view! {
        <Menu open class="button quiet square" end=true fetched=true label=t.settings button=view! { <Icon name="settings"/> }.into_any()>
            {tool(Tool::Preferences { theme, open, help })}
        </Menu>
    }
}

/// What the menu of preferences holds.
#[component]
pub fn Preferences(theme: RwSignal<Theme>, open: RwSignal<bool>, help: RwSignal<bool>) -> impl IntoView {
    let t = use_texts().shell;
    let prefs = expect_context::<Prefs>();
    let (lang, zone) = (prefs.lang, prefs.zone);
    let choose_lang = move |lang: Lang| {
        dom::set_cookie("lang", lang.code());
        dom::reload();
    };
    let choose_theme = move |chosen: Theme| {
        dom::set_cookie("theme", chosen.code());
        dom::set_page_attribute("data-theme", chosen.code());
        theme.set(chosen);
    };
    let theme_name = move |theme: Theme| match theme {
        Theme::Auto => t.theme_auto,
        Theme::Light => t.theme_light,
        Theme::Dark => t.theme_dark,
    };
    view! {
        <fieldset class="menu-block plain">
            <legend class="field-label">{t.language}</legend>
            <div class="segments">
                {[(Lang::ZhTw, "繁體中文"), (Lang::En, "English")]
                    .map(|(choice, name)| {
                        view! {
                            <label lang=choice.tag()>
                                <input
                                    type="radio"
                                    name="lang"
                                    prop:checked=choice == lang
                                    on:change=move |_| choose_lang(choice)
                                />
                                {name}
                            </label>
                        }.into_any()
                    })}
            </div>
        </fieldset>
        <fieldset class="menu-block plain">
            <legend class="field-label">{t.theme}</legend>
            <div class="segments">
                {Theme::ALL
                    .map(|choice| {
                        view! {
                            <label>
                                <input
                                    type="radio"
                                    name="theme"
                                    prop:checked=move || theme.get() == choice
                                    on:change=move |_| choose_theme(choice)
                                />
                                {theme_name(choice)}
                            </label>
                        }.into_any()
                    })}
            </div>
        </fieldset>
        <div class="menu-block">
            <label class="field-label" for="time-zone">{t.time_zone}</label>
            <select
                id="time-zone"
                class="select"
                on:change=move |event| {
                    dom::set_cookie("tz", &event_target_value(&event));
                    dom::reload();
                }
            >
                {OFFERED_ZONES
                    .iter()
                    .map(|name| view! { <option value=*name selected=*name == zone.name()>{*name}</option> }.into_any())
                    .collect_view()}
            </select>
        </div>
        <div class="menu-line"></div>
        <button
            type="button"
            class="menu-item"
            on:click=move |_| {
                open.set(false);
                help.set(true);
            }
        >
            <Icon name="keyboard"/>
            {t.keyboard}
            <span class="end"><kbd>"?"</kbd></span>
        </button>
    }
}

/// Whose fleet is shown. It stands in for signing in: the server binds to this machine alone until there is that.
#[component]
pub fn CustomerMenu(session: Fetched<Session>) -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                session.await.ok().map(|session| view! { <Customers session/> }).into_any()
            })}
        </Suspense>
    }
}

#[component]
fn Customers(session: Session) -> impl IntoView {
    let t = use_texts().shell;
    let open = RwSignal::new(false);
    let name = session
        .tenants
        .iter()
        .find(|tenant| Some(tenant.id) == session.tenant)
        .map_or_else(|| t.tenant_operator.to_owned(), |tenant| tenant.name.clone());
    let tenants = StoredValue::new(session.tenants);
    let (current, operator) = (session.tenant, session.operator);
    view! {
        <div class="who">
            <Menu
                open
                fetched=true
                class="button"
                end=true
                button=view! {
                    <Icon name="building"/>
                    <span class="visually-hidden">{t.tenant}" "</span>
                    <span class="label">{name}</span>
                    <Icon name="chevron-down"/>
                }.into_any()
            >
                {tool(Tool::Customers { tenants, current, operator })}
            </Menu>
        </div>
    }
}

/// What the menu of customers holds.
#[component]
pub fn CustomerChoice(
    tenants: StoredValue<Vec<TenantChoice>>,
    current: Option<TenantId>,
    operator: bool,
) -> impl IntoView {
    let t = use_texts().shell;
    let choose = |value: &str, address: &str| {
        dom::set_cookie("tenant", value);
        dom::load(address);
    };
    view! {
        <p class="menu-title">{t.tenant}</p>
        <div class="menu-scroll">
            {tenants
                .with_value(|tenants| {
                    tenants
                        .iter()
                        .map(|tenant| {
                            let id = tenant.id;
                            let mine = current == Some(id);
                            view! {
                                <button
                                    type="button"
                                    class="menu-item"
                                    aria-current=mine.then_some("true")
                                    on:click=move |_| choose(&id.to_string(), "/")
                                >
                                    {tenant.name.clone()}
                                    <span class="end">{crate::format::thousands(tenant.sims)}</span>
                                </button>
                            }.into_any()
                        })
                        .collect_view()
                })}
        </div>
        <div class="menu-line"></div>
        <button
            type="button"
            class="menu-item"
            aria-current=operator.then_some("true")
            on:click=move |_| choose("operator", "/operator")
        >
            <Icon name="tower"/>
            {t.tenant_operator}
        </button>
    }
}
