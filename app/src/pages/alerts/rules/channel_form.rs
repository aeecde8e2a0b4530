//! A channel is added, or what is said of it is changed.

use super::{
    super::channel::{WindowFields, WindowTyped},
    channels::ChannelState,
    wrong,
};
use crate::{
    api::alerts as api,
    components::{Check, DialogForm, Submission, TextArea, TextField},
    i18n::use_texts,
    prefs::Prefs,
};
use leptos::prelude::*;
use opencmp_domain::{
    Lang, Msisdn, PersonId,
    alert::{
        channel::{ChannelKind, ChannelSaid, Recipient},
        window::Window,
    },
};

#[component]
pub fn ChannelForm(state: ChannelState) -> impl IntoView {
    let texts = use_texts();
    let (t, words) = (texts.alerts(), texts.alert());
    let submission = Submission::with_fields(state.form, "channel");
    let prefs = expect_context::<Prefs>();
    let people = state.page.channels.get_untracked().and_then(Result::ok).map(|shown| shown.people);
    let editing = state.editing.get_untracked();
    let id = editing.as_ref().ok().map(|channel| channel.id);
    let (kind, said) = match editing {
        Ok(channel) => (channel.said.to.kind(), Some(channel.said)),
        Err(kind) => (kind, None),
    };
    let kind = RwSignal::new(kind);
    let name = RwSignal::new(said.as_ref().map(|said| said.name.clone()).unwrap_or_default());
    let (mut lines, mut url, mut lang) = (String::new(), String::new(), prefs.lang);
    match said.as_ref().map(|said| said.to.clone()) {
        Some(Recipient::Email { addresses, lang: held }) => (lines, lang) = (addresses.join("\n"), held),
        Some(Recipient::Sms { numbers, lang: held }) => {
            let numbers: Vec<String> = numbers.iter().map(|number| number.national()).collect();
            (lines, lang) = (numbers.join("\n"), held);
        }
        Some(Recipient::Http { url: held }) => url = held,
        None => {}
    }
    let (lines, url, lang) = (RwSignal::new(lines), RwSignal::new(url), RwSignal::new(lang));
    let person = RwSignal::new(said.as_ref().and_then(|said| said.person));
    let held_window = said.as_ref().and_then(|said| said.window.clone());
    let limited = RwSignal::new(held_window.is_some());
    let window = WindowTyped::of(&held_window.unwrap_or_else(|| Window::always(prefs.zone)));
    let enabled = RwSignal::new(said.is_none_or(|said| said.enabled));
    let save = move || {
        let Some(to) = recipient(kind.get_untracked(), lines, url, lang.get_untracked()) else {
            return submission.refuse(("numbers".to_owned(), t.rule_of("numbers").unwrap_or_default()));
        };
        let said = ChannelSaid {
            name: name.get_untracked(),
            to,
            person: person.get_untracked(),
            window: limited.get_untracked().then(|| window.said()),
            enabled: enabled.get_untracked(),
        };
        let wanted = said.name.clone();
        let done = move |secret: Option<String>| {
            state.page.refetch();
            match secret {
                Some(secret) => {
                    state.show_secret(secret);
                    None
                }
                None => Some((t.saved)(wanted.trim())),
            }
        };
        submission.send(api::alert_channel_save(id, said), done, |error| wrong(&error, texts));
    };
    let choose = move |value: ChannelKind| {
        view! {
            <label>
                <input
                    type="radio"
                    name="channel-kind"
                    prop:checked=move || kind.get() == value
                    on:change=move |_| kind.set(value)
                />
                {words.channel_kind(value)}
            </label>
        }
        .into_any()
    };
    // A channel stays of its kind.
    let kinds = id.is_none().then(|| {
        view! {
            <div class="segments" role="radiogroup" aria-label=t.channel_kind>
                {ChannelKind::ALL.iter().map(|kind| choose(*kind)).collect::<Vec<_>>()}
            </div>
        }
        .into_any()
    });
    view! {
        <DialogForm submission submit=texts.shell.save on_submit=save novalidate=true>
                {kinds}
                <TextField id="channel-name" label=t.channel_name value=name most=100 autofocus=true/>
                {move || match kind.get() {
                    ChannelKind::Email => {
                        view! {
                            <TextArea id="channel-addresses" label=t.addresses value=lines hint=t.addresses_hint/>
                        }
                            .into_any()
                    }
                    ChannelKind::Sms => {
                        view! { <TextArea id="channel-numbers" label=t.numbers value=lines hint=t.numbers_hint/> }
                            .into_any()
                    }
                    ChannelKind::Http => {
                        view! {
                            <TextField id="channel-url" label=t.url value=url most=2000 class="mono" hint=t.url_hint/>
                        }
                            .into_any()
                    }
                }}
                <Show when=move || kind.get() != ChannelKind::Http>
                    <LangField lang/>
                </Show>
                <OwnerField person people=people.unwrap_or_default()/>
                <Check label=t.limited_hours value=limited/>
                <Show when=move || limited.get()>
                    <WindowFields id="channel-window" typed=window/>
                </Show>
                <Check label=t.channel_enabled value=enabled/>
        </DialogForm>
    }
}

/// `None`: a line isn't a number.
fn recipient(
    kind: ChannelKind,
    lines: RwSignal<String>,
    url: RwSignal<String>,
    lang: Lang,
) -> Option<Recipient> {
    let typed = lines.get_untracked();
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    Some(match kind {
        ChannelKind::Email => Recipient::Email { addresses: lines.map(str::to_owned).collect(), lang },
        ChannelKind::Sms => {
            let numbers = lines.map(|line| line.parse::<Msisdn>().ok());
            Recipient::Sms { numbers: numbers.collect::<Option<Vec<_>>>()?, lang }
        }
        ChannelKind::Http => Recipient::Http { url: url.get_untracked() },
    })
}

#[component]
fn LangField(lang: RwSignal<Lang>) -> impl IntoView {
    let t = use_texts().alerts();
    let choose = move |value: Lang, name: &'static str| {
        view! {
            <label lang=value.tag()>
                <input
                    type="radio"
                    name="channel-lang"
                    prop:checked=move || lang.get() == value
                    on:change=move |_| lang.set(value)
                />
                {name}
            </label>
        }
        .into_any()
    };
    view! {
        <div class="field">
            <span class="field-label">{t.language}</span>
            <div class="segments" role="radiogroup" aria-label=t.language>
                {choose(Lang::ZhTw, "繁體中文")} {choose(Lang::En, "English")}
            </div>
        </div>
    }
}

#[component]
fn OwnerField(person: RwSignal<Option<PersonId>>, people: Vec<(PersonId, String)>) -> impl IntoView {
    let t = use_texts().alerts();
    let options: Vec<_> = people
        .into_iter()
        .map(|(id, name)| {
            let chosen = person.get_untracked() == Some(id);
            view! { <option value=id.to_string() selected=chosen>{name}</option> }.into_any()
        })
        .collect();
    view! {
        <div class="field">
            <label for="channel-person">{t.channel_owner}</label>
            <select
                id="channel-person"
                class="select"
                on:change=move |event| person.set(event_target_value(&event).parse().ok())
            >
                <option value="">{t.channel_tenant}</option>
                {options}
            </select>
        </div>
    }
}
