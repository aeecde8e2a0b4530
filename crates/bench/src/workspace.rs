//! Where things are: the repository, the built server, a folder for this run.

use anyhow::{Context, Result, bail};
use std::{
    net::{TcpListener, UdpSocket},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const PREFIX: &str = "opencmp-bench-";

/// This run's folder, removed at the end. On a disk, because databases are: `/tmp` may be memory.
pub struct Workspace {
    folder: TempDir,
}

impl Workspace {
    pub fn new(parent: Option<&Path>) -> Result<Self> {
        let parent = parent.unwrap_or(Path::new("/var/tmp"));
        remove_leftovers(parent);
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let folder = TempDir::with_prefix_in(prefix, parent)
            .with_context(|| format!("making a folder in {}", parent.display()))?;
        // PostgreSQL runs as another user and must get through.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o711))?;
        Ok(Self { folder })
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A new folder in it, for us alone.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700))?;
        Ok(path)
    }
}

/// Folders of runs that were killed.
fn remove_leftovers(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner =
            name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The repository's root.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap_or_else(|_| PathBuf::from("."))
}

/// The release build of the server: beside this program, or named by `OPENCMP_BIN`.
pub fn server_binary() -> Result<PathBuf> {
    let path = match std::env::var_os("OPENCMP_BIN") {
        Some(path) => PathBuf::from(path),
        None => std::env::current_exe()?.with_file_name("opencmp"),
    };
    if !path.is_file() {
        bail!("{} is not there: cargo build --release -p opencmp", path.display());
    }
    Ok(path)
}

/// UDP and TCP ports that nobody listened on a moment ago.
pub fn free_udp_port() -> Result<u16> {
    Ok(UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port())
}

pub fn free_tcp_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
