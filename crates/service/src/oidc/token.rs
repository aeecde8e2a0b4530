//! What a provider hands out, and what it proves. The code is exchanged once; the ID token is checked by the rules of
//! OpenID Connect Core 1.0 §3.1.3.7, before anything that it says is believed.

use super::{
    Failure,
    discovery::{Discovered, Discovery, Metadata},
    http::Http,
    rules::Claims,
};
use chrono::{DateTime, Duration, Utc};
use opencmp_domain::{Timestamp, provider::Refusal};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, AsyncHttpClient, AuthType, AuthorizationCode,
    ClaimsVerificationError, Client, ClientId, ClientSecret, EmptyExtraTokenFields, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IdToken, IdTokenFields, IdTokenVerifier, JsonWebTokenType, Nonce,
    OAuth2TokenResponse, PkceCodeVerifier, RedirectUrl, RequestTokenError, SignatureVerificationError,
    StandardErrorResponse, StandardTokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What clocks may differ.
const SKEW: Duration = Duration::minutes(1);
/// An ID token was made for this sign-in: it isn't old.
const OLDEST: Duration = Duration::minutes(10);

/// Signatures by the provider's own key. Never `none`; and none by a secret that we have too.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Every claim beside those that the library knows.
#[derive(Debug, Serialize, Deserialize)]
pub struct Others {
    #[serde(flatten)]
    all: Claims,
}

impl AdditionalClaims for Others {}

pub type Token = IdToken<Others, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Fields = IdTokenFields<
    Others,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
pub type OidcClient = Client<
    Others,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Us, as a provider knows us.
pub struct Registration {
    pub client_id: String,
    pub secret: Option<String>,
    pub redirect: RedirectUrl,
}

impl Registration {
    pub fn client(&self, metadata: &Metadata) -> OidcClient {
        let secret = self.secret.clone().map(ClientSecret::new);
        // RFC 8414 §2: left out, it is the header. A provider that takes only the other form says so.
        let methods = metadata.token_endpoint_auth_methods_supported();
        let by_header =
            methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let how = if by_header { AuthType::BasicAuth } else { AuthType::RequestBody };
        OidcClient::from_provider_metadata(metadata.clone(), ClientId::new(self.client_id.clone()), secret)
            .set_redirect_uri(self.redirect.clone())
            .set_auth_type(how)
    }
}

/// What a code was exchanged for, proven.
pub struct Proven {
    pub issuer: String,
    pub subject: String,
    pub claims: Claims,
    /// For the provider, when they sign out.
    pub id_token: String,
    /// `sid`
    pub session: Option<String>,
}

/// Exchanges the code, and checks what comes. Claims that `wanted` asks for and the ID token lacks are looked for at the
/// provider's UserInfo endpoint.
pub async fn redeem(
    (discovery, http): (&Discovery, &Http),
    discovered: &Discovered,
    registration: &Registration,
    (code, verifier, nonce): (String, String, String),
    wanted: impl Fn(&Claims) -> bool,
    now: Timestamp,
) -> Result<Proven, Failure> {
    let metadata = &discovered.metadata;
    let client = registration.client(metadata);
    let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(Failure::unreachable)?;
    let exchange = exchange.set_pkce_verifier(PkceCodeVerifier::new(verifier)).request_async(http);
    let answer = exchange.await.map_err(|error| match error {
        // The error's code alone: what else it says may quote what was sent.
        RequestTokenError::ServerResponse(said) => {
            Failure::new(Refusal::Unproven, format!("the code was refused: {}", said.error()))
        }
        RequestTokenError::Parse(error, _) => {
            Failure::new(Refusal::Unproven, format!("the answer to the code at {}", error.path()))
        }
        RequestTokenError::Request(error) => Failure::unreachable(error),
        RequestTokenError::Other(why) => Failure::new(Refusal::Unreachable, why),
    })?;
    let Some(token) = answer.extra_fields().id_token() else {
        return Err(Failure::new(Refusal::Unproven, "there is no ID token"));
    };
    let (nonce, client_id) = (Nonce::new(nonce), ClientId::new(registration.client_id.clone()));
    let check = |keys: &Discovered| {
        let expected = Expected { discovered: keys, client_id: &client_id, nonce: &nonce, now: now.utc() };
        expected.check(token, answer.access_token())
    };
    let claims = match check(discovered) {
        Err(Wrong::UnknownKey) => match discovery.with_keys_of_now(http, discovered, now).await? {
            Some(again) => check(&again),
            None => Err(Wrong::UnknownKey),
        },
        checked => checked,
    };
    let mut claims = claims.map_err(Failure::from)?;
    let text = |name: &str, claims: &Claims| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(subject) = text("sub", &claims) else {
        return Err(Failure::new(Refusal::Unproven, "there is no sub"));
    };
    if let Some(endpoint) = metadata.userinfo_endpoint()
        && wanted(&claims)
    {
        let more = userinfo(http, endpoint.as_str(), answer.access_token()).await?;
        if text("sub", &more).as_ref() != Some(&subject) {
            return Err(Failure::new(Refusal::Unproven, "UserInfo is of somebody else"));
        }
        add(&mut claims, more);
    }
    let session = text("sid", &claims);
    let issuer = metadata.issuer().as_str().to_owned();
    Ok(Proven { issuer, subject, claims, id_token: token.to_string(), session })
}

/// What UserInfo says beside the ID token. That an address is verified is said of the address beside it alone.
fn add(claims: &mut Claims, mut more: Claims) {
    if claims.get("email").is_some_and(|email| more.get("email") != Some(email)) {
        more.remove("email_verified");
    }
    for (name, value) in more {
        claims.entry(name).or_insert(value);
    }
}

