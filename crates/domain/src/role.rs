//! Who may do what: one table, which `service` asks before each operation and which is shown as a page.

use serde::{Deserialize, Serialize};

/// What a person is, for the operator or for a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    OperatorAdmin,
    /// Reads every tenant; changes nothing but what was done about alerts.
    OperatorSupport,
    TenantAdmin,
    /// May be limited to groups.
    TenantEditor,
    /// May be limited to groups.
    TenantViewer,
}

impl Role {
    pub const ALL: [Self; 5] = [
        Self::OperatorAdmin,
        Self::OperatorSupport,
        Self::TenantAdmin,
        Self::TenantEditor,
        Self::TenantViewer,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::OperatorAdmin => "operator_admin",
            Self::OperatorSupport => "operator_support",
            Self::TenantAdmin => "tenant_admin",
            Self::TenantEditor => "tenant_editor",
            Self::TenantViewer => "tenant_viewer",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Of the operator's staff; the others belong to one tenant.
    pub fn is_operator(self) -> bool {
        matches!(self, Self::OperatorAdmin | Self::OperatorSupport)
    }

    pub fn may_be_limited_to_groups(self) -> bool {
        matches!(self, Self::TenantEditor | Self::TenantViewer)
    }

    pub fn permissions(self) -> Permissions {
        let granted = Permission::ALL.into_iter().filter(|permission| permission.roles().contains(&self));
        granted.fold(Permissions::NONE, Permissions::with)
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $code:literal: $($role:ident)|+),* $(,)?) => {
        /// What an operation asks for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Permission { $($(#[$doc])* $name),* }

        impl Permission {
            pub const ALL: [Self; [$($code),*].len()] = [$(Self::$name),*];

            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// Who has it.
            pub fn roles(self) -> &'static [Role] {
                match self { $(Self::$name => &[$(Role::$role),+]),* }
            }
        }
    };
}

permissions! {
    /// Lists, SIM pages, usage, their live figures.
    FleetRead = "fleet_read": OperatorAdmin | OperatorSupport | TenantAdmin | TenantEditor | TenantViewer,
    /// What was read leaves as a file.
    FleetExport = "fleet_export": OperatorAdmin | OperatorSupport | TenantAdmin | TenantEditor | TenantViewer,
    /// Views that everyone of the tenant sees.
    ViewWrite = "view_write": OperatorAdmin | TenantAdmin | TenantEditor,
    /// Names, tags and groups of SIMs.
    SimWrite = "sim_write": OperatorAdmin | TenantAdmin | TenantEditor,
    /// Groups made, renamed, removed.
    GroupWrite = "group_write": OperatorAdmin | TenantAdmin | TenantEditor,
    /// The tenant's custom fields: which there are.
    FieldWrite = "field_write": OperatorAdmin | TenantAdmin,
    /// People invited, changed, shut out.
    PeopleWrite = "people_write": OperatorAdmin | TenantAdmin,
    /// Providers of OpenID Connect, of one's own people.
    ProviderWrite = "provider_write": OperatorAdmin | TenantAdmin,
    /// Portals that show a tenant's pages in frames.
    PortalWrite = "portal_write": OperatorAdmin | TenantAdmin,
    /// The event history, and rules as far as they are one's own.
    AlertRead = "alert_read": OperatorAdmin | OperatorSupport | TenantAdmin | TenantEditor | TenantViewer,
    /// 處理: what was done about an alert.
    AlertHandle = "alert_handle": OperatorAdmin | OperatorSupport | TenantAdmin | TenantEditor,
    /// Alert rules and channels.
    AlertWrite = "alert_write": OperatorAdmin | TenantAdmin,
    AuditRead = "audit_read": OperatorAdmin | OperatorSupport | TenantAdmin,
    /// The network's side: gateways, ingest, SIMs that no tenant has.
    NetworkRead = "network_read": OperatorAdmin | OperatorSupport,
    /// Looks at one tenant's fleet as its people do.
    TenantEnter = "tenant_enter": OperatorAdmin | OperatorSupport,
    /// Tenants made and changed.
    TenantWrite = "tenant_write": OperatorAdmin,
    /// SIMs taken into stock, given to tenants.
    StockWrite = "stock_write": OperatorAdmin,
    /// Rate plans added, renamed, removed.
    PlanWrite = "plan_write": OperatorAdmin,
    /// The radio network's cells taken in, changed, removed.
    CellWrite = "cell_write": OperatorAdmin,
    /// Gateways with their secrets.
    GatewayWrite = "gateway_write": OperatorAdmin,
}

/// A set of [`Permission`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions(u32);

impl Permissions {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self(u32::MAX);

    #[must_use]
    pub fn with(self, permission: Permission) -> Self {
        Self(self.0 | 1 << permission as u32)
    }

    pub fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_read_back() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.code()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.code());
        }
        let mut codes: Vec<_> = Permission::ALL.map(Permission::code).to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Permission::ALL.len());
    }

    #[test]
    fn support_and_viewers_write_nothing() {
        for role in [Role::OperatorSupport, Role::TenantViewer] {
            for permission in Permission::ALL {
                let writes = permission.code().ends_with("_write");
                assert!(!(writes && role.permissions().has(permission)), "{role:?} {permission:?}");
            }
        }
    }

    #[test]
    fn tenants_people_have_nothing_of_the_networks_side() {
        for role in Role::ALL.into_iter().filter(|role| !role.is_operator()) {
            use Permission as P;
            for permission in [
                P::NetworkRead,
                P::TenantEnter,
                P::TenantWrite,
                P::StockWrite,
                P::PlanWrite,
                P::CellWrite,
                P::GatewayWrite,
            ] {
                assert!(!role.permissions().has(permission), "{role:?} {permission:?}");
            }
        }
    }
}
