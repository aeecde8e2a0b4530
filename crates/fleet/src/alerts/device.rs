//! IMEI/IMSI不匹配: another device in the SIM, or one that isn't listed (21, 22, 30). Only plausible devices come here.

use super::Raised;
use crate::Fleet;
use opencmp_domain::{
    Imei,
    alert::{AlertKind, Facts},
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
        if !listed_by.is_empty() {
            self.alerts.end(sim, AlertKind::UnlistedDevice, at, |rule| listed_by.contains(&rule));
        }
        raised.into_iter().for_each(|raised| self.raise(sim, raised));
    }
}
