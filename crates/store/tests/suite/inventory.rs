use crate::{
    fixture::{Fixture, NOW, imsi, live, row, states},
    on_both,
};
use opencmp_domain::{SimId, sim::SimImport, stored::UnknownSubscriber};
use opencmp_store::InventoryCursor;

on_both!(
    changes_are_followed_page_by_page,
    pages_hold_every_sim,
    the_unknown_are_listed,
    the_unknown_are_registered_once,
);

async fn changes_are_followed_page_by_page(f: Fixture) {
    f.sims(25).await;
    let start = f.store.inventory_version().await.unwrap();
    let mut cursor = InventoryCursor::at(start);
    let nothing = f.store.sims_changed_since(cursor, 10).await.unwrap();
    assert_eq!((nothing.sims.len(), nothing.complete, nothing.next), (0, true, cursor));

    let named = |n: u64| SimImport { name: Some(format!("車機 {n}")), ..row(n) };
    f.import(&(0..12).map(named).collect::<Vec<_>>()).await;
    f.import(&(12..20).map(named).collect::<Vec<_>>()).await;
    let mut seen = Vec::new();
    loop {
        let changes = f.store.sims_changed_since(cursor, 5).await.unwrap();
        seen.extend(changes.sims.into_iter().map(|sim| sim.imsi.unwrap()));
        cursor = changes.next;
        if changes.complete {
            break;
        }
    }
    assert_eq!(seen, (0..20).map(imsi).collect::<Vec<_>>());
    assert_eq!(cursor, InventoryCursor::at(start + 2));
    // Nothing new; then a group, which changes no SIM.
    assert!(f.store.sims_changed_since(cursor, 5).await.unwrap().sims.is_empty());
    f.store.group_ensure(f.tenant.id, "南區", NOW).await.unwrap();
    let changes = f.store.sims_changed_since(cursor, 5).await.unwrap();
    assert_eq!((changes.sims.len(), changes.next), (0, InventoryCursor::at(start + 3)));
}

async fn pages_hold_every_sim(f: Fixture) {
    let sims = f.sims(7).await;
    let mut after = SimId(0);
    let mut seen = Vec::new();
    loop {
        let page = f.store.sim_inventory_page(after, 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.id;
        seen.extend(page);
    }
    assert_eq!(seen, sims);
    assert_eq!(f.store.sim_get(sims[3].id).await.unwrap().as_ref(), Some(&sims[3]));
    assert_eq!(f.store.sim_get(SimId(-5)).await.unwrap(), None);
}

async fn the_unknown_are_listed(f: Fixture) {
    let version = f.store.inventory_version().await.unwrap();
    let subscribers: Vec<_> = (0..5)
        .map(|n| UnknownSubscriber {
            imsi: Some(imsi(n)),
            msisdn: None,
            first_seen_at: NOW.plus_secs(n as i64),
        })
        .collect();
    let ids = f.store.sim_register_unknown(&subscribers).await.unwrap();
    let mut batch = f.batch(1).await;
    batch.sims = states([live(ids[4], 99)]);
    f.store.flush(&batch).await.unwrap();
    let page = f.store.unknown_sims(1, 2).await.unwrap();
    assert_eq!(page.iter().map(|sim| sim.id).collect::<Vec<_>>(), [ids[4], ids[3]]);
    assert_eq!((page[0].usage_cycle.octets(), page[0].last_seen_at), (100, Some(NOW)));
    assert_eq!(page[0].apn.as_ref().unwrap().as_str(), "internet.iot");
    assert_eq!(f.store.unknown_sims(3, 2).await.unwrap().len(), 1);
    assert_eq!(f.store.inventory_version().await.unwrap(), version, "the unknown move no version");
}

async fn the_unknown_are_registered_once(f: Fixture) {
    let inventory = f.sims(2).await;
    let heard = |imsi, msisdn| UnknownSubscriber { imsi, msisdn, first_seen_at: NOW };
    let number = |n: u64| row(n).msisdn;
    let subscribers = [
        heard(Some(imsi(50)), number(50)),
        heard(None, number(50)),
        heard(Some(imsi(50)), None),
        heard(None, number(51)),
        heard(None, number(51)),
        // The number is an inventory SIM's with another IMSI: the IMSI is believed.
        heard(Some(imsi(52)), number(1)),
        heard(None, number(1)),
        // Two IMSIs say that they have one number.
        heard(Some(imsi(53)), number(54)),
        heard(Some(imsi(54)), number(54)),
    ];
    let ids = f.store.sim_register_unknown(&subscribers).await.unwrap();
    assert_eq!([ids[1], ids[2], ids[4], ids[6]], [ids[0], ids[0], ids[3], inventory[1].id]);
    assert_eq!(f.store.unknown_sim_count().await.unwrap(), 5);
    assert_eq!(f.store.sim_get(ids[5]).await.unwrap().unwrap().msisdn, None);
    assert_eq!(f.store.sim_register_unknown(&subscribers).await.unwrap(), ids);
    let many: Vec<_> = (1000..3500).map(|n| heard(Some(imsi(n)), number(n))).collect();
    let first = f.store.sim_register_unknown(&many).await.unwrap();
    assert_eq!(f.store.sim_register_unknown(&many).await.unwrap(), first);
    assert_eq!(f.store.sim_register_unknown(&[]).await.unwrap(), []);
}
