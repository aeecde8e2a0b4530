//! The channels against programs that aren't ours: a mail server, a short message centre, the reference library of Standard
//! Webhooks. Each also slow, failing, talking nonsense, and absent.
#![allow(clippy::unwrap_used, clippy::panic)]

mod mail;
mod smpp;
mod sms_http;
mod support;
mod webhook;
