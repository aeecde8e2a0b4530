use crate::code::Code;
use crate::encode::{NoRoom, PacketBuilder};
use crate::packet::Packet;
use crate::{MAX_LEN, Secret};

/// The Accounting-Response to an Accounting-Request or to a Status-Server on the accounting port: nothing in it but the
/// request's Proxy-State attributes (RFC 2866 §4.2, RFC 5997 §4.2). Returns its length.
///
/// `out` has room for any packet, so [`NoRoom`] doesn't happen with a request that was received.
pub fn accounting_response(
    request: &Packet<'_>,
    secret: &Secret,
    out: &mut [u8; MAX_LEN],
) -> Result<usize, NoRoom> {
    let mut response = PacketBuilder::new(out, Code::AccountingResponse, request.identifier());
    response.proxy_states_of(request);
    response.sign_response(secret, request.authenticator()).map(<[u8]>::len)
}
