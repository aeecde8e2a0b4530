//! Who is behind a request's cookie, a person or a frame of a portal, from memory: the database is asked when something
//! changed.

use super::token::Token;
use crate::{Result, Service};
use opencmp_domain::{
    Actor, GroupId, PersonId, Scope, TenantId, Timestamp,
    people::{Person, SignIn, Stage},
    portal::{FramePage, Portal},
};
use opencmp_store::Frame;
use parking_lot::RwLock;
use rustc_hash::FxHashMap;
use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// After which sign-ins end, and who needs a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInPolicy {
    /// Seconds without a request.
    pub idle_secs: i64,
    /// Seconds from its beginning.
    pub longest_secs: i64,
    pub operators_need_second_factor: bool,
}

impl Default for SignInPolicy {
    fn default() -> Self {
        Self { idle_secs: 12 * 3600, longest_secs: 7 * 86_400, operators_need_second_factor: true }
    }
}

/// Where a request comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visitor {
    pub address: Option<IpAddr>,
    /// `User-Agent`.
    pub agent: String,
    /// What the browser is known by, signed in or not: the hash of what its cookie says.
    pub browser: Option<String>,
}

impl Visitor {
    pub fn actor(&self, person: Option<PersonId>) -> Actor {
        Actor { person, address: self.address }
    }
}

/// Somebody who is signed in, or about to be.
#[derive(Debug)]
pub struct Caller {
    pub person: Person,
    pub sign_in: SignIn,
    /// When it was used last; written down once a minute.
    seen_at: AtomicI64,
    written_at: AtomicI64,
}

/// How often a use is written down.
const SEEN_EVERY_SECS: i64 = 60;
/// Callers above which the memory of them is emptied: each is asked for again when they come.
const MANY: usize = 50_000;

#[derive(Default)]
pub(crate) struct Callers {
    people: Kept<Caller>,
    frames: Kept<Frame>,
    /// `people_version` that they are of.
    version: AtomicI64,
}

impl Callers {
    pub(crate) fn forget(&self) {
        self.people.forget();
        self.frames.forget();
    }
}

/// What is known by the hash of a token.
struct Kept<T>(RwLock<Held<T>>);

struct Held<T> {
    callers: FxHashMap<String, Arc<T>>,
    /// How often all were forgotten.
    forgotten: u64,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(RwLock::new(Held { callers: FxHashMap::default(), forgotten: 0 }))
    }
}

impl<T> Kept<T> {
    fn forget(&self) {
        let mut held = self.0.write();
        held.callers.clear();
        held.forgotten += 1;
    }

    /// Who has a token of this hash, if that is known; else what [`Kept::keep`] is to be told.
    fn find(&self, hash: &str) -> std::result::Result<Arc<T>, u64> {
        let held = self.0.read();
        held.callers.get(hash).cloned().ok_or(held.forgotten)
    }

    /// Keeps what was read from the database, unless all were forgotten since: it may be of before the change.
    fn keep(&self, hash: String, caller: Arc<T>, forgotten: u64) {
        let mut held = self.0.write();
        if held.forgotten != forgotten {
            return;
        }
        if held.callers.len() >= MANY {
            held.callers.clear();
        }
        held.callers.insert(hash, caller);
    }
}

impl Caller {
    /// The tenant that they look at: their own, or the one that they have entered.
    pub fn tenant(&self) -> Option<TenantId> {
        if self.person.role.is_operator() { self.sign_in.entered } else { self.person.tenant }
    }

    fn is_good(&self, now: Timestamp, policy: &SignInPolicy) -> bool {
        let seen = Timestamp(self.seen_at.load(Ordering::Relaxed));
        now < self.sign_in.expires_at && now.secs_since(seen) < policy.idle_secs
    }
}

impl Service {
    /// What somebody may reach and do; `None` until they are signed in altogether. The only way from a person to a scope.
    /// A group that they are limited to means those nested in it as well.
    pub fn scope_of(&self, caller: &Caller, visitor: &Visitor) -> Option<Scope> {
        if caller.sign_in.stage != Stage::Full {
            return None;
        }
        let actor = visitor.actor(Some(caller.person.id));
        let scope = Scope::of_person(caller.person.role, caller.tenant(), actor);
        Some(self.scope_within(scope, caller.person.groups.as_deref()))
    }

    /// What a frame of a portal may reach: of the portal's tenant, the groups that both the portal and the frame's token
    /// have, and those nested in them; if its token is for a SIM's page, of these that SIM alone. The only way from a frame
    /// to a scope.
    pub fn scope_of_frame(&self, frame: &Frame, visitor: &Visitor) -> Scope {
        let whole = self.scope_of_portal(&frame.portal, visitor);
        let scope = self.scope_within(whole, frame.let_in.groups.as_deref());
        let Ok(page) = FramePage::try_from(frame.let_in.page.clone()) else {
            return scope.limited_to(Vec::new());
        };
        match page.sim() {
            Some(sim) if self.directory.tenant_of(&scope, sim).is_some() => scope.narrowed_to(sim),
            Some(_) => scope.limited_to(Vec::new()),
            None => scope,
        }
    }

