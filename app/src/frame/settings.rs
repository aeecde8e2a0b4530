use crate::{
    api::people::{self as api, Session},
    components::{Icon, Menu, Toaster, WhyField, reason, use_toaster},
    dom,
    i18n::{Lang, Texts, use_texts},
    json::Fetched,
    prefs::{Prefs, Theme},
    tools::{Tool, tool},
};
use leptos::{prelude::*, task::spawn_local};
use opencmp_domain::{Reason, TenantId, role::Permission, time::OFFERED_ZONES};

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

/// Who is signed in, and whose fleet is shown.
#[component]
pub fn AccountMenu(session: Fetched<Session>) -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                session.await.ok().map(|session| view! { <Who session/> }).into_any()
            })}
        </Suspense>
    }
}

#[component]
fn Who(session: Session) -> impl IntoView {
    let t = use_texts().shell;
    let open = RwSignal::new(false);
    let whose = session.tenant_name.clone().unwrap_or_else(|| t.all_tenants.to_owned());
    let session = StoredValue::new(session);
    view! {
        <div class="who">
            <Menu
                open
                fetched=true
                class="button"
                end=true
                button=view! {
                    <Icon name="building"/>
                    <span class="visually-hidden">{t.account}" "</span>
                    <span class="label">{whose}</span>
                    <Icon name="chevron-down"/>
                }.into_any()
            >
                {tool(Tool::Account { session })}
            </Menu>
        </div>
    }
}

/// Looks at one tenant as its people do; `None`: at all of them again.
fn enter(tenant: Option<TenantId>, why: Option<Reason>, toaster: Toaster, texts: &'static Texts) {
    spawn_local(async move {
        match api::tenant_enter(tenant, why).await {
            Ok(()) => dom::load(if tenant.is_some() { "/" } else { "/operator" }),
            Err(error) => toaster.say(texts.error(&error)),
        }
    });
}

/// What the menu of the account holds.
#[component]
pub fn AccountChoice(session: StoredValue<Session>) -> impl IntoView {
    let texts = use_texts();
    let t = texts.shell;
    let toaster = use_toaster();
    let Session { name, email, tenant, tenants, role, .. } = session.get_value();
    let sign_out = move |_| {
        spawn_local(async move {
            match api::sign_out().await {
                Ok(there) => dom::load(there.as_deref().unwrap_or("/sign-in")),
                Err(error) => toaster.say(texts.error(&error)),
            }
        });
    };
    let why = RwSignal::new(String::new());
    let entering = role.permissions().has(Permission::TenantEnter).then(|| {
        let lines = tenants.into_iter().map(|offer| {
            let id = offer.id;
            view! {
                <button
                    type="button"
                    class="menu-item"
                    aria-current=(tenant == Some(id)).then_some("true")
                    on:click=move |_| enter(Some(id), reason(why), toaster, texts)
                >
                    {offer.name}
                    <span class="end">{crate::format::thousands(offer.sims)}</span>
                </button>
            }
            .into_any()
        });
        view! {
            <p class="menu-title">{t.tenant}</p>
            <div class="menu-block"><WhyField id="enter-why" why/></div>
            <div class="menu-scroll">{lines.collect_view()}</div>
            <button
                type="button"
                class="menu-item"
                aria-current=tenant.is_none().then_some("true")
                on:click=move |_| enter(None, None, toaster, texts)
            >
                <Icon name="tower"/>
                {t.all_tenants}
            </button>
            <div class="menu-line"></div>
        }
        .into_any()
    });
    view! {
        {entering}
        <div class="menu-block">
            <strong>{name}</strong>
            <br/>
            <span class="muted">{email}</span>
        </div>
        <a class="menu-item" href="/account">{t.account}</a>
        <button type="button" class="menu-item" on:click=sign_out>{t.sign_out}</button>
    }
}

/// Somebody of the operator's staff sees a tenant's fleet, and is told so on every page.
#[component]
pub fn EnteredBanner(session: Fetched<Session>) -> impl IntoView {
    let texts = use_texts();
    let toaster = use_toaster();
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                let entered = session.await.ok().filter(Session::has_entered);
                entered
                    .and_then(|session| session.tenant_name)
                    .map(|name| {
                        view! {
                            <div class="banner warn" role="status">
                                <Icon name="tower"/>
                                <span>{(texts.shell.entered)(&name)}</span>
                                <button
                                    type="button"
                                    class="button small end"
                                    on:click=move |_| enter(None, None, toaster, texts)
                                >
                                    {texts.shell.leave}
                                </button>
                            </div>
                        }
                        .into_any()
                    })
            })}
        </Suspense>
    }
}
