//! From a verified packet to the fleet's figures: nothing that was acknowledged is lost or counted twice.
//!
//! A record's way, and the thread it goes on:
//! 1. [`intake`] takes batches from the listeners (their threads), bounded in octets.
//! 2. [`writer`] (`journal`) takes what is there, makes it durable as one group and lets the responses leave.
//!    [`journal`] is where it is durable.
//! 3. [`inbox`] hands the group on in memory. If the applier is behind, the group is dropped there and read back from
//!    the journal when its turn comes.
//! 4. [`applier`] (`applier`) follows in the order of the journal: [`record`] makes an accounting record of the packet,
//!    the fleet takes it, [`live`] hears what changed, [`pending`] sums up what the database has to hear.
//! 5. [`flush`] (`flush`) writes that, with the journal position, in one transaction, and tries again until it is in.
//!
//! Beside it: [`recovery`] loads the fleet at start, [`watch`] follows the inventory and the list of gateways,
//! [`gateways`] knows each gateway's dialect and clock, [`feed`] is what pages are told, [`direct`] lets records in without
//! a socket, [`past`] tries rules of alerts on records of before.
//!
//! Steps 1 to 3 never wait for steps 4 and 5, until the journal reaches its bound. Replays are harmless: the fleet's state
//! and the position are of one transaction, and a restart goes on from there.

mod applier;
mod config;
mod direct;
mod feed;
mod flush;
mod gateways;
mod inbox;
mod intake;
pub mod journal;
mod live;
mod past;
mod pending;
pub mod record;
mod recovery;
mod start;
mod watch;
mod writer;

pub use config::{Cadence, IngestConfig};
pub use direct::{Direct, DirectRecord};
pub use feed::Feed;
pub use live::LiveSink;
pub use start::{Ingest, IngestError};
