//! Usage over hours and days by time share.
//!
//! What was used between two records is spread evenly over the time between them, cut at UTC hours and at the midnights
//! of the tenant's zone (which are no UTC hours in Kolkata). A piece is the difference of two rounded-down cumulative
//! shares, so the pieces add up to the whole exactly.

use crate::calendar::{Calendar, DayEntry};

const HOUR: u32 = 3600;

/// A piece of usage: within one UTC hour and one local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub hour: i32,
    pub day: DayEntry,
    pub up: u64,
    pub down: u64,
}

/// Spreads `up` and `down` over `since..until`; without a length all of it is at `until`.
#[inline]
pub(crate) fn split(
    calendar: &mut Calendar,
    since: u32,
    until: u32,
    (up, down): (u64, u64),
    mut piece: impl FnMut(Piece),
) {
    if up == 0 && down == 0 {
        return;
    }
    let last = if since < until { until - 1 } else { until };
    let begin = since.min(last);
    let day = calendar.day_of(begin);
    if begin / HOUR == last / HOUR && last < day.ends {
        return piece(Piece { hour: (begin / HOUR) as i32, day, up, down });
    }
    let length = (until - begin).max(1);
    let share = |octets: u64, at: u32| -> u64 {
        match octets.checked_mul(u64::from(at - begin)) {
            Some(product) => product / u64::from(length),
            None => (u128::from(octets) * u128::from(at - begin) / u128::from(length)) as u64,
        }
    };
    let mut at = begin;
    let (mut up_before, mut down_before) = (0, 0);
    while at < until {
        let day = calendar.day_of(at);
        let next_hour = (at / HOUR + 1).saturating_mul(HOUR);
        let next = next_hour.min(day.ends.max(at + 1)).min(until);
        let (up_until, down_until) = (share(up, next), share(down, next));
        let (up, down) = (up_until - up_before, down_until - down_before);
        if up != 0 || down != 0 {
            piece(Piece { hour: (at / HOUR) as i32, day, up, down });
        }
        (at, up_before, down_before) = (next, up_until, down_until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::Tz;
    use proptest::prelude::*;

    fn pieces(zone: Tz, since: u32, until: u32, octets: (u64, u64)) -> Vec<Piece> {
        let mut pieces = Vec::new();
        split(&mut Calendar::new(zone, 1), since, until, octets, |piece| pieces.push(piece));
        pieces
    }

    #[test]
    fn midnight_in_taipei_divides_by_time_share() {
        // 23:50 to 00:20 on 2026-11-22/23 in Taipei: 10 and 20 minutes.
        let midnight = 1_795_363_200;
        let pieces = pieces(Tz::Asia__Taipei, midnight - 600, midnight + 1200, (300, 3));
        let days: Vec<_> = pieces.iter().map(|piece| (piece.day.day, piece.up, piece.down)).collect();
        let [first, second] = days[..] else { panic!("{days:?}") };
        assert_eq!((first.1, first.2, second.1, second.2), (100, 1, 200, 2));
        assert_eq!(second.0, first.0 + 1);
    }

    #[test]
    fn midnight_in_kolkata_divides_an_hour() {
        let midnight = 1_795_372_200; // 2026-11-22T18:30Z
        let pieces = pieces(Tz::Asia__Kolkata, midnight - 900, midnight + 900, (100, 0));
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[0].hour, pieces[1].hour);
        assert_eq!(pieces[0].day.day + 1, pieces[1].day.day);
    }

    #[test]
    fn an_instant_is_in_its_own_hour() {
        let pieces = pieces(Tz::UTC, 7200, 7200, (5, 6));
        assert_eq!(
            pieces.iter().map(|piece| (piece.hour, piece.up, piece.down)).collect::<Vec<_>>(),
            [(2, 5, 6)]
        );
    }

    proptest! {
        #[test]
        fn pieces_add_up(since in 1_790_000_000u32..1_800_000_000, length in 0u32..3_000_000, up: u64, down: u64, east: bool) {
            let zone = if east { Tz::Australia__Sydney } else { Tz::America__New_York };
            let pieces = pieces(zone, since, since + length, (up, down));
            prop_assert_eq!(pieces.iter().map(|piece| u128::from(piece.up)).sum::<u128>(), u128::from(up));
            prop_assert_eq!(pieces.iter().map(|piece| u128::from(piece.down)).sum::<u128>(), u128::from(down));
            prop_assert!(pieces.windows(2).all(|pair| (pair[0].hour, pair[0].day.day) < (pair[1].hour, pair[1].day.day)));
        }
    }
}
