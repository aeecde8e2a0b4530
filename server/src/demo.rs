//! Behind `--demo`: invented customers with their SIMs, a history, and a simulated network that goes on from it over UDP.
//!
//! The history is made by the same simulated core and goes through the same applier as live records do. The core is
//! deterministic: after a restart it runs silently to where it was, what the gateways would have sent meanwhile is fed in,
//! and it goes on live.

mod rules;

use anyhow::{Context, Result, bail};
use opencmp_app::api::people::DemoAccount;
use opencmp_domain::{
    NasId, Reason, Role, Timestamp,
    cell::{Cell, CellImport, CellKey, Position, Radio},
    people::PersonSaid,
};
use opencmp_ingest::{DirectRecord, Ingest};
use opencmp_netsim::{
    Core,
    demo::{self, Demo, DemoConfig},
    wire::{Living, Pace},
    world::World,
};
use opencmp_service::Clock;
use opencmp_store::{Change, ImportMode, NewNas, Secret, Store, Tenant};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

const SEED: u64 = 46692;
/// The network whose cells the simulated core has.
const HOME: &str = "46692";
/// Source ports of each simulated gateway.
const PORTS: usize = 2;
/// Records of the history that are handed on at once.
const PIECE: usize = 4096;
const DAY_SECS: i64 = 25 * 3600;
const STEP_SECS: i64 = 300;
/// How often it is written down how far the network has come.
const NOTE_EVERY: Duration = Duration::from_secs(10);
/// Records fed once more after a restart, in case the note was ahead of them; the fleet counts none twice.
const OVERLAP_SECS: i64 = 120;

#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub sims: u32,
    pub history_days: u32,
}

/// Who may look at the demo: an account a role, with the same password. Without `--demo` they are shut out.
pub const PASSWORD: &str = "demo";

fn people(first: Option<&Tenant>) -> Vec<(PersonSaid, DemoAccount)> {
    let of = |role: Role, email: &str, name: &str, tenant: Option<&Tenant>| {
        let said = PersonSaid {
            email: email.to_owned(),
            name: name.to_owned(),
            role,
            tenant: tenant.map(|tenant| tenant.id),
            groups: None,
        };
        let tenant = tenant.map(|tenant| tenant.name.clone());
        (said, DemoAccount { email: email.to_owned(), password: PASSWORD.to_owned(), role, tenant })
    };
    let mut people = vec![
        of(Role::OperatorAdmin, "admin@operator.demo.example", "維運管理員", None),
        of(Role::OperatorSupport, "support@operator.demo.example", "客服人員", None),
    ];
    if first.is_some() {
        people.push(of(Role::TenantAdmin, "admin@customer.demo.example", "企業管理員", first));
        people.push(of(Role::TenantEditor, "editor@customer.demo.example", "設備管理員", first));
        people.push(of(Role::TenantViewer, "viewer@customer.demo.example", "檢視人員", first));
    }
    people
}

/// Makes the accounts that aren't there yet, and admits those that a start without `--demo` shut out.
async fn fill_people(store: &Store, now: Timestamp) -> Result<Vec<DemoAccount>> {
    let tenants = store.tenant_list().await?;
    let first = tenants.iter().min_by_key(|tenant| tenant.id);
    let mut accounts = Vec::new();
    for (said, account) in people(first) {
        match store.person_by_email(&said.email).await? {
            Some(held) => store.person_enable(held.id, true, &because("--demo", now)?).await?,
            None => {
                let id = store.person_create(&said, now).await?;
                let password = opencmp_service::people::password_hash(PASSWORD).await?;
                store.password_set(id, &password, None, &now.into()).await?;
            }
        }
        accounts.push(account);
    }
    Ok(accounts)
}

/// Shuts out the demo's accounts, whose password everybody knows: what demo mode filled may be served without it later.
pub async fn shut_out(store: &Store, clock: &Clock) -> Result<()> {
    let change = because("started without --demo", clock.now())?;
    // Their addresses are the same whichever customer is the first.
    let tenants = store.tenant_list().await?;
    for (said, _) in people(tenants.first()) {
        let held = store.person_by_email(&said.email).await?;
        let Some(held) = held.filter(|held| held.disabled_at.is_none()) else { continue };
        store.person_shut_out(held.id, &change).await?;
        tracing::warn!(account = held.email, "an account of the demonstration was shut out");
    }
    Ok(())
}

fn because(why: &str, now: Timestamp) -> Result<Change> {
    let why = Reason::try_from(why.to_owned()).map_err(anyhow::Error::msg)?;
    Ok(Change { why: Some(why), ..Change::from(now) })
}

/// What the demo must remember to be the same network after a restart.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Memory {
    sims: u32,
    history_days: u32,
    live_from: Timestamp,
    /// Everything before this was handed to the server.
    fed_until: Timestamp,
    /// The inventory isn't all there yet.
    #[serde(default)]
    filling: bool,
}

