use anyhow::{Context, Result, bail};
use std::process::ExitCode;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Print a packet as JSON: every attribute, and whether it would be accepted.
    ///
    /// Example: opencmp radius decode --secret testing123 0404002711019c27d4e00cbc523b3e2fc834baf401066e656d6f2806000000012c073230303234
    #[command(verbatim_doc_comment)]
    Decode {
        /// Shared secret; without it authenticators are not checked.
        #[arg(long)]
        secret: Option<String>,
        /// Which port it came to; guessed from the packet's code when left out.
        #[arg(long, value_parser = ["auth", "acct", "dynauth"])]
        role: Option<String>,
        /// The UDP payload in hexadecimal; blanks and colons are ignored.
        #[arg(value_name = "HEX")]
        hex: String,
    },
}

/// Ends with 0 for a packet that would be accepted and 1 for one that would be discarded.
pub fn run(command: Command) -> Result<ExitCode> {
    let Command::Decode { secret, role, hex } = command;
    let octets = octets(&hex).context("HEX")?;
    let role = match role.as_deref() {
        Some("auth") => Some(opencmp_radius::Role::Auth),
        Some("acct") => Some(opencmp_radius::Role::Acct),
        Some("dynauth") => Some(opencmp_radius::Role::DynAuth),
        _ => None,
    };
    let packet =
        opencmp_radius::json::decode(&octets, secret.map(opencmp_radius::Secret::new).as_ref(), role);
    println!("{}", serde_json::to_string_pretty(&packet)?);
    let accepted = packet.get("packet").and_then(|verdict| verdict.as_str()) == Some("accept");
    Ok(if accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn octets(hex: &str) -> Result<Vec<u8>> {
    let mut digits = Vec::with_capacity(hex.len());
    for (at, c) in hex.trim().trim_start_matches("0x").chars().enumerate() {
        match c.to_digit(16) {
            Some(digit) => digits.push(digit as u8),
            None if c.is_whitespace() || c == ':' => {}
            None => bail!("{c:?} at position {} is not a hexadecimal digit", at + 1),
        }
    }
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        bail!("{} hexadecimal digits: octets have two each, and there must be at least one", digits.len());
    }
    Ok(digits.chunks(2).map(|pair| pair.iter().fold(0, |octet, digit| octet << 4 | digit)).collect())
}
