//! Free ports on loopback.

use std::{
    io,
    net::{Ipv4Addr, TcpListener, UdpSocket},
};

/// A UDP port that nobody listened on a moment ago.
///
/// Prefer to bind port 0 and hand the socket over; this is for programs that take a number.
pub fn free_udp_port() -> io::Result<u16> {
    Ok(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A TCP port that nobody listened on a moment ago. See [`free_udp_port`].
pub fn free_tcp_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
