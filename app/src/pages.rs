//! One file a page. Pages fetch; components show.

pub mod board;
pub mod dashboard;
pub mod not_found;
pub mod operator;
pub mod sim;
pub mod sims;
pub mod usage;
