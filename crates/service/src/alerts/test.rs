//! 測試訊息: whether a channel works, by a message that goes the way of all others.

use super::messages;
use crate::{
    Result, Service, ServiceError,
    people::{entered, scope_may},
};
use opencmp_domain::{
    ChannelId, DeliveryId, Scope, Timestamp,
    alert::{
        channel::{Channel, MOST_RECIPIENTS},
        delivery::{Content, DeliveryLine},
    },
    role::Permission,
};

/// Between two tests of a channel: peers count messages, and people are paid by none of them.
pub const TEST_EVERY_SECS: i64 = 10;

impl Service {
    /// Sends a message to each address of a channel, and answers what to follow. `words`: what it says, for the channel and the
    /// tenant of this name. Errors: `NotFound`, `Invalid` (channel_off: it is switched off, by somebody or by itself;
    /// channel_shut_out: whose it is is shut out), `TooMany`.
    pub async fn alert_channel_test(
        &self,
        scope: &Scope,
        id: ChannelId,
        words: impl FnOnce(&Channel, &str, Timestamp) -> (String, Content),
    ) -> Result<Vec<DeliveryId>> {
        let channel = self.alert_channel_in_reach(scope, id).await?;
        if channel.is_shut_out() {
            let message = "whose it is is shut out".to_owned();
            return Err(ServiceError::Invalid { field: "channel_shut_out", message });
        }
        if !channel.is_on() {
            let message = "switch it on first".to_owned();
            return Err(ServiceError::Invalid { field: "channel_off", message });
        }
        let tenant = self.store.tenant_list().await?.into_iter().find(|tenant| tenant.id == channel.tenant);
        let tenant = tenant.ok_or(ServiceError::NotFound)?;
        let change = self.change(scope);
        let (subject, content) = words(&channel, &tenant.name, change.at);
        let messages = messages(&channel, &subject, &content, &[], change.at, true)?;
        let put = self.store.alert_channel_test(&channel, &messages, TEST_EVERY_SECS, &change).await?;
        let ids = put.ok_or(ServiceError::TooMany { wait_secs: TEST_EVERY_SECS })?;
        self.messages.notify_one();
        Ok(ids)
    }

    /// What became of messages, such as those of a test, by id.
    pub async fn alert_deliveries_named(
        &self,
        scope: &Scope,
        ids: &[DeliveryId],
    ) -> Result<Vec<DeliveryLine>> {
        scope_may(scope, Permission::AlertWrite)?;
        let tenant = entered(scope)?;
        if ids.len() > MOST_RECIPIENTS {
            let message = format!("at most {MOST_RECIPIENTS} are looked at at once");
            return Err(ServiceError::Invalid { field: "ids", message });
        }
        Ok(self.store.alert_delivery_named(tenant, ids).await?)
    }
}
