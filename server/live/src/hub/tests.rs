use super::*;
use opencmp_domain::{
    ConnectionState, NasId, ServiceState, TenantId,
    alert::backtest::Backtest,
    live::LiveUpdate,
    operator::{IngestStatus, RateSample, StrangerStatus},
    sim::SimInventory,
};
use opencmp_service::{Clock, Directory, GatewayFeed, LiveState, NetworkFeed, PlayBack};
use opencmp_store::{Store, StoreOptions};
use opencmp_testkit::sqlite_database;
use std::sync::mpsc::channel;

const SIM: SimId = SimId(1);
/// A tick that comes at once takes no time to speak of.
const AT_ONCE: Duration = Duration::from_millis(200);

/// A network's feed that something happens in when its state is asked for: once, after a message's rows were read.
#[derive(Default)]
struct Between(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl NetworkFeed for Between {
    fn status(&self) -> IngestStatus {
        let happens = self.0.lock().take();
        if let Some(happens) = happens {
            happens();
        }
        IngestStatus::default()
    }
    fn rate(&self) -> Vec<RateSample> {
        Vec::new()
    }
    fn gateway(&self, _: NasId) -> GatewayFeed {
        GatewayFeed::default()
    }
    fn strangers(&self) -> Vec<StrangerStatus> {
        Vec::new()
    }
    fn applied_until(&self) -> Timestamp {
        Timestamp::default()
    }
    fn flushed_until(&self) -> Timestamp {
        Timestamp::default()
    }
    fn alerts_written(&self) -> u64 {
        0
    }
    fn play_back(&self, _: PlayBack<'_>) -> Result<Option<Backtest>, ServiceError> {
        Err(ServiceError::Unavailable)
    }
}

fn sim() -> SimInventory {
    SimInventory {
        id: SIM,
        tenant: Some(TenantId(1)),
        group: None,
        plan: None,
        msisdn: None,
        iccid: None,
        imsi: Some("001010000000001".parse().unwrap()),
        imei: None,
        apn: None,
        batch: None,
        name: None,
        tags: Vec::new(),
        service_state: ServiceState::Active,
        state_changed_at: None,
        created_at: Timestamp::default(),
    }
}

async fn connections(stream: &mut Subscription) -> Vec<ConnectionState> {
    let message = stream.next().await.unwrap();
    let update: LiveUpdate = serde_json::from_str(&message).unwrap();
    update.rows.iter().map(|row| row.live.connection).collect()
}

#[tokio::test]
async fn what_changes_while_somebody_comes_reaches_them() {
    let database = sqlite_database().unwrap();
    let store = Store::open(&database.url, StoreOptions::default()).await.unwrap();
    let directory = Arc::new(Directory::default());
    directory.inventory_upsert(&[sim()]);
    let feed = Arc::new(Between::default());
    let service = Service::new(store, directory.clone(), Clock::system(), feed.clone());
    let hub = Hub::new(Arc::new(service));
    let happens = {
        let hub = hub.clone();
        move || {
            let connected = LiveState { connection: ConnectionState::Connected, ..LiveState::NEVER };
            directory.live_update(&[(SIM, connected)]);
            hub.changed([SIM].into_iter(), &[]);
            let (ticked, seen) = channel();
            std::thread::spawn(move || {
                hub.tick(false);
                let _ = ticked.send(());
            });
            // One that waits for whoever comes is right, too.
            let _ = seen.recv_timeout(AT_ONCE);
        }
    };
    *feed.0.lock() = Some(Box::new(happens));

    let watch = Watch { sims: vec![SIM], ingest: true, ..Watch::default() };
    let mut stream = hub.subscribe(Scope::operator(), watch).unwrap();
    hub.tick(true);
    assert_eq!(connections(&mut stream).await, [ConnectionState::Disconnected]);
    assert_eq!(connections(&mut stream).await, [ConnectionState::Connected]);
}
