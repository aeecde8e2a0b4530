//! People who are signed in: their rows, as the server itself would have written them.

use chrono::Utc;
use opencmp_domain::{
    Actor, GroupId, PersonId, Role, TenantId, Timestamp,
    people::{PersonSaid, Stage},
};
use opencmp_store::{Change, Store, sha256_hex};

/// What stands in this person's cookie.
pub fn token(email: &str) -> String {
    sha256_hex(email)
}

/// Makes the person if need be, and signs them in.
pub async fn sign_in(
    store: &Store,
    email: &str,
    role: Role,
    tenant: Option<TenantId>,
    groups: Option<Vec<GroupId>>,
) -> String {
    let now = Timestamp::from(Utc::now());
    let id = match store.person_by_email(email).await.unwrap() {
        Some(held) => held.id,
        None => {
            let said = PersonSaid { email: email.to_owned(), name: email.to_owned(), role, tenant, groups };
            store.person_create(&said, now).await.unwrap()
        }
    };
    let token = token(email);
    if store.sign_in_find(&sha256_hex(&token)).await.unwrap().is_none() {
        begin(store, id, &token, Stage::Full).await;
    }
    token
}

/// A sign-in with this token.
pub async fn begin(store: &Store, person: PersonId, token: &str, stage: Stage) {
    begin_for(store, person, token, stage, 86_400).await;
}

/// The same, which ends after so many seconds.
pub async fn begin_for(store: &Store, person: PersonId, token: &str, stage: Stage, secs: i64) {
    let now = Timestamp::from(Utc::now());
    let change = Change::new(Actor { person: Some(person), address: None }, now);
    let expires = now.plus_secs(secs);
    store.sign_in_create(person, &sha256_hex(token), stage, expires, "a test", &change).await.unwrap();
}
