//! One record in a journal file.
//!
//! | octets | field (little-endian) |
//! |---|---|
//! | 4 | CRC-32C of everything after it |
//! | 4 | length of everything after this field |
//! | 8 | number of the record |
//! | 4 | how many records of its group stand before it |
//! | 8 | received at, microseconds since 1970 UTC |
//! | 8 | NAS |
//! | 16 + 2 | source address (IPv4 as IPv4-mapped) and port |
//! | n | the packet |
//!
//! The place in the group tells a torn tail from damage: a group is only begun when the one before it is durable. So an
//! unreadable frame with a readable one of a *later group* behind it had been acknowledged, and is damage.

use super::{Entry, RawRecord};
use opencmp_domain::{NasId, Timestamp};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Checksum and length.
pub const PREFIX_LEN: usize = 8;
/// Fields between the length and the packet.
const FIELDS_LEN: usize = 46;
const LONGEST_PACKET: usize = opencmp_radius::MAX_LEN;
/// The longest frame.
pub const LONGEST: usize = PREFIX_LEN + FIELDS_LEN + LONGEST_PACKET;

/// Appends a record's frame to `out`. `place` is how many records of its group stand before it.
pub fn encode(out: &mut Vec<u8>, number: u64, place: u32, record: &RawRecord<'_>) {
    let start = out.len();
    let packet = record.packet.get(..LONGEST_PACKET).unwrap_or(record.packet);
    let ip = match record.source.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&((FIELDS_LEN + packet.len()) as u32).to_le_bytes());
    out.extend_from_slice(&number.to_le_bytes());
    out.extend_from_slice(&place.to_le_bytes());
    out.extend_from_slice(&record.received_at.0.to_le_bytes());
    out.extend_from_slice(&record.nas.0.to_le_bytes());
    out.extend_from_slice(&ip.octets());
    out.extend_from_slice(&record.source.port().to_le_bytes());
    out.extend_from_slice(packet);
    if let Some((checksum, covered)) = out.get_mut(start..).and_then(|frame| frame.split_at_mut_checked(4)) {
        checksum.copy_from_slice(&crc32c::crc32c(covered).to_le_bytes());
    }
}

/// A frame read back.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub entry: Entry<'a>,
    pub place: u32,
    /// Of the whole frame.
    pub len: usize,
}

/// The length that a frame claims, if it can be one: the whole frame, the prefix included.
pub fn claimed_len(prefix: &[u8]) -> Option<usize> {
    let length = u32::from_le_bytes(*prefix.get(4..8)?.first_chunk()?) as usize;
    (FIELDS_LEN..=FIELDS_LEN + LONGEST_PACKET).contains(&length).then_some(PREFIX_LEN + length)
}

/// The frame that `octets` begin with; `None` if it isn't whole and sound.
pub fn decode(octets: &[u8]) -> Option<Frame<'_>> {
    let len = claimed_len(octets)?;
    let (checksum, covered) = octets.get(..len)?.split_first_chunk()?;
    if crc32c::crc32c(covered) != u32::from_le_bytes(*checksum) {
        return None;
    }
    let (_, rest) = covered.split_first_chunk::<4>()?;
    let (number, rest) = rest.split_first_chunk()?;
    let (place, rest) = rest.split_first_chunk()?;
    let (received_at, rest) = rest.split_first_chunk()?;
    let (nas, rest) = rest.split_first_chunk()?;
    let (ip, rest) = rest.split_first_chunk::<16>()?;
    let (port, packet) = rest.split_first_chunk()?;
    let record = RawRecord {
        received_at: Timestamp(i64::from_le_bytes(*received_at)),
        nas: NasId(i64::from_le_bytes(*nas)),
        source: SocketAddr::new(Ipv6Addr::from(*ip).to_canonical(), u16::from_le_bytes(*port)),
        packet,
    };
    let entry = Entry { number: u64::from_le_bytes(*number), record };
    Some(Frame { entry, place: u32::from_le_bytes(*place), len })
}

impl Frame<'_> {
    /// Number of the first record of the frame's group.
    pub fn group(&self) -> u64 {
        self.entry.number.saturating_sub(u64::from(self.place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_frame_comes_back_as_it_went(
            number: u64, place: u32, received_at: i64, nas: i64, ip: u128, v4: bool, port: u16,
            packet in proptest::collection::vec(any::<u8>(), 20..400), cut: prop::sample::Index,
        ) {
            let ip = if v4 { IpAddr::V4((ip as u32).into()) } else { Ipv6Addr::from(ip).to_canonical() };
            let record = RawRecord {
                received_at: Timestamp(received_at), nas: NasId(nas), source: (ip, port).into(), packet: &packet,
            };
            let mut octets = Vec::new();
            encode(&mut octets, number, place, &record);
            let frame = decode(&octets).unwrap();
            prop_assert_eq!(frame.entry, Entry { number, record });
            prop_assert_eq!((frame.place, frame.len), (place, octets.len()));

            let cut = cut.index(octets.len());
            prop_assert!(decode(&octets[..cut]).is_none());
            octets[cut] ^= 0x10;
            prop_assert!(decode(&octets).is_none());
        }
    }
}
