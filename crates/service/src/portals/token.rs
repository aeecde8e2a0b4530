//! What a portal's backend puts into its page: says which portal's frame, of which page, within which groups, framed by
//! whom, until when. `base64url(JSON).base64url(HMAC-SHA256)`; good once, which is the database's to say.

use crate::{
    Result, Service, ServiceError,
    people::{Network, Token, Visitor, Way},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hmac::{Hmac, KeyInit, Mac};
use opencmp_domain::{
    GroupId, Lang, PortalId, Scope, TenantId, Timestamp,
    portal::{FramePage, FrameRefusal},
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use tokio::sync::OnceCell;

/// How long a token may be good, and is if nothing is said.
const MOST_SECS: i64 = 300;
const SECS: i64 = 60;
/// The most characters of a token: what is longer isn't looked at.
const MOST_TOKEN: usize = 16_384;
/// Appearances, as pages have them.
const THEMES: [&str; 3] = ["auto", "light", "dark"];

/// What a backend asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameAsk {
    pub page: String,
    /// Within the portal's own. Nothing said: as the portal.
    #[serde(default)]
    pub groups: Option<Vec<GroupAsked>>,
    pub origin: String,
    #[serde(default)]
    pub lang: Option<String>,
    #[serde(default)]
    pub theme: Option<String>,
    #[serde(default)]
    pub expires_secs: Option<i64>,
}

/// A group by its id, or by its name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum GroupAsked {
    Id(GroupId),
    Name(String),
}

/// A token, and what the page needs beside it.
pub struct FrameGrant {
    pub token: String,
    pub portal: PortalId,
    pub lang: Lang,
    pub theme: &'static str,
    pub expires_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payload {
    /// Its own: each is good once.
    pub id: String,
    pub portal: PortalId,
    pub tenant: TenantId,
    pub groups: Option<Vec<GroupId>>,
    pub page: FramePage,
    pub origin: String,
    pub lang: String,
    pub theme: String,
    pub expires_at: Timestamp,
}

impl Payload {
    pub(super) fn refused(self, why: FrameRefusal) -> Refused {
        Refused { why, parent_origin: Some(self.origin) }
    }
}

/// Why a frame wasn't let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub why: FrameRefusal,
    /// Who may be told, where the token was ours.
    pub parent_origin: Option<String>,
}

/// Signs with a key that the database keeps, so that whoever works on the same one agrees.
#[derive(Default)]
pub struct Signer(OnceCell<Key>);

struct Key(Hmac<Sha256>);

impl Key {
    fn new(secret: &str) -> Result<Self> {
        let keyed = Hmac::new_from_slice(secret.as_bytes()).map_err(|error| {
            tracing::error!(%error, "the key for tokens of frames can't be used");
            ServiceError::Unavailable
        })?;
        Ok(Self(keyed))
    }

    fn sign(&self, payload: &Payload) -> Result<String> {
        let json = serde_json::to_vec(payload).map_err(|error| {
            tracing::error!(%error, "a token for a frame can't be written");
            ServiceError::Unavailable
        })?;
        let said = BASE64.encode(json);
        let mac = self.0.clone().chain_update(&said).finalize().into_bytes();
        Ok(format!("{said}.{}", BASE64.encode(mac)))
    }

    /// What a token says, whoever brings it and whenever.
    fn read(&self, token: &str) -> Option<Payload> {
        let (said, mac) = token.split_once('.').filter(|_| token.len() <= MOST_TOKEN)?;
        let mac = BASE64.decode(mac).ok()?;
        self.0.clone().chain_update(said).verify_slice(&mac).ok()?;
        serde_json::from_slice(&BASE64.decode(said).ok()?).ok()
    }
}

impl Service {
    async fn signing_key(&self) -> Result<&Key> {
        let make = async || {
            let held = self.store.embed_key(Token::random()?.expose()).await?;
            Key::new(&held)
        };
        self.signer.0.get_or_try_init(make).await
    }

