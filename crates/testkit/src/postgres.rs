//! The PostgreSQL server of a test run.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result, ensure};

/// Names a maintenance database of a server to use, e.g. `postgres://user:password@127.0.0.1:5432/postgres`. The user
/// must be allowed to create databases.
const VARIABLE: &str = "OPENCMP_TEST_POSTGRES";

/// A PostgreSQL server on which tests may create databases.
pub struct Postgres {
    maintenance_url: String,
    /// Our own server stops when its standard input closes, which the end of this process does in any case.
    _server: Option<Child>,
}

impl Postgres {
    /// The server of this process: given by `OPENCMP_TEST_POSTGRES`, else started at the first call and stopped when
    /// the process ends. Blocks while it starts (seconds).
    pub fn shared() -> Result<&'static Postgres> {
        static SHARED: Mutex<Option<&'static Postgres>> = Mutex::new(None);
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = *shared {
            return Ok(server);
        }
        let server = match std::env::var(VARIABLE) {
            Ok(url) if !url.is_empty() => Postgres { maintenance_url: url, _server: None },
            _ => Self::start()?,
        };
        Ok(shared.insert(Box::leak(Box::new(server))))
    }

    fn start() -> Result<Postgres> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.ci/postgres.sh");
        let mut server = Command::new(&script)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Out of reach of a Ctrl-C meant for the tests: it stops by itself, in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", script.display()))?;
        let mut url = String::new();
        BufReader::new(server.stdout.take().context("stdout is piped")?).read_line(&mut url)?;
        ensure!(
            !url.is_empty(),
            "PostgreSQL did not start; set {VARIABLE} or install the package postgresql"
        );
        Ok(Postgres { maintenance_url: url.trim().to_owned(), _server: Some(server) })
    }

    /// The URL of the database to connect to for creating others.
    pub fn maintenance_url(&self) -> &str {
        &self.maintenance_url
    }

    /// The URL of another database on the same server.
    pub fn database_url(&self, name: &str) -> String {
        let (base, query) = match self.maintenance_url.split_once('?') {
            Some((base, query)) => (base, format!("?{query}")),
            None => (self.maintenance_url.as_str(), String::new()),
        };
        let server = base.rsplit_once('/').map_or(base, |(server, _)| server);
        format!("{server}/{name}{query}")
    }

    /// Runs one SQL command on the maintenance database.
    pub(crate) fn command(&self, sql: &str) -> Command {
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", sql])
            .arg(&self.maintenance_url)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        psql
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_keep_host_and_options() {
        let url = |maintenance: &str| {
            Postgres { maintenance_url: maintenance.to_owned(), _server: None }.database_url("mine")
        };
        assert_eq!(url("postgres://u:p@127.0.0.1:5/postgres"), "postgres://u:p@127.0.0.1:5/mine");
        assert_eq!(url("postgres://h/postgres?sslmode=disable"), "postgres://h/mine?sslmode=disable");
    }
}
