//! What the applier waits for: durable groups, and messages of the other threads.

use crate::{flush::Answer, intake::Work, watch::News};
use parking_lot::{Condvar, Mutex};
use std::{collections::VecDeque, time::Duration};

/// Durable records, still in memory, with the number of the first.
pub(crate) struct Durable {
    pub(crate) first: u64,
    pub(crate) work: Work,
}

pub(crate) enum Message {
    Answer(Answer),
    News(News),
    /// Nothing more will be journalled: apply and flush what there is, then end.
    Finish,
    /// End now.
    Abandon,
}

#[derive(Default)]
pub(crate) struct Inbox {
    content: Mutex<Content>,
    filled: Condvar,
}

#[derive(Default)]
struct Content {
    durable: VecDeque<Durable>,
    octets: usize,
    messages: VecDeque<Message>,
    /// Everything before it was handed on, if only by way of the journal.
    end: u64,
    /// That has grown since the applier looked.
    grown: bool,
}

impl Inbox {
    /// Hands on works that begin with record `first`. Those that don't fit into `most_octets` are dropped: they are in
    /// the journal.
    pub(crate) fn put_durable(&self, mut first: u64, works: impl Iterator<Item = Work>, most_octets: usize) {
        let mut content = self.content.lock();
        for work in works {
            let (len, octets) = (work.len() as u64, work.octets());
            if content.octets + octets <= most_octets {
                content.octets += octets;
                content.durable.push_back(Durable { first, work });
            }
            first += len;
        }
        content.end = first;
        content.grown = true;
        drop(content);
        self.filled.notify_one();
    }

    pub(crate) fn put(&self, message: Message) {
        self.content.lock().messages.push_back(message);
        self.filled.notify_one();
    }

    /// Moves what is there into the lists, and says up to where it was handed on. With `wait`, waits that long for
    /// something to come. Without `durable`, groups stay where they are.
    pub(crate) fn take(
        &self,
        durable: Option<&mut VecDeque<Durable>>,
        messages: &mut VecDeque<Message>,
        wait: Option<Duration>,
    ) -> u64 {
        let mut content = self.content.lock();
        let news = !content.messages.is_empty() || (durable.is_some() && content.grown);
        if let Some(wait) = wait
            && !news
        {
            self.filled.wait_for(&mut content, wait);
        }
        messages.append(&mut content.messages);
        if let Some(durable) = durable {
            content.grown = false;
            content.octets = 0;
            durable.append(&mut content.durable);
        }
        content.end
    }
}
