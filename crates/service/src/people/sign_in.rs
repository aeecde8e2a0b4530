//! Signing in: password, then a code where there is a second factor, or where one has to be set up.

use super::{
    callers::{Caller, Visitor},
    password,
    second_factor::{self, Enrolment},
    throttle::{Known, Network, Place},
    token::Token,
};
use crate::{Result, Service, ServiceError, people::scope_may};
use opencmp_domain::{
    PersonId, Reason, SignInId, TenantId, Timestamp,
    people::{Person, PersonSaid, ProofAsked, SignIn, Stage},
    role::Permission,
    scope::Scope,
    sim::TenantChoice,
};
use opencmp_store::{Change, StaysIn};
use std::sync::Arc;

/// Between password and code, and until a second factor is set up.
const HALFWAY_SECS: i64 = 15 * 60;
pub(super) const LINK_SECS: i64 = 3 * 86_400;

impl Service {
    /// The password. What comes next is said by the stage. Errors: `Invalid` (email; who is wrong isn't told what is),
    /// `TooMany`.
    pub async fn sign_in(&self, visitor: &Visitor, email: &str, password: &str) -> Result<(Token, Stage)> {
        let now = self.clock.now();
        let email = email.trim().to_lowercase();
        let person = self.store.person_by_email(&email).await?.filter(|person| person.disabled_at.is_none());
        let place = self.place_of(visitor, person.as_ref().map(|person| person.id)).await?;
        self.throttle.begin(&email, &place, now).map_err(too_many)?;
        let kept = match &person {
            Some(person) => self.store.credentials(person.id).await?.and_then(|kept| kept.password),
            None => None,
        };
        let right = password::verify(password, kept.as_deref()).await?;
        let (true, Some(person)) = (right, person) else {
            tracing::info!(from = ?visitor.address, "a sign-in was refused");
            self.sign_in_failed(&email, &place, now).await?;
            let message = "address or password is wrong".to_owned();
            return Err(ServiceError::Invalid { field: "email", message });
        };
        self.throttle.succeeded(&email, &place);
        let stage = self.stage_after_password(&person);
        let (token, _) = self.sign_in_begin(&person, stage, visitor).await?;
        Ok((token, stage))
    }

    /// The try that closes an account to who tries is one that its tenant may want to hear of.
    async fn sign_in_failed(&self, email: &str, place: &Place, now: Timestamp) -> Result<()> {
        let Some(tries) = self.throttle.just_closed(email, place) else { return Ok(()) };
        let person = self.store.person_by_email(email).await?;
        match person.and_then(|person| person.tenant) {
            Some(tenant) => Ok(self.store.alert_sign_ins_failed(tenant, email, tries, now).await?),
            None => Ok(()),
        }
    }

    /// Where a try comes from, and whether this person is known there.
    async fn place_of(&self, visitor: &Visitor, person: Option<PersonId>) -> Result<Place> {
        let network = Network::of(visitor.address);
        let place = |known| Ok(Place { network, known });
        let Some(person) = person else { return place(Known::Not) };
        if let Some(browser) = &visitor.browser
            && self.store.browser_is_known(person, browser).await?
        {
            return place(Known::Browser(browser.clone()));
        }
        let here =
            |address: &String| address.parse().is_ok_and(|address| Network::of(Some(address)) == network);
        let signed_in_here = self.store.sign_in_addresses(person).await?.iter().any(here);
        place(if signed_in_here { Known::Network } else { Known::Not })
    }

    /// What is asked for once a password, or what stands for it, was right.
    pub(crate) fn stage_after_password(&self, person: &Person) -> Stage {
        match person.has_second_factor {
            true => Stage::Code,
            false if person.role.is_operator() && self.sign_in_policy.operators_need_second_factor => {
                Stage::Enrol
            }
            false => Stage::Full,
        }
    }

    pub(crate) async fn sign_in_begin(
        &self,
        person: &Person,
        stage: Stage,
        visitor: &Visitor,
    ) -> Result<(Token, SignInId)> {
        let now = self.clock.now();
        let token = Token::random()?;
        let secs = if stage == Stage::Full { self.sign_in_policy.longest_secs } else { HALFWAY_SECS };
        let change = Change::new(visitor.actor(Some(person.id)), now);
        let expires_at = now.plus_secs(secs);
        let (hash, agent) = (token.hash(), &visitor.agent);
        let id = self.store.sign_in_create(person.id, &hash, stage, expires_at, agent, &change).await?;
        if let (Stage::Full, Some(browser)) = (stage, &visitor.browser) {
            self.store.browser_keep(person.id, browser, now).await?;
        }
        Ok((token, id))
    }

