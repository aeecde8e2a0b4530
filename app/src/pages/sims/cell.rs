//! One cell. What the inventory says is text; what the network moves is bound to the row's live part and lights up when it
//! changes.

use super::{
    list::{ListState, LiveCells, Row},
    selection::RowCheck,
};
use crate::{
    components::{ConnectionBadge, service_tone},
    dom,
    format::Format,
    i18n::use_texts,
};
use leptos::prelude::*;
use opencmp_domain::query::SimColumn;

/// Class of a column's cells: alignment, and its place in the phone's card.
pub fn class(column: SimColumn) -> &'static str {
    match column {
        SimColumn::Msisdn => "c-msisdn",
        SimColumn::Imei => "c-imei mono",
        SimColumn::Batch => "c-batch",
        SimColumn::ServiceState => "c-service",
        SimColumn::UsageToday => "c-today num",
        SimColumn::UsageCycle => "c-cycle num",
        SimColumn::Connection => "c-connection",
        SimColumn::Apn => "c-apn",
        SimColumn::LastAccess => "c-access",
        SimColumn::Name => "c-name",
        SimColumn::Plan => "c-plan",
        SimColumn::Iccid => "c-iccid mono",
        SimColumn::Imsi => "c-imsi mono",
        SimColumn::Group => "c-group",
        SimColumn::Tags => "c-tags",
        SimColumn::Rat => "c-rat",
        SimColumn::Network => "c-network",
    }
}

/// The number; for a SIM without one, what else identifies it.
pub fn number(row: &Row) -> String {
    let row = &row.fixed;
    let number = row.msisdn.map(|msisdn| msisdn.national());
    let imsi = || row.imsi.map(|imsi| format!("IMSI {imsi}"));
    let iccid = || row.iccid.map(|iccid| format!("ICCID {iccid}"));
    number.or_else(imsi).or_else(iccid).unwrap_or_else(|| format!("#{}", row.id))
}

#[component]
pub fn Cell(list: ListState, row: Row, column: SimColumn, format: Format) -> impl IntoView {
    let fixed = row.fixed.clone();
    let live = row.live.clone();
    // A cell that follows the live part.
    let moving = move |text: fn(&LiveCells, Format, ListState) -> String| {
        let (shown, lit) = (live.clone(), live);
        let base = class(column);
        // Where the headers are folded away (phones), a figure says itself what it is.
        let label = (column == SimColumn::UsageToday).then(|| format.t.column(column));
        view! {
            <td data-label=label class=move || {
                let light = lit.with(|cells| cells.highlight(column));
                if light.is_empty() { base.to_owned() } else { format!("{base} {light}") }
            }>{move || shown.with(|cells| text(cells, format, list))}</td>
        }
        .into_any()
    };
    let still = move |text: Option<String>| {
        let shown = text.unwrap_or_default();
        // What may be cut off is told in full.
        let cut = matches!(column, SimColumn::Name | SimColumn::Plan | SimColumn::Group);
        let title = cut.then(|| shown.clone());
        view! { <td class=class(column) title=title>{shown}</td> }.into_any()
    };
    match column {
        SimColumn::Msisdn => {
            let number = number(&row);
            view! {
                <th scope="row" class=class(column)>
                    {list
                        .selection
                        .offered
                        .then(|| view! { <RowCheck list sim=fixed.id number=number.clone()/> }.into_any())}
                    <a class="row-link mono" href=dom::at(&format!("/sims/{}", fixed.id))>{number}</a>
                </th>
            }
            .into_any()
        }
        SimColumn::Connection => view! { <ConnectionCell row/> }.into_any(),
        SimColumn::ServiceState => view! { <ServiceCell row/> }.into_any(),
        SimColumn::Imei => moving(|cells, _, _| cells.imei.map(|imei| imei.printed()).unwrap_or_default()),
        SimColumn::UsageToday => moving(|cells, format, _| format.bytes(cells.live.usage_today)),
        SimColumn::UsageCycle => moving(|cells, format, _| format.bytes(cells.live.usage_cycle)),
        SimColumn::Apn => {
            moving(|cells, _, _| cells.live.apn.as_ref().map(ToString::to_string).unwrap_or_default())
        }
        SimColumn::LastAccess => moving(|cells, format, _| {
            cells.live.last_access_at.map(|at| format.date_time(at)).unwrap_or_default()
        }),
        SimColumn::Rat => moving(|cells, _, _| cells.live.rat.map(|rat| rat.name()).unwrap_or_default()),
        SimColumn::Network => {
            moving(|cells, _, list| cells.live.plmn.map(|plmn| list.network_name(plmn)).unwrap_or_default())
        }
        SimColumn::Batch => still(fixed.batch.clone()),
        SimColumn::Name => still(fixed.name.clone()),
        SimColumn::Plan => still(fixed.plan.clone()),
        SimColumn::Iccid => still(fixed.iccid.map(|iccid| iccid.to_string())),
        SimColumn::Imsi => still(fixed.imsi.map(|imsi| imsi.to_string())),
        SimColumn::Group => still(fixed.group_name.clone()),
        SimColumn::Tags => {
            let tags = fixed
                .tags
                .iter()
                .map(|tag| view! { <span class="badge plain">{tag.clone()}</span> }.into_any());
            view! { <td class=class(column)><span class="tags">{tags.collect_view()}</span></td> }.into_any()
        }
    }
}

#[component]
fn ConnectionCell(row: Row) -> impl IntoView {
    let [lit, state, last, at] = [(); 4].map(|()| row.live.clone());
    view! {
        <td class=move || format!("c-connection {}", lit.with(|cells| cells.highlight(SimColumn::Connection)))>
            <ConnectionBadge
                state=Signal::derive(move || state.with(|cells| cells.live.connection))
                last=Signal::derive(move || last.with(|cells| cells.live.last_message))
                at=Signal::derive(move || at.with(|cells| cells.live.last_access_at))
            />
        </td>
    }
}

#[component]
fn ServiceCell(row: Row) -> impl IntoView {
    let t = use_texts();
    let [lit, tone, word] = [(); 3].map(|()| row.live.clone());
    view! {
        <td class=move || format!("c-service {}", lit.with(|cells| cells.highlight(SimColumn::ServiceState)))>
            <span class=move || {
                tone.with(|cells| format!("badge {}", service_tone(cells.service_state)))
            }>{move || word.with(|cells| t.service(cells.service_state))}</span>
        </td>
    }
}
