//! What the SIM list asks for, and its form in a URL: a link to a list is a link to what it shows.

use crate::{
    dashboard::FleetCounts,
    ids::GroupId,
    sim::SimRow,
    state::{ConnectionState, ServiceState, coded},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// One chip: 全部/測試/暫停/啟用/停用/已連線/未確認/未連線.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StateFilter {
    /// All but terminated.
    #[default]
    All,
    Service(ServiceState),
    Connection(ConnectionState),
}

impl StateFilter {
    pub const CHIPS: [Self; 8] = [
        Self::All,
        Self::Service(ServiceState::Test),
        Self::Service(ServiceState::Suspended),
        Self::Service(ServiceState::Active),
        Self::Service(ServiceState::Deactivated),
        Self::Connection(ConnectionState::Connected),
        Self::Connection(ConnectionState::Unconfirmed),
        Self::Connection(ConnectionState::Disconnected),
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Service(state) => state.as_str(),
            Self::Connection(state) => state.as_str(),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "all" => Some(Self::All),
            _ => {
                let service = text.parse().ok().map(Self::Service);
                service.or_else(|| text.parse().ok().map(Self::Connection))
            }
        }
    }

    pub fn count(self, counts: &FleetCounts) -> u64 {
        match self {
            Self::All => counts.all,
            Self::Service(state) => counts.service(state),
            Self::Connection(state) => counts.connection(state),
        }
    }
}

coded! {
    /// 查詢門號 / ICCID / IMEI / IMSI / SIM卡號 / 批號 / 設備名稱. Prefix or any part.
    SearchKind {
        /// Every kind at once: the shell's search box.
        Any = 0 "any",
        Msisdn = 1 "msisdn",
        Iccid = 2 "iccid",
        Imei = 3 "imei",
        Imsi = 4 "imsi",
        /// The number printed on the card: the ICCID, also without check digit.
        SimCard = 5 "simcard",
        Batch = 6 "batch",
        Name = 7 "name",
    }
}

coded! {
    /// Columns of the SIM list, in the brochure's order; those after `Plan` are off until chosen.
    SimColumn {
        Msisdn = 0 "msisdn",
        Imei = 1 "imei",
        Batch = 2 "batch",
        ServiceState = 3 "service",
        UsageToday = 4 "today",
        UsageCycle = 5 "cycle",
        Connection = 6 "connection",
        Apn = 7 "apn",
        LastAccess = 8 "access",
        Name = 9 "name",
        Plan = 10 "plan",
        Iccid = 11 "iccid",
        Imsi = 12 "imsi",
        Group = 13 "group",
        Tags = 14 "tags",
        Rat = 15 "rat",
        Network = 16 "network",
    }
}

impl SimColumn {
    pub const DEFAULT: [Self; 11] = [
        Self::Msisdn,
        Self::Imei,
        Self::Batch,
        Self::ServiceState,
        Self::UsageToday,
        Self::UsageCycle,
        Self::Connection,
        Self::Apn,
        Self::LastAccess,
        Self::Name,
        Self::Plan,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    pub column: SimColumn,
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self { column: SimColumn::Msisdn, descending: false }
    }
}

/// What the list shows. Columns shown are the page's business, not the query's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimQuery {
    pub group: Option<GroupId>,
    pub state: StateFilter,
    pub search: SearchKind,
    pub text: String,
    /// A pasted list of numbers, kept on the server under this id.
    pub list: Option<String>,
    pub sort: Sort,
    /// From 1.
    pub page: u32,
    pub page_size: u32,
}

impl Default for SimQuery {
    fn default() -> Self {
        Self {
            group: None,
            state: StateFilter::All,
            search: SearchKind::Any,
            text: String::new(),
            list: None,
            sort: Sort::default(),
            page: 1,
            page_size: Self::PAGE_SIZES[1],
        }
    }
}

impl SimQuery {
    pub const PAGE_SIZES: [u32; 4] = [25, 50, 100, 200];
    /// The most characters that a search may have.
    pub const MOST_TEXT: usize = 64;
    /// The most lines that a pasted list may have.
    pub const MOST_PASTED: usize = 10_000;

