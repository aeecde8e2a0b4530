//! Usage of this cycle against the last: figures that follow the network, and the cumulative lines.

use crate::{
    charts::{ChartView, Readout, amount},
    dom,
    figures::{DashboardFigures, UsageAsk},
    format::use_format,
    i18n::{Texts, use_texts},
};
use leptos::prelude::*;
use opencmp_domain::{
    ByteCount,
    dashboard::Dashboard,
    live::FleetLive,
    query::{SimColumn, SimQuery, Sort},
    usage::DayUsage,
};

#[component]
pub fn Usage(figures: RwSignal<DashboardFigures>, sums: RwSignal<FleetLive>) -> impl IntoView {
    let t = use_texts();
    let f = use_format();
    let d = t.dashboard();
    let to_date = Memo::new(move |_| figures.with(|held| held.dashboard.usage_previous_to_date));
    let previous = Memo::new(move |_| figures.with(|held| held.dashboard.usage_previous));
    let cycle = Memo::new(move |_| figures.with(|held| held.dashboard.cycle));
    let last_cycle = move || {
        let last = UsageAsk { cycle: Some(cycle.get().previous()), ..UsageAsk::default() };
        dom::url("/usage", &last.to_pairs())
    };
    let today = Memo::new(move |_| figures.with(|held| held.dashboard.days.last().map(|day| day.day)));
    view! {
        <section class="card chart-card">
            <div class="card-head">
                <h2>{d.comparison_title}</h2>
                <a class="end" href="/usage">{d.open_usage}</a>
            </div>
            <dl class="figures in-card">
                <div>
                    <dt class="figure-label">{d.usage_today}</dt>
                    <dd class="figure-value">
                        <a href=by_usage(SimColumn::UsageToday) title=(d.list_of)(d.usage_today)>
                            {move || amount(sums.get().usage_today)}
                        </a>
                    </dd>
                    <dd class="figure-note">{move || today.get().map(|day| f.weekday(day))}</dd>
                </div>
                <div>
                    <dt class="figure-label">{d.usage_cycle} " " {move || f.cycle(cycle.get())}</dt>
                    <dd class="figure-value">
                        <a href=by_usage(SimColumn::UsageCycle) title=(d.list_of)(d.usage_cycle)>
                            {move || amount(sums.get().usage_cycle)}
                        </a>
                    </dd>
                    <dd class="figure-note">
                        {move || match change(sums.get().usage_cycle, to_date.get()) {
                            Some(change) => (d.against)(&change),
                            None => d.against_none.to_owned(),
                        }}
                    </dd>
                </div>
                <div>
                    <dt class="figure-label">{d.usage_previous_to_date}</dt>
                    <dd class="figure-value">
                        <a href=last_cycle title=d.open_usage>{move || amount(to_date.get())}</a>
                    </dd>
                    <dd class="figure-note">
                        {d.usage_previous} " "
                        <a href=last_cycle title=d.open_usage>{move || amount(previous.get())}</a>
                    </dd>
                </div>
            </dl>
            <div class="card-body">
                {move || {
                    let (image, readouts) = figures
                        .with(|held| (held.comparison.clone(), readouts(&held.dashboard, t)));
                    let label = format!("{}. {}", d.comparison_title, d.chart_keys);
                    view! { <ChartView image readouts label/> }
                }}
            </div>
        </section>
    }
}

/// The list with the SIMs that used most before the others.
fn by_usage(column: SimColumn) -> String {
    let query = SimQuery { sort: Sort { column, descending: true }, ..SimQuery::default() };
    dom::url("/sims", &query.to_pairs())
}

/// `+12.3%`; `None` where there is nothing to compare with.
fn change(now: ByteCount, before: ByteCount) -> Option<String> {
    if before == ByteCount::ZERO {
        return None;
    }
    let percent = (now.octets() as f64 / before.octets() as f64 - 1.0) * 100.0;
    Some(match percent {
        p if p >= 1000.0 => format!("×{:.0}", p / 100.0 + 1.0),
        p if p.abs() < 0.05 => "±0%".to_owned(),
        p if p < 0.0 => format!("−{:.1}%", p.abs()),
        p => format!("+{p:.1}%"),
    })
}

fn readouts(dashboard: &Dashboard, t: &'static Texts) -> Vec<Readout> {
    let d = t.dashboard();
    let running = |days: &[DayUsage]| -> Vec<ByteCount> {
        days.iter()
            .scan(ByteCount::ZERO, |sum, day| {
                *sum += day.usage.total();
                Some(*sum)
            })
            .collect()
    };
    let (this, last) = (running(&dashboard.days), running(&dashboard.previous_days));
    let text = |sums: &[ByteCount], i: usize| sums.get(i).map_or("–".to_owned(), |sum| amount(*sum));
    (0..this.len().max(last.len()))
        .map(|i| Readout {
            heading: (d.comparison_day)(&(i + 1).to_string()),
            lines: vec![(d.this_cycle.to_owned(), text(&this, i)), (d.last_cycle.to_owned(), text(&last, i))],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_its_sign() {
        let change = |now, before| change(ByteCount(now), ByteCount(before));
        assert_eq!(change(112, 100).as_deref(), Some("+12.0%"));
        assert_eq!(change(75, 100).as_deref(), Some("−25.0%"));
        assert_eq!(change(100, 100).as_deref(), Some("±0%"));
        assert_eq!(change(2_500, 100).as_deref(), Some("×25"));
        assert_eq!(change(1, 0), None);
    }
}
