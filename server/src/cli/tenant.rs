use crate::config::Config;
use anyhow::{Context, Result};
use opencmp_domain::time::{OFFERED_ZONES, offered_zone};
use opencmp_service::Clock;
use std::process::ExitCode;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a customer, with a group for SIMs that name none.
    ///
    /// Example: opencmp tenant add 大甲水務 --cycle-day 1
    #[command(verbatim_doc_comment)]
    Add {
        #[arg(value_name = "NAME")]
        name: String,
        /// By which its days are cut; it stays so.
        #[arg(long, value_name = "ZONE", default_value = "Asia/Taipei")]
        time_zone: String,
        /// Day of the month, 1 to 28, on which its billing cycles begin; it stays so.
        #[arg(long, value_name = "DAY", default_value_t = 1)]
        cycle_day: u32,
    },
    /// List the customers: number, name, time zone, first day of cycles.
    ///
    /// Example: opencmp tenant list
    #[command(verbatim_doc_comment)]
    List,
}

pub fn run(config: &Config, command: Command) -> Result<ExitCode> {
    super::with_store(config, async |store| {
        match command {
            Command::Add { name, time_zone, cycle_day } => {
                let zone = offered_zone(&time_zone)
                    .with_context(|| format!("--time-zone: must be one of {}", OFFERED_ZONES.join(", ")))?;
                let tenant = store
                    .tenant_create(&name, zone, cycle_day, Clock::system().now())
                    .await
                    .with_context(|| format!("adding {name}"))?;
                println!("{}: tenant {}", tenant.name, tenant.id);
            }
            Command::List => {
                for tenant in store.tenant_list().await? {
                    println!("{}\t{}\t{}\t{}", tenant.id, tenant.name, tenant.time_zone, tenant.cycle_day);
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
