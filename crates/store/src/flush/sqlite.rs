//! The flush on SQLite.
//!
//! Each statement finds its row once: whole rows are replaced (`REPLACE` on a table without further indexes is one seek),
//! sums are added to by an upsert on the primary key. Rows come sorted, so that neighbouring seeks end on the same page.
//!
//! Checkpoints. The connection never checkpoints by itself. After a flush and its answer, when the log has grown enough that
//! hot pages have been written into it many times over, a passive checkpoint (it waits for nobody and nobody waits for it) copies
//! each of them once into the database, and the next flush begins the log anew.

use super::{Flusher, MOST_OCTETS, Seen, Turn, check_inventory, octets};
use crate::{
    Result, StoreError,
    alert_engine::facts_text,
    block::{Increment, add, by_block},
    packed::{cell_columns, ipv4_column, ipv6_column, segments_pack},
    sessions::utc_day,
    sql::signed,
};
use opencmp_domain::stored::{FlushBatch, PackedSims, StoredSession, escape_octets};
use parking_lot::Mutex;
use rusqlite::{Transaction, TransactionBehavior, params};
use std::{path::PathBuf, time::Duration};

/// Octets of log after which a checkpoint is due.
const CHECKPOINT_AT: i64 = 64 << 20;

pub(crate) struct Connection {
    path: PathBuf,
    busy_timeout: Duration,
    /// Opened by the first flush.
    open: Mutex<Option<rusqlite::Connection>>,
}

impl Connection {
    pub(super) fn new(path: PathBuf, busy_timeout: Duration) -> Self {
        Self { path, busy_timeout, open: Mutex::new(None) }
    }

    pub(super) fn close(&self) {
        *self.open.lock() = None;
    }

    pub(super) fn flush(&self, flusher: &Flusher, batch: &FlushBatch) -> Result<()> {
        let mut open = self.open.lock();
        let connection = match &mut *open {
            Some(connection) => connection,
            None => open.insert(self.connect()?),
        };
        write(connection, flusher, batch)
    }

    pub(super) fn checkpoint(&self) {
        if let Some(connection) = &*self.open.lock() {
            checkpoint(connection);
        }
    }

    fn connect(&self) -> Result<rusqlite::Connection> {
        // Not made here: a missing file is a missing database.
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = rusqlite::Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(self.busy_timeout)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.execute_batch(
            "PRAGMA synchronous = NORMAL;
             PRAGMA wal_autocheckpoint = 0;
             PRAGMA journal_size_limit = 268435456;
             PRAGMA cache_size = -12288;
             PRAGMA temp_store = memory;",
        )?;
        Ok(connection)
    }
}

fn write(connection: &mut rusqlite::Connection, flusher: &Flusher, batch: &FlushBatch) -> Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let flushes = position_move(&tx, batch)?;
    if flusher.turn(batch.partition, flushes - 1)? == Turn::Written {
        return Ok(());
    }
    let version = tx.prepare_cached("SELECT inventory_version FROM meta")?.query_row([], |row| row.get(0))?;
    check_inventory(batch, version)?;
    classes(&tx, batch)?;
    sims(&tx, &batch.sims)?;
    sessions(&tx, &batch.sessions)?;
    usage(&tx, batch)?;
    events(&tx, batch)?;
    samples(&tx, batch)?;
    nas(&tx, batch)?;
    nodes(&tx, batch)?;
    alerts(&tx, batch)?;
    flusher.remember(batch.partition, Seen::InDoubt(flushes - 1));
    tx.commit().map_err(|error| StoreError::InDoubt(Box::new(error)))?;
    flusher.remember(batch.partition, Seen::Count(flushes));
    Ok(())
}

/// The number of this flush. What it writes is rolled back when the flush turns out to be done already.
fn position_move(tx: &Transaction<'_>, batch: &FlushBatch) -> Result<i64> {
    let sql = "INSERT INTO journal_position (part, position, flushes, durable_position, applied_at)
               VALUES (?1, ?2, 1, 0, ?3)
               ON CONFLICT (part) DO UPDATE SET position = excluded.position, flushes = flushes + 1,
                                                applied_at = excluded.applied_at
               RETURNING flushes";
    let row = params![batch.partition, signed(batch.position.0), batch.applied_at.0];
    Ok(tx.prepare_cached(sql)?.query_row(row, |row| row.get(0))?)
}

fn classes(tx: &Transaction<'_>, batch: &FlushBatch) -> Result<()> {
    let mut insert =
        tx.prepare_cached("REPLACE INTO usage_class (id, apn, rat, plmn) VALUES (?1, ?2, ?3, ?4)")?;
    for class in &batch.classes {
        let plmn = class.plmn.map(|plmn| plmn.to_string());
        let apn = class.apn.as_ref().map(|apn| apn.as_str());
        insert.execute(params![class.id.0, apn, class.rat.map(|rat| rat.0), plmn])?;
    }
    Ok(())
}

