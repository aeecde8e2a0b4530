//! Inventory files, as octets: what is in them is found out by the service, their encoding too.

use super::{AppState, Listed};
use axum::{
    Extension, Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use opencmp_app::{api::ApiError, request::status_of};
use opencmp_domain::{Scope, TenantId, stock::MOST_FILE_MIB};
use opencmp_service::stock::FileUse;
use serde::Deserialize;

pub fn routes() -> Listed {
    let mut listed = Listed::new().post("/upload/sims", sims);
    // What is a little too large is read to its end and told so; of more the connection is closed.
    listed.router = listed.router.layer(DefaultBodyLimit::max(2 * MOST_OCTETS));
    listed
}

const MOST_OCTETS: usize = MOST_FILE_MIB * 1024 * 1024;

#[derive(Deserialize)]
struct Asked {
    /// Whose the SIMs become; left out: the stock's.
    tenant: Option<i64>,
    #[serde(default)]
    then: Then,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Then {
    #[default]
    Preview,
    Apply,
    ApplyGood,
}

async fn sims(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    Query(asked): Query<Asked>,
    file: Result<Bytes, BytesRejection>,
) -> Response {
    let file = match file {
        Ok(file) if file.len() <= MOST_OCTETS => file,
        _ => {
            let message = format!("the file is larger than {MOST_FILE_MIB} MiB: split it");
            return refuse(&ApiError::Invalid { field: "file".to_owned(), message });
        }
    };
    let then = match asked.then {
        Then::Preview => FileUse::Preview,
        Then::Apply => FileUse::Apply,
        Then::ApplyGood => FileUse::ApplyGood,
    };
    let done = state.service.stock_import(&scope, asked.tenant.map(TenantId), file.to_vec(), then).await;
    match done {
        Ok(outcome) => Json(outcome).into_response(),
        Err(error) => refuse(&error.into()),
    }
}

fn refuse(error: &ApiError) -> Response {
    (status_of(error), Json(error)).into_response()
}
