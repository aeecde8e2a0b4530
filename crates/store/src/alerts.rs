//! The event history (歷史事件查詢), and what people do about alerts.
//!
//! Nothing here scans: a query follows an index, newest first, of the tenant, of groups, of SIMs, or of a common cause
//! ([`Stream`]). What the index doesn't say (kind, level, handled) is looked at on the way, up to [`MOST_LOOKED_AT`] alerts a
//! page; a page may therefore be short and have more behind it.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    sql::{Columns, Tx, execute, int_list, narrow, parsed, rows, rows_once, tx_rows_once, unreadable},
    store::first_int,
};
use opencmp_domain::{
    AlertId, GroupId, PersonId, RuleId, SimId, TenantId, Timestamp,
    alert::{
        AlertCounts, AlertCursor, AlertKind, AlertLine, AlertPage, AlertQuery, AlertTurn, Facts, Handling,
        HandlingSaid, Level,
    },
};
use serde_json::json;
use sqlx::AssertSqlSafe;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

/// Alerts that one page looks at, at most.
const MOST_LOOKED_AT: usize = 20_000;
/// Rows that one statement brings, over all of its streams.
const AT_ONCE: usize = 4_000;
/// Streams in one statement: SQLite joins 500 at most.
const STREAMS: usize = 100;
/// Ids in one statement.
const CHUNK: usize = 5_000;
/// The most characters of a list of alerts in the audit log.
const MOST_TOLD: usize = 4_000;
/// The most ways in which alerts were before that it says.
const MOST_STATES: usize = 20;

/// Whose alerts are asked for, and which.
#[derive(Clone, Copy, Debug)]
pub struct AlertsAsked<'a> {
    pub tenant: TenantId,
    /// Those of these groups; `None`: of all, and of none.
    pub groups: Option<&'a [GroupId]>,
    /// Those of these SIMs.
    pub sims: Option<&'a [SimId]>,
    /// Its group, SIM and number have become `groups` and `sims`.
    pub query: &'a AlertQuery,
}

/// What an index is followed by.
#[derive(Clone, Copy)]
enum Stream {
    Tenant(TenantId),
    GoingOn(TenantId),
    Group(GroupId),
    Sim(SimId),
    Parent(AlertId),
}

impl Stream {
    fn condition(self) -> String {
        match self {
            Self::Tenant(tenant) => format!("tenant_id = {tenant} AND parent_id IS NULL"),
            Self::GoingOn(tenant) => {
                format!("tenant_id = {tenant} AND parent_id IS NULL AND ended_at IS NULL")
            }
            Self::Group(group) => format!("group_id = {group}"),
            Self::Sim(sim) => format!("sim_id = {sim}"),
            Self::Parent(parent) => format!("parent_id = {parent}"),
        }
    }
}

/// What decides whether an alert is found.
struct Head {
    id: AlertId,
    began_at: Timestamp,
    tenant: TenantId,
    group: Option<GroupId>,
    kind: AlertKind,
    level: Level,
    goes_on: bool,
    handled: bool,
}

impl Head {
    fn is_asked_for(&self, asked: &AlertsAsked<'_>) -> bool {
        let query = asked.query;
        let kinds = query.kinds.is_empty() && query.categories.is_empty()
            || query.kinds.contains(&self.kind)
            || query.categories.contains(&self.kind.category());
        let groups =
            asked.groups.is_none_or(|groups| self.group.is_some_and(|group| groups.contains(&group)));
        self.tenant == asked.tenant
            && kinds
            && groups
            && (query.levels.is_empty() || query.levels.contains(&self.level))
            && query.handled.is_none_or(|handled| handled == self.handled)
            && (!query.open || self.goes_on)
    }
}

impl Store {
    /// Newest first, after `after`.
    pub async fn alert_list(
        &self,
        asked: AlertsAsked<'_>,
        after: Option<AlertCursor>,
        limit: usize,
    ) -> Result<AlertPage> {
        let (ids, next) = self.alert_find(asked, after, limit, MOST_LOOKED_AT).await?;
        Ok(AlertPage { lines: self.alert_lines(&ids).await?, next })
    }