impl Memory {
    fn path(data: &Path) -> PathBuf {
        data.join("demo.json")
    }

    fn read(data: &Path) -> Result<Option<Self>> {
        let path = Self::path(data);
        match std::fs::read(&path) {
            Ok(text) => Ok(Some(
                serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))?,
            )),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
        }
    }

    fn write(&self, data: &Path) -> Result<()> {
        let path = Self::path(data);
        let new = path.with_extension("json.new");
        std::fs::write(&new, serde_json::to_vec(self)?)?;
        std::fs::rename(&new, &path).with_context(|| format!("writing {}", path.display()))
    }
}

/// The demo's inventory, before ingest starts: customers, SIMs and gateways are there when the first record comes.
pub struct Prepared {
    memory: Memory,
    demo: Demo,
    data: PathBuf,
    fresh: bool,
    accounts: Vec<DemoAccount>,
}

/// Puts the demo's inventory into an empty database, or recognises the one that is there.
pub async fn prepare(store: &Store, data: &Path, wanted: Wanted, clock: &Clock) -> Result<Prepared> {
    let known = Memory::read(data)?;
    let fresh = known.is_none();
    let now = clock.now();
    let mut memory = known.unwrap_or(Memory {
        sims: wanted.sims,
        history_days: wanted.history_days,
        live_from: now,
        fed_until: now.plus_secs(-i64::from(wanted.history_days) * 86_400),
        filling: true,
    });
    let demo = demo::fleet(DemoConfig { seed: SEED, sims: memory.sims, live_from: memory.live_from });
    if fresh {
        if !store.tenant_list().await?.is_empty() {
            bail!(
                "--demo: the database in {} has real customers; name an empty folder with --data",
                data.display()
            );
        }
        memory.write(data)?;
    }
    if memory.filling {
        fill_inventory(store, &demo, memory.fed_until).await?;
        memory.filling = false;
        memory.write(data)?;
    }
    let accounts = fill_people(store, now).await?;
    Ok(Prepared { memory, demo, data: data.to_owned(), fresh, accounts })
}

/// What is there already, from a start that was cut short, stays.
async fn fill_inventory(store: &Store, demo: &Demo, since: Timestamp) -> Result<()> {
    let held = store.nas_list().await?;
    let missing = |name: &str| held.iter().all(|nas| nas.name != name);
    for gateway in demo.fleet.gateways.iter().filter(|gateway| missing(&gateway.name)) {
        let nas = NewNas {
            nodes: String::new(),
            name: gateway.name.clone(),
            address: gateway.source.to_string(),
            secret: Secret::new(gateway.secret_text()),
            counters_32bit: false,
            swap_direction: false,
            enabled: true,
        };
        store.nas_add(&nas, since).await?;
    }
    store.cells_import(&cells(), ImportMode::AllOrNothing, true, since).await?;
    for tenant in &demo.tenants {
        let zone = opencmp_domain::time::offered_zone(tenant.time_zone).context("the demo's time zone")?;
        let id = match store.tenant_by_name(tenant.name).await? {
            Some(held) => held.id,
            None => store.tenant_create(tenant.name, zone, tenant.cycle_day, since).await?.id,
        };
        let report = store.sim_import(id, &tenant.sims, ImportMode::AllOrNothing, since).await?;
        if let Some(error) = report.errors.first() {
            bail!("the demo's inventory: line {}, {}: {}", error.line, error.field, error.message);
        }
        rules::fill(store, id, zone, since).await?;
    }
    Ok(())
}

/// The invented network's cells, as its planning would have them.
fn cells() -> Vec<CellImport> {
    let world = World::taiwan();
    let cells = world.cells.iter().zip(1..).filter_map(|(cell, line)| {
        let key = CellKey {
            plmn: HOME.parse().ok()?,
            radio: Radio::Lte,
            area: cell.tac.into(),
            cell: cell.eci.into(),
        };
        // ECI: the eNodeB in 20 bits, its cell in 8 (TS 23.003 §19.6).
        let name = Some(format!("eNB {}-{}", cell.eci >> 8, cell.eci & 0xFF));
        let position = Position::parse(&cell.lat.to_string(), &cell.lon.to_string());
        Some(CellImport { line, cell: Cell { key, name, position, reach: None } })
    });
    cells.collect()
}

impl Prepared {
    pub fn accounts(&self) -> Vec<DemoAccount> {
        self.accounts.clone()
    }

