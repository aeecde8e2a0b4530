//! Why a rule raised an alert of a SIM at a time, or why it didn't.

use super::{history::is_framed, rules::is_in_reach};
use crate::{
    Result, Service, ServiceError,
    people::{entered, scope_may},
};
use opencmp_domain::{
    ByteCount, Day, GroupId, Hour, Lang, Permission, RuleId, Scope, SimId, TenantId, Timestamp,
    alert::{
        AlertLine, AlertQuery,
        rule::{RuleSaid, RuleVersion, Target},
        why::{Around, Since, Used, WHY_AROUND_SECS, Why, answer, asked_since, held_back},
    },
    event::{TimelineCursor, TimelineEvent, TimelineFilter},
    session::SessionFilter,
    sim::SimRow,
    usage::{DayUsage, HourUsage},
};
use opencmp_store::{AlertsAsked, UsageSubject};

/// A SIM's alerts of all rules within two days that are looked through: more is a SIM that does nothing else.
const MOST_ALERTS: usize = 5_000;
const MOST_EVENTS: u32 = 100;
const MOST_SESSIONS: u32 = 50;
/// Of them, those that are shown.
const SHOWN_SESSIONS: usize = 5;
/// What happened shortly after is shown as well.
const AFTER_SECS: i64 = 600;

impl Service {
    /// Errors: `NotFound` (the rule, the SIM), `Invalid` (at: it is still to come).
    pub async fn alert_why(
        &self,
        scope: &Scope,
        rule: RuleId,
        sim: SimId,
        at: Timestamp,
        lang: Lang,
    ) -> Result<Why> {
        scope_may(scope, Permission::AlertRead)?;
        let tenant = entered(scope)?;
        if is_framed(scope) {
            // Whoever looks at a portal has nothing to do with rules.
            return Err(ServiceError::Forbidden);
        }
        self.alert_rule_in_reach(scope, rule).await?;
        let row = self.directory.rows_by_id(scope, &[sim], self.current()).pop();
        let sim = row.ok_or(ServiceError::NotFound)?;
        if at > self.clock.now() {
            return Err(ServiceError::Invalid { field: "at", message: "it is still to come".to_owned() });
        }
        let mut versions = self.store.alert_rule_versions(rule).await?;
        versions.retain(|version| version.modified_at <= at);
        let asked_since = asked_since(&versions);
        let then = versions.into_iter().next().filter(|version| is_in_reach(scope, &version.said));
        let begun = SessionFilter { until: Some(at.plus_secs(1)), ..SessionFilter::default() };
        let mut sessions =
            self.sim_sessions(scope, sim.id, &begun, None, MOST_SESSIONS, lang).await?.sessions;
        let mut events = self.events_until(scope, sim.id, at).await?;
        let (day, cycle) = self.used_by(tenant, sim.id, at).await?;
        let alerts = self.alerts_around(scope, tenant, rule, sim.id, at).await?;
        let around = Around { at, sim: &sim, day, cycle, sessions: &sessions, events: &events };
        let looks = then.as_ref().map(|then| around.looks(&then.said.condition)).unwrap_or_default();
        // By its group and tags as they are now.
        let aimed_at = then.as_ref().is_some_and(|then| self.is_aimed_at(scope, &then.said, &sim));
        let answer = answer(then.as_ref(), aimed_at, &looks, &alerts, asked_since, at);
        let held_back = match &then {
            Some(then) => held_back(then, &alerts, &self.channels_tell(tenant, then, at).await?, at),
            None => Vec::new(),
        };
        shown_around(&mut events, at);
        sessions.truncate(SHOWN_SESSIONS);
        Ok(Why { sim, at, then, looks, answer, held_back, alerts, events, sessions })
    }

