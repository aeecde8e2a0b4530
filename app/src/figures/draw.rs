//! The charts of pages and of the PDF, from the service's figures and the words of a language. Server only.

use super::{UsageAnswer, UsageAsk};
use crate::{
    api::ApiError,
    charts::{
        ChartImage, ChartShape, amount,
        draw::{
            Axis, Comparison, ComparisonWords, Counts, Daily, DailyWords, Hourly, HourlyWords, OverTime,
            Series, Tint,
            svg::{ChartError, page_image},
        },
    },
    format::Format,
    i18n::Texts,
    prefs::Prefs,
};
use opencmp_domain::{
    ByteCount, Iccid, Imei, Imsi, Msisdn, Scope, Tz,
    alert::backtest::Backtest,
    dashboard::Dashboard,
    operator::OperatorStatus,
    sim::SimRow,
    time::{DEFAULT_ZONE, offered_zone},
    usage::{DayReport, UsageReport},
};
use opencmp_service::Service;

impl From<ChartError> for ApiError {
    fn from(error: ChartError) -> Self {
        tracing::error!(%error, "drawing a chart");
        Self::Unavailable
    }
}

pub(super) fn page_texts() -> &'static Texts {
    crate::i18n::texts_in(Prefs::of_request().lang)
}

/// Puts the SIM in the place of a typed number.
pub(super) fn resolve(service: &Service, scope: &Scope, ask: UsageAsk) -> Result<UsageAsk, UsageAnswer> {
    let Some(text) = ask.number.clone().filter(|_| ask.sim.is_none()) else { return Ok(ask) };
    let mut rows = service.sim_quick_search(scope, &text);
    if rows.iter().any(|row| is_exactly(row, &text)) {
        rows.retain(|row| is_exactly(row, &text));
    }
    match rows.as_slice() {
        [] => Err(UsageAnswer::UnknownNumber),
        [only] => Ok(UsageAsk { sim: Some(only.id), ..ask }),
        _ => Err(UsageAnswer::Choose(rows)),
    }
}

fn is_exactly(row: &SimRow, text: &str) -> bool {
    let number = text.parse::<Msisdn>().is_ok_and(|number| row.msisdn == Some(number));
    let card = text.parse::<Iccid>().is_ok_and(|iccid| row.iccid == Some(iccid));
    let subscriber = text.parse::<Imsi>().is_ok_and(|imsi| row.imsi == Some(imsi));
    let device = text.parse::<Imei>().is_ok_and(|imei| row.imei.is_some_and(|i| i.device() == imei.device()));
    number || card || subscriber || device || row.name.as_deref() == Some(text)
}

/// 群組每日流量（群組：…　週期：…）.
pub fn usage_title(report: &UsageReport, about_sim: bool, t: &'static Texts) -> String {
    let cycle = Format { t, zone: DEFAULT_ZONE }.cycle(report.cycle);
    let u = t.usage();
    match &report.subject {
        None => (u.chart_of_all)(u.chart_all, &cycle),
        Some(sim) if about_sim => (u.chart_of)(u.chart_sim, sim, &cycle),
        Some(group) => (u.chart_of)(u.chart_group, group, &cycle),
    }
}

pub fn daily<'a>(report: &'a UsageReport, t: &'static Texts) -> Daily<'a> {
    let u = t.usage();
    Daily {
        days: &report.days,
        first_day: report.first_day,
        end_day: report.end_day,
        words: DailyWords {
            usage: u.usage,
            cumulative: u.cumulative,
            uplink: u.uplink,
            downlink: u.downlink,
            nothing: u.nothing,
        },
    }
}

pub fn usage_image(report: &UsageReport, t: &'static Texts) -> Result<ChartImage, ChartError> {
    let u = t.usage();
    let highest = report.days.iter().map(|day| day.usage.total()).max().unwrap_or(ByteCount::ZERO);
    let days = report.days.len().to_string();
    let description = (u.chart_description)(&days, &amount(report.total().total()), &amount(highest));
    page_image(&daily(report, t), ChartShape::Main, &usage_title(report, false, t), &description)
}

pub fn hourly<'a>(report: &'a DayReport, time_zone: &str, t: &'static Texts) -> Hourly<'a> {
    let u = t.usage();
    Hourly {
        hours: &report.hours,
        zone: offered_zone(time_zone).unwrap_or(DEFAULT_ZONE),
        words: HourlyWords { usage: u.usage, uplink: u.uplink, downlink: u.downlink, nothing: u.hours_none },
    }
}

