//! The alerts that are remembered: those that go on, and those that ended so lately that the same would be one with them.

use super::{
    common::CommonCauses,
    due::{Due, DueList},
    limit::Limited,
    offline::Flaps,
    rules::{Rules, Terms},
    usage::Together,
};
use crate::instant::{secs, timestamp};
use opencmp_domain::{
    AlertId, GroupId, RuleId, SimId,
    alert::{AlertKind, AlertTurn, Facts, Level, StoredAlert, TurnOf},
};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

#[derive(Default)]
pub(crate) struct Alerts {
    rules: Rules,
    known: FxHashMap<i64, Held>,
    by_sim: FxHashMap<u32, SmallVec<[i64; 2]>>,
    due: DueList,
    next_id: i64,
    /// In the order in which they changed.
    unsaved: Vec<i64>,
    turns: Vec<TurnOf>,
    /// When what is being applied was received: what is noticed now.
    pub now: u32,
    /// SIMs that connect and disconnect within seconds.
    pub(super) flaps: FxHashMap<u32, Flaps>,
    pub(super) together: Together,
    pub(super) causes: CommonCauses,
    /// SIMs in states that end some day.
    pub(super) limited: FxHashMap<u32, Limited>,
    /// Parts of a common cause that go on, by the cause's alert.
    parts: FxHashMap<i64, u32>,
}

struct Held {
    sim: Option<u32>,
    stored: StoredAlert,
    rearm_secs: u32,
    unsaved: bool,
}

/// An alert of a SIM that goes on.
#[derive(Clone, Copy)]
pub(super) struct Lasting {
    pub id: i64,
    pub sim: u32,
    pub rule: RuleId,
    pub kind: AlertKind,
}

/// What a condition found.
pub(crate) struct Raised {
    pub rule: RuleId,
    pub kind: AlertKind,
    /// By event time.
    pub began: u32,
    pub facts: Facts,
    /// The alert of the common cause that it is part of.
    pub parent: Option<AlertId>,
}

impl Raised {
    pub fn new(rule: RuleId, kind: AlertKind, began: u32, facts: Facts) -> Self {
        Self { rule, kind, began, facts, parent: None }
    }
}

impl Alerts {
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Alerts of rules that are gone end. Says which rules are new, or others than before.
    pub fn set_rules(&mut self, rules: Rules, now: u32) -> FxHashSet<RuleId> {
        let news = rules.news_to(&self.rules);
        self.rules = rules;
        self.now = now;
        let gone: Vec<i64> = self
            .known
            .iter()
            .filter(|(_, held)| {
                held.stored.ended_at.is_none() && self.rules.terms(held.stored.rule).is_none()
            })
            .map(|(&id, _)| id)
            .collect();
        for id in gone {
            self.finish(id, now, false);
        }
        news
    }

    pub fn set_next_id(&mut self, id: AlertId) {
        self.next_id = self.next_id.max(id.0);
    }

    pub fn restore(&mut self, stored: &StoredAlert, sim: Option<u32>) {
        self.next_id = self.next_id.max(stored.id.0 + 1);
        let terms = self.rules.terms(stored.rule);
        let rearm_secs = terms.map_or(0, |terms| terms.rearm_secs);
        if let (Some(parent), None) = (stored.parent, stored.ended_at) {
            *self.parts.entry(parent.0).or_default() += 1;
        }
        if let Some(ended) = stored.ended_at {
            self.due.add(secs(ended).saturating_add(rearm_secs), Due::Forget { alert: stored.id.0 });
        }
        if let (AlertKind::Flapping, Some(sim), Some(ended)) = (stored.kind, sim, stored.ended_at) {
            self.flaps.insert(sim, Flaps::counted(stored, secs(ended)));
        }
        let (id, goes_on) = (stored.id.0, stored.ended_at.is_none());
        if goes_on {
            self.causes.keep(stored.id, stored.rule, stored.kind, &stored.facts, secs(stored.began_at));
        }
        let stored = StoredAlert { facts: Facts::default(), ..stored.clone() };
        self.keep(Held { sim, stored, rearm_secs, unsaved: false });
        if goes_on && terms.is_none() {
            self.finish(id, self.now, false);
        }
    }

    fn keep(&mut self, held: Held) {
        let id = held.stored.id.0;
        if let Some(sim) = held.sim {
            self.by_sim.entry(sim).or_default().push(id);
        }
        self.known.insert(id, held);
    }

    pub fn wait(&mut self, at: u32, due: Due) {
        self.due.add(at, due);
    }

    /// What is due within so many seconds from now.
    pub fn waiting(&self, within: u32) -> impl Iterator<Item = &Due> {
        self.due.until(self.now.saturating_add(within))
    }

