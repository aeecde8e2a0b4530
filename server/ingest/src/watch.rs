//! Follows the inventory, the rules of alerts and the list of gateways, which other processes change too, by polling their
//! versions.

use crate::{
    feed::Feed,
    inbox::{Inbox, Message},
    record::Dialect,
};
use opencmp_domain::{
    NasId, TenantId, Tz,
    alert::{Cause, rule::Rule},
    sim::SimInventory,
};
use opencmp_listener::{AllowedNodes, Client};
use opencmp_service::chain;
use opencmp_store::{InventoryCursor, Nas, Result, Store, Tenant};
use rustc_hash::{FxHashMap, FxHashSet};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Notify, oneshot};

/// SIMs that are handed on at once.
pub(crate) const PAGE: u32 = 5_000;

/// What the applier has to hear.
pub(crate) enum News {
    Gateways(Vec<(NasId, Dialect)>),
    Inventory(Box<Inventory>),
    /// The rules of alerts that hold from now on.
    Rules(Vec<Rule>),
    /// What causes alerts and is in no record.
    Causes(Vec<Cause>),
}

pub(crate) struct Inventory {
    /// Present when tenants may have changed.
    pub(crate) calendars: Option<Calendars>,
    pub(crate) sims: Vec<SimInventory>,
    /// The version that this completes.
    pub(crate) version: Option<i64>,
    /// Told when it is in the fleet, so that not more than one page is on its way.
    pub(crate) taken: oneshot::Sender<()>,
}

/// What is in the fleet when it is loaded, for who follows it from there.
pub(crate) struct Known {
    /// Of the inventory.
    pub(crate) version: i64,
    pub(crate) calendars: Calendars,
    pub(crate) rules: RulesInForce,
}

/// The rules of alerts, as of a version of theirs and one of the inventory, which says what is nested in a group.
#[derive(Clone)]
pub(crate) struct RulesInForce {
    pub(crate) as_of: (i64, i64),
    pub(crate) rules: Vec<Rule>,
}

/// How each tenant cuts time into days and cycles.
pub(crate) type Calendars = FxHashMap<TenantId, (Tz, u32)>;

pub(crate) fn calendars(tenants: &[Tenant]) -> Calendars {
    tenants.iter().map(|tenant| (tenant.id, (tenant.time_zone, tenant.cycle_day))).collect()
}

/// The clients that listeners accept, and how their records are to be read.
pub(crate) fn gateways(list: &[Nas]) -> (Vec<Client>, Vec<(NasId, Dialect)>) {
    let enabled = || list.iter().filter(|nas| nas.enabled);
    let clients = enabled()
        .filter_map(|nas| {
            let network =
                nas.address.parse().or_else(|_| nas.address.parse::<std::net::IpAddr>().map(Into::into));
            Some(Client {
                network: network.ok()?,
                nas_id: nas.id.0,
                secret: opencmp_radius::Secret::new(nas.secret.expose()),
                message_authenticator: false,
                nodes: AllowedNodes::from_lines(&nas.nodes),
            })
        })
        .collect();
    let dialect =
        |nas: &Nas| Dialect { swap_direction: nas.swap_direction, counters_32bit: nas.counters_32bit };
    (clients, list.iter().map(|nas| (nas.id, dialect(nas))).collect())
}

pub(crate) struct Watch {
    pub(crate) store: Store,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) every: Duration,
    /// Somebody found out that something has changed.
    pub(crate) now: Arc<Notify>,
    pub(crate) nas_version: i64,
    /// Of the inventory, as it was handed on completely.
    pub(crate) version: i64,
    pub(crate) inventory: InventoryCursor,
    pub(crate) calendars: Calendars,
    pub(crate) rules: RulesInForce,
    /// Causes that were handed on and are still there.
    pub(crate) causes: FxHashSet<i64>,
}

impl Watch {
    /// Runs until it is aborted.
    pub(crate) async fn run(mut self) {
        let mut failing = false;
        loop {
            let looked = self.look().await;
            match &looked {
                Err(error) if !failing => {
                    tracing::warn!(
                        error = chain(error),
                        "the inventory can't be read; what is known goes on to count"
                    );
                }
                _ => {}
            }
            failing = looked.is_err();
            let _ = tokio::time::timeout(self.every, self.now.notified()).await;
        }
    }

    async fn look(&mut self) -> Result<()> {
        let nas_version = self.store.nas_version().await?;
        if nas_version != self.nas_version {
            let (clients, dialects) = gateways(&self.store.nas_list().await?);
            self.feed.clients.replace(clients);
            self.inbox.put(Message::News(News::Gateways(dialects)));
            self.nas_version = nas_version;
        }
        let version = self.store.inventory_version().await?;
        if version != self.version {
            self.version = self.follow_inventory().await?;
        }
        let as_of = (self.store.alert_version().await?, self.version);
        if as_of != self.rules.as_of {
            let rules = self.store.alert_rules_in_force().await?;
            if rules != self.rules.rules {
                self.inbox.put(Message::News(News::Rules(rules.clone())));
            }
            self.rules = RulesInForce { as_of, rules };
        }
        self.follow_causes().await?;
        Ok(())
    }

    /// Hands on causes, each once: a flush takes their rows away.
    async fn follow_causes(&mut self) -> Result<()> {
        let mut causes = self.store.alert_causes(PAGE).await?;
        self.causes.retain(|id| causes.iter().any(|cause| cause.id == *id));
        causes.retain(|cause| self.causes.insert(cause.id));
        if !causes.is_empty() {
            self.inbox.put(Message::News(News::Causes(causes)));
        }
        Ok(())
    }

    /// Hands on what changed; the version that this leads up to.
    async fn follow_inventory(&mut self) -> Result<i64> {
        let calendars = calendars(&self.store.tenant_list().await?);
        let moved = self.calendars.iter().any(|(tenant, calendar)| calendars.get(tenant) != Some(calendar));
        if moved {
            // A tenant's days are cut otherwise: that is about every one of its SIMs.
            self.inventory = InventoryCursor::at(-1);
        }
        let mut news = Some(calendars.clone());
        loop {
            let changes = self.store.sims_changed_since(self.inventory, PAGE).await?;
            let version = changes.complete.then_some(changes.next.version);
            let (taken, was_taken) = oneshot::channel();
            let inventory = Inventory { calendars: news.take(), sims: changes.sims, version, taken };
            self.inbox.put(Message::News(News::Inventory(Box::new(inventory))));
            let _ = was_taken.await;
            self.inventory = changes.next;
            if changes.complete {
                self.calendars = calendars;
                return Ok(self.inventory.version);
            }
        }
    }
}
