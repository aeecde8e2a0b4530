//! The radio network's cells, in the columns of OpenCelliD's files that say something here, and their names: what the import reads.

use super::{FileName, Pairs, Reader, Refusal, invalid};
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
    Scope,
    cell::{Cell, CellFilter, CellKey, CellLine, Position},
    text::no_formula,
};
use opencmp_service::ServiceError;

const AT_ONCE: u32 = 1000;
const HEADER: &str = "\u{FEFF}radio,plmn,mcc,net,area,cell,lon,lat,range,name\r\n";

pub async fn csv(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Query(pairs): Query<Pairs>,
) -> Result<Response, Refusal> {
    let reader = Reader::of(&headers, &state.service, &scope);
    let filter = filter_of(&pairs)?;
    let day = reader.local(state.service.clock().now()).format("-%Y%m%d.csv").to_string();
    let name = FileName::new(reader.texts, ("基地台", "cells"), &day);
    // The first piece before the headers: what goes wrong is told with a status.
    let first = state.service.cells_after(&scope, &filter, None, AT_ONCE).await?;
    let pieces = stream::try_unfold((Some(first), None::<CellKey>), move |(ready, after)| {
        let (service, scope, filter) = (state.service.clone(), scope.clone(), filter.clone());
        async move {
            let begins = ready.is_some();
            let piece = match ready {
                Some(piece) => piece,
                None if after.is_none() => return Ok(None),
                None => service.cells_after(&scope, &filter, after, AT_ONCE).await?,
            };
            let full = piece.len() == AT_ONCE as usize;
            let last = piece.last().filter(|_| full).map(|line| line.cell.key);
            let header = if begins { HEADER } else { "" };
            let lines: String = piece.iter().map(line).collect();
            Ok::<_, ServiceError>(Some((Bytes::from(format!("{header}{lines}")), (None, last))))
        }
    });
    // Compression asks once more after the end, which an unfolded stream alone answers by a panic.
    Ok((name.headers("text/csv; charset=utf-8"), Body::from_stream(pieces.fuse())).into_response())
}

/// `network=46692`, `radio=LTE`, `text=…`, as the page has them.
fn filter_of(pairs: &Pairs) -> Result<CellFilter, Refusal> {
    let given = |name: &str| pairs.get(name).filter(|text| !text.is_empty());
    let plmn = given("network").map(|text| text.parse()).transpose();
    let plmn =
        plmn.map_err(|error: opencmp_domain::InvalidIdentifier| invalid("network", error.to_string()))?;
    let radio = given("radio").map(|text| text.parse()).transpose();
    let radio = radio.map_err(|message: String| invalid("radio", message))?;
    Ok(CellFilter { plmn, radio, text: given("text").cloned().unwrap_or_default() })
}

/// Numbers are ours and stay numbers, negative ones too; a name is somebody's.
fn line(CellLine { cell, .. }: &CellLine) -> String {
    let Cell { key, name, position, reach } = cell;
    let network = key.plmn.to_string();
    let (mcc, mnc) = network.split_at(3);
    let (longitude, latitude) = (
        position.map(Position::longitude).unwrap_or_default(),
        position.map(Position::latitude).unwrap_or_default(),
    );
    let reach = reach.map(|reach| reach.to_string()).unwrap_or_default();
    let name = no_formula(name.as_deref().unwrap_or_default()).replace('"', "\"\"");
    let (radio, area, number) = (key.radio, key.area, key.cell);
    format!("{radio},{network},{mcc},{mnc},{area},{number},{longitude},{latitude},{reach},\"{name}\"\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::{Timestamp, cell::Radio};
    use opencmp_service::cells::read::read_cells_text;

    #[test]
    fn what_is_written_is_read_back() {
        let cell = |cell: u64, name: Option<&str>, position| Cell {
            key: CellKey { plmn: "31030".parse().unwrap(), radio: Radio::Nr, area: 70_000, cell },
            name: name.map(str::to_owned),
            position,
            reach: position.map(|_| 1200),
        };
        let cells = [
            cell(1 << 35, Some("A \"1\", 北屯"), Position::parse("-25.033912", "-121.5645")),
            cell(7, None, None),
            cell(8, Some("-1 F"), None),
        ];
        let mut file = HEADER.to_owned();
        file.extend(
            cells.iter().map(|cell| line(&CellLine { cell: cell.clone(), changed_at: Timestamp(0) })),
        );
        let (read, errors) = read_cells_text(&file).unwrap();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(read.into_iter().map(|line| line.cell).collect::<Vec<_>>(), cells);
    }

    #[test]
    fn no_name_becomes_a_formula() {
        let key = CellKey { plmn: "46692".parse().unwrap(), radio: Radio::Lte, area: 1, cell: 2 };
        let cell = Cell { key, name: Some("=1+1".to_owned()), position: None, reach: None };
        assert_eq!(
            line(&CellLine { cell, changed_at: Timestamp(0) }),
            "LTE,46692,466,92,1,2,,,,\"'=1+1\"\r\n"
        );
    }
}
