//! Rules as the engine looks at them: for each place, what is looked out for there and by which rule.

use crate::{instant::secs, placements::Placement};
use opencmp_domain::{
    GroupId, Imei, Plmn, RatType, RuleId, ServiceState, TenantId,
    alert::{
        Level,
        rule::{Condition, Rule, Target},
    },
};
use rustc_hash::{FxHashMap, FxHashSet};

/// The rules that hold, all tenants'. Groups of a target have what is nested in them with them.
#[derive(Default)]
pub(crate) struct Rules {
    rules: FxHashMap<RuleId, Rule>,
    by_tenant: FxHashMap<TenantId, Vec<RuleId>>,
    any_cloned: bool,
    most_shared: u32,
}

/// What alerts of a rule begin with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub tenant: TenantId,
    pub version: u32,
    pub level: Level,
    pub rearm_secs: u32,
}

/// What is looked out for at one place. Empty nearly everywhere, and then next to nothing is done for a record.
#[derive(Default)]
pub(crate) struct Watch {
    pub daily: Vec<Daily>,
    pub stages: Vec<Stage>,
    pub offline: Vec<Offline>,
    pub other_device: Vec<RuleId>,
    pub listed_devices: Vec<(RuleId, Vec<Listed>)>,
    pub networks: Vec<(RuleId, Vec<Plmn>)>,
    pub roaming: Vec<RuleId>,
    pub rats: Vec<(RuleId, Vec<RatType>)>,
    pub shared: Vec<Shared>,
    pub unusual: Vec<Unusual>,
    pub cloned: Vec<RuleId>,
    pub travel: Vec<RuleId>,
    pub states: Vec<(RuleId, Vec<ServiceState>)>,
    pub limits: Vec<Limits>,
}

/// One device in so many SIMs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shared {
    pub rule: RuleId,
    pub sims: u32,
}

/// So many times what a SIM uses as a rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unusual {
    pub rule: RuleId,
    pub times: u32,
}

/// A SIM's usage of a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Daily {
    pub rule: RuleId,
    pub over: u64,
}

/// A share of a SIM's allowance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage {
    pub rule: RuleId,
    pub percent: u16,
    pub octets: u64,
    /// Of all the rule's SIMs together.
    pub together: bool,
}

/// Days before a state's limit.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub rule: RuleId,
    /// When the rule was made as it is.
    pub since: u32,
    pub days_before: Vec<u16>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Offline {
    pub rule: RuleId,
    /// When the rule was made as it is.
    pub since: u32,
    pub after_secs: u32,
    /// Not before the SIM has missed its own learned interval.
    pub learned: bool,
}

/// Devices whose IMEI begins alike: a range of the first 14 digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    from: u64,
    to: u64,
}

impl Listed {
    fn new(digits: &str) -> Option<Self> {
        let digits = digits.get(..digits.len().min(14))?;
        let free = 10u64.pow(14 - digits.len() as u32);
        let from = digits.parse::<u64>().ok()?.checked_mul(free)?;
        Some(Self { from, to: from + (free - 1) })
    }

    pub fn holds(self, imei: Imei) -> bool {
        (self.from..=self.to).contains(&imei.device())
    }
}

impl Rules {
    pub fn new(rules: Vec<Rule>) -> Self {
        let mut by_tenant: FxHashMap<TenantId, Vec<RuleId>> = FxHashMap::default();
        let enabled = rules.into_iter().filter(|rule| rule.said.enabled);
        let rules: FxHashMap<RuleId, Rule> = enabled.map(|rule| (rule.id, rule)).collect();
        for rule in rules.values() {
            by_tenant.entry(rule.tenant).or_default().push(rule.id);
        }
        by_tenant.values_mut().for_each(|ids| ids.sort_unstable());
        let (mut any_cloned, mut most_shared) = (false, 0);
        for rule in rules.values() {
            match &rule.said.condition {
                Condition::Security(security) => any_cloned |= security.cloned,
                Condition::Device(device) => most_shared = most_shared.max(device.shared_by.unwrap_or(0)),
                _ => {}
            }
        }
        Self { rules, by_tenant, any_cloned, most_shared }
    }

    /// Those that `before` hadn't, or hadn't like this.
    pub fn news_to(&self, before: &Self) -> FxHashSet<RuleId> {
        let held = |rule: &Rule| before.rules.get(&rule.id).is_some_and(|held| held == rule);
        self.rules.values().filter(|rule| !held(rule)).map(|rule| rule.id).collect()
    }

    pub fn terms(&self, rule: RuleId) -> Option<Terms> {
        let Rule { tenant, version, said, .. } = self.rules.get(&rule)?;
        let rearm_secs = said.rearm_minutes.saturating_mul(60);
        Some(Terms { tenant: *tenant, version: *version, level: said.level, rearm_secs })
    }

    pub fn is_version(&self, rule: RuleId, version: u32) -> bool {
        self.rules.get(&rule).is_some_and(|rule| rule.version == version)
    }

