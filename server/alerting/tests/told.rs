//! From turns in the database to a receiver that verifies, through crashes, failures and what comes and goes.
#![allow(clippy::unwrap_used)]

use futures::future::{BoxFuture, FutureExt};
use opencmp_alerting::{Alerting, Item, Lost, ReceiptBook, Wording, Words, end};
use opencmp_domain::{
    AlertId, ChannelId, Lang, Role, RuleId, SimId, TenantId, Timestamp, Tz,
    alert::{
        AlertKind, AlertTurn, Category, Facts, Level, StoredAlert, TurnOf,
        action::{ActionKind, ActionOutcome, Actions},
        channel::{ChannelKind, ChannelSaid, Recipient},
        delivery::{Attempt, Content, DeliveryState},
        rule::{Condition, RuleSaid},
        window::Window,
    },
    change::{ChangeKind, ChangeState, ChangeWhen, WantedChange},
    people::PersonSaid,
    sim::SimImport,
    stored::FlushBatch,
    time::DEFAULT_ZONE,
};
use opencmp_notify::{
    Channels,
    sms::{Receipt, ReceiptState, Receipts},
    webhook::{HookPolicy, SigningSecret, Webhooks},
};
use opencmp_outbound::Networks;
use opencmp_service::{Clock, alerts::messages, changes::NotConnected};
use opencmp_store::{
    After, Change, ImportMode, LeasedDelivery, Secret, Store, StoreError, StoreOptions, Within,
};
use opencmp_testkit::{Backend, Peer, TestDatabase, database, wait_until};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{sync::oneshot, task::JoinHandle};

const SOON: Duration = Duration::from_secs(30);
const REARM: i64 = 300;

macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(opencmp_testkit::Backend::Sqlite).await; }
        )*}
        mod postgres {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name(opencmp_testkit::Backend::Postgres).await; }
        )*}
    };
}

on_both!(
    a_turn_is_told_once_and_what_fails_is_tried_again,
    what_flaps_is_told_when_it_has_settled,
    a_process_that_died_has_its_messages_taken_over,
    a_process_that_is_here_again_takes_up_what_it_was_at,
    an_endpoint_that_is_gone_is_used_no_more_and_another_hears_of_it,
    another_hears_once_of_what_was_lost_before_a_crash,
    a_receipt_that_says_lost_is_told_by_another,
    a_digest_is_one_message,
    what_is_late_waits_for_the_next_hours,
    what_is_tried_again_waits_for_the_next_hours,
    whoever_is_shut_out_is_told_nothing_until_they_are_let_in,
    whoever_is_limited_to_groups_is_told_of_them_and_of_common_causes,
    a_test_of_a_channel_goes_the_way_of_all_messages,
    what_a_rule_does_by_itself_is_done_once,
    nothing_is_done_by_itself_to_what_a_common_cause_took,
);

/// Says which turns, in order.
struct Plain;

impl Words for Plain {
    fn about<'a>(
        &'a self,
        _: TenantId,
        items: &'a [Item],
        _: ChannelKind,
        _: Lang,
        now: Timestamp,
    ) -> BoxFuture<'a, Wording> {
        let said: Vec<_> =
            items.iter().map(|item| json!([item.alert.id, item.turn.turn, item.alert.times])).collect();
        let data = json!({ "said": said }).to_string();
        let content = Content::Hook { event: "alert.offline".into(), at: now, data };
        std::future::ready(Wording { subject: "offline".into(), content }).boxed()
    }

    fn undelivered(&self, lost: &Lost<'_>, _: ChannelKind, _: Lang, now: Timestamp) -> Wording {
        let data = json!({ "lost": lost.channel, "why": lost.why }).to_string();
        let content = Content::Hook { event: "delivery.failed".into(), at: now, data };
        Wording { subject: "undelivered".into(), content }
    }
}

struct World {
    _database: TestDatabase,
    store: Store,
    tenant: TenantId,
    rule: RuleId,
    channel: ChannelId,
    receiver: Peer,
    hand: Arc<AtomicI64>,
    turns: Arc<tokio::sync::Notify>,
    handled: Arc<AtomicU64>,
    secret: String,
    position: u64,
}

fn system_now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp(since.as_micros() as i64)
}

struct Running {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    async fn end(self) {
        let _ = self.stop.send(());
        self.task.await.unwrap();
    }
}

