//! A bound link: one task that reads, writes and keeps the time, so that nothing has to be shared.
//!
//! What is asked of it is answered in any case: by the message centre, by the clock, or by the link's end. Whether a part
//! that wasn't answered may have been sent is known by counting octets: a packet of which none was written was not.

use super::{
    config::Timing,
    connect::{Bound, Stream},
    pdu::{self, Body, Pdu, ShortMessage, Unframed, status},
    receipt::{self, IdForm},
};
use crate::{
    Failure, Why,
    sms::{Receipt, Receipts},
};
use bytes::BytesMut;
use futures::{
    future::{BoxFuture, FutureExt},
    stream::{FuturesUnordered, StreamExt},
};
use std::{collections::HashMap, io, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split},
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep_until, timeout},
};

/// Octets that wait to be written; a peer that asks and never reads isn't served beyond.
const MOST_OUTPUT: usize = 256 * 1024;
/// Receipts that are being kept at once. More come again later.
const MOST_RECEIPTS: usize = 64;

/// A part to send, and who wants to know.
pub(super) struct Job {
    pub part: ShortMessage,
    pub answer: oneshot::Sender<Submitted>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Submitted {
    /// The message centre's id.
    Taken(String),
    Refused(u32),
    /// Surely not sent.
    Unsent,
    /// Sent, at least in part, and not answered.
    Unanswered,
}

pub(super) struct Limits {
    pub timing: Timing,
    pub window: usize,
    pub ids: IdForm,
}

/// Why a link ended that should have gone on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("closed by the message centre")]
    Closed,
    #[error("unbound by the message centre")]
    Unbound,
    #[error("no answer to enquire_link")]
    Silent,
    #[error("more to write than the message centre reads")]
    Flooded,
    #[error(transparent)]
    Unframed(#[from] Unframed),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<Ended> for Why {
    fn from(ended: Ended) -> Self {
        let code = if matches!(ended, Ended::Silent) { Failure::Timeout } else { Failure::Broken };
        Why::new(code, ended)
    }
}

pub(super) struct Session {
    reader: ReadHalf<Box<dyn Stream>>,
    writer: WriteHalf<Box<dyn Stream>>,
    input: BytesMut,
    output: BytesMut,
    /// Octets that ever came into `output`, and that left it.
    queued: u64,
    written: u64,
    /// There is something in it, or on its way through TLS.
    unflushed: bool,
    sequence: u32,
    pending: HashMap<u32, Pending>,
    heard_at: Instant,
    enquired_at: Option<Instant>,
    phase: Phase,
    receipts: Arc<dyn Receipts>,
    /// Sequence numbers of deliver_sm, and whether what they brought was kept.
    keeping: FuturesUnordered<BoxFuture<'static, (u32, bool)>>,
    limits: Limits,
}

struct Pending {
    answer: oneshot::Sender<Submitted>,
    /// Where its packet begins among all octets.
    begins: u64,
    asked_at: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// No more parts; those that were sent are still answered.
    Draining,
    /// The last word was said.
    Unbinding(Instant),
}

impl Session {
    pub fn new(bound: Bound, receipts: Arc<dyn Receipts>, limits: Limits) -> Self {
        let (reader, writer) = split(bound.stream);
        Self {
            reader,
            writer,
            input: bound.input,
            output: BytesMut::new(),
            queued: 0,
            written: 0,
            unflushed: false,
            // 1 was the bind.
            sequence: 1,
            pending: HashMap::new(),
            heard_at: Instant::now(),
            enquired_at: None,
            phase: Phase::Open,
            receipts,
            keeping: FuturesUnordered::new(),
            limits,
        }
    }

    /// Until the link ends or `stop` says so; then everybody who waited has an answer.
    pub async fn run(
        mut self,
        jobs: &mut mpsc::Receiver<Job>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), Ended> {
        let ended = self.serve(jobs, stop).await;
        let written = self.written;
        for (_, pending) in self.pending.drain() {
            let unsent = pending.begins >= written;
            let _ = pending.answer.send(if unsent { Submitted::Unsent } else { Submitted::Unanswered });
        }
        ended
    }

    async fn serve(
        &mut self,
        jobs: &mut mpsc::Receiver<Job>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), Ended> {
        // What came together with the bind's answer.
        self.take_input()?;
        loop {
            if self.phase == Phase::Draining && self.pending.is_empty() {
                self.request(Body::Unbind);
                self.phase = Phase::Unbinding(Instant::now());
            }
            let open = self.phase == Phase::Open;
            let timer = self.next_timer();
            tokio::select! {
                read = self.reader.read_buf(&mut self.input) => {
                    if read? == 0 {
                        return self.at_end();
                    }
                    self.heard_at = Instant::now();
                    self.enquired_at = None;
                    if self.take_input()? {
                        return Ok(());
                    }
                }
                wrote = push(&mut self.writer, &mut self.output), if self.unflushed => {
                    let wrote = wrote?;
                    self.written += wrote as u64;
                    self.unflushed = wrote > 0;
                }
                job = jobs.recv(), if open && self.pending.len() < self.limits.window => match job {
                    Some(job) => self.submit(job),
                    None => self.phase = Phase::Draining,
                },
                _ = stop.wait_for(|stop| *stop), if open => self.phase = Phase::Draining,
                Some((sequence, kept)) = self.keeping.next() => {
                    let status = if kept { status::OK } else { status::TEMPORARY };
                    self.put(Pdu { status, sequence, body: Body::DeliverSmResp });
                }
                () = sleep_until(timer) => self.keep_time(Instant::now())?,
            }
            if self.output.len() > MOST_OUTPUT {
                return Err(Ended::Flooded);
            }
        }
    }

