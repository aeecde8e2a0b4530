//! Groups, what is said of SIMs, custom fields.

use crate::{
    fixture::{DAY, Fixture, HOUR, NOW, book, imsi, row, up_down},
    on_both,
};
use opencmp_domain::people::AuditFilter;
use opencmp_domain::{
    GroupId, SimId, SimSet, Tz,
    custom::{FieldKind, FieldSaid},
    group::{SimSaid, TagEdit},
    sim::SimImport,
};
use opencmp_store::{ImportField, ImportMode, StoreError, UsageSubject, Within};

on_both!(
    groups_are_made_and_renamed_with_what_is_in_them,
    no_group_is_moved_into_itself_or_onto_another,
    a_removed_group_leaves_sims_and_sums_to_the_one_above,
    what_cant_be_removed_says_why,
    moved_sims_take_their_usage_along_and_come_back,
    only_what_is_in_reach_is_moved,
    tags_are_given_taken_and_undone,
    one_sim_is_edited_with_its_fields,
    files_fill_custom_fields,
    many_sims_move_by_few_statements,
);

fn all(f: &Fixture) -> Within<'static> {
    Within { tenant: f.tenant.id, groups: None }
}

async fn group(f: &Fixture, name: &str) -> GroupId {
    f.store.group_create(f.tenant.id, name, NOW).await.unwrap()
}

async fn names(f: &Fixture) -> Vec<String> {
    f.store.groups_of(f.tenant.id).await.unwrap().into_iter().map(|group| group.name).collect()
}

fn set(sims: &[SimId]) -> SimSet {
    sims.iter().copied().collect()
}

fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>) -> &'static str {
    match result {
        Err(StoreError::Invalid { field, .. }) => field,
        Err(StoreError::Taken { what, .. }) => what,
        Err(StoreError::NotFound { .. }) => "not found",
        other => panic!("{other:?}"),
    }
}

async fn last_action(f: &Fixture) -> (String, Option<String>, Option<String>) {
    let lines = f.store.audit_lines(Some(f.tenant.id), &AuditFilter::default(), 1).await.unwrap();
    let line = lines.into_iter().next().unwrap();
    (line.action, line.before, line.after)
}

