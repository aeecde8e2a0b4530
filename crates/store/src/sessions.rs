//! A SIM's session history.

use crate::{
    Result, Store,
    packed::{cell_of, ipv4_of, ipv6_of},
    sql::{Columns, int_list, narrow, parsed, rows, rows_once},
    state::{imei, up_down},
};
use opencmp_domain::{
    RatType, SessionId, SimId, Timestamp,
    session::{EndCause, SessionCursor, SessionFilter, SessionPage, SessionRow},
};
use sqlx::AssertSqlSafe;
use std::{
    cmp::Reverse,
    net::{Ipv4Addr, Ipv6Addr},
};

/// Days of history that are looked through at a time: most pages are full after the latest few.
const DAYS_AT_ONCE: usize = 32;

/// The columns that [`session_row`] reads; `$ended` and `$cause` are NULL for open sessions.
macro_rules! row_columns {
    ($ended:literal, $cause:literal) => {
        concat!(
            "SELECT s.id, s.sim_id, COALESCE(n.name, ''), s.acct_session_id, s.started_at, s.last_update_at, ",
            $ended,
            ", ",
            $cause,
            ", s.uplink, s.downlink, c.apn, c.rat, c.plmn, s.cell_plmn, s.cell_kind, s.cell_area, s.cell_id, s.imei,
             s.ipv4, s.ipv6_prefix, s.flags"
        )
    };
}
const OPEN: &str = concat!(
    row_columns!("CAST(NULL AS BIGINT)", "CAST(NULL AS BIGINT)"),
    " FROM session_open s LEFT JOIN nas n ON n.id = s.nas_id LEFT JOIN usage_class c ON c.id = s.class_id"
);
const ENDED: &str = concat!(
    row_columns!("s.ended_at", "s.end_cause"),
    " FROM session_ended s LEFT JOIN nas n ON n.id = s.nas_id LEFT JOIN usage_class c ON c.id = s.class_id"
);

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
            let sql = AssertSqlSafe(format!(
                "{OPEN} WHERE s.sim_id = $1 AND s.started_at >= $2 AND s.started_at < $3
                     AND (s.started_at, s.id) < ($4, $5)"
            ));
            let binds = (sim.0, from.0, until.0, before.started_at.0, before.id.0);
            sessions =
                rows!(self.readers(), sql, [binds.0, binds.1, binds.2, binds.3, binds.4] => session_row)?;
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
        before: Timestamp,
        wanted: u32,
    ) -> Result<Vec<SessionRow>> {
        let days =
            self.stretch("session_ended", "start_day", i64::MIN, utc_day(before).saturating_add(1)).await?;
        let sql = AssertSqlSafe(format!(
            "{ENDED} WHERE s.start_day IN ({}) AND s.sim_id = $1 AND s.ended_at < $2
             ORDER BY s.ended_at DESC, s.id DESC LIMIT $3",
            int_list(days)
        ));
        rows_once!(self.readers(), sql, [sim.0, before.0, i64::from(wanted)] => session_row)
    }

    /// In the order of their ids; those that aren't there are left out.
    pub async fn sessions_by_ids(&self, ids: &[SessionId]) -> Result<Vec<SessionRow>> {
        let mut sessions = Vec::new();
        for ids in ids.chunks(1000) {
            let ids = int_list(ids.iter().map(|id| id.0));
            for table in [OPEN, ENDED] {
                let sql = AssertSqlSafe(format!("{table} WHERE s.id IN ({ids})"));
                sessions.extend(rows_once!(self.readers(), sql, [] => session_row)?);
            }
        }
        sessions.sort_by_key(|session| session.id);
        Ok(sessions)
    }
}

pub(crate) fn utc_day(at: Timestamp) -> i64 {
    at.secs().div_euclid(86_400)
}

fn session_row(row: &impl Columns) -> Result<SessionRow> {
    let usage = up_down(row, 8)?;
    let ipv6 = ipv6_of(row.opt_blob(19)?)?;
    Ok(SessionRow {
        id: SessionId(row.int(0)?),
        sim: SimId(row.int(1)?),
        nas: row.text(2)?.to_owned(),
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
        ipv4: ipv4_of(row.opt_int(18)?)?.map(|octets| Ipv4Addr::from(octets).to_string()),
        ipv6_prefix: ipv6.map(|(address, length)| format!("{}/{length}", Ipv6Addr::from(address))),
        flags: narrow("flags", row.int(20)?)?,
    })
}
