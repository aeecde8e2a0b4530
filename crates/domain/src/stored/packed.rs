//! A SIM's live part with its open sessions, as octets: what a flush writes for nearly every record.
//!
//! As columns of two tables this was most of what a record cost: thirty values to hand over one by one, and two pages to touch.
//! Packed it is one row of about 140 octets. What else asks for a SIM's open sessions reads its row.
//!
//! The first octet is the form's number. Optional values are announced by a bit of the octet (two, for a session) before
//! them; numbers are as in [`super::octets`].

use super::{
    CounterSegment, SessionName, StoredSession, StoredSim, StoredSimLive, Usual,
    octets::{put, put_instant, put_signed, take, take_instant, take_octets, take_signed},
};
use crate::{
    identifier::{Imei, Plmn},
    ids::{NasId, NodeId, SessionId, SimId, UsageClassId},
    session::{CellId, CellKind},
    state::LastMessage,
    time::Day,
    units::ByteCount,
    usage::UpDown,
};
use smallvec::SmallVec;

const FORM: u8 = 1;

/// Many SIMs' rows, packed end to end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PackedSims {
    octets: Vec<u8>,
    rows: Vec<PackedRow>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct PackedRow {
    sim: SimId,
    start: usize,
    len: u32,
}

impl PackedSims {
    pub fn with_capacity(sims: usize) -> Self {
        Self { octets: Vec::with_capacity(sims * 144), rows: Vec::with_capacity(sims) }
    }

    pub fn push(&mut self, sim: &StoredSim) {
        let start = self.octets.len();
        pack(sim, &mut self.octets);
        let len = (self.octets.len() - start) as u32;
        self.rows.push(PackedRow { sim: sim.live.sim, start, len });
    }

