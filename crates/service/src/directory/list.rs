//! Filter, search, sort, page.
//!
//! Without a search, counts come from the kept counts and a settled order is walked only as far as the page. With one,
//! the matches are found first and everything else works on them.

use super::{
    Current,
    counts::StateCounts,
    rows::{Group, Owner, Rows},
    search::{RowSet, Search},
};
use opencmp_domain::{
    Scope, ServiceState, SimId, TenantId, Timestamp,
    dashboard::FleetCounts,
    query::{SearchKind, SimColumn, SimPage, SimQuery, Sort, StateFilter},
    sim::SimRow,
    units::ByteCount,
    usage::{TopSim, UpDown},
};
use rustc_hash::{FxHashMap, FxHashSet};
use std::{cmp::Reverse, collections::BinaryHeap};

/// Unmatched lines of a pasted list that are shown.
const MOST_UNMATCHED: usize = 100;

pub(super) fn page(
    rows: &Rows,
    scope: &Scope,
    query: &SimQuery,
    listed: Option<&[String]>,
    current: &impl Fn(TenantId) -> Current,
) -> SimPage {
    let reach = Reach::of(rows, scope, query);
    let skip = (query.page.max(1) as usize - 1).saturating_mul(query.page_size as usize);
    let take = query.page_size as usize;
    let (shown, total, counts, unmatched, unmatched_total) = match found(rows, &reach, query, listed) {
        Some(found) => {
            let mut counts = FleetCounts::default();
            let mut states = StateCounts::default();
            found.rows.iter().for_each(|row| states.add(rows.service(*row), rows.connection(*row)));
            states.add_to(&mut counts);
            let mut matching = found.rows;
            matching.retain(|row| state_matches(rows, *row, query.state));
            let total = matching.len() as u64;
            let shown = part_of_found(rows, &reach, matching, query.sort, skip, take, current);
            (shown, total, counts, found.unmatched, found.unmatched_total)
        }
        None => {
            let counts = rows.counts(scope, query.group);
            let total = query.state.count(&counts);
            let shown = walk(rows, &reach, query, skip, take, current);
            (shown, total, counts, Vec::new(), 0)
        }
    };
    SimPage {
        rows: shown.into_iter().map(|row| rows.row(row, current)).collect(),
        total,
        counts,
        unmatched,
        unmatched_total,
        as_of: Timestamp::default(),
    }
}

pub(super) fn matching(
    rows: &Rows,
    scope: &Scope,
    query: &SimQuery,
    listed: Option<&[String]>,
    current: &impl Fn(TenantId) -> Current,
) -> Vec<SimId> {
    let reach = Reach::of(rows, scope, query);
    let shown = match found(rows, &reach, query, listed) {
        Some(found) => {
            let mut matching = found.rows;
            matching.retain(|row| state_matches(rows, *row, query.state));
            part_of_found(rows, &reach, matching, query.sort, 0, usize::MAX, current)
        }
        None => walk(rows, &reach, query, 0, usize::MAX, current),
    };
    shown.into_iter().map(|row| rows.id(row)).collect()
}

/// What so few digits are in that it's in most rows is found by walking: so many rows are looked at.
const MOST_WALKED: usize = 50_000;

/// The first rows by number that have `text` somewhere. Unlike a page it counts nothing, so it may end early.
pub(super) fn quick_search(
    rows: &Rows,
    scope: &Scope,
    text: &str,
    most: usize,
    current: &impl Fn(TenantId) -> Current,
) -> Vec<SimRow> {
    let query = SimQuery::default();
    let reach = Reach::of(rows, scope, &query);
    let search = Search::new(SearchKind::Any, text);
    let keep = |row: &u32| reach.holds(rows, *row) && state_matches(rows, *row, query.state);
    let walked = (search.breadth(rows) > rows.blocks() / 8).then(|| {
        let order = rows.order(reach.owner, SimColumn::Msisdn);
        let walked = order.iter().take(MOST_WALKED).copied();
        let first: Vec<u32> = walked.filter(|row| keep(row) && search.holds(rows, *row)).take(most).collect();
        (first.len() == most || order.len() <= MOST_WALKED).then_some(first)
    });
    let first = walked.flatten().unwrap_or_else(|| {
        let found = search.find(rows).iter().filter(keep).collect();
        part_of_sorted(rows, found, query.sort, 0, most, current)
    });
    first.into_iter().map(|row| rows.row(row, current)).collect()
}

