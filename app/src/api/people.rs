//! Server functions around people: signing in and out, one's own account, other people, the audit log.

use super::ApiError;
#[cfg(feature = "ssr")]
use crate::request::{
    Cookies, backend, backend_because, forget_token, keep_token, signed_in, token_of_request, visitor,
};
use leptos::{prelude::*, server_fn::codec::Json};
#[cfg(feature = "ssr")]
use opencmp_domain::people::PersonSaid;
use opencmp_domain::{
    GroupId, PersonId, Reason, Role, SignInId, TenantId,
    alert::AlertCounts,
    people::{AuditFilter, AuditLine, Person, ProofAsked, SignIn, Stage},
    role::Permission,
    sim::TenantChoice,
};
use serde::{Deserialize, Serialize};

/// Lines of the audit log on a page.
pub const AUDIT_PAGE: u32 = 100;

/// Who is asking, for the shell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub person: PersonId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// Whose fleet is shown; `None`: all of them, to the operator's staff.
    pub tenant: Option<TenantId>,
    pub tenant_name: Option<String>,
    /// To groups of the tenant.
    pub limited: bool,
    /// Those that may be entered.
    pub tenants: Vec<TenantChoice>,
    /// Alerts that wait for somebody.
    pub alerts: AlertCounts,
}

impl Session {
    /// Of the operator's staff, within one tenant.
    pub fn has_entered(&self) -> bool {
        self.role.is_operator() && self.tenant.is_some()
    }

    /// May do what is done within a tenant: with its groups and SIMs.
    pub fn may_change(&self, permission: Permission) -> bool {
        self.tenant.is_some() && permission.roles().contains(&self.role)
    }
}

/// An account of the demonstration, as the sign-in page offers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DemoAccount {
    pub email: String,
    pub password: String,
    pub role: Role,
    pub tenant: Option<String>,
}

/// What the sign-in page begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Door {
    /// How far this browser's sign-in has come, if it has begun.
    pub stage: Option<Stage>,
    pub demo: Vec<DemoAccount>,
    /// Where one can sign in instead.
    pub providers: Vec<DoorProvider>,
}

/// A provider's button.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DoorProvider {
    pub slug: String,
    pub name: String,
}

/// What a second factor is set up with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enrolment {
    pub secret: String,
    pub address: String,
    /// SVG
    pub picture: String,
    /// What is to be said beside the code.
    pub asked: Option<ProofAsked>,
}

/// Whose password a link sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invitation {
    pub name: String,
    pub email: String,
    /// The first of all: name and address are still to be said.
    pub first: bool,
}

/// One's own account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    pub person: Person,
    pub sign_ins: Vec<SignIn>,
    /// The one that this page belongs to.
    pub here: SignInId,
    pub recovery_codes_left: u64,
}

#[server(name = SessionFn, prefix = "/fn", endpoint = "session", input = Json)]
pub async fn session() -> Result<Session, ApiError> {
    let (service, scope) = backend()?;
    let caller = signed_in()?;
    let tenant = scope.only_tenant();
    let enters = scope.may(Permission::TenantEnter);
    Ok(Session {
        person: caller.person.id,
        name: caller.person.name.clone(),
        email: caller.person.email.clone(),
        role: caller.person.role,
        tenant,
        tenant_name: tenant.and_then(|tenant| service.tenant_name(tenant)),
        limited: scope.groups().is_some(),
        tenants: if enters { service.tenants_to_enter(&scope)? } else { Vec::new() },
        alerts: service.alert_counts(&scope).await?,
    })
}

/// `with`: the short name of a tenant's provider. Without it, the one that this browser came by last.
#[server(name = DoorFn, prefix = "/fn", endpoint = "door", input = Json)]
pub async fn door(with: Option<String>) -> Result<Door, ApiError> {
    let service = crate::request::service()?;
    let caller = match token_of_request() {
        Some(token) => service.caller(&token).await?,
        None => None,
    };
    let demo = use_context::<std::sync::Arc<Vec<DemoAccount>>>().map(|demo| demo.to_vec());
    let with = with.or_else(|| Cookies::of_request().get("with").map(str::to_owned));
    let offered = service.providers_offered(with.as_deref()).await?.into_iter();
    Ok(Door {
        stage: caller.map(|caller| caller.sign_in.stage),
        demo: demo.unwrap_or_default(),
        providers: offered
            .map(|provider| DoorProvider { slug: provider.said.slug, name: provider.said.name })
            .collect(),
    })
}

