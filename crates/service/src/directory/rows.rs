//! The columns, and how the inventory and the applier change them.

use super::{
    Current,
    counts::{DatedSum, StateCounts},
    grams::BLOCK,
    orders::Orders,
    peaks::{self, Peaks},
    search::{RowSet, Sought, bare, number_forms},
    text::{DigitColumn, Digits, NameColumn, fold},
};
use hashbrown::HashTable;
use opencmp_domain::{
    Apn, ByteCount, ConnectionState, Day, GroupId, Imei, LastMessage, Msisdn, PlanId, Scope, ServiceState,
    SimId, TenantId, Timestamp, UsageClassId,
    dashboard::FleetCounts,
    live::LiveRow,
    query::SimColumn,
    sim::{GroupChoice, SimInventory, SimLive, SimRow, TenantChoice},
    stored::UsageClass,
};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use std::{cmp::Ordering, hash::BuildHasher, ops::Range, sync::Arc};

/// Names that rows refer to by id.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// `sims` is ignored: the directory counts them itself.
    pub tenants: Vec<TenantChoice>,
    pub groups: Vec<GroupChoice>,
    pub plans: Vec<(PlanId, String)>,
}

/// What the applier knows of a SIM after a change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiveState {
    pub connection: ConnectionState,
    pub last_message: Option<LastMessage>,
    pub last_access_at: Option<Timestamp>,
    /// The day, and its octets.
    pub today: (Day, u64),
    /// The first day of the cycle, and its octets.
    pub cycle: (Day, u64),
    /// APN, radio access and network last seen.
    pub class: Option<UsageClassId>,
    /// The device last seen.
    pub imei: Option<Imei>,
}

impl LiveState {
    pub const NEVER: Self = Self {
        connection: ConnectionState::Disconnected,
        last_message: None,
        last_access_at: None,
        today: (Day(i32::MIN), 0),
        cycle: (Day(i32::MIN), 0),
        class: None,
        imei: None,
    };
}

/// The live part, packed: one cache line a change.
#[derive(Clone, Copy)]
struct LiveCell {
    last_access: i64,
    today: u64,
    cycle: u64,
    today_of: i32,
    cycle_of: i32,
    /// Index into `classes` plus one; 0 = none.
    class: u32,
    connection: ConnectionState,
    last_message: u8,
}

pub(super) const NEVER_ACCESSED: i64 = i64::MIN;

/// Orders as the time does.
pub(super) fn last_access_key(last_access: i64) -> u64 {
    (last_access as u64) ^ (1 << 63)
}

/// A tenant's or group's place in the tables; SIMs of no tenant are in group 0.
type GroupIndex = u32;
const NO_GROUP: GroupIndex = 0;

pub(super) struct Group {
    pub id: Option<GroupId>,
    pub tenant: Option<TenantId>,
    pub name: String,
    counts: StateCounts,
    today: DatedSum,
    cycle: DatedSum,
    /// Removed; it is shown for as long as there are SIMs in it, which are about to be told elsewhere.
    gone: bool,
}

impl Group {
    fn empty(id: Option<GroupId>, tenant: Option<TenantId>, name: String) -> Self {
        let (counts, today, cycle) = Default::default();
        Self { id, tenant, name, counts, today, cycle, gone: false }
    }
}

/// Text that many rows share.
#[derive(Default)]
struct Shared {
    texts: Vec<String>,
    index: FxHashMap<String, u32>,
}

impl Shared {
    /// 0 stands for no text.
    fn intern(&mut self, text: Option<&str>) -> u32 {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return 0 };
        if let Some(index) = self.index.get(text) {
            return *index;
        }
        self.texts.push(text.to_owned());
        let index = self.texts.len() as u32;
        self.index.insert(text.to_owned(), index);
        index
    }

    fn get(&self, index: u32) -> Option<&str> {
        self.texts.get((index as usize).checked_sub(1)?).map(String::as_str)
    }
}

/// Batches, with their folded forms at the same places.
#[derive(Default)]
struct Batches {
    names: Shared,
    folded: Vec<String>,
}

