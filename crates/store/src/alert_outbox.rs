//! From what happened to alerts to messages that are delivered: turns → held back, or deliveries → leased → attempted. Each
//! step is one transaction that takes away what it makes something of, so that a crash between any two repeats nothing and
//! loses nothing; only a message that was on its way when the process ended is sent once more, with the same id.

use crate::{
    Result, Store,
    alert_action::{self, Act},
    alert_engine::stored_alert,
    alert_lost, alert_receipt,
    sql::{Columns, Tx, execute, int_list, narrow, rows, rows_once, tx_rows, tx_rows_once, unreadable},
    store::first_int,
};
use opencmp_domain::{
    AlertId, ChannelId, DeliveryId, RuleId, TenantId, Timestamp,
    alert::{
        AlertTurn, StoredAlert, TurnOf,
        channel::ChannelKind,
        delivery::{Attempt, DeliveryState},
    },
    delivery::Failure,
};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

/// Rows of one statement.
const ROWS_AT_ONCE: usize = 500;

/// A turn that nobody was told of, with its alert as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitingTurn {
    pub id: i64,
    pub turn: TurnOf,
    pub alert: StoredAlert,
}

/// What is held back for a channel: for a digest, until a window begins, or until flapping is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub channel: ChannelId,
    pub rule: RuleId,
    pub turn: TurnOf,
    pub due_at: Timestamp,
}

/// The same that is due, with its alert as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct DueTurn {
    pub id: i64,
    pub held: Held,
    pub alert: StoredAlert,
}

/// A message to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct NewDelivery {
    /// The same on every try; see `alert_delivery.message_id`.
    pub message_id: String,
    pub tenant: TenantId,
    pub channel: ChannelId,
    /// One address or number; the URL.
    pub recipient: String,
    pub subject: String,
    /// JSON.
    pub content: String,
    pub at: Timestamp,
    /// It doesn't wait for the hours in which its channel and its rules may speak.
    pub at_once: bool,
    pub of: Vec<(AlertId, AlertTurn)>,
}

/// A message that this process is to send now.
#[derive(Clone, Debug, PartialEq)]
pub struct LeasedDelivery {
    pub id: DeliveryId,
    pub message_id: String,
    pub tenant: TenantId,
    pub channel: ChannelId,
    pub recipient: String,
    /// JSON.
    pub content: String,
    pub created_at: Timestamp,
    /// Made before this one.
    pub tries: u32,
    /// See [`NewDelivery::at_once`].
    pub at_once: bool,
}

/// What an attempt leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Finished(DeliveryState),
    Again(Timestamp),
}

impl Store {
    /// What nobody was told of, in the order in which it happened.
    pub async fn alert_turns_waiting(&self, most: u32) -> Result<Vec<WaitingTurn>> {
        let sql = "SELECT t.id, t.turn, t.at, a.id, a.tenant_id, a.rule_id, a.rule_version, a.sim_id, a.group_id, a.kind,
                       a.level, a.began_at, a.noticed_at, a.ended_at, a.times, a.parent_id, a.facts, a.by_itself
                   FROM alert_turn t JOIN alert a ON a.id = t.alert_id ORDER BY t.id LIMIT $1";
        rows!(self.readers(), sql, [i64::from(most)] => waiting)
    }

    /// What was held back until now for one channel that has such, in the order in which it happened.
    pub async fn alert_held_due(&self, now: Timestamp, most: u32) -> Result<Vec<DueTurn>> {
        let sql = "SELECT h.id, h.turn, h.at, a.id, a.tenant_id, a.rule_id, a.rule_version, a.sim_id, a.group_id, a.kind,
                       a.level, a.began_at, a.noticed_at, a.ended_at, a.times, a.parent_id, a.facts, a.by_itself,
                       h.channel_id, h.rule_id, h.due_at
                   FROM alert_held h JOIN alert a ON a.id = h.alert_id
                   WHERE h.due_at <= $1
                     AND h.channel_id = (SELECT MIN(o.channel_id) FROM alert_held o JOIN alert b ON b.id = o.alert_id
                                         WHERE o.due_at <= $1)
                   ORDER BY h.id LIMIT $2";
        rows!(self.readers(), sql, [now.0, i64::from(most)] => due)
    }

