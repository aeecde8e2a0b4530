//! Live figures: what the applier changed goes to the browsers that watch it.
//!
//! ```text
//! applier → Hub::changed (marks what is watched) → tick, a few times a second → one message per subscriber → SSE
//! ```
//!
//! - [`hub`]: subscribers, what is marked, the tick.
//! - [`message`]: one message, put together from pieces that are serialised once for everybody.
//!
//! A subscriber that can't keep up loses patches, never truth: its next message is a whole snapshot again. Nothing here
//! makes the applier wait.

mod hub;
mod message;

pub use hub::{Hub, Subscription};