impl World {
    async fn new(backend: Backend) -> Self {
        let database = database(backend).await.unwrap();
        let store = Store::open(&database.url, StoreOptions::default()).await.unwrap();
        let now = system_now();
        let tenant = store.tenant_create("acme", DEFAULT_ZONE, 1, now).await.unwrap().id;
        let secret = SigningSecret::random().unwrap();
        let secret = secret.expose().to_string();
        let receiver = Peer::start("http", &json!({ "secret": secret })).await.unwrap();
        let mut world = Self {
            _database: database,
            store,
            tenant,
            rule: RuleId(0),
            channel: ChannelId(0),
            receiver,
            hand: Arc::new(AtomicI64::new(now.0)),
            turns: Arc::default(),
            handled: Arc::default(),
            secret: secret.clone(),
            position: 0,
        };
        let port = world.receiver.port;
        world.channel = world.add_channel("ops", port, &secret).await;
        let mut said = RuleSaid::new("斷線", Condition::of(Category::Offline), DEFAULT_ZONE);
        said.rearm_minutes = (REARM / 60) as u32;
        said.notify.channels.push(world.channel);
        world.rule = world.store.alert_rule_add(tenant, &said, now).await.unwrap();
        world
    }

    async fn add_channel(&self, name: &str, port: u16, secret: &str) -> ChannelId {
        let to = Recipient::Http { url: format!("http://127.0.0.1:{port}/{name}") };
        let said = ChannelSaid { name: name.into(), to, person: None, window: None, enabled: true };
        let secret = Secret::new(secret);
        self.store.alert_channel_add(self.tenant, &said, Some(&secret), self.now()).await.unwrap()
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.hand.load(Ordering::Relaxed))
    }

    fn pass(&self, secs: i64) {
        self.hand.fetch_add(secs * 1_000_000, Ordering::Relaxed);
    }

    fn run(&self) -> Running {
        self.run_as("one")
    }

    fn run_as(&self, name: &str) -> Running {
        let networks = Networks::public().with(["127.0.0.0/8".parse().unwrap()]);
        let ports = (1024..=65535).collect();
        let policy = HookPolicy { networks, ports, plain_http: true, connect: SOON, whole: SOON };
        let channels = Channels { hooks: Some(Webhooks::new(policy).unwrap()), ..Channels::default() };
        let alerting = Alerting {
            name: name.to_owned(),
            store: self.store.clone(),
            clock: Clock::by_hand(self.hand.clone()),
            channels,
            words: Arc::new(Plain),
            turns: self.turns.clone(),
            messages: Arc::default(),
            handled: self.handled.clone(),
            changes: Arc::new(NotConnected),
            wanted: Arc::default(),
        };
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(opencmp_alerting::run(alerting, end(stopped.map(|_| ()))));
        Running { stop, task }
    }

    fn alert(&self, id: i64, times: u32, ended: bool) -> StoredAlert {
        StoredAlert {
            id: AlertId(id),
            tenant: self.tenant,
            rule: self.rule,
            rule_version: 1,
            sim: None,
            group: None,
            kind: AlertKind::Offline,
            level: Level::Abnormal,
            began_at: self.now(),
            noticed_at: self.now(),
            ended_at: ended.then(|| self.now()),
            times,
            parent: None,
            facts: Facts::default(),
            by_itself: false,
        }
    }

    /// As the applier's flush writes it.
    async fn turn(&mut self, alert: StoredAlert, turn: AlertTurn) {
        self.turn_each(vec![alert], turn).await;
    }

    async fn turn_each(&mut self, alerts: Vec<StoredAlert>, turn: AlertTurn) {
        self.position += 1;
        let at = self.now();
        let turns = alerts.iter().map(|alert| TurnOf { alert: alert.id, turn, at }).collect();
        let inventory_version = self.store.inventory_version().await.unwrap();
        let batch = FlushBatch {
            position: opencmp_domain::stored::JournalPosition(self.position),
            inventory_version,
            applied_at: self.now(),
            alerts,
            turns,
            ..FlushBatch::default()
        };
        self.store.flush(&batch).await.unwrap();
        self.turns.notify_one();
    }

    /// What the receiver is told next.
    async fn told(&mut self) -> (Value, String) {
        let request = self.receiver.next_of("request").await.unwrap();
        // Receivers refuse what is five minutes off their own clock, which is the system's.
        if (self.now().0 - system_now().0).abs() < 250_000_000 {
            assert_eq!(request["verified"], json!([true]));
        }
        let body: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
        (body["data"].clone(), request["headers"]["webhook-id"].as_str().unwrap().to_owned())
    }

    async fn states(&self) -> Vec<DeliveryState> {
        let page = self.store.alert_delivery_list(self.tenant, false, None, 100).await.unwrap();
        page.lines.into_iter().rev().map(|line| line.state).collect()
    }

    async fn until_all(&self, state: DeliveryState) {
        let done = wait_until(
            async || {
                let states = self.states().await;
                !states.is_empty() && states.iter().all(|held| *held == state)
            },
            SOON,
        );
        assert!(done.await.is_ok(), "{:?}", self.states().await);
    }
}

