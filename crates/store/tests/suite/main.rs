//! One suite for both databases.

#![allow(clippy::unwrap_used, clippy::panic)]

mod alert_rules;
mod alerts;
mod audit;
mod backup;
mod busy;
mod cells;
mod fixture;
mod flush;
mod groups;
mod import;
mod inventory;
mod law;
mod nas;
mod people;
mod plans;
mod portals;
mod providers;
mod reads;
mod retention;
mod schema;
mod stock;
mod telling;
mod tenants;
mod views;

/// Runs an `async fn(Fixture)` on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use $crate::fixture::Fixture;
            use opencmp_testkit::Backend;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(Fixture::new(Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(Fixture::new(Backend::Postgres).await).await;
            }
        }
    )*};
}
pub(crate) use on_both;
