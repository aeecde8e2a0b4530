//! What happened: rows of `sim_event` together with the starts and ends of sessions.

use crate::{
    Result, Store, UsageSubject,
    sessions::utc_day,
    sql::{Columns, int_list, narrow, parsed, rows, rows_once, unreadable},
};
use opencmp_domain::{
    SessionId, SimId, Timestamp,
    dashboard::ConnectedSample,
    event::{EventKind, TimelineCursor, TimelineEvent, TimelineFilter},
    session::{EndCause, SessionCursor, SessionFilter, SessionRow},
};
use sqlx::AssertSqlSafe;
use std::cmp::Reverse;

/// Of one SIM and instant, events beyond so many and the page that reaches them are left out: each page reads them anew.
const MOST_OF_AN_INSTANT: u32 = 1000;

/// Of each source, how many of the fleet's latest rows are looked at.
const LATEST: u32 = 2000;

impl Store {
    /// A SIM's time line after `after`, newest first, as far as the filter shows it. A session's start has its APN in `to`, its
    /// end the cause's name.
    pub async fn events_by_sim(
        &self,
        sim: SimId,
        filter: &TimelineFilter,
        after: Option<TimelineCursor>,
        limit: u32,
    ) -> Result<Vec<TimelineEvent>> {
        let (before, shown) = match after {
            None => (Timestamp(i64::MAX), 0),
            Some(after) if after.shown > MOST_OF_AN_INSTANT => (after.at, 0),
            Some(after) => (Timestamp(after.at.0.saturating_add(1)), after.shown),
        };
        let from = filter.from.unwrap_or(Timestamp(i64::MIN));
        let before = filter.until.map_or(before, |until| until.min(before));
        let (page, limit) = (limit as usize, limit.saturating_add(shown));
        let subject =
            rows!(self.readers(), "SELECT msisdn, name FROM sim WHERE id = $1", [sim.0] => identity)?;
        let (msisdn, name) = subject.into_iter().next().unwrap_or_default();
        let event =
            |at, kind, to| TimelineEvent { at, sim, msisdn, name: name.clone(), kind, from: None, to };

        let mut events = self.sim_events(sim, filter.kind, from, before, limit).await?;
        if filter.shows(EventKind::SessionStarted) {
            let started_before = SessionCursor { started_at: before, id: SessionId(0) };
            let started = SessionFilter { from: filter.from, ..SessionFilter::default() };
            let started = self.sessions_by_sim(sim, &started, Some(started_before), limit).await?.sessions;
            events
                .extend(started.into_iter().map(|s| event(s.started_at, EventKind::SessionStarted, apn(&s))));
        }
        if filter.shows(EventKind::SessionEnded) {
            for session in self.sessions_by_end(sim, from, before, limit).await? {
                if let Some(ended_at) = session.ended_at {
                    events.push(event(ended_at, EventKind::SessionEnded, cause(&session)));
                }
            }
        }
        // Of one instant: what happened within sessions, ends, beginnings; each in the order that its query cut off.
        let rank = |kind| match kind {
            EventKind::SessionStarted => 0,
            EventKind::SessionEnded => 1,
            _ => 2,
        };
        events.sort_by_key(|event| Reverse((event.at, rank(event.kind))));
        let known = |event: &TimelineEvent| after.is_some_and(|after| event.at == after.at);
        let known = events.iter().take(shown as usize).take_while(|event| known(event)).count();
        events.drain(..known);
        events.truncate(page);
        for event in &mut events {
            event.msisdn = msisdn;
            event.name.clone_from(&name);
        }
        Ok(events)
    }