    /// A token for a frame, for whoever has a portal's key. Errors: `Forbidden` (no portal has this key), `Invalid` (page,
    /// groups, origin, lang, theme, expires_secs), `TooMany`.
    pub async fn frame_token(
        &self,
        visitor: &Visitor,
        key: Option<&str>,
        ask: &FrameAsk,
    ) -> Result<FrameGrant> {
        let (now, network) = (self.clock.now(), Network::of(visitor.address));
        let tried = self.throttle.begin_way(Way::Portal, network, now);
        tried.map_err(|wait_secs| ServiceError::TooMany { wait_secs })?;
        let portal = match key.and_then(Token::parse) {
            Some(key) => self.store.portal_by_key(&key.hash()).await?,
            None => None,
        };
        let Some(portal) = portal else {
            tracing::info!(from = ?visitor.address, "a key that no portal has");
            return Err(ServiceError::Forbidden);
        };
        self.throttle.way_succeeded(Way::Portal, network, 1);
        let page = FramePage::try_from(ask.page.clone()).map_err(|message| invalid("page", message))?;
        let origin = super::check::origin(&ask.origin).filter(|origin| portal.said.origins.contains(origin));
        let origin = origin.ok_or_else(|| invalid("origin", "is none of the portal's origins"))?;
        let lang = match &ask.lang {
            Some(code) => Lang::parse(code).ok_or_else(|| invalid("lang", "is zh-TW or en"))?,
            None => Lang::default(),
        };
        let wanted = ask.theme.as_deref().unwrap_or("auto");
        let theme = THEMES.into_iter().find(|theme| *theme == wanted);
        let theme = theme.ok_or_else(|| invalid("theme", "is auto, light or dark"))?;
        let secs = ask.expires_secs.unwrap_or(SECS);
        if !(1..=MOST_SECS).contains(&secs) {
            return Err(invalid("expires_secs", format!("is 1 to {MOST_SECS}")));
        }
        let scope = self.scope_of_portal(&portal, visitor);
        let groups = ask.groups.as_deref().map(|asked| self.groups_asked(&scope, asked)).transpose()?;
        let expires_at = now.plus_secs(secs);
        let payload = Payload {
            id: Token::random()?.expose().to_owned(),
            portal: portal.id,
            tenant: portal.tenant,
            groups,
            page,
            origin,
            lang: lang.code().to_owned(),
            theme: theme.to_owned(),
            expires_at,
        };
        let token = self.signing_key().await?.sign(&payload)?;
        Ok(FrameGrant { token, portal: portal.id, lang, theme, expires_at })
    }

    /// Those of `scope`, which is the portal's: what is elsewhere isn't there.
    fn groups_asked(&self, scope: &Scope, asked: &[GroupAsked]) -> Result<Vec<GroupId>> {
        let held = self.groups(scope);
        let find = |asked: &GroupAsked| {
            let is = |id: GroupId, name: &str| match asked {
                GroupAsked::Id(wanted) => id == *wanted,
                GroupAsked::Name(wanted) => name == wanted,
            };
            let found = held.iter().find(|group| is(group.id, &group.name)).map(|group| group.id);
            found.ok_or_else(|| invalid("groups", "names a group that the portal doesn't have"))
        };
        if asked.is_empty() {
            return Err(invalid("groups", "name at least one group, or leave it out"));
        }
        asked.iter().map(find).collect()
    }

    /// What a token says to this portal's frame, if it is ours and in time.
    pub(super) async fn frame_token_read(
        &self,
        portal: PortalId,
        token: &str,
    ) -> Result<std::result::Result<Payload, Refused>> {
        let read = self.signing_key().await?.read(token);
        Ok(match read.filter(|payload| payload.portal == portal) {
            None => Err(Refused { why: FrameRefusal::Invalid, parent_origin: None }),
            Some(payload) if payload.expires_at <= self.clock.now() => {
                Err(payload.refused(FrameRefusal::Expired))
            }
            Some(payload) => Ok(payload),
        })
    }
}

fn invalid(field: &'static str, message: impl Into<String>) -> ServiceError {
    ServiceError::Invalid { field, message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload() -> Payload {
        Payload {
            id: "1".into(),
            portal: PortalId(3),
            tenant: TenantId(7),
            groups: Some(vec![GroupId(2)]),
            page: "/sims?state=active".to_owned().try_into().unwrap(),
            origin: "https://portal.example".into(),
            lang: "en".into(),
            theme: "dark".into(),
            expires_at: Timestamp(60),
        }
    }

    #[test]
    fn a_token_reads_back_where_it_was_signed_and_as_it_was_signed() {
        let (key, other) = (Key::new("one").unwrap(), Key::new("another").unwrap());
        let token = key.sign(&payload()).unwrap();
        assert_eq!(key.read(&token), Some(payload()));
        assert_eq!(other.read(&token), None);
        for at in 0..token.len() {
            let mut octets = token.clone().into_bytes();
            octets[at] = if octets[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(key.read(std::str::from_utf8(&octets).unwrap()), None, "changed at {at}");
        }
        for broken in ["", ".", "a", &token[..token.len() - 1], &format!("{token}.x"), &"a".repeat(20_000)] {
            assert_eq!(key.read(broken), None);
        }
    }
}
