//! A database with a tenant in it, and short ways to say what a test is about.

use opencmp_domain::{
    AlertId, Apn, ByteCount, Day, GroupId, Hour, Imsi, NasId, RatType, RuleId, SessionId, SimId, TenantId,
    Timestamp, Tz, UsageClassId,
    alert::{AlertKind, Facts, Level, StoredAlert},
    session::{CellId, CellKind},
    sim::{SimImport, SimInventory},
    stored::{
        CounterSegment, DayIncrement, FlushBatch, GroupDayIncrement, GroupHourIncrement, HourIncrement,
        JournalPosition, PackedSims, StoredSession, StoredSim, StoredSimLive, UsageClass, Usual,
        packed::unpack,
    },
    usage::UpDown,
};
use opencmp_store::{ImportMode, ImportReport, Store, StoreOptions, Tenant};
use opencmp_testkit::{Backend, TestDatabase, database};
use smallvec::smallvec;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use std::collections::BTreeMap;

/// 2026-11-23 00:00 UTC, a Monday.
pub const DAY: Day = Day(20_780);
pub const NOW: Timestamp = Timestamp::from_secs(20_780 * 86_400);
pub const HOUR: Hour = Hour(20_780 * 24);
pub const CLASS: UsageClassId = UsageClassId(1);

pub struct Fixture {
    pub store: Store,
    pub tenant: Tenant,
    pub database: TestDatabase,
}

impl Fixture {
    pub async fn new(backend: Backend) -> Self {
        let database = database(backend).await.unwrap();
        let store = Store::open(&database.url, StoreOptions::default()).await.unwrap();
        let tenant = store.tenant_create("台灣水務", Tz::Asia__Taipei, 1, NOW).await.unwrap();
        Self { store, tenant, database }
    }

    /// A second process on the same database.
    pub async fn another(&self) -> Store {
        Store::open(&self.database.url, StoreOptions::default()).await.unwrap()
    }

    pub async fn import(&self, rows: &[SimImport]) -> ImportReport {
        self.store.sim_import(self.tenant.id, rows, ImportMode::AllOrNothing, NOW).await.unwrap()
    }

    /// A statement as another program would run it.
    pub async fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.store.backend() {
            opencmp_store::Backend::Sqlite => {
                let mut db = SqliteConnection::connect(&self.database.url).await.unwrap();
                sqlx::query(sql).execute(&mut db).await.unwrap();
            }
            opencmp_store::Backend::Postgres => {
                let mut db = PgConnection::connect(&self.database.url).await.unwrap();
                sqlx::query(sql).execute(&mut db).await.unwrap();
            }
        }
    }

    /// An alert as a flush writes it.
    pub async fn raise(&self, alert: &StoredAlert) {
        let number = |value: Option<i64>| value.map_or("NULL".to_owned(), |value| value.to_string());
        let facts = serde_json::to_string(&alert.facts).unwrap();
        let sql = format!(
            "INSERT INTO alert (id, tenant_id, rule_id, rule_version, sim_id, group_id, kind, level, began_at, noticed_at,
                 ended_at, times, parent_id, facts, by_itself)
             VALUES ({}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, '{facts}', {})",
            alert.id,
            alert.tenant,
            alert.rule,
            alert.rule_version,
            number(alert.sim.map(|sim| sim.0)),
            number(alert.group.map(|group| group.0)),
            alert.kind.code(),
            alert.level.code(),
            alert.began_at.0,
            alert.noticed_at.0,
            number(alert.ended_at.map(|at| at.0)),
            alert.times,
            number(alert.parent.map(|parent| parent.0)),
            i64::from(alert.by_itself),
        );
        self.execute(&sql).await;
    }

    /// As many SIMs in the default group, in the order of their ids.
    pub async fn sims(&self, count: u64) -> Vec<SimInventory> {
        let rows: Vec<_> = (0..count).map(row).collect();
        let report = self.import(&rows).await;
        assert_eq!((report.created, report.errors), (count, vec![]));
        self.store.sim_inventory_page(SimId(0), u32::MAX).await.unwrap()
    }

    pub async fn sim_with(&self, imsi: Imsi) -> SimInventory {
        let all = self.store.sim_inventory_page(SimId(0), u32::MAX).await.unwrap();
        all.into_iter().find(|sim| sim.imsi == Some(imsi)).unwrap()
    }

    /// What the database has of all SIMs.
    pub async fn states(&self) -> PackedSims {
        self.store.sim_live_page(SimId(0), u32::MAX).await.unwrap().into_iter().collect()
    }

    pub async fn open_sessions(&self) -> Vec<StoredSession> {
        let states = self.store.sim_live_page(SimId(0), u32::MAX).await.unwrap();
        let mut open: Vec<_> = states.into_iter().flat_map(|state| state.open).collect();
        open.sort_by_key(|session| session.id);
        open
    }

    /// An empty batch at this position, up to date with the inventory.
    pub async fn batch(&self, position: u64) -> FlushBatch {
        FlushBatch {
            position: JournalPosition(position),
            inventory_version: self.store.inventory_version().await.unwrap(),
            applied_at: NOW,
            classes: vec![class(CLASS.0)],
            ..FlushBatch::default()
        }
    }
}

pub fn imsi(n: u64) -> Imsi {
    format!("00101{n:010}").parse().unwrap()
}

