//! Types that every room of the house shares, the browser included. No I/O, no clock.
//!
//! - [`ids`]: typed row ids, registered in one place.
//! - [`identifier`]: MSISDN, ICCID, IMSI, IMEI, PLMN, APN; each validates in its one constructor.
//! - [`units`]: octets, and how people read them.
//! - [`time`]: instants, billing days, hours and cycles in a time zone.
//! - [`lang`]: the interface's languages.
//! - [`state`]: service state, connection state, radio access.
//! - [`scope`]: whose data an operation may touch. [`role`]: who may do what. [`people`]: who there is.
//! - [`node`]: who a gateway says it is.
//! - [`provider`]: who else says who somebody is. [`portal`]: whose pages show ours in a frame.
//! - [`sim`], [`session`], [`event`], [`usage`], [`dashboard`], [`operator`]: what pages and programs read.
//! - [`delivery`]: what became of alerts on their way.
//! - [`group`], [`sim_set`], [`custom`], [`stock`]: how SIMs are kept in order, and what is done to many of them.
//! - [`alert`]: what people are told of, when, by which way.
//! - [`cell`]: the radio network's cells, as the operator's planning has them.
//! - [`query`]: what a list asks for, and its form in a URL.
//! - [`text`]: what people write.
//! - [`live`]: what changed, as it travels to the browser.
//! - [`stored`]: the state of the fleet as the applier writes it and reads it back.

pub mod alert;
pub mod cell;
pub mod change;
pub mod custom;
pub mod dashboard;
pub mod delivery;
pub mod event;
pub mod group;
pub mod identifier;
pub mod ids;
pub mod lang;
pub mod live;
pub mod node;
pub mod operator;
pub mod people;
pub mod portal;
pub mod provider;
pub mod query;
pub mod role;
pub mod scope;
pub mod session;
pub mod sim;
pub mod sim_set;
pub mod state;
pub mod stock;
pub mod stored;
pub mod text;
pub mod time;
pub mod units;
pub mod usage;

pub use identifier::{Apn, Iccid, Imei, Imsi, InvalidIdentifier, Msisdn, Plmn};
pub use ids::{
    AlertId, ChangeId, ChannelId, DeliveryId, FieldId, FrameId, GroupId, NasId, NodeId, PersonId, PlanId,
    PortalId, ProviderId, RuleId, SessionId, SignInId, SimId, TenantId, UsageClassId, ViewId,
};
pub use lang::Lang;
pub use role::{Permission, Role};
pub use scope::{Actor, Reason, Scope};
pub use sim_set::SimSet;
pub use state::{ConnectionState, LastMessage, RatType, ServiceState};
pub use time::{Cycle, Day, Hour, Timestamp, Tz};
pub use units::ByteCount;