    /// Feeds what came before now, then lets the network live against `accounting` until the answer is dropped.
    pub async fn start(
        self,
        store: &Store,
        ingest: &Ingest,
        accounting: SocketAddr,
        clock: Clock,
    ) -> Result<Living> {
        let Self { mut memory, demo, data, fresh, accounts: _ } = self;
        let gateways: Vec<NasId> = gateway_ids(store, &demo).await?;
        let began = Instant::now();
        let start = memory.live_from.plus_secs(-i64::from(memory.history_days) * 86_400);
        let mut core = Core::new(SEED, demo.fleet, start, memory.live_from);
        let feed_from = if fresh { start } else { memory.fed_until.plus_secs(-OVERLAP_SECS) };
        let ingest_feed = ingest.direct();
        let clock_now = clock.clone();
        let (core, records) = tokio::task::spawn_blocking(move || -> Result<(Core, u64)> {
            core.run_until(feed_from, |_, _| {});
            let mut piece: Vec<DirectRecord> = Vec::with_capacity(PIECE);
            let mut records = 0u64;
            loop {
                let now = clock_now.now();
                // The last day in small steps, each applied before the next: its samples make the chart of the day.
                let ahead = now.secs_since(core.now());
                let until = if ahead <= STEP_SECS {
                    now
                } else if ahead <= DAY_SECS {
                    core.now().plus_secs(STEP_SECS)
                } else {
                    now.plus_secs(-DAY_SECS)
                };
                core.packets_until(until, |packet| {
                    let Some(nas) = gateways.get(packet.gateway) else { return };
                    let octets = packet.octets.to_vec();
                    piece.push(DirectRecord { received_at: packet.received_at, nas: *nas, octets });
                    if piece.len() == PIECE {
                        records += PIECE as u64;
                        ingest_feed.feed(std::mem::replace(&mut piece, Vec::with_capacity(PIECE)));
                    }
                });
                records += piece.len() as u64;
                ingest_feed.feed(std::mem::take(&mut piece));
                ingest_feed.wait_applied();
                if until == now {
                    break;
                }
            }
            Ok((core, records))
        })
        .await??;
        tracing::info!(records, took = ?began.elapsed(), "the demo's history is in");
        let now = core.now();
        let living = Living::start(core, accounting, PORTS, Pace { start: now, speed: 1.0 })?;
        tokio::spawn(async move {
            loop {
                memory.fed_until = clock.now();
                if let Err(error) = memory.write(&data) {
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "the demo could not write down how far it is"
                    );
                }
                tokio::time::sleep(NOTE_EVERY).await;
            }
        });
        Ok(living)
    }
}

/// Ids of the demo's gateways, in the order of the simulated network.
async fn gateway_ids(store: &Store, demo: &Demo) -> Result<Vec<NasId>> {
    let held = store.nas_list().await?;
    let id = |name: &str| held.iter().find(|nas| nas.name == name).map(|nas| nas.id);
    let ids = demo.fleet.gateways.iter().map(|gateway| {
        id(&gateway.name)
            .with_context(|| format!("the demo's gateway {} is not in the list any more", gateway.name))
    });
    ids.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::SimId;
    use opencmp_store::StoreOptions;
    use opencmp_testkit::{Backend, database};

    const WANTED: Wanted = Wanted { sims: 60, history_days: 2 };

    #[tokio::test]
    async fn an_inventory_that_a_kill_left_unfinished_is_filled_on() {
        for backend in Backend::ALL {
            let (database, data) = (database(backend).await.unwrap(), tempfile::tempdir().unwrap());
            let store = Store::open(&database.url, StoreOptions::default()).await.unwrap();
            let clock = Clock::system();
            let now = clock.now();
            let (sims, live_from) = (WANTED.sims, now);
            let fleet = || demo::fleet(DemoConfig { seed: SEED, sims, live_from });
            let (demo, mut begun) = (fleet(), fleet());
            // As far as the first customer, with one rule of several.
            let memory = Memory { sims, history_days: 2, live_from, fed_until: now, filling: true };
            memory.write(data.path()).unwrap();
            begun.tenants.truncate(1);
            fill_inventory(&store, &begun, now).await.unwrap();
            let first = store.tenant_list().await.unwrap().remove(0).id;
            let rules = store.alert_rule_list(first).await.unwrap();
            for rule in &rules[1..] {
                store.alert_rule_remove(rule.id, &now.into()).await.unwrap();
            }

            for _ in 0..2 {
                prepare(&store, data.path(), WANTED, &clock).await.unwrap();
                let tenants = store.tenant_list().await.unwrap();
                assert_eq!(tenants.len(), demo.tenants.len());
                for tenant in tenants {
                    let held = store.alert_rule_list(tenant.id).await.unwrap();
                    assert_eq!(held.len(), rules.len(), "{}", tenant.name);
                }
                let sims = store.sim_inventory_page(SimId(0), 1_000).await.unwrap();
                assert_eq!(sims.len(), demo.tenants.iter().map(|tenant| tenant.sims.len()).sum::<usize>());
                assert_eq!(store.nas_list().await.unwrap().len(), demo.fleet.gateways.len());
            }
            std::fs::remove_file(Memory::path(data.path())).unwrap();
            let refused = prepare(&store, data.path(), WANTED, &clock).await.err().unwrap();
            assert!(refused.to_string().contains("real customers"), "{refused}");
        }
    }
}
