//! A rule is tried on the raw records that the journal keeps. On a thread of its own, beside the applier, to which it gives way; a
//! reader of the journal holds up nobody.

use crate::{
    feed::Feed,
    gateways::Gateways,
    journal::{JournalError, JournalSource},
    record::{ClockWindow, Decoder},
    watch,
};
use opencmp_domain::{
    Day, Timestamp,
    alert::{
        AlertKind, AlertLine,
        backtest::{BACKTEST_DAYS, Backtest, Reach, Unjudged},
        rule::Condition,
    },
    stored::JournalPosition,
};
use opencmp_fleet::{
    FleetConfig,
    backtest::{Backtest as Trial, Tally},
};
use opencmp_listener::precedence;
use opencmp_radius::{Packet, Role};
use opencmp_service::{Calendar, PlayBack, ServiceError, chain};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Records before the rule holds, from which it is known what goes on: most devices are heard of within a day.
const BEFORE_SECS: i64 = 24 * 3600;
/// What a try may cost.
const MOST_OCTETS: u64 = 24 << 30;
const MOST_TIME: Duration = Duration::from_secs(300);
const MOST_ALERTS: usize = 100_000;
/// Records between two looks at everything else.
const BATCH: u64 = 1024;
const GIVE_WAY: Duration = Duration::from_millis(5);

/// What is needed for it.
pub(crate) struct Past {
    pub(crate) journal: Arc<dyn JournalSource>,
    pub(crate) fleet: FleetConfig,
    pub(crate) window: ClockWindow,
}

/// Where the records of a try begin, and from when on the rule holds.
struct Span {
    start: u64,
    from: Timestamp,
    reach: Reach,
    /// Nothing was before: usage is known from the beginning of every cycle.
    whole: bool,
}

impl Past {
    /// `feed`: to whose applier it gives way.
    pub(crate) fn play_back(
        &self,
        feed: &Feed,
        asked: PlayBack<'_>,
    ) -> Result<Option<Backtest>, ServiceError> {
        let unreadable = |error: JournalError| {
            tracing::warn!(error = chain(&error), "a rule can't be tried on the journal");
            ServiceError::Unavailable
        };
        precedence::give_way();
        let end = self.journal.end().0;
        let span = self.span(asked.calendar, asked.now, end).map_err(unreadable)?;
        let mut trial = Trial::new(self.fleet.clone(), asked.rule.clone(), span.from);
        loop {
            let sims = (asked.sims)()?;
            if sims.is_empty() || asked.course.is_stopped() {
                break;
            }
            sims.iter().for_each(|sim| trial.add_sim(sim, asked.calendar.zone, asked.calendar.cycle_day));
        }
        let first_cycle = (!span.whole).then(|| Day::of(span.from, asked.calendar.zone));
        feed.absences().iter().for_each(|absence| trial.note_absence(absence));
        let said = asked.rule.said.clone();
        let mut tally = Tally::new(said, asked.channels, asked.calendar.zone, first_cycle);
        let mut gateways = Gateways::default();
        gateways.set_dialects(&watch::gateways(&asked.gateways).1);
        let mut decoder = Decoder::new(self.window);
        let (began, mut next, mut until) = (Instant::now(), span.start, None);
        let mut reader = self.journal.clone().read_from(JournalPosition(next));
        while next < end && span.from < asked.now {
            let Some(entry) = reader.read().map_err(unreadable)? else { break };
            next = entry.number + 1;
            let raw = entry.record;
            if let Ok(packet) = Packet::request(raw.packet, Role::Acct) {
                let gateway = gateways.of(raw.nas);
                let decoded =
                    decoder.decode(&packet, raw.nas, gateway.dialect, &mut gateway.clock, raw.received_at);
                trial.apply(&decoded.record, &mut |news| tally.hear(news));
            }
            if !next.is_multiple_of(BATCH) {
                continue;
            }
            asked.course.advance(share(next - span.start, end - span.start));
            while feed.is_behind() && !asked.course.is_stopped() && began.elapsed() < MOST_TIME {
                std::thread::sleep(GIVE_WAY);
            }
            if asked.course.is_stopped() {
                return Ok(None);
            }
            if began.elapsed() >= MOST_TIME || tally.alerts() >= MOST_ALERTS {
                until = Some(raw.received_at);
                break;
            }
        }
        let reach = if until.is_some() { Reach::Work } else { span.reach };
        let until = until.unwrap_or(asked.now);
        if span.from < asked.now {
            trial.pass(until, &mut |news| tally.hear(news));
        }
        if asked.course.is_stopped() {
            return Ok(None);
        }
        let sims = trial.sims();
        let tallied = tally.finish(until);
        let zone = asked.calendar.zone;
        let days = days(Day::of(span.from, zone), Day::of(until, zone))
            .map(|day| (day, tallied.days.get(&day).copied().unwrap_or(0)));
        Ok(Some(Backtest {
            from: span.from,
            until,
            reach,
            sims,
            days: if until > span.from { days.collect() } else { Vec::new() },
            parts: tallied.parts,
            first: tallied.first.iter().map(AlertLine::without_names).collect(),
            told: tallied.told,
            unjudged: unjudged(&asked.rule.said.condition, span.whole),
        }))
    }

