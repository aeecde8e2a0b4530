//! A pasted list of numbers: kept on the server, named in the address.

use super::list::use_go;
use crate::{
    api,
    components::{Dialog, Icon},
    dom,
    format::thousands,
    i18n::use_texts,
    tools::{Tool, tool, use_tools},
};
use leptos::{prelude::*, task::spawn_local};
use opencmp_domain::{query::SimQuery, text::listed};

#[component]
pub fn PasteButton() -> impl IntoView {
    let t = use_texts().sims;
    let tools = use_tools();
    let open = RwSignal::new(false);
    view! {
        <button type="button" class="button paste-button" on:click=move |_| tools.open(open)>
            <Icon name="paste"/>
            <span class="label">{t.paste}</span>
        </button>
        <Dialog open title=t.paste>
            {tool(Tool::Paste { open })}
        </Dialog>
    }
}

#[component]
pub fn PasteForm(open: RwSignal<bool>) -> impl IntoView {
    let t = use_texts();
    let go = use_go();
    let text = RwSignal::new(String::new());
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<String>);
    let count = Memo::new(move |_| text.with(|text| listed(text).count()));
    let too_many = move || count.get() > SimQuery::MOST_PASTED;
    let show = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || count.get_untracked() == 0 || too_many() {
            return;
        }
        busy.set(true);
        failed.set(None);
        let lines: Vec<String> = text.with_untracked(|text| listed(text).map(str::to_owned).collect());
        spawn_local(async move {
            let answer = api::number_list_save(lines).await;
            busy.set(false);
            match answer {
                Ok(id) => {
                    open.set(false);
                    let query = SimQuery { list: Some(id), ..SimQuery::default() };
                    go(dom::url(super::address::PATH, &query.to_pairs()));
                }
                Err(error) => failed.set(Some(t.error(&error))),
            }
        });
    };
    view! {
        <form on:submit=show class="dialog-form">
            <div class="dialog-body">
                <div class="field">
                    <label for="paste-text">{t.sims.paste_label}</label>
                    <textarea
                        id="paste-text"
                        class="textarea"
                        spellcheck="false"
                        autofocus
                        aria-describedby="paste-hint"
                        on:input=move |event| text.set(event_target_value(&event))
                    ></textarea>
                    <p id="paste-hint" class="field-hint">{t.sims.paste_hint}</p>
                </div>
                <p class="field-error" role="alert">
                    {move || {
                        too_many()
                            .then(|| (t.sims.paste_too_many)(&thousands(count.get() as u64)))
                            .or_else(|| failed.get())
                    }}
                </p>
            </div>
            <div class="dialog-foot">
                <span class="start muted">{move || (t.sims.paste_count)(&thousands(count.get() as u64))}</span>
                <button type="button" class="button" on:click=move |_| open.set(false)>{t.shell.cancel}</button>
                <button
                    type="submit"
                    class="button primary"
                    prop:disabled=move || busy.get() || count.get() == 0 || too_many()
                >
                    {t.sims.paste_show}
                </button>
            </div>
        </form>
    }
}
