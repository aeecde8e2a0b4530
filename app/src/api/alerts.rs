//! Server functions of alerts: history and handling, rules, channels, deliveries. [`AlertAsk`]: what the history is asked for,
//! as it stands in its URL.

use super::ApiError;
#[cfg(feature = "ssr")]
use crate::request::{backend, backend_because, lang_of_request};
use leptos::{prelude::*, server_fn::codec::Json};
use opencmp_domain::{
    AlertId, ChangeId, ChannelId, Day, DeliveryId, GroupId, PersonId, PlanId, Plmn, Reason, RuleId, SimId,
    Tz,
    alert::{
        AlertChoice, AlertCounts, AlertCursor, AlertDetail, AlertKind, AlertPage, AlertQuery, Category,
        HandlingSaid, Level,
        channel::{Channel, ChannelChoice, ChannelSaid},
        delivery::{DeliveryCursor, DeliveryLine, DeliveryPage},
        rule::{Rule, RuleSaid, RuleVersion},
        window::Window,
    },
    change::ChangePage,
    event::TimelineEvent,
    sim::GroupChoice,
};
#[cfg(feature = "ssr")]
use opencmp_domain::{
    Permission,
    alert::{AlertLine, Facts, rule::Condition},
};
use serde::{Deserialize, Serialize};

/// Lines of a page of the history, and of the delivery log.
pub const ALERT_PAGE: usize = 50;

/// Alerts with the names of the networks in them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alerts {
    pub page: AlertPage,
    pub networks: Vec<(Plmn, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertView {
    pub detail: AlertDetail,
    /// Of a common cause: the first of what it took with it.
    pub parts: Option<Alerts>,
    /// What happened to its SIM until then, newest first. `None`: the SIM is out of reach, or there is none.
    pub behind: Option<Vec<TimelineEvent>>,
    // Names of what its rule speaks of.
    pub channels: Vec<ChannelChoice>,
    pub groups: Vec<GroupChoice>,
    pub networks: Vec<(Plmn, String)>,
}

/// What became of handling.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handled {
    /// Alerts that are different now.
    pub changed: u64,
    /// Those that still wait for somebody.
    pub waiting: AlertCounts,
}

/// What the page of rules shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    pub rules: Vec<Rule>,
    pub channels: Vec<ChannelChoice>,
    /// Those that are offered, and those that rules name.
    pub networks: Vec<(Plmn, String)>,
    /// Rate plans that SIMs may be given, for who changes rules.
    pub plans: Vec<(PlanId, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleHistory {
    pub versions: Vec<RuleVersion>,
    pub networks: Vec<(Plmn, String)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channels {
    pub channels: Vec<Channel>,
    /// Whose they may be.
    pub people: Vec<(PersonId, String)>,
}

/// 種類: one kind, or all of a category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KindAsk {
    Category(Category),
    Kind(AlertKind),
}

impl KindAsk {
    /// No kind is called as a category of others is.
    pub fn parse(text: &str) -> Option<Self> {
        let of_category = |category: &Category| format!("all-{category}") == text;
        match Category::ALL.iter().find(|category| of_category(category)) {
            Some(category) => Some(Self::Category(*category)),
            None => text.parse().ok().map(Self::Kind),
        }
    }
}

impl std::fmt::Display for KindAsk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Category(category) => write!(f, "all-{category}"),
            Self::Kind(kind) => kind.fmt(f),
        }
    }
}

/// What the history is asked for: `?group=3&from=2026-11-01&days=7&number=0400&kind=offline&level=abnormal&handled=0&open=1`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertAsk {
    pub group: Option<GroupId>,
    /// 開始日期
    pub from: Option<Day>,
    /// 區間: so many days from the first on; without a first day, the last so many.
    pub days: Option<u16>,
    pub number: Option<String>,
    pub sim: Option<SimId>,
    pub kind: Option<KindAsk>,
    pub level: Option<Level>,
    pub handled: Option<bool>,
    pub open: bool,
}

impl AlertAsk {
    pub const MOST_DAYS: u16 = 400;

