//! Date / Usage(KB) / Cumulative(KB), as in the brochure: whole KB, their exact running sum.

use super::usage_url;
use crate::{charts::amount, figures::UsageAsk, format, i18n::use_texts};
use chrono::Datelike;
use leptos::prelude::*;
use opencmp_domain::{Day, usage::UsageReport};

#[component]
pub fn DayTable(
    report: UsageReport,
    resolved: StoredValue<UsageAsk>,
    day: Memo<Option<Day>>,
) -> impl IntoView {
    let t = use_texts();
    let rows = report.table();
    let sum = rows.last().map(|row| row.cumulative_kilobytes).unwrap_or(0);
    view! {
        <section class="card usage-table">
            <div class="card-head">
                <h2>{t.usage().table}</h2>
            </div>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">{t.usage().date}</th>
                        <th scope="col" class="num">{t.usage().usage_kb}</th>
                        <th scope="col" class="num">{t.usage().cumulative_kb}</th>
                    </tr>
                </thead>
                <tbody>
                    {rows
                        .into_iter()
                        .map(|row| {
                            let open = resolved
                                .with_value(|ask| usage_url(&UsageAsk { day: Some(row.day), ..ask.clone() }));
                            let name = (t.usage().open_day)(&format::day(row.day));
                            let current = move || (day.get() == Some(row.day)).then_some("true");
                            view! {
                                <tr aria-current=current>
                                    <th scope="row">
                                        <a href=open title=name data-noscroll="">{month_day(row.day)}</a>
                                    </th>
                                    <td class="num" title=amount(row.usage.total())>
                                        <Digits value=row.kilobytes/>
                                    </td>
                                    <td class="num"><Digits value=row.cumulative_kilobytes/></td>
                                </tr>
                            }
                        })
                        .collect_view()}
                </tbody>
                <tfoot>
                    <tr>
                        <th scope="row">{t.usage().sum}</th>
                        <td class="num"><Digits value=sum/></td>
                        <td></td>
                    </tr>
                </tfoot>
            </table>
            <p class="card-foot muted">{t.usage().unit_rule}</p>
        </section>
    }
}

/// `01/05`, the brochure's form.
fn month_day(day: Day) -> String {
    let date = day.date();
    format!("{:02}/{:02}", date.month(), date.day())
}

/// Digits in threes by spacing alone: what is copied is the plain number.
#[component]
fn Digits(value: u64) -> impl IntoView {
    let text = value.to_string();
    let head = match text.len() % 3 {
        0 => 3.min(text.len()),
        n => n,
    };
    let (head, rest) = text.split_at(head);
    let groups: Vec<String> =
        rest.as_bytes().chunks(3).map(|three| String::from_utf8_lossy(three).into_owned()).collect();
    view! {
        <span class="digits">
            {head.to_owned()}
            {groups.into_iter().map(|three| view! { <span>{three}</span> }).collect_view()}
        </span>
    }
}
