//! To a provider and back. [`Service::provider_begin`] sends somebody there; [`Service::provider_finish`] takes them back,
//! proves who they are, finds or makes their person, and signs them in as a password would.

use super::{
    Failure, Oidc,
    rules::{self, Claims},
    token::{self, Proven, Registration},
};
use crate::{
    Service,
    people::{Network, Token, Visitor, Way},
};
use opencmp_domain::{
    people::Stage,
    provider::{Provider, Refusal},
};
use opencmp_store::{ProviderRequest, ProviderSignIn};
use openidconnect::{
    AuthenticationContextClass, CsrfToken, LanguageTag, Nonce, PkceCodeChallenge, PkceCodeVerifier, Scope,
    core::CoreAuthenticationFlow,
};
use std::sync::Arc;

/// As long as it may take to sign in at the provider.
const AWAY_SECS: i64 = 10 * 60;

/// Where to send somebody, and what their browser is to be known by when it comes back.
pub struct Begun {
    pub address: String,
    pub browser: Token,
}

/// What a browser brings back from a provider, as it stands in the address.
#[derive(Clone, Default, serde::Deserialize)]
pub struct Answer {
    #[serde(default)]
    pub state: String,
    pub code: Option<String>,
    pub error: Option<String>,
    /// RFC 9207
    pub iss: Option<String>,
}

/// Somebody is signed in, or has a second factor still to show.
pub struct Finished {
    pub token: Token,
    pub stage: Stage,
    pub way_on: String,
    pub slug: String,
}

/// They aren't, and where they came from if that is known.
#[derive(Debug)]
pub struct Refused {
    pub refusal: Refusal,
    pub slug: Option<String>,
}

impl Service {
    /// Sends a browser to a provider. `way_on`: an address of ours. `browser`: what it is known by already.
    pub async fn provider_begin(
        &self,
        visitor: &Visitor,
        slug: &str,
        way_on: &str,
        browser: Option<Token>,
        locale: &str,
    ) -> Result<Begun, Refusal> {
        let begun = self.begin(visitor, slug, way_on, browser, locale).await;
        begun.map_err(|failure| failure.told(slug, visitor))
    }

