use crate::config::Config;
use anyhow::{Context, Result};
use opencmp_store::{NewNas, Secret};
use std::process::ExitCode;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Take a gateway's accounting from now on; a running server notices within a second.
    ///
    /// Example: opencmp nas add pgw-tpe-01 --address 10.20.0.0/28 --secret s3cret
    #[command(verbatim_doc_comment)]
    Add {
        /// How pages call it.
        #[arg(value_name = "NAME")]
        name: String,
        /// Source address of its packets, or a network of them.
        #[arg(long, value_name = "CIDR")]
        address: String,
        /// Shared secret.
        #[arg(long, env = "OPENCMP_NAS_SECRET", hide_env_values = true)]
        secret: String,
        /// Its octet counters wrap at 4 GiB without Acct-*-Gigawords.
        #[arg(long)]
        counters_32bit: bool,
        /// It reports Input and Output the wrong way round.
        #[arg(long)]
        swap_direction: bool,
        /// A gateway that it may speak for: NAS-Identifier, address or block of NAS-IP-Address. May be given more than once;
        /// without it, any.
        #[arg(long, value_name = "NAS")]
        node: Vec<String>,
    },
    /// List the gateways; secrets are not shown.
    ///
    /// Example: opencmp nas list
    #[command(verbatim_doc_comment)]
    List,
}

pub fn run(config: &Config, command: Command) -> Result<ExitCode> {
    super::with_store(config, async |store| {
        match command {
            Command::Add { name, address, secret, counters_32bit, swap_direction, node } => {
                let nas = NewNas {
                    name: name.clone(),
                    address,
                    secret: Secret::new(secret),
                    counters_32bit,
                    swap_direction,
                    nodes: node.join("\n"),
                    enabled: true,
                };
                let now = opencmp_service::Clock::system().now();
                let id = store.nas_add(&nas, now).await.with_context(|| format!("adding {name}"))?;
                println!("{name}: gateway {id}");
            }
            Command::List => {
                for nas in store.nas_list().await? {
                    println!("{}\t{}\t{}", nas.id, nas.name, nas.address);
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
