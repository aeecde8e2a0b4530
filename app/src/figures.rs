//! Answers that carry charts: what the dashboard, the usage page, the SIM page and the operator page fetch.
//!
//! The server draws with the words and the zone of whoever is looking, so that the first paint has the chart, and the
//! browser needs no drawing code. The PDF draws the same charts ([`draw`]).

use crate::{
    api::{ApiError, alerts::Alerts},
    charts::ChartImage,
};
use leptos::{prelude::*, server_fn::codec::Json};
use opencmp_domain::{
    Cycle, Day, GroupId, Plmn, SimId,
    alert::AlertCounts,
    dashboard::Dashboard,
    operator::OperatorStatus,
    sim::SimRow,
    usage::{DayReport, UsageQuery, UsageReport},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use opencmp_domain::alert::AlertQuery;

#[cfg(feature = "ssr")]
pub mod draw;

/// What the usage page was asked for, as it stands in its URL.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UsageAsk {
    pub group: Option<GroupId>,
    pub cycle: Option<Cycle>,
    pub sim: Option<SimId>,
    /// A number as typed, when no SIM has been chosen yet.
    pub number: Option<String>,
    pub day: Option<Day>,
}

impl UsageAsk {
    /// Reads a URL's pairs; the error names the parameter.
    pub fn from_pairs(get: impl Fn(&str) -> Option<String>) -> Result<Self, ApiError> {
        let given = |name: &str| get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let mut ask = Self::default();
        if let Some(text) = given("group") {
            ask.group = Some(text.parse().map_err(|_| invalid("group", &text, "a group's id"))?);
        }
        if let Some(text) = given("cycle") {
            ask.cycle = Some(text.parse().map_err(|message| invalid_as("cycle", message))?);
        }
        if let Some(text) = given("sim") {
            ask.sim = Some(text.parse().map_err(|_| invalid("sim", &text, "a SIM's id"))?);
        }
        if let Some(text) = given("day") {
            ask.day = Some(text.parse().map_err(|message| invalid_as("day", message))?);
        }
        ask.number = given("number").map(|text| text.chars().take(64).collect());
        Ok(ask)
    }

    /// Pairs for a URL; what is not asked for is left out.
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let mut push = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        push("group", self.group.map(|id| id.to_string()));
        push("cycle", self.cycle.map(|cycle| cycle.to_string()));
        push("sim", self.sim.map(|id| id.to_string()));
        push("number", self.number.clone().filter(|_| self.sim.is_none()));
        push("day", self.day.map(crate::format::day));
        pairs
    }

    /// The same without its day: what the cycle's figures depend on.
    pub fn without_day(&self) -> Self {
        Self { day: None, ..self.clone() }
    }

    pub fn query(&self) -> UsageQuery {
        UsageQuery { group: self.group, cycle: self.cycle, sim: self.sim, day: self.day }
    }
}

fn invalid(field: &str, given: &str, expected: &str) -> ApiError {
    invalid_as(field, format!("{given:?} is not {expected}"))
}

fn invalid_as(field: &str, message: String) -> ApiError {
    ApiError::Invalid { field: field.to_owned(), message }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UsageAnswer {
    Figures(Box<UsageFigures>),
    /// The number as typed is no SIM's.
    UnknownNumber,
    /// The number as typed is part of several SIMs' identifiers or names.
    Choose(Vec<SimRow>),
}

/// A cycle's figures and their chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UsageFigures {
    /// With the SIM that a typed number turned out to be, and the cycle that was meant.
    pub ask: UsageAsk,
    pub report: UsageReport,
    pub chart: ChartImage,
}

