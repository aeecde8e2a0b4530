//! The session history of a SIM, newest first, as long as it is kept.

use super::{FileName, Pairs, Reader, Refusal, day_of, identifiers, invalid, name_part, sim_of};
use crate::http::AppState;
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use opencmp_domain::{
    Scope, SimId, Timestamp,
    session::{SessionCursor, SessionFilter, SessionRow},
};
use opencmp_service::{
    Service, ServiceError,
    export::{Cell, CsvTable, ExportError, Identifiers},
};
use std::{io, sync::Arc};

const AT_ONCE: u32 = 200;

pub async fn csv(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Response {
    match history(state, scope, &headers, &pairs).await {
        Ok(response) => response,
        Err(refusal) => refusal.into_response(),
    }
}

async fn history(
    state: AppState,
    scope: Scope,
    headers: &HeaderMap,
    pairs: &Pairs,
) -> Result<Response, Refusal> {
    let reader = Reader::of(headers, &state.service, &scope);
    let sim = sim_of(pairs)?;
    let filter = filter_of(pairs, &reader)?;
    let row = state.service.sim_rows(&scope, &[sim]).pop().ok_or(ServiceError::NotFound)?;
    let number = row.msisdn.map_or_else(|| sim.to_string(), |number| number.national());
    let name = FileName::new(reader.texts, ("連線紀錄", "sessions"), &format!("-{}.csv", name_part(&number)));
    let pages = Pages { service: state.service, scope, sim, filter, reader, identifiers: identifiers(pairs) };
    // The first page before the answer begins, so that what fails at once fails with a status.
    let first = pages.read(None).await?;
    let body = stream::unfold(Some(first), move |piece: Option<Piece>| {
        let pages = pages.clone();
        async move {
            let Piece { octets, next } = piece?;
            let following = match next {
                None => None,
                Some(cursor) => match pages.read(Some(cursor)).await {
                    Ok(piece) => Some(piece),
                    // Breaks the transfer off: half a history is not the history.
                    Err(_) => return Some((Err(io::Error::other("the history could not be read on")), None)),
                },
            };
            Some((Ok::<Bytes, io::Error>(octets), following))
        }
    });
    // Compression asks once more after the end, which `unfold` alone answers by a panic.
    let body = body.fuse();
    Ok((name.headers("text/csv; charset=utf-8"), Body::from_stream(body)).into_response())
}

/// `open=1|0`, `from` and `until` as days of the reader's zone, `until` included.
fn filter_of(pairs: &Pairs, reader: &Reader) -> Result<SessionFilter, Refusal> {
    let open = match pairs.get("open").map(String::as_str).filter(|text| !text.is_empty()) {
        None => None,
        Some("1") => Some(true),
        Some("0") => Some(false),
        Some(other) => return Err(invalid("open", format!("{other:?} is not 1 or 0"))),
    };
    Ok(SessionFilter {
        open,
        from: day_of(pairs, "from")?.map(|day| day.start(reader.zone)),
        until: day_of(pairs, "until")?.map(|day| day.next().start(reader.zone)),
    })
}

#[derive(Clone)]
struct Pages {
    service: Arc<Service>,
    scope: Scope,
    sim: SimId,
    filter: SessionFilter,
    reader: Reader,
    identifiers: Identifiers,
}

struct Piece {
    octets: Bytes,
    next: Option<SessionCursor>,
}

impl Pages {
    async fn read(&self, after: Option<SessionCursor>) -> Result<Piece, Refusal> {
        let page = self
            .service
            .sim_sessions(&self.scope, self.sim, &self.filter, after, AT_ONCE, self.reader.texts.lang)
            .await?;
        let octets = self.lines(&page.sessions, after.is_none()).map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "writing sessions");
            Refusal::Broken
        })?;
        Ok(Piece { octets: octets.into(), next: page.next })
    }

    fn lines(&self, sessions: &[SessionRow], with_header: bool) -> Result<Vec<u8>, ExportError> {
        let header = headings(self.reader.texts.is_chinese());
        let mut out = Vec::new();
        let mut table = CsvTable::new(&mut out, &header, self.identifiers)?;
        table.flush()?;
        for session in sessions {
            table.row(&self.cells(session))?;
        }
        table.flush()?;
        drop(table);
        if with_header {
            return Ok(out);
        }
        // Later pieces go on where the one before ended.
        let line = out.iter().position(|octet| *octet == b'\n').map_or(0, |end| end + 1);
        Ok(out.split_off(line))
    }

    fn cells(&self, session: &SessionRow) -> Vec<Cell> {
        let at = |at: Timestamp| Cell::At(self.reader.local(at));
        let end = session.ended_at.unwrap_or(session.last_update_at);
        let seconds = u64::try_from(end.secs_since(session.started_at)).unwrap_or(0);
        let network = session.network.clone().or_else(|| session.plmn.map(|plmn| plmn.to_string()));
        vec![
            at(session.started_at),
            session.ended_at.map_or(Cell::Empty, at),
            at(session.last_update_at),
            Cell::Count(seconds),
            Cell::text(session.end_cause.map(|cause| self.reader.texts.end_cause(cause))),
            Cell::Count(session.uplink.octets()),
            Cell::Count(session.downlink.octets()),
            Cell::text(session.apn.as_ref().map(|apn| apn.as_str())),
            Cell::text(session.rat.map(|rat| rat.name())),
            Cell::text(network),
            Cell::text(session.cell.and_then(|cell| cell.area).map(|area| area.to_string())),
            Cell::text(session.cell.and_then(|cell| cell.cell).map(|cell| cell.to_string())),
            Cell::identifier(session.imei),
            Cell::text(session.ipv4.as_deref()),
            Cell::text(session.ipv6_prefix.as_deref()),
            Cell::Text(session.nas.clone()),
            Cell::text(session.node.as_deref()),
            Cell::Text(session.acct_session_id.clone()),
        ]
    }
}

fn headings(chinese: bool) -> [&'static str; 18] {
    if chinese {
        [
            "開始時間",
            "結束時間",
            "最近更新",
            "連線秒數",
            "結束原因",
            "上行 (B)",
            "下行 (B)",
            "APN",
            "無線接取",
            "網路",
            "LAC/TAC",
            "Cell ID",
            "IMEI",
            "IPv4",
            "IPv6",
            "閘道",
            "NAS",
            "Acct-Session-Id",
        ]
    } else {
        [
            "Started",
            "Ended",
            "Last update",
            "Seconds",
            "End cause",
            "Uplink (B)",
            "Downlink (B)",
            "APN",
            "Radio",
            "Network",
            "LAC/TAC",
            "Cell ID",
            "IMEI",
            "IPv4",
            "IPv6",
            "Gateway",
            "NAS",
            "Acct-Session-Id",
        ]
    }
}
