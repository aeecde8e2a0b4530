//! IMEI/IMSI不匹配: another device in the SIM, one that isn't listed, one in several SIMs (21, 22, 30). 資安通報: two devices with one
//! card at once. Only plausible devices come here.

use super::Raised;
use crate::{Fleet, NONE};
use opencmp_domain::{
    Imei, TenantId,
    alert::{AlertKind, Facts},
    session::flags,
};
use rustc_hash::FxHashMap;
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
        if let Some(tenant) = place.tenant().filter(|_| self.alerts.devices.counts) {
            let before = before.map(|before| before.device());
            let sims = self.alerts.devices.moved(tenant, before, now.device());
            // The one that reaches the number says so; those that come after are the same news.
            for shared in place.watch.shared.iter().filter(|shared| sims == Some(shared.sims)) {
                let facts = Facts::default().with("to", now).with("sims", shared.sims);
                raised.push(Raised::new(shared.rule, AlertKind::SharedDevice, at, facts));
            }
        }
        if !listed_by.is_empty() {
            self.alerts.end(sim, AlertKind::UnlistedDevice, at, |rule| listed_by.contains(&rule));
        }
        raised.into_iter().for_each(|raised| self.raise(sim, raised));
    }

    /// The device of another session of the SIM that is open and not overdue.
    fn another_open(&self, sim: u32, now: Imei) -> Option<Imei> {
        let mut slot = self.sims.at(sim).sessions;
        while slot != NONE {
            let session = self.sessions.at(slot);
            let other = Imei::from_bits(session.imei).filter(|other| other.device() != now.device());
            if session.is_open() && !session.has(flags::OVERDUE) && other.is_some() {
                return other;
            }
            slot = session.next;
        }
        None
    }

    /// Counts the SIMs of each device anew, if any rule asks for it.
    pub(super) fn count_devices(&mut self) {
        let counts = self.alerts.rules().any_shared();
        let mut devices = Devices { counts, ..Devices::default() };
        for sim in (0..self.sims.len()).filter(|_| counts) {
            let held = self.sims.at(sim);
            let tenant = self.placements.at(held.placement).and_then(|place| place.tenant());
            if let (Some(tenant), Some(imei)) = (tenant, Imei::from_bits(held.imei)) {
                devices.moved(tenant, None, imei.device());
            }
        }
        self.alerts.devices = devices;
    }
}

/// In how many SIMs of a tenant each device is. Kept while a rule asks for it.
#[derive(Default)]
pub(crate) struct Devices {
    pub counts: bool,
    sims: FxHashMap<(TenantId, u64), u32>,
}

impl Devices {
    /// A SIM is in another device than before. In how many SIMs that one is by now; `None`: in it already.
    fn moved(&mut self, tenant: TenantId, before: Option<u64>, now: u64) -> Option<u32> {
        if before == Some(now) {
            return None;
        }
        if let Some(before) = before
            && let Some(sims) = self.sims.get_mut(&(tenant, before))
        {
            *sims = sims.saturating_sub(1);
        }
        let sims = self.sims.entry((tenant, now)).or_default();
        *sims = sims.saturating_add(1);
        Some(*sims)
    }
}
