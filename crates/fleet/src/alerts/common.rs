//! What many SIMs that were lost at once have in common, besides a gateway that restarted: a cell, a tracking or location area,
//! an access point, a gateway that nothing comes through. One alert says so; theirs are parts of it.
//!
//! A place is at fault if ten SIMs or more were lost there within five minutes and haven't come back, and if no more than
//! those are still connected there, whoever's they are. Of several, the one with the most SIMs is; of those that lost about
//! as many, the narrowest. The others are looked for among those that are waited for: so the first that is late already finds
//! the cause, and no message goes out before it.

use super::{Due, Raised, rules::Offline};
use crate::{Fleet, NONE};
use opencmp_domain::{
    AlertId, Plmn, RuleId,
    alert::{AlertKind, Facts},
    session::{CellKind, EndCause},
};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// From so many SIMs on they have one cause.
pub(super) const COMMON: usize = 10;
/// Lost within this of each other is lost at once.
const WITHIN_SECS: u32 = 300;

/// Where SIMs are lost together. Narrow ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Spot {
    Cell {
        plmn: u32,
        kind: u8,
        area: u32,
        cell: u64,
    },
    Area {
        plmn: u32,
        tracking: bool,
        area: u32,
    },
    /// By number in the classes.
    Apn(u32),
    /// By number of the node.
    Gateway(u32),
}

type Spots = SmallVec<[Spot; 4]>;
/// A SIM that is late, and by which rule.
type Late = (u32, RuleId);

#[derive(Default)]
pub(crate) struct CommonCauses {
    /// Alerts of causes that go on, by what they say.
    going: FxHashMap<(RuleId, AlertKind, String), (AlertId, u32)>,
    /// Found to be at no fault, until then.
    cleared: FxHashMap<Spot, u32>,
}

impl CommonCauses {
    /// Of an alert that begins, or goes on at a start.
    pub fn keep(&mut self, alert: AlertId, rule: RuleId, kind: AlertKind, facts: &Facts, began: u32) {
        if !kind.is_common_cause() {
            return;
        }
        if let Some(label) = ["cell", "area", "apn", "gateway"].iter().find_map(|name| facts.get(name)) {
            self.going.insert((rule, kind, label.to_owned()), (alert, began));
        }
    }

    /// Lets go of what is over by `now`.
    pub fn forget(&mut self, now: u32, goes_on: impl Fn(AlertId) -> bool) {
        self.cleared.retain(|_, until| *until > now);
        self.going.retain(|_, (alert, _)| goes_on(*alert));
    }
}

impl Spot {
    /// The kind of alert that it causes, and the fact by which that says where it is.
    fn said_by(self) -> (AlertKind, &'static str) {
        match self {
            Self::Cell { .. } => (AlertKind::CellLost, "cell"),
            Self::Area { .. } => (AlertKind::AreaLost, "area"),
            Self::Apn(_) => (AlertKind::ApnLost, "apn"),
            Self::Gateway(_) => (AlertKind::GatewayLost, "gateway"),
        }
    }
}

impl Fleet {
    /// Raises what SIMs that are late have in common once, and the alert of each.
    pub(super) fn raise_late(&mut self, late: Vec<Late>) {
        self.alerts.forget_causes();
        let mut lone = Vec::new();
        for (sim, rule) in late {
            match self.cause_that_goes_on(sim, rule) {
                Some(cause) => self.raise_offline(sim, rule, Some(cause)),
                None => lone.push((sim, rule)),
            }
        }
        let at_fault = self.spots_at_fault(&lone);
        if at_fault.is_empty() {
            return lone.into_iter().for_each(|(sim, rule)| self.raise_offline(sim, rule, None));
        }
        let mut together: FxHashMap<(RuleId, Spot), Vec<u32>> = FxHashMap::default();
        for (sim, rule) in lone {
            match widest(&self.lost_at(sim), |spot| at_fault.get(&(rule, spot)).copied()) {
                Some(spot) => together.entry((rule, spot)).or_default().push(sim),
                None => self.raise_offline(sim, rule, None),
            }
        }
        let mut together: Vec<_> = together.into_iter().collect();
        together.sort_unstable_by_key(|(cause, _)| *cause);
        for ((rule, spot), sims) in together {
            let lost = at_fault.get(&(rule, spot)).copied().unwrap_or_default();
            self.raise_cause(rule, spot, lost, &sims);
        }
    }

    fn raise_cause(&mut self, rule: RuleId, spot: Spot, lost: usize, sims: &[u32]) {
        let began = sims.iter().map(|&sim| self.sims.at(sim).offline_since).min().unwrap_or_default();
        let (kind, name) = spot.said_by();
        let facts = Facts::default().with(name, self.label(spot)).with("sims", lost);
        self.raise_parts(sims, Raised::new(rule, kind, began, facts));
    }

    /// The alert of a cause that goes on, which took this SIM too: it was lost when that began.
    fn cause_that_goes_on(&self, sim: u32, rule: RuleId) -> Option<AlertId> {
        let going = &self.alerts.causes.going;
        if going.is_empty() {
            return None;
        }
        let since = self.sims.at(sim).offline_since;
        self.lost_at(sim).into_iter().find_map(|spot| {
            let (alert, began) = going.get(&(rule, spot.said_by().0, self.label(spot)))?;
            (since.abs_diff(*began) <= WITHIN_SECS).then_some(*alert)
        })
    }

