//! 歷史事件查詢, 處理, and the delivery log.

use super::rules::is_in_reach;
use crate::{
    Result, Service, ServiceError,
    people::{entered, scope_may},
    timing::Timed,
};
use opencmp_domain::{
    AlertId, DeliveryId, GroupId, Permission, Scope, ServiceState, SimId, TenantId,
    alert::{
        AlertChoice, AlertCounts, AlertCursor, AlertDetail, AlertLine, AlertPage, AlertQuery, HandlingSaid,
        MOST_HANDLED, MOST_NOTE,
        action::ActionKind,
        delivery::{DeliveryCursor, DeliveryLine, DeliveryPage},
    },
    query::{SearchKind, SimQuery, StateFilter},
};
use opencmp_store::AlertsAsked;
use std::sync::atomic::Ordering;

/// Lines of a page, at most.
const MOST_LINES: usize = 500;
/// SIMs that a part of a number may stand for.
const MOST_NUMBERED: usize = 500;

/// A query whose group, SIM and number were looked up.
struct Found {
    tenant: TenantId,
    groups: Option<Vec<GroupId>>,
    sims: Option<Vec<SimId>>,
}

impl Service {
    /// Newest first, after `after`. `limit` is cut to what one page may hold. Errors: `NotFound` (group, SIM, common cause),
    /// `Invalid` (number: too many SIMs have it).
    pub async fn alert_list(
        &self,
        scope: &Scope,
        query: &AlertQuery,
        after: Option<AlertCursor>,
        limit: usize,
    ) -> Result<AlertPage> {
        let _timed = Timed::new("alert_list");
        let found = self.alerts_found(scope, query).await?;
        let mut page = self.store.alert_list(found.asked(query), after, limit.clamp(1, MOST_LINES)).await?;
        self.alerts_cut(scope, &mut page.lines).await?;
        Ok(page)
    }

    /// One alert with everything around it but its parts, which are [`Service::alert_list`]'s.
    pub async fn alert(&self, scope: &Scope, id: AlertId) -> Result<AlertDetail> {
        let mut line = self.alert_in_reach(scope, id).await?;
        self.alerts_cut(scope, std::slice::from_mut(&mut line)).await?;
        let rule = match self.store.alert_rule_at(id).await? {
            Some((rule, version)) => self.store.alert_rule_version(rule, version).await?,
            None => None,
        };
        let mut deliveries = self.store.alert_delivery_of(id).await?;
        if !reads_deliveries(scope) {
            for delivery in &mut deliveries {
                *delivery =
                    DeliveryLine { to: None, alerts: vec![id], subject: String::new(), ..delivery.clone() };
            }
        }
        let mut actions = self.store.alert_actions(id).await?;
        for action in &mut actions {
            if action.kind == ActionKind::Http && !reads_deliveries(scope) {
                action.said.clear();
            }
            if let Some(request) = &mut action.request {
                request.rule_name.clone_from(&line.rule_name);
            }
        }
        Ok(AlertDetail {
            line,
            rule: rule.filter(|rule| is_in_reach(scope, &rule.said)),
            untold: self.store.alert_untold(id).await?,
            deliveries,
            actions,
        })
    }

    /// Those that wait for somebody; none where nobody is within a tenant, or may see them.
    pub async fn alert_counts(&self, scope: &Scope) -> Result<AlertCounts> {
        match scope.only_tenant().filter(|_| scope.may(Permission::AlertRead)) {
            Some(tenant) => Ok(self.store.alert_counts(tenant, scope.groups()).await?),
            None => Ok(AlertCounts::default()),
        }
    }

    /// What was done about alerts; how many are different now. Errors: `NotFound` (none of them is there), `Invalid` (note,
    /// alerts: too many).
    pub async fn alerts_handle(
        &self,
        scope: &Scope,
        choice: &AlertChoice,
        said: &HandlingSaid,
    ) -> Result<u64> {
        scope_may(scope, Permission::AlertHandle)?;
        let tenant = entered(scope)?;
        let said = HandlingSaid { note: said.note.as_deref().map(note).transpose()?, ..*said };
        let ids = match choice {
            AlertChoice::These(ids) => ids.clone(),
            AlertChoice::Matching(query) => {
                // What is as it should be already needs no change; a note is for all of them.
                let undone = said.note.is_none().then_some(!said.handled);
                let query = AlertQuery { handled: query.handled.or(undone), ..query.clone() };
                let found = self.alerts_found(scope, &query).await?;
                self.store.alert_ids(found.asked(&query), MOST_HANDLED + 1).await?
            }
        };
        if ids.len() > MOST_HANDLED {
            let message = format!("at most {MOST_HANDLED} are handled at once: ask for fewer");
            return Err(ServiceError::Invalid { field: "alerts", message });
        }
        let changed =
            self.store.alerts_handle(tenant, scope.groups(), &ids, &said, &self.change(scope)).await?;
        self.handled.fetch_add(1, Ordering::Relaxed);
        Ok(changed)
    }

