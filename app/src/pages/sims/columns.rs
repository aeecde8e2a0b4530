//! 變更選單列表: which columns, in which order. Kept as the reader's habit in a cookie, and in the address.

use super::{
    address::write_columns,
    list::{ListState, use_go},
};
use crate::{
    components::{Dialog, Icon},
    dom,
    i18n::use_texts,
    tools::{Tool, tool, use_tools},
};
use leptos::{ev, prelude::*};
use opencmp_domain::query::SimColumn;

#[component]
pub fn ColumnsButton(list: ListState) -> impl IntoView {
    let t = use_texts().sims;
    let tools = use_tools();
    let open = RwSignal::new(false);
    view! {
        <button type="button" class="button" on:click=move |_| tools.open(open)>
            <Icon name="columns"/>
            <span class="label">{t.columns}</span>
        </button>
        <Dialog open title=t.columns>
            {tool(Tool::Columns { list, open })}
        </Dialog>
    }
}

#[component]
pub fn ColumnsForm(list: ListState, open: RwSignal<bool>) -> impl IntoView {
    let t = use_texts();
    let lines = RwSignal::new(with_hidden(&list.asked.with_untracked(|asked| asked.columns.clone())));
    let order = move || -> Vec<SimColumn> { lines.get().into_iter().map(|(column, _)| column).collect() };
    let dragged = RwSignal::new(None::<SimColumn>);
    let go = use_go();
    let apply = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let chosen: Vec<SimColumn> =
            lines.get_untracked().into_iter().filter(|(_, shown)| *shown).map(|(column, _)| column).collect();
        let address = list.asked.with_untracked(|asked| asked.with_columns(&chosen));
        if dom::is_framed() {
            open.set(false);
            return go(address);
        }
        let habit = if chosen == SimColumn::DEFAULT { String::new() } else { write_columns(&chosen) };
        dom::set_cookie("cols", &habit);
        open.set(false);
        // The habit is part of the document: a new one is loaded, at the address that says the same.
        dom::load(&address);
    };
    view! {
        <form on:submit=apply class="dialog-form">
            <div class="dialog-body">
                <p class="field-hint">{t.sims.columns_hint}</p>
                <ul class="column-list">
                    <For each=order key=|column| *column let:column>
                        <Line lines column dragged/>
                    </For>
                </ul>
            </div>
            <div class="dialog-foot">
                <button
                    type="button"
                    class="button quiet start"
                    on:click=move |_| lines.set(with_hidden(&SimColumn::DEFAULT))
                >
                    {t.sims.columns_reset}
                </button>
                <button type="button" class="button" on:click=move |_| open.set(false)>{t.shell.cancel}</button>
                <button type="submit" class="button primary">{t.shell.apply}</button>
            </div>
        </form>
    }
}

type Lines = RwSignal<Vec<(SimColumn, bool)>>;

#[component]
fn Line(lines: Lines, column: SimColumn, dragged: RwSignal<Option<SimColumn>>) -> impl IntoView {
    let t = use_texts();
    let name = t.column(column);
    let fixed = column == SimColumn::Msisdn;
    let shown = move || lines.with(|lines| lines.iter().any(|(other, shown)| *other == column && *shown));
    let at = move || lines.with(|lines| place(lines, column));
    let is_last = move || at() + 1 >= SimColumn::ALL.len();
    let toggle = move |_| {
        lines.update(|lines| {
            if let Some(line) = lines.iter_mut().find(|(other, _)| *other == column) {
                line.1 = !line.1;
            }
        });
    };
    let step = move |by: isize| {
        lines.update(|lines| {
            let to = place(lines, column).saturating_add_signed(by);
            put(lines, column, to);
        });
    };
    let over = move |event: ev::DragEvent| {
        let Some(other) = dragged.get_untracked() else { return };
        event.prevent_default();
        if other != column && !fixed {
            lines.update(|lines| {
                let to = place(lines, column);
                put(lines, other, to);
            });
        }
    };
    view! {
        <li
            class="column-line"
            class:dragged=move || dragged.get() == Some(column)
            draggable=(!fixed).then_some("true")
            on:dragstart=move |_| dragged.set(Some(column))
            on:dragend=move |_| dragged.set(None)
            on:dragover=over
        >
            <Icon name="grip"/>
            <label class="check">
                <input type="checkbox" prop:checked=shown prop:disabled=fixed on:change=toggle/>
                {name}
            </label>
            {fixed.then(|| view! { <span class="muted end">{t.sims.column_fixed}</span> }.into_any())}
            {(!fixed)
                .then(|| {
                    view! {
                        <span class="end">
                            <button
                                type="button"
                                class="button quiet small square"
                                aria-label=(t.sims.move_up)(name)
                                prop:disabled=move || at() <= 1
                                on:click=move |_| step(-1)
                            >
                                <Icon name="arrow-up"/>
                            </button>
                            <button
                                type="button"
                                class="button quiet small square"
                                aria-label=(t.sims.move_down)(name)
                                prop:disabled=is_last
                                on:click=move |_| step(1)
                            >
                                <Icon name="arrow-down"/>
                            </button>
                        </span>
                    }.into_any()
                })}
        </li>
    }
}

/// The shown columns in their order, then the others.
fn with_hidden(shown: &[SimColumn]) -> Vec<(SimColumn, bool)> {
    let hidden = SimColumn::ALL.iter().filter(|column| !shown.contains(column));
    shown.iter().map(|column| (*column, true)).chain(hidden.map(|column| (*column, false))).collect()
}

fn place(lines: &[(SimColumn, bool)], column: SimColumn) -> usize {
    lines.iter().position(|(other, _)| *other == column).unwrap_or(0)
}

/// Moves a column to a place; the first is the number's.
fn put(lines: &mut Vec<(SimColumn, bool)>, column: SimColumn, to: usize) {
    let from = place(lines, column);
    if from == 0 || from >= lines.len() {
        return;
    }
    let line = lines.remove(from);
    let to = to.clamp(1, lines.len());
    lines.insert(to, line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_move_and_the_number_stays_first() {
        let mut lines = with_hidden(&[SimColumn::Msisdn, SimColumn::Apn, SimColumn::Name]);
        assert_eq!(lines.len(), SimColumn::ALL.len());
        put(&mut lines, SimColumn::Name, 0);
        assert_eq!(
            lines[..3].iter().map(|(c, _)| *c).collect::<Vec<_>>(),
            [SimColumn::Msisdn, SimColumn::Name, SimColumn::Apn]
        );
        put(&mut lines, SimColumn::Msisdn, 2);
        assert_eq!(lines[0].0, SimColumn::Msisdn);
        put(&mut lines, SimColumn::Name, 99);
        assert_eq!(lines.last().unwrap().0, SimColumn::Name);
    }
}
