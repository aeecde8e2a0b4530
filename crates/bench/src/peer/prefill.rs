//! Fills radacct with an open session of each SIM. The load generator sends its Starts to a [`Sink`], and the rows are made
//! of these packets as the server's `acct_unique` policy and Start query would make them; hundreds a second through the
//! server itself would take too long.

use super::Database;
use crate::{
    load::{self, Loader},
    sink::Sink,
};
use anyhow::{Context, Result};
use md5::{Digest, Md5};
use opencmp_domain::Timestamp;
use opencmp_netsim::load::Totals;
use opencmp_radius::{Packet, code::Role, dictionary as d, value};
use std::{
    collections::HashSet,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

/// Columns that a Start sets, in the order of [`Row::fields`].
const COLUMNS: &str = "acctsessionid, acctuniqueid, username, nasipaddress, nasporttype, acctstarttime, acctupdatetime, \
                       acctsessiontime, acctauthentic, connectinfo_start, acctinputoctets, acctoutputoctets, \
                       calledstationid, callingstationid, servicetype, framedprotocol, framedipaddress";

struct Row {
    session: String,
    unique: String,
    user: String,
    nas: String,
    event: u32,
    called: String,
    calling: String,
    address: String,
}

pub fn schema(database: &Database, file: &Path) -> Result<()> {
    match database {
        Database::Postgres { server, name } => server.feed(name, None, file),
        Database::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            let text =
                std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
            Ok(connection.execute_batch(&text)?)
        }
    }
}

pub fn sessions(database: &Database, folder: &Path, secret: &str, sims: u32) -> Result<Totals> {
    let sink = Sink::start(secret, (HashSet::new(), Vec::new()), take)?;
    let totals = load::prefill(&Loader::new(sink.address, secret, sims))?;
    let (_, rows) = sink.finish()?;
    match database {
        Database::Sqlite(path) => into_sqlite(path, &rows)?,
        Database::Postgres { server, name } => {
            let file = folder.join("sessions.tsv");
            let mut out = BufWriter::new(File::create(&file)?);
            for row in &rows {
                let start = Timestamp::from_secs(row.event.into()).utc().to_rfc3339();
                writeln!(out, "{}", row.fields(&start).join("\t"))?;
            }
            out.into_inner()?.sync_all()?;
            server.feed(name, Some(&format!("\\copy radacct ({COLUMNS}) from pstdin")), &file)?;
            server.sql(name, "vacuum analyze radacct")?;
            std::fs::remove_file(file)?;
        }
    }
    Ok(totals)
}

fn into_sqlite(path: &Path, rows: &[Row]) -> Result<()> {
    let mut connection = rusqlite::Connection::open(path)?;
    let transaction = connection.transaction()?;
    {
        let places = vec!["?"; 17].join(", ");
        let mut insert =
            transaction.prepare(&format!("insert into radacct ({COLUMNS}) values ({places})"))?;
        for row in rows {
            insert.execute(rusqlite::params_from_iter(row.fields(&row.event.to_string())))?;
        }
    }
    transaction.commit()?;
    connection.execute_batch("analyze; pragma wal_checkpoint(truncate);")?;
    Ok(())
}

impl Row {
    fn fields(&self, event: &str) -> [String; 17] {
        let text = |text: &str| text.to_owned();
        [
            self.session.clone(),
            self.unique.clone(),
            self.user.clone(),
            self.nas.clone(),
            text("Wireless-Other"),
            text(event),
            text(event),
            text("0"),
            text("RADIUS"),
            String::new(),
            text("0"),
            text("0"),
            self.called.clone(),
            self.calling.clone(),
            text("Framed-User"),
            text("GPRS-PDP-Context"),
            self.address.clone(),
        ]
    }
}

fn take((seen, rows): &mut (HashSet<Vec<u8>>, Vec<Row>), datagram: &[u8]) {
    let Ok(packet) = Packet::request(datagram, Role::Acct) else { return };
    let octets = |kind| packet.attribute(kind).map(|attribute| attribute.value.to_vec()).unwrap_or_default();
    let text = |kind| String::from_utf8_lossy(&octets(kind)).into_owned();
    let address = |kind| value::ipv4(&octets(kind)).map(|address| address.to_string()).unwrap_or_default();
    let session = octets(d::ACCT_SESSION_ID);
    if !seen.insert(session) {
        return;
    }
    let (session, user, nas) = (text(d::ACCT_SESSION_ID), text(d::USER_NAME), address(d::NAS_IP_ADDRESS));
    // %{User-Name},%{Acct-Session-ID},%{NAS-IP-Address},%{NAS-Identifier},%{NAS-Port-ID},%{NAS-Port}: no port is sent.
    let identity = format!("{user},{session},{nas},{},,", text(d::NAS_IDENTIFIER));
    let unique = Md5::digest(identity.as_bytes()).iter().map(|octet| format!("{octet:02x}")).collect();
    rows.push(Row {
        session,
        unique,
        user,
        nas,
        event: value::integer(&octets(d::EVENT_TIMESTAMP)).unwrap_or(0),
        called: text(d::CALLED_STATION_ID),
        calling: text(d::CALLING_STATION_ID),
        address: address(d::FRAMED_IP_ADDRESS),
    });
}