impl Batches {
    fn intern(&mut self, batch: Option<&str>) -> u32 {
        let index = self.names.intern(batch);
        if index as usize > self.folded.len() {
            self.folded.extend(batch.map(fold));
        }
        index
    }

    fn holds(&self, index: u32, needle: &str) -> bool {
        let folded = (index as usize).checked_sub(1).and_then(|at| self.folded.get(at));
        folded.is_some_and(|folded| folded.contains(needle))
    }

    /// Whether a batch has it, by index; `None` when none has.
    fn matches(&self, needle: &str) -> Option<Vec<bool>> {
        let matches: Vec<bool> =
            (0..=self.folded.len() as u32).map(|index| self.holds(index, needle)).collect();
        matches.contains(&true).then_some(matches)
    }
}

/// Whose rows a list walks: a whole tenant, one group, or everybody's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Owner {
    Everybody,
    Tenant(TenantId),
    Group(GroupId),
}

/// Live states that are taken in together.
const AT_ONCE: usize = 32;

#[derive(Default)]
pub(super) struct Rows {
    ids: Vec<SimId>,
    /// Rows by id; the ids are in `ids`.
    by_id: HashTable<u32>,
    group: Vec<GroupIndex>,
    service: Vec<ServiceState>,
    live: Vec<LiveCell>,
    plan: Vec<u32>,
    apn: Vec<u32>,
    batch: Vec<u32>,
    tags: Vec<u32>,
    name: NameColumn,
    /// National form, as people type it.
    msisdn: DigitColumn<8>,
    imsi: DigitColumn<8>,
    imei: DigitColumn<8>,
    iccid: DigitColumn<10>,
    groups: Vec<Group>,
    group_index: FxHashMap<i64, GroupIndex>,
    tenants: Vec<TenantChoice>,
    plans: FxHashMap<i64, u32>,
    classes: Vec<UsageClass>,
    class_index: FxHashMap<i64, u32>,
    /// Names of plans and APNs, and sets of tags.
    texts: Shared,
    batches: Batches,
    orders: Orders,
    peaks: Peaks,
}

fn hash(id: SimId) -> u64 {
    FxBuildHasher.hash_one(id.0)
}

impl Rows {
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn find(&self, id: SimId) -> Option<u32> {
        let has_id = |row: &u32| self.ids.get(*row as usize) == Some(&id);
        self.by_id.find(hash(id), has_id).copied()
    }

    pub fn names_set(&mut self, names: Names) {
        if self.groups.is_empty() {
            self.groups.push(Group::empty(None, None, String::new()));
        }
        self.tenants = names.tenants;
        self.groups.iter_mut().for_each(|group| group.gone = group.id.is_some());
        for group in names.groups {
            match self.group_index.get(&group.id.0) {
                Some(index) => {
                    if let Some(held) = self.groups.get_mut(*index as usize) {
                        (held.name, held.gone) = (group.name, false);
                    }
                }
                None => {
                    self.group_index.insert(group.id.0, self.groups.len() as u32);
                    self.groups.push(Group::empty(Some(group.id), Some(group.tenant), group.name));
                }
            }
        }
        self.plans_set(names.plans);
        self.orders.forget(&[SimColumn::Group, SimColumn::Plan]);
    }

    /// Rows hold a plan's name, not its id: where it is another one now, they get that.
    fn plans_set(&mut self, plans: Vec<(PlanId, String)>) {
        let texts = &mut self.texts;
        let plans = plans.into_iter().map(|(plan, name)| (plan.0, texts.intern(Some(&name))));
        let held = std::mem::replace(&mut self.plans, plans.collect());
        let renamed: FxHashMap<u32, u32> = held
            .into_iter()
            .filter_map(|(plan, old)| Some((old, *self.plans.get(&plan)?)))
            .filter(|(old, new)| old != new)
            .collect();
        if renamed.is_empty() {
            return;
        }
        for text in &mut self.plan {
            if let Some(new) = renamed.get(text) {
                *text = *new;
            }
        }
    }

