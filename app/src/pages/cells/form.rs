//! A cell is added or changed. Which cell it is can't be changed: another number is another cell.

use super::State;
use crate::{
    api::cells as api,
    components::{Choice, DialogForm, Submission, TextField},
    i18n::{cells::Texts, use_texts},
};
use leptos::prelude::*;
use opencmp_domain::cell::{Cell, CellKey, Position, Radio};

/// What is typed.
#[derive(Clone, Copy)]
struct Typed {
    plmn: RwSignal<String>,
    radio: RwSignal<Radio>,
    area: RwSignal<String>,
    cell: RwSignal<String>,
    name: RwSignal<String>,
    latitude: RwSignal<String>,
    longitude: RwSignal<String>,
    reach: RwSignal<String>,
}

impl Typed {
    fn of(held: Option<&Cell>) -> Self {
        let text = |of: fn(&Cell) -> Option<String>| RwSignal::new(held.and_then(of).unwrap_or_default());
        Self {
            plmn: text(|cell| Some(cell.key.plmn.to_string())),
            radio: RwSignal::new(held.map_or(Radio::Lte, |cell| cell.key.radio)),
            area: text(|cell| Some(cell.key.area.to_string())),
            cell: text(|cell| Some(cell.key.cell.to_string())),
            name: text(|cell| cell.name.clone()),
            latitude: text(|cell| cell.position.map(Position::latitude)),
            longitude: text(|cell| cell.position.map(Position::longitude)),
            reach: text(|cell| cell.reach.map(|reach| reach.to_string())),
        }
    }

    /// As a cell; the error says in words what is wrong.
    fn cell(self, t: &Texts) -> Result<Cell, String> {
        let said = |text: RwSignal<String>| text.with_untracked(|text| text.trim().to_owned());
        let radio = self.radio.get_untracked();
        let plmn = said(self.plmn).parse().map_err(|_| t.wrong_plmn.to_owned())?;
        let wrong_area = || (t.wrong_area)(&radio.most_area().to_string());
        let area = said(self.area).parse().map_err(|_| wrong_area())?;
        let wrong_cell = || (t.wrong_cell)(&radio.most_cell().to_string());
        let cell = said(self.cell).parse().map_err(|_| wrong_cell())?;
        let key = CellKey { plmn, radio, area, cell };
        key.check().map_err(|(field, _)| if field == "area" { wrong_area() } else { wrong_cell() })?;
        let (latitude, longitude) = (said(self.latitude), said(self.longitude));
        let position = match (latitude.as_str(), longitude.as_str()) {
            ("", "") => None,
            (latitude, longitude) => {
                Some(Position::parse(latitude, longitude).ok_or_else(|| t.wrong_place.to_owned())?)
            }
        };
        let reach = match said(self.reach).as_str() {
            "" => None,
            reach => {
                let reach = reach.parse::<u32>().ok().filter(|reach| *reach <= Cell::MOST_REACH);
                Some(reach.ok_or_else(|| (t.wrong_reach)(&Cell::MOST_REACH.to_string()))?)
            }
        };
        let name = Some(said(self.name)).filter(|name| !name.is_empty());
        Ok(Cell { key, name, position, reach })
    }
}

#[component]
pub fn CellForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.cells();
    let submission = Submission::of(state.form);
    let held = state.editing.get_untracked();
    let new = held.is_none();
    let typed = Typed::of(held.as_ref());
    let save = move || {
        let cell = match typed.cell(t) {
            Ok(cell) => cell,
            Err(wrong) => return submission.refuse(wrong),
        };
        let name = cell.key.to_string();
        let done = move |()| {
            state.changed();
            (t.saved)(&name)
        };
        submission.send(api::cell_save(cell, new), done, |error| t.error(texts, &error));
    };
    let radios: Vec<_> = Radio::ALL.iter().map(|radio| (*radio, radio.as_str().to_owned())).collect();
    let which = if new {
        view! {
            <TextField id="cell-plmn" label=t.plmn value=typed.plmn most=7 hint=t.plmn_hint autofocus=true/>
            <Choice id="cell-radio" label=t.radio options=radios value=typed.radio/>
            <TextField id="cell-area" label=t.area value=typed.area most=8/>
            <TextField id="cell-cell" label=t.cell value=typed.cell most=11 hint=t.cell_hint/>
        }
        .into_any()
    } else {
        let key = held.as_ref().map(|cell| cell.key.to_string());
        view! { <p class="mono">{key}</p> }.into_any()
    };
    view! {
        <DialogForm submission submit=if new { t.add } else { texts.shell.save } on_submit=save>
            {which}
            <TextField
                id="cell-name"
                label=t.name
                value=typed.name
                most=Cell::MOST_NAME as u32
                optional=true
                autofocus=!new
            />
            <TextField id="cell-lat" label=t.latitude value=typed.latitude most=20 optional=true/>
            <TextField id="cell-lon" label=t.longitude value=typed.longitude most=20 optional=true/>
            <TextField id="cell-reach" label=t.reach value=typed.reach most=6 optional=true/>
        </DialogForm>
    }
}
