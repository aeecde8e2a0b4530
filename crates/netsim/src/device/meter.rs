//! NB-IoT meters.

use super::{Act, DayPlan};

/// Wakes, reports, is gone. Most report in the small hours, each at its own minute; one in ten every six hours.
pub fn reports(day: &mut DayPlan<'_>) {
    let slot = (day.habit % 18_000) as f64 + 1_800.0;
    let times = if day.habit % 10 == 3 { 4 } else { 1 };
    for report in 0..times {
        let mut secs = slot + 21_600.0 * f64::from(report) + day.between(0.0..40.0);
        if day.chance(0.03) {
            continue; // No coverage today.
        }
        if day.chance(0.02) {
            secs += 3_600.0;
        }
        day.connect(secs);
        let length = day.between(18.0..70.0);
        let cause = if day.chance(0.85) { 1 } else { 4 }; // User-Request, Idle-Timeout
        day.disconnect(secs + length, cause);
    }
}

/// Stays attached in power saving mode; attaches anew every month or so.
pub fn sleeps(day: &mut DayPlan<'_>) {
    let secs = (day.habit % 86_000) as f64;
    if !day.connected {
        let soon = secs.max(day.elapsed() + day.between(5.0..1_800.0));
        day.connect(soon);
    } else if day.chance(0.03) {
        day.push(secs, Act::Disconnect { link: 0, cause: 1 }); // User-Request
        let back = secs + day.between(4.0..90.0);
        day.reconnect(back);
    }
}
