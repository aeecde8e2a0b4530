//! A SIM's session history.

use crate::{
    Result, Store,
    nas::node_ipv6,
    packed::{cell_of, ipv4_of, ipv6_of},
    sql::{Columns, int_list, narrow, parsed, rows_once},
    state::{imei, up_down},
};
use opencmp_domain::{
    NasId, NodeId, RatType, SessionId, SimId, Timestamp,
    node::NodeName,
    session::{EndCause, SessionCursor, SessionFilter, SessionPage, SessionRow},
    stored::{StoredSession, UsageClass, escape_octets},
};
use sqlx::AssertSqlSafe;
use std::{
    cmp::Reverse,
    net::{Ipv4Addr, Ipv6Addr},
};

/// Days of history that are looked through at a time: most pages are full after the latest few.
const DAYS_AT_ONCE: usize = 32;

/// With the columns that [`session_row`] reads.
const ENDED: &str = "SELECT s.id, s.sim_id, COALESCE(n.name, ''), s.acct_session_id, s.started_at, s.last_update_at,
        s.ended_at, s.end_cause, s.uplink, s.downlink, c.apn, c.rat, c.plmn, s.cell_plmn, s.cell_kind, s.cell_area,
        s.cell_id, s.imei, s.ipv4, s.ipv6_prefix, s.flags, d.identifier, d.ipv4, d.ipv6
    FROM session_ended s LEFT JOIN nas n ON n.id = s.nas_id LEFT JOIN usage_class c ON c.id = s.class_id
        LEFT JOIN nas_node d ON d.id = s.node_id";

impl Store {
    /// Open and ended sessions together, newest first. `network` is left empty in the rows.
    pub async fn sessions_by_sim(
        &self,
        sim: SimId,
        filter: &SessionFilter,
        after: Option<SessionCursor>,
        limit: u32,
    ) -> Result<SessionPage> {
        let wanted = limit as usize;
        let from = filter.from.unwrap_or(Timestamp(i64::MIN));
        let until = filter.until.unwrap_or(Timestamp(i64::MAX));
        let before = after.unwrap_or(SessionCursor { started_at: until, id: SessionId(i64::MAX) });
        let mut sessions = Vec::new();
        if filter.open != Some(false) {
            let open = self.sim_live(sim).await?.map(|state| state.open).unwrap_or_default();
            sessions = self.session_rows(open.into_vec()).await?;
            sessions.retain(|session| {
                (from..until).contains(&session.started_at)
                    && (session.started_at, session.id) < (before.started_at, before.id)
            });
        }
        if filter.open != Some(true) {
            sessions.extend(self.sessions_ended(sim, from, until, before, wanted + 1).await?);
        }
        sessions.sort_by_key(|session| Reverse((session.started_at, session.id)));
        let more = sessions.len() > wanted;
        sessions.truncate(wanted);
        let next = sessions.last().filter(|_| more);
        let next = next.map(|last| SessionCursor { started_at: last.started_at, id: last.id });
        Ok(SessionPage { sessions, next })
    }

    /// Open sessions of [`Self::sim_live`] as people read them, newest first. `network` is left empty.
    pub async fn session_rows(&self, open: Vec<StoredSession>) -> Result<Vec<SessionRow>> {
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let ids = int_list(open.iter().map(|session| session.nas.0));
        let sql = AssertSqlSafe(format!("SELECT id, name FROM nas WHERE id IN ({ids})"));
        let gateways = rows_once!(self.readers(), sql, [] => gateway)?;
        let ids = int_list(open.iter().filter_map(|session| Some(session.node?.0)));
        let sql =
            AssertSqlSafe(format!("SELECT identifier, ipv4, ipv6, id FROM nas_node WHERE id IN ({ids})"));
        let nodes = rows_once!(self.readers(), sql, [] => node)?;
        let classes = self.classes_by_ids(open.iter().filter_map(|session| session.class)).await?;
        let row = |session: StoredSession| {
            let gateway = gateways.iter().find(|(id, _)| *id == session.nas);
            let class = classes.iter().find(|class| Some(class.id) == session.class);
            let node = nodes.iter().find(|(id, _)| Some(*id) == session.node);
            let names = (gateway.map_or("", |(_, name)| name), node.map_or("", |(_, name)| name));
            open_row(session, names, class)
        };
        let mut rows: Vec<SessionRow> = open.into_iter().map(row).collect();
        rows.sort_by_key(|session| Reverse((session.started_at, session.id)));
        Ok(rows)
    }

    /// The newest `wanted` of a SIM's ended sessions, from the latest days backwards.
    async fn sessions_ended(
        &self,
        sim: SimId,
        from: Timestamp,
        until: Timestamp,
        before: SessionCursor,
        wanted: usize,
    ) -> Result<Vec<SessionRow>> {
        let last_day = utc_day(until.min(before.started_at));
        let mut days = self.stretch("session_ended", "start_day", utc_day(from), last_day + 1).await?;
        days.reverse();
        let mut sessions: Vec<SessionRow> = Vec::new();
        for days in days.chunks(DAYS_AT_ONCE) {
            let sql = AssertSqlSafe(format!(
                "{ENDED} WHERE s.start_day IN ({}) AND s.sim_id = $1 AND s.started_at >= $2 AND s.started_at < $3
                     AND (s.started_at, s.id) < ($4, $5)
                 ORDER BY s.started_at DESC, s.id DESC LIMIT $6",
                int_list(days.iter().copied())
            ));
            let binds = (sim.0, from.0, until.0, before.started_at.0, before.id.0);
            let left = (wanted - sessions.len()) as i64;
            let found = rows_once!(self.readers(), sql, [binds.0, binds.1, binds.2, binds.3, binds.4, left] => session_row)?;
            sessions.extend(found);
            if sessions.len() >= wanted {
                break;
            }
        }
        Ok(sessions)
    }

