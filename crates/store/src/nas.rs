//! Gateways: RADIUS clients with their shared secrets.

use crate::{
    Change, Result, Store, StoreError,
    audit::{self, Event},
    error::taken,
    packed::ipv4_of,
    sql::{Columns, Tx, execute, narrow, rows, tx_rows, unreadable},
    store::first_int,
    tenant::{clean_name, one},
};
use opencmp_domain::{NasId, NodeId, Timestamp, node::Node, stored::StoredNasStatus};
use serde_json::json;
use std::{fmt, net::IpAddr};

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
    /// The gateways that it may speak for: NAS-Identifiers, addresses and blocks of NAS-IP-Address, one per line; empty: any.
    pub nodes: String,
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
    /// As in [`NewNas`], in canonical form.
    pub nodes: String,
    pub enabled: bool,
    pub created_at: Timestamp,
}

impl Store {
    /// Errors: `Taken` (name, address), `Invalid` (name, address, secret, nodes).
    pub async fn nas_add(&self, nas: &NewNas, change: impl Into<Change>) -> Result<NasId> {
        let (nas, change) = (checked(nas)?, change.into());
        let mut tx = self.begin().await?;
        free(&mut tx, &nas, None).await?;
        let sql =
            "INSERT INTO nas (name, address, secret, counters_32bit, swap_direction, nodes, enabled, created_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let row = execute!(
            &mut tx,
            sql,
            [
                &nas.name,
                &nas.address,
                nas.secret.expose(),
                nas.counters_32bit,
                nas.swap_direction,
                &nas.nodes,
                nas.enabled,
                change.at.0,
            ]
        );
        row.map_err(taken("gateway", &nas.name))?;
        let sql = "SELECT id FROM nas WHERE name = $1 AND removed_at IS NULL";
        let id = one("the gateway", tx_rows!(&mut tx, sql, [&nas.name] => first_int)?)?;
        let after = Some(said(&nas));
        let event = Event { chain: None, action: "gateway.add", subject: &nas.name, before: None, after };
        audit::append(&mut tx, &change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await?;
        Ok(NasId(id))
    }

    /// By name.
    pub async fn nas_list(&self) -> Result<Vec<Nas>> {
        let sql =
            "SELECT id, name, address, secret, counters_32bit, swap_direction, nodes, enabled, created_at
                   FROM nas WHERE removed_at IS NULL ORDER BY name, id";
        rows!(self.readers(), sql, [] => nas)
    }

