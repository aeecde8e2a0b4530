//! The directory against a plain model: for any inventory, any live changes and any query, the page is what filtering and
//! sorting the whole fleet by hand gives.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use opencmp_domain::{
    ConnectionState, Day, GroupId, LastMessage, Scope, ServiceState, SimId, TenantId, Timestamp,
    dashboard::FleetCounts,
    query::{SearchKind, SimColumn, SimQuery, Sort, StateFilter},
    sim::{GroupChoice, SimInventory, SimRow, TenantChoice},
};
use opencmp_service::{Current, Directory, LiveState, Names};
use proptest::prelude::*;

const TODAY: Day = Day(20_000);
const CYCLE: Day = Day(19_990);

fn current(_: TenantId) -> Current {
    Current { today: TODAY, cycle_start: CYCLE }
}

/// Two tenants; the first has nested groups.
const GROUPS: [(i64, i64, &str); 4] = [(1, 1, "北區"), (2, 1, "北區/台北"), (3, 1, "南區"), (4, 2, "北區")];

fn directory() -> Directory {
    let directory = Directory::default();
    let tenant = |id: i64| TenantChoice {
        id: TenantId(id),
        name: format!("t{id}"),
        time_zone: "Asia/Taipei".into(),
        cycle_day: 1,
        sims: 0,
    };
    let group = |(id, tenant, name): (i64, i64, &str)| GroupChoice {
        id: GroupId(id),
        tenant: TenantId(tenant),
        name: name.into(),
        sims: 0,
    };
    let groups = GROUPS.map(group).to_vec();
    directory.names_set(Names { tenants: vec![tenant(1), tenant(2)], groups, plans: vec![] });
    directory
}

#[derive(Clone, Debug)]
struct Sim {
    /// Index into GROUPS; `None`: unknown to the inventory.
    group: Option<usize>,
    number: u32,
    name: String,
    service: ServiceState,
    connection: ConnectionState,
    access: Option<i64>,
    today: (i32, u64),
    cycle: (i32, u64),
}

/// Many alike, and a few that stand out.
fn octets() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..4u64, 1 => 0..1_000_000u64]
}

fn sims() -> impl Strategy<Value = Vec<Sim>> {
    let one = (
        prop::option::weighted(0.95, 0..GROUPS.len()),
        0..300u32,
        prop::sample::select(vec!["", "臺北電表", "台北 a", "Camera A", "高雄"]),
        prop::sample::select(ServiceState::ALL.to_vec()),
        prop::sample::select(ConnectionState::ALL.to_vec()),
        prop::option::of(0..5i64),
        (TODAY.0 - 1..=TODAY.0, octets()),
        (CYCLE.0 - 1..=CYCLE.0, octets()),
    );
    let one = one.prop_map(|(group, number, name, service, connection, access, today, cycle)| Sim {
        group,
        number,
        name: name.to_owned(),
        service,
        connection,
        access,
        today,
        cycle,
    });
    // Often more than a block of neighbouring rows, seldom few.
    prop::collection::vec(one, 0..150).prop_map(|mut sims| {
        // Numbers are unique among SIMs.
        sims.sort_by_key(|sim| sim.number);
        sims.dedup_by_key(|sim| sim.number);
        sims
    })
}

fn fill(directory: &Directory, sims: &[Sim]) {
    sims.iter().enumerate().for_each(|(at, sim)| set(directory, at, sim));
}

fn set(directory: &Directory, at: usize, sim: &Sim) {
    let group = sim.group.map(|group| GROUPS[group]);
    let inventory = SimInventory {
        id: SimId(at as i64 + 1),
        tenant: group.map(|group| TenantId(group.1)),
        group: group.map(|group| GroupId(group.0)),
        plan: None,
        msisdn: sim.msisdn().parse().ok(),
        iccid: Some(format!("89886920000000{:05}", sim.number).parse().unwrap()),
        imsi: Some(format!("46692000000{:04}", sim.number).parse().unwrap()),
        imei: None,
        apn: None,
        batch: Some(format!("2026-01-{:02}", sim.number % 28 + 1)),
        name: Some(sim.name.clone()),
        tags: vec![],
        service_state: sim.service,
        state_changed_at: None,
        created_at: Timestamp(0),
    };
    directory.inventory_upsert(&[inventory]);
    directory.live_update(&[(
        SimId(at as i64 + 1),
        LiveState {
            connection: sim.connection,
            last_message: Some(LastMessage::Alive),
            last_access_at: sim.access.map(Timestamp),
            today: (Day(sim.today.0), sim.today.1),
            cycle: (Day(sim.cycle.0), sim.cycle.1),
            ..LiveState::NEVER
        },
    )]);
}

