//! Reading back at start what the flushes wrote.

use crate::{
    Result, Store,
    load::load,
    packed::{cell_of, ipv4_of, ipv6_of, segments_unpack},
    sql::{Columns, int_list, narrow, parsed, rows, rows_once, unreadable},
    store::first_int,
};
use opencmp_domain::{
    ByteCount, Day, Imei, LastMessage, NasId, RatType, SessionId, SimId, Timestamp, UsageClassId,
    session::EndCause,
    stored::{SessionName, StoredSession, StoredSimLive, UsageClass, escape_octets, unescape_octets},
    usage::UpDown,
};
use sqlx::AssertSqlSafe;

/// Where a page of sessions ended: their order is by `at` (what that is depends on the list) and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionKey {
    pub at: Timestamp,
    pub id: SessionId,
}

/// Columns that both session tables have, in the order that [`session`] reads them; then `ended_at` and `end_cause`.
macro_rules! session_columns {
    () => {
        "id, sim_id, nas_id, acct_session_id, started_at, last_update_at, segments, session_secs, class_id, nsapi,
         cell_plmn, cell_kind, cell_area, cell_id, imei, ipv4, ipv6_prefix, flags"
    };
}

impl Store {
    pub async fn classes(&self) -> Result<Vec<UsageClass>> {
        rows!(self.readers(), "SELECT id, apn, rat, plmn FROM usage_class ORDER BY id", [] => class)
    }

    /// The highest session id ever given out that was flushed; 0 before the first.
    pub async fn session_last_id(&self) -> Result<SessionId> {
        let sql = "SELECT COALESCE(MAX(id), 0)
                   FROM (SELECT MAX(id) AS id FROM session_open UNION ALL SELECT MAX(id) FROM session_ended) AS ids";
        let found = rows!(self.readers(), sql, [] => first_int)?;
        Ok(SessionId(found.first().copied().unwrap_or_default()))
    }

    /// In the order of SIM ids; begin with `SimId(0)`, go on with the last id.
    pub async fn sim_live_page(&self, after: SimId, limit: u32) -> Result<Vec<StoredSimLive>> {
        let sql =
            "SELECT sim_id, last_message, last_access_at, imei, class_id, today, today_octets, cycle_start,
                       cycle_octets, total_uplink, total_downlink, update_interval_secs, unconfirmed
                   FROM sim_live WHERE sim_id > $1 ORDER BY sim_id LIMIT $2";
        load!(self, sql, [after.0, i64::from(limit)] => sim_live)
    }

    /// Sessions not ended, in the order of their ids; begin with `SessionId(0)`, go on with the last id.
    pub async fn sessions_open_page(&self, after: SessionId, limit: u32) -> Result<Vec<StoredSession>> {
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            ", CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)
             FROM session_open WHERE id > $1 ORDER BY id LIMIT $2"
        );
        load!(self, sql, [after.0, i64::from(limit)] => session)
    }

    /// Sessions that ended at or after `since`, in the order of (`ended_at`, id); begin with `after: None`, go on with
    /// the last one's.
    pub async fn sessions_recent_page(
        &self,
        since: Timestamp,
        after: Option<SessionKey>,
        limit: u32,
    ) -> Result<Vec<StoredSession>> {
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            ", ended_at, end_cause
             FROM session_ended WHERE (ended_at, id) > ($1, $2) ORDER BY ended_at, id LIMIT $3"
        );
        let after = after.unwrap_or(SessionKey { at: since, id: SessionId(0) });
        load!(self, sql, [after.at.0, after.id.0, i64::from(limit)] => session)
    }

    /// A SIM's sessions, as old as are kept, that the gateway called `acct_session_id`; newest first. Ids come back after
    /// a gateway's restart. The SIM is asked for because an index by session id over all of history would cost every new
    /// session a random page.
    pub async fn session_find(
        &self,
        sim: SimId,
        nas: NasId,
        acct_session_id: &[u8],
    ) -> Result<Vec<StoredSession>> {
        let name = escape_octets(acct_session_id);
        let name: &str = &name;
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            ", CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)
             FROM session_open WHERE sim_id = $1 AND nas_id = $2 AND acct_session_id = $3"
        );
        let mut found = rows!(self.readers(), sql, [sim.0, nas.0, name] => session)?;
        let days = self.stretch("session_ended", "start_day", i64::MIN, i64::MAX).await?;
        let sql = format!(
            concat!(
                "SELECT ",
                session_columns!(),
                ", ended_at, end_cause
                 FROM session_ended
                 WHERE start_day IN ({}) AND sim_id = $1 AND nas_id = $2 AND acct_session_id = $3"
            ),
            int_list(days)
        );
        let sql = AssertSqlSafe(sql);
        found.extend(rows_once!(self.readers(), sql, [sim.0, nas.0, name] => session)?);
        found.sort_by_key(|session| std::cmp::Reverse((session.started_at, session.id)));
        Ok(found)
    }

    /// The different values, from `from` to before `until`, that `column` has in `table`, of which an index or the key
    /// begins with it. One seek each, however many rows have them.
    pub(crate) async fn stretch(
        &self,
        table: &'static str,
        column: &'static str,
        from: i64,
        until: i64,
    ) -> Result<Vec<i64>> {
        let sql = AssertSqlSafe(format!(
            "WITH RECURSIVE found (value) AS (
                 SELECT MIN({column}) FROM {table} WHERE {column} >= $1
                 UNION ALL
                 SELECT (SELECT MIN({column}) FROM {table} WHERE {column} > found.value)
                 FROM found WHERE found.value IS NOT NULL AND found.value < $2
             )
             SELECT value FROM found WHERE value < $2"
        ));
        rows!(self.readers(), sql, [from, until] => first_int)
    }
}

