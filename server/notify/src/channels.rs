//! The channels that an installation has.

use crate::{Content, Failure, Outcome, Outgoing, email::Mailer, sms::SmsGateway, webhook::Webhooks};
use opencmp_domain::Timestamp;
use std::sync::Arc;

#[derive(Default)]
pub struct Channels {
    pub mail: Option<Mailer>,
    pub sms: Option<Arc<dyn SmsGateway>>,
    pub hooks: Option<Webhooks>,
}

impl Channels {
    /// One attempt, at `now`.
    pub async fn send(&self, outgoing: &Outgoing, now: Timestamp) -> Outcome {
        let (channel, outcome) = match &outgoing.content {
            Content::Mail(mail) => ("mail", self.mail(outgoing, mail, now).await),
            Content::Sms(sms) => ("sms", self.sms(outgoing, sms, now).await),
            Content::Hook(hook) => ("hook", self.hook(outgoing, hook, now).await),
        };
        metrics::counter!("opencmp_notify_attempts_total", "channel" => channel, "outcome" => outcome.name())
            .increment(1);
        outcome
    }

    async fn mail(&self, outgoing: &Outgoing, mail: &crate::Mail, now: Timestamp) -> Outcome {
        match &self.mail {
            Some(mailer) => mailer.send(outgoing, mail, now).await,
            None => absent(),
        }
    }

    async fn sms(&self, outgoing: &Outgoing, sms: &crate::Sms, now: Timestamp) -> Outcome {
        match &self.sms {
            Some(gateway) => gateway.send(&outgoing.id, sms, now).await,
            None => absent(),
        }
    }

    async fn hook(&self, outgoing: &Outgoing, hook: &crate::Hook, now: Timestamp) -> Outcome {
        match &self.hooks {
            Some(hooks) => hooks.send(outgoing, hook, now).await,
            None => absent(),
        }
    }
}

/// An operator who sets the channel up in time still gets it.
fn absent() -> Outcome {
    Outcome::again(Failure::NotConfigured, "")
}
