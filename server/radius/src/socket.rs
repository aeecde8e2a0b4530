//! Opening the sockets of a listener.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Protocol, Socket, Type};

/// How long an idle listener sleeps before it looks whether it should stop.
const IDLE: Duration = Duration::from_millis(200);

/// Opens `count` sockets on one address. The kernel spreads sources over them (SO_REUSEPORT) and keeps each source on its
/// socket, so that its duplicates meet.
pub(crate) fn open(addr: SocketAddr, count: usize, receive_buffer: usize) -> io::Result<Vec<UdpSocket>> {
    let first = open_one(addr, receive_buffer)?;
    // Port 0 asks for any; the others join it.
    let addr = first.local_addr()?;
    let others = (1..count).map(|_| open_one(addr, receive_buffer));
    std::iter::once(Ok(first)).chain(others).collect()
}

fn open_one(addr: SocketAddr, receive_buffer: usize) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(addr), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_port(true)?;
    if addr.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    grow_receive_buffer(&socket, receive_buffer)?;
    socket.set_read_timeout(Some(IDLE))?;
    socket.bind(&addr.into())?;
    Ok(socket.into())
}

/// A gateway that restarts sends everything at once; what doesn't fit here is lost and comes back only after seconds.
fn grow_receive_buffer(socket: &Socket, wanted: usize) -> io::Result<()> {
    // Past net.core.rmem_max where we may, up to it where we may not.
    if setsockopt(socket, sockopt::RcvBufForce, &wanted).is_err() {
        socket.set_recv_buffer_size(wanted)?;
    }
    // The kernel doubles the figure for its own bookkeeping and reports it so.
    let granted = socket.recv_buffer_size()? / 2;
    if granted < wanted {
        tracing::warn!(wanted, granted, "RADIUS receive buffer is small: raise net.core.rmem_max");
    }
    Ok(())
}
