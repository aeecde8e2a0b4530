//! Keeping the database in bounds.

use crate::{
    Result, Store,
    block::BlockKey,
    sessions::utc_day,
    sql::{Pool, execute},
};
use opencmp_domain::{Hour, Timestamp};
use sqlx::AssertSqlSafe;
use std::time::Duration;

/// How long what is kept. Daily usage is kept for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    pub hours_days: u32,
    /// Counted from a session's end.
    pub sessions_days: u32,
    pub events_days: u32,
    pub samples_days: u32,
    pub number_lists_days: u32,
    /// Of alerts that are over and wait for nobody, counted from their end; what was sent of them goes with them.
    pub alerts_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            hours_days: 40,
            sessions_days: 400,
            events_days: 400,
            samples_days: 40,
            number_lists_days: 30,
            alerts_days: 400,
        }
    }
}

/// Rows deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionReport {
    pub hours: u64,
    pub sessions: u64,
    pub events: u64,
    pub samples: u64,
    pub number_lists: u64,
    pub alerts: u64,
    pub deliveries: u64,
}

/// Rules are tried on the last 90 days.
const ABSENCES_DAYS: u32 = 100;
/// Rows of one transaction: some tens of milliseconds.
const BATCH: usize = 5_000;
/// Between two transactions, so that whoever waits for the lock gets it.
const PAUSE: Duration = Duration::from_millis(20);

impl Store {
    /// Deletes what is past its time, in small transactions with pauses, so that flushes get in between.
    pub async fn retention_apply(&self, now: Timestamp, retention: &Retention) -> Result<RetentionReport> {
        let before = |days: u32| now.plus_secs(-86_400 * i64::from(days));
        let hour = Hour::of(before(retention.hours_days)).0;
        self.hours_kept_since(hour).await?;
        let group_hours =
            self.delete("group_usage_hour", "group_id, hour, class_id", format!("hour < {hour}"));
        let group_hours = group_hours.await?;
        let hours = self
            .delete("usage_hour", "hour_block", format!("hour_block < {}", BlockKey::first(hour.into())))
            .await?;
        let ended = format!("ended_at < {}", before(retention.sessions_days).0);
        let sessions = self.delete("session_ended", "id", ended).await?;
        let day = format!("day < {}", utc_day(before(retention.events_days)));
        let events = self.delete("sim_event", "id", day).await?;
        let sampled =
            format!("tenant_id IN (SELECT id FROM tenant) AND at < {}", before(retention.samples_days).0);
        let samples = self.delete("fleet_sample", "tenant_id, at, group_id", sampled).await?;
        let pasted = format!("created_at < {}", before(retention.number_lists_days).0);
        let number_lists = self.delete("number_list", "id", pasted).await?;
        let (alerts, deliveries) = self.alerts_forget(before(retention.alerts_days)).await?;
        let past = format!("ended_at < {}", before(ABSENCES_DAYS).0);
        self.delete("absence", "began_at", past).await?;
        let over = format!("expires_at < {}", now.0);
        self.delete("sign_in", "id", over.clone()).await?;
        self.delete("one_time_link", "hash", over.clone()).await?;
        self.delete("provider_request", "hash", over.clone()).await?;
        self.delete("provider_logout", "provider_id, hash", over.clone()).await?;
        self.delete("embed_sign_in", "id", over.clone()).await?;
        self.delete("embed_used", "id", over).await?;
        let hours = hours + group_hours;
        Ok(RetentionReport { hours, sessions, events, samples, number_lists, alerts, deliveries })
    }

    /// Alerts, then what was sent of none that is left: until then it says what a channel was last told.
    async fn alerts_forget(&self, before: Timestamp) -> Result<(u64, u64)> {
        // The second line is what `alert_waiting` isn't. Parts stay for as long as their cause.
        let past = format!(
            "ended_at < {}
             AND (handled_at IS NOT NULL OR by_itself <> 0 OR parent_id IS NOT NULL OR ended_at <> began_at)
             AND NOT EXISTS (SELECT 1 FROM alert cause WHERE cause.id = alert.parent_id)",
            before.0
        );
        let mut alerts = self.delete("alert", "id", past.clone()).await?;
        if alerts > 0 {
            // Parts of the causes that just went.
            alerts += self.delete("alert", "id", past).await?;
        }
        let of_none = |table| format!("NOT EXISTS (SELECT 1 FROM alert a WHERE a.id = {table}.alert_id)");
        if alerts > 0 {
            self.delete("alert_action", "alert_id, kind", of_none("alert_action")).await?;
            let closed = format!("state <> 1 AND {}", of_none("change_request"));
            self.delete("change_request", "id", closed).await?;
        }
        let past = format!(
            "tenant_id IN (SELECT id FROM tenant) AND created_at < {} AND state NOT IN (1, 2)
             AND NOT EXISTS (SELECT 1 FROM alert_delivery_of o JOIN alert a ON a.id = o.alert_id
                             WHERE o.delivery_id = alert_delivery.id)",
            before.0
        );
        Ok((alerts, self.delete("alert_delivery", "id", past).await?))
    }

    /// Says first what will be gone: readers and checks leave out hours that are being deleted.
    async fn hours_kept_since(&self, hour: i32) -> Result<()> {
        let mut tx = self.begin_inventory().await?;
        let sql = "UPDATE meta SET hours_kept_since = $1 WHERE COALESCE(hours_kept_since, $1 - 1) < $1";
        execute!(&mut tx, sql, [i64::from(hour)])?;
        tx.commit().await
    }

    async fn delete(&self, table: &'static str, key: &'static str, past: String) -> Result<u64> {
        let select = format!("SELECT {key} FROM {table} WHERE {past} LIMIT {BATCH}");
        let sql = match self.readers() {
            Pool::Sqlite(_) => format!("DELETE FROM {table} WHERE ({key}) IN ({select})"),
            // An array for the key's index would do too; rows' addresses need no index at all.
            Pool::Postgres(_) => {
                let select = select.replacen(key, "ctid", 1);
                format!("DELETE FROM {table} WHERE ctid = ANY (ARRAY({select}))")
            }
        };
        let mut deleted = 0;
        loop {
            let mut tx = self.begin().await?;
            let rows = execute!(&mut tx, AssertSqlSafe(sql.clone()), [])?;
            tx.commit().await?;
            deleted += rows;
            if rows < BATCH as u64 {
                return Ok(deleted);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
