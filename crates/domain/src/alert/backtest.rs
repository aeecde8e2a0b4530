//! A rule tried on records of before (試跑): which alerts, when, and how many messages.

use super::{AlertKind, AlertLine};
use crate::{
    state::coded,
    time::{Day, Timestamp},
};
use serde::{Deserialize, Serialize};

/// How far back a rule is tried.
pub const BACKTEST_DAYS: i32 = 90;
/// Alerts that are shown as lines.
pub const BACKTEST_LINES: usize = 50;

coded! {
    /// What bounds the time that a rule was tried on.
    Reach {
        /// Nothing: it is all that was asked for.
        Whole = 1 "whole",
        /// Raw records don't reach further back.
        Records = 2 "records",
        /// More records or alerts than are looked at for one try.
        Work = 3 "work",
    }
}

coded! {
    /// Why a kind of alert is judged in part or not at all.
    Unjudged {
        /// People cause it, and what they did isn't among the records.
        NotInRecords = 1 "not_in_records",
        /// Cycles that had begun before the records are left out.
        BegunCycle = 2 "begun_cycle",
        /// What is usual is learned from these records alone, so there may be fewer at first.
        Learned = 3 "learned",
    }
}

/// What a rule would have done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// As if the rule had been enabled then.
    pub from: Timestamp,
    /// Not after `from`: there are too few records to say anything.
    pub until: Timestamp,
    pub reach: Reach,
    /// SIMs that the rule is for, as they are now.
    pub sims: u64,
    /// Alerts of each day of the tenant's, those without any included. Parts of a common cause aren't among them.
    pub days: Vec<(Day, u32)>,
    pub parts: u32,
    /// The first of them.
    pub first: Vec<AlertLine>,
    pub told: Vec<Told>,
    pub unjudged: Vec<(AlertKind, Unjudged)>,
}

impl Backtest {
    pub fn alerts(&self) -> u64 {
        self.days.iter().map(|(_, alerts)| u64::from(*alerts)).sum()
    }

    pub fn is_judged(&self) -> bool {
        self.until > self.from
    }
}

/// What a channel would have been told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub name: String,
    /// It may be used; else it would have been told nothing.
    pub on: bool,
    /// Addresses or numbers; each gets every message.
    pub recipients: u32,
    pub at_once: u32,
    /// Messages that sum up what was held back: digests, what windows kept, what flapped.
    pub summed_up: u32,
}

impl Told {
    pub fn messages(&self) -> u64 {
        u64::from(self.at_once + self.summed_up) * u64::from(self.recipients)
    }
}
