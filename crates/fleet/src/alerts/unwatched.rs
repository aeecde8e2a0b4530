//! Alerts that nothing would end any more: their rule has come not to look out for this, to allow what the SIM shows, or not to be
//! for the SIM. They end without a word, as those of a rule that is gone.

use super::held::Lasting;
use crate::Fleet;
use opencmp_domain::{Imei, Imsi, alert::AlertKind};

impl Fleet {
    /// The rules are others than before.
    pub(super) fn end_unwatched(&mut self) {
        let lasting: Vec<Lasting> = self.alerts.lasting().collect();
        self.end_of_these(&lasting);
    }

    /// A SIM is in another place or another state than before.
    pub(crate) fn end_unwatched_of(&mut self, sim: u32) {
        let lasting: Vec<Lasting> = self.alerts.lasting_of(sim).collect();
        self.end_of_these(&lasting);
    }

    fn end_of_these(&mut self, lasting: &[Lasting]) {
        for lasting in lasting {
            if !self.is_watched(lasting) {
                self.alerts.let_go(lasting.id);
            }
        }
    }

    /// The rule looks out for it where the SIM is, and what the SIM shows, as far as that is known, isn't fine.
    fn is_watched(&self, of: &Lasting) -> bool {
        let sim = self.sims.at(of.sim);
        let Some(place) = self.placements.at(sim.placement) else { return false };
        let (watch, shown) = (&place.watch, self.classes.fields(sim.class));
        match of.kind {
            AlertKind::Offline => {
                sim.in_service() && watch.offline.iter().any(|offline| offline.rule == of.rule)
            }
            AlertKind::UnlistedDevice => {
                let listed = watch.listed_devices.iter().find(|(rule, _)| *rule == of.rule);
                listed.is_some_and(|(_, listed)| {
                    let fine = |imei| listed.iter().any(|listed| listed.holds(imei));
                    !Imei::from_bits(sim.imei).is_some_and(fine)
                })
            }
            AlertKind::OtherNetwork => {
                let networks = watch.networks.iter().find(|(rule, _)| *rule == of.rule);
                networks.is_some_and(|(_, fine)| !shown.plmn().is_some_and(|plmn| fine.contains(&plmn)))
            }
            AlertKind::Roaming => {
                let home = Imsi::from_bits(sim.imsi).map(Imsi::mcc);
                let at_home = home.is_some() && shown.plmn().map(|plmn| plmn.mcc()) == home;
                watch.roaming.contains(&of.rule) && !at_home
            }
            AlertKind::OtherRat => {
                let rats = watch.rats.iter().find(|(rule, _)| *rule == of.rule);
                rats.is_some_and(|(_, fine)| !shown.rat().is_some_and(|rat| fine.contains(&rat)))
            }
            // Over as they happen, or when the last of their parts is.
            _ => true,
        }
    }
}