    /// Reads a URL's pairs; the error names the parameter.
    pub fn from_pairs(get: impl Fn(&str) -> Option<String>) -> Result<Self, ApiError> {
        let given = |name: &str| get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let invalid = |field: &str, text: &str| ApiError::Invalid {
            field: field.to_owned(),
            message: format!("{text:?} can't be read"),
        };
        let read = |field: &str| given(field).map(|text| (text.clone(), invalid(field, &text)));
        let flag = |field: &str| match given(field).as_deref() {
            None => Ok(None),
            Some("1") => Ok(Some(true)),
            Some("0") => Ok(Some(false)),
            Some(other) => Err(invalid(field, other)),
        };
        fn parsed<T: std::str::FromStr>(given: Option<(String, ApiError)>) -> Result<Option<T>, ApiError> {
            given.map(|(text, error)| text.parse().map_err(|_| error)).transpose()
        }
        let days: Option<u16> = parsed(read("days"))?;
        if days.is_some_and(|days| !(1..=Self::MOST_DAYS).contains(&days)) {
            return Err(invalid("days", &given("days").unwrap_or_default()));
        }
        let kind = read("kind").map(|(text, error)| KindAsk::parse(&text).ok_or(error)).transpose()?;
        Ok(Self {
            group: parsed(read("group"))?,
            from: parsed(read("from"))?,
            days,
            number: given("number").map(|text| text.chars().take(64).collect()),
            sim: parsed(read("sim"))?,
            kind,
            level: parsed(read("level"))?,
            handled: flag("handled")?,
            open: flag("open")? == Some(true),
        })
    }

    /// Pairs for a URL; what is not asked for is left out.
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let flag = |yes: bool| if yes { "1" } else { "0" }.to_owned();
        [
            ("group", self.group.map(|id| id.to_string())),
            ("from", self.from.map(crate::format::day)),
            ("days", self.days.map(|days| days.to_string())),
            ("number", self.number.clone()),
            ("sim", self.sim.map(|id| id.to_string())),
            ("kind", self.kind.map(|kind| kind.to_string())),
            ("level", self.level.map(|level| level.to_string())),
            ("handled", self.handled.map(flag)),
            ("open", self.open.then(|| flag(true))),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }

    /// Days are those of `zone`, where it is `today`.
    pub fn query(&self, zone: Tz, today: Day) -> AlertQuery {
        let days = self.days.map(i32::from);
        let from = self.from.or_else(|| days.map(|days| Day(today.0.saturating_sub(days - 1))));
        let end = self.from.zip(days).map(|(from, days)| Day(from.0.saturating_add(days)));
        let (categories, kinds) = match self.kind {
            None => (Vec::new(), Vec::new()),
            Some(KindAsk::Category(category)) => (vec![category], Vec::new()),
            Some(KindAsk::Kind(kind)) => (Vec::new(), vec![kind]),
        };
        AlertQuery {
            group: self.group,
            sim: self.sim,
            number: self.number.clone(),
            categories,
            kinds,
            levels: self.level.into_iter().collect(),
            from: from.map(|day| day.start(zone)),
            until: end.map(|day| day.start(zone)),
            handled: self.handled,
            open: self.open,
            parent: None,
        }
    }
}

#[server(name = AlertsFn, prefix = "/fn", endpoint = "alerts", input = Json)]
pub async fn alerts(query: AlertQuery, after: Option<AlertCursor>) -> Result<Alerts, ApiError> {
    let (service, scope) = backend()?;
    let page = service.alert_list(&scope, &query, after, ALERT_PAGE).await?;
    let networks = super::networks(&service, networks_of(page.lines.iter()));
    Ok(Alerts { page, networks })
}

/// Networks that facts name.
#[cfg(feature = "ssr")]
pub fn networks_of<'a>(lines: impl Iterator<Item = &'a AlertLine>) -> Vec<Plmn> {
    use AlertKind::{OtherNetwork, Roaming, Travel};
    let named = lines.filter(|line| matches!(line.kind, OtherNetwork | Roaming | Travel));
    let codes = |facts: &Facts| {
        ["from", "to"].map(|name| facts.get(name).and_then(|code| code.parse().ok())).into_iter().flatten()
    };
    named.flat_map(|line| codes(&line.facts).collect::<Vec<_>>()).collect()
}

#[server(name = AlertFn, prefix = "/fn", endpoint = "alert", input = Json)]
pub async fn alert(id: AlertId) -> Result<AlertView, ApiError> {
    let (service, scope) = backend()?;
    let detail = service.alert(&scope, id).await?;
    let mut codes = networks_of(std::iter::once(&detail.line));
    codes.extend(detail.rule.iter().flat_map(|rule| named_in(&rule.said)));
    let parts = match detail.line.kind.is_common_cause() {
        true => Some(alerts(AlertQuery { parent: Some(id), ..AlertQuery::default() }, None).await?),
        false => None,
    };
    Ok(AlertView {
        parts,
        behind: service.alert_behind(&scope, &detail.line).await?,
        channels: service.alert_channel_choices(&scope).await?,
        groups: service.groups(&scope),
        networks: super::networks(&service, codes),
        detail,
    })
}

