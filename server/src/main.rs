//! `opencmp`, the one binary: composition root.
//!
//! - [`cli`]: what can be said on the command line; one file per subcommand.
//! - [`config`]: one TOML file plus environment plus flags; unknown keys are refused.
//! - [`run`]: `serve` put together: store, directory, ingest, live hub, web.
//! - [`screen`]: what the applier tells, to lists and browsers.
//! - [`http`]: pages, downloads, the live stream, health and metrics.
//! - [`memory`]: what the allocator keeps is given back.
//! - [`demo`]: the demo fleet and the simulated network behind `--demo`.

mod cli;
mod config;
mod demo;
mod http;
mod memory;
mod run;
mod screen;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("opencmp: {error:#}");
            ExitCode::FAILURE
        }
    }
}
