//! Server functions of the radio network's cells. Files of them go by [`stock::upload`](super::stock::upload).

use super::ApiError;
#[cfg(feature = "ssr")]
use crate::request::{backend, backend_because, lang_of_request};
use leptos::{prelude::*, server_fn::codec::Json};
use opencmp_domain::{
    Reason,
    cell::{Cell, CellFilter, CellKey, CellNetwork, CellPage},
};

#[server(name = CellNetworksFn, prefix = "/fn", endpoint = "cell_networks", input = Json)]
pub async fn cell_networks() -> Result<Vec<CellNetwork>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.cell_networks(&scope, lang_of_request()).await?)
}

#[server(name = CellPageFn, prefix = "/fn", endpoint = "cell_page", input = Json)]
pub async fn cell_page(filter: CellFilter, page: u32) -> Result<CellPage, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.cell_page(&scope, &filter, page).await?)
}

/// Adds a cell (`new`), or replaces what is said of one.
#[server(name = CellSaveFn, prefix = "/fn", endpoint = "cell_save", input = Json)]
pub async fn cell_save(cell: Cell, new: bool) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    Ok(service.cell_save(&scope, &cell, new).await?)
}

#[server(name = CellRemoveFn, prefix = "/fn", endpoint = "cell_remove", input = Json)]
pub async fn cell_remove(key: CellKey, why: Option<Reason>) -> Result<(), ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.cell_remove(&scope, key).await?)
}

/// All that the filter means, if it is as many as expected.
#[server(name = CellsRemoveFn, prefix = "/fn", endpoint = "cells_remove", input = Json)]
pub async fn cells_remove(filter: CellFilter, expected: u64, why: Option<Reason>) -> Result<(), ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.cells_remove(&scope, &filter, expected).await?)
}