    /// Ids of everything that is found, newest first, up to `most` of them.
    pub async fn alert_ids(&self, asked: AlertsAsked<'_>, most: usize) -> Result<Vec<AlertId>> {
        Ok(self.alert_find(asked, None, most, usize::MAX).await?.0)
    }

    /// One that is in reach: of the tenant, and of the groups, if only some are.
    pub async fn alert(
        &self,
        tenant: TenantId,
        groups: Option<&[GroupId]>,
        id: AlertId,
    ) -> Result<Option<AlertLine>> {
        let sql = "SELECT id FROM alert WHERE id = $1 AND tenant_id = $2";
        let there = rows!(self.readers(), sql, [id.0, tenant.0] => first_int)?;
        if there.is_empty() {
            return Ok(None);
        }
        let found = self.alert_lines(&[id]).await?.into_iter().next();
        let reached = |line: &AlertLine| {
            groups.is_none_or(|groups| line.group.is_some_and(|group| groups.contains(&group)))
        };
        Ok(found.filter(reached))
    }

    /// The rule that raised it, and the version that the rule was at.
    pub async fn alert_rule_at(&self, id: AlertId) -> Result<Option<(RuleId, u32)>> {
        let sql = "SELECT rule_id, rule_version FROM alert WHERE id = $1";
        Ok(rows!(self.readers(), sql, [id.0] => rule_at)?.into_iter().next())
    }

    /// Turns that the dispatcher hasn't taken, oldest first.
    pub async fn alert_untold(&self, id: AlertId) -> Result<Vec<(AlertTurn, Timestamp)>> {
        let sql = "SELECT turn, at FROM alert_turn WHERE alert_id = $1
                   UNION ALL SELECT turn, at FROM alert_held WHERE alert_id = $1 ORDER BY 2, 1";
        let mut untold = rows!(self.readers(), sql, [id.0] => turn)?;
        // Held back by several channels, it still happened once.
        untold.dedup();
        Ok(untold)
    }