#[server(name = AlertsHandleFn, prefix = "/fn", endpoint = "alerts_handle", input = Json)]
pub async fn alerts_handle(choice: AlertChoice, said: HandlingSaid) -> Result<Handled, ApiError> {
    let (service, scope) = backend()?;
    let changed = service.alerts_handle(&scope, &choice, &said).await?;
    Ok(Handled { changed, waiting: service.alert_counts(&scope).await? })
}

#[server(name = AlertRulesFn, prefix = "/fn", endpoint = "alert_rules", input = Json)]
pub async fn alert_rules() -> Result<Rules, ApiError> {
    let (service, scope) = backend()?;
    let rules = service.alert_rules(&scope).await?;
    let mut networks = service.home_networks(lang_of_request());
    let named = rules.iter().flat_map(|rule| named_in(&rule.said));
    let named = named.filter(|plmn| networks.iter().all(|(offered, _)| offered != plmn)).collect();
    networks.extend(super::networks(&service, named));
    let plans = match scope.may(Permission::AlertWrite) {
        true => service.plans_offered(&scope, &rules),
        false => Vec::new(),
    };
    Ok(Rules { rules, channels: service.alert_channel_choices(&scope).await?, networks, plans })
}

/// Networks that a rule names.
#[cfg(feature = "ssr")]
fn named_in(said: &RuleSaid) -> Vec<Plmn> {
    match &said.condition {
        Condition::Network(network) => network.networks.clone(),
        _ => Vec::new(),
    }
}

/// Adds a rule, or changes the one with this id, if it still is at this version.
#[server(name = AlertRuleSaveFn, prefix = "/fn", endpoint = "alert_rule_save", input = Json)]
pub async fn alert_rule_save(held: Option<(RuleId, u32)>, said: RuleSaid) -> Result<RuleId, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.alert_rule_save(&scope, held, &said).await?)
}

#[server(name = AlertRuleEnableFn, prefix = "/fn", endpoint = "alert_rule_enable", input = Json)]
pub async fn alert_rule_enable(id: RuleId, enabled: bool) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    Ok(service.alert_rule_enable(&scope, id, enabled).await?)
}

#[server(name = AlertRuleRemoveFn, prefix = "/fn", endpoint = "alert_rule_remove", input = Json)]
pub async fn alert_rule_remove(id: RuleId, why: Option<Reason>) -> Result<(), ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.alert_rule_remove(&scope, id).await?)
}

/// What a rule said before, newest first.
#[server(name = AlertRuleVersionsFn, prefix = "/fn", endpoint = "alert_rule_versions", input = Json)]
pub async fn alert_rule_versions(id: RuleId) -> Result<RuleHistory, ApiError> {
    let (service, scope) = backend()?;
    let versions = service.alert_rule_versions(&scope, id).await?;
    let networks = versions.iter().flat_map(|version| named_in(&version.said)).collect();
    Ok(RuleHistory { networks: super::networks(&service, networks), versions })
}

#[server(name = AlertChannelsFn, prefix = "/fn", endpoint = "alert_channels", input = Json)]
pub async fn alert_channels() -> Result<Channels, ApiError> {
    let (service, scope) = backend()?;
    let people = service.alert_channel_people(&scope).await?;
    Ok(Channels { channels: service.alert_channels(&scope).await?, people })
}

/// Adds a channel, and answers its secret, if it is of a kind that has one; or changes the one with this id.
#[server(name = AlertChannelSaveFn, prefix = "/fn", endpoint = "alert_channel_save", input = Json)]
pub async fn alert_channel_save(
    id: Option<ChannelId>,
    said: ChannelSaid,
) -> Result<Option<String>, ApiError> {
    let (service, scope) = backend()?;
    let (_, secret) = service.alert_channel_save(&scope, id, &said).await?;
    Ok(secret.map(|secret| secret.expose().to_owned()))
}

/// One's own, whatever one's role.
#[server(name = OwnChannelsFn, prefix = "/fn", endpoint = "own_channels", input = Json)]
pub async fn own_channels() -> Result<Vec<Channel>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.own_channels(&scope).await?)
}

/// The hours in which one's own channel tells; `None`: always.
#[server(name = OwnChannelHoursFn, prefix = "/fn", endpoint = "own_channel_hours", input = Json)]
pub async fn own_channel_hours(id: ChannelId, window: Option<Window>) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    Ok(service.own_channel_hours(&scope, id, window.as_ref()).await?)
}

/// Another secret; the one before is good for a day more.
#[server(name = AlertChannelSecretFn, prefix = "/fn", endpoint = "alert_channel_secret", input = Json)]
pub async fn alert_channel_secret(id: ChannelId, why: Option<Reason>) -> Result<String, ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.alert_channel_secret_renew(&scope, id).await?.expose().to_owned())
}

