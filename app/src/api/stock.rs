//! Server functions of the operator's stock, and the way of an inventory file to the server.

use super::ApiError;
#[cfg(feature = "ssr")]
use crate::request::backend;
use leptos::{prelude::*, server_fn::codec::Json};
use opencmp_domain::{
    TenantId,
    sim::{GroupChoice, TenantChoice},
    stock::{Allocation, AllocationReport, ImportOutcome, StockFilter, StockPage, StockSummary},
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Who has how many SIMs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stock {
    pub summary: StockSummary,
    pub tenants: Vec<TenantChoice>,
}

#[server(name = StockFn, prefix = "/fn", endpoint = "stock", input = Json)]
pub async fn stock() -> Result<Stock, ApiError> {
    let (service, scope) = backend()?;
    Ok(Stock { summary: service.stock_summary(&scope).await?, tenants: service.tenants(&scope) })
}

#[server(name = StockPageFn, prefix = "/fn", endpoint = "stock_page", input = Json)]
pub async fn stock_page(filter: StockFilter, page: u32) -> Result<StockPage, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.stock_page(&scope, &filter, page).await?)
}

#[server(name = StockGroupsFn, prefix = "/fn", endpoint = "stock_groups", input = Json)]
pub async fn stock_groups(tenant: TenantId) -> Result<Vec<GroupChoice>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.stock_groups(&scope, tenant)?)
}

/// `expected`: how many SIMs must go; `None`: says what would be done.
#[server(name = StockAllocateFn, prefix = "/fn", endpoint = "stock_allocate", input = Json)]
pub async fn stock_allocate(
    allocation: Allocation,
    filter: StockFilter,
    expected: Option<u64>,
) -> Result<AllocationReport, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.stock_allocate(&scope, allocation, &filter, expected).await?)
}

/// What the server does with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    Preview,
    /// All of it or nothing.
    Apply,
    /// The lines that are right.
    ApplyGood,
}

/// Sends a file (or pasted text) as it is to the address that takes it. In the browser.
pub async fn upload(
    to: &str,
    file: &JsValue,
    tenant: Option<TenantId>,
    then: Then,
) -> Result<ImportOutcome, ApiError> {
    let then = match then {
        Then::Preview => "preview",
        Then::Apply => "apply",
        Then::ApplyGood => "apply_good",
    };
    let mut pairs = vec![("then", then.to_owned())];
    pairs.extend(tenant.map(|tenant| ("tenant", tenant.to_string())));
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(file);
    let address = crate::dom::url(to, &pairs);
    let sent = JsFuture::from(window().fetch_with_str_and_init(&address, &init)).await;
    let response: web_sys::Response =
        sent.ok().and_then(|response| response.dyn_into().ok()).ok_or(ApiError::Network)?;
    let text = response.text().map_err(|_| ApiError::Network)?;
    let text = JsFuture::from(text).await.ok().and_then(|text| text.as_string()).ok_or(ApiError::Network)?;
    if response.ok() {
        return crate::json::read(&text).map_err(|_| ApiError::Unavailable);
    }
    Err(crate::json::read(&text).unwrap_or(ApiError::Unavailable))
}