pub(super) fn top_of_cycle(
    rows: &Rows,
    scope: &Scope,
    most: usize,
    current: &impl Fn(TenantId) -> Current,
) -> Vec<TopSim> {
    let query =
        SimQuery { sort: Sort { column: SimColumn::UsageCycle, descending: true }, ..SimQuery::default() };
    let reach = Reach::of(rows, scope, &query);
    let top = walk(rows, &reach, &query, 0, most, current);
    let named = top.into_iter().map(|row| {
        let (msisdn, name) = rows.label(row);
        // The directory keeps one figure for both directions.
        let octets = rows.cycle(row, rows.current(row, current));
        let usage = UpDown { uplink: ByteCount::ZERO, downlink: ByteCount(octets) };
        TopSim { id: rows.id(row), msisdn, name, usage }
    });
    named.filter(|sim| sim.usage.total() > ByteCount::ZERO).collect()
}

/// The rows that a scope and a choice of group leave, before search and state.
struct Reach<'a> {
    scope: &'a Scope,
    owner: Owner,
    /// Set when `owner` alone says too much.
    groups: Option<FxHashSet<i64>>,
    /// `owner` alone is exact: no check per row.
    exact: bool,
}

impl<'a> Reach<'a> {
    fn of(rows: &Rows, scope: &'a Scope, query: &SimQuery) -> Self {
        let whole = match scope.only_tenant() {
            Some(tenant) => Owner::Tenant(tenant),
            None => Owner::Everybody,
        };
        match query.group {
            None => Self {
                scope,
                owner: whole,
                groups: None,
                exact: scope.groups().is_none() && whole != Owner::Everybody,
            },
            Some(group) => match rows.group_ids(scope, group).as_slice() {
                [only] => Self { scope, owner: Owner::Group(*only), groups: None, exact: true },
                several => {
                    let groups = several.iter().map(|group| group.0).collect();
                    Self { scope, owner: whole, groups: Some(groups), exact: false }
                }
            },
        }
    }

    /// What is current for the SIMs of each group, by its index; `None` for groups out of reach. So that passing over the fleet
    /// asks nothing else about a row.
    fn currents(&self, rows: &Rows, ask: &impl Fn(TenantId) -> Current) -> Vec<Option<Current>> {
        let mut currents = Currents::new(ask);
        let groups = rows.all_groups().iter();
        groups.map(|group| self.holds_group(group).then(|| currents.of(group.tenant))).collect()
    }

    /// Every row of the owner is in the list: the one at a place is found without counting those before it.
    fn holds_all(&self, rows: &Rows, query: &SimQuery) -> bool {
        let all_live = || rows.counts(self.scope, query.group).terminated == 0;
        self.exact && query.state == StateFilter::All && all_live()
    }

    fn holds(&self, rows: &Rows, row: u32) -> bool {
        rows.group_of(row).is_some_and(|group| self.holds_group(group))
    }

    fn holds_group(&self, group: &Group) -> bool {
        // A list shows the inventory; SIMs of no tenant have a list of their own.
        let Some(id) = group.id else { return false };
        let owner_ok = match self.owner {
            Owner::Everybody => true,
            Owner::Tenant(tenant) => group.tenant == Some(tenant),
            Owner::Group(only) => only == id,
        };
        let groups_ok = self.groups.as_ref().is_none_or(|groups| groups.contains(&id.0));
        owner_ok && groups_ok && self.scope.allows(group.tenant, Some(id))
    }
}

fn state_matches(rows: &Rows, row: u32, state: StateFilter) -> bool {
    let service = rows.service(row);
    match state {
        StateFilter::All => service != ServiceState::Terminated,
        StateFilter::Service(wanted) => service == wanted,
        StateFilter::Connection(wanted) => {
            service != ServiceState::Terminated && rows.connection(row) == wanted
        }
    }
}

/// A page without a search.
fn walk(
    rows: &Rows,
    reach: &Reach<'_>,
    query: &SimQuery,
    skip: usize,
    take: usize,
    current: &impl Fn(TenantId) -> Current,
) -> Vec<u32> {
    let keep = |row: &u32| (reach.exact || reach.holds(rows, *row)) && state_matches(rows, *row, query.state);
    if Rows::is_settled(query.sort.column) {
        let order = rows.order(reach.owner, query.sort.column);
        match (reach.holds_all(rows, query), query.sort.descending) {
            (true, false) => order.iter().copied().skip(skip).take(take).collect(),
            (true, true) => order.iter().rev().copied().skip(skip).take(take).collect(),
            (false, false) => order.iter().copied().filter(keep).skip(skip).take(take).collect(),
            (false, true) => order.iter().rev().copied().filter(keep).skip(skip).take(take).collect(),
        }
    } else {
        let order = rows.order(reach.owner, SimColumn::Msisdn);
        match skip.checked_add(take) {
            Some(end) if end <= MOST_KEPT && !is_text(query.sort.column) => {
                let currents = reach.currents(rows, current);
                let best = best_at_peaks(rows, &currents, order.len(), query, end)
                    .unwrap_or_else(|| best_of_all(rows, &currents, &order, query, end));
                best.into_iter().skip(skip).collect()
            }
            _ => {
                let candidates = order.iter().copied().filter(keep).collect();
                part_of_sorted(rows, candidates, query.sort, skip, take, current)
            }
        }
    }
}