    pub fn classes_add(&mut self, classes: &[UsageClass]) {
        for class in classes {
            if !self.class_index.contains_key(&class.id.0) {
                self.classes.push(class.clone());
                self.class_index.insert(class.id.0, self.classes.len() as u32);
            }
        }
    }

    pub fn inventory_upsert(&mut self, sims: &[SimInventory]) {
        if sims.is_empty() {
            return;
        }
        if self.groups.is_empty() {
            self.groups.push(Group::empty(None, None, String::new()));
        }
        let mut changed = Vec::with_capacity(sims.len());
        for sim in sims {
            let row = match self.find(sim.id) {
                Some(row) => row as usize,
                None => self.push(sim.id),
            };
            self.fill(row, sim);
            changed.push(row as u32);
        }
        self.orders.changed(&changed);
    }

    fn push(&mut self, id: SimId) -> usize {
        let row = self.ids.len();
        self.ids.push(id);
        let ids = &self.ids;
        self.by_id
            .insert_unique(hash(id), row as u32, |row| hash(ids.get(*row as usize).copied().unwrap_or(id)));
        self.group.push(NO_GROUP);
        self.service.push(ServiceState::Active);
        self.live.push(LiveCell {
            last_access: NEVER_ACCESSED,
            today: 0,
            cycle: 0,
            today_of: i32::MIN,
            cycle_of: i32::MIN,
            class: 0,
            connection: ConnectionState::Disconnected,
            last_message: 0,
        });
        for column in [&mut self.plan, &mut self.apn, &mut self.batch, &mut self.tags] {
            column.push(0);
        }
        self.msisdn.push();
        self.imsi.push();
        self.imei.push();
        self.iccid.push();
        self.peaks.up_to(row + 1);
        if let Some(group) = self.groups.get_mut(NO_GROUP as usize) {
            group.counts.add(ServiceState::Active, ConnectionState::Disconnected);
        }
        row
    }

    fn fill(&mut self, row: usize, sim: &SimInventory) {
        let group = match (sim.tenant, sim.group) {
            (Some(_), Some(group)) => self.group_index.get(&group.0).copied().unwrap_or(NO_GROUP),
            _ => NO_GROUP,
        };
        self.recount(row, group, sim.service_state);
        let plan = sim.plan.and_then(|plan| self.plans.get(&plan.0).copied()).unwrap_or(0);
        let apn = self.texts.intern(sim.apn.as_ref().map(Apn::as_str));
        let batch = self.batches.intern(sim.batch.as_deref());
        let tags = self.texts.intern(Some(&sim.tags.join("\u{1F}")));
        for (column, value) in
            [(&mut self.plan, plan), (&mut self.apn, apn), (&mut self.batch, batch), (&mut self.tags, tags)]
        {
            if let Some(cell) = column.get_mut(row) {
                *cell = value;
            }
        }
        self.name.set(row, sim.name.as_deref().unwrap_or_default());
        self.msisdn.set(row, &sim.msisdn.map(|number| number.national()).unwrap_or_default());
        self.imsi.set(row, &sim.imsi.map(|imsi| imsi.to_string()).unwrap_or_default());
        self.iccid.set(row, &sim.iccid.map(|iccid| iccid.to_string()).unwrap_or_default());
        // The inventory's device stands until the network names one.
        if self.imei.is_empty(row) {
            self.imei.set(row, &sim.imei.map(|imei| imei.to_string()).unwrap_or_default());
        }
    }

    /// Moves a row's share of counts and sums to another group or service state.
    fn recount(&mut self, row: usize, group: GroupIndex, service: ServiceState) {
        let (Some(held_group), Some(held_service), Some(live)) =
            (self.group.get_mut(row), self.service.get_mut(row), self.live.get(row).copied())
        else {
            return;
        };
        let (today, cycle) = ((Day(live.today_of), live.today), (Day(live.cycle_of), live.cycle));
        if let Some(old) = self.groups.get_mut(*held_group as usize) {
            old.counts.remove(*held_service, live.connection);
            old.today.remove(today);
            old.cycle.remove(cycle);
        }
        if let Some(new) = self.groups.get_mut(group as usize) {
            new.counts.add(service, live.connection);
            new.today.add(today);
            new.cycle.add(cycle);
        }
        *held_group = group;
        *held_service = service;
    }

