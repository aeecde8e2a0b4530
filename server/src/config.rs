//! Configuration: one TOML file, over it the environment, over that the flags. Unknown keys are refused, and every
//! value is checked before anything starts.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// `OPENCMP_HTTP__ADDRESS=127.0.0.1:9000` sets `address` of `[http]`.
const ENV_PREFIX: &str = "OPENCMP_";

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Holds the embedded database and the journal.
    pub data: PathBuf,
    pub http: Http,
    pub accounting: Accounting,
    pub database: Database,
    pub journal: Journal,
    pub retention: Retention,
    pub log: Log,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Loopback only, until there is sign-in.
    pub address: SocketAddr,
    /// Where the bundle for the browser is; found by itself as a rule.
    pub site: Option<PathBuf>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accounting {
    /// RADIUS accounting (UDP). Packets count only from gateways in the list, with the right secret.
    pub address: SocketAddr,
    /// Sockets that share the port (SO_REUSEPORT), each with a thread.
    pub sockets: usize,
    pub receive_buffer_mib: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://…`; left out: SQLite in the data folder.
    pub url: Option<Secret>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Journal {
    /// Most that may wait for the database before acknowledgements stop.
    pub max_unflushed_mib: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Raw records (the journal) are kept this long …
    pub records_days: u32,
    /// … and no more than this much of them.
    pub records_max_mib: u64,
    /// Hourly usage; daily usage is kept.
    pub hourly_days: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// As in `RUST_LOG`: `info,opencmp=debug`.
    pub filter: String,
}

/// Text that doesn't print: a URL with a password, a shared secret.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(hidden)")
    }
}

impl Default for Config {
    fn default() -> Self {
        let parts = Default::default();
        let (http, accounting, database, journal, retention, log) = parts;
        Self { data: PathBuf::from("data"), http, accounting, database, journal, retention, log }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], 8080)), site: None }
    }
}

impl Default for Accounting {
    fn default() -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], 1813)), sockets: 2, receive_buffer_mib: 8 }
    }
}

impl Default for Journal {
    fn default() -> Self {
        Self { max_unflushed_mib: 8192 }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self { records_days: 7, records_max_mib: 20 * 1024, hourly_days: 93 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".into() }
    }
}

impl Config {
    /// Reads `file` if one is given, then the environment.
    pub fn load(file: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut table = match file {
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
                text.parse::<toml::Table>().with_context(|| format!("{} is not TOML", path.display()))?
            }
            None => toml::Table::new(),
        };
        for (name, value) in env {
            if name == "DATABASE_URL" {
                set(&mut table, &["database", "url"], toml::Value::String(value));
            } else if let Some(path) =
                name.strip_prefix(ENV_PREFIX).filter(|path| path.contains("__") || *path == "DATA")
            {
                let lower = path.to_ascii_lowercase();
                let keys: Vec<&str> = lower.split("__").collect();
                set(&mut table, &keys, env_value(&value));
            }
        }
        let config: Self = table.try_into().context("the configuration is not right")?;
        Ok(config)
    }

    /// Everything that can be wrong and is known before anything starts. The message names the key.
    pub fn check(&self) -> Result<()> {
        if !self.http.address.ip().is_loopback() {
            bail!(
                "http.address is {}: until there is sign-in the pages are served on loopback only, such as 127.0.0.1:8080",
                self.http.address
            );
        }
        if !(1..=64).contains(&self.accounting.sockets) {
            bail!("accounting.sockets is {}: from 1 to 64 are possible", self.accounting.sockets);
        }
        if !(1..=1024).contains(&self.accounting.receive_buffer_mib) {
            bail!(
                "accounting.receive_buffer_mib is {}: from 1 to 1024 are possible",
                self.accounting.receive_buffer_mib
            );
        }
        if self.journal.max_unflushed_mib < 64 {
            bail!("journal.max_unflushed_mib is {}: at least 64 are needed", self.journal.max_unflushed_mib);
        }
        if self.retention.records_max_mib < 256 {
            bail!("retention.records_max_mib is {}: at least 256 are needed", self.retention.records_max_mib);
        }
        if self.retention.hourly_days < 2 {
            bail!("retention.hourly_days is {}: at least 2 are needed", self.retention.hourly_days);
        }
        if let Some(url) = &self.database.url
            && !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.0.starts_with(scheme))
        {
            bail!(
                "database.url: it begins with sqlite: or postgres:, such as postgres://opencmp@localhost/opencmp"
            );
        }
        Ok(())
    }

    pub fn database_url(&self) -> String {
        match &self.database.url {
            Some(url) => url.0.clone(),
            None => format!("sqlite:{}", self.data.join("opencmp.sqlite").display()),
        }
    }

    pub fn journal_dir(&self) -> PathBuf {
        self.data.join("journal")
    }
}

fn set(table: &mut toml::Table, keys: &[&str], value: toml::Value) {
    match keys {
        [] => {}
        [key] => drop(table.insert((*key).to_owned(), value)),
        [section, rest @ ..] => {
            let held = table.entry(*section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let toml::Value::Table(inner) = held {
                set(inner, rest, value);
            }
        }
    }
}

/// A number where it reads as one: the environment knows text only.
fn env_value(text: &str) -> toml::Value {
    text.parse().map(toml::Value::Integer).unwrap_or_else(|_| toml::Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, env: &[(&str, &str)]) -> Result<Config> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), text)?;
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(Some(file.path()), env)
    }

    #[test]
    fn the_environment_goes_over_the_file() {
        let config =
            load("[http]\naddress = \"127.0.0.1:1\"\n", &[("OPENCMP_HTTP__ADDRESS", "127.0.0.1:2")]).unwrap();
        assert_eq!(config.http.address.port(), 2);
        let config =
            load("", &[("OPENCMP_RETENTION__HOURLY_DAYS", "30"), ("DATABASE_URL", "postgres://x")]).unwrap();
        assert_eq!(config.retention.hourly_days, 30);
        assert_eq!(config.database_url(), "postgres://x");
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        let error = format!("{:#}", load("[http]\nadress = \"127.0.0.1:1\"\n", &[]).unwrap_err());
        assert!(error.contains("adress"), "{error}");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, key) in [
            ("[http]\naddress = \"0.0.0.0:80\"", "http.address"),
            ("[accounting]\nsockets = 0", "accounting.sockets"),
            ("[database]\nurl = \"mysql://x\"", "database.url"),
            ("[retention]\nhourly_days = 0", "retention.hourly_days"),
        ] {
            let error = load(text, &[]).unwrap().check().unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn a_secret_does_not_print() {
        let config = load("[database]\nurl = \"postgres://u:hunter2@h/d\"", &[]).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        assert!(!toml::to_string(&config).unwrap().contains("hunter2"));
    }
}
