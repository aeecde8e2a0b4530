//! What the applier knows of each gateway: how to read it, and what its records say of itself.

use crate::record::{Dialect, GatewayClock};
use opencmp_domain::{NasId, Timestamp};
use rustc_hash::FxHashMap;

/// Offsets that the median is taken of.
const OFFSETS: usize = 63;
/// A clock that is off by a whole number of hours of this many or more, give or take a few minutes, holds local time.
const LOCAL_TIME_HOURS: i64 = 1;
const LOCAL_TIME_SLACK_MS: i64 = 5 * 60 * 1000;
const HOUR_MS: i64 = 3_600_000;

/// The part that pages show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct GatewayNotes {
    pub(crate) last_heard_at: Option<Timestamp>,
    pub(crate) restarted_at: Option<Timestamp>,
    pub(crate) wrap_suspected_at: Option<Timestamp>,
    pub(crate) clock_offset_ms: Option<i64>,
}

#[derive(Default)]
pub(crate) struct Gateways {
    by_id: FxHashMap<NasId, u32>,
    all: Vec<Gateway>,
    /// Most batches are of one gateway.
    last: u32,
}

pub(crate) struct Gateway {
    pub(crate) nas: NasId,
    pub(crate) dialect: Dialect,
    pub(crate) clock: GatewayClock,
    pub(crate) changed: bool,
    /// Sessions that were open there when that was told last.
    open: u64,
    last_heard_at: Option<Timestamp>,
    restarted_at: Option<Timestamp>,
    wrap_suspected_at: Option<Timestamp>,
    /// It sends Gigawords, if only where they aren't zero.
    knows_gigawords: bool,
    offsets: [i64; OFFSETS],
    /// How many offsets were ever noted.
    noted: usize,
    warned: bool,
}

impl Gateways {
    pub(crate) fn of(&mut self, nas: NasId) -> &mut Gateway {
        let known = self.all.get(self.last as usize).is_some_and(|gateway| gateway.nas == nas);
        if !known {
            let all = &mut self.all;
            self.last = *self.by_id.entry(nas).or_insert_with(|| {
                all.push(Gateway::new(nas));
                all.len() as u32 - 1
            });
        }
        &mut self.all[self.last as usize]
    }

    /// As the list of gateways says; one that isn't in it any more is read in the usual way.
    pub(crate) fn set_dialects(&mut self, dialects: &[(NasId, Dialect)]) {
        self.all.iter_mut().for_each(|gateway| gateway.dialect = Dialect::default());
        for (nas, dialect) in dialects {
            self.of(*nas).dialect = *dialect;
        }
    }

    /// Those that said something since the last time, and those whose open sessions are another number by now: silence closes
    /// them too, and a start finds them open. Each with that number.
    pub(crate) fn take_changed(
        &mut self,
        open_at: impl Fn(NasId) -> u64,
    ) -> impl Iterator<Item = (&mut Gateway, u64)> {
        self.all.iter_mut().filter_map(move |gateway| {
            let open = open_at(gateway.nas);
            let spoke = std::mem::take(&mut gateway.changed);
            let others = std::mem::replace(&mut gateway.open, open) != open;
            (spoke || others).then_some((gateway, open))
        })
    }
}

impl Gateway {
    fn new(nas: NasId) -> Self {
        Self {
            nas,
            dialect: Dialect::default(),
            clock: GatewayClock::default(),
            changed: false,
            open: 0,
            last_heard_at: None,
            restarted_at: None,
            wrap_suspected_at: None,
            knows_gigawords: false,
            offsets: [0; OFFSETS],
            noted: 0,
            warned: false,
        }
    }

    #[inline]
    pub(crate) fn heard(&mut self, received_at: Timestamp, clock_offset_ms: Option<i64>) {
        self.changed = true;
        self.last_heard_at = self.last_heard_at.max(Some(received_at));
        if let Some(offset) = clock_offset_ms {
            self.offsets[self.noted % OFFSETS] = offset;
            self.noted += 1;
        }
    }

    pub(crate) fn restarted(&mut self, at: Timestamp) {
        self.changed = true;
        self.restarted_at = self.restarted_at.max(Some(at));
    }

    #[inline]
    pub(crate) fn gigawords(&mut self, carried: bool) {
        self.knows_gigawords |= carried;
    }

    pub(crate) fn wrap_suspected(&mut self, at: Timestamp) {
        if self.knows_gigawords {
            return;
        }
        self.changed = true;
        if self.wrap_suspected_at.is_none() {
            tracing::warn!(nas = %self.nas, "counters of this gateway seem to wrap at 32 bits, and it isn't marked so");
        }
        self.wrap_suspected_at = self.wrap_suspected_at.max(Some(at));
    }

