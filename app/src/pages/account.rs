//! One's own account: password, second factor, where one is signed in, and in which hours one is told of alerts.

mod channels;

use super::{
    board::Loaded,
    door::{Enrol, PasswordField},
};
use crate::{
    api::{
        ApiError,
        people::{self as api, Account},
    },
    clock::use_clock,
    components::{Dialog, use_toaster},
    format::use_format,
    i18n::use_texts,
    json::{Fetched, fetched_first},
};
use channels::OwnChannels;
use leptos::{ev, prelude::*, task::spawn_local};
use leptos_meta::Title;
use opencmp_domain::{SignInId, people::SignIn};

#[component]
pub fn AccountPage() -> impl IntoView {
    let t = use_texts().people();
    let account = fetched_first(|| (), |()| api::account());
    view! {
        <Title text=t.account/>
        <div class="page">
            <header class="page-head">
                <h1>{t.account}</h1>
            </header>
            <Loaded figures=account let:shown>
                <div class="account">
                    <Identity shown=shown.clone() account/>
                    <ChangePassword/>
                    <SignIns shown account/>
                </div>
            </Loaded>
            <OwnChannels/>
        </div>
    }
}

#[component]
fn Identity(shown: Account, account: Fetched<Account>) -> impl IntoView {
    let t = use_texts().people();
    let person = shown.person;
    let setting_up = RwSignal::new(false);
    let factor = match person.has_second_factor {
        true => (t.second_factor_on)(&shown.recovery_codes_left.to_string()),
        false => t.second_factor_off.to_owned(),
    };
    let button = if person.has_second_factor { t.second_factor_again } else { t.second_factor_set };
    let done = Callback::new(move |()| {
        setting_up.set(false);
        account.refetch();
    });
    view! {
        <section class="card">
            <div class="card-head"><h2>{t.signed_in_as}</h2></div>
            <dl class="facts card-body">
                <dt>{t.name}</dt>
                <dd>{person.name}</dd>
                <dt>{t.email}</dt>
                <dd>{person.email}</dd>
                <dt>{t.role}</dt>
                <dd>{t.role_name(person.role)}</dd>
                <dt>{t.second_factor}</dt>
                <dd>
                    {factor}" "
                    <button type="button" class="button small" on:click=move |_| setting_up.set(true)>{button}</button>
                </dd>
            </dl>
            <Dialog open=setting_up title=t.enrol_title>
                <div class="dialog-body"><Enrol done/></div>
            </Dialog>
        </section>
    }
}

#[component]
fn ChangePassword() -> impl IntoView {
    let texts = use_texts();
    let t = texts.people();
    let f = use_format();
    let toaster = use_toaster();
    let (current, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        failed.set(None);
        spawn_local(async move {
            let changed = api::password_change(current.get_untracked(), password.get_untracked()).await;
            busy.set(false);
            match changed {
                Ok(()) => {
                    current.set(String::new());
                    password.set(String::new());
                    toaster.say(t.password_changed);
                }
                Err(error) => failed.set(Some(match error {
                    ApiError::Invalid { field, .. } if field == "current" => {
                        t.password_current_wrong.to_owned()
                    }
                    ApiError::Invalid { .. } => t.password_refused.to_owned(),
                    ApiError::TooMany { wait_secs } => (t.too_many)(&f.duration(wait_secs)),
                    error => texts.error(&error),
                })),
            }
        });
    };
    view! {
        <section class="card">
            <div class="card-head"><h2>{t.password_change}</h2></div>
            <form class="card-body form" on:submit=submit method="post">
                <PasswordField
                    id="current-password"
                    label=t.password_current
                    autocomplete="current-password"
                    value=current
                />
                <PasswordField
                    id="new-password"
                    label=t.password_new
                    autocomplete="new-password"
                    value=password
                    hint=t.password_rule
                />
                <p class="field-error" role="alert">{move || failed.get()}</p>
                <div class="button-row">
                    <button type="submit" class="button primary" prop:disabled=busy>{t.password_change}</button>
                </div>
            </form>
        </section>
    }
}

#[component]
fn SignIns(shown: Account, account: Fetched<Account>) -> impl IntoView {
    let texts = use_texts();
    let t = texts.people();
    let toaster = use_toaster();
    let end = move |id: Option<SignInId>| {
        spawn_local(async move {
            match api::sign_in_end(id).await {
                Ok(()) => toaster.say(t.sign_in_ended),
                Err(error) => toaster.say(texts.error(&error)),
            }
            account.refetch();
        });
    };
    let here = shown.here;
    let others = shown.sign_ins.iter().any(|sign_in| sign_in.id != here);
    view! {
        <section class="card wide">
            <div class="card-head">
                <h2>{t.sign_ins}</h2>
                {others
                    .then(|| {
                        view! {
                            <button type="button" class="button small" on:click=move |_| end(None)>
                                {t.sign_in_end_others}
                            </button>
                        }
                        .into_any()
                    })}
            </div>
            <div class="scroll">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">{t.browser}</th>
                            <th scope="col">{t.address}</th>
                            <th scope="col">{t.since}</th>
                            <th scope="col">{t.last_used}</th>
                            <th scope="col"><span class="visually-hidden">{t.sign_in_end}</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        {shown
                            .sign_ins
                            .into_iter()
                            .map(|sign_in| view! { <SignInLine sign_in here end/> }.into_any())
                            .collect_view()}
                    </tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn SignInLine(
    sign_in: SignIn,
    here: SignInId,
    end: impl Fn(Option<SignInId>) + Copy + Send + 'static,
) -> impl IntoView {
    let t = use_texts().people();
    let f = use_format();
    let clock = use_clock();
    let SignIn { id, seen_at, began_at, address, agent, .. } = sign_in;
    view! {
        <tr>
            <th scope="row" title=agent.clone()>{browser_name(&agent)}</th>
            <td class="mono">{address}</td>
            <td>{f.date_time(began_at)}</td>
            <td title=f.date_time(seen_at)>{move || f.age(clock.now(), seen_at)}</td>
            <td class="num">
                {if id == here {
                    view! { <span class="badge good">{t.sign_in_here}</span> }.into_any()
                } else {
                    view! {
                        <button type="button" class="button small" on:click=move |_| end(Some(id))>
                            {t.sign_in_end}
                        </button>
                    }
                    .into_any()
                }}
            </td>
        </tr>
    }
}

/// `Chrome · Windows`: enough to know one's own; the whole text stands in the title.
fn browser_name(agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    let parts: Vec<&str> = [browser, system].into_iter().flatten().collect();
    if parts.is_empty() { "–".to_owned() } else { parts.join(" · ") }
}

#[cfg(test)]
mod tests {
    use super::browser_name;

    #[test]
    fn browsers_have_short_names() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36";
        assert_eq!(browser_name(chrome), "Chrome · Linux");
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1";
        assert_eq!(browser_name(safari), "Safari · iPhone");
        assert_eq!(browser_name("curl/8"), "–");
    }
}