    /// Pairs for a URL; what is at its default is left out.
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let default = Self::default();
        let mut pairs = Vec::new();
        if let Some(group) = self.group {
            pairs.push(("group", group.to_string()));
        }
        if self.state != default.state {
            pairs.push(("state", self.state.as_str().to_owned()));
        }
        if !self.text.is_empty() {
            pairs.push(("q", self.text.clone()));
            if self.search != default.search {
                pairs.push(("by", self.search.as_str().to_owned()));
            }
        }
        if let Some(list) = &self.list {
            pairs.push(("list", list.clone()));
        }
        if self.sort != default.sort {
            let dash = if self.sort.descending { "-" } else { "" };
            pairs.push(("sort", format!("{dash}{}", self.sort.column)));
        }
        if self.page != 1 {
            pairs.push(("page", self.page.to_string()));
        }
        if self.page_size != default.page_size {
            pairs.push(("size", self.page_size.to_string()));
        }
        pairs
    }

    /// Reads a URL's pairs. What can't be read is an error that names the parameter.
    pub fn from_pairs(get: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mut query = Self::default();
        let given = |name: &str| get(name).filter(|value| !value.is_empty());
        if let Some(group) = given("group") {
            query.group = Some(group.parse().map_err(|_| format!("group: {group:?} is not a group's id"))?);
        }
        if let Some(state) = given("state") {
            query.state =
                StateFilter::parse(&state).ok_or_else(|| format!("state: {state:?} is not a state"))?;
        }
        if let Some(text) = given("q") {
            if text.chars().count() > Self::MOST_TEXT {
                return Err(format!("q: at most {} characters", Self::MOST_TEXT));
            }
            query.text = text.trim().to_owned();
        }
        if let Some(by) = given("by") {
            query.search = by.parse().map_err(|e| format!("by: {e}"))?;
        }
        query.list = given("list");
        if let Some(sort) = given("sort") {
            let column = sort.trim_start_matches('-').parse().map_err(|e| format!("sort: {e}"))?;
            query.sort = Sort { column, descending: sort.starts_with('-') };
        }
        if let Some(page) = given("page") {
            query.page = match page.parse() {
                Ok(page @ 1..) => page,
                _ => return Err(format!("page: {page:?} is not a page number from 1")),
            };
        }
        if let Some(size) = given("size") {
            query.page_size = match size.parse() {
                Ok(size) if Self::PAGE_SIZES.contains(&size) => size,
                _ => return Err(format!("size: {size:?} is not one of 25, 50, 100, 200")),
            };
        }
        Ok(query)
    }
}

/// A page of the list, with the chips' counts under the same group and search (the state chip left aside).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimPage {
    pub rows: Vec<SimRow>,
    /// SIMs that the whole query matches.
    pub total: u64,
    pub counts: FleetCounts,
    /// Lines of a pasted list that matched nothing in scope, at most 100 of them, and how many there are in all.
    pub unmatched: Vec<String>,
    pub unmatched_total: u64,
    pub as_of: Timestamp,
}

/// 變更選單列表, kept: a query with its columns under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedView {
    pub id: crate::ids::ViewId,
    pub name: String,
    /// Seen by everyone in the tenant, not only by who made it.
    pub shared: bool,
    /// Query string of the list, columns included.
    pub query: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_what_the_list_shows() {
        let query = SimQuery {
            group: Some(GroupId(7)),
            state: StateFilter::Connection(ConnectionState::Connected),
            search: SearchKind::Iccid,
            text: "8988".into(),
            list: None,
            sort: Sort { column: SimColumn::UsageToday, descending: true },
            page: 3,
            page_size: 100,
        };
        let pairs = query.to_pairs();
        let read =
            SimQuery::from_pairs(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone()));
        assert_eq!(read.unwrap(), query);
        assert!(SimQuery::default().to_pairs().is_empty());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, value) in
            [("group", "x"), ("state", "asleep"), ("sort", "colour"), ("page", "0"), ("size", "7")]
        {
            let error = SimQuery::from_pairs(|n| (n == name).then(|| value.to_owned())).unwrap_err();
            assert!(error.starts_with(name), "{error}");
        }
    }
}