/// Pages up to here are found by keeping the best while passing over rows once; later ones by sorting.
const MOST_KEPT: usize = 10_000;

/// The first of what passes by: by key, then by number.
struct Best {
    end: usize,
    sort: Sort,
    kept: BinaryHeap<(u64, u64, u32)>,
}

impl Best {
    fn new(end: usize, sort: Sort) -> Self {
        Self { end, sort, kept: BinaryHeap::with_capacity(end + 1) }
    }

    fn order(&self, key: u64) -> u64 {
        if self.sort.descending { !key } else { key }
    }

    /// Whether a row with this key could be among them.
    fn takes(&self, key: u64) -> bool {
        self.kept.len() < self.end || self.kept.peek().is_some_and(|worst| self.order(key) <= worst.0)
    }

    /// `tie` rises with the number.
    fn offer(&mut self, key: u64, tie: impl FnOnce() -> u64, row: u32) {
        if !self.takes(key) {
            return;
        }
        self.kept.push((self.order(key), tie(), row));
        if self.kept.len() > self.end {
            self.kept.pop();
        }
    }

    fn rows(self) -> Vec<u32> {
        self.kept.into_sorted_vec().into_iter().map(|(.., row)| row).collect()
    }
}

/// The first `end` of those of `order`, which is by number, that have the state and are of a group that has a current.
fn best_of_all(
    rows: &Rows,
    currents: &[Option<Current>],
    order: &[u32],
    query: &SimQuery,
    end: usize,
) -> Vec<u32> {
    let mut best = Best::new(end, query.sort);
    for (place, row) in order.iter().enumerate() {
        let Some(Some(current)) = currents.get(rows.group_index(*row)) else { continue };
        if state_matches(rows, *row, query.state) {
            best.offer(rows.number_key(*row, query.sort.column, *current), || place as u64, *row);
        }
    }
    best.rows()
}

/// The same from the blocks with the highest peaks, for as long as they are above what was found. `None` where `owned` rows
/// are too few of all to look for them among others', or the lowest come first.
fn best_at_peaks(
    rows: &Rows,
    currents: &[Option<Current>],
    owned: usize,
    query: &SimQuery,
    end: usize,
) -> Option<Vec<u32>> {
    if !query.sort.descending || owned < rows.len() / 8 {
        return None;
    }
    let mut all: Vec<Current> = Vec::new();
    for current in currents.iter().flatten() {
        if !all.contains(current) {
            all.push(*current);
        }
    }
    let peaks = rows.peaks(query.sort.column, &all)?;
    let mut peaks: BinaryHeap<_> =
        peaks.map(|(peak, block)| (peak, Reverse(block.start), block.end)).collect();
    let mut best = Best::new(end, query.sort);
    while let Some((peak, Reverse(from), until)) = peaks.pop() {
        if !best.takes(peak) {
            break;
        }
        for row in from..until {
            let Some(Some(current)) = currents.get(rows.group_index(row)) else { continue };
            if state_matches(rows, row, query.state) {
                best.offer(rows.number_key(row, query.sort.column, *current), || rows.number(row), row);
            }
        }
    }
    Some(best.rows())
}

/// What is current where a tenant is: asked once a tenant.
struct Currents<'a, F: Fn(TenantId) -> Current> {
    asked: FxHashMap<i64, Current>,
    ask: &'a F,
}

impl<'a, F: Fn(TenantId) -> Current> Currents<'a, F> {
    fn new(ask: &'a F) -> Self {
        Self { asked: FxHashMap::default(), ask }
    }

    fn of(&mut self, tenant: Option<TenantId>) -> Current {
        let tenant = tenant.unwrap_or(TenantId(0));
        *self.asked.entry(tenant.0).or_insert_with(|| (self.ask)(tenant))
    }
}

fn is_text(column: SimColumn) -> bool {
    Rows::is_settled(column) || matches!(column, SimColumn::Imei | SimColumn::Apn)
}

