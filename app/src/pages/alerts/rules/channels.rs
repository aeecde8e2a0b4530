//! 通知方式: by which ways rules tell.

use super::{
    super::channel::{addressee, hours},
    State,
    channel_form::ChannelForm,
    test::TestRun,
};
use crate::{
    api::{
        ApiError,
        alerts::{self as api, Channels},
    },
    components::{
        CardTable, Confirm, Copy, Dialog, EditRemove, ErrorNotice, Head, Notice, OnOff, Submission,
    },
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::alert::channel::{Channel, ChannelKind};

/// What is open in the section.
#[derive(Clone, Copy)]
pub struct ChannelState {
    pub(super) page: State,
    /// Which one the form changes; a kind: it adds one of it.
    pub editing: RwSignal<Result<Channel, ChannelKind>>,
    pub form: RwSignal<bool>,
    /// A secret that was just made.
    secret: RwSignal<String>,
    secret_shown: RwSignal<bool>,
    /// What to do, once that was confirmed.
    asking: RwSignal<Option<(Channel, Step)>>,
    ask: RwSignal<bool>,
    /// Which one is tested.
    pub(super) testing: RwSignal<Option<Channel>>,
    pub(super) test: RwSignal<bool>,
    /// How many tests were sent.
    pub(super) tests: RwSignal<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    RenewSecret,
    Remove,
}

impl ChannelState {
    pub(super) fn new(page: State) -> Self {
        Self {
            page,
            editing: RwSignal::new(Err(ChannelKind::Email)),
            form: RwSignal::new(false),
            secret: RwSignal::new(String::new()),
            secret_shown: RwSignal::new(false),
            asking: RwSignal::new(None),
            ask: RwSignal::new(false),
            testing: RwSignal::new(None),
            test: RwSignal::new(false),
            tests: RwSignal::new(0),
        }
    }

    pub fn show_secret(self, secret: String) {
        self.secret.set(secret);
        self.secret_shown.set(true);
    }

    fn ask(self, channel: Channel, step: Step) {
        self.asking.set(Some((channel, step)));
        self.ask.set(true);
    }

    fn test(self, channel: Channel) {
        self.testing.set(Some(channel));
        self.test.set(true);
    }

    fn edit(self, channel: Result<Channel, ChannelKind>) {
        self.editing.set(channel);
        self.form.set(true);
    }
}

#[component]
pub fn ChannelSection(channels: ChannelState) -> impl IntoView {
    let listed = channels.page.channels;
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match listed.await {
                    Ok(shown) => view! { <List shown state=channels/> }.into_any(),
                    Err(error) => view! { <ErrorNotice error retry=move || listed.refetch()/> }.into_any(),
                }
            })}
        </Transition>
    }
}

/// Apart from the section: what waits for figures takes what is in it off the page meanwhile.
#[component]
pub fn ChannelDialogs(channels: ChannelState) -> impl IntoView {
    let t = use_texts().alerts();
    view! {
        <Dialog open=channels.form title=t.channels>
            <ChannelForm state=channels/>
        </Dialog>
        <Dialog open=channels.secret_shown title=t.secret>
            <SecretOnce state=channels/>
        </Dialog>
        <Dialog open=channels.test title=use_texts().deliveries().test>
            <TestRun state=channels/>
        </Dialog>
        <Dialog open=channels.ask title=t.channels>
            <Ask state=channels/>
        </Dialog>
    }
}

#[component]
fn List(shown: Channels, state: ChannelState) -> impl IntoView {
    let texts = use_texts();
    let t = texts.alerts();
    let people = shown.people;
    let lines: Vec<_> = shown
        .channels
        .into_iter()
        .map(|channel| {
            let owner = channel.said.person.map(|id| {
                let found = people.iter().find(|(person, _)| *person == id);
                found.map_or_else(|| format!("#{id}"), |(_, name)| name.clone())
            });
            view! { <Line channel owner=owner.unwrap_or_else(|| t.channel_tenant.to_owned()) state/> }
                .into_any()
        })
        .collect();
    let heads = vec![
        Head::Text(t.channel_name),
        Head::Text(t.channel_kind),
        Head::Text(t.channel_to),
        Head::Text(t.channel_owner),
        Head::Text(t.enabled),
        Head::Hidden(t.channel_edit),
    ];
    let empty = view! { <Notice icon="bell" title=t.channel_none text=t.channel_none_hint class="small"/> }
        .into_any();
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.channels}</h2>
                <span class="muted">{t.channels_hint}</span>
                <button
                    type="button"
                    class="button small end"
                    on:click=move |_| state.edit(Err(ChannelKind::Email))
                >
                    {t.channel_add}
                </button>
            </div>
            <CardTable heads lines empty region=(t.channels, "")/>
        </section>
    }
}

