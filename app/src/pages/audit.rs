//! The audit log: newest first, by kind of action, person and time, page by page; what is shown stands in the URL.

use crate::{
    api::people::{self as api, AUDIT_PAGE},
    components::{DayFilter, ErrorNotice, Icon, Notice, SkeletonRows},
    dom,
    format::{self, use_format},
    i18n::use_texts,
    json::fetched,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use opencmp_domain::{
    Day, PersonId, Tz,
    people::{AuditFilter, AuditLine},
};

/// What is asked for, as its address says it: `?action=person.&who=7&from=2026-11-01&until=2026-11-23&before=300`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    action: Option<String>,
    who: Option<PersonId>,
    from: Option<Day>,
    /// Included.
    until: Option<Day>,
    before: Option<u64>,
}

impl Asked {
    fn of(get: impl Fn(&str) -> Option<String>) -> Self {
        let day = |name: &str| get(name).and_then(|text| text.parse().ok());
        Self {
            action: get("action").filter(|action| !action.is_empty()),
            who: get("who").and_then(|who| who.parse().ok()),
            from: day("from"),
            until: day("until"),
            before: get("before").and_then(|before| before.parse().ok()),
        }
    }

    fn url(&self) -> String {
        let pairs = [
            ("action", self.action.clone()),
            ("who", self.who.map(|who| who.to_string())),
            ("from", self.from.map(format::day)),
            ("until", self.until.map(format::day)),
            ("before", self.before.map(|before| before.to_string())),
        ];
        let pairs: Vec<_> = pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        dom::url("/audit", &pairs)
    }

    /// The same, changed, from its newest page on.
    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut wanted = Self { before: None, ..self.clone() };
        change(&mut wanted);
        wanted
    }

    fn filter(&self, zone: Tz) -> AuditFilter {
        AuditFilter {
            person: self.who,
            action: self.action.clone(),
            from: self.from.map(|day| day.start(zone)),
            until: self.until.map(|day| day.next().start(zone)),
            before: self.before,
        }
    }
}

#[component]
pub fn AuditPage() -> impl IntoView {
    let t = use_texts().people();
    let zone = use_format().zone;
    let map = use_query_map();
    let asked = Memo::new(move |_| map.with(|map| Asked::of(|name| map.get(name))));
    let lines = fetched(move || asked.get(), move |asked| api::audit(asked.filter(zone)));
    let navigate = StoredValue::new(use_navigate());
    let go = move |change: &dyn Fn(&mut Asked)| {
        let wanted = asked.get_untracked().with(change);
        navigate.with_value(|navigate| navigate(&wanted.url(), NavigateOptions::default()));
    };
    let kinds = [
        ("", t.audit_all),
        ("person.", t.audit_people),
        ("export", t.audit_exports),
        ("tenant.", t.audit_tenants),
        ("plan.", t.audit_plans),
        ("gateway.", t.audit_gateways),
        ("provider.", t.audit_providers),
        ("portal.", t.audit_portals),
        ("alert", t.audit_alerts),
        ("sim.", t.audit_inventory),
        ("group.", t.audit_groups),
        ("field.", t.audit_fields),
        ("stock.", t.audit_stock),
        ("cell.", t.audit_cells),
    ];
    view! {
        <Title text=t.audit/>
        <div class="page">
            <header class="page-head">
                <h1>{t.audit}</h1>
                <p class="muted">{t.audit_hint}</p>
                <div class="end button-row">
                    <select
                        class="select"
                        aria-label=t.audit_what
                        on:change=move |event| {
                            let action = Some(event_target_value(&event)).filter(|action| !action.is_empty());
                            go(&move |asked| asked.action = action.clone());
                        }
                    >
                        {kinds
                            .map(|(kind, name)| {
                                let chosen = move || asked.with(|asked| asked.action.as_deref().unwrap_or_default() == kind);
                                view! { <option value=kind selected=chosen>{name}</option> }.into_any()
                            })}
                    </select>
                    <DayFilter label=t.audit_since day=move || asked.get().from on_choose=move |day| go(&move |asked| asked.from = day)/>
                    <DayFilter label=t.audit_until day=move || asked.get().until on_choose=move |day| go(&move |asked| asked.until = day)/>
                    <a class="button" href="/download/audit.jsonl" rel="external" download="">
                        <Icon name="download"/>
                        {t.audit_file}
                    </a>
                </div>
            </header>
            <section class="card">
                <Transition fallback=move || view! { <SkeletonRows rows=14/> }>
                    {move || Suspend::new(async move {
                        match lines.await {
                            Ok(lines) => view! { <Lines lines asked=asked.get_untracked()/> }.into_any(),
                            Err(error) => view! { <ErrorNotice error retry=move || lines.refetch()/> }.into_any(),
                        }
                    })}
                </Transition>
            </section>
        </div>
    }
}