    /// Replaces everything that is said of the gateway. Errors: as `nas_add`, and `NotFound`.
    pub async fn nas_update(&self, id: NasId, nas: &NewNas, change: impl Into<Change>) -> Result<()> {
        let (nas, change) = (checked(nas)?, change.into());
        let mut tx = self.begin().await?;
        free(&mut tx, &nas, Some(id)).await?;
        let held = held(&mut tx, id).await?;
        let sql =
            "UPDATE nas SET name = $1, address = $2, secret = $3, counters_32bit = $4, swap_direction = $5,
                       nodes = $6, enabled = $7
                   WHERE id = $8 AND removed_at IS NULL";
        let row = execute!(
            &mut tx,
            sql,
            [
                &nas.name,
                &nas.address,
                nas.secret.expose(),
                nas.counters_32bit,
                nas.swap_direction,
                &nas.nodes,
                nas.enabled,
                id.0,
            ]
        );
        row.map_err(taken("gateway", &nas.name))?;
        let mut after = said(&nas);
        if held.secret != nas.secret {
            after["secret"] = "changed".into();
        }
        let (before, after) = (Some(said(&held.said())), Some(after));
        let event = Event { chain: None, action: "gateway.change", subject: &held.name, before, after };
        audit::append(&mut tx, &change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// Takes a gateway out of service for good. Its sessions stay, and so does its name with them.
    pub async fn nas_remove(&self, id: NasId, change: impl Into<Change>) -> Result<()> {
        let change = change.into();
        let mut tx = self.begin().await?;
        let held = held(&mut tx, id).await?;
        execute!(&mut tx, "UPDATE nas SET removed_at = $1 WHERE id = $2", [change.at.0, id.0])?;
        let before = Some(said(&held.said()));
        let event = Event { chain: None, action: "gateway.remove", subject: &held.name, before, after: None };
        audit::append(&mut tx, &change, event).await?;
        version_bump(&mut tx).await?;
        tx.commit().await
    }

    /// Rises with every change of a gateway.
    pub async fn nas_version(&self) -> Result<i64> {
        one("meta", rows!(self.readers(), "SELECT nas_version FROM meta", [] => first_int)?)
    }

    /// What the flushes have said of gateways.
    pub async fn nas_status_list(&self) -> Result<Vec<StoredNasStatus>> {
        let sql = "SELECT nas_id, last_heard_at, restarted_at, clock_offset_ms, accepted, duplicates,
                       secret_mismatches, last_mismatch_at, malformed, nodes_refused, wrap_suspected_at
                   FROM nas_status ORDER BY nas_id";
        rows!(self.readers(), sql, [] => status)
    }

    /// Gateways that were heard of behind RADIUS clients.
    pub async fn node_list(&self) -> Result<Vec<Node>> {
        let sql =
            "SELECT id, nas_id, identifier, ipv4, ipv6, heard_at, restarted_at FROM nas_node ORDER BY id";
        rows!(self.readers(), sql, [] => node)
    }
}

impl Nas {
    fn said(&self) -> NewNas {
        let Self { name, address, secret, counters_32bit, swap_direction, nodes, enabled, .. } = self.clone();
        NewNas { name, address, secret, counters_32bit, swap_direction, nodes, enabled }
    }
}

/// For the audit log: without the secret.
fn said(nas: &NewNas) -> serde_json::Value {
    json!({
        "name": nas.name,
        "address": nas.address,
        "counters_32bit": nas.counters_32bit,
        "swap_direction": nas.swap_direction,
        "nodes": nas.nodes,
        "enabled": nas.enabled,
    })
}

async fn held(tx: &mut Tx, id: NasId) -> Result<Nas> {
    let sql = "SELECT id, name, address, secret, counters_32bit, swap_direction, nodes, enabled, created_at
               FROM nas WHERE id = $1 AND removed_at IS NULL";
    one("the gateway", tx_rows!(tx, sql, [id.0] => nas)?)
}

async fn version_bump(tx: &mut Tx) -> Result<()> {
    execute!(tx, "UPDATE meta SET nas_version = nas_version + 1", [])?;
    Ok(())
}

/// Refuses a name or an address that another gateway has; the message can then say which of the two.
async fn free(tx: &mut Tx, nas: &NewNas, but: Option<NasId>) -> Result<()> {
    let but = but.map_or(0, |id| id.0);
    let sql = "SELECT id FROM nas WHERE name = $1 AND removed_at IS NULL AND id <> $2";
    if !tx_rows!(&mut *tx, sql, [&nas.name, but] => first_int)?.is_empty() {
        return Err(StoreError::Taken { what: "gateway", value: nas.name.clone() });
    }
    let sql = "SELECT id FROM nas WHERE address = $1 AND removed_at IS NULL AND id <> $2";
    if !tx_rows!(tx, sql, [&nas.address, but] => first_int)?.is_empty() {
        return Err(StoreError::Taken { what: "address", value: nas.address.clone() });
    }
    Ok(())
}

fn checked(nas: &NewNas) -> Result<NewNas> {
    let secret = nas.secret.expose();
    if secret.is_empty() || secret.len() > 128 || secret.contains('\0') {
        let message = "a secret has 1 to 128 octets".to_owned();
        return Err(StoreError::Invalid { field: "secret", message });
    }
    Ok(NewNas {
        name: clean_name("name", &nas.name)?,
        address: canonical_cidr("address", &nas.address)?,
        nodes: canonical_nodes(&nas.nodes)?,
        ..nas.clone()
    })
}

/// Lines of an allow list that are let through; more are somebody's mistake.
const MOST_NODES: usize = 256;
/// Octets that an attribute holds (RFC 2865 §5).
const MOST_IDENTIFIER: usize = 253;

/// Without empty lines and repetitions; what begins as an address does is one.
fn canonical_nodes(text: &str) -> Result<String> {
    let invalid = |message: String| Err(StoreError::Invalid { field: "nodes", message });
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.len() > MOST_IDENTIFIER || line.chars().any(char::is_control) {
            return invalid(format!("{line:?} is no NAS-Identifier: 1 to {MOST_IDENTIFIER} octets of text"));
        }
        let address = line.split('/').next().unwrap_or(line).parse::<IpAddr>().is_ok();
        let line = if address { canonical_cidr("nodes", line)? } else { line.to_owned() };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    if lines.len() > MOST_NODES {
        return invalid(format!("more than {MOST_NODES} lines"));
    }
    Ok(lines.join("\n"))
}

/// `10.1.2.3` becomes `10.1.2.3/32`, `2001:DB8::1/64` becomes `2001:db8::/64`.
fn canonical_cidr(field: &'static str, text: &str) -> Result<String> {
    let wrong = || StoreError::Invalid {
        field,
        message: format!("{text:?} is not an address or CIDR block such as 192.0.2.1 or 192.0.2.0/24"),
    };
    let (address, length) = match text.trim().split_once('/') {
        Some((address, length)) => (address, Some(length.parse::<u32>().map_err(|_| wrong())?)),
        None => (text.trim(), None),
    };
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(width);
    if length > width {
        return Err(wrong());
    }
    let network: IpAddr = match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
            std::net::Ipv4Addr::from_bits(v4.to_bits() & mask).into()
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            std::net::Ipv6Addr::from_bits(v6.to_bits() & mask).into()
        }
    };
    Ok(format!("{network}/{length}"))
}

