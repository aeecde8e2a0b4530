use crate::{
    fixture::{Fixture, NOW, row},
    on_both,
};
use opencmp_domain::{TenantId, Tz, people::AuditFilter, sim::SimImport};
use opencmp_store::{StoreError, Tenant};

on_both!(
    a_tenant_comes_with_its_default_group,
    a_tenant_is_renamed,
    groups_and_plans_are_made_once,
    hostile_names_are_data,
);

async fn a_tenant_comes_with_its_default_group(f: Fixture) {
    assert_eq!(f.store.tenant_by_name("台灣水務").await.unwrap(), Some(f.tenant.clone()));
    assert_eq!(f.store.tenant_list().await.unwrap(), std::slice::from_ref(&f.tenant));
    let groups = f.store.group_list(Some(f.tenant.id)).await.unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].id, groups[0].name.as_str()), (f.tenant.default_group, Tenant::DEFAULT_GROUP));

    let again = f.store.tenant_create(" 台灣水務 ", Tz::UTC, 1, NOW).await;
    assert!(matches!(again, Err(StoreError::Taken { what: "tenant", .. })), "{again:?}");
    for (name, cycle_day, field) in
        [("", 1, "name"), ("x\u{0}y", 1, "name"), ("A", 0, "cycle_day"), ("A", 29, "cycle_day")]
    {
        let refused = f.store.tenant_create(name, Tz::UTC, cycle_day, NOW).await;
        assert!(
            matches!(&refused, Err(StoreError::Invalid { field: found, .. }) if *found == field),
            "{refused:?}"
        );
    }
}

async fn a_tenant_is_renamed(f: Fixture) {
    let (store, id) = (&f.store, f.tenant.id);
    store.tenant_create("別家", Tz::UTC, 1, NOW).await.unwrap();
    let version = store.inventory_version().await.unwrap();
    let taken = store.tenant_rename(id, "別家", NOW).await;
    assert!(matches!(taken, Err(StoreError::Taken { what: "tenant", .. })), "{taken:?}");
    let empty = store.tenant_rename(id, " ", NOW).await;
    assert!(matches!(empty, Err(StoreError::Invalid { field: "name", .. })), "{empty:?}");
    let nobody = store.tenant_rename(TenantId(4711), "x", NOW).await;
    assert!(matches!(nobody, Err(StoreError::NotFound { .. })), "{nobody:?}");
    store.tenant_rename(id, "台灣水務", NOW).await.unwrap();
    assert_eq!(store.inventory_version().await.unwrap(), version, "the same name again is no change");

    store.tenant_rename(id, " 臺灣水務 ", NOW).await.unwrap();
    assert_eq!(store.inventory_version().await.unwrap(), version + 1);
    let held = store.tenant_by_name("臺灣水務").await.unwrap().unwrap();
    assert_eq!(held, Tenant { name: "臺灣水務".into(), ..f.tenant.clone() });
    for chain in [None, Some(id)] {
        let last = store.audit_lines(chain, &AuditFilter::default(), 1).await.unwrap().remove(0);
        assert_eq!((last.action.as_str(), last.subject.as_str()), ("tenant.rename", "台灣水務"));
        assert_eq!(last.after.as_deref(), Some(r#"{"name":"臺灣水務"}"#));
    }
}

async fn groups_and_plans_are_made_once(f: Fixture) {
    let before = f.store.inventory_version().await.unwrap();
    let north = f.store.group_ensure(f.tenant.id, "北區/台北", NOW).await.unwrap();
    assert_eq!(f.store.group_ensure(f.tenant.id, "北區/台北", NOW).await.unwrap(), north);
    let plan = f.store.plan_ensure("物聯網 Z999型", NOW).await.unwrap();
    assert_eq!(f.store.plan_ensure("物聯網 Z999型", NOW).await.unwrap(), plan);
    assert_eq!(f.store.inventory_version().await.unwrap(), before + 2, "what was there moves nothing");
    assert_eq!(f.store.plan_list().await.unwrap().len(), 1);

    f.import(&[SimImport { group: Some("北區/台北".into()), ..row(1) }, row(2), row(3)]).await;
    let sizes: Vec<_> =
        f.store.group_list(None).await.unwrap().into_iter().map(|g| (g.name, g.sims)).collect();
    assert_eq!(sizes, [("北區/台北".to_owned(), 1), (Tenant::DEFAULT_GROUP.to_owned(), 2)]);
    assert_eq!(f.store.tenant_choices().await.unwrap()[0].sims, 3);
    let nobody = f.store.group_ensure(TenantId(4711), "x", NOW).await;
    assert!(matches!(nobody, Err(StoreError::NotFound { .. })), "{nobody:?}");
}

async fn hostile_names_are_data(f: Fixture) {
    for name in ["'; DROP TABLE sim; --", "\" OR 1=1", "$1", "%s{}\\", "😀 𠮷野家", "a'b\"c`d"] {
        let id = f.store.group_ensure(f.tenant.id, name, NOW).await.unwrap();
        let groups = f.store.group_list(Some(f.tenant.id)).await.unwrap();
        assert_eq!(groups.iter().find(|group| group.id == id).unwrap().name, name);
    }
}
