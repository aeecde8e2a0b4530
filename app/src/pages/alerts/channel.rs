//! What pages say of a channel: where it goes, and in which hours.

use crate::i18n::{Texts, use_texts};
use leptos::{ev, prelude::*};
use opencmp_domain::{
    Tz,
    alert::{channel::Recipient, window::Window},
    time::{DEFAULT_ZONE, OFFERED_ZONES, offered_zone},
};

/// Addresses, numbers or the URL, on a line.
pub fn addressee(to: &Recipient) -> String {
    match to {
        Recipient::Email { addresses, .. } => addresses.join("、"),
        Recipient::Sms { numbers, .. } => {
            numbers.iter().map(|number| number.national()).collect::<Vec<_>>().join("、")
        }
        Recipient::Http { url } => url.clone(),
    }
}

/// 每日00時，持續24小時
pub fn hours(window: &Window, texts: &Texts) -> String {
    let from = format!("{:02}", window.from_hour());
    (texts.alerts().says_window)(&from, &window.hours().to_string())
}

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
