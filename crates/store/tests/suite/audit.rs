use crate::{
    fixture::{Fixture, NOW},
    on_both,
};
use opencmp_domain::Tz;
use opencmp_domain::people::AuditFilter;
use opencmp_store::{NewNas, Secret, audit::entry_place, sha256_hex};

on_both!(
    every_change_is_a_link_of_a_chain,
    nothing_in_the_log_can_be_changed,
    chains_have_no_branches,
    lines_are_found_again,
    secrets_are_not_in_it,
);

async fn every_change_is_a_link_of_a_chain(f: Fixture) {
    f.store.group_ensure(f.tenant.id, "北區", NOW).await.unwrap();
    f.store.view_save(Some(f.tenant.id), None, "離線", "state=disconnected", NOW).await.unwrap();
    f.sims(3).await;
    let entries = f.store.audit_entries(Some(f.tenant.id), &AuditFilter::default(), 0, 100).await.unwrap();
    let mut previous = String::new();
    for (seq, sealed) in (1..).zip(&entries) {
        assert_eq!(sealed.seq, seq);
        assert_eq!(entry_place(&sealed.entry), Some((f.tenant.id.0, seq, previous)));
        assert_eq!(sealed.hash, sha256_hex(&sealed.entry));
        previous = sealed.hash.clone();
    }
    let head = f.store.audit_head(Some(f.tenant.id)).await.unwrap();
    assert_eq!(head, Some((entries.len() as u64, previous)));
    let lines = f.store.audit_lines(Some(f.tenant.id), &AuditFilter::default(), 100).await.unwrap();
    let actions: Vec<_> = lines.iter().rev().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["tenant.create", "group.create", "view.save", "sim.import"]);
    assert_eq!(lines[0].after.as_deref(), Some(r#"{"adopted":0,"changed":0,"created":3}"#));
}

async fn nothing_in_the_log_can_be_changed(f: Fixture) {
    use sqlx::{Connection, Executor};
    let statements = ["UPDATE audit_log SET entry = '{}'", "DELETE FROM audit_log"];
    for statement in statements {
        let refused = if f.database.url.starts_with("sqlite") {
            let mut db = sqlx::SqliteConnection::connect(&f.database.url).await.unwrap();
            db.execute(statement).await.map(drop)
        } else {
            let mut db = sqlx::PgConnection::connect(&f.database.url).await.unwrap();
            db.execute(statement).await.map(drop)
        };
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("only added to"), "{refused}");
    }
}

async fn chains_have_no_branches(f: Fixture) {
    let (store, another) = (f.store.clone(), f.another().await);
    let tenant = f.tenant.id;
    let write = async |store: &opencmp_store::Store, who: &str| {
        for at in 0..20 {
            let name = format!("{who}{at}");
            store.group_ensure(tenant, &name, NOW).await.unwrap();
        }
    };
    tokio::join!(write(&store, "a"), write(&another, "b"));
    let entries = f.store.audit_entries(Some(tenant), &AuditFilter::default(), 0, 100).await.unwrap();
    assert_eq!(entries.len(), 41);
    let mut previous = String::new();
    for sealed in entries {
        assert_eq!(entry_place(&sealed.entry).map(|(_, _, previous)| previous), Some(previous));
        previous = sealed.hash;
    }
}

async fn lines_are_found_again(f: Fixture) {
    let other = f.store.tenant_create("別家", Tz::UTC, 1, NOW).await.unwrap();
    for at in 0..5 {
        let later = NOW.plus_secs(at);
        f.store.group_ensure(f.tenant.id, &format!("g{at}"), later).await.unwrap();
        f.store.view_save(Some(f.tenant.id), None, &format!("v{at}"), "q=1", later).await.unwrap();
    }
    let mine = Some(f.tenant.id);
    let of = async |filter: AuditFilter, most| {
        let lines = f.store.audit_lines(mine, &filter, most).await.unwrap();
        lines.into_iter().map(|line| line.subject).collect::<Vec<_>>()
    };
    let groups = AuditFilter { action: Some("group.".into()), ..AuditFilter::default() };
    assert_eq!(of(groups.clone(), 2).await, ["g4", "g3"]);
    let before = f.store.audit_lines(mine, &groups, 2).await.unwrap()[1].seq;
    assert_eq!(of(AuditFilter { before: Some(before), ..groups }, 2).await, ["g2", "g1"]);
    let (from, until) = (Some(NOW.plus_secs(1)), Some(NOW.plus_secs(2)));
    assert_eq!(of(AuditFilter { from, until, ..AuditFilter::default() }, 10).await, ["v1", "g1"]);
    let theirs = f.store.audit_lines(Some(other.id), &AuditFilter::default(), 10).await.unwrap();
    assert_eq!(theirs.len(), 1);
}

async fn secrets_are_not_in_it(f: Fixture) {
    let pgw = NewNas {
        nodes: String::new(),
        name: "pgw".into(),
        address: "192.0.2.1".into(),
        secret: Secret::new("xyzzy5461"),
        counters_32bit: false,
        swap_direction: false,
        enabled: true,
    };
    let id = f.store.nas_add(&pgw, NOW).await.unwrap();
    let other = NewNas { secret: Secret::new("plugh7734"), ..pgw };
    f.store.nas_update(id, &other, NOW).await.unwrap();
    f.store.nas_remove(id, NOW).await.unwrap();
    let lines = f.store.audit_entries(None, &AuditFilter::default(), 0, 100).await.unwrap();
    let all: String = lines.iter().map(|sealed| sealed.entry.as_str()).collect();
    assert!(all.contains("gateway.add") && all.contains("gateway.change") && all.contains("gateway.remove"));
    assert!(all.contains(r#""secret":"changed""#), "{all}");
    assert!(!all.contains("xyzzy") && !all.contains("plugh"), "{all}");
}
