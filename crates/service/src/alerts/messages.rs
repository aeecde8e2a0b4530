//! Words become messages: one to each address of a channel.

use opencmp_domain::{
    AlertId, Timestamp,
    alert::{AlertTurn, channel::Channel, delivery::Content},
};
use opencmp_store::{NewDelivery, StoreError};

/// The same words to each address of a channel. `of`: what they speak of. `at_once`: whatever the hours.
pub fn messages(
    channel: &Channel,
    subject: &str,
    content: &Content,
    of: &[(AlertId, AlertTurn)],
    now: Timestamp,
    at_once: bool,
) -> Result<Vec<NewDelivery>, StoreError> {
    let content = serde_json::to_string(content)
        .map_err(|error| StoreError::Invalid { field: "content", message: error.to_string() })?;
    let message = |recipient| {
        Ok(NewDelivery {
            message_id: message_id()?,
            tenant: channel.tenant,
            channel: channel.id,
            recipient,
            subject: subject.to_owned(),
            content: content.clone(),
            at: now,
            at_once,
            of: of.to_vec(),
        })
    };
    channel.said.to.addresses().into_iter().map(message).collect()
}

/// `msg_` and 24 hexadecimal digits.
fn message_id() -> Result<String, StoreError> {
    let mut octets = [0u8; 12];
    getrandom::fill(&mut octets)
        .map_err(|error| StoreError::Invalid { field: "message_id", message: error.to_string() })?;
    Ok(octets.iter().fold("msg_".to_owned(), |text, octet| format!("{text}{octet:02x}")))
}
