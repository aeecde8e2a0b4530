//! Out again: signing out here leads to the provider, and a provider says that somebody signed out there.

use super::{Failure, token};
use crate::{
    Service,
    people::{Network, Token, Visitor, Way},
};
use opencmp_domain::provider::Refusal;
use opencmp_store::{Change, ProviderLogout, sha256_hex};

impl Service {
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
            .begin_way(Way::Provider, network, now)
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
        let about = ProviderLogout {
            provider: provider.id,
            issuer: &provider.said.issuer,
            subject: out.subject.as_deref(),
            session: out.session.as_deref(),
        };
        if about.subject.is_none() && about.session.is_none() {
            return Err(unproven("the token says neither who nor which session"));
        }
        let (hash, change) = (sha256_hex(&out.id), Change::new(visitor.actor(None), now));
        let ended = self.store.provider_sign_ins_end(about, &hash, out.expires_at, &change).await?;
        self.callers.forget();
        self.throttle.way_succeeded(Way::Provider, network, 1);
        match ended {
            Some(_) => Ok(()),
            None => Err(unproven("the token was used before")),
        }
    }
}
