//! 發送紀錄: what became of telling somebody, and once more for what was lost.

use super::follow;
use crate::{
    api::alerts as api,
    components::{CardTable, ErrorNotice, Head, Notice, SkeletonRows, use_toaster},
    format::{Format, use_format},
    i18n::use_texts,
    json::fetched,
    pages::alerts::{more::More, news::News},
};
use leptos::{prelude::*, task::spawn_local};
use opencmp_domain::alert::delivery::{Attempt, DeliveryLine, DeliveryPage, DeliveryState};

/// Where the section is on its page.
pub const LOG: &str = "deliveries";

/// The tenant's, newest first.
#[component]
pub fn DeliverySection(
    writes: bool,
    /// How many tests were sent from this page: each has lines here.
    tests: RwSignal<u32>,
) -> impl IntoView {
    let t = use_texts().alerts();
    let dead = RwSignal::new(false);
    let first = fetched(move || (dead.get(), tests.get()), |(dead, _)| api::alert_deliveries(dead, None));
    view! {
        <section class="card" id=LOG>
            <div class="card-head">
                <h2>{t.deliveries}</h2>
                <News again=move || first.refetch()/>
                <label class="check end">
                    <input
                        type="checkbox"
                        prop:checked=dead
                        on:change=move |event| dead.set(event_target_checked(&event))
                    />
                    {t.delivery_dead}
                </label>
            </div>
            <Transition fallback=|| view! { <SkeletonRows rows=4/> }>
                {move || Suspend::new(async move {
                    match first.await {
                        Ok(page) => {
                            let again = Callback::new(move |()| first.refetch());
                            view! { <Log page dead=dead.get_untracked() writes again/> }.into_any()
                        }
                        Err(error) => view! { <ErrorNotice error retry=move || first.refetch()/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Log(page: DeliveryPage, dead: bool, writes: bool, again: Callback<()>) -> impl IntoView {
    let (lines, next) = (RwSignal::new(held_lines(page.lines)), RwSignal::new(page.next));
    let load = move |cursor| async move {
        let page = api::alert_deliveries(dead, Some(cursor)).await?;
        let _ = lines.try_update(|lines| lines.extend(held_lines(page.lines)));
        Ok(page.next)
    };
    follow::start(lines);
    view! {
        {move || {
            view! { <Deliveries lines=lines.get() writes whole=true on_again=move || again.run(())/> }.into_any()
        }}
        <More next load/>
    }
}

/// Each changes by itself, where it is.
pub fn held_lines(lines: Vec<DeliveryLine>) -> Vec<ArcRwSignal<DeliveryLine>> {
    lines.into_iter().map(ArcRwSignal::new).collect()
}

/// `writes`: may send once more. `whole`: sees to whom it went.
#[component]
pub fn Deliveries(
    lines: Vec<ArcRwSignal<DeliveryLine>>,
    writes: bool,
    whole: bool,
    on_again: impl Fn() + Copy + Send + 'static,
) -> impl IntoView {
    let t = use_texts().alerts();
    let lines: Vec<_> =
        lines.into_iter().map(|line| view! { <Line line writes whole on_again/> }.into_any()).collect();
    let heads = [
        (true, Head::Text(t.delivery_at)),
        (true, Head::Text(t.channels)),
        (whole, Head::Text(t.delivery_to)),
        (whole, Head::Text(t.delivery_subject)),
        (true, Head::Text(t.delivery_state)),
        (true, Head::Text(t.attempts)),
        (whole, Head::Text(t.delivery_alerts)),
        (writes, Head::Hidden(t.again)),
    ];
    let heads = heads.into_iter().filter_map(|(shown, head)| shown.then_some(head)).collect();
    let empty =
        view! { <Notice icon="inbox" title=t.deliveries_none text=t.deliveries_none_hint class="small"/> }
            .into_any();
    view! { <CardTable heads lines empty region=(t.deliveries, "")/> }
}

#[component]
fn Line(
    line: ArcRwSignal<DeliveryLine>,
    writes: bool,
    whole: bool,
    on_again: impl Fn() + Copy + Send + 'static,
) -> impl IntoView {
    let format = use_format();
    let texts = format.t;
    let t = texts.alerts();
    let toaster = use_toaster();
    // What never changes of it.
    let fixed = line.get_untracked();
    let state = {
        let line = line.clone();
        Memo::new(move |_| line.with(|line| (line.state, line.not_before)))
    };
    let badge = move || {
        let (state, not_before) = state.get();
        let waits = (state == DeliveryState::Waiting).then(|| (t.next_try)(&format.date_time(not_before)));
        let said = texts.alert().delivery(state);
        view! { <span class=tone(state)>{said}</span> " " <span class="muted">{waits}</span> }.into_any()
    };
    let alerts: Vec<_> = fixed
        .alerts
        .iter()
        .map(|id| view! { <a href=format!("/alerts/{id}")>{format!("#{id}")}</a> " " }.into_any())
        .collect();
    let to = fixed.to.unwrap_or_default();
    let (id, label) = (fixed.id, (t.again_of)(&format!("{} {to}", fixed.channel_name)));
    let busy = RwSignal::new(false);
    let send = move |_| {
        busy.set(true);
        spawn_local(async move {
            match api::alert_delivery_again(id).await {
                Ok(()) => toaster.say(t.again_done),
                Err(error) => toaster.say(texts.error(&error)),
            }
            let _ = busy.try_set(false);
            on_again();
        });
    };
    let lost = Memo::new(move |_| state.get().0.is_lost());
    let button = move || {
        lost.get().then(|| {
            view! {
                <button
                    type="button"
                    class="button small"
                    aria-label=label.clone()
                    prop:disabled=busy
                    on:click=send
                >
                    {t.again}
                </button>
            }
            .into_any()
        })
    };
    view! {
        <tr>
            <td>{format.date_time(fixed.created_at)}</td>
            <th scope="row">{fixed.channel_name}</th>
            {whole.then(|| view! { <td class="wrap channel-to">{to}</td> <td class="wrap">{fixed.subject}</td> }.into_any())}
            <td>{badge}</td>
            <td class="wrap"><Attempts line/></td>
            {whole.then(|| view! { <td class="wrap">{alerts}</td> }.into_any())}
            {writes.then(|| view! { <td class="num">{button}</td> }.into_any())}
        </tr>
    }
}

fn tone(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Delivered | DeliveryState::Accepted => "badge good",
        DeliveryState::Waiting | DeliveryState::Leased => "badge info",
        DeliveryState::Dead => "badge bad",
        DeliveryState::Dropped | DeliveryState::Uncertain => "badge",
    }
}

/// How many, and each when somebody opens them: they stay open while others are added.
#[component]
fn Attempts(line: ArcRwSignal<DeliveryLine>) -> impl IntoView {
    let format = use_format();
    let attempts = Memo::new(move |_| line.with(|line| line.attempts.clone()));
    let some = Memo::new(move |_| attempts.with(|attempts| !attempts.is_empty()));
    let count = move || attempts.with(|attempts| format.count(attempts.len() as u64));
    let each = move || {
        attempts.with(|attempts| attempts.iter().map(|attempt| said(attempt, format)).collect::<Vec<_>>())
    };
    move || match some.get() {
        false => "–".into_any(),
        true => view! {
            <details>
                <summary>{count}</summary>
                {each}
            </details>
        }
        .into_any(),
    }
}

fn said(attempt: &Attempt, format: Format) -> AnyView {
    let number = (format.t.alerts().attempt)(&attempt.number.to_string());
    let outcome = format.t.deliveries().outcome(&attempt.outcome);
    let at = format.date_time(attempt.at);
    view! { <p><span class="muted">{number} " " {at}</span> " " {outcome}</p> }.into_any()
}