    /// When the next of it is due.
    pub async fn alert_held_next(&self) -> Result<Option<Timestamp>> {
        let found = rows!(self.readers(), "SELECT MIN(due_at) FROM alert_held", [] => optional)?;
        Ok(found.into_iter().next().flatten().map(Timestamp))
    }

    /// The last turn of each of these alerts that a channel was told of, or will be.
    pub async fn alert_told(
        &self,
        alerts: &[AlertId],
        channel: ChannelId,
    ) -> Result<HashMap<AlertId, AlertTurn>> {
        let mut told = HashMap::new();
        for alerts in alerts.chunks(ROWS_AT_ONCE) {
            // The last of an alert stays. Of a message with several of its turns, the first.
            let sql = format!(
                "SELECT o.alert_id, o.turn FROM alert_delivery_of o JOIN alert_delivery d ON d.id = o.delivery_id
                 WHERE o.alert_id IN ({}) AND d.channel_id = $1 AND d.state <> 6 ORDER BY d.id, o.turn DESC",
                int_list(alerts.iter().map(|alert| alert.0))
            );
            told.extend(rows_once!(self.readers(), AssertSqlSafe(sql.clone()), [channel.0] => told_of)?);
        }
        Ok(told)
    }

    /// Makes these of those turns, which wait no more, and does what rules do by themselves. Those that somebody else took
    /// meanwhile are left out by `false`.
    pub async fn alert_turns_take(
        &self,
        turns: &[i64],
        deliveries: &[NewDelivery],
        held: &[Held],
        acts: &[Act],
        now: Timestamp,
    ) -> Result<bool> {
        let mut tx = match alert_action::touches_inventory(acts) {
            true => self.begin_inventory().await?,
            false => self.begin().await?,
        };
        if !take(&mut tx, "alert_turn", turns, deliveries, held).await? {
            return Ok(false);
        }
        alert_action::take(&mut tx, acts, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The same of what was held back.
    pub async fn alert_held_take(
        &self,
        due: &[i64],
        deliveries: &[NewDelivery],
        held: &[Held],
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let taken = take(&mut tx, "alert_held", due, deliveries, held).await?;
        if taken {
            tx.commit().await?;
        }
        Ok(taken)
    }

    // --- Sending. ---

    /// Up to `most` messages that are due, for this process alone `until` then. Those whose lease ran out are due too, but
    /// for short messages: whoever was at one may have sent it, and nobody can tell a second from the first.
    pub async fn alert_delivery_lease(
        &self,
        by: &str,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<LeasedDelivery>> {
        let mut tx = self.begin().await?;
        let sql =
            "UPDATE alert_delivery SET state = 7, finished_at = $1, leased_by = NULL, leased_until = NULL,
                       tries = tries + 1
                   WHERE state = 2 AND leased_until < $1
                     AND channel_id IN (SELECT id FROM alert_channel WHERE kind = $2) RETURNING id, tries";
        let sms = i64::from(ChannelKind::Sms.code());
        for (id, number) in tx_rows!(&mut tx, sql, [now.0, sms] => id_and_tries)? {
            let sql = "INSERT INTO alert_attempt (delivery_id, number, at, took_ms, ok, outcome)
                       VALUES ($1, $2, $3, 0, 0, $4)";
            execute!(&mut tx, sql, [id, number, now.0, Failure::Unanswered.code()])?;
            alert_lost::note(&mut tx, DeliveryId(id)).await?;
        }
        // On PostgreSQL a row that another has just leased is looked at again, and left.
        let sql = "UPDATE alert_delivery SET state = 2, leased_by = $1, leased_until = $2
                   WHERE id IN (SELECT id FROM alert_delivery
                                WHERE state IN (1, 2) AND not_before <= $3 AND (state = 1 OR leased_until < $3)
                                ORDER BY not_before, id LIMIT $4)
                     AND (state = 1 OR (state = 2 AND leased_until < $3))
                   RETURNING id, message_id, tenant_id, channel_id, recipient, content, created_at, tries,
                       at_once";
        let mut leased = tx_rows!(&mut tx, sql, [by, until.0, now.0, i64::from(most)] => leased)?;
        tx.commit().await?;
        leased.sort_by_key(|delivery| delivery.id);
        Ok(leased)
    }

    /// Leases of this name end now: whoever leased by it has died and is here again. What follows is a lease's.
    pub async fn alert_delivery_take_back(&self, by: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE alert_delivery SET leased_until = $1
                   WHERE state = 2 AND leased_by = $2 AND leased_until > $1";
        // A moment ago: a lease that ends now still holds.
        execute!(&mut tx, sql, [now.0 - 1, by])?;
        tx.commit().await
    }

    /// It isn't sent before `until` after all. Nothing was tried.
    pub async fn alert_delivery_put_off(&self, id: DeliveryId, by: &str, until: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql =
            "UPDATE alert_delivery SET state = 1, not_before = $1, leased_by = NULL, leased_until = NULL
                   WHERE id = $2 AND leased_by = $3";
        execute!(&mut tx, sql, [until.0, id.0, by])?;
        tx.commit().await
    }

    /// The rules by which somebody is told of what a message speaks of.
    pub async fn alert_delivery_rules(&self, id: DeliveryId) -> Result<Vec<RuleId>> {
        let sql = "SELECT DISTINCT a.rule_id FROM alert_delivery_of o JOIN alert a ON a.id = o.alert_id
                   WHERE o.delivery_id = $1 ORDER BY a.rule_id";
        Ok(rows!(self.readers(), sql, [id.0] => first_int)?.into_iter().map(RuleId).collect())
    }

    /// When the next message is due, those on their way by the end of their lease.
    pub async fn alert_delivery_next(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT MIN(CASE WHEN state = 2 THEN leased_until ELSE not_before END) FROM alert_delivery
                   WHERE state IN (1, 2)";
        let found = rows!(self.readers(), sql, [] => optional)?;
        Ok(found.into_iter().next().flatten().map(Timestamp))
    }

    /// Writes an attempt down, and what it leads to. False: the lease had run out, and another is at it.
    pub async fn alert_delivery_attempted(
        &self,
        id: DeliveryId,
        by: &str,
        attempt: &Attempt,
        after: After,
        peer_ids: &[String],
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let (state, not_before, finished) = match after {
            After::Finished(state) => (state, attempt.at.0, Some(attempt.at.0)),
            After::Again(at) => (DeliveryState::Waiting, at.0, None),
        };
        let sql = "UPDATE alert_delivery SET state = $1, not_before = $2, finished_at = $3, tries = $4,
                       leased_by = NULL, leased_until = NULL
                   WHERE id = $5 AND leased_by = $6";
        let (state, number) = (i64::from(state.code()), i64::from(attempt.number));
        if execute!(&mut tx, sql, [state, not_before, finished, number, id.0, by])? == 0 {
            return Ok(false);
        }
        alert_receipt::expect(&mut tx, id, attempt.number, peer_ids).await?;
        let sql = "INSERT INTO alert_attempt (delivery_id, number, at, took_ms, ok, outcome)
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let (took, ok) = (i64::from(attempt.took_ms), i64::from(attempt.ok));
        execute!(&mut tx, sql, [id.0, number, attempt.at.0, took, ok, &attempt.outcome])?;
        if matches!(after, After::Finished(state) if state.is_lost()) {
            alert_lost::note(&mut tx, id).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// A channel whose endpoint is gone is used no more, until somebody changes it.
    pub async fn alert_channel_switch_off(&self, id: ChannelId, why: &str) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE alert_channel SET switched_off = $1 WHERE id = $2 AND switched_off IS NULL";
        if execute!(&mut tx, sql, [why, id.0])? > 0 {
            crate::alert_rule::alert_version_bump(&mut tx).await?;
        }
        tx.commit().await
    }
}

/// False: another process was at them, and made of them what is to be made.
async fn take(
    tx: &mut Tx,
    table: &'static str,
    ids: &[i64],
    deliveries: &[NewDelivery],
    held: &[Held],
) -> Result<bool> {
    let sql = format!("DELETE FROM {table} WHERE id IN ({}) RETURNING id", int_list(ids.iter().copied()));
    let taken = tx_rows_once!(&mut *tx, AssertSqlSafe(sql.clone()), [] => first_int)?;
    if taken.len() != ids.len() {
        return Ok(false);
    }
    for delivery in deliveries {
        insert(tx, delivery).await?;
    }
    for held in held {
        let sql = "INSERT INTO alert_held (channel_id, rule_id, alert_id, turn, at, due_at)
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let (turn, code) = (held.turn, i64::from(held.turn.turn.code()));
        let bound = [held.channel.0, held.rule.0, turn.alert.0, code, turn.at.0, held.due_at.0];
        execute!(&mut *tx, sql, [bound[0], bound[1], bound[2], bound[3], bound[4], bound[5]])?;
    }
    Ok(true)
}

pub(crate) async fn insert(tx: &mut Tx, delivery: &NewDelivery) -> Result<DeliveryId> {
    let sql =
        "INSERT INTO alert_delivery (message_id, tenant_id, channel_id, recipient, state, subject, content,
                   created_at, not_before, tries, at_once)
               VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $7, 0, $8) RETURNING id";
    let NewDelivery { message_id, tenant, channel, recipient, subject, content, at, at_once, of } = delivery;
    let at_once = i64::from(*at_once);
    let made = tx_rows!(
        &mut *tx, sql, [message_id, tenant.0, channel.0, recipient, subject, content, at.0, at_once] => first_int
    )?;
    let id = crate::tenant::one("the delivery", made)?;
    for of in of.chunks(ROWS_AT_ONCE) {
        let values: Vec<String> =
            of.iter().map(|(alert, turn)| format!("({id}, {alert}, {})", turn.code())).collect();
        let sql = format!(
            "INSERT INTO alert_delivery_of (delivery_id, alert_id, turn) VALUES {} ON CONFLICT DO NOTHING
             RETURNING delivery_id",
            values.join(", ")
        );
        tx_rows_once!(&mut *tx, AssertSqlSafe(sql.clone()), [] => first_int)?;
    }
    Ok(DeliveryId(id))
}

fn turn_of(code: i64) -> Result<AlertTurn> {
    AlertTurn::from_code(narrow("turn", code)?).ok_or_else(|| unreadable("turn", code))
}

fn waiting(row: &impl Columns) -> Result<WaitingTurn> {
    let alert = stored_alert(row, 3)?;
    let turn = TurnOf { alert: alert.id, turn: turn_of(row.int(1)?)?, at: Timestamp(row.int(2)?) };
    Ok(WaitingTurn { id: row.int(0)?, turn, alert })
}

fn due(row: &impl Columns) -> Result<DueTurn> {
    let WaitingTurn { id, turn, alert } = waiting(row)?;
    let held = Held {
        channel: ChannelId(row.int(18)?),
        rule: RuleId(row.int(19)?),
        turn,
        due_at: Timestamp(row.int(20)?),
    };
    Ok(DueTurn { id, held, alert })
}

fn leased(row: &impl Columns) -> Result<LeasedDelivery> {
    Ok(LeasedDelivery {
        id: DeliveryId(row.int(0)?),
        message_id: row.text(1)?.to_owned(),
        tenant: TenantId(row.int(2)?),
        channel: ChannelId(row.int(3)?),
        recipient: row.text(4)?.to_owned(),
        content: row.text(5)?.to_owned(),
        created_at: Timestamp(row.int(6)?),
        tries: narrow("tries", row.int(7)?)?,
        at_once: row.int(8)? != 0,
    })
}

fn id_and_tries(row: &impl Columns) -> Result<(i64, i64)> {
    Ok((row.int(0)?, row.int(1)?))
}

fn told_of(row: &impl Columns) -> Result<(AlertId, AlertTurn)> {
    Ok((AlertId(row.int(0)?), turn_of(row.int(1)?)?))
}

fn optional(row: &impl Columns) -> Result<Option<i64>> {
    row.opt_int(0)
}
