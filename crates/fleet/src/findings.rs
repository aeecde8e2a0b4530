//! Ends that no Stop tells of: another session took the place (6, 26, 29), the gateway restarted (8, 9).
//!
//! All of them follow one rule: a session ends with the finding only if nothing was heard of it from after it. So it
//! doesn't matter which of the two records comes first, and repeating one does nothing. What takes a place is a *run*:
//! a session whose clock restarted is a new connection under the old id.

use crate::{
    AccountingRecord, Effects, Fleet, GatewayRestart, NONE, Outcome,
    instant::{secs, timestamp},
    session::{NO_NSAPI, Session},
};
use opencmp_domain::session::{EndCause, flags};

impl Fleet {
    /// Closes what the SIM had open in the same place when this session's run `began`, and this session if it came late
    /// and another took its place meanwhile.
    pub(crate) fn supersede(&mut self, slot: u32, began: u32, effects: &mut Effects) {
        let session = self.sessions.at(slot);
        let sim = session.sim;
        let late = session.last_update < self.sims.at(sim).last_access;
        let mut open = self.sims.at(sim).open_all;
        let mut other = self.sims.at(sim).sessions;
        let mut successor = None;
        while other != NONE && (open > 0 || late) {
            let candidate = self.sessions.at(other);
            let next = candidate.next;
            open -= u16::from(candidate.is_open() && open > 0);
            if other != slot && self.in_same_place(slot, other) {
                successor = earliest(successor, ended_by(self.sessions.at(slot), candidate));
                if candidate.is_open() && is_over(candidate, began) {
                    self.close(other, began, EndCause::SUPERSEDED, true, effects);
                }
            }
            other = next;
        }
        self.close_if_open(slot, successor, effects);
    }

    fn close_if_open(&mut self, slot: u32, at: Option<u32>, effects: &mut Effects) {
        if let Some(at) = at
            && self.sessions.at(slot).is_open()
        {
            self.close(slot, at, EndCause::SUPERSEDED, true, effects);
        }
    }

    /// The same gateway and APN, and the same bearer: a device has one session there. Where only one of the two tells
    /// its NSAPI, the device's address decides.
    fn in_same_place(&self, one: u32, other: u32) -> bool {
        let (one, other) = (self.sessions.at(one), self.sessions.at(other));
        if one.gateway != other.gateway || self.apn(one) != self.apn(other) {
            return false;
        }
        match (one.nsapi, other.nsapi) {
            (NO_NSAPI, NO_NSAPI) => !(one.is_secondary() || other.is_secondary()),
            (NO_NSAPI, _) | (_, NO_NSAPI) => one.shares_address(other),
            (one, other) => one == other,
        }
    }

    fn apn(&self, session: &Session) -> u32 {
        self.classes.fields(session.class).apn
    }

    /// Another bearer of the same connection (24): its octets count, the connection state follows the first bearer.
    pub(crate) fn sort_bearers(&mut self, slot: u32, multi_session: Option<&[u8]>, effects: &mut Effects) {
        let sim = self.sessions.at(slot).sim;
        let mut other = self.sims.at(sim).sessions;
        let mut open = self.sims.at(sim).open_all;
        while other != NONE && open > 0 {
            let (session, candidate) = (self.sessions.at(slot), self.sessions.at(other));
            let next = candidate.next;
            open -= u16::from(candidate.is_open());
            if other != slot && candidate.is_open() && self.share_connection(slot, other, multi_session) {
                let first = |session: &Session| (session.started, session.nsapi);
                let secondary = if first(session) >= first(candidate) { slot } else { other };
                if !self.sessions.at(secondary).is_secondary() {
                    self.flag_open(secondary, flags::SECONDARY_BEARER, 0);
                    self.touch_session(secondary, effects);
                    self.touch_sim(sim, effects);
                }
            }
            other = next;
        }
    }

    /// Two bearers of one connection: another NSAPI, and the same device address or the other's id as the group's.
    fn share_connection(&self, slot: u32, other: u32, multi_session: Option<&[u8]>) -> bool {
        let (session, other) = (self.sessions.at(slot), self.sessions.at(other));
        let grouped = multi_session
            .is_some_and(|group| group == other.acct_session_id() && group != session.acct_session_id());
        session.gateway == other.gateway
            && self.apn(session) == self.apn(other)
            && match (session.nsapi, other.nsapi) {
                (NO_NSAPI, _) | (_, NO_NSAPI) => grouped,
                (one, two) => one != two && (grouped || session.shares_address(other)),
            }
    }

    /// Session-Stop-Indicator: no bearer of this connection is left.
    pub(crate) fn close_other_bearers(&mut self, slot: u32, at: u32, effects: &mut Effects) {
        let sim = self.sessions.at(slot).sim;
        let mut other = self.sims.at(sim).sessions;
        let mut open = self.sims.at(sim).open_all;
        while other != NONE && open > 0 {
            let candidate = self.sessions.at(other);
            let next = candidate.next;
            let is_open = candidate.is_open();
            open -= u16::from(is_open);
            let heard_later = candidate.last_update > at;
            if other != slot && is_open && !heard_later && self.share_connection(slot, other, None) {
                let cause = EndCause(self.sessions.at(slot).end_cause);
                self.close(other, at, cause, true, effects);
            }
            other = next;
        }
    }