    /// What happened to an alert's SIM until it began, newest first. `None`: the SIM is out of reach, or there is none.
    pub async fn alert_behind(&self, scope: &Scope, alert: &AlertLine) -> Result<Option<Vec<TimelineEvent>>> {
        scope_may(scope, Permission::AlertRead)?;
        let Some(sim) = alert.sim.filter(|_| !is_framed(scope)) else { return Ok(None) };
        match self.events_until(scope, sim, alert.began_at).await {
            Ok(mut events) => {
                shown_around(&mut events, alert.began_at);
                Ok(Some(events))
            }
            Err(ServiceError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn events_until(&self, scope: &Scope, sim: SimId, at: Timestamp) -> Result<Vec<TimelineEvent>> {
        let until = TimelineCursor { at: at.plus_secs(AFTER_SECS), shown: 0 };
        self.sim_timeline(scope, sim, &TimelineFilter::default(), Some(until), MOST_EVENTS).await
    }

    /// The rule's alerts of the SIM, newest first.
    async fn alerts_around(
        &self,
        scope: &Scope,
        tenant: TenantId,
        rule: RuleId,
        sim: SimId,
        at: Timestamp,
    ) -> Result<Vec<AlertLine>> {
        let query = AlertQuery {
            from: Some(at.plus_secs(-WHY_AROUND_SECS)),
            until: Some(at.plus_secs(WHY_AROUND_SECS)),
            ..AlertQuery::default()
        };
        let sims = [sim];
        let asked = AlertsAsked { tenant, groups: scope.groups(), sims: Some(&sims), query: &query };
        let mut lines = self.store.alert_list(asked, None, MOST_ALERTS).await?.lines;
        // What began long before may go on still.
        let open = AlertQuery { open: true, until: query.from, ..AlertQuery::default() };
        let asked = AlertsAsked { query: &open, ..asked };
        lines.extend(self.store.alert_list(asked, None, MOST_ALERTS).await?.lines);
        lines.retain(|line| line.rule == rule);
        self.alerts_cut(scope, &mut lines).await?;
        Ok(lines)
    }

    /// A SIM's usage of the day until then, and of its cycle.
    async fn used_by(
        &self,
        tenant: TenantId,
        sim: SimId,
        at: Timestamp,
    ) -> Result<((Day, Used), (Day, Used))> {
        let calendar = self.calendar(Some(tenant));
        let (day, first) = (calendar.today(at), calendar.cycle(at).first_day(calendar.cycle_day));
        let (subject, now) = (UsageSubject::Sim(sim), self.clock.now());
        // The hour that goes on ends now; who asks for this minute asks for now.
        let ends_by = |by: Timestamp| match by.min(now) {
            by if by > at && by.secs_since(at) <= 60 => at,
            by => by,
        };
        let piece = |from, by, octets: ByteCount| (Since { from, by: ends_by(by) }, octets.0);
        let days = self.store.usage_by_day(&subject, first, day.next()).await?;
        let of_day = |used: &DayUsage| {
            let zone = calendar.zone;
            piece(used.day.start(zone), used.day.next().start(zone), used.usage.total())
        };
        let kept = self.store.usage_hours_kept_since().await?;
        let (begins, ends) = (Hour::of(day.start(calendar.zone)), Hour::of(at).next());
        let today: Vec<_> = match kept.is_some_and(|kept| kept > begins) {
            true => days.iter().filter(|used| used.day == day).map(of_day).collect(),
            false => {
                let hours = self.store.usage_by_hour(&subject, begins, ends).await?;
                let of_hour =
                    |used: &HourUsage| piece(used.hour.start(), used.hour.next().start(), used.usage.total());
                hours.iter().map(of_hour).collect()
            }
        };
        let before = days.iter().filter(|used| used.day < day).map(of_day);
        let cycle = before.chain(today.iter().copied()).collect();
        Ok(((day, Used { pieces: today }), (first, Used { pieces: cycle })))
    }

    fn is_aimed_at(&self, scope: &Scope, said: &RuleSaid, sim: &SimRow) -> bool {
        let is_within =
            |group: GroupId, named: &GroupId| self.directory.groups_within(scope, *named).contains(&group);
        match &said.target {
            Target::All => true,
            Target::Groups(groups) => {
                sim.group.is_some_and(|group| groups.iter().any(|named| is_within(group, named)))
            }
            Target::Tags(tags) => sim.tags.iter().any(|tag| tags.contains(tag)),
        }
    }

    /// Of each channel of a rule: whether its hours hold.
    async fn channels_tell(&self, tenant: TenantId, then: &RuleVersion, at: Timestamp) -> Result<Vec<bool>> {
        let channels = self.store.alert_channel_list(tenant).await?;
        let used = channels.iter().filter(|channel| then.said.notify.channels.contains(&channel.id));
        let holds = |window: &opencmp_domain::alert::window::Window| window.holds(at);
        Ok(used.map(|channel| channel.said.window.as_ref().is_none_or(holds)).collect())
    }
}

/// What is older says what was so by then, and isn't shown.
fn shown_around(events: &mut Vec<TimelineEvent>, at: Timestamp) {
    let since = at.plus_secs(-WHY_AROUND_SECS);
    events.retain(|event| event.at > since);
}
