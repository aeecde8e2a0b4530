//! Messages that were given up, or may not have arrived, until whoever else is there is told. Each is noted in the transaction that
//! gives it up, whichever that is, and taken away in the one that makes the messages about it: a crash between the two neither
//! forgets nor repeats anything.

use crate::{
    NewDelivery, Result, Store,
    alert_outbox::insert,
    sql::{Columns, Tx, execute, int_list, narrow, rows, rows_once, unreadable},
};
use opencmp_domain::{ChannelId, DeliveryId, GroupId, alert::delivery::DeliveryState};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

/// A message that somebody else is to hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostDelivery {
    pub id: DeliveryId,
    pub channel: ChannelId,
    pub recipient: String,
    pub subject: String,
    pub state: DeliveryState,
    /// What its last attempt led to, as the delivery log has it.
    pub why: String,
    /// Of the alerts that it speaks of, each once; `None`: of no group, such as a common cause.
    pub groups: Vec<Option<GroupId>>,
}

impl Store {
    /// What nobody else was told of, in the order in which it was to be sent.
    pub async fn alert_lost_list(&self, most: u32) -> Result<Vec<LostDelivery>> {
        let sql = "SELECT d.id, d.channel_id, d.recipient, d.subject, d.state,
                       (SELECT t.outcome FROM alert_attempt t WHERE t.delivery_id = d.id ORDER BY t.number DESC LIMIT 1)
                   FROM alert_lost l JOIN alert_delivery d ON d.id = l.delivery_id ORDER BY d.id LIMIT $1";
        let mut lost = rows!(self.readers(), sql, [i64::from(most)] => lost)?;
        if lost.is_empty() {
            return Ok(lost);
        }
        // Of an alert that is kept no more nothing is known: it is of no group.
        let sql = format!(
            "SELECT DISTINCT o.delivery_id, a.group_id FROM alert_delivery_of o LEFT JOIN alert a ON a.id = o.alert_id
             WHERE o.delivery_id IN ({})",
            int_list(lost.iter().map(|lost| lost.id.0))
        );
        let mut groups: HashMap<DeliveryId, Vec<Option<GroupId>>> = HashMap::new();
        for (id, group) in rows_once!(self.readers(), AssertSqlSafe(sql.clone()), [] => group_of)? {
            groups.entry(id).or_default().push(group);
        }
        for lost in &mut lost {
            lost.groups = groups.remove(&lost.id).unwrap_or_default();
        }
        Ok(lost)
    }

    /// Somebody else is told of it by these; none: nobody is there. False: another process has told, or it is sent again.
    pub async fn alert_lost_take(&self, id: DeliveryId, messages: &[NewDelivery]) -> Result<bool> {
        let mut tx = self.begin().await?;
        if forget(&mut tx, id).await? == 0 {
            return Ok(false);
        }
        for message in messages {
            insert(&mut tx, message).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// Notes it, if it speaks of alerts: nobody hears of a message about another, or of a test.
pub(crate) async fn note(tx: &mut Tx, id: DeliveryId) -> Result<()> {
    let sql = "INSERT INTO alert_lost (delivery_id)
               SELECT $1 WHERE EXISTS (SELECT 1 FROM alert_delivery_of WHERE delivery_id = $1)
               ON CONFLICT (delivery_id) DO NOTHING";
    execute!(tx, sql, [id.0])?;
    Ok(())
}

pub(crate) async fn forget(tx: &mut Tx, id: DeliveryId) -> Result<u64> {
    Ok(execute!(tx, "DELETE FROM alert_lost WHERE delivery_id = $1", [id.0])?)
}

fn lost(row: &impl Columns) -> Result<LostDelivery> {
    let state = row.int(4)?;
    Ok(LostDelivery {
        id: DeliveryId(row.int(0)?),
        channel: ChannelId(row.int(1)?),
        recipient: row.text(2)?.to_owned(),
        subject: row.text(3)?.to_owned(),
        state: DeliveryState::from_code(narrow("state", state)?).ok_or_else(|| unreadable("state", state))?,
        why: row.opt_text(5)?.unwrap_or_default().to_owned(),
        groups: Vec::new(),
    })
}

fn group_of(row: &impl Columns) -> Result<(DeliveryId, Option<GroupId>)> {
    Ok((DeliveryId(row.int(0)?), row.opt_int(1)?.map(GroupId)))
}
