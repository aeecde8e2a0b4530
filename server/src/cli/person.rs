use crate::config::Config;
use anyhow::{Context, Result, bail};
use opencmp_domain::{Role, people::PersonSaid};
use opencmp_service::{
    Clock,
    people::{self, Token},
};
use opencmp_store::Store;
use std::process::ExitCode;

const LINK_SECS: i64 = 3 * 86_400;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Let somebody in: for the operator's staff, or for a tenant's people.
    ///
    /// Prints a link with which they set their password, good for three days; or takes the password from standard input.
    ///
    /// Example: opencmp person add mei@example.com --name 陳美玲 --role tenant_editor --tenant 大甲水務 --group 北區
    #[command(verbatim_doc_comment)]
    Add {
        /// What they sign in with.
        #[arg(value_name = "E-MAIL")]
        email: String,
        #[arg(long)]
        name: String,
        /// operator_admin, operator_support, tenant_admin, tenant_editor or tenant_viewer.
        #[arg(long, value_parser = role)]
        role: Role,
        /// Whose people they are; for tenant roles.
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
        /// Only SIMs of this group, and of those nested in it; may be given several times.
        #[arg(long, value_name = "NAME")]
        group: Vec<String>,
        /// Take the password from standard input instead of making a link.
        #[arg(long)]
        password_stdin: bool,
    },
    /// A new link for somebody who can't sign in any more; what they had before stays good until they use it.
    ///
    /// Example: opencmp person link mei@example.com
    #[command(verbatim_doc_comment)]
    Link {
        #[arg(value_name = "E-MAIL")]
        email: String,
    },
    /// Who there is, by tenant: e-mail address, role, name.
    ///
    /// Example: opencmp person list
    #[command(verbatim_doc_comment)]
    List,
}

#[derive(clap::Subcommand)]
pub enum AdminCommand {
    /// Make an administrator of the operator: the first one, or another.
    ///
    /// Prints a link with which they set their password; or takes the password from standard input.
    ///
    /// Example: opencmp admin create root@operator.example --name 王大明
    #[command(verbatim_doc_comment)]
    Create {
        #[arg(value_name = "E-MAIL")]
        email: String,
        #[arg(long)]
        name: String,
        /// Take the password from standard input instead of making a link.
        #[arg(long)]
        password_stdin: bool,
    },
}

fn role(code: &str) -> Result<Role, String> {
    let codes = Role::ALL.map(Role::code).join(", ");
    Role::parse(code).ok_or_else(|| format!("there are {codes}"))
}

pub fn run_admin(config: &Config, command: AdminCommand) -> Result<ExitCode> {
    let AdminCommand::Create { email, name, password_stdin } = command;
    let (tenant, group) = (None, Vec::new());
    run(config, Command::Add { email, name, role: Role::OperatorAdmin, tenant, group, password_stdin })
}

pub fn run(config: &Config, command: Command) -> Result<ExitCode> {
    super::with_store(config, async |store| {
        match command {
            Command::Add { email, name, role, tenant, group, password_stdin } => {
                let said = said(&store, email, name, role, tenant.as_deref(), &group).await?;
                let password = password_stdin.then(password_of_stdin).transpose()?;
                if let Some(password) = &password {
                    people::password_check(password, &[&said.email, &said.name])?;
                }
                let now = Clock::system().now();
                let id = store.person_create(&said, now).await?;
                if role == Role::OperatorAdmin {
                    retire_first(&store).await?;
                }
                match password {
                    Some(password) => {
                        let kept = people::password_hash(&password).await?;
                        store.password_set(id, &kept, None, &now.into()).await?;
                        println!("{}: may sign in", said.email);
                    }
                    None => print_link(config, &store, &said.email).await?,
                }
            }
            Command::Link { email } => print_link(config, &store, &email).await?,
            Command::List => {
                let mut tenants = vec![(None, "-".to_owned())];
                tenants.extend(store.tenant_list().await?.into_iter().map(|t| (Some(t.id), t.name)));
                for (tenant, of) in tenants {
                    for person in store.person_list(tenant).await? {
                        println!("{of}\t{}\t{}\t{}", person.email, person.role.code(), person.name);
                    }
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The administrator that a first start made waits for whoever reads its link: nobody any more.
async fn retire_first(store: &Store) -> Result<()> {
    if let Some(first) = store.person_by_email(people::FIRST_ADMIN).await? {
        store.person_enable(first.id, false, &Clock::system().now().into()).await?;
    }
    Ok(())
}

async fn said(
    store: &Store,
    email: String,
    name: String,
    role: Role,
    tenant: Option<&str>,
    groups: &[String],
) -> Result<PersonSaid> {
    let tenant = match tenant {
        Some(name) => {
            let found = store.tenant_by_name(name).await?;
            Some(found.with_context(|| format!("--tenant: there is no tenant {name}"))?.id)
        }
        None if role.is_operator() => None,
        None => bail!("--tenant: say whose people they are"),
    };
    let held = store.group_list(tenant).await?;
    let group = |name: &String| {
        let found = held.iter().find(|group| group.name == *name);
        found.map(|group| group.id).with_context(|| format!("--group: there is no group {name}"))
    };
    let ids = groups.iter().map(group).collect::<Result<Vec<_>>>()?;
    Ok(PersonSaid { email, name, role, tenant, groups: (!ids.is_empty()).then_some(ids) })
}

fn password_of_stdin() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("reading the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

async fn print_link(config: &Config, store: &Store, email: &str) -> Result<()> {
    let person = store.person_by_email(email).await?;
    let person = person.with_context(|| format!("nobody signs in as {email}"))?;
    let (token, now) = (Token::random()?, Clock::system().now());
    store.link_create(person.id, &token.hash(), now.plus_secs(LINK_SECS), &now.into()).await?;
    println!("{}/link/{}", config.http.url(), token.expose());
    Ok(())
}
