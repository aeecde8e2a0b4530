//! What a rule said before, newest first.

use super::{State, Summary};
use crate::{
    api::{
        ApiError,
        alerts::{self as api, RuleHistory},
    },
    format::use_format,
};
use leptos::{prelude::*, task::spawn_local};

#[component]
pub fn Versions(state: State) -> impl IntoView {
    let format = use_format();
    let (texts, t) = (format.t, format.t.alerts());
    let loaded = RwSignal::new(None::<Result<RuleHistory, ApiError>>);
    Effect::new(move |_| {
        let Some(rule) = state.looking.get_untracked() else { return };
        spawn_local(async move {
            let answer = api::alert_rule_versions(rule.id).await;
            let _ = loaded.try_set(Some(answer));
        });
    });
    let channels = state.rules.get_untracked().and_then(Result::ok).map(|rules| rules.channels);
    let channels = StoredValue::new(channels.unwrap_or_default());
    let groups = StoredValue::new(state.groups.get_untracked().and_then(Result::ok).unwrap_or_default());
    let shown = move || match loaded.get() {
        None => view! { <p class="muted">{texts.shell.loading}</p> }.into_any(),
        Some(Err(error)) => {
            view! { <p class="field-error" role="alert">{texts.error(&error)}</p> }.into_any()
        }
        Some(Ok(RuleHistory { versions, networks })) => {
            let lines: Vec<_> = versions
                .into_iter()
                .map(|version| {
                    let by = version.modified_by_name.unwrap_or_else(|| t.system.to_owned());
                    let on = if version.said.enabled { t.on } else { t.off };
                    let name = version.said.name.clone();
                    view! {
                        <li>
                            <p>
                                <strong>{(t.version)(&version.version.to_string())}</strong>
                                " "
                                <span class="muted">{format.date_time(version.modified_at)} " " {by}</span>
                            </p>
                            <p>{name} " · " {on}</p>
                            <Summary
                                said=version.said
                                channels=channels.get_value()
                                groups=groups.get_value()
                                networks=networks.clone()
                            />
                        </li>
                    }
                    .into_any()
                })
                .collect();
            view! { <ol class="rule-versions">{lines}</ol> }.into_any()
        }
    };
    view! {
        <div class="dialog-body">{shown}</div>
        <div class="dialog-foot">
            <button type="button" class="button" autofocus on:click=move |_| state.versions.set(false)>
                {t.close}
            </button>
        </div>
    }
}