/// The password. The answer says what is asked for next.
#[server(name = SignInFn, prefix = "/fn", endpoint = "sign_in", input = Json)]
pub async fn sign_in(email: String, password: String) -> Result<Stage, ApiError> {
    let service = crate::request::service()?;
    let (token, stage) = service.sign_in(&visitor(), &email, &password).await?;
    keep_token(&token);
    Ok(stage)
}

#[server(name = SignInCodeFn, prefix = "/fn", endpoint = "sign_in_code", input = Json)]
pub async fn sign_in_code(code: String) -> Result<(), ApiError> {
    let service = crate::request::service()?;
    let begun = token_of_request().ok_or(ApiError::SignedOut)?;
    let token = service.sign_in_code(&visitor(), &begun, &code).await?;
    keep_token(&token);
    Ok(())
}

#[server(name = EnrolmentFn, prefix = "/fn", endpoint = "enrolment", input = Json)]
pub async fn enrolment() -> Result<Enrolment, ApiError> {
    let service = crate::request::service()?;
    let token = token_of_request().ok_or(ApiError::SignedOut)?;
    let opencmp_service::people::Enrolment { secret, address, picture, asked } =
        service.enrolment(&token).await?;
    Ok(Enrolment { secret, address, picture, asked })
}

/// Proves the second factor; answers recovery codes, which are shown this once. `proof`: what the enrolment asks for.
#[server(name = EnrolFn, prefix = "/fn", endpoint = "enrol", input = Json)]
pub async fn enrol(secret: String, code: String, proof: Option<String>) -> Result<Vec<String>, ApiError> {
    let service = crate::request::service()?;
    let token = token_of_request().ok_or(ApiError::SignedOut)?;
    let proof = proof.unwrap_or_default();
    let (codes, token) = service.enrol(&visitor(), &token, &secret, &code, &proof).await?;
    keep_token(&token);
    Ok(codes)
}

/// The answer is where to sign out at the provider as well, for who came by one.
#[server(name = SignOutFn, prefix = "/fn", endpoint = "sign_out", input = Json)]
pub async fn sign_out() -> Result<Option<String>, ApiError> {
    let service = crate::request::service()?;
    let mut there = None;
    if let Some(token) = token_of_request() {
        there = service.provider_sign_out(&token).await;
        service.sign_out(&visitor(), &token).await?;
    }
    forget_token();
    Ok(there)
}

#[server(name = InvitationFn, prefix = "/fn", endpoint = "invitation", input = Json)]
pub async fn invitation(link: String) -> Result<Invitation, ApiError> {
    let person = crate::request::service()?.link_person(&link).await?;
    let first = person.email == opencmp_service::people::FIRST_ADMIN;
    Ok(Invitation { name: person.name, email: person.email, first })
}

/// Sets the password that a link is for. `said`: name and address, for the first of all.
#[server(name = InvitationAcceptFn, prefix = "/fn", endpoint = "invitation_accept", input = Json)]
pub async fn invitation_accept(
    link: String,
    password: String,
    said: Option<(String, String)>,
) -> Result<(), ApiError> {
    let service = crate::request::service()?;
    Ok(service.link_use(&visitor(), &link, &password, said).await?)
}

#[server(name = AccountFn, prefix = "/fn", endpoint = "account", input = Json)]
pub async fn account() -> Result<Account, ApiError> {
    let (service, caller) = (crate::request::service()?, signed_in()?);
    let id = caller.person.id;
    Ok(Account {
        person: caller.person.clone(),
        sign_ins: service.sign_ins(id).await?,
        here: caller.sign_in.id,
        recovery_codes_left: service.recovery_codes_left(id).await?,
    })
}