    /// Those that wait for somebody.
    pub async fn alert_counts(&self, tenant: TenantId, groups: Option<&[GroupId]>) -> Result<AlertCounts> {
        let within = groups
            .map(|groups| format!(" AND group_id IN ({})", int_list(groups.iter().map(|group| group.0))));
        let within = within.unwrap_or_default();
        let of_level = |level: &Level| {
            format!(
                "SELECT CAST({code} AS BIGINT) AS level, COUNT(*) AS found FROM (
                     SELECT 1 FROM alert WHERE tenant_id = $1 AND level = {code}{within} AND handled_at IS NULL
                         AND by_itself = 0 AND parent_id IS NULL AND (ended_at IS NULL OR ended_at = began_at)
                     LIMIT {most}) AS w{code}",
                code = level.code(),
                most = AlertCounts::MOST,
            )
        };
        let sql = Level::ALL.iter().map(of_level).collect::<Vec<_>>().join(" UNION ALL ");
        let mut counts = AlertCounts::default();
        for (level, found) in rows_once!(self.readers(), AssertSqlSafe(sql.clone()), [tenant.0] => count)? {
            counts.set(level, found);
        }
        Ok(counts)
    }

    /// What was done about alerts; how many are different now. Those out of reach are as if they weren't there. Errors:
    /// `NotFound` (none of them is).
    pub async fn alerts_handle(
        &self,
        tenant: TenantId,
        groups: Option<&[GroupId]>,
        ids: &[AlertId],
        said: &HandlingSaid,
        change: &Change,
    ) -> Result<u64> {
        let mut tx = self.begin().await?;
        let (mut seen, mut changed) = (0, 0);
        let mut before = BTreeMap::new();
        for ids in ids.chunks(CHUNK) {
            let mut which =
                format!("id IN ({}) AND tenant_id = {tenant}", int_list(ids.iter().map(|id| id.0)));
            if let Some(groups) = groups {
                which.push_str(&format!(
                    " AND group_id IN ({})",
                    int_list(groups.iter().map(|group| group.0))
                ));
            }
            let there = format!("SELECT COUNT(*) FROM alert WHERE {which}");
            seen += tx_rows_once!(&mut tx, AssertSqlSafe(there.clone()), [] => first_int)?
                .into_iter()
                .sum::<i64>();
            for (state, alike) in to_change(&mut tx, &which, said).await? {
                *before.entry(state).or_insert(0) += alike;
            }
            changed += handle(&mut tx, &which, said, change).await?;
        }
        if seen == 0 {
            return Err(StoreError::NotFound { what: "the alerts" });
        }
        if changed > 0 {
            let action = if said.handled { "alert.handle" } else { "alert.reopen" };
            let subject = match ids {
                [id] => format!("#{id}"),
                _ => changed.to_string(),
            };
            let was = before.into_iter().take(MOST_STATES);
            let was = was
                .map(|((handled, note), alike)| json!({ "alerts": alike, "handled": handled, "note": note }));
            let before = Some(was.collect());
            let after = Some(json!({ "alerts": listed(ids.iter().copied()), "note": said.note }));
            let event = Event { chain: Some(tenant), action, subject: &subject, before, after };
            audit::append(&mut tx, change, event).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// Ids of what is found, and where it goes on.
    async fn alert_find(
        &self,
        asked: AlertsAsked<'_>,
        after: Option<AlertCursor>,
        limit: usize,
        mut left: usize,
    ) -> Result<(Vec<AlertId>, Option<AlertCursor>)> {
        let streams = streams(&asked);
        let of_parent = asked.query.parent.is_some();
        let newest = AlertCursor {
            began_at: asked.query.until.unwrap_or(Timestamp(i64::MAX)),
            id: AlertId(if of_parent { i64::MAX } else { i64::MIN }),
        };
        let mut after = after.filter(|after| of_parent || key(after) < key(&newest));
        let mut found: Vec<AlertCursor> = Vec::new();
        loop {
            let (heads, cut) = self.alert_heads(&asked, &streams, after.unwrap_or(newest), limit).await?;
            left = left.saturating_sub(heads.len());
            let wanted = heads.iter().filter(|head| head.is_asked_for(&asked));
            found.extend(wanted.map(|head| AlertCursor { began_at: head.began_at, id: head.id }));
            let next = match cut {
                _ if found.len() > limit => {
                    found.truncate(limit);
                    found.last().copied()
                }
                Some(cut) if left > 0 => {
                    after = Some(cut);
                    continue;
                }
                cut => cut,
            };
            return Ok((found.into_iter().map(|found| found.id).collect(), next));
        }
    }

    /// The next alerts of all streams, newest first; down to where they are complete, unless that is their end.
    async fn alert_heads(
        &self,
        asked: &AlertsAsked<'_>,
        streams: &[Stream],
        after: AlertCursor,
        limit: usize,
    ) -> Result<(Vec<Head>, Option<AlertCursor>)> {
        let each = (AT_ONCE / streams.len().max(1)).max(limit.min(AT_ONCE) + 1);
        let from = asked.query.from.unwrap_or(Timestamp(i64::MIN));
        let (mut heads, mut cut) = (Vec::new(), None::<AlertCursor>);
        for streams in streams.chunks(STREAMS) {
            let select = |(at, stream): (usize, &Stream)| {
                let (place, order) = match stream {
                    // Its index is by id alone.
                    Stream::Parent(_) => ("id < $2", "id DESC"),
                    _ => ("(began_at, id) < ($1, $2)", "began_at DESC, id DESC"),
                };
                format!(
                    "SELECT * FROM (
                         SELECT CAST({at} AS BIGINT) AS stream, id, began_at, tenant_id, group_id, kind, level, ended_at, handled_at,
                             by_itself
                         FROM alert WHERE {} AND {place} AND began_at >= $3 AND began_at <= $1
                         ORDER BY {order} LIMIT {each}) AS s{at}",
                    stream.condition()
                )
            };
            let sql = streams.iter().enumerate().map(select).collect::<Vec<_>>().join(" UNION ALL ");
            let bound = match asked.query.parent {
                Some(_) => (asked.query.until.map_or(i64::MAX, |until| until.0 - 1), after.id.0),
                None => (after.began_at.0, after.id.0),
            };
            let rows = rows_once!(
                self.readers(), AssertSqlSafe(sql.clone()), [bound.0, bound.1, from.0] => head
            )?;
            let mut of_stream: HashMap<i64, (usize, AlertCursor)> = HashMap::new();
            for (stream, head) in rows {
                let place = AlertCursor { began_at: head.began_at, id: head.id };
                let seen = of_stream.entry(stream).or_insert((0, place));
                *seen = (seen.0 + 1, if key(&place) < key(&seen.1) { place } else { seen.1 });
                heads.push(head);
            }
            let full = of_stream.into_values().filter(|(seen, _)| *seen >= each).map(|(_, last)| last);
            cut = full.chain(cut).max_by_key(key);
        }
        match asked.query.parent {
            Some(_) => {
                heads.sort_by_key(|head| Reverse(head.id));
                let last = heads.last().map(|head| AlertCursor { began_at: head.began_at, id: head.id });
                Ok((heads, cut.and(last)))
            }
            None => {
                let place = |head: &Head| (head.began_at, head.id);
                heads.retain(|head| cut.is_none_or(|cut| place(head) >= key(&cut)));
                heads.sort_by_key(|head| Reverse(place(head)));
                Ok((heads, cut))
            }
        }
    }

    /// In the order asked for.
    async fn alert_lines(&self, ids: &[AlertId]) -> Result<Vec<AlertLine>> {
        let mut lines: HashMap<AlertId, AlertLine> = HashMap::new();
        for ids in ids.chunks(CHUNK) {
            // A SIM that is another tenant's by now says nothing of itself here.
            let sql = format!(
                "SELECT a.id, a.rule_id, r.name, a.sim_id, s.msisdn, s.name, a.group_id, g.name, a.kind, a.level,
                     a.began_at, a.noticed_at, a.ended_at, a.times, a.parent_id, a.facts, a.handled_at, a.handled_by,
                     p.name, a.note, a.by_itself
                 FROM alert a
                 LEFT JOIN alert_rule r ON r.id = a.rule_id
                 LEFT JOIN sim s ON s.id = a.sim_id AND s.tenant_id = a.tenant_id
                 LEFT JOIN sim_group g ON g.id = a.group_id AND g.removed_at IS NULL
                 LEFT JOIN person p ON p.id = a.handled_by
                 WHERE a.id IN ({})",
                int_list(ids.iter().map(|id| id.0))
            );
            let read = rows_once!(self.readers(), AssertSqlSafe(sql.clone()), [] => line)?;
            lines.extend(read.into_iter().map(|line| (line.id, line)));
        }
        Ok(ids.iter().filter_map(|id| lines.remove(id)).collect())
    }
}

