//! When a channel is told of a turn, if at all.

use super::{
    AlertTurn, StoredAlert, TurnOf,
    channel::Channel,
    rule::{Notify, RuleSaid},
    window::Window,
};
use crate::time::Timestamp;
use chrono::Timelike;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    Never,
    Now,
    /// Not before then, and then only what is still to be said.
    Hold(Timestamp),
}

/// What becomes of a turn that is known of `now`.
pub fn plan(rule: &RuleSaid, channel: &Channel, turn: TurnOf, alert: &StoredAlert, now: Timestamp) -> Plan {
    if turn.turn == AlertTurn::Ended && !rule.notify.tell_end || !channel.tells_of(rule, alert) {
        return Plan::Never;
    }
    // What comes and goes is told of when it has settled.
    let flaps = turn.turn == AlertTurn::Again || alert.times > 1;
    let settled = turn.at.plus_secs(i64::from(rule.rearm_minutes) * 60);
    let mut due = if flaps { now.max(settled) } else { now };
    if let Some(hours) = rule.notify.digest_hours {
        due = next_digest(&rule.notify, hours, due);
    }
    match hours([rule], channel, due) {
        due if due <= now => Plan::Now,
        due => Plan::Hold(due),
    }
}

/// `at`, or when the channel and these rules may speak next. It is looked at once more when something is sent: what was planned may
/// be late, or be tried again.
pub fn hours<'a>(
    rules: impl IntoIterator<Item = &'a RuleSaid>,
    channel: &'a Channel,
    at: Timestamp,
) -> Timestamp {
    let windows: Vec<&Window> =
        rules.into_iter().map(|rule| &rule.notify.window).chain(&channel.said.window).collect();
    within(&windows, at)
}

/// The next of the times of day at which the rule's digest is made: every so many hours from when its window begins.
fn next_digest(notify: &Notify, hours: u8, after: Timestamp) -> Timestamp {
    let zone = notify.window.zone();
    let local = after.utc().with_timezone(&zone);
    let into_hour = i64::from(local.minute()) * 60 + i64::from(local.second());
    let hour_began = Timestamp::from_secs(after.secs() - into_hour);
    let every = u32::from(hours.max(1));
    let is_one = |at: &Timestamp| {
        let hour = at.utc().with_timezone(&zone).hour();
        (hour + 24 - u32::from(notify.window.from_hour())).is_multiple_of(every)
    };
    (1..=25).map(|hour| hour_began.plus_secs(hour * 3600)).find(is_one).unwrap_or(after)
}

/// `at`, or when all of the windows hold next. Windows that never hold at once hold nothing back for ever: the first rules.
fn within(windows: &[&Window], at: Timestamp) -> Timestamp {
    let mut found = at;
    for _ in 0..8 {
        let next = windows.iter().fold(found, |at, window| window.next(at));
        if next == found {
            return found;
        }
        found = next;
    }
    windows.first().map_or(at, |window| window.next(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        alert::{
            AlertKind, Category,
            channel::{ChannelSaid, Recipient},
            fixture::stored,
            rule::Condition,
        },
        ids::{AlertId, ChannelId, TenantId},
        lang::Lang,
        time::DEFAULT_ZONE,
    };

    fn at(text: &str) -> Timestamp {
        Timestamp::from_secs(chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp())
    }

    fn rule(digest_hours: Option<u8>, window: Window) -> RuleSaid {
        let said = RuleSaid::new("r", Condition::of(Category::Offline), DEFAULT_ZONE);
        let notify = Notify { channels: vec![ChannelId(1)], digest_hours, window, ..said.notify };
        RuleSaid { notify, ..said }
    }

    fn channel(window: Option<Window>) -> Channel {
        let to = Recipient::Email { addresses: vec!["a@b.example".into()], lang: Lang::ZhTw };
        Channel {
            id: ChannelId(1),
            tenant: TenantId(1),
            said: ChannelSaid { name: "c".into(), to, person: None, window, enabled: true },
            modified_at: Timestamp(0),
            switched_off: None,
            owner: None,
        }
    }

    fn alert(times: u32) -> StoredAlert {
        StoredAlert { times, ..stored(AlertKind::Offline) }
    }

    fn turn(turn: AlertTurn, at: Timestamp) -> TurnOf {
        TurnOf { alert: AlertId(1), turn, at }
    }

    #[test]
    fn at_once_in_a_digest_when_a_window_begins_when_it_has_settled() {
        let always = Window::always(DEFAULT_ZONE);
        let office = Window::new(9, 9, DEFAULT_ZONE).unwrap();
        let evening = Window::new(17, 5, DEFAULT_ZONE).unwrap();
        let now = at("2026-11-27T03:20:30+08:00");
        let began = turn(AlertTurn::Began, now);
        let hold = |text: &str| Plan::Hold(at(text));
        for (rule, channel, expected) in [
            (rule(None, always.clone()), channel(None), Plan::Now),
            (rule(None, office.clone()), channel(None), hold("2026-11-27T09:00:00+08:00")),
            (rule(None, office.clone()), channel(Some(evening.clone())), hold("2026-11-27T17:00:00+08:00")),
            (rule(Some(6), always.clone()), channel(None), hold("2026-11-27T06:00:00+08:00")),
            (rule(Some(24), always.clone()), channel(None), hold("2026-11-28T00:00:00+08:00")),
            (rule(Some(4), office.clone()), channel(None), hold("2026-11-27T09:00:00+08:00")),
        ] {
            assert_eq!(plan(&rule, &channel, began, &alert(1), now), expected, "{:?}", rule.notify);
        }
        let rule = rule(None, always);
        let ended = turn(AlertTurn::Ended, now);
        assert_eq!(plan(&rule, &channel(None), ended, &alert(1), now), Plan::Now);
        let settled = hold("2026-11-27T03:25:30+08:00");
        assert_eq!(plan(&rule, &channel(None), ended, &alert(2), now), settled);
        assert_eq!(plan(&rule, &channel(None), turn(AlertTurn::Again, now), &alert(2), now), settled);
        let mut quiet = rule.clone();
        quiet.notify.tell_end = false;
        assert_eq!(plan(&quiet, &channel(None), ended, &alert(1), now), Plan::Never);
    }

    #[test]
    fn what_is_late_waits_for_the_hours_of_all() {
        let (always, office) = (Window::always(DEFAULT_ZONE), Window::new(9, 9, DEFAULT_ZONE).unwrap());
        let (by_day, at_any_time) = (rule(None, office.clone()), rule(Some(6), always));
        let night = at("2026-11-27T20:00:00+08:00");
        let morning = at("2026-11-28T09:00:00+08:00");
        assert_eq!(hours([&at_any_time], &channel(None), night), night, "a digest that is late is due");
        assert_eq!(hours([&at_any_time], &channel(Some(office)), night), morning);
        assert_eq!(hours([&at_any_time, &by_day], &channel(None), night), morning);
        assert_eq!(hours([&by_day], &channel(None), morning), morning);
        assert_eq!(hours([], &channel(None), night), night);
    }

    #[test]
    fn windows_that_never_hold_at_once_hold_nothing_back_for_ever() {
        let (morning, evening) =
            (Window::new(6, 2, DEFAULT_ZONE).unwrap(), Window::new(18, 2, DEFAULT_ZONE).unwrap());
        let now = at("2026-11-27T03:00:00+08:00");
        let found = within(&[&morning, &evening], now);
        assert_eq!(found, at("2026-11-27T06:00:00+08:00"));
    }
}
