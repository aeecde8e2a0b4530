//! What the tests of all channels share.

use opencmp_domain::Timestamp;
use opencmp_notify::{Content, EventType, Failure, MessageId, Outcome, Outgoing};
use opencmp_testkit::free_tcp_port;
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{io::AsyncWriteExt, net::TcpListener, task::JoinHandle};

/// Long enough for a busy machine: for what must happen.
pub const LONG: Duration = Duration::from_secs(60);
/// Short enough to wait for: for what never happens.
pub const SHORT: Duration = Duration::from_millis(400);

/// The receivers' clock is the system's.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp(since.as_micros().try_into().unwrap())
}

pub fn id(id: &str) -> MessageId {
    MessageId::try_from(id.to_owned()).unwrap()
}

pub fn outgoing(content: Content) -> Outgoing {
    let event = EventType::try_from("alert.device_offline".to_owned()).unwrap();
    Outgoing { id: id("msg_0001"), event, at: Timestamp::from_secs(1_614_145_368), content }
}

/// `again timeout`, `delivered`: an outcome in two words.
pub fn brief(outcome: &Outcome) -> String {
    match outcome.why() {
        Some(why) => format!("{} {}", outcome.name(), why.code.code()),
        None => outcome.name().to_owned(),
    }
}

#[track_caller]
pub fn assert_again(outcome: &Outcome, code: Failure) {
    assert_eq!(brief(outcome), format!("again {}", code.code()), "{outcome:?}");
}

#[track_caller]
pub fn assert_refused(outcome: &Outcome, code: Failure) {
    assert_eq!(brief(outcome), format!("refused {}", code.code()), "{outcome:?}");
}

#[track_caller]
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// Nobody listens there.
pub fn absent() -> u16 {
    free_tcp_port().unwrap()
}

/// Somebody who takes every connection, says `greeting`, and then nothing. Without a greeting it closes at once.
pub struct Stranger {
    pub port: u16,
    task: JoinHandle<()>,
}

impl Stranger {
    pub async fn saying(greeting: &'static [u8]) -> Self {
        Self::start(Some(greeting)).await
    }

    pub async fn closing() -> Self {
        Self::start(None).await
    }

    async fn start(greeting: Option<&'static [u8]>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let held = Arc::new(parking_lot::Mutex::new(Vec::new()));
        let task = tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let Some(greeting) = greeting else { continue };
                let _ = connection.write_all(greeting).await;
                held.lock().push(connection);
            }
        });
        Self { port, task }
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.task.abort();
    }
}
