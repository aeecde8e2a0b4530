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

#[derive(Default)]
pub(super) struct Orders(Mutex<FxHashMap<(Owner, SimColumn), Order>>);

#[derive(Clone)]
struct Order {
    rows: Arc<Vec<u32>>,
    /// Rows that may stand elsewhere now, or may have come or gone; some twice.
    changed: Vec<u32>,
}

impl Orders {
    /// The rows' inventory has changed.
    pub fn changed(&mut self, rows: &[u32]) {
        self.0.get_mut().retain(|_, order| {
            order.changed.extend(rows);
            order.changed.len() <= order.rows.len() / MOST_CHANGED
        });
    }

    /// What rows refer to by name has changed.
    pub fn forget(&mut self, columns: &[SimColumn]) {
        self.0.get_mut().retain(|(_, column), _| !columns.contains(column));
    }

    /// Ascending, ties by number.
    pub fn get(&self, rows: &Rows, owner: Owner, column: SimColumn) -> Arc<Vec<u32>> {
        let kept = self.0.lock().get(&(owner, column)).cloned();
        let order = match kept {
            Some(order) if order.changed.is_empty() => return order.rows,
            Some(order) => mended(rows, owner, column, &order),
            None => self.made(rows, owner, column),
        };
        let order = Order { rows: Arc::new(order), changed: Vec::new() };
        self.0.lock().insert((owner, column), order.clone());
        order.rows
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
    let key = |row: u32| (rows.text_key(row, column), rows.text_key(row, SimColumn::Msisdn), row);
    let mut come: Vec<u32> = changed.iter().filter(|row| rows.owned(*row, owner)).collect();
    come.sort_by(|a, b| key(*a).cmp(&key(*b)));
    let mut whole = Vec::with_capacity(stay.len() + come.len());
    let mut rest = stay.as_slice();
    for row in come {
        let (before, after) = rest.split_at(rest.partition_point(|held| key(*held) < key(row)));
        whole.extend_from_slice(before);
        whole.push(row);
        rest = after;
    }
    whole.extend_from_slice(rest);
    whole
}