    pub(crate) fn notes(&mut self) -> GatewayNotes {
        let clock_offset_ms = self.clock_offset_ms();
        self.warn_about_clock(clock_offset_ms);
        GatewayNotes {
            last_heard_at: self.last_heard_at,
            restarted_at: self.restarted_at,
            wrap_suspected_at: self.wrap_suspected_at,
            clock_offset_ms,
        }
    }

    /// Median of the latest: a record that waited at the gateway says nothing about its clock.
    fn clock_offset_ms(&self) -> Option<i64> {
        let mut offsets = self.offsets;
        let recent = offsets.get_mut(..self.noted.min(OFFSETS)).filter(|recent| !recent.is_empty())?;
        let middle = recent.len() / 2;
        Some(*recent.select_nth_unstable(middle).1)
    }

    fn warn_about_clock(&mut self, offset_ms: Option<i64>) {
        let local_time = self.noted >= OFFSETS && offset_ms.is_some_and(is_local_time);
        if local_time && !self.warned {
            let hours = offset_ms.unwrap_or(0) as f64 / HOUR_MS as f64;
            tracing::warn!(nas = %self.nas, hours, "this gateway's Event-Timestamp is off by hours: local time in place of UTC?");
        }
        self.warned = local_time;
    }
}

/// Off by whole hours: the gateway sends its local time in place of UTC.
fn is_local_time(offset_ms: i64) -> bool {
    let hours = (offset_ms + offset_ms.signum() * HOUR_MS / 2) / HOUR_MS;
    hours.abs() >= LOCAL_TIME_HOURS && (offset_ms - hours * HOUR_MS).abs() <= LOCAL_TIME_SLACK_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_18_a_clock_off_by_eight_hours_is_noticed() {
        for (offset_ms, local) in [
            (8 * HOUR_MS, true),
            (-8 * HOUR_MS + 90_000, true),
            (8 * HOUR_MS - 200_000, true),
            (0, false),
            (40_000, false),
            (-20 * 60_000, false),
            (8 * HOUR_MS + 20 * 60_000, false),
        ] {
            assert_eq!(is_local_time(offset_ms), local, "{offset_ms}");
        }
    }

    #[test]
    fn the_clock_offset_is_the_median_of_the_latest() {
        let mut gateways = Gateways::default();
        let gateway = gateways.of(NasId(1));
        assert_eq!(gateway.notes().clock_offset_ms, None);
        gateway.heard(Timestamp(5), Some(-90_000_000));
        for offset in [100, 120, 110, 130] {
            gateway.heard(Timestamp(4), Some(offset));
        }
        let notes = gateway.notes();
        assert_eq!((notes.clock_offset_ms, notes.last_heard_at), (Some(110), Some(Timestamp(5))));
        for _ in 0..OFFSETS {
            gateway.heard(Timestamp(6), Some(7));
        }
        assert_eq!(gateway.notes().clock_offset_ms, Some(7));
    }

    #[test]
    fn a_silent_gateways_open_sessions_are_news() {
        let mut gateways = Gateways::default();
        gateways.set_dialects(&[(NasId(1), Dialect::default()), (NasId(2), Dialect::default())]);
        let mut told = |open: [u64; 2]| -> Vec<(NasId, u64)> {
            let changed = gateways.take_changed(|nas| open[nas.0 as usize - 1]);
            changed.map(|(gateway, open)| (gateway.nas, open)).collect()
        };
        assert!(told([0, 0]).is_empty());
        assert_eq!(told([0, 7]), [(NasId(2), 7)]);
        assert!(told([0, 7]).is_empty());
        assert_eq!(told([0, 0]), [(NasId(2), 0)]);
    }

    #[test]
    fn a_gateway_is_read_as_the_list_says() {
        let mut gateways = Gateways::default();
        let swapped = Dialect { swap_direction: true, ..Dialect::default() };
        gateways.of(NasId(1)).heard(Timestamp(1), None);
        gateways.set_dialects(&[(NasId(2), swapped)]);
        assert_eq!(
            (gateways.of(NasId(1)).dialect, gateways.of(NasId(2)).dialect),
            (Dialect::default(), swapped)
        );
        gateways.set_dialects(&[]);
        assert_eq!(gateways.of(NasId(2)).dialect, Dialect::default());
        assert_eq!(gateways.take_changed(|_| 0).count(), 1);
        assert_eq!(gateways.take_changed(|_| 0).count(), 0);
    }
}
