//! A token lets a frame in, once.

use super::token::Refused;
use crate::{Result, Service, ServiceError, people::Token};
use opencmp_domain::{
    PortalId,
    portal::{FramePage, FrameRefusal, Portal},
};
use opencmp_store::{FrameLetIn, FrameToken};

/// How long a frame goes on, used or not: one that only watches the live stream asks for nothing.
pub const FRAME_SECS: i64 = 8 * 3600;

/// A frame that was let in.
#[derive(Clone, Debug)]
pub struct Entered {
    /// With what it proves itself from here on.
    pub token: Token,
    pub page: FramePage,
    /// Whom it speaks to.
    pub parent_origin: String,
}

impl Service {
    /// Whose pages may frame the portal's first page. `None`: there is no such portal.
    pub async fn portal_framed_by(&self, id: PortalId) -> Result<Option<Portal>> {
        Ok(self.store.portal(id).await?)
    }

    /// Uses up a token of this portal's and lets its frame in.
    pub async fn frame_enter(
        &self,
        portal: PortalId,
        token: &str,
    ) -> Result<std::result::Result<Entered, Refused>> {
        let payload = match self.frame_token_read(portal, token).await? {
            Ok(payload) => payload,
            Err(refused) => return Ok(Err(refused)),
        };
        let held = self.store.portal(portal).await?;
        let stands = held
            .is_some_and(|held| held.tenant == payload.tenant && held.said.origins.contains(&payload.origin));
        if !stands {
            return Ok(Err(payload.refused(FrameRefusal::Withdrawn)));
        }
        let (now, proof) = (self.clock.now(), Token::random()?);
        let let_in = FrameLetIn {
            groups: payload.groups.clone(),
            page: payload.page.as_str().to_owned(),
            parent_origin: payload.origin.clone(),
            lang: payload.lang.clone(),
            theme: payload.theme.clone(),
        };
        let used = FrameToken { id: &payload.id, expires_at: payload.expires_at };
        let (hash, until) = (proof.hash(), now.plus_secs(FRAME_SECS));
        match self.store.frame_let_in(used, portal, &let_in, &hash, now, until).await.map_err(Into::into) {
            Ok(true) => Ok(Ok(Entered { token: proof, page: payload.page, parent_origin: payload.origin })),
            Ok(false) => Ok(Err(payload.refused(FrameRefusal::Used))),
            // Removed meanwhile.
            Err(ServiceError::NotFound) => Ok(Err(payload.refused(FrameRefusal::Withdrawn))),
            Err(error) => Err(error),
        }
    }
}
