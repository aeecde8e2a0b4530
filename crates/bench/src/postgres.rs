//! A PostgreSQL server of our own with its defaults: fsync on, nothing tuned.

use crate::{
    process::{self, Process},
    workspace::{Workspace, free_tcp_port},
};
use anyhow::{Context, Result, bail};
use nix::{sys::signal::Signal, unistd::User};
use std::{
    fs::File,
    io::Read,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

pub struct Postgres {
    process: Process,
    bin: PathBuf,
    pub port: u16,
    pub password: String,
}

pub const USER: &str = "bench";

impl Postgres {
    pub fn start(workspace: &Workspace, name: &str) -> Result<Self> {
        let bin = binaries()?;
        let folder = workspace.folder(name)?;
        let owner = owner()?;
        let password = random_text()?;
        let password_file = folder.join("password");
        std::fs::write(&password_file, &password)?;
        if let Some(user) = &owner {
            std::os::unix::fs::chown(&folder, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
            std::os::unix::fs::chown(&password_file, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
        }
        let data = folder.join("data");
        let mut initdb = as_owner(Command::new(bin.join("initdb")), owner.as_ref(), &folder);
        initdb.arg("-D").arg(&data).args(["-U", USER, "--auth=scram-sha-256", "--encoding=UTF8"]);
        initdb.args(["--locale=C.UTF-8", "--no-instructions", "--pwfile"]).arg(&password_file);
        process::run("initdb", initdb)?;
        let port = free_tcp_port()?;
        let mut server = as_owner(Command::new(bin.join("postgres")), owner.as_ref(), &folder);
        server.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
        let log = workspace.path().join(format!("{name}.log"));
        let process = Process::start("PostgreSQL", server, &log)?.stop_signal(Signal::SIGINT);
        let mut postgres = Self { process, bin, port, password };
        let (bin, text) = (postgres.bin.clone(), port.to_string());
        postgres.process.wait_until(Duration::from_secs(60), || {
            let mut ready = Command::new(bin.join("pg_isready"));
            ready.args(["-q", "-h", "127.0.0.1", "-p", &text]);
            process::run("pg_isready", ready).is_ok()
        })?;
        Ok(postgres)
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// All processes of the cluster.
    pub fn cpu(&self) -> Duration {
        self.process.cpu()
    }

    pub fn create_database(&self, name: &str) -> Result<()> {
        self.sql("postgres", &format!("create database {name} template template0")).map(drop)
    }

    /// Runs SQL and returns what it selects, columns parted by `|`.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = self.psql(database);
        psql.args(["--command", sql]);
        Ok(process::run("psql", psql)?.trim().to_owned())
    }

    /// Runs a file of SQL, or `\copy … from pstdin` with rows.
    pub fn feed(&self, database: &str, command: Option<&str>, input: &Path) -> Result<()> {
        let mut psql = self.psql(database);
        psql.args(command.iter().flat_map(|command| ["--command", command]));
        let input = File::open(input).with_context(|| format!("opening {}", input.display()))?;
        process::run_with_input("psql", psql, Stdio::from(input)).map(drop)
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        psql.arg(self.url(database));
        psql
    }
}

/// The newest version installed.
fn binaries() -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    found.sort();
    match found.pop() {
        Some((_, bin)) if bin.join("postgres").is_file() => Ok(bin),
        _ => bail!("PostgreSQL is not installed (package postgresql)"),
    }
}

/// PostgreSQL refuses to run as root.
fn owner() -> Result<Option<User>> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(None);
    }
    let user = User::from_name("postgres")?.context("there is no user postgres")?;
    Ok(Some(user))
}

fn as_owner(mut command: Command, owner: Option<&User>, folder: &Path) -> Command {
    command.current_dir(folder);
    if let Some(user) = owner {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}

pub fn random_text() -> Result<String> {
    let mut octets = [0; 12];
    File::open("/dev/urandom")?.read_exact(&mut octets)?;
    Ok(octets.iter().map(|octet| format!("{octet:02x}")).collect())
}
