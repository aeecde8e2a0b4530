//! A link, again and again.

use super::{
    config::SmppConfig,
    connect::connect,
    session::{Job, Limits, Session, Submitted},
};
use crate::{Failure, Why, sms::Receipts};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

/// How the link to the message centre is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    Connecting,
    Bound,
    /// It is tried again.
    Down(Why),
}

pub(super) struct Keeper {
    pub config: Arc<SmppConfig>,
    pub tls: Option<Arc<rustls::ClientConfig>>,
    pub receipts: Arc<dyn Receipts>,
    pub jobs: mpsc::Receiver<Job>,
    pub stop: watch::Receiver<bool>,
    pub told: watch::Sender<Link>,
}

impl Keeper {
    /// Until it is stopped, or nobody is there who could send.
    pub async fn run(mut self) {
        let mut failures = 0;
        while !self.stopped() {
            let why = match self.connected().await {
                Some(Ok(session)) => {
                    failures = 0;
                    self.tell(Link::Bound);
                    tracing::info!(host = %self.config.host, "bound to the message centre");
                    match session.run(&mut self.jobs, &mut self.stop).await {
                        Ok(()) => break,
                        Err(ended) => ended.into(),
                    }
                }
                Some(Err(why)) => why,
                None => break,
            };
            if failures == 0 {
                // The first of a row; the rest would say the same.
                let (code, detail) = (why.code.code(), &why.detail);
                tracing::warn!(host = %self.config.host, code, %detail, "no link to the message centre");
            }
            self.tell(Link::Down(why));
            let pause = backoff(self.config.timing.reconnect, failures);
            failures = failures.saturating_add(1);
            self.rest(Instant::now() + pause).await;
        }
        self.tell(Link::Down(Why::new(Failure::NotConfigured, "")));
        // What came in the meantime is answered too.
        self.jobs.close();
        while let Ok(job) = self.jobs.try_recv() {
            unsent(job);
        }
    }

    /// `None`: stopped while it was tried.
    async fn connected(&mut self) -> Option<Result<Session, Why>> {
        let (config, tls) = (self.config.clone(), self.tls.clone());
        let connecting = connect(&config, tls.as_ref());
        tokio::pin!(connecting);
        loop {
            tokio::select! {
                bound = &mut connecting => return Some(bound.map(|bound| self.session(bound))),
                go_on = idle(&mut self.jobs, &mut self.stop) => if !go_on { return None },
            }
        }
    }

    fn session(&self, bound: super::connect::Bound) -> Session {
        let config = &self.config;
        let limits = Limits { timing: config.timing, window: config.window.into(), ids: config.receipt_ids };
        Session::new(bound, self.receipts.clone(), limits)
    }

    async fn rest(&mut self, until: Instant) {
        loop {
            tokio::select! {
                () = sleep_until(until) => return,
                go_on = idle(&mut self.jobs, &mut self.stop) => if !go_on { return },
            }
        }
    }

    fn stopped(&self) -> bool {
        // Whoever could stop it is gone: so is whoever could send.
        *self.stop.borrow() || self.stop.has_changed().is_err()
    }

    fn tell(&self, link: Link) {
        let bound = if link == Link::Bound { 1.0 } else { 0.0 };
        metrics::gauge!("opencmp_notify_smpp_bound").set(bound);
        self.told.send_replace(link);
    }
}

/// Without a link, whatever is asked isn't sent. `false`: it is time to end.
async fn idle(jobs: &mut mpsc::Receiver<Job>, stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        job = jobs.recv() => job.map(unsent).is_some(),
        _ = stop.wait_for(|stop| *stop) => false,
    }
}

fn unsent(job: Job) {
    let _ = job.answer.send(Submitted::Unsent);
}

/// Doubled with each failure.
fn backoff((first, last): (Duration, Duration), failures: u32) -> Duration {
    first.saturating_mul(1 << failures.min(16)).min(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_last() {
        let secs = Duration::from_secs;
        let pauses: Vec<_> =
            (0..8).map(|failures| backoff((secs(1), secs(60)), failures).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff((secs(1), secs(60)), u32::MAX), secs(60));
    }
}