/// `take` rows after `skip` of what a search found, which is rising, in order.
fn part_of_found(
    rows: &Rows,
    reach: &Reach<'_>,
    found: Vec<u32>,
    sort: Sort,
    skip: usize,
    take: usize,
    current: &impl Fn(TenantId) -> Current,
) -> Vec<u32> {
    // Of much, a part is found sooner in the order that is there already. Backwards, its ties would be the other way round.
    if found.len() > rows.len() / 16 && Rows::is_settled(sort.column) && !sort.descending {
        let mut among = RowSet::up_to(rows.len());
        found.iter().for_each(|row| among.insert(*row));
        let order = rows.order(reach.owner, sort.column);
        return order.iter().copied().filter(|row| among.contains(*row)).skip(skip).take(take).collect();
    }
    part_of_sorted(rows, found, sort, skip, take, current)
}

/// `take` rows after `skip` of `candidates` in order, without sorting what lies outside. Ties go by number.
fn part_of_sorted(
    rows: &Rows,
    candidates: Vec<u32>,
    sort: Sort,
    skip: usize,
    take: usize,
    current: &impl Fn(TenantId) -> Current,
) -> Vec<u32> {
    if is_text(sort.column) {
        let compare = |a: &u32, b: &u32| {
            let order = rows.text_key(*a, sort.column).cmp(rows.text_key(*b, sort.column));
            let order = if sort.descending { order.reverse() } else { order };
            order.then_with(|| rows.by_number(*a, *b))
        };
        return slice_of_sorted(candidates, skip, take, compare);
    }
    let mut currents = Currents::new(current);
    let keyed: Vec<(u64, u32)> = candidates
        .into_iter()
        .map(|row| {
            let key = rows.number_key(row, sort.column, currents.of(rows.tenant(row)));
            (if sort.descending { !key } else { key }, row)
        })
        .collect();
    let compare = |a: &(u64, u32), b: &(u64, u32)| a.0.cmp(&b.0).then_with(|| rows.by_number(a.1, b.1));
    slice_of_sorted(keyed, skip, take, compare).into_iter().map(|(_, row)| row).collect()
}

fn slice_of_sorted<T: Copy>(
    mut items: Vec<T>,
    skip: usize,
    take: usize,
    compare: impl Fn(&T, &T) -> std::cmp::Ordering,
) -> Vec<T> {
    if skip >= items.len() {
        return Vec::new();
    }
    let end = skip.saturating_add(take).min(items.len());
    if end < items.len() {
        items.select_nth_unstable_by(end, &compare);
        items.truncate(end);
    }
    if skip > 0 {
        items.select_nth_unstable_by(skip, &compare);
        items.drain(..skip);
    }
    items.sort_unstable_by(compare);
    items
}

struct Found {
    /// Rising, without repetition, all within reach.
    rows: Vec<u32>,
    unmatched: Vec<String>,
    unmatched_total: u64,
}

/// The matches of the search and the pasted list; `None` when the query has neither.
fn found(rows: &Rows, reach: &Reach<'_>, query: &SimQuery, listed: Option<&[String]>) -> Option<Found> {
    let mut found = match listed {
        Some(lines) => find_listed(rows, reach, lines),
        None if query.text.is_empty() => return None,
        None => {
            let matches = Search::new(query.search, &query.text).find(rows);
            let rows = matches.iter().filter(|row| reach.holds(rows, *row)).collect();
            return Some(Found { rows, unmatched: Vec::new(), unmatched_total: 0 });
        }
    };
    if !query.text.is_empty() {
        let search = Search::new(query.search, &query.text);
        found.rows.retain(|row| search.holds(rows, *row));
    }
    Some(found)
}

/// Whole identifiers, one a line, of any kind.
fn find_listed(rows: &Rows, reach: &Reach<'_>, lines: &[String]) -> Found {
    let mut found = Found { rows: Vec::new(), unmatched: Vec::new(), unmatched_total: 0 };
    for line in lines {
        let before = found.rows.len();
        let (kept, within) = (&mut found.rows, |row: &u32| reach.holds(rows, *row));
        rows.identified(line, |row| kept.extend(Some(row).filter(within)));
        if kept.len() == before {
            rows.with_device(line, |row| kept.extend(Some(row).filter(within)));
        }
        if found.rows.len() == before {
            found.unmatched_total += 1;
            if found.unmatched.len() < MOST_UNMATCHED {
                found.unmatched.push(line.clone());
            }
        }
    }
    found.rows.sort_unstable();
    found.rows.dedup();
    found
}
