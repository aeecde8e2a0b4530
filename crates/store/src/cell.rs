//! Cells of the radio network: looked up by network, radio, area and cell, in files of many and one by one.

use crate::{
    Change, ImportMode, Result, Store, StoreError,
    audit::{self, Event},
    import::write::run_built,
    sql::{Columns, Tx, execute, int_list, narrow, rows, tx_rows, tx_rows_once, unreadable},
    store::first_int,
    tenant::{clean_text, one},
};
use opencmp_domain::{
    Plmn, Timestamp,
    cell::{Cell, CellFilter, CellImport, CellKey, CellLine, CellNetwork, CellPage, Position, Radio},
};
use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, QueryBuilder};

/// Rows that one statement writes: ten values each, of SQLite's 32,766.
const CHUNK: usize = 1000;

/// What a file of cells would do, or has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellReport {
    pub created: u64,
    pub changed: u64,
    pub unchanged: u64,
    /// Lines that name a cell which a line before them names: the line, and which it was.
    pub repeated: Vec<(u64, u64)>,
}

/// Of a WHERE: the cells that a filter means; see [`Asked`].
macro_rules! asked {
    () => {
        "($1 < 0 OR plmn = $1) AND ($2 < 0 OR radio = $2)
         AND ($3 < 0 OR (cell = $3 AND ($4 < 0 OR area = $4)) OR ($4 < 0 AND area = $3))
         AND ($5 = '' OR folded LIKE $5 ESCAPE '!')"
    };
}

/// What is asked for, as a statement wants it; -1 and nothing: any.
struct Asked {
    plmn: i64,
    radio: i64,
    /// A cell, or where no area is said with it, an area.
    number: i64,
    area: i64,
    name: String,
}

impl From<&CellFilter> for Asked {
    fn from(filter: &CellFilter) -> Self {
        let any = |n: Option<i64>| n.unwrap_or(-1);
        let mut asked = Self {
            plmn: any(filter.plmn.map(|plmn| plmn.to_bits().into())),
            radio: any(filter.radio.map(|radio| radio.code().into())),
            number: -1,
            area: -1,
            name: String::new(),
        };
        let text = filter.text.trim();
        let parts: Vec<&str> = text.split('-').collect();
        let number = |text: &str| -> Option<i64> {
            let digits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
            // A number beyond all cells is none of them.
            digits.then(|| text.parse().unwrap_or(i64::MAX))
        };
        match parts.as_slice() {
            [whole] if number(whole).is_some() => asked.number = any(number(whole)),
            [plmn, area, cell]
                if plmn.parse::<Plmn>().is_ok() && number(area).is_some() && number(cell).is_some() =>
            {
                let said = any(plmn.parse().ok().map(|plmn: Plmn| plmn.to_bits().into()));
                // The network of the text and the chosen one: both must be met.
                (asked.area, asked.number) = match asked.plmn < 0 || asked.plmn == said {
                    true => (any(number(area)), any(number(cell))),
                    false => (i64::MAX, i64::MAX),
                };
                asked.plmn = said;
            }
            _ if text.is_empty() => {}
            _ => {
                let mut pattern = String::from("%");
                for c in text.to_lowercase().chars() {
                    if matches!(c, '%' | '_' | '!') {
                        pattern.push('!');
                    }
                    pattern.push(c);
                }
                pattern.push('%');
                asked.name = pattern;
            }
        }
        asked
    }
}

impl Store {
    /// Networks that cells are known of, without their names.
    pub async fn cell_networks(&self) -> Result<Vec<CellNetwork>> {
        let sql = "SELECT plmn, radio, COUNT(*), COUNT(latitude), MAX(changed_at)
                   FROM cell GROUP BY plmn, radio ORDER BY plmn, radio";
        rows!(self.readers(), sql, [] => network)
    }

