use crate::{
    fixture::{Fixture, NOW},
    on_both,
};
use opencmp_domain::{Actor, GroupId, portal::PortalSaid};
use opencmp_store::{Change, FrameLetIn, FrameToken, Retention, StoreError};

on_both!(
    portals_are_added_changed_and_removed,
    a_frame_is_let_in_once,
    both_processes_sign_with_one_key,
    what_is_over_is_swept,
);

fn said(name: &str) -> PortalSaid {
    PortalSaid {
        name: name.into(),
        origins: vec!["https://a.example".into(), "https://b.example".into()],
        groups: None,
    }
}

fn change() -> Change {
    Change::new(Actor::SYSTEM, NOW)
}

fn let_in(origin: &str) -> FrameLetIn {
    FrameLetIn {
        groups: Some(vec![GroupId(1)]),
        page: "/sims".into(),
        parent_origin: origin.into(),
        lang: "en".into(),
        theme: "dark".into(),
    }
}

async fn portals_are_added_changed_and_removed(f: Fixture) {
    let (store, tenant) = (&f.store, f.tenant.id);
    let id = store.portal_add(tenant, &said(" 入口"), "k1", NOW).await.unwrap();
    let taken = store.portal_add(tenant, &said("入口"), "k2", NOW).await;
    assert!(matches!(taken, Err(StoreError::Taken { .. })), "{taken:?}");
    let elsewhere = PortalSaid { groups: Some(vec![GroupId(999)]), ..said("x") };
    let refused = store.portal_add(tenant, &elsewhere, "k3", NOW).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    let held = store.portal_by_key("k1").await.unwrap().unwrap();
    assert_eq!((held.id, held.said.name.as_str(), held.said.origins.len()), (id, "入口", 2));

    let before = store.people_version().await.unwrap();
    let narrow = PortalSaid { groups: Some(vec![f.tenant.default_group]), ..said("入口") };
    store.portal_update(id, &narrow, &change()).await.unwrap();
    assert_eq!(store.portal(id).await.unwrap().unwrap().said, narrow);
    store.portal_key_set(id, "k4", &change()).await.unwrap();
    assert!(store.portal_by_key("k1").await.unwrap().is_none());
    store.portal_remove(id, &change()).await.unwrap();
    assert!(store.people_version().await.unwrap() > before);
    assert!(store.portal(id).await.unwrap().is_none() && store.portal_by_key("k4").await.unwrap().is_none());
    assert!(store.portal_list(tenant).await.unwrap().is_empty());
    // The name is free again.
    store.portal_add(tenant, &said("入口"), "k5", NOW).await.unwrap();
}

async fn a_frame_is_let_in_once(f: Fixture) {
    let store = &f.store;
    let portal = store.portal_add(f.tenant.id, &said("p"), "k", NOW).await.unwrap();
    let (later, token) = (NOW.plus_secs(60), FrameToken { id: "t1", expires_at: NOW.plus_secs(60) });
    let of_a = let_in("https://a.example");
    assert!(store.frame_let_in(token, portal, &of_a, "h1", NOW, later).await.unwrap());
    assert!(!store.frame_let_in(token, portal, &of_a, "h2", NOW, later).await.unwrap());
    assert!(store.frame_find("h2").await.unwrap().is_none());
    let frame = store.frame_find("h1").await.unwrap().unwrap();
    assert_eq!((&frame.let_in, frame.portal.id, frame.expires_at), (&of_a, portal, later));

    let token = FrameToken { id: "t2", ..token };
    assert!(store.frame_let_in(token, portal, &let_in("https://b.example"), "h3", NOW, later).await.unwrap());
    let only_b = PortalSaid { origins: vec!["https://b.example".into()], ..said("p") };
    store.portal_update(portal, &only_b, &change()).await.unwrap();
    assert!(store.frame_find("h1").await.unwrap().is_none());
    assert!(store.frame_find("h3").await.unwrap().is_some());
    store.portal_remove(portal, &change()).await.unwrap();
    assert!(store.frame_find("h3").await.unwrap().is_none());
    // A token of a portal that is gone isn't used up.
    let token = FrameToken { id: "t3", ..token };
    let gone = store.frame_let_in(token, portal, &of_a, "h4", NOW, later).await;
    assert!(matches!(gone, Err(StoreError::NotFound { .. })), "{gone:?}");
}

async fn both_processes_sign_with_one_key(f: Fixture) {
    let other = f.another().await;
    let key = f.store.embed_key("one").await.unwrap();
    assert_eq!(key, "one");
    assert_eq!(other.embed_key("two").await.unwrap(), "one");
    other.close().await;
}

async fn what_is_over_is_swept(f: Fixture) {
    let store = &f.store;
    let portal = store.portal_add(f.tenant.id, &said("p"), "k", NOW).await.unwrap();
    let (soon, late) = (NOW.plus_secs(60), NOW.plus_secs(600));
    for (id, until) in [("t1", soon), ("t2", late)] {
        let token = FrameToken { id, expires_at: until };
        store.frame_let_in(token, portal, &let_in("https://a.example"), id, NOW, until).await.unwrap();
    }
    store.retention_apply(NOW.plus_secs(120), &Retention::default()).await.unwrap();
    assert!(store.frame_find("t1").await.unwrap().is_none());
    assert!(store.frame_find("t2").await.unwrap().is_some());
    // Still used; the other one's place is free.
    let used = FrameToken { id: "t2", expires_at: late };
    assert!(!store.frame_let_in(used, portal, &let_in("https://a.example"), "h", NOW, late).await.unwrap());
}