fn class(row: &impl Columns) -> Result<UsageClass> {
    Ok(UsageClass {
        id: UsageClassId(row.int(0)?),
        apn: parsed("apn", row.opt_text(1)?)?,
        rat: row.opt_int(2)?.map(|rat| narrow("rat", rat)).transpose()?.map(RatType),
        plmn: parsed("plmn", row.opt_text(3)?)?,
    })
}

fn sim_live(row: &impl Columns) -> Result<StoredSimLive> {
    let last_message = |code: i64| {
        let message = u8::try_from(code).ok().and_then(LastMessage::from_code);
        message.ok_or_else(|| unreadable("last_message", code))
    };
    Ok(StoredSimLive {
        sim: SimId(row.int(0)?),
        last_message: row.opt_int(1)?.map(last_message).transpose()?,
        last_access_at: row.opt_int(2)?.map(Timestamp),
        imei: row.opt_int(3)?.map(imei).transpose()?,
        class: row.opt_int(4)?.map(UsageClassId),
        today: Day(narrow("today", row.int(5)?)?),
        today_octets: narrow("today_octets", row.int(6)?)?,
        cycle_start: Day(narrow("cycle_start", row.int(7)?)?),
        cycle_octets: narrow("cycle_octets", row.int(8)?)?,
        total: up_down(row, 9)?,
        update_interval_secs: narrow("update_interval_secs", row.int(11)?)?,
        unconfirmed: row.flag(12)?,
    })
}

fn session(row: &impl Columns) -> Result<StoredSession> {
    Ok(StoredSession {
        id: SessionId(row.int(0)?),
        sim: SimId(row.int(1)?),
        nas: NasId(row.int(2)?),
        acct_session_id: session_name(row.text(3)?),
        started_at: Timestamp(row.int(4)?),
        last_update_at: Timestamp(row.int(5)?),
        segments: segments_unpack(row.blob(6)?)?,
        session_secs: narrow("session_secs", row.int(7)?)?,
        class: row.opt_int(8)?.map(UsageClassId),
        nsapi: row.opt_int(9)?.map(|nsapi| narrow("nsapi", nsapi)).transpose()?,
        cell: cell_of((row.opt_int(10)?, row.opt_int(11)?, row.opt_int(12)?, row.opt_int(13)?))?,
        imei: row.opt_int(14)?.map(imei).transpose()?,
        ipv4: ipv4_of(row.opt_int(15)?)?,
        ipv6_prefix: ipv6_of(row.opt_blob(16)?)?,
        flags: narrow("flags", row.int(17)?)?,
        ended_at: row.opt_int(18)?.map(Timestamp),
        end_cause: row.opt_int(19)?.map(|cause| narrow("end_cause", cause)).transpose()?.map(EndCause),
    })
}

/// What isn't in the escaped form is taken as it stands.
fn session_name(text: &str) -> SessionName {
    match unescape_octets(text) {
        Some(octets) => SessionName::from_vec(octets),
        None => SessionName::from_slice(text.as_bytes()),
    }
}

/// Uplink and downlink, in this column and the next.
pub(crate) fn up_down(row: &impl Columns, column: usize) -> Result<UpDown> {
    Ok(UpDown {
        uplink: ByteCount(narrow("uplink", row.int(column)?)?),
        downlink: ByteCount(narrow("downlink", row.int(column + 1)?)?),
    })
}

pub(crate) fn imei(bits: i64) -> Result<Imei> {
    u64::try_from(bits).ok().and_then(Imei::from_bits).ok_or_else(|| unreadable("imei", bits))
}