    /// Rows of `sim_event`, without the SIM's names.
    async fn sim_events(
        &self,
        sim: SimId,
        kind: Option<EventKind>,
        from: Timestamp,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<TimelineEvent>> {
        let kind = kind.map(|kind| format!("AND kind = '{kind}'")).unwrap_or_default();
        let mut days =
            self.stretch("sim_event", "day", utc_day(from), utc_day(before).saturating_add(1)).await?;
        days.reverse();
        let mut events: Vec<TimelineEvent> = Vec::new();
        for days in days.chunks(32) {
            let sql = AssertSqlSafe(format!(
                "SELECT at, sim_id, NULL, NULL, kind, from_value, to_value FROM sim_event
                 WHERE day IN ({}) AND sim_id = $1 AND at >= $2 AND at < $3 {kind}
                 ORDER BY at DESC, id DESC LIMIT $4",
                int_list(days.iter().copied())
            ));
            let left = i64::from(limit) - events.len() as i64;
            events
                .extend(rows_once!(self.readers(), sql, [sim.0, from.0, before.0, left] => timeline_event)?);
            if events.len() >= limit as usize {
                break;
            }
        }
        Ok(events)
    }

    /// The fleet's latest, newest first. Looks at the latest few thousand only, so that a quiet tenant among many may
    /// get fewer than there are.
    pub async fn events_recent(&self, subject: &UsageSubject, limit: u32) -> Result<Vec<TimelineEvent>> {
        let whose = subject.sim_condition();
        let latest = match subject {
            UsageSubject::All => limit,
            _ => LATEST.max(limit),
        };
        let sources = [
            "SELECT at, sim_id, id, kind, from_value, to_value FROM sim_event ORDER BY id DESC LIMIT $1"
                .to_owned(),
            starts("session_open"),
            starts("session_ended"),
            format!(
                "SELECT ended_at AS at, sim_id, id, '{}' AS kind, CAST(NULL AS TEXT) AS from_value,
                     CAST(end_cause AS TEXT) AS to_value
                 FROM session_ended ORDER BY ended_at DESC, id DESC LIMIT $1",
                EventKind::SessionEnded
            ),
        ];
        let mut events = Vec::new();
        for source in sources {
            let sql = AssertSqlSafe(format!(
                "SELECT e.at, e.sim_id, s.msisdn, s.name, e.kind, e.from_value, e.to_value
                 FROM ({source}) e JOIN sim s ON s.id = e.sim_id WHERE {whose} ORDER BY e.at DESC, e.id DESC LIMIT $2"
            ));
            let (latest, limit) = (i64::from(latest), i64::from(limit));
            events.extend(rows!(self.readers(), sql, [latest, limit] => timeline_event)?);
        }
        events.sort_by_key(|event: &TimelineEvent| Reverse((event.at, event.kind.code())));
        events.truncate(limit as usize);
        for event in &mut events {
            if event.kind == EventKind::SessionEnded {
                let cause = event.to.as_deref().and_then(|code| code.parse().ok());
                event.to = cause.map(|code| EndCause(code).name());
            }
        }
        Ok(events)
    }

    /// Counts over time, summed over the subject's groups, oldest first. Not for a single SIM.
    pub async fn fleet_samples(
        &self,
        subject: &UsageSubject,
        since: Timestamp,
    ) -> Result<Vec<ConnectedSample>> {
        let Some(groups) = subject.groups_condition() else { return Ok(Vec::new()) };
        // The key begins with the tenant: one stretch for each.
        let sql = AssertSqlSafe(format!(
            "SELECT at, CAST(SUM(connected) AS BIGINT), CAST(SUM(unconfirmed) AS BIGINT) FROM fleet_sample
             WHERE tenant_id IN (SELECT tenant_id FROM sim_group AS g WHERE {}) AND at >= $1 AND {groups}
             GROUP BY at ORDER BY at",
            groups.replace("group_id", "g.id")
        ));
        rows!(self.readers(), sql, [since.0] => sample)
    }
}

/// Sessions' starts: ids rise, so the latest ids began last.
fn starts(table: &str) -> String {
    format!(
        "SELECT started.*, CAST(NULL AS TEXT) AS from_value, c.apn AS to_value FROM (
             SELECT started_at AS at, sim_id, id, '{}' AS kind, class_id FROM {table} ORDER BY id DESC LIMIT $1
         ) started LEFT JOIN usage_class c ON c.id = started.class_id",
        EventKind::SessionStarted
    )
}

fn apn(session: &SessionRow) -> Option<String> {
    session.apn.as_ref().map(ToString::to_string)
}

fn cause(session: &SessionRow) -> Option<String> {
    session.end_cause.map(EndCause::name)
}

fn timeline_event(row: &impl Columns) -> Result<TimelineEvent> {
    let kind = row.text(4)?;
    Ok(TimelineEvent {
        at: Timestamp(row.int(0)?),
        sim: SimId(row.int(1)?),
        msisdn: parsed("msisdn", row.opt_text(2)?)?,
        name: row.opt_text(3)?.map(str::to_owned),
        kind: kind.parse().map_err(|_| unreadable("kind", kind))?,
        from: row.opt_text(5)?.map(str::to_owned),
        to: row.opt_text(6)?.map(str::to_owned),
    })
}

type Identity = (Option<opencmp_domain::Msisdn>, Option<String>);

fn identity(row: &impl Columns) -> Result<Identity> {
    Ok((parsed("msisdn", row.opt_text(0)?)?, row.opt_text(1)?.map(str::to_owned)))
}

fn sample(row: &impl Columns) -> Result<ConnectedSample> {
    Ok(ConnectedSample {
        at: Timestamp(row.int(0)?),
        connected: narrow("connected", row.int(1)?)?,
        unconfirmed: narrow("unconfirmed", row.int(2)?)?,
    })
}
