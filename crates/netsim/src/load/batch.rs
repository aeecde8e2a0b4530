//! sendmmsg and recvmmsg over connected sockets. The wrappers of `nix` tie the headers' lifetime to the buffers', which
//! would mean an allocation per call.

use nix::{errno::Errno, libc};
use std::{
    io,
    mem::{self, MaybeUninit},
    net::UdpSocket,
    os::fd::AsRawFd,
    ptr,
};

/// Datagrams per system call.
pub const BATCH: usize = 64;
/// Room for an Accounting-Response.
const RESPONSE: usize = 256;

/// Sends datagrams, at most [`BATCH`]; returns how many the kernel took. A refusal that an earlier datagram met (ICMP
/// port unreachable) is reported by the next call, and passed over.
pub fn send(socket: &UdpSocket, datagrams: &[&[u8]]) -> io::Result<usize> {
    let mut headers = Headers::new();
    let count = headers.fill(datagrams.iter().map(|datagram| (datagram.as_ptr().cast_mut(), datagram.len())));
    for _ in 0..2 {
        // SAFETY: `count` headers are set up, each with one part that points into a datagram, which the kernel only
        // reads; all outlive the call.
        let sent = unsafe { libc::sendmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), count, 0) };
        match Errno::result(sent) {
            Ok(sent) => return Ok(sent as usize),
            Err(Errno::ECONNREFUSED | Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(0)
}

/// A header per datagram, each with one part. Only those in use are set up.
struct Headers {
    headers: [MaybeUninit<libc::mmsghdr>; BATCH],
    parts: [MaybeUninit<libc::iovec>; BATCH],
    count: usize,
}

impl Headers {
    fn new() -> Self {
        Self {
            headers: [const { MaybeUninit::uninit() }; BATCH],
            parts: [const { MaybeUninit::uninit() }; BATCH],
            count: 0,
        }
    }

    /// Sets up a header for each of the first [`BATCH`] pieces of memory; returns how many those are. `self` must stay
    /// where it is from then on.
    fn fill(&mut self, pieces: impl Iterator<Item = (*mut u8, usize)>) -> u32 {
        for ((header, part), (start, length)) in self.headers.iter_mut().zip(&mut self.parts).zip(pieces) {
            let part = part.write(libc::iovec { iov_base: start.cast(), iov_len: length });
            // SAFETY: all-zero is a valid value of this plain C struct.
            let header = header.write(unsafe { mem::zeroed() });
            header.msg_hdr.msg_iov = part;
            header.msg_hdr.msg_iovlen = 1;
            self.count += 1;
        }
        self.count as u32
    }

    fn as_mut_ptr(&mut self) -> *mut libc::mmsghdr {
        self.headers.as_mut_ptr().cast()
    }

    /// The length of a datagram that the kernel has written.
    fn length(&self, index: usize) -> usize {
        match self.headers.get(index) {
            // SAFETY: the first `count` headers are set up.
            Some(header) if index < self.count => unsafe { header.assume_init_ref() }.msg_len as usize,
            _ => 0,
        }
    }
}

/// Room for a batch of responses.
pub struct Inbox {
    buffers: Box<[[u8; RESPONSE]; BATCH]>,
    lengths: [usize; BATCH],
}

impl Inbox {
    pub fn new() -> Self {
        Self { buffers: Box::new([[0; RESPONSE]; BATCH]), lengths: [0; BATCH] }
    }

    /// Takes what has come, at most `most` and [`BATCH`] datagrams, without waiting.
    pub fn receive(&mut self, socket: &UdpSocket, most: usize) -> usize {
        let mut headers = Headers::new();
        let buffers = self.buffers.iter_mut().take(most);
        let count = headers.fill(buffers.map(|buffer| (buffer.as_mut_ptr(), RESPONSE)));
        for _ in 0..2 {
            // SAFETY: `count` headers are set up, each with one part that points into a buffer of its own of RESPONSE
            // octets; all outlive the call. No time-out is given.
            let received = unsafe {
                libc::recvmmsg(
                    socket.as_raw_fd(),
                    headers.as_mut_ptr(),
                    count,
                    libc::MSG_DONTWAIT,
                    ptr::null_mut(),
                )
            };
            match Errno::result(received) {
                Ok(received) => {
                    for (index, length) in self.lengths.iter_mut().enumerate().take(received as usize) {
                        *length = headers.length(index);
                    }
                    return received as usize;
                }
                Err(Errno::ECONNREFUSED | Errno::EINTR) => {}
                Err(_) => return 0,
            }
        }
        0
    }

    pub fn datagram(&self, index: usize) -> &[u8] {
        self.buffers.get(index).and_then(|buffer| buffer.get(..self.lengths[index])).unwrap_or_default()
    }
}

/// CPU time of the calling thread, user and system.
pub fn thread_cpu() -> std::time::Duration {
    // SAFETY: `time` is a valid place for the result.
    let time = unsafe {
        let mut time: libc::timespec = mem::zeroed();
        libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time);
        time
    };
    std::time::Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
