//! The pure core of the fleet: accounting record and state in, new state, usage and events out. No clock, no I/O.

#![deny(clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::indexing_slicing))]

mod apply;
mod arena;
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
mod record;
mod session;
mod silence;
mod sim;
mod split;
mod state;
mod timers;
mod when;

pub use config::{FleetConfig, SilenceLimits, TimingConfig};
pub use effects::{Effects, FleetEvent, GatewayRestart, Outcome, UsagePiece};
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
