//! Server functions around portals: what a tenant's administrator sets up, and how a frame comes in.

use super::ApiError;
#[cfg(feature = "ssr")]
use crate::request::{SignInCookie, backend, backend_because, set_cookie};
use leptos::{prelude::*, server_fn::codec::Json};
use opencmp_domain::{
    PortalId, Reason,
    portal::{FramePage, FrameRefusal, Portal, PortalSaid},
};
use serde::{Deserialize, Serialize};

/// What a frame is told for its token.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Exchange {
    /// It is in. `bearer` stands for the cookie where browsers refuse that.
    In {
        page: FramePage,
        parent_origin: String,
        bearer: String,
    },
    Refused {
        why: FrameRefusal,
        parent_origin: Option<String>,
    },
}

/// Asked by the script of the first page (`public/frame.js`). The token is used up.
#[server(name = EmbedExchangeFn, prefix = "/fn", endpoint = "embed_exchange", input = Json)]
pub async fn embed_exchange(portal: PortalId, token: String) -> Result<Exchange, ApiError> {
    let service = crate::request::service()?;
    Ok(match service.frame_enter(portal, &token).await? {
        Ok(entered) => {
            let bearer = entered.token.expose().to_owned();
            let cookie = use_context::<SignInCookie>();
            let secs = opencmp_service::portals::FRAME_SECS;
            if let Some(cookie) = cookie.and_then(|cookie| cookie.set_framed(&bearer, secs)) {
                set_cookie(&cookie);
            }
            Exchange::In { page: entered.page, parent_origin: entered.parent_origin, bearer }
        }
        Err(refused) => Exchange::Refused { why: refused.why, parent_origin: refused.parent_origin },
    })
}

/// Of the tenant in reach, by name.
#[server(name = PortalsFn, prefix = "/fn", endpoint = "portals", input = Json)]
pub async fn portals() -> Result<Vec<Portal>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.portals(&scope).await?)
}

/// Adds a portal, and answers its key; or changes the one with this id.
#[server(name = PortalSaveFn, prefix = "/fn", endpoint = "portal_save", input = Json)]
pub async fn portal_save(id: Option<PortalId>, said: PortalSaid) -> Result<Option<String>, ApiError> {
    let (service, scope) = backend()?;
    Ok(match id {
        Some(id) => {
            service.portal_update(&scope, id, &said).await?;
            None
        }
        None => Some(service.portal_add(&scope, &said).await?.1.expose().to_owned()),
    })
}

/// Another key; the one before is void.
#[server(name = PortalKeyFn, prefix = "/fn", endpoint = "portal_key", input = Json)]
pub async fn portal_key(id: PortalId, why: Option<Reason>) -> Result<String, ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.portal_key_renew(&scope, id).await?.expose().to_owned())
}

#[server(name = PortalRemoveFn, prefix = "/fn", endpoint = "portal_remove", input = Json)]
pub async fn portal_remove(id: PortalId, why: Option<Reason>) -> Result<(), ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.portal_remove(&scope, id).await?)
}
