//! 儀表板: the fleet at a glance.

use crate::{
    Result, Service,
    timing::Timed,
    usage::{Subject, every_day},
};
use opencmp_domain::{
    ByteCount, Cycle, Day, Scope, Timestamp,
    dashboard::{ConnectedSample, Dashboard},
    usage::DayUsage,
};

const MOST_TOP: usize = 8;
const MOST_EVENTS: u32 = 20;
const CHART_HOURS: i64 = 24;

impl Service {
    pub async fn dashboard(&self, scope: &Scope) -> Result<Dashboard> {
        let _timed = Timed::new("dashboard");
        let now = self.clock.now();
        let subject = self.whole_subject(scope);
        let calendar = subject.calendar;
        let (today, cycle) = (calendar.today(now), calendar.cycle(now));
        let (usage_today, usage_cycle) = self.usage_now(scope);
        let previous = cycle.previous();
        let (first, end) = (previous.first_day(calendar.cycle_day), cycle.end_day(calendar.cycle_day));
        let booked = self.store.usage_by_day(&subject.usage, first, end).await?;
        let days = every_day(&booked, cycle, calendar.cycle_day, today);
        let previous_days = every_day(&booked, previous, calendar.cycle_day, today);
        let events = self.store.events_recent(&subject.usage, MOST_EVENTS).await?;
        Ok(Dashboard {
            counts: self.counts(scope, None),
            connected: self.connected_samples(scope, &subject, now).await?,
            cycle,
            usage_today,
            usage_cycle,
            usage_previous_to_date: self
                .previous_to_date(&subject, cycle, today, now, &previous_days)
                .await?,
            usage_previous: total(&previous_days),
            days,
            previous_days,
            top: self.directory.top_of_cycle(scope, MOST_TOP, self.current()),
            events: self.name_events(scope, events),
            time_zone: calendar.zone.name().to_owned(),
            as_of: self.feed.applied_until(),
        })
    }

    /// The samples of the last day, and the present as the last point.
    async fn connected_samples(
        &self,
        scope: &Scope,
        subject: &Subject,
        now: Timestamp,
    ) -> Result<Vec<ConnectedSample>> {
        let since = now.plus_secs(-CHART_HOURS * 3600);
        let mut samples = self.store.fleet_samples(&subject.usage, since).await?;
        let counts = self.counts(scope, None);
        let present =
            ConnectedSample { at: now, connected: counts.connected, unconfirmed: counts.unconfirmed };
        samples.push(present);
        Ok(samples)
    }

    /// The previous cycle up to the day and hour that correspond to now.
    async fn previous_to_date(
        &self,
        subject: &Subject,
        cycle: Cycle,
        today: Day,
        now: Timestamp,
        previous_days: &[DayUsage],
    ) -> Result<ByteCount> {
        let calendar = subject.calendar;
        let Some(same_day) = same_day_before(cycle, calendar.cycle_day, today) else {
            return Ok(total(previous_days));
        };
        let before = previous_days
            .iter()
            .filter(|day| day.day < same_day)
            .map(|day| day.usage.total())
            .sum::<ByteCount>();
        let into_day = now.secs_since(today.start(calendar.zone));
        let until = same_day.start(calendar.zone).plus_secs(into_day);
        let hours = self.hourly(subject, same_day).await?;
        let of_day = hours
            .iter()
            .filter(|hour| hour.hour.start() < until)
            .map(|hour| hour.usage.total())
            .sum::<ByteCount>();
        Ok(before + of_day)
    }
}

/// The day of the previous cycle that is as far into it as `today` is into this one; `None`: it was over by then.
fn same_day_before(cycle: Cycle, cycle_day: u32, today: Day) -> Option<Day> {
    let elapsed = today.0 - cycle.first_day(cycle_day).0;
    let previous = cycle.previous();
    let same_day = Day(previous.first_day(cycle_day).0 + elapsed);
    (same_day < previous.end_day(cycle_day)).then_some(same_day)
}

fn total(days: &[DayUsage]) -> ByteCount {
    days.iter().map(|day| day.usage.total()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn after_a_shorter_month_all_of_it_is_compared() {
        for (today, same) in [
            ("2026-03-28", Some("2026-02-28")),
            ("2026-03-29", None),
            ("2026-03-31", None),
            ("2028-03-29", Some("2028-02-29")),
            ("2026-05-30", Some("2026-04-30")),
            ("2026-05-31", None),
            ("2026-08-31", Some("2026-07-31")),
        ] {
            let today = day(today);
            assert_eq!(same_day_before(Cycle::of(today, 1), 1, today), same.map(day), "{today}");
        }
    }

    proptest! {
        #[test]
        fn the_day_compared_is_as_far_into_the_previous_cycle_and_never_beyond_it(
            today in 15_000..40_000i32, cycle_day in 1..=28u32,
        ) {
            let today = Day(today);
            let cycle = Cycle::of(today, cycle_day);
            let previous = cycle.previous();
            let elapsed = today.0 - cycle.first_day(cycle_day).0;
            let lasted = previous.days(cycle_day).count() as i32;
            match same_day_before(cycle, cycle_day, today) {
                Some(same) => {
                    prop_assert_eq!(Cycle::of(same, cycle_day), previous);
                    prop_assert_eq!(same.0 - previous.first_day(cycle_day).0, elapsed);
                }
                None => prop_assert!(elapsed >= lasted),
            }
        }
    }
}