    pub async fn cell_page(&self, filter: &CellFilter, page: u32, size: u32) -> Result<CellPage> {
        let Asked { plmn, radio, number, area, name } = filter.into();
        let first = i64::from(page.saturating_sub(1)) * i64::from(size);
        let count = concat!("SELECT COUNT(*) FROM cell WHERE ", asked!());
        let count = rows!(self.readers(), count, [plmn, radio, number, area, &name] => first_int)?;
        let sql = concat!(
            "SELECT plmn, radio, area, cell, name, latitude, longitude, reach, changed_at FROM cell WHERE ",
            asked!(),
            " ORDER BY plmn, radio, area, cell LIMIT $6 OFFSET $7"
        );
        let cells = rows!(
            self.readers(),
            sql,
            [plmn, radio, number, area, &name, i64::from(size), first] => line
        )?;
        Ok(CellPage { cells, total: narrow("count", one("the count", count)?)? })
    }

    /// Cells after this one, in the list's order: for a download that goes on where it was.
    pub async fn cells_after(
        &self,
        filter: &CellFilter,
        after: Option<CellKey>,
        most: u32,
    ) -> Result<Vec<CellLine>> {
        let Asked { plmn, radio, number, area, name } = filter.into();
        let key = after.map_or([-1; 4], columns);
        let sql = concat!(
            "SELECT plmn, radio, area, cell, name, latitude, longitude, reach, changed_at FROM cell WHERE ",
            asked!(),
            " AND (plmn, radio, area, cell) > ($6, $7, $8, $9) ORDER BY plmn, radio, area, cell LIMIT $10"
        );
        rows!(
            self.readers(),
            sql,
            [plmn, radio, number, area, &name, key[0], key[1], key[2], key[3], i64::from(most)] => line
        )
    }

    /// A file of cells: new ones are added, what it says of others replaces what is held of them. `apply`: it is done, else
    /// only looked at. Lines that repeat a cell are left out, or all are, as the mode says.
    pub async fn cells_import(
        &self,
        lines: &[CellImport],
        mode: ImportMode,
        apply: bool,
        change: impl Into<Change>,
    ) -> Result<CellReport> {
        let change = change.into();
        let mut tx = if apply { self.begin().await? } else { self.begin_snapshot().await? };
        let mut networks: Vec<i64> =
            lines.iter().map(|line| i64::from(line.cell.key.plmn.to_bits())).collect();
        networks.sort_unstable();
        networks.dedup();
        let sql = format!(
            "SELECT plmn, radio, area, cell, name, latitude, longitude, reach, changed_at FROM cell
             WHERE plmn IN ({})",
            int_list(networks)
        );
        let held = tx_rows_once!(&mut tx, AssertSqlSafe(sql), [] => line)?;
        let held: FxHashMap<CellKey, Cell> =
            held.into_iter().map(|CellLine { cell, .. }| (cell.key, cell)).collect();
        let mut report = CellReport::default();
        let mut seen: FxHashMap<CellKey, u64> = FxHashMap::default();
        let mut written = Vec::new();
        for CellImport { line, cell } in lines {
            if let Some(first) = seen.insert(cell.key, *line) {
                seen.insert(cell.key, first);
                report.repeated.push((*line, first));
                continue;
            }
            match held.get(&cell.key) {
                None => {
                    report.created += 1;
                    written.push(cell.clone());
                }
                Some(held) => {
                    let merged = Cell {
                        key: cell.key,
                        name: cell.name.clone().or_else(|| held.name.clone()),
                        position: cell.position.or(held.position),
                        reach: cell.reach.or(held.reach),
                    };
                    if merged == *held {
                        report.unchanged += 1;
                    } else {
                        report.changed += 1;
                        written.push(merged);
                    }
                }
            }
        }
        let refused = mode == ImportMode::AllOrNothing && !report.repeated.is_empty();
        if !apply || refused || written.is_empty() {
            return Ok(report);
        }
        written.sort_unstable_by_key(|cell| cell.key);
        for cells in written.chunks(CHUNK) {
            put(&mut tx, cells, change.at).await?;
        }
        let subject = match written.as_slice() {
            [only] => only.key.to_string(),
            several => format!("{} cells", several.len()),
        };
        let after = Some(json!({ "created": report.created, "changed": report.changed }));
        let event = Event { chain: None, action: "cell.import", subject: &subject, before: None, after };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await?;
        Ok(report)
    }

