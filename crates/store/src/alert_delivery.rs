//! The delivery log: what became of telling somebody. Sending itself is the dispatcher's.

use crate::{
    Change, Result, Store, StoreError, alert_lost,
    audit::{self, Event},
    sql::{Columns, execute, int_list, narrow, rows, rows_once, tx_rows, unreadable},
    tenant::one,
};
use opencmp_domain::{
    AlertId, ChannelId, DeliveryId, TenantId, Timestamp,
    alert::delivery::{Attempt, DeliveryCursor, DeliveryLine, DeliveryPage, DeliveryState},
};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

/// Deliveries that an alert's page shows.
const MOST_OF_AN_ALERT: i64 = 100;

const SELECT: &str = "SELECT d.id, d.channel_id, c.name, d.recipient, d.state, d.subject, d.created_at, d.not_before, d.finished_at
    FROM alert_delivery d LEFT JOIN alert_channel c ON c.id = d.channel_id";

impl Store {
    /// A tenant's, newest first, after `after`. `dead`: only those that were given up.
    pub async fn alert_delivery_list(
        &self,
        tenant: TenantId,
        dead: bool,
        after: Option<DeliveryCursor>,
        limit: usize,
    ) -> Result<DeliveryPage> {
        let only = if dead { "AND d.state = 5" } else { "" };
        let sql = format!(
            "{SELECT} WHERE d.tenant_id = $1 {only} AND (d.created_at, d.id) < ($2, $3)
             ORDER BY d.created_at DESC, d.id DESC LIMIT $4"
        );
        let (at, id) = after.map_or((i64::MAX, i64::MAX), |after| (after.created_at.0, after.id.0));
        let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let mut lines =
            rows!(self.readers(), AssertSqlSafe(sql.clone()), [tenant.0, at, id, most] => delivery)?;
        let more = lines.len() > limit;
        lines.truncate(limit);
        let next = lines.last().filter(|_| more);
        let next = next.map(|last| DeliveryCursor { created_at: last.created_at, id: last.id });
        Ok(DeliveryPage { lines: self.with_attempts(lines).await?, next })
    }

    /// Those that speak of this alert, newest first.
    pub async fn alert_delivery_of(&self, alert: AlertId) -> Result<Vec<DeliveryLine>> {
        let sql = format!(
            "{SELECT} WHERE d.id IN (SELECT delivery_id FROM alert_delivery_of WHERE alert_id = $1)
             ORDER BY d.id DESC LIMIT {MOST_OF_AN_ALERT}"
        );
        let lines = rows!(self.readers(), AssertSqlSafe(sql.clone()), [alert.0] => delivery)?;
        self.with_attempts(lines).await
    }

    /// Those of a tenant's with these ids, by id.
    pub async fn alert_delivery_named(
        &self,
        tenant: TenantId,
        ids: &[DeliveryId],
    ) -> Result<Vec<DeliveryLine>> {
        let ids = int_list(ids.iter().map(|id| id.0));
        let sql = format!("{SELECT} WHERE d.tenant_id = $1 AND d.id IN ({ids}) ORDER BY d.id");
        let lines = rows_once!(self.readers(), AssertSqlSafe(sql.clone()), [tenant.0] => delivery)?;
        self.with_attempts(lines).await
    }

    /// One that was given up, or may not have arrived, is due at once whatever the hour, for one more try at
    /// least. Errors: `NotFound`, `Invalid`
    /// (state: it is neither).
    pub async fn alert_delivery_again(
        &self,
        tenant: TenantId,
        id: DeliveryId,
        change: &Change,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "SELECT recipient FROM alert_delivery WHERE id = $1 AND tenant_id = $2";
        let recipient =
            one("the delivery", tx_rows!(&mut tx, sql, [id.0, tenant.0] => crate::store::first_text)?)?;
        // Its attempts go on being counted.
        let sql =
            "UPDATE alert_delivery SET state = 1, not_before = $1, finished_at = NULL, leased_by = NULL,
                       leased_until = NULL, at_once = 1 WHERE id = $2 AND state IN (5, 7)";
        if execute!(&mut tx, sql, [change.at.0, id.0])? == 0 {
            let message = "it was not given up".to_owned();
            return Err(StoreError::Invalid { field: "state", message });
        }
        // Whoever sends it again knows of it.
        alert_lost::forget(&mut tx, id).await?;
        let action = "alert_delivery.again";
        let event = Event { chain: Some(tenant), action, subject: &recipient, before: None, after: None };
        audit::append(&mut tx, change, event).await?;
        tx.commit().await
    }

    async fn with_attempts(&self, mut lines: Vec<DeliveryLine>) -> Result<Vec<DeliveryLine>> {
        let ids = int_list(lines.iter().map(|line| line.id.0));
        let sql = format!(
            "SELECT delivery_id, number, at, took_ms, ok, outcome FROM alert_attempt
             WHERE delivery_id IN ({ids}) ORDER BY delivery_id, number"
        );
        let mut attempts: HashMap<DeliveryId, Vec<Attempt>> = HashMap::new();
        for (id, attempt) in rows_once!(self.readers(), AssertSqlSafe(sql.clone()), [] => attempt)? {
            attempts.entry(id).or_default().push(attempt);
        }
        let sql = format!(
            "SELECT DISTINCT delivery_id, alert_id FROM alert_delivery_of WHERE delivery_id IN ({ids})
             ORDER BY delivery_id, alert_id"
        );
        let mut alerts: HashMap<DeliveryId, Vec<AlertId>> = HashMap::new();
        for (id, alert) in rows_once!(self.readers(), AssertSqlSafe(sql.clone()), [] => alert_of)? {
            alerts.entry(id).or_default().push(alert);
        }
        for line in &mut lines {
            line.attempts = attempts.remove(&line.id).unwrap_or_default();
            line.alerts = alerts.remove(&line.id).unwrap_or_default();
        }
        Ok(lines)
    }
}

fn delivery(row: &impl Columns) -> Result<DeliveryLine> {
    let state = row.int(4)?;
    Ok(DeliveryLine {
        id: DeliveryId(row.int(0)?),
        channel: ChannelId(row.int(1)?),
        channel_name: row.opt_text(2)?.unwrap_or_default().to_owned(),
        to: Some(row.text(3)?.to_owned()),
        state: DeliveryState::from_code(narrow("state", state)?).ok_or_else(|| unreadable("state", state))?,
        alerts: Vec::new(),
        subject: row.text(5)?.to_owned(),
        created_at: Timestamp(row.int(6)?),
        not_before: Timestamp(row.int(7)?),
        finished_at: row.opt_int(8)?.map(Timestamp),
        attempts: Vec::new(),
    })
}

fn attempt(row: &impl Columns) -> Result<(DeliveryId, Attempt)> {
    let attempt = Attempt {
        number: narrow("number", row.int(1)?)?,
        at: Timestamp(row.int(2)?),
        took_ms: narrow("took_ms", row.int(3)?)?,
        ok: row.int(4)? != 0,
        outcome: row.text(5)?.to_owned(),
    };
    Ok((DeliveryId(row.int(0)?), attempt))
}

fn alert_of(row: &impl Columns) -> Result<(DeliveryId, AlertId)> {
    Ok((DeliveryId(row.int(0)?), AlertId(row.int(1)?)))
}