    /// The code of the second factor, or a recovery code in its place. The token changes. Errors: `Invalid` (code), `TooMany`.
    pub async fn sign_in_code(&self, visitor: &Visitor, token: &Token, code: &str) -> Result<Token> {
        let caller = self.halfway(token, Stage::Code).await?;
        if !self.is_code(visitor, caller.person.id, code).await? {
            let message = "this code is not right, or was used already: wait for the next".to_owned();
            return Err(ServiceError::Invalid { field: "code", message });
        }
        self.sign_in_complete(&caller, visitor).await
    }

    /// Whether this is a code of the second factor, or a recovery code in its place; either is used up by it. Counts as a
    /// try. Errors: `TooMany`.
    async fn is_code(&self, visitor: &Visitor, person: PersonId, code: &str) -> Result<bool> {
        let (now, place) = (self.clock.now(), self.place_of(visitor, Some(person)).await?);
        // Apart from passwords: whoever has one right begins here with five tries.
        let counted = format!("code {person}");
        self.throttle.begin(&counted, &place, now).map_err(too_many)?;
        let kept = self.store.credentials(person).await?.and_then(|kept| kept.totp_secret);
        let step = kept.and_then(|secret| second_factor::step_of(&secret, code, now));
        let right = match step {
            Some(step) => self.store.totp_step_use(person, step).await?,
            None => {
                let change = Change::new(visitor.actor(Some(person)), now);
                let hash = second_factor::recovery_hash(code);
                self.store.recovery_code_use(person, &hash, &change).await?
            }
        };
        if right {
            self.throttle.succeeded(&counted, &place);
        }
        Ok(right)
    }

    /// Whether this is the password of somebody who is signed in. Counts as a try. Errors: `TooMany`.
    async fn is_password(&self, visitor: &Visitor, person: PersonId, password: &str) -> Result<bool> {
        let (now, place) = (self.clock.now(), self.place_of(visitor, Some(person)).await?);
        let counted = format!("change {person}");
        self.throttle.begin(&counted, &place, now).map_err(too_many)?;
        let kept = self.store.credentials(person).await?.and_then(|kept| kept.password);
        let right = password::verify(password, kept.as_deref()).await?;
        if right {
            self.throttle.succeeded(&counted, &place);
        }
        Ok(right)
    }

    async fn sign_in_complete(&self, caller: &Caller, visitor: &Visitor) -> Result<Token> {
        let (full, id) = self.sign_in_begin(&caller.person, Stage::Full, visitor).await?;
        // By whose word it began stays true.
        if let Some(by) = self.store.provider_sign_in(caller.sign_in.id).await? {
            self.store.provider_sign_in_keep(id, &by).await?;
        }
        let change = Change::new(visitor.actor(Some(caller.person.id)), self.clock.now());
        self.store.sign_in_end(caller.sign_in.id, caller.person.id, &change).await?;
        self.callers.forget();
        Ok(full)
    }

    /// What a second factor is set up with. The browser holds the secret until the first code proves it.
    pub async fn enrolment(&self, token: &Token) -> Result<Enrolment> {
        let caller = self.caller(token).await?.ok_or(ServiceError::Forbidden)?;
        let asked = self.proof_asked(&caller).await?;
        second_factor::enrolment(&caller.person.email, asked)
    }

    /// With what somebody shows once more that it is them. `None`: signing in has just done it, or they have nothing to
    /// show, coming by a provider.
    async fn proof_asked(&self, caller: &Caller) -> Result<Option<ProofAsked>> {
        if caller.sign_in.stage != Stage::Full {
            return Ok(None);
        }
        let kept = self.store.credentials(caller.person.id).await?.ok_or(ServiceError::Forbidden)?;
        let (code, password) = (kept.totp_secret.is_some(), kept.password.is_some());
        Ok(code.then_some(ProofAsked::Code).or(password.then_some(ProofAsked::Password)))
    }