async fn a_turn_is_told_once_and_what_fails_is_tried_again(backend: Backend) {
    let mut w = World::new(backend).await;
    w.receiver.ask(&json!({ "status": 503 })).await.unwrap();
    w.turn(w.alert(1, 1, false), AlertTurn::Began).await;
    let running = w.run();
    let (said, first) = w.told().await;
    assert_eq!(said, json!({ "said": [[1, "began", 1]] }));
    let tried = async || {
        let page = w.store.alert_delivery_list(w.tenant, false, None, 1).await.unwrap();
        page.lines.iter().any(|line| line.attempts.len() == 1 && line.state == DeliveryState::Waiting)
    };
    assert!(wait_until(tried, SOON).await.is_ok());
    w.receiver.ask(&json!({ "status": 200, "hang": null })).await.unwrap();
    // The schedule's second attempt is five seconds later, and a little.
    w.pass(10);
    let (again, second) = w.told().await;
    assert_eq!((again, second), (said, first), "the same message");
    w.until_all(DeliveryState::Delivered).await;
    running.end().await;
    // Started anew, there is nothing left to tell.
    let running = w.run();
    w.turn(w.alert(1, 1, true), AlertTurn::Ended).await;
    assert_eq!(w.told().await.0, json!({ "said": [[1, "ended", 1]] }));
    w.until_all(DeliveryState::Delivered).await;
    assert_eq!(w.states().await.len(), 2);
    let log = w.store.alert_delivery_of(AlertId(1)).await.unwrap();
    let attempts: Vec<_> = log.iter().rev().map(|line| line.attempts.len()).collect();
    assert_eq!(attempts, [2, 1]);
    assert!(log[1].attempts[0].outcome.starts_with("busy"), "{:?}", log[1].attempts);
    running.end().await;
}

async fn what_flaps_is_told_when_it_has_settled(backend: Backend) {
    let mut w = World::new(backend).await;
    let running = w.run();
    w.turn(w.alert(1, 1, false), AlertTurn::Began).await;
    assert_eq!(w.told().await.0, json!({ "said": [[1, "began", 1]] }));
    w.turn(w.alert(1, 1, true), AlertTurn::Ended).await;
    assert_eq!(w.told().await.0, json!({ "said": [[1, "ended", 1]] }));
    for times in 2..5 {
        w.pass(20);
        w.turn(w.alert(1, times, false), AlertTurn::Again).await;
        w.pass(20);
        w.turn(w.alert(1, times, true), AlertTurn::Ended).await;
    }
    let held = async || w.store.alert_turns_waiting(10).await.unwrap().is_empty();
    assert!(wait_until(held, SOON).await.is_ok());
    assert!(w.store.alert_held_next().await.unwrap().is_some());
    // It settles as it was last told of: nothing is said.
    w.pass(REARM + 60);
    let settled = async || w.store.alert_held_next().await.unwrap().is_none();
    assert!(wait_until(settled, SOON).await.is_ok());
    assert_eq!(w.states().await.len(), 2);
    // Another time it stays.
    w.turn(w.alert(1, 5, false), AlertTurn::Again).await;
    let held = async || w.store.alert_held_next().await.unwrap().is_some();
    assert!(wait_until(held, SOON).await.is_ok());
    w.pass(REARM + 60);
    assert_eq!(w.told().await.0, json!({ "said": [[1, "again", 5]] }));
    running.end().await;
}

