//! 網路變更: served by another network, in another country, by other radio access than the rule has it (27, 28). 資安通報: in another
//! country faster than anything travels. What a packet doesn't say is not another.

use super::Raised;
use crate::{Fleet, classes::Fields};
use opencmp_domain::{
    Imsi, RuleId,
    alert::{AlertKind, Facts},
};
use smallvec::SmallVec;

/// Nobody is in another country so soon.
const TRAVEL_SECS: u32 = 1800;

impl Fleet {
    /// What serves a SIM has changed since `heard_at`.
    pub(crate) fn watch_network(&mut self, sim: u32, before: Fields, heard_at: u32, now: Fields, at: u32) {
        let held = self.sims.at(sim);
        let Some(place) = self.placements.at(held.placement) else { return };
        let watch = &place.watch;
        let nothing = watch.networks.is_empty() && watch.roaming.is_empty();
        if nothing && watch.rats.is_empty() && watch.travel.is_empty() {
            return;
        }
        let mut found = Found { at, raised: SmallVec::new(), over: SmallVec::new() };
        if let Some(plmn) = now.plmn().filter(|_| before.plmn() != now.plmn()) {
            let facts = facts(before.plmn(), plmn);
            for (rule, networks) in &watch.networks {
                found.judge(*rule, AlertKind::OtherNetwork, networks.contains(&plmn), &facts);
            }
            let secs = at.saturating_sub(heard_at);
            if before.plmn().is_some_and(|before| before.mcc() != plmn.mcc()) && secs < TRAVEL_SECS {
                for &rule in &watch.travel {
                    let facts = facts.clone().with("secs", secs);
                    found.raised.push(Raised::new(rule, AlertKind::Travel, at, facts));
                }
            }
            if let Some(home) = Imsi::from_bits(held.imsi).map(Imsi::mcc) {
                for rule in &watch.roaming {
                    found.judge(*rule, AlertKind::Roaming, plmn.mcc() == home, &facts);
                }
            }
        }
        if let Some(rat) = now.rat().filter(|_| before.rat() != now.rat()) {
            let facts = facts(before.rat().map(|rat| rat.0), rat.0);
            for (rule, rats) in &watch.rats {
                found.judge(*rule, AlertKind::OtherRat, rats.contains(&rat), &facts);
            }
        }
        for (rule, kind) in found.over {
            self.alerts.end(sim, kind, at, |held| held == rule);
        }
        found.raised.into_iter().for_each(|raised| self.raise(sim, raised));
    }
}

struct Found {
    at: u32,
    raised: SmallVec<[Raised; 2]>,
    over: SmallVec<[(RuleId, AlertKind); 2]>,
}

impl Found {
    fn judge(&mut self, rule: RuleId, kind: AlertKind, fine: bool, facts: &Facts) {
        match fine {
            true => self.over.push((rule, kind)),
            false => self.raised.push(Raised::new(rule, kind, self.at, facts.clone())),
        }
    }
}

fn facts<T: ToString>(from: Option<T>, to: impl ToString) -> Facts {
    let facts = Facts::default();
    match from {
        Some(from) => facts.with("from", from.to_string()),
        None => facts,
    }
    .with("to", to)
}
