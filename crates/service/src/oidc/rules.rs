//! From claims to what somebody is here. Pure: the same claims and rules, the same answer.

use opencmp_domain::{
    GroupId, Role, TenantId,
    provider::{Provider, ProviderRule},
};
use serde_json::{Map, Value};

pub type Claims = Map<String, Value>;

/// What the rules make of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    pub role: Role,
    pub tenant: Option<TenantId>,
    /// The only groups in reach; `None`: all.
    pub groups: Option<Vec<GroupId>>,
}

/// `None`: no rule holds. A tenant's provider speaks of its own people alone, whatever its rules say.
pub fn assigned(
    provider: &Provider,
    claims: &Claims,
    tenant_named: impl Fn(&str) -> Option<TenantId>,
) -> Option<Assigned> {
    let holding = provider.said.rules.iter().filter(|rule| holds(rule, claims));
    let given = |rule: &ProviderRule| match (provider.tenant, rule.role.is_operator()) {
        (Some(_), true) => None,
        (Some(own), false) => Some((rule.role, Some(own))),
        (None, true) => Some((rule.role, None)),
        (None, false) => {
            let named = || {
                let claim = provider.said.tenant_claim.as_deref()?;
                texts(find(claims, claim)?).find_map(|text| tenant_named(&text))
            };
            Some((rule.role, Some(rule.tenant.or_else(named)?)))
        }
    };
    let mut given = holding.filter_map(|rule| Some((given(rule)?, rule.group)));
    let (first, group) = given.next()?;
    let others = given.filter(|(other, _)| *other == first).map(|(_, group)| group);
    // One rule without a group is enough for all of them.
    let groups = std::iter::once(group).chain(others).collect::<Option<Vec<GroupId>>>();
    let (role, tenant) = first;
    let groups = groups.filter(|_| role.may_be_limited_to_groups()).map(|mut groups| {
        groups.sort_unstable();
        groups.dedup();
        groups
    });
    Some(Assigned { role, tenant, groups })
}

fn holds(rule: &ProviderRule, claims: &Claims) -> bool {
    let Some(value) = find(claims, &rule.claim) else { return false };
    match rule.value.as_str() {
        ProviderRule::ANY => !value.is_null(),
        wanted => texts(value).any(|text| text == wanted),
    }
}

/// What a claim says, or all that it says if it is a list.
pub fn texts(value: &Value) -> impl Iterator<Item = String> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    };
    let all: Vec<String> = match value {
        Value::Array(list) => list.iter().filter_map(one).collect(),
        value => one(value).into_iter().collect(),
    };
    all.into_iter()
}

