//! The flush on PostgreSQL.
//!
//! Rows are copied into a temporary table, which writes no log, and from there into their table by one statement. Half as
//! much work for the server as arrays and UNNEST, which keep each column of each row apart before they join them. Tables of
//! few rows do without.

use super::{
    Flusher, MOST_OCTETS, Seen, Turn, check_inventory,
    copy::{Values, copy_rows},
    octets,
};
use crate::{
    Result, StoreError,
    alert_engine::facts_text,
    block::{Increment, add, by_block},
    packed::{cell_columns, ipv4_column, ipv6_column, segments_pack},
    sessions::utc_day,
    sql::signed,
    store::INVENTORY_LOCK,
};
use opencmp_domain::stored::{FlushBatch, StoredSession, escape_octets};
use rustc_hash::FxHashMap;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Row, postgres::PgPoolOptions};

/// A table that many rows go into. Its stage is a temporary table of these columns.
struct Table {
    name: &'static str,
    columns: &'static str,
    /// What becomes of a row that is there already.
    conflict: &'static str,
}

const SIM_LIVE: Table = Table {
    name: "sim_live",
    columns: "sim_id, state",
    conflict: "ON CONFLICT (sim_id) DO UPDATE SET state = excluded.state",
};
const SESSION_OPEN: Table = Table {
    name: "session_open",
    columns: "id, sim_id, started_at, class_id",
    conflict: "ON CONFLICT (id) DO UPDATE SET sim_id = excluded.sim_id, started_at = excluded.started_at,
        class_id = excluded.class_id",
};
const SESSION_ENDED: Table = Table {
    name: "session_ended",
    columns: "id, sim_id, nas_id, acct_session_id, started_at, last_update_at, uplink, downlink, segments,
        session_secs, class_id, nsapi, cell_plmn, cell_kind, cell_area, cell_id, imei, ipv4, ipv6_prefix,
        flags, ended_at, end_cause, start_day, node_id",
    // What never changes (gateway, name) is not among them.
    conflict: "ON CONFLICT (id) DO UPDATE SET sim_id = excluded.sim_id, started_at = excluded.started_at,
        last_update_at = excluded.last_update_at, uplink = excluded.uplink, downlink = excluded.downlink,
        segments = excluded.segments, session_secs = excluded.session_secs, class_id = excluded.class_id,
        nsapi = excluded.nsapi, cell_plmn = excluded.cell_plmn, cell_kind = excluded.cell_kind,
        cell_area = excluded.cell_area, cell_id = excluded.cell_id, imei = excluded.imei,
        ipv4 = excluded.ipv4, ipv6_prefix = excluded.ipv6_prefix, flags = excluded.flags,
        ended_at = excluded.ended_at, end_cause = excluded.end_cause, start_day = excluded.start_day,
        node_id = excluded.node_id",
};

/// Blocks of SIMs' usage, already added up.
const USAGE_HOUR: Table = Table {
    name: "usage_hour",
    columns: "hour_block, sims",
    conflict: "ON CONFLICT (hour_block) DO UPDATE SET sims = excluded.sims",
};
const USAGE_DAY: Table = Table {
    name: "usage_day",
    columns: "day_block, sims",
    conflict: "ON CONFLICT (day_block) DO UPDATE SET sims = excluded.sims",
};

/// Adds to groups' usage rows, up to [`MOST_OCTETS`].
macro_rules! group_table {
    ($name:literal, $time:literal) => {
        Table {
            name: $name,
            columns: concat!("group_id, ", $time, ", class_id, uplink, downlink"),
            conflict: concat!(
                "ON CONFLICT (group_id, ",
                $time,
                ", class_id) DO UPDATE SET
                 uplink = ",
                $name,
                ".uplink + LEAST(excluded.uplink, most_octets - ",
                $name,
                ".uplink),
                 downlink = ",
                $name,
                ".downlink + LEAST(excluded.downlink, most_octets - ",
                $name,
                ".downlink)"
            ),
        }
    };
}
const GROUP_USAGE_HOUR: Table = group_table!("group_usage_hour", "hour");
const GROUP_USAGE_DAY: Table = group_table!("group_usage_day", "day");

const SIM_EVENT: Table =
    Table { name: "sim_event", columns: "sim_id, at, day, kind, from_value, to_value", conflict: "" };
const FLEET_SAMPLE: Table = Table {
    name: "fleet_sample",
    columns: "tenant_id, at, group_id, connected, unconfirmed, disconnected",
    conflict: "ON CONFLICT (tenant_id, at, group_id) DO UPDATE SET connected = excluded.connected,
        unconfirmed = excluded.unconfirmed, disconnected = excluded.disconnected",
};

