//! Orders of an owner's rows by a column that only the inventory changes: made when first asked for, and mended where
//! rows changed since, so that an edit of one SIM doesn't sort a fleet.

use super::{
    rows::{Owner, Rows},
    search::RowSet,
};
use opencmp_domain::query::SimColumn;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Of as many changed rows as this part of an order it is made anew: sorting them all in would take as long.
const MOST_CHANGED: usize = 8;
/// All orders together are of at most so many times the fleet: 4 MB each at a million SIMs. What was asked for longest ago goes.
const MOST_FLEETS: usize = 8;

#[derive(Default)]
pub(super) struct Orders(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    orders: FxHashMap<(Owner, SimColumn), Order>,
    /// How often one was asked for.
    asked: u64,
}

#[derive(Clone)]
struct Order {
    rows: Arc<Vec<u32>>,
    /// Rows that may stand elsewhere now, or may have come or gone; some twice.
    changed: Vec<u32>,
    asked: u64,
}

impl Kept {
    fn find(&mut self, key: (Owner, SimColumn)) -> Option<Order> {
        self.asked += 1;
        let order = self.orders.get_mut(&key)?;
        order.asked = self.asked;
        Some(order.clone())
    }

    fn keep(&mut self, key: (Owner, SimColumn), rows: Arc<Vec<u32>>, fleet: usize) {
        self.orders.insert(key, Order { rows, changed: Vec::new(), asked: self.asked });
        let mut held: usize = self.orders.values().map(|order| order.rows.len()).sum();
        while held > MOST_FLEETS * fleet {
            let others = self.orders.iter().filter(|(other, _)| **other != key);
            let Some(oldest) = others.min_by_key(|(_, order)| order.asked).map(|(key, _)| *key) else {
                return;
            };
            held -= self.orders.remove(&oldest).map_or(0, |order| order.rows.len());
        }
    }
}

impl Orders {
    /// The rows' inventory has changed.
    pub fn changed(&mut self, rows: &[u32]) {
        self.0.get_mut().orders.retain(|_, order| {
            order.changed.extend(rows);
            order.changed.len() <= order.rows.len() / MOST_CHANGED
        });
    }

    /// What rows refer to by name has changed.
    pub fn forget(&mut self, columns: &[SimColumn]) {
        self.0.get_mut().orders.retain(|(_, column), _| !columns.contains(column));
    }

    /// Ascending, ties by number.
    pub fn get(&self, rows: &Rows, owner: Owner, column: SimColumn) -> Arc<Vec<u32>> {
        let kept = self.0.lock().find((owner, column));
        let order = match kept {
            Some(order) if order.changed.is_empty() => return order.rows,
            Some(order) => mended(rows, owner, column, &order),
            None => self.made(rows, owner, column),
        };
        let order = Arc::new(order);
        self.0.lock().keep((owner, column), order.clone(), rows.len());
        order
    }

    fn made(&self, rows: &Rows, owner: Owner, column: SimColumn) -> Vec<u32> {
        let mut order = match column {
            SimColumn::Msisdn => (0..rows.len() as u32).filter(|row| rows.owned(*row, owner)).collect(),
            _ => self.get(rows, owner, SimColumn::Msisdn).to_vec(),
        };
        // A stable sort keeps the number's order among equals.
        order.sort_by(|a, b| rows.text_key(*a, column).cmp(rows.text_key(*b, column)));
        order
    }
}

fn mended(rows: &Rows, owner: Owner, column: SimColumn, order: &Order) -> Vec<u32> {
    let mut changed = RowSet::up_to(rows.len());
    order.changed.iter().for_each(|row| changed.insert(*row));
    let stay: Vec<u32> = order.rows.iter().copied().filter(|row| !changed.contains(*row)).collect();
    let compare = |a: u32, b: u32| {
        let order = rows.text_key(a, column).cmp(rows.text_key(b, column));
        order.then_with(|| rows.by_number(a, b))
    };
    let mut come: Vec<u32> = changed.iter().filter(|row| rows.owned(*row, owner)).collect();
    come.sort_by(|a, b| compare(*a, *b));
    let mut whole = Vec::with_capacity(stay.len() + come.len());
    let mut rest = stay.as_slice();
    for row in come {
        let (before, after) = rest.split_at(rest.partition_point(|held| compare(*held, row).is_lt()));
        whole.extend_from_slice(before);
        whole.push(row);
        rest = after;
    }
    whole.extend_from_slice(rest);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::GroupId;

    #[test]
    fn what_was_asked_for_longest_ago_goes() {
        let mut kept = Kept::default();
        let key = |group| (Owner::Group(GroupId(group)), SimColumn::Name);
        for group in 0..20 {
            assert!(kept.find(key(group)).is_none());
            kept.keep(key(group), Arc::new(vec![0; 10]), 10);
            // The first is asked for again and again.
            assert!(kept.find(key(0)).is_some(), "{group}");
        }
        assert_eq!(kept.orders.len(), MOST_FLEETS);
        assert!(kept.find(key(19)).is_some() && kept.find(key(1)).is_none());
        // One that is larger than all may be stays until the next.
        kept.keep(key(30), Arc::new(vec![0; 1000]), 10);
        assert_eq!(kept.orders.len(), 1);
    }
}
