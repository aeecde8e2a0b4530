//! Who reads the pages that are measured: an administrator of the fleet's owner, and one of the operator, signed in from
//! the beginning.

use crate::ours::{Ours, TENANT};
use anyhow::{Context, Result};
use opencmp_domain::{
    Actor, Role, TenantId,
    people::{PersonSaid, Stage},
};
use opencmp_netsim::wire::living::wall_clock;
use opencmp_store::{Change, Store, StoreOptions, sha256_hex};

/// Cookies of the two. The tokens are no secret: the databases live as long as the measurement.
pub const OWNER: &str = "opencmp=0000000000000000000000000000000000000000000000000000000000000001";
pub const OPERATOR: &str = "opencmp=0000000000000000000000000000000000000000000000000000000000000002";

/// Signs both in.
pub fn sign_in(ours: &Ours) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let options = StoreOptions { migrate: false, ..StoreOptions::default() };
        let store = Store::open(&ours.url(), options).await?;
        let owner = store.tenant_by_name(TENANT).await?.context("the fleet has no owner")?.id;
        person(&store, OWNER, Role::TenantAdmin, Some(owner)).await?;
        person(&store, OPERATOR, Role::OperatorAdmin, None).await?;
        store.close().await;
        Ok(())
    })
}

async fn person(store: &Store, cookie: &str, role: Role, tenant: Option<TenantId>) -> Result<()> {
    let now = wall_clock();
    let name = role.code().to_owned();
    let said = PersonSaid { email: format!("{name}@bench.example"), name, role, tenant, groups: None };
    let id = store.person_create(&said, now).await?;
    let token = cookie.split_once('=').map_or(cookie, |(_, token)| token);
    let change = Change::new(Actor { person: Some(id), address: None }, now);
    let expires = now.plus_secs(7 * 86_400);
    store.sign_in_create(id, &sha256_hex(token), Stage::Full, expires, "bench", &change).await?;
    Ok(())
}
