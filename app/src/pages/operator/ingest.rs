//! The feed: ready or not and why, how fast, how far behind; the last hour as a chart.

use crate::{
    charts::{ChartView, Readout, amount},
    clock::use_clock,
    components::Icon,
    figures::OperatorFigures,
    format::use_format,
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::{Timestamp, operator::IngestStatus};

#[component]
pub fn Ingest(figures: RwSignal<OperatorFigures>, status: RwSignal<IngestStatus>) -> impl IntoView {
    let t = use_texts().operator();
    let f = use_format();
    let clock = use_clock();
    let age = move |at: Option<Timestamp>| at.map_or(t.never.to_owned(), |at| f.age(clock.now(), at));
    let trouble = move || {
        status.get().trouble.map(|trouble| {
            let class = if status.get().ready { "banner warn" } else { "banner bad" };
            view! { <p class=class role="alert"><Icon name="warning"/>{t.trouble(trouble)}</p> }
        })
    };
    view! {
        {trouble}
        <section class="card chart-card">
            <div class="card-head">
                <h2>{t.ingest}</h2>
                <span class=move || if status.get().ready { "badge good" } else { "badge bad" }>
                    {move || if status.get().ready { t.ready } else { t.not_ready }}
                </span>
                <span class="muted end">{t.rate_title}</span>
            </div>
            <dl class="figures in-card">
                <div>
                    <dt class="figure-label">{t.rate}</dt>
                    <dd class="figure-value">{move || rate(status.get().records_per_second)}</dd>
                </div>
                <div>
                    <dt class="figure-label">{t.accepted_since_start}</dt>
                    <dd class="figure-value">{move || f.count(status.get().accepted)}</dd>
                    <dd class="figure-note">{t.duplicates} " " {move || f.count(status.get().duplicates)}</dd>
                </div>
                <div title=t.unapplied_hint>
                    <dt class="figure-label">{t.unapplied}</dt>
                    <dd class="figure-value">{move || f.count(status.get().unapplied)}</dd>
                    <dd class="figure-note">{t.applied_at} " " {move || age(status.get().applied_at)}</dd>
                </div>
                <div title=t.unflushed_hint>
                    <dt class="figure-label">{t.unflushed}</dt>
                    <dd class="figure-value">{move || f.count(status.get().unflushed)}</dd>
                    <dd class="figure-note">{t.flushed_at} " " {move || age(status.get().flushed_at)}</dd>
                </div>
                <div>
                    <dt class="figure-label">{t.journal}</dt>
                    <dd class="figure-value">{move || amount(status.get().journal_octets)}</dd>
                    <dd class="figure-note">{t.journal_since} " " {move || age(status.get().journal_oldest_at)}</dd>
                </div>
            </dl>
            <div class="card-body">
                {move || {
                    let (image, samples) = figures.with(|held| (held.rate.clone(), held.status.rate.clone()));
                    let label = format!("{}. {}", t.rate_title, t.chart_keys);
                    let readouts = samples
                        .iter()
                        .map(|sample| Readout {
                            heading: f.time(sample.at),
                            lines: vec![(t.rate.to_owned(), rate(sample.per_second))],
                        })
                        .collect();
                    view! { <ChartView image readouts label/> }
                }}
            </div>
        </section>
    }
}

/// Whole records from ten a second, one decimal below.
pub fn rate(per_second: f64) -> String {
    match per_second {
        r if !r.is_finite() || r <= 0.0 => "0".to_owned(),
        r if r < 10.0 => format!("{r:.1}"),
        r => crate::format::thousands(r.round() as u64),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_rate_is_no_more_exact_than_it_needs_to_be() {
        assert_eq!(super::rate(f64::NAN), "0");
        assert_eq!(super::rate(0.42), "0.4");
        assert_eq!(super::rate(12_345.6), "12,346");
    }
}