    /// A peer that closes after our last word has still heard it.
    fn at_end(&self) -> Result<(), Ended> {
        if matches!(self.phase, Phase::Unbinding(_)) { Ok(()) } else { Err(Ended::Closed) }
    }

    /// Every whole packet that is there. `true`: the link ended in order.
    fn take_input(&mut self) -> Result<bool, Ended> {
        while let Some(pdu) = pdu::take(&mut self.input)? {
            if self.take(pdu)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn take(&mut self, pdu: Pdu) -> Result<bool, Ended> {
        let Pdu { status: code, sequence, body } = pdu;
        let answer = |status, body| Pdu { status, sequence, body };
        match body {
            Body::SubmitSmResp(id) if code == status::OK => self.answered(sequence, Submitted::Taken(id)),
            Body::SubmitSmResp(_) | Body::GenericNack => self.answered(sequence, Submitted::Refused(code)),
            Body::DeliverSm(message) => match receipt::read(&message, self.limits.ids) {
                Some(receipt) => self.keep(sequence, receipt),
                // A subscriber's message: nobody here reads them, but it isn't to come again.
                None => self.put(answer(status::OK, Body::DeliverSmResp)),
            },
            Body::EnquireLink => self.put(answer(status::OK, Body::EnquireLinkResp)),
            Body::Unbind => {
                self.put(answer(status::OK, Body::UnbindResp));
                return Err(self.say_the_rest());
            }
            Body::UnbindResp => return Ok(matches!(self.phase, Phase::Unbinding(_))),
            Body::Broken { command } => {
                self.put(answer(status::INVALID_LENGTH, Body::Broken { command: command | 0x8000_0000 }));
            }
            Body::BindTransceiver(_) | Body::SubmitSm(_) | Body::Other { request: true } => {
                self.put(answer(status::INVALID_COMMAND, Body::GenericNack));
            }
            Body::EnquireLinkResp
            | Body::BindTransceiverResp(_)
            | Body::DeliverSmResp
            | Body::Other { request: false } => {}
        }
        Ok(false)
    }

    /// The answer to an unbind, as far as it goes without waiting.
    fn say_the_rest(&mut self) -> Ended {
        let writing = self.writer.write_buf(&mut self.output).now_or_never();
        self.written += writing.and_then(Result::ok).unwrap_or_default() as u64;
        Ended::Unbound
    }

    /// An answer that comes too late, or to nothing, changes nothing.
    fn answered(&mut self, sequence: u32, submitted: Submitted) {
        if let Some(pending) = self.pending.remove(&sequence) {
            let _ = pending.answer.send(submitted);
        }
    }

    fn submit(&mut self, job: Job) {
        // Whoever wanted it sent has given up.
        if job.answer.is_closed() {
            return;
        }
        let begins = self.queued;
        let sequence = self.request(Body::SubmitSm(Box::new(job.part)));
        self.pending.insert(sequence, Pending { answer: job.answer, begins, asked_at: Instant::now() });
    }

    fn keep(&mut self, sequence: u32, receipt: Receipt) {
        if self.keeping.len() >= MOST_RECEIPTS {
            return self.put(Pdu { status: status::TEMPORARY, sequence, body: Body::DeliverSmResp });
        }
        let (receipts, limit) = (self.receipts.clone(), self.limits.timing.response);
        let keeping = async move { timeout(limit, receipts.take(receipt)).await.unwrap_or(false) };
        self.keeping.push(keeping.map(move |kept| (sequence, kept)).boxed());
    }

    fn request(&mut self, body: Body) -> u32 {
        self.sequence = if self.sequence >= 0x7fff_ffff { 1 } else { self.sequence + 1 };
        self.put(Pdu::request(self.sequence, body));
        self.sequence
    }

    fn put(&mut self, pdu: Pdu) {
        let before = self.output.len();
        pdu.write(&mut self.output);
        self.queued += (self.output.len() - before) as u64;
        self.unflushed = true;
    }

    /// When the clock has something to do next.
    fn next_timer(&self) -> Instant {
        let Timing { response, enquire_every, .. } = self.limits.timing;
        let link = match (self.phase, self.enquired_at) {
            (Phase::Unbinding(since), _) => since + response,
            (_, Some(since)) => since + response,
            (_, None) => self.heard_at + enquire_every,
        };
        self.pending.values().map(|pending| pending.asked_at + response).fold(link, Instant::min)
    }

    fn keep_time(&mut self, now: Instant) -> Result<(), Ended> {
        let Timing { response, enquire_every, .. } = self.limits.timing;
        let late: Vec<u32> = self
            .pending
            .iter()
            .filter(|(_, one)| one.asked_at + response <= now)
            .map(|(of, _)| *of)
            .collect();
        for sequence in late {
            self.answered(sequence, Submitted::Unanswered);
        }
        match (self.phase, self.enquired_at) {
            (Phase::Unbinding(since), _) if since + response <= now => return Err(Ended::Silent),
            (Phase::Unbinding(_), _) => {}
            (_, Some(since)) if since + response <= now => return Err(Ended::Silent),
            (_, None) if self.heard_at + enquire_every <= now => {
                self.request(Body::EnquireLink);
                self.enquired_at = Some(now);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Writes some of it; 0: it was all written before, and nothing waits on the way any more.
async fn push(writer: &mut WriteHalf<Box<dyn Stream>>, output: &mut BytesMut) -> io::Result<usize> {
    if output.is_empty() {
        return writer.flush().await.map(|()| 0);
    }
    match writer.write_buf(output).await? {
        0 => Err(io::ErrorKind::WriteZero.into()),
        wrote => Ok(wrote),
    }
}
