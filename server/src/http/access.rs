//! What each address asks of who comes to it: one table. An address that isn't in it is refused, and a test names it.

use super::{AppState, caller::lang, embed};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use opencmp_app::{api::ApiError, i18n::texts_in, request::Framed as Embedding};
use opencmp_domain::{
    Scope,
    role::Permission::{
        self, AlertHandle, AlertRead, AlertWrite, AuditRead, CellWrite, FieldWrite, FleetExport, FleetRead,
        GatewayWrite, GroupWrite, NetworkRead, PeopleWrite, PlanWrite, PortalWrite, ProviderWrite, SimWrite,
        StockWrite, TenantEnter, TenantWrite, ViewWrite,
    },
};
use opencmp_service::people;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody, signed in or not.
    Public,
    /// Whoever is signed in: about themselves, or a page that shows what they may see.
    SignedIn,
    Needs(Permission),
    /// The same; frames of portals have it as well: what their pages read.
    Shows(Permission),
    /// Frames of portals alone: their pages.
    Framed,
}
use Access::{Framed, Needs, Public, Shows, SignedIn};

const TABLE: &[(&str, Access)] = &[
    // What says nothing of anybody.
    ("/healthz", Public),
    ("/readyz", Public),
    // The way in.
    ("/sign-in", Public),
    ("/link/:link", Public),
    ("/sign-in/oidc/:provider", Public),
    ("/sign-in/oidc/:provider/logout", Public),
    ("/sign-in/oidc/callback", Public),
    ("/fn/door", Public),
    ("/fn/sign_in", Public),
    ("/fn/sign_in_code", Public),
    ("/fn/enrolment", Public),
    ("/fn/enrol", Public),
    ("/fn/sign_out", Public),
    ("/fn/invitation", Public),
    ("/fn/invitation_accept", Public),
    // The way into a portal's frame, and what frames show.
    ("/embed/token", Public),
    ("/embed/:portal", Public),
    ("/fn/embed_exchange", Public),
    ("/embed/sims", Framed),
    ("/embed/sims/:id", Framed),
    ("/embed/usage", Framed),
    ("/embed/alerts", Framed),
    // Pages: what is on them is fetched by the functions below.
    ("/", SignedIn),
    ("/sims", SignedIn),
    ("/sims/:id", SignedIn),
    ("/usage", SignedIn),
    ("/operator", SignedIn),
    ("/account", SignedIn),
    ("/people", SignedIn),
    ("/audit", SignedIn),
    ("/manage", SignedIn),
    ("/groups", SignedIn),
    ("/stock", SignedIn),
    ("/cells", SignedIn),
    ("/alerts", SignedIn),
    ("/alerts/:id", SignedIn),
    // One's own account.
    ("/fn/session", SignedIn),
    ("/fn/account", SignedIn),
    ("/fn/password_change", SignedIn),
    ("/fn/sign_in_end", SignedIn),
    ("/fn/own_channels", SignedIn),
    ("/fn/own_channel_hours", SignedIn),
    ("/fn/tenant_enter", Needs(TenantEnter)),
    // The fleet.
    ("/live", Shows(FleetRead)),
    ("/fn/groups", Shows(FleetRead)),
    ("/fn/sim_list", Shows(FleetRead)),
    ("/fn/sim_quick_search", Needs(FleetRead)),
    ("/fn/sim_detail", Shows(FleetRead)),
    ("/fn/sim_sessions", Shows(FleetRead)),
    ("/fn/sim_timeline", Shows(FleetRead)),
    ("/fn/usage_report", Shows(FleetRead)),
    ("/fn/usage_day", Shows(FleetRead)),
    ("/fn/usage_figures", Shows(FleetRead)),
    ("/fn/day_figures", Shows(FleetRead)),
    ("/fn/dashboard", Needs(FleetRead)),
    ("/fn/dashboard_figures", Needs(FleetRead)),
    ("/fn/views", Needs(FleetRead)),
    ("/fn/number_list_save", Needs(FleetRead)),
    ("/fn/view_save", Needs(ViewWrite)),
    ("/fn/view_delete", Needs(ViewWrite)),
    ("/fn/groups_page", Needs(FleetRead)),
    ("/fn/group_create", Needs(GroupWrite)),
    ("/fn/group_rename", Needs(GroupWrite)),
    ("/fn/group_remove", Needs(GroupWrite)),
    ("/fn/sims_move", Needs(SimWrite)),
    ("/fn/sims_tag", Needs(SimWrite)),
    ("/fn/sims_undo", Needs(SimWrite)),
    ("/fn/sim_edit", Needs(SimWrite)),
    ("/fn/sim_fields", Needs(FleetRead)),
    ("/fn/custom_field_save", Needs(FieldWrite)),
    ("/fn/custom_field_remove", Needs(FieldWrite)),
    ("/fn/custom_fields_order", Needs(FieldWrite)),
    ("/download/sims.csv", Needs(FleetExport)),
    ("/download/sims.xlsx", Needs(FleetExport)),
    ("/download/sessions.csv", Needs(FleetExport)),
    ("/download/events.csv", Needs(FleetExport)),
    ("/download/usage.csv", Needs(FleetExport)),
    ("/download/usage.pdf", Needs(FleetExport)),
    // Alerts.
    ("/fn/alerts", Shows(AlertRead)),
    ("/fn/alert", Needs(AlertRead)),
    ("/fn/alerts_handle", Needs(AlertHandle)),
    ("/fn/alert_rules", Needs(AlertRead)),
    ("/fn/alert_rule_versions", Needs(AlertRead)),
    ("/fn/alert_why", Needs(AlertRead)),
    ("/fn/alert_rule_save", Needs(AlertWrite)),
    ("/fn/alert_rule_enable", Needs(AlertWrite)),
    ("/fn/alert_rule_try", Needs(AlertWrite)),
    ("/fn/alert_rule_try_course", Needs(AlertWrite)),
    ("/fn/alert_rule_remove", Needs(AlertWrite)),
    ("/fn/alert_channels", Needs(AlertWrite)),
    ("/fn/alert_channel_save", Needs(AlertWrite)),
    ("/fn/alert_channel_secret", Needs(AlertWrite)),
    ("/fn/alert_channel_remove", Needs(AlertWrite)),
    ("/fn/alert_channel_test", Needs(AlertWrite)),
    ("/fn/alert_channel_tested", Needs(AlertWrite)),
    ("/fn/changes", Needs(AlertRead)),
    ("/fn/change_withdraw", Needs(AlertWrite)),
    ("/fn/alert_deliveries", Needs(AlertRead)),
    ("/fn/alert_delivery_again", Needs(AlertWrite)),
    ("/download/alerts.csv", Needs(FleetExport)),
    ("/download/alerts.xlsx", Needs(FleetExport)),
    // The network's side.
    ("/metrics", Needs(NetworkRead)),
    ("/fn/operator_status", Needs(NetworkRead)),
    ("/fn/operator_figures", Needs(NetworkRead)),
    ("/fn/unknown_sims", Needs(NetworkRead)),
    ("/fn/managed", Needs(GatewayWrite)),
    ("/fn/gateway_save", Needs(GatewayWrite)),
    ("/fn/gateway_remove", Needs(GatewayWrite)),
    ("/fn/tenant_create", Needs(TenantWrite)),
    ("/fn/tenant_rename", Needs(TenantWrite)),
    ("/fn/plans", Needs(NetworkRead)),
    ("/fn/plan_add", Needs(PlanWrite)),
    ("/fn/plan_rename", Needs(PlanWrite)),
    ("/fn/plan_remove", Needs(PlanWrite)),
    // The radio network's cells.
    ("/fn/cell_networks", Needs(NetworkRead)),
    ("/fn/cell_page", Needs(NetworkRead)),
    ("/fn/cell_save", Needs(CellWrite)),
    ("/fn/cell_remove", Needs(CellWrite)),
    ("/fn/cells_remove", Needs(CellWrite)),
    ("/upload/cells", Needs(CellWrite)),
    ("/download/cells.csv", Needs(NetworkRead)),
    // SIM stock.
    ("/fn/stock", Needs(StockWrite)),
    ("/fn/stock_page", Needs(StockWrite)),
    ("/fn/stock_groups", Needs(StockWrite)),
    ("/fn/stock_allocate", Needs(StockWrite)),
    ("/upload/sims", Needs(StockWrite)),
    // People.
    ("/fn/people", Needs(PeopleWrite)),
    ("/fn/person_invite", Needs(PeopleWrite)),
    ("/fn/person_update", Needs(PeopleWrite)),
    ("/fn/person_enable", Needs(PeopleWrite)),
    ("/fn/person_link", Needs(PeopleWrite)),
    ("/fn/person_factor_remove", Needs(PeopleWrite)),
    ("/fn/providers", Needs(ProviderWrite)),
    ("/fn/provider_save", Needs(ProviderWrite)),
    ("/fn/provider_remove", Needs(ProviderWrite)),
    ("/fn/portals", Needs(PortalWrite)),
    ("/fn/portal_save", Needs(PortalWrite)),
    ("/fn/portal_key", Needs(PortalWrite)),
    ("/fn/portal_remove", Needs(PortalWrite)),
    ("/fn/person_identity_forget", Needs(PeopleWrite)),
    ("/fn/audit", Needs(AuditRead)),
    ("/download/audit.jsonl", Needs(AuditRead)),
];

