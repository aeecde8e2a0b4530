//! Our own server under measurement: the release build, configured by nothing but addresses, data folder and database.

use crate::{
    http::Client,
    load::{self, Loader},
    postgres::Postgres,
    process::{self, Process},
    readers, sse,
    workspace::{self, Workspace, free_tcp_port, free_udp_port},
};
use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::Signal;
use opencmp_domain::operator::IngestStatus;
use opencmp_netsim::{inventory, load::plan};
use std::{
    fs::File,
    io::BufWriter,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

pub const SECRET: &str = "bench-s3cret";
pub const TENANT: &str = "負載測試";
/// SIMs of the inventory that no load is on.
pub const PROBES: u32 = 50;
const DATABASE: &str = "opencmp";

pub struct Ours {
    binary: PathBuf,
    folder: PathBuf,
    /// None while it is stopped.
    process: Option<Process>,
    pub postgres: Option<Postgres>,
    pub http: SocketAddr,
    radius: SocketAddr,
    pub loader: Loader,
}

impl Ours {
    /// An inventory of `sims` SIMs and the probes, and a gateway, in a new database; not running yet.
    pub fn prepare(workspace: &Workspace, name: &str, sims: u32, with_postgres: bool) -> Result<Self> {
        let folder = workspace.folder(name)?;
        let postgres = if with_postgres {
            let server = Postgres::start(workspace, &format!("{name}-cluster"))?;
            server.create_database(DATABASE)?;
            Some(server)
        } else {
            None
        };
        let http = SocketAddr::from(([127, 0, 0, 1], free_tcp_port()?));
        let radius = SocketAddr::from(([127, 0, 0, 1], free_udp_port()?));
        let loader = Loader::new(radius, SECRET, sims);
        let binary = workspace::server_binary()?;
        let ours = Self { binary, folder, process: None, postgres, http, radius, loader };
        ours.cli(&["nas", "add", "load", "--address", "127.0.0.0/8", "--secret", SECRET])?;
        let file = ours.folder.join("sims.csv");
        inventory::write_csv((0..sims + PROBES).map(plan::import), BufWriter::new(File::create(&file)?))?;
        ours.cli(&["sim", "import", &file.display().to_string(), "--tenant", TENANT])?;
        std::fs::remove_file(file)?;
        readers::sign_in(&ours)?;
        Ok(ours)
    }

    /// Configures it, from its next start on.
    pub fn configure(&self, toml: &str) -> Result<()> {
        Ok(std::fs::write(self.config(), toml)?)
    }

    fn config(&self) -> PathBuf {
        self.folder.join("opencmp.toml")
    }

    /// Runs it until it takes accounting; returns how long that took.
    pub fn serve(&mut self) -> Result<Duration> {
        let begun = Instant::now();
        let mut process = Process::start("opencmp serve", self.command(&["serve"]), &self.log())?
            .stop_signal(Signal::SIGTERM);
        let mut client = Client::new(self.http);
        process.wait_until(Duration::from_secs(120), || {
            client.get("/readyz").is_ok_and(|answer| answer.status == 200)
        })?;
        self.process = Some(process);
        Ok(begun.elapsed())
    }

    /// Opens a session of every SIM and waits until all of it is in the database.
    pub fn prefill(&mut self) -> Result<()> {
        let totals = load::prefill(&self.loader)?;
        self.loader = self.loader.clone().from(totals);
        self.settle()
    }

    /// Waits until everything acknowledged is in the database and the server has come to rest.
    pub fn settle(&mut self) -> Result<()> {
        self.wait_flushed(Duration::from_secs(90))?;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(5) {
            let before = self.cpu();
            std::thread::sleep(Duration::from_millis(400));
            if self.cpu() - before <= Duration::from_millis(20) {
                break;
            }
        }
        Ok(())
    }

    fn wait_flushed(&mut self, limit: Duration) -> Result<()> {
        let begun = Instant::now();
        loop {
            self.check()?;
            let status = self.status()?;
            if status.unapplied == 0 && status.unflushed == 0 {
                return Ok(());
            }
            if begun.elapsed() > limit {
                bail!(
                    "not flushed after {limit:?}: {} unapplied, {} unflushed",
                    status.unapplied,
                    status.unflushed
                );
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The operator's figures, as a page would get them.
    pub fn status(&self) -> Result<IngestStatus> {
        let update = sse::first(self.http, "/live?ingest=1", readers::OPERATOR)?;
        update.ingest.context("the live stream has no ingest figures")
    }

    /// Runs a command of ours on its data, server running or not.
    pub fn cli(&self, args: &[&str]) -> Result<String> {
        let what = format!("opencmp {}", args.get(..2).unwrap_or(args).join(" "));
        process::run(&what, self.command(args))
    }

    /// A copy of the database, to be removed by who asked for it.
    pub fn backup(&self) -> Result<PathBuf> {
        let file = self.folder.join("backup.sqlite");
        self.cli(&["backup", "--to", &file.display().to_string()])?;
        Ok(file)
    }

    /// The server and all of its database.
    pub fn cpu(&self) -> Duration {
        let server = self.process.as_ref().map_or(Duration::ZERO, Process::cpu);
        server + self.postgres.as_ref().map_or(Duration::ZERO, Postgres::cpu)
    }

    pub fn resident(&self) -> u64 {
        self.process.as_ref().map_or(0, Process::resident)
    }

    pub fn check(&mut self) -> Result<()> {
        match &mut self.process {
            Some(process) => process.check(),
            None => bail!("the server is not running"),
        }
    }

    pub fn kill(&mut self) {
        if let Some(process) = self.process.take() {
            process.kill();
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.radius
    }

    pub fn url(&self) -> String {
        match &self.postgres {
            Some(server) => server.url(DATABASE),
            None => format!("sqlite:{}", self.sqlite().display()),
        }
    }

    /// The embedded database's file.
    pub fn sqlite(&self) -> PathBuf {
        self.folder.join("data/opencmp.sqlite")
    }

    /// Opens the embedded database beside the server.
    pub fn open_sqlite(&self) -> Result<rusqlite::Connection> {
        ensure!(self.postgres.is_none(), "this server's database is PostgreSQL");
        let connection = rusqlite::Connection::open(self.sqlite())?;
        connection.busy_timeout(Duration::from_secs(30))?;
        Ok(connection)
    }

    fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(args)
            .current_dir(&self.folder)
            .env_remove("DATABASE_URL")
            .env("OPENCMP_DATA", self.folder.join("data"))
            .env("OPENCMP_HTTP__ADDRESS", self.http.to_string())
            .env("OPENCMP_ACCOUNTING__ADDRESS", self.radius.to_string())
            .env("OPENCMP_LOG__FILTER", "warn");
        if self.config().exists() {
            command.env("OPENCMP_CONFIG", self.config());
        }
        if let Some(site) = site(&self.binary) {
            command.env("OPENCMP_HTTP__SITE", site);
        }
        if let Some(server) = &self.postgres {
            command.env("DATABASE_URL", server.url(DATABASE));
        }
        command
    }
}

/// The bundle for the browser: beside the build, or in the repository's own target folder.
fn site(binary: &Path) -> Option<PathBuf> {
    let beside = binary.parent()?.parent()?.join("site");
    [beside, workspace::repository().join("target/site")].into_iter().find(|site| site.join("pkg").is_dir())
}
