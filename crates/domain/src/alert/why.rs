//! Why a rule raised an alert of a SIM at a time, or why it didn't: what its conditions are compared with, by what is kept of the
//! SIM. What isn't kept is said to be unknown, never guessed.

use super::{
    AlertKind, AlertLine, Facts,
    rule::{Condition, DeviceCondition, NetworkCondition, RuleVersion, Stages, UsageCondition},
};
use crate::{
    event::{EventKind, TimelineEvent},
    identifier::{Imei, Plmn},
    ids::AlertId,
    session::{SessionRow, flags},
    sim::SimRow,
    state::{RatType, coded},
    time::{Day, Timestamp},
};
use serde::{Deserialize, Serialize};

/// Alerts so long before and after are told of. What happens at an instant is looked for so long before.
pub const WHY_AROUND_SECS: i64 = 24 * 3600;
/// What was noticed so much later was told late by the network.
const LATE_SECS: i64 = 60;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    pub sim: SimRow,
    pub at: Timestamp,
    /// What the rule said then. `None`: it wasn't there, or reached beyond whoever asks.
    pub then: Option<RuleVersion>,
    pub looks: Vec<Look>,
    pub answer: Answer,
    /// What kept people from being told of the alerts, or told them later.
    pub held_back: Vec<HeldBack>,
    /// The rule's alerts of the SIM around then, newest first.
    pub alerts: Vec<AlertLine>,
    /// What happened to the SIM until shortly after then, newest first.
    pub events: Vec<TimelineEvent>,
    /// Its connections that went on then, or were the last before: what its records say of them. Newest first, few.
    pub sessions: Vec<SessionRow>,
}

/// The short of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It did: this alert went on then, or happened within the minutes around.
    Raised(AlertId),
    /// There was no such rule.
    NoRule,
    SwitchedOff,
    /// The rule isn't for the SIM.
    NotAimedAt,
    /// No condition was met.
    NotMet,
    /// It was so already when the rule became what it was: rules say nothing of what has been so before.
    BeforeRule,
    /// It is one with this alert, which had ended so lately that the rule wasn't armed anew.
    SameAlert(AlertId),
    /// It was met by what is kept, and raised nothing: the network told of it too late, or it was over by then.
    Late,
    /// What is kept doesn't say.
    Unknown,
}

/// What a condition is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    pub kind: AlertKind,
    /// `None`: what is kept doesn't say.
    pub met: Option<bool>,
    /// Since when it has been met, where that is known.
    pub since: Option<Since>,
    /// As alerts of the kind have them.
    pub facts: Facts,
}

/// A time that is known, or known to be between two: usage is kept by hours and days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    pub from: Timestamp,
    pub by: Timestamp,
}

impl From<Timestamp> for Since {
    fn from(at: Timestamp) -> Self {
        Self { from: at, by: at }
    }
}

coded! {
    /// What keeps people from being told, or tells them later.
    HeldBack {
        /// It flapped: that is one alert, which needs nobody.
        Flapped = 1 "flapped",
        /// It is part of a common cause, which speaks for it.
        CommonCause = 2 "common_cause",
        /// The network told of it late.
        Late = 3 "late",
        /// Outside of the rule's hours: people are told when they begin.
        Window = 4 "window",
        /// Outside of a channel's hours, as somebody's quiet hours.
        ChannelWindow = 5 "channel_window",
        /// People are told in a digest.
        Digest = 6 "digest",
        /// The rule names no channel.
        NoChannel = 7 "no_channel",
    }
}

/// What a SIM used, piece by piece in the order of time: whole hours or days, the last of them until the time that is asked
/// about or beyond.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Of a piece: when it began and ended, and its octets.
    pub pieces: Vec<(Since, u64)>,
}

impl Used {
    /// Octets by a time, at most.
    fn by(&self, at: Timestamp) -> u64 {
        let pieces = self.pieces.iter().filter(|(piece, _)| piece.from <= at);
        pieces.map(|(_, octets)| *octets).fold(0, u64::saturating_add)
    }

