//! IMEI/IMSI不匹配: another device in the SIM, one that isn't listed, one in several SIMs (21, 22, 30). 資安通報: two devices with one
//! card at once, or two cards with one device. Only plausible devices come here.

use super::{Raised, rules::Shared};
use crate::{Fleet, NONE, session::Session};
use opencmp_domain::{
    Imei,
    alert::{AlertKind, Facts},
    session::flags,
};
use smallvec::SmallVec;

impl Fleet {
    /// A SIM is in a device: the first that is known of, or another than before.
    pub(crate) fn watch_device(&mut self, sim: u32, before: Option<Imei>, now: Imei, at: u32) {
        let Some(place) = self.placements.at(self.sims.at(sim).placement) else { return };
        let mut raised: SmallVec<[Raised; 2]> = SmallVec::new();
        let facts = || match before {
            Some(before) => Facts::default().with("from", before).with("to", now),
            None => Facts::default().with("to", now),
        };
        if before.is_some_and(|before| before.device() != now.device()) {
            let other = |&rule| Raised::new(rule, AlertKind::OtherDevice, at, facts());
            raised.extend(place.watch.other_device.iter().map(other));
        }
        let mut listed_by: SmallVec<[_; 2]> = SmallVec::new();
        for (rule, listed) in &place.watch.listed_devices {
            if listed.iter().any(|listed| listed.holds(now)) {
                listed_by.push(*rule);
            } else {
                raised.push(Raised::new(*rule, AlertKind::UnlistedDevice, at, facts()));
            }
        }
        for &rule in &place.watch.cloned {
            if let Some(other) = self.another_open(sim, now) {
                let facts = Facts::default().with("from", other).with("to", now);
                raised.push(Raised::new(rule, AlertKind::Cloned, at, facts));
            }
        }
        if !listed_by.is_empty() {
            self.alerts.end(sim, AlertKind::UnlistedDevice, at, |rule| listed_by.contains(&rule));
        }
        raised.into_iter().for_each(|raised| self.raise(sim, raised));
        if before.is_none_or(|before| before.device() != now.device()) {
            self.watch_shared(sim, now, at);
        }
    }

    /// A device has come into a SIM. The first of a rule's SIMs to be among so many says so; those that come after are the same
    /// news.
    fn watch_shared(&mut self, sim: u32, imei: Imei, at: u32) {
        let most = self.alerts.rules().most_shared();
        let Some(place) = self.placements.at(self.sims.at(sim).placement).filter(|_| most > 0) else {
            return;
        };
        // Other SIMs of the tenant that the device is in, and of each rule that looks out for it one of its own.
        let mut others = 0;
        let mut seen: SmallVec<[(Shared, u32); 2]> = SmallVec::new();
        for other in self.by_device.find(&self.sims, imei).filter(|other| *other != sim) {
            let Some(theirs) = self.placements.at(self.sims.at(other).placement) else { continue };
            if theirs.tenant().is_none() || theirs.tenant() != place.tenant() {
                continue;
            }
            others += 1;
            for shared in &theirs.watch.shared {
                match seen.iter_mut().find(|(seen, _)| seen.rule == shared.rule) {
                    Some((_, first)) => *first = other.min(*first),
                    None => seen.push((*shared, other)),
                }
            }
            let is_seen = |mine: &Shared| seen.iter().any(|(seen, _)| seen.rule == mine.rule);
            if others >= most && place.watch.shared.iter().all(is_seen) {
                return;
            }
        }
        let sims = others + 1;
        let is_seen = |mine: &Shared| seen.iter().any(|(seen, _)| seen.rule == mine.rule);
        let is_mine = |seen: &Shared| place.watch.shared.iter().any(|mine| mine.rule == seen.rule);
        let mine = place.watch.shared.iter().filter(|mine| sims >= mine.sims);
        let mine = mine.filter(|mine| others < mine.sims || !is_seen(mine)).map(|mine| (mine.rule, sim));
        let theirs = seen.iter().filter(|(seen, _)| sims == seen.sims && !is_mine(seen));
        let said: SmallVec<[_; 2]> = mine.chain(theirs.map(|(seen, other)| (seen.rule, *other))).collect();
        for (rule, sim) in said {
            let facts = Facts::default().with("to", imei).with("sims", sims);
            self.raise(sim, Raised::new(rule, AlertKind::SharedDevice, at, facts));
        }
    }

    /// A session is in a device that it wasn't in before, or is heard of again: another SIM's may be in it too.
    pub(crate) fn watch_clones(&mut self, slot: u32, at: u32) {
        let session = self.sessions.at(slot);
        let sim = session.sim;
        let Some(imei) = Imei::from_bits(session.imei).filter(|_| is_there(session)) else { return };
        let Some(place) = self.placements.at(self.sims.at(sim).placement) else { return };
        let open_in_it = |other: u32| {
            let theirs = self.placements.at(self.sims.at(other).placement)?;
            let one_tenant = theirs.tenant().is_some() && theirs.tenant() == place.tenant();
            (one_tenant && self.is_open_in(other, imei)).then_some((other, theirs))
        };
        let Some((other, theirs)) =
            self.by_device.find(&self.sims, imei).filter(|other| *other != sim).find_map(open_in_it)
        else {
            return;
        };
        let mine = place.watch.cloned.iter().map(|rule| (*rule, sim));
        let only_theirs = theirs.watch.cloned.iter().filter(|rule| !place.watch.cloned.contains(rule));
        let said: SmallVec<[_; 2]> = mine.chain(only_theirs.map(|rule| (*rule, other))).collect();
        for (rule, sim) in said {
            let facts = Facts::default().with("to", imei).with("sims", 2);
            self.raise(sim, Raised::new(rule, AlertKind::Cloned, at, facts));
        }
    }

    /// The SIM has a session in this device that is open and not overdue.
    fn is_open_in(&self, sim: u32, imei: Imei) -> bool {
        let held = self.sims.at(sim);
        let mut slot = if held.open_all > 0 { held.sessions } else { NONE };
        while slot != NONE {
            let session = self.sessions.at(slot);
            let device = Imei::from_bits(session.imei).map(Imei::device);
            if is_there(session) && device == Some(imei.device()) {
                return true;
            }
            slot = session.next;
        }
        false
    }

    /// The device of another session of the SIM that is open and not overdue.
    fn another_open(&self, sim: u32, now: Imei) -> Option<Imei> {
        let mut slot = self.sims.at(sim).sessions;
        while slot != NONE {
            let session = self.sessions.at(slot);
            let other = Imei::from_bits(session.imei).filter(|other| other.device() != now.device());
            if is_there(session) && other.is_some() {
                return other;
            }
            slot = session.next;
        }
        None
    }
}

/// It is open, and was heard of in time.
fn is_there(session: &Session) -> bool {
    session.is_open() && !session.has(flags::OVERDUE)
}
