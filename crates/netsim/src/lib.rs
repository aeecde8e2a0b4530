//! A simulated mobile core that speaks real RADIUS accounting over UDP: for the demo, for tests, and for load.
//!
//! A living fleet:
//! 1. [`demo`] – invented customers, their SIMs and the gateways that serve them: a [`Fleet`] and its inventory.
//! 2. [`device`] – meters, scooters, cameras: each plans its day and acts on it. [`world`] has the cells and villages.
//! 3. [`core`] – the event queue on simulated time, deterministic by seed. It runs months in seconds for a history, and
//!    then goes on in step with the clock from the same state.
//! 4. [`record`] and [`gateway`] – an accounting record and its packet with all that gateways put into it.
//! 5. [`wire`] – the RADIUS client: retransmission per RFC 5080, response authenticators; [`wire::Living`] drives a core
//!    over UDP.
//!
//! Load: [`load`] – a closed loop of millions of SIMs that knows to the octet what was acknowledged.
//!
//! [`inventory`] writes the CSV that `opencmp sim import` reads; [`cli`] is `opencmp simulate`.

pub mod cli;
pub mod core;
pub mod demo;
pub mod device;
pub mod gateway;
pub mod inventory;
pub mod load;
pub mod record;
pub mod wire;
pub mod world;

pub use crate::core::{Core, Delivery, Fleet, ReceivedPacket};
pub use crate::gateway::Gateway;
