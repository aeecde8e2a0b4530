//! The floor: what no accounting server can do without. It checks the request's MD5 and signs an answer; it stores nothing.
//! One socket, one thread, one packet per system call.

use anyhow::{Context, Result};
use md5::{Digest, Md5};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io::Write,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
};

const HEADER: usize = 20;
const ACCOUNTING_REQUEST: u8 = 4;
const ACCOUNTING_RESPONSE: u8 = 5;

/// Answers until it is killed. Prints its port first.
pub fn serve(secret: &[u8]) -> Result<()> {
    let socket = socket()?;
    println!("{}", socket.local_addr()?.port());
    std::io::stdout().flush()?;
    let mut packet = [0; 4096];
    loop {
        let (length, from) = socket.recv_from(&mut packet).context("receiving")?;
        if let Some(answer) = packet.get(..length).and_then(|packet| answer(packet, secret)) {
            let _ = socket.send_to(&answer, from);
        }
    }
}

/// With as much room for bursts as the server under measurement gives itself.
pub fn socket() -> Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    let _ = socket.set_recv_buffer_size(8 << 20);
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    Ok(socket.into())
}

/// The Accounting-Response (RFC 2866 §3), if the request was signed with the secret.
pub fn answer(packet: &[u8], secret: &[u8]) -> Option<[u8; HEADER]> {
    let (header, attributes) = packet.split_at_checked(HEADER)?;
    let length = u16::from_be_bytes([header[2], header[3]]);
    if header[0] != ACCOUNTING_REQUEST || usize::from(length) != packet.len() {
        return None;
    }
    let expected = Md5::new()
        .chain_update(&header[..4])
        .chain_update([0; 16])
        .chain_update(attributes)
        .chain_update(secret)
        .finalize();
    if header[4..] != expected[..] {
        return None;
    }
    let mut response = [0; HEADER];
    response[..4].copy_from_slice(&[ACCOUNTING_RESPONSE, header[1], 0, HEADER as u8]);
    let signature =
        Md5::new().chain_update(&response[..4]).chain_update(&header[4..]).chain_update(secret).finalize();
    response[4..].copy_from_slice(&signature);
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_radius::{Code, Packet, PacketBuilder, Secret, code::Role, dictionary as d};

    #[test]
    fn answers_what_is_signed_and_nothing_else() {
        let secret = Secret::new("s3cret");
        let mut buffer = [0; 256];
        let mut builder = PacketBuilder::new(&mut buffer, Code::AccountingRequest, 77);
        builder.integer(d::ACCT_STATUS_TYPE, 1);
        let mut request = builder.sign_request(&secret).unwrap().to_vec();
        let authenticator = request[4..20].try_into().unwrap();
        let answered = answer(&request, b"s3cret").unwrap();
        let response = Packet::response(&answered, Role::Acct).unwrap();
        assert_eq!(response.identifier(), 77);
        assert!(response.verify(&secret, Some(&authenticator)).into_result().is_ok());
        assert_eq!(answer(&request, b"other"), None);
        request[25] ^= 1;
        assert_eq!(answer(&request, b"s3cret"), None);
    }
}
