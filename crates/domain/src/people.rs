//! Who there is, where they are signed in, and what the audit log says of them.

use crate::{
    ids::{GroupId, PersonId, SignInId, TenantId},
    role::Role,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: PersonId,
    /// `None`: of the operator's staff.
    pub tenant: Option<TenantId>,
    pub role: Role,
    /// In lower case.
    pub email: String,
    pub name: String,
    /// The only groups that are in reach; `None`: all.
    pub groups: Option<Vec<GroupId>>,
    /// False until an invitation was taken up.
    pub has_password: bool,
    pub has_second_factor: bool,
    pub created_at: Timestamp,
    pub signed_in_at: Option<Timestamp>,
    pub disabled_at: Option<Timestamp>,
}

/// What is said of a person when they are invited or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonSaid {
    pub email: String,
    pub name: String,
    pub role: Role,
    pub tenant: Option<TenantId>,
    pub groups: Option<Vec<GroupId>>,
}

/// How far a sign-in has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The password was right; a code is asked for.
    Code,
    /// The password was right; a second factor has to be set up.
    Enrol,
    Full,
}

impl Stage {
    pub const ALL: [Self; 3] = [Self::Code, Self::Enrol, Self::Full];

    pub fn code(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Enrol => "enrol",
            Self::Full => "full",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.code() == code)
    }
}

/// With what somebody who is signed in shows once more that it is them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofAsked {
    /// Of the second factor that they have, or a recovery code.
    Code,
    Password,
}

/// A browser in which a person is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub id: SignInId,
    pub person: PersonId,
    pub stage: Stage,
    /// The tenant that somebody of the operator's staff has entered.
    pub entered: Option<TenantId>,
    pub began_at: Timestamp,
    pub seen_at: Timestamp,
    pub expires_at: Timestamp,
    pub address: String,
    /// `User-Agent`.
    pub agent: String,
}

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// `None`: the operator's own chain.
    pub chain: Option<TenantId>,
    pub seq: u64,
    pub at: Timestamp,
    pub person: Option<PersonId>,
    /// Name and e-mail address as they were; `None`: the system or its command line.
    pub who: Option<String>,
    pub from: Option<String>,
    /// `gateway.add`: what was done to what.
    pub action: String,
    pub subject: String,
    /// JSON.
    pub before: Option<String>,
    pub after: Option<String>,
    pub why: Option<String>,
}

/// Which lines of a chain are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFilter {
    pub person: Option<PersonId>,
    /// The beginning of an action: `gateway.`
    pub action: Option<String>,
    pub from: Option<Timestamp>,
    /// Not included.
    pub until: Option<Timestamp>,
    /// Lines before this one, which was the last of the page before.
    pub before: Option<u64>,
}