async fn a_process_that_died_has_its_messages_taken_over(backend: Backend) {
    let mut w = World::new(backend).await;
    w.receiver.ask(&json!({ "hang": "head" })).await.unwrap();
    for alert in 1..=5 {
        w.turn(w.alert(alert, 1, false), AlertTurn::Began).await;
    }
    let running = w.run();
    let mut ids = BTreeSet::new();
    for _ in 0..5 {
        ids.insert(w.told().await.1);
    }
    // As a kill does: nothing is written down of the attempts.
    running.task.abort();
    w.receiver.ask(&json!({ "status": 200, "hang": null })).await.unwrap();
    // Another process waits until its leases have run out.
    let running = w.run_as("another");
    w.pass(100);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(w.states().await, [DeliveryState::Leased; 5]);
    w.pass(100);
    for _ in 0..5 {
        assert!(ids.contains(&w.told().await.1), "what was on its way is sent with the same id");
    }
    w.until_all(DeliveryState::Delivered).await;
    assert_eq!(w.states().await.len(), 5);
    running.end().await;
}

async fn a_process_that_is_here_again_takes_up_what_it_was_at(backend: Backend) {
    let mut w = World::new(backend).await;
    w.receiver.ask(&json!({ "hang": "head" })).await.unwrap();
    w.turn(w.alert(1, 1, false), AlertTurn::Began).await;
    let running = w.run();
    let (_, id) = w.told().await;
    running.task.abort();
    w.receiver.ask(&json!({ "status": 200, "hang": null })).await.unwrap();
    let running = w.run();
    assert_eq!(w.told().await.1, id, "at once, with the same id");
    w.until_all(DeliveryState::Delivered).await;
    running.end().await;
}

async fn an_endpoint_that_is_gone_is_used_no_more_and_another_hears_of_it(backend: Backend) {
    let mut w = World::new(backend).await;
    let secret = SigningSecret::random().unwrap();
    let secret = secret.expose().to_string();
    let mut other = Peer::start("http", &json!({ "secret": secret })).await.unwrap();
    w.add_channel("desk", other.port, &secret).await;
    w.receiver.ask(&json!({ "status": 410 })).await.unwrap();
    w.turn(w.alert(1, 1, false), AlertTurn::Began).await;
    let running = w.run();
    w.told().await;
    let request = other.next_of("request").await.unwrap();
    let body: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["type"], "delivery.failed");
    assert_eq!(body["data"]["lost"], "ops");
    let off = w.store.alert_channel(w.channel).await.unwrap().unwrap();
    assert!(off.switched_off.unwrap().starts_with("gone"));
    // Nothing more is sent there.
    w.turn(w.alert(2, 1, false), AlertTurn::Began).await;
    let taken = async || w.store.alert_turns_waiting(10).await.unwrap().is_empty();
    assert!(wait_until(taken, SOON).await.is_ok());
    assert_eq!(w.states().await.len(), 2);
    running.end().await;
}

/// A message of the channel about alert 1, which `by` is at.
async fn leased(w: &World, by: &str) -> LeasedDelivery {
    let at = w.now();
    let channel = w.store.alert_channel(w.channel).await.unwrap().unwrap();
    let content = Content::Hook { event: "alert.offline".into(), at, data: "{}".into() };
    let of = [(AlertId(1), AlertTurn::Began)];
    let messages = messages(&channel, "offline", &content, &of, at, false).unwrap();
    assert!(w.store.alert_held_take(&[], &messages, &[]).await.unwrap());
    w.store.alert_delivery_lease(by, at, at.plus_secs(180), 1).await.unwrap().remove(0)
}

fn first_attempt(w: &World, outcome: &str, ok: bool) -> Attempt {
    Attempt { number: 1, at: w.now(), took_ms: 1, outcome: outcome.into(), ok }
}

/// What another channel is told, and how often there was something to tell, started anew.
async fn told_by_another(w: &World, other: &mut Peer) -> (Value, usize) {
    let running = w.run();
    let request = other.next_of("request").await.unwrap();
    let body: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
    running.end().await;
    let running = w.run();
    let none = async || w.store.alert_lost_list(1).await.unwrap().is_empty();
    assert!(wait_until(none, SOON).await.is_ok());
    running.end().await;
    (body["data"].clone(), w.states().await.len())
}

