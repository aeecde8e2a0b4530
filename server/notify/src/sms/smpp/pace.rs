//! Our own limit: so many messages a second, evenly, and none while the message centre asks for a pause.

use std::time::Duration;
use tokio::time::Instant;

#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    between: Duration,
    /// Before this nothing is sent.
    free_at: Instant,
}

impl Pace {
    /// 0: as fast as it goes.
    pub fn new(per_second: u32, now: Instant) -> Self {
        let between = Duration::from_secs(1).checked_div(per_second).unwrap_or_default();
        Self { between, free_at: now }
    }

    /// When the next message may go, if that is within `patience`; else how long it would take. Whoever takes the place and
    /// doesn't use it leaves it empty.
    pub fn place(&mut self, now: Instant, patience: Duration) -> Result<Instant, Duration> {
        let at = self.free_at.max(now);
        let wait = at.duration_since(now);
        if wait > patience {
            return Err(wait);
        }
        self.free_at = at + self.between;
        Ok(at)
    }

    pub fn pause(&mut self, now: Instant, pause: Duration) {
        self.free_at = self.free_at.max(now + pause);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_second_has_more_than_its_share(
            per_second in 1..200u32, patience in 0..5_000u64, steps in prop::collection::vec((0..400u64, 0..3u8), 1..60),
        ) {
            let begin = Instant::now();
            let patience = Duration::from_millis(patience);
            let mut pace = Pace::new(per_second, begin);
            let (mut now, mut paused) = (begin, begin);
            let mut places: Vec<Instant> = Vec::new();
            for (millis, what) in steps {
                now += Duration::from_millis(millis);
                if what == 0 {
                    pace.pause(now, Duration::from_secs(1));
                    paused = now + Duration::from_secs(1);
                }
                match pace.place(now, patience) {
                    Ok(at) => {
                        prop_assert!(at >= now && at <= now + patience && at >= paused);
                        places.push(at);
                    }
                    Err(wait) => prop_assert!(wait > patience),
                }
            }
            for (each, place) in places.iter().enumerate() {
                let within = places[each..].iter().take_while(|at| **at < *place + Duration::from_secs(1)).count();
                // Thirds of a second are a little shorter than they should be.
                prop_assert!(within <= per_second as usize + 1);
            }
        }
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let now = Instant::now();
        let mut pace = Pace::new(0, now);
        for _ in 0..1_000 {
            assert_eq!(pace.place(now, Duration::ZERO), Ok(now));
        }
        pace.pause(now, Duration::from_secs(2));
        assert_eq!(pace.place(now, Duration::from_secs(1)), Err(Duration::from_secs(2)));
    }
}
