//! The country that devices live in: cells, villages and radio modules, from `data/`.

use anyhow::Context;
use std::sync::OnceLock;

/// An LTE cell of the home network.
#[derive(Clone, Debug)]
pub struct Cell {
    pub tac: u16,
    pub eci: u32,
    pub lon: f64,
    pub lat: f64,
}

/// A village (村里) and a point in it.
#[derive(Clone, Debug)]
pub struct Village {
    pub county: String,
    pub town: String,
    pub name: String,
    pub lon: f64,
    pub lat: f64,
}

/// A type allocation code: what a radio module's IMEI begins with.
#[derive(Clone, Debug)]
pub struct Module {
    pub tac: String,
    pub model: String,
}

#[derive(Debug)]
pub struct World {
    pub cells: Vec<Cell>,
    pub villages: Vec<Village>,
    pub modules: Vec<Module>,
    /// For each cell, the nearest ones at other sites.
    neighbours: Vec<[u32; NEIGHBOURS]>,
}

const NEIGHBOURS: usize = 6;

impl World {
    /// The country of the data files; read once.
    #[expect(clippy::expect_used, reason = "the files are part of the program, and a test reads them")]
    pub fn taiwan() -> &'static World {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(|| Self::read().expect("the data files are well-formed"))
    }

    fn read() -> anyhow::Result<Self> {
        let cells = rows(include_str!("../data/cells.csv"), "cells.csv", |row| {
            Some(Cell {
                tac: row.get(0)?.parse().ok()?,
                eci: row.get(1)?.parse().ok()?,
                lon: row.get(2)?.parse().ok()?,
                lat: row.get(3)?.parse().ok()?,
            })
        })?;
        let villages = rows(include_str!("../data/villages.csv"), "villages.csv", |row| {
            Some(Village {
                county: row.get(0)?.to_owned(),
                town: row.get(1)?.to_owned(),
                name: row.get(2)?.to_owned(),
                lon: row.get(3)?.parse().ok()?,
                lat: row.get(4)?.parse().ok()?,
            })
        })?;
        let modules = rows(include_str!("../data/modules.csv"), "modules.csv", |row| {
            Some(Module { tac: row.get(0)?.to_owned(), model: row.get(2)?.to_owned() })
        })?;
        let neighbours = neighbours(&cells);
        Ok(Self { cells, villages, modules, neighbours })
    }

    /// The cell nearest to a point.
    pub fn cell_at(&self, lon: f64, lat: f64) -> u32 {
        let nearest = self
            .cells
            .iter()
            .enumerate()
            .min_by(|(_, a), (_, b)| distance(a, lon, lat).total_cmp(&distance(b, lon, lat)));
        nearest.map_or(0, |(index, _)| index as u32)
    }

    /// The nearest cells at other sites, nearest first.
    pub fn near(&self, cell: u32) -> &[u32] {
        self.neighbours.get(cell as usize).map_or(&[], |near| near)
    }

    /// The villages of a county (縣市), all when it has none.
    pub fn villages_of(&self, county: &str) -> Vec<&Village> {
        let of_county: Vec<_> = self.villages.iter().filter(|village| village.county == county).collect();
        if of_county.is_empty() { self.villages.iter().collect() } else { of_county }
    }
}

fn rows<T>(text: &str, file: &str, read: impl Fn(&csv::StringRecord) -> Option<T>) -> anyhow::Result<Vec<T>> {
    csv::Reader::from_reader(text.as_bytes())
        .records()
        .map(|row| {
            let row = row.with_context(|| file.to_owned())?;
            read(&row).with_context(|| format!("{file}: {row:?}"))
        })
        .collect()
}

/// Square of the distance in degrees of latitude; good enough to tell near from far at 24° north.
fn distance(cell: &Cell, lon: f64, lat: f64) -> f64 {
    let (x, y) = ((cell.lon - lon) * 0.913, cell.lat - lat);
    x * x + y * y
}

/// By strips of latitude, so that only cells that can be near are compared.
fn neighbours(cells: &[Cell]) -> Vec<[u32; NEIGHBOURS]> {
    let mut by_lat: Vec<u32> = (0..cells.len() as u32).collect();
    by_lat.sort_by(|a, b| cells[*a as usize].lat.total_cmp(&cells[*b as usize].lat));
    let mut found = vec![[0; NEIGHBOURS]; cells.len()];
    for (rank, index) in by_lat.iter().enumerate() {
        let cell = &cells[*index as usize];
        let mut best = [(f64::MAX, *index); NEIGHBOURS];
        let mut offer = |other: u32| {
            let candidate = &cells[other as usize];
            let apart = distance(candidate, cell.lon, cell.lat);
            let strip = candidate.lat - cell.lat;
            if candidate.eci >> 8 != cell.eci >> 8 && apart < best[NEIGHBOURS - 1].0 {
                let at = best.partition_point(|(held, _)| *held < apart);
                best[at..].rotate_right(1);
                best[at] = (apart, other);
            }
            strip * strip < best[NEIGHBOURS - 1].0
        };
        let _ = by_lat[rank + 1..].iter().all(|other| offer(*other));
        let _ = by_lat[..rank].iter().rev().all(|other| offer(*other));
        found[*index as usize] = best.map(|(_, other)| other);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_files_are_read() {
        let world = World::taiwan();
        assert_eq!(world.cells.len(), 2100);
        assert_eq!(world.villages.len(), 2424);
        assert_eq!(world.villages_of("台北市").len(), 12 * 9);
        assert!(world.modules.iter().all(|module| module.tac.len() == 8));
    }

    #[test]
    fn neighbours_are_the_nearest_cells_of_other_sites() {
        let world = World::taiwan();
        for (index, cell) in world.cells.iter().enumerate().step_by(97) {
            let mut others: Vec<_> =
                world.cells.iter().filter(|other| other.eci >> 8 != cell.eci >> 8).collect();
            others
                .sort_by(|a, b| distance(a, cell.lon, cell.lat).total_cmp(&distance(b, cell.lon, cell.lat)));
            let expected: Vec<_> =
                others.iter().take(NEIGHBOURS).map(|c| distance(c, cell.lon, cell.lat)).collect();
            let found: Vec<_> = world
                .near(index as u32)
                .iter()
                .map(|near| distance(&world.cells[*near as usize], cell.lon, cell.lat))
                .collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn the_cell_at_a_cell_is_that_cells_site() {
        let world = World::taiwan();
        let cell = &world.cells[500];
        let found = world.cell_at(cell.lon, cell.lat);
        assert_eq!(world.cells[found as usize].eci, cell.eci);
    }
}
