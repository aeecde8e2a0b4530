//! What can be said of a provider. Everything is refused here, by field, before anything is kept.

use crate::{Result, ServiceError};
use opencmp_domain::{
    TenantId,
    provider::{FirstSignIn, ProviderRule, ProviderSaid},
    sim::GroupChoice,
};
use url::Url;

const MOST_TEXT: usize = 500;
const MOST_SECRET: usize = 1000;
const MOST_RULES: usize = 100;
/// Addresses below `/sign-in/oidc/` that are no provider's.
const RESERVED: [&str; 2] = ["callback", "logout"];

/// The clean form of what is said, for the provider of a tenant or (`None`) of the installation. `groups` are those that
/// there are. Errors: `Invalid` (slug, issuer, client_id, client_secret, scopes, rules, tenant_claim, second_factor).
pub fn checked(
    said: &ProviderSaid,
    tenant: Option<TenantId>,
    tenants: &[TenantId],
    groups: &[GroupChoice],
) -> Result<ProviderSaid> {
    let client_secret = match said.client_secret.as_deref() {
        Some(secret) if secret.len() > MOST_SECRET || secret.chars().any(char::is_control) => {
            return invalid("client_secret", "too long, or has control characters in it");
        }
        secret => secret.map(str::to_owned),
    };
    let rules = said
        .rules
        .iter()
        .map(|rule| checked_rule(rule, said, tenant, tenants, groups))
        .collect::<Result<Vec<_>>>()?;
    if rules.len() > MOST_RULES {
        return invalid("rules", "at most 100");
    }
    if said.first_sign_in == FirstSignIn::Rule && rules.is_empty() {
        return invalid("rules", "nobody can be let in by rule without a rule");
    }
    let tenant_claim = match said.tenant_claim.as_deref().map(str::trim).filter(|claim| !claim.is_empty()) {
        Some(_) if tenant.is_some() => {
            return invalid("tenant_claim", "only a provider of the installation speaks of several tenants");
        }
        Some(claim) => Some(text("tenant_claim", claim)?),
        None => None,
    };
    let second_factor = said.second_factor.iter().map(|value| text("second_factor", value));
    let second_factor = second_factor.collect::<Result<Vec<_>>>()?;
    if second_factor.iter().any(|value| value.contains(char::is_whitespace)) {
        return invalid("second_factor", "values of acr or amr have no blanks in them");
    }
    Ok(ProviderSaid {
        slug: slug(&said.slug)?,
        name: said.name.clone(),
        issuer: issuer(&said.issuer)?,
        client_id: text("client_id", &said.client_id)?,
        client_secret,
        scopes: scopes(&said.scopes)?,
        first_sign_in: said.first_sign_in,
        rules,
        tenant_claim,
        trusts_email: said.trusts_email,
        second_factor,
        enabled: said.enabled,
    })
}

fn invalid<T>(field: &'static str, message: impl Into<String>) -> Result<T> {
    Err(ServiceError::Invalid { field, message: message.into() })
}

fn text(field: &'static str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > MOST_TEXT || text.chars().any(char::is_control) {
        return invalid(field, format!("1 to {MOST_TEXT} octets on one line"));
    }
    Ok(text.to_owned())
}

fn slug(said: &str) -> Result<String> {
    let slug = said.trim().to_ascii_lowercase();
    let plain =
        slug.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit() || octet == b'-');
    if !(2..=40).contains(&slug.len()) || !plain || slug.starts_with('-') || RESERVED.contains(&slug.as_str())
    {
        return invalid("slug", "2 to 40 letters a to z, digits and hyphens");
    }
    Ok(slug)
}

/// As it is written, to the letter: it is compared with what the provider says of itself. Whether it may be asked is for
/// [`super::http::Http::allowed`].
fn issuer(said: &str) -> Result<String> {
    let issuer = text("issuer", said)?;
    let plain = Url::parse(&issuer).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    match plain {
        true => Ok(issuer),
        false => invalid("issuer", "an address such as https://id.example.com/realms/atoll"),
    }
}

fn scopes(said: &str) -> Result<String> {
    let mut scopes: Vec<&str> = said.split_whitespace().collect();
    // RFC 6749 §3.3
    let plain =
        |scope: &&str| scope.bytes().all(|octet| octet.is_ascii_graphic() && !b"\"\\".contains(&octet));
    if !scopes.iter().all(plain) || said.len() > MOST_TEXT {
        return invalid("scopes", "names separated by blanks, such as openid email profile");
    }
    if !scopes.contains(&"openid") {
        scopes.insert(0, "openid");
    }
    Ok(scopes.join(" "))
}

