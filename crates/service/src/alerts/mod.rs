//! Alerts as people meet them. All of it is a tenant's: the operator's staff enter one first.
//!
//! - [`history`]: what happened, what was done about it, and what became of telling somebody.
//! - [`rules`]: when something is an alert. [`channels`]: by which ways people and programs are told. [`check`]: what can be said
//!   of these. [`backtest`]: what a rule would have made of records of before. [`test`]: whether a channel works.
//!   [`why`]: why a rule raised an alert, or why it didn't.
//! - [`messages`]: words become messages.
//!
//! Who is limited to groups sees alerts of SIMs that were in these, and rules that are for these alone; what they are told of
//! an alert leaves out everything that reaches further: the rule, the common cause, to whom it was sent.

mod backtest;
mod channels;
mod check;
mod history;
mod messages;
mod rules;
mod test;
mod why;

pub(crate) use backtest::Tries;
pub use check::{channel_checked, rule_checked};
pub use messages::messages;
