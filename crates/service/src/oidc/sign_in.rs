//! To a provider and back. [`Service::provider_begin`] sends somebody there; [`Service::provider_finish`] takes them back,
//! proves who they are, finds or makes their person, and signs them in as a password would.

use super::{
    Failure, Oidc,
    http::Http,
    rules::{self, Assigned, Claims},
    token::{self, Proven, Registration},
};
use crate::{
    Service, ServiceError,
    people::{FIRST_ADMIN, Network, Token, Visitor},
};
use opencmp_domain::{
    people::{Person, PersonSaid, Stage},
    provider::{FirstSignIn, Provider, Refusal},
};
use opencmp_store::{Change, ProviderRequest, ProviderSignIn, StoreError, Subject};
use openidconnect::{
    AuthenticationContextClass, CsrfToken, LanguageTag, Nonce, PkceCodeChallenge, PkceCodeVerifier, Scope,
    core::CoreAuthenticationFlow,
};
use serde_json::Value;
use std::sync::Arc;
use url::Url;

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
            .begin_way(network, now)
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
            .begin_way(network, now)
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
        self.throttle.way_succeeded(network, 2);
        Ok(Finished { token, stage, way_on: request.way_on, slug: provider.said.slug })
    }

    /// The person that somebody at a provider is here: known already, invited, or made by a rule.
    async fn person_of(
        &self,
        visitor: &Visitor,
        provider: &Provider,
        proven: &Proven,
    ) -> Result<Person, Failure> {
        let subject = Subject { provider: provider.id, issuer: &proven.issuer, subject: &proven.subject };
        let gone = || Failure::new(Refusal::NotInvited, "their person is gone");
        let known = match self.store.identity_find(subject).await? {
            Some(known) => known,
            None => {
                self.first_sign_in(visitor, provider, proven, subject).await?;
                self.store.identity_find(subject).await?.ok_or_else(gone)?
            }
        };
        let person = self.store.person(known.person).await?.ok_or_else(gone)?;
        let follows = known.by_rule && provider.said.first_sign_in == FirstSignIn::Rule;
        if !follows || person.disabled_at.is_some() {
            return Ok(person);
        }
        let assigned = self.assigned(provider, &proven.claims)?;
        if assigned.tenant != person.tenant {
            return Err(Failure::new(Refusal::NoRole, "by its claims they are in another tenant now"));
        }
        if assigned.role == person.role && assigned.groups == person.groups {
            return Ok(person);
        }
        let said = PersonSaid {
            email: person.email.clone(),
            name: person.name.clone(),
            role: assigned.role,
            tenant: person.tenant,
            groups: assigned.groups,
        };
        let change = Change::new(visitor.actor(Some(person.id)), self.clock.now());
        self.store.person_update(person.id, &said, &change).await?;
        self.callers.forget();
        self.store.person(person.id).await?.ok_or_else(gone)
    }

    /// Finds or makes the person of somebody who has never come from there.
    async fn first_sign_in(
        &self,
        visitor: &Visitor,
        provider: &Provider,
        proven: &Proven,
        subject: Subject<'_>,
    ) -> Result<(), Failure> {
        let claims = &proven.claims;
        let email = verified_email(provider, claims)
            .ok_or_else(|| Failure::new(Refusal::NoEmail, "there is no verified e-mail address"))?;
        let now = self.clock.now();
        let by_rule = provider.said.first_sign_in == FirstSignIn::Rule;
        match self.store.person_by_email(&email).await? {
            Some(held) if in_reach(provider, &held) && held.disabled_at.is_some() => {
                return Err(Failure::new(Refusal::ShutOut, "they are shut out"));
            }
            Some(held) if in_reach(provider, &held) => {
                let change = Change::new(visitor.actor(Some(held.id)), now);
                self.store.identity_link(subject, held.id, &change).await.map_err(taken)?;
            }
            Some(_) if by_rule => return Err(Failure::new(Refusal::EmailTaken, "the address is another's")),
            None if by_rule => {
                let Assigned { role, tenant, groups } = self.assigned(provider, claims)?;
                let name = name_of(claims).unwrap_or_else(|| email.clone());
                let said = PersonSaid { email, name, role, tenant, groups };
                let change = Change::new(visitor.actor(None), now);
                self.store.identity_create(subject, &said, &change).await.map_err(taken)?;
            }
            _ => return Err(Failure::new(Refusal::NotInvited, "nobody invited them")),
        }
        self.callers.forget();
        Ok(())
    }

    fn assigned(&self, provider: &Provider, claims: &Claims) -> Result<Assigned, Failure> {
        let tenants = self.directory.tenants(&opencmp_domain::Scope::operator());
        let named = |name: &str| tenants.iter().find(|tenant| tenant.name == name).map(|tenant| tenant.id);
        rules::assigned(provider, claims, named)
            .ok_or_else(|| Failure::new(Refusal::NoRole, "no rule gives them a role"))
    }

    /// Where to sign out at the provider that a browser is signed in by; to be asked before it is signed out here. `None`:
    /// it isn't by one, or the provider has no such address.
    pub async fn provider_sign_out(&self, token: &Token) -> Option<String> {
        match self.sign_out_address(token).await {
            Ok(address) => address,
            Err(failure) => {
                tracing::warn!(why = failure.why, "somebody is signed out here and not at their provider");
                None
            }
        }
    }

    async fn sign_out_address(&self, token: &Token) -> Result<Option<String>, Failure> {
        let Some(caller) = self.caller_held(token).await? else { return Ok(None) };
        let Some(by) = self.store.provider_sign_in(caller.sign_in.id).await? else { return Ok(None) };
        let Some(provider) = self.store.provider(by.provider).await? else { return Ok(None) };
        let oidc = self.oidc()?;
        let now = self.clock.now();
        let discovered = oidc.discovery.of(oidc.http_of(&provider), &by.issuer, now).await?;
        let more = discovered.metadata.additional_metadata();
        let Some(mut address) = more.end_session_endpoint.clone() else { return Ok(None) };
        address
            .query_pairs_mut()
            .append_pair("id_token_hint", &by.id_token)
            .append_pair("client_id", &provider.said.client_id)
            .append_pair("post_logout_redirect_uri", &oidc.signed_out_address());
        Ok(Some(address.into()))
    }

    /// A provider says that somebody is signed out there (Back-Channel Logout 1.0): so they are here. `Unproven`: not its
    /// word, or said before.
    pub async fn provider_logout(&self, visitor: &Visitor, slug: &str, token: &str) -> Result<(), Refusal> {
        let ended = self.logout(visitor, slug, token).await;
        ended.map_err(|failure| failure.told(slug, visitor))
    }

    async fn logout(&self, visitor: &Visitor, slug: &str, token: &str) -> Result<(), Failure> {
        let now = self.clock.now();
        let network = Network::of(visitor.address);
        self.throttle
            .begin_way(network, now)
            .map_err(|_| Failure::new(Refusal::TooMany, "tried too often"))?;
        let provider = self.store.provider_by_slug(slug).await?.filter(|provider| provider.said.enabled);
        let provider = provider.ok_or_else(|| Failure::new(Refusal::NoProvider, "there is none"))?;
        let unproven = |why: &str| Failure::new(Refusal::Unproven, why);
        let token: token::Token =
            token.parse().map_err(|_| unproven("the token of a logout can't be read"))?;
        let oidc = self.oidc()?;
        let http = oidc.http_of(&provider);
        let discovered = oidc.discovery.of(http, &provider.said.issuer, now).await?;
        let client_id = &provider.said.client_id;
        let checked = match token::check_logout(&discovered, client_id, &token, now) {
            Err(token::Wrong::UnknownKey) => {
                match oidc.discovery.with_keys_of_now(http, &discovered, now).await? {
                    Some(again) => token::check_logout(&again, client_id, &token, now),
                    None => Err(token::Wrong::UnknownKey),
                }
            }
            checked => checked,
        };
        let out = checked?;
        let about = opencmp_store::ProviderLogout {
            provider: provider.id,
            issuer: &provider.said.issuer,
            subject: out.subject.as_deref(),
            session: out.session.as_deref(),
        };
        if about.subject.is_none() && about.session.is_none() {
            return Err(unproven("the token says neither who nor which session"));
        }
        let (hash, change) = (opencmp_store::sha256_hex(&out.id), Change::new(visitor.actor(None), now));
        let ended = self.store.provider_sign_ins_end(about, &hash, out.expires_at, &change).await?;
        self.callers.forget();
        self.throttle.way_succeeded(network, 1);
        match ended {
            Some(_) => Ok(()),
            None => Err(unproven("the token was used before")),
        }
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

impl Oidc {
    /// Tenants' providers are public, unless the operator says otherwise.
    pub(super) fn http_of(&self, provider: &Provider) -> &Http {
        self.http_for(provider.tenant.is_some())
    }

    fn signed_out_address(&self) -> String {
        format!("{}/sign-in", self.address)
    }
}

/// The invitation is for this provider's people: a tenant's provider says nothing of anybody else. The first administrator
/// has no address that a provider could know.
fn in_reach(provider: &Provider, person: &Person) -> bool {
    person.email != FIRST_ADMIN && provider.tenant.is_none_or(|tenant| person.tenant == Some(tenant))
}

fn taken(error: StoreError) -> Failure {
    match error {
        StoreError::Taken { .. } => Failure::new(Refusal::EmailTaken, "the e-mail address is another's"),
        StoreError::Invalid { field: "email", .. } => {
            Failure::new(Refusal::NoEmail, "the e-mail address can't be one")
        }
        error => error.into(),
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

fn verified_email(provider: &Provider, claims: &Claims) -> Option<String> {
    let email = claims.get("email")?.as_str()?.trim().to_lowercase();
    let verified = match claims.get("email_verified") {
        Some(Value::Bool(verified)) => *verified,
        // As some providers write it.
        Some(Value::String(text)) => text == "true",
        Some(_) => false,
        None => provider.said.trusts_email,
    };
    (verified && !email.is_empty()).then_some(email)
}

/// Something that a person can be called.
fn name_of(claims: &Claims) -> Option<String> {
    let said = |name: &str| claims.get(name)?.as_str().map(str::to_owned);
    let name = said("name").or_else(|| said("preferred_username"))?;
    let name: String = name.chars().filter(|c| !c.is_control()).take(100).collect();
    (!name.trim().is_empty()).then_some(name)
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        ServiceError::from(error).into()
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Self::new(Refusal::Unavailable, error.to_string())
    }
}

/// For addresses that are shown.
pub(super) fn redirect(address: &str) -> Result<openidconnect::RedirectUrl, url::ParseError> {
    openidconnect::RedirectUrl::new(format!(
        "{}/sign-in/oidc/callback",
        Url::parse(address)?.as_str().trim_end_matches('/')
    ))
}
