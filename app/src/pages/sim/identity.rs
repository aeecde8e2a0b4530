//! Who it is; what one needs elsewhere is copied by a click.

use super::{edit::EditButton, state::SimState};
use crate::{components::Copy, format::use_format};
use leptos::prelude::*;

#[component]
pub fn Identity(sim: SimState) -> impl IntoView {
    let format = use_format();
    let t = format.t.sim();
    // What the network may change is bound; the rest is part of the inventory and comes with it.
    let detail = sim.part(|detail| {
        let mut detail = detail.clone();
        // Parts that this card doesn't show must not make it anew.
        detail.open_sessions.clear();
        detail.as_of = Default::default();
        detail.row.live.usage_today = Default::default();
        detail.row.live.usage_cycle = Default::default();
        detail.row.live.last_access_at = None;
        detail.row.live.last_message = None;
        detail
    });
    let copied = |name: &'static str, value: Option<String>| {
        value.map(|value| {
            view! {
                <dt>{name}</dt>
                <dd><Copy value what=name/></dd>
            }
        })
    };
    let plain = |name: &'static str, value: Option<String>| {
        value.map(|value| {
            view! {
                <dt>{name}</dt>
                <dd>{value}</dd>
            }
        })
    };
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.identity}</h2>
                <EditButton sim/>
            </div>
            <dl class="card-body facts">
                {move || {
                    let detail = detail.get();
                    let row = detail.row;
                    let imeisv = row.imei.map(|imei| imei.to_string()).filter(|imei| imei.len() == 16);
                    let tags = (!row.tags.is_empty()).then(|| row.tags.join("、"));
                    view! {
                        {copied(t.e164, row.msisdn.map(|msisdn| format!("+{msisdn}")))}
                        {copied(t.iccid, row.iccid.map(|iccid| iccid.to_string()))}
                        {copied(t.imsi, row.imsi.map(|imsi| imsi.to_string()))}
                        {copied(t.imei, row.imei.map(|imei| imei.printed()))} {copied(t.imeisv, imeisv)}
                        {plain(t.device_model, detail.device_model)} {plain(t.name, row.name)}
                        {plain(t.group, row.group_name)} {plain(t.batch, row.batch)} {plain(t.plan, row.plan)}
                        {plain(t.apn, detail.provisioned_apn.map(|apn| apn.to_string()))} {plain(t.tags, tags)}
                        {plain(t.customer, detail.tenant_name.or_else(|| Some(t.not_inventoried.to_owned())))}
                        {plain(
                            t.interval,
                            detail.update_interval_secs.map(|secs| format.span(i64::from(secs))),
                        )} {plain(t.created, Some(format.date_time(detail.created_at)))}
                    }
                }}
                {move || {
                    let fields = sim.fields.get().into_iter().map(|(name, value)| {
                        view! {
                            <dt>{name}</dt>
                            <dd>{value}</dd>
                        }
                        .into_any()
                    });
                    fields.collect_view()
                }}
            </dl>
        </section>
    }
}
