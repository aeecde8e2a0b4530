//! Record by record from the journal into the fleet: from memory where the group is still there, else from the files.

use super::{Applier, BATCH, Database, Reading, Surroundings, live_state};
use crate::journal::{JournalError, RawRecord, reader::OnDamage};
use opencmp_domain::{event::TimelineEvent, stored::JournalPosition};
use opencmp_fleet::{AccountingRecord, Fleet, FleetEvent};
use opencmp_radius::{Packet, Role};
use opencmp_service::chain;
use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// So few records behind is caught up, when a start ends under load.
const NEARLY: u64 = BATCH as u64;
const LOG_EVERY: Duration = Duration::from_secs(60);
/// Beginnings and ends of sessions that a batch tells at most, the latest of them: a page shows a few.
const MOST_TURNS: usize = 50;
const HISTORY_RETRY: Duration = Duration::from_millis(200);

impl Applier {
    pub(super) fn may_follow(&self) -> bool {
        match self.reading {
            Reading::Goes => !self.pending.is_too_much(&self.fleet, &self.around.config.cadence),
            Reading::WaitsForFlush => false,
            // A database that takes nothing for a while must not keep the figures in memory from being up to date.
            Reading::WaitsForIds => self.around.feed.database_unavailable(),
            Reading::Failed(at) => at.elapsed() >= Duration::from_secs(1),
        }
    }

    /// Applies a batch of what is there.
    pub(super) fn follow(&mut self) {
        let first = self.next;
        let mut left = BATCH;
        while left > 0 && self.next < self.handed_on && self.may_follow() {
            let applied = match self.durable.front() {
                Some(durable) if durable.first <= self.next => self.apply_from_memory(),
                later => {
                    let until = later.map_or(self.handed_on, |durable| durable.first);
                    self.apply_from_journal(until, left)
                }
            };
            if applied == 0 {
                break;
            }
            left = left.saturating_sub(applied);
        }
        if self.next > first {
            self.pending.touch(Instant::now());
            self.end_batch();
        }
        self.note_recovered();
    }

    /// Applies what is left of the group that is next in memory.
    pub(super) fn apply_from_memory(&mut self) -> usize {
        let Some(durable) = self.durable.pop_front() else { return 0 };
        let before = self.next;
        let skip = usize::try_from(self.next - durable.first).unwrap_or(usize::MAX);
        let all = durable.work.records().skip(skip).all(|record| {
            let applied = self.apply(record);
            self.next += u64::from(applied);
            applied
        });
        if !all {
            self.durable.push_front(durable);
        }
        (self.next - before) as usize
    }

    pub(super) fn apply_from_journal(&mut self, until: u64, most: usize) -> usize {
        let before = self.next;
        let mut reader = match self.reader.take() {
            Some((at, reader)) if at == self.next => reader,
            _ => self.around.journal.clone().read_from(JournalPosition(self.next)),
        };
        while self.next < until && self.next - before < most as u64 {
            match reader.read() {
                Ok(Some(entry)) => {
                    // Damaged ones may be missing in between.
                    self.next = entry.number;
                    if entry.number >= until || !self.apply(entry.record) {
                        return (self.next - before) as usize;
                    }
                    self.next += 1;
                }
                Ok(None) => break,
                Err(error) => {
                    self.journal_failed(&error);
                    return (self.next - before) as usize;
                }
            }
        }
        self.reader = Some((self.next, reader));
        if matches!(self.reading, Reading::Failed(_)) {
            self.reading = Reading::Goes;
            self.around.feed.set_journal_unreadable(false);
        }
        (self.next - before) as usize
    }

    pub(super) fn journal_failed(&mut self, error: &JournalError) {
        if let JournalError::Trimmed { asked, oldest } = *error
            && self.around.config.journal.on_damage == OnDamage::Skip
        {
            metrics::counter!("opencmp_journal_lost_records_total").increment(oldest.saturating_sub(asked));
            tracing::error!(
                first = asked,
                lost = oldest - asked,
                "records are missing from the journal; going on without"
            );
            self.next = oldest;
            return;
        }
        let log = !matches!(self.reading, Reading::Failed(at) if at.elapsed() < LOG_EVERY);
        if log {
            tracing::error!(%error, "the fleet can't follow the journal");
        }
        self.reading = Reading::Failed(Instant::now());
        self.around.feed.set_journal_unreadable(true);
    }

