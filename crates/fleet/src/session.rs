//! A data session in memory: 168 octets, of which one run of counters. What few sessions have (more runs, a long id, an
//! IPv6 prefix beyond /64) is boxed.

use crate::{NONE, instant::some_timestamp};
use opencmp_domain::{
    Imei, Plmn, Timestamp,
    session::{CellId, CellKind, EndCause, flags},
    stored::CounterSegment,
};

/// Octets of an Acct-Session-Id that are kept in place: gateways use 16, the longest known form has 25.
const ID_INLINE: usize = 26;
const ID_BOXED: u8 = u8::MAX;

/// A run of counters. Its times are Acct-Session-Time, in which a wrong clock of the gateway doesn't show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Segment {
    pub origin: u32,
    /// Where the gateway's clock puts the origin by now, less `origin`.
    pub shift: i32,
    pub from: u32,
    pub last: u32,
    pub up: u64,
    pub down: u64,
}

impl Segment {
    pub fn starting(origin: u32) -> Self {
        Self { origin, ..Self::default() }
    }

    /// Seconds between `origin` and this run's; 0 anywhere between its first and its latest.
    pub fn distance(&self, origin: i64) -> u64 {
        let first = i64::from(self.origin);
        let latest = first + i64::from(self.shift);
        let (low, high) = (first.min(latest), first.max(latest));
        (low - origin).max(origin - high).max(0).unsigned_abs()
    }

    pub fn latest_origin(&self) -> i64 {
        i64::from(self.origin) + i64::from(self.shift)
    }

    /// Event time of the latest record.
    pub fn last_at(&self) -> u32 {
        (self.latest_origin() + i64::from(self.last)).clamp(1, i64::from(u32::MAX)) as u32
    }
}

/// In the order of use: what every record reads comes first, so that it is on as few cache lines as can be.
#[repr(C)]
pub(crate) struct Session {
    pub gateway: u32,
    pub sim: u32,
    pub(crate) id_len: u8,
    pub(crate) id_octets: [u8; ID_INLINE],
    pub nsapi: u8,
    pub started: u32,
    pub last_update: u32,
    /// 0: open.
    pub ended: u32,
    /// [`opencmp_domain::session::flags`].
    pub flags: u32,
    pub class: u32,
    /// While open: when its timer is due. Once closed: its number in the order of closing.
    pub armed: u32,
    pub ipv4: u32,
    /// The latest run of counters.
    pub segment: Segment,
    pub(crate) extra: Option<Box<Extra>>,
    /// The gateway behind the RADIUS client that `gateway` is.
    pub node: u32,
    pub(crate) cell_area: u32,
    pub imei: u64,
    pub(crate) cell: u64,
    pub(crate) cell_plmn: u32,
    pub(crate) cell_kind: u8,
    pub(crate) prefix_len: u8,
    /// [`crate::sim::TOUCHED`], [`crate::sim::UNSAVED`], [`ENTERED`].
    pub marks: u8,
    pub(crate) prefix: u64,
    pub id: i64,
    /// Neighbours among the SIM's sessions: opened before, and after.
    pub next: u32,
    pub prev: u32,
    /// Place among the node's open sessions.
    pub place: u32,
    pub end_cause: u16,
}

#[derive(Default)]
pub(crate) struct Extra {
    /// All runs but the latest, in order.
    earlier: Vec<Segment>,
    id: Box<[u8]>,
    prefix_low: u64,
}

pub(crate) const NO_NSAPI: u8 = u8::MAX;

/// A mark: its entry among the open sessions is written, and as it should be.
pub(crate) const ENTERED: u8 = 128;

impl Default for Session {
    fn default() -> Self {
        Self {
            id: 0,
            segment: Segment::default(),
            imei: 0,
            cell: 0,
            prefix: 0,
            extra: None,
            sim: NONE,
            gateway: NONE,
            next: NONE,
            prev: NONE,
            place: NONE,
            node: NONE,
            armed: 0,
            started: 0,
            last_update: 0,
            ended: 0,
            class: 0,
            flags: 0,
            ipv4: 0,
            cell_area: 0,
            cell_plmn: 0,
            end_cause: 0,
            id_len: 0,
            id_octets: [0; ID_INLINE],
            nsapi: NO_NSAPI,
            cell_kind: 0,
            prefix_len: 0,
            marks: 0,
        }
    }
}

