//! A device's plan for a day, and how closely the network watches.

use super::{
    Kind, Quirk,
    traffic::{Curve, day_start, is_weekend},
};
use opencmp_domain::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// Something that comes due for a device. `link` is 0, or 1 for its second APN.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// A local day begins: plan it.
    Day,
    Connect {
        link: usize,
    },
    Disconnect {
        link: usize,
        cause: u16,
    },
    /// The periodic interim update of the session with this serial.
    Update {
        link: usize,
        serial: u32,
    },
    /// On to another cell.
    Move,
    /// Stop and Start in one second.
    Flap,
    /// Gone without a Stop.
    Vanish,
}

/// How closely sessions are watched. Months of history need not be told in five-minute steps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Density {
    Sparse,
    Medium,
    Live,
}

/// When which density holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Calendar {
    /// From here on people look on.
    pub live_from: Timestamp,
}

impl Calendar {
    const MEDIUM_SECS: i64 = 3 * 86_400;
    const LIVE_SECS: i64 = 2 * 3600;

    pub fn density(&self, at: Timestamp) -> Density {
        match self.live_from.secs_since(at) {
            before if before > Self::MEDIUM_SECS => Density::Sparse,
            before if before > Self::LIVE_SECS => Density::Medium,
            _ => Density::Live,
        }
    }

    /// When the next interim update of a kind's session is due; `None` for kinds whose gateways send none.
    pub(crate) fn next_update(&self, now: Timestamp, kind: Kind, rng: &mut ChaCha8Rng) -> Option<Timestamp> {
        let density = self.density(now);
        let interval = kind.interim_secs(density)?;
        let due = Timestamp(now.0 + interval * 1_000_000 + rng.random_range(0..2_000_000));
        // Not later than the finer steps that begin in between.
        let finer = match density {
            Density::Sparse => (Density::Medium, self.live_from.plus_secs(-Self::MEDIUM_SECS)),
            _ => (Density::Live, self.live_from.plus_secs(-Self::LIVE_SECS)),
        };
        if now < finer.1 && finer.1 < due {
            let interval = kind.interim_secs(finer.0)?;
            return Some(due.min(Timestamp(finer.1.0 + rng.random_range(0..interval * 1_000_000))));
        }
        Some(due)
    }
}

/// A local day in the making. Instants are given in seconds since local midnight; what is already past is left out.
pub struct DayPlan<'r> {
    pub weekend: bool,
    pub connected: bool,
    /// Stable number of the device.
    pub habit: u64,
    pub rng: &'r mut ChaCha8Rng,
    pub(crate) acts: Vec<(Timestamp, Act)>,
    /// Until when an interruption lasts that this day begins, perhaps into the next.
    pub(crate) away_until: Option<Timestamp>,
    start: Timestamp,
    now: Timestamp,
    calendar: Calendar,
}

impl<'r> DayPlan<'r> {
    pub(crate) fn new(
        number: i64,
        now: Timestamp,
        connected: bool,
        habit: u64,
        calendar: Calendar,
        rng: &'r mut ChaCha8Rng,
    ) -> Self {
        let acts = Vec::with_capacity(16);
        let start = day_start(number);
        Self {
            weekend: is_weekend(number),
            connected,
            habit,
            rng,
            acts,
            away_until: None,
            start,
            now,
            calendar,
        }
    }

    /// Seconds of the day that are already past.
    pub fn elapsed(&self) -> f64 {
        (self.now.0 - self.start.0) as f64 / 1e6
    }

    pub fn density(&self, secs: f64) -> Density {
        self.calendar.density(self.at(secs))
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.rng.random_bool(probability)
    }

    pub fn between(&mut self, range: Range<f64>) -> f64 {
        self.rng.random_range(range)
    }

    pub fn push(&mut self, secs: f64, act: Act) {
        let at = self.at(secs);
        if at >= self.now {
            self.acts.push((at, act));
        }
    }

    /// Sets up all of the device's APNs.
    pub fn connect(&mut self, secs: f64) {
        self.push(secs, Act::Connect { link: 0 });
        self.push(secs + 0.4, Act::Connect { link: 1 });
    }

    /// Sets them up again after an interruption, until when nothing else does.
    pub fn reconnect(&mut self, secs: f64) {
        self.connect(secs);
        self.away_until = self.away_until.max(Some(self.at(secs)));
    }

    pub fn disconnect(&mut self, secs: f64, cause: u16) {
        self.push(secs, Act::Disconnect { link: 1, cause });
        self.push(secs + 0.2, Act::Disconnect { link: 0, cause });
    }

    /// A second of the day, likelier where the curve is high.
    pub fn moment(&mut self, curve: Curve) -> f64 {
        for _ in 0..50 {
            let secs = self.rng.random_range(0.0..86_400.0);
            if self.rng.random_range(0.0..3.0) < curve.weight((secs / 3600.0) as usize, self.weekend) {
                return secs;
            }
        }
        12.0 * 3600.0
    }

    /// What the device's quirk adds to the day.
    pub(crate) fn quirk(&mut self, quirk: &Quirk) {
        match *quirk {
            Quirk::None | Quirk::Abroad { .. } => {}
            Quirk::Flaps => {
                for _ in 0..3 {
                    let mut secs = self.rng.random_range(0.0..86_000.0);
                    for _ in 0..5 {
                        self.push(secs, Act::Flap);
                        secs += self.rng.random_range(12.0..80.0);
                    }
                }
            }
            Quirk::Fades if self.chance(0.6) => {
                let secs = self.rng.random_range(0.0..60_000.0);
                self.push(secs, Act::Vanish);
                let back = secs + self.rng.random_range(8.0 * 3600.0..30.0 * 3600.0);
                self.reconnect(back);
            }
            Quirk::Fades => {}
            Quirk::Swaps { at, .. } => {
                let secs = (at.0 - self.start.0) as f64 / 1e6;
                if (0.0..86_400.0).contains(&secs) {
                    self.disconnect(secs - 180.0, 2); // Lost-Carrier: the card was pulled
                    self.reconnect(secs + 1.0);
                }
            }
        }
    }

    fn at(&self, secs: f64) -> Timestamp {
        Timestamp(self.start.0 + (secs * 1e6) as i64)
    }
}
