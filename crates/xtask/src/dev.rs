//! `make dev`: builds, runs the server, and does so again whenever a file changes.

use std::{
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    process::{Child, Command},
    thread::sleep,
    time::Duration,
};

use anyhow::Result;

use crate::{
    site, wasm,
    workspace::{Profile, Workspace, cargo, run as run_command},
};

const POLL: Duration = Duration::from_millis(400);

/// Changes here need a build and a restart.
const CODE: &[&str] = &["Cargo.toml", "Cargo.lock", "app", "frontend", "server", "crates", "migrations"];
/// Changes here are only copied: the server reads them from disk.
const ASSETS: &[&str] = &["style", "public"];

/// Runs until the terminal's Ctrl-C, which ends the server as well.
pub fn run(workspace: &Workspace, server_args: &[&str]) -> Result<()> {
    let mut built = Trees::default();
    let mut server = Server::default();
    loop {
        let now = Trees::settled(&workspace.root);
        if now.code != built.code {
            match build(workspace) {
                Ok(()) => server.restart(workspace, server_args)?,
                Err(error) => eprintln!("xtask: {error:#}; waiting for the next change"),
            }
        } else if now.assets != built.assets {
            match bundle(workspace) {
                Ok(()) => println!("xtask: style and public files copied"),
                Err(error) => eprintln!("xtask: {error:#}"),
            }
        }
        built = now;
        while Trees::read(&workspace.root) == built {
            sleep(POLL);
        }
    }
}

fn build(workspace: &Workspace) -> Result<()> {
    bundle(workspace)?;
    run_command(cargo().args(["build", "-p", "opencmp"]).current_dir(&workspace.root))
}

fn bundle(workspace: &Workspace) -> Result<()> {
    let staged = wasm::stage(workspace, Profile::Dev)?;
    site::assemble(workspace, Profile::Dev, &staged)?;
    Ok(())
}

#[derive(Default)]
struct Server(Option<Child>);

impl Server {
    fn restart(&mut self, workspace: &Workspace, args: &[&str]) -> Result<()> {
        if let Some(mut old) = self.0.take() {
            // Asked to leave, it finishes what it has taken in; `Child::kill` would not let it.
            run_command(Command::new("kill").arg("-TERM").arg(old.id().to_string())).ok();
            old.wait()?;
        }
        let server = workspace.target.join("debug/opencmp");
        self.0 = Some(Command::new(server).args(args).current_dir(&workspace.root).spawn()?);
        Ok(())
    }
}

/// What the watched folders look like: names, sizes and times of all files in them.
#[derive(Default, PartialEq, Eq)]
struct Trees {
    code: u64,
    assets: u64,
}

impl Trees {
    fn read(root: &Path) -> Self {
        let look = |names: &[&str]| {
            let mut hasher = DefaultHasher::new();
            names.iter().for_each(|name| look_at(&root.join(name), &mut hasher));
            hasher.finish()
        };
        Self { code: look(CODE), assets: look(ASSETS) }
    }

    /// Waits until an editor or a `git switch` has finished writing.
    fn settled(root: &Path) -> Self {
        let mut last = Self::read(root);
        loop {
            sleep(POLL / 4);
            let now = Self::read(root);
            if now == last {
                return now;
            }
            last = now;
        }
    }
}

/// Files that vanish meanwhile simply don't count.
fn look_at(path: &Path, hasher: &mut DefaultHasher) {
    let Ok(meta) = fs::metadata(path) else { return };
    if meta.is_dir() {
        let Ok(entries) = fs::read_dir(path) else { return };
        let mut entries: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        entries.iter().for_each(|entry| look_at(entry, hasher));
    } else {
        (path, meta.len(), meta.modified().ok()).hash(hasher);
    }
}
