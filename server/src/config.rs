//! Configuration: one TOML file, over it the environment, over that the flags. Unknown keys are refused, and every
//! value is checked before anything starts.

use crate::channels::Notify;
use anyhow::{Context, Result, bail};
use ipnet::IpNet;
use opencmp_ingest::journal::reader::OnDamage;
use opencmp_service::people::SignInPolicy;
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, SocketAddr},
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
    pub sign_in: SignIn,
    pub accounting: Accounting,
    pub database: Database,
    pub journal: Journal,
    pub retention: Retention,
    /// What alerts leave by.
    pub notify: Notify,
    pub log: Log,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Plain HTTP on loopback only: what comes from elsewhere comes through a proxy that ends TLS, or over TLS of our own.
    pub address: SocketAddr,
    /// Certificate chain in PEM, for TLS of our own; read again when it changes.
    pub tls_certificate: Option<PathBuf>,
    /// Its private key in PEM.
    pub tls_key: Option<PathBuf>,
    /// How people reach the pages, such as https://cmp.example.com; left out: http:// and the address.
    pub public_url: Option<String>,
    /// Proxies in front of the pages (addresses or networks), whose X-Forwarded-For is believed.
    pub proxies: Vec<IpNet>,
    /// Where the bundle for the browser is; found by itself as a rule.
    pub site: Option<PathBuf>,
    /// For a program that reads /metrics: it sends `Authorization: Bearer TOKEN`. Without one, only people do.
    pub metrics_token: Option<Secret>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// A sign-in ends when nothing was asked for this long …
    pub idle_minutes: u32,
    /// … and in any case after this long.
    pub longest_hours: u32,
    /// The operator's staff can't sign in without a second factor.
    pub operators_need_second_factor: bool,
    /// Providers of OpenID Connect that tenants set up may be in private networks and on this machine too. The operator's
    /// own may be anywhere.
    pub tenants_providers_anywhere: bool,
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
    /// What to do about acknowledged records that can't be read any more: `refuse` to go on, or `skip` them.
    pub on_damage: OnDamage,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Raw records (the journal) are kept this long …
    pub records_days: u32,
    /// … and no more than this much of them, and less when the disk is nearly full.
    pub records_max_mib: u64,
    /// Hourly usage; daily usage is kept.
    pub hourly_days: u32,
    /// Alerts that are over and wait for nobody, with what was sent of them.
    pub alerts_days: u32,
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
        let (http, sign_in, accounting, database, journal, retention, notify, log) = parts;
        let data = PathBuf::from("data");
        Self { data, http, sign_in, accounting, database, journal, retention, notify, log }
    }
}

impl Default for Http {
    fn default() -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 8080));
        Self {
            address,
            tls_certificate: None,
            tls_key: None,
            public_url: None,
            proxies: Vec::new(),
            site: None,
            metrics_token: None,
        }
    }
}

impl Http {
    /// Where people find the pages.
    pub fn url(&self) -> String {
        let scheme = if self.tls().is_some() { "https" } else { "http" };
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{}", self.address))
    }

    /// Certificate and key, for TLS of our own.
    pub fn tls(&self) -> Option<(&Path, &Path)> {
        Some((self.tls_certificate.as_deref()?, self.tls_key.as_deref()?))
    }

    /// Pages come over TLS, ours or a proxy's.
    pub fn is_secure(&self) -> bool {
        self.tls().is_some() || self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }
}

impl Default for SignIn {
    fn default() -> Self {
        Self {
            idle_minutes: 12 * 60,
            longest_hours: 7 * 24,
            operators_need_second_factor: true,
            tenants_providers_anywhere: false,
        }
    }
}

impl SignIn {
    pub fn policy(&self) -> SignInPolicy {
        SignInPolicy {
            idle_secs: i64::from(self.idle_minutes) * 60,
            longest_secs: i64::from(self.longest_hours) * 3600,
            operators_need_second_factor: self.operators_need_second_factor,
        }
    }
}

impl Default for Accounting {
    fn default() -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], 1813)), sockets: 2, receive_buffer_mib: 8 }
    }
}