/// `None`: nobody said. `{id}` and `:id` are the same.
pub fn access(path: &str) -> Option<Access> {
    let plain = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) => format!(":{name}"),
        None => segment.to_owned(),
    };
    let path: Vec<String> = path.split('/').map(plain).collect();
    let path = path.join("/");
    TABLE.iter().find(|(held, _)| *held == path).map(|(_, access)| *access)
}

/// The same in a word: `public`, `signed_in`, `framed`, a permission's code; `none` where nobody said.
pub fn access_text(path: &str) -> &'static str {
    match access(path) {
        None => "none",
        Some(Public) => "public",
        Some(SignedIn) => "signed_in",
        Some(Framed) => "framed",
        Some(Needs(permission) | Shows(permission)) => permission.code(),
    }
}

/// Lets through who may. Files that leave are noted in the audit log first.
pub async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let Some(access) = path.as_deref().and_then(access) else {
        tracing::error!(?path, "an address without a rule of access");
        return refuse(&request, StatusCode::FORBIDDEN, &ApiError::Forbidden);
    };
    let scope = request.extensions().get::<Scope>().cloned();
    if request.extensions().get::<Arc<Embedding>>().is_some() {
        return match (access, scope) {
            (Public, _) if embed::may_come_in(request.uri().path()) => next.run(request).await,
            (Shows(_) | Framed, None) => embed::turn_away(&request),
            (Framed, Some(_)) => next.run(request).await,
            (Shows(permission), Some(scope)) if scope.may(permission) => next.run(request).await,
            _ => refuse(&request, StatusCode::FORBIDDEN, &ApiError::Forbidden),
        };
    }
    match (access, scope) {
        (Public, _) => next.run(request).await,
        // Their paths mark requests as a frame's.
        (Framed, _) => refuse(&request, StatusCode::FORBIDDEN, &ApiError::Forbidden),
        (_, None) if is_scraper(&state, &request) => next.run(request).await,
        (_, None) => turn_away(&request),
        (SignedIn, Some(_)) => next.run(request).await,
        (Needs(permission) | Shows(permission), Some(scope)) if scope.may(permission) => {
            if leaves_as_a_file(request.uri().path())
                && let Err(error) =
                    state.service.export_note(&scope, request.uri().path(), request.uri().query()).await
            {
                return refuse(&request, StatusCode::SERVICE_UNAVAILABLE, &error.into());
            }
            next.run(request).await
        }
        (Needs(_) | Shows(_), Some(_)) => refuse(&request, StatusCode::FORBIDDEN, &ApiError::Forbidden),
    }
}

