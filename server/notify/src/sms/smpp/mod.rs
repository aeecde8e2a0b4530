//! A short message centre by SMPP 3.4, as a transceiver: one link for messages and for receipts.
//!
//! - [`config`]: what has to be known of a message centre.
//! - [`connect`]: from nothing to a bound link. [`session`]: the link, until it ends. [`link`]: again and again.
//! - [`pdu`]: packets. [`receipt`]: what became of a message. [`pace`]: our own limit.
//! - Here: a text becomes parts, which are sent one after the other.
//!
//! A part is sent at most once, except where the message centre says that it didn't take it. So a message of which some parts
//! were taken is never begun again: it is [`Outcome::Uncertain`] where the rest can't be sent.
//!
//! Why not a library: `docs/adr/0015-how-alerts-leave.md`.

mod config;
mod connect;
mod link;
mod pace;
mod pdu;
mod receipt;
mod session;

pub use config::{SmppConfig, SmppConfigError, SmppTls, Source, Timing};
pub use link::Link;
pub use receipt::IdForm;

use super::{
    Concatenation, Receipts, SmsGateway, Unanswered,
    alphabet::{self, Coding, Parts},
};
use crate::{Failure, MessageId, Outcome, Sms, Why, dial};
use futures::future::{BoxFuture, FutureExt};
use opencmp_domain::{Msisdn, Timestamp};
use pace::Pace;
use parking_lot::Mutex;
use pdu::{Address, ShortMessage, parameter, status};
use session::{Job, Submitted};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Semaphore, mpsc, oneshot, watch},
    time::{Instant, sleep_until, timeout},
};

/// Parts of a message. More is no alarm any more.
const MOST_PARTS: usize = 10;
/// Attempts at a part after the first was taken.
const MOST_ATTEMPTS: u32 = 5;

pub struct SmppGateway {
    config: Arc<SmppConfig>,
    jobs: mpsc::Sender<Job>,
    link: watch::Receiver<Link>,
    stop: watch::Sender<bool>,
    /// Parts that may be under way at once.
    window: Semaphore,
    pace: Mutex<Pace>,
    /// Of the last message that had parts. It begins anywhere, so that a restart doesn't repeat those before.
    reference: AtomicU16,
}

impl SmppGateway {
    /// Connects, and connects again whenever the link is lost, on a task of its own. Dropping the gateway ends it in order, as
    /// [`Self::close`] does.
    pub fn start(config: SmppConfig, receipts: Arc<dyn Receipts>) -> Result<Self, SmppConfigError> {
        config.check()?;
        let tls = config.tls.as_ref().map(|tls| dial::tls(tls.roots.as_deref())).transpose()?;
        let reference = getrandom::u32().map_err(SmppConfigError::Random)? as u16;
        let config = Arc::new(config);
        let (jobs, taken) = mpsc::channel(config.window.into());
        let (told, link) = watch::channel(Link::Connecting);
        let (stop, stopped) = watch::channel(false);
        let keeper = link::Keeper { config: config.clone(), tls, receipts, jobs: taken, stop: stopped, told };
        tokio::spawn(keeper.run());
        Ok(Self {
            jobs,
            link,
            stop,
            window: Semaphore::new(config.window.into()),
            pace: Mutex::new(Pace::new(config.per_second, Instant::now())),
            reference: AtomicU16::new(reference),
            config,
        })
    }

    /// How the link is, for those who look after it.
    pub fn link(&self) -> Link {
        self.link.borrow().clone()
    }

    /// Answers what was sent, unbinds and closes. Bounded by [`Timing::response`], twice.
    pub async fn close(&self) {
        self.stop.send_replace(true);
        let mut link = self.link.clone();
        // The task ends, and with it the sender.
        while link.changed().await.is_ok() {}
    }