fn sims(tx: &Transaction<'_>, sims: &PackedSims) -> Result<()> {
    let mut replace = tx.prepare_cached("REPLACE INTO sim_live (sim_id, state) VALUES (?1, ?2)")?;
    for (sim, state) in sims.iter() {
        replace.execute(params![sim.0, state])?;
    }
    Ok(())
}

fn sessions(tx: &Transaction<'_>, sessions: &[StoredSession]) -> Result<()> {
    let mut enter = tx.prepare_cached(
        "REPLACE INTO session_open (id, sim_id, started_at, class_id) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let mut end = tx.prepare_cached(
        "INSERT INTO session_ended (id, sim_id, nas_id, acct_session_id, started_at, last_update_at, uplink, downlink,
             segments, session_secs, class_id, nsapi, cell_plmn, cell_kind, cell_area, cell_id, imei, ipv4,
             ipv6_prefix, flags, ended_at, end_cause, start_day, node_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
             ?23, ?24)
         ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at, last_update_at = excluded.last_update_at,
             uplink = excluded.uplink, downlink = excluded.downlink, segments = excluded.segments,
             session_secs = excluded.session_secs, class_id = excluded.class_id, nsapi = excluded.nsapi,
             cell_plmn = excluded.cell_plmn, cell_kind = excluded.cell_kind, cell_area = excluded.cell_area,
             cell_id = excluded.cell_id, imei = excluded.imei, ipv4 = excluded.ipv4,
             ipv6_prefix = excluded.ipv6_prefix, flags = excluded.flags, ended_at = excluded.ended_at,
             end_cause = excluded.end_cause, start_day = excluded.start_day, node_id = excluded.node_id",
    )?;
    let mut leave_open = tx.prepare_cached("DELETE FROM session_open WHERE id = ?1")?;
    let mut leave_ended = tx.prepare_cached("DELETE FROM session_ended WHERE id = ?1")?;
    let mut segments = Vec::new();
    for session in sessions {
        let Some(ended_at) = session.ended_at else {
            // It may have been taken for ended.
            leave_ended.execute([session.id.0])?;
            let class = session.class.map(|class| class.0);
            enter.execute(params![session.id.0, session.sim.0, session.started_at.0, class])?;
            continue;
        };
        leave_open.execute([session.id.0])?;
        segments_pack(&session.segments, &mut segments);
        let usage = session.usage();
        let (cell_plmn, cell_kind, cell_area, cell_id) = cell_columns(session.cell);
        end.execute(params![
            session.id.0,
            session.sim.0,
            session.nas.0,
            escape_octets(&session.acct_session_id),
            session.started_at.0,
            session.last_update_at.0,
            signed(usage.uplink.0),
            signed(usage.downlink.0),
            segments,
            session.session_secs,
            session.class.map(|class| class.0),
            session.nsapi,
            cell_plmn,
            cell_kind,
            cell_area,
            cell_id,
            session.imei.map(|imei| signed(imei.to_bits())),
            ipv4_column(session.ipv4),
            ipv6_column(session.ipv6_prefix).as_ref().map(|octets| octets.as_slice()),
            session.flags,
            ended_at.0,
            session.end_cause.map(|cause| cause.0),
            utc_day(session.started_at),
            session.node.map(|node| node.0),
        ])?;
    }
    Ok(())
}

/// Adds to groups' usage rows, up to [`MOST_OCTETS`].
macro_rules! add_to_groups {
    ($tx:expr, $table:literal, $time:ident, $rows:expr) => {{
        let mut upsert = $tx.prepare_cached(concat!(
            "INSERT INTO ",
            $table,
            " (group_id, ",
            stringify!($time),
            ", class_id, uplink, downlink)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (group_id, ",
            stringify!($time),
            ", class_id) DO UPDATE SET
                 uplink = uplink + MIN(excluded.uplink, ?6 - uplink),
                 downlink = downlink + MIN(excluded.downlink, ?6 - downlink)"
        ))?;
        for row in $rows {
            upsert.execute(params![
                row.group.0,
                row.$time.0,
                row.class.0,
                octets(row.uplink),
                octets(row.downlink),
                MOST_OCTETS,
            ])?;
        }
    }};
}

/// Adds to blocks of SIMs' usage: a read and a write for the up to 64 SIMs of each.
fn add_to_sims<T: Increment>(
    tx: &Transaction<'_>,
    select: &str,
    replace: &str,
    increments: &[T],
) -> Result<()> {
    let (mut select, mut replace) = (tx.prepare_cached(select)?, tx.prepare_cached(replace)?);
    let mut sims = Vec::new();
    for (key, increments) in by_block(increments) {
        let mut held = select.query([key.0])?;
        let held = match held.next()? {
            Some(row) => row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?,
            None => &[],
        };
        add(key, held, increments, &mut sims)?;
        replace.execute(params![key.0, sims])?;
    }
    Ok(())
}

