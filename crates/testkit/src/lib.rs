//! What integration tests share: private databases on either backend, free ports, peers, waiting for a condition.
//!
//! - [`database`]: an empty SQLite file or PostgreSQL database for one test, removed when dropped. A suite that must hold on
//!   both is written once, as a function of [`Backend`], and run for each of [`Backend::ALL`].
//! - [`postgres`]: the server behind it: the one that `OPENCMP_TEST_POSTGRES` names, else one started for this process
//! - [`net`]: free ports on loopback
//! - [`peer`]: programs that aren't ours and speak what we speak
//! - [`wait`]: no sleeps: wait for the condition
//!
//! Nothing here knows the schema: whoever opens a database migrates it.

mod database;
mod net;
mod peer;
mod postgres;
mod wait;

pub use database::{Backend, TestDatabase, database, postgres_database, sqlite_database};
pub use net::{free_tcp_port, free_udp_port};
pub use peer::Peer;
pub use postgres::Postgres;
pub use wait::wait_until;
