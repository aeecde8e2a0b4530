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
