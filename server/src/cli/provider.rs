use crate::config::Config;
use anyhow::{Context, Result, bail};
use opencmp_domain::{
    Role, TenantId,
    provider::{FirstSignIn, ProviderRule, ProviderSaid},
    sim::GroupChoice,
};
use opencmp_service::{Clock, oidc};
use opencmp_store::{Store, Tenant};
use std::process::ExitCode;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Let people sign in by a provider of OpenID Connect: everybody, or a tenant's people.
    ///
    /// Prints the addresses that have to be registered at the provider.
    ///
    /// Example: opencmp provider add 環礁電力 --slug atoll --issuer https://id.example.com/realms/atoll --client-id opencmp
    ///   --tenant 環礁電力 --rule groups=cmp-admins:tenant_admin --rule groups=north:tenant_editor/北區
    ///
    /// The client secret comes from OPENCMP_CLIENT_SECRET.
    #[command(verbatim_doc_comment)]
    Add(Box<Added>),
    /// List the providers: whose, short name, name, issuer, on or off. Secrets are not shown.
    ///
    /// Example: opencmp provider list
    #[command(verbatim_doc_comment)]
    List,
}

#[derive(clap::Args)]
pub struct Added {
    /// On the button of the sign-in page.
    #[arg(value_name = "NAME")]
    name: String,
    /// In addresses: /sign-in?with=SLUG.
    #[arg(long)]
    slug: String,
    /// As the provider writes it, to the letter.
    #[arg(long, value_name = "URL")]
    issuer: String,
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// Left out: a public client, with the code's proof (PKCE) alone.
    #[arg(long, env = "OPENCMP_CLIENT_SECRET", hide_env_values = true, value_name = "SECRET")]
    client_secret: Option<String>,
    #[arg(long, default_value = "openid email profile")]
    scopes: String,
    /// Whose people sign in there. Left out: the installation's, on everybody's sign-in page.
    #[arg(long, value_name = "NAME")]
    tenant: Option<String>,
    /// CLAIM=VALUE:ROLE, then @TENANT (for the installation's), then /GROUP; may be given several times. With a rule,
    /// people needn't be invited.
    #[arg(long, value_name = "RULE")]
    rule: Vec<String>,
    /// The claim that names the tenant, for rules that don't.
    #[arg(long, value_name = "CLAIM")]
    tenant_claim: Option<String>,
    /// A value of acr or amr that proves a second factor; may be given several times.
    #[arg(long, value_name = "VALUE")]
    second_factor: Vec<String>,
    /// Addresses count as verified where the provider says nothing of it.
    #[arg(long)]
    trust_email: bool,
}

pub fn run(config: &Config, command: Command) -> Result<ExitCode> {
    super::with_store(config, async |store| {
        let tenants = store.tenant_list().await?;
        match command {
            Command::List => list(&store, &tenants).await?,
            Command::Add(added) => {
                let Added {
                    name,
                    slug,
                    issuer,
                    client_id,
                    client_secret,
                    scopes,
                    tenant,
                    rule,
                    tenant_claim,
                    second_factor,
                    trust_email,
                } = *added;
                let tenant = tenant.as_deref().map(|name| tenant_named(&tenants, name)).transpose()?;
                let groups = store.group_list(None).await?;
                let rules = rule.iter().map(|text| rule_of(text, tenant, &tenants, &groups));
                let rules = rules.collect::<Result<Vec<_>>>()?;
                let first_sign_in =
                    if rules.is_empty() { FirstSignIn::Invitation } else { FirstSignIn::Rule };
                let said = ProviderSaid {
                    name,
                    slug,
                    issuer,
                    client_id,
                    client_secret: Some(client_secret.unwrap_or_default()),
                    scopes,
                    first_sign_in,
                    rules,
                    tenant_claim,
                    trusts_email: trust_email,
                    second_factor,
                    enabled: true,
                };
                let ids: Vec<TenantId> = tenants.iter().map(|tenant| tenant.id).collect();
                let said = oidc::checked(&said, tenant, &ids, &groups)?;
                store.provider_add(tenant, &said, Clock::system().now()).await?;
                let url = config.http.url();
                println!("Redirect URI:             {url}/sign-in/oidc/callback");
                println!("Post-logout redirect URI: {url}/sign-in");
                println!("Back-channel logout URI:  {url}/sign-in/oidc/{}/logout", said.slug);
                if tenant.is_some() {
                    println!("Sign-in page:             {url}/sign-in?with={}", said.slug);
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn list(store: &Store, tenants: &[Tenant]) -> Result<()> {
    let mut of = vec![(None, "-")];
    of.extend(tenants.iter().map(|tenant| (Some(tenant.id), tenant.name.as_str())));
    for (tenant, name) in of {
        for provider in store.provider_list(tenant).await? {
            let said = provider.said;
            let state = if said.enabled { "on" } else { "off" };
            println!("{name}\t{}\t{}\t{}\t{state}", said.slug, said.name, said.issuer);
        }
    }
    Ok(())
}

fn tenant_named(tenants: &[Tenant], name: &str) -> Result<TenantId> {
    let found = tenants.iter().find(|tenant| tenant.name == name);
    Ok(found.with_context(|| format!("there is no tenant {name}"))?.id)
}

/// `groups=north:tenant_editor@環礁電力/北區`
fn rule_of(
    text: &str,
    own: Option<TenantId>,
    tenants: &[Tenant],
    groups: &[GroupChoice],
) -> Result<ProviderRule> {
    let shape = || format!("--rule {text}: it is CLAIM=VALUE:ROLE, such as groups=admins:tenant_admin");
    let (who, what) = text.rsplit_once(':').with_context(shape)?;
    let (claim, value) = who.split_once('=').with_context(shape)?;
    let (what, group) = match what.split_once('/') {
        Some((what, group)) => (what, Some(group)),
        None => (what, None),
    };
    let (role, tenant) = match what.split_once('@') {
        Some((role, tenant)) => (role, Some(tenant_named(tenants, tenant)?)),
        None => (what, None),
    };
    let Some(role) = Role::parse(role) else {
        bail!("--rule {text}: there are {}", Role::ALL.map(Role::code).join(", "));
    };
    let group = match group {
        Some(name) => {
            let of = own.or(tenant);
            let found = groups.iter().find(|group| group.name == name && Some(group.tenant) == of);
            Some(found.with_context(|| format!("--rule {text}: the tenant has no group {name}"))?.id)
        }
        None => None,
    };
    Ok(ProviderRule { claim: claim.to_owned(), value: value.to_owned(), role, tenant, group })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_from_its_end() {
        let rule = |text: &str| rule_of(text, None, &[], &[]);
        let read = rule("https://cmp.example.com/roles=a:b:operator_support").unwrap();
        assert_eq!((read.claim.as_str(), read.value.as_str()), ("https://cmp.example.com/roles", "a:b"));
        assert_eq!((read.role, read.tenant, read.group), (Role::OperatorSupport, None, None));
        for text in ["groups", "groups=a", "groups:tenant_admin", "a=b:nobody", "a=b:tenant_admin@none"] {
            assert!(rule(text).is_err(), "{text}");
        }
    }
}