#[server(name = PasswordChangeFn, prefix = "/fn", endpoint = "password_change", input = Json)]
pub async fn password_change(current: String, password: String) -> Result<(), ApiError> {
    let (service, caller) = (crate::request::service()?, signed_in()?);
    Ok(service.password_change(&visitor(), &caller, &current, &password).await?)
}

/// Signs one browser out; without an id, all others.
#[server(name = SignInEndFn, prefix = "/fn", endpoint = "sign_in_end", input = Json)]
pub async fn sign_in_end(id: Option<SignInId>) -> Result<(), ApiError> {
    let (service, caller) = (crate::request::service()?, signed_in()?);
    Ok(service.sign_in_end(&visitor(), &caller, id).await?)
}

#[server(name = TenantEnterFn, prefix = "/fn", endpoint = "tenant_enter", input = Json)]
pub async fn tenant_enter(tenant: Option<TenantId>, why: Option<Reason>) -> Result<(), ApiError> {
    let (service, caller) = (crate::request::service()?, signed_in()?);
    let token = service.tenant_enter(&visitor(), &caller, tenant, why).await?;
    keep_token(&token);
    Ok(())
}

#[server(name = PeopleFn, prefix = "/fn", endpoint = "people", input = Json)]
pub async fn people() -> Result<Vec<Person>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.people(&scope).await?)
}

/// The answer is the way to the page where they set their password; it is to be sent to them.
#[server(name = PersonInviteFn, prefix = "/fn", endpoint = "person_invite", input = Json)]
pub async fn person_invite(
    email: String,
    name: String,
    role: Role,
    groups: Option<Vec<GroupId>>,
) -> Result<String, ApiError> {
    let (service, scope) = backend()?;
    let said = PersonSaid { email, name, role, tenant: scope.only_tenant(), groups };
    let (_, link) = service.person_invite(&scope, &said).await?;
    Ok(format!("/link/{}", link.expose()))
}

#[server(name = PersonUpdateFn, prefix = "/fn", endpoint = "person_update", input = Json)]
pub async fn person_update(
    id: PersonId,
    name: String,
    role: Role,
    groups: Option<Vec<GroupId>>,
) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    let caller = signed_in()?;
    // Address and tenant stay.
    let said = PersonSaid { email: String::new(), name, role, tenant: scope.only_tenant(), groups };
    if let Some(token) = service.person_update(&scope, &caller, id, &said).await? {
        keep_token(&token);
    }
    Ok(())
}

#[server(name = PersonEnableFn, prefix = "/fn", endpoint = "person_enable", input = Json)]
pub async fn person_enable(id: PersonId, enabled: bool, why: Option<Reason>) -> Result<(), ApiError> {
    let (service, scope) = backend_because(why)?;
    Ok(service.person_enable(&scope, id, enabled).await?)
}

#[server(name = PersonLinkFn, prefix = "/fn", endpoint = "person_link", input = Json)]
pub async fn person_link(id: PersonId) -> Result<String, ApiError> {
    let (service, scope) = backend()?;
    let link = service.person_link(&scope, id).await?;
    Ok(format!("/link/{}", link.expose()))
}

#[server(name = PersonFactorRemoveFn, prefix = "/fn", endpoint = "person_factor_remove", input = Json)]
pub async fn person_factor_remove(id: PersonId) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    Ok(service.person_second_factor_remove(&scope, id).await?)
}

/// They got a new account at a provider: the one that is known is forgotten.
#[server(name = PersonIdentityForgetFn, prefix = "/fn", endpoint = "person_identity_forget", input = Json)]
pub async fn person_identity_forget(id: PersonId) -> Result<(), ApiError> {
    let (service, scope) = backend()?;
    Ok(service.person_identity_forget(&scope, id).await?)
}

/// Newest first.
#[server(name = AuditFn, prefix = "/fn", endpoint = "audit", input = Json)]
pub async fn audit(filter: AuditFilter) -> Result<Vec<AuditLine>, ApiError> {
    let (service, scope) = backend()?;
    Ok(service.audit_lines(&scope, &filter, AUDIT_PAGE).await?)
}
