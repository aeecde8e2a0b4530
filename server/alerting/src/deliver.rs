//! Messages go to their peers: leased, so that several processes share the work and a crash sends at most what was on its way
//! once more; tried again by the schedule, in the hours in which somebody may be told; given up loudly.

use crate::{Alerting, content::outgoing, known::Known};
use opencmp_domain::{
    Timestamp,
    alert::{
        channel::ChannelKind,
        delivery::{Attempt, Content, DeliveryState},
        plan::hours,
    },
};
use opencmp_notify::{
    Failure, Next, Outcome, Schedule,
    sms::{Receipt, ReceiptState},
};
use opencmp_service::chain;
use opencmp_store::{After, LeasedDelivery, PartEnd, Result};
use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Longer than any attempt takes.
const LEASE_SECS: i64 = 180;
/// Attempts at once.
const MOST: usize = 32;
const LOOK_EVERY: Duration = Duration::from_secs(5);
const RETRY: Duration = Duration::from_secs(1);

pub(crate) async fn run(alerting: Arc<Alerting>, known: Arc<Known>, end: impl Future<Output = ()>) {
    tokio::pin!(end);
    let courier = Arc::new(Courier { alerting, known });
    // Tasks of their own: one that has the database's only writing connection must go on while this loop waits for it.
    let mut going = JoinSet::new();
    let (mut ended, mut taken_back) = (false, false);
    loop {
        let mut wait = LOOK_EVERY;
        if !taken_back {
            match courier.take_back().await {
                Ok(()) => taken_back = true,
                Err(error) => {
                    tracing::warn!(error = chain(&error), "messages wait to be sent");
                    wait = RETRY;
                }
            }
        }
        // Not before: what is leased from now on is on its way.
        if taken_back && !ended && going.len() < MOST {
            match courier.lease(MOST - going.len()).await {
                Ok(leased) => {
                    for delivery in leased {
                        let courier = courier.clone();
                        going.spawn(async move { courier.attempt(delivery).await });
                    }
                }
                Err(error) => {
                    tracing::warn!(error = chain(&error), "messages wait to be sent");
                    wait = RETRY;
                }
            }
            if let Ok(Some(next)) = courier.alerting.store.alert_delivery_next().await {
                let secs = next.secs_since(courier.alerting.clock.now()).max(0) as u64;
                wait = wait.min(Duration::from_secs(secs).max(Duration::from_millis(50)));
            }
        }
        if ended && going.is_empty() {
            return;
        }
        tokio::select! {
            () = &mut end, if !ended => ended = true,
            Some(done) = going.join_next(), if !going.is_empty() => {
                // Its lease runs out, and another tries.
                if let Err(error) = done {
                    tracing::error!(%error, "sending a message broke off");
                }
            }
            () = courier.alerting.messages.notified(), if !ended => {}
            () = tokio::time::sleep(wait), if going.len() < MOST => {}
        }
    }
}

struct Courier {
    alerting: Arc<Alerting>,
    known: Arc<Known>,
}

impl Courier {
    /// What this process was at when it died.
    async fn take_back(&self) -> Result<()> {
        let now = self.alerting.clock.now();
        self.alerting.store.alert_delivery_take_back(&self.alerting.name, now).await
    }

    async fn lease(&self, most: usize) -> Result<Vec<LeasedDelivery>> {
        let now = self.alerting.clock.now();
        let until = now.plus_secs(LEASE_SECS);
        self.alerting.store.alert_delivery_lease(&self.alerting.name, now, until, most as u32).await
    }

    async fn attempt(&self, delivery: LeasedDelivery) {
        let began = Instant::now();
        let outcome = match self.send_in_hours(&delivery).await {
            Ok(Some(outcome)) => outcome,
            Ok(None) => return,
            Err(error) => {
                // Its lease runs out, and it is tried again.
                return tracing::warn!(error = chain(&error), "a message waits to be sent");
            }
        };
        let took_ms = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        let attempt = Attempt {
            number: delivery.tries + 1,
            at: self.alerting.clock.now(),
            took_ms,
            outcome: said(&outcome),
            ok: matches!(outcome, Outcome::Delivered { .. } | Outcome::Accepted { .. }),
        };
        // The peer may have it: what isn't written down is sent again. So it is tried for as long as the lease holds.
        let until = Instant::now() + Duration::from_secs(LEASE_SECS as u64);
        while let Err(error) = self.record(&delivery, &attempt, &outcome).await {
            if Instant::now() >= until {
                return tracing::error!(error = chain(&error), "what became of a message isn't written down");
            }
            tracing::warn!(error = chain(&error), "what became of a message waits to be written down");
            tokio::time::sleep(RETRY).await;
        }
    }

    /// `None`: its channel or one of its rules may not speak now, so it is put off until they may.
    async fn send_in_hours(&self, delivery: &LeasedDelivery) -> Result<Option<Outcome>> {
        let store = &self.alerting.store;
        let now = self.alerting.clock.now();
        let told = self.known.now(store).await?;
        let Some(channel) = told.channel(delivery.channel) else {
            return Ok(Some(Outcome::refused(Failure::NotConfigured, "the channel is switched off")));
        };
        if !delivery.at_once {
            let rules = store.alert_delivery_rules(delivery.id).await?;
            let until = hours(rules.iter().filter_map(|rule| told.rule(*rule)), channel, now);
            if until > now {
                store.alert_delivery_put_off(delivery.id, &self.alerting.name, until).await?;
                return Ok(None);
            }
        }
        self.send(delivery, now).await.map(Some)
    }