    async fn attempt(&self, sms: &Sms) -> Outcome {
        let parts = alphabet::split(&sms.text, self.config.concatenation, self.config.gsm7);
        if parts.octets.len() > MOST_PARTS {
            return Outcome::refused(Failure::TooLong, format!("{} > {MOST_PARTS}", parts.octets.len()));
        }
        let until = Instant::now() + self.config.timing.whole;
        let mut ids = Vec::new();
        for (before, message) in self.messages(&sms.to, parts).into_iter().enumerate() {
            let submitted = match before {
                0 => self.submit(message, until).await,
                _ => self.persist(message, until).await,
            };
            match submitted {
                Ok(id) => ids.push(self.config.response_ids.canonical(&id)),
                Err(outcome) if before == 0 => return outcome,
                Err(outcome) => {
                    let rest = outcome.why().map(Why::to_string).unwrap_or_default();
                    return Outcome::Uncertain { why: Why::new(Failure::Partly, rest) };
                }
            }
        }
        // Without an id nothing more is heard of a part.
        ids.retain(|id| !id.is_empty());
        Outcome::Accepted { ids }
    }

    /// A part after the first: what was begun should end.
    async fn persist(&self, message: ShortMessage, until: Instant) -> Result<String, Outcome> {
        for _ in 1..MOST_ATTEMPTS {
            match self.submit(message.clone(), until).await {
                // Unanswered it may have arrived.
                Err(Outcome::Again { why, .. }) if why.code != Failure::Unanswered => {}
                other => return other,
            }
        }
        self.submit(message, until).await
    }

    /// One attempt at one part.
    async fn submit(&self, part: ShortMessage, until: Instant) -> Result<String, Outcome> {
        self.linked(self.patience(until)).await?;
        self.turn(self.patience(until)).await?;
        let Ok(Ok(_room)) = timeout(self.patience(until), self.window.acquire()).await else {
            return Err(Outcome::again(Failure::Throttled, format!("{:?}", self.config.window)));
        };
        let (answer, answered) = oneshot::channel();
        if self.jobs.send(Job { part, answer }).await.is_err() {
            return Err(self.unsent());
        }
        // A session answers everything; only a task that was killed doesn't.
        match answered.await.unwrap_or(Submitted::Unanswered) {
            Submitted::Taken(id) => Ok(id),
            Submitted::Refused(code) => Err(self.refused(code)),
            Submitted::Unsent => Err(self.unsent()),
            Submitted::Unanswered => Err(self.unanswered()),
        }
    }

    fn patience(&self, until: Instant) -> Duration {
        self.config.timing.patience.min(until.saturating_duration_since(Instant::now()))
    }

    /// Waits a while for a bound link.
    async fn linked(&self, patience: Duration) -> Result<(), Outcome> {
        let mut link = self.link.clone();
        let bound = link.wait_for(|link| *link == Link::Bound);
        match timeout(patience, bound).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(self.unsent()),
        }
    }

    /// Waits for this part's turn.
    async fn turn(&self, patience: Duration) -> Result<(), Outcome> {
        let place = self.pace.lock().place(Instant::now(), patience);
        match place {
            Ok(at) => {
                sleep_until(at).await;
                Ok(())
            }
            Err(wait) => Err(throttled("", wait)),
        }
    }

    fn refused(&self, code: u32) -> Outcome {
        let name = status_name(code);
        match code {
            status::THROTTLED | status::QUEUE_FULL => {
                let pause = self.config.timing.pause;
                self.pace.lock().pause(Instant::now(), pause);
                throttled(&name, pause)
            }
            status::SYSTEM | status::WRONG_STATE => Outcome::again(Failure::Busy, name),
            status::INVALID_DESTINATION => Outcome::refused(Failure::Address, name),
            _ => Outcome::refused(Failure::Rejected, name),
        }
    }

    /// With what is wrong with the link.
    fn unsent(&self) -> Outcome {
        let why = match self.link() {
            Link::Down(why) => why,
            Link::Connecting | Link::Bound => Why::new(Failure::Connect, ""),
        };
        Outcome::Again { why, not_before: None }
    }

    fn unanswered(&self) -> Outcome {
        let why = Why::new(Failure::Unanswered, "");
        match self.config.unanswered {
            Unanswered::Leave => Outcome::Uncertain { why },
            Unanswered::SendAgain => Outcome::Again { why, not_before: None },
        }
    }

    fn messages(&self, to: &Msisdn, parts: Parts) -> Vec<ShortMessage> {
        let config = &self.config;
        let source = &config.source;
        let plain = ShortMessage {
            source: Address { ton: source.ton, npi: source.npi, address: source.address.clone() },
            // International, E.164.
            destination: Address { ton: 1, npi: 1, address: to.to_string() },
            validity: config.validity(),
            registered_delivery: 1,
            data_coding: match parts.coding {
                Coding::Gsm7 => 0,
                Coding::Ucs2 => 8,
            },
            ..ShortMessage::default()
        };
        let total = parts.octets.len();
        if total == 1 {
            let message = parts.octets.into_iter().next().unwrap_or_default();
            return vec![ShortMessage { message, ..plain }];
        }
        let reference = self.reference.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let numbered = (1..).zip(parts.octets);
        numbered
            .map(|(number, text)| part(&plain, config.concatenation, reference, total as u8, number, text))
            .collect()
    }
}

