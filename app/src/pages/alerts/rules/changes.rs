//! 異動需求: changes of SIMs that rules want, and what became of them.

use crate::{
    api::alerts as api,
    components::{CardTable, Confirm, Dialog, ErrorNotice, Head, Notice, SkeletonRows, Submission},
    format::{Format, use_format},
    i18n::use_texts,
    json::fetched,
    pages::alerts::more::More,
};
use leptos::prelude::*;
use opencmp_domain::change::{ChangePage, ChangeRequest, ChangeState};

/// The tenant's, newest first.
#[component]
pub fn ChangeSection(writes: bool) -> impl IntoView {
    let t = use_texts().actions();
    let first = fetched(|| (), |()| api::changes(None));
    view! {
        <section class="card" id="changes">
            <div class="card-head">
                <h2>{t.changes}</h2>
                <span class="muted">{t.changes_hint}</span>
            </div>
            <Transition fallback=|| view! { <SkeletonRows rows=3/> }>
                {move || Suspend::new(async move {
                    match first.await {
                        Ok(page) => view! { <Listed page writes/> }.into_any(),
                        Err(error) => view! { <ErrorNotice error retry=move || first.refetch()/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Listed(page: ChangePage, writes: bool) -> impl IntoView {
    let (lines, next) = (RwSignal::new(page.lines), RwSignal::new(page.next));
    let load = move |before| async move {
        let page = api::changes(Some(before)).await?;
        let _ = lines.try_update(|lines| lines.extend(page.lines));
        Ok(page.next)
    };
    let gone = Callback::new(move |id| {
        let _ = lines.try_update(|lines| {
            for line in lines.iter_mut().filter(|line| line.id == id) {
                line.state = ChangeState::Withdrawn;
            }
        });
    });
    view! {
        {move || view! { <Changes lines=lines.get() writes gone/> }.into_any()}
        <More next load/>
    }
}

#[component]
fn Changes(
    lines: Vec<ChangeRequest>,
    writes: bool,
    gone: Callback<opencmp_domain::ChangeId>,
) -> impl IntoView {
    let t = use_texts().actions();
    let (asking, ask) = (RwSignal::new(None::<ChangeRequest>), RwSignal::new(false));
    let lines: Vec<_> =
        lines.into_iter().map(|line| view! { <Line line writes asking ask/> }.into_any()).collect();
    let heads = [t.sim, t.what, t.due, t.undone, t.state, t.wanted_by].map(Head::Text).into_iter();
    let heads = heads.chain(writes.then_some(Head::Hidden(t.withdraw))).collect();
    let empty = view! { <Notice icon="inbox" title=t.changes_none text=t.changes_none_hint class="small"/> }
        .into_any();
    view! {
        <CardTable heads lines empty region=(t.changes, "")/>
        <Dialog open=ask title=t.withdraw>
            <Withdraw asking ask gone/>
        </Dialog>
    }
}

/// Asks before a request is withdrawn.
#[component]
fn Withdraw(
    asking: RwSignal<Option<ChangeRequest>>,
    ask: RwSignal<bool>,
    gone: Callback<opencmp_domain::ChangeId>,
) -> impl IntoView {
    let texts = use_texts();
    let t = texts.actions();
    let submission = Submission::of(ask);
    let question = move || {
        asking.with(|held| held.as_ref().map(|held| (t.withdraw_ask)(t.change(held.what), &subject(held))))
    };
    let go_on = move |why| {
        let Some(held) = asking.get_untracked() else { return };
        let work = api::change_withdraw(held.id, why);
        let done = move |()| {
            gone.run(held.id);
            (t.withdrawn)(&subject(&held))
        };
        submission.send(work, done, |error| texts.error(&error));
    };
    view! { <Confirm submission question action=t.withdraw on_confirm=go_on/> }
}

#[component]
fn Line(
    line: ChangeRequest,
    writes: bool,
    asking: RwSignal<Option<ChangeRequest>>,
    ask: RwSignal<bool>,
) -> impl IntoView {
    let format = use_format();
    let t = format.t.actions();
    let label = (t.withdraw_of)(t.change(line.what), &subject(&line));
    let undone = line.undo_at.map_or_else(|| "–".to_owned(), |at| format.date_time(at));
    let by = format!("{} #{}", line.rule_name.as_deref().unwrap_or_default(), line.alert);
    let held = StoredValue::new(line.clone());
    let withdraw = (line.state == ChangeState::Wanted).then(|| {
        view! {
            <button
                type="button"
                class="button small"
                aria-label=label
                on:click=move |_| {
                    asking.set(Some(held.get_value()));
                    ask.set(true);
                }
            >
                {t.withdraw}
            </button>
        }
        .into_any()
    });
    view! {
        <tr>
            <th scope="row"><a href=format!("/sims/{}", line.sim)>{subject(&line)}</a></th>
            <td>{what(&line, format)}</td>
            <td>{format.date_time(line.due_at)}</td>
            <td>{undone}</td>
            <td class="wrap"><StateOf line=line.clone()/></td>
            <td class="wrap"><a href=format!("/alerts/{}", line.alert)>{by}</a></td>
            {writes.then(|| view! { <td class="num">{withdraw}</td> }.into_any())}
        </tr>
    }
}

/// What is wanted: 變更資費 → 輕量型.
pub fn what(line: &ChangeRequest, format: Format) -> String {
    let what = format.t.actions().change(line.what);
    match &line.plan_name {
        Some(plan) => format!("{what} → {plan}"),
        None => what.to_owned(),
    }
}

#[component]
pub fn StateOf(line: ChangeRequest) -> impl IntoView {
    let format = use_format();
    let t = format.t.actions();
    let tone = match line.state {
        ChangeState::Done => "badge good",
        ChangeState::Wanted => "badge info",
        ChangeState::NotConnected => "badge warn",
        ChangeState::Refused => "badge bad",
        ChangeState::Withdrawn => "badge",
    };
    let closed = line.closed_at.map(|at| format.date_time(at));
    view! {
        <span class=tone>{t.state_of(line.state)}</span>
        " "
        <span class="muted">{closed} {(!line.answer.is_empty()).then(|| format!(" {}", line.answer))}</span>
    }
}

/// The SIM's number, or its id.
fn subject(line: &ChangeRequest) -> String {
    line.msisdn.map_or_else(|| format!("#{}", line.sim), |msisdn| msisdn.national())
}