    /// Adds a cell (`new`), or replaces what is said of one. Errors: `Taken` (cell), `NotFound`, `Invalid` (area, cell, name, reach).
    pub async fn cell_save(&self, cell: &Cell, new: bool, change: impl Into<Change>) -> Result<()> {
        let (cell, change) = (checked(cell)?, change.into());
        let mut tx = self.begin().await?;
        let subject = cell.key.to_string();
        let held = held(&mut tx, cell.key).await?;
        match (&held, new) {
            (Some(_), true) => return Err(StoreError::Taken { what: "cell", value: subject }),
            (None, false) => return Err(StoreError::NotFound { what: "the cell" }),
            (Some(held), false) if *held == cell => return Ok(()),
            _ => {}
        }
        put(&mut tx, std::slice::from_ref(&cell), change.at).await?;
        let (before, after) = (held.as_ref().map(said), Some(said(&cell)));
        let action = if new { "cell.add" } else { "cell.change" };
        let event = Event { chain: None, action, subject: &subject, before, after };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await
    }

    /// Errors: `NotFound`.
    pub async fn cell_remove(&self, key: CellKey, change: impl Into<Change>) -> Result<()> {
        let change = change.into();
        let mut tx = self.begin().await?;
        let held = held(&mut tx, key).await?.ok_or(StoreError::NotFound { what: "the cell" })?;
        let [plmn, radio, area, cell] = columns(key);
        let sql = "DELETE FROM cell WHERE plmn = $1 AND radio = $2 AND area = $3 AND cell = $4";
        execute!(&mut tx, sql, [plmn, radio, area, cell])?;
        let (subject, before) = (key.to_string(), Some(said(&held)));
        let event = Event { chain: None, action: "cell.remove", subject: &subject, before, after: None };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await
    }

    /// Removes what the filter means, if that is as many as `expected`. Errors: `Invalid` (cells_moved).
    pub async fn cells_remove(
        &self,
        filter: &CellFilter,
        expected: u64,
        change: impl Into<Change>,
    ) -> Result<()> {
        let change = change.into();
        let Asked { plmn, radio, number, area, name } = filter.into();
        let mut tx = self.begin().await?;
        let sql = concat!("DELETE FROM cell WHERE ", asked!());
        let removed = execute!(&mut tx, sql, [plmn, radio, number, area, &name])?;
        if removed != expected {
            let message = format!("{removed} cells are meant by now");
            return Err(StoreError::Invalid { field: "cells_moved", message });
        }
        if removed == 0 {
            return Ok(());
        }
        let subject = format!("{removed} cells");
        let before = Some(json!({
            "network": filter.plmn.map(|plmn| plmn.to_string()),
            "radio": filter.radio.map(Radio::as_str),
            "text": filter.text,
        }));
        let event = Event { chain: None, action: "cell.remove", subject: &subject, before, after: None };
        audit::append(&mut tx, &change, event).await?;
        tx.commit().await
    }
}

async fn held(tx: &mut Tx, key: CellKey) -> Result<Option<Cell>> {
    let [plmn, radio, area, cell] = columns(key);
    let sql = "SELECT plmn, radio, area, cell, name, latitude, longitude, reach, changed_at FROM cell
               WHERE plmn = $1 AND radio = $2 AND area = $3 AND cell = $4";
    let found = tx_rows!(tx, sql, [plmn, radio, area, cell] => line)?;
    Ok(found.into_iter().next().map(|line| line.cell))
}