async fn another_hears_once_of_what_was_lost_before_a_crash(backend: Backend) {
    let w = World::new(backend).await;
    let mut other = Peer::start("http", &json!({ "secret": w.secret })).await.unwrap();
    w.add_channel("desk", other.port, &w.secret).await;
    // The process that gave it up died with that.
    let delivery = leased(&w, "two").await;
    let (attempt, after) = (first_attempt(&w, "rejected no", false), After::Finished(DeliveryState::Dead));
    assert!(w.store.alert_delivery_attempted(delivery.id, "two", &attempt, after, &[]).await.unwrap());
    let (said, messages) = told_by_another(&w, &mut other).await;
    assert_eq!(said, json!({ "lost": "ops", "why": "rejected no" }));
    assert_eq!(messages, 2, "the message that was lost, and the one about it");
}

async fn a_receipt_that_says_lost_is_told_by_another(backend: Backend) {
    let w = World::new(backend).await;
    let mut other = Peer::start("http", &json!({ "secret": w.secret })).await.unwrap();
    w.add_channel("desk", other.port, &w.secret).await;
    let delivery = leased(&w, "two").await;
    let (attempt, after) = (first_attempt(&w, "77", true), After::Finished(DeliveryState::Accepted));
    let ids = ["77".to_owned()];
    assert!(w.store.alert_delivery_attempted(delivery.id, "two", &attempt, after, &ids).await.unwrap());
    let book = ReceiptBook { store: w.store.clone(), clock: Clock::by_hand(w.hand.clone()) };
    let receipt = |id: &str, state| Receipt { id: id.into(), state, error: Some("11".into()) };
    assert!(!book.take(receipt("78", ReceiptState::Delivered)).await, "it isn't ours");
    assert!(book.take(receipt("77", ReceiptState::EnRoute)).await);
    assert_eq!(w.states().await, [DeliveryState::Accepted]);
    assert!(book.take(receipt("77", ReceiptState::Undeliverable)).await);
    assert_eq!(w.states().await, [DeliveryState::Dead]);
    let (said, messages) = told_by_another(&w, &mut other).await;
    assert_eq!(said, json!({ "lost": "ops", "why": "undeliverable 11" }));
    assert_eq!(messages, 2);
}

async fn a_digest_is_one_message(backend: Backend) {
    let mut w = World::new(backend).await;
    let mut said = w.store.alert_rule(w.rule).await.unwrap().unwrap().said;
    said.notify.digest_hours = Some(1);
    w.rule =
        w.store.alert_rule_add(w.tenant, &RuleSaid { name: "彙整".into(), ..said }, w.now()).await.unwrap();
    let alerts: Vec<_> = (1..=1_200).map(|id| w.alert(id, 1, false)).collect();
    w.turn_each(alerts, AlertTurn::Began).await;
    let running = w.run();
    let taken = async || w.store.alert_turns_waiting(1).await.unwrap().is_empty();
    assert!(wait_until(taken, SOON).await.is_ok());
    assert!(w.states().await.is_empty());
    w.pass(3_600);
    let (told, _) = w.told().await;
    assert_eq!(told["said"].as_array().unwrap().len(), 1_200);
    let all = async || w.store.alert_held_next().await.unwrap().is_none();
    assert!(wait_until(all, SOON).await.is_ok());
    w.until_all(DeliveryState::Delivered).await;
    assert_eq!(w.states().await.len(), 1);
    running.end().await;
}

/// The channel speaks in these hours of UTC, counted from the one in which it is now.
async fn speaks(w: &World, from: i64, hours: u8) {
    let said = w.store.alert_channel(w.channel).await.unwrap().unwrap().said;
    let hour = (w.now().secs() / 3_600 + from).rem_euclid(24) as u8;
    let window = Some(Window::new(hour, hours, Tz::UTC).unwrap());
    let change = Change::from(w.now());
    w.store.alert_channel_update(w.channel, &ChannelSaid { window, ..said }, &change).await.unwrap();
}

async fn what_is_late_waits_for_the_next_hours(backend: Backend) {
    let mut w = World::new(backend).await;
    speaks(&w, 2, 1).await;
    let running = w.run();
    w.turn(w.alert(1, 1, false), AlertTurn::Began).await;
    let held = async || w.store.alert_held_next().await.unwrap().is_some();
    assert!(wait_until(held, SOON).await.is_ok());
    running.end().await;
    // Nobody is there in the hours in which it might have been said.
    w.pass(5 * 3_600);
    let running = w.run();
    let until = async || w.store.alert_held_next().await.unwrap().unwrap();
    let put_off = async || until().await > w.now();
    assert!(wait_until(put_off, SOON).await.is_ok());
    assert!(w.states().await.is_empty(), "nothing is said at night");
    w.pass(until().await.secs_since(w.now()) + 1);
    assert_eq!(w.told().await.0, json!({ "said": [[1, "began", 1]] }));
    w.until_all(DeliveryState::Delivered).await;
    running.end().await;
}

