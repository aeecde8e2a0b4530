//! The time line of a SIM, newest first, as long as it is kept and as far as the filter shows it.

use super::{FileName, Pairs, Reader, Refusal, day_of, identifiers, invalid, name_part, sim_of, stream};
use crate::http::AppState;
use axum::{
    Extension,
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use opencmp_app::api::name_networks;
use opencmp_domain::{
    Scope, SimId,
    event::{EventKind, TimelineCursor, TimelineEvent, TimelineFilter},
};
use opencmp_service::{
    Service, ServiceError,
    export::{Cell, CsvTable, ExportError},
};
use std::{io, sync::Arc};
use tokio::runtime::Handle;

const AT_ONCE: u32 = 200;

pub async fn csv(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Result<Response, Refusal> {
    let reader = Reader::of(&headers, &state.service, &scope);
    let (sim, filter) = (sim_of(&pairs)?, filter_of(&pairs, &reader)?);
    let row = state.service.sim_rows(&scope, &[sim]).pop().ok_or(ServiceError::NotFound)?;
    let number = row.msisdn.map_or_else(|| sim.to_string(), |number| number.national());
    let name = FileName::new(reader.texts, ("事件歷程", "events"), &format!("-{}.csv", name_part(&number)));
    let history = History { service: state.service, scope, sim, filter, reader };
    // The first page before the answer begins, so that what fails at once fails with a status.
    let first = history.page(None).await?;
    let (identifiers, handle) = (identifiers(&pairs), Handle::current());
    let body = stream::written(move |out| {
        let mut table = CsvTable::new(out, &headings(reader.texts.is_chinese()), identifiers)?;
        history.each_event(first, &handle, |event| table.row(&cells(&reader, event)))?;
        table.flush()
    });
    Ok((name.headers("text/csv; charset=utf-8"), body).into_response())
}

/// `kind=rat_changed`, `from` and `until` as days of the reader's zone, `until` included.
fn filter_of(pairs: &Pairs, reader: &Reader) -> Result<TimelineFilter, Refusal> {
    let kind = pairs.get("kind").filter(|text| !text.is_empty()).map(|text| text.parse()).transpose();
    Ok(TimelineFilter {
        kind: kind.map_err(|message: String| invalid("kind", message))?,
        from: day_of(pairs, "from")?.map(|day| day.start(reader.zone)),
        until: day_of(pairs, "until")?.map(|day| day.next().start(reader.zone)),
    })
}

/// What the file holds.
struct History {
    service: Arc<Service>,
    scope: Scope,
    sim: SimId,
    filter: TimelineFilter,
    reader: Reader,
}

impl History {
    async fn page(&self, after: Option<TimelineCursor>) -> opencmp_service::Result<Vec<TimelineEvent>> {
        let mut events =
            self.service.sim_timeline(&self.scope, self.sim, &self.filter, after, AT_ONCE).await?;
        name_networks(&self.service, self.reader.texts.lang, &mut events);
        Ok(events)
    }

    /// Away from the threads that answer: it waits for the database in between.
    fn each_event(
        &self,
        first: Vec<TimelineEvent>,
        handle: &Handle,
        mut write: impl FnMut(&TimelineEvent) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let (mut page, mut after) = (first, None);
        while !page.is_empty() {
            page.iter().try_for_each(&mut write)?;
            after = TimelineCursor::after_page(after, &page);
            page = handle.block_on(self.page(after)).map_err(|error| {
                tracing::warn!(%error, "the time line could not be read on");
                io::Error::other(error)
            })?;
        }
        Ok(())
    }
}

fn cells(reader: &Reader, event: &TimelineEvent) -> [Cell; 4] {
    let value = |text: &Option<String>| {
        let text = text.as_ref().map(|text| reader.texts.event_value(event.kind, text));
        match event.kind {
            // Their IMEIs.
            EventKind::DeviceChanged | EventKind::SoftwareChanged => Cell::identifier(text),
            _ => Cell::text(text),
        }
    };
    [
        Cell::At(reader.local(event.at)),
        Cell::text(Some(reader.texts.event(event.kind))),
        value(&event.from),
        value(&event.to),
    ]
}

fn headings(chinese: bool) -> [&'static str; 4] {
    if chinese { ["時間", "事件", "原值", "新值"] } else { ["Time", "Event", "From", "To"] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_app::i18n::{Lang, texts_in};
    use opencmp_domain::{Timestamp, time::DEFAULT_ZONE};
    use opencmp_service::export::Identifiers;

    #[test]
    fn codes_are_words_and_no_value_is_a_formula() {
        let reader = Reader { texts: texts_in(Lang::En), zone: DEFAULT_ZONE };
        let event = |kind, from: &str, to: &str| TimelineEvent {
            at: Timestamp::from_secs(1_614_096_600),
            sim: SimId(1),
            msisdn: None,
            name: None,
            kind,
            from: (!from.is_empty()).then(|| from.to_owned()),
            to: Some(to.to_owned()),
        };
        let mut out = Vec::new();
        let mut table = CsvTable::new(&mut out, &headings(false), Identifiers::Plain).unwrap();
        for event in [
            event(EventKind::RatChanged, "6", "8"),
            event(EventKind::SessionEnded, "", "Lost-Carrier"),
            event(EventKind::DeviceChanged, "866425031234562", "866425031234570"),
            event(EventKind::NetworkChanged, "=1+1", "@here"),
        ] {
            table.row(&cells(&reader, &event)).unwrap();
        }
        table.flush().unwrap();
        drop(table);
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.trim_start_matches('\u{FEFF}').lines().collect();
        assert_eq!(lines[0], "Time,Event,From,To");
        for (line, ending) in lines[1..].iter().zip([
            "LTE,NB-IoT",
            ",,Lost carrier",
            "866425031234562,866425031234570",
            "'=1+1,'@here",
        ]) {
            assert!(line.starts_with("2021-02-24 00:10:00,") && line.ends_with(ending), "{text}");
        }
    }
}
