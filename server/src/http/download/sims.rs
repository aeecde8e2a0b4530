//! 下載門號明細: what the list shows, all pages of it, with the columns that were chosen and the tenant's custom fields.

use super::{FileName, Pairs, Reader, Refusal, identifiers, invalid, named, stream};
use crate::http::AppState;
use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use opencmp_domain::{
    Msisdn, Scope, SimId,
    custom::CustomField,
    query::{SimColumn, SimQuery},
    sim::SimRow,
};
use opencmp_service::{
    Service,
    export::{Cell, CsvTable, ExportError, XlsxTable},
};
use std::sync::Arc;
use tokio::runtime::Handle;

/// Characters that a custom field's values take.
const FIELD_WIDTH: f64 = 18.0;
/// Rows that are looked up at once.
const AT_ONCE: usize = 2_000;

/// What the file holds.
struct Listing {
    service: Arc<Service>,
    scope: Scope,
    ids: Vec<SimId>,
    columns: Vec<SimColumn>,
    /// Of the one tenant that it is of, if it is.
    fields: Vec<CustomField>,
    reader: Reader,
    runtime: Handle,
}

impl Listing {
    async fn of(state: &AppState, scope: Scope, headers: &HeaderMap, pairs: &Pairs) -> Result<Self, Refusal> {
        let query = SimQuery::from_pairs(|name| pairs.get(name).cloned()).map_err(named)?;
        let columns = columns(pairs.get("cols").map(String::as_str).unwrap_or_default())?;
        let ids = state.service.sim_matching(&scope, &query).await?;
        let reader = Reader::of(headers, &state.service, &scope);
        let fields = match scope.only_tenant() {
            Some(_) => state.service.custom_fields(&scope).await?,
            None => Vec::new(),
        };
        let (service, runtime) = (state.service.clone(), Handle::current());
        Ok(Self { service, scope, ids, columns, fields, reader, runtime })
    }

    fn heading(&self, column: SimColumn) -> String {
        let name = self.reader.texts.column(column);
        match column {
            SimColumn::UsageToday | SimColumn::UsageCycle => format!("{name} (KB)"),
            _ => name.to_owned(),
        }
    }

    fn headings(&self) -> Vec<String> {
        let columns = self.columns.iter().map(|column| self.heading(*column));
        columns.chain(self.fields.iter().map(|field| field.said.name.clone())).collect()
    }

    /// Characters that each column's values take.
    fn widths(&self) -> impl Iterator<Item = f64> {
        self.columns.iter().map(|column| width(*column)).chain(self.fields.iter().map(|_| FIELD_WIDTH))
    }

    fn each_row(&self, mut write: impl FnMut(&[Cell]) -> Result<(), ExportError>) -> Result<(), ExportError> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for ids in self.ids.chunks(AT_ONCE) {
            let values = match self.fields.is_empty() {
                true => Default::default(),
                // On a thread that may wait.
                false => {
                    let asked = self.runtime.block_on(self.service.sims_fields(&self.scope, ids));
                    asked.map_err(std::io::Error::other)?
                }
            };
            for row in self.service.sim_rows(&self.scope, ids) {
                cells.clear();
                cells.extend(self.columns.iter().map(|column| self.cell(&row, *column)));
                let values = values.get(&row.id);
                cells.extend(self.fields.iter().map(|field| {
                    Cell::text(values.and_then(|values| values.get(&field.id)).map(String::as_str))
                }));
                write(&cells)?;
            }
        }
        Ok(())
    }

    fn cell(&self, row: &SimRow, column: SimColumn) -> Cell {
        let t = self.reader.texts;
        let live = &row.live;
        match column {
            SimColumn::Msisdn => Cell::identifier(row.msisdn.map(|number: Msisdn| number.national())),
            SimColumn::Imei => Cell::identifier(row.imei),
            SimColumn::Iccid => Cell::identifier(row.iccid),
            SimColumn::Imsi => Cell::identifier(row.imsi),
            SimColumn::Batch => Cell::text(row.batch.as_deref()),
            SimColumn::Name => Cell::text(row.name.as_deref()),
            SimColumn::Plan => Cell::text(row.plan.as_deref()),
            SimColumn::Group => Cell::text(row.group_name.as_deref()),
            SimColumn::Tags => Cell::Text(row.tags.join("; ")),
            SimColumn::ServiceState => Cell::Text(t.service(row.service_state).to_owned()),
            SimColumn::Connection => Cell::Text(t.connection_with(live.connection, live.last_message)),
            SimColumn::UsageToday => Cell::Count(live.usage_today.kilobytes()),
            SimColumn::UsageCycle => Cell::Count(live.usage_cycle.kilobytes()),
            SimColumn::Apn => Cell::text(live.apn.as_ref().map(|apn| apn.as_str())),
            SimColumn::LastAccess => {
                live.last_access_at.map_or(Cell::Empty, |at| Cell::At(self.reader.local(at)))
            }
            SimColumn::Rat => Cell::text(live.rat.map(|rat| rat.name())),
            SimColumn::Network => {
                Cell::text(live.plmn.map(|plmn| self.service.network_label(plmn, self.reader.texts.lang)))
            }
        }
    }

    fn file_name(&self, ending: &str) -> FileName {
        let now = self.reader.local(self.service.clock().now());
        let rest = format!("-{}.{ending}", now.format("%Y%m%d-%H%M"));
        FileName::new(self.reader.texts, ("門號明細", "sims"), &rest)
    }
}