async fn what_is_tried_again_waits_for_the_next_hours(backend: Backend) {
    let mut w = World::new(backend).await;
    speaks(&w, 0, 2).await;
    w.receiver.ask(&json!({ "status": 503 })).await.unwrap();
    let running = w.run();
    w.turn(w.alert(1, 1, false), AlertTurn::Began).await;
    let (said, first) = w.told().await;
    let line = async || {
        let page = w.store.alert_delivery_list(w.tenant, false, None, 1).await.unwrap();
        page.lines.into_iter().next().unwrap()
    };
    let tried = async || line().await.attempts.len() == 1;
    assert!(wait_until(tried, SOON).await.is_ok());
    w.receiver.ask(&json!({ "status": 200, "hang": null })).await.unwrap();
    w.pass(3 * 3_600);
    let put_off = async || {
        let line = line().await;
        line.state == DeliveryState::Waiting && line.not_before.secs_since(w.now()) > 3_600
    };
    assert!(wait_until(put_off, SOON).await.is_ok(), "{:?}", line().await);
    assert_eq!(line().await.attempts.len(), 1, "nothing was tried meanwhile");
    w.pass(line().await.not_before.secs_since(w.now()) + 1);
    assert_eq!(w.told().await, (said, first), "the same message");
    w.until_all(DeliveryState::Delivered).await;
    running.end().await;
}

async fn whoever_is_shut_out_is_told_nothing_until_they_are_let_in(backend: Backend) {
    let mut w = World::new(backend).await;
    let said = PersonSaid {
        email: "a@example.com".into(),
        name: "值班".into(),
        role: Role::TenantViewer,
        tenant: Some(w.tenant),
        groups: None,
    };
    let (person, change) = (w.store.person_create(&said, w.now()).await.unwrap(), Change::from(w.now()));
    let said = w.store.alert_channel(w.channel).await.unwrap().unwrap().said;
    let own = ChannelSaid { person: Some(person), ..said };
    w.store.alert_channel_update(w.channel, &own, &change).await.unwrap();
    let running = w.run();
    w.turn(w.alert(1, 1, false), AlertTurn::Began).await;
    assert_eq!(w.told().await.0, json!({ "said": [[1, "began", 1]] }));
    w.until_all(DeliveryState::Delivered).await;
    w.store.person_enable(person, false, &change).await.unwrap();
    w.turn(w.alert(2, 1, false), AlertTurn::Began).await;
    let taken = async || w.store.alert_turns_waiting(1).await.unwrap().is_empty();
    assert!(wait_until(taken, SOON).await.is_ok());
    assert_eq!(w.states().await.len(), 1);
    w.store.person_enable(person, true, &change).await.unwrap();
    w.turn(w.alert(3, 1, false), AlertTurn::Began).await;
    assert_eq!(w.told().await.0, json!({ "said": [[3, "began", 1]] }));
    running.end().await;
}

async fn whoever_is_limited_to_groups_is_told_of_them_and_of_common_causes(backend: Backend) {
    let mut w = World::new(backend).await;
    let north = w.store.group_create(w.tenant, "北區", w.now()).await.unwrap();
    let within = w.store.group_create(w.tenant, "北區/台北", w.now()).await.unwrap();
    let south = w.store.group_create(w.tenant, "南區", w.now()).await.unwrap();
    let said = PersonSaid {
        email: "a@example.com".into(),
        name: "值班".into(),
        role: Role::TenantViewer,
        tenant: Some(w.tenant),
        groups: Some(vec![north]),
    };
    let (person, change) = (w.store.person_create(&said, w.now()).await.unwrap(), Change::from(w.now()));
    let said = w.store.alert_channel(w.channel).await.unwrap().unwrap().said;
    let own = ChannelSaid { person: Some(person), ..said };
    w.store.alert_channel_update(w.channel, &own, &change).await.unwrap();
    let running = w.run();
    use AlertKind::{GatewayLost, Offline, SignIn, UsageStage};
    for (id, group, kind, told) in [
        (1, Some(south), Offline, false),
        (2, Some(within), Offline, true),
        (3, None, SignIn, false),
        (4, None, GatewayLost, true),
        (5, None, UsageStage, false),
    ] {
        let alert = StoredAlert { group, kind, ..w.alert(id, 1, false) };
        w.turn(alert, AlertTurn::Began).await;
        if told {
            assert_eq!(w.told().await.0, json!({ "said": [[id, "began", 1]] }));
        }
        let taken = async || w.store.alert_turns_waiting(1).await.unwrap().is_empty();
        assert!(wait_until(taken, SOON).await.is_ok());
    }
    w.until_all(DeliveryState::Delivered).await;
    assert_eq!(w.states().await.len(), 2);
    running.end().await;
}