    /// Whether it is `octets` or more by a time, and since when.
    fn reaches(&self, octets: u64, at: Timestamp) -> (Option<bool>, Option<Since>) {
        let mut sum = 0u64;
        let passed = self.pieces.iter().find(|(_, piece)| {
            sum = sum.saturating_add(*piece);
            sum >= octets
        });
        let since = passed.map(|(piece, _)| *piece);
        let met = match since {
            Some(since) if since.by <= at => Some(true),
            Some(since) if since.from <= at => None,
            Some(_) | None => Some(false),
        };
        (met, since.filter(|_| met == Some(true)))
    }
}

/// What is kept of a SIM around a time.
pub struct Around<'a> {
    pub at: Timestamp,
    pub sim: &'a SimRow,
    /// By hours, if they are kept still.
    pub day: (Day, Used),
    /// Its first day; by days, the last one by hours.
    pub cycle: (Day, Used),
    /// Those that had begun by then, newest first.
    pub sessions: &'a [SessionRow],
    /// Until then and shortly after, newest first.
    pub events: &'a [TimelineEvent],
}

impl Around<'_> {
    /// What each part of a condition is compared with.
    pub fn looks(&self, condition: &Condition) -> Vec<Look> {
        match condition {
            Condition::Usage(usage) => self.usage(usage),
            Condition::Offline(offline) => {
                vec![self.offline(i64::from(offline.after_minutes) * 60, offline.learned)]
            }
            Condition::Device(device) => self.device(device),
            Condition::Network(network) => self.network(network),
            Condition::LifeCycle(_) => condition.kinds().into_iter().map(Look::unknown).collect(),
            Condition::Security(security) => {
                let (day, used) = &self.day;
                let unusual = Facts::default().with("used", used.by(self.at)).with("day", day);
                let looks = [
                    (
                        security.times_usual.is_some(),
                        Look { facts: unusual, ..Look::unknown(AlertKind::Abnormal) },
                    ),
                    (security.cloned, Look::unknown(AlertKind::Cloned)),
                    (security.travel, self.travel()),
                ];
                looks.into_iter().filter_map(|(asked, look)| asked.then_some(look)).collect()
            }
        }
    }

    fn usage(&self, usage: &UsageCondition) -> Vec<Look> {
        let daily = usage.daily_over.map(|over| {
            let (day, used) = &self.day;
            let facts =
                Facts::default().with("limit", over.0).with("used", used.by(self.at)).with("day", day);
            let (met, since) = used.reaches(over.0.saturating_add(1), self.at);
            Look { kind: AlertKind::DailyUsage, met, since, facts }
        });
        let stage = usage.stages.as_ref().and_then(|stages| self.stage(stages));
        daily.into_iter().chain(stage).collect()
    }

    /// The highest share that was reached, or the lowest.
    fn stage(&self, stages: &Stages) -> Option<Look> {
        let (cycle, used) = &self.cycle;
        let reached = |percent: &&u16| used.reaches(stages.octets(**percent), self.at).0 == Some(true);
        let percent = *stages.percents.iter().rev().find(reached).or(stages.percents.first())?;
        let limit = stages.octets(percent);
        // One SIM's usage says nothing of what they used together.
        let (met, since) = if stages.together { (None, None) } else { used.reaches(limit, self.at) };
        let facts = Facts::default()
            .with("percent", percent)
            .with("limit", limit)
            .with("used", used.by(self.at))
            .with("cycle", cycle);
        Some(Look { kind: AlertKind::UsageStage, met, since, facts })
    }

    fn offline(&self, after_secs: i64, learned: bool) -> Look {
        let kind = AlertKind::Offline;
        let primary = self.sessions.iter().filter(|session| session.flags & flags::SECONDARY_BEARER == 0);
        let mut last: Option<&SessionRow> = None;
        for session in primary {
            match session.ended_at.filter(|ended| *ended <= self.at) {
                None => return Look { met: Some(false), ..Look::unknown(kind) },
                Some(_) if last.is_some_and(|last| last.ended_at >= session.ended_at) => {}
                Some(_) => last = Some(session),
            }
        }
        let Some((last, ended)) = last.and_then(|last| Some((last, last.ended_at?))) else {
            return Look::unknown(kind);
        };
        let late_at = ended.plus_secs(after_secs);
        let met = self.at >= late_at;
        let mut facts = Facts::default().with("secs", self.at.secs_since(ended));
        if let Some(cause) = last.end_cause {
            facts = facts.with("cause", cause.name());
        }
        // Nobody waits for a SIM that isn't in service; since when it isn't may be later.
        let in_service = self.sim.service_state.is_in_service();
        if !in_service {
            facts = facts.with("state", self.sim.service_state);
        }
        // A device that reports rarely may be late later than the rule's minutes, and what was learned isn't kept by time.
        Look {
            kind,
            met: Some(met).filter(|met| !(*met && (learned || !in_service))),
            since: met.then(|| late_at.into()),
            facts,
        }
    }

    fn device(&self, device: &DeviceCondition) -> Vec<Look> {
        let other = || {
            let change = self.changed(EventKind::DeviceChanged);
            Look::at_once(AlertKind::OtherDevice, change)
        };
        let unlisted = || {
            let kinds = [EventKind::DeviceChanged, EventKind::SoftwareChanged];
            let (now, since) = self.value_at(&kinds, |session| session.imei.map(|imei| imei.to_string()));
            let listed = |imei: &Imei| {
                device.listed.iter().any(|pattern| {
                    let digits = pattern.get(..pattern.len().min(14)).unwrap_or_default();
                    imei.to_string().starts_with(digits)
                })
            };
            let imei = now.as_deref().and_then(|now| now.parse::<Imei>().ok());
            Look::lasting(AlertKind::UnlistedDevice, imei.map(|imei| !listed(&imei)), since, now)
        };
        let mut looks = Vec::new();
        looks.extend(device.other.then(other));
        looks.extend((!device.listed.is_empty()).then(unlisted));
        looks.extend(device.shared_by.map(|_| Look::unknown(AlertKind::SharedDevice)));
        looks
    }

    fn network(&self, network: &NetworkCondition) -> Vec<Look> {
        let (now, since) =
            self.value_at(&[EventKind::NetworkChanged], |session| session.plmn.map(|plmn| plmn.to_string()));
        let plmn = now.as_deref().and_then(|now| now.parse::<Plmn>().ok());
        let mut looks = Vec::new();
        if !network.networks.is_empty() {
            let met = plmn.map(|plmn| !network.networks.contains(&plmn));
            looks.push(Look::lasting(AlertKind::OtherNetwork, met, since, now.clone()));
        }
        if network.roaming {
            let met = plmn.zip(self.sim.imsi).map(|(plmn, imsi)| plmn.mcc() != imsi.mcc());
            looks.push(Look::lasting(AlertKind::Roaming, met, since, now));
        }
        if !network.rats.is_empty() {
            let (now, since) =
                self.value_at(&[EventKind::RatChanged], |session| session.rat.map(|rat| rat.0.to_string()));
            let rat = now.as_deref().and_then(|now| now.parse().ok()).map(RatType);
            looks.push(Look::lasting(
                AlertKind::OtherRat,
                rat.map(|rat| !network.rats.contains(&rat)),
                since,
                now,
            ));
        }
        looks
    }

    /// How fast it was isn't kept; that it wasn't in another country is.
    fn travel(&self) -> Look {
        let country =
            |code: &Option<String>| code.as_deref().and_then(|code| code.parse::<Plmn>().ok()).map(Plmn::mcc);
        let abroad = self
            .changed(EventKind::NetworkChanged)
            .filter(|event| country(&event.from) != country(&event.to));
        let look = Look::at_once(AlertKind::Travel, abroad);
        Look { met: look.met.filter(|met| !met), ..look }
    }

    /// The latest that happened shortly before.
    fn changed(&self, kind: EventKind) -> Option<&TimelineEvent> {
        let since = self.at.plus_secs(-WHY_AROUND_SECS);
        self.events.iter().find(|event| event.kind == kind && event.at <= self.at && event.at > since)
    }

    /// What something was then, and since when: what it changed to before, what it changed from after, or what the session
    /// says.
    fn value_at(
        &self,
        kinds: &[EventKind],
        of: impl Fn(&SessionRow) -> Option<String>,
    ) -> (Option<String>, Option<Timestamp>) {
        let mut changes = self.events.iter().filter(|event| kinds.contains(&event.kind));
        let before = changes.clone().find(|event| event.at <= self.at);
        if let Some(before) = before {
            return (before.to.clone(), Some(before.at));
        }
        let after = changes.rfind(|event| event.at > self.at).and_then(|event| event.from.clone());
        // A session says what it was last: that is so for then only if nothing came after.
        let session = self.sessions.first().filter(|session| session.last_update_at <= self.at);
        (after.or_else(|| session.and_then(of)), None)
    }
}