#[component]
fn Lines(lines: Vec<AuditLine>, asked: Asked) -> impl IntoView {
    let t = use_texts().people();
    let older = (lines.len() == AUDIT_PAGE as usize).then(|| lines.last().map(|line| line.seq)).flatten();
    let older = older.map(|before| Asked { before: Some(before), ..asked.clone() }.url());
    let newest = asked.with(|_| {}).url();
    let by = asked.who.map(|id| {
        let name = lines.first().and_then(|line| line.who.clone()).unwrap_or_else(|| format!("#{id}"));
        let anybody = asked.with(|asked| asked.who = None).url();
        view! {
            <p class="card-note">
                {(t.audit_by)(&name)} " " <a class="button quiet small" href=anybody>{t.audit_anybody}</a>
            </p>
        }
        .into_any()
    });
    if lines.is_empty() {
        return view! { {by} <Notice icon="inbox" title=t.audit_none/> }.into_any();
    }
    view! {
        {by}
        <div class="scroll">
            <table class="table audit">
                <thead>
                    <tr>
                        <th scope="col" class="num">"#"</th>
                        <th scope="col">{t.audit_when}</th>
                        <th scope="col">{t.audit_who}</th>
                        <th scope="col">{t.audit_from}</th>
                        <th scope="col">{t.audit_what}</th>
                        <th scope="col">{t.audit_subject}</th>
                        <th scope="col">{t.audit_detail}</th>
                    </tr>
                </thead>
                <tbody>
                    {lines.into_iter().map(|line| view! { <Line line asked=&asked/> }.into_any()).collect_view()}
                </tbody>
            </table>
        </div>
        <nav class="card-foot button-row">
            <a class="button small" href=newest>{t.audit_newest}</a>
            {older.map(|older| view! { <a class="button small" href=older>{t.audit_older}</a> }.into_any())}
        </nav>
    }
    .into_any()
}

#[component]
fn Line<'a>(line: AuditLine, asked: &'a Asked) -> impl IntoView {
    let t = use_texts().people();
    let f = use_format();
    let action = t.action_name(&line.action).map_or_else(|| line.action.clone(), str::to_owned);
    let parts = [(t.audit_before, line.before), (t.audit_after, line.after), (t.audit_why, line.why)];
    let parts: Vec<_> = parts.into_iter().filter_map(|(what, text)| Some((what, text?))).collect();
    let detail = (!parts.is_empty()).then(|| {
        let parts = parts.into_iter().map(|(what, text)| {
            view! { <p><span class="muted">{what}</span>" "<code>{text}</code></p> }.into_any()
        });
        view! {
            <details>
                <summary>{t.audit_detail}</summary>
                {parts.collect_view()}
            </details>
        }
        .into_any()
    });
    // `Name <address>`: the name is enough to look at.
    let who = line.who.unwrap_or_else(|| t.audit_system.to_owned());
    let name = who.split(" <").next().unwrap_or_default().to_owned();
    let name = match line.person {
        Some(id) => {
            let theirs = asked.with(|asked| asked.who = Some(id)).url();
            let hint = (t.audit_by_hint)(&name);
            view! { <a href=theirs aria-label=hint>{name}</a> }.into_any()
        }
        None => name.into_any(),
    };
    view! {
        <tr>
            <td class="num muted">{line.seq}</td>
            <td>{f.date_time(line.at)}</td>
            <td title=who>{name}</td>
            <td class="mono">{line.from.unwrap_or_else(|| "–".to_owned())}</td>
            <td title=line.action.clone()>{action}</td>
            <td class="wrap">{line.subject}</td>
            <td class="wrap detail">{detail}</td>
        </tr>
    }
}