/// What people do about an alert isn't touched, nor what was said of it when it was new.
const ALERT: Table = Table {
    name: "alert",
    columns:
        "id, tenant_id, rule_id, rule_version, sim_id, group_id, kind, level, began_at, noticed_at, ended_at,
        times, parent_id, facts, by_itself",
    conflict: "ON CONFLICT (id) DO UPDATE SET ended_at = excluded.ended_at, times = excluded.times",
};
const ALERT_TURN: Table = Table { name: "alert_turn", columns: "alert_id, turn, at", conflict: "" };

const STAGED: [&Table; 11] = [
    &SIM_LIVE,
    &SESSION_OPEN,
    &SESSION_ENDED,
    &USAGE_HOUR,
    &USAGE_DAY,
    &GROUP_USAGE_HOUR,
    &GROUP_USAGE_DAY,
    &SIM_EVENT,
    &FLEET_SAMPLE,
    &ALERT,
    &ALERT_TURN,
];

/// Makes the stages of a connection that is to flush.
pub(super) fn with_stages(options: PgPoolOptions) -> PgPoolOptions {
    options.after_connect(|connection, _| {
        Box::pin(async move {
            // Room for a flush's largest stage, which would else be written to a file.
            sqlx::raw_sql("SET temp_buffers = '32MB'; SET jit = off").execute(&mut *connection).await?;
            for Table { name, columns, .. } in STAGED {
                let sql = format!(
                    "CREATE TEMPORARY TABLE stage_{name} ON COMMIT DELETE ROWS
                     AS SELECT {columns} FROM {name} WHERE false"
                );
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await?;
            }
            Ok(())
        })
    })
}

pub(super) async fn flush(pool: &PgPool, flusher: &Flusher, batch: &FlushBatch) -> Result<()> {
    let mut connection = pool.acquire().await?;
    let mut tx = connection.begin().await?;
    // See the module above: the journal replays what is lost, and a lost commit is lost whole.
    sqlx::raw_sql("SET LOCAL synchronous_commit = off").execute(&mut *tx).await?;
    let (version, flushes) = begin(&mut tx, batch).await?;
    if flusher.turn(batch.partition, flushes - 1)? == Turn::Written {
        return Ok(());
    }
    check_inventory(batch, version)?;
    classes(&mut tx, batch).await?;
    write(&mut tx, &SIM_LIVE, batch.sims.iter(), |row, (sim, state)| {
        row.int(sim.0).octets(state);
    })
    .await?;
    sessions(&mut tx, &batch.sessions).await?;
    usage(&mut tx, batch).await?;
    events(&mut tx, batch).await?;
    nas(&mut tx, batch).await?;
    nodes(&mut tx, batch).await?;
    alerts(&mut tx, batch).await?;
    flusher.remember(batch.partition, Seen::InDoubt(flushes - 1));
    tx.commit().await.map_err(|error| StoreError::InDoubt(Box::new(error)))?;
    flusher.remember(batch.partition, Seen::Count(flushes));
    Ok(())
}

/// The inventory's version, held until the end of the transaction, and the number of this flush.
async fn begin(tx: &mut PgConnection, batch: &FlushBatch) -> Result<(i64, i64)> {
    sqlx::query("SELECT pg_advisory_xact_lock_shared($1)").bind(INVENTORY_LOCK).execute(&mut *tx).await?;
    let version = sqlx::query("SELECT inventory_version FROM meta").fetch_one(&mut *tx).await?.try_get(0)?;
    let sql = "INSERT INTO journal_position AS held (part, position, flushes, durable_position, applied_at)
               VALUES ($1, $2, 1, 0, $3)
               ON CONFLICT (part) DO UPDATE SET position = excluded.position, flushes = held.flushes + 1,
                                                applied_at = excluded.applied_at
               RETURNING flushes";
    let flushes = sqlx::query(sql)
        .bind(i64::from(batch.partition))
        .bind(signed(batch.position.0))
        .bind(batch.applied_at.0)
        .fetch_one(tx)
        .await?
        .try_get(0)?;
    Ok((version, flushes))
}

/// Rows into their table, by way of its stage.
async fn write<T>(
    tx: &mut PgConnection,
    table: &Table,
    rows: impl IntoIterator<Item = T>,
    values: impl Fn(&mut Values, T),
) -> Result<()> {
    let mut rows = rows.into_iter().peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    let Table { name, columns, conflict } = table;
    copy_rows(tx, &format!("stage_{name}"), columns, rows, values).await?;
    let sql = format!("INSERT INTO {name} ({columns}) SELECT {columns} FROM stage_{name} {conflict}");
    let sql = sql.replace("most_octets", &MOST_OCTETS.to_string());
    sqlx::query(AssertSqlSafe(sql)).execute(tx).await?;
    Ok(())
}