    pub fn live_update(&mut self, changes: &[(SimId, LiveState)]) {
        let mut rows = [None; AT_ONCE];
        for changes in changes.chunks(AT_ONCE) {
            // All of them are looked for before any is changed: the searches then wait for memory together.
            for (row, (id, _)) in rows.iter_mut().zip(changes) {
                *row = self.find(*id);
            }
            for (row, (_, new)) in rows.iter().zip(changes) {
                if let Some(row) = row {
                    self.live_set(*row as usize, new);
                }
            }
        }
    }

    fn live_set(&mut self, row: usize, new: &LiveState) {
        let class = new.class.and_then(|class| self.class_index.get(&class.0).copied()).unwrap_or(0);
        let (Some(cell), Some(service)) = (self.live.get_mut(row), self.service.get(row).copied()) else {
            return;
        };
        let old = *cell;
        *cell = LiveCell {
            last_access: new.last_access_at.map_or(NEVER_ACCESSED, |at| at.0),
            today: new.today.1,
            cycle: new.cycle.1,
            today_of: new.today.0.0,
            cycle_of: new.cycle.0.0,
            class,
            connection: new.connection,
            last_message: new.last_message.map_or(0, LastMessage::code),
        };
        self.peaks.raise(row, new);
        let group = self.group.get(row).and_then(|group| self.groups.get_mut(*group as usize));
        if let Some(group) = group {
            if old.connection != new.connection {
                group.counts.remove(service, old.connection);
                group.counts.add(service, new.connection);
            }
            group.today.replace((Day(old.today_of), old.today), new.today);
            group.cycle.replace((Day(old.cycle_of), old.cycle), new.cycle);
        }
        if let Some(imei) = new.imei {
            self.imei.set_number(row, imei.digits());
        }
    }

    pub fn tenant(&self, row: u32) -> Option<TenantId> {
        self.group_of(row).and_then(|group| group.tenant)
    }

    /// Its place in [`Self::all_groups`].
    pub fn group_index(&self, row: u32) -> usize {
        self.group.get(row as usize).map_or(usize::MAX, |group| *group as usize)
    }

    pub fn all_groups(&self) -> &[Group] {
        &self.groups
    }

    pub fn group_of(&self, row: u32) -> Option<&Group> {
        self.group.get(row as usize).and_then(|group| self.groups.get(*group as usize))
    }

    pub fn in_scope(&self, row: u32, scope: &Scope) -> bool {
        self.group_of(row).is_some_and(|group| scope.allows_sim(group.tenant, group.id, self.id(row)))
    }

    pub fn service(&self, row: u32) -> ServiceState {
        self.service.get(row as usize).copied().unwrap_or(ServiceState::Terminated)
    }

    pub fn connection(&self, row: u32) -> ConnectionState {
        self.live.get(row as usize).map_or(ConnectionState::Disconnected, |cell| cell.connection)
    }

    pub fn last_access(&self, row: u32) -> i64 {
        self.live.get(row as usize).map_or(NEVER_ACCESSED, |cell| cell.last_access)
    }

    pub fn today(&self, row: u32, current: Current) -> u64 {
        self.live
            .get(row as usize)
            .filter(|cell| cell.today_of == current.today.0)
            .map_or(0, |cell| cell.today)
    }

    pub fn cycle(&self, row: u32, current: Current) -> u64 {
        self.live
            .get(row as usize)
            .filter(|cell| cell.cycle_of == current.cycle_start.0)
            .map_or(0, |cell| cell.cycle)
    }

    /// APN, radio access and network last seen.
    fn class_of(&self, row: u32) -> Option<&UsageClass> {
        let index = self.live.get(row as usize)?.class;
        self.classes.get((index as usize).checked_sub(1)?)
    }