    /// Sets the second factor up, proven by its first code. `proof`: what the enrolment asked for, so that a browser that
    /// somebody left open is not enough. Answers recovery codes, which are shown this once, and a new token: whoever is
    /// signed in elsewhere is so no longer. Errors: `Invalid` (code, proof), `TooMany`.
    pub async fn enrol(
        &self,
        visitor: &Visitor,
        token: &Token,
        secret: &str,
        code: &str,
        proof: &str,
    ) -> Result<(Vec<String>, Token)> {
        let caller = self.caller(token).await?.ok_or(ServiceError::Forbidden)?;
        let person = caller.person.id;
        // Who has a second factor replaces it signed in altogether, not with the password alone.
        if caller.sign_in.stage == Stage::Code {
            return Err(ServiceError::Forbidden);
        }
        let now = self.clock.now();
        let step = second_factor::step_of(secret, code, now).filter(|_| second_factor::is_secret(secret));
        let Some(step) = step else {
            let message = "this is not the code that the app shows now".to_owned();
            return Err(ServiceError::Invalid { field: "code", message });
        };
        let proven = match self.proof_asked(&caller).await? {
            Some(ProofAsked::Code) => self.is_code(visitor, person, proof).await?,
            Some(ProofAsked::Password) => self.is_password(visitor, person, proof).await?,
            None => true,
        };
        if !proven {
            let message = "this is not your present code, or not your password".to_owned();
            return Err(ServiceError::Invalid { field: "proof", message });
        }
        let (codes, hashes) = second_factor::recovery_codes()?;
        let change = Change::new(visitor.actor(Some(person)), now);
        let token = Token::random()?;
        let hash = token.hash();
        let stays = StaysIn { sign_in: caller.sign_in.id, hash: &hash };
        self.store.second_factor_set(person, Some(secret), &hashes, Some(stays), &change).await?;
        self.store.totp_step_use(person, step).await?;
        self.callers.forget();
        match caller.sign_in.stage {
            Stage::Enrol => Ok((codes, self.sign_in_complete(&caller, visitor).await?)),
            Stage::Code | Stage::Full => Ok((codes, token)),
        }
    }

    async fn halfway(&self, token: &Token, stage: Stage) -> Result<Arc<Caller>> {
        let caller = self.caller(token).await?.ok_or(ServiceError::Forbidden)?;
        if caller.sign_in.stage == stage { Ok(caller) } else { Err(ServiceError::Forbidden) }
    }

    pub async fn sign_out(&self, visitor: &Visitor, token: &Token) -> Result<()> {
        if let Some(caller) = self.caller_held(token).await? {
            let change = Change::new(visitor.actor(Some(caller.person.id)), self.clock.now());
            self.store.sign_in_end(caller.sign_in.id, caller.person.id, &change).await?;
        }
        self.callers.forget();
        Ok(())
    }

    /// Whose password a link sets. `NotFound`: it was used, is past its time, or never was.
    pub async fn link_person(&self, link: &str) -> Result<Person> {
        let token = Token::parse(link).ok_or(ServiceError::NotFound)?;
        self.store.link_person(&token.hash(), self.clock.now()).await?.ok_or(ServiceError::NotFound)
    }

    /// Sets the password that a link is for, and uses the link up. `said`: name and address, which the first of all says
    /// for themselves. Errors: `Invalid` (password, name, email), `Taken`, `NotFound`.
    pub async fn link_use(
        &self,
        visitor: &Visitor,
        link: &str,
        password: &str,
        said: Option<(String, String)>,
    ) -> Result<()> {
        let token = Token::parse(link).ok_or(ServiceError::NotFound)?;
        let mut person = self.link_person(link).await?;
        let named = match said {
            Some((name, email)) if person.email == FIRST_ADMIN => {
                (person.name, person.email) = (name, email);
                Some((person.name.as_str(), person.email.as_str()))
            }
            _ => None,
        };
        password::check(password, &[&person.email, &person.name])?;
        let kept = password::hash(password).await?;
        let change = Change::new(visitor.actor(None), self.clock.now());
        self.store.link_use(&token.hash(), &kept, named, &change).await?.ok_or(ServiceError::NotFound)?;
        self.callers.forget();
        Ok(())
    }

    // What people do with their own account. None of it is of a tenant, so the person stands for the scope.

