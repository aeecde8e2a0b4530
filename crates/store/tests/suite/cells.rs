//! The radio network's cells.

use crate::{
    fixture::{Fixture, NOW},
    on_both,
};
use opencmp_domain::{
    Timestamp,
    cell::{Cell, CellFilter, CellImport, CellKey, Position, Radio},
    people::AuditFilter,
};
use opencmp_store::{ImportMode, StoreError};

on_both!(
    files_add_and_change_cells_and_keep_what_they_dont_say,
    cells_are_found_by_number_network_and_name,
    single_cells_are_added_changed_and_removed,
    what_the_list_shows_goes_if_it_is_still_that_many,
);

const LATER: Timestamp = Timestamp(NOW.0 + 60_000);

fn key(radio: Radio, plmn: &str, area: u32, cell: u64) -> CellKey {
    CellKey { plmn: plmn.parse().unwrap(), radio, area, cell }
}

fn cell(radio: Radio, plmn: &str, area: u32, number: u64, name: Option<&str>) -> Cell {
    Cell { key: key(radio, plmn, area, number), name: name.map(str::to_owned), position: None, reach: None }
}

fn lines(cells: &[Cell]) -> Vec<CellImport> {
    let line = |(at, cell): (usize, &Cell)| CellImport { line: at as u64 + 2, cell: cell.clone() };
    cells.iter().enumerate().map(line).collect()
}

async fn found(f: &Fixture, filter: CellFilter) -> Vec<u64> {
    let page = f.store.cell_page(&filter, 1, 50).await.unwrap();
    assert_eq!(page.total, page.cells.len() as u64);
    let after = f.store.cells_after(&filter, None, 50).await.unwrap();
    assert_eq!(after, page.cells);
    page.cells.into_iter().map(|line| line.cell.key.cell).collect()
}

async fn actions(f: &Fixture) -> Vec<(String, String)> {
    let filter = AuditFilter { action: Some("cell.".into()), ..AuditFilter::default() };
    let told = f.store.audit_lines(None, &filter, 10).await.unwrap();
    told.into_iter().map(|line| (line.action, line.subject)).collect()
}

async fn files_add_and_change_cells_and_keep_what_they_dont_say(f: Fixture) {
    let store = &f.store;
    let place = Position::parse("25.033912", "121.5645");
    let first =
        Cell {
            position: place, reach: Some(1200), ..cell(Radio::Lte, "46692", 12001, 257, Some("北屯 03"))
        };
    let second = cell(Radio::Nr, "46692", 0xFF_FFFF, (1 << 36) - 1, None);
    let file = lines(&[second.clone(), first.clone(), second.clone()]);
    let looked = store.cells_import(&file, ImportMode::KeepGood, false, NOW).await.unwrap();
    assert_eq!((looked.created, looked.changed, looked.unchanged), (2, 0, 0));
    assert_eq!(looked.repeated, [(4, 2)]);
    assert_eq!(store.cell_networks().await.unwrap(), [], "it was only looked at");

    assert_eq!(store.cells_import(&file, ImportMode::AllOrNothing, true, NOW).await.unwrap(), looked);
    assert_eq!(store.cell_networks().await.unwrap(), [], "a line repeats a cell");

    let done = store.cells_import(&file, ImportMode::KeepGood, true, NOW).await.unwrap();
    assert_eq!(done, looked);
    let page = store.cell_page(&CellFilter::default(), 1, 50).await.unwrap();
    let held: Vec<_> = page.cells.iter().map(|line| (&line.cell, line.changed_at)).collect();
    assert_eq!(held, [(&first, NOW), (&second, NOW)], "by network, radio, area, cell");

    // Another file says another place of it and no name.
    let moved = Position::parse("25.04", "121.57");
    let again = Cell { position: moved, ..cell(Radio::Lte, "46692", 12001, 257, None) };
    let done = store
        .cells_import(&lines(&[again, second.clone()]), ImportMode::KeepGood, true, LATER)
        .await
        .unwrap();
    assert_eq!((done.created, done.changed, done.unchanged), (0, 1, 1));
    let page = store.cell_page(&CellFilter::default(), 1, 50).await.unwrap();
    assert_eq!(page.cells[0].cell, Cell { position: moved, ..first });
    assert_eq!((page.cells[0].changed_at, page.cells[1].changed_at), (LATER, NOW));
    // Nothing to change is no change.
    store.cells_import(&lines(&[second]), ImportMode::KeepGood, true, LATER).await.unwrap();
    let told = actions(&f).await;
    let imports =
        [("cell.import".into(), "LTE 46692-12001-257".into()), ("cell.import".into(), "2 cells".into())];
    assert_eq!(told, imports);

    // More than one statement takes.
    let many: Vec<_> = (0..2500).map(|n| cell(Radio::Umts, "46601", 1, n, None)).collect();
    assert_eq!(
        store.cells_import(&lines(&many), ImportMode::KeepGood, true, LATER).await.unwrap().created,
        2500
    );
    let networks = store.cell_networks().await.unwrap();
    let told: Vec<_> = networks
        .iter()
        .map(|network| (network.plmn.to_string(), network.radio, network.cells, network.placed))
        .collect();
    assert_eq!(
        told,
        [
            ("46601".to_owned(), Radio::Umts, 2500, 0),
            ("46692".to_owned(), Radio::Lte, 1, 1),
            ("46692".to_owned(), Radio::Nr, 1, 0),
        ]
    );
    // A download goes on where it was.
    let filter = CellFilter::default();
    let (mut after, mut seen) = (None, 0);
    loop {
        let piece = store.cells_after(&filter, after, 1000).await.unwrap();
        assert!(piece.iter().all(|line| after.is_none_or(|after| line.cell.key > after)));
        seen += piece.len();
        let Some(last) = piece.last() else { break };
        after = Some(last.cell.key);
    }
    assert_eq!(seen, 2502);
}