fn queries() -> impl Strategy<Value = SimQuery> {
    let states = StateFilter::CHIPS.to_vec();
    let columns = vec![
        SimColumn::Msisdn,
        SimColumn::Name,
        SimColumn::Batch,
        SimColumn::ServiceState,
        SimColumn::Connection,
        SimColumn::UsageToday,
        SimColumn::UsageCycle,
        SimColumn::LastAccess,
        SimColumn::Group,
    ];
    let texts =
        vec!["", "", "", "0400010", "00001", "台北", "a", "+886 400010", "2026-01-0", "8988692", "nothing"];
    (
        prop::option::of((1..=4i64).prop_map(GroupId)),
        prop::sample::select(states),
        prop::sample::select(texts),
        prop::sample::select(columns),
        any::<bool>(),
        1..4u32,
        1..12u32,
    )
        .prop_map(|(group, state, text, column, descending, page, page_size)| SimQuery {
            group,
            state,
            search: SearchKind::Any,
            text: text.to_owned(),
            list: None,
            sort: Sort { column, descending },
            page,
            page_size,
        })
}

fn scopes() -> impl Strategy<Value = Scope> {
    prop::sample::select(vec![
        Scope::operator(),
        Scope::tenant(TenantId(1)),
        Scope::tenant(TenantId(2)),
        Scope::tenant(TenantId(1)).limited_to(vec![GroupId(2), GroupId(3)]),
    ])
}

impl Sim {
    /// Some have none.
    fn msisdn(&self) -> String {
        if self.number.is_multiple_of(5) { String::new() } else { format!("0400010{:06}", self.number) }
    }
}

/// What the page should be, the slow way.
struct Model<'a> {
    sims: &'a [Sim],
}

impl Model<'_> {
    fn found(&self, scope: &Scope, query: &SimQuery) -> Vec<usize> {
        let chosen = query.group.and_then(|id| GROUPS.iter().find(|group| group.0 == id.0));
        let in_group = |group: &(i64, i64, &str)| match (query.group, chosen) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(parent)) => {
                group.1 == parent.1 && (group.2 == parent.2 || group.2.starts_with(&format!("{}/", parent.2)))
            }
        };
        let all = self.sims.iter().enumerate().filter(|(_, sim)| {
            sim.group.map(|at| GROUPS[at]).is_some_and(|group| {
                scope.allows(Some(TenantId(group.1)), Some(GroupId(group.0))) && in_group(&group)
            })
        });
        all.filter(|(_, sim)| text_matches(sim, &query.text)).map(|(at, _)| at).collect()
    }

    fn key(&self, at: usize, column: SimColumn) -> (String, u64) {
        let sim = &self.sims[at];
        match column {
            SimColumn::Name => (sim.name.clone(), 0),
            SimColumn::Batch => (format!("{:02}", sim.number % 28 + 1), 0),
            SimColumn::Group => (sim.group.map(|at| GROUPS[at].2).unwrap_or_default().to_owned(), 0),
            SimColumn::ServiceState => (String::new(), u64::from(sim.service.code())),
            SimColumn::Connection => (String::new(), u64::from(sim.connection.code())),
            SimColumn::UsageToday => (String::new(), if sim.today.0 == TODAY.0 { sim.today.1 } else { 0 }),
            SimColumn::UsageCycle => (String::new(), if sim.cycle.0 == CYCLE.0 { sim.cycle.1 } else { 0 }),
            SimColumn::LastAccess => (String::new(), sim.access.map_or(0, |at| at as u64 + 1)),
            _ => (sim.msisdn(), 0),
        }
    }
}

fn text_matches(sim: &Sim, text: &str) -> bool {
    match text {
        "" => true,
        "0400010" | "+886 400010" => !sim.msisdn().is_empty(),
        "8988692" => true,
        "台北" => sim.name.contains("台北") || sim.name.contains("臺北"),
        "a" => sim.name.to_lowercase().contains('a'),
        "2026-01-0" => sim.number % 28 + 1 < 10,
        "00001" => [
            sim.msisdn(),
            format!("46692000000{:04}", sim.number),
            format!("89886920000000{:05}", sim.number),
        ]
        .iter()
        .any(|number| number.contains("00001")),
        _ => false,
    }
}

