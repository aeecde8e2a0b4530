//! 告警規則: listed, said, switched, and what they said before.

use super::rule_checked;
use crate::{
    Result, Service, ServiceError,
    people::{entered, scope_may},
};
use opencmp_domain::{
    Permission, RuleId, Scope,
    alert::{
        channel::ChannelChoice,
        rule::{Rule, RuleSaid, RuleVersion, Target},
    },
};

impl Service {
    /// By category and name; for who is limited to groups, those that are for these alone.
    pub async fn alert_rules(&self, scope: &Scope) -> Result<Vec<Rule>> {
        scope_may(scope, Permission::AlertRead)?;
        let mut rules = self.store.alert_rule_list(entered(scope)?).await?;
        rules.retain(|rule| is_in_reach(scope, &rule.said));
        Ok(rules)
    }

    /// Channels by their names: for who may choose among them all, for others those of the rules that they see.
    pub async fn alert_channel_choices(&self, scope: &Scope) -> Result<Vec<ChannelChoice>> {
        scope_may(scope, Permission::AlertRead)?;
        let channels = self.store.alert_channel_list(entered(scope)?).await?;
        let mut choices: Vec<ChannelChoice> = channels.iter().map(|channel| channel.choice()).collect();
        if !scope.may(Permission::AlertWrite) {
            let rules = self.alert_rules(scope).await?;
            choices.retain(|choice| rules.iter().any(|rule| rule.said.notify.channels.contains(&choice.id)));
        }
        Ok(choices)
    }

    /// Adds a rule, or changes one that still is at a version. Errors: `Taken` (name), `Invalid` (a field of the rule, version),
    /// `NotFound` (the rule, a group, a channel, a plan).
    pub async fn alert_rule_save(
        &self,
        scope: &Scope,
        held: Option<(RuleId, u32)>,
        said: &RuleSaid,
    ) -> Result<RuleId> {
        scope_may(scope, Permission::AlertWrite)?;
        let tenant = entered(scope)?;
        rule_checked(said)?;
        if let Some(plan) = said.actions.change.and_then(|change| change.plan) {
            // One that the rule gives already may be one that no SIM has now.
            let before = match held {
                Some((id, _)) => vec![self.alert_rule_in_reach(scope, id).await?],
                None => Vec::new(),
            };
            if self.plans_offered(scope, &before).iter().all(|(offered, _)| *offered != plan) {
                return Err(ServiceError::NotFound);
            }
        }
        match held {
            None => Ok(self.store.alert_rule_add(tenant, said, self.change(scope)).await?),
            Some((id, version)) => {
                self.alert_rule_in_reach(scope, id).await?;
                self.store.alert_rule_update(id, version, said, &self.change(scope)).await?;
                Ok(id)
            }
        }
    }

    /// 告警啟用
    pub async fn alert_rule_enable(&self, scope: &Scope, id: RuleId, enabled: bool) -> Result<()> {
        scope_may(scope, Permission::AlertWrite)?;
        self.alert_rule_in_reach(scope, id).await?;
        self.store.alert_rule_enable(id, enabled, &self.change(scope)).await?;
        Ok(())
    }

    /// Takes it away for good; its alerts stay.
    pub async fn alert_rule_remove(&self, scope: &Scope, id: RuleId) -> Result<()> {
        scope_may(scope, Permission::AlertWrite)?;
        self.alert_rule_in_reach(scope, id).await?;
        Ok(self.store.alert_rule_remove(id, &self.change(scope)).await?)
    }

    /// What it said before, newest first.
    pub async fn alert_rule_versions(&self, scope: &Scope, id: RuleId) -> Result<Vec<RuleVersion>> {
        scope_may(scope, Permission::AlertRead)?;
        self.alert_rule_in_reach(scope, id).await?;
        let mut versions = self.store.alert_rule_versions(id).await?;
        versions.retain(|version| is_in_reach(scope, &version.said));
        Ok(versions)
    }

    pub(super) async fn alert_rule_in_reach(&self, scope: &Scope, id: RuleId) -> Result<Rule> {
        let tenant = entered(scope)?;
        let held = self.store.alert_rule(id).await?;
        let reached = held.filter(|held| held.tenant == tenant && is_in_reach(scope, &held.said));
        reached.ok_or(ServiceError::NotFound)
    }
}

/// Who is limited to groups has nothing to do with rules that reach beyond.
pub(super) fn is_in_reach(scope: &Scope, said: &RuleSaid) -> bool {
    let Some(groups) = scope.groups() else { return true };
    matches!(&said.target, Target::Groups(named) if named.iter().all(|group| groups.contains(group)))
}
