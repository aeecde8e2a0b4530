//! The list's address: the query, and which columns are shown in which order.

use crate::{dom, prefs::Prefs};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use opencmp_domain::query::{SimColumn, SimQuery, Sort, StateFilter};

pub const PATH: &str = "/sims";

/// What the address asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The error names the parameter that can't be read.
    pub query: Result<SimQuery, String>,
    pub columns: Vec<SimColumn>,
    /// The columns are in the address, not only the reader's habit.
    pub columns_given: bool,
}

pub fn use_asked(prefs: &Prefs) -> Memo<Asked> {
    let map = use_query_map();
    let habit = parse_columns(&prefs.columns);
    Memo::new(move |_| {
        map.with(|map| {
            let given = map.get("cols").and_then(|cols| parse_columns(&cols));
            Asked {
                query: SimQuery::from_pairs(|name| map.get(name)),
                columns_given: given.is_some(),
                columns: given.or_else(|| habit.clone()).unwrap_or_else(|| SimColumn::DEFAULT.to_vec()),
            }
        })
    })
}

impl Asked {
    /// The query, or the default one where the address is wrong, for what lies around the error.
    pub fn query(&self) -> SimQuery {
        self.query.clone().unwrap_or_default()
    }

    /// The address with something changed; the page goes back to the first unless `change` sets it.
    pub fn with(&self, change: impl FnOnce(&mut SimQuery)) -> String {
        let mut query = self.query();
        query.page = 1;
        change(&mut query);
        self.address(&query)
    }

    pub fn with_state(&self, state: StateFilter) -> String {
        self.with(|query| query.state = state)
    }

    /// A column's header: sorts by it; once more turns it round. Figures and times begin with the largest.
    pub fn with_sort(&self, column: SimColumn) -> String {
        self.with(|query| {
            let descending = match query.sort {
                Sort { column: sorted, descending } if sorted == column => !descending,
                _ => largest_first(column),
            };
            query.sort = Sort { column, descending };
        })
    }

    pub fn with_columns(&self, columns: &[SimColumn]) -> String {
        let mut pairs = self.query().to_pairs();
        if columns != SimColumn::DEFAULT {
            pairs.push(("cols", write_columns(columns)));
        }
        dom::url(&dom::at(PATH), &pairs)
    }

    fn address(&self, query: &SimQuery) -> String {
        dom::url(&dom::at(PATH), &self.pairs(query))
    }

    fn pairs(&self, query: &SimQuery) -> Vec<(&'static str, String)> {
        let mut pairs = query.to_pairs();
        if self.columns_given {
            pairs.push(("cols", write_columns(&self.columns)));
        }
        pairs
    }

    /// The query string of a saved view or a download: without the page, columns always included.
    pub fn kept(&self) -> String {
        let mut query = self.query();
        query.page = 1;
        let mut pairs = query.to_pairs();
        pairs.push(("cols", write_columns(&self.columns)));
        let url = dom::url("", &pairs);
        url.trim_start_matches('?').to_owned()
    }

    /// Something is chosen that hides SIMs.
    pub fn is_filtered(&self) -> bool {
        let query = self.query();
        query.group.is_some()
            || query.state != StateFilter::All
            || !query.text.is_empty()
            || query.list.is_some()
    }

    /// The address without what hides SIMs.
    pub fn unfiltered(&self) -> String {
        self.with(|query| {
            let kept = query.clone();
            *query = SimQuery { sort: kept.sort, page_size: kept.page_size, ..SimQuery::default() };
        })
    }
}

fn largest_first(column: SimColumn) -> bool {
    matches!(
        column,
        SimColumn::UsageToday | SimColumn::UsageCycle | SimColumn::LastAccess | SimColumn::Connection
    )
}

/// `msisdn,imei,…`; the number is always there and always first. `None` when nothing in the text is a column.
pub fn parse_columns(text: &str) -> Option<Vec<SimColumn>> {
    let mut columns = vec![SimColumn::Msisdn];
    for column in text.split(',').filter_map(|name| name.parse().ok()) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    (!text.is_empty() && columns.len() > 1).then_some(columns)
}

pub fn write_columns(columns: &[SimColumn]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.as_str()).collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::ServiceState;

    fn asked(query: SimQuery) -> Asked {
        Asked { query: Ok(query), columns: SimColumn::DEFAULT.to_vec(), columns_given: false }
    }

    #[test]
    fn a_filter_goes_back_to_the_first_page_and_keeps_the_rest() {
        let here = asked(SimQuery { page: 7, page_size: 100, text: "桃園".into(), ..SimQuery::default() });
        assert_eq!(
            here.with_state(StateFilter::Service(ServiceState::Active)),
            "/sims?state=active&q=%E6%A1%83%E5%9C%92&size=100"
        );
        assert_eq!(here.unfiltered(), "/sims?size=100");
    }

    #[test]
    fn a_header_sorts_and_then_turns_round() {
        let here = asked(SimQuery::default());
        assert_eq!(here.with_sort(SimColumn::UsageToday), "/sims?sort=-today");
        assert_eq!(here.with_sort(SimColumn::Msisdn), "/sims?sort=-msisdn");
        let sort = Sort { column: SimColumn::UsageToday, descending: true };
        assert_eq!(
            asked(SimQuery { sort, ..SimQuery::default() }).with_sort(SimColumn::UsageToday),
            "/sims?sort=today"
        );
    }

    #[test]
    fn the_number_is_always_the_first_column() {
        let columns = parse_columns("apn,nonsense,apn,msisdn").unwrap();
        assert_eq!(columns, [SimColumn::Msisdn, SimColumn::Apn]);
        assert_eq!(parse_columns(""), None);
        assert_eq!(parse_columns("nonsense"), None);
    }
}