    pub fn sort(&mut self) {
        self.rows.sort_unstable_by_key(|row| row.sim);
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Each SIM with its packed row.
    pub fn iter(&self) -> impl Iterator<Item = (SimId, &[u8])> {
        self.rows.iter().map(|row| {
            let octets = self.octets.get(row.start..row.start + row.len as usize);
            (row.sim, octets.unwrap_or_default())
        })
    }
}

impl FromIterator<StoredSim> for PackedSims {
    fn from_iter<I: IntoIterator<Item = StoredSim>>(sims: I) -> Self {
        let mut packed = Self::default();
        sims.into_iter().for_each(|sim| packed.push(&sim));
        packed.sort();
        packed
    }
}

/// Bits of the octet before a SIM's optional values.
mod sim_has {
    pub const LAST_MESSAGE: u64 = 1;
    pub const LAST_ACCESS: u64 = 2;
    pub const IMEI: u64 = 4;
    pub const CLASS: u64 = 8;
    pub const UNCONFIRMED: u64 = 16;
    pub const OFFLINE_SINCE: u64 = 32;
    pub const GAP: u64 = 64;
    pub const USUAL: u64 = 128;
}

/// Bits of the number before a session's optional values.
mod session_has {
    pub const CLASS: u64 = 1;
    pub const NSAPI: u64 = 2;
    pub const CELL: u64 = 4;
    pub const CELL_AREA: u64 = 8;
    pub const CELL_ID: u64 = 16;
    pub const IMEI: u64 = 32;
    pub const IPV4: u64 = 64;
    pub const IPV6: u64 = 128;
    /// The counters are one run that began at the session's start without a correction of its clock.
    pub const ONE_RUN: u64 = 256;
    pub const NODE: u64 = 512;
}

fn pack(sim: &StoredSim, octets: &mut Vec<u8>) {
    let StoredSim { live, open } = sim;
    let bit = |there: bool, bit: u64| if there { bit } else { 0 };
    octets.push(FORM);
    let has = bit(live.last_message.is_some(), sim_has::LAST_MESSAGE)
        | bit(live.last_access_at.is_some(), sim_has::LAST_ACCESS)
        | bit(live.imei.is_some(), sim_has::IMEI)
        | bit(live.class.is_some(), sim_has::CLASS)
        | bit(live.unconfirmed, sim_has::UNCONFIRMED)
        | bit(live.offline_since.is_some(), sim_has::OFFLINE_SINCE)
        | bit(live.gap_secs != 0, sim_has::GAP)
        | bit(live.usual != Usual::default(), sim_has::USUAL);
    put(octets, has);
    if let Some(message) = live.last_message {
        octets.push(message.code());
    }
    if let Some(at) = live.last_access_at {
        put_instant(octets, at);
    }
    if let Some(imei) = live.imei {
        put(octets, imei.to_bits());
    }
    if let Some(class) = live.class {
        put_signed(octets, class.0);
    }
    put_signed(octets, live.today.0.into());
    put(octets, live.today_octets);
    put_signed(octets, live.cycle_start.0.into());
    put(octets, live.cycle_octets);
    put(octets, live.total.uplink.0);
    put(octets, live.total.downlink.0);
    put(octets, live.update_interval_secs.into());
    if let Some(at) = live.offline_since {
        put_instant(octets, at);
    }
    for learned in [live.gap_secs, live.usual.to_bits()].into_iter().filter(|learned| *learned != 0) {
        put(octets, learned.into());
    }
    for session in open {
        pack_session(session, octets);
    }
}

fn pack_session(session: &StoredSession, octets: &mut Vec<u8>) {
    let bit = |there: bool, bit: u64| if there { bit } else { 0 };
    let cell = session.cell.as_ref();
    let one_run = match session.segments.as_slice() {
        [run] if run.origin_at == session.started_at && (run.clock_shift_secs, run.from_secs) == (0, 0) => {
            Some(run)
        }
        _ => None,
    };
    let has = bit(session.class.is_some(), session_has::CLASS)
        | bit(session.nsapi.is_some(), session_has::NSAPI)
        | bit(cell.is_some(), session_has::CELL)
        | bit(cell.is_some_and(|cell| cell.area.is_some()), session_has::CELL_AREA)
        | bit(cell.is_some_and(|cell| cell.cell.is_some()), session_has::CELL_ID)
        | bit(session.imei.is_some(), session_has::IMEI)
        | bit(session.ipv4.is_some(), session_has::IPV4)
        | bit(session.ipv6_prefix.is_some(), session_has::IPV6)
        | bit(one_run.is_some(), session_has::ONE_RUN)
        | bit(session.node.is_some(), session_has::NODE);
    put(octets, has);
    put_signed(octets, session.id.0);
    put_signed(octets, session.nas.0);
    put(octets, session.acct_session_id.len() as u64);
    octets.extend_from_slice(&session.acct_session_id);
    put_instant(octets, session.started_at);
    put_instant(octets, session.last_update_at);
    put(octets, session.session_secs.into());
    put(octets, session.flags.into());
    match one_run {
        Some(run) => {
            put(octets, run.last_secs.into());
            put(octets, run.uplink);
            put(octets, run.downlink);
        }
        None => {
            put(octets, session.segments.len() as u64);
            session.segments.iter().for_each(|segment| pack_segment(segment, octets));
        }
    }
    if let Some(class) = session.class {
        put_signed(octets, class.0);
    }
    if let Some(nsapi) = session.nsapi {
        octets.push(nsapi);
    }
    if let Some(cell) = cell {
        octets.push(cell.kind.code());
        put(octets, cell.plmn.to_bits().into());
        if let Some(area) = cell.area {
            put(octets, area.into());
        }
        if let Some(cell) = cell.cell {
            put(octets, cell);
        }
    }
    if let Some(imei) = session.imei {
        put(octets, imei.to_bits());
    }
    if let Some(address) = session.ipv4 {
        octets.extend_from_slice(&address);
    }
    if let Some((prefix, length)) = session.ipv6_prefix {
        octets.extend_from_slice(&prefix);
        octets.push(length);
    }
    if let Some(node) = session.node {
        put_signed(octets, node.0);
    }
}

fn pack_segment(segment: &CounterSegment, octets: &mut Vec<u8>) {
    put_instant(octets, segment.origin_at);
    put_signed(octets, segment.clock_shift_secs.into());
    put(octets, segment.from_secs.into());
    put(octets, segment.last_secs.into());
    put(octets, segment.uplink);
    put(octets, segment.downlink);
}

/// The row of a SIM; `None` if the octets aren't one.
pub fn unpack(sim: SimId, octets: &[u8]) -> Option<StoredSim> {
    let (form, mut rest) = octets.split_first()?;
    if *form != FORM {
        return None;
    }
    let rest = &mut rest;
    let has = take(rest)?;
    let live = StoredSimLive {
        sim,
        last_message: optional(has & sim_has::LAST_MESSAGE, || LastMessage::from_code(octet(rest)?))?,
        last_access_at: optional(has & sim_has::LAST_ACCESS, || take_instant(rest))?,
        imei: optional(has & sim_has::IMEI, || Imei::from_bits(take(rest)?))?,
        class: optional(has & sim_has::CLASS, || take_signed(rest).map(UsageClassId))?,
        today: Day(narrow_signed(rest)?),
        today_octets: take(rest)?,
        cycle_start: Day(narrow_signed(rest)?),
        cycle_octets: take(rest)?,
        total: UpDown { uplink: ByteCount(take(rest)?), downlink: ByteCount(take(rest)?) },
        update_interval_secs: narrow(rest)?,
        unconfirmed: has & sim_has::UNCONFIRMED != 0,
        offline_since: optional(has & sim_has::OFFLINE_SINCE, || take_instant(rest))?,
        gap_secs: optional(has & sim_has::GAP, || narrow(rest))?.unwrap_or_default(),
        usual: optional(has & sim_has::USUAL, || narrow(rest).map(Usual::from_bits))?.unwrap_or_default(),
    };
    let mut open = SmallVec::new();
    while !rest.is_empty() {
        open.push(unpack_session(sim, rest)?);
    }
    Some(StoredSim { live, open })
}

fn unpack_session(sim: SimId, rest: &mut &[u8]) -> Option<StoredSession> {
    let has = take(rest)?;
    let id = SessionId(take_signed(rest)?);
    let nas = NasId(take_signed(rest)?);
    let name_len = narrow::<u32>(rest)? as usize;
    let acct_session_id = SessionName::from_slice(take_octets(rest, name_len)?);
    let started_at = take_instant(rest)?;
    let last_update_at = take_instant(rest)?;
    let session_secs = narrow(rest)?;
    let flags = narrow(rest)?;
    let mut segments = SmallVec::new();
    if has & session_has::ONE_RUN != 0 {
        segments.push(CounterSegment {
            origin_at: started_at,
            clock_shift_secs: 0,
            from_secs: 0,
            last_secs: narrow(rest)?,
            uplink: take(rest)?,
            downlink: take(rest)?,
        });
    } else {
        for _ in 0..take(rest)? {
            segments.push(unpack_segment(rest)?);
        }
    }
    let mut session = StoredSession {
        id,
        sim,
        nas,
        node: None,
        acct_session_id,
        started_at,
        last_update_at,
        ended_at: None,
        end_cause: None,
        segments,
        session_secs,
        class: optional(has & session_has::CLASS, || take_signed(rest).map(UsageClassId))?,
        nsapi: optional(has & session_has::NSAPI, || octet(rest))?,
        cell: optional(has & session_has::CELL, || unpack_cell(has, rest))?,
        imei: optional(has & session_has::IMEI, || Imei::from_bits(take(rest)?))?,
        ipv4: optional(has & session_has::IPV4, || take_octets(rest, 4)?.try_into().ok())?,
        ipv6_prefix: optional(has & session_has::IPV6, || {
            let prefix = take_octets(rest, 16)?.try_into().ok()?;
            Some((prefix, octet(rest)?))
        })?,
        flags,
    };
    session.node = optional(has & session_has::NODE, || take_signed(rest).map(NodeId))?;
    Some(session)
}

fn unpack_segment(rest: &mut &[u8]) -> Option<CounterSegment> {
    Some(CounterSegment {
        origin_at: take_instant(rest)?,
        clock_shift_secs: narrow_signed(rest)?,
        from_secs: narrow(rest)?,
        last_secs: narrow(rest)?,
        uplink: take(rest)?,
        downlink: take(rest)?,
    })
}

fn unpack_cell(has: u64, rest: &mut &[u8]) -> Option<CellId> {
    Some(CellId {
        kind: CellKind::from_code(octet(rest)?)?,
        plmn: Plmn::from_bits(narrow(rest)?),
        area: optional(has & session_has::CELL_AREA, || narrow(rest))?,
        cell: optional(has & session_has::CELL_ID, || take(rest))?,
    })
}

/// A value that is there if the bit is: `None` if it then can't be read.
fn optional<T>(bit: u64, read: impl FnOnce() -> Option<T>) -> Option<Option<T>> {
    if bit == 0 { Some(None) } else { read().map(Some) }
}

fn octet(rest: &mut &[u8]) -> Option<u8> {
    take_octets(rest, 1)?.first().copied()
}

fn narrow<T: TryFrom<u64>>(rest: &mut &[u8]) -> Option<T> {
    take(rest)?.try_into().ok()
}

fn narrow_signed<T: TryFrom<i64>>(rest: &mut &[u8]) -> Option<T> {
    take_signed(rest)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use proptest::{prelude::*, sample::Index};

    fn instant() -> impl Strategy<Value = Timestamp> {
        let secs = 0..5_000_000_000i64;
        prop_oneof![
            secs.clone().prop_map(Timestamp::from_secs),
            (secs, 0..1_000_000i64).prop_map(|(secs, micros)| Timestamp(secs * 1_000_000 + micros)),
        ]
    }

    fn imei() -> impl Strategy<Value = Option<Imei>> {
        prop::option::of("[0-9]{16}".prop_map(|digits| digits.parse().unwrap()))
    }

    prop_compose! {
        fn segment()(origin_at in instant(), clock_shift_secs: i32, from_secs: u32, last_secs: u32, uplink: u64, downlink: u64)
            -> CounterSegment
        {
            CounterSegment { origin_at, clock_shift_secs, from_secs, last_secs, uplink, downlink }
        }
    }

    prop_compose! {
        fn cell()(plmn in "[0-9]{5,6}", kind: Index, area: Option<u32>, cell: Option<u64>) -> CellId {
            CellId { plmn: plmn.parse().unwrap(), kind: *kind.get(&CellKind::ALL), area, cell }
        }
    }

    prop_compose! {
        fn session()(
            (id, (nas, node), name, started_at, last_update_at) in
                (0..1i64 << 40, (0..100i64, any::<Option<u16>>()), prop::collection::vec(any::<u8>(), 0..40), instant(), instant()),
            (mut segments, plain, session_secs, class, nsapi) in
                (prop::collection::vec(segment(), 1..4), any::<bool>(), any::<u32>(), any::<Option<u16>>(), any::<Option<u8>>()),
            (cell, imei, ipv4, ipv6_prefix, flags) in
                (prop::option::of(cell()), imei(), any::<Option<[u8; 4]>>(), any::<Option<([u8; 16], u8)>>(), any::<u32>()),
        ) -> StoredSession {
            if plain {
                segments.truncate(1);
                segments[0] =
                    CounterSegment { origin_at: started_at, clock_shift_secs: 0, from_secs: 0, ..segments[0] };
            }
            StoredSession {
                id: SessionId(id),
                sim: SimId(7),
                nas: NasId(nas),
                node: node.map(|node| NodeId(node.into())),
                acct_session_id: name.into(),
                started_at,
                last_update_at,
                ended_at: None,
                end_cause: None,
                segments: segments.into(),
                session_secs,
                class: class.map(|class| UsageClassId(class.into())),
                nsapi,
                cell,
                imei,
                ipv4,
                ipv6_prefix,
                flags,
            }
        }
    }

    prop_compose! {
        fn sim()(
            (message, last_access_at, imei, class) in
                (any::<Option<Index>>(), prop::option::of(instant()), imei(), any::<Option<u16>>()),
            (today, today_octets, cycle_start, cycle_octets) in any::<(i32, u64, i32, u64)>(),
            (uplink, downlink, update_interval_secs, unconfirmed) in any::<(u64, u64, u32, bool)>(),
            offline_since in prop::option::of(instant()),
            (gap_secs, usual) in any::<(u32, u32)>(),
            open in prop::collection::vec(session(), 0..3),
        ) -> StoredSim {
            let messages: Vec<_> = (0..=u8::MAX).filter_map(LastMessage::from_code).collect();
            StoredSim {
                live: StoredSimLive {
                    sim: SimId(7),
                    last_message: message.map(|index| *index.get(&messages)),
                    last_access_at,
                    imei,
                    class: class.map(|class| UsageClassId(class.into())),
                    today: Day(today),
                    today_octets,
                    cycle_start: Day(cycle_start),
                    cycle_octets,
                    total: UpDown { uplink: ByteCount(uplink), downlink: ByteCount(downlink) },
                    update_interval_secs,
                    unconfirmed,
                    offline_since,
                    gap_secs,
                    usual: Usual::from_bits(usual),
                },
                open: open.into(),
            }
        }
    }

    proptest! {
        #[test]
        fn a_row_comes_back(sims in prop::collection::vec(sim(), 1..4)) {
            let packed: PackedSims = sims.iter().cloned().collect();
            let back: Vec<_> = packed.iter().map(|(sim, octets)| unpack(sim, octets).unwrap()).collect();
            prop_assert_eq!(back, sims);
        }

        #[test]
        fn any_octets_are_a_row_or_refused(mut octets: Vec<u8>) {
            let _ = unpack(SimId(1), &octets);
            octets.insert(0, FORM);
            let _ = unpack(SimId(1), &octets);
        }

        #[test]
        fn a_torn_row_is_refused_or_shorter(sim in sim(), at: Index) {
            let packed: PackedSims = [sim.clone()].into_iter().collect();
            let (_, octets) = packed.iter().next().unwrap();
            let torn = unpack(SimId(7), &octets[..at.index(octets.len())]);
            prop_assert!(torn.is_none_or(|torn| torn.open.len() < sim.open.len() || torn == sim));
        }
    }
}
