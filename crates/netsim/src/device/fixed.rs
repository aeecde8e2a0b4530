//! What stays where it is and is always on: cameras, vending machines, exchange stations.

use super::{Act, DayPlan};
use rand::Rng;

/// Keeps a session up; loses it now and then, and very seldom falls silent without a word.
pub fn stays(day: &mut DayPlan<'_>) {
    if !day.connected {
        let secs = day.elapsed() + day.between(1.0..1_200.0);
        day.connect(secs);
    }
    if day.chance(0.16) {
        dropout(day);
    }
    if day.chance(0.14) {
        // Session-Timeout: gateways end sessions after a week or so, by night.
        let secs = day.between(2.0 * 3600.0..5.0 * 3600.0);
        day.disconnect(secs, 5);
        let back = secs + day.between(1.0..8.0);
        day.reconnect(back);
    }
    if day.chance(0.004) {
        let secs = day.between(0.0..80_000.0);
        day.push(secs, Act::Vanish);
        let back = secs + day.between(2.0 * 3600.0..20.0 * 3600.0);
        day.reconnect(back);
    }
}

/// A gap of half a minute as a rule, of hours where somebody pulled a plug.
fn dropout(day: &mut DayPlan<'_>) {
    let secs = day.between(0.0..86_000.0);
    let gap = match day.rng.random_range(0..10) {
        0 => day.between(3_600.0..6.0 * 3_600.0),
        1..=3 => day.between(180.0..1_800.0),
        _ => day.between(8.0..110.0),
    };
    let cause = if day.chance(0.7) { 2 } else { 4 }; // Lost-Carrier, Idle-Timeout
    day.disconnect(secs, cause);
    day.reconnect(secs + gap);
}
