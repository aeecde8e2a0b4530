use crate::config::Config;
use anyhow::{Context, Result};
use opencmp_domain::portal::PortalSaid;
use opencmp_service::{Clock, people::Token, portals};
use opencmp_store::Store;
use std::process::ExitCode;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Let a portal show a tenant's pages in frames.
    ///
    /// Prints the key with which the portal's backend asks for tokens; it is kept nowhere else.
    ///
    /// Example: opencmp portal add 設備入口 --tenant 大甲水務 --origin https://portal.example.com --group 北區
    #[command(verbatim_doc_comment)]
    Add {
        #[arg(value_name = "NAME")]
        name: String,
        /// Whose pages they are.
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// Where the portal's pages come from, as browsers write it; may be given several times.
        #[arg(long, value_name = "ORIGIN", required = true)]
        origin: Vec<String>,
        /// Only SIMs of this group, and of those nested in it; may be given several times.
        #[arg(long, value_name = "NAME")]
        group: Vec<String>,
    },
    /// List the portals: whose, number, name, origins. Keys are not kept.
    ///
    /// Example: opencmp portal list
    #[command(verbatim_doc_comment)]
    List,
}

pub fn run(config: &Config, command: Command) -> Result<ExitCode> {
    super::with_store(config, async |store| {
        match command {
            Command::Add { name, tenant, origin, group } => {
                let key = add(&store, name, &tenant, origin, &group).await?;
                println!("{}", key.expose());
            }
            Command::List => {
                for tenant in store.tenant_list().await? {
                    for portal in store.portal_list(tenant.id).await? {
                        let origins = portal.said.origins.join(" ");
                        println!("{}\t{}\t{}\t{origins}", tenant.name, portal.id, portal.said.name);
                    }
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn add(
    store: &Store,
    name: String,
    tenant: &str,
    origins: Vec<String>,
    groups: &[String],
) -> Result<Token> {
    let found = store.tenant_by_name(tenant).await?;
    let tenant = found.with_context(|| format!("--tenant: there is no tenant {tenant}"))?.id;
    let held = store.group_list(Some(tenant)).await?;
    let group = |name: &String| {
        let found = held.iter().find(|group| group.name == *name);
        found.map(|group| group.id).with_context(|| format!("--group: there is no group {name}"))
    };
    let groups = groups.iter().map(group).collect::<Result<Vec<_>>>()?;
    let said = PortalSaid { name, origins, groups: (!groups.is_empty()).then_some(groups) };
    let key = Token::random()?;
    store.portal_add(tenant, &portals::checked(&said)?, &key.hash(), Clock::system().now()).await?;
    Ok(key)
}
