//! Groups as their page shows them, and what is done to many SIMs at once.

use crate::{
    ids::{FieldId, GroupId, TenantId},
    query::SimQuery,
    sim_set::SimSet,
};
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, collections::BTreeSet};

/// A group on the page of groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupLine {
    pub id: GroupId,
    pub tenant: TenantId,
    /// Nested by name: `北區/台北`.
    pub name: String,
    /// Where SIMs are that name no group. It can't be removed.
    pub is_default: bool,
    /// SIMs in it and in the groups nested in it, without terminated ones; and how many of them are connected.
    pub sims: u64,
    pub connected: u64,
    /// SIMs in the group itself, terminated ones too: what moves when it is removed.
    pub own: u64,
    /// Where these move to then; `None`: out of reach.
    pub above: Option<GroupId>,
    /// May be renamed, moved and removed by who asks.
    pub may_change: bool,
}

/// The most levels that nested names may have, and the most characters altogether.
pub const MOST_LEVELS: usize = 6;
pub const MOST_NAME: usize = 100;

/// `北區 / 台北` becomes `北區/台北`; the error says what would be right.
pub fn nested_name(name: &str) -> Result<String, String> {
    let parts: Vec<&str> = name.split('/').map(str::trim).collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err("has an empty part; nested names are written 北區/台北".to_owned());
    }
    if parts.len() > MOST_LEVELS {
        return Err(format!("has more than {MOST_LEVELS} levels"));
    }
    Ok(parts.join("/"))
}

/// `北區/台北` is within `北區`, and so is `北區` itself.
pub fn is_within(name: &str, parent: &str) -> bool {
    name.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What stands above a nested name: `北區` for `北區/台北`.
pub fn parent_of(name: &str) -> Option<&str> {
    name.rsplit_once('/').map(|(parent, _)| parent)
}

/// Names in the order of a tree: each below what it is nested in.
pub fn by_path(one: &str, other: &str) -> Ordering {
    one.split('/').cmp(other.split('/'))
}

/// A line of a tree of names.
#[derive(Clone, Debug, PartialEq)]
pub enum Branch<T> {
    Leaf(T),
    /// The beginning of names that is no name itself.
    Heading(String),
}

/// The tree of what is in the order of its names ([`by_path`]): each below its parent, which is a heading where nothing has
/// that name.
pub fn branches<T>(sorted: impl IntoIterator<Item = T>, name: impl Fn(&T) -> &str) -> Vec<Branch<T>> {
    let (mut branches, mut there) = (Vec::new(), BTreeSet::new());
    for leaf in sorted {
        let path = name(&leaf);
        for (end, _) in path.match_indices('/') {
            let parent = path.get(..end).unwrap_or_default();
            if there.insert(parent.to_owned()) {
                branches.push(Branch::Heading(parent.to_owned()));
            }
        }
        there.insert(path.to_owned());
        branches.push(Branch::Leaf(leaf));
    }
    branches
}

/// Which SIMs an operation is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SimChoice {
    These(SimSet),
    /// Everything that the list finds, all pages of it.
    Matching(SimQuery),
}

/// A tag given to SIMs, or taken from them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagEdit {
    pub tag: String,
    pub add: bool,
    pub sims: SimSet,
}

/// What puts things back as they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Undo {
    Move(Vec<(GroupId, SimSet)>),
    Tags(Vec<TagEdit>),
}

/// What became of an operation on many SIMs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkDone {
    /// SIMs that are different now.
    pub changed: u64,
    pub undo: Undo,
}

/// What is said of one SIM on its page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimSaid {
    /// Empty: it has none.
    pub name: String,
    pub group: GroupId,
    pub tags: Vec<String>,
    /// Of every field of the tenant; empty: it has no value.
    pub fields: Vec<(FieldId, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_nest() {
        assert_eq!(nested_name(" 北區 / 台北 "), Ok("北區/台北".to_owned()));
        for wrong in ["", "/", "a//b", "a/", " / a", "1/2/3/4/5/6/7"] {
            assert!(nested_name(wrong).is_err(), "{wrong}");
        }
        assert!(is_within("北區/台北", "北區") && is_within("北區", "北區") && !is_within("北區二", "北區"));
        assert_eq!((parent_of("a/b/c"), parent_of("a")), (Some("a/b"), None));
    }
}
