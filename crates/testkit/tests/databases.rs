//! Databases are private and go away.

#![allow(clippy::unwrap_used)]

use std::{path::Path, process::Command, time::Duration};

use opencmp_testkit::{Backend, Postgres, database, postgres_database, wait_until};

/// Runs SQL and returns what it prints.
fn psql(url: &str, sql: &str) -> String {
    let output = Command::new("psql").args(["-XqtA", "-c", sql, url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn each_test_has_a_database_of_its_own() {
    let (one, other) = (postgres_database().await.unwrap(), postgres_database().await.unwrap());
    psql(&one.url, "create table only_here (id bigint)");
    assert_eq!(psql(&one.url, "select count(*) from only_here"), "0");
    assert_eq!(psql(&other.url, "select to_regclass('only_here') is null"), "t");
}

#[tokio::test]
async fn dropped_databases_are_gone() {
    let postgres = database(Backend::Postgres).await.unwrap();
    let name = postgres.url.rsplit('/').next().unwrap().to_owned();
    drop(postgres);
    let server = Postgres::shared().unwrap().maintenance_url();
    let query = format!("select count(*) from pg_database where datname = '{name}'");
    wait_until(async || psql(server, &query) == "0", Duration::from_secs(20)).await.unwrap();

    let sqlite = database(Backend::Sqlite).await.unwrap();
    let file = Path::new(sqlite.url.strip_prefix("sqlite://").unwrap()).to_owned();
    std::fs::write(&file, "").unwrap();
    drop(sqlite);
    assert!(!file.parent().unwrap().exists());
}
