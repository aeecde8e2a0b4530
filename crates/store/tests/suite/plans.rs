//! 資費類型.

use crate::{
    fixture::{Fixture, NOW, row},
    on_both,
};
use opencmp_domain::{
    PlanId,
    alert::{Category, action::Actions, rule::Condition, rule::RuleSaid},
    change::{ChangeKind, ChangeWhen, WantedChange},
    people::AuditFilter,
    sim::SimImport,
    time::DEFAULT_ZONE,
};
use opencmp_store::StoreError;

on_both!(plans_are_added_renamed_and_removed, a_plan_that_something_needs_stays);

fn refused<T: std::fmt::Debug>(result: Result<T, StoreError>) -> (&'static str, String) {
    match result {
        Err(StoreError::Invalid { field, message }) => (field, message),
        Err(StoreError::Taken { what, value }) => (what, value),
        Err(StoreError::NotFound { what }) => (what, String::new()),
        other => panic!("{other:?}"),
    }
}

async fn names(f: &Fixture) -> Vec<String> {
    f.store.plan_list().await.unwrap().into_iter().map(|plan| plan.name).collect()
}

async fn plans_are_added_renamed_and_removed(f: Fixture) {
    let store = &f.store;
    let before = store.inventory_version().await.unwrap();
    let light = store.plan_add(" 輕量型 ", NOW).await.unwrap();
    let z999 = store.plan_add("Z999型", NOW).await.unwrap();
    assert_eq!(refused(store.plan_add("輕量型", NOW).await), ("plan", "輕量型".to_owned()));
    assert_eq!(refused(store.plan_add("", NOW).await).0, "name");
    assert_eq!(refused(store.plan_rename(light, "Z999型", NOW).await), ("plan", "Z999型".to_owned()));
    assert_eq!(refused(store.plan_rename(light, "a\nb", NOW).await).0, "name");
    assert_eq!(refused(store.plan_rename(PlanId(999), "x", NOW).await).0, "the plan");
    assert_eq!(refused(store.plan_remove(PlanId(999), NOW).await).0, "the plan");
    assert_eq!(store.inventory_version().await.unwrap(), before + 2, "what is refused moves nothing");

    store.plan_rename(light, "輕量二型", NOW).await.unwrap();
    // The same name again is no change.
    store.plan_rename(light, "輕量二型", NOW).await.unwrap();
    assert_eq!(names(&f).await, ["Z999型", "輕量二型"]);
    assert_eq!(store.plan_ensure("輕量二型", NOW).await.unwrap(), light);
    store.plan_remove(z999, NOW).await.unwrap();
    assert_eq!(store.inventory_version().await.unwrap(), before + 4);
    let held = store.plan_list().await.unwrap();
    assert_eq!((held.len(), held[0].id, held[0].created_at), (1, light, NOW));
    // Both names are free again.
    store.plan_add("輕量型", NOW).await.unwrap();
    store.plan_add("Z999型", NOW).await.unwrap();

    let filter = AuditFilter { action: Some("plan.".into()), ..AuditFilter::default() };
    let told = store.audit_lines(None, &filter, 10).await.unwrap();
    let told: Vec<_> = told.iter().map(|line| (line.action.as_str(), line.subject.as_str())).collect();
    let expected = [
        ("plan.create", "Z999型"),
        ("plan.create", "輕量型"),
        ("plan.remove", "Z999型"),
        ("plan.rename", "輕量型"),
        ("plan.create", "Z999型"),
        ("plan.create", "輕量型"),
    ];
    assert_eq!(told, expected);
}

async fn a_plan_that_something_needs_stays(f: Fixture) {
    let store = &f.store;
    f.import(&[
        SimImport { plan: Some("輕量型".into()), ..row(1) },
        SimImport { plan: Some("輕量型".into()), ..row(2) },
    ])
    .await;
    let light = store.plan_list().await.unwrap()[0].id;
    // A terminated SIM keeps it too.
    f.execute("UPDATE sim SET service_state = 'terminated'").await;
    assert_eq!(refused(store.plan_remove(light, NOW).await), ("plan_sims", "2".to_owned()));
    f.execute("UPDATE sim SET plan_id = NULL").await;

    let what = ChangeKind::ChangePlan;
    let change = WantedChange { what, plan: Some(light), when: ChangeWhen::Now, undo: false };
    let actions = Actions { change: Some(change), ..Actions::default() };
    let said = RuleSaid::new("降速", Condition::of(Category::Offline), DEFAULT_ZONE);
    let rule = store.alert_rule_add(f.tenant.id, &RuleSaid { actions, ..said }, NOW).await.unwrap();
    assert_eq!(refused(store.plan_remove(light, NOW).await), ("plan_rules", "降速 (台灣水務)".to_owned()));
    store.alert_rule_remove(rule, &NOW.into()).await.unwrap();

    let wanted = format!(
        "INSERT INTO change_request (id, tenant_id, sim_id, what, plan_id, due_at, state, alert_id, rule_id, created_at)
         VALUES (1, {}, 1, {}, {light}, 1, 1, 1, {rule}, 1)",
        f.tenant.id,
        what.code(),
    );
    f.execute(&wanted).await;
    assert_eq!(refused(store.plan_remove(light, NOW).await), ("plan_changes", "1".to_owned()));
    f.execute("UPDATE change_request SET state = 5").await;
    store.plan_remove(light, NOW).await.unwrap();
    assert!(names(&f).await.is_empty());
}