/// A claim by its name, which may have dots in it (`https://cmp.example.com/roles`), or by a way into it
/// (`realm_access.roles`).
pub fn find<'c>(claims: &'c Claims, path: &str) -> Option<&'c Value> {
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    let dots = path.match_indices('.').map(|(at, _)| at);
    dots.into_iter().find_map(|at| match claims.get(&path[..at]) {
        Some(Value::Object(inner)) => find(inner, &path[at + 1..]),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::{
        ProviderId, Timestamp,
        provider::{FirstSignIn, ProviderSaid},
    };
    use serde_json::json;

    fn rule(claim: &str, value: &str, role: Role) -> ProviderRule {
        ProviderRule { claim: claim.into(), value: value.into(), role, tenant: None, group: None }
    }

    fn provider(tenant: Option<i64>, rules: Vec<ProviderRule>) -> Provider {
        let said = ProviderSaid {
            name: "p".into(),
            slug: "p".into(),
            issuer: "https://p".into(),
            client_id: "c".into(),
            client_secret: None,
            scopes: "openid".into(),
            first_sign_in: FirstSignIn::Rule,
            rules,
            tenant_claim: Some("org.name".into()),
            trusts_email: false,
            second_factor: Vec::new(),
            enabled: true,
        };
        let (id, created_at) = (ProviderId(1), Timestamp(0));
        Provider { id, tenant: tenant.map(TenantId), said, has_secret: false, created_at }
    }

    fn of(provider: &Provider, claims: Value) -> Option<Assigned> {
        let Value::Object(claims) = claims else { panic!("an object") };
        assigned(provider, &claims, |name| (name == "atoll").then_some(TenantId(7)))
    }

    #[test]
    fn the_first_rule_that_holds_decides_and_others_add_groups() {
        let limited = |value: &str, group| ProviderRule {
            group: Some(GroupId(group)),
            ..rule("groups", value, Role::TenantEditor)
        };
        let rules = vec![
            rule("groups", "admins", Role::TenantAdmin),
            limited("south", 3),
            limited("north", 2),
            rule("groups", "everywhere", Role::TenantEditor),
        ];
        let provider = provider(Some(4), rules);
        let role = |groups: &[&str]| of(&provider, json!({ "groups": groups }));
        let some = |role, groups: Option<Vec<i64>>| {
            Some(Assigned {
                role,
                tenant: Some(TenantId(4)),
                groups: groups.map(|groups| groups.into_iter().map(GroupId).collect()),
            })
        };
        assert_eq!(role(&["north", "admins"]), some(Role::TenantAdmin, None));
        assert_eq!(role(&["north", "south"]), some(Role::TenantEditor, Some(vec![2, 3])));
        assert_eq!(role(&["north", "everywhere"]), some(Role::TenantEditor, None));
        assert_eq!(role(&["others"]), None);
        assert_eq!(of(&provider, json!({})), None);
    }

    #[test]
    fn a_tenants_provider_gives_no_operators_role_and_no_other_tenant() {
        let mut other = rule("a", "*", Role::TenantViewer);
        other.tenant = Some(TenantId(9));
        let held = provider(Some(4), vec![rule("a", "*", Role::OperatorAdmin), other]);
        let given = of(&held, json!({ "a": 1, "org": { "name": "atoll" } })).unwrap();
        assert_eq!((given.role, given.tenant), (Role::TenantViewer, Some(TenantId(4))));
        let held = provider(Some(4), vec![rule("a", "*", Role::OperatorAdmin)]);
        assert_eq!(of(&held, json!({ "a": 1 })), None);
    }

    #[test]
    fn the_installations_provider_finds_the_tenant() {
        let mut fixed = rule("r", "fixed", Role::TenantViewer);
        fixed.tenant = Some(TenantId(9));
        let rules =
            vec![rule("r", "boss", Role::OperatorAdmin), fixed, rule("r", "viewer", Role::TenantViewer)];
        let held = provider(None, rules);
        let given = |claims| of(&held, claims).map(|given| (given.role, given.tenant));
        assert_eq!(given(json!({ "r": "boss" })), Some((Role::OperatorAdmin, None)));
        assert_eq!(given(json!({ "r": "fixed" })), Some((Role::TenantViewer, Some(TenantId(9)))));
        let named = json!({ "r": ["viewer"], "org": { "name": ["atoll"] } });
        assert_eq!(given(named), Some((Role::TenantViewer, Some(TenantId(7)))));
        assert_eq!(given(json!({ "r": "viewer", "org": { "name": "others" } })), None);
        assert_eq!(given(json!({ "r": "viewer" })), None);
    }

    #[test]
    fn claims_are_found_by_name_and_by_way() {
        let Value::Object(claims) = json!({
            "https://cmp.example.com/roles": ["a"],
            "realm_access": { "roles": ["b"], "x.y": { "z": true } },
            "n": 3,
        }) else {
            panic!("an object")
        };
        let said = |path: &str| find(&claims, path).map(|value| texts(value).collect::<Vec<_>>());
        assert_eq!(said("https://cmp.example.com/roles"), Some(vec!["a".to_owned()]));
        assert_eq!(said("realm_access.roles"), Some(vec!["b".to_owned()]));
        assert_eq!(said("realm_access.x.y.z"), Some(vec!["true".to_owned()]));
        assert_eq!(said("n"), Some(vec!["3".to_owned()]));
        assert_eq!(said("realm_access.none"), None);
        assert_eq!(said("n.roles"), None);
    }
}
