//! Where things are, and which of the two builds is meant.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

/// The base name of the files in `pkg/`; the same as `LEPTOS_OUTPUT_NAME` in `.cargo/config.toml`.
pub const OUTPUT_NAME: &str = "opencmp";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Profile {
    Dev,
    Release,
}

impl Profile {
    /// The cargo profile of the browser's half, also the name of its folder.
    pub fn wasm(self) -> &'static str {
        match self {
            Profile::Dev => "wasm-dev",
            Profile::Release => "wasm-release",
        }
    }
}

pub struct Workspace {
    pub root: PathBuf,
    /// Cargo's target directory for the host.
    pub target: PathBuf,
    /// A target directory of its own for wasm, so that host and browser builds don't evict each other.
    pub front: PathBuf,
    /// What the server serves: the same folder whatever `CARGO_TARGET_DIR` says.
    pub site: PathBuf,
}

impl Workspace {
    pub fn locate() -> Result<Self> {
        let output = cargo().args(["locate-project", "--workspace", "--message-format", "plain"]).output()?;
        ensure!(output.status.success(), "cargo locate-project: {}", String::from_utf8_lossy(&output.stderr));
        let manifest = String::from_utf8(output.stdout)?;
        let root = Path::new(manifest.trim()).parent().context("a manifest lies in a folder")?.to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty()) {
            Some(dir) => std::env::current_dir()?.join(dir),
            None => root.join("target"),
        };
        Ok(Self { front: target.join("front"), site: root.join("target/site"), root, target })
    }
}

/// The cargo that runs this task.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a program with its output shown; an exit code other than 0 is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot start {program}"))?;
    ensure!(status.success(), "{program} ended with {status}");
    Ok(())
}

/// A fingerprint to tell whether something changed since the last run; not for anything else.
pub fn fingerprint(parts: &[&[u8]]) -> String {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
