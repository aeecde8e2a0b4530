//! The flush on PostgreSQL: one statement per table and some ten thousand rows, each column an array.

use super::{Flusher, MOST_OCTETS, Seen, Turn, check_inventory, octets};
use crate::{
    Result, StoreError,
    packed::{cell_columns, ipv4_column, ipv6_column, segments_pack},
    sessions::utc_day,
    sql::signed,
    store::INVENTORY_LOCK,
};
use opencmp_domain::{
    session::flags,
    stored::{FlushBatch, StoredSession, StoredSimLive},
};
use sqlx::{Connection, PgConnection, PgPool, Row, postgres::PgArguments, query::Query};

/// Rows of one statement: enough that a statement's own cost doesn't count, little enough to hold twice in memory.
const CHUNK: usize = 16_384;

pub(super) async fn flush(pool: &PgPool, flusher: &Flusher, batch: &FlushBatch) -> Result<()> {
    let mut connection = pool.acquire().await?;
    let mut tx = connection.begin().await?;
    // See the module above: the journal replays what is lost, and a lost commit is lost whole.
    sqlx::raw_sql("SET LOCAL synchronous_commit = off").execute(&mut *tx).await?;
    let (version, flushes) = begin(&mut tx, batch).await?;
    check_inventory(batch, version)?;
    if flusher.turn(batch.partition, flushes - 1)? == Turn::Written {
        return Ok(());
    }
    classes(&mut tx, batch).await?;
    for chunk in batch.sims.chunks(CHUNK) {
        sims(&mut tx, chunk).await?;
    }
    sessions(&mut tx, &batch.sessions).await?;
    usage(&mut tx, batch).await?;
    events(&mut tx, batch).await?;
    samples(&mut tx, batch).await?;
    nas(&mut tx, batch).await?;
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

/// One column of the rows, as an array.
fn column<R, T>(rows: &[R], value: impl FnMut(&R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

async fn classes(tx: &mut PgConnection, batch: &FlushBatch) -> Result<()> {
    if batch.classes.is_empty() {
        return Ok(());
    }
    let rows = &batch.classes;
    sqlx::query(
        "INSERT INTO usage_class (id, apn, rat, plmn)
         SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::bigint[], $4::text[])
         ON CONFLICT (id) DO UPDATE SET apn = excluded.apn, rat = excluded.rat, plmn = excluded.plmn",
    )
    .bind(column(rows, |row| row.id.0))
    .bind(column(rows, |row| row.apn.as_ref().map(|apn| apn.as_str().to_owned())))
    .bind(column(rows, |row| row.rat.map(|rat| i64::from(rat.0))))
    .bind(column(rows, |row| row.plmn.map(|plmn| plmn.to_string())))
    .execute(tx)
    .await?;
    Ok(())
}

async fn sims(tx: &mut PgConnection, rows: &[StoredSimLive]) -> Result<()> {
    sqlx::query(
        "INSERT INTO sim_live (sim_id, last_message, last_access_at, imei, class_id, today, today_octets, cycle_start,
             cycle_octets, total_uplink, total_downlink, update_interval_secs, unconfirmed)
         SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
             $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::boolean[])
         ON CONFLICT (sim_id) DO UPDATE SET last_message = excluded.last_message,
             last_access_at = excluded.last_access_at, imei = excluded.imei, class_id = excluded.class_id,
             today = excluded.today, today_octets = excluded.today_octets, cycle_start = excluded.cycle_start,
             cycle_octets = excluded.cycle_octets, total_uplink = excluded.total_uplink,
             total_downlink = excluded.total_downlink, update_interval_secs = excluded.update_interval_secs,
             unconfirmed = excluded.unconfirmed",
    )
    .bind(column(rows, |row| row.sim.0))
    .bind(column(rows, |row| row.last_message.map(|message| i64::from(message.code()))))
    .bind(column(rows, |row| row.last_access_at.map(|at| at.0)))
    .bind(column(rows, |row| row.imei.map(|imei| signed(imei.to_bits()))))
    .bind(column(rows, |row| row.class.map(|class| class.0)))
    .bind(column(rows, |row| i64::from(row.today.0)))
    .bind(column(rows, |row| signed(row.today_octets)))
    .bind(column(rows, |row| i64::from(row.cycle_start.0)))
    .bind(column(rows, |row| signed(row.cycle_octets)))
    .bind(column(rows, |row| signed(row.total.uplink.0)))
    .bind(column(rows, |row| signed(row.total.downlink.0)))
    .bind(column(rows, |row| i64::from(row.update_interval_secs)))
    .bind(column(rows, |row| row.unconfirmed))
    .execute(tx)
    .await?;
    Ok(())
}

