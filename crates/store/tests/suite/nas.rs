use crate::{
    fixture::{Fixture, NOW},
    on_both,
};
use opencmp_domain::NasId;
use opencmp_store::{NewNas, Secret, StoreError};

on_both!(gateways_come_change_and_go);

fn pgw() -> NewNas {
    NewNas {
        nodes: String::new(),
        name: "pgw-1".into(),
        address: "192.0.2.1".into(),
        secret: Secret::new("xyzzy5461"),
        counters_32bit: false,
        swap_direction: true,
        enabled: true,
    }
}

async fn gateways_come_change_and_go(f: Fixture) {
    let version = f.store.nas_version().await.unwrap();
    let id = f.store.nas_add(&pgw(), NOW).await.unwrap();
    assert!(f.store.nas_version().await.unwrap() > version);
    let held = f.store.nas_list().await.unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].id, held[0].address.as_str(), held[0].swap_direction), (id, "192.0.2.1/32", true));
    assert_eq!(held[0].secret, Secret::new("xyzzy5461"));

    for (nas, what) in [
        (NewNas { address: "192.0.2.2".into(), ..pgw() }, "gateway"),
        (NewNas { name: "pgw-2".into(), address: "192.0.2.1/32".into(), ..pgw() }, "address"),
    ] {
        let refused = f.store.nas_add(&nas, NOW).await;
        assert!(
            matches!(&refused, Err(StoreError::Taken { what: found, .. }) if *found == what),
            "{refused:?}"
        );
    }
    for (nas, field) in [
        (NewNas { address: "everywhere".into(), ..pgw() }, "address"),
        (NewNas { secret: Secret::new(""), ..pgw() }, "secret"),
        (NewNas { name: " ".into(), ..pgw() }, "name"),
        (NewNas { nodes: "192.0.2.1/40".into(), ..pgw() }, "nodes"),
    ] {
        let refused = f.store.nas_add(&nas, NOW).await;
        assert!(
            matches!(&refused, Err(StoreError::Invalid { field: found, .. }) if *found == field),
            "{refused:?}"
        );
    }

    let changed =
        NewNas { counters_32bit: true, enabled: false, nodes: "pgw-1\n\n192.0.2.1".into(), ..pgw() };
    f.store.nas_update(id, &changed, NOW).await.unwrap();
    let held = f.store.nas_list().await.unwrap();
    assert_eq!((held[0].counters_32bit, held[0].enabled), (true, false));
    assert_eq!(held[0].nodes, "pgw-1\n192.0.2.1/32");
    assert!(matches!(f.store.nas_update(NasId(99), &pgw(), NOW).await, Err(StoreError::Taken { .. })));

    f.store.nas_remove(id, NOW).await.unwrap();
    assert!(f.store.nas_list().await.unwrap().is_empty());
    assert!(matches!(f.store.nas_remove(id, NOW).await, Err(StoreError::NotFound { .. })));
    assert!(matches!(f.store.nas_update(id, &pgw(), NOW).await, Err(StoreError::NotFound { .. })));
    // Its name and address are free again.
    assert_ne!(f.store.nas_add(&pgw(), NOW).await.unwrap(), id);
}
