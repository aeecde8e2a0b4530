//! From a verified packet to the fleet's figures in the database.
pub mod journal;
pub mod record;
