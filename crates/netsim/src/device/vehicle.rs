//! What is on the road.

use super::{Act, DayPlan, Density, traffic::Curve};
use rand::Rng;

/// A handful of rides, a session each; the gateway tells of cell changes.
pub fn rides(day: &mut DayPlan<'_>) {
    if day.chance(0.12) {
        return; // Parked all day.
    }
    let rides = 1 + day.rng.random_range(0..=2) + usize::from(day.habit.is_multiple_of(5));
    let mut starts: Vec<f64> = (0..rides).map(|_| day.moment(Curve::Road)).collect();
    starts.sort_by(f64::total_cmp);
    let mut free_from = 0.0_f64;
    for start in starts {
        let start = start.max(free_from);
        let end = start + day.between(6.0 * 60.0..45.0 * 60.0);
        ride(day, start, end);
        free_from = end + 300.0;
    }
}

fn ride(day: &mut DayPlan<'_>, start: f64, end: f64) {
    day.connect(start);
    let step = match day.density(start) {
        Density::Sparse => (900.0, 1_800.0),
        Density::Medium => (240.0, 600.0),
        Density::Live => (45.0, 130.0),
    };
    let mut secs = start + day.between(step.0..step.1);
    while secs < end - 20.0 {
        day.push(secs, Act::Move);
        secs += day.between(step.0..step.1);
    }
    let cause = match day.rng.random_range(0..100) {
        0..=91 => 1,  // User-Request: parked
        92..=97 => 2, // Lost-Carrier: underground
        _ => {
            day.push(end, Act::Vanish);
            return;
        }
    };
    day.disconnect(end, cause);
}

/// To work and back, and some more on the way; now and then new software before the day begins.
pub fn drives(day: &mut DayPlan<'_>) {
    if day.chance(0.08) {
        let start = day.between(3.0 * 3_600.0..4.5 * 3_600.0);
        day.connect(start);
        let end = start + day.between(900.0..2_400.0);
        day.disconnect(end, 1);
    }
    if day.chance(0.1) {
        return; // In the garage.
    }
    let mut drives = vec![(6.5..9.0, 15.0..80.0)];
    drives.extend((0..day.rng.random_range(0..=3)).map(|_| (10.0..16.0, 10.0..120.0)));
    drives.push((17.0..20.0, 20.0..90.0));
    let mut drives: Vec<(f64, f64)> = drives
        .into_iter()
        .map(|(hours, minutes)| {
            let start = day.between(hours.start * 3_600.0..hours.end * 3_600.0);
            (start, day.between(minutes.start * 60.0..minutes.end * 60.0))
        })
        .collect();
    drives.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let mut free_from = 0.0_f64;
    for (start, secs) in drives {
        let start = start.max(free_from);
        ride(day, start, start + secs);
        free_from = start + secs + 600.0;
    }
}

/// Carried on foot by day, with the session open.
pub fn wanders(day: &mut DayPlan<'_>) {
    let mut secs = 6.0 * 3600.0;
    while secs < 21.0 * 3600.0 {
        day.push(secs, Act::Move);
        secs += match day.density(secs) {
            Density::Sparse => day.rng.random_range(14_000.0..30_000.0),
            Density::Medium => day.rng.random_range(3_000.0..6_000.0),
            Density::Live => day.between(500.0..1_400.0),
        };
    }
}