async fn a_test_of_a_channel_goes_the_way_of_all_messages(backend: Backend) {
    let mut w = World::new(backend).await;
    let channel = w.store.alert_channel(w.channel).await.unwrap().unwrap();
    let at = w.now();
    let content = Content::Hook { event: "channel.test".into(), at, data: "{}".into() };
    let messages = messages(&channel, "test", &content, &[], at, true).unwrap();
    let ids = w.store.alert_channel_test(&channel, &messages, 10, &at.into()).await.unwrap().unwrap();
    let running = w.run();
    let request = w.receiver.next_of("request").await.unwrap();
    let body: Value = serde_json::from_str(request["body"].as_str().unwrap()).unwrap();
    assert_eq!((&body["type"], &request["verified"]), (&json!("channel.test"), &json!([true])));
    w.until_all(DeliveryState::Delivered).await;
    let lines = w.store.alert_delivery_named(w.tenant, &ids).await.unwrap();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].attempts[0].ok && lines[0].alerts.is_empty());
    running.end().await;
}

/// A rule that does all it can, and the SIMs it does it to.
async fn with_actions(w: &World, sims: usize) -> (RuleId, ChannelId, Vec<SimId>) {
    let (port, now) = (w.receiver.port, w.now());
    let program = w.add_channel("program", port, &w.secret).await;
    let plan = w.store.plan_ensure("輕量", now).await.unwrap();
    let change = WantedChange {
        what: ChangeKind::ChangePlan,
        plan: Some(plan),
        when: ChangeWhen::NextCycle,
        undo: true,
    };
    let said = RuleSaid::new("處置", Condition::of(Category::Offline), DEFAULT_ZONE);
    let actions = Actions {
        tag: Some(" 異常 ".into()),
        handle: Some("自動".into()),
        http: Some(program),
        change: Some(change),
    };
    let rule = w.store.alert_rule_add(w.tenant, &RuleSaid { actions, ..said }, now).await.unwrap();
    let number = |place: usize| format!("0988{place:06}").parse().ok();
    let rows: Vec<_> =
        (0..sims).map(|place| SimImport { msisdn: number(place), ..SimImport::default() }).collect();
    w.store.sim_import(w.tenant, &rows, ImportMode::AllOrNothing, now).await.unwrap();
    let ids = (1..=sims as i64).map(SimId).collect();
    (rule, program, ids)
}