    /// Of two sessions with one address, the one whose run `began` first is over (26). Bearers of one connection share
    /// theirs rightly.
    pub(crate) fn list_address(&mut self, slot: u32, began: u32, effects: &mut Effects) {
        let listed = self.with_address_of(slot);
        let session = self.sessions.at(slot);
        let (sim, nsapi) = (session.sim, session.nsapi);
        let mut successor = None;
        for &other in &listed {
            let candidate = self.sessions.at(other);
            if other == slot || (candidate.sim == sim && candidate.nsapi != nsapi) {
                continue;
            }
            successor = earliest(successor, ended_by(self.sessions.at(slot), candidate));
            if candidate.is_open() && is_over(candidate, began) {
                self.close(other, began, EndCause::SUPERSEDED, true, effects);
            }
        }
        self.close_if_open(slot, successor, effects);
        self.tidy_address(slot, &listed);
        self.candidates = listed;
    }

    /// The sessions that are listed under the address of `slot`, in the room for candidates.
    pub(crate) fn with_address_of(&mut self, slot: u32) -> Vec<u32> {
        let mut listed = std::mem::take(&mut self.candidates);
        listed.clear();
        let address = Self::address_of(&self.sessions, &self.classes, slot);
        if address.ipv4 != 0 {
            let of = |slot| Self::address_of(&self.sessions, &self.classes, slot);
            listed.extend(self.by_address.find(address, of));
        }
        listed
    }

    /// A closed session stays listed only as the one that began last.
    pub(crate) fn unlist_if_overtaken(&mut self, slot: u32) {
        let address = Self::address_of(&self.sessions, &self.classes, slot);
        if address.ipv4 == 0 {
            return;
        }
        let of = |slot| Self::address_of(&self.sessions, &self.classes, slot);
        let began = |slot: u32| self.sessions.at(slot).segment.origin;
        if self.by_address.find(address, of).any(|other| began(other) > began(slot)) {
            self.by_address.remove(address, slot);
        }
    }

    /// Lists `slot`, and leaves of it and the `listed` ones those that are open and the one that began last.
    pub(crate) fn tidy_address(&mut self, slot: u32, listed: &[u32]) {
        let address = Self::address_of(&self.sessions, &self.classes, slot);
        if address.ipv4 == 0 {
            return;
        }
        let began = |slot: u32| self.sessions.at(slot).segment.origin;
        let latest = listed.iter().map(|&other| began(other)).fold(began(slot), u32::max);
        let stays = |slot: u32| self.sessions.at(slot).is_open() || began(slot) == latest;
        for &other in listed {
            if other != slot && !stays(other) {
                self.by_address.remove(address, other);
            }
        }
        match (stays(slot), listed.contains(&slot)) {
            (true, false) => {
                let of = |slot| Self::address_of(&self.sessions, &self.classes, slot);
                self.by_address.insert(address, slot, of);
            }
            (false, true) => self.by_address.remove(address, slot),
            _ => {}
        }
    }

    /// A session that has just become known as open may be over by what is known already.
    pub(crate) fn review(&mut self, slot: u32, received: u32, effects: &mut Effects) {
        let session = self.sessions.at(slot);
        if !session.is_open() {
            return;
        }
        let (started, last_update) = (session.started, session.last_update);
        let restarted = self.gateways.restarted(session.node);
        if started < restarted && last_update <= restarted {
            return self.close(slot, last_update, EndCause::NAS_REBOOT, true, effects);
        }
        if received > self.limits(slot).stale {
            self.close(slot, last_update, EndCause::STALE, true, effects);
        }
    }

    /// A new card has the number: the sessions of the old one are over.
    pub(crate) fn replace_card(&mut self, old: u32, by: u32, effects: &mut Effects) {
        let started = self.sessions.at(by).started;
        let mut slot = self.sims.at(old).sessions;
        while slot != NONE {
            let session = self.sessions.at(slot);
            let next = session.next;
            if session.is_open() && session.started < started && session.last_update <= started {
                self.close(slot, started, EndCause::SUPERSEDED, true, effects);
            }
            slot = next;
        }
    }

    /// Accounting-On or -Off: the gateway's sessions from before it are over (35: not those of another behind the same
    /// client). After an Off they ended with it; at an On the end passed unseen, and the last message stands for it.
    pub(crate) fn gateway_restarted(
        &mut self,
        record: &AccountingRecord<'_>,
        cause: EndCause,
        effects: &mut Effects,
    ) -> Outcome {
        let at = secs(record.event_at);
        let gateway = self.gateways.number(record.nas);
        let node = self.gateways.node(gateway, &record.node, record.received_at);
        let (nodes, news) = self.gateways.restart(node, at);
        let closed = nodes.into_iter().map(|node| self.close_before(node, at, cause, effects)).sum();
        if closed > 0 || news {
            effects.restarts.push(GatewayRestart { nas: record.nas, at: timestamp(at), cause, closed });
        }
        Outcome::GatewayRestarted { closed }
    }

    /// Closes what the node had open before it restarted `at`; says how many.
    fn close_before(&mut self, node: u32, at: u32, cause: EndCause, effects: &mut Effects) -> u32 {
        let mut closed = 0;
        let mut place = 0;
        while let Some(slot) = self.gateways.open_at(node, place) {
            let session = self.sessions.at(slot);
            let last_update = session.last_update;
            if session.started < at && last_update <= at {
                let ended = if cause == EndCause::ADMIN_REBOOT { at } else { last_update };
                // Another takes its place in the list.
                self.close(slot, ended, cause, true, effects);
                closed += 1;
            } else {
                place += 1;
            }
        }
        closed
    }
}

/// Nothing was heard of the session since another connection began in its place.
fn is_over(session: &Session, began: u32) -> bool {
    session.started < began && session.last_update <= began
}

/// When `other` took the place of `session`, by its earliest run from after it.
fn ended_by(session: &Session, other: &Session) -> Option<u32> {
    other.segments().map(|run| run.origin).find(|&began| is_over(session, began))
}

fn earliest(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => one.or(other),
    }
}
