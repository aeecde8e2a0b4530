//! 異動需求: changes of SIMs that are wanted, who carries them out, and who takes them back.

use crate::{
    Result, Service,
    people::{entered, scope_may},
};
use futures::future::{BoxFuture, FutureExt};
use opencmp_domain::{
    ChangeId, Permission, PlanId, Scope,
    alert::rule::Rule,
    change::{ChangePage, ChangeRequest, ChangeState},
};
use opencmp_store::Within;

/// Lines of a page, at most.
const MOST_LINES: usize = 500;

/// What became of a change that was due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carried {
    Done,
    /// Nothing carries such changes out yet.
    NotConnected,
    /// Why, for people.
    Refused(String),
}

impl Carried {
    pub fn state(&self) -> ChangeState {
        match self {
            Self::Done => ChangeState::Done,
            Self::NotConnected => ChangeState::NotConnected,
            Self::Refused(_) => ChangeState::Refused,
        }
    }

    pub fn answer(&self) -> &str {
        match self {
            Self::Refused(why) => why,
            Self::Done | Self::NotConnected => "",
        }
    }
}

/// Whatever carries changes of SIMs out.
pub trait CarriesOut: Send + Sync {
    /// It may be asked of the same request twice, by its id: a process may end before the answer is written down, and several
    /// share the work.
    fn carry_out<'a>(&'a self, request: &'a ChangeRequest) -> BoxFuture<'a, Carried>;
}

/// Where nothing does.
pub struct NotConnected;

impl CarriesOut for NotConnected {
    fn carry_out<'a>(&'a self, _: &'a ChangeRequest) -> BoxFuture<'a, Carried> {
        std::future::ready(Carried::NotConnected).boxed()
    }
}

impl Service {
    /// Newest first, before `before`; of SIMs in reach.
    pub async fn change_list(
        &self,
        scope: &Scope,
        before: Option<ChangeId>,
        limit: usize,
    ) -> Result<ChangePage> {
        scope_may(scope, Permission::AlertRead)?;
        let within = Within { tenant: entered(scope)?, groups: scope.groups() };
        let mut page = self.store.change_list(within, before, limit.clamp(1, MOST_LINES)).await?;
        if scope.groups().is_some() {
            let rules = self.alert_rules(scope).await?;
            for line in &mut page.lines {
                if !rules.iter().any(|rule| rule.id == line.rule) {
                    line.rule_name = None;
                }
            }
        }
        Ok(page)
    }

    /// It is wanted no more. Errors: `NotFound`, `Invalid` (state: it isn't wanted).
    pub async fn change_withdraw(&self, scope: &Scope, id: ChangeId) -> Result<()> {
        scope_may(scope, Permission::AlertWrite)?;
        let within = Within { tenant: entered(scope)?, groups: scope.groups() };
        Ok(self.store.change_withdraw(within, id, &self.change(scope)).await?)
    }

    /// Rate plans that SIMs in reach have or these rules give, by name: what others have is nobody's business.
    pub fn plans_offered(&self, scope: &Scope, rules: &[Rule]) -> Vec<(PlanId, String)> {
        let given: Vec<PlanId> = rules.iter().filter_map(|rule| rule.said.actions.change?.plan).collect();
        self.directory.plans_held(scope, &given)
    }
}