    /// Rules about what their SIMs use together.
    pub fn together(&self) -> Vec<RuleId> {
        let together = |rule: &&Rule| match &rule.said.condition {
            Condition::Usage(usage) => usage.stages.as_ref().is_some_and(|stages| stages.together),
            _ => false,
        };
        self.rules.values().filter(together).map(|rule| rule.id).collect()
    }

    /// The group that a rule is about, where it is about one.
    pub fn only_group(&self, rule: RuleId) -> Option<GroupId> {
        match &self.rules.get(&rule)?.said.target {
            Target::Groups(groups) => groups.first().copied().filter(|_| groups.len() == 1),
            _ => None,
        }
    }

    /// A tenant's rules about sign-ins that fail.
    pub fn about_sign_ins(&self, tenant: TenantId) -> Vec<RuleId> {
        let about = |rule: &&Rule| match &rule.said.condition {
            Condition::Security(security) => security.sign_ins,
            _ => false,
        };
        let ids = self.by_tenant.get(&tenant).into_iter().flatten();
        ids.filter_map(|id| self.rules.get(id)).filter(about).map(|rule| rule.id).collect()
    }

    /// Any rule about what is in two places at once.
    #[inline]
    pub fn any_cloned(&self) -> bool {
        self.any_cloned
    }

    /// The most SIMs that any rule asks for with one device; 0: none is about that.
    pub fn most_shared(&self) -> u32 {
        self.most_shared
    }

    /// What the rules look out for at a place, in their order.
    pub fn watch(&self, placement: &Placement) -> Watch {
        let mut watch = Watch::default();
        let of_tenant = placement.tenant().and_then(|tenant| self.by_tenant.get(&tenant));
        let rules = of_tenant.into_iter().flatten().filter_map(|id| self.rules.get(id));
        rules.filter(|rule| aims_at(&rule.said.target, placement)).for_each(|rule| watch.add(rule));
        watch
    }
}

/// The SIMs at a place are among those that a rule is for.
pub(crate) fn aims_at(target: &Target, placement: &Placement) -> bool {
    match target {
        Target::All => true,
        Target::Groups(groups) => placement.group().is_some_and(|group| groups.contains(&group)),
        Target::Tags(tags) => placement.tags().iter().any(|tag| tags.contains(tag)),
    }
}

impl Watch {
    fn add(&mut self, rule: &Rule) {
        let id = rule.id;
        match &rule.said.condition {
            Condition::Usage(usage) => {
                self.daily.extend(usage.daily_over.map(|over| Daily { rule: id, over: over.0 }));
                self.stages.extend(usage.stages.iter().flat_map(|stages| {
                    let of = |&percent| {
                        let (octets, together) = (stages.octets(percent), stages.together);
                        Stage { rule: id, percent, octets, together }
                    };
                    stages.percents.iter().map(of)
                }));
            }
            Condition::Offline(offline) => {
                let after_secs = offline.after_minutes.saturating_mul(60);
                let (since, learned) = (secs(rule.modified_at), offline.learned);
                self.offline.push(Offline { rule: id, since, after_secs, learned });
            }
            Condition::Device(device) => {
                self.other_device.extend(device.other.then_some(id));
                let listed: Vec<_> = device.listed.iter().filter_map(|digits| Listed::new(digits)).collect();
                self.listed_devices.extend((!listed.is_empty()).then_some((id, listed)));
                self.shared.extend(device.shared_by.map(|sims| Shared { rule: id, sims }));
            }
            Condition::Network(network) => {
                let named = !network.networks.is_empty();
                self.networks.extend(named.then(|| (id, network.networks.clone())));
                self.roaming.extend(network.roaming.then_some(id));
                self.rats.extend((!network.rats.is_empty()).then(|| (id, network.rats.clone())));
            }
            Condition::Security(security) => {
                self.unusual.extend(security.times_usual.map(|times| Unusual { rule: id, times }));
                self.cloned.extend(security.cloned.then_some(id));
                self.travel.extend(security.travel.then_some(id));
            }
            Condition::LifeCycle(states) => {
                self.states.push((id, states.to.clone()));
                let (since, days_before) = (secs(rule.modified_at), states.days_before.clone());
                let asked = !days_before.is_empty();
                self.limits.extend(asked.then_some(Limits { rule: id, since, days_before }));
            }
        }
    }

    pub fn usage(&self) -> bool {
        !(self.daily.is_empty() && self.stages.is_empty() && self.unusual.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_listed_by_how_they_begin() {
        let imei: Imei = "866425031234562".parse().unwrap();
        for (digits, holds) in [
            ("86642503", true),
            ("866425031234562", true),
            ("86642503123456", true),
            ("86642504", false),
            ("8664250312345", true),
            ("00000000", false),
        ] {
            assert_eq!(Listed::new(digits).unwrap().holds(imei), holds, "{digits}");
        }
    }
}
