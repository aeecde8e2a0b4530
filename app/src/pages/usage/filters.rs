//! 群組 / 週期 / 門號 / 單日 and 查詢. A plain form: it works before any script runs.

use super::usage_url;
use crate::{
    dom,
    figures::UsageAsk,
    format::{self, use_format},
    i18n::use_texts,
};
use leptos::{ev, html, prelude::*};
use leptos_router::hooks::use_navigate;
use opencmp_domain::{Cycle, Day, sim::GroupChoice, usage::UsageReport};

/// Cycles offered, the current one first.
const OFFERED_CYCLES: usize = 24;

#[component]
pub fn Filters(
    asked: UsageAsk,
    groups: Vec<GroupChoice>,
    report: Option<UsageReport>,
    /// The day in the URL: a click in the chart changes it without a new query.
    #[prop(into)]
    day: Signal<Option<Day>>,
    /// Called when what is asked for is what is shown.
    again: Callback<()>,
) -> impl IntoView {
    let t = use_texts();
    let f = use_format();
    let now = report.as_ref().map(current_cycle);
    let shown = report.as_ref().map(|report| report.cycle).or(asked.cycle);
    let cycles = cycles(now, shown);
    let number = asked.number.clone().or_else(|| {
        let subject = report.as_ref().filter(|_| asked.sim.is_some())?.subject.clone()?;
        Some(subject.split(' ').next().unwrap_or_default().to_owned())
    });
    let first_day = report.as_ref().map(|report| format::day(report.first_day));
    let last_day = report.as_ref().map(|report| format::day(report.end_day.previous().min(report.today)));

    let group_box = NodeRef::<html::Select>::new();
    let cycle_box = NodeRef::<html::Select>::new();
    let number_box = NodeRef::<html::Input>::new();
    let day_box = NodeRef::<html::Input>::new();
    let navigate = use_navigate();
    let known = (asked.sim, number.clone(), asked.clone());
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let value = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
        let typed = value(number_box.get_untracked().map(|input| input.value()));
        // A number that was not touched still is the SIM that it was.
        let same = known.0.is_some() && typed.is_some() && typed == known.1;
        let cycle: Option<Cycle> =
            value(cycle_box.get_untracked().map(|select| select.value())).and_then(|text| text.parse().ok());
        let chosen: Option<Day> =
            value(day_box.get_untracked().map(|input| input.value())).and_then(|text| text.parse().ok());
        let ask = UsageAsk {
            group: value(group_box.get_untracked().map(|select| select.value()))
                .and_then(|id| id.parse().ok()),
            cycle: cycle.filter(|cycle| Some(*cycle) != now || chosen.is_some()),
            sim: known.0.filter(|_| same),
            number: typed.filter(|_| !same),
            day: chosen,
        };
        let shown = UsageAsk { day: day.get_untracked(), ..known.2.clone() };
        if usage_url(&ask) == usage_url(&shown) {
            again.run(());
        } else {
            navigate(&usage_url(&ask), Default::default());
        }
    };

    view! {
        <form class="usage-filters card" method="get" action=dom::at("/usage") on:submit=on_submit>
            <div class="field">
                <label for="usage-group">{t.usage().group}</label>
                <select id="usage-group" name="group" class="select" node_ref=group_box>
                    <option value="">{t.usage().all_groups}</option>
                    {groups
                        .into_iter()
                        .map(|group| {
                            view! {
                                <option value=group.id.to_string() selected=asked.group == Some(group.id)>
                                    {group.name}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </div>
            <div class="field">
                <label for="usage-cycle">{t.usage().cycle}</label>
                <select id="usage-cycle" name="cycle" class="select" node_ref=cycle_box>
                    // Without a report nobody knows yet which cycle today is in.
                    {now.is_none().then(|| view! { <option value="">{t.dashboard().this_cycle}</option> })}
                    {cycles
                        .into_iter()
                        .map(|cycle| {
                            view! {
                                <option value=cycle.to_string() selected=shown == Some(cycle)>{f.cycle(cycle)}</option>
                            }
                        })
                        .collect_view()}
                </select>
            </div>
            <div class="field usage-number">
                <label for="usage-number">{t.usage().number}</label>
                <input
                    id="usage-number"
                    name="number"
                    class="input"
                    type="text"
                    autocomplete="off"
                    maxlength="64"
                    placeholder=t.usage().number_hint
                    value=number
                    node_ref=number_box
                />
            </div>
            <div class="field">
                <label for="usage-day">{t.usage().day}</label>
                <input
                    id="usage-day"
                    name="day"
                    class="input"
                    type="date"
                    value=asked.day.map(format::day)
                    prop:value=move || day.get().map(format::day).unwrap_or_default()
                    min=first_day
                    max=last_day
                    node_ref=day_box
                />
            </div>
            <div class="button-row">
                <button class="button primary" type="submit">{t.usage().query}</button>
                <a class="button quiet" href=dom::at("/usage")>{t.usage().clear}</a>
            </div>
        </form>
    }
}

/// The cycle that today is in, by the report's own cycle day.
fn current_cycle(report: &UsageReport) -> Cycle {
    use chrono::Datelike;
    Cycle::of(report.today, report.first_day.date().day())
}

fn cycles(now: Option<Cycle>, shown: Option<Cycle>) -> Vec<Cycle> {
    let newest = now.or(shown);
    let mut cycles: Vec<Cycle> =
        std::iter::successors(newest, |cycle| Some(cycle.previous())).take(OFFERED_CYCLES).collect();
    if let Some(shown) = shown.filter(|shown| !cycles.contains(shown)) {
        cycles.push(shown);
        cycles.sort_unstable_by(|a, b| b.cmp(a));
    }
    cycles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cycle_shown_is_always_offered() {
        let now: Cycle = "2026-11".parse().unwrap();
        assert_eq!(cycles(Some(now), Some(now)).len(), OFFERED_CYCLES);
        let old: Cycle = "2019-01".parse().unwrap();
        let offered = cycles(Some(now), Some(old));
        assert_eq!((offered[0], offered[OFFERED_CYCLES]), (now, old));
        assert!(cycles(None, None).is_empty());
    }
}