fn checked_rule(
    rule: &ProviderRule,
    said: &ProviderSaid,
    of: Option<TenantId>,
    tenants: &[TenantId],
    groups: &[GroupChoice],
) -> Result<ProviderRule> {
    let (claim, value) = (text("rules", &rule.claim)?, text("rules", &rule.value)?);
    let tenant = match (of, rule.role.is_operator()) {
        (Some(_), true) => return invalid("rules", "a tenant's provider gives no role of the operator's"),
        (Some(own), false) if rule.tenant.is_some_and(|tenant| tenant != own) => {
            return invalid("rules", "a tenant's provider gives roles in that tenant alone");
        }
        (Some(_), false) => None,
        (None, true) if rule.tenant.is_some() => {
            return invalid("rules", "roles of the operator's are in no tenant");
        }
        (None, true) => None,
        (None, false) => rule.tenant,
    };
    if let Some(tenant) = tenant
        && !tenants.contains(&tenant)
    {
        return invalid("rules", "there is no such tenant");
    }
    let claimed = said.tenant_claim.as_deref().is_some_and(|claim| !claim.trim().is_empty());
    if of.is_none() && !rule.role.is_operator() && tenant.is_none() && !claimed {
        return invalid("rules", "say the tenant of a tenant's role, or which claim names it");
    }
    if let Some(group) = rule.group {
        if !rule.role.may_be_limited_to_groups() {
            return invalid("rules", "only editors and viewers can be limited to groups");
        }
        let own = of.or(tenant);
        if !groups.iter().any(|held| held.id == group && Some(held.tenant) == own) {
            return invalid("rules", "the group is none of that tenant's");
        }
    }
    Ok(ProviderRule { claim, value, role: rule.role, tenant, group: rule.group })
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::{GroupId, Role};

    fn said() -> ProviderSaid {
        ProviderSaid {
            name: "Atoll".into(),
            slug: " Atoll ".into(),
            issuer: "https://id.example.com/realms/atoll".into(),
            client_id: "cmp".into(),
            client_secret: None,
            scopes: "email  profile".into(),
            first_sign_in: FirstSignIn::Invitation,
            rules: Vec::new(),
            tenant_claim: None,
            trusts_email: false,
            second_factor: vec!["mfa".into()],
            enabled: true,
        }
    }

    fn with(rule: (Role, Option<i64>, Option<i64>)) -> ProviderSaid {
        let (role, tenant, group) = rule;
        let (tenant, group) = (tenant.map(TenantId), group.map(GroupId));
        let rule = ProviderRule { claim: "groups".into(), value: "x".into(), role, tenant, group };
        ProviderSaid { rules: vec![rule], first_sign_in: FirstSignIn::Rule, ..said() }
    }

    fn check(said: &ProviderSaid, tenant: Option<i64>) -> Result<ProviderSaid> {
        let group = |id, tenant| GroupChoice {
            id: GroupId(id),
            tenant: TenantId(tenant),
            name: String::new(),
            sims: 0,
        };
        checked(said, tenant.map(TenantId), &[TenantId(1), TenantId(2)], &[group(5, 1), group(6, 2)])
    }

    #[test]
    fn what_is_said_gets_its_clean_form() {
        let clean = check(&said(), Some(1)).unwrap();
        assert_eq!((clean.slug.as_str(), clean.scopes.as_str()), ("atoll", "openid email profile"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (wrong, field) in [
            (ProviderSaid { slug: "a".into(), ..said() }, "slug"),
            (ProviderSaid { slug: "callback".into(), ..said() }, "slug"),
            (ProviderSaid { slug: "a/b".into(), ..said() }, "slug"),
            (ProviderSaid { issuer: "id.example.com".into(), ..said() }, "issuer"),
            (ProviderSaid { issuer: "https://id.example.com/?x".into(), ..said() }, "issuer"),
            (ProviderSaid { issuer: "javascript:alert(1)".into(), ..said() }, "issuer"),
            (ProviderSaid { client_id: " ".into(), ..said() }, "client_id"),
            (ProviderSaid { client_secret: Some("\n".into()), ..said() }, "client_secret"),
            (ProviderSaid { scopes: "openid \u{e9}".into(), ..said() }, "scopes"),
            (ProviderSaid { second_factor: vec!["a b".into()], ..said() }, "second_factor"),
            (ProviderSaid { first_sign_in: FirstSignIn::Rule, ..said() }, "rules"),
            (ProviderSaid { tenant_claim: Some("org".into()), ..said() }, "tenant_claim"),
        ] {
            let error = check(&wrong, Some(1)).unwrap_err();
            assert!(matches!(error, ServiceError::Invalid { field: found, .. } if found == field), "{error}");
        }
    }

    #[test]
    fn rules_stay_within_whose_provider_it_is() {
        use Role::{OperatorAdmin, TenantAdmin, TenantViewer};
        for (of, rule, right) in [
            (Some(1), (TenantAdmin, None, None), true),
            (Some(1), (TenantAdmin, Some(1), None), true),
            (Some(1), (TenantAdmin, Some(2), None), false),
            (Some(1), (OperatorAdmin, None, None), false),
            (Some(1), (TenantViewer, None, Some(5)), true),
            (Some(1), (TenantViewer, None, Some(6)), false),
            (Some(1), (TenantAdmin, None, Some(5)), false),
            (None, (OperatorAdmin, None, None), true),
            (None, (OperatorAdmin, Some(1), None), false),
            (None, (TenantAdmin, Some(1), None), true),
            (None, (TenantAdmin, Some(3), None), false),
            (None, (TenantAdmin, None, None), false),
            (None, (TenantViewer, Some(2), Some(6)), true),
        ] {
            assert_eq!(check(&with(rule), of).is_ok(), right, "{of:?} {rule:?}");
        }
        let claimed = ProviderSaid { tenant_claim: Some("org".into()), ..with((TenantAdmin, None, None)) };
        assert!(check(&claimed, None).is_ok());
    }
}
