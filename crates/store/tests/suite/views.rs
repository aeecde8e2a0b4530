use crate::{
    fixture::{Fixture, NOW},
    on_both,
};
use opencmp_domain::{Actor, Role, Tz, ViewId, people::PersonSaid};
use opencmp_store::{Change, StoreError};

on_both!(views_are_a_tenants_own, what_is_not_shared_is_ones_own, pasted_lists_come_back);

async fn views_are_a_tenants_own(f: Fixture) {
    let mine = Some(f.tenant.id);
    let theirs = Some(f.store.tenant_create("Other", Tz::UTC, 5, NOW).await.unwrap().id);
    let view = f.store.view_save(mine, None, "離線水表", "state=disconnected", NOW).await.unwrap();
    let same = f.store.view_save(mine, None, "離線水表", "state=unconfirmed", NOW).await.unwrap();
    assert_eq!(view, same);
    f.store.view_save(theirs, None, "離線水表", "q=1", NOW).await.unwrap();
    f.store.view_save(None, None, "離線水表", "q=2", NOW).await.unwrap();

    let held = f.store.view_list(mine, None).await.unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].shared, held[0].query.as_str()), (true, "state=unconfirmed"));
    assert_eq!(f.store.view_list(None, None).await.unwrap()[0].query, "q=2");

    assert!(!f.store.view_delete(theirs, None, view, NOW).await.unwrap());
    assert!(!f.store.view_delete(None, None, view, NOW).await.unwrap());
    assert!(f.store.view_delete(mine, None, view, NOW).await.unwrap());
    assert!(!f.store.view_delete(mine, None, ViewId(-1), NOW).await.unwrap());
    for (name, query, field) in
        [("", "q=1", "name"), ("x", "q=\n", "query"), ("x", &"q".repeat(5000), "query")]
    {
        let refused = f.store.view_save(mine, None, name, query, NOW).await;
        assert!(
            matches!(&refused, Err(StoreError::Invalid { field: found, .. }) if *found == field),
            "{refused:?}"
        );
    }
}

async fn what_is_not_shared_is_ones_own(f: Fixture) {
    let mine = Some(f.tenant.id);
    let editor = async |email: &str| {
        let (email, role) = (email.to_owned(), Role::TenantEditor);
        let said = PersonSaid { name: email.clone(), email, role, tenant: mine, groups: None };
        f.store.person_create(&said, NOW).await.unwrap()
    };
    let (mei, wang) = (editor("mei@example.com").await, editor("wang@example.com").await);
    let by = |person| Change::new(Actor { person: Some(person), address: None }, NOW);
    let listed = async |person| {
        let held = f.store.view_list(mine, Some(person)).await.unwrap();
        held.into_iter().map(|view| (view.shared, view.query)).collect::<Vec<_>>()
    };
    let own = |query: &str| (false, query.to_owned());
    let view = f.store.view_save(mine, Some(mei), "水表", "q=mei", by(mei)).await.unwrap();
    f.store.view_save(mine, Some(wang), "水表", "q=wang", by(wang)).await.unwrap();
    assert_eq!((listed(mei).await, listed(wang).await), (vec![own("q=mei")], vec![own("q=wang")]));
    assert!(!f.store.view_delete(mine, Some(wang), view, by(wang)).await.unwrap(), "it is another's");
    // Shared, it is everyone's, and no longer one's own beside.
    f.store.view_save(mine, None, "水表", "q=all", by(mei)).await.unwrap();
    let shared = (true, "q=all".to_owned());
    assert_eq!(listed(mei).await, vec![shared.clone()]);
    let mut theirs = listed(wang).await;
    theirs.sort();
    assert_eq!(theirs, [own("q=wang"), shared]);

    f.store.view_save(mine, None, "水表", "q=more", by(wang)).await.unwrap();
    let lines = f.store.audit_lines(mine, &Default::default(), 3).await.unwrap();
    let said: Vec<_> =
        lines.iter().map(|line| (line.action.as_str(), line.before.as_deref().unwrap_or_default())).collect();
    assert_eq!(
        said,
        [
            ("view.save", r#"{"query":"q=all","shared":true}"#),
            ("view.delete", r#"{"query":"q=wang","shared":false}"#),
            ("view.save", ""),
        ]
    );
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
