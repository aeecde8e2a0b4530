//! `serve`, put together. Every part takes what it needs and ends when told to.
//!
//! Order of start: store, directory, ingest (which recovers and then listens), live hub, pages. Order of stop: pages and streams,
//! messages, sockets, journal, applier with a last flush, store.

use crate::{
    alerts::AlertWords,
    config::{Accounting, Config},
    demo,
    http::{self, AppState},
    screen::Screen,
    tls::Tls,
};
use anyhow::{Context, Result, bail};
use leptos::config::{Env, LeptosOptions};
use metrics_exporter_prometheus::PrometheusBuilder;
use opencmp_alerting::{Alerting, ReceiptBook};
use opencmp_app::request::SignInCookie;
use opencmp_ingest::{Feed, Ingest, IngestConfig};
use opencmp_listener::{Clients, Counters, ListenerConfig, ListenerHandle};
use opencmp_live::Hub;
use opencmp_service::{Clock, Directory, Service, changes::NotConnected, oidc::Oidc};
use opencmp_store::{Retention, Store, StoreOptions};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpListener,
    runtime::Handle,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};
use tracing_subscriber::EnvFilter;

const MIB: u64 = 1024 * 1024;
const RETENTION_EVERY: Duration = Duration::from_secs(3600);
const PEOPLE_EVERY: Duration = Duration::from_millis(300);
/// How long open requests may take once the server was told to stop.
const GRACE: Duration = Duration::from_secs(5);

pub async fn open_store(config: &Config) -> Result<Store> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("making the data folder {}", config.data.display()))?;
    Ok(Store::open(&config.database_url(), StoreOptions::default()).await?)
}

/// Which process this is: its machine and its data folder, which no other process has at the same time.
fn process_name(data: &Path) -> Result<String> {
    let folder = data.canonicalize().with_context(|| format!("finding {}", data.display()))?;
    let machine = rustix::system::uname();
    Ok(format!("{}:{}", machine.nodename().to_string_lossy(), folder.display()))
}

pub async fn serve(config: Config, demo: Option<demo::Wanted>) -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(&config.log.filter).context("log.filter")?)
        .with_writer(std::io::stderr)
        .init();
    let metrics = PrometheusBuilder::new().install_recorder().context("metrics")?;
    let (stop, stopped) = watch::channel(false);
    // Bound first: a port that is taken is said before anything was done.
    let listener = TcpListener::bind(config.http.address)
        .await
        .with_context(|| format!("http.address {}", config.http.address))?;
    let tls = match config.http.tls() {
        Some((certificate, key)) => Some(Tls::load(certificate, key).await?),
        None => None,
    };
    let store = open_store(&config).await.context("opening the database")?;
    let clock = Clock::system();
    let demo = match demo {
        Some(wanted) => Some(demo::prepare(&store, &config.data, wanted, &clock).await?),
        None => {
            demo::shut_out(&store, &clock).await?;
            None
        }
    };
    let directory = Arc::new(Directory::default());
    let (clients, counters) = (Arc::new(Clients::new(Vec::new())), Arc::new(Counters::default()));
    let feed = Feed::new(clients.clone(), counters.clone(), clock.clone());
    let mut policy = config.sign_in.policy();
    // Accounts of the demonstration are for whoever looks at it.
    policy.operators_need_second_factor &= demo.is_none();
    let address = listener.local_addr()?;
    // The port may have been left to the system.
    let url = crate::config::Http { address, ..config.http.clone() }.url();
    let oidc = Oidc::new(&url, config.sign_in.tenants_providers_anywhere).context("http.public_url")?;
    let service = Service::new(store.clone(), directory, clock.clone(), feed.clone());
    let service = Arc::new(service.with_sign_in_policy(policy).with_oidc(oidc));
    let hub = Hub::new(service.clone());
    let screen = Screen { service: service.clone(), hub: hub.clone(), runtime: Handle::current() };
    let ingest = Ingest::start(ingest_config(&config), store.clone(), feed.clone(), Arc::new(screen)).await?;
    let (channels, message_centre) = {
        let receipts = ReceiptBook { store: store.clone(), clock: clock.clone() };
        config.notify.open(Arc::new(receipts))?
    };
    let sockets = listen(&config, &ingest, clients, counters, &clock)?;
    let accounting = sockets.local_addr();

    let accounts = demo.as_ref().map(demo::Prepared::accounts).unwrap_or_default();
    let state = AppState {
        service: service.clone(),
        hub: hub.clone(),
        metrics,
        options: leptos_options(&config)?,
        cookie: SignInCookie { secure: config.http.is_secure(), longest_secs: policy.longest_secs },
        address: config.http.url().trim_end_matches('/').into(),
        proxies: config.http.proxies.clone().into(),
        metrics_token: config.http.metrics_token.as_ref().map(|token| token.0.as_str().into()),
        demo: Arc::new(accounts.clone()),
    };
    let hub_task = tokio::spawn(hub.run(until(stopped.clone())));
    let alerting = Alerting {
        name: process_name(&config.data)?,
        store: store.clone(),
        clock: clock.clone(),
        channels,
        words: Arc::new(AlertWords { service: service.clone(), url: url.trim_end_matches('/').to_owned() }),
        turns: feed.turns(),
        messages: service.messages(),
        handled: service.handled(),
        changes: Arc::new(NotConnected),
        wanted: Arc::default(),
    };
    let alerting_task =
        tokio::spawn(opencmp_alerting::run(alerting, opencmp_alerting::end(until(stopped.clone()))));
    let retention_task =
        tokio::spawn(keep_bounds(store.clone(), clock.clone(), config.retention.clone(), stopped.clone()));
    let people_task = tokio::spawn(follow_people(service.clone(), stopped.clone()));
    // Before anybody can see that the server is there: until now the signals' default, an end at once, is as good.
    let stop_signal = StopSignal::new()?;
    let router = http::router(state).into_make_service_with_connect_info::<SocketAddr>();
    let pages_task = match tls {
        Some(tls) => tokio::spawn(tls.serve(listener, router, until(stopped.clone()))),
        None => {
            let pages = axum::serve(listener, router).with_graceful_shutdown(until(stopped.clone()));
            tokio::spawn(async move { pages.await })
        }
    };
    tracing::info!(pages = %address, %accounting, "serving");
    let network = match demo {
        Some(prepared) => Some(prepared.start(&store, &ingest, accounting, clock).await?),
        None => None,
    };
    println!("OpenCMP: {url}");
    for account in &accounts {
        println!("  {:<34} {:<20} {}", account.email, account.password, account.role.code());
    }
    if let Some(link) = service.first_admin().await? {
        println!("Nobody can sign in yet. Become the operator's administrator, within three days:");
        println!("  {url}/link/{}", link.expose());
    }

    stop_signal.came().await;
    tracing::info!("stopping");
    drop(network);
    stop.send_replace(true);
    if tokio::time::timeout(GRACE, pages_task).await.is_err() {
        tracing::warn!("some requests were still open");
    }
    let _ = tokio::join!(hub_task, retention_task, people_task);
    // Messages on their way are over soon; what isn't is sent by whoever takes over.
    if tokio::time::timeout(GRACE, alerting_task).await.is_err() {
        tracing::warn!("messages were still on their way");
    }
    if let Some(message_centre) = message_centre {
        let _ = tokio::time::timeout(GRACE, message_centre.close()).await;
    }
    tokio::task::spawn_blocking(move || {
        sockets.shutdown();
        ingest.shutdown();
    })
    .await?;
    store.close().await;
    Ok(())
}

