//! The audit log as a file that `opencmp audit verify` checks: the whole chain, an entry a line.

use super::{FileName, Reader, Refusal};
use crate::http::AppState;
use axum::{
    Extension,
    body::{Body, Bytes},
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use futures::stream;
use opencmp_domain::Scope;
use opencmp_service::{ServiceError, audit::export_line};

pub async fn jsonl(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let reader = Reader::of(&headers, &state.service, &scope);
    let day = reader.local(state.service.clock().now()).format("-%Y%m%d.jsonl").to_string();
    let name = FileName::new(reader.texts, ("操作紀錄", "audit"), &day);
    // The first piece before the headers: what goes wrong is told with a status.
    let first = state.service.audit_export(&scope, 0).await?;
    let pieces = stream::try_unfold((Some(first), 0), move |(ready, after)| {
        let (service, scope) = (state.service.clone(), scope.clone());
        async move {
            let piece = match ready {
                Some(piece) => piece,
                None => service.audit_export(&scope, after).await?,
            };
            let Some(last) = piece.last().map(|sealed| sealed.seq) else {
                return Ok::<_, ServiceError>(None);
            };
            let text: String = piece.iter().map(export_line).collect();
            Ok(Some((Bytes::from(text), (None, last))))
        }
    });
    Ok((name.headers("application/x-ndjson"), Body::from_stream(pieces)).into_response())
}
