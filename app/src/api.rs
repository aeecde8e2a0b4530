//! The server functions: one for each thing that a page asks of the service. They are public endpoints; each takes the
//! scope from its own request, and what it answers is what the service lets that scope see.

pub mod alerts;
pub mod backtest;
pub mod cells;
pub mod embed;
pub mod groups;
pub mod manage;
pub mod people;
pub mod providers;
pub mod stock;
pub mod why;

#[cfg(feature = "ssr")]
use crate::request::{backend, lang_of_request};
use leptos::{
    prelude::*,
    server_fn::{
        codec::{Json, JsonEncoding},
        error::{FromServerFnError, ServerFnErrorErr},
    },
};
#[cfg(feature = "ssr")]
use opencmp_domain::{Lang, event::EventKind};
use opencmp_domain::{
    Plmn, SimId, ViewId,
    dashboard::Dashboard,
    event::{TimelineCursor, TimelineEvent, TimelineFilter},
    operator::{OperatorStatus, UnknownSim},
    query::{SavedView, SimPage, SimQuery},
    session::{SessionCursor, SessionFilter, SessionPage},
    sim::{GroupChoice, SimDetail, SimRow},
    usage::{DayReport, UsageQuery, UsageReport},
};
#[cfg(feature = "ssr")]
use opencmp_service::Service;
use serde::{Deserialize, Serialize};

/// Sessions that a page of a SIM's history holds.
pub const SESSION_PAGE: u32 = 50;
/// Events that a page of the time line holds.
pub const TIMELINE_PAGE: u32 = 50;

/// What went wrong, as far as the person in front of the page is concerned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiError {
    NotFound,
    /// Nobody is signed in here any more.
    SignedOut,
    Forbidden,
    /// The request names something impossible; the field is the one in the URL or form.
    Invalid {
        field: String,
        message: String,
    },
    /// The name or address is in use.
    Taken {
        value: String,
    },
    /// Tried too often; again after so many seconds.
    TooMany {
        wait_secs: i64,
    },
    /// The server can't answer now.
    Unavailable,
    /// The server wasn't reached.
    Network,
}

impl ApiError {
    /// Trying again may help.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable | Self::Network)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("not found"),
            Self::SignedOut => f.write_str("signed out"),
            Self::Forbidden => f.write_str("forbidden"),
            Self::Taken { value } => write!(f, "{value} is already taken"),
            Self::TooMany { wait_secs } => write!(f, "too many tries: wait {wait_secs} s"),
            Self::Invalid { field, message } => write!(f, "{field}: {message}"),
            Self::Unavailable => f.write_str("unavailable"),
            Self::Network => f.write_str("unreachable"),
        }
    }
}

impl std::error::Error for ApiError {}

#[cfg(feature = "ssr")]
impl From<opencmp_service::ServiceError> for ApiError {
    fn from(error: opencmp_service::ServiceError) -> Self {
        use opencmp_service::ServiceError;
        match error {
            ServiceError::NotFound => Self::NotFound,
            ServiceError::Forbidden => Self::Forbidden,
            ServiceError::Invalid { field, message } => Self::Invalid { field: field.to_owned(), message },
            ServiceError::Taken { value, .. } => Self::Taken { value },
            ServiceError::TooMany { wait_secs } => Self::TooMany { wait_secs },
            ServiceError::Unavailable => Self::Unavailable,
        }
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Network,
            // In the browser it is the answer that couldn't be read.
            #[cfg(feature = "ssr")]
            ServerFnErrorErr::Args(message) | ServerFnErrorErr::Deserialization(message) => {
                Self::Invalid { field: "arguments".to_owned(), message }
            }
            _ => Self::Unavailable,
        }
    }
}

/// A page of the list, with the names of the networks in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimListing {
    pub page: SimPage,
    pub networks: Vec<(Plmn, String)>,
}

/// A SIM, with the name of the network that it is on or was on last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimView {
    pub detail: SimDetail,
    pub network: Option<(Plmn, String)>,
    /// Custom fields that it has a value in.
    pub fields: Vec<(String, String)>,
    /// Whoever looks reaches nothing else: no list that leads here, no group that leads on.
    pub alone: bool,
}

#[server(name = GroupsFn, prefix = "/fn", endpoint = "groups", input = Json)]
pub async fn groups() -> Result<Vec<GroupChoice>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.groups(&scope))
}

#[server(name = SimListFn, prefix = "/fn", endpoint = "sim_list", input = Json)]
pub async fn sim_list(query: SimQuery) -> Result<SimListing, ApiError> {
    let (service, scope) = backend()?;
    let page = service.sim_list(&scope, &query).await?;
    let networks = networks(&service, page.rows.iter().filter_map(|row| row.live.plmn).collect());
    Ok(SimListing { page, networks })
}