impl Look {
    fn unknown(kind: AlertKind) -> Self {
        Self { kind, met: None, since: None, facts: Facts::default() }
    }

    /// Of what happens at an instant.
    fn at_once(kind: AlertKind, event: Option<&TimelineEvent>) -> Self {
        let Some(event) = event else { return Self { met: Some(false), ..Self::unknown(kind) } };
        let mut facts = Facts::default();
        for (name, value) in [("from", &event.from), ("to", &event.to)] {
            if let Some(value) = value {
                facts = facts.with(name, value);
            }
        }
        Self { kind, met: Some(true), since: Some(event.at.into()), facts }
    }

    /// Of what lasts.
    fn lasting(kind: AlertKind, met: Option<bool>, since: Option<Timestamp>, to: Option<String>) -> Self {
        let facts = to.map(|to| Facts::default().with("to", to)).unwrap_or_default();
        Self { kind, met, since: since.filter(|_| met == Some(true)).map(Since::from), facts }
    }
}

/// Since when a rule has asked for the same, of the same SIMs, without a break: `versions` are newest first, from the one on that
/// was in force.
pub fn asked_since(versions: &[RuleVersion]) -> Option<Timestamp> {
    let newest = versions.first()?;
    let same = |version: &&RuleVersion| {
        let (said, now) = (&version.said, &newest.said);
        (&said.condition, &said.target, said.enabled) == (&now.condition, &now.target, now.enabled)
    };
    versions.iter().take_while(same).last().map(|version| version.modified_at)
}

