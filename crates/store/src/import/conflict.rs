//! Identifiers that would end up with two SIMs.

use super::{
    ImportError, ImportField,
    held::{Held, Plan},
};
use rustc_hash::FxHashMap;
use std::hash::Hash;

/// Rows without conflicts, and what must be given up before they are written.
pub(super) struct Resolved<'a> {
    pub(super) plans: Vec<Plan<'a>>,
    /// SIMs of the file whose identifier another row takes.
    pub(super) givers: Vec<usize>,
    /// Identifiers that SIMs outside the inventory lose to rows of the file.
    pub(super) released: Vec<(usize, ImportField)>,
}

/// Says nothing of who holds it: it may be another tenant.
pub(super) fn held_by_another(line: u64, field: ImportField) -> ImportError {
    ImportError { line, field, custom: None, message: "is already in use by another SIM".to_owned() }
}

pub(super) fn resolve<'a>(plans: Vec<Plan<'a>>, held: &Held, errors: &mut Vec<ImportError>) -> Resolved<'a> {
    let mut good = vec![true; plans.len()];
    let row_of = targets_once(&plans, held, &mut good, errors);
    once(&plans, &mut good, errors, ImportField::Imsi, |plan| plan.imsi);
    once(&plans, &mut good, errors, ImportField::Iccid, |plan| plan.iccid);
    once(&plans, &mut good, errors, ImportField::Msisdn, |plan| {
        plan.msisdn.filter(|_| !plan.is_terminated())
    });

    // What each row needs another SIM to give up.
    let mut needs = Vec::new();
    let mut released = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        let number = plan.msisdn.filter(|_| !plan.is_terminated());
        for (field, holder) in [
            (ImportField::Imsi, held.imsi(plan.imsi)),
            (ImportField::Iccid, held.iccid(plan.iccid)),
            (ImportField::Msisdn, held.msisdn(number)),
        ] {
            let Some(holder) = holder.filter(|holder| Some(*holder) != plan.target) else { continue };
            match row_of.get(&holder) {
                Some(giver) => needs.push((index, *giver, field, holder)),
                // Of SIMs that only the network knows; those in stock keep what they have.
                None if held
                    .sims
                    .get(holder)
                    .is_some_and(|sim| sim.tenant.is_none() && held.stocked(sim.id).is_none()) =>
                {
                    released.push((index, holder, field));
                }
                None => {
                    good[index] = false;
                    errors.push(held_by_another(plan.line(), field));
                }
            }
        }
    }
    // A giver that isn't written gives nothing up, and so on.
    loop {
        let refused = needs.iter().find(|(index, giver, field, _)| {
            good[*index] && !(good[*giver] && gives_up(&plans[*giver], &plans[*index], *field))
        });
        let Some((index, _, field, _)) = refused else { break };
        good[*index] = false;
        errors.push(held_by_another(plans[*index].line(), *field));
    }
    let givers = needs.iter().filter(|need| good[need.0]).map(|need| need.3).collect();
    let released = released.iter().filter(|release| good[release.0]).map(|r| (r.1, r.2)).collect();
    let plans = plans.into_iter().zip(good).filter_map(|(plan, good)| good.then_some(plan)).collect();
    Resolved { plans, givers, released }
}

/// Where each SIM's row is; a second row about it is refused.
fn targets_once(
    plans: &[Plan<'_>],
    held: &Held,
    good: &mut [bool],
    errors: &mut Vec<ImportError>,
) -> FxHashMap<usize, usize> {
    let mut row_of = FxHashMap::with_capacity_and_hasher(held.sims.len(), rustc_hash::FxBuildHasher);
    for (index, plan) in plans.iter().enumerate() {
        let Some(target) = plan.target else { continue };
        let first = *row_of.entry(target).or_insert(index);
        if first != index {
            good[index] = false;
            let message = format!("is the same SIM as line {}", plans[first].line());
            let field = ImportField::Identifier;
            errors.push(ImportError { line: plan.line(), field, custom: None, message });
        }
    }
    row_of
}

/// Refuses a value's second row.
fn once<T: Eq + Hash>(
    plans: &[Plan<'_>],
    good: &mut [bool],
    errors: &mut Vec<ImportError>,
    field: ImportField,
    value: impl Fn(&Plan<'_>) -> Option<T>,
) {
    let mut seen = FxHashMap::with_capacity_and_hasher(plans.len(), rustc_hash::FxBuildHasher);
    for (index, plan) in plans.iter().enumerate() {
        let Some(value) = value(plan).filter(|_| good[index]) else { continue };
        let first = *seen.entry(value).or_insert(index);
        if first != index {
            good[index] = false;
            let message = format!("is also in line {}", plans[first].line());
            errors.push(ImportError { line: plan.line(), field, custom: None, message });
        }
    }
}

/// Whether the giver's SIM won't have what the taker's row says any more.
fn gives_up(giver: &Plan<'_>, taker: &Plan<'_>, field: ImportField) -> bool {
    match field {
        ImportField::Imsi => giver.imsi != taker.imsi,
        ImportField::Iccid => giver.iccid != taker.iccid,
        _ => giver.msisdn != taker.msisdn || giver.is_terminated(),
    }
}