    /// Newest first. `dead`: only those that were given up.
    pub async fn alert_deliveries(
        &self,
        scope: &Scope,
        dead: bool,
        after: Option<DeliveryCursor>,
        limit: usize,
    ) -> Result<DeliveryPage> {
        scope_may(scope, Permission::AlertRead)?;
        if !reads_deliveries(scope) {
            return Err(ServiceError::Forbidden);
        }
        let limit = limit.clamp(1, MOST_LINES);
        Ok(self.store.alert_delivery_list(entered(scope)?, dead, after, limit).await?)
    }

    /// Sends what was given up once more. Errors: `NotFound`, `Invalid` (state: it wasn't given up).
    pub async fn alert_delivery_again(&self, scope: &Scope, id: DeliveryId) -> Result<()> {
        scope_may(scope, Permission::AlertWrite)?;
        self.store.alert_delivery_again(entered(scope)?, id, &self.change(scope)).await?;
        self.messages.notify_one();
        Ok(())
    }

    async fn alert_in_reach(&self, scope: &Scope, id: AlertId) -> Result<AlertLine> {
        scope_may(scope, Permission::AlertRead)?;
        let tenant = entered(scope)?;
        self.store.alert(tenant, scope.groups(), id).await?.ok_or(ServiceError::NotFound)
    }

    /// Leaves out what reaches beyond whoever asks.
    pub(super) async fn alerts_cut(&self, scope: &Scope, lines: &mut [AlertLine]) -> Result<()> {
        if is_framed(scope) {
            // Whoever looks at a portal has nothing to do with the people who work here.
            for line in lines.iter_mut() {
                line.rule_name = None;
                line.handling.by_name = None;
            }
        }
        if scope.groups().is_none() || lines.is_empty() {
            return Ok(());
        }
        let rules = self.alert_rules(scope).await?;
        for line in lines {
            // A common cause is of no group.
            line.parent = None;
            if !rules.iter().any(|rule| rule.id == line.rule) {
                line.rule_name = None;
            }
        }
        Ok(())
    }

    async fn alerts_found(&self, scope: &Scope, query: &AlertQuery) -> Result<Found> {
        scope_may(scope, Permission::AlertRead)?;
        let tenant = entered(scope)?;
        if let Some(parent) = query.parent {
            self.alert_in_reach(scope, parent).await?;
        }
        let groups = match query.group {
            Some(group) => Some(self.directory.groups_within(scope, group)),
            // Whoever reaches one SIM alone reaches what happened to it.
            None if scope.sim().is_some() && query.sim == scope.sim() => None,
            None => scope.groups().map(<[GroupId]>::to_vec),
        };
        if query.group.is_some() && groups.as_ref().is_some_and(Vec::is_empty) {
            return Err(ServiceError::NotFound);
        }
        let number = query.number.as_deref().map(str::trim).filter(|number| !number.is_empty());
        let sims = match (query.sim, number) {
            (Some(sim), _) => {
                self.directory.tenant_of(scope, sim).ok_or(ServiceError::NotFound)?;
                Some(vec![sim])
            }
            (None, Some(number)) => Some(self.sims_numbered(scope, number)?),
            (None, None) => None,
        };
        Ok(Found { tenant, groups, sims })
    }

    fn sims_numbered(&self, scope: &Scope, number: &str) -> Result<Vec<SimId>> {
        let text = number.chars().take(SimQuery::MOST_TEXT).collect();
        let query = SimQuery { search: SearchKind::Msisdn, text, ..SimQuery::default() };
        let mut found = self.directory.matching(scope, &query, None, self.current());
        let terminated = SimQuery { state: StateFilter::Service(ServiceState::Terminated), ..query };
        found.extend(self.directory.matching(scope, &terminated, None, self.current()));
        if found.len() > MOST_NUMBERED {
            let message = format!("{} SIMs have it: write more of the number", found.len());
            return Err(ServiceError::Invalid { field: "number", message });
        }
        Ok(found)
    }
}

impl Found {
    fn asked<'a>(&'a self, query: &'a AlertQuery) -> AlertsAsked<'a> {
        AlertsAsked { tenant: self.tenant, groups: self.groups.as_deref(), sims: self.sims.as_deref(), query }
    }
}

/// Somebody looks at a portal's frame.
pub(super) fn is_framed(scope: &Scope) -> bool {
    scope.actor().person.is_none() && !scope.may(Permission::FleetExport)
}

/// To whom something was sent is for whoever sees all of the tenant: a digest speaks of many SIMs.
fn reads_deliveries(scope: &Scope) -> bool {
    scope.groups().is_none() && scope.may(Permission::FleetExport)
}

/// 處理備註, as it is kept.
fn note(text: &str) -> Result<String> {
    let text = text.trim().replace("\r\n", "\n");
    let odd = |c: char| c.is_control() && c != '\n' && c != '\t';
    if text.chars().count() > MOST_NOTE || text.contains(odd) {
        let message = format!("{MOST_NOTE} characters at most");
        return Err(ServiceError::Invalid { field: "note", message });
    }
    Ok(text)
}
