//! The way in: password, then a code, or setting a second factor up.

mod enrol;
mod link;

pub use enrol::Enrol;
pub use link::LinkPage;

use super::board::Loaded;
use crate::{
    api::{
        ApiError,
        people::{self as api, DemoAccount, Door, DoorProvider},
    },
    components::{Icon, TextField},
    dom,
    format::use_format,
    i18n::use_texts,
    json::fetched_first,
};
use leptos::{ev, prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use opencmp_domain::{people::Stage, provider::Refusal};

#[component]
pub fn DoorPage() -> impl IntoView {
    let t = use_texts().people();
    let query = use_query_map();
    let door = fetched_first(move || query.with_untracked(|map| map.get("with")), api::door);
    view! {
        <Title text=t.sign_in/>
        <Loaded figures=door let:door>
            <SigningIn door/>
        </Loaded>
    }
}

/// The most octets of an address to go on to.
const MOST_WAY_ON: usize = 2000;

/// Where to, once signed in: an address of ours, whatever the link says that led here.
pub fn way_on(to: Option<String>) -> String {
    let ours = |to: &String| {
        let mut letters = to.chars();
        letters.next() == Some('/')
            && !matches!(letters.next(), Some('/' | '\\'))
            && !to.contains(|c: char| c == '\\' || c.is_control())
            && to.len() <= MOST_WAY_ON
    };
    to.filter(ours).unwrap_or_else(|| "/".to_owned())
}

#[component]
fn SigningIn(door: Door) -> impl IntoView {
    let stage = RwSignal::new(door.stage);
    let (demo, providers) = (StoredValue::new(door.demo), StoredValue::new(door.providers));
    let query = use_query_map();
    let failed = query.with_untracked(|map| map.get("failed")).and_then(|code| Refusal::parse(&code));
    let to = StoredValue::new(query.with_untracked(|map| map.get("to")));
    let done = Callback::new(move |()| dom::load(&way_on(query.with_untracked(|map| map.get("to")))));
    // Who is signed in already, in another tab for example, has no business here.
    Effect::new(move |_| {
        if stage.get() == Some(Stage::Full) {
            done.run(());
        }
    });
    move || match stage.get() {
        None | Some(Stage::Full) => view! {
            {failed.map(|refusal| view! { <NotLetIn refusal/> }.into_any())}
            <Password stage demo=demo.get_value()/>
            <ProviderButtons providers=providers.get_value() to=to.get_value()/>
        }
        .into_any(),
        Some(Stage::Code) => view! { <Code stage/> }.into_any(),
        Some(Stage::Enrol) => view! { <EnrolFirst done/> }.into_any(),
    }
}

#[component]
fn Password(stage: RwSignal<Option<Stage>>, demo: Vec<DemoAccount>) -> impl IntoView {
    let texts = use_texts();
    let t = texts.people();
    let f = use_format();
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let sign_in = move |email: String, password: String| {
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            match api::sign_in(email, password).await {
                Ok(next) => stage.set(Some(next)),
                Err(error) => {
                    busy.set(false);
                    failed.set(Some(match error {
                        ApiError::Invalid { .. } => t.wrong.to_owned(),
                        ApiError::TooMany { wait_secs } => (t.too_many)(&f.duration(wait_secs)),
                        error => texts.error(&error),
                    }));
                    dom::focus("#password");
                }
            }
        });
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        sign_in(email.get_untracked(), password.get_untracked());
    };
    let accounts = demo
        .into_iter()
        .map(|account| {
            let label =
                format!("{} · {}", t.role_name(account.role), account.tenant.as_deref().unwrap_or("OpenCMP"));
            let DemoAccount { email, password, .. } = account;
            view! {
                <button
                    type="button"
                    class="button"
                    prop:disabled=busy
                    on:click=move |_| sign_in(email.clone(), password.clone())
                >
                    {label}
                </button>
            }
            .into_any()
        })
        .collect_view();
    let has_demo = !accounts.is_empty();
    view! {
        <form class="door-form" on:submit=submit method="post">
            <h1>{t.sign_in}</h1>
            <TextField
                id="email"
                label=t.email
                value=email
                most=254
                kind="email"
                autocomplete="username"
                autofocus=true
            />
            <PasswordField id="password" label=t.password autocomplete="current-password" value=password/>
            <p class="field-error" role="alert">{move || failed.get()}</p>
            <button type="submit" class="button primary" prop:disabled=busy>{t.sign_in_button}</button>
            <p class="muted">{t.forgotten}</p>
        </form>
        {has_demo
            .then(|| {
                view! {
                    <section class="door-demo" aria-labelledby="demo-accounts">
                        <h2 id="demo-accounts">{t.demo_title}</h2>
                        <p class="muted">{t.demo_hint}</p>
                        {accounts}
                    </section>
                }
                .into_any()
            })}
    }
}

/// Why a provider's word wasn't enough.
#[component]
fn NotLetIn(refusal: Refusal) -> impl IntoView {
    let t = use_texts().providers();
    view! {
        <div class="door-failed" role="alert">
            <strong>{t.failed}</strong>
            <p>{t.refusal(refusal)}</p>
        </div>
    }
}

