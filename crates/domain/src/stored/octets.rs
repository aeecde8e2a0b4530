//! Numbers as octets, as few as they need: LEB128, with small negative numbers small too.

use crate::time::Timestamp;

const MICROS: i64 = 1_000_000;

pub fn put(octets: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        octets.push(value as u8 | 0x80);
        value >>= 7;
    }
    octets.push(value as u8);
}

pub fn take(octets: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = octets.split_first()?;
        *octets = rest;
        value |= u64::from(first & 0x7F).checked_shl(shift)?;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

pub fn put_signed(octets: &mut Vec<u8>, value: i64) {
    put(octets, ((value << 1) ^ (value >> 63)) as u64);
}

pub fn take_signed(octets: &mut &[u8]) -> Option<i64> {
    let value = take(octets)?;
    Some((value >> 1) as i64 ^ -((value & 1) as i64))
}

/// Whole seconds, as nearly all are, take 5 octets; an octet before the number says whether they are.
pub(super) fn put_instant(octets: &mut Vec<u8>, at: Timestamp) {
    if at.0 % MICROS == 0 {
        put_signed(octets, at.0 / MICROS * 2);
    } else {
        // An odd number. Instants are far from the range's ends; what isn't is held there.
        put_signed(octets, at.0.clamp(i64::MIN / 2, i64::MAX / 2) * 2 + 1);
    }
}

pub(super) fn take_instant(octets: &mut &[u8]) -> Option<Timestamp> {
    let value = take_signed(octets)?;
    if value & 1 == 0 { (value / 2).checked_mul(MICROS).map(Timestamp) } else { Some(Timestamp(value >> 1)) }
}

pub(super) fn take_octets<'o>(octets: &mut &'o [u8], count: usize) -> Option<&'o [u8]> {
    let (taken, rest) = octets.split_at_checked(count)?;
    *octets = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(unsigned: u64, signed: i64, secs in -10_000_000_000..10_000_000_000i64, micros in 0..MICROS) {
            let mut octets = Vec::new();
            put(&mut octets, unsigned);
            put_signed(&mut octets, signed);
            let instants = [Timestamp(secs * MICROS), Timestamp(secs * MICROS + micros)];
            instants.iter().for_each(|at| put_instant(&mut octets, *at));
            let mut rest = octets.as_slice();
            prop_assert_eq!(take(&mut rest), Some(unsigned));
            prop_assert_eq!(take_signed(&mut rest), Some(signed));
            prop_assert_eq!(take_instant(&mut rest), Some(instants[0]));
            prop_assert_eq!(take_instant(&mut rest), Some(instants[1]));
            prop_assert!(rest.is_empty());
        }
    }
}
