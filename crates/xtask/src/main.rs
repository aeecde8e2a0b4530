//! Build tasks of this repository: `cargo run -p xtask -- <command>`.
//!
//! - [`workspace`]: where things are, and the two build profiles
//! - [`wasm`]: cargo build for the browser → split lazy routes → wasm-bindgen → wasm-opt, into a staging folder
//! - [`css`]: the style sheets, `@import`s inlined into one file
//! - [`site`]: staged files, style and `public/` → `target/site`, with `.br` and `.gz` beside in release
//! - [`dev`]: all of that again, and a restart of the server, whenever a file changes
//!
//! Each step is skipped when what it reads hasn't changed, so that a second run takes about a second.

mod css;
mod dev;
mod site;
mod wasm;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};
use workspace::{Profile, Workspace};

const USAGE: &str = "\
cargo run -p xtask -- bundle [--release]     build target/site: wasm, glue, style sheet, public files
cargo run -p xtask -- dev [SERVER ARGS...]   the same, then run the server; rebuild and restart on change";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> Result<()> {
    match args {
        ["bundle"] => bundle(Profile::Dev),
        ["bundle", "--release"] => bundle(Profile::Release),
        ["dev", server_args @ ..] => dev::run(&Workspace::locate()?, server_args),
        _ => bail!("usage:\n{USAGE}"),
    }
}

fn bundle(profile: Profile) -> Result<()> {
    let workspace = Workspace::locate()?;
    let staged = wasm::stage(&workspace, profile)?;
    let sizes = site::assemble(&workspace, profile, &staged)?;
    print!("{sizes}");
    Ok(())
}
