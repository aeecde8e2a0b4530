//! One file a page. Pages fetch; components show.

pub mod account;
pub mod alerts;
pub mod audit;
pub mod board;
pub mod cells;
pub mod dashboard;
pub mod door;
pub mod embed;
pub mod groups;
pub mod import_file;
pub mod manage;
pub mod not_found;
pub mod operator;
pub mod people;
pub mod portals;
pub mod providers;
pub mod sim;
pub mod sims;
pub mod stock;
pub mod usage;