async fn sessions(tx: &mut PgConnection, sessions: &[StoredSession]) -> Result<()> {
    let (open, ended): (Vec<_>, Vec<_>) = sessions.iter().partition(|session| session.ended_at.is_none());
    let reopened: Vec<i64> =
        open.iter().filter(|s| s.flags & flags::REOPENED != 0).map(|session| session.id.0).collect();
    leave(tx, "DELETE FROM session_ended WHERE id = ANY($1)", &reopened).await?;
    leave(tx, "DELETE FROM session_open WHERE id = ANY($1)", &column(&ended, |session| session.id.0)).await?;
    for rows in open.chunks(CHUNK) {
        bind_session(sqlx::query(OPEN), rows).execute(&mut *tx).await?;
    }
    for rows in ended.chunks(CHUNK) {
        bind_session(sqlx::query(ENDED), rows)
            .bind(column(rows, |row| row.ended_at.map(|at| at.0)))
            .bind(column(rows, |row| row.end_cause.map(|cause| i64::from(cause.0))))
            .bind(column(rows, |row| utc_day(row.started_at)))
            .execute(&mut *tx)
            .await?;
    }
    Ok(())
}

async fn leave(tx: &mut PgConnection, sql: &'static str, ids: &[i64]) -> Result<()> {
    if !ids.is_empty() {
        sqlx::query(sql).bind(ids).execute(tx).await?;
    }
    Ok(())
}

/// Updated columns of both session tables; what never changes (SIM, gateway, name) is not among them.
macro_rules! session_sql {
    ($table:literal, $more:literal, $more_arrays:literal, $more_set:literal) => {
        concat!(
            "INSERT INTO ", $table, " (id, sim_id, nas_id, acct_session_id, started_at, last_update_at, uplink, downlink,
                 segments, session_secs, class_id, nsapi, cell_plmn, cell_kind, cell_area, cell_id, imei, ipv4,
                 ipv6_prefix, flags", $more, ")
             SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[],
                 $7::bigint[], $8::bigint[], $9::bytea[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                 $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bytea[],
                 $20::bigint[]", $more_arrays, ")
             ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at, last_update_at = excluded.last_update_at,
                 uplink = excluded.uplink, downlink = excluded.downlink, segments = excluded.segments,
                 session_secs = excluded.session_secs, class_id = excluded.class_id, nsapi = excluded.nsapi,
                 cell_plmn = excluded.cell_plmn, cell_kind = excluded.cell_kind, cell_area = excluded.cell_area,
                 cell_id = excluded.cell_id, imei = excluded.imei, ipv4 = excluded.ipv4,
                 ipv6_prefix = excluded.ipv6_prefix, flags = excluded.flags", $more_set
        )
    };
}
const OPEN: &str = session_sql!("session_open", "", "", "");
const ENDED: &str = session_sql!(
    "session_ended",
    ", ended_at, end_cause, start_day",
    ", $21::bigint[], $22::bigint[], $23::bigint[]",
    ", ended_at = excluded.ended_at, end_cause = excluded.end_cause, start_day = excluded.start_day"
);

type Bound = Query<'static, sqlx::Postgres, PgArguments>;

fn bind_session(query: Bound, rows: &[&StoredSession]) -> Bound {
    let usage = column(rows, |row| row.usage());
    let cells = column(rows, |row| cell_columns(row.cell));
    let segments = column(rows, |row| {
        let mut octets = Vec::new();
        segments_pack(&row.segments, &mut octets);
        octets
    });
    query
        .bind(column(rows, |row| row.id.0))
        .bind(column(rows, |row| row.sim.0))
        .bind(column(rows, |row| row.nas.0))
        .bind(column(rows, |row| row.acct_session_id.clone()))
        .bind(column(rows, |row| row.started_at.0))
        .bind(column(rows, |row| row.last_update_at.0))
        .bind(column(&usage, |usage| signed(usage.uplink.0)))
        .bind(column(&usage, |usage| signed(usage.downlink.0)))
        .bind(segments)
        .bind(column(rows, |row| i64::from(row.session_secs)))
        .bind(column(rows, |row| row.class.map(|class| class.0)))
        .bind(column(rows, |row| row.nsapi.map(i64::from)))
        .bind(column(&cells, |cell| cell.0))
        .bind(column(&cells, |cell| cell.1))
        .bind(column(&cells, |cell| cell.2))
        .bind(column(&cells, |cell| cell.3))
        .bind(column(rows, |row| row.imei.map(|imei| signed(imei.to_bits()))))
        .bind(column(rows, |row| ipv4_column(row.ipv4)))
        .bind(column(rows, |row| ipv6_column(row.ipv6_prefix).map(|octets| octets.to_vec())))
        .bind(column(rows, |row| i64::from(row.flags)))
}

