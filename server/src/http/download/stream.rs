//! Bodies that are made while they are sent. A reader that is slow slows the making; one that goes away ends it.

use axum::body::{Body, Bytes};
use std::{
    fs::File,
    io::{self, Read, Write},
};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;

const PIECE: usize = 64 * 1024;
/// Pieces that wait for the reader.
const WAITING: usize = 4;

/// Large files that are made at once: more would take the processors from what comes in from the network.
static MAKERS: Semaphore = Semaphore::const_new(2);

type Piece = io::Result<Bytes>;

/// What `make` writes, piece by piece. An error in the middle breaks the transfer off, so that nobody takes half a file
/// for a whole one.
pub fn written<E>(make: impl FnOnce(&mut PieceWriter) -> Result<(), E> + Send + 'static) -> Body
where
    E: std::error::Error + Send + Sync + 'static,
{
    let (send, receive) = mpsc::channel::<Piece>(WAITING);
    tokio::spawn(async move {
        let Ok(_turn) = MAKERS.acquire().await else { return };
        let work = move || {
            let mut out = PieceWriter { held: Vec::with_capacity(PIECE), send: send.clone() };
            let made = make(&mut out).map_err(io::Error::other).and_then(|()| out.flush());
            if let Err(error) = made
                && !send.is_closed()
            {
                tracing::warn!(%error, "a download broke off");
                let _ = send.blocking_send(Err(error));
            }
        };
        let _ = tokio::task::spawn_blocking(work).await;
    });
    Body::from_stream(ReceiverStream::new(receive))
}

/// Runs `make` when it is its turn, away from the threads that answer.
pub async fn made<T: Send + 'static>(make: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let _turn = MAKERS.acquire().await.ok()?;
    tokio::task::spawn_blocking(make).await.ok()
}

/// A file from where it stands.
pub fn file(mut file: File) -> Body {
    let (send, receive) = mpsc::channel::<Piece>(WAITING);
    tokio::task::spawn_blocking(move || {
        loop {
            let mut piece = vec![0; PIECE];
            let read = file.read(&mut piece);
            let (piece, last) = match read {
                Ok(0) => return,
                Ok(n) => {
                    piece.truncate(n);
                    (Ok(Bytes::from(piece)), false)
                }
                Err(error) => (Err(error), true),
            };
            if send.blocking_send(piece).is_err() || last {
                return;
            }
        }
    });
    Body::from_stream(ReceiverStream::new(receive))
}

/// Collects what is written into pieces and hands them to the reader.
pub struct PieceWriter {
    held: Vec<u8>,
    send: mpsc::Sender<Piece>,
}

impl Write for PieceWriter {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(octets);
        if self.held.len() >= PIECE {
            self.flush()?;
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.held.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.held, Vec::with_capacity(PIECE));
        self.send.blocking_send(Ok(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