impl Default for Journal {
    fn default() -> Self {
        Self { max_unflushed_mib: 8192, on_damage: OnDamage::Refuse }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self { records_days: 90, records_max_mib: 20 * 1024, hourly_days: 93, alerts_days: 400 }
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
        if self.http.tls_certificate.is_some() != self.http.tls_key.is_some() {
            bail!("http.tls_certificate and http.tls_key: TLS needs both");
        }
        if self.http.tls().is_none() && !self.http.address.ip().is_loopback() {
            bail!(
                "http.address is {}: plain HTTP is served on loopback only, such as 127.0.0.1:8080; say \
                 http.tls_certificate and http.tls_key, or put a proxy that ends TLS in front of it and say \
                 http.public_url",
                self.http.address
            );
        }
        if self.http.metrics_token.as_ref().is_some_and(|token| token.0.len() < 16) {
            bail!("http.metrics_token: at least 16 characters are needed");
        }
        if let Some(url) = &self.http.public_url {
            let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let plain = |host: &str| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']);
            if !host.is_some_and(plain) {
                bail!(
                    "http.public_url is {url}: it is scheme and host alone, such as https://cmp.example.com"
                );
            }
            if url.strip_prefix("http://").is_some_and(|host| !is_this_machine(host)) {
                bail!(
                    "http.public_url is {url}: without TLS people reach the pages on this machine only, such as \
                     http://localhost:8080; say https://, and put a proxy that ends TLS in front"
                );
            }
        }
        if !(1..=43_200).contains(&self.sign_in.idle_minutes) {
            bail!("sign_in.idle_minutes is {}: from 1 to 43200 are possible", self.sign_in.idle_minutes);
        }
        if !(1..=720).contains(&self.sign_in.longest_hours) {
            bail!("sign_in.longest_hours is {}: from 1 to 720 are possible", self.sign_in.longest_hours);
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
        // A rule's pause, and tries of a message, are over by then.
        if self.retention.alerts_days < 30 {
            bail!("retention.alerts_days is {}: at least 30 are needed", self.retention.alerts_days);
        }
        self.notify.check()?;
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

/// Host and perhaps port of a URL: one that only this machine reaches.
fn is_this_machine(host: &str) -> bool {
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let bare = bare.unwrap_or_default().to_ascii_lowercase();
    let named = bare == "localhost" || bare.ends_with(".localhost");
    named || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
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

/// A number, or yes or no, where it reads as one: the environment knows text only.
fn env_value(text: &str) -> toml::Value {
    match text.parse() {
        Ok(number) => toml::Value::Integer(number),
        Err(_) => match text {
            "true" => toml::Value::Boolean(true),
            "false" => toml::Value::Boolean(false),
            _ => toml::Value::String(text.to_owned()),
        },
    }
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
    fn damage_to_the_journal_is_refused_unless_it_is_to_be_skipped() {
        assert_eq!(load("", &[]).unwrap().journal.on_damage, OnDamage::Refuse);
        let skip = load("[journal]\non_damage = \"skip\"\n", &[]).unwrap();
        assert_eq!(skip.journal.on_damage, OnDamage::Skip);
        assert!(toml::to_string(&skip).unwrap().contains("on_damage = \"skip\""));
        let error = format!("{:#}", load("", &[("OPENCMP_JOURNAL__ON_DAMAGE", "heal")]).unwrap_err());
        assert!(error.contains("refuse") && error.contains("skip"), "{error}");
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
            ("[http]\ntls_key = \"key.pem\"", "http.tls_certificate"),
            ("[http]\nmetrics_token = \"short\"", "http.metrics_token"),
            ("[http]\npublic_url = \"cmp.example.com\"", "http.public_url"),
            ("[http]\npublic_url = \"https://cmp.example.com/x\"", "http.public_url"),
            ("[http]\npublic_url = \"http://cmp.example.com\"", "http.public_url"),
            ("[http]\npublic_url = \"http://192.0.2.1:8080\"", "http.public_url"),
            ("[http]\npublic_url = \"http://localhost.example.com\"", "http.public_url"),
            ("[http]\npublic_url = \"http://[2001:db8::1]\"", "http.public_url"),
            ("[sign_in]\nidle_minutes = 0", "sign_in.idle_minutes"),
            ("[accounting]\nsockets = 0", "accounting.sockets"),
            ("[database]\nurl = \"mysql://x\"", "database.url"),
            ("[retention]\nhourly_days = 0", "retention.hourly_days"),
            ("[retention]\nalerts_days = 29", "retention.alerts_days"),
            ("[notify.mail]\nhost = \"m\"\nfrom = \"a@b.example\"\nuser = \"x\"", "notify.mail.password"),
            ("[notify.http_sms]\nurl = \"https://sms.example\"", "notify.http_sms.form"),
        ] {
            let error = load(text, &[]).unwrap().check().unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }

    #[test]
    fn pages_come_without_tls_on_this_machine_only() {
        for url in [
            "https://cmp.example.com",
            "http://localhost",
            "http://LOCALHOST:8080",
            "http://cmp.localhost:8080",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
        ] {
            let config = load(&format!("[http]\npublic_url = \"{url}\""), &[]).unwrap();
            assert!(config.check().is_ok(), "{url}");
        }
    }

    #[test]
    fn a_secret_does_not_print() {
        let config = load("[database]\nurl = \"postgres://u:hunter2@h/d\"", &[]).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        assert!(!toml::to_string(&config).unwrap().contains("hunter2"));
    }
}