async fn put(tx: &mut Tx, cells: &[Cell], now: Timestamp) -> Result<()> {
    run_built!(tx, |query| {
        query.push(
            "INSERT INTO cell (plmn, radio, area, cell, name, folded, latitude, longitude, reach, changed_at) ",
        );
        query.push_values(cells, |mut row, held| {
            let [plmn, radio, area, cell] = columns(held.key);
            row.push_bind(plmn)
                .push_bind(radio)
                .push_bind(area)
                .push_bind(cell)
                .push_bind(held.name.clone())
                .push_bind(held.name.as_deref().map(str::to_lowercase))
                .push_bind(held.position.map(|place| i64::from(place.latitude_millionths())))
                .push_bind(held.position.map(|place| i64::from(place.longitude_millionths())))
                .push_bind(held.reach.map(i64::from))
                .push_bind(now.0);
        });
        query.push(
            " ON CONFLICT (plmn, radio, area, cell) DO UPDATE SET name = excluded.name, folded = excluded.folded, latitude = excluded.latitude,
                  longitude = excluded.longitude, reach = excluded.reach, changed_at = excluded.changed_at",
        );
    });
    Ok(())
}

/// As a cell may be said.
fn checked(cell: &Cell) -> Result<Cell> {
    cell.key.check().map_err(|(field, message)| StoreError::Invalid { field, message })?;
    if cell.reach.is_some_and(|reach| reach > Cell::MOST_REACH) {
        let message = format!("a cell reaches {} m at most", Cell::MOST_REACH);
        return Err(StoreError::Invalid { field: "reach", message });
    }
    let place = cell.position.map(|place| {
        Position::from_millionths(place.latitude_millionths().into(), place.longitude_millionths().into())
    });
    if place.is_some_and(|place| place.is_none()) {
        let message = "there is no such place".to_owned();
        return Err(StoreError::Invalid { field: "position", message });
    }
    let name = cell.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let name = name.map(|name| clean_text(name, Cell::MOST_NAME)).transpose();
    let name = name.map_err(|message| StoreError::Invalid { field: "name", message })?;
    Ok(Cell { name: name.map(str::to_owned), ..cell.clone() })
}

/// For the audit log.
fn said(cell: &Cell) -> Value {
    json!({
        "name": cell.name,
        "latitude": cell.position.map(Position::latitude),
        "longitude": cell.position.map(Position::longitude),
        "reach": cell.reach,
    })
}

fn columns(CellKey { plmn, radio, area, cell }: CellKey) -> [i64; 4] {
    [plmn.to_bits().into(), radio.code().into(), area.into(), crate::sql::signed(cell)]
}

fn radio(code: i64) -> Result<Radio> {
    u8::try_from(code).ok().and_then(Radio::from_code).ok_or_else(|| unreadable("radio", code))
}

fn line(row: &impl Columns) -> Result<CellLine> {
    let position = match (row.opt_int(5)?, row.opt_int(6)?) {
        (Some(latitude), Some(longitude)) => {
            let place = Position::from_millionths(latitude, longitude);
            Some(place.ok_or_else(|| unreadable("latitude", latitude))?)
        }
        _ => None,
    };
    let key = CellKey {
        plmn: Plmn::from_bits(narrow("plmn", row.int(0)?)?),
        radio: radio(row.int(1)?)?,
        area: narrow("area", row.int(2)?)?,
        cell: narrow("cell", row.int(3)?)?,
    };
    let name = row.opt_text(4)?.map(str::to_owned);
    let reach = row.opt_int(7)?.map(|reach| narrow("reach", reach)).transpose()?;
    Ok(CellLine { cell: Cell { key, name, position, reach }, changed_at: Timestamp(row.int(8)?) })
}

fn network(row: &impl Columns) -> Result<CellNetwork> {
    let plmn = Plmn::from_bits(narrow("plmn", row.int(0)?)?);
    Ok(CellNetwork {
        plmn,
        name: plmn.to_string(),
        radio: radio(row.int(1)?)?,
        cells: narrow("count", row.int(2)?)?,
        placed: narrow("count", row.int(3)?)?,
        changed_at: Timestamp(row.int(4)?),
    })
}
