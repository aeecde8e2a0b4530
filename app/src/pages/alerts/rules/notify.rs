//! 告警通知設定: by which ways, at once or summed up, and in which hours.

use super::{
    Part,
    conditions::{checks, number},
};
use crate::{
    components::{Check, TextField},
    i18n::use_texts,
};
use leptos::{ev, prelude::*};
use opencmp_domain::{
    ChannelId, Tz,
    alert::{channel::ChannelChoice, rule::Notify, window::Window},
    time::{DEFAULT_ZONE, OFFERED_ZONES, offered_zone},
};

/// Hours of a day while they are chosen.
#[derive(Clone, Copy)]
pub struct WindowTyped {
    from_hour: RwSignal<u8>,
    hours: RwSignal<u8>,
    zone: RwSignal<Tz>,
}

impl WindowTyped {
    pub fn of(window: &Window) -> Self {
        Self {
            from_hour: RwSignal::new(window.from_hour()),
            hours: RwSignal::new(window.hours()),
            zone: RwSignal::new(window.zone()),
        }
    }

    pub fn said(self) -> Window {
        let zone = self.zone.get_untracked();
        // What is offered is a window.
        Window::new(self.from_hour.get_untracked(), self.hours.get_untracked(), zone)
            .unwrap_or_else(|_| Window::always(zone))
    }
}

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
        let off = if channel.on { "" } else { t.off };
        (channel.id, format!("{} · {} {off}", words.channel_kind(channel.kind), channel.name))
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

/// 每日00時，持續24小時
#[component]
pub fn WindowFields(id: &'static str, typed: WindowTyped) -> impl IntoView {
    let t = use_texts().alerts();
    let hours = |of: std::ops::RangeInclusive<u8>, held: u8, name: &dyn Fn(u8) -> String| {
        of.map(|hour| {
            view! { <option value=hour.to_string() selected=hour == held>{name(hour)}</option> }.into_any()
        })
        .collect::<Vec<_>>()
    };
    let from = hours(0..=23, typed.from_hour.get_untracked(), &|hour| (t.hour)(&format!("{hour:02}")));
    let length = hours(1..=24, typed.hours.get_untracked(), &|hours| hours.to_string());
    let zone = typed.zone.get_untracked();
    let zones: Vec<_> = OFFERED_ZONES
        .iter()
        .map(|name| view! { <option value=*name selected=*name == zone.name()>{*name}</option> }.into_any())
        .collect();
    let choose = move |hour: RwSignal<u8>| {
        move |event: ev::Event| {
            if let Ok(chosen) = event_target_value(&event).parse() {
                hour.set(chosen);
            }
        }
    };
    let choose_zone = move |event: ev::Event| {
        typed.zone.set(offered_zone(&event_target_value(&event)).unwrap_or(DEFAULT_ZONE));
    };
    let [from_id, hours_id, zone_id] = ["from", "hours", "zone"].map(|part| format!("{id}-{part}"));
    view! {
        <div class="window-fields">
            <div class="field">
                <label for=from_id.clone()>{t.window_from}</label>
                <select id=from_id class="select" on:change=choose(typed.from_hour)>{from}</select>
            </div>
            <div class="field">
                <label for=hours_id.clone()>{t.window_hours}</label>
                <select id=hours_id class="select" on:change=choose(typed.hours)>{length}</select>
            </div>
            <div class="field">
                <label for=zone_id.clone()>{t.window_zone}</label>
                <select id=zone_id class="select" on:change=choose_zone>{zones}</select>
            </div>
        </div>
    }
}