fn key(place: &AlertCursor) -> (Timestamp, AlertId) {
    (place.began_at, place.id)
}

/// The indexes that hold what is asked for: the narrowest that there is.
fn streams(asked: &AlertsAsked<'_>) -> Vec<Stream> {
    match (asked.query.parent, asked.sims, asked.groups) {
        (Some(parent), _, _) => vec![Stream::Parent(parent)],
        (None, Some(sims), _) => sims.iter().copied().map(Stream::Sim).collect(),
        (None, None, Some(groups)) => groups.iter().copied().map(Stream::Group).collect(),
        (None, None, None) if asked.query.open => vec![Stream::GoingOn(asked.tenant)],
        (None, None, None) => vec![Stream::Tenant(asked.tenant)],
    }
}

pub(crate) async fn handle(tx: &mut Tx, which: &str, said: &HandlingSaid, change: &Change) -> Result<u64> {
    let note = said.note.as_deref();
    let by = change.by.person.map(|person| person.0);
    let done = match said.handled {
        true => {
            let sql = format!(
                "UPDATE alert SET handled_at = $1, handled_by = $2, note = COALESCE($3, note)
                 WHERE {which} AND (handled_at IS NULL OR note <> COALESCE($3, note))"
            );
            execute!(tx, AssertSqlSafe(sql.clone()), [change.at.0, by, note])
        }
        false => {
            let sql = format!(
                "UPDATE alert SET handled_at = NULL, handled_by = NULL, note = COALESCE($1, note)
                 WHERE {which} AND handled_at IS NOT NULL"
            );
            execute!(tx, AssertSqlSafe(sql.clone()), [note])
        }
    };
    Ok(done?)
}