#[component]
fn Line(channel: Channel, owner: String, state: ChannelState) -> impl IntoView {
    let texts = use_texts();
    let (t, words) = (texts.alerts(), texts.alert());
    let held = StoredValue::new(channel.clone());
    let said = channel.said;
    let kind = said.to.kind();
    let label = |what: &str| format!("{what} {}", said.name);
    let (edit, renew, remove) = (label(t.channel_edit), label(t.channel_secret), label(t.remove));
    let words_of_test = texts.deliveries();
    let test = (words_of_test.test_of)(&said.name);
    let to = addressee(&said.to);
    let hours =
        said.window.as_ref().map(|window| view! { <p class="muted">{hours(window, texts)}</p> }.into_any());
    let shut_out = held
        .with_value(Channel::is_shut_out)
        .then(|| view! { <p class="field-error">{t.channel_shut_out}</p> }.into_any());
    let off = channel
        .switched_off
        .map(|why| view! { <p class="field-error">{(t.channel_off)(&why)}</p> }.into_any());
    view! {
        <tr>
            <th scope="row">{said.name}</th>
            <td>{words.channel_kind(kind)}</td>
            <td class="wrap channel-to">{to} {hours} {off} {shut_out}</td>
            <td>{owner}</td>
            <td><OnOff on=said.enabled words=(t.on, t.off)/></td>
            <td class="num">
                <button
                    type="button"
                    class="button small"
                    aria-label=test
                    on:click=move |_| state.test(held.get_value())
                >
                    {words_of_test.test}
                </button>
                " "
                {(kind == ChannelKind::Http)
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button small"
                                aria-label=renew
                                on:click=move |_| state.ask(held.get_value(), Step::RenewSecret)
                            >
                                {t.channel_secret}
                            </button>
                            " "
                        }
                            .into_any()
                    })}
                <EditRemove
                    edit=(t.channel_edit, edit)
                    remove=(t.remove, remove)
                    on_edit=move || state.edit(Ok(held.get_value()))
                    on_remove=move || state.ask(held.get_value(), Step::Remove)
                />
            </td>
        </tr>
    }
}

/// A secret, this once.
#[component]
fn SecretOnce(state: ChannelState) -> impl IntoView {
    let t = use_texts().alerts();
    let done = move |_| {
        state.secret_shown.set(false);
        state.secret.set(String::new());
    };
    view! {
        <div class="dialog-body">
            <p>{t.secret_once}</p>
            <p class="link-to-send"><Copy value=state.secret what=t.secret/></p>
        </div>
        <div class="dialog-foot">
            <button type="button" class="button primary" autofocus on:click=done>{t.close}</button>
        </div>
    }
}

/// Asks before a secret is void, or a channel gone.
#[component]
fn Ask(state: ChannelState) -> impl IntoView {
    let texts = use_texts();
    let t = texts.alerts();
    let submission = Submission::of(state.ask);
    let question = move || {
        state.asking.with(|asking| {
            asking.as_ref().map(|(channel, step)| match step {
                Step::RenewSecret => (t.channel_secret_ask)(&channel.said.name),
                Step::Remove => (t.channel_remove_ask)(&channel.said.name),
            })
        })
    };
    let go_on = move |why| {
        let Some((channel, step)) = state.asking.get_untracked() else { return };
        let work = async move {
            match step {
                Step::RenewSecret => api::alert_channel_secret(channel.id, why).await.map(Some),
                Step::Remove => api::alert_channel_remove(channel.id, why).await.map(|()| None),
            }
        };
        let done = move |secret| {
            state.page.refetch();
            match secret {
                Some(secret) => {
                    state.show_secret(secret);
                    None
                }
                None => Some((t.removed)(&channel.said.name)),
            }
        };
        let wrong = |error| match error {
            ApiError::Invalid { field, message } if field == "channel_used" => (t.channel_used)(&message),
            error => texts.error(&error),
        };
        submission.send(work, done, wrong);
    };
    let renews = state.asking.with_untracked(|asking| matches!(asking, Some((_, Step::RenewSecret))));
    let action = if renews { t.channel_secret } else { t.remove };
    view! { <Confirm submission question action on_confirm=go_on/> }
}