    pub fn take_due(&mut self, now: u32) -> Vec<(u32, Due)> {
        self.due.take(now)
    }

    // --- Alerts begin. ---

    pub fn raise(&mut self, sim: u32, group: Option<GroupId>, raised: Raised) {
        let Some(terms) = self.rules.terms(raised.rule) else { return };
        match self.same(sim, &raised) {
            Some(id) => self.again(id, &raised),
            None => {
                self.begin(Some(sim), group, terms, raised);
            }
        }
    }

    /// The alert that this would be one with: it goes on, or its rule isn't armed anew. One that ended is another if its common
    /// cause is: else nobody would be told of what a cause that is over doesn't explain any more.
    fn same(&self, sim: u32, raised: &Raised) -> Option<i64> {
        let ids = self.by_sim.get(&sim).filter(|_| !raised.kind.is_never_again())?;
        ids.iter().copied().find(|id| {
            self.known.get(id).is_some_and(|held| {
                let another = |ended: u32| {
                    raised.began > ended.saturating_add(held.rearm_secs)
                        || held.stored.parent != raised.parent
                };
                (held.stored.rule, held.stored.kind) == (raised.rule, raised.kind)
                    && !held.stored.ended_at.map(secs).is_some_and(another)
            })
        })
    }

    /// There is one that began at that instant.
    pub(super) fn began_then(&self, sim: u32, rule: RuleId, kind: AlertKind, at: u32) -> bool {
        let ids = self.by_sim.get(&sim).into_iter().flatten();
        let mut known = ids.filter_map(|id| self.known.get(id)).map(|held| &held.stored);
        known.any(|held| (held.rule, held.kind, secs(held.began_at)) == (rule, kind, at))
    }

    /// An alert of this kind goes on under a rule.
    pub(super) fn goes_on(&self, sim: u32, rule: RuleId, kind: AlertKind) -> bool {
        self.lasting_of(sim).any(|lasting| (lasting.rule, lasting.kind) == (rule, kind))
    }

    pub(super) fn forget_causes(&mut self) {
        let known = &self.known;
        let goes_on = |id: AlertId| known.get(&id.0).is_some_and(|held| held.stored.ended_at.is_none());
        self.causes.forget(self.now, goes_on);
    }

    fn again(&mut self, id: i64, raised: &Raised) {
        let Some(held) = self.known.get_mut(&id) else { return };
        if held.stored.ended_at.is_none() {
            return;
        }
        held.stored.times = held.stored.times.saturating_add(1);
        held.stored.ended_at = (!raised.kind.lasts()).then(|| timestamp(raised.began));
        if let (Some(parent), true) = (held.stored.parent, raised.kind.lasts()) {
            *self.parts.entry(parent.0).or_default() += 1;
        }
        self.turned(id, AlertTurn::Again, raised.began);
        self.forget_later(id);
    }

    pub(super) fn begin(
        &mut self,
        sim: Option<u32>,
        group: Option<GroupId>,
        terms: Terms,
        raised: Raised,
    ) -> AlertId {
        let id = AlertId(self.next_id.max(1));
        self.next_id = id.0 + 1;
        let Raised { rule, kind, began, facts, parent } = raised;
        self.causes.keep(id, rule, kind, &facts, began);
        // It settles by itself, whatever the rule thinks of what lasts.
        let by_itself = kind == AlertKind::Flapping;
        let stored = StoredAlert {
            id,
            tenant: terms.tenant,
            rule,
            rule_version: terms.version,
            sim: None,
            group,
            kind,
            level: if by_itself { Level::Normal } else { terms.level },
            began_at: timestamp(began),
            noticed_at: timestamp(self.now.max(began)),
            ended_at: (!kind.lasts()).then(|| timestamp(began)),
            times: 1,
            parent,
            facts,
            by_itself,
        };
        self.keep(Held { sim, stored, rearm_secs: terms.rearm_secs, unsaved: false });
        if let Some(parent) = parent {
            *self.parts.entry(parent.0).or_default() += 1;
        }
        self.turned(id.0, AlertTurn::Began, began);
        self.forget_later(id.0);
        id
    }

    /// One more of what is counted within an alert.
    pub(super) fn count(&mut self, id: AlertId, at: u32) {
        if let Some(held) = self.known.get_mut(&id.0) {
            held.stored.times = held.stored.times.saturating_add(1);
            held.stored.ended_at = Some(timestamp(at.max(secs(held.stored.began_at))));
            self.changed(id.0);
        }
    }

    // --- Alerts end. ---

