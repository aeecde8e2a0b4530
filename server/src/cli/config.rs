use crate::config::Config;
use anyhow::Result;
use std::process::ExitCode;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Read file and environment, say what is wrong.
    ///
    /// Example: opencmp config check --config /etc/opencmp.toml
    #[command(verbatim_doc_comment)]
    Check,
    /// Print what is in force, defaults included and secrets hidden.
    ///
    /// Example: OPENCMP_HTTP__ADDRESS=127.0.0.1:9000 opencmp config print
    #[command(verbatim_doc_comment)]
    Print,
}

pub fn run(config: &Config, command: &Command) -> Result<ExitCode> {
    config.check()?;
    match command {
        Command::Check => println!("the configuration is right"),
        Command::Print => print!("{}", toml::to_string_pretty(config)?),
    }
    Ok(ExitCode::SUCCESS)
}