    /// Those where SIMs were lost together, and how many.
    fn spots_at_fault(&mut self, late: &[Late]) -> FxHashMap<(RuleId, Spot), usize> {
        let rules: FxHashSet<RuleId> = late.iter().map(|(_, rule)| *rule).collect();
        if rules.is_empty() {
            return FxHashMap::default();
        }
        let mut lost: Vec<(RuleId, Spot, u32)> = Vec::new();
        let waiting = self.alerts.waiting(WITHIN_SECS).filter_map(|due| match *due {
            Due::Offline { sim, since, rule } if rules.contains(&rule) => Some((sim, since, rule)),
            _ => None,
        });
        let waiting: Vec<Late> = waiting
            .filter(|&(sim, since, _)| {
                let held = self.sims.at(sim);
                held.open == 0 && held.offline_since == since
            })
            .map(|(sim, _, rule)| (sim, rule))
            .collect();
        for &(sim, rule) in late.iter().chain(&waiting) {
            lost.extend(self.lost_at(sim).into_iter().map(|spot| (rule, spot, sim)));
        }
        // A SIM that was waited for twice is one.
        lost.sort_unstable();
        lost.dedup();
        let many =
            lost.chunk_by(|one, next| (one.0, one.1) == (next.0, next.1)).filter(|of| of.len() >= COMMON);
        let mut found: FxHashMap<(RuleId, Spot), usize> =
            many.filter_map(|of| of.first().map(|first| ((first.0, first.1), of.len()))).collect();
        found.retain(|(_, spot), _| !self.alerts.causes.cleared.contains_key(spot));
        if !found.is_empty() {
            let connected = self.connected_at(found.keys().map(|(_, spot)| *spot).collect());
            let until = self.alerts.now.saturating_add(WITHIN_SECS);
            found.retain(|(_, spot), lost| {
                let at_fault = connected.get(spot).copied().unwrap_or_default() <= *lost;
                if !at_fault {
                    self.alerts.causes.cleared.insert(*spot, until);
                }
                at_fault
            });
        }
        found
    }

    /// SIMs that are connected at each of these: a look at the whole fleet, for places that many SIMs were lost at.
    fn connected_at(&self, spots: FxHashSet<Spot>) -> FxHashMap<Spot, usize> {
        let mut connected: FxHashMap<Spot, usize> = FxHashMap::default();
        for sim in 0..self.sims.len() {
            let held = self.sims.at(sim);
            if held.open == 0 {
                continue;
            }
            let mut slot = held.sessions;
            while slot != NONE {
                let session = self.sessions.at(slot);
                if session.is_open() && !session.is_secondary() {
                    for spot in self.spots_of(slot).into_iter().filter(|spot| spots.contains(spot)) {
                        *connected.entry(spot).or_default() += 1;
                    }
                    break;
                }
                slot = session.next;
            }
        }
        connected
    }

    /// Where a SIM was lost; nowhere, if it took its leave.
    fn lost_at(&self, sim: u32) -> Spots {
        match self.last_ended(sim) {
            Some(slot) if is_loss(self.sessions.at(slot).end_cause()) => self.spots_of(slot),
            _ => Spots::new(),
        }
    }

    fn spots_of(&self, slot: u32) -> Spots {
        let session = self.sessions.at(slot);
        let mut spots = Spots::new();
        if let Some(at) = session.cell() {
            let plmn = at.plmn.to_bits();
            if let Some(cell) = at.cell {
                let area = at.area.unwrap_or(u32::MAX);
                spots.push(Spot::Cell { plmn, kind: at.kind.code(), area, cell });
            }
            let tracking = matches!(at.kind, CellKind::Tai | CellKind::Ecgi | CellKind::Ncgi);
            spots.extend(at.area.map(|area| Spot::Area { plmn, tracking, area }));
        }
        let apn = self.classes.fields(session.class).apn;
        spots.extend((apn != 0).then_some(Spot::Apn(apn)));
        spots.extend((session.node != NONE).then_some(Spot::Gateway(session.node)));
        spots
    }

    /// As people know it: 46692-40001-12345678.
    fn label(&self, spot: Spot) -> String {
        match spot {
            Spot::Cell { plmn, area: u32::MAX, cell, .. } => format!("{}-{cell}", Plmn::from_bits(plmn)),
            Spot::Cell { plmn, area, cell, .. } => format!("{}-{area}-{cell}", Plmn::from_bits(plmn)),
            Spot::Area { plmn, area, .. } => format!("{}-{area}", Plmn::from_bits(plmn)),
            Spot::Apn(apn) => self.classes.apn_name(apn).to_owned(),
            Spot::Gateway(node) => self.gateways.name_of(node),
        }
    }
}

/// Common causes are for those that report all the time: one that reports rarely is late for reasons of its own.
pub(super) fn may_be_common(offline: &Offline) -> bool {
    !offline.learned
}

/// It wasn't the device that ended it.
fn is_loss(cause: Option<EndCause>) -> bool {
    !matches!(
        cause,
        None | Some(
            EndCause::USER_REQUEST | EndCause::ADMIN_RESET | EndCause::SESSION_TIMEOUT | EndCause::SUPERSEDED
        )
    )
}

/// The one that lost the most; a wider one only if it lost a quarter more than the one within it.
fn widest(spots: &[Spot], lost: impl Fn(Spot) -> Option<usize>) -> Option<Spot> {
    let mut chosen: Option<(Spot, usize)> = None;
    for &spot in spots {
        let Some(count) = lost(spot) else { continue };
        if chosen.is_none_or(|(_, of)| count * 4 >= of * 5) {
            chosen = Some((spot, count));
        }
    }
    chosen.map(|(spot, _)| spot)
}