/// §9.2.3.24.1 and .8 of TS 23.040, or §5.3.2.22 to .24 of SMPP.
fn part(
    plain: &ShortMessage,
    concatenation: Concatenation,
    reference: u16,
    total: u8,
    number: u8,
    text: Vec<u8>,
) -> ShortMessage {
    let [high, low] = reference.to_be_bytes();
    let with_header = |mut header: Vec<u8>| {
        header.extend_from_slice(&text);
        // UDHI.
        ShortMessage { esm_class: 0x40, message: header, ..plain.clone() }
    };
    match concatenation {
        Concatenation::Udh8 => with_header(vec![5, 0, 3, low, total, number]),
        Concatenation::Udh16 => with_header(vec![6, 8, 4, high, low, total, number]),
        Concatenation::Sar => ShortMessage {
            parameters: vec![
                (parameter::SAR_REFERENCE, vec![high, low]),
                (parameter::SAR_TOTAL, vec![total]),
                (parameter::SAR_NUMBER, vec![number]),
            ],
            message: text,
            ..plain.clone()
        },
    }
}

fn throttled(detail: &str, wait: Duration) -> Outcome {
    Outcome::Again { why: Why::new(Failure::Throttled, detail), not_before: Some(wait) }
}

/// `0x58 ESME_RTHROTTLED`
fn status_name(code: u32) -> String {
    let name = match code {
        status::INVALID_LENGTH => " ESME_RINVMSGLEN",
        status::INVALID_COMMAND => " ESME_RINVCMDID",
        status::WRONG_STATE => " ESME_RINVBNDSTS",
        status::ALREADY_BOUND => " ESME_RALYBND",
        status::SYSTEM => " ESME_RSYSERR",
        status::INVALID_SOURCE => " ESME_RINVSRCADR",
        status::INVALID_DESTINATION => " ESME_RINVDSTADR",
        status::BIND_FAILED => " ESME_RBINDFAIL",
        status::INVALID_PASSWORD => " ESME_RINVPASWD",
        status::INVALID_SYSTEM_ID => " ESME_RINVSYSID",
        status::QUEUE_FULL => " ESME_RMSGQFUL",
        status::SUBMIT_FAILED => " ESME_RSUBMITFAIL",
        status::THROTTLED => " ESME_RTHROTTLED",
        _ => "",
    };
    format!("{code:#04x}{name}")
}

impl SmsGateway for SmppGateway {
    fn send<'a>(&'a self, _id: &'a MessageId, sms: &'a Sms, _now: Timestamp) -> BoxFuture<'a, Outcome> {
        self.attempt(sms).boxed()
    }
}
