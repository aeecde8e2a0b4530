//! The cells, page by page.

use super::State;
use crate::{
    api::cells as api,
    components::{CardTable, EditRemove, ErrorNotice, Head, Icon, Notice, Pages, SkeletonRows, When},
    dom,
    format::{thousands, use_format},
    i18n::use_texts,
    json::fetched,
};
use leptos::{ev, prelude::*};
use opencmp_domain::cell::{CellFilter, CellLine, CellPage};

/// As many as the server answers with.
const PAGE: u64 = 50;
const SKELETON_ROWS: u32 = 6;

#[component]
pub fn CellList(state: State) -> impl IntoView {
    let t = use_texts().cells();
    let typed = RwSignal::new(String::new());
    let (filter, page) = (state.filter, state.page);
    let found = fetched(
        move || (filter.get(), page.get(), state.changes.get()),
        |(filter, page, _)| api::cell_page(filter, page),
    );
    let search = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let text = typed.get_untracked().trim().to_owned();
        state.show(CellFilter { text, ..filter.get_untracked() });
    };
    // Of what is shown: which network, and a way back to all.
    let chosen = move || {
        let (plmn, radio) = filter.with(|filter| (filter.plmn, filter.radio));
        plmn.map(|plmn| format!("{plmn} {}", radio.map(|radio| radio.as_str()).unwrap_or_default()))
    };
    let limited = Signal::derive(move || filter.with(|filter| filter.plmn.is_some()));
    view! {
        <section class="card">
            <div class="card-head">
                <h2>{t.list}</h2>
                <When holds=limited>
                    <span class="badge plain">{chosen}</span>
                    <button
                        type="button"
                        class="button small quiet"
                        on:click=move |_| {
                            state.show(CellFilter { plmn: None, radio: None, ..filter.get_untracked() });
                        }
                    >
                        {t.list_all}
                    </button>
                </When>
                <form class="joined stock-search end" role="search" on:submit=search method="post">
                    <input
                        class="input grow"
                        type="search"
                        maxlength="100"
                        autocomplete="off"
                        aria-label=t.search
                        placeholder=t.search
                        prop:value=typed
                        on:input=move |event| typed.set(event_target_value(&event))
                    />
                    <button type="submit" class="button">{t.search_button}</button>
                </form>
            </div>
            <Transition fallback=|| view! { <SkeletonRows rows=SKELETON_ROWS/> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(found) => view! { <Page found state/> }.into_any(),
                        Err(error) => view! { <ErrorNotice error retry=move || found.refetch()/> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Page(found: CellPage, state: State) -> impl IntoView {
    let t = use_texts().cells();
    let (total, page) = (found.total, state.page);
    let lines: Vec<_> = found.cells.into_iter().map(|line| view! { <Line line state/> }.into_any()).collect();
    let filter = state.filter.get_untracked();
    let mut pairs = Vec::new();
    pairs.extend(filter.plmn.map(|plmn| ("network", plmn.to_string())));
    pairs.extend(filter.radio.map(|radio| ("radio", radio.as_str().to_owned())));
    pairs.extend((!filter.text.is_empty()).then_some(("text", filter.text)));
    let file = dom::url("/download/cells.csv", &pairs);
    let mut heads = vec![
        Head::Text(t.network),
        Head::Text(t.radio),
        Head::Number(t.area),
        Head::Number(t.cell),
        Head::Text(t.name),
        Head::Text(t.place),
        Head::Number(t.reach),
        Head::Text(t.changed),
    ];
    if state.may_write {
        heads.push(Head::Hidden(t.edit));
    }
    let remove = (state.may_write && total > 0).then(|| {
        view! {
            <button
                type="button"
                class="button small danger"
                on:click=move |_| {
                    state.leaving_all.set(total);
                    state.asking_all.set(true);
                }
            >
                {(t.remove_all)(&thousands(total))}
            </button>
        }
        .into_any()
    });
    view! {
        <CardTable
            heads
            lines
            region=(t.list, "")
            empty=view! { <Notice icon="tower" title=t.list_none class="small"/> }.into_any()
        />
        {(total > 0)
            .then(|| {
                view! {
                    <div class="card-foot button-row">
                        <span class="muted">{(t.found)(&thousands(total))}</span>
                        <a class="button small" href=file rel="external" download="">
                            <Icon name="download"/>
                            {t.download}
                        </a>
                        {remove}
                        <Pages page total size=PAGE words=(t.newer, t.page, t.older)/>
                    </div>
                }
                .into_any()
            })}
    }
}

#[component]
fn Line(line: CellLine, state: State) -> impl IntoView {
    let t = use_texts().cells();
    let f = use_format();
    let CellLine { cell, changed_at } = line;
    let held = StoredValue::new(cell.clone());
    let key = cell.key;
    let place = cell.position.map(|place| format!("{}, {}", place.latitude(), place.longitude()));
    let none = || "–".to_owned();
    let buttons = state.may_write.then(|| {
        view! {
            <td class="num">
                <EditRemove
                    edit=(t.edit, format!("{} {key}", t.edit))
                    remove=(t.remove, format!("{} {key}", t.remove))
                    on_edit=move || {
                        state.editing.set(Some(held.get_value()));
                        state.form.set(true);
                    }
                    on_remove=move || {
                        state.leaving.set(Some(held.get_value()));
                        state.asking.set(true);
                    }
                />
            </td>
        }
        .into_any()
    });
    view! {
        <tr>
            <td class="mono">{key.plmn.to_string()}</td>
            <td>{key.radio.as_str()}</td>
            <td class="num">{key.area.to_string()}</td>
            <th scope="row" class="num">{key.cell.to_string()}</th>
            <td>{cell.name.unwrap_or_else(none)}</td>
            <td class="mono">{place.unwrap_or_else(none)}</td>
            <td class="num">{cell.reach.map_or_else(none, |reach| thousands(reach.into()))}</td>
            <td>{f.date_time(changed_at)}</td>
            {buttons}
        </tr>
    }
}