fn ids(rows: &[SimRow]) -> Vec<usize> {
    rows.iter().map(|row| row.id.0 as usize - 1).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_page_is_what_filtering_and_sorting_everything_gives(sims in sims(), query in queries(), scope in scopes()) {
        let directory = directory();
        fill(&directory, &sims);
        let model = Model { sims: &sims };
        let found = model.found(&scope, &query);
        let page = directory.page(&scope, &query, None, current);

        let mut counts = FleetCounts::default();
        for at in &found {
            let sim = &sims[*at];
            if sim.service == ServiceState::Terminated {
                counts.terminated += 1;
                continue;
            }
            counts.all += 1;
            match sim.service {
                ServiceState::Test => counts.test += 1,
                ServiceState::Suspended => counts.suspended += 1,
                ServiceState::Active => counts.active += 1,
                ServiceState::Deactivated => counts.deactivated += 1,
                ServiceState::Terminated => {}
            }
            match sim.connection {
                ConnectionState::Connected => counts.connected += 1,
                ConnectionState::Unconfirmed => counts.unconfirmed += 1,
                ConnectionState::Disconnected => counts.disconnected += 1,
            }
        }
        prop_assert_eq!(page.counts, counts);

        let mut wanted: Vec<usize> = found.into_iter().filter(|at| {
            let sim = &sims[*at];
            match query.state {
                StateFilter::All => sim.service != ServiceState::Terminated,
                StateFilter::Service(state) => sim.service == state,
                StateFilter::Connection(state) => sim.service != ServiceState::Terminated && sim.connection == state,
            }
        }).collect();
        prop_assert_eq!(page.total, wanted.len() as u64);
        let settled = matches!(query.sort.column, SimColumn::Msisdn | SimColumn::Name | SimColumn::Batch | SimColumn::Group);
        wanted.sort_by(|a, b| {
            let order = model.key(*a, query.sort.column).cmp(&model.key(*b, query.sort.column));
            let order = if query.sort.descending { order.reverse() } else { order };
            order.then_with(|| sims[*a].msisdn().cmp(&sims[*b].msisdn())).then(a.cmp(b))
        });
        let skip = (query.page as usize - 1) * query.page_size as usize;
        let shown = ids(&page.rows);
        let expected: Vec<usize> = wanted.iter().copied().skip(skip).take(query.page_size as usize).collect();
        if settled && query.sort.descending && query.text.is_empty() {
            // A settled order is walked backwards, ties with it: only the keys are compared.
            let keys = |rows: &[usize]| rows.iter().map(|at| model.key(*at, query.sort.column)).collect::<Vec<_>>();
            prop_assert_eq!(keys(&shown), keys(&expected));
        } else {
            prop_assert_eq!(&shown, &expected);
        }
        if !query.text.is_empty() {
            let first = SimQuery { text: query.text.clone(), page_size: 8, ..SimQuery::default() };
            let first = directory.page(&scope, &first, None, current).rows;
            prop_assert_eq!(directory.quick_search(&scope, &query.text, 8, current), first);
        }
        // The export has the whole of it.
        prop_assert_eq!(directory.matching(&scope, &query, None, current).len(), wanted.len());
    }

    #[test]
    fn orders_that_were_mended_are_those_made_anew(
        sims in sims(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), sims()), 1..4),
        query in queries(),
        scope in scopes(),
    ) {
        let directory = directory();
        fill(&directory, &sims);
        let mut sims = sims;
        for (at, changed) in changes {
            directory.page(&scope, &query, None, current);
            // A few become others, and some come.
            let (few, more) = changed.split_at(changed.len() / 4);
            let mut numbers: Vec<u32> = sims.iter().map(|sim| sim.number).collect();
            for (step, sim) in few.iter().chain(more.iter().take(2)).enumerate() {
                if numbers.contains(&sim.number) {
                    continue;
                }
                numbers.push(sim.number);
                let place = match sims.len() {
                    0 => 0,
                    len if step < few.len() => (at.index(len) + step) % len,
                    len => len,
                };
                if place == sims.len() {
                    sims.push(sim.clone());
                } else {
                    sims[place] = sim.clone();
                }
                set(&directory, place, sim);
            }
        }
        let fresh = self::directory();
        fill(&fresh, &sims);
        prop_assert_eq!(
            directory.matching(&scope, &query, None, current),
            fresh.matching(&scope, &query, None, current)
        );
    }

    #[test]
    fn moving_a_sim_moves_its_share_of_counts_and_usage(sims in sims(), to in 0..GROUPS.len()) {
        let directory = directory();
        fill(&directory, &sims);
        let moved: Vec<Sim> = sims.iter().cloned().map(|sim| Sim { group: Some(to), ..sim }).collect();
        fill(&directory, &moved);
        let fresh = self::directory();
        fill(&fresh, &moved);
        for scope in [Scope::operator(), Scope::tenant(TenantId(1)), Scope::tenant(TenantId(2))] {
            prop_assert_eq!(directory.counts(&scope, None), fresh.counts(&scope, None));
            prop_assert_eq!(directory.usage(&scope, current), fresh.usage(&scope, current));
        }
        prop_assert_eq!(directory.unknown_count(), 0);
    }
}

#[test]
fn a_pasted_list_finds_whole_identifiers_and_says_what_it_did_not_find() {
    let directory = directory();
    let sim = |number| Sim {
        group: Some(0),
        number,
        name: String::new(),
        service: ServiceState::Active,
        connection: ConnectionState::Connected,
        access: None,
        today: (0, 0),
        cycle: (0, 0),
    };
    fill(&directory, &[sim(1), sim(2), sim(3)]);
    let lines = ["0400010000001", "+886400010000002", "466920000000003", "0400010000009", "8988692"]
        .map(str::to_owned);
    let page = directory.page(&Scope::tenant(TenantId(1)), &SimQuery::default(), Some(&lines), current);
    assert_eq!(ids(&page.rows), [0, 1, 2]);
    assert_eq!(page.unmatched, ["0400010000009", "8988692"]);
    let other = directory.page(&Scope::tenant(TenantId(2)), &SimQuery::default(), Some(&lines), current);
    assert_eq!(other.total, 0, "another tenant's numbers are not found");
    assert_eq!(other.unmatched_total, 5);
}
