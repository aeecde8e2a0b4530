//! A kept message becomes one that can be sent.

use opencmp_domain::{Msisdn, alert::delivery::Content};
use opencmp_notify::{
    self as notify, EventType, Hook, Mail, MessageId, Outgoing, Sms, webhook::SigningSecret,
};
use opencmp_store::LeasedDelivery;

/// `None`: it can't be, whatever is tried.
pub(crate) fn outgoing(
    delivery: &LeasedDelivery,
    content: Content,
    secrets: Vec<SigningSecret>,
) -> Option<Outgoing> {
    let to = &delivery.recipient;
    let (event, at, content) = match content {
        Content::Mail { subject, text, html } => {
            let mail = Mail { to: to.clone(), subject, text, html };
            ("alert.mail".to_owned(), delivery.created_at, notify::Content::Mail(mail))
        }
        Content::Sms { text } => {
            let sms = Sms { to: to.parse::<Msisdn>().ok()?, text };
            ("alert.sms".to_owned(), delivery.created_at, notify::Content::Sms(sms))
        }
        Content::Hook { event, at, data } => {
            let data = serde_json::from_str(&data).ok()?;
            (event, at, notify::Content::Hook(Hook { url: to.parse().ok()?, secrets, data }))
        }
    };
    let id = MessageId::try_from(delivery.message_id.clone()).ok()?;
    Some(Outgoing { id, event: EventType::try_from(event).ok()?, at, content })
}