    /// The most that frames of a portal may reach.
    pub(crate) fn scope_of_portal(&self, portal: &Portal, visitor: &Visitor) -> Scope {
        let whole = Scope::of_frame(portal.tenant, visitor.address);
        self.scope_within(whole, portal.said.groups.as_deref())
    }

    fn scope_within(&self, scope: Scope, groups: Option<&[GroupId]>) -> Scope {
        let Some(groups) = groups else { return scope };
        let within = groups.iter().flat_map(|group| self.directory.groups_within(&scope, *group)).collect();
        scope.limited_to(within)
    }

    /// The frame that has this token. `None`: it has ended.
    pub async fn frame(&self, token: &Token) -> Result<Option<Arc<Frame>>> {
        let now = self.clock.now();
        let hash = token.hash();
        let frame = match self.callers.frames.find(&hash) {
            Ok(frame) => frame,
            Err(forgotten) => {
                let Some(frame) = self.store.frame_find(&hash).await? else { return Ok(None) };
                let frame = Arc::new(frame);
                self.callers.frames.keep(hash, frame.clone(), forgotten);
                frame
            }
        };
        let allowed = frame.portal.said.origins.contains(&frame.let_in.parent_origin);
        Ok((now < frame.expires_at && allowed).then_some(frame))
    }

    /// Who has this token. `None`: nobody any more. Counts as a use.
    pub async fn caller(&self, token: &Token) -> Result<Option<Arc<Caller>>> {
        let now = self.clock.now();
        let Some(caller) = self.caller_held(token).await? else { return Ok(None) };
        caller.seen_at.fetch_max(now.0, Ordering::Relaxed);
        let written = caller.written_at.load(Ordering::Relaxed);
        if now.secs_since(Timestamp(written)) >= SEEN_EVERY_SECS
            && caller
                .written_at
                .compare_exchange(written, now.0, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        {
            // A busy database is no reason to turn anybody away.
            if let Err(error) = self.store.sign_in_seen(caller.sign_in.id, now).await {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "when a sign-in was used isn't kept"
                );
            }
        }
        Ok(Some(caller))
    }

    /// The same for a stream that is open: it doesn't count as a use.
    pub async fn caller_held(&self, token: &Token) -> Result<Option<Arc<Caller>>> {
        let now = self.clock.now();
        let hash = token.hash();
        let caller = match self.callers.people.find(&hash) {
            Ok(caller) => caller,
            Err(forgotten) => {
                let Some(caller) = self.caller_load(&hash).await? else { return Ok(None) };
                self.callers.people.keep(hash, caller.clone(), forgotten);
                caller
            }
        };
        Ok(caller.is_good(now, &self.sign_in_policy).then_some(caller))
    }

    async fn caller_load(&self, hash: &str) -> Result<Option<Arc<Caller>>> {
        let Some(sign_in) = self.store.sign_in_find(hash).await? else { return Ok(None) };
        let Some(person) = self.store.person(sign_in.person).await? else { return Ok(None) };
        if person.disabled_at.is_some() {
            return Ok(None);
        }
        let seen_at = sign_in.seen_at.0;
        Ok(Some(Arc::new(Caller {
            person,
            sign_in,
            seen_at: AtomicI64::new(seen_at),
            written_at: AtomicI64::new(seen_at),
        })))
    }

    /// Forgets callers if people changed, here or in another process. To be called a few times a second.
    pub async fn callers_refresh(&self) -> Result<()> {
        let version = self.store.people_version().await?;
        if self.callers.version.swap(version, Ordering::Relaxed) != version {
            self.callers.forget();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::{Role, SignInId};

    fn somebody() -> Arc<Caller> {
        let (id, at) = (PersonId(1), Timestamp(0));
        let person = Person {
            id,
            tenant: None,
            role: Role::OperatorSupport,
            email: "a@example.com".into(),
            name: "a".into(),
            groups: None,
            has_password: true,
            has_second_factor: true,
            created_at: at,
            signed_in_at: None,
            disabled_at: None,
        };
        let sign_in = SignIn {
            id: SignInId(1),
            person: id,
            stage: Stage::Full,
            entered: None,
            began_at: at,
            seen_at: at,
            expires_at: at.plus_secs(60),
            address: String::new(),
            agent: String::new(),
        };
        Arc::new(Caller { person, sign_in, seen_at: AtomicI64::new(0), written_at: AtomicI64::new(0) })
    }

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let callers = Kept::default();
        let before = callers.find("h").unwrap_err();
        // Meanwhile somebody shuts them out.
        callers.forget();
        callers.keep("h".into(), somebody(), before);
        let after = callers.find("h").unwrap_err();
        callers.keep("h".into(), somebody(), after);
        assert!(callers.find("h").is_ok());
    }
}