    /// Errors: `Invalid` (current, password), `TooMany`.
    pub async fn password_change(
        &self,
        visitor: &Visitor,
        caller: &Caller,
        current: &str,
        new: &str,
    ) -> Result<()> {
        let (person, now) = (&caller.person, self.clock.now());
        if !self.is_password(visitor, person.id, current).await? {
            let message = "this is not your password".to_owned();
            return Err(ServiceError::Invalid { field: "current", message });
        }
        password::check(new, &[&person.email, &person.name])?;
        let kept = password::hash(new).await?;
        let change = Change::new(visitor.actor(Some(person.id)), now);
        self.store.password_set(person.id, &kept, Some(caller.sign_in.id), &change).await?;
        self.callers.forget();
        Ok(())
    }

    pub async fn recovery_codes_left(&self, person: PersonId) -> Result<u64> {
        Ok(self.store.recovery_codes_left(person).await?)
    }

    pub async fn sign_ins(&self, person: PersonId) -> Result<Vec<SignIn>> {
        Ok(self.store.sign_in_list(person, self.clock.now()).await?)
    }

    /// Signs one browser out; `None`: all but the caller's.
    pub async fn sign_in_end(&self, visitor: &Visitor, caller: &Caller, id: Option<SignInId>) -> Result<()> {
        let change = Change::new(visitor.actor(Some(caller.person.id)), self.clock.now());
        let ended = match id {
            Some(id) => self.store.sign_in_end(id, caller.person.id, &change).await?,
            None => {
                self.store.sign_in_end_others(caller.sign_in.id, caller.person.id, &change).await?;
                true
            }
        };
        self.callers.forget();
        if ended { Ok(()) } else { Err(ServiceError::NotFound) }
    }

    /// Looks at one tenant as its people do, or no longer. The token changes. Both chains of the audit log say so.
    pub async fn tenant_enter(
        &self,
        visitor: &Visitor,
        caller: &Caller,
        tenant: Option<TenantId>,
        why: Option<Reason>,
    ) -> Result<Token> {
        if !caller.person.role.permissions().has(Permission::TenantEnter) {
            return Err(ServiceError::Forbidden);
        }
        if let Some(tenant) = tenant
            && self.directory.tenant_name(tenant).is_none()
        {
            return Err(ServiceError::NotFound);
        }
        let token = Token::random()?;
        let change = Change { why, ..Change::new(visitor.actor(Some(caller.person.id)), self.clock.now()) };
        self.store.sign_in_enter(caller.sign_in.id, tenant, &token.hash(), &change).await?;
        self.callers.forget();
        Ok(token)
    }

    /// Those that the operator's staff may look at as their people do.
    pub fn tenants_to_enter(&self, scope: &Scope) -> Result<Vec<TenantChoice>> {
        scope_may(scope, Permission::TenantEnter)?;
        Ok(self.directory.tenants(&Scope::operator()))
    }

    /// The first operator admin: a link to set their password, for whoever can read what the server prints.
    /// Another one at every start until somebody has used it; `None`: somebody has, or there is an administrator who came
    /// otherwise, and the one that waits is shut out.
    pub async fn first_admin(&self) -> Result<Option<Token>> {
        let change = Change::from(self.clock.now());
        let waiting = self.store.person_by_email(FIRST_ADMIN).await?.map(|waiting| waiting.id);
        if self.store.operator_admins(waiting).await? > 0 {
            if let Some(waiting) = waiting {
                self.store.person_enable(waiting, false, &change).await?;
            }
            return Ok(None);
        }
        if let Some(waiting) = waiting {
            // Shut out while there was an administrator, who has gone since.
            self.store.person_enable(waiting, true, &change).await?;
            return Ok(Some(self.link_make(waiting, &Scope::operator()).await?));
        }
        let said = PersonSaid {
            email: FIRST_ADMIN.to_owned(),
            name: "Admin".to_owned(),
            role: opencmp_domain::Role::OperatorAdmin,
            tenant: None,
            groups: None,
        };
        let id = self.store.person_create(&said, change).await?;
        Ok(Some(self.link_make(id, &Scope::operator()).await?))
    }

    pub(super) async fn link_make(&self, id: PersonId, scope: &Scope) -> Result<Token> {
        let token = Token::random()?;
        let now = self.clock.now();
        let change = Change::new(scope.actor(), now);
        self.store.link_create(id, &token.hash(), now.plus_secs(LINK_SECS), &change).await?;
        Ok(token)
    }
}

/// With what the first operator admin signs in.
pub const FIRST_ADMIN: &str = "admin@opencmp.invalid";

fn too_many(wait_secs: i64) -> ServiceError {
    ServiceError::TooMany { wait_secs }
}
