//! Files of SIMs and of cells, as octets: what is in them is found out by the service, their encoding too.

use super::{AppState, Listed};
use axum::{
    Extension, Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use opencmp_app::{api::ApiError, request::status_of};
use opencmp_domain::{
    Scope, TenantId,
    stock::{ImportOutcome, MOST_FILE_MIB},
};
use opencmp_service::{ServiceError, stock::FileUse};
use serde::Deserialize;

pub fn routes() -> Listed {
    let mut listed = Listed::new().post("/upload/sims", sims).post("/upload/cells", cells);
    // What is a little too large is read to its end and told so; of more the connection is closed.
    listed.router = listed.router.layer(DefaultBodyLimit::max(2 * MOST_OCTETS));
    listed
}

const MOST_OCTETS: usize = MOST_FILE_MIB * 1024 * 1024;

#[derive(Deserialize)]
struct Asked {
    /// Whose the SIMs become; left out: the stock's. Cells are nobody's.
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

impl From<Then> for FileUse {
    fn from(then: Then) -> Self {
        match then {
            Then::Preview => Self::Preview,
            Then::Apply => Self::Apply,
            Then::ApplyGood => Self::ApplyGood,
        }
    }
}

async fn sims(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    Query(asked): Query<Asked>,
    file: Result<Bytes, BytesRejection>,
) -> Response {
    let file = match whole(file) {
        Ok(file) => file,
        Err(refused) => return refuse(&refused),
    };
    let tenant = asked.tenant.map(TenantId);
    answer(state.service.stock_import(&scope, tenant, file, asked.then.into()).await)
}

async fn cells(
    State(state): State<AppState>,
    Extension(scope): Extension<Scope>,
    Query(asked): Query<Asked>,
    file: Result<Bytes, BytesRejection>,
) -> Response {
    match whole(file) {
        Ok(file) => answer(state.service.cells_import(&scope, file, asked.then.into()).await),
        Err(refused) => refuse(&refused),
    }
}

fn whole(file: Result<Bytes, BytesRejection>) -> Result<Vec<u8>, ApiError> {
    match file {
        Ok(file) if file.len() <= MOST_OCTETS => Ok(file.to_vec()),
        _ => {
            let message = format!("the file is larger than {MOST_FILE_MIB} MiB: split it");
            Err(ApiError::Invalid { field: "file".to_owned(), message })
        }
    }
}

fn answer(done: Result<ImportOutcome, ServiceError>) -> Response {
    match done {
        Ok(outcome) => Json(outcome).into_response(),
        Err(error) => refuse(&error.into()),
    }
}

fn refuse(error: &ApiError) -> Response {
    (status_of(error), Json(error)).into_response()
}
