//! Whose data an operation may touch. Every operation of `service` takes one; there is no way to the data without it.

use crate::ids::{GroupId, TenantId};
use serde::{Deserialize, Serialize};

/// Built in one place, from who is asking. It can be narrowed, never widened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    reach: Reach,
    /// `None`: every group of the tenant.
    groups: Option<Vec<GroupId>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Reach {
    Operator,
    Tenant(TenantId),
}

impl Scope {
    /// The operator's staff: every tenant and the network's side.
    pub fn operator() -> Self {
        Self { reach: Reach::Operator, groups: None }
    }

    /// Everything of one tenant.
    pub fn tenant(tenant: TenantId) -> Self {
        Self { reach: Reach::Tenant(tenant), groups: None }
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
        let tenant_ok = match self.reach {
            Reach::Operator => true,
            Reach::Tenant(mine) => tenant == Some(mine),
        };
        let group_ok = match &self.groups {
            None => true,
            Some(groups) => group.is_some_and(|group| groups.contains(&group)),
        };
        tenant_ok && group_ok
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
    }
}