    /// False: not now.
    pub(super) fn apply(&mut self, raw: RawRecord<'_>) -> bool {
        let Ok(packet) = Packet::request(raw.packet, Role::Acct) else {
            self.unreadable += 1;
            return true;
        };
        let gateway = self.gateways.of(raw.nas);
        let decoded =
            self.decoder.decode(&packet, raw.nas, gateway.dialect, &mut gateway.clock, raw.received_at);
        let record = &decoded.record;
        if self.fleet.needs_history(record) {
            if !matches!(self.database, Database::Idle) {
                self.reading = Reading::WaitsForFlush;
                return false;
            }
            if !load_history(&self.around, &mut self.fleet, record) {
                return false;
            }
        }
        gateway.heard(raw.received_at, decoded.clock_offset_ms);
        gateway.gigawords(record.gigawords);
        self.fleet.apply(record, &mut self.effects);
        self.received_at = self.received_at.max(raw.received_at);
        true
    }

    /// Tells what a batch changed, and notes what is to be written.
    pub(super) fn end_batch(&mut self) {
        let Self { fleet, effects, around, .. } = self;
        if !effects.new_classes.is_empty() {
            around.live.classes_added(&effects.new_classes);
        }
        for restart in &effects.restarts {
            self.gateways.of(restart.nas).restarted(restart.at);
        }
        for wrap in &effects.wraps {
            self.gateways.of(wrap.nas).wrap_suspected(wrap.at);
        }
        self.unknown.append(&mut effects.new_sims);
        self.changes.clear();
        self.changes.extend(effects.sims.iter().filter_map(|slot| live_state(&fleet.sim_view(*slot)?)));
        let turns = effects.turns.iter().skip(effects.turns.len().saturating_sub(MOST_TURNS));
        let events: Vec<_> = turns
            .filter_map(|turn| fleet.turn_event(*turn))
            .chain(effects.events.iter().cloned())
            .filter_map(|FleetEvent { sim, at, kind, from, to }| {
                let sim = fleet.sim_view(sim)?.id?;
                Some(TimelineEvent { at, sim, msisdn: None, name: None, kind, from, to })
            })
            .collect();
        if !self.changes.is_empty() || !events.is_empty() {
            around.live.changed(&self.changes, &events);
        }
        self.pending.add(effects);
        fleet.settle(effects);
        around.feed.set_applied(JournalPosition(self.next), self.received_at);
    }

    pub(super) fn note_recovered(&self) {
        let feed = &self.around.feed;
        if !feed.is_recovered() && self.next + NEARLY >= self.handed_on {
            feed.set_recovered();
            tracing::info!(position = self.next, "ready: the journal is applied");
        }
    }
}

/// Fetches the sessions that a very late record may belong to. False when it is time to give up.
fn load_history(around: &Surroundings, fleet: &mut Fleet, record: &AccountingRecord<'_>) -> bool {
    let Some(sim) = fleet.sim_of(record).and_then(|slot| fleet.sim_view(slot)).and_then(|view| view.id)
    else {
        return true;
    };
    let mut logged = false;
    loop {
        match around.runtime.block_on(around.store.session_find(sim, record.nas, record.acct_session_id)) {
            Ok(found) => {
                for session in &found {
                    fleet.restore_session(session);
                }
                return true;
            }
            Err(error) => {
                if !std::mem::replace(&mut logged, true) {
                    tracing::error!(error = chain(&error), "a late record waits for its session's history");
                }
                if around.give_up.load(Ordering::Relaxed) {
                    return false;
                }
                std::thread::sleep(HISTORY_RETRY);
            }
        }
    }
}
