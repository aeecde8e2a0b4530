//! Whose data an operation may touch, and what it may do to it. Every operation of `service` takes one; there is no way to
//! the data without it.

use crate::{
    ids::{GroupId, PersonId, SimId, TenantId},
    role::{Permission, Permissions, Role},
};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Built in one place, from who is asking. It can be narrowed, never widened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    reach: Reach,
    /// `None`: every group of the tenant.
    groups: Option<Vec<GroupId>>,
    /// A SIM beside the groups.
    sim: Option<SimId>,
    permissions: Permissions,
    actor: Actor,
    reason: Option<Reason>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Reach {
    Operator,
    Tenant(TenantId),
}

/// Who is asking, from where: what the audit log says of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// `None`: the system itself, or its command line.
    pub person: Option<PersonId>,
    pub address: Option<IpAddr>,
}

/// Why something is done, in somebody's words, for the audit log: 1 to 500 characters of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

impl Reason {
    pub const MOST_CHARS: u32 = 500;
}

/// Errors: nothing is said, or it is longer than a reason is, or has more than a line.
impl TryFrom<String> for Reason {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let said = text.trim();
        if said.is_empty()
            || said.chars().count() > Self::MOST_CHARS as usize
            || said.contains(char::is_control)
        {
            return Err("a reason has 1 to 500 characters, in one line");
        }
        Ok(Self(said.to_owned()))
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

impl Actor {
    pub const SYSTEM: Self = Self { person: None, address: None };
}

impl Scope {
    /// Every tenant and the network's side, for the system itself.
    pub fn operator() -> Self {
        Self {
            reach: Reach::Operator,
            groups: None,
            sim: None,
            permissions: Permissions::ALL,
            actor: Actor::SYSTEM,
            reason: None,
        }
    }

    /// Everything of one tenant, for the system itself.
    pub fn tenant(tenant: TenantId) -> Self {
        Self { reach: Reach::Tenant(tenant), ..Self::operator() }
    }

    /// A person of the operator's staff, who may have entered one tenant, or of a tenant.
    pub fn of_person(role: Role, tenant: Option<TenantId>, actor: Actor) -> Self {
        let reach = match tenant {
            Some(tenant) => Reach::Tenant(tenant),
            None if role.is_operator() => Reach::Operator,
            // Not a row that this program writes: reaches nothing.
            None => Reach::Tenant(TenantId(0)),
        };
        Self { reach, groups: None, sim: None, permissions: role.permissions(), actor, reason: None }
    }

    /// Whoever looks at a frame of a portal: reads what a viewer of the tenant does, changes nothing, takes nothing along.
    pub fn of_frame(tenant: TenantId, address: Option<IpAddr>) -> Self {
        Self {
            reach: Reach::Tenant(tenant),
            groups: None,
            sim: None,
            permissions: Permissions::NONE.with(Permission::FleetRead).with(Permission::AlertRead),
            actor: Actor { person: None, address },
            reason: None,
        }
    }

    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// The same, with why it is used, as who uses it says.
    #[must_use]
    pub fn because(mut self, reason: Option<Reason>) -> Self {
        self.reason = reason;
        self
    }

    pub fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }

    /// The same reach, limited to `groups` as well.
    #[must_use]
    pub fn limited_to(mut self, groups: Vec<GroupId>) -> Self {
        self.groups = Some(match self.groups {
            Some(held) => held.into_iter().filter(|group| groups.contains(group)).collect(),
            None => groups,
        });
        self
    }

    /// This SIM, which is in reach, and nothing else: without a group there are no lists and no sums.
    #[must_use]
    pub fn narrowed_to(self, sim: SimId) -> Self {
        Self { groups: Some(Vec::new()), sim: Some(sim), ..self }
    }

    /// The only one in reach, where there is only one.
    pub fn sim(&self) -> Option<SimId> {
        self.sim
    }

    pub fn is_operator(&self) -> bool {
        self.reach == Reach::Operator
    }

    /// The one tenant that is in reach; `None` for the operator.
    pub fn only_tenant(&self) -> Option<TenantId> {
        match self.reach {
            Reach::Operator => None,
            Reach::Tenant(tenant) => Some(tenant),
        }
    }

    pub fn groups(&self) -> Option<&[GroupId]> {
        self.groups.as_deref()
    }

    /// SIMs that no tenant owns (unknown to the inventory) are the operator's alone.
    pub fn allows(&self, tenant: Option<TenantId>, group: Option<GroupId>) -> bool {
        let group_ok = match &self.groups {
            None => true,
            Some(groups) => group.is_some_and(|group| groups.contains(&group)),
        };
        self.has_tenant(tenant) && group_ok
    }

    /// The same, of a SIM that may be in reach by itself.
    pub fn allows_sim(&self, tenant: Option<TenantId>, group: Option<GroupId>, sim: SimId) -> bool {
        self.allows(tenant, group) || (self.sim == Some(sim) && self.has_tenant(tenant))
    }

    fn has_tenant(&self, tenant: Option<TenantId>) -> bool {
        match self.reach {
            Reach::Operator => true,
            Reach::Tenant(mine) => tenant == Some(mine),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_only_narrows() {
        let scope = Scope::tenant(TenantId(1))
            .limited_to(vec![GroupId(1), GroupId(2)])
            .limited_to(vec![GroupId(2), GroupId(3)]);
        assert!(scope.allows(Some(TenantId(1)), Some(GroupId(2))));
        assert!(!scope.allows(Some(TenantId(1)), Some(GroupId(3))));
        assert!(!scope.allows(Some(TenantId(2)), Some(GroupId(2))));
        assert!(!Scope::tenant(TenantId(1)).allows(None, None));
        assert!(Scope::operator().allows(None, None));
        let one = scope.narrowed_to(SimId(7));
        let of = |tenant, sim| one.allows_sim(Some(TenantId(tenant)), Some(GroupId(2)), SimId(sim));
        assert!(of(1, 7) && !of(1, 8) && !of(2, 7));
        assert!(!one.allows(Some(TenantId(1)), Some(GroupId(2))));
    }

    #[test]
    fn a_reason_is_one_line_of_something() {
        let of = |text: &str| Reason::try_from(text.to_owned()).ok().map(String::from);
        assert_eq!(of(" 客戶來電 #4711 ").as_deref(), Some("客戶來電 #4711"));
        assert_eq!(of(&"原".repeat(500)).map(|text| text.chars().count()), Some(500));
        for bad in ["", "  ", "two\nlines", &"原".repeat(501)] {
            assert_eq!(of(bad), None, "{bad:?}");
        }
    }
}