async fn cells_are_found_by_number_network_and_name(f: Fixture) {
    let cells = [
        cell(Radio::Gsm, "46692", 77, 5, Some("100%_North")),
        cell(Radio::Lte, "46692", 5, 77, Some("北屯 03")),
        cell(Radio::Lte, "46601", 77, 9, Some("ＮＯＲＴＨ-1-2")),
    ];
    f.store.cells_import(&lines(&cells), ImportMode::KeepGood, true, NOW).await.unwrap();
    let by = |text: &str| CellFilter { text: text.to_owned(), ..CellFilter::default() };
    for (text, expected) in [
        ("", &[9, 5, 77][..]),
        ("77", &[9, 5, 77]),
        (" 9 ", &[9]),
        ("46692-5-77", &[77]),
        ("46601-5-77", &[]),
        ("46692-6-77", &[]),
        ("北屯", &[77]),
        ("north", &[5]),
        ("%", &[5]),
        ("_n", &[5]),
        ("!", &[]),
        ("99999999999999999999999", &[]),
        ("466x-1-2", &[]),
        ("ｎｏｒｔｈ-1-2", &[9]),
    ] {
        assert_eq!(found(&f, by(text)).await, expected, "{text:?}");
    }
    let chunghwa = || Some("46692".parse().unwrap());
    let filter = |radio, text: &str| CellFilter { plmn: chunghwa(), radio, text: text.to_owned() };
    assert_eq!(found(&f, filter(None, "")).await, [5, 77]);
    assert_eq!(found(&f, filter(Some(Radio::Lte), "")).await, [77]);
    assert_eq!(found(&f, filter(Some(Radio::Lte), "46601-77-9")).await, Vec::<u64>::new());
    let page = f.store.cell_page(&CellFilter::default(), 2, 2).await.unwrap();
    assert_eq!((page.total, page.cells.len()), (3, 1));
}

async fn single_cells_are_added_changed_and_removed(f: Fixture) {
    let store = &f.store;
    let one = cell(Radio::Lte, "46692", 1, 2, Some(" A "));
    store.cell_save(&one, true, NOW).await.unwrap();
    assert!(matches!(store.cell_save(&one, true, NOW).await, Err(StoreError::Taken { what: "cell", .. })));
    let other = cell(Radio::Gsm, "46692", 1, 2, None);
    assert!(matches!(store.cell_save(&other, false, NOW).await, Err(StoreError::NotFound { .. })));
    let wrong =
        |cell: Cell, field: &'static str| async move { (store.cell_save(&cell, true, NOW).await, field) };
    for (result, expected) in [
        wrong(cell(Radio::Gsm, "46692", 70_000, 2, None), "area").await,
        wrong(cell(Radio::Gsm, "46692", 1, 70_000, None), "cell").await,
        wrong(cell(Radio::Gsm, "46692", 1, 2, Some("a\nb")), "name").await,
        wrong(Cell { reach: Some(200_001), ..other.clone() }, "reach").await,
    ] {
        assert!(
            matches!(&result, Err(StoreError::Invalid { field, .. }) if *field == expected),
            "{result:?}"
        );
    }
    // What no form sends.
    let nowhere = serde_json::json!({ "latitude": 2_000_000_000, "longitude": 0 });
    let nowhere = Cell { position: Some(serde_json::from_value(nowhere).unwrap()), ..other.clone() };
    let refused = store.cell_save(&nowhere, true, NOW).await;
    assert!(matches!(refused, Err(StoreError::Invalid { field: "position", .. })), "{refused:?}");
    let named = Cell { name: Some("A".into()), ..one };
    // The same again is no change.
    store.cell_save(&named, false, LATER).await.unwrap();
    let moved = Cell { position: Position::parse("-1.5", "2"), name: None, ..named };
    store.cell_save(&moved, false, LATER).await.unwrap();
    let page = store.cell_page(&CellFilter::default(), 1, 50).await.unwrap();
    assert_eq!((&page.cells[0].cell, page.cells[0].changed_at), (&moved, LATER));
    store.cell_remove(moved.key, LATER).await.unwrap();
    assert!(matches!(store.cell_remove(moved.key, LATER).await, Err(StoreError::NotFound { .. })));
    let told: Vec<_> = actions(&f).await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(told, ["cell.remove", "cell.change", "cell.add"]);
}

async fn what_the_list_shows_goes_if_it_is_still_that_many(f: Fixture) {
    let cells = [
        cell(Radio::Lte, "46692", 1, 1, None),
        cell(Radio::Lte, "46692", 1, 2, None),
        cell(Radio::Lte, "46601", 1, 3, None),
    ];
    f.store.cells_import(&lines(&cells), ImportMode::KeepGood, true, NOW).await.unwrap();
    let filter = CellFilter { plmn: Some("46692".parse().unwrap()), ..CellFilter::default() };
    let refused = f.store.cells_remove(&filter, 3, NOW).await;
    assert!(matches!(refused, Err(StoreError::Invalid { field: "cells_moved", .. })), "{refused:?}");
    assert_eq!(found(&f, CellFilter::default()).await, [3, 1, 2], "nothing went");
    f.store.cells_remove(&filter, 2, NOW).await.unwrap();
    assert_eq!(found(&f, CellFilter::default()).await, [3]);
    assert_eq!(actions(&f).await[0], ("cell.remove".to_owned(), "2 cells".to_owned()));
}
