//! Asking addresses that others wrote: providers that people sign in with, webhooks, gateways for short messages.
//!
//! - [`networks`]: which addresses may be connected to; by default what the whole Internet reaches.
//! - [`client`]: an HTTP client that goes there and nowhere else: no redirects, no proxies, small answers, a short time.
//!
//! A name is looked up by [`client`]'s own resolver, and the connection is made to what was looked at there, so that a name
//! can't mean something else a moment later. An address in numbers isn't looked up: [`Networks::admits_host`] is asked
//! before the request.

mod client;
mod networks;

pub use client::{Body, Forbidden, body, client};
pub use networks::Networks;

/// The process's default ciphers, which whoever speaks TLS asks for; those that are there already are as good.
pub fn provide_tls() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