impl Session {
    pub fn in_use(&self) -> bool {
        self.sim != NONE
    }

    pub fn is_open(&self) -> bool {
        self.ended == 0
    }

    /// The gateway said Stop; other ends are findings of our own that later records can refute.
    pub fn is_stopped(&self) -> bool {
        self.ended != 0 && !self.has(flags::ESTIMATED_END)
    }

    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    pub fn has_start(&self) -> bool {
        !self.has(flags::MISSED_START)
    }

    pub fn is_secondary(&self) -> bool {
        self.has(flags::SECONDARY_BEARER)
    }

    pub fn end_cause(&self) -> Option<EndCause> {
        (self.ended != 0 && self.end_cause != 0).then_some(EndCause(self.end_cause))
    }

    /// The last instant that it had a part in.
    pub fn end_of_life(&self) -> u32 {
        self.ended.max(self.last_update)
    }

    pub fn acct_session_id(&self) -> &[u8] {
        match (self.id_len, &self.extra) {
            (ID_BOXED, Some(extra)) => &extra.id,
            (len, _) => self.id_octets.get(..usize::from(len)).unwrap_or_default(),
        }
    }

    pub fn set_acct_session_id(&mut self, id: &[u8]) {
        match self.id_octets.get_mut(..id.len()) {
            Some(octets) => {
                octets.copy_from_slice(id);
                self.id_len = id.len() as u8;
            }
            None => {
                self.id_len = ID_BOXED;
                self.extra_mut().id = id.into();
            }
        }
    }

    fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    // --- Runs of counters: in order of origin, never none. ---

    fn earlier(&self) -> &[Segment] {
        self.extra.as_ref().map_or(&[], |extra| &extra.earlier)
    }

    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.earlier().iter().chain(std::iter::once(&self.segment))
    }

    pub fn segment_count(&self) -> usize {
        self.earlier().len() + 1
    }

    pub fn segment_at(&self, place: usize) -> &Segment {
        self.earlier().get(place).unwrap_or(&self.segment)
    }

    pub fn segment_at_mut(&mut self, place: usize) -> &mut Segment {
        let Self { extra, segment, .. } = self;
        extra.as_mut().and_then(|extra| extra.earlier.get_mut(place)).unwrap_or(segment)
    }

    /// Puts a run in where its origin belongs; says where that is.
    pub fn insert_segment(&mut self, segment: Segment) -> usize {
        let order = |segment: &Segment| (segment.origin, segment.from);
        let latest = self.segment;
        let earlier = &mut self.extra_mut().earlier;
        if order(&segment) < order(&latest) {
            let place = earlier.partition_point(|other| order(other) <= order(&segment));
            earlier.insert(place, segment);
            return place;
        }
        earlier.push(latest);
        let place = earlier.len();
        self.segment = segment;
        place
    }

    /// Takes away the runs from `place` on, which is not 0; they are returned in order.
    pub fn split_segments(&mut self, place: usize) -> Vec<Segment> {
        let Some(extra) = self.extra.as_mut() else { return Vec::new() };
        if place == 0 || place > extra.earlier.len() {
            return Vec::new();
        }
        let mut later = extra.earlier.split_off(place);
        later.push(self.segment);
        if let Some(last) = extra.earlier.pop() {
            self.segment = last;
        }
        later
    }

    /// Moves the guessed beginning of a session whose records carry no Acct-Session-Time.
    pub fn begin_earlier(&mut self, origin: u32) {
        let first = self.segment_at_mut(0);
        first.last = first.last.saturating_add(first.origin.saturating_sub(origin));
        first.origin = origin;
        self.set_started(self.started.min(origin));
    }

    pub fn set_started(&mut self, started: u32) {
        if self.started != started {
            self.started = started;
            self.marks &= !ENTERED;
        }
    }

    pub fn set_class(&mut self, class: u32) {
        if self.class != class {
            self.class = class;
            self.marks &= !ENTERED;
        }
    }

    pub fn set_segments(&mut self, segments: impl IntoIterator<Item = Segment>) {
        let mut segments: Vec<Segment> = segments.into_iter().collect();
        segments.sort_by_key(|segment| (segment.origin, segment.from));
        if let Some(last) = segments.pop() {
            self.segment = last;
        }
        if !segments.is_empty() || self.extra.is_some() {
            segments.shrink_to_fit();
            self.extra_mut().earlier = segments;
        }
    }

    // --- Attributes. ---

    pub fn imei(&self) -> Option<Imei> {
        Imei::from_bits(self.imei)
    }

    pub fn nsapi(&self) -> Option<u8> {
        (self.nsapi != NO_NSAPI).then_some(self.nsapi)
    }

    pub fn ipv4(&self) -> Option<[u8; 4]> {
        (self.ipv4 != 0).then(|| self.ipv4.to_be_bytes())
    }

    pub fn ipv6_prefix(&self) -> Option<([u8; 16], u8)> {
        if self.prefix_len == 0 {
            return None;
        }
        let low = self.extra.as_ref().map_or(0, |extra| extra.prefix_low);
        Some(((u128::from(self.prefix) << 64 | u128::from(low)).to_be_bytes(), self.prefix_len))
    }

    pub fn set_ipv6_prefix(&mut self, prefix: [u8; 16], len: u8) {
        let bits = u128::from_be_bytes(prefix);
        self.prefix = (bits >> 64) as u64;
        self.prefix_len = len;
        let low = bits as u64;
        if low != 0 || self.extra.as_ref().is_some_and(|extra| extra.prefix_low != 0) {
            self.extra_mut().prefix_low = low;
        }
    }

    pub fn cell(&self) -> Option<CellId> {
        let kind = CellKind::from_code(self.cell_kind)?;
        Some(CellId {
            plmn: Plmn::from_bits(self.cell_plmn),
            kind,
            area: (self.cell_area != u32::MAX).then_some(self.cell_area),
            cell: (self.cell != u64::MAX).then_some(self.cell),
        })
    }

    pub fn set_cell(&mut self, cell: CellId) {
        self.cell_kind = cell.kind.code();
        self.cell_plmn = cell.plmn.to_bits();
        self.cell_area = cell.area.unwrap_or(u32::MAX);
        self.cell = cell.cell.unwrap_or(u64::MAX);
    }

    /// What the two have in common of their addresses: secondary bearers share the device's.
    pub fn shares_address(&self, other: &Self) -> bool {
        (self.ipv4 != 0 && self.ipv4 == other.ipv4)
            || (self.prefix_len != 0 && self.ipv6_prefix() == other.ipv6_prefix())
    }

    pub fn ended_at(&self) -> Option<Timestamp> {
        some_timestamp(self.ended)
    }
}

