//! Numbers, octets, ages and times as people read them, in the page's language and time zone.

use crate::{
    i18n::{Lang, Texts, use_texts},
    prefs::Prefs,
};
use chrono::{Datelike, Timelike};
use leptos::prelude::*;
use opencmp_domain::{ByteCount, Cycle, Day, GroupId, Timestamp, Tz, sim::GroupChoice};

/// Copied into closures freely.
#[derive(Clone, Copy)]
pub struct Format {
    pub t: &'static Texts,
    pub zone: Tz,
}

pub fn use_format() -> Format {
    Format {
        t: use_texts(),
        zone: use_context::<Prefs>().map_or(opencmp_domain::time::DEFAULT_ZONE, |prefs| prefs.zone),
    }
}

impl Format {
    /// `2021-02-24 16:17:49`.
    pub fn date_time(&self, at: Timestamp) -> String {
        format!("{} {}", self.date(at), self.time(at))
    }

    /// `2021-02-24`.
    pub fn date(&self, at: Timestamp) -> String {
        day(Day::of(at, self.zone))
    }

    /// `16:17:49`.
    pub fn time(&self, at: Timestamp) -> String {
        format!("{}:{:02}", self.minute(at), at.utc().second())
    }

    /// `16:17`.
    pub fn minute(&self, at: Timestamp) -> String {
        let local = at.utc().with_timezone(&self.zone);
        format!("{:02}:{:02}", local.hour(), local.minute())
    }

    /// `2021年02月`; `Feb 2021`.
    pub fn cycle(&self, cycle: Cycle) -> String {
        match self.t.lang {
            Lang::ZhTw => format!("{:04}年{:02}月", cycle.year, cycle.month),
            Lang::En => format!("{} {:04}", month_name(cycle.month), cycle.year),
        }
    }

    /// `02/24 週三`; `Wed 24 Feb`.
    pub fn weekday(&self, day: Day) -> String {
        let (date, name) = (day.date(), self.weekday_name(day));
        match self.t.lang {
            Lang::ZhTw => format!("{:02}/{:02} {name}", date.month(), date.day()),
            Lang::En => format!("{name} {} {}", date.day(), month_name(date.month())),
        }
    }

    /// `2021-02-24 週三`; `Wed 24 Feb 2021`.
    pub fn long_day(&self, at: Day) -> String {
        match self.t.lang {
            Lang::ZhTw => format!("{} {}", day(at), self.weekday_name(at)),
            Lang::En => format!("{} {:04}", self.weekday(at), at.date().year()),
        }
    }

    fn weekday_name(&self, day: Day) -> &'static str {
        let names = match self.t.lang {
            Lang::ZhTw => ["週一", "週二", "週三", "週四", "週五", "週六", "週日"],
            Lang::En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        };
        names.get(day.date().weekday().num_days_from_monday() as usize).copied().unwrap_or_default()
    }

    /// `3 分鐘前`; below a minute in steps of ten seconds, because that is how often the page looks.
    pub fn age(&self, now: Timestamp, at: Timestamp) -> String {
        let secs = now.secs_since(at);
        if secs < 10 {
            return self.t.shell.just_now.to_owned();
        }
        let shown = if secs < 60 { secs / 10 * 10 } else { secs };
        (self.t.shell.ago)(&self.duration(shown))
    }

    /// `45 秒`, `3 分鐘`, `2 小時`, `5 天`: the largest unit that fits, rounded down.
    pub fn duration(&self, secs: i64) -> String {
        let t = self.t.shell;
        let secs = secs.max(0);
        match secs {
            0..60 => (t.seconds)(&secs.to_string()),
            60..3600 => (t.minutes)(&(secs / 60).to_string()),
            3600..86_400 => (t.hours)(&(secs / 3600).to_string()),
            _ => (t.days)(&self.count((secs / 86_400) as u64)),
        }
    }

    /// Two units, for how long something took: `2 小時 5 分鐘`.
    pub fn span(&self, secs: i64) -> String {
        let secs = secs.max(0);
        let rest = match secs {
            0..60 => 0,
            60..3600 => secs % 60,
            3600..86_400 => secs % 3600 / 60 * 60,
            _ => secs % 86_400 / 3600 * 3600,
        };
        let whole = self.duration(secs);
        if rest == 0 { whole } else { format!("{whole} {}", self.duration(rest)) }
    }

    /// `12,345`.
    pub fn count(&self, n: u64) -> String {
        thousands(n)
    }

    /// The list's form: `972 KB`, `16300 MB`.
    pub fn bytes(&self, bytes: ByteCount) -> String {
        bytes.to_string()
    }

    /// Every octet, for tooltips: `16,300,123 B`.
    pub fn octets(&self, bytes: ByteCount) -> String {
        format!("{} B", thousands(bytes.octets()))
    }
}

/// `2021-02-24`. (Not by chrono's formatter, which would add its whole machinery to the browser's bundle.)
pub fn day(day: Day) -> String {
    let date = day.date();
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

fn month_name(month: u32) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    NAMES.get(month.saturating_sub(1) as usize).copied().unwrap_or("")
}

/// Groups by their names; one that is gone by its id.
pub fn group_names(ids: &[GroupId], groups: &[GroupChoice]) -> String {
    let name = |id: &GroupId| match groups.iter().find(|group| group.id == *id) {
        Some(group) => group.name.clone(),
        None => format!("#{id}"),
    };
    ids.iter().map(name).collect::<Vec<_>>().join("、")
}

pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::texts_in;
    use opencmp_domain::time::DEFAULT_ZONE;

    const ZH: fn() -> Format = || Format { t: texts_in(Lang::ZhTw), zone: DEFAULT_ZONE };
    const EN: fn() -> Format = || Format { t: texts_in(Lang::En), zone: Tz::UTC };

    #[test]
    fn times_are_those_of_the_zone() {
        let at = Timestamp::from_secs(1_614_154_669);
        assert_eq!(ZH().date_time(at), "2021-02-24 16:17:49");
        assert_eq!(EN().date_time(at), "2021-02-24 08:17:49");
        assert_eq!(ZH().cycle(Cycle { year: 2021, month: 2 }), "2021年02月");
        assert_eq!(EN().cycle(Cycle { year: 2021, month: 2 }), "Feb 2021");
        assert_eq!(ZH().weekday(Day::of(at, DEFAULT_ZONE)), "02/24 週三");
        assert_eq!(EN().weekday(Day::of(at, DEFAULT_ZONE)), "Wed 24 Feb");
        assert_eq!(ZH().long_day(Day::of(at, DEFAULT_ZONE)), "2021-02-24 週三");
        assert_eq!(EN().long_day(Day::of(at, DEFAULT_ZONE)), "Wed 24 Feb 2021");
    }

    #[test]
    fn ages_name_one_unit() {
        let now = Timestamp::from_secs(1_000_000);
        let age = |secs: i64| ZH().age(now, now.plus_secs(-secs));
        assert_eq!(age(-5), "剛剛");
        assert_eq!(age(9), "剛剛");
        assert_eq!(age(47), "40 秒前");
        assert_eq!(age(200), "3 分鐘前");
        assert_eq!(age(86_400 * 3), "3 天前");
        assert_eq!(EN().age(now, now.plus_secs(-7200)), "2 h ago");
        assert_eq!(ZH().span(7500), "2 小時 5 分鐘");
        assert_eq!(ZH().span(3600), "1 小時");
    }

    #[test]
    fn counts_have_separators() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }
}