fn nas(row: &impl Columns) -> Result<Nas> {
    Ok(Nas {
        id: NasId(row.int(0)?),
        name: row.text(1)?.to_owned(),
        address: row.text(2)?.to_owned(),
        secret: Secret::new(row.text(3)?),
        counters_32bit: row.flag(4)?,
        swap_direction: row.flag(5)?,
        nodes: row.text(6)?.to_owned(),
        enabled: row.flag(7)?,
        created_at: Timestamp(row.int(8)?),
    })
}

fn status(row: &impl Columns) -> Result<StoredNasStatus> {
    Ok(StoredNasStatus {
        nas: NasId(row.int(0)?),
        last_heard_at: row.opt_int(1)?.map(Timestamp),
        restarted_at: row.opt_int(2)?.map(Timestamp),
        clock_offset_ms: row.opt_int(3)?,
        accepted: narrow("accepted", row.int(4)?)?,
        duplicates: narrow("duplicates", row.int(5)?)?,
        secret_mismatches: narrow("secret_mismatches", row.int(6)?)?,
        last_mismatch_at: row.opt_int(7)?.map(Timestamp),
        malformed: narrow("malformed", row.int(8)?)?,
        nodes_refused: narrow("nodes_refused", row.int(9)?)?,
        wrap_suspected_at: row.opt_int(10)?.map(Timestamp),
    })
}

fn node(row: &impl Columns) -> Result<Node> {
    Ok(Node {
        id: NodeId(row.int(0)?),
        nas: NasId(row.int(1)?),
        identifier: row.opt_blob(2)?.map(Into::into),
        ipv4: ipv4_of(row.opt_int(3)?)?,
        ipv6: node_ipv6(row.opt_blob(4)?)?,
        heard_at: Timestamp(row.int(5)?),
        restarted_at: row.opt_int(6)?.map(Timestamp),
    })
}

pub(crate) fn node_ipv6(column: Option<&[u8]>) -> Result<Option<[u8; 16]>> {
    let address = |octets: &[u8]| octets.try_into().map_err(|_| unreadable("ipv6", format!("{octets:02x?}")));
    column.map(address).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_form() {
        for (text, canonical) in [
            ("192.0.2.1", "192.0.2.1/32"),
            (" 192.0.2.77/24 ", "192.0.2.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::1/64", "2001:db8::/64"),
            ("::1", "::1/128"),
        ] {
            assert_eq!(canonical_cidr("address", text).unwrap(), canonical);
        }
        for text in ["", "gateway", "192.0.2.1/33", "192.0.2.1/", "192.0.2.1/-1", "::/129"] {
            assert!(canonical_cidr("address", text).is_err(), "{text}");
        }
    }

    #[test]
    fn allow_lists_have_one_form() {
        let text = " pgw 1 \r\n\n192.0.2.9/24\npgw 1\n2001:DB8::1\na/b\n";
        assert_eq!(canonical_nodes(text).unwrap(), "pgw 1\n192.0.2.0/24\n2001:db8::1/128\na/b");
        for text in ["192.0.2.1/33", "a\u{7}", &"x".repeat(254)] {
            assert!(canonical_nodes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(format!("{:?}", Secret::new("xyzzy5461")), "Secret(…)");
    }
}
