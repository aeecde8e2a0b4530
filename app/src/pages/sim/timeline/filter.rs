//! Which events are shown: of one kind, of some days.

use crate::{
    components::DayFilter,
    format::{self, use_format},
    pages::sim::filtered::changing,
};
use leptos::{ev::Event, prelude::*};
use opencmp_domain::{
    Day, SimId, Tz,
    event::{EventKind, TimelineFilter},
};

/// The filter as its address says it: `?tab=timeline&kind=rat_changed&from=2026-11-01&until=2026-11-23`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    kind: Option<EventKind>,
    from: Option<Day>,
    /// Included.
    until: Option<Day>,
}

impl Asked {
    pub fn of(get: impl Fn(&str) -> Option<String>) -> Self {
        let day = |name: &str| get(name).and_then(|text| text.parse().ok());
        let kind = get("kind").and_then(|text| text.parse().ok());
        Self { kind, from: day("from"), until: day("until") }
    }

    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let kind = self.kind.map(|kind| kind.to_string());
        [("kind", kind), ("from", self.from.map(format::day)), ("until", self.until.map(format::day))]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }

    pub fn filter(&self, zone: Tz) -> TimelineFilter {
        TimelineFilter {
            kind: self.kind,
            from: self.from.map(|day| day.start(zone)),
            until: self.until.map(|day| day.next().start(zone)),
        }
    }
}

#[component]
pub fn Filters(id: SimId, asked: Memo<Asked>) -> impl IntoView {
    let t = use_format().t;
    let go = changing(id, "timeline", asked, Asked::pairs);
    let choose = move |event: Event| {
        let kind = event_target_value(&event).parse().ok();
        go(&move |asked| asked.kind = kind);
    };
    let option = move |kind: Option<EventKind>, label: &'static str| {
        let chosen = move || asked.get().kind == kind;
        let value = kind.map(EventKind::as_str).unwrap_or_default();
        view! { <option value=value selected=chosen prop:selected=chosen>{label}</option> }.into_any()
    };
    view! {
        <select class="select" aria-label=t.sim().event_kind on:change=choose>
            {option(None, t.sim().event_kinds_all)}
            {EventKind::ALL.iter().map(|kind| option(Some(*kind), t.event(*kind))).collect_view()}
        </select>
        <DayFilter
            label=t.sim().from
            day=move || asked.get().from
            on_choose=move |day| go(&move |asked| asked.from = day)
        />
        <DayFilter
            label=t.sim().until
            day=move || asked.get().until
            on_choose=move |day| go(&move |asked| asked.until = day)
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencmp_domain::time::DEFAULT_ZONE;

    #[test]
    fn the_address_says_the_filter_and_the_last_day_is_included() {
        let asked = Asked {
            kind: Some(EventKind::RatChanged),
            from: "2026-11-01".parse().ok(),
            until: "2026-11-02".parse().ok(),
        };
        let pairs = asked.pairs();
        let read = Asked::of(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone()));
        assert_eq!(read, asked);
        let filter = asked.filter(DEFAULT_ZONE);
        assert_eq!(filter.kind, Some(EventKind::RatChanged));
        assert_eq!(filter.until.unwrap().secs_since(filter.from.unwrap()), 2 * 86_400);
        assert_eq!(Asked::of(|_| Some("nonsense".to_owned())), Asked::default());
    }
}