async fn what_a_rule_does_by_itself_is_done_once(backend: Backend) {
    let mut w = World::new(backend).await;
    let (rule, program, sims) = with_actions(&w, 2).await;
    let of = |id: i64, sim| StoredAlert { rule, sim, ..w.alert(id, 1, false) };
    let (first, second, group) = (of(1, Some(sims[0])), of(2, Some(sims[1])), of(3, None));
    let gone = of(4, Some(SimId(999)));
    for alert in [first.clone(), second, group, gone] {
        w.turn(alert, AlertTurn::Began).await;
    }
    let running = w.run();
    for _ in 0..4 {
        assert_eq!(w.told().await.0["said"][0][1], "began");
    }
    w.until_all(DeliveryState::Delivered).await;
    let handled = w.handled.load(Ordering::Relaxed);
    assert!(handled > 0, "whoever counts alerts is told");
    let outcomes = async |id: i64| -> Vec<_> {
        let lines = w.store.alert_actions(AlertId(id)).await.unwrap();
        lines.iter().map(|line| (line.kind, line.outcome)).collect()
    };
    use ActionKind as K;
    use ActionOutcome as O;
    let all = |of_sim: [ActionOutcome; 2]| {
        vec![(K::Tag, of_sim[0]), (K::Handle, O::Done), (K::Http, O::Done), (K::Change, of_sim[1])]
    };
    assert_eq!(outcomes(1).await, all([O::Done, O::Wanted]));
    assert_eq!(outcomes(2).await, all([O::Done, O::Wanted]));
    assert_eq!(outcomes(3).await, all([O::NoSim, O::NoSim]));
    assert_eq!(outcomes(4).await, all([O::SimGone, O::SimGone]));
    let tags: Vec<_> = w.store.sims_get(&sims).await.unwrap().into_iter().map(|sim| sim.tags).collect();
    assert_eq!(tags, [["異常"], ["異常"]], "the tag is kept without what was around it");
    let line = w.store.alert(w.tenant, None, AlertId(1)).await.unwrap().unwrap();
    assert!(line.handling.at.is_some() && line.handling.by.is_none());
    assert_eq!(line.handling.note, "自動");
    let within = Within { tenant: w.tenant, groups: None };
    let wanted = w.store.change_list(within, None, 10).await.unwrap().lines;
    assert_eq!(wanted.len(), 2);
    assert!(wanted.iter().all(|wanted| wanted.state == ChangeState::Wanted));
    assert!(wanted.iter().all(|wanted| wanted.plan_name.as_deref() == Some("輕量")));
    assert!(wanted.iter().all(|wanted| wanted.due_at > w.now() && wanted.undo_at > Some(wanted.due_at)));
    running.end().await;
    // Told to go on, and by another process: nothing is done again, and the end of an alert does nothing.
    let running = w.run();
    w.turn(StoredAlert { ended_at: Some(w.now()), ..first }, AlertTurn::Ended).await;
    let taken = async || w.store.alert_turns_waiting(10).await.unwrap().is_empty();
    assert!(wait_until(taken, SOON).await.is_ok());
    assert_eq!(w.store.change_list(within, None, 10).await.unwrap().lines.len(), 2);
    assert_eq!(w.states().await.len(), 4, "a program is told of the beginning only");
    // One is taken back; when the other is due, nothing carries it out yet, and it says so.
    let change = opencmp_store::Change::from(w.now());
    w.store.change_withdraw(within, wanted[0].id, &change).await.unwrap();
    assert!(w.store.change_withdraw(within, wanted[0].id, &change).await.is_err());
    w.pass(40 * 86_400);
    running.end().await;
    let running = w.run();
    let states = async || -> Vec<_> {
        let lines = w.store.change_list(within, None, 10).await.unwrap().lines;
        lines.into_iter().map(|line| line.state).collect()
    };
    let said = wait_until(async || !states().await.contains(&ChangeState::Wanted), SOON).await;
    assert!(said.is_ok());
    assert_eq!(states().await, [ChangeState::Withdrawn, ChangeState::NotConnected]);
    running.end().await;
    // The channel can't go while the rule calls by it.
    let removed = w.store.alert_channel_remove(program, &change).await;
    assert!(matches!(removed, Err(StoreError::Invalid { field: "channel_used", .. })), "{removed:?}");
}

async fn nothing_is_done_by_itself_to_what_a_common_cause_took(backend: Backend) {
    let mut w = World::new(backend).await;
    let (rule, _, sims) = with_actions(&w, 1).await;
    let cause = StoredAlert { rule, kind: AlertKind::GatewayLost, ..w.alert(1, 1, false) };
    let part = StoredAlert { rule, sim: Some(sims[0]), parent: Some(AlertId(1)), ..w.alert(2, 1, false) };
    let flaps = StoredAlert { rule, sim: Some(sims[0]), kind: AlertKind::Flapping, ..w.alert(3, 1, true) };
    for alert in [cause, part, flaps] {
        w.turn(alert, AlertTurn::Began).await;
    }
    let running = w.run();
    let taken = async || w.store.alert_turns_waiting(10).await.unwrap().is_empty();
    assert!(wait_until(taken, SOON).await.is_ok());
    for id in 1..=3 {
        assert!(w.store.alert_actions(AlertId(id)).await.unwrap().is_empty());
    }
    assert!(w.store.sims_get(&sims).await.unwrap()[0].tags.is_empty());
    assert!(w.states().await.is_empty());
    running.end().await;
}
