//! `opencmp serve` as a process: RADIUS over UDP in, HTTP out, other commands beside it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod alerts;
mod cells;
mod database;
mod download;
mod embed;
mod groups;
mod inventory;
mod live;
mod manage;
mod oidc;
mod radius;
mod scope;
mod sign_in;
mod stock;
#[path = "../support/mod.rs"]
mod support;
mod tls;