/// Names of these networks, those that have one, in the language of whoever asks.
#[cfg(feature = "ssr")]
pub fn networks(service: &Service, mut plmns: Vec<Plmn>) -> Vec<(Plmn, String)> {
    plmns.sort_unstable();
    plmns.dedup();
    let lang = lang_of_request();
    let named = |plmn| Some((plmn, service.network_name(plmn, lang)?.to_owned()));
    plmns.into_iter().filter_map(named).collect()
}

#[server(name = SimQuickSearchFn, prefix = "/fn", endpoint = "sim_quick_search", input = Json)]
pub async fn sim_quick_search(text: String) -> Result<Vec<SimRow>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.sim_quick_search(&scope, &text))
}

#[server(name = SimDetailFn, prefix = "/fn", endpoint = "sim_detail", input = Json)]
pub async fn sim_detail(id: SimId) -> Result<SimView, ApiError> {
    let (service, scope) = backend()?;
    let detail = service.sim_detail(&scope, id, lang_of_request()).await?;
    let network = networks(&service, detail.row.live.plmn.into_iter().collect()).pop();
    let fields = service.sim_fields(&scope, id).await?;
    let fields = fields.into_iter().filter_map(|(field, value)| Some((field.said.name, value?))).collect();
    Ok(SimView { detail, network, fields, alone: scope.sim().is_some() })
}

#[server(name = SimSessionsFn, prefix = "/fn", endpoint = "sim_sessions", input = Json)]
pub async fn sim_sessions(
    id: SimId,
    filter: SessionFilter,
    cursor: Option<SessionCursor>,
) -> Result<SessionPage, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.sim_sessions(&scope, id, &filter, cursor, SESSION_PAGE, lang_of_request()).await?)
}

/// Events of a SIM that the filter shows, newest first: those after `after`, or the latest.
#[server(name = SimTimelineFn, prefix = "/fn", endpoint = "sim_timeline", input = Json)]
pub async fn sim_timeline(
    id: SimId,
    filter: TimelineFilter,
    after: Option<TimelineCursor>,
) -> Result<Vec<TimelineEvent>, ApiError> {
    let (service, scope) = backend()?;
    let mut events = service.sim_timeline(&scope, id, &filter, after, TIMELINE_PAGE).await?;
    name_networks(&service, lang_of_request(), &mut events);
    Ok(events)
}

/// Puts the names of networks beside their codes, of those that have one.
#[cfg(feature = "ssr")]
pub fn name_networks(service: &Service, lang: Lang, events: &mut [TimelineEvent]) {
    for event in events.iter_mut().filter(|event| event.kind == EventKind::NetworkChanged) {
        for code in [&mut event.from, &mut event.to].into_iter().flatten() {
            if let Some(name) = code.parse().ok().and_then(|plmn: Plmn| service.network_name(plmn, lang)) {
                *code = format!("{name} ({code})");
            }
        }
    }
}

#[server(name = UsageReportFn, prefix = "/fn", endpoint = "usage_report", input = Json)]
pub async fn usage_report(query: UsageQuery) -> Result<UsageReport, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.usage_report(&scope, &query, lang_of_request()).await?)
}

#[server(name = UsageDayFn, prefix = "/fn", endpoint = "usage_day", input = Json)]
pub async fn usage_day(query: UsageQuery) -> Result<DayReport, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.usage_day(&scope, &query).await?)
}

#[server(name = DashboardFn, prefix = "/fn", endpoint = "dashboard", input = Json)]
pub async fn dashboard() -> Result<Dashboard, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.dashboard(&scope).await?)
}

#[server(name = OperatorStatusFn, prefix = "/fn", endpoint = "operator_status", input = Json)]
pub async fn operator_status() -> Result<OperatorStatus, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.operator_status(&scope).await?)
}

#[server(name = UnknownSimsFn, prefix = "/fn", endpoint = "unknown_sims", input = Json)]
pub async fn unknown_sims(page: u32) -> Result<Vec<UnknownSim>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.unknown_sims(&scope, page).await?)
}

#[server(name = ViewsFn, prefix = "/fn", endpoint = "views", input = Json)]
pub async fn views() -> Result<Vec<SavedView>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.views(&scope).await?)
}

#[server(name = ViewSaveFn, prefix = "/fn", endpoint = "view_save", input = Json)]
pub async fn view_save(name: String, shared: bool, query: String) -> Result<ViewId, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.view_save(&scope, &name, shared, &query).await?)
}

#[server(name = ViewDeleteFn, prefix = "/fn", endpoint = "view_delete", input = Json)]
pub async fn view_delete(id: ViewId) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    Ok(service.view_delete(&scope, id).await?)
}

/// Keeps a pasted list of numbers; the answer is its name in [`SimQuery::list`].
#[server(name = NumberListSaveFn, prefix = "/fn", endpoint = "number_list_save", input = Json)]
pub async fn number_list_save(lines: Vec<String>) -> Result<String, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.number_list_save(&scope, &lines).await?)
}
