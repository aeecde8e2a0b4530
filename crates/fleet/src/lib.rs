//! The pure core of the fleet: accounting record and state in, new state, usage and events out. No clock, no I/O; the same
//! input gives the same output.
//!
//! # Who lives here
//! - [`record`]: what comes in. [`effects`]: what goes out. [`config`]: what may be told about the network.
//! - [`fleet`]: the state, and what may be asked of it. [`load`]: inventory and stored rows in, stored rows out.
//! - [`apply`]: a record's way through the steps
//!   [`identify`] → [`matching`] → [`counting`] → [`split`] → [`describe`] → [`state`] → [`follow`].
//! - [`lifecycle`]: sessions begin, end, divide. [`findings`]: ends that no Stop tells of. [`silence`]: what quiet means.
//! - [`alerts`]: what the rules make of it. [`backtest`]: what one would have made of records of before.
//! - [`sim`], [`placements`], [`session`], [`arena`], [`index`], [`timers`], [`classes`], [`calendar`], [`gateways`]: how it is kept.
//!
//! # How it is used
//! Load: classes, SIMs ([`Fleet::upsert_sim`]), their live rows, sessions (the open ones, and those closed within
//! [`FleetConfig::closed_horizon_secs`]), gateways, [`Fleet::set_forgotten_until`] with the cut-off of that loading,
//! [`Fleet::set_next_session_id`]. Then, for every few dozen records: [`Fleet::warm`]; for each of them
//! [`Fleet::needs_history`] (rarely true: fetch, [`Fleet::restore_session`]) and [`Fleet::apply`]; after a batch read the
//! [`Effects`], give [`Effects::new_sims`] their ids, and [`Fleet::settle`]. For a flush [`Fleet::take_unsaved`] and make
//! the rows. About once a second, when everything received is applied, [`Fleet::sweep`].
//!
//! # What is promised
//! - Usage is the sum over runs of counters of the highest value seen, so neither order nor repetition changes a total, and
//!   no delta is negative. `tests/order.rs` says what that covers and what it doesn't.
//! - The pieces by hour and day, the sessions and the SIM add up to the same octets, always.
//! - Whether a session is open follows from event times. What we conclude ourselves (stale, superseded, gateway restart)
//!   is refuted by any later word of the session.
//! - A fleet that is restored from its rows goes on as if it had never stopped (`tests/restore.rs`).
//! - Nothing here panics on what a packet says: there is no indexing and no unwrapping.
//!
//! # Choices
//! - Usage between two records is spread evenly over the time between them, at most over the last 31 days.
//! - It is booked under APN, radio and network as they were at the first of the two.
//! - A device address is told apart by gateway *and APN*: private APNs overlap on one gateway.
//! - Beginnings and ends of sessions are no events: the session rows say them; [`Effects::turns`] tells who watches now.
//!   A gateway's restart is one outcome.
//! - Times are whole seconds: all that RADIUS resolves.
//! - An IMSI that is not in the inventory is a SIM of its own even if its number is: history hangs on the card. No
//!   identifier is learned for a SIM of the inventory; the import says them.

#![deny(clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::indexing_slicing))]

mod absence;
mod alerts;
mod apply;
mod arena;
pub mod backtest;
mod calendar;
mod classes;
mod config;
mod counting;
mod describe;
mod effects;
mod findings;
mod fleet;
mod follow;
mod gateways;
mod identify;
mod index;
mod instant;
mod lifecycle;
mod load;
mod matching;
mod placements;
mod record;
mod session;
mod silence;
mod sim;
mod split;
mod state;
mod timers;
mod when;

pub use config::{FleetConfig, SilenceLimits, TimingConfig};
pub use effects::{Effects, FleetEvent, GatewayRestart, GatewayWrap, Outcome, SessionTurn, UsagePiece};
pub use fleet::{Fleet, SimView, UnknownSim};
pub use record::{AccountingRecord, StatusType};

/// Where a SIM is in memory; valid as long as the [`Fleet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SimSlot(pub u32);

/// Where a session is in memory; valid until the session is forgotten, which it isn't before [`Fleet::take_unsaved`]
/// gave it out for writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionSlot(pub u32);

/// No slot.
const NONE: u32 = u32::MAX;
