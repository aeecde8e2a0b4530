//! Reading back at start what the flushes wrote.

use crate::{
    Result, Store,
    load::load,
    packed::{cell_of, ipv4_of, ipv6_of, segments_unpack},
    sql::{Columns, int_list, narrow, parsed, rows, rows_once, unreadable},
    store::first_int,
};
use opencmp_domain::{
    ByteCount, Imei, NasId, NodeId, RatType, SessionId, SimId, Timestamp, UsageClassId,
    session::EndCause,
    stored::{
        SessionName, StoredSession, StoredSim, UsageClass, escape_octets, packed::unpack, unescape_octets,
    },
    usage::UpDown,
};
use sqlx::AssertSqlSafe;

/// Where a page of sessions ended: their order is by `at` (what that is depends on the list) and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionKey {
    pub at: Timestamp,
    pub id: SessionId,
}

/// The columns that [`session`] reads.
macro_rules! session_columns {
    () => {
        "id, sim_id, nas_id, acct_session_id, started_at, last_update_at, segments, session_secs, class_id, nsapi,
         cell_plmn, cell_kind, cell_area, cell_id, imei, ipv4, ipv6_prefix, flags, ended_at, end_cause, node_id"
    };
}

impl Store {
    pub async fn classes(&self) -> Result<Vec<UsageClass>> {
        rows!(self.readers(), "SELECT id, apn, rat, plmn FROM usage_class ORDER BY id", [] => class)
    }

    pub(crate) async fn classes_by_ids(
        &self,
        ids: impl Iterator<Item = UsageClassId>,
    ) -> Result<Vec<UsageClass>> {
        let ids = int_list(ids.map(|id| id.0));
        let sql = AssertSqlSafe(format!("SELECT id, apn, rat, plmn FROM usage_class WHERE id IN ({ids})"));
        rows_once!(self.readers(), sql, [] => class)
    }

    /// The highest session id ever given out that was flushed; 0 before the first.
    pub async fn session_last_id(&self) -> Result<SessionId> {
        let sql = "SELECT COALESCE(MAX(id), 0)
                   FROM (SELECT MAX(id) AS id FROM session_open UNION ALL SELECT MAX(id) FROM session_ended) AS ids";
        let found = rows!(self.readers(), sql, [] => first_int)?;
        Ok(SessionId(found.first().copied().unwrap_or_default()))
    }

    /// The states of SIMs, their open sessions included, in the order of SIM ids; begin with `SimId(0)`, go on with the
    /// last id.
    pub async fn sim_live_page(&self, after: SimId, limit: u32) -> Result<Vec<StoredSim>> {
        let sql = "SELECT sim_id, state FROM sim_live WHERE sim_id > $1 ORDER BY sim_id LIMIT $2";
        load!(self, sql, [after.0, i64::from(limit)] => sim_live)
    }

    /// A SIM's state; `None`: nothing was heard of it.
    pub async fn sim_live(&self, sim: SimId) -> Result<Option<StoredSim>> {
        let found = rows!(self.readers(), "SELECT sim_id, state FROM sim_live WHERE sim_id = $1", [sim.0] => sim_live)?;
        Ok(found.into_iter().next())
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
            " FROM session_ended WHERE (ended_at, id) > ($1, $2) ORDER BY ended_at, id LIMIT $3"
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
        let open = self.sim_live(sim).await?.map(|sim| sim.open).unwrap_or_default();
        let is_it =
            |session: &StoredSession| session.nas == nas && *session.acct_session_id == *acct_session_id;
        let mut found: Vec<_> = open.into_iter().filter(is_it).collect();
        let name = escape_octets(acct_session_id);
        let name: &str = &name;
        let days = self.stretch("session_ended", "start_day", i64::MIN, i64::MAX).await?;
        let sql = format!(
            concat!(
                "SELECT ",
                session_columns!(),
                " FROM session_ended
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

fn sim_live(row: &impl Columns) -> Result<StoredSim> {
    sim_state(SimId(row.int(0)?), row.blob(1)?)
}

pub(crate) fn sim_state(sim: SimId, state: &[u8]) -> Result<StoredSim> {
    unpack(sim, state).ok_or_else(|| unreadable("state", format!("{state:02x?}")))
}

fn session(row: &impl Columns) -> Result<StoredSession> {
    Ok(StoredSession {
        id: SessionId(row.int(0)?),
        sim: SimId(row.int(1)?),
        nas: NasId(row.int(2)?),
        node: row.opt_int(20)?.map(NodeId),
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
