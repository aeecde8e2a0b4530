//! 圖表連動查詢: the figures of a cycle, and of one of its days.

use crate::{Calendar, Result, Service, ServiceError, reference, timing::Timed};
use opencmp_domain::{
    ByteCount, Cycle, Day, GroupId, Hour, Lang, Scope, SimId, Timestamp, Tz,
    group::is_within,
    stored::UsageClass,
    usage::{DayReport, DayUsage, HourUsage, UpDown, UsageQuery, UsageReport, UsageShare, UsageShares},
};
use opencmp_store::UsageSubject;
use std::collections::{BTreeMap, HashMap};

/// SIMs in a day's list of those that used most.
const MOST_TOP: u32 = 20;

/// What a query is about, once it is known to be in scope.
pub(crate) struct Subject {
    pub usage: UsageSubject,
    pub calendar: Calendar,
    /// For people: the group's path, or the SIM's number and name.
    pub label: Option<String>,
}

impl Service {
    pub async fn usage_report(&self, scope: &Scope, query: &UsageQuery, lang: Lang) -> Result<UsageReport> {
        let _timed = Timed::new("usage_report");
        let subject = self.usage_subject(scope, query)?;
        let calendar = subject.calendar;
        let today = calendar.today(self.clock.now());
        let cycle = query.cycle.unwrap_or_else(|| calendar.cycle(self.clock.now()));
        let (first_day, end_day) = (cycle.first_day(calendar.cycle_day), cycle.end_day(calendar.cycle_day));
        let previous = cycle.previous();
        let (booked, by_class) = self
            .store
            .usage_by_day_and_class(
                &subject.usage,
                previous.first_day(calendar.cycle_day),
                first_day,
                end_day,
            )
            .await?;
        let days = every_day(&booked, cycle, calendar.cycle_day, today);
        let previous_days = every_day(&booked, previous, calendar.cycle_day, today);
        Ok(UsageReport {
            subject: subject.label,
            cycle,
            first_day,
            end_day,
            today,
            time_zone: calendar.zone.name().to_owned(),
            days,
            previous_days,
            shares: self.shares(&by_class, lang),
            as_of: self.feed.flushed_until(),
        })
    }

    pub async fn usage_day(&self, scope: &Scope, query: &UsageQuery) -> Result<DayReport> {
        let _timed = Timed::new("usage_day");
        let missing =
            || ServiceError::Invalid { field: "day", message: "choose a day, such as 2026-11-23".into() };
        let day = query.day.ok_or_else(missing)?;
        let subject = self.usage_subject(scope, query)?;
        let hours = self.hourly(&subject, day).await?;
        let mut total = UpDown::default();
        for day in self.store.usage_by_day(&subject.usage, day, day.next()).await? {
            total += day.usage;
        }
        let top = match subject.usage {
            UsageSubject::Sim(_) => Vec::new(),
            ref groups => {
                let top = self.store.usage_top(groups, day, day.next(), MOST_TOP).await?;
                self.directory.label_top(scope, &top)
            }
        };
        let kept_since = self.store.usage_hours_kept_since().await?;
        Ok(DayReport {
            day,
            hours,
            hours_kept_since: kept_since.map_or(day, |hour| Day::of(hour.start(), subject.calendar.zone)),
            top,
            total,
            as_of: self.feed.flushed_until(),
        })
    }

    /// Every hour of a day that has begun; 23 or 25 of them where the clock changes.
    pub(crate) async fn hourly(&self, subject: &Subject, day: Day) -> Result<Vec<HourUsage>> {
        let (from, to) = day_hours(day, subject.calendar.zone);
        let booked = self.store.usage_by_hour(&subject.usage, from, to).await?;
        let booked: HashMap<Hour, UpDown> = booked.into_iter().map(|hour| (hour.hour, hour.usage)).collect();
        let now = Hour::of(self.clock.now());
        let hours = (from.0..to.0).map(Hour).filter(|hour| *hour <= now);
        Ok(hours
            .map(|hour| HourUsage { hour, usage: booked.get(&hour).copied().unwrap_or_default() })
            .collect())
    }

