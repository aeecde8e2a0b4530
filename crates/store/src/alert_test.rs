//! Tests of channels: messages of their own, which go the way of all others.

use crate::{
    Change, NewDelivery, Result, Store, StoreError,
    alert_outbox::insert,
    audit::{self, Event},
    sql::{execute, tx_rows},
    store::first_int,
};
use opencmp_domain::{DeliveryId, alert::channel::Channel};

impl Store {
    /// Messages that say whether a channel works, once in `every_secs` at most. `None`: it was tested within them.
    pub async fn alert_channel_test(
        &self,
        channel: &Channel,
        messages: &[NewDelivery],
        every_secs: i64,
        change: &Change,
    ) -> Result<Option<Vec<DeliveryId>>> {
        let mut tx = self.begin().await?;
        // Of two tests at once, one waits here for the other.
        let sql = "UPDATE alert_channel SET modified_at = modified_at WHERE id = $1 AND removed_at IS NULL";
        if execute!(&mut tx, sql, [channel.id.0])? == 0 {
            return Err(StoreError::NotFound { what: "the channel" });
        }
        let sql = "SELECT COUNT(*) FROM alert_delivery d
                   WHERE d.tenant_id = $1 AND d.created_at > $2 AND d.channel_id = $3 AND d.subject = $4
                     AND NOT EXISTS (SELECT 1 FROM alert_delivery_of o WHERE o.delivery_id = d.id)";
        let since = change.at.plus_secs(-every_secs).0;
        // Messages of their own are about lost ones too.
        let says = messages.first().map_or("", |message| &message.subject);
        let recent = tx_rows!(&mut tx, sql, [channel.tenant.0, since, channel.id.0, says] => first_int)?;
        if recent.into_iter().any(|recent| recent > 0) {
            return Ok(None);
        }
        let mut ids = Vec::with_capacity(messages.len());
        for message in messages {
            ids.push(insert(&mut tx, message).await?);
        }
        let (action, subject) = ("alert_channel.test", channel.said.name.as_str());
        let event = Event { chain: Some(channel.tenant), action, subject, before: None, after: None };
        audit::append(&mut tx, change, event).await?;
        tx.commit().await?;
        Ok(Some(ids))
    }
}
