//! What the database has to hear, summed up.
//!
//! Usage comes in pieces, one or two a record. They are appended, and sorted and summed when they have become many: a
//! table keyed by SIM would cost a cache miss for every record. States of SIMs and sessions are not copied: the fleet
//! knows which ones have changed.

use opencmp_domain::{
    GroupId, SimId, Timestamp, UsageClassId,
    stored::{
        DayIncrement, FlushBatch, GroupDayIncrement, GroupHourIncrement, HourIncrement, JournalPosition,
        PackedSims, StoredEvent, UsageClass,
    },
};
use opencmp_fleet::{Effects, Fleet, FleetEvent, SimSlot, UsagePiece};
use rustc_hash::FxHashMap;
use std::{hash::Hash, time::Instant};

use crate::config::Cadence;

/// Below this, summing up early isn't worth it.
const FEW_PIECES: usize = 1 << 16;

/// What is to be written with the next flush.
#[derive(Default)]
pub(crate) struct Pending {
    pieces: Vec<UsagePiece>,
    /// How many pieces were left when they were summed up last.
    summed: usize,
    events: Vec<FleetEvent>,
    classes: Vec<UsageClass>,
    /// Causes of alerts that were looked at.
    causes: Vec<i64>,
    /// When the oldest of it came.
    since: Option<Instant>,
}