    pub fn class(&self, id: UsageClassId) -> Option<&UsageClass> {
        let index = self.class_index.get(&id.0)?;
        self.classes.get((*index as usize).checked_sub(1)?)
    }

    pub fn label(&self, row: u32) -> (Option<Msisdn>, Option<String>) {
        (self.msisdn_of(row), self.name_of(row))
    }

    /// Those without a number first, each in its place: a page ends where the next begins.
    pub fn by_number(&self, a: u32, b: u32) -> Ordering {
        self.number(a).cmp(&self.number(b)).then(a.cmp(&b))
    }

    /// Rises as its text key does.
    pub fn number(&self, row: u32) -> u64 {
        self.msisdn.key(row as usize).try_into().map_or(0, u64::from_be_bytes)
    }

    fn msisdn_of(&self, row: u32) -> Option<Msisdn> {
        self.msisdn.get(row as usize).as_str().parse().ok()
    }

    fn name_of(&self, row: u32) -> Option<String> {
        Some(self.name.get(row as usize)).filter(|name| !name.is_empty()).map(ToOwned::to_owned)
    }

    /// Text or key of a column that only the inventory (or, for the device, a rare event) changes, for ordering.
    pub fn text_key(&self, row: u32, column: SimColumn) -> &[u8] {
        let at = row as usize;
        let shared =
            |column: &[u32]| column.get(at).and_then(|text| self.texts.get(*text)).unwrap_or_default();
        match column {
            SimColumn::Msisdn => self.msisdn.key(at),
            SimColumn::Imei => self.imei.key(at),
            SimColumn::Iccid => self.iccid.key(at),
            SimColumn::Imsi => self.imsi.key(at),
            SimColumn::Batch => self.batch_of(row).unwrap_or_default().as_bytes(),
            SimColumn::Plan => shared(&self.plan).as_bytes(),
            SimColumn::Tags => shared(&self.tags).as_bytes(),
            SimColumn::Name => self.name.get(at).as_bytes(),
            SimColumn::Group => self.group_of(row).map(|group| group.name.as_bytes()).unwrap_or_default(),
            SimColumn::Apn => self.apn_text(row).as_bytes(),
            _ => &[],
        }
    }

    fn batch_of(&self, row: u32) -> Option<&str> {
        self.batch.get(row as usize).and_then(|batch| self.batches.names.get(*batch))
    }

    fn apn_text(&self, row: u32) -> &str {
        let seen = self.class_of(row).and_then(|class| class.apn.as_ref()).map(Apn::as_str);
        let provisioned = || self.apn.get(row as usize).and_then(|text| self.texts.get(*text));
        seen.or_else(provisioned).unwrap_or_default()
    }

    /// Small numbers that order the remaining columns.
    pub fn number_key(&self, row: u32, column: SimColumn, current: Current) -> u64 {
        match column {
            SimColumn::ServiceState => u64::from(self.service(row).code()),
            SimColumn::Connection => {
                let cell = self.live.get(row as usize);
                cell.map_or(0, |cell| u64::from(cell.connection.code()) << 8 | u64::from(cell.last_message))
            }
            SimColumn::UsageToday => self.today(row, current),
            SimColumn::UsageCycle => self.cycle(row, current),
            SimColumn::LastAccess => last_access_key(self.last_access(row)),
            SimColumn::Rat => {
                self.class_of(row).and_then(|class| class.rat).map_or(0, |rat| u64::from(rat.0) + 1)
            }
            SimColumn::Network => self
                .class_of(row)
                .and_then(|class| class.plmn)
                .map_or(0, |plmn| u64::from(plmn.to_bits()) + 1),
            _ => 0,
        }
    }

    /// Columns whose order lasts until the inventory changes.
    pub fn is_settled(column: SimColumn) -> bool {
        use SimColumn::{Batch, Group, Iccid, Imsi, Msisdn, Name, Plan, Tags};
        matches!(column, Msisdn | Iccid | Imsi | Batch | Name | Plan | Group | Tags)
    }

