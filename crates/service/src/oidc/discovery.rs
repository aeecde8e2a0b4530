//! What a provider says of itself: its addresses and its keys. Kept for an hour; keys are asked for again when a token names
//! one that isn't known, at most once a minute.

use super::{
    Failure,
    http::{Http, Reach},
};
use opencmp_domain::{Timestamp, provider::Refusal};
use openidconnect::{
    AdditionalProviderMetadata, IssuerUrl, JsonWebKeySet, ProviderMetadata,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
        CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    },
};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use url::Url;

const KEPT_SECS: i64 = 3600;
const KEYS_AGAIN_SECS: i64 = 60;

/// What of a provider's metadata the library doesn't know.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct More {
    /// RP-Initiated Logout 1.0 §2.1
    pub end_session_endpoint: Option<Url>,
    /// RFC 9207 §3
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for More {}

pub type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A provider as it describes itself.
#[derive(Debug)]
pub struct Discovered {
    pub metadata: Metadata,
    pub keys: CoreJsonWebKeySet,
    at: Timestamp,
    /// When keys were asked for again last, answered or not.
    again_at: Option<Timestamp>,
}

#[derive(Default)]
pub struct Discovery {
    held: Mutex<FxHashMap<(Reach, String), Arc<Discovered>>>,
}

impl Discovery {
    /// From memory, or asked for.
    pub async fn of(&self, http: &Http, issuer: &str, now: Timestamp) -> Result<Arc<Discovered>, Failure> {
        let key = (http.reach(), issuer.to_owned());
        if let Some(held) = self.held.lock().get(&key)
            && now.secs_since(held.at) < KEPT_SECS
        {
            return Ok(held.clone());
        }
        let asked = IssuerUrl::new(issuer.to_owned()).map_err(Failure::unreachable)?;
        let metadata = Metadata::discover_async(asked, http).await.map_err(Failure::unreachable)?;
        check(&metadata, issuer, http)?;
        let keys = metadata.jwks().clone();
        let found = Arc::new(Discovered { metadata, keys, at: now, again_at: None });
        self.held.lock().insert(key, found.clone());
        Ok(found)
    }

    /// The same with the keys that the provider has now, for a token that names one that isn't known. `None`: they were
    /// asked for a moment ago.
    pub async fn with_keys_of_now(
        &self,
        http: &Http,
        held: &Discovered,
        now: Timestamp,
    ) -> Result<Option<Arc<Discovered>>, Failure> {
        let key = (http.reach(), held.metadata.issuer().as_str().to_owned());
        let with =
            |keys| Discovered { metadata: held.metadata.clone(), keys, at: held.at, again_at: Some(now) };
        {
            let mut all = self.held.lock();
            let asked_at = all.get(&key).map_or(held.again_at, |kept| kept.again_at);
            if asked_at.is_some_and(|asked_at| now.secs_since(asked_at) < KEYS_AGAIN_SECS) {
                // Somebody else may have asked meanwhile.
                return Ok(all.get(&key).filter(|kept| kept.again_at != held.again_at).cloned());
            }
            all.insert(key.clone(), Arc::new(with(held.keys.clone())));
        }
        let keys = JsonWebKeySet::fetch_async(held.metadata.jwks_uri(), http);
        let keys = keys.await.map_err(Failure::unreachable)?;
        let found = Arc::new(with(keys));
        self.held.lock().insert(key, found.clone());
        Ok(Some(found))
    }
}

/// The issuer is the one that was asked for, to the letter (OpenID Connect Discovery 1.0 §4.3), and nothing leads to where
/// providers aren't.
fn check(metadata: &Metadata, issuer: &str, http: &Http) -> Result<(), Failure> {
    if metadata.issuer().as_str() != issuer {
        let why = format!("it calls itself {} and not {issuer}", metadata.issuer().as_str());
        return Err(Failure::new(Refusal::Unreachable, why));
    }
    let Some(token_endpoint) = metadata.token_endpoint() else {
        return Err(Failure::new(Refusal::Unreachable, "it has no token endpoint"));
    };
    let more = metadata.additional_metadata().end_session_endpoint.as_ref();
    let userinfo = metadata.userinfo_endpoint().map(|endpoint| endpoint.url());
    let all = [
        Some(metadata.authorization_endpoint().url()),
        Some(token_endpoint.url()),
        Some(metadata.jwks_uri().url()),
        userinfo,
        more,
    ];
    for url in all.into_iter().flatten() {
        http.allowed(url).map_err(Failure::unreachable)?;
    }
    Ok(())
}

#[cfg(test)]
impl Discovered {
    /// As if it had been asked for.
    pub fn of_test(metadata: Metadata, keys: CoreJsonWebKeySet) -> Self {
        Self { metadata, keys, at: Timestamp(0), again_at: None }
    }
}