    /// Who the figures are of. What is out of scope is not found.
    pub(crate) fn usage_subject(&self, scope: &Scope, query: &UsageQuery) -> Result<Subject> {
        if let Some(sim) = query.sim {
            return self.sim_subject(scope, sim);
        }
        let Some(group) = query.group else { return Ok(self.whole_subject(scope)) };
        let groups = self.directory.groups(scope);
        let chosen = groups.iter().find(|choice| choice.id == group).ok_or(ServiceError::NotFound)?;
        let within: Vec<GroupId> = groups
            .iter()
            .filter(|other| other.tenant == chosen.tenant)
            .filter(|other| is_within(&other.name, &chosen.name))
            .map(|other| other.id)
            .collect();
        let calendar = self.calendar(Some(chosen.tenant));
        Ok(Subject { usage: UsageSubject::Groups(within), calendar, label: Some(chosen.name.clone()) })
    }

    fn sim_subject(&self, scope: &Scope, sim: SimId) -> Result<Subject> {
        let tenant = self.directory.tenant_of(scope, sim).ok_or(ServiceError::NotFound)?;
        let row = self.sim_rows(scope, &[sim]).pop().ok_or(ServiceError::NotFound)?;
        let number = row.msisdn.map(|number| number.national());
        let label = [number, row.name].into_iter().flatten().collect::<Vec<_>>().join(" ");
        Ok(Subject { usage: UsageSubject::Sim(sim), calendar: self.calendar(tenant), label: Some(label) })
    }

    pub(crate) fn whole_subject(&self, scope: &Scope) -> Subject {
        let usage = match (scope.groups(), scope.only_tenant()) {
            (Some(groups), _) => UsageSubject::Groups(groups.to_vec()),
            (None, Some(tenant)) => UsageSubject::Tenant(tenant),
            (None, None) => UsageSubject::All,
        };
        Subject { usage, calendar: self.calendar(scope.only_tenant()), label: None }
    }

    fn shares(&self, by_class: &[(opencmp_domain::UsageClassId, UpDown)], lang: Lang) -> UsageShares {
        let share = |label: &dyn Fn(&UsageClass) -> Option<String>| {
            let mut sums: BTreeMap<String, UpDown> = BTreeMap::new();
            for (class, usage) in by_class {
                let label = self
                    .directory
                    .class(*class)
                    .and_then(|class| label(&class))
                    .unwrap_or_else(|| "–".into());
                *sums.entry(label).or_default() += *usage;
            }
            let mut shares: Vec<UsageShare> =
                sums.into_iter().map(|(label, usage)| UsageShare { label, usage }).collect();
            shares.retain(|share| share.usage.total() > ByteCount::ZERO);
            shares.sort_by_key(|share| std::cmp::Reverse(share.usage.total()));
            shares
        };
        UsageShares {
            by_apn: share(&|class| class.apn.as_ref().map(ToString::to_string)),
            by_rat: share(&|class| class.rat.map(|rat| rat.name())),
            by_network: share(&|class| Some(reference::network_label(class.plmn?, lang))),
        }
    }
}

/// Every day of the cycle up to today, zeros included.
pub(crate) fn every_day(booked: &[DayUsage], cycle: Cycle, cycle_day: u32, today: Day) -> Vec<DayUsage> {
    let booked: HashMap<Day, UpDown> = booked.iter().map(|day| (day.day, day.usage)).collect();
    let days = cycle.days(cycle_day).filter(|day| *day <= today);
    days.map(|day| DayUsage { day, usage: booked.get(&day).copied().unwrap_or_default() }).collect()
}

/// The UTC hours that a day touches: a zone with a half-hour offset shares its first and last.
pub(crate) fn day_hours(day: Day, zone: Tz) -> (Hour, Hour) {
    let (start, end) = (day.start(zone), day.next().start(zone));
    (Hour::of(start), Hour::of(Timestamp(end.0 - 1)).next())
}