/// Where one can sign in instead. Links, so that they work before the page is alive.
#[component]
fn ProviderButtons(providers: Vec<DoorProvider>, to: Option<String>) -> impl IntoView {
    let t = use_texts().providers();
    let to = to.map(|to| format!("?to={}", dom::url_encode(&to))).unwrap_or_default();
    let buttons = providers.into_iter().map(|provider| {
        let address = format!("/sign-in/oidc/{}{to}", provider.slug);
        let label = (t.sign_in_with)(&provider.name);
        view! { <a class="button" href=address rel="external">{label}</a> }.into_any()
    });
    let buttons: Vec<_> = buttons.collect();
    (!buttons.is_empty()).then(|| {
        view! {
            <div class="door-providers">
                <p class="muted">{t.or}</p>
                {buttons}
            </div>
        }
        .into_any()
    })
}

/// A password, which can be looked at while it is typed.
#[component]
pub fn PasswordField(
    id: &'static str,
    label: &'static str,
    autocomplete: &'static str,
    value: RwSignal<String>,
    #[prop(optional)] hint: &'static str,
) -> impl IntoView {
    let t = use_texts().people();
    let shown = RwSignal::new(false);
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <div class="joined">
                <input
                    id=id
                    name=id
                    type=move || if shown.get() { "text" } else { "password" }
                    class="input grow"
                    autocomplete=autocomplete
                    required
                    maxlength="256"
                    prop:value=value
                    on:input=move |event| value.set(event_target_value(&event))
                />
                <button
                    type="button"
                    class="button"
                    aria-controls=id
                    aria-pressed=move || if shown.get() { "true" } else { "false" }
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { t.hide } else { t.show }}
                </button>
            </div>
            {(!hint.is_empty()).then(|| view! { <p class="field-hint">{hint}</p> }.into_any())}
        </div>
    }
}

#[component]
fn Code(stage: RwSignal<Option<Stage>>) -> impl IntoView {
    let texts = use_texts();
    let t = texts.people();
    let f = use_format();
    let code = RwSignal::new(String::new());
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            match api::sign_in_code(code.get_untracked()).await {
                Ok(()) => stage.set(Some(Stage::Full)),
                // Too much time went by since the password.
                Err(ApiError::SignedOut | ApiError::Forbidden) => stage.set(None),
                Err(error) => {
                    busy.set(false);
                    code.set(String::new());
                    failed.set(Some(match error {
                        ApiError::Invalid { .. } => t.code_wrong.to_owned(),
                        ApiError::TooMany { wait_secs } => (t.too_many)(&f.duration(wait_secs)),
                        error => texts.error(&error),
                    }));
                    dom::focus("#code");
                }
            }
        });
    };
    view! {
        <form class="door-form" on:submit=submit method="post">
            <h1>{t.code_title}</h1>
            <p class="muted">{t.code_hint}</p>
            <CodeField id="code" label=t.code code/>
            <p class="field-error" role="alert">{move || failed.get()}</p>
            <button type="submit" class="button primary" prop:disabled=busy>{t.go_on}</button>
            <button
                type="button"
                class="button quiet"
                on:click=move |_| {
                    spawn_local(async move {
                        let _ = api::sign_out().await;
                        stage.set(None);
                    });
                }
            >
                {t.back}
            </button>
        </form>
    }
}

#[component]
pub fn CodeField(id: &'static str, label: &'static str, code: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                name=id
                class="input code mono"
                inputmode="text"
                autocomplete="one-time-code"
                autocapitalize="off"
                spellcheck="false"
                autofocus
                required
                maxlength="20"
                prop:value=code
                on:input=move |event| code.set(event_target_value(&event))
            />
        </div>
    }
}

/// The second factor that has to be there before anything else.
#[component]
fn EnrolFirst(done: Callback<()>) -> impl IntoView {
    let t = use_texts().people();
    view! {
        <div class="door-form">
            <h1>{t.enrol_title}</h1>
            <Enrol done/>
        </div>
    }
}

/// The product's name and the choice of language, above what the way in asks.
#[component]
pub fn DoorFrame(children: Children) -> impl IntoView {
    let t = use_texts();
    let choose = |lang: crate::i18n::Lang| {
        dom::set_cookie("lang", lang.code());
        dom::reload();
    };
    view! {
        <div class="door">
            <header class="door-head">
                <span class="brand">
                    <Icon name="logo"/>
                    <span>"OpenCMP"</span>
                </span>
                <span class="muted">{t.shell.product}</span>
            </header>
            <main id="main" class="door-main" tabindex="-1">{children()}</main>
            <footer class="door-foot">
                {[(crate::i18n::Lang::ZhTw, "繁體中文"), (crate::i18n::Lang::En, "English")]
                    .map(|(lang, name)| {
                        view! {
                            <button
                                type="button"
                                class="link-button"
                                lang=lang.tag()
                                aria-pressed=if lang == t.lang { "true" } else { "false" }
                                on:click=move |_| choose(lang)
                            >
                                {name}
                            </button>
                        }
                        .into_any()
                    })}
            </footer>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::way_on;

    #[test]
    fn the_way_on_stays_with_us() {
        for (to, way) in [
            ("/sims?q=1&page=2", "/sims?q=1&page=2"),
            ("/", "/"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("/a\\b", "/"),
            ("/\t/evil.example", "/"),
            ("https://evil.example", "/"),
            ("javascript:alert(1)", "/"),
        ] {
            assert_eq!(way_on(Some(to.to_owned())), way, "{to}");
        }
        assert_eq!(way_on(None), "/");
    }
}
