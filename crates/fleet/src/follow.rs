//! What a SIM shows of its sessions: last message, network, radio, device (20, 21, 22, 27, 30, 42).

use crate::{AccountingRecord, Effects, Fleet, StatusType, when::When};
use opencmp_domain::{Imei, LastMessage, event::EventKind};

impl Fleet {
    /// True when the SIM changed. Late records change nothing here, and tell of no transitions.
    pub(crate) fn follow_sim(
        &mut self,
        record: &AccountingRecord<'_>,
        slot: u32,
        when: &When,
        effects: &mut Effects,
    ) -> bool {
        let session = self.sessions.at(slot);
        let (class, secondary) = (session.class, session.is_secondary());
        let sim_slot = session.sim;
        let sim = self.sims.at_mut(sim_slot);
        if when.at < sim.last_access {
            return false;
        }
        let message = match record.status {
            StatusType::Start => LastMessage::Start,
            StatusType::Stop => LastMessage::Stop,
            _ => LastMessage::Alive,
        };
        let message = match sim.last_message() {
            Some(other) if when.at == sim.last_access => of_same_second(other, message, sim.open > 0),
            _ => message,
        };
        let mut changed = sim.last_message != message.code() || sim.last_access != when.at;
        sim.last_message = message.code();
        let heard_at = std::mem::replace(&mut sim.last_access, when.at);
        if !secondary && sim.class != class {
            let before = std::mem::replace(&mut sim.class, class);
            self.tell_of_network(slot, before, class, when.at, effects);
            let (before, now) = (self.classes.fields(before), self.classes.fields(class));
            self.watch_network(sim_slot, before, heard_at, now, when.at);
            changed = true;
        }
        changed | self.follow_device(record, slot, sim_slot, when.at, effects)
    }

    fn tell_of_network(&mut self, slot: u32, before: u32, after: u32, at: u32, effects: &mut Effects) {
        let (before, after) = (self.classes.fields(before), self.classes.fields(after));
        if let (Some(from), Some(to)) = (before.plmn(), after.plmn())
            && from != to
        {
            self.tell(
                slot,
                at,
                EventKind::NetworkChanged,
                Some(from.to_string()),
                Some(to.to_string()),
                effects,
            );
        }
        if let (Some(from), Some(to)) = (before.rat(), after.rat())
            && from != to
        {
            self.tell(
                slot,
                at,
                EventKind::RatChanged,
                Some(from.0.to_string()),
                Some(to.0.to_string()),
                effects,
            );
        }
    }

    /// Devices are told apart by their first 14 digits. A form that says less than the known one (no software version)
    /// changes nothing, and fillers of broken modems are no device.
    fn follow_device(
        &mut self,
        record: &AccountingRecord<'_>,
        slot: u32,
        sim_slot: u32,
        at: u32,
        effects: &mut Effects,
    ) -> bool {
        let Some(imei) = record.imei else { return false };
        let sim = self.sims.at(sim_slot);
        if sim.imei == imei.to_bits() || !imei.is_plausible() {
            return false;
        }
        let Some(known) = Imei::from_bits(sim.imei) else {
            self.set_device(sim_slot, Some(imei));
            self.watch_device(sim_slot, None, imei, at);
            return true;
        };
        let kind = if known.device() != imei.device() {
            EventKind::DeviceChanged
        } else {
            let (known, said) = (known.to_string(), imei.to_string());
            if said.len() < known.len() {
                return false;
            }
            self.set_device(sim_slot, Some(imei));
            if said.len() != 16 || known.len() != 16 {
                return true;
            }
            EventKind::SoftwareChanged
        };
        self.set_device(sim_slot, Some(imei));
        self.watch_device(sim_slot, Some(known), imei, at);
        self.tell(slot, at, kind, Some(known.to_string()), Some(imei.to_string()), effects);
        true
    }
}

/// Of two messages in one second: what ended doesn't hide what began with it, and an update came after its Start.
fn of_same_second(one: LastMessage, other: LastMessage, connected: bool) -> LastMessage {
    use LastMessage::{Alive, Start, Stop};
    match (one, other) {
        (Stop, Stop) => Stop,
        (Stop, going) | (going, Stop) => {
            if connected {
                going
            } else {
                Stop
            }
        }
        (Alive, _) | (_, Alive) => Alive,
        (Start, Start) => Start,
    }
}
