//! What a record says about its session: APN, radio, cell, device, addresses (sanity list 21, 25, 27).

use crate::{
    AccountingRecord, Effects, Fleet, classes::Merge, identify::Identified, index::Address,
    session::NO_NSAPI, when::When,
};
use opencmp_domain::{event::EventKind, session::flags};

impl Fleet {
    /// Takes over what is newer than what is known; a late record only fills gaps. True when anything changed.
    pub(crate) fn describe(
        &mut self,
        record: &AccountingRecord<'_>,
        node: u32,
        slot: u32,
        identified: &Identified,
        when: &When,
        effects: &mut Effects,
    ) -> bool {
        let session = self.sessions.at(slot);
        let current = when.at >= session.last_update;
        let class_before = session.class;
        let merge = if current { Merge::Replace } else { Merge::Fill };
        let class = self.classes.merged(class_before, record, merge);
        let node = self.successor(slot, node, current);
        let mut changed = self.take_address(record, node, slot, class, current);
        if class != class_before {
            self.classes.id(class, &mut effects.new_classes);
            changed = true;
        }
        let session = self.sessions.at_mut(slot);
        if let Some(nsapi) = record.nsapi
            && session.nsapi == NO_NSAPI
        {
            session.nsapi = nsapi;
            changed = true;
        }
        if let Some(cell) = record.cell
            && (current || session.cell().is_none())
            && session.cell() != Some(cell)
        {
            session.set_cell(cell);
            changed = true;
        }
        if let Some((prefix, len)) = record.ipv6_prefix
            && (current || session.ipv6_prefix().is_none())
            && session.ipv6_prefix() != Some((prefix, len))
        {
            session.set_ipv6_prefix(prefix, len);
            changed = true;
        }
        if let Some(imei) = record.imei
            && (current || session.imei == 0)
            && session.imei != imei.to_bits()
            && imei.is_plausible()
        {
            session.imei = imei.to_bits();
            changed = true;
        }
        if identified.conflict && !session.has(flags::IDENTITY_CONFLICT) {
            session.flags |= flags::IDENTITY_CONFLICT;
            let from = record.imsi.map(|imsi| imsi.to_string());
            let to = record.msisdn.map(|msisdn| msisdn.to_string());
            self.tell(slot, when.at, EventKind::IdentityConflict, from, to, effects);
            changed = true;
        }
        changed
    }

    /// The gateway that has the session by now. A packet that doesn't say where it is from moves nothing.
    fn successor(&self, slot: u32, node: u32, current: bool) -> u32 {
        let held = self.sessions.at(slot).node;
        let follows = current || self.gateways.is_nameless(held);
        if held != node && follows && !self.gateways.is_nameless(node) { node } else { held }
    }

    /// Class, gateway and address together: sessions are listed under them.
    fn take_address(
        &mut self,
        record: &AccountingRecord<'_>,
        node: u32,
        slot: u32,
        class: u32,
        current: bool,
    ) -> bool {
        let session = self.sessions.at(slot);
        let said = record.ipv4.map(u32::from_be_bytes).filter(|_| current || session.ipv4 == 0);
        let ipv4 = said.unwrap_or(session.ipv4);
        if ipv4 == session.ipv4 && class == session.class && node == session.node {
            return false;
        }
        let before = Self::address_of(&self.sessions, &self.classes, slot);
        let after = Address { node, apn: self.classes.fields(class).apn, ipv4 };
        if before.ipv4 != 0 && before != after {
            self.by_address.remove(before, slot);
        }
        let moved = node != before.node;
        if moved {
            self.move_to_node(slot, node);
        }
        let session = self.sessions.at_mut(slot);
        let changed = moved || session.ipv4 != ipv4;
        session.ipv4 = ipv4;
        session.set_class(class);
        changed
    }
}