async fn sessions(tx: &mut PgConnection, sessions: &[StoredSession]) -> Result<()> {
    let (open, ended): (Vec<_>, Vec<_>) = sessions.iter().partition(|session| session.ended_at.is_none());
    let ids = |sessions: &[&StoredSession]| sessions.iter().map(|session| session.id.0).collect::<Vec<_>>();
    // An open one may have been taken for ended.
    leave(tx, "DELETE FROM session_ended WHERE id = ANY ($1)", &ids(&open)).await?;
    leave(tx, "DELETE FROM session_open WHERE id = ANY ($1)", &ids(&ended)).await?;
    write(tx, &SESSION_OPEN, open, |row, session| {
        row.int(session.id.0)
            .int(session.sim.0)
            .int(session.started_at.0)
            .opt_int(session.class.map(|class| class.0));
    })
    .await?;
    write(tx, &SESSION_ENDED, ended, |row, ended| {
        session(row, ended);
        row.opt_int(ended.ended_at.map(|at| at.0))
            .opt_int(ended.end_cause.map(|cause| cause.0.into()))
            .int(utc_day(ended.started_at))
            .opt_int(ended.node.map(|node| node.0));
    })
    .await
}

async fn leave(tx: &mut PgConnection, sql: &'static str, ids: &[i64]) -> Result<()> {
    if !ids.is_empty() {
        sqlx::query(sql).bind(ids).execute(tx).await?;
    }
    Ok(())
}

fn session(row: &mut Values, session: &StoredSession) {
    let mut segments = Vec::with_capacity(32);
    segments_pack(&session.segments, &mut segments);
    let usage = session.usage();
    let (cell_plmn, cell_kind, cell_area, cell_id) = cell_columns(session.cell);
    let ipv6_prefix = ipv6_column(session.ipv6_prefix);
    row.int(session.id.0)
        .int(session.sim.0)
        .int(session.nas.0)
        .text(&escape_octets(&session.acct_session_id))
        .int(session.started_at.0)
        .int(session.last_update_at.0)
        .int(signed(usage.uplink.0))
        .int(signed(usage.downlink.0))
        .octets(&segments)
        .int(session.session_secs.into())
        .opt_int(session.class.map(|class| class.0))
        .opt_int(session.nsapi.map(i64::from))
        .opt_int(cell_plmn)
        .opt_int(cell_kind)
        .opt_int(cell_area)
        .opt_int(cell_id)
        .opt_int(session.imei.map(|imei| signed(imei.to_bits())))
        .opt_int(ipv4_column(session.ipv4))
        .opt_octets(ipv6_prefix.as_ref().map(|octets| octets.as_slice()))
        .int(session.flags.into());
}

async fn usage(tx: &mut PgConnection, batch: &FlushBatch) -> Result<()> {
    let held = "SELECT hour_block, sims FROM usage_hour WHERE hour_block = ANY ($1)";
    add_to_sims(tx, &USAGE_HOUR, held, &batch.hours).await?;
    let held = "SELECT day_block, sims FROM usage_day WHERE day_block = ANY ($1)";
    add_to_sims(tx, &USAGE_DAY, held, &batch.days).await?;
    let values = |row: &mut Values, group: i64, time: i32, class: i64, uplink: u64, downlink: u64| {
        row.int(group).int(time.into()).int(class).int(octets(uplink)).int(octets(downlink));
    };
    write(tx, &GROUP_USAGE_HOUR, &batch.group_hours, |row, add| {
        values(row, add.group.0, add.hour.0, add.class.0, add.uplink, add.downlink);
    })
    .await?;
    write(tx, &GROUP_USAGE_DAY, &batch.group_days, |row, add| {
        values(row, add.group.0, add.day.0, add.class.0, add.uplink, add.downlink);
    })
    .await
}

/// Adds to blocks of SIMs' usage: those that are there are read, all are written.
async fn add_to_sims<T: Increment>(
    tx: &mut PgConnection,
    table: &Table,
    held: &'static str,
    increments: &[T],
) -> Result<()> {
    let blocks: Vec<_> = by_block(increments).collect();
    let keys: Vec<i64> = blocks.iter().map(|(key, _)| key.0).collect();
    let mut by_key: FxHashMap<i64, Vec<u8>> = FxHashMap::default();
    if !keys.is_empty() {
        for row in sqlx::query(held).bind(&keys).fetch_all(&mut *tx).await? {
            by_key.insert(row.try_get(0)?, row.try_get(1)?);
        }
    }
    let mut sums = Vec::with_capacity(blocks.len());
    for (key, increments) in blocks {
        let held = by_key.get(&key.0).map_or(&[][..], Vec::as_slice);
        let mut sims = Vec::new();
        add(key, held, increments, &mut sims)?;
        sums.push((key.0, sims));
    }
    write(tx, table, &sums, |row, (key, sims)| {
        row.int(*key).octets(sims);
    })
    .await
}

