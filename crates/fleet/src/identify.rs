//! Whose record is it: by IMSI, else by MSISDN, else by the session it names (sanity list 23, 29).

use crate::{AccountingRecord, Effects, Fleet, SimSlot, sim::Sim};

pub(crate) struct Identified {
    pub sim: u32,
    /// The number belongs to another SIM of the inventory; the IMSI is believed.
    pub conflict: bool,
    /// The SIM that had this number until now: its sessions end when this one's begin.
    pub replaces: Option<u32>,
}

impl Identified {
    fn as_known(sim: u32) -> Self {
        Self { sim, conflict: false, replaces: None }
    }
}

impl Fleet {
    pub(crate) fn identify(
        &mut self,
        record: &AccountingRecord<'_>,
        gateway: u32,
        effects: &mut Effects,
    ) -> Option<Identified> {
        let known = self.identify_known(record, gateway);
        if known.is_some() {
            return known;
        }
        let (imsi, msisdn) = bits(record);
        if imsi == 0 && msisdn == 0 {
            return None;
        }
        // A known number with a new IMSI is a new card: its history is its own.
        let replaces = self.by_msisdn.find(&self.sims, msisdn);
        let sim = self.sims.push(Sim { imsi, msisdn, ..Sim::default() });
        self.by_imsi.insert(&self.sims, sim);
        if replaces.is_none() {
            self.by_msisdn.insert(&self.sims, sim);
        }
        effects.new_sims.push(SimSlot(sim));
        self.touch_sim(sim, effects);
        Some(Identified { sim, conflict: false, replaces })
    }

    pub(crate) fn identify_known(&self, record: &AccountingRecord<'_>, gateway: u32) -> Option<Identified> {
        let (imsi, msisdn) = bits(record);
        if let Some(slot) = self.by_imsi.find(&self.sims, imsi) {
            let sim = self.sims.at(slot);
            if msisdn == 0 {
                return Some(Identified::as_known(slot));
            }
            if msisdn == sim.msisdn && self.rebound.is_empty() && sim.in_inventory() {
                return Some(Identified::as_known(slot));
            }
            let holder = self.by_msisdn.find(&self.sims, msisdn).filter(|&holder| holder != slot);
            let conflict = holder.is_some() && sim.in_inventory() && sim.msisdn != msisdn;
            let replaces =
                if conflict { None } else { holder.or_else(|| self.rebound.get(&msisdn).copied()) };
            return Some(Identified { sim: slot, conflict, replaces: replaces.filter(|&old| old != slot) });
        }
        if let Some(slot) = self.by_msisdn.find(&self.sims, msisdn) {
            let another_card = imsi != 0 && self.sims.at(slot).imsi != 0;
            return (!another_card).then(|| Identified::as_known(slot));
        }
        if imsi == 0 && msisdn == 0 {
            let session = self.by_key.find(&self.sessions, gateway, record.acct_session_id);
            let latest = session.max_by_key(|&slot| self.sessions.at(slot).started)?;
            return Some(Identified::as_known(self.sessions.at(latest).sim));
        }
        None
    }
}

fn bits(record: &AccountingRecord<'_>) -> (u64, u64) {
    (record.imsi.map_or(0, |imsi| imsi.to_bits()), record.msisdn.map_or(0, |msisdn| msisdn.to_bits()))
}
