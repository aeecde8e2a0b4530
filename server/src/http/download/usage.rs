//! The usage page as a file: PDF of the page, CSV of its table.

use super::{FileName, Pairs, Reader, Refusal, name_part, stream};
use crate::http::{AppState, pdf::UsageDocument};
use axum::{
    Extension,
    body::Body,
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use opencmp_app::figures::UsageAsk;
use opencmp_domain::{Scope, usage::UsageReport};
use opencmp_service::export::{Cell, CsvTable, ExportError, Identifiers};

pub async fn pdf(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Response {
    match make_pdf(&state, scope, &headers, &pairs).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn make_pdf(
    state: &AppState,
    scope: Scope,
    headers: &HeaderMap,
    pairs: &Pairs,
) -> Result<Response, Refusal> {
    let ask = ask(pairs)?;
    let reader = Reader::of(headers, &state.service, &scope);
    let report = state.service.usage_report(&scope, &ask.query(), reader.texts.lang).await?;
    let day = match ask.day {
        Some(_) => Some(state.service.usage_day(&scope, &ask.query()).await?),
        None => None,
    };
    let customer = state.service.customer_name(&scope);
    let name = file_name(&report, reader, "pdf");
    let made_at = state.service.clock().now();
    let made = stream::made(move || {
        let document = UsageDocument {
            report: &report,
            day: day.as_ref(),
            about_sim: ask.sim.is_some(),
            customer: customer.as_deref(),
            made_at,
            zone: reader.zone,
            texts: reader.texts,
        };
        document.render()
    });
    match made.await {
        Some(Ok(pdf)) => Ok((name.headers("application/pdf"), Body::from(pdf)).into_response()),
        Some(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "making a PDF");
            Err(Refusal::Broken)
        }
        None => Err(Refusal::Broken),
    }
}

pub async fn csv(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Response {
    match make_csv(&state, scope, &headers, &pairs).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn make_csv(
    state: &AppState,
    scope: Scope,
    headers: &HeaderMap,
    pairs: &Pairs,
) -> Result<Response, Refusal> {
    let ask = ask(pairs)?;
    let reader = Reader::of(headers, &state.service, &scope);
    let report = state.service.usage_report(&scope, &ask.query(), reader.texts.lang).await?;
    let lines = table(&report, reader).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "writing usage");
        Refusal::Broken
    })?;
    let name = file_name(&report, reader, "csv");
    Ok((name.headers("text/csv; charset=utf-8"), lines).into_response())
}

/// The page's table, with the octets behind it.
fn table(report: &UsageReport, reader: Reader) -> Result<Vec<u8>, ExportError> {
    let u = reader.texts.usage();
    let (uplink, downlink) = (format!("{}(B)", u.uplink), format!("{}(B)", u.downlink));
    let header = [u.date, u.usage_kb, u.cumulative_kb, uplink.as_str(), downlink.as_str()];
    let mut out = Vec::new();
    let mut table = CsvTable::new(&mut out, &header, Identifiers::Plain)?;
    for row in report.table() {
        table.row(&[
            Cell::Text(row.day.to_string()),
            Cell::Count(row.kilobytes),
            Cell::Count(row.cumulative_kilobytes),
            Cell::Count(row.usage.uplink.octets()),
            Cell::Count(row.usage.downlink.octets()),
        ])?;
    }
    table.flush()?;
    drop(table);
    Ok(out)
}

fn ask(pairs: &Pairs) -> Result<UsageAsk, Refusal> {
    Ok(UsageAsk::from_pairs(|name| pairs.get(name).cloned())?)
}

/// `用量-北區-台北-2026-11.pdf`.
fn file_name(report: &UsageReport, reader: Reader, ending: &str) -> FileName {
    let subject = report.subject.as_deref().map(|subject| format!("-{}", name_part(subject)));
    let rest = format!("{}-{}.{ending}", subject.unwrap_or_default(), report.cycle);
    FileName::new(reader.texts, ("用量", "usage"), &rest)
}
