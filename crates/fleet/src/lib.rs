//! The pure core of the fleet: accounting record and state in, new state, usage and events out. No clock, no I/O.

mod config;
mod effects;
mod fleet;
mod record;

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
