//! sendmmsg and recvmmsg over connected sockets. The wrappers of `nix` tie the headers' lifetime to the buffers', which
//! would mean an allocation per call.

use nix::{errno::Errno, libc};
use std::{io, mem, net::UdpSocket, os::fd::AsRawFd, ptr};

/// Datagrams per system call.
pub const BATCH: usize = 64;
/// Room for an Accounting-Response.
const RESPONSE: usize = 256;

/// Sends datagrams, at most [`BATCH`]; returns how many the kernel took. A refusal that an earlier datagram met (ICMP
/// port unreachable) is reported by the next call, and passed over.
pub fn send(socket: &UdpSocket, datagrams: &[&[u8]]) -> io::Result<usize> {
    // SAFETY: all-zero is a valid value of these plain C structs.
    let (mut parts, mut headers): ([libc::iovec; BATCH], [libc::mmsghdr; BATCH]) = unsafe { mem::zeroed() };
    let count = datagrams.len().min(BATCH);
    for (index, datagram) in datagrams.iter().take(BATCH).enumerate() {
        parts[index] = libc::iovec { iov_base: datagram.as_ptr().cast_mut().cast(), iov_len: datagram.len() };
        headers[index].msg_hdr.msg_iov = &mut parts[index];
        headers[index].msg_hdr.msg_iovlen = 1;
    }
    for _ in 0..2 {
        // SAFETY: `count` headers are set up, each with one part that points into a datagram, which the kernel only
        // reads; all outlive the call.
        let sent = unsafe { libc::sendmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), count as u32, 0) };
        match Errno::result(sent) {
            Ok(sent) => return Ok(sent as usize),
            Err(Errno::ECONNREFUSED | Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(0)
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

    /// Takes what has come, at most [`BATCH`], without waiting.
    pub fn receive(&mut self, socket: &UdpSocket) -> usize {
        // SAFETY: all-zero is a valid value of these plain C structs.
        let (mut parts, mut headers): ([libc::iovec; BATCH], [libc::mmsghdr; BATCH]) =
            unsafe { mem::zeroed() };
        for (index, buffer) in self.buffers.iter_mut().enumerate() {
            parts[index] = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: RESPONSE };
            headers[index].msg_hdr.msg_iov = &mut parts[index];
            headers[index].msg_hdr.msg_iovlen = 1;
        }
        for _ in 0..2 {
            // SAFETY: BATCH headers are set up, each with one part that points into a buffer of its own of RESPONSE
            // octets; all outlive the call. No time-out is given.
            let received = unsafe {
                libc::recvmmsg(
                    socket.as_raw_fd(),
                    headers.as_mut_ptr(),
                    BATCH as u32,
                    libc::MSG_DONTWAIT,
                    ptr::null_mut(),
                )
            };
            match Errno::result(received) {
                Ok(received) => {
                    for (length, header) in self.lengths.iter_mut().zip(&headers) {
                        *length = header.msg_len as usize;
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
