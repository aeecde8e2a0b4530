//! The peer: FreeRADIUS 3.2 with rlm_sql, as a user would set it up for accounting, in a folder of its own.
//!
//! - [`config`]: radiusd.conf with the distribution's schema, queries, thread pool and `acct_unique` policy.
//! - [`prefill`]: an open session of every SIM in radacct, as the server would have written them.
//!
//! SQLite: WAL, one connection and one thread. PostgreSQL: its defaults, and the stock thread pool with a connection each.

mod config;
mod prefill;

use crate::{
    load::Loader,
    postgres::Postgres,
    process::{self, Process},
    workspace::{Workspace, free_udp_port},
};
use anyhow::{Context, Result, bail};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// Where Debian puts the files that come with it.
const SHARED: &str = "/etc/freeradius/3.0";
const PROGRAM: &str = "/usr/sbin/freeradius";

pub enum Database {
    Sqlite(PathBuf),
    Postgres { server: Postgres, name: &'static str },
}

pub struct Peer {
    process: Process,
    database: Database,
    pub loader: Loader,
}

/// Its version, where it is installed with both drivers.
pub fn version() -> Option<String> {
    let drivers = ["rlm_sql_postgresql.so", "rlm_sql_sqlite.so"];
    let complete = drivers.iter().all(|driver| Path::new("/usr/lib/freeradius").join(driver).is_file());
    if !complete || !Path::new(SHARED).join("radiusd.conf").is_file() {
        return None;
    }
    let mut command = Command::new(PROGRAM);
    command.arg("-v");
    let printed = process::run("freeradius -v", command).ok()?;
    let line = printed.lines().find(|line| line.contains("FreeRADIUS Version"))?;
    Some(line.split(',').next()?.replace("radiusd: ", ""))
}

impl Peer {
    /// A server whose table holds an open session of each of `sims` SIMs.
    pub fn start(workspace: &Workspace, secret: &str, sims: u32, postgres: bool) -> Result<Self> {
        let name = if postgres { "peer-postgres" } else { "peer-sqlite" };
        let folder = workspace.folder(name)?;
        let database = if postgres {
            let server = Postgres::start(workspace, "peer-cluster")?;
            server.create_database("radius")?;
            Database::Postgres { server, name: "radius" }
        } else {
            Database::Sqlite(folder.join("radius.sqlite"))
        };
        let schema = schema(&database);
        prefill::schema(&database, &schema)?;
        let totals = prefill::sessions(&database, &folder, secret, sims)?;
        let port = free_udp_port()?;
        config::write(&folder, &database, secret, port)?;
        let mut command = Command::new(PROGRAM);
        command.arg("-d").arg(&folder).args(["-n", "radiusd", "-f", "-l"]).arg(folder.join("radius.log"));
        let log = folder.join("radius.log");
        let mut process = Process::start("FreeRADIUS", command, &log)?;
        process.wait_until(Duration::from_secs(20), || {
            std::fs::read_to_string(&log).is_ok_and(|text| text.contains("Ready to process requests"))
        })?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let loader = Loader::new(address, secret, sims).from(totals);
        Ok(Self { process, database, loader })
    }

    /// The RADIUS server and all of its database.
    pub fn cpu(&self) -> Duration {
        let database = match &self.database {
            Database::Sqlite(_) => Duration::ZERO,
            Database::Postgres { server, .. } => server.cpu(),
        };
        self.process.cpu() + database
    }

    pub fn check(&mut self) -> Result<()> {
        self.process.check()
    }

    /// Octets up and down over all sessions in its table, and how many these are: proof that it stored what it answered.
    pub fn stored(&self) -> Result<(u64, u64, u64)> {
        let sql = "select count(*), sum(acctinputoctets), sum(acctoutputoctets) from radacct";
        let text = match &self.database {
            Database::Postgres { server, name } => server.sql(name, sql)?,
            Database::Sqlite(path) => {
                let database = rusqlite::Connection::open(path)?;
                let (count, up, down): (i64, i64, i64) =
                    database.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                format!("{count}|{up}|{down}")
            }
        };
        let numbers: Vec<u64> = text.split('|').filter_map(|number| number.trim().parse().ok()).collect();
        match numbers[..] {
            [count, up, down] => Ok((count, up, down)),
            _ => bail!("radacct: {text:?}"),
        }
    }
}

fn schema(database: &Database) -> PathBuf {
    let dialect = match database {
        Database::Sqlite(_) => "sqlite",
        Database::Postgres { .. } => "postgresql",
    };
    Path::new(SHARED).join("mods-config/sql/main").join(dialect).join("schema.sql")
}

fn read_shared(path: &str) -> Result<String> {
    let path = Path::new(SHARED).join(path);
    std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}
