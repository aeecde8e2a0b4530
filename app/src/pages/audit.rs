//! The audit log: newest first, by kind of action, page by page; what is shown stands in the URL.

use crate::{
    api::people::{self as api, AUDIT_PAGE},
    components::{ErrorNotice, Icon, Notice, SkeletonRows},
    dom,
    format::use_format,
    i18n::use_texts,
    json::fetched,
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use opencmp_domain::people::AuditLine;

#[component]
pub fn AuditPage() -> impl IntoView {
    let t = use_texts().people();
    let map = use_query_map();
    let asked = Memo::new(move |_| {
        map.with(|map| (map.get("action"), map.get("before").and_then(|before| before.parse::<u64>().ok())))
    });
    let lines = fetched(move || asked.get(), |(action, before)| api::audit(action, None, before));
    let navigate = StoredValue::new(use_navigate());
    let choose = move |action: String| {
        let pairs: Vec<_> = (!action.is_empty()).then_some(("action", action)).into_iter().collect();
        navigate.with_value(|navigate| navigate(&dom::url("/audit", &pairs), NavigateOptions::default()));
    };
    let kinds = [
        ("", t.audit_all),
        ("person.", t.audit_people),
        ("export", t.audit_exports),
        ("tenant.", t.audit_tenants),
        ("gateway.", t.audit_gateways),
        ("sim.", t.audit_inventory),
        ("group.", t.audit_groups),
        ("field.", t.audit_fields),
        ("stock.", t.audit_stock),
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
                        on:change=move |event| choose(event_target_value(&event))
                    >
                        {kinds
                            .map(|(kind, name)| {
                                let chosen = move || asked.with(|(action, _)| action.as_deref().unwrap_or_default() == kind);
                                view! { <option value=kind selected=chosen>{name}</option> }.into_any()
                            })}
                    </select>
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
                            Ok(lines) if lines.is_empty() => {
                                view! { <Notice icon="inbox" title=t.audit_none/> }.into_any()
                            }
                            Ok(lines) => view! { <Lines lines action=asked.get_untracked().0/> }.into_any(),
                            Err(error) => view! { <ErrorNotice error retry=move || lines.refetch()/> }.into_any(),
                        }
                    })}
                </Transition>
            </section>
        </div>
    }
}

#[component]
fn Lines(lines: Vec<AuditLine>, action: Option<String>) -> impl IntoView {
    let t = use_texts().people();
    let older = (lines.len() == AUDIT_PAGE as usize).then(|| lines.last().map(|line| line.seq)).flatten();
    let to = move |before: Option<u64>| {
        let action = action.clone().map(|action| ("action", action));
        let before = before.map(|before| ("before", before.to_string()));
        dom::url("/audit", &action.into_iter().chain(before).collect::<Vec<_>>())
    };
    let newest = to(None);
    let older = older.map(|before| to(Some(before)));
    view! {
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
                    {lines.into_iter().map(|line| view! { <Line line/> }.into_any()).collect_view()}
                </tbody>
            </table>
        </div>
        <nav class="card-foot button-row">
            <a class="button small" href=newest>{t.audit_newest}</a>
            {older.map(|older| view! { <a class="button small" href=older>{t.audit_older}</a> }.into_any())}
        </nav>
    }
}

#[component]
fn Line(line: AuditLine) -> impl IntoView {
    let t = use_texts().people();
    let f = use_format();
    let action = t.action_name(&line.action).map_or_else(|| line.action.clone(), str::to_owned);
    let parts = [(t.audit_before, line.before), (t.audit_after, line.after), ("", line.why)];
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
