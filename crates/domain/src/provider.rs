//! Providers of OpenID Connect: who else says who somebody is, and what their word means here.

use crate::{
    ids::{GroupId, ProviderId, TenantId},
    role::Role,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What is said of a provider when it is added or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderSaid {
    /// On the button.
    pub name: String,
    /// In addresses, such as `/sign-in?with=atoll`.
    pub slug: String,
    /// As the provider itself writes it, to the letter.
    pub issuer: String,
    pub client_id: String,
    /// `None`: the one that is held stays. Empty: there is none, the code's proof (PKCE) is all.
    pub client_secret: Option<String>,
    /// Separated by blanks; `openid` is one of them.
    pub scopes: String,
    pub first_sign_in: FirstSignIn,
    pub rules: Vec<ProviderRule>,
    /// The claim that names the tenant, for rules that don't. Only of the installation's providers.
    pub tenant_claim: Option<String>,
    /// Its e-mail addresses count as verified, unless it says that one isn't.
    pub trusts_email: bool,
    /// Values of `acr` or `amr`, any of which proves a second factor. Empty: ours is asked for.
    pub second_factor: Vec<String>,
    pub enabled: bool,
}

/// Whom a provider lets in who has never come from there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstSignIn {
    /// Those who are here already, by their e-mail address.
    Invitation,
    /// These, and everybody to whom a rule gives a role.
    Rule,
}

impl FirstSignIn {
    pub const ALL: [Self; 2] = [Self::Invitation, Self::Rule];

    pub fn code(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Rule => "rule",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.code() == code)
    }
}

/// Who has this value in this claim has this role. The first rule that holds says role and tenant; others of the same role
/// and tenant add their groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderRule {
    /// `groups`, or a way into it: `realm_access.roles`.
    pub claim: String,
    /// The claim's value, or one of them if it is a list; [`ProviderRule::ANY`].
    pub value: String,
    pub role: Role,
    /// For tenant roles at a provider of the installation; `None`: the tenant claim says.
    pub tenant: Option<TenantId>,
    /// The only group in reach; `None`: all.
    pub group: Option<GroupId>,
}

impl ProviderRule {
    /// Whatever it is, as long as it is there.
    pub const ANY: &'static str = "*";
}

/// A provider as it is configured; its secret stays where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    pub id: ProviderId,
    /// Whose people sign in there; `None`: set up by the operator for the whole installation.
    pub tenant: Option<TenantId>,
    /// Without the secret.
    pub said: ProviderSaid,
    pub has_secret: bool,
    pub created_at: Timestamp,
}

/// Why somebody who came from a provider isn't let in. The code goes through the browser's address to the sign-in page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// There is no such provider, or it is switched off.
    NoProvider,
    /// The sign-in was begun in another browser, too long ago, or is over already.
    Stale,
    /// They, or the provider, said no.
    Denied,
    /// The provider can't be reached, or what it answers makes no sense.
    Unreachable,
    /// What the provider handed out doesn't prove who they are.
    Unproven,
    /// It doesn't say an e-mail address that it has verified.
    NoEmail,
    NotInvited,
    /// No rule gives them a role.
    NoRole,
    /// The e-mail address is another's here.
    EmailTaken,
    ShutOut,
    /// The provider didn't ask for a second factor.
    NoSecondFactor,
    TooMany,
    /// We can't, at the moment.
    Unavailable,
}

impl Refusal {
    pub const ALL: [Self; 13] = [
        Self::NoProvider,
        Self::Stale,
        Self::Denied,
        Self::Unreachable,
        Self::Unproven,
        Self::NoEmail,
        Self::NotInvited,
        Self::NoRole,
        Self::EmailTaken,
        Self::ShutOut,
        Self::NoSecondFactor,
        Self::TooMany,
        Self::Unavailable,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::NoProvider => "no_provider",
            Self::Stale => "stale",
            Self::Denied => "denied",
            Self::Unreachable => "unreachable",
            Self::Unproven => "unproven",
            Self::NoEmail => "no_email",
            Self::NotInvited => "not_invited",
            Self::NoRole => "no_role",
            Self::EmailTaken => "email_taken",
            Self::ShutOut => "shut_out",
            Self::NoSecondFactor => "no_second_factor",
            Self::TooMany => "too_many",
            Self::Unavailable => "unavailable",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::parse(refusal.code()), Some(refusal));
            assert_eq!(serde_json::to_value(refusal).unwrap(), refusal.code());
        }
        for first in FirstSignIn::ALL {
            assert_eq!(FirstSignIn::parse(first.code()), Some(first));
            assert_eq!(serde_json::to_value(first).unwrap(), first.code());
        }
    }
}