    async fn begin(
        &self,
        visitor: &Visitor,
        slug: &str,
        way_on: &str,
        browser: Option<Token>,
        locale: &str,
    ) -> Result<Begun, Failure> {
        let now = self.clock.now();
        // Counts until they are back, as a try: whoever comes back with a proof takes it back.
        let network = Network::of(visitor.address);
        self.throttle
            .begin_way(Way::Provider, network, now)
            .map_err(|_| Failure::new(Refusal::TooMany, "begun too often"))?;
        let provider = self.store.provider_by_slug(slug).await?.filter(|provider| provider.said.enabled);
        let provider = provider.ok_or_else(|| Failure::new(Refusal::NoProvider, "there is none"))?;
        let oidc = self.oidc()?;
        let discovered = oidc.discovery.of(oidc.http_of(&provider), &provider.said.issuer, now).await?;
        let registration = self.registration(oidc, &provider).await?;
        let browser = browser.map_or_else(Token::random, Ok)?;
        let [state, nonce, verifier] = [Token::random()?, Token::random()?, Token::random()?];
        let request = ProviderRequest {
            provider: provider.id,
            browser: browser.hash(),
            nonce: nonce.expose().to_owned(),
            verifier: verifier.expose().to_owned(),
            way_on: way_on.to_owned(),
        };
        let expires_at = now.plus_secs(AWAY_SECS);
        self.store.provider_request_keep(&state.hash(), &request, now, expires_at).await?;
        let client = registration.client(&discovered.metadata);
        let proof = PkceCodeVerifier::new(request.verifier);
        let mut asking = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state.expose().to_owned()),
                move || Nonce::new(nonce.expose().to_owned()),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&proof))
            .add_ui_locale(LanguageTag::new(locale.to_owned()));
        // The library asks for openid itself.
        for scope in provider.said.scopes.split_whitespace().filter(|scope| *scope != "openid") {
            asking = asking.add_scope(Scope::new(scope.to_owned()));
        }
        for value in &provider.said.second_factor {
            asking = asking.add_auth_context_value(AuthenticationContextClass::new(value.clone()));
        }
        let (address, ..) = asking.url();
        Ok(Begun { address: address.into(), browser })
    }

    /// Takes a browser back. Its token changes, as with a password.
    pub async fn provider_finish(
        &self,
        visitor: &Visitor,
        browser: Option<Token>,
        answer: Answer,
    ) -> Result<Finished, Refused> {
        let mut slug = None;
        let finished = self.finish(visitor, browser, answer, &mut slug).await;
        finished.map_err(|failure| {
            let refusal = failure.told(slug.as_deref().unwrap_or("-"), visitor);
            Refused { refusal, slug }
        })
    }

    async fn finish(
        &self,
        visitor: &Visitor,
        browser: Option<Token>,
        answer: Answer,
        slug: &mut Option<String>,
    ) -> Result<Finished, Failure> {
        let (now, network) = (self.clock.now(), Network::of(visitor.address));
        self.throttle
            .begin_way(Way::Provider, network, now)
            .map_err(|_| Failure::new(Refusal::TooMany, "tried too often"))?;
        let stale = |why| Failure::new(Refusal::Stale, why);
        let state = Token::parse(&answer.state).ok_or_else(|| stale("the state is none of ours"))?;
        let request = self.store.provider_request_take(&state.hash(), now).await?;
        let request = request.ok_or_else(|| stale("the state was used, is past its time, or never was"))?;
        if browser.map(|browser| browser.hash()).as_ref() != Some(&request.browser) {
            return Err(stale("it was begun in another browser"));
        }
        let provider = self.store.provider(request.provider).await?.filter(|provider| provider.said.enabled);
        let provider = provider.ok_or_else(|| Failure::new(Refusal::NoProvider, "it is switched off"))?;
        *slug = Some(provider.said.slug.clone());
        let oidc = self.oidc()?;
        let http = oidc.http_of(&provider);
        let discovered = oidc.discovery.of(http, &provider.said.issuer, now).await?;
        // Who answers is who was asked (RFC 9207), before anything of the answer is used.
        let says_issuer =
            discovered.metadata.additional_metadata().authorization_response_iss_parameter_supported;
        match &answer.iss {
            Some(issuer) if *issuer != provider.said.issuer => {
                return Err(Failure::new(Refusal::Unproven, "the answer is another issuer's"));
            }
            None if says_issuer => {
                return Err(Failure::new(Refusal::Unproven, "the answer doesn't say whose it is"));
            }
            _ => {}
        }
        if let Some(error) = answer.error {
            let error: String = error.chars().filter(char::is_ascii_graphic).take(60).collect();
            return Err(Failure::new(Refusal::Denied, format!("the provider says {error}")));
        }
        let code = answer.code.filter(|code| !code.is_empty());
        let code = code.ok_or_else(|| Failure::new(Refusal::Unproven, "there is no code"))?;
        let registration = self.registration(oidc, &provider).await?;
        let proof = (code, request.verifier, request.nonce);
        let wanted = |claims: &Claims| lacks_something(&provider, claims);
        let proven =
            token::redeem((&oidc.discovery, http), &discovered, &registration, proof, wanted, now).await?;
        let shown = second_factor_shown(&provider, &proven.claims)?;
        let person = self.person_of(visitor, &provider, &proven).await?;
        if person.disabled_at.is_some() {
            return Err(Failure::new(Refusal::ShutOut, "they are shut out"));
        }
        let stage = if shown { Stage::Full } else { self.stage_after_password(&person) };
        let (token, id) = self.sign_in_begin(&person, stage, visitor).await?;
        let Proven { issuer, subject, id_token, session, .. } = proven;
        let by = ProviderSignIn { provider: provider.id, issuer, subject, session, id_token };
        self.store.provider_sign_in_keep(id, &by).await?;
        // Neither the start nor this was a failure.
        self.throttle.way_succeeded(Way::Provider, network, 2);
        Ok(Finished { token, stage, way_on: request.way_on, slug: provider.said.slug })
    }

    pub(super) async fn registration(
        &self,
        oidc: &Oidc,
        provider: &Provider,
    ) -> Result<Registration, Failure> {
        let secret = self.store.provider_secret(provider.id).await?;
        Ok(Registration {
            client_id: provider.said.client_id.clone(),
            secret: secret.map(|secret| secret.expose().to_owned()),
            redirect: oidc.redirect.clone(),
        })
    }

    pub(super) fn oidc(&self) -> Result<&Arc<Oidc>, Failure> {
        self.oidc.as_ref().ok_or_else(|| Failure::new(Refusal::Unavailable, "no address of ours is known"))
    }
}

/// What a sign-in needs of claims, and these don't say.
fn lacks_something(provider: &Provider, claims: &Claims) -> bool {
    let mapped = provider.said.rules.iter().map(|rule| rule.claim.as_str());
    let mut mapped = mapped.chain(provider.said.tenant_claim.as_deref());
    let address =
        claims.contains_key("email") && (provider.said.trusts_email || claims.contains_key("email_verified"));
    !address || mapped.any(|claim| rules::find(claims, claim).is_none())
}

/// Whether the provider has shown a second factor, where its word is asked for; false: ours is.
fn second_factor_shown(provider: &Provider, claims: &Claims) -> Result<bool, Failure> {
    let wanted = &provider.said.second_factor;
    if wanted.is_empty() {
        return Ok(false);
    }
    let said = ["acr", "amr"].into_iter().filter_map(|name| claims.get(name)).flat_map(rules::texts);
    match said.into_iter().any(|value| wanted.contains(&value)) {
        true => Ok(true),
        false => Err(Failure::new(Refusal::NoSecondFactor, "neither acr nor amr says a second factor")),
    }
}
