//! From what happened to alerts to people and programs that know of it. The applier decides alerts, and writes their turns in
//! its own transaction; here each turn becomes messages, once, and each message is sent until it is delivered or given up.
//!
//! - [`known`]: rules and channels, as they are now.
//! - When a channel is told of a turn, and what is still to be said of what was held back, is `alert::plan` and `alert::settle` of the
//!   domain: trying a rule on records of before goes by them too.
//! - [`words`]: what makes sentences of it. [`content`]: a kept message becomes one that can be sent.
//! - [`dispatch`]: turns → messages, and what rules do by themselves. [`deliver`]: messages → peers, with leases, so that several
//!   processes share the work. [`lost`]: what was given up → messages by another channel. [`changes`]: wanted changes of SIMs → whatever carries them out.
//!
//! The tables are `alert_turn` → `alert_held` → `alert_delivery` → `alert_attempt`, and `alert_lost` → `alert_delivery`; `crates/store/src/alert_outbox.rs` says what a
//! crash between any two does.

mod changes;
mod content;
mod deliver;
mod dispatch;
mod known;
mod lost;
mod words;

pub use dispatch::{End, end};
pub use words::{Item, Lost, Wording, Words};

use known::Known;
use opencmp_notify::{Channels, sms::Receipts};
use opencmp_service::{Clock, changes::CarriesOut};
use opencmp_store::Store;
use std::{
    future::Future,
    sync::{Arc, atomic::AtomicU64},
};
use tokio::sync::Notify;

/// What telling people needs.
pub struct Alerting {
    /// Which process this is, among all that share the database, now and after it was started again.
    pub name: String,
    pub store: Store,
    pub clock: Clock,
    pub channels: Channels,
    pub words: Arc<dyn Words>,
    /// Told when turns were written, and when messages were given up.
    pub turns: Arc<Notify>,
    /// Told when messages are due that weren't known of: one that is sent again, a test of a channel.
    pub messages: Arc<Notify>,
    /// Rises when alerts were handled.
    pub handled: Arc<AtomicU64>,
    /// What changes SIMs.
    pub changes: Arc<dyn CarriesOut>,
    /// Told when changes are wanted.
    pub wanted: Arc<Notify>,
}

/// Works until `end`; messages on their way are finished before it returns.
pub async fn run(alerting: Alerting, end: impl Future<Output = ()> + Clone + Send) {
    let known = Arc::new(Known::default());
    let alerting = Arc::new(alerting);
    let dispatch = dispatch::run(alerting.clone(), known.clone(), end.clone());
    let changes = changes::run(alerting.clone(), end.clone());
    let deliver = deliver::run(alerting, known, end);
    tokio::join!(dispatch, deliver, changes);
}

/// What a message centre says later of messages that it took.
pub struct ReceiptBook {
    pub store: Store,
    pub clock: Clock,
}

impl Receipts for ReceiptBook {
    fn take(&self, receipt: opencmp_notify::sms::Receipt) -> futures::future::BoxFuture<'_, bool> {
        Box::pin(async move {
            let (end, outcome) = deliver::told_by(&receipt);
            let Some(end) = end else { return true };
            let now = self.clock.now();
            match self.store.alert_delivery_receipt(&receipt.id, end, &outcome, now).await {
                Ok(ours) => ours,
                Err(error) => {
                    tracing::warn!(
                        error = opencmp_service::chain(&error),
                        "a receipt waits at the message centre"
                    );
                    false
                }
            }
        })
    }
}
