//! The built program as its users meet it: a process with a folder and ports of its own, its command line, its pages over
//! HTTP, and radclient as a gateway.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, unused_imports)]

mod http;
pub mod people;
mod radclient;

pub use http::{Http, Response, pdf_text};
pub use radclient::{Session, radclient, radclient_within};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use opencmp_app::api::SimListing;
use opencmp_domain::{
    GroupId, Role, SimId, TenantId,
    operator::{IngestStatus, OperatorStatus},
    query::SimQuery,
    sim::SimRow,
    stored::packed,
    usage::UpDown,
};
use opencmp_store::{Store, StoreOptions};
use opencmp_testkit::{free_tcp_port, free_udp_port, wait_until};
use serde_json::json;
use std::{
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::Duration,
};
use tempfile::TempDir;

/// The operator's administrator that every server has.
pub const OPERATOR: &str = "operator@opencmp.example";

pub const SECRET: &str = "testing123";

/// Long enough for a loaded machine; nothing waits this long unless it fails.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The octets of the only SIM in an embedded database.
pub fn total_of_one_sim(database: &rusqlite::Connection) -> UpDown {
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?));
    let (sim, state) = database.query_row("SELECT sim_id, state FROM sim_live", [], row).unwrap();
    packed::unpack(SimId(sim), &state).expect("a readable state").live.total
}

/// The program, with nothing of this process's environment that would configure it.
pub fn opencmp() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opencmp"));
    let ours = |name: &str| name == "DATABASE_URL" || name.starts_with("OPENCMP_");
    for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// What a command printed, both streams together.
pub fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

/// A folder, ports and perhaps a database: a server can be started on it, killed and started again.
pub struct Site {
    folder: TempDir,
    database_url: Option<String>,
    pub http: SocketAddr,
    pub accounting: SocketAddr,
    more: Vec<(String, String)>,
}

impl Site {
    /// On SQLite in the data folder.
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("opencmp-site-").unwrap();
        let http = SocketAddr::from(([127, 0, 0, 1], free_tcp_port().unwrap()));
        let accounting = SocketAddr::from(([127, 0, 0, 1], free_udp_port().unwrap()));
        // Pages are asked for, not the program for the browser: an empty site will do.
        let site = folder.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        let more = vec![("OPENCMP_HTTP__SITE".to_owned(), site.display().to_string())];
        Self { folder, database_url: None, http, accounting, more }
    }

    #[must_use]
    pub fn on(mut self, database_url: &str) -> Self {
        self.database_url = Some(database_url.to_owned());
        self
    }

    /// One more setting, by its name in the environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.more.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub fn database_url(&self) -> String {
        let file = self.data().join("opencmp.sqlite");
        self.database_url.clone().unwrap_or_else(|| format!("sqlite:{}", file.display()))
    }

    fn configure<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("OPENCMP_DATA", self.data());
        if let Some(url) = &self.database_url {
            command.env("DATABASE_URL", url);
        }
        command.envs(self.more.iter().map(|(name, value)| (name, value)))
    }

    /// A command on this site's data, not started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = opencmp();
        self.configure(&mut command).args(args);
        command
    }

    /// Runs a command on this site's data, whether or not a server runs on it.
    pub fn run(&self, args: &[&str]) -> Output {
        self.configure(&mut opencmp()).args(args).output().unwrap()
    }

    /// The same, and it must succeed; what it printed.
    pub fn cli(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let printed = printed(&output);
        assert!(output.status.success(), "opencmp {}: {}\n{printed}", args.join(" "), output.status);
        printed
    }

    /// Writes a file and imports it for a tenant.
    pub fn import(&self, tenant: &str, csv: &str) -> String {
        let file = self.path("import.csv");
        std::fs::write(&file, csv).unwrap();
        self.cli(&["sim", "import", file.to_str().unwrap(), "--tenant", tenant])
    }

    /// A SIM's data session at the gateway that [`Site::nas_add`] made.
    pub fn session(&self, imsi: &'static str, msisdn: &'static str, id: &'static str) -> Session {
        Session { server: self.accounting, imsi, msisdn, id }
    }

    /// Takes 127.0.0.1 as a gateway with [`SECRET`].
    pub fn nas_add(&self) {
        self.cli(&["nas", "add", "pgw", "--address", "127.0.0.1/32", "--secret", SECRET]);
    }

    /// Starts the server; it need not answer yet.
    pub fn spawn(&self) -> Server {
        self.spawn_with(&[])
    }

    /// The same, with more arguments.
    pub fn spawn_with(&self, args: &[&str]) -> Server {
        let log = File::options().create(true).append(true).open(self.path("server.log")).unwrap();
        let (http, accounting) = (self.http.to_string(), self.accounting.to_string());
        let child = self
            .configure(&mut opencmp())
            .args(["serve", "--http", &http, "--accounting", &accounting])
            .args(args)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let signed_in = self.path("signed-in");
        let (http, log, database_url) = (Http::new(self.http), self.path("server.log"), self.database_url());
        Server { child, http, log, signed_in, database_url }
    }

    /// Starts the server and waits until it is ready.
    pub async fn start(&self) -> Server {
        let mut server = self.spawn();
        server.ready().await;
        server
    }

    /// The database as another program sees it.
    pub async fn store(&self) -> Store {
        let options = StoreOptions { migrate: false, ..StoreOptions::default() };
        Store::open(&self.database_url(), options).await.unwrap()
    }
}

