//! The journal's thread: group by group, what is queued goes to the press, until it works.

use crate::{
    feed::Feed,
    inbox::{Inbox, Message},
    intake::{Intake, Work},
    press::Press,
};
use std::{sync::Arc, time::Duration};

const FIRST_RETRY: Duration = Duration::from_millis(50);
const LAST_RETRY: Duration = Duration::from_secs(2);
/// How often it is looked whether the database has taken something, when the journal is full.
const FULL_LOOK: Duration = Duration::from_millis(50);

pub(crate) struct Writer {
    pub(crate) press: Arc<Press>,
    pub(crate) intake: Arc<Intake>,
    pub(crate) inbox: Arc<Inbox>,
    pub(crate) feed: Arc<Feed>,
    pub(crate) group_octets: usize,
}

impl Writer {
    pub(crate) fn run(self) {
        let mut group = Vec::new();
        while self.intake.take(&mut group, self.group_octets) {
            if self.wait_for_bound() {
                self.make_durable(&mut group);
            }
            group.clear();
        }
        self.press.close();
        self.inbox.put(Message::Finish);
    }

    /// While the database takes nothing and the journal is at its bound: silence. False when it is time to end.
    fn wait_for_bound(&self) -> bool {
        loop {
            let full = self.press.is_full();
            if self.feed.set_journal_full(full) {
                if full {
                    tracing::error!(
                        "the journal is full because the database takes nothing: nothing is acknowledged"
                    );
                } else {
                    tracing::info!("the journal has room again");
                }
            }
            if !full {
                return true;
            }
            if self.intake.is_closed() {
                return false;
            }
            std::thread::sleep(FULL_LOOK);
        }
    }

    /// Tries until it works or it is time to end: the records are held, and nobody is told that they are safe.
    fn make_durable(&self, group: &mut Vec<Work>) {
        let mut retry = FIRST_RETRY;
        loop {
            match self.press.press(group) {
                Ok(()) => {
                    if self.feed.set_journal_failing(false) {
                        tracing::info!("the journal can be written again");
                    }
                    return;
                }
                Err(error) => {
                    if self.feed.set_journal_failing(true) {
                        tracing::error!(%error, "nothing is acknowledged until the journal can be written again");
                    }
                    if self.intake.is_closed() {
                        return;
                    }
                    std::thread::sleep(retry);
                    retry = (retry * 2).min(LAST_RETRY);
                }
            }
        }
    }
}