#[server(name = AlertChannelRemoveFn, prefix = "/fn", endpoint = "alert_channel_remove", input = Json)]
pub async fn alert_channel_remove(id: ChannelId, why: Option<Reason>) -> Result<(), ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.alert_channel_remove(&scope, id).await?)
}

/// Sends a message by it; answers what to follow.
#[server(name = AlertChannelTestFn, prefix = "/fn", endpoint = "alert_channel_test", input = Json)]
pub async fn alert_channel_test(id: ChannelId) -> Result<Vec<DeliveryId>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.alert_channel_test(&scope, id, crate::message::test).await?)
}

/// What became of a test so far.
#[server(name = AlertChannelTestedFn, prefix = "/fn", endpoint = "alert_channel_tested", input = Json)]
pub async fn alert_channel_tested(ids: Vec<DeliveryId>) -> Result<Vec<DeliveryLine>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.alert_deliveries_named(&scope, &ids).await?)
}

/// `dead`: only what was given up.
#[server(name = AlertDeliveriesFn, prefix = "/fn", endpoint = "alert_deliveries", input = Json)]
pub async fn alert_deliveries(dead: bool, after: Option<DeliveryCursor>) -> Result<DeliveryPage, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.alert_deliveries(&scope, dead, after, ALERT_PAGE).await?)
}

/// Sends what was given up once more.
#[server(name = AlertDeliveryAgainFn, prefix = "/fn", endpoint = "alert_delivery_again", input = Json)]
pub async fn alert_delivery_again(id: DeliveryId) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    Ok(service.alert_delivery_again(&scope, id).await?)
}

/// Wanted changes of SIMs, newest first.
#[server(name = ChangesFn, prefix = "/fn", endpoint = "changes", input = Json)]
pub async fn changes(before: Option<ChangeId>) -> Result<ChangePage, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.change_list(&scope, before, ALERT_PAGE).await?)
}

#[server(name = ChangeWithdrawFn, prefix = "/fn", endpoint = "change_withdraw", input = Json)]
pub async fn change_withdraw(id: ChangeId, why: Option<Reason>) -> Result<(), ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.change_withdraw(&scope, id).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::time::DEFAULT_ZONE;

    #[test]
    fn a_url_says_what_is_asked() {
        let ask = AlertAsk {
            group: Some(GroupId(3)),
            from: Some("2026-11-01".parse().unwrap()),
            days: Some(7),
            number: Some("0400".into()),
            sim: Some(SimId(9)),
            kind: Some(KindAsk::Kind(AlertKind::Offline)),
            level: Some(Level::Abnormal),
            handled: Some(false),
            open: true,
        };
        let pairs = ask.to_pairs();
        let read = AlertAsk::from_pairs(|name| {
            pairs.iter().find(|(found, _)| *found == name).map(|(_, value)| value.clone())
        });
        assert_eq!(read, Ok(ask));
        assert!(AlertAsk::default().to_pairs().is_empty());
        for category in Category::ALL {
            let kind = KindAsk::Category(*category);
            assert_eq!(KindAsk::parse(&kind.to_string()), Some(kind));
        }
    }

    #[test]
    fn an_interval_is_from_its_first_day_on_or_up_to_today() {
        let today: Day = "2026-11-23".parse().unwrap();
        let day = |text: &str| text.parse::<Day>().unwrap().start(DEFAULT_ZONE);
        let query = |from: Option<&str>, days| {
            let from = from.map(|text| text.parse().unwrap());
            let query = AlertAsk { from, days, ..AlertAsk::default() }.query(DEFAULT_ZONE, today);
            (query.from, query.until)
        };
        assert_eq!(query(None, None), (None, None));
        assert_eq!(query(None, Some(7)), (Some(day("2026-11-17")), None));
        assert_eq!(query(Some("2026-11-01"), None), (Some(day("2026-11-01")), None));
        assert_eq!(query(Some("2026-11-01"), Some(7)), (Some(day("2026-11-01")), Some(day("2026-11-08"))));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, value) in [
            ("group", "x"),
            ("from", "2026-13-01"),
            ("days", "0"),
            ("days", "401"),
            ("kind", "colour"),
            ("level", "loud"),
            ("handled", "yes"),
            ("open", "2"),
        ] {
            let error = AlertAsk::from_pairs(|n| (n == name).then(|| value.to_owned())).unwrap_err();
            assert!(matches!(error, ApiError::Invalid { ref field, .. } if field == name), "{error}");
        }
    }
}