    async fn send(&self, delivery: &LeasedDelivery, now: Timestamp) -> Result<Outcome> {
        let store = &self.alerting.store;
        let Ok(content) = serde_json::from_str::<Content>(&delivery.content) else {
            return Ok(Outcome::refused(Failure::Address, "its content can't be read"));
        };
        let secrets = match content.kind() {
            ChannelKind::Http => store.alert_channel_secrets(delivery.channel, now).await?,
            ChannelKind::Email | ChannelKind::Sms => Vec::new(),
        };
        let secrets = secrets.iter().filter_map(|secret| secret.expose().parse().ok()).collect();
        match outgoing(delivery, content, secrets) {
            Some(outgoing) => Ok(self.alerting.channels.send(&outgoing, now).await),
            None => Ok(Outcome::refused(Failure::Address, "it can't be sent there")),
        }
    }

    async fn record(&self, delivery: &LeasedDelivery, attempt: &Attempt, outcome: &Outcome) -> Result<()> {
        let store = &self.alerting.store;
        let mut ids = &[][..];
        let after = match outcome {
            Outcome::Delivered { .. } => After::Finished(DeliveryState::Delivered),
            Outcome::Accepted { ids: theirs } => {
                // Without ids nothing more is heard of it.
                let state =
                    if theirs.is_empty() { DeliveryState::Delivered } else { DeliveryState::Accepted };
                ids = theirs;
                After::Finished(state)
            }
            Outcome::Uncertain { .. } => After::Finished(DeliveryState::Uncertain),
            Outcome::Again { not_before, .. } => {
                let seed = delivery.id.0.unsigned_abs();
                match schedule(&delivery.content).next(attempt.number, seed, *not_before) {
                    Next::After(delay) => After::Again(attempt.at.plus_secs(delay.as_secs() as i64)),
                    Next::DeadLetter => After::Finished(DeliveryState::Dead),
                }
            }
            Outcome::Refused { .. } | Outcome::Gone { .. } => {
                if matches!(outcome, Outcome::Gone { .. }) {
                    store.alert_channel_switch_off(delivery.channel, &attempt.outcome).await?;
                }
                After::Finished(DeliveryState::Dead)
            }
        };
        let ours =
            store.alert_delivery_attempted(delivery.id, &self.alerting.name, attempt, after, ids).await?;
        if ours && matches!(after, After::Finished(state) if state.is_lost()) {
            tracing::warn!(delivery = delivery.id.0, why = attempt.outcome, "a message was given up");
            self.alerting.turns.notify_one();
        }
        Ok(())
    }
}

/// Programs may be away for days; what people aren't told within one isn't news any more.
fn schedule(content: &str) -> Schedule {
    match serde_json::from_str::<Content>(content).map(|content| content.kind()) {
        Ok(ChannelKind::Http) => Schedule::PROGRAMS,
        _ => Schedule::PEOPLE,
    }
}

/// For the delivery log: a code first, where it failed.
fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Delivered { answer } => answer.as_str().to_owned(),
        Outcome::Accepted { ids } => ids.join(" "),
        other => other.why().map(ToString::to_string).unwrap_or_default(),
    }
}

/// What a receipt says at last of its part (`None`: more follows), and in which words.
pub(crate) fn told_by(receipt: &Receipt) -> (Option<PartEnd>, String) {
    let end = match receipt.state {
        state if !state.is_final() => None,
        state if state.arrived() => Some(PartEnd::Arrived),
        ReceiptState::Unknown => Some(PartEnd::Unknown),
        _ => Some(PartEnd::Lost),
    };
    let code = receipt.state.code();
    let said = receipt.error.as_ref().map_or_else(|| code.to_owned(), |error| format!("{code} {error}"));
    (end, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_have_three_days_and_people_one() {
        let hook = Content::Hook { event: "alert.offline".into(), at: Timestamp(0), data: "{}".into() };
        let text = Content::Sms { text: "x".into() };
        for (content, expected) in [(hook, Schedule::PROGRAMS), (text, Schedule::PEOPLE)] {
            assert_eq!(schedule(&serde_json::to_string(&content).unwrap()), expected);
        }
        assert_eq!(said(&Outcome::again(Failure::Throttled, "HTTP 429")), "throttled HTTP 429");
    }

    #[test]
    fn every_state_but_one_is_the_last_word() {
        let by = |state| told_by(&Receipt { id: "7".into(), state, error: Some("11".into()) });
        for state in ReceiptState::ALL {
            let expected = match state {
                ReceiptState::EnRoute => None,
                ReceiptState::Delivered | ReceiptState::Accepted => Some(PartEnd::Arrived),
                ReceiptState::Unknown => Some(PartEnd::Unknown),
                _ => Some(PartEnd::Lost),
            };
            assert_eq!(by(state), (expected, format!("{} 11", state.code())));
        }
    }
}