    fn span(&self, calendar: Calendar, now: Timestamp, end: u64) -> Result<Span, JournalError> {
        let oldest = self.journal.extent().oldest;
        let wanted = Day(calendar.today(now).0 - BACKTEST_DAYS).start(calendar.zone);
        let before = wanted.plus_secs(-BEFORE_SECS);
        let Some(kept_since) = self.received_at(oldest)? else {
            return Ok(Span { start: end, from: now, reach: Reach::Records, whole: true });
        };
        let octets = |start: u64| self.journal.octets_after(JournalPosition(start));
        let affordable = first_of(oldest, end, |start| Ok(octets(start) <= MOST_OCTETS))?;
        let start = match kept_since < before {
            true => first_of(affordable, end, |at| {
                Ok(self.received_at(at)?.is_none_or(|received| received >= before))
            })?,
            false => affordable,
        };
        let Some(heard) = self.received_at(start)? else {
            return Ok(Span { start: end, from: now, reach: Reach::Work, whole: false });
        };
        let whole = start == 0;
        let known = match whole {
            true => Timestamp::from_secs(heard.secs()),
            false => next_day(calendar, heard.plus_secs(BEFORE_SECS)),
        };
        let reach = match (known <= wanted, start > oldest) {
            (true, _) => Reach::Whole,
            (false, true) => Reach::Work,
            (false, false) => Reach::Records,
        };
        Ok(Span { start, from: known.max(wanted).min(now), reach, whole })
    }

    fn received_at(&self, number: u64) -> Result<Option<Timestamp>, JournalError> {
        let mut reader = self.journal.clone().read_from(JournalPosition(number));
        Ok(reader.read()?.map(|entry| entry.record.received_at))
    }
}

/// The first of these that it is so of: it isn't of any before, and is of all after.
fn first_of(
    mut from: u64,
    mut until: u64,
    so: impl Fn(u64) -> Result<bool, JournalError>,
) -> Result<u64, JournalError> {
    while from < until {
        let middle = from + (until - from) / 2;
        match so(middle)? {
            true => until = middle,
            false => from = middle + 1,
        }
    }
    Ok(from)
}

/// `at`, if a day begins then; else when the next one does.
fn next_day(calendar: Calendar, at: Timestamp) -> Timestamp {
    let day = calendar.today(at);
    let began = day.start(calendar.zone);
    if began == at { at } else { day.next().start(calendar.zone) }
}

fn days(from: Day, until: Day) -> impl Iterator<Item = Day> {
    (from.0..=until.0).map(Day)
}

fn share(done: u64, of: u64) -> u32 {
    u32::try_from(done.saturating_mul(1000) / of.max(1)).unwrap_or(1000)
}

/// What records can't say all of.
fn unjudged(condition: &Condition, whole: bool) -> Vec<(AlertKind, Unjudged)> {
    let learns = matches!(condition, Condition::Offline(offline) if offline.learned);
    let why = |kind: &AlertKind| match kind {
        AlertKind::StateChanged | AlertKind::StateLimit | AlertKind::SignIn => Some(Unjudged::NotInRecords),
        AlertKind::UsageStage => (!whole).then_some(Unjudged::BegunCycle),
        AlertKind::Abnormal | AlertKind::SharedDevice => (!whole).then_some(Unjudged::Learned),
        AlertKind::Offline => (learns && !whole).then_some(Unjudged::Learned),
        _ => None,
    };
    condition.kinds().into_iter().filter_map(|kind| Some((kind, why(&kind)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_found_by_halves() {
        for first in 3..=12 {
            assert_eq!(first_of(3, 12, |at| Ok(at >= first)).unwrap(), first);
        }
    }

    #[test]
    fn a_day_that_begins_is_its_own_next() {
        let calendar = Calendar::default();
        let day: Day = "2026-11-23".parse().unwrap();
        let began = day.start(calendar.zone);
        assert_eq!(next_day(calendar, began), began);
        assert_eq!(next_day(calendar, began.plus_secs(1)), day.next().start(calendar.zone));
    }
}
