use crate::{clock::use_clock, format::use_format, i18n::use_texts};
use leptos::prelude::*;
use opencmp_domain::{ConnectionState, LastMessage, ServiceState, Timestamp};

/// Classes of the style sheet, by what a state means to the reader.
pub fn service_tone(state: ServiceState) -> &'static str {
    match state {
        ServiceState::Active => "good",
        ServiceState::Test => "info",
        ServiceState::Suspended => "warn",
        ServiceState::Deactivated => "bad",
        ServiceState::Terminated => "idle",
    }
}

pub fn connection_tone(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Connected => "good",
        ConnectionState::Unconfirmed => "warn",
        ConnectionState::Disconnected => "idle",
    }
}

#[component]
pub fn ServiceBadge(#[prop(into)] state: Signal<ServiceState>) -> impl IntoView {
    let t = use_texts();
    view! {
        <span class=move || format!("badge {}", service_tone(state.get()))>{move || t.service(state.get())}</span>
    }
}

/// 已連線 (Alive), with the age of the word behind it. An unconfirmed state explains itself.
#[component]
pub fn ConnectionBadge(
    #[prop(into)] state: Signal<ConnectionState>,
    #[prop(into)] last: Signal<Option<LastMessage>>,
    #[prop(into)] at: Signal<Option<Timestamp>>,
) -> impl IntoView {
    let t = use_texts();
    let format = use_format();
    let clock = use_clock();
    let hint = move || (state.get() == ConnectionState::Unconfirmed).then_some(t.state.unconfirmed_hint);
    view! {
        <span class=move || format!("connection {}", connection_tone(state.get())) title=hint>
            <span class=move || format!("dot {}", connection_tone(state.get()))></span>
            <span class="word">{move || t.connection_with(state.get(), last.get())}</span>
            <span class="age">{move || at.get().map(|at| format.age(clock.now(), at))}</span>
        </span>
    }
}