/// `asked_since`: see there. `alerts`: the rule's of the SIM around then.
pub fn answer(
    then: Option<&RuleVersion>,
    aimed_at: bool,
    looks: &[Look],
    alerts: &[AlertLine],
    asked_since: Option<Timestamp>,
    at: Timestamp,
) -> Answer {
    // Records that came a little later tell of then.
    let around = |alert: &&AlertLine| {
        let soon = alert.began_at.plus_secs(-LATE_SECS) <= at;
        let over =
            if alert.kind.lasts() { alert.ended_at } else { Some(alert.began_at.plus_secs(LATE_SECS)) };
        soon && over.is_none_or(|over| over >= at)
    };
    if let Some(alert) = alerts.iter().find(around) {
        return Answer::Raised(alert.id);
    }
    let Some(then) = then else { return Answer::NoRule };
    if !then.said.enabled {
        return Answer::SwitchedOff;
    }
    if !aimed_at {
        return Answer::NotAimedAt;
    }
    let Some(met) = looks.iter().find(|look| look.met == Some(true)) else {
        let unknown = looks.is_empty() || looks.iter().any(|look| look.met.is_none());
        return if unknown { Answer::Unknown } else { Answer::NotMet };
    };
    // Usage of a day or a cycle is told of as the limit is passed, which may have been hours before.
    let never_again = met.kind.is_never_again();
    let earlier = |alert: &&AlertLine| {
        let passed =
            |name: &str| alert.facts.get(name).is_some() && alert.facts.get(name) == met.facts.get(name);
        let same_time = passed("day") || passed("cycle");
        alert.kind == met.kind && (!never_again || same_time) && alert.began_at <= at
    };
    let rearm = i64::from(then.said.rearm_minutes) * 60;
    let since = met.since.map_or(at, |since| since.from);
    let unarmed =
        |alert: &&AlertLine| never_again || alert.ended_at.is_none_or(|end| since <= end.plus_secs(rearm));
    if let Some(alert) = alerts.iter().filter(earlier).find(unarmed) {
        // It may be what was raised of the very thing that is looked at.
        let own = alert.began_at.secs_since(since).abs() <= LATE_SECS;
        return match never_again || own && !alert.kind.lasts() {
            true => Answer::Raised(alert.id),
            false => Answer::SameAlert(alert.id),
        };
    }
    match (met.since, asked_since) {
        (Some(since), Some(asked)) if since.by <= asked => Answer::BeforeRule,
        (Some(since), Some(asked)) if since.from >= asked => Answer::Late,
        _ => Answer::Unknown,
    }
}

