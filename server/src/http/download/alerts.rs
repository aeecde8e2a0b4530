//! 歷史事件查詢 as a file: everything that is found, newest first, read on while it is written.

use super::{FileName, Pairs, Reader, Refusal, identifiers, stream};
use crate::http::AppState;
use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use opencmp_app::{
    api::alerts::{AlertAsk, networks_of},
    format::Format,
    i18n::alert::Saying,
};
use opencmp_domain::{
    Day, Scope,
    alert::{AlertCursor, AlertLine, AlertPage, AlertQuery},
};
use opencmp_service::{
    Service,
    export::{Cell, CsvTable, ExportError, XlsxTable},
};
use std::{io, sync::Arc};
use tokio::runtime::Handle;

const AT_ONCE: usize = 500;

/// What the file holds.
struct History {
    service: Arc<Service>,
    scope: Scope,
    query: AlertQuery,
    reader: Reader,
    /// Read before the answer begins, so that what fails at once fails with a status.
    first: AlertPage,
}

impl History {
    async fn of(state: &AppState, scope: Scope, headers: &HeaderMap, pairs: &Pairs) -> Result<Self, Refusal> {
        let ask = AlertAsk::from_pairs(|name| pairs.get(name).cloned())?;
        let service = state.service.clone();
        let reader = Reader::of(headers, &service, &scope);
        let query = ask.query(reader.zone, Day::of(service.clock().now(), reader.zone));
        let first = service.alert_list(&scope, &query, None, AT_ONCE).await?;
        Ok(Self { service, scope, query, reader, first })
    }

    /// Away from the threads that answer: it waits for the database in between.
    fn each_row(
        self,
        handle: &Handle,
        mut write: impl FnMut(&[Cell]) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let mut page = self.first.clone();
        loop {
            for cells in self.cells(&page.lines) {
                write(&cells)?;
            }
            let Some(next) = page.next else { return Ok(()) };
            page = handle.block_on(self.page(next)).map_err(|error| {
                tracing::warn!(%error, "the event history could not be read on");
                io::Error::other(error)
            })?;
        }
    }

    async fn page(&self, after: AlertCursor) -> opencmp_service::Result<AlertPage> {
        self.service.alert_list(&self.scope, &self.query, Some(after), AT_ONCE).await
    }

    fn cells(&self, lines: &[AlertLine]) -> Vec<Vec<Cell>> {
        let texts = self.reader.texts;
        let (t, words) = (texts.alerts(), texts.alert());
        let named = |plmn| Some((plmn, self.service.network_name(plmn, texts.lang)?.to_owned()));
        let networks: Vec<_> = networks_of(lines.iter()).into_iter().filter_map(named).collect();
        let format = Format { t: texts, zone: self.reader.zone };
        let saying = Saying { format, networks: &networks };
        let at = |at| Cell::At(self.reader.local(at));
        let row = |line: &AlertLine| {
            vec![
                Cell::Text(if line.handling.is_done() { t.done } else { t.undone }.to_owned()),
                Cell::identifier(line.msisdn.map(|number| number.national())),
                Cell::text(line.name.as_deref()),
                Cell::text(line.group_name.as_deref()),
                Cell::Text(words.kind(line.kind).to_owned()),
                Cell::Text(words.level(line.level).to_owned()),
                Cell::Text(saying.message(line)),
                at(line.began_at),
                line.ended_at.map_or(Cell::Empty, at),
                Cell::Count(line.times.into()),
                Cell::Text(saying.note(line)),
                Cell::text(line.handling.by_name.as_deref()),
                line.handling.at.map_or(Cell::Empty, at),
                Cell::text(line.rule_name.as_deref()),
            ]
        };
        lines.iter().map(row).collect()
    }

    /// Headings, and the characters that a column's values take.
    fn columns(&self) -> [(&'static str, f64); 14] {
        let t = self.reader.texts.alerts();
        [
            (t.handling, 10.0),
            (t.msisdn, 18.0),
            (t.device, 26.0),
            (t.group, 26.0),
            (t.alert_kind, 18.0),
            (t.level, 10.0),
            (t.message, 40.0),
            (t.began, 20.0),
            (t.end, 20.0),
            (t.times, 8.0),
            (t.note, 40.0),
            (t.handled_who, 16.0),
            (t.handled_when, 20.0),
            (t.name, 24.0),
        ]
    }

    fn file_name(&self, ending: &str) -> FileName {
        let now = self.reader.local(self.service.clock().now());
        let rest = format!("-{}.{ending}", now.format("%Y%m%d-%H%M"));
        FileName::new(self.reader.texts, ("歷史事件", "alerts"), &rest)
    }
}

pub async fn csv(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Response {
    let history = match History::of(&state, scope, &headers, &pairs).await {
        Ok(history) => history,
        Err(refusal) => return refusal.into_response(),
    };
    let (name, identifiers, handle) = (history.file_name("csv"), identifiers(&pairs), Handle::current());
    let body = stream::written(move |out| {
        let headings = history.columns().map(|(name, _)| name);
        let mut table = CsvTable::new(out, &headings, identifiers)?;
        history.each_row(&handle, |cells| table.row(cells))?;
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
    let history = match History::of(&state, scope, &headers, &pairs).await {
        Ok(history) => history,
        Err(refusal) => return refusal.into_response(),
    };
    let (name, handle) = (history.file_name("xlsx"), Handle::current());
    let made = stream::made(move || {
        let sheet = history.reader.texts.alerts().history;
        let mut table = XlsxTable::new(sheet, &history.columns())?;
        history.each_row(&handle, |cells| table.row(cells))?;
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