    /// The latest `wanted` of a SIM's sessions by their end.
    pub(crate) async fn sessions_by_end(
        &self,
        sim: SimId,
        from: Timestamp,
        before: Timestamp,
        wanted: u32,
    ) -> Result<Vec<SessionRow>> {
        let days =
            self.stretch("session_ended", "start_day", i64::MIN, utc_day(before).saturating_add(1)).await?;
        let sql = AssertSqlSafe(format!(
            "{ENDED} WHERE s.start_day IN ({}) AND s.sim_id = $1 AND s.ended_at >= $2 AND s.ended_at < $3
             ORDER BY s.ended_at DESC, s.id DESC LIMIT $4",
            int_list(days)
        ));
        rows_once!(self.readers(), sql, [sim.0, from.0, before.0, i64::from(wanted)] => session_row)
    }
}

pub(crate) fn utc_day(at: Timestamp) -> i64 {
    at.secs().div_euclid(86_400)
}

fn gateway(row: &impl Columns) -> Result<(NasId, String)> {
    Ok((NasId(row.int(0)?), row.text(1)?.to_owned()))
}

fn node(row: &impl Columns) -> Result<(NodeId, String)> {
    Ok((NodeId(row.int(3)?), node_name(row, 0)?))
}

/// Three columns of a node, as people read it; empty if there is none.
fn node_name(row: &impl Columns, column: usize) -> Result<String> {
    let (ipv4, ipv6) = (ipv4_of(row.opt_int(column + 1)?)?, node_ipv6(row.opt_blob(column + 2)?)?);
    Ok(NodeName { identifier: row.opt_blob(column)?, ipv4, ipv6 }.to_string())
}

fn other_name(node: &str, nas: &str) -> Option<String> {
    (!node.is_empty() && node != nas).then(|| node.to_owned())
}

fn open_row(session: StoredSession, (nas, node): (&str, &str), class: Option<&UsageClass>) -> SessionRow {
    let usage = session.usage();
    SessionRow {
        id: session.id,
        sim: session.sim,
        nas: nas.to_owned(),
        node: other_name(node, nas),
        acct_session_id: escape_octets(&session.acct_session_id).into_owned(),
        started_at: session.started_at,
        last_update_at: session.last_update_at,
        ended_at: None,
        end_cause: None,
        uplink: usage.uplink,
        downlink: usage.downlink,
        apn: class.and_then(|class| class.apn.clone()),
        rat: class.and_then(|class| class.rat),
        plmn: class.and_then(|class| class.plmn),
        network: None,
        cell: session.cell,
        imei: session.imei,
        ipv4: session.ipv4.map(ipv4_text),
        ipv6_prefix: session.ipv6_prefix.map(ipv6_text),
        flags: session.flags,
    }
}

fn ipv4_text(octets: [u8; 4]) -> String {
    Ipv4Addr::from(octets).to_string()
}

fn ipv6_text((address, length): ([u8; 16], u8)) -> String {
    format!("{}/{length}", Ipv6Addr::from(address))
}

fn session_row(row: &impl Columns) -> Result<SessionRow> {
    let usage = up_down(row, 8)?;
    Ok(SessionRow {
        id: SessionId(row.int(0)?),
        sim: SimId(row.int(1)?),
        nas: row.text(2)?.to_owned(),
        node: other_name(&node_name(row, 21)?, row.text(2)?),
        acct_session_id: row.text(3)?.to_owned(),
        started_at: Timestamp(row.int(4)?),
        last_update_at: Timestamp(row.int(5)?),
        ended_at: row.opt_int(6)?.map(Timestamp),
        end_cause: row.opt_int(7)?.map(|cause| narrow("end_cause", cause)).transpose()?.map(EndCause),
        uplink: usage.uplink,
        downlink: usage.downlink,
        apn: parsed("apn", row.opt_text(10)?)?,
        rat: row.opt_int(11)?.map(|rat| narrow("rat", rat)).transpose()?.map(RatType),
        plmn: parsed("plmn", row.opt_text(12)?)?,
        network: None,
        cell: cell_of((row.opt_int(13)?, row.opt_int(14)?, row.opt_int(15)?, row.opt_int(16)?))?,
        imei: row.opt_int(17)?.map(imei).transpose()?,
        ipv4: ipv4_of(row.opt_int(18)?)?.map(ipv4_text),
        ipv6_prefix: ipv6_of(row.opt_blob(19)?)?.map(ipv6_text),
        flags: narrow("flags", row.int(20)?)?,
    })
}
