//! Why a rule raised an alert of a SIM at a time, or why it didn't.

use super::ApiError;
use leptos::{prelude::*, server_fn::codec::Json};
#[cfg(feature = "ssr")]
use opencmp_domain::Timestamp;
use opencmp_domain::{Plmn, RuleId, alert::why::Why};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    prefs::Prefs,
    request::{backend, lang_of_request},
};

/// With what its page needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    pub why: Why,
    /// Those that facts name.
    pub networks: Vec<(Plmn, String)>,
}

/// By what somebody types: a number, and a time of their zone (`2026-11-23T12:00`). Errors: `Invalid` (sim: it is none, or several
/// have it; at).
#[server(name = AlertWhyFn, prefix = "/fn", endpoint = "alert_why", input = Json)]
pub async fn alert_why(rule: RuleId, number: String, at: String) -> Result<Explained, ApiError> {
    use opencmp_domain::alert::AlertKind::{OtherNetwork, Roaming, Travel};
    let (service, scope) = backend()?;
    let wrong = |field: &str| ApiError::Invalid { field: field.to_owned(), message: String::new() };
    let mut rows = service.sim_quick_search(&scope, &number);
    let is_it =
        |row: &opencmp_domain::sim::SimRow| row.msisdn.is_some_and(|held| number.trim().parse() == Ok(held));
    if rows.iter().any(is_it) {
        rows.retain(is_it);
    }
    let [sim] = rows.as_slice() else { return Err(wrong("sim")) };
    let (at, end) = local(&at, Prefs::of_request().zone).ok_or_else(|| wrong("at"))?;
    // Who says a minute means all of it, as far as it is past.
    let at = end.min(service.clock().now()).max(at);
    let why = service.alert_why(&scope, rule, sim.id, at, lang_of_request()).await?;
    let mut codes = super::alerts::networks_of(why.alerts.iter());
    let looks = why.looks.iter().filter(|look| matches!(look.kind, OtherNetwork | Roaming | Travel));
    let named = looks.flat_map(|look| {
        ["from", "to"].map(|name| look.facts.get(name).and_then(|code| code.parse::<Plmn>().ok()))
    });
    codes.extend(named.flatten());
    Ok(Explained { networks: super::networks(&service, codes), why })
}

/// A time as browsers write it, of this zone's clock, and its last second; of two that are called alike, the earlier.
#[cfg(feature = "ssr")]
fn local(text: &str, zone: opencmp_domain::Tz) -> Option<(Timestamp, Timestamp)> {
    let parse = |form| chrono::NaiveDateTime::parse_from_str(text.trim(), form).ok();
    let minute = parse("%Y-%m-%dT%H:%M").map(|at| (at, 59));
    let (at, more) = minute.or_else(|| parse("%Y-%m-%dT%H:%M:%S").map(|at| (at, 0)))?;
    let at = Timestamp::from_secs(at.and_local_timezone(zone).earliest()?.timestamp());
    Some((at, at.plus_secs(more)))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use opencmp_domain::time::DEFAULT_ZONE;

    #[test]
    fn a_time_is_of_the_readers_zone() {
        let at = Timestamp::from_secs(1_795_406_400);
        assert_eq!(local("2026-11-23T12:00", DEFAULT_ZONE), Some((at, at.plus_secs(59))));
        assert_eq!(local("2026-11-23T12:00:00", DEFAULT_ZONE), Some((at, at)));
        assert_eq!(local("12:00", DEFAULT_ZONE), None);
    }
}
