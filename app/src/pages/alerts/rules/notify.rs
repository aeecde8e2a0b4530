//! 告警通知設定: by which ways, at once or summed up, and in which hours.

use super::{
    super::channel::{WindowFields, WindowTyped},
    Part,
    conditions::{checks, number},
};
use crate::{
    components::{Check, TextField},
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::{
    ChannelId,
    alert::{channel::ChannelChoice, rule::Notify},
};

#[derive(Clone, Copy)]
pub struct NotifyTyped {
    channels: RwSignal<Vec<ChannelId>>,
    digest: RwSignal<bool>,
    hours: RwSignal<String>,
    window: WindowTyped,
    tell_end: RwSignal<bool>,
}

impl NotifyTyped {
    pub fn of(notify: &Notify) -> Self {
        Self {
            channels: RwSignal::new(notify.channels.clone()),
            digest: RwSignal::new(notify.digest_hours.is_some()),
            hours: RwSignal::new(notify.digest_hours.unwrap_or(4).to_string()),
            window: WindowTyped::of(&notify.window),
            tell_end: RwSignal::new(notify.tell_end),
        }
    }

    /// Channels that are gone can't be said again.
    pub fn said(self, there: &[ChannelChoice]) -> Notify {
        let mut channels = self.channels.get_untracked();
        channels.retain(|id| there.iter().any(|channel| channel.id == *id));
        Notify {
            channels,
            digest_hours: self.digest.get_untracked().then(|| number(self.hours)),
            window: self.window.said(),
            tell_end: self.tell_end.get_untracked(),
        }
    }
}

#[component]
pub fn NotifyFields(typed: NotifyTyped, channels: Vec<ChannelChoice>, opened: bool) -> impl IntoView {
    let texts = use_texts();
    let (t, words) = (texts.alerts(), texts.alert());
    let none = channels.is_empty();
    let options = channels.into_iter().map(|channel| {
        let off = (!channel.on).then_some(t.off);
        let limited = channel.limited.then_some(t.channel_limited);
        let mut said = format!("{} · {}", words.channel_kind(channel.kind), channel.name);
        off.into_iter().chain(limited).for_each(|note| said.push_str(&format!(" · {note}")));
        (channel.id, said)
    });
    let choose = move |digest: bool, label: &'static str| {
        view! {
            <label>
                <input
                    type="radio"
                    name="digest"
                    prop:checked=move || typed.digest.get() == digest
                    on:change=move |_| typed.digest.set(digest)
                />
                {label}
            </label>
        }
        .into_any()
    };
    view! {
        <fieldset id="rule-notify" class="rules" tabindex="-1" autofocus=opened>
            <legend class="field-label">{Part::Notify.name(texts)}</legend>
            <p id="rule-channels" class="field-label" tabindex="-1">{t.channels_used}</p>
            {match none {
                true => view! { <p class="muted">{t.channels_none}</p> }.into_any(),
                false => checks(options.collect(), typed.channels),
            }}
            <div class="segments" role="radiogroup" aria-label=t.notify>
                {choose(false, t.at_once)} {choose(true, t.digest)}
            </div>
            <Show when=move || typed.digest.get()>
                <TextField id="rule-digest" label=t.digest_hours value=typed.hours most=2 optional=true/>
            </Show>
            <WindowFields id="rule-window" typed=typed.window/>
            <Check label=t.tell_end value=typed.tell_end/>
        </fieldset>
    }
}
