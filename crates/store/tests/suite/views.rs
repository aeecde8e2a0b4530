use crate::{
    fixture::{Fixture, NOW},
    on_both,
};
use opencmp_domain::{Tz, ViewId};
use opencmp_store::StoreError;

on_both!(views_are_a_tenants_own, pasted_lists_come_back);

async fn views_are_a_tenants_own(f: Fixture) {
    let mine = Some(f.tenant.id);
    let theirs = Some(f.store.tenant_create("Other", Tz::UTC, 5, NOW).await.unwrap().id);
    let view = f.store.view_save(mine, "離線水表", false, "state=disconnected", NOW).await.unwrap();
    let same = f.store.view_save(mine, "離線水表", true, "state=unconfirmed", NOW).await.unwrap();
    assert_eq!(view, same);
    f.store.view_save(theirs, "離線水表", false, "q=1", NOW).await.unwrap();
    f.store.view_save(None, "離線水表", false, "q=2", NOW).await.unwrap();

    let held = f.store.view_list(mine).await.unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].shared, held[0].query.as_str()), (true, "state=unconfirmed"));
    assert_eq!(f.store.view_list(None).await.unwrap()[0].query, "q=2");

    assert!(!f.store.view_delete(theirs, view, NOW).await.unwrap());
    assert!(!f.store.view_delete(None, view, NOW).await.unwrap());
    assert!(f.store.view_delete(mine, view, NOW).await.unwrap());
    assert!(!f.store.view_delete(mine, ViewId(-1), NOW).await.unwrap());
    for (name, query, field) in
        [("", "q=1", "name"), ("x", "q=\n", "query"), ("x", &"q".repeat(5000), "query")]
    {
        let refused = f.store.view_save(mine, name, false, query, NOW).await;
        assert!(
            matches!(&refused, Err(StoreError::Invalid { field: found, .. }) if *found == field),
            "{refused:?}"
        );
    }
}

async fn pasted_lists_come_back(f: Fixture) {
    let mine = Some(f.tenant.id);
    let lines: Vec<String> =
        ["0400010000001", "  ", "'; --", "\u{0}\u{7f}", "門號"].map(str::to_owned).into();
    let id = f.store.number_list_save(mine, &lines, NOW).await.unwrap();
    let other = f.store.number_list_save(mine, &lines, NOW).await.unwrap();
    assert_ne!(id, other);
    assert_eq!(f.store.number_list_load(mine, &id).await.unwrap(), Some(lines));
    assert_eq!(f.store.number_list_load(None, &id).await.unwrap(), None);
    for id in ["", "nonsense", "' OR 1=1 --", "\u{0}"] {
        assert_eq!(f.store.number_list_load(mine, id).await.unwrap(), None);
    }
}
