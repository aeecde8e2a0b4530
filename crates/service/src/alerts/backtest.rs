//! 試跑: a rule is tried on the raw records that are kept, before it is enabled.
//!
//! One try of a tenant at a time, and one of the whole server: it costs a thread and the memory of the tenant's fleet. It ends with
//! whoever asked for it.

use super::{rule_checked, rules::is_in_reach};
use crate::{
    Course, PlayBack, Result, Service, ServiceError,
    people::{entered, scope_may},
};
use opencmp_domain::{
    Permission, RuleId, Scope, SimId, TenantId,
    alert::{
        AlertLine,
        backtest::Backtest,
        rule::{Rule, RuleSaid, Target},
    },
    sim::SimInventory,
};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, oneshot},
};

/// SIMs that are read at once.
const PAGE: u32 = 5_000;

/// Tries that go on or wait for their turn.
pub(crate) struct Tries {
    courses: Mutex<FxHashMap<TenantId, Arc<Course>>>,
    turn: Arc<Semaphore>,
}

impl Default for Tries {
    fn default() -> Self {
        Self { courses: Mutex::default(), turn: Arc::new(Semaphore::new(1)) }
    }
}

/// A tenant's try; another may begin when it is dropped.
struct Try {
    tries: Arc<Tries>,
    tenant: TenantId,
}

impl Drop for Try {
    fn drop(&mut self) {
        self.tries.courses.lock().remove(&self.tenant);
    }
}

/// Nobody waits any more when it is dropped.
struct Asker(Arc<Course>);

impl Drop for Asker {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Tries {
    /// `None`: one of the tenant's goes on.
    fn begin(self: &Arc<Self>, tenant: TenantId) -> Option<(Try, Asker)> {
        let mut courses = self.courses.lock();
        if courses.contains_key(&tenant) {
            return None;
        }
        let course = Arc::new(Course::default());
        courses.insert(tenant, course.clone());
        Some((Try { tries: self.clone(), tenant }, Asker(course)))
    }
}

impl Service {
    /// What a rule would have done, saved or not. Errors: `Invalid` (a field of the rule; busy: another try of the tenant's goes on),
    /// `NotFound` (it reaches beyond whoever asks).
    pub async fn alert_rule_try(&self, scope: &Scope, said: &RuleSaid) -> Result<Backtest> {
        scope_may(scope, Permission::AlertWrite)?;
        let tenant = entered(scope)?;
        rule_checked(said)?;
        if !is_in_reach(scope, said) {
            return Err(ServiceError::NotFound);
        }
        let busy = || ServiceError::Invalid { field: "busy", message: "another try goes on".to_owned() };
        let (held, asker) = self.tries.begin(tenant).ok_or_else(busy)?;
        let turn = self.tries.turn.clone().acquire_owned().await.map_err(|_| ServiceError::Unavailable)?;
        let mut channels = self.store.alert_channel_list(tenant).await?;
        channels.retain(|channel| said.notify.channels.contains(&channel.id));
        let gateways = self.store.nas_list().await?;
        let (calendar, now) = (self.calendar(Some(tenant)), self.clock.now());
        let rule = Rule {
            id: RuleId(0),
            tenant,
            said: self.with_nested(scope, said),
            version: 0,
            modified_by: None,
            modified_by_name: None,
            modified_at: now,
        };
        let (store, feed, course) = (self.store.clone(), self.feed.clone(), asker.0.clone());
        let runtime = Handle::current();
        let work = move || {
            // Held until the work is over, whether or not anybody waits for it.
            let _held = (held, turn);
            let mut after = Some(SimId(0));
            let mut sims = || loop {
                let Some(from) = after else { return Ok(Vec::new()) };
                let mut page = runtime.block_on(store.sim_inventory_page(from, PAGE))?;
                after = page.last().map(|sim| sim.id);
                page.retain(|sim: &SimInventory| sim.tenant == Some(tenant));
                if !page.is_empty() || course.is_stopped() {
                    return Ok(page);
                }
            };
            feed.play_back(PlayBack {
                rule,
                channels,
                calendar,
                gateways,
                now,
                sims: &mut sims,
                course: &course,
            })
        };
        let (done, played) = oneshot::channel();
        // A thread of its own: it lowers its precedence.
        let run = move || {
            // Whoever went stopped it.
            let _ = done.send(work());
        };
        let spawned = std::thread::Builder::new().name("rule-try".into()).spawn(run);
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread to try a rule on");
            return Err(ServiceError::Unavailable);
        }
        let played = played.await.map_err(|_| ServiceError::Unavailable)?;
        let mut backtest = played?.ok_or(ServiceError::Unavailable)?;
        backtest.first.iter_mut().for_each(|line| self.name_line(scope, line, said));
        Ok(backtest)
    }

    /// How far the tenant's try is, in thousandths; `None`: there is none.
    pub fn alert_rule_try_course(&self, scope: &Scope) -> Result<Option<u32>> {
        scope_may(scope, Permission::AlertWrite)?;
        let tenant = entered(scope)?;
        Ok(self.tries.courses.lock().get(&tenant).map(|course| course.per_mille()))
    }

    /// Groups of a target mean what is nested in them.
    fn with_nested(&self, scope: &Scope, said: &RuleSaid) -> RuleSaid {
        let mut said = said.clone();
        if let Target::Groups(groups) = &mut said.target {
            *groups = groups.iter().flat_map(|group| self.directory.groups_within(scope, *group)).collect();
        }
        said
    }

    fn name_line(&self, scope: &Scope, line: &mut AlertLine, said: &RuleSaid) {
        line.rule_name = Some(said.name.clone());
        line.group_name = line.group.and_then(|group| self.directory.group_name(group));
        let row = line.sim.and_then(|sim| self.directory.rows_by_id(scope, &[sim], self.current()).pop());
        if let Some(row) = row {
            (line.msisdn, line.name) = (row.msisdn, row.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_has_one_try_at_a_time_and_whoever_goes_stops_it() {
        let tries = Arc::new(Tries::default());
        let (held, asker) = tries.begin(TenantId(1)).unwrap();
        assert!(tries.begin(TenantId(1)).is_none() && tries.begin(TenantId(2)).is_some());
        let course = asker.0.clone();
        drop(asker);
        assert!(course.is_stopped());
        assert!(tries.begin(TenantId(1)).is_none(), "the work isn't over yet");
        drop(held);
        assert!(tries.begin(TenantId(1)).is_some());
    }
}