/// A file's row about the `n`th SIM, all three identifiers in it.
pub fn row(n: u64) -> SimImport {
    SimImport {
        line: n + 2,
        imsi: Some(imsi(n)),
        iccid: Some(format!("898860{n:013}").parse().unwrap()),
        msisdn: Some(format!("040001{n:07}").parse().unwrap()),
        ..SimImport::default()
    }
}

pub fn class(id: i64) -> UsageClass {
    UsageClass {
        id: UsageClassId(id),
        apn: Some("internet.iot".parse::<Apn>().unwrap()),
        rat: Some(RatType::NB_IOT),
        plmn: Some("00101".parse().unwrap()),
    }
}

pub fn up_down(uplink: u64, downlink: u64) -> UpDown {
    UpDown { uplink: ByteCount(uplink), downlink: ByteCount(downlink) }
}

pub fn live(sim: SimId, today_octets: u64) -> StoredSimLive {
    StoredSimLive {
        gap_secs: 0,
        usual: Usual::default(),
        offline_since: None,
        sim,
        last_message: Some(opencmp_domain::LastMessage::Alive),
        last_access_at: Some(NOW),
        imei: Some("8664250312345601".parse().unwrap()),
        class: Some(CLASS),
        today: DAY,
        today_octets,
        cycle_start: Day(DAY.0 - 22),
        cycle_octets: today_octets + 1,
        total: up_down(today_octets, 2),
        update_interval_secs: 3600,
        unconfirmed: false,
    }
}

/// States without open sessions.
pub fn states(live: impl IntoIterator<Item = StoredSimLive>) -> PackedSims {
    live.into_iter().map(|live| StoredSim { live, open: smallvec![] }).collect()
}

/// Puts the sessions of the batch that are open into the states of their SIMs, and takes out those that ended.
pub fn keep_open(batch: &mut FlushBatch) {
    let held = batch.sims.iter().map(|(sim, state)| (sim, unpack(sim, state).unwrap()));
    let mut states: BTreeMap<SimId, StoredSim> = held.collect();
    for session in &batch.sessions {
        let state = states.entry(session.sim);
        let state = state.or_insert_with(|| StoredSim { live: live(session.sim, 0), open: smallvec![] });
        state.open.retain(|open| open.id != session.id);
        if session.ended_at.is_none() {
            state.open.push(session.clone());
        }
    }
    batch.sims = states.into_values().collect();
}

pub fn session(id: i64, sim: SimId) -> StoredSession {
    StoredSession {
        id: SessionId(id),
        sim,
        nas: NasId(1),
        node: None,
        acct_session_id: format!("{id:08X}\0").into_bytes().into(),
        started_at: NOW.plus_secs(id * 10),
        last_update_at: NOW.plus_secs(id * 10 + 5),
        ended_at: None,
        end_cause: None,
        segments: smallvec![CounterSegment {
            origin_at: NOW,
            clock_shift_secs: -3,
            from_secs: 0,
            last_secs: 5,
            uplink: 1000,
            downlink: 2000,
        }],
        session_secs: 5,
        class: Some(CLASS),
        nsapi: Some(5),
        cell: Some(CellId {
            plmn: "00101".parse().unwrap(),
            kind: CellKind::Ecgi,
            area: None,
            cell: Some(0x0123_4567),
        }),
        imei: Some("866425031234562".parse().unwrap()),
        ipv4: Some([10, 0, 0, 7]),
        ipv6_prefix: Some(([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 64)),
        flags: 0,
    }
}

pub fn day(day: Day, sim: SimId, class: UsageClassId, uplink: u64, downlink: u64) -> DayIncrement {
    DayIncrement { day, sim, class, uplink, downlink }
}

pub fn hour(hour: Hour, sim: SimId, class: UsageClassId, uplink: u64, downlink: u64) -> HourIncrement {
    HourIncrement { hour, sim, class, uplink, downlink }
}

/// Books the octets with a SIM and its group, for this hour and day.
pub fn book(batch: &mut FlushBatch, sim: SimId, group: Option<GroupId>, uplink: u64, downlink: u64) {
    let class = CLASS;
    batch.days.push(day(DAY, sim, class, uplink, downlink));
    batch.hours.push(hour(HOUR, sim, class, uplink, downlink));
    if let Some(group) = group {
        match batch.group_days.iter_mut().find(|row| row.group == group) {
            Some(row) => {
                row.uplink += uplink;
                row.downlink += downlink;
            }
            None => batch.group_days.push(GroupDayIncrement { day: DAY, group, class, uplink, downlink }),
        }
        match batch.group_hours.iter_mut().find(|row| row.group == group) {
            Some(row) => {
                row.uplink += uplink;
                row.downlink += downlink;
            }
            None => batch.group_hours.push(GroupHourIncrement { hour: HOUR, group, class, uplink, downlink }),
        }
    }
}

/// 設備離線, which goes on: so many minutes after [`NOW`].
pub fn offline(id: i64, tenant: TenantId, minute: i64) -> StoredAlert {
    StoredAlert {
        id: AlertId(id),
        tenant,
        rule: RuleId(1),
        rule_version: 1,
        sim: None,
        group: None,
        kind: AlertKind::Offline,
        level: Level::Abnormal,
        began_at: NOW.plus_secs(minute * 60),
        noticed_at: NOW.plus_secs(minute * 60 + 120),
        ended_at: None,
        times: 1,
        parent: None,
        facts: Facts::default().with("cause", "Lost-Carrier"),
        by_itself: false,
    }
}