impl Pending {
    /// There is something to write, if only how far it is.
    pub(crate) fn touch(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// Takes what is to be added to what is booked.
    pub(crate) fn add(&mut self, effects: &mut Effects) {
        self.pieces.extend_from_slice(&effects.usage);
        self.events.append(&mut effects.events);
        self.classes.extend_from_slice(&effects.new_classes);
        if self.pieces.len() > FEW_PIECES.max(self.summed * 2) {
            sum_up(&mut self.pieces);
            self.summed = self.pieces.len();
        }
    }

    pub(crate) fn add_causes(&mut self, causes: impl Iterator<Item = i64>, now: Instant) {
        self.causes.extend(causes);
        self.touch(now);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.since.is_none()
    }

    pub(crate) fn is_due(&self, fleet: &Fleet, cadence: &Cadence, now: Instant) -> bool {
        let Some(since) = self.since else { return false };
        let rows = self.rows(fleet);
        let wait = match rows <= cadence.few {
            _ if fleet.has_turns() => cadence.told,
            true => cadence.soon,
            false => cadence.late,
        };
        rows >= cadence.many || now.saturating_duration_since(since) >= wait
    }

    /// So much that the applier shouldn't add to it.
    pub(crate) fn is_too_much(&self, fleet: &Fleet, cadence: &Cadence) -> bool {
        self.rows(fleet) >= cadence.most
    }

    fn rows(&self, fleet: &Fleet) -> usize {
        fleet.unsaved() + fleet.unsaved_alerts() + self.events.len() + self.pieces.len()
    }

    /// Puts a flush together and begins anew. Every SIM that was touched must have its id by now.
    pub(crate) fn hand_over(
        &mut self,
        fleet: &mut Fleet,
        position: JournalPosition,
        inventory_version: i64,
        applied_at: Timestamp,
    ) -> FlushBatch {
        self.since = None;
        self.summed = 0;
        let mut batch = FlushBatch { position, inventory_version, applied_at, ..FlushBatch::default() };
        Self::states(fleet, &mut batch);
        batch.classes = std::mem::take(&mut self.classes);
        batch.nodes = fleet.take_changed_nodes();
        (batch.alerts, batch.turns) = fleet.take_alerts();
        batch.causes = std::mem::take(&mut self.causes);
        batch.events = std::mem::take(&mut self.events)
            .into_iter()
            .filter_map(|event| {
                let FleetEvent { at, kind, from, to, .. } = event;
                Some(StoredEvent { sim: id_of(fleet, event.sim)?, at, kind, from, to })
            })
            .collect();
        self.usage(fleet, &mut batch);
        batch
    }

    fn states(fleet: &mut Fleet, batch: &mut FlushBatch) {
        let (mut sims, sessions) = fleet.take_unsaved();
        // In the order in which they lie in memory, which is nearly that of their ids.
        sims.sort_unstable();
        batch.sims = PackedSims::with_capacity(sims.len());
        for slot in sims {
            if let Some(sim) = fleet.stored_sim(slot) {
                batch.sims.push(&sim);
            }
        }
        batch.sims.sort();
        batch.sessions.extend(sessions.into_iter().filter_map(|slot| fleet.session_row(slot)));
        batch.sessions.sort_unstable_by_key(|session| session.id);
    }

    fn usage(&mut self, fleet: &Fleet, batch: &mut FlushBatch) {
        sum_up(&mut self.pieces);
        batch.hours.reserve_exact(self.pieces.len());
        batch.days.reserve_exact(self.pieces.len());
        let mut group_hours = Sums::default();
        let mut group_days = Sums::default();
        // The room is given back: after a burst it would be kept for nothing.
        for piece in std::mem::take(&mut self.pieces) {
            let UsagePiece { hour, day, class, uplink, downlink, .. } = piece;
            let Some(sim) = id_of(fleet, piece.sim) else { continue };
            batch.hours.push(HourIncrement { hour, sim, class, uplink, downlink });
            batch.days.push(DayIncrement { day, sim, class, uplink, downlink });
            if let Some(group) = fleet.group_of(piece.sim) {
                group_hours.add((hour, group, class), (uplink, downlink));
                group_days.add((day, group, class), (uplink, downlink));
            }
        }
        let hour_key = |row: &HourIncrement| (row.hour, row.sim, row.class);
        merge(&mut batch.hours, hour_key, |row| [&mut row.uplink, &mut row.downlink]);
        let day_key = |row: &DayIncrement| (row.day, row.sim, row.class);
        merge(&mut batch.days, day_key, |row| [&mut row.uplink, &mut row.downlink]);
        set_group_sums(batch, group_hours, group_days);
    }
}

/// Computes the sums per group again, after SIMs moved between groups.
pub(crate) fn regroup(batch: &mut FlushBatch, fleet: &Fleet, inventory_version: i64) {
    let group_of = |sim: SimId| fleet.slot_of(sim).and_then(|slot| fleet.group_of(slot));
    let mut hours = Sums::default();
    let mut days = Sums::default();
    for increment in &batch.hours {
        if let Some(group) = group_of(increment.sim) {
            hours.add((increment.hour, group, increment.class), (increment.uplink, increment.downlink));
        }
    }
    for increment in &batch.days {
        if let Some(group) = group_of(increment.sim) {
            days.add((increment.day, group, increment.class), (increment.uplink, increment.downlink));
        }
    }
    set_group_sums(batch, hours, days);
    batch.inventory_version = inventory_version;
}

fn set_group_sums(
    batch: &mut FlushBatch,
    hours: Sums<(opencmp_domain::Hour, GroupId, UsageClassId)>,
    days: Sums<(opencmp_domain::Day, GroupId, UsageClassId)>,
) {
    let hour = |((hour, group, class), (uplink, downlink))| GroupHourIncrement {
        hour,
        group,
        class,
        uplink,
        downlink,
    };
    let day =
        |((day, group, class), (uplink, downlink))| GroupDayIncrement { day, group, class, uplink, downlink };
    batch.group_hours = hours.sorted().map(hour).collect();
    batch.group_days = days.sorted().map(day).collect();
}

fn id_of(fleet: &Fleet, slot: SimSlot) -> Option<SimId> {
    fleet.sim_view(slot)?.id
}

/// Sorts rows by key and adds up those of the same.
fn merge<T, K: Ord>(rows: &mut Vec<T>, key: fn(&T) -> K, counters: fn(&mut T) -> [&mut u64; 2]) {
    rows.sort_unstable_by_key(key);
    rows.dedup_by(|next, kept| {
        let same = key(next) == key(kept);
        if same {
            for (kept, next) in counters(kept).into_iter().zip(counters(next)) {
                *kept = kept.saturating_add(*next);
            }
        }
        same
    });
}

fn sum_up(pieces: &mut Vec<UsagePiece>) {
    let key = |piece: &UsagePiece| (piece.hour, piece.sim, piece.class, piece.day);
    merge(pieces, key, |piece| [&mut piece.uplink, &mut piece.downlink]);
}

/// Uplink and downlink under a few keys.
struct Sums<K>(FxHashMap<K, (u64, u64)>);

impl<K> Default for Sums<K> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<K: Hash + Ord + Copy> Sums<K> {
    fn add(&mut self, key: K, (uplink, downlink): (u64, u64)) {
        let sum = self.0.entry(key).or_default();
        *sum = (sum.0.saturating_add(uplink), sum.1.saturating_add(downlink));
    }

    fn sorted(self) -> impl Iterator<Item = (K, (u64, u64))> {
        let mut all: Vec<_> = self.0.into_iter().collect();
        all.sort_unstable_by_key(|(key, _)| *key);
        all.into_iter()
    }
}
