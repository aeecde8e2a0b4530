//! `opencmp`, the one binary: composition root.
//!
//! - [`cli`]: what can be said on the command line; one file per subcommand.
//! - [`config`]: one TOML file plus environment plus flags; unknown keys are refused.
//! - [`run`]: `serve` put together: store, directory, ingest, live hub, web.
//! - [`screen`]: what the applier tells, to lists and browsers.
//! - [`channels`]: what alerts leave by, as it is configured. [`alerts`]: alerts in words.
//! - [`http`]: pages, downloads, the live stream, health and metrics.
//! - [`tls`]: TLS of our own.
//! - [`memory`]: freed memory goes back to the system.
//! - [`demo`]: the demo fleet and the simulated network behind `--demo`.

mod alerts;
mod channels;
mod cli;
mod config;
mod demo;
mod http;
mod memory;
mod run;
mod screen;
mod tls;

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    memory::give_back_at_once();
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("opencmp: {error:#}");
            ExitCode::FAILURE
        }
    }
}