/// How the alerts are that this would change (handled, note), and how many are so; those that most are.
async fn to_change(tx: &mut Tx, which: &str, said: &HandlingSaid) -> Result<Vec<((bool, String), i64)>> {
    let of = |differing: &str| {
        format!(
            "SELECT handled_at IS NOT NULL, note, COUNT(*) FROM alert WHERE {which} AND {differing}
             GROUP BY handled_at IS NOT NULL, note ORDER BY COUNT(*) DESC LIMIT {MOST_STATES}"
        )
    };
    match said.handled {
        true => {
            let sql = of("(handled_at IS NULL OR note <> COALESCE($1, note))");
            tx_rows_once!(tx, AssertSqlSafe(sql.clone()), [said.note.as_deref()] => handling_before)
        }
        false => {
            let sql = of("handled_at IS NOT NULL");
            tx_rows_once!(tx, AssertSqlSafe(sql.clone()), [] => handling_before)
        }
    }
}

fn handling_before(row: &impl Columns) -> Result<((bool, String), i64)> {
    Ok(((row.flag(0)?, row.text(1)?.to_owned()), row.int(2)?))
}

/// For the audit log: as many as there is room for.
pub(crate) fn listed(ids: impl IntoIterator<Item = AlertId>) -> String {
    let mut list = String::new();
    for id in ids {
        if list.len() > MOST_TOLD {
            list.push('…');
            break;
        }
        if !list.is_empty() {
            list.push(',');
        }
        list.push_str(&id.to_string());
    }
    list
}

fn head(row: &impl Columns) -> Result<(i64, Head)> {
    let head = Head {
        id: AlertId(row.int(1)?),
        began_at: Timestamp(row.int(2)?),
        tenant: TenantId(row.int(3)?),
        group: row.opt_int(4)?.map(GroupId),
        kind: kind(row.int(5)?)?,
        level: level(row.int(6)?)?,
        goes_on: row.opt_int(7)?.is_none(),
        handled: row.opt_int(8)?.is_some() || row.int(9)? != 0,
    };
    Ok((row.int(0)?, head))
}

fn line(row: &impl Columns) -> Result<AlertLine> {
    let facts = row.text(15)?;
    Ok(AlertLine {
        id: AlertId(row.int(0)?),
        rule: RuleId(row.int(1)?),
        rule_name: row.opt_text(2)?.map(str::to_owned),
        sim: row.opt_int(3)?.map(SimId),
        msisdn: parsed("msisdn", row.opt_text(4)?)?,
        name: row.opt_text(5)?.map(str::to_owned),
        group: row.opt_int(6)?.map(GroupId),
        group_name: row.opt_text(7)?.map(str::to_owned),
        kind: kind(row.int(8)?)?,
        level: level(row.int(9)?)?,
        began_at: Timestamp(row.int(10)?),
        noticed_at: Timestamp(row.int(11)?),
        ended_at: row.opt_int(12)?.map(Timestamp),
        times: narrow("times", row.int(13)?)?,
        parent: row.opt_int(14)?.map(AlertId),
        facts: serde_json::from_str::<Facts>(facts).map_err(|e| unreadable("facts", e))?,
        handling: Handling {
            at: row.opt_int(16)?.map(Timestamp),
            by: row.opt_int(17)?.map(PersonId),
            by_name: row.opt_text(18)?.map(str::to_owned),
            note: row.text(19)?.to_owned(),
            by_itself: row.int(20)? != 0,
        },
    })
}

fn kind(code: i64) -> Result<AlertKind> {
    AlertKind::from_code(narrow("kind", code)?).ok_or_else(|| unreadable("kind", code))
}

fn level(code: i64) -> Result<Level> {
    Level::from_code(narrow("level", code)?).ok_or_else(|| unreadable("level", code))
}

fn count(row: &impl Columns) -> Result<(Level, u32)> {
    Ok((level(row.int(0)?)?, narrow("found", row.int(1)?)?))
}

fn turn(row: &impl Columns) -> Result<(AlertTurn, Timestamp)> {
    let code = row.int(0)?;
    let turn = AlertTurn::from_code(narrow("turn", code)?).ok_or_else(|| unreadable("turn", code))?;
    Ok((turn, Timestamp(row.int(1)?)))
}

fn rule_at(row: &impl Columns) -> Result<(RuleId, u32)> {
    Ok((RuleId(row.int(0)?), narrow("rule_version", row.int(1)?)?))
}
