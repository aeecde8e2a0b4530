//! All SQL of OpenCMP, for SQLite and PostgreSQL. Methods are named resource first, take what they need and return
//! domain types.
//!
//! - [`store`](Store): opening, migrations, health; which of the two databases it is.
//! - [`tenant`], [`plan`], [`nas`]: tenants and their groups; rate plans; gateways with their secrets.
//! - [`cell`]: the radio network's cells.
//! - [`group`], [`custom`], [`sims`]: groups, custom fields, and what people say of SIMs, one or many. [`stock`]: SIMs that no
//!   tenant has yet, and how they come to one.
//! - [`people`], [`sign_in`]: who may sign in, and where they are. [`audit`]: what they did, in the transaction of doing it.
//! - [`portal`]: whose pages show ours in frames, and the frames that were let in.
//! - [`alert_rule`], [`alert_channel`] (`alert_test`: does one work): when people are told of something, and by which
//!   ways. [`alerts`], [`alert_delivery`]: what they were told of, what they did about it, and what became of telling them.
//!   [`alert_outbox`], [`alert_receipt`]: how that is done; [`alert_lost`]: what others are to hear of.
//! - [`import`]: an inventory file goes in, all of it or nothing; usage follows SIMs that change groups.
//! - [`inventory`]: reading SIMs, and what changed since; SIMs that only the network knows.
//! - [`flush`]: the applier's one transaction: derived rows with the journal position. The hot path, a form per database.
//! - [`state`]: reading all that back at start. [`absence`]: when nobody listened.
//! - [`usage`], [`sessions`], [`events`], [`views`]: what pages read.
//! - [`retention`], [`backup`], [`verify`]: keeping the database in bounds, copied and consistent.
//!
//! A *version* counts changes: `inventory_version` of tenants, groups, plans and SIMs, `nas_version` of gateways,
//! `alert_version` of alert rules and channels. Other processes notice a change by polling it.
//!
//! Durability. Everything that people and programs write is durable when the method returns. A flush is atomic but may
//! be lost whole in a power failure, position and rows together, because the journal replays it; therefore the journal
//! may only forget what [`Store::journal_position_durable`] has returned.

pub mod absence;
pub mod alert_action;
mod alert_channel;
pub mod alert_delivery;
mod alert_engine;
pub mod alert_lost;
pub mod alert_outbox;
pub mod alert_receipt;
pub mod alert_rule;
mod alert_test;
pub mod alerts;
pub mod audit;
pub mod backup;
mod block;
pub mod cell;
pub mod change_request;
pub mod custom;
mod error;
pub mod events;
pub mod flush;
pub mod group;
pub mod identity;
pub mod import;
pub mod inventory;
mod load;
pub mod nas;
mod packed;
pub mod people;
pub mod plan;
pub mod portal;
pub mod provider;
pub mod retention;
pub mod sessions;
pub mod sign_in;
pub mod sims;
mod sql;
pub mod state;
pub mod stock;
mod store;
pub mod tenant;
pub mod usage;
pub mod verify;
pub mod views;
mod write_behind;

pub use alert_action::Act;
pub use alert_channel::SECRET_KEPT_SECS;
pub use alert_lost::LostDelivery;
pub use alert_outbox::{After, DueTurn, Held, LeasedDelivery, NewDelivery, WaitingTurn};
pub use alert_receipt::PartEnd;
pub use alerts::AlertsAsked;
pub use audit::{Change, SealedEntry, sha256_hex};
pub use backup::BackupReport;
pub use error::{Result, StoreError};
pub use group::StoredGroup;
pub use identity::{Identity, ProviderLogout, ProviderSignIn, Subject};
pub use import::{ImportError, ImportField, ImportMode, ImportReport, ImportTo};
pub use inventory::{InventoryCursor, SimChanges};
pub use nas::{Nas, NewNas, Secret};
pub use people::Credentials;
pub use plan::RatePlan;
pub use portal::{Frame, FrameLetIn, FrameToken};
pub use provider::ProviderRequest;
pub use retention::{Retention, RetentionReport};
pub use sign_in::StaysIn;
pub use sims::Within;
pub use state::SessionKey;
pub use store::{Backend, Installation, Store, StoreOptions};
pub use tenant::Tenant;
pub use usage::UsageSubject;
pub use verify::{Mismatch, VerifyReport};
