//! How sessions' runs of counters, cells and prefixes lie in a row.

use crate::{
    Result,
    sql::{narrow, unreadable},
};
use opencmp_domain::{
    Plmn, Timestamp,
    session::{CellId, CellKind},
    stored::{
        CounterSegment,
        octets::{put, put_signed, take, take_signed},
    },
};
use smallvec::SmallVec;

/// Runs of counters as octets: one after the other, each as six LEB128 numbers (origin in microseconds and clock shift
/// zigzag, then from, last, uplink, downlink). A typical one takes 20 octets; columns would take a table of their own.
pub(crate) fn segments_pack(segments: &[CounterSegment], octets: &mut Vec<u8>) {
    octets.clear();
    for segment in segments {
        put_signed(octets, segment.origin_at.0);
        put_signed(octets, segment.clock_shift_secs.into());
        put(octets, segment.from_secs.into());
        put(octets, segment.last_secs.into());
        put(octets, segment.uplink);
        put(octets, segment.downlink);
    }
}

pub(crate) fn segments_unpack(octets: &[u8]) -> Result<SmallVec<[CounterSegment; 1]>> {
    let mut rest = octets;
    let mut segments = SmallVec::new();
    while !rest.is_empty() {
        segments.push(segment(&mut rest).ok_or_else(|| unreadable("segments", format!("{octets:02x?}")))?);
    }
    Ok(segments)
}

fn segment(octets: &mut &[u8]) -> Option<CounterSegment> {
    Some(CounterSegment {
        origin_at: Timestamp(take_signed(octets)?),
        clock_shift_secs: take_signed(octets)?.try_into().ok()?,
        from_secs: take(octets)?.try_into().ok()?,
        last_secs: take(octets)?.try_into().ok()?,
        uplink: take(octets)?,
        downlink: take(octets)?,
    })
}

/// The four columns of a cell: packed PLMN, kind, area, cell.
pub(crate) type CellColumns = (Option<i64>, Option<i64>, Option<i64>, Option<i64>);

pub(crate) fn cell_columns(cell: Option<CellId>) -> CellColumns {
    match cell {
        None => (None, None, None, None),
        Some(cell) => (
            Some(cell.plmn.to_bits().into()),
            Some(cell.kind.code().into()),
            cell.area.map(i64::from),
            cell.cell.map(crate::sql::signed),
        ),
    }
}

pub(crate) fn cell_of((plmn, kind, area, cell): CellColumns) -> Result<Option<CellId>> {
    let (Some(plmn), Some(kind)) = (plmn, kind) else { return Ok(None) };
    Ok(Some(CellId {
        plmn: Plmn::from_bits(narrow("cell_plmn", plmn)?),
        kind: u8::try_from(kind)
            .ok()
            .and_then(CellKind::from_code)
            .ok_or_else(|| unreadable("cell_kind", kind))?,
        area: area.map(|area| narrow("cell_area", area)).transpose()?,
        cell: cell.map(|cell| narrow("cell_id", cell)).transpose()?,
    }))
}

pub(crate) fn ipv4_column(address: Option<[u8; 4]>) -> Option<i64> {
    address.map(|octets| u32::from_be_bytes(octets).into())
}

pub(crate) fn ipv4_of(column: Option<i64>) -> Result<Option<[u8; 4]>> {
    column.map(|bits| narrow::<u32>("ipv4", bits).map(u32::to_be_bytes)).transpose()
}

/// The prefix's octets, then its length in bits.
pub(crate) fn ipv6_column(prefix: Option<([u8; 16], u8)>) -> Option<[u8; 17]> {
    prefix.map(|(address, length)| {
        let mut octets = [length; 17];
        octets[..16].copy_from_slice(&address);
        octets
    })
}

pub(crate) fn ipv6_of(column: Option<&[u8]>) -> Result<Option<([u8; 16], u8)>> {
    let Some(octets) = column else { return Ok(None) };
    match octets.split_first_chunk::<16>() {
        Some((address, [length])) => Ok(Some((*address, *length))),
        _ => Err(unreadable("ipv6_prefix", format!("{octets:02x?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn segments_come_back(values: Vec<(i64, i32, u32, u32, u64, u64)>) {
            let segments: Vec<_> = values
                .into_iter()
                .map(|(origin, clock_shift_secs, from_secs, last_secs, uplink, downlink)| CounterSegment {
                    origin_at: Timestamp(origin), clock_shift_secs, from_secs, last_secs, uplink, downlink,
                })
                .collect();
            let mut octets = Vec::new();
            segments_pack(&segments, &mut octets);
            prop_assert_eq!(segments_unpack(&octets).unwrap().to_vec(), segments);
        }

        #[test]
        fn any_octets_are_segments_or_refused(octets: Vec<u8>) {
            let _ = segments_unpack(&octets);
        }
    }

    #[test]
    fn cells_and_prefixes_come_back() {
        for kind in CellKind::ALL {
            let plmn: Plmn = "310170".parse().unwrap();
            let cell =
                CellId { plmn, kind, area: Some(65_535), cell: (kind != CellKind::Tai).then_some(1 << 35) };
            assert_eq!(cell_of(cell_columns(Some(cell))).unwrap(), Some(cell));
        }
        let prefix = Some(([0x20; 16], 64));
        assert_eq!(ipv6_of(ipv6_column(prefix).as_ref().map(|o| o.as_slice())).unwrap(), prefix);
        let address = Some([203, 0, 113, 255]);
        assert_eq!(ipv4_of(ipv4_column(address)).unwrap(), address);
    }
}
