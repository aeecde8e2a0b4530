//! What makes sentences of alerts. The server has the words, in every language; here is what they are about.

use futures::future::BoxFuture;
use opencmp_domain::{
    Lang, TenantId, Timestamp,
    alert::{StoredAlert, TurnOf, channel::ChannelKind, delivery::Content},
};

/// A turn to be told of, with its alert as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub turn: TurnOf,
    pub alert: StoredAlert,
}

/// A message that was given up, or may not have arrived.
#[derive(Clone, Copy, Debug)]
pub struct Lost<'a> {
    /// The channel's name.
    pub channel: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    /// As the delivery log has it: a code first.
    pub why: &'a str,
    /// It may have arrived.
    pub uncertain: bool,
}

/// One message's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Wording {
    /// A line for the delivery log.
    pub subject: String,
    pub content: Content,
}

/// Never fails: what can't be looked up is said without.
pub trait Words: Send + Sync {
    /// About one turn or, in a digest, several.
    fn about<'a>(
        &'a self,
        tenant: TenantId,
        items: &'a [Item],
        kind: ChannelKind,
        lang: Lang,
        now: Timestamp,
    ) -> BoxFuture<'a, Wording>;

    /// That somebody couldn't be told, and why: for whoever else is there.
    fn undelivered(&self, lost: &Lost<'_>, kind: ChannelKind, lang: Lang, now: Timestamp) -> Wording;
}