/// What keeps people from being told of these alerts. `channel_windows`: each of the rule's channels holds then.
pub fn held_back(
    then: &RuleVersion,
    alerts: &[AlertLine],
    channel_windows: &[bool],
    at: Timestamp,
) -> Vec<HeldBack> {
    let notify = &then.said.notify;
    let late = |alert: &AlertLine| {
        alert.kind != AlertKind::Offline && alert.noticed_at.secs_since(alert.began_at) > LATE_SECS
    };
    let found = [
        (alerts.iter().any(|alert| alert.kind == AlertKind::Flapping), HeldBack::Flapped),
        (alerts.iter().any(|alert| alert.parent.is_some()), HeldBack::CommonCause),
        (alerts.iter().any(late), HeldBack::Late),
        (!notify.window.holds(at), HeldBack::Window),
        (channel_windows.contains(&false), HeldBack::ChannelWindow),
        (notify.digest_hours.is_some(), HeldBack::Digest),
        (notify.channels.is_empty(), HeldBack::NoChannel),
    ];
    found.into_iter().filter_map(|(so, why)| (so && !alerts.is_empty()).then_some(why)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        alert::{
            fixture::stored,
            rule::{OfflineCondition, RuleSaid},
        },
        ids::{SessionId, SimId},
        session::EndCause,
        sim::SimLive,
        state::{ConnectionState, ServiceState},
        time::DEFAULT_ZONE,
        units::ByteCount,
    };

    const HOUR: i64 = 3600;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_secs(100 * 86_400 + secs)
    }

    fn sim() -> SimRow {
        SimRow {
            id: SimId(1),
            msisdn: None,
            iccid: None,
            imsi: "466920000000001".parse().ok(),
            imei: None,
            batch: None,
            name: None,
            plan: None,
            group: None,
            group_name: None,
            tags: Vec::new(),
            service_state: ServiceState::Active,
            live: SimLive {
                connection: ConnectionState::Disconnected,
                last_message: None,
                last_access_at: None,
                usage_today: ByteCount::ZERO,
                usage_cycle: ByteCount::ZERO,
                apn: None,
                rat: None,
                plmn: None,
            },
        }
    }

    fn session(started: i64, ended: Option<i64>) -> SessionRow {
        SessionRow {
            id: SessionId(started),
            sim: SimId(1),
            nas: "pgw".into(),
            node: None,
            acct_session_id: String::new(),
            started_at: at(started),
            last_update_at: at(started),
            ended_at: ended.map(at),
            end_cause: ended.map(|_| EndCause::LOST_CARRIER),
            uplink: ByteCount::ZERO,
            downlink: ByteCount::ZERO,
            apn: None,
            rat: None,
            plmn: "46692".parse().ok(),
            network: None,
            cell: None,
            imei: None,
            ipv4: None,
            ipv6_prefix: None,
            flags: 0,
        }
    }

    fn event(secs: i64, kind: EventKind, from: &str, to: &str) -> TimelineEvent {
        let (from, to) = (Some(from.to_owned()), Some(to.to_owned()));
        TimelineEvent { at: at(secs), sim: SimId(1), msisdn: None, name: None, kind, from, to }
    }

    fn around<'a>(
        secs: i64,
        sim: &'a SimRow,
        sessions: &'a [SessionRow],
        events: &'a [TimelineEvent],
        hours: &[u64],
    ) -> Around<'a> {
        let piece = |(hour, octets): (usize, &u64)| {
            let from = at(hour as i64 * HOUR);
            (Since { from, by: from.plus_secs(HOUR) }, *octets)
        };
        let used = Used { pieces: hours.iter().enumerate().map(piece).collect() };
        Around { at: at(secs), sim, day: (Day(100), used.clone()), cycle: (Day(90), used), sessions, events }
    }

    fn version(condition: Condition, modified: i64) -> RuleVersion {
        let said = RuleSaid::new("r", condition, DEFAULT_ZONE);
        RuleVersion { version: 1, said, modified_by_name: None, modified_at: at(modified) }
    }

    fn offline() -> Condition {
        Condition::Offline(OfflineCondition { after_minutes: 10, learned: false })
    }

    fn line(kind: AlertKind, began: i64, ended: Option<i64>) -> AlertLine {
        AlertLine { began_at: at(began), ended_at: ended.map(at), ..AlertLine::without_names(&stored(kind)) }
    }

    #[test]
    fn offline_is_late_after_its_minutes_and_not_while_any_session_goes_on() {
        let sim = sim();
        let met = |secs, sessions: &[SessionRow]| {
            let look = around(secs, &sim, sessions, &[], &[]).looks(&offline()).remove(0);
            (look.met, look.since)
        };
        let one = [session(0, Some(100))];
        assert_eq!(met(699, &one), (Some(false), None));
        assert_eq!(met(700, &one), (Some(true), Some(at(700).into())));
        assert_eq!(met(700, &[session(50, None), session(0, Some(100))]).0, Some(false));
        assert_eq!(
            met(700, &[session(50, Some(800)), session(0, Some(100))]).0,
            Some(false),
            "it ended later"
        );
        assert_eq!(
            met(700, &[session(50, Some(650)), session(0, Some(100))]).0,
            Some(false),
            "by the last end"
        );
        let secondary = SessionRow { flags: flags::SECONDARY_BEARER, ..session(50, None) };
        assert_eq!(met(700, &[secondary, session(0, Some(100))]).0, Some(true));
        assert_eq!(met(700, &[]).0, None, "nothing is known of it");
        let learned = Condition::Offline(OfflineCondition { after_minutes: 10, learned: true });
        let look = around(700, &sim, &one, &[], &[]).looks(&learned).remove(0);
        assert_eq!(look.met, None, "what was learned of the device isn't kept");
        let suspended = SimRow { service_state: ServiceState::Suspended, ..sim };
        let look = around(700, &suspended, &one, &[], &[]).looks(&offline()).remove(0);
        assert_eq!((look.met, look.facts.get("state")), (None, Some("suspended")));
    }

    #[test]
    fn usage_is_known_by_hours_and_in_between_it_isnt() {
        let sim = sim();
        let daily = Condition::Usage(UsageCondition { daily_over: Some(ByteCount(100)), stages: None });
        let met = |secs| {
            let look = around(secs, &sim, &[], &[], &[60, 40, 1]).looks(&daily).remove(0);
            (look.met, look.since.map(|since| since.by))
        };
        assert_eq!(met(2 * HOUR - 1), (Some(false), None), "100 is not over 100");
        assert_eq!(met(2 * HOUR + 1), (None, None));
        assert_eq!(met(3 * HOUR), (Some(true), Some(at(3 * HOUR))));
    }

    #[test]
    fn what_serves_it_then_is_by_what_changed_before_and_after() {
        let sim = sim();
        let networks = vec!["46692".parse().unwrap()];
        let condition = Condition::Network(NetworkCondition { networks, roaming: true, rats: vec![] });
        let sessions = [session(0, None)];
        let events = [event(200, EventKind::NetworkChanged, "46692", "44010")];
        let met = |secs, events: &[TimelineEvent]| -> Vec<_> {
            let looks = around(secs, &sim, &sessions, events, &[]).looks(&condition);
            looks.into_iter().map(|look| (look.met, look.since)).collect()
        };
        assert_eq!(
            met(199, &events),
            [(Some(false), None), (Some(false), None)],
            "what it changed from later"
        );
        assert_eq!(met(200, &events), [(Some(true), Some(at(200).into())); 2]);
        assert_eq!(met(200, &[]), [(Some(false), None); 2], "by the session");
        let none = around(0, &sim, &[], &[], &[]).looks(&condition);
        assert!(none.iter().all(|look| look.met.is_none()));
    }

    #[test]
    fn the_answer_is_the_first_thing_that_stood_in_the_way() {
        let sim = sim();
        let sessions = [session(0, Some(100))];
        let looks = |secs| around(secs, &sim, &sessions, &[], &[]).looks(&offline());
        let rule = version(offline(), 0);
        let asked = |modified: i64| asked_since(&[version(offline(), modified)]);
        let say = |secs, alerts: &[AlertLine], since| {
            answer(Some(&rule), true, &looks(secs), alerts, asked(since), at(secs))
        };
        let id = AlertId(1);
        assert_eq!(answer(None, true, &[], &[], None, at(0)), Answer::NoRule);
        assert_eq!(answer(Some(&rule), false, &looks(700), &[], asked(0), at(700)), Answer::NotAimedAt);
        let mut off = rule.clone();
        off.said.enabled = false;
        assert_eq!(answer(Some(&off), true, &looks(700), &[], asked(0), at(700)), Answer::SwitchedOff);
        assert_eq!(say(600, &[], 0), Answer::NotMet);
        assert_eq!(say(700, &[line(AlertKind::Offline, 700, None)], 0), Answer::Raised(id));
        assert_eq!(say(800, &[line(AlertKind::Offline, 0, Some(650))], 0), Answer::SameAlert(id));
        assert_eq!(
            say(800, &[line(AlertKind::OtherDevice, 0, Some(650))], 0),
            Answer::Late,
            "of another kind"
        );
        let changed = [event(200, EventKind::DeviceChanged, "1", "2")];
        let other = Condition::Device(DeviceCondition { other: true, ..DeviceCondition::default() });
        let (looks_then, rule_then) =
            (around(9_000, &sim, &[], &changed, &[]).looks(&other), version(other, 0));
        let told = [line(AlertKind::OtherDevice, 200, Some(200))];
        let hours_later = answer(Some(&rule_then), true, &looks_then, &told, asked(0), at(9_000));
        assert_eq!(hours_later, Answer::Raised(id), "of what happened hours before");
        assert_eq!(say(800, &[], 750), Answer::BeforeRule);
        assert_eq!(say(800, &[], 0), Answer::Late);
        assert_eq!(answer(Some(&rule), true, &[], &[], None, at(0)), Answer::Unknown);
    }

    #[test]
    fn a_name_or_a_channel_doesnt_make_a_rule_ask_anew() {
        let mut named = version(offline(), 500);
        named.said.name = "other".into();
        let mut other = version(offline(), 900);
        other.said.enabled = false;
        assert_eq!(asked_since(&[named.clone(), version(offline(), 100)]), Some(at(100)));
        assert_eq!(asked_since(&[named, other, version(offline(), 100)]), Some(at(500)));
        assert_eq!(asked_since(&[]), None);
    }
}
