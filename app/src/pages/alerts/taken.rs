//! What was done by itself for an alert.

use super::rules::{StateOf, change_words};
use crate::format::use_format;
use leptos::prelude::*;
use opencmp_domain::alert::action::{ActionLine, ActionOutcome};

#[component]
pub fn Taken(actions: Vec<ActionLine>) -> impl IntoView {
    let format = use_format();
    let t = format.t.actions();
    let lines: Vec<_> = actions
        .into_iter()
        .map(|action| {
            let said = match &action.request {
                Some(request) => change_words(request, format),
                None => action.said.clone(),
            };
            let tone = match action.outcome {
                ActionOutcome::Done | ActionOutcome::Already => "badge good",
                ActionOutcome::Wanted => "badge info",
                _ => "badge warn",
            };
            let outcome = match action.request {
                Some(request) => {
                    let due = format!("{} {}", t.due, format.date_time(request.due_at));
                    let undone =
                        request.undo_at.map(|at| format!(" · {} {}", t.undone, format.date_time(at)));
                    view! { <StateOf line=request/> " " <span class="muted">{due} {undone}</span> }.into_any()
                }
                None => view! { <span class=tone>{t.outcome_of(action.outcome)}</span> }.into_any(),
            };
            view! {
                <li>
                    <strong>{t.kind(action.kind)}</strong>
                    <span>{said}</span>
                    <span class="said">{outcome}</span>
                    <span class="muted">{format.date_time(action.at)}</span>
                </li>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="card">
            <div class="card-head"><h2>{t.taken}</h2></div>
            <ul class="said-lines card-body" aria-label=t.taken>{lines}</ul>
        </section>
    }
}
