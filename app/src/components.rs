//! What pages are made of. These show; they don't fetch.

mod badge;
mod copy;
mod dialog;
mod form;
mod icon;
mod menu;
mod notice;
mod submission;
mod table;
mod when;

pub use badge::{ConnectionBadge, ServiceBadge, connection_tone, service_tone};
pub use copy::{Copy, Toast, Toaster, use_toaster};
pub use dialog::{Dialog, WhyField, reason};
pub use form::{Check, Choice, DayFilter, GroupChecks, GroupLimit, TextArea, TextField};
pub use icon::Icon;
pub use menu::Menu;
pub use notice::{ErrorNotice, Notice, SkeletonRows};
pub use submission::{Confirm, DialogForm, Submission};
pub use table::{CardTable, EditRemove, Head, OnOff, Pages};
pub use when::When;