/// What is noted in the audit log. The audit log's own file notes itself.
fn leaves_as_a_file(path: &str) -> bool {
    path.starts_with("/download/") && path != "/download/audit.jsonl"
}

/// A program that says the token of the configuration, where it is good for.
fn is_scraper(state: &AppState, request: &Request) -> bool {
    let said = request.headers().get(header::AUTHORIZATION).and_then(|said| said.to_str().ok());
    let said = said.and_then(|said| said.strip_prefix("Bearer "));
    request.uri().path() == "/metrics"
        && matches!((&state.metrics_token, said), (Some(token), Some(said)) if people::same_secret(token, said))
}

/// To the sign-in page and, from there, back; programs are told.
pub fn turn_away(request: &Request) -> Response {
    let accepts = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let page = accepts.is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"))
        && request.method() == Method::GET
        && !["/fn/", "/live", "/metrics", "/upload/"]
            .iter()
            .any(|path| request.uri().path().starts_with(path));
    if !page {
        return refuse(request, StatusCode::UNAUTHORIZED, &ApiError::SignedOut);
    }
    let wanted = request.uri().path_and_query().map_or("/", |wanted| wanted.as_str());
    let to = match wanted {
        "/" => "/sign-in".to_owned(),
        wanted => format!("/sign-in?to={}", opencmp_app::dom::url_encode(wanted)),
    };
    let to = HeaderValue::from_str(&to).unwrap_or(HeaderValue::from_static("/sign-in"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

pub fn refuse(request: &Request, status: StatusCode, error: &ApiError) -> Response {
    if ["/fn/", "/upload/"].iter().any(|path| request.uri().path().starts_with(path)) {
        let body = serde_json::to_string(error).unwrap_or_default();
        return (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
    }
    let frame = request.extensions().get::<Arc<Embedding>>();
    let texts = texts_in(frame.map_or_else(|| lang(request.headers()), |frame| frame.lang));
    (status, format!("{}\n", texts.error(error))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_a_hole() {
        assert_eq!(access("/sims/{id}"), Some(SignedIn));
        assert_eq!(access("/sims/:id"), Some(SignedIn));
        assert_eq!(access("/sims/7"), None);
        assert_eq!(access("/fn/nothing"), None);
    }

    #[test]
    fn no_address_is_in_the_table_twice() {
        let mut paths: Vec<_> = TABLE.iter().map(|(path, _)| *path).collect();
        paths.sort_unstable();
        assert!(paths.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