    /// Ends what goes on of these kinds, under any rule that `over` says it of.
    pub fn end(&mut self, sim: u32, kind: AlertKind, at: u32, over: impl Fn(RuleId) -> bool) {
        let Some(ids) = self.by_sim.get(&sim) else { return };
        let ids: SmallVec<[i64; 2]> = ids
            .iter()
            .copied()
            .filter(|id| {
                self.known.get(id).is_some_and(|held| {
                    held.stored.kind == kind && held.stored.ended_at.is_none() && over(held.stored.rule)
                })
            })
            .collect();
        for id in ids {
            self.finish(id, at, true);
        }
    }

    /// Those of SIMs that go on.
    pub(super) fn lasting(&self) -> impl Iterator<Item = Lasting> {
        self.known.iter().filter_map(|(&id, held)| {
            let StoredAlert { rule, kind, ended_at, .. } = held.stored;
            Some(Lasting { id, sim: held.sim?, rule, kind }).filter(|_| ended_at.is_none())
        })
    }

    pub(super) fn lasting_of(&self, sim: u32) -> impl Iterator<Item = Lasting> {
        self.by_sim.get(&sim).into_iter().flatten().filter_map(move |&id| {
            let StoredAlert { rule, kind, ended_at, .. } = self.known.get(&id)?.stored;
            Some(Lasting { id, sim, rule, kind }).filter(|_| ended_at.is_none())
        })
    }

    /// Ends one without a word.
    pub(super) fn let_go(&mut self, id: i64) {
        self.finish(id, self.now, false);
    }

    fn finish(&mut self, id: i64, at: u32, told: bool) {
        let Some(held) = self.known.get_mut(&id).filter(|held| held.stored.ended_at.is_none()) else {
            return;
        };
        let at = at.max(secs(held.stored.began_at));
        held.stored.ended_at = Some(timestamp(at));
        let parent = held.stored.parent;
        match told {
            true => self.turned(id, AlertTurn::Ended, at),
            false => self.changed(id),
        }
        self.forget_later(id);
        if let Some(parent) = parent
            && let Some(parts) = self.parts.get_mut(&parent.0)
        {
            *parts = parts.saturating_sub(1);
            if *parts == 0 {
                self.parts.remove(&parent.0);
                self.finish(parent.0, at, told);
            }
        }
    }

    pub fn any_of(&self, sim: u32) -> bool {
        !self.by_sim.is_empty() && self.by_sim.contains_key(&sim)
    }

    fn forget_later(&mut self, id: i64) {
        let Some(held) = self.known.get(&id) else { return };
        if let Some(ended) = held.stored.ended_at {
            self.due.add(secs(ended).saturating_add(held.rearm_secs), Due::Forget { alert: id });
        }
    }

    /// Its rule is armed anew, unless it went on meanwhile or isn't written yet: then it is looked at again later.
    pub fn forget(&mut self, id: i64, now: u32) {
        let Some(held) = self.known.get(&id) else { return };
        let Some(ended) = held.stored.ended_at else { return };
        let until = secs(ended).saturating_add(held.rearm_secs);
        if until > now {
            return;
        }
        if held.unsaved {
            return self.due.add(now + 1, Due::Forget { alert: id });
        }
        if let Some(Held { sim: Some(sim), .. }) = self.known.remove(&id)
            && let Some(ids) = self.by_sim.get_mut(&sim)
        {
            ids.retain(|held| *held != id);
            if ids.is_empty() {
                self.by_sim.remove(&sim);
            }
        }
    }

    // --- Rows out. ---

    /// Parts of a common cause say nothing of their own.
    fn turned(&mut self, id: i64, turn: AlertTurn, at: u32) {
        let speaks =
            self.known.get(&id).is_some_and(|held| held.stored.parent.is_none() && !held.stored.by_itself);
        if speaks {
            self.turns.push(TurnOf { alert: AlertId(id), turn, at: timestamp(at) });
        }
        self.changed(id);
    }

    fn changed(&mut self, id: i64) {
        if let Some(held) = self.known.get_mut(&id)
            && !std::mem::replace(&mut held.unsaved, true)
        {
            self.unsaved.push(id);
        }
    }

    pub fn has_turns(&self) -> bool {
        !self.turns.is_empty()
    }

    pub fn unsaved(&self) -> usize {
        self.unsaved.len()
    }

    pub fn take_unsaved(&mut self, id_of: impl Fn(u32) -> i64) -> (Vec<StoredAlert>, Vec<TurnOf>) {
        let ids = std::mem::take(&mut self.unsaved);
        let mut rows: Vec<StoredAlert> = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(held) = self.known.get_mut(&id) else { continue };
            held.unsaved = false;
            let facts = std::mem::take(&mut held.stored.facts);
            let sim = held.sim.map(|slot| SimId(id_of(slot)));
            rows.push(StoredAlert { sim, facts, ..held.stored.clone() });
        }
        rows.sort_unstable_by_key(|row| row.id);
        (rows, std::mem::take(&mut self.turns))
    }
}