impl From<&Segment> for CounterSegment {
    fn from(segment: &Segment) -> Self {
        Self {
            origin_at: crate::instant::timestamp(segment.origin),
            clock_shift_secs: segment.shift,
            from_secs: segment.from,
            last_secs: segment.last,
            uplink: segment.up,
            downlink: segment.down,
        }
    }
}

impl From<&CounterSegment> for Segment {
    fn from(stored: &CounterSegment) -> Self {
        Self {
            origin: crate::instant::secs(stored.origin_at),
            shift: stored.clock_shift_secs,
            from: stored.from_secs,
            last: stored.last_secs,
            up: stored.uplink,
            down: stored.downlink,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_sessions_and_sims_are_small() {
        assert!(size_of::<Session>() <= 168, "{}", size_of::<Session>());
        assert!(size_of::<crate::sim::Sim>() <= 112, "{}", size_of::<crate::sim::Sim>());
    }

    #[test]
    fn long_ids_and_many_runs_are_kept() {
        let mut session = Session::default();
        let long = [7u8; 40];
        session.set_acct_session_id(&long);
        assert_eq!(session.acct_session_id(), long);
        session.segment = Segment::starting(50);
        assert_eq!(session.insert_segment(Segment::starting(10)), 0);
        assert_eq!(session.insert_segment(Segment::starting(90)), 2);
        assert_eq!(session.insert_segment(Segment::starting(30)), 1);
        let origins = |session: &Session| session.segments().map(|run| run.origin).collect::<Vec<_>>();
        assert_eq!(origins(&session), [10, 30, 50, 90]);
        let later = session.split_segments(2);
        assert_eq!((origins(&session), later.len()), (vec![10, 30], 2));
    }
}