fn usage(tx: &Transaction<'_>, batch: &FlushBatch) -> Result<()> {
    add_to_sims(
        tx,
        "SELECT sims FROM usage_hour WHERE hour_block = ?1",
        "REPLACE INTO usage_hour (hour_block, sims) VALUES (?1, ?2)",
        &batch.hours,
    )?;
    add_to_sims(
        tx,
        "SELECT sims FROM usage_day WHERE day_block = ?1",
        "REPLACE INTO usage_day (day_block, sims) VALUES (?1, ?2)",
        &batch.days,
    )?;
    add_to_groups!(tx, "group_usage_hour", hour, &batch.group_hours);
    add_to_groups!(tx, "group_usage_day", day, &batch.group_days);
    Ok(())
}

fn events(tx: &Transaction<'_>, batch: &FlushBatch) -> Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO sim_event (sim_id, at, day, kind, from_value, to_value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for event in &batch.events {
        let kind = event.kind.as_str();
        insert.execute(params![event.sim.0, event.at.0, utc_day(event.at), kind, event.from, event.to])?;
    }
    Ok(())
}

fn samples(tx: &Transaction<'_>, batch: &FlushBatch) -> Result<()> {
    let mut insert = tx.prepare_cached(
        "REPLACE INTO fleet_sample (tenant_id, at, group_id, connected, unconfirmed, disconnected)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for sample in &batch.samples {
        insert.execute(params![
            sample.tenant.0,
            sample.at.0,
            sample.group.0,
            signed(sample.connected),
            signed(sample.unconfirmed),
            signed(sample.disconnected),
        ])?;
    }
    Ok(())
}

fn nas(tx: &Transaction<'_>, batch: &FlushBatch) -> Result<()> {
    let mut replace = tx.prepare_cached(
        "REPLACE INTO nas_status (nas_id, last_heard_at, restarted_at, clock_offset_ms, accepted, duplicates,
             secret_mismatches, last_mismatch_at, malformed, nodes_refused, wrap_suspected_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for nas in &batch.nas {
        replace.execute(params![
            nas.nas.0,
            nas.last_heard_at.map(|at| at.0),
            nas.restarted_at.map(|at| at.0),
            nas.clock_offset_ms,
            signed(nas.accepted),
            signed(nas.duplicates),
            signed(nas.secret_mismatches),
            nas.last_mismatch_at.map(|at| at.0),
            signed(nas.malformed),
            signed(nas.nodes_refused),
            nas.wrap_suspected_at.map(|at| at.0),
        ])?;
    }
    Ok(())
}

fn nodes(tx: &Transaction<'_>, batch: &FlushBatch) -> Result<()> {
    let mut replace = tx.prepare_cached(
        "REPLACE INTO nas_node (id, nas_id, identifier, ipv4, ipv6, heard_at, restarted_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for node in &batch.nodes {
        replace.execute(params![
            node.id.0,
            node.nas.0,
            node.identifier.as_deref(),
            ipv4_column(node.ipv4),
            node.ipv6.as_ref().map(|octets| octets.as_slice()),
            node.heard_at.0,
            node.restarted_at.map(|at| at.0),
        ])?;
    }
    Ok(())
}

/// What people do about an alert isn't touched, nor what was said of it when it was new.
fn alerts(tx: &Transaction<'_>, batch: &FlushBatch) -> Result<()> {
    let mut upsert = tx.prepare_cached(
        "INSERT INTO alert (id, tenant_id, rule_id, rule_version, sim_id, group_id, kind, level, began_at,
             noticed_at, ended_at, times, parent_id, facts, by_itself)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, times = excluded.times",
    )?;
    for alert in &batch.alerts {
        upsert.execute(params![
            alert.id.0,
            alert.tenant.0,
            alert.rule.0,
            alert.rule_version,
            alert.sim.map(|sim| sim.0),
            alert.group.map(|group| group.0),
            alert.kind.code(),
            alert.level.code(),
            alert.began_at.0,
            alert.noticed_at.0,
            alert.ended_at.map(|at| at.0),
            alert.times,
            alert.parent.map(|parent| parent.0),
            facts_text(&alert.facts)?,
            alert.by_itself,
        ])?;
    }
    let mut insert = tx.prepare_cached("INSERT INTO alert_turn (alert_id, turn, at) VALUES (?1, ?2, ?3)")?;
    for turn in &batch.turns {
        insert.execute(params![turn.alert.0, turn.turn.code(), turn.at.0])?;
    }
    let mut delete = tx.prepare_cached("DELETE FROM alert_cause WHERE id = ?1")?;
    for cause in &batch.causes {
        delete.execute([cause])?;
    }
    Ok(())
}

/// Never fails the flush, which is committed: a checkpoint that can't be done now is done after a later one.
fn checkpoint(connection: &rusqlite::Connection) {
    if let Err(error) = checkpoint_if_due(connection) {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the database's log can't be checkpointed now"
        );
    }
}

fn checkpoint_if_due(connection: &rusqlite::Connection) -> Result<()> {
    let logged = |mode: &str| -> Result<i64> {
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        Ok(connection.prepare_cached(&sql)?.query_row([], |row| row.get(1))?)
    };
    let page: i64 = connection.prepare_cached("PRAGMA page_size")?.query_row([], |row| row.get(0))?;
    if logged("NOOP")? * page >= CHECKPOINT_AT {
        logged("PASSIVE")?;
    }
    Ok(())
}
