//! The SIM list and the SIM page.

use crate::{Result, Service, ServiceError, reference, timing::Timed};
use opencmp_domain::{
    ByteCount, Imei, Lang, Plmn, Scope, SimId,
    event::{TimelineCursor, TimelineEvent, TimelineFilter},
    query::{SimPage, SimQuery},
    session::{SessionCursor, SessionFilter, SessionPage, SessionRow},
    sim::{GroupChoice, SimDetail, SimRow, TenantChoice},
};
use opencmp_store::UsageSubject;

/// Rows of the search box's quick results.
const QUICK_RESULTS: usize = 8;
const MOST_SESSIONS: u32 = 200;
const MOST_EVENTS: u32 = 200;

impl Service {
    pub fn tenants(&self, scope: &Scope) -> Vec<TenantChoice> {
        self.directory.tenants(scope)
    }

    /// The one customer in scope; `None` for the operator.
    pub fn customer_name(&self, scope: &Scope) -> Option<String> {
        self.directory.tenant_name(scope.only_tenant()?)
    }

    pub fn groups(&self, scope: &Scope) -> Vec<GroupChoice> {
        self.directory.groups(scope)
    }

    pub async fn sim_list(&self, scope: &Scope, query: &SimQuery) -> Result<SimPage> {
        let _timed = Timed::new(if query.text.is_empty() { "sim_list" } else { "sim_search" });
        let listed = self.listed(scope, query).await?;
        let mut page = self.directory.page(scope, query, listed.as_deref(), self.current());
        page.as_of = self.feed.applied_until();
        Ok(page)
    }

    /// What the search box shows while one types: any identifier or name, any part.
    pub fn sim_quick_search(&self, scope: &Scope, text: &str) -> Vec<SimRow> {
        let _timed = Timed::new("sim_quick_search");
        let text: String = text.trim().chars().take(SimQuery::MOST_TEXT).collect();
        if text.is_empty() {
            return Vec::new();
        }
        self.directory.quick_search(scope, &text, QUICK_RESULTS, self.current())
    }

    /// Ids of everything that the query matches, in its order: an export then asks for rows in pieces.
    pub async fn sim_matching(&self, scope: &Scope, query: &SimQuery) -> Result<Vec<SimId>> {
        let listed = self.listed(scope, query).await?;
        Ok(self.directory.matching(scope, query, listed.as_deref(), self.current()))
    }

    pub fn sim_rows(&self, scope: &Scope, ids: &[SimId]) -> Vec<SimRow> {
        self.directory.rows_by_id(scope, ids, self.current())
    }

    async fn listed(&self, scope: &Scope, query: &SimQuery) -> Result<Option<Vec<String>>> {
        let Some(id) = &query.list else { return Ok(None) };
        let lines = self.store.number_list_load(scope.only_tenant(), id).await?;
        lines.map(Some).ok_or(ServiceError::NotFound)
    }

    pub async fn sim_detail(&self, scope: &Scope, id: SimId, lang: Lang) -> Result<SimDetail> {
        let _timed = Timed::new("sim_detail");
        let row =
            self.directory.rows_by_id(scope, &[id], self.current()).pop().ok_or(ServiceError::NotFound)?;
        let inventory = self.store.sim_get(id).await?.ok_or(ServiceError::NotFound)?;
        let calendar = self.calendar(inventory.tenant);
        let cycle = calendar.cycle(self.clock.now());
        let previous = cycle.previous();
        let days = self
            .store
            .usage_by_day(
                &UsageSubject::Sim(id),
                previous.first_day(calendar.cycle_day),
                previous.end_day(calendar.cycle_day),
            )
            .await?;
        let state = self.store.sim_live(id).await?;
        // What the applier learned of the SIM's updates; nothing until it has seen enough of them.
        let update_interval_secs =
            state.as_ref().map(|state| state.live.update_interval_secs).filter(|secs| *secs > 0);
        let open = state.map(|state| state.open.into_vec()).unwrap_or_default();
        let mut open_sessions = self.store.session_rows(open).await?;
        open_sessions.truncate(MOST_SESSIONS as usize);
        Ok(SimDetail {
            tenant_name: inventory.tenant.and_then(|tenant| self.directory.tenant_name(tenant)),
            tenant: inventory.tenant,
            provisioned_apn: inventory.apn,
            state_changed_at: inventory.state_changed_at,
            created_at: inventory.created_at,
            open_sessions: open_sessions
                .into_iter()
                .map(|session| with_network_name(session, lang))
                .collect(),
            usage_previous_cycle: days.iter().map(|day| day.usage.total()).sum::<ByteCount>(),
            cycle,
            update_interval_secs,
            device_model: row.imei.and_then(reference::device_model).map(str::to_owned),
            as_of: self.feed.applied_until(),
            row,
        })
    }

    /// Newest first. `limit` is cut to what one page may hold.
    pub async fn sim_sessions(
        &self,
        scope: &Scope,
        id: SimId,
        filter: &SessionFilter,
        after: Option<SessionCursor>,
        limit: u32,
        lang: Lang,
    ) -> Result<SessionPage> {
        let _timed = Timed::new("sim_sessions");
        self.directory.tenant_of(scope, id).ok_or(ServiceError::NotFound)?;
        let mut page = self.store.sessions_by_sim(id, filter, after, limit.clamp(1, MOST_SESSIONS)).await?;
        page.sessions = page.sessions.into_iter().map(|session| with_network_name(session, lang)).collect();
        Ok(page)
    }

    /// What happened to a SIM, newest first, after what was shown. `limit` is cut to what one page may hold.
    pub async fn sim_timeline(
        &self,
        scope: &Scope,
        id: SimId,
        filter: &TimelineFilter,
        after: Option<TimelineCursor>,
        limit: u32,
    ) -> Result<Vec<TimelineEvent>> {
        let _timed = Timed::new("sim_timeline");
        self.directory.tenant_of(scope, id).ok_or(ServiceError::NotFound)?;
        let events = self.store.events_by_sim(id, filter, after, limit.clamp(1, MOST_EVENTS)).await?;
        Ok(self.directory.name_events(scope, events))
    }

    pub fn network_name(&self, plmn: Plmn, lang: Lang) -> Option<&'static str> {
        reference::network_name(plmn, lang)
    }

    /// Those of the home country, for choosers.
    pub fn home_networks(&self, lang: Lang) -> Vec<(Plmn, String)> {
        reference::home_networks(lang)
    }

    /// Its name, or its code.
    pub fn network_label(&self, plmn: Plmn, lang: Lang) -> String {
        reference::network_label(plmn, lang)
    }

    pub fn device_model(&self, imei: Imei) -> Option<&'static str> {
        reference::device_model(imei)
    }
}

fn with_network_name(mut session: SessionRow, lang: Lang) -> SessionRow {
    let name = session.plmn.and_then(|plmn| reference::network_name(plmn, lang));
    session.network = name.map(str::to_owned);
    session
}
