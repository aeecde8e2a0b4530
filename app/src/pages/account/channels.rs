//! 我的通知: the channels that are one's own, and in which hours each may tell.

use crate::{
    api::{alerts as api, people::Session},
    components::{CardTable, Check, Dialog, DialogForm, ErrorNotice, Head, Notice, Submission},
    i18n::use_texts,
    json::{Fetched, fetched_first},
    pages::alerts::channel::{WindowFields, WindowTyped, addressee, hours},
    prefs::Prefs,
};
use leptos::prelude::*;
use opencmp_domain::alert::{channel::Channel, window::Window};

/// What is open in the section.
#[derive(Clone, Copy)]
struct State {
    channels: Fetched<Vec<Channel>>,
    /// Whose hours the form sets.
    editing: RwSignal<Option<Channel>>,
    form: RwSignal<bool>,
}

/// Nothing for the operator's staff: channels are of a tenant's people.
#[component]
pub fn OwnChannels() -> impl IntoView {
    let t = use_texts().people();
    let session = expect_context::<Fetched<Session>>();
    let state = State {
        channels: fetched_first(|| (), |()| api::own_channels()),
        editing: RwSignal::new(None),
        form: RwSignal::new(false),
    };
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                let (session, channels) = (session.await, state.channels.await);
                match channels {
                    Ok(_) if session.is_ok_and(|session| session.role.is_operator()) => ().into_any(),
                    Ok(channels) => view! { <List channels state/> }.into_any(),
                    Err(error) => {
                        view! { <ErrorNotice error retry=move || state.channels.refetch()/> }.into_any()
                    }
                }
            })}
        </Transition>
        <Dialog open=state.form title=t.own_hours>
            <HoursForm state/>
        </Dialog>
    }
}

#[component]
fn List(channels: Vec<Channel>, state: State) -> impl IntoView {
    let texts = use_texts();
    let (t, words) = (texts.people(), texts.alerts());
    let lines: Vec<_> =
        channels.into_iter().map(|channel| view! { <Line channel state/> }.into_any()).collect();
    let heads = vec![
        Head::Text(words.channel_name),
        Head::Text(words.channel_kind),
        Head::Text(words.channel_to),
        Head::Text(t.own_hours),
        Head::Hidden(t.own_hours_set),
    ];
    view! {
        <section class="card" aria-labelledby="own-channels">
            <div class="card-head">
                <h2 id="own-channels">{t.own_channels}</h2>
            </div>
            {(!lines.is_empty())
                .then(|| view! { <p class="card-note muted">{t.own_channels_hint}</p> }.into_any())}
            <CardTable
                heads
                lines
                empty=view! {
                    <Notice icon="bell" title=t.own_channels_none text=t.own_channels_none_hint class="small"/>
                }
                    .into_any()
            />
        </section>
    }
}

#[component]
fn Line(channel: Channel, state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.people();
    let held = StoredValue::new(channel.clone());
    let off =
        (!channel.is_on()).then(|| view! { " "<span class="badge">{texts.alerts().off}</span> }.into_any());
    let said = channel.said;
    let label = format!("{} {}", t.own_hours_set, said.name);
    let set = match &said.window {
        Some(window) => format!("{} ({})", hours(window, texts), window.zone().name()),
        None => t.own_hours_always.to_owned(),
    };
    view! {
        <tr>
            <th scope="row">{said.name} {off}</th>
            <td>{texts.alert().channel_kind(said.to.kind())}</td>
            <td class="wrap channel-to">{addressee(&said.to)}</td>
            <td>{set}</td>
            <td class="num">
                <button
                    type="button"
                    class="button small"
                    aria-label=label
                    on:click=move |_| {
                        state.editing.set(Some(held.get_value()));
                        state.form.set(true);
                    }
                >
                    {t.own_hours_set}
                </button>
            </td>
        </tr>
    }
}

#[component]
fn HoursForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.people();
    let submission = Submission::of(state.form);
    let prefs = expect_context::<Prefs>();
    let editing = state.editing.get_untracked();
    let held = editing.as_ref().and_then(|channel| channel.said.window.clone());
    let limited = RwSignal::new(held.is_some());
    let window = WindowTyped::of(&held.unwrap_or_else(|| Window::always(prefs.zone)));
    let save = move || {
        let Some(channel) = state.editing.get_untracked() else { return };
        let said = limited.get_untracked().then(|| window.said());
        let done = move |()| {
            state.channels.refetch();
            (t.own_hours_saved)(&channel.said.name)
        };
        submission.send(api::own_channel_hours(channel.id, said), done, |error| texts.error(&error));
    };
    view! {
        <DialogForm submission submit=texts.shell.save on_submit=save>
                <p>{editing.map(|channel| channel.said.name)}</p>
                <Check label=texts.alerts().limited_hours value=limited/>
                <Show when=move || limited.get()>
                    <WindowFields id="own-window" typed=window/>
                </Show>
                <p class="muted">{t.own_hours_hint}</p>
        </DialogForm>
    }
}
