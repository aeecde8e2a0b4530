//! 試跑: a rule is tried on records of before.

use super::ApiError;
use crate::charts::ChartImage;
#[cfg(feature = "ssr")]
use crate::{
    figures::draw,
    i18n::texts_in,
    request::{backend, lang_of_request},
};
use leptos::{prelude::*, server_fn::codec::Json};
use opencmp_domain::{
    Plmn,
    alert::{backtest::Backtest, rule::RuleSaid},
};
use serde::{Deserialize, Serialize};

/// What a rule would have done, with its chart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    pub backtest: Backtest,
    /// Those that its alerts name.
    pub networks: Vec<(Plmn, String)>,
    pub chart: ChartImage,
}

/// Takes its time, and ends when the request does.
#[server(name = AlertRuleTryFn, prefix = "/fn", endpoint = "alert_rule_try", input = Json)]
pub async fn alert_rule_try(said: RuleSaid) -> Result<Tried, ApiError> {
    let (service, scope) = backend()?;
    let backtest = service.alert_rule_try(&scope, &said).await?;
    let networks = super::networks(&service, super::alerts::networks_of(backtest.first.iter()));
    let chart = draw::backtest_image(&backtest, texts_in(lang_of_request()))?;
    Ok(Tried { backtest, networks, chart })
}

/// How far the tenant's try is, in thousandths; `None`: there is none.
#[server(name = AlertRuleTryCourseFn, prefix = "/fn", endpoint = "alert_rule_try_course", input = Json)]
pub async fn alert_rule_try_course() -> Result<Option<u32>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.alert_rule_try_course(&scope)?)
}