fn ingest_config(config: &Config) -> IngestConfig {
    let mut ingest = IngestConfig::new(config.journal_dir());
    ingest.max_unflushed_octets = config.journal.max_unflushed_mib * MIB;
    ingest.journal.on_damage = config.journal.on_damage;
    ingest.journal.keep_age = Duration::from_secs(u64::from(config.retention.records_days) * 86_400);
    ingest.journal.keep_octets = config.retention.records_max_mib * MIB;
    ingest
}

fn listen(
    config: &Config,
    ingest: &Ingest,
    clients: Arc<Clients>,
    counters: Arc<Counters>,
    clock: &Clock,
) -> Result<ListenerHandle> {
    let Accounting { address, sockets, receive_buffer_mib } = config.accounting;
    let listener = ListenerConfig {
        sockets,
        receive_buffer: receive_buffer_mib * MIB as usize,
        ..ListenerConfig::new(address)
    };
    let clock = clock.clone();
    let now: opencmp_listener::Clock = Arc::new(move || clock.now().0);
    opencmp_listener::spawn(listener, clients, ingest.sink(), counters, now)
        .with_context(|| format!("accounting.address {address}"))
}

/// Deletes what is past its time, every hour.
async fn keep_bounds(
    store: Store,
    clock: Clock,
    wanted: crate::config::Retention,
    stopped: watch::Receiver<bool>,
) {
    let retention =
        Retention { hours_days: wanted.hourly_days, alerts_days: wanted.alerts_days, ..Retention::default() };
    let mut stop = std::pin::pin!(until(stopped));
    loop {
        if let Err(error) = store.retention_apply(clock.now(), &retention).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "retention could not delete what is past its time"
            );
        }
        tokio::select! {
            () = tokio::time::sleep(RETENTION_EVERY) => {}
            () = &mut stop => return,
        }
    }
}

/// Notices who was shut out or changed, here or by another process, in time for streams to end within a second.
async fn follow_people(service: Arc<Service>, stopped: watch::Receiver<bool>) {
    let mut stop = std::pin::pin!(until(stopped));
    loop {
        if let Err(error) = service.callers_refresh().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "whether people changed isn't known");
        }
        tokio::select! {
            () = tokio::time::sleep(PEOPLE_EVERY) => {}
            () = &mut stop => return,
        }
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone: that is a stop too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// What a terminal's Ctrl+C and what a service manager sends. Either is noticed from its making on.
struct StopSignal {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignal {
    fn new() -> Result<Self> {
        let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        Ok(Self { interrupt, terminate })
    }

    async fn came(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Where the bundle for the browser is: as configured, beside the binary, or where the build puts it.
fn leptos_options(config: &Config) -> Result<LeptosOptions> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("site")));
    let above = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.parent()?.join("site")));
    let candidates = [config.http.site.clone(), beside, above, Some(PathBuf::from("target/site"))];
    let found = candidates.into_iter().flatten().find(|site| site.join("pkg").is_dir());
    let Some(site) = found else {
        bail!(
            "the bundle for the browser is not there: build it with `make build`, or name its folder as http.site"
        );
    };
    Ok(LeptosOptions::builder()
        .output_name("opencmp")
        .site_root(site.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .site_addr(config.http.address)
        .env(Env::PROD)
        .build())
}
