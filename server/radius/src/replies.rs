//! The way back.

use std::cell::RefCell;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use opencmp_radius::{Code, MAX_LEN, NoRoom, Packet, PacketBuilder, accounting_response};
use parking_lot::Mutex;

use crate::batch::Outbox;
use crate::clients::{Client, Table};
use crate::counters::Counters;
use crate::duplicates::Duplicates;
use crate::records::{Batch, Buffers, Pool};

/// What a listener and those who answer for it share.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) socket: UdpSocket,
    pub(crate) duplicates: Mutex<Duplicates>,
    pub(crate) pool: Pool,
    pub(crate) counters: Arc<Counters>,
}

/// Answers a batch, on the thread of whoever made it durable.
#[derive(Debug)]
pub struct Replies {
    way: Arc<Way>,
    /// The clients as they were when the batch was verified.
    table: Arc<Table>,
    sent: AtomicBool,
}

thread_local! {
    static OUTBOX: RefCell<Outbox> = RefCell::new(Outbox::new());
}

impl Replies {
    pub(crate) fn new(way: Arc<Way>, table: Arc<Table>) -> Self {
        Self { way, table, sent: AtomicBool::new(false) }
    }

    /// Acknowledges every record of the batch that this belongs to. To be called when all are durable, not before
    /// (RFC 2866 §2). Doesn't block; a response that can't be sent now is sent when the gateway asks again.
    pub fn send(&self, batch: &Batch) {
        if self.sent.swap(true, Ordering::Relaxed) {
            return;
        }
        // Before the responses leave: a duplicate that comes now is answered rather than dropped.
        let mut duplicates = self.way.duplicates.lock();
        batch.keys().for_each(|(key, authenticator)| duplicates.answered(key, authenticator));
        drop(duplicates);
        OUTBOX.with_borrow_mut(|outbox| {
            for record in &batch.records {
                if let (Some(packet), Some(client)) = (batch.packet(record), self.table.client(record.client))
                {
                    outbox.push(&self.way.socket, record.source, |out| response(&packet, client, out));
                }
            }
            self.way.counters.unsent(outbox.flush(&self.way.socket));
        });
    }

    pub(crate) fn is_sent(&self) -> bool {
        self.sent.load(Ordering::Relaxed)
    }

    /// Nothing was recorded: what comes again is new.
    pub(crate) fn forget(&self, batch: &Batch) {
        if !batch.records.is_empty() {
            let mut duplicates = self.way.duplicates.lock();
            batch.keys().for_each(|(key, authenticator)| duplicates.forget(key, authenticator));
        }
    }

    pub(crate) fn recycle(&self, buffers: Buffers) {
        self.way.pool.put(buffers);
    }
}

/// The Accounting-Response in the form that the client wants.
pub(crate) fn response(
    request: &Packet<'_>,
    client: &Client,
    out: &mut [u8; MAX_LEN],
) -> Result<usize, NoRoom> {
    if !client.message_authenticator {
        return accounting_response(request, &client.secret, out);
    }
    let mut response = PacketBuilder::new(out, Code::AccountingResponse, request.identifier());
    response.message_authenticator().proxy_states_of(request);
    response.sign_response(&client.secret, request.authenticator()).map(<[u8]>::len)
}