/// Signed UserInfo (a JWT) isn't read: the answer comes over TLS from the provider itself.
async fn userinfo(http: &Http, endpoint: &str, token: &AccessToken) -> Result<Claims, Failure> {
    let request = openidconnect::http::Request::builder()
        .uri(endpoint)
        .header("accept", "application/json")
        .header("authorization", format!("Bearer {}", token.secret()))
        .body(Vec::new())
        .map_err(Failure::unreachable)?;
    let answer = http.call(request).await.map_err(Failure::unreachable)?;
    if answer.status() != 200 {
        return Err(Failure::new(Refusal::Unreachable, format!("UserInfo answers {}", answer.status())));
    }
    serde_json::from_slice(answer.body()).map_err(Failure::unreachable)
}

/// What is wrong with a token.
#[derive(Debug)]
pub enum Wrong {
    /// Its key isn't among those that are known.
    UnknownKey,
    Other(String),
}

impl From<Wrong> for Failure {
    fn from(wrong: Wrong) -> Self {
        let why = match wrong {
            Wrong::UnknownKey => "the token is signed by a key that isn't the provider's".to_owned(),
            Wrong::Other(why) => why,
        };
        Self::new(Refusal::Unproven, why)
    }
}

impl From<ClaimsVerificationError> for Wrong {
    fn from(error: ClaimsVerificationError) -> Self {
        match error {
            ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
                Self::UnknownKey
            }
            ClaimsVerificationError::SignatureVerification(why) => Self::Other(format!("signature: {why}")),
            other => Self::Other(other.to_string()),
        }
    }
}

/// What a token must agree with.
struct Expected<'a> {
    discovered: &'a Discovered,
    client_id: &'a ClientId,
    nonce: &'a Nonce,
    now: DateTime<Utc>,
}

impl Expected<'_> {
    fn check(&self, token: &Token, access: &AccessToken) -> Result<Claims, Wrong> {
        let verifier = verifier(self.discovered, self.client_id, self.now);
        let claims = token.claims(&verifier, self.nonce)?;
        if claims.authorized_party().is_some_and(|party| party != self.client_id) {
            return Err(Wrong::Other("the token was made for another client (azp)".to_owned()));
        }
        if let Some(said) = claims.access_token_hash() {
            let wrong = |why: String| Wrong::Other(format!("at_hash: {why}"));
            let algorithm = token.signing_alg().map_err(|error| wrong(error.to_string()))?;
            let key = token.signing_key(&verifier).map_err(|error| wrong(error.to_string()))?;
            let hash = AccessTokenHash::from_token(access, algorithm, key);
            if hash.map_err(|error| wrong(error.to_string()))? != *said {
                return Err(wrong("the access token is another's".to_owned()));
            }
        }
        flat(claims)
    }
}

/// By the provider's keys: issuer, audience, signature, exp, iat.
fn verifier<'a>(
    discovered: &Discovered,
    client_id: &ClientId,
    now: DateTime<Utc>,
) -> IdTokenVerifier<'a, CoreJsonWebKey> {
    let (issuer, keys) = (discovered.metadata.issuer().clone(), discovered.keys.clone());
    let issued = move |at: DateTime<Utc>| match at {
        at if at > now + SKEW => Err(format!("issued at {at}, which is still to come")),
        at if at < now - OLDEST - SKEW => Err(format!("issued at {at}, too long ago")),
        _ => Ok(()),
    };
    // Without the secret, so that no token signed by it is ever good (RFC 8725 §2.1).
    IdTokenVerifier::new_public_client(client_id.clone(), issuer, keys)
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now - SKEW)
        .set_issue_time_verifier_fn(issued)
}

fn flat(claims: &impl Serialize) -> Result<Claims, Wrong> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(claims)) => Ok(claims),
        Ok(_) | Err(_) => Err(Wrong::Other("the claims can't be read".to_owned())),
    }
}

/// Whom a token of a logout is about (Back-Channel Logout 1.0 §2.4).
pub struct LoggedOut {
    pub subject: Option<String>,
    pub session: Option<String>,
    /// Makes it good once.
    pub id: String,
    pub expires_at: Timestamp,
}

/// The event that such a token is about.
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Checks a token of a logout. It has the form of an ID token with an event, and without a nonce, so that neither is ever
/// taken for the other.
pub fn check_logout(
    discovered: &Discovered,
    client_id: &str,
    token: &Token,
    now: Timestamp,
) -> Result<LoggedOut, Wrong> {
    let types = ["JWT", "logout+jwt"].map(|name| JsonWebTokenType::new(name.to_owned()).normalize());
    let types: Vec<_> = types.into_iter().flatten().collect();
    let client_id = ClientId::new(client_id.to_owned());
    let verifier = verifier(discovered, &client_id, now.utc()).set_allowed_jose_types(types);
    let no_nonce = |nonce: Option<&Nonce>| match nonce {
        None => Ok(()),
        Some(_) => Err("a token of a logout has none".to_owned()),
    };
    let claims = token.claims(&verifier, no_nonce)?;
    let expires_at = Timestamp::from(claims.expiration());
    let claims = flat(claims)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    let event = claims.get("events").and_then(|events| events.get(LOGOUT_EVENT));
    if !event.is_some_and(Value::is_object) {
        return Err(Wrong::Other("the token is of no logout".to_owned()));
    }
    let Some(id) = text("jti") else {
        return Err(Wrong::Other("the token has no jti".to_owned()));
    };
    Ok(LoggedOut {
        subject: text("sub"),
        session: text("sid"),
        id,
        expires_at: expires_at.plus_secs(SKEW.num_seconds()),
    })
}

#[cfg(test)]
mod tests;
