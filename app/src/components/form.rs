//! What forms are made of.

use crate::{format, json::Fetched};
use leptos::{ev, prelude::*};
use opencmp_domain::{Day, GroupId, sim::GroupChoice};

/// A line of text with its label. Required, unless it says that it isn't.
#[component]
pub fn TextField(
    id: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    /// The most characters that it takes.
    most: u32,
    /// As in HTML: `email`, `password`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    /// Classes beside `input`.
    #[prop(optional)]
    class: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] readonly: bool,
    #[prop(optional)] optional: bool,
) -> impl IntoView {
    let hint_id = (!hint.is_empty()).then(|| format!("{id}-hint"));
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                name=id
                type=kind
                class=format!("input {class}")
                autocomplete=autocomplete
                autofocus=autofocus
                readonly=readonly
                required=!optional
                maxlength=most
                aria-describedby=hint_id.clone()
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
            />
            {hint_id.map(|hint_id| view! { <p id=hint_id class="field-hint">{hint}</p> }.into_any())}
        </div>
    }
}

/// Lines of text with their label. They may be none, unless it says that they are required.
#[component]
pub fn TextArea(
    id: &'static str,
    label: &'static str,
    value: RwSignal<String>,
    hint: &'static str,
    /// Classes beside `textarea`.
    #[prop(optional)]
    class: &'static str,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <textarea
                id=id
                class=format!("textarea short {class}")
                spellcheck="false"
                required=required
                aria-describedby=hint_id.clone()
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
            <p id=hint_id class="field-hint">{hint}</p>
        </div>
    }
}

/// A day of a filter, or none.
#[component]
pub fn DayFilter(
    label: &'static str,
    day: impl Fn() -> Option<Day> + Send + Sync + 'static,
    on_choose: impl Fn(Option<Day>) + 'static,
) -> impl IntoView {
    view! {
        <label class="range">
            <span class="muted">{label}</span>
            <input
                class="input"
                type="date"
                prop:value=move || day().map(format::day).unwrap_or_default()
                on:change=move |event| on_choose(event_target_value(&event).parse().ok())
            />
        </label>
    }
}

/// Yes or no.
#[component]
pub fn Check(label: &'static str, value: RwSignal<bool>) -> impl IntoView {
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=value on:change=move |event| value.set(event_target_checked(&event))/>
            {label}
        </label>
    }
}

/// One of a few.
#[component]
pub fn Choice<T>(
    id: &'static str,
    label: &'static str,
    options: Vec<(T, String)>,
    value: RwSignal<T>,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let held = value.get_untracked();
    let values: Vec<T> = options.iter().map(|(value, _)| *value).collect();
    let options: Vec<_> = options
        .into_iter()
        .enumerate()
        .map(|(place, (offer, name))| {
            view! { <option value=place.to_string() selected=offer == held>{name}</option> }.into_any()
        })
        .collect();
    let choose = move |event: ev::Event| {
        let place = event_target_value(&event).parse::<usize>().ok();
        if let Some(chosen) = place.and_then(|place| values.get(place)) {
            value.set(*chosen);
        }
    };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <select id=id class="select" on:change=choose>{options}</select>
        </div>
    }
}

/// Everything of the tenant, or these of its groups and what is nested in them.
#[component]
pub fn GroupLimit(
    label: &'static str,
    limited: RwSignal<bool>,
    chosen: RwSignal<Vec<GroupId>>,
    groups: Fetched<Vec<GroupChoice>>,
) -> impl IntoView {
    view! {
        <Check label value=limited/>
        <Show when=move || limited.get()>
            <GroupChecks chosen groups/>
        </Show>
    }
}

/// Some of the tenant's groups.
#[component]
pub fn GroupChecks(chosen: RwSignal<Vec<GroupId>>, groups: Fetched<Vec<GroupChoice>>) -> impl IntoView {
    let checks = move || {
        let offered = groups.get().and_then(Result::ok).unwrap_or_default();
        let check = |group: GroupChoice| view! { <GroupCheck group chosen/> }.into_any();
        offered.into_iter().map(check).collect_view()
    };
    view! { <div class="group-checks">{checks}</div> }
}

#[component]
fn GroupCheck(group: GroupChoice, chosen: RwSignal<Vec<GroupId>>) -> impl IntoView {
    let id = group.id;
    let choose = move |event: ev::Event| {
        let wanted = event_target_checked(&event);
        chosen.update(|chosen| {
            chosen.retain(|held| *held != id);
            if wanted {
                chosen.push(id);
            }
        });
    };
    view! {
        <label class="check">
            <input
                type="checkbox"
                prop:checked=move || chosen.with(|chosen| chosen.contains(&id))
                on:change=choose
            />
            {group.name}
        </label>
    }
}