    /// Rows of an owner in ascending order of a settled column, ties by number.
    pub fn order(&self, owner: Owner, column: SimColumn) -> Arc<Vec<u32>> {
        self.orders.get(self, owner, column)
    }

    pub fn owned(&self, row: u32, owner: Owner) -> bool {
        match owner {
            Owner::Everybody => true,
            Owner::Tenant(tenant) => self.tenant(row) == Some(tenant),
            Owner::Group(group) => self.group_of(row).is_some_and(|held| held.id == Some(group)),
        }
    }

    /// Blocks of neighbouring rows, with what no key of `column` in it is above; `None` for columns of which that isn't kept.
    pub fn peaks<'a>(
        &'a self,
        column: SimColumn,
        currents: &'a [Current],
    ) -> Option<impl Iterator<Item = (u64, Range<u32>)>> {
        let range = |block: usize| {
            let from = block * peaks::BLOCK;
            from as u32..(from + peaks::BLOCK).min(self.len()) as u32
        };
        let blocks = self.peaks.of(column, currents);
        Peaks::keeps(column).then(|| blocks.map(move |(peak, block)| (peak, range(block))))
    }

    /// Adds the rows that have what is sought in any part of its column.
    pub fn search(&self, sought: &Sought, found: &mut RowSet) {
        let found = |row| found.insert(row);
        match sought {
            Sought::Msisdn(digits) => self.msisdn.search(digits, found),
            Sought::Imsi(digits) => self.imsi.search(digits, found),
            Sought::Imei(digits) => self.imei.search(digits, found),
            Sought::Iccid(digits) => self.iccid.search(digits, found),
            Sought::Name(name) => self.name.search(name, found),
            Sought::Batch(needle) => {
                let Some(matches) = self.batches.matches(needle) else { return };
                let rows = self.batch.iter().enumerate();
                rows.filter(|(_, batch)| matches.get(**batch as usize) == Some(&true))
                    .map(|(row, _)| row as u32)
                    .for_each(found);
            }
        }
    }

    /// How many blocks of rows [`Self::search`] would look into.
    pub fn breadth(&self, sought: &Sought) -> usize {
        match sought {
            Sought::Msisdn(digits) => self.msisdn.breadth(digits),
            Sought::Imsi(digits) => self.imsi.breadth(digits),
            Sought::Imei(digits) => self.imei.breadth(digits),
            Sought::Iccid(digits) => self.iccid.breadth(digits),
            Sought::Name(name) => self.name.breadth(name),
            Sought::Batch(needle) => self.batches.matches(needle).map_or(0, |_| self.blocks()),
        }
    }

    pub fn blocks(&self) -> usize {
        self.len().div_ceil(BLOCK)
    }

    /// Whether [`Self::search`] would find the row.
    pub fn holds(&self, row: u32, sought: &Sought) -> bool {
        let at = row as usize;
        match sought {
            Sought::Msisdn(digits) => self.msisdn.holds(at, digits),
            Sought::Imsi(digits) => self.imsi.holds(at, digits),
            Sought::Imei(digits) => self.imei.holds(at, digits),
            Sought::Iccid(digits) => self.iccid.holds(at, digits),
            Sought::Name(name) => self.name.holds(at, name),
            Sought::Batch(needle) => {
                self.batch.get(at).is_some_and(|batch| self.batches.holds(*batch, needle))
            }
        }
    }

    /// Rows whose number, ICCID or IMSI `line` is.
    pub fn identified(&self, line: &str, mut found: impl FnMut(u32)) {
        for number in number_forms(line).into_iter().filter_map(Digits::new) {
            self.msisdn.search_exact(&number, &mut found);
        }
        if let Some(digits) = Digits::new(bare(line)) {
            self.iccid.search_exact(&digits, &mut found);
            self.imsi.search_exact(&digits, &mut found);
        }
    }

    /// Rows of the device whose IMEI, with or without what follows the first 14 digits, `line` is.
    pub fn with_device(&self, line: &str, found: impl FnMut(u32)) {
        if let Some(device) = line.get(..14).and_then(|device| Digits::new(device.to_owned())) {
            self.imei.search_beginning(&device, found);
        }
    }

    pub fn counts(&self, scope: &Scope, group: Option<GroupId>) -> FleetCounts {
        let mut counts = FleetCounts::default();
        for held in self.groups_in(scope, group) {
            held.counts.add_to(&mut counts);
        }
        counts
    }

    /// Groups in scope; a chosen group includes those nested in it by name.
    fn groups_in<'a>(&'a self, scope: &'a Scope, group: Option<GroupId>) -> impl Iterator<Item = &'a Group> {
        let chosen =
            group.map(|id| self.group_index.get(&id.0).and_then(|index| self.groups.get(*index as usize)));
        self.groups.iter().filter(move |held| {
            let chosen_ok = match &chosen {
                None => true,
                Some(None) => false,
                Some(Some(parent)) => is_within(held, parent),
            };
            let there = held.id.is_some() && !(held.gone && held.counts.total() == 0);
            chosen_ok && there && scope.allows(held.tenant, held.id)
        })
    }

    /// The groups that a choice of `group` means: itself and those nested in it.
    pub fn group_ids(&self, scope: &Scope, group: GroupId) -> Vec<GroupId> {
        self.groups_in(scope, Some(group)).filter_map(|group| group.id).collect()
    }

    pub fn usage(&self, scope: &Scope, current: &impl Fn(TenantId) -> Current) -> (ByteCount, ByteCount) {
        let (mut today, mut cycle) = (ByteCount::ZERO, ByteCount::ZERO);
        for group in self.groups_in(scope, None) {
            let Some(tenant) = group.tenant else { continue };
            let current = current(tenant);
            today += ByteCount(group.today.at(current.today));
            cycle += ByteCount(group.cycle.at(current.cycle_start));
        }
        (today, cycle)
    }

    pub fn groups(&self, scope: &Scope) -> Vec<GroupChoice> {
        let mut groups: Vec<GroupChoice> = self
            .groups_in(scope, None)
            .filter_map(|group| {
                let (id, tenant) = (group.id?, group.tenant?);
                Some(GroupChoice { id, tenant, name: group.name.clone(), sims: group.counts.total() })
            })
            .collect();
        groups.sort_by(|a, b| (a.tenant, &a.name).cmp(&(b.tenant, &b.name)));
        groups
    }

    /// Those that SIMs in scope have, and `also` these, by name.
    pub fn plans_held(&self, scope: &Scope, also: &[PlanId]) -> Vec<(PlanId, String)> {
        let mut held: FxHashSet<u32> = FxHashSet::default();
        for (row, plan) in self.plan.iter().enumerate() {
            if !held.contains(plan) && self.in_scope(row as u32, scope) {
                held.insert(*plan);
            }
        }
        let of_name = |(id, text): (&i64, &u32)| {
            let name =
                self.texts.get(*text).filter(|_| held.contains(text) || also.contains(&PlanId(*id)))?;
            Some((PlanId(*id), name.to_owned()))
        };
        let mut plans: Vec<_> = self.plans.iter().filter_map(of_name).collect();
        plans.sort_unstable_by(|(_, one), (_, other)| one.cmp(other));
        plans
    }

    /// How many SIMs have each plan that any has, terminated ones too.
    pub fn plan_counts(&self) -> FxHashMap<PlanId, u64> {
        let mut counts: FxHashMap<u32, u64> = FxHashMap::default();
        for text in &self.plan {
            *counts.entry(*text).or_default() += 1;
        }
        let of_plan = |(plan, text): (&i64, &u32)| Some((PlanId(*plan), *counts.get(text)?));
        self.plans.iter().filter_map(of_plan).collect()
    }

    pub fn tenants(&self, scope: &Scope) -> Vec<TenantChoice> {
        let mut tenants: Vec<TenantChoice> = self
            .tenants
            .iter()
            .filter(|tenant| scope.only_tenant().is_none_or(|only| only == tenant.id))
            .cloned()
            .collect();
        for tenant in &mut tenants {
            let groups = self.groups.iter().filter(|group| group.tenant == Some(tenant.id));
            tenant.sims = groups.map(|group| group.counts.total()).sum();
        }
        tenants
    }

    pub fn tenant_name(&self, tenant: TenantId) -> Option<&str> {
        self.tenants.iter().find(|held| held.id == tenant).map(|held| held.name.as_str())
    }

    pub fn unknown_count(&self) -> u64 {
        self.groups.get(NO_GROUP as usize).map_or(0, |group| group.counts.total())
    }

    pub fn group_name(&self, group: GroupId) -> Option<&str> {
        let index = self.group_index.get(&group.0)?;
        self.groups.get(*index as usize).map(|group| group.name.as_str())
    }

    pub fn connection_by_group(&self) -> Vec<(TenantId, GroupId, FleetCounts)> {
        let groups = self.groups.iter().filter_map(|group| {
            let mut counts = FleetCounts::default();
            group.counts.add_to(&mut counts);
            Some((group.tenant?, group.id?, counts))
        });
        groups.collect()
    }

    pub fn id(&self, row: u32) -> SimId {
        self.ids.get(row as usize).copied().unwrap_or(SimId(0))
    }

    /// What is current where the row's tenant is; SIMs of no tenant follow the default zone.
    pub fn current(&self, row: u32, current: &impl Fn(TenantId) -> Current) -> Current {
        current(self.tenant(row).unwrap_or(TenantId(0)))
    }

    pub fn row(&self, row: u32, current: &impl Fn(TenantId) -> Current) -> SimRow {
        let at = row as usize;
        let shared =
            |column: &[u32]| column.get(at).and_then(|text| self.texts.get(*text)).map(str::to_owned);
        let group = self.group_of(row);
        SimRow {
            id: self.id(row),
            msisdn: self.msisdn_of(row),
            iccid: self.iccid.get(at).as_str().parse().ok(),
            imsi: self.imsi.get(at).as_str().parse().ok(),
            imei: self.imei.get(at).as_str().parse().ok(),
            batch: self.batch_of(row).map(str::to_owned),
            name: self.name_of(row),
            plan: shared(&self.plan),
            group: group.and_then(|group| group.id),
            group_name: group.filter(|group| group.id.is_some()).map(|group| group.name.clone()),
            tags: shared(&self.tags)
                .map(|tags| tags.split('\u{1F}').map(str::to_owned).collect())
                .unwrap_or_default(),
            service_state: self.service(row),
            live: self.sim_live(row, current),
        }
    }

    fn sim_live(&self, row: u32, current: &impl Fn(TenantId) -> Current) -> SimLive {
        let current = self.current(row, current);
        let cell = self.live.get(row as usize);
        let class = self.class_of(row);
        SimLive {
            connection: self.connection(row),
            last_message: cell.and_then(|cell| LastMessage::from_code(cell.last_message)),
            last_access_at: Some(self.last_access(row)).filter(|at| *at != NEVER_ACCESSED).map(Timestamp),
            usage_today: ByteCount(self.today(row, current)),
            usage_cycle: ByteCount(self.cycle(row, current)),
            apn: self.apn_text(row).parse().ok(),
            rat: class.and_then(|class| class.rat),
            plmn: class.and_then(|class| class.plmn),
        }
    }

    pub fn live_row(&self, row: u32, current: &impl Fn(TenantId) -> Current) -> LiveRow {
        LiveRow {
            id: self.id(row),
            imei: self.imei.get(row as usize).as_str().parse().ok(),
            service_state: self.service(row),
            live: self.sim_live(row, current),
        }
    }
}

/// `北區/台北` is within `北區`.
fn is_within(group: &Group, parent: &Group) -> bool {
    group.tenant == parent.tenant && opencmp_domain::group::is_within(&group.name, &parent.name)
}
