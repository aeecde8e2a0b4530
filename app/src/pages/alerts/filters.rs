//! 群組 / 開始日期 / 區間 / 指定門號 / 種類 / 等級 and 查詢. A plain form: it works before any script runs.

use super::history_url;
use crate::{
    api::alerts::{AlertAsk, KindAsk},
    dom, format,
    i18n::use_texts,
};
use leptos::{ev, html, prelude::*};
use leptos_router::hooks::use_navigate;
use opencmp_domain::{
    alert::{AlertKind, Category, Level},
    sim::GroupChoice,
};

/// 區間
const SPANS: [u16; 5] = [1, 7, 30, 90, 365];
/// Names of the form's fields, which are those of the address.
const FIELDS: [&str; 9] = ["group", "from", "days", "number", "kind", "level", "handled", "open", "sim"];

/// Chosen again whenever the address says so, whatever hands have chosen since.
fn option(value: String, chosen: bool, name: String) -> AnyView {
    view! { <option value=value selected=chosen prop:selected=chosen>{name}</option> }.into_any()
}

#[component]
pub fn Filters(
    asked: AlertAsk,
    groups: Vec<GroupChoice>,
    /// Called when what is asked for is what is shown.
    again: impl Fn() + 'static,
) -> impl IntoView {
    let texts = use_texts();
    let (t, words) = (texts.alerts(), texts.alert());
    let form = NodeRef::<html::Form>::new();
    let navigate = use_navigate();
    let shown = history_url(&asked);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(typed) = form.get_untracked().and_then(|form| web_sys::FormData::new_with_form(&form).ok())
        else {
            return;
        };
        let value = |name: &str| typed.get(name).as_string().filter(|text| !text.trim().is_empty());
        let pairs = FIELDS.into_iter().filter_map(|name| Some((name, value(name)?)));
        let wanted = dom::url(&dom::at("/alerts"), &pairs.collect::<Vec<_>>());
        // What can't be read is said by the page.
        let wanted = AlertAsk::from_pairs(value).map_or(wanted, |ask| history_url(&ask));
        if wanted == shown { again() } else { navigate(&wanted, Default::default()) }
    };
    // Where nothing was asked for yet, the address stays.
    let clear = move || {
        if let Some(form) = form.get_untracked() {
            form.reset();
        }
    };
    let (from, number) = (asked.from.map(format::day), asked.number);
    let group_options: Vec<_> = groups
        .into_iter()
        .map(|group| option(group.id.to_string(), asked.group == Some(group.id), group.name))
        .collect();
    let span_options: Vec<_> = SPANS
        .into_iter()
        // One of the address stays, whatever it is.
        .chain(asked.days.filter(|days| !SPANS.contains(days)))
        .map(|days| {
            let name = if days == 1 { t.span_day.to_owned() } else { (t.span_days)(&days.to_string()) };
            option(days.to_string(), asked.days == Some(days), name)
        })
        .collect();
    let of_kind = |kind: KindAsk, name: String| option(kind.to_string(), asked.kind == Some(kind), name);
    let kind_options: Vec<_> = Category::ALL
        .iter()
        .map(|category| {
            let name = words.category(*category);
            let all = of_kind(KindAsk::Category(*category), (t.all_of)(name));
            let kinds = AlertKind::ALL.iter().filter(|kind| kind.category() == *category);
            let kinds: Vec<_> =
                kinds.map(|kind| of_kind(KindAsk::Kind(*kind), words.kind(*kind).to_owned())).collect();
            view! { <optgroup label=name>{all} {kinds}</optgroup> }.into_any()
        })
        .collect();
    let level_options: Vec<_> = Level::ALL
        .iter()
        .map(|level| option(level.to_string(), asked.level == Some(*level), words.level(*level).to_owned()))
        .collect();
    let handled_options: Vec<_> =
        [(None, "", t.state_all), (Some(false), "0", t.state_undone), (Some(true), "1", t.state_done)]
            .into_iter()
            .map(|(handled, value, name)| option(value.to_owned(), asked.handled == handled, name.to_owned()))
            .collect();
    view! {
        <form
            node_ref=form
            class="usage-filters alert-filters card"
            method="get"
            action=dom::at("/alerts")
            on:submit=submit
        >
            // Of the SIM's page: until the conditions are cleared.
            {asked.sim.map(|sim| view! { <input type="hidden" name="sim" value=sim.to_string()/> }.into_any())}
            <div class="field">
                <label for="alerts-group">{t.group}</label>
                <select id="alerts-group" name="group" class="select">
                    <option value="">{t.all_groups}</option>
                    {group_options}
                </select>
            </div>
            <div class="field">
                <label for="alerts-from">{t.from}</label>
                <input id="alerts-from" name="from" class="input" type="date" value=from.clone() prop:value=from.unwrap_or_default()/>
            </div>
            <div class="field">
                <label for="alerts-days">{t.span}</label>
                <select id="alerts-days" name="days" class="select">
                    <option value="">{t.span_all}</option>
                    {span_options}
                </select>
            </div>
            <div class="field usage-number">
                <label for="alerts-number">{t.number}</label>
                <input
                    id="alerts-number"
                    name="number"
                    class="input"
                    type="text"
                    autocomplete="off"
                    maxlength="64"
                    placeholder=t.number_hint
                    value=number.clone()
                    prop:value=number.unwrap_or_default()
                />
            </div>
            <div class="field">
                <label for="alerts-kind">{t.kind}</label>
                <select id="alerts-kind" name="kind" class="select">
                    <option value="">{t.all_kinds}</option>
                    {kind_options}
                </select>
            </div>
            <div class="field">
                <label for="alerts-level">{t.level}</label>
                <select id="alerts-level" name="level" class="select">
                    <option value="">{t.all_levels}</option>
                    {level_options}
                </select>
            </div>
            <div class="field">
                <label for="alerts-handled">{t.state}</label>
                <select id="alerts-handled" name="handled" class="select">{handled_options}</select>
            </div>
            <label class="check">
                <input type="checkbox" name="open" value="1" checked=asked.open prop:checked=asked.open/>
                {t.only_open}
            </label>
            <div class="button-row">
                <button class="button primary" type="submit">{t.search}</button>
                <a class="button quiet" href=dom::at("/alerts") on:click=move |_| clear()>{t.clear}</a>
            </div>
        </form>
    }
}