/// Adds to usage rows, up to [`MOST_OCTETS`].
macro_rules! add {
    ($tx:expr, $table:literal, $owner:literal, $time:literal, $rows:expr => |$row:ident| $owner_of:expr, $time_of:expr) => {
        for chunk in $rows.chunks(CHUNK) {
            sqlx::query(concat!(
                "INSERT INTO ", $table, " AS booked (", $owner, ", ", $time, ", class_id, uplink, downlink)
                 SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
                 ON CONFLICT (", $owner, ", ", $time, ", class_id) DO UPDATE SET
                     uplink = booked.uplink + LEAST(excluded.uplink, $6 - booked.uplink),
                     downlink = booked.downlink + LEAST(excluded.downlink, $6 - booked.downlink)"
            ))
            .bind(column(chunk, |$row| $owner_of))
            .bind(column(chunk, |$row| i64::from($time_of)))
            .bind(column(chunk, |$row| $row.class.0))
            .bind(column(chunk, |$row| octets($row.uplink)))
            .bind(column(chunk, |$row| octets($row.downlink)))
            .bind(MOST_OCTETS)
            .execute(&mut *$tx)
            .await?;
        }
    };
}

async fn usage(tx: &mut PgConnection, batch: &FlushBatch) -> Result<()> {
    add!(tx, "usage_hour", "sim_id", "hour", batch.hours => |row| row.sim.0, row.hour.0);
    add!(tx, "usage_day", "sim_id", "day", batch.days => |row| row.sim.0, row.day.0);
    add!(tx, "group_usage_hour", "group_id", "hour", batch.group_hours => |row| row.group.0, row.hour.0);
    add!(tx, "group_usage_day", "group_id", "day", batch.group_days => |row| row.group.0, row.day.0);
    Ok(())
}

async fn events(tx: &mut PgConnection, batch: &FlushBatch) -> Result<()> {
    for rows in batch.events.chunks(CHUNK) {
        sqlx::query(
            "INSERT INTO sim_event (sim_id, at, day, kind, from_value, to_value)
             SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[])",
        )
        .bind(column(rows, |row| row.sim.0))
        .bind(column(rows, |row| row.at.0))
        .bind(column(rows, |row| utc_day(row.at)))
        .bind(column(rows, |row| row.kind.as_str().to_owned()))
        .bind(column(rows, |row| row.from.clone()))
        .bind(column(rows, |row| row.to.clone()))
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn samples(tx: &mut PgConnection, batch: &FlushBatch) -> Result<()> {
    for rows in batch.samples.chunks(CHUNK) {
        sqlx::query(
            "INSERT INTO fleet_sample (tenant_id, at, group_id, connected, unconfirmed, disconnected)
             SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
             ON CONFLICT (tenant_id, at, group_id) DO UPDATE SET connected = excluded.connected,
                 unconfirmed = excluded.unconfirmed, disconnected = excluded.disconnected",
        )
        .bind(column(rows, |row| row.tenant.0))
        .bind(column(rows, |row| row.at.0))
        .bind(column(rows, |row| row.group.0))
        .bind(column(rows, |row| signed(row.connected)))
        .bind(column(rows, |row| signed(row.unconfirmed)))
        .bind(column(rows, |row| signed(row.disconnected)))
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn nas(tx: &mut PgConnection, batch: &FlushBatch) -> Result<()> {
    if batch.nas.is_empty() {
        return Ok(());
    }
    let rows = &batch.nas;
    sqlx::query(
        "INSERT INTO nas_status (nas_id, last_heard_at, restarted_at, clock_offset_ms, accepted, duplicates,
             secret_mismatches, last_mismatch_at, malformed)
         SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
             $7::bigint[], $8::bigint[], $9::bigint[])
         ON CONFLICT (nas_id) DO UPDATE SET last_heard_at = excluded.last_heard_at,
             restarted_at = excluded.restarted_at, clock_offset_ms = excluded.clock_offset_ms,
             accepted = excluded.accepted, duplicates = excluded.duplicates,
             secret_mismatches = excluded.secret_mismatches, last_mismatch_at = excluded.last_mismatch_at,
             malformed = excluded.malformed",
    )
    .bind(column(rows, |row| row.nas.0))
    .bind(column(rows, |row| row.last_heard_at.map(|at| at.0)))
    .bind(column(rows, |row| row.restarted_at.map(|at| at.0)))
    .bind(column(rows, |row| row.clock_offset_ms))
    .bind(column(rows, |row| signed(row.accepted)))
    .bind(column(rows, |row| signed(row.duplicates)))
    .bind(column(rows, |row| signed(row.secret_mismatches)))
    .bind(column(rows, |row| row.last_mismatch_at.map(|at| at.0)))
    .bind(column(rows, |row| signed(row.malformed)))
    .execute(tx)
    .await?;
    Ok(())
}