/// `None` where the hours are past retention.
pub fn hours_image(
    report: &DayReport,
    time_zone: &str,
    t: &'static Texts,
) -> Result<Option<ChartImage>, ChartError> {
    if report.hours.is_empty() || report.day < report.hours_kept_since {
        return Ok(None);
    }
    let title = (t.usage().hours_of)(&crate::format::day(report.day));
    let description = (t.usage().hours_description)(&amount(report.total.total()));
    page_image(&hourly(report, time_zone, t), ChartShape::Card, &title, &description).map(Some)
}

pub fn connected_image(dashboard: &Dashboard, zone: Tz, t: &'static Texts) -> Result<ChartImage, ChartError> {
    let d = t.dashboard();
    let samples = &dashboard.connected;
    let to = samples.last().map_or(dashboard.as_of, |sample| sample.at);
    let values = |of: fn(&opencmp_domain::dashboard::ConnectedSample) -> u64| {
        samples.iter().map(|sample| of(sample) as f64).collect::<Vec<_>>()
    };
    let most = samples.iter().map(|s| s.connected.max(s.unconfirmed)).max().unwrap_or(0);
    let chart = OverTime {
        from: to.plus_secs(-24 * 3600),
        to,
        at: samples.iter().map(|sample| sample.at).collect(),
        series: vec![
            Series {
                tint: Tint::Connected,
                name: t.state.connected,
                values: values(|s| s.connected),
                area: true,
            },
            Series {
                tint: Tint::Unconfirmed,
                name: t.state.unconfirmed,
                values: values(|s| s.unconfirmed),
                area: false,
            },
        ],
        axis: Axis::count(most),
        title: d.connected_axis,
        nothing: d.connected_none,
        zone,
    };
    let low = samples.iter().map(|s| s.connected).min().unwrap_or(0);
    let high = samples.iter().map(|s| s.connected).max().unwrap_or(0);
    let description = (d.connected_description)(
        &low.to_string(),
        &high.to_string(),
        &dashboard.counts.connected.to_string(),
    );
    page_image(&chart, ChartShape::Card, d.connected_title, &description)
}

pub fn comparison_image(dashboard: &Dashboard, t: &'static Texts) -> Result<ChartImage, ChartError> {
    let d = t.dashboard();
    let chart = Comparison {
        days: &dashboard.days,
        previous_days: &dashboard.previous_days,
        words: ComparisonWords {
            cumulative: d.comparison_axis,
            this_cycle: d.this_cycle,
            last_cycle: d.last_cycle,
            nothing: d.comparison_none,
            day: d.comparison_nth,
        },
    };
    let description =
        (d.comparison_description)(&amount(dashboard.usage_cycle), &amount(dashboard.usage_previous));
    page_image(&chart, ChartShape::Card, d.comparison_title, &description)
}

pub fn rate_image(status: &OperatorStatus, zone: Tz, t: &'static Texts) -> Result<ChartImage, ChartError> {
    let o = t.operator();
    let to = status.rate.last().map_or(status.as_of, |sample| sample.at);
    let high = status.rate.iter().map(|sample| sample.per_second).fold(0.0, f64::max);
    let chart = OverTime {
        from: to.plus_secs(-3600),
        to,
        at: status.rate.iter().map(|sample| sample.at).collect(),
        series: vec![Series {
            tint: Tint::Down,
            name: o.rate,
            values: status.rate.iter().map(|sample| sample.per_second).collect(),
            area: true,
        }],
        axis: Axis::rate(high),
        title: o.rate,
        nothing: o.rate_none,
        zone,
    };
    let now = format!("{:.0}", status.ingest.records_per_second);
    let description = (o.rate_description)(&format!("{high:.0}"), &now);
    page_image(&chart, ChartShape::Strip, o.rate_title, &description)
}

/// Alerts that a rule on trial would have raised, by day.
pub fn backtest_image(backtest: &Backtest, t: &'static Texts) -> Result<ChartImage, ChartError> {
    let b = t.backtest();
    let chart = Counts { days: &backtest.days, title: b.a_day, nothing: b.none };
    let most = backtest.days.iter().map(|(_, alerts)| *alerts).max().unwrap_or(0);
    let description = (b.chart_description)(&backtest.alerts().to_string(), &most.to_string());
    page_image(&chart, ChartShape::Card, b.chart_title, &description)
}
