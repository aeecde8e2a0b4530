//! The RADIUS codec: octets in, typed values out, and back. No sockets, no clock, no allocation per attribute.
//!
//! A packet's way in:
//! 1. [`packet`] – [`Packet`] looks at a datagram and checks it in the order the RFCs ask; what fails is a [`Discard`].
//! 2. [`authenticator`] – the request or response authenticator and Message-Authenticator, under a [`Secret`].
//! 3. [`attribute`] – attributes, vendor containers and their sub-attributes, iterated in place.
//! 4. [`value`] – the RFC value types; [`threegpp`] – the 3GPP dictionary (TS 29.061, TS 29.561) with cell locations,
//!    time zones and PLMNs.
//!
//! And out: [`encode`] builds and signs requests and responses in the caller's buffer; [`respond`] is the short cut from
//! an Accounting-Request to its response.
//!
//! [`dictionary`] names attributes; [`json`] prints a packet and the verdict on it, for people and for the test vectors.

pub mod attribute;
pub mod authenticator;
pub mod code;
pub mod dictionary;
mod discard;
pub mod encode;
pub mod json;
pub mod packet;
pub mod respond;
mod secret;
pub mod threegpp;
pub mod value;

pub use attribute::{Attribute, Attributes, Sub, Vendor};
pub use authenticator::{Authenticator, Check, Verdict};
pub use code::{Code, Role};
pub use discard::Discard;
pub use encode::{NoRoom, PacketBuilder};
pub use packet::Packet;
pub use respond::accounting_response;
pub use secret::Secret;
pub use threegpp::ThreeGpp;

/// Code, Identifier, Length and Authenticator (RFC 2865 §3).
pub const HEADER_LEN: usize = 20;
/// The longest packet (RFC 2865 §3).
pub const MAX_LEN: usize = 4096;
