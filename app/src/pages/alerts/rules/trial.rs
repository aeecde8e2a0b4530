//! 試跑: the rule as it is in the form, on records of before.

use super::super::list::{ended, subject};
use crate::{
    api::{
        ApiError,
        backtest::{self as api, Tried},
    },
    charts::{ChartView, Readout},
    components::{CardTable, Head},
    format::use_format,
    i18n::{alert::Saying, use_texts},
};
use futures::future::{AbortHandle, abortable};
use leptos::{leptos_dom::helpers::IntervalHandle, prelude::*, task::spawn_local};
use opencmp_domain::alert::{
    backtest::{Backtest, Told},
    rule::RuleSaid,
};
use std::time::Duration;

const LOOK: Duration = Duration::from_secs(1);

/// A try that goes on: it ends with the form.
struct Going {
    request: AbortHandle,
    look: Option<IntervalHandle>,
}

impl Drop for Going {
    fn drop(&mut self) {
        self.request.abort();
        if let Some(look) = &self.look {
            look.clear();
        }
    }
}

/// `said`: what the form says, if that can be read. `refused`: shows what is wrong with it.
#[component]
pub fn Trial(said: Callback<(), Option<RuleSaid>>, refused: Callback<ApiError>) -> impl IntoView {
    let texts = use_texts();
    let t = texts.backtest();
    let going = StoredValue::new(None::<Going>);
    let (runs, course) = (RwSignal::new(false), RwSignal::new(None::<u32>));
    let tried = RwSignal::new(None::<Tried>);
    let stop = move || {
        // Dropped outside of the look at where it was.
        let ended = going.try_update_value(Option::take).flatten();
        drop(ended);
        let _ = runs.try_set(false);
        let _ = course.try_set(None);
    };
    let start = move |_| {
        let Some(said) = said.run(()) else { return };
        let (answer, request) = abortable(api::alert_rule_try(said));
        let ask = move || {
            spawn_local(async move {
                if let Ok(at) = api::alert_rule_try_course().await {
                    let _ = course.try_set(at);
                }
            });
        };
        tried.set(None);
        runs.set(true);
        going.set_value(Some(Going { request, look: set_interval_with_handle(ask, LOOK).ok() }));
        spawn_local(async move {
            let Ok(answer) = answer.await else { return };
            stop();
            match answer {
                Ok(answer) => {
                    let _ = tried.try_set(Some(answer));
                }
                Err(error) => refused.run(error),
            }
        });
    };
    on_cleanup(stop);
    let progress = move || {
        let percent = course.get().map(|at| (at / 10).to_string());
        let words = percent.as_ref().map_or(t.running.to_owned(), |percent| (t.course)(percent));
        view! {
            <p class="trial-course" role="status">
                <progress max="1000" value=course.get().map(|at| at.to_string()) aria-label=t.running></progress>
                " "
                {words}
            </p>
            <button type="button" class="button" on:click=move |_| stop()>{t.stop}</button>
        }
        .into_any()
    };
    view! {
        <fieldset class="rules" id="rule-trial">
            <legend class="field-label">{t.try_it}</legend>
            <p class="muted">{t.hint}</p>
            {move || match runs.get() {
                true => progress(),
                false => {
                    view! { <button type="button" class="button" on:click=start>{t.try_it}</button> }.into_any()
                }
            }}
            {move || tried.get().map(|tried| view! { <Outcome tried/> }.into_any())}
        </fieldset>
    }
}

#[component]
fn Outcome(tried: Tried) -> impl IntoView {
    let format = use_format();
    let texts = format.t;
    let t = texts.backtest();
    let Tried { backtest, networks, chart } = tried;
    if !backtest.is_judged() {
        return view! { <p role="status">{t.too_few}</p> }.into_any();
    }
    let span = (t.span)(&format.date_time(backtest.from), &format.date_time(backtest.until));
    let reach = t.reach(backtest.reach).map(|why| format!(" · {why}"));
    let messages: u64 = backtest.told.iter().map(Told::messages).sum();
    let figures: Vec<_> = [
        (t.alerts, backtest.alerts()),
        (t.messages, messages),
        (t.parts, backtest.parts.into()),
        (t.sims, backtest.sims),
    ]
    .into_iter()
    .map(|(name, value)| {
        view! {
            <div>
                <dt class="figure-label">{name}</dt>
                <dd class="figure-value">{format.count(value)}</dd>
            </div>
        }
        .into_any()
    })
    .collect();
    let unjudged: Vec<_> = backtest
        .unjudged
        .iter()
        .map(|(kind, why)| {
            let words = (t.unjudged)(texts.alert().kind(*kind), t.why(*why));
            view! { <li>{words}</li> }.into_any()
        })
        .collect();
    let readouts = backtest
        .days
        .iter()
        .map(|(day, alerts)| Readout {
            heading: crate::format::day(*day),
            lines: vec![(t.a_day.to_owned(), format.count(u64::from(*alerts)))],
        })
        .collect();
    view! {
        <section class="trial" aria-label=t.result>
            <p role="status">{span} {reach}</p>
            <p class="muted">{t.today}</p>
            {(!unjudged.is_empty()).then(|| view! { <ul class="trial-unjudged">{unjudged}</ul> }.into_any())}
            <dl class="figures in-card">{figures}</dl>
            <ChartView image=chart readouts label=t.chart_title/>
            <Channels told=backtest.told.clone()/>
            <First backtest networks/>
        </section>
    }
    .into_any()
}

#[component]
fn Channels(told: Vec<Told>) -> impl IntoView {
    let format = use_format();
    let t = format.t.backtest();
    let lines = told
        .into_iter()
        .map(|told| {
            let messages = told.messages();
            let name = if told.on { told.name } else { (t.channel_off)(&told.name) };
            let cells: Vec<_> = [told.at_once, told.summed_up, told.recipients]
                .into_iter()
                .map(|count| view! { <td class="num">{format.count(count.into())}</td> }.into_any())
                .collect();
            view! {
                <tr>
                    <th scope="row" class="wrap">{name}</th>
                    {cells}
                    <td class="num">{format.count(messages)}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    let counts = [t.at_once, t.summed_up, t.recipients, t.messages].map(Head::Number);
    let heads = std::iter::once(Head::Text(t.channel)).chain(counts).collect();
    let empty = view! { <p class="muted">{t.no_channels}</p> }.into_any();
    view! { <CardTable heads lines empty region=(t.channels, "")/> }
}

/// The first alerts. None of them has a page: none was raised.
#[component]
fn First(backtest: Backtest, networks: Vec<(opencmp_domain::Plmn, String)>) -> impl IntoView {
    let format = use_format();
    let (t, a) = (format.t.backtest(), format.t.alerts());
    let saying = Saying { format, networks: &networks };
    let lines: Vec<_> = backtest
        .first
        .iter()
        .map(|line| {
            view! {
                <tr>
                    <td>{subject(line)}</td>
                    <th scope="row">{format.t.alert().kind(line.kind)}</th>
                    <td class="wrap">{saying.message(line)}</td>
                    <td>{format.date_time(line.began_at)}</td>
                    <td>{ended(line, format)}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    let heads = [a.msisdn, a.alert_kind, a.message, a.began, a.end].map(Head::Text).into();
    let title = (t.first)(&lines.len().to_string());
    let some = !lines.is_empty();
    let table =
        move || view! { <CardTable heads lines empty=().into_any() region=(t.alerts, "")/> }.into_any();
    view! {
        {some.then(|| view! { <h3>{title}</h3> }.into_any())}
        {some.then(table)}
    }
}