/// A day's hours and top SIMs; no chart where the hours are past retention.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayFigures {
    pub report: DayReport,
    pub chart: Option<ChartImage>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DashboardFigures {
    pub dashboard: Dashboard,
    /// Names of the networks in its events.
    pub networks: Vec<(Plmn, String)>,
    pub connected: ChartImage,
    pub comparison: ChartImage,
    /// Those that go on and that nobody has handled, and how many wait; `None`: nobody is within a tenant.
    pub alerts: Option<(Alerts, AlertCounts)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatorFigures {
    pub status: OperatorStatus,
    pub rate: ChartImage,
}

#[server(name = UsageFiguresFn, prefix = "/fn", endpoint = "usage_figures", input = Json)]
pub async fn usage_figures(ask: UsageAsk) -> Result<UsageAnswer, ApiError> {
    let (service, scope) = crate::request::backend()?;
    let ask = match draw::resolve(&service, &scope, ask) {
        Ok(ask) => ask,
        Err(answer) => return Ok(answer),
    };
    let report = service.usage_report(&scope, &ask.query(), crate::request::lang_of_request()).await?;
    let ask = UsageAsk { cycle: Some(report.cycle), ..ask };
    let chart = draw::usage_image(&report, draw::page_texts())?;
    Ok(UsageAnswer::Figures(Box::new(UsageFigures { ask, report, chart })))
}

/// `time_zone` is the report's: the zone whose hours are drawn.
#[server(name = DayFiguresFn, prefix = "/fn", endpoint = "day_figures", input = Json)]
pub async fn day_figures(ask: UsageAsk, time_zone: String) -> Result<DayFigures, ApiError> {
    let (service, scope) = crate::request::backend()?;
    let ask = draw::resolve(&service, &scope, ask).map_err(|_| ApiError::NotFound)?;
    let report = service.usage_day(&scope, &ask.query()).await?;
    let chart = draw::hours_image(&report, &time_zone, draw::page_texts())?;
    Ok(DayFigures { report, chart })
}

#[server(name = DashboardFiguresFn, prefix = "/fn", endpoint = "dashboard_figures", input = Json)]
pub async fn dashboard_figures() -> Result<DashboardFigures, ApiError> {
    let (service, scope) = crate::request::backend()?;
    let dashboard = service.dashboard(&scope).await?;
    let prefs = crate::prefs::Prefs::of_request();
    let texts = crate::i18n::texts_in(prefs.lang);
    let connected = draw::connected_image(&dashboard, prefs.zone, texts)?;
    let comparison = draw::comparison_image(&dashboard, texts)?;
    let codes = dashboard.events.iter().flat_map(|event| [&event.from, &event.to]);
    let codes = codes.filter_map(|code| code.as_deref()?.parse().ok()).collect();
    let networks = crate::api::networks(&service, codes);
    let alerts = open_alerts(&service, &scope).await?;
    Ok(DashboardFigures { dashboard, networks, connected, comparison, alerts })
}

/// Alerts that the dashboard has room for.
#[cfg(feature = "ssr")]
const OPEN_ALERTS: usize = 6;

#[cfg(feature = "ssr")]
async fn open_alerts(
    service: &opencmp_service::Service,
    scope: &opencmp_domain::Scope,
) -> Result<Option<(Alerts, AlertCounts)>, ApiError> {
    if scope.only_tenant().is_none() {
        return Ok(None);
    }
    let open = AlertQuery { handled: Some(false), open: true, ..AlertQuery::default() };
    let page = service.alert_list(scope, &open, None, OPEN_ALERTS).await?;
    let codes = crate::api::alerts::networks_of(page.lines.iter());
    let networks = crate::api::networks(service, codes);
    Ok(Some((Alerts { page, networks }, service.alert_counts(scope).await?)))
}

#[server(name = OperatorFiguresFn, prefix = "/fn", endpoint = "operator_figures", input = Json)]
pub async fn operator_figures() -> Result<OperatorFigures, ApiError> {
    let (service, scope) = crate::request::backend()?;
    let status = service.operator_status(&scope).await?;
    let prefs = crate::prefs::Prefs::of_request();
    let rate = draw::rate_image(&status, prefs.zone, crate::i18n::texts_in(prefs.lang))?;
    Ok(OperatorFigures { status, rate })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_what_is_asked() {
        let ask = UsageAsk {
            group: Some(GroupId(3)),
            cycle: Some(Cycle { year: 2026, month: 11 }),
            sim: Some(SimId(9)),
            number: None,
            day: Some("2026-11-23".parse().unwrap()),
        };
        let pairs = ask.to_pairs();
        let read = UsageAsk::from_pairs(|name| {
            pairs.iter().find(|(found, _)| *found == name).map(|(_, value)| value.clone())
        });
        assert_eq!(read, Ok(ask));
        assert!(UsageAsk::default().to_pairs().is_empty());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, value) in [("group", "x"), ("cycle", "2026-13"), ("sim", "1.5"), ("day", "2026-02-30")] {
            let error = UsageAsk::from_pairs(|n| (n == name).then(|| value.to_owned())).unwrap_err();
            assert!(matches!(error, ApiError::Invalid { ref field, .. } if field == name), "{error}");
        }
    }
}