async fn events(tx: &mut PgConnection, batch: &FlushBatch) -> Result<()> {
    write(tx, &SIM_EVENT, &batch.events, |row, event| {
        row.int(event.sim.0)
            .int(event.at.0)
            .int(utc_day(event.at))
            .text(event.kind.as_str())
            .opt_text(event.from.as_deref())
            .opt_text(event.to.as_deref());
    })
    .await?;
    write(tx, &FLEET_SAMPLE, &batch.samples, |row, sample| {
        row.int(sample.tenant.0)
            .int(sample.at.0)
            .int(sample.group.0)
            .int(signed(sample.connected))
            .int(signed(sample.unconfirmed))
            .int(signed(sample.disconnected));
    })
    .await
}

async fn classes(tx: &mut PgConnection, batch: &FlushBatch) -> Result<()> {
    for class in &batch.classes {
        sqlx::query(
            "INSERT INTO usage_class (id, apn, rat, plmn) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET apn = excluded.apn, rat = excluded.rat, plmn = excluded.plmn",
        )
        .bind(class.id.0)
        .bind(class.apn.as_ref().map(|apn| apn.as_str()))
        .bind(class.rat.map(|rat| i64::from(rat.0)))
        .bind(class.plmn.map(|plmn| plmn.to_string()))
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn nas(tx: &mut PgConnection, batch: &FlushBatch) -> Result<()> {
    for nas in &batch.nas {
        sqlx::query(
            "INSERT INTO nas_status (nas_id, last_heard_at, restarted_at, clock_offset_ms, accepted, duplicates,
                 secret_mismatches, last_mismatch_at, malformed, nodes_refused, wrap_suspected_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (nas_id) DO UPDATE SET last_heard_at = excluded.last_heard_at,
                 restarted_at = excluded.restarted_at, clock_offset_ms = excluded.clock_offset_ms,
                 accepted = excluded.accepted, duplicates = excluded.duplicates,
                 secret_mismatches = excluded.secret_mismatches, last_mismatch_at = excluded.last_mismatch_at,
                 malformed = excluded.malformed, nodes_refused = excluded.nodes_refused,
                 wrap_suspected_at = excluded.wrap_suspected_at",
        )
        .bind(nas.nas.0)
        .bind(nas.last_heard_at.map(|at| at.0))
        .bind(nas.restarted_at.map(|at| at.0))
        .bind(nas.clock_offset_ms)
        .bind(signed(nas.accepted))
        .bind(signed(nas.duplicates))
        .bind(signed(nas.secret_mismatches))
        .bind(nas.last_mismatch_at.map(|at| at.0))
        .bind(signed(nas.malformed))
        .bind(signed(nas.nodes_refused))
        .bind(nas.wrap_suspected_at.map(|at| at.0))
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn alerts(tx: &mut PgConnection, batch: &FlushBatch) -> Result<()> {
    let facts: Vec<String> =
        batch.alerts.iter().map(|alert| facts_text(&alert.facts)).collect::<Result<_>>()?;
    write(tx, &ALERT, batch.alerts.iter().zip(&facts), |row, (alert, facts)| {
        row.int(alert.id.0)
            .int(alert.tenant.0)
            .int(alert.rule.0)
            .int(alert.rule_version.into())
            .opt_int(alert.sim.map(|sim| sim.0))
            .opt_int(alert.group.map(|group| group.0))
            .int(alert.kind.code().into())
            .int(alert.level.code().into())
            .int(alert.began_at.0)
            .int(alert.noticed_at.0)
            .opt_int(alert.ended_at.map(|at| at.0))
            .int(alert.times.into())
            .opt_int(alert.parent.map(|parent| parent.0))
            .text(facts)
            .int(alert.by_itself.into());
    })
    .await?;
    write(tx, &ALERT_TURN, &batch.turns, |row, turn| {
        row.int(turn.alert.0).int(turn.turn.code().into()).int(turn.at.0);
    })
    .await?;
    leave(tx, "DELETE FROM alert_cause WHERE id = ANY ($1)", &batch.causes).await
}

async fn nodes(tx: &mut PgConnection, batch: &FlushBatch) -> Result<()> {
    for node in &batch.nodes {
        sqlx::query(
            "INSERT INTO nas_node (id, nas_id, identifier, ipv4, ipv6, heard_at, restarted_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET heard_at = excluded.heard_at, restarted_at = excluded.restarted_at",
        )
        .bind(node.id.0)
        .bind(node.nas.0)
        .bind(node.identifier.as_deref())
        .bind(ipv4_column(node.ipv4))
        .bind(node.ipv6.as_ref().map(|octets| octets.as_slice()))
        .bind(node.heard_at.0)
        .bind(node.restarted_at.map(|at| at.0))
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
