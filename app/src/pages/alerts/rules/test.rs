//! 傳送測試訊息: a message by a channel, and what becomes of it within a minute.

use super::{channels::ChannelState, deliveries::LOG};
use crate::{
    api::{ApiError, alerts as api},
    format::use_format,
    i18n::{Texts, use_texts},
};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use opencmp_domain::{
    DeliveryId,
    alert::delivery::{DeliveryLine, DeliveryState},
};
use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_secs(1);
const MOST_LOOKS: u32 = 60;

#[derive(Clone, Copy)]
struct Run {
    /// One for each address.
    lines: RwSignal<Vec<DeliveryLine>>,
    failed: RwSignal<Option<ApiError>>,
    /// Nothing more is looked for.
    over: RwSignal<bool>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Run {
    fn start(state: ChannelState) -> Self {
        let run = Self {
            lines: RwSignal::new(Vec::new()),
            failed: RwSignal::new(None),
            over: RwSignal::new(false),
            timer: StoredValue::new(None),
        };
        on_cleanup(move || {
            if let Some(timer) = run.timer.try_update_value(Option::take).flatten() {
                timer.clear();
            }
        });
        if let Some(channel) = state.testing.get_untracked() {
            spawn_local(async move {
                match api::alert_channel_test(channel.id).await {
                    Ok(ids) => run.look(state, ids, 0).await,
                    Err(error) => _ = run.failed.try_set(Some(error)),
                }
            });
        }
        run
    }

    async fn look(self, state: ChannelState, ids: Vec<DeliveryId>, before: u32) {
        // The next look makes up for one that fails.
        if let Ok(lines) = api::alert_channel_tested(ids.clone()).await {
            let finished = lines.iter().all(|line| is_final(line.state));
            if self.lines.try_set(lines).is_some() {
                return;
            }
            if finished {
                return self.end(state);
            }
        }
        if before + 1 == MOST_LOOKS {
            return self.end(state);
        }
        let look = move || spawn_local(self.look_again(state, ids, before + 1));
        self.timer.try_set_value(set_timeout_with_handle(look, LOOK_EVERY).ok());
    }

    /// Boxed: a future that waits for itself has no size.
    fn look_again(
        self,
        state: ChannelState,
        ids: Vec<DeliveryId>,
        before: u32,
    ) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(self.look(state, ids, before))
    }

    fn end(self, state: ChannelState) {
        let _ = self.over.try_set(true);
        state.tests.update(|tests| *tests += 1);
        // A test may have switched it off.
        state.page.channels.refetch();
    }
}

const fn is_final(state: DeliveryState) -> bool {
    !matches!(state, DeliveryState::Waiting | DeliveryState::Leased)
}

#[component]
pub fn TestRun(state: ChannelState) -> impl IntoView {
    let texts = use_texts();
    let t = texts.deliveries();
    let run = Run::start(state);
    let name = state.testing.with_untracked(|channel| channel.as_ref().map(|held| held.said.name.clone()));
    let hint = (t.test_hint)(&name.unwrap_or_default());
    let lines = move || {
        let shown = run.lines.get();
        if shown.is_empty() {
            return run.failed.with(Option::is_none).then(|| view! { <p>{t.putting}</p> }.into_any());
        }
        let lines: Vec<_> = shown.into_iter().map(|line| view! { <Becomes line/> }.into_any()).collect();
        Some(view! { <ul class="test-run">{lines}</ul> }.into_any())
    };
    let failed = move || {
        run.failed.get().map(|error| view! { <p class="field-error">{refused(texts, &error)}</p> }.into_any())
    };
    let ended = move || {
        let unfinished = run.lines.with(|lines| lines.iter().any(|line| !is_final(line.state)));
        run.over.get().then(|| {
            view! {
                {unfinished.then(|| view! { <p class="muted">{t.no_longer}</p> }.into_any())}
                <p><a href=format!("#{LOG}") on:click=move |_| state.test.set(false)>{t.log}</a></p>
            }
            .into_any()
        })
    };
    view! {
        <div class="dialog-body">
            <p class="muted">{hint}</p>
            <div role="status">{lines} {failed} {ended}</div>
        </div>
        <div class="dialog-foot">
            <button type="button" class="button primary" autofocus on:click=move |_| state.test.set(false)>
                {texts.alerts().close}
            </button>
        </div>
    }
}

/// One address: how far its message is, and what the peer said.
#[component]
fn Becomes(line: DeliveryLine) -> impl IntoView {
    let format = use_format();
    let t = format.t.deliveries();
    let says = match (line.state, line.attempts.is_empty()) {
        (DeliveryState::Waiting, false) => (t.again)(&format.time(line.not_before)),
        (DeliveryState::Waiting | DeliveryState::Leased, _) => t.waiting.to_owned(),
        (DeliveryState::Delivered, _) => t.delivered.to_owned(),
        (DeliveryState::Accepted, _) => t.accepted.to_owned(),
        (DeliveryState::Dead, _) => t.dead.to_owned(),
        (DeliveryState::Dropped, _) => t.dropped.to_owned(),
        (DeliveryState::Uncertain, _) => t.uncertain.to_owned(),
    };
    let answer = line.attempts.last().map(|attempt| {
        let said = (!attempt.outcome.is_empty()).then(|| (t.answer)(&t.outcome(&attempt.outcome)));
        let took = (t.took)(&attempt.took_ms.to_string());
        view! { <p class="muted">{said} " · " {took}</p> }.into_any()
    });
    view! {
        <li>
            <strong>{line.to.unwrap_or_default()}</strong>
            <p>{says}</p>
            {answer}
        </li>
    }
}

fn refused(texts: &'static Texts, error: &ApiError) -> String {
    let t = texts.deliveries();
    match error {
        ApiError::Invalid { field, .. } if field == "channel_off" => t.test_off.to_owned(),
        ApiError::Invalid { field, .. } if field == "channel_shut_out" => {
            texts.alerts().channel_shut_out.to_owned()
        }
        ApiError::TooMany { wait_secs } => (t.test_often)(&wait_secs.to_string()),
        other => texts.error(other),
    }
}