async fn groups_are_made_and_renamed_with_what_is_in_them(f: Fixture) {
    let north = group(&f, " 北區 ").await;
    group(&f, "北區 / 台北").await;
    group(&f, "北區/台北/大安").await;
    group(&f, "北區二").await;
    let version = f.store.inventory_version().await.unwrap();
    f.store.group_rename(f.tenant.id, north, "全國/北部", NOW).await.unwrap();
    let mut expected = vec!["全國/北部", "全國/北部/台北", "全國/北部/台北/大安", "北區二", "未分組"];
    let mut held = names(&f).await;
    expected.sort_unstable();
    held.sort();
    assert_eq!(held, expected);
    assert_eq!(f.store.inventory_version().await.unwrap(), version + 1);
    let (action, before, after) = last_action(&f).await;
    assert_eq!(action, "group.rename");
    assert_eq!(before.as_deref(), Some(r#"{"name":"北區"}"#));
    assert_eq!(after.as_deref(), Some(r#"{"groups":3,"name":"全國/北部"}"#));
    // A name of the group's own past is free again, the way up too.
    let taipei = f.store.groups_of(f.tenant.id).await.unwrap();
    let taipei = taipei.iter().find(|group| group.name == "全國/北部/台北").unwrap().id;
    f.store.group_rename(f.tenant.id, taipei, "北區", NOW).await.unwrap();
    assert!(names(&f).await.contains(&"北區/大安".to_owned()));
    // The same name again is no change.
    let version = f.store.inventory_version().await.unwrap();
    f.store.group_rename(f.tenant.id, taipei, "北區", NOW).await.unwrap();
    assert_eq!(f.store.inventory_version().await.unwrap(), version);
}

async fn no_group_is_moved_into_itself_or_onto_another(f: Fixture) {
    let north = group(&f, "北區").await;
    group(&f, "北區/台北").await;
    let south = group(&f, "南區").await;
    let before = names(&f).await;
    let rename = async |id, name: &str| refused(f.store.group_rename(f.tenant.id, id, name, NOW).await);
    assert_eq!(rename(north, "北區/台北/北區").await, "group_parent");
    assert_eq!(rename(north, "北區/自己").await, "group_parent");
    assert_eq!(rename(south, "北區/台北").await, "group");
    assert_eq!(rename(south, "").await, "group_name");
    assert_eq!(rename(south, "a//b").await, "group_name");
    assert_eq!(rename(south, "1/2/3/4/5/6/7").await, "group_name");
    assert_eq!(rename(north, &"長".repeat(98)).await, "group_name", "what is nested would be too long");
    assert_eq!(rename(GroupId(4711), "x").await, "not found");
    let other = f.store.tenant_create("Other", Tz::UTC, 1, NOW).await.unwrap();
    assert_eq!(refused(f.store.group_rename(other.id, north, "x", NOW).await), "not found");
    assert_eq!(refused(f.store.group_create(f.tenant.id, "南區", NOW).await), "group");
    assert_eq!(names(&f).await, before, "nothing is half done");
}

async fn a_removed_group_leaves_sims_and_sums_to_the_one_above(f: Fixture) {
    let north = group(&f, "北區").await;
    let taipei = group(&f, "北區/台北").await;
    let sims = f.sims(3).await;
    let ids: Vec<SimId> = sims.iter().map(|sim| sim.id).collect();
    f.store.sims_move(all(&f), &[(taipei, set(&ids[..2])), (north, set(&ids[2..]))], NOW).await.unwrap();
    let mut batch = f.batch(1).await;
    for (sim, group, octets) in [(0, taipei, 1), (1, taipei, 20), (2, north, 300)] {
        book(&mut batch, ids[sim], Some(group), octets, octets);
    }
    f.store.flush(&batch).await.unwrap();
    assert_eq!(
        refused(f.store.group_remove(f.tenant.id, taipei, f.tenant.default_group, NOW).await),
        "group_target"
    );
    assert_eq!(f.store.group_remove(f.tenant.id, taipei, north, NOW).await.unwrap(), 2);
    let usage = f.store.usage_by_day(&UsageSubject::Group(north), DAY, DAY.next()).await.unwrap();
    assert_eq!(usage[0].usage, up_down(321, 321));
    assert!(f.store.verify().await.unwrap().is_consistent());
    assert!(f.store.usage_by_day(&UsageSubject::Group(taipei), DAY, DAY.next()).await.unwrap().is_empty());
    assert_eq!(names(&f).await, ["北區", "未分組"]);
    // The name may be given again, to another group.
    assert_ne!(group(&f, "北區/台北").await, taipei);
    let gone = f.store.sims_move(all(&f), &[(taipei, set(&ids))], NOW).await;
    assert_eq!(refused(gone), "not found");
    // At the top, SIMs go to the default group.
    let again = f.store.groups_of(f.tenant.id).await.unwrap();
    let again = again.iter().find(|group| group.name == "北區/台北").unwrap().id;
    f.store.group_remove(f.tenant.id, again, north, NOW).await.unwrap();
    assert_eq!(f.store.group_remove(f.tenant.id, north, f.tenant.default_group, NOW).await.unwrap(), 3);
    assert!(f.store.verify().await.unwrap().is_consistent());
}

async fn what_cant_be_removed_says_why(f: Fixture) {
    let (north, home) = (group(&f, "北區").await, f.tenant.default_group);
    group(&f, "北區/台北").await;
    let remove = async |id| refused(f.store.group_remove(f.tenant.id, id, home, NOW).await);
    assert_eq!(remove(home).await, "group_default");
    assert_eq!(remove(north).await, "group_nested");
    let south = group(&f, "南區").await;
    let said = opencmp_domain::people::PersonSaid {
        email: "e@x.example".into(),
        name: "E".into(),
        role: opencmp_domain::Role::TenantEditor,
        tenant: Some(f.tenant.id),
        groups: Some(vec![south]),
    };
    f.store.person_create(&said, NOW).await.unwrap();
    assert_eq!(remove(south).await, "group_people");
}

async fn moved_sims_take_their_usage_along_and_come_back(f: Fixture) {
    let (north, south) = (group(&f, "北區").await, group(&f, "南區").await);
    let sims = f.sims(3).await;
    let ids: Vec<SimId> = sims.iter().map(|sim| sim.id).collect();
    let mut batch = f.batch(1).await;
    for (sim, octets) in ids.iter().zip([1, 20, 300]) {
        book(&mut batch, *sim, Some(f.tenant.default_group), octets, octets * 2);
    }
    f.store.flush(&batch).await.unwrap();
    f.store.sims_move(all(&f), &[(south, set(&ids[2..]))], NOW).await.unwrap();
    let version = f.store.inventory_version().await.unwrap();
    let from = f.store.sims_move(all(&f), &[(north, set(&ids))], NOW).await.unwrap();
    assert_eq!(from, [(f.tenant.default_group, set(&ids[..2])), (south, set(&ids[2..]))]);
    assert_eq!(f.store.inventory_version().await.unwrap(), version + 1);
    let sum = async |group| {
        let subject = UsageSubject::Group(group);
        let days = f.store.usage_by_day(&subject, DAY, DAY.next()).await.unwrap();
        let hours = f.store.usage_by_hour(&subject, HOUR, opencmp_domain::Hour(HOUR.0 + 1));
        let days: u64 = days.iter().map(|day| day.usage.uplink.octets()).sum();
        let hours: u64 = hours.await.unwrap().iter().map(|hour| hour.usage.uplink.octets()).sum();
        (days, hours)
    };
    assert_eq!((sum(north).await, sum(south).await), ((321, 321), (0, 0)));
    // A flush that was summed before the move is refused.
    let mut late = f.batch(2).await;
    late.inventory_version = version;
    assert!(matches!(f.store.flush(&late).await, Err(StoreError::InventoryMoved { .. })));
    // Undone.
    f.store.sims_move(all(&f), &from, NOW).await.unwrap();
    assert_eq!((sum(north).await, sum(south).await), ((0, 0), (300, 300)));
    assert!(f.store.verify().await.unwrap().is_consistent());
    let (action, before, after) = last_action(&f).await;
    assert_eq!(action, "sim.move");
    assert!(before.unwrap().contains("北區") && after.unwrap().contains("南區"));
    // Where they are already: no change, no entry.
    let version = f.store.inventory_version().await.unwrap();
    assert!(f.store.sims_move(all(&f), &[(south, set(&ids[2..]))], NOW).await.unwrap().is_empty());
    assert_eq!(f.store.inventory_version().await.unwrap(), version);
}

async fn only_what_is_in_reach_is_moved(f: Fixture) {
    let (north, south) = (group(&f, "北區").await, group(&f, "南區").await);
    let ids: Vec<SimId> = f.sims(3).await.iter().map(|sim| sim.id).collect();
    f.store.sims_move(all(&f), &[(north, set(&ids[..1])), (south, set(&ids[1..2]))], NOW).await.unwrap();
    let mine = [north];
    let limited = Within { tenant: f.tenant.id, groups: Some(&mine) };
    let other = f.store.tenant_create("Other", Tz::UTC, 1, NOW).await.unwrap();
    let foreign = Within { tenant: other.id, groups: None };
    assert_eq!(refused(f.store.sims_move(limited, &[(south, set(&ids))], NOW).await), "not found");
    assert_eq!(refused(f.store.sims_move(limited, &[(north, set(&ids[1..]))], NOW).await), "not found");
    assert_eq!(
        refused(f.store.sims_move(foreign, &[(other.default_group, set(&ids))], NOW).await),
        "not found"
    );
    assert_eq!(refused(f.store.sims_move(foreign, &[(north, set(&ids))], NOW).await), "not found");
    let tag = |sims: &[SimId]| [TagEdit { tag: "x".into(), add: true, sims: set(sims) }];
    assert_eq!(refused(f.store.sims_tag(limited, &tag(&ids[1..]), NOW).await), "not found");
    assert_eq!(refused(f.store.sims_tag(foreign, &tag(&ids), NOW).await), "not found");
    let undo = f.store.sims_tag(limited, &tag(&ids), NOW).await.unwrap();
    assert_eq!(undo[0].sims, set(&ids[..1]), "of several, those in reach");
    let said = SimSaid { name: "mine".into(), group: north, tags: vec![], fields: vec![] };
    for (within, sim, group) in [(limited, 1, north), (limited, 0, south), (foreign, 0, north)] {
        let said = SimSaid { group, ..said.clone() };
        assert_eq!(refused(f.store.sim_edit(within, ids[sim], &said, NOW).await), "not found");
    }
}

async fn tags_are_given_taken_and_undone(f: Fixture) {
    let tagged = |n: u64, tags: &[&str]| SimImport {
        tags: Some(tags.iter().map(|tag| (*tag).to_owned()).collect()),
        ..row(n)
    };
    f.import(&[tagged(1, &["a"]), tagged(2, &["b", "a"]), tagged(3, &[])]).await;
    let sims = f.store.sim_inventory_page(SimId(0), 10).await.unwrap();
    let ids: Vec<SimId> = sims.iter().map(|sim| sim.id).collect();
    let tags = async || -> Vec<Vec<String>> {
        f.store.sim_inventory_page(SimId(0), 10).await.unwrap().into_iter().map(|sim| sim.tags).collect()
    };
    let before = tags().await;
    let edit = |tag: &str, add| TagEdit { tag: tag.into(), add, sims: set(&ids) };
    let edits = [edit("a", false), edit(" c ", true), edit("b", true)];
    let undo = f.store.sims_tag(all(&f), &edits, NOW).await.unwrap();
    assert_eq!(tags().await, [vec!["c", "b"], vec!["b", "c"], vec!["c", "b"]]);
    f.store.sims_tag(all(&f), &undo, NOW).await.unwrap();
    let sorted = |mut tags: Vec<Vec<String>>| {
        tags.iter_mut().for_each(|tags| tags.sort());
        tags
    };
    assert_eq!(sorted(tags().await), sorted(before));
    for wrong in ["", " ", "a\u{7}", &"長".repeat(51)] {
        assert_eq!(refused(f.store.sims_tag(all(&f), &[edit(wrong, true)], NOW).await), "tags", "{wrong:?}");
    }
    // Too many on one of them: on none of them.
    let many: Vec<_> = (0..20).map(|n| edit(&format!("t{n}"), true)).collect();
    let before = tags().await;
    assert_eq!(refused(f.store.sims_tag(all(&f), &many, NOW).await), "tags");
    assert_eq!(tags().await, before);
}

fn field(name: &str, kind: FieldKind, required: bool) -> FieldSaid {
    let choices = if kind == FieldKind::Choice { vec!["東".into(), "西".into()] } else { vec![] };
    FieldSaid { name: name.into(), kind, choices, required }
}

async fn one_sim_is_edited_with_its_fields(f: Fixture) {
    let north = group(&f, "北區").await;
    let sim = f.sims(1).await.remove(0);
    let save = async |said: &FieldSaid| f.store.custom_field_save(f.tenant.id, None, said, NOW).await;
    let side = save(&field("方位", FieldKind::Choice, true)).await.unwrap();
    let date = save(&field("安裝日", FieldKind::Date, false)).await.unwrap();
    assert_eq!(refused(save(&field("方位", FieldKind::Text, false)).await), "field");
    assert_eq!(refused(save(&field(" ", FieldKind::Text, false)).await), "field_name");
    let empty = FieldSaid { choices: vec![], ..field("x", FieldKind::Choice, false) };
    assert_eq!(refused(save(&empty).await), "field_choices");

    let said = SimSaid {
        name: "電表 1".into(),
        group: north,
        tags: vec!["pilot".into()],
        fields: vec![(side, "東".into()), (date, "2026-11-23".into())],
    };
    f.store.sim_edit(all(&f), sim.id, &said, NOW).await.unwrap();
    let held = f.store.sim_get(sim.id).await.unwrap().unwrap();
    assert_eq!((held.name.as_deref(), held.group, held.tags.len()), (Some("電表 1"), Some(north), 1));
    let (action, before, after) = last_action(&f).await;
    assert_eq!(action, "sim.change");
    assert!(before.unwrap().contains(r#""方位":null"#));
    assert!(after.unwrap().contains(r#""方位":"東""#));
    let edit = async |said: SimSaid| refused(f.store.sim_edit(all(&f), sim.id, &said, NOW).await);
    for fields in [vec![(side, String::new())], vec![(side, "北".into())], vec![(date, "tomorrow".into())]] {
        assert_eq!(edit(SimSaid { fields, ..said.clone() }).await, "field_value");
    }
    assert_eq!(edit(SimSaid { name: "長".repeat(101), ..said.clone() }).await, "sim_name");
    assert_eq!(edit(SimSaid { tags: vec!["a\n".repeat(2)], ..said.clone() }).await, "tags");
    let values = f.store.sim_custom(sim.id).await.unwrap();
    assert_eq!(values.values().collect::<Vec<_>>(), ["東", "2026-11-23"], "nothing is half done");

    // Renamed, reordered, removed: by ids, values stay with their fields.
    let renamed = FieldSaid { name: "面向".into(), ..field("", FieldKind::Choice, false) };
    f.store.custom_field_save(f.tenant.id, Some(side), &renamed, NOW).await.unwrap();
    f.store.custom_fields_order(f.tenant.id, &[date, side], NOW).await.unwrap();
    let names = async || -> Vec<String> {
        f.store.custom_fields(f.tenant.id).await.unwrap().into_iter().map(|field| field.said.name).collect()
    };
    assert_eq!(names().await, ["安裝日", "面向"]);
    f.store.custom_field_remove(f.tenant.id, date, NOW).await.unwrap();
    assert_eq!(names().await, ["面向"]);
    let again = save(&field("安裝日", FieldKind::Text, false)).await.unwrap();
    assert_ne!(again, date, "another field never has its values");
    let other = f.store.tenant_create("Other", Tz::UTC, 1, NOW).await.unwrap();
    assert!(f.store.custom_fields(other.id).await.unwrap().is_empty());
    assert_eq!(refused(f.store.custom_field_remove(other.id, side, NOW).await), "not found");
    assert_eq!(refused(f.store.custom_field_save(other.id, Some(side), &renamed, NOW).await), "not found");
}

async fn files_fill_custom_fields(f: Fixture) {
    let save =
        async |said: &FieldSaid| f.store.custom_field_save(f.tenant.id, None, said, NOW).await.unwrap();
    let (meter, side) = (
        save(&field("表號", FieldKind::Number, true)).await,
        save(&field("方位", FieldKind::Choice, false)).await,
    );
    let with = |n: u64, fields: &[(&str, &str)]| SimImport {
        fields: fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..row(n)
    };
    let rows = [
        with(1, &[("表號", "12"), ("方位", "東")]),
        with(2, &[("表號", "x")]),
        with(3, &[("方位", "北"), ("表號", "3")]),
        with(4, &[("別的", "1"), ("表號", "4")]),
        row(5),
    ];
    let report = f.store.sim_import(f.tenant.id, &rows, ImportMode::KeepGood, NOW).await.unwrap();
    let told: Vec<_> = report
        .errors
        .iter()
        .map(|error| (error.line, error.field, error.custom.as_deref().unwrap()))
        .collect();
    let custom = ImportField::Custom;
    assert_eq!(told, [(4, custom, "表號"), (5, custom, "方位"), (6, custom, "別的"), (7, custom, "表號")]);
    assert_eq!(report.created, 1);
    let sim = f.sim_with(imsi(1)).await;
    let values = f.store.sim_custom(sim.id).await.unwrap();
    assert_eq!((values[&meter].as_str(), values[&side].as_str()), ("12", "東"));
    // The file's columns alone change; the same again changes nothing.
    let again = [with(1, &[("方位", "西")])];
    assert_eq!(f.import(&again).await.updated, 1);
    assert_eq!(f.import(&again).await.unchanged, 1);
    let values = f.store.sim_custom(sim.id).await.unwrap();
    assert_eq!((values[&meter].as_str(), values[&side].as_str()), ("12", "西"));
}

async fn many_sims_move_by_few_statements(f: Fixture) {
    let north = group(&f, "北區").await;
    let ids: Vec<SimId> = f.sims(10_000).await.iter().map(|sim| sim.id).collect();
    let began = std::time::Instant::now();
    let from = f.store.sims_move(all(&f), &[(north, set(&ids))], NOW).await.unwrap();
    assert_eq!(from[0].1.len(), 10_000);
    let edit = [TagEdit { tag: "x".into(), add: true, sims: set(&ids) }];
    f.store.sims_tag(all(&f), &edit, NOW).await.unwrap();
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    let line = f.store.audit_lines(Some(f.tenant.id), &AuditFilter::default(), 1).await.unwrap().remove(0);
    assert!(line.after.unwrap().len() < 500, "neighbours are told as a range");
}
