//! Gateways: RADIUS clients with their shared secrets.

use crate::{Result, Store, StoreError};
use opencmp_domain::{NasId, Timestamp, stored::StoredNasStatus};
use std::fmt;

/// A shared secret. It doesn't print.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What is said of a gateway when it is added or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNas {
    pub name: String,
    /// Source addresses: one address or a CIDR block.
    pub address: String,
    pub secret: Secret,
    /// Its octet counters wrap at 2^32 and it sends no Gigawords.
    pub counters_32bit: bool,
    /// It counts Input and Output from the network's side.
    pub swap_direction: bool,
    pub enabled: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nas {
    pub id: NasId,
    pub name: String,
    /// CIDR in canonical form: host bits zero, the prefix always written.
    pub address: String,
    pub secret: Secret,
    pub counters_32bit: bool,
    pub swap_direction: bool,
    pub enabled: bool,
    pub created_at: Timestamp,
}

impl Store {
    /// Errors: `Taken` (name, address), `Invalid` (name, address, secret).
    pub async fn nas_add(&self, _nas: &NewNas, _now: Timestamp) -> Result<NasId> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// By name.
    pub async fn nas_list(&self) -> Result<Vec<Nas>> {
        Err(StoreError::Unsupported("not yet"))
    }

    pub async fn nas_update(&self, _id: NasId, _nas: &NewNas) -> Result<()> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Takes a gateway out of service for good. Its sessions stay, and so does its name with them.
    pub async fn nas_remove(&self, _id: NasId, _now: Timestamp) -> Result<()> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// Rises with every change of a gateway.
    pub async fn nas_version(&self) -> Result<i64> {
        Err(StoreError::Unsupported("not yet"))
    }

    /// What the flushes have said of gateways.
    pub async fn nas_status_list(&self) -> Result<Vec<StoredNasStatus>> {
        Err(StoreError::Unsupported("not yet"))
    }
}