/// A running server; killed if a test forgets it.
pub struct Server {
    child: Child,
    pub http: Http,
    log: PathBuf,
    /// Is there once somebody of the operator's is signed in.
    signed_in: PathBuf,
    database_url: String,
}

impl Server {
    /// Waits until it is ready: accounting is taken, and the figures are current.
    pub async fn ready(&mut self) {
        let http = self.http.clone();
        let ready = wait_until(
            async || {
                let running = self.child.try_wait().unwrap().is_none();
                !running || http.try_get("/readyz").await.is_some_and(|answer| answer.status == 200)
            },
            PATIENCE,
        );
        let ready = ready.await;
        if ready.is_err() || self.child.try_wait().unwrap().is_some() {
            panic!("the server isn't ready; it said:\n{}", self.said());
        }
        if !self.signed_in.exists() {
            let store = self.store().await;
            people::sign_in(&store, OPERATOR, Role::OperatorAdmin, None, None).await;
            store.close().await;
            File::create(&self.signed_in).unwrap();
        }
    }

    /// The database as another program sees it.
    pub async fn store(&self) -> Store {
        let options = StoreOptions { migrate: false, ..StoreOptions::default() };
        Store::open(&self.database_url, options).await.unwrap()
    }

    /// An administrator of the operator, signed in.
    pub fn as_operator(&self) -> Http {
        self.http.with_token(&people::token(OPERATOR))
    }

    /// An administrator of this customer, signed in.
    pub async fn as_tenant(&self, tenant: TenantId) -> Http {
        self.as_person(&format!("admin{tenant}@customer.example"), Role::TenantAdmin, Some(tenant), None)
            .await
    }

    /// Somebody, made if need be, and signed in.
    pub async fn as_person(
        &self,
        email: &str,
        role: Role,
        tenant: Option<TenantId>,
        groups: Option<Vec<GroupId>>,
    ) -> Http {
        let store = self.store().await;
        let token = people::sign_in(&store, email, role, tenant, groups).await;
        store.close().await;
        self.http.with_token(&token)
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Its threads: name, and how nice it is.
    pub fn threads(&self) -> Vec<(String, i32)> {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let read = |thread: PathBuf| {
            let name = std::fs::read_to_string(thread.join("comm")).ok()?;
            let stat = std::fs::read_to_string(thread.join("stat")).ok()?;
            // proc(5): niceness is field 19, and the name, which may hold blanks, is the second.
            let nice = stat.rsplit_once(')')?.1.split_whitespace().nth(16)?.parse().ok()?;
            Some((name.trim().to_owned(), nice))
        };
        threads.filter_map(|thread| read(thread.ok()?.path())).collect()
    }

    /// What it has logged so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits for the end.
    pub async fn stop(mut self) -> ExitStatus {
        kill(Pid::from_raw(self.child.id() as i32), Signal::SIGTERM).unwrap();
        let ended = wait_until(async || self.child.try_wait().unwrap().is_some(), PATIENCE).await;
        assert!(ended.is_ok(), "the server doesn't stop; it said:\n{}", self.said());
        self.child.wait().unwrap()
    }

    /// What the operator's page is told of ingest.
    pub async fn ingest(&self) -> IngestStatus {
        let mut live = self.as_operator().stream("/live?ingest=1").await;
        live.next().await.ingest.expect("it was asked for")
    }

    /// Waits until every record acknowledged so far is in the database.
    pub async fn idle(&self) {
        let mut status = IngestStatus::default();
        let idle = wait_until(
            async || {
                status = self.ingest().await;
                status.ready && status.unapplied == 0 && status.unflushed == 0
            },
            PATIENCE,
        );
        let idle = idle.await;
        assert!(idle.is_ok(), "records are still on their way: {status:?}\n{}", self.said());
    }

    /// What the operator's page shows.
    pub async fn operator_status(&self) -> OperatorStatus {
        self.as_operator().call("operator_status", json!({})).await.unwrap()
    }

    /// The list as a customer's page, or the operator's, gets it.
    pub async fn list(&self, http: &Http) -> Vec<SimRow> {
        let query = serde_json::to_value(SimQuery::default()).unwrap();
        let listing: SimListing = http.call("sim_list", json!({ "query": query })).await.unwrap();
        listing.page.rows
    }

    /// The id of a customer.
    pub async fn tenant(&self, name: &str) -> TenantId {
        let tenants = self.operator_status().await.tenants;
        tenants
            .iter()
            .find(|tenant| tenant.name == name)
            .unwrap_or_else(|| panic!("{name} in {tenants:?}"))
            .id
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a condition, and says what it was if it never holds.
pub async fn eventually(what: &str, condition: impl AsyncFnMut() -> bool) {
    assert!(wait_until(condition, PATIENCE).await.is_ok(), "it never came true that {what}");
}

/// The repository, for files that belong to it.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}