pub async fn csv(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Response {
    let listing = match Listing::of(&state, scope, &headers, &pairs).await {
        Ok(listing) => listing,
        Err(refusal) => return refusal.into_response(),
    };
    let name = listing.file_name("csv");
    let identifiers = identifiers(&pairs);
    let body = stream::written(move |out| {
        let headings = listing.headings();
        let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
        let mut table = CsvTable::new(out, &headings, identifiers)?;
        listing.each_row(|cells| table.row(cells))?;
        table.flush()
    });
    (name.headers("text/csv; charset=utf-8"), body).into_response()
}

pub async fn xlsx(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Response {
    let listing = match Listing::of(&state, scope, &headers, &pairs).await {
        Ok(listing) => listing,
        Err(refusal) => return refusal.into_response(),
    };
    let name = listing.file_name("xlsx");
    let made = stream::made(move || {
        let headings = listing.headings();
        let columns: Vec<(&str, f64)> = headings.iter().map(String::as_str).zip(listing.widths()).collect();
        let sheet = if listing.reader.texts.is_chinese() { "門號明細" } else { "SIMs" };
        let mut table = XlsxTable::new(sheet, &columns)?;
        listing.each_row(|cells| table.row(cells))?;
        table.finish()
    });
    match made.await {
        Some(Ok((file, size))) => {
            const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            let length = [(header::CONTENT_LENGTH, size.to_string())];
            (name.headers(KIND), length, stream::file(file)).into_response()
        }
        Some(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "making a workbook");
            Refusal::Broken.into_response()
        }
        None => Refusal::Broken.into_response(),
    }
}

/// The columns in the order asked for; the brochure's where nothing is.
fn columns(text: &str) -> Result<Vec<SimColumn>, Refusal> {
    let mut columns = Vec::new();
    for name in text.split(',').filter(|name| !name.is_empty()) {
        let column = name.parse().map_err(|message: String| invalid("cols", message))?;
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    Ok(if columns.is_empty() { SimColumn::DEFAULT.to_vec() } else { columns })
}

/// Characters that the column's values take.
fn width(column: SimColumn) -> f64 {
    match column {
        SimColumn::Msisdn | SimColumn::Imei | SimColumn::Imsi => 18.0,
        SimColumn::Iccid => 23.0,
        SimColumn::Name | SimColumn::Group | SimColumn::Tags => 26.0,
        SimColumn::LastAccess => 20.0,
        SimColumn::UsageToday | SimColumn::UsageCycle | SimColumn::Connection => 17.0,
        SimColumn::Apn | SimColumn::Plan | SimColumn::Network => 16.0,
        SimColumn::Batch | SimColumn::ServiceState | SimColumn::Rat => 12.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_app::api::ApiError;

    #[test]
    fn columns_keep_their_order_and_what_is_wrong_is_named() {
        let read = |text| columns(text).ok();
        assert_eq!(read("imsi,msisdn,imsi"), Some(vec![SimColumn::Imsi, SimColumn::Msisdn]));
        assert_eq!(read(""), Some(SimColumn::DEFAULT.to_vec()));
        let Err(Refusal::Said(ApiError::Invalid { field, message })) = columns("msisdn,colour") else {
            panic!()
        };
        assert_eq!(field, "cols");
        assert!(message.starts_with("\"colour\""), "{message}");
    }
}
