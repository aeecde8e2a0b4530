use crate::{
    fixture::{
        CLASS, DAY, Fixture, HOUR, NOW, book, class, day, keep_open, live, row, session, states, up_down,
    },
    on_both,
};
use opencmp_domain::{
    NasId, NodeId, SessionId, SimId, Timestamp,
    event::EventKind,
    node::Node,
    session::{EndCause, flags},
    stored::{FleetSample, JournalPosition, StoredNasStatus},
};
use opencmp_store::{SessionKey, StoreError, UsageSubject};

on_both!(
    what_was_flushed_comes_back,
    increments_add_up,
    a_moved_inventory_refuses_the_flush_whole,
    sessions_end_and_reopen,
    a_second_server_is_noticed,
    absurd_counters_stay_in_bounds,
    a_refused_row_undoes_the_flush,
    many_rows_in_one_flush,
);

async fn what_was_flushed_comes_back(f: Fixture) {
    let sims = f.sims(3).await;
    assert_eq!(f.store.journal_position(0).await.unwrap(), JournalPosition(0));
    assert_eq!(f.store.session_last_id().await.unwrap(), SessionId(0));
    let mut batch = f.batch(4711).await;
    batch.classes.push(opencmp_domain::stored::UsageClass { apn: None, rat: None, plmn: None, ..class(2) });
    let mut lives: Vec<_> = sims.iter().map(|sim| live(sim.id, 7)).collect();
    lives[2].last_message = None;
    lives[2].imei = None;
    lives[2].unconfirmed = true;
    batch.sims = states(lives.clone());
    batch.sessions = vec![session(1, sims[0].id), session(2, sims[1].id), session(3, sims[0].id)];
    batch.sessions[1].ended_at = Some(NOW.plus_secs(500));
    batch.sessions[1].end_cause = Some(EndCause::USER_REQUEST);
    let segment = batch.sessions[2].segments[0];
    batch.sessions[2].segments.push(segment);
    batch.sessions[2].cell = None;
    batch.sessions[2].ipv4 = None;
    batch.sessions[2].ipv6_prefix = None;
    batch.sessions[2].class = None;
    keep_open(&mut batch);
    batch.nas = vec![StoredNasStatus {
        nas: NasId(1),
        last_heard_at: Some(NOW),
        restarted_at: None,
        wrap_suspected_at: Some(NOW),
        clock_offset_ms: Some(-1500),
        accepted: 10,
        duplicates: 2,
        secret_mismatches: 0,
        last_mismatch_at: None,
        malformed: 1,
        nodes_refused: 3,
    }];
    batch.sessions[1].node = Some(NodeId(2));
    let node = |id, name: Option<&str>, ipv6| Node {
        id: NodeId(id),
        nas: NasId(1),
        identifier: name.map(|name| name.as_bytes().into()),
        ipv4: Some([192, 0, 2, 1]),
        ipv6,
        heard_at: NOW,
        restarted_at: None,
    };
    batch.nodes = vec![node(1, None, Some([9; 16])), node(2, Some("p\u{7}gw"), None)];
    f.store.flush(&batch).await.unwrap();

    assert_eq!(f.store.classes().await.unwrap(), batch.classes);
    assert_eq!(f.states().await, batch.sims);
    let second = f.store.sim_live_page(sims[0].id, 1).await.unwrap();
    assert_eq!(second.into_iter().map(|state| state.live).collect::<Vec<_>>(), lives[1..2]);
    let open = [batch.sessions[0].clone(), batch.sessions[2].clone()];
    assert_eq!(f.open_sessions().await, open);
    assert_eq!(f.store.sim_live(sims[0].id).await.unwrap().unwrap().open.as_slice(), open);
    assert_eq!(f.store.sim_live(SimId(-1)).await.unwrap(), None);
    assert_eq!(f.store.sessions_recent_page(NOW, None, 10).await.unwrap(), batch.sessions[1..2]);
    assert!(f.store.sessions_recent_page(NOW.plus_secs(501), None, 10).await.unwrap().is_empty());
    let after = SessionKey { at: NOW.plus_secs(500), id: SessionId(2) };
    assert!(f.store.sessions_recent_page(NOW, Some(after), 10).await.unwrap().is_empty());
    assert_eq!(f.store.session_last_id().await.unwrap(), SessionId(3));
    assert_eq!(f.store.nas_status_list().await.unwrap(), batch.nas);
    assert_eq!(f.store.node_list().await.unwrap(), batch.nodes);
    assert_eq!(f.store.journal_position(0).await.unwrap(), JournalPosition(4711));
    assert_eq!(f.store.journal_position_durable(0).await.unwrap(), JournalPosition(4711));
    assert_eq!(f.store.journal_position(1).await.unwrap(), JournalPosition(0));

    let found = f.store.session_find(sims[1].id, NasId(1), &batch.sessions[1].acct_session_id).await.unwrap();
    assert_eq!(found, batch.sessions[1..2]);
    let found = f.store.session_find(sims[0].id, NasId(1), &batch.sessions[2].acct_session_id).await.unwrap();
    assert_eq!(found, batch.sessions[2..]);
    assert!(
        f.store
            .session_find(sims[0].id, NasId(2), &batch.sessions[2].acct_session_id)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn increments_add_up(f: Fixture) {
    let sims = f.sims(2).await;
    for position in 1..=3 {
        let mut batch = f.batch(position).await;
        book(&mut batch, sims[0].id, sims[0].group, 10, 1);
        book(&mut batch, sims[1].id, sims[1].group, 100, 2);
        f.store.flush(&batch).await.unwrap();
    }
    let day_of = async |subject| f.store.usage_by_day(&subject, DAY, DAY.next()).await.unwrap()[0].usage;
    assert_eq!(day_of(UsageSubject::Sim(sims[0].id)).await, up_down(30, 3));
    assert_eq!(day_of(UsageSubject::All).await, up_down(330, 9));
    let next_hour = opencmp_domain::Hour(HOUR.0 + 1);
    let hours = f.store.usage_by_hour(&UsageSubject::Sim(sims[1].id), HOUR, next_hour).await.unwrap();
    assert_eq!((hours[0].hour, hours[0].usage), (HOUR, up_down(300, 6)));
    assert!(f.store.verify().await.unwrap().is_consistent());
}

async fn a_moved_inventory_refuses_the_flush_whole(f: Fixture) {
    let sims = f.sims(2).await;
    let mut batch = f.batch(5).await;
    batch.sims = states([live(sims[0].id, 1)]);
    book(&mut batch, sims[0].id, sims[0].group, 10, 1);
    let expected = batch.inventory_version;
    f.import(&[row(9)]).await;
    let refused = f.store.flush(&batch).await;
    assert!(
        matches!(refused, Err(StoreError::InventoryMoved { expected: e, found }) if e == expected && found == expected + 1),
        "{refused:?}"
    );
    assert!(f.states().await.is_empty());
    assert_eq!(f.store.journal_position(0).await.unwrap(), JournalPosition(0));
    batch.inventory_version += 1;
    f.store.flush(&batch).await.unwrap();
    assert_eq!(f.store.journal_position(0).await.unwrap(), JournalPosition(5));
}

async fn sessions_end_and_reopen(f: Fixture) {
    let sim = f.sims(1).await[0].id;
    let mut batch = f.batch(1).await;
    let mut one = session(1, sim);
    let flush = async |session: &opencmp_domain::stored::StoredSession| {
        let mut batch = batch.clone();
        batch.sessions = vec![session.clone()];
        keep_open(&mut batch);
        f.store.flush(&batch).await.unwrap();
        let open = f.open_sessions().await;
        let latest = f.store.events_recent(&UsageSubject::All, 10).await.unwrap();
        let began = latest.iter().filter(|event| event.kind == EventKind::SessionStarted);
        assert_eq!(began.map(|event| event.at).collect::<Vec<_>>(), [session.started_at]);
        let ended = f.store.sessions_recent_page(Timestamp(0), None, 10).await.unwrap();
        (open, ended)
    };
    assert_eq!(flush(&one).await, (vec![one.clone()], vec![]));
    // A late Start: it began earlier.
    one.started_at = NOW.plus_secs(-86_400);
    one.segments[0].uplink = 5000;
    assert_eq!(flush(&one).await, (vec![one.clone()], vec![]));
    one.ended_at = Some(NOW);
    one.end_cause = Some(EndCause::LOST_CARRIER);
    assert_eq!(flush(&one).await, (vec![], vec![one.clone()]));
    // A record after the Stop raises what was counted.
    one.segments[0].uplink = 6000;
    one.ended_at = Some(NOW.plus_secs(3));
    assert_eq!(flush(&one).await, (vec![], vec![one.clone()]));
    one.ended_at = None;
    one.end_cause = None;
    one.flags |= flags::REOPENED;
    assert_eq!(flush(&one).await, (vec![one.clone()], vec![]));
    one.ended_at = Some(NOW.plus_secs(60));
    assert_eq!(flush(&one).await, (vec![], vec![one.clone()]));
    batch.sessions.clear();
}

async fn a_second_server_is_noticed(f: Fixture) {
    f.sims(1).await;
    let other = f.another().await;
    f.store.flush(&f.batch(1).await).await.unwrap();
    // A restart goes on.
    other.flush(&f.batch(2).await).await.unwrap();
    let refused = f.store.flush(&f.batch(3).await).await;
    assert!(matches!(refused, Err(StoreError::SecondWriter { partition: 0 })), "{refused:?}");
    assert_eq!(f.store.journal_position(0).await.unwrap(), JournalPosition(2));
    // Partitions are independent.
    let mut batch = f.batch(9).await;
    batch.partition = 1;
    f.store.flush(&batch).await.unwrap();
    assert_eq!(f.store.journal_position(1).await.unwrap(), JournalPosition(9));
    other.close().await;
}

async fn absurd_counters_stay_in_bounds(f: Fixture) {
    let sims = f.sims(2).await;
    for position in 1..=3 {
        let mut batch = f.batch(position).await;
        batch.days =
            vec![day(DAY, sims[0].id, CLASS, u64::MAX, 1), day(DAY, sims[1].id, CLASS, 1, u64::MAX / 2)];
        f.store.flush(&batch).await.unwrap();
    }
    let usage = f.store.usage_by_day(&UsageSubject::Sim(sims[0].id), DAY, DAY.next()).await.unwrap();
    assert_eq!(usage[0].usage, up_down(1 << 53, 3));
    let top = f.store.usage_top(&UsageSubject::All, DAY, DAY.next(), 2).await.unwrap();
    assert_eq!(top, [(sims[0].id, up_down(1 << 53, 3)), (sims[1].id, up_down(3, 1 << 53))]);
}

async fn a_refused_row_undoes_the_flush(f: Fixture) {
    let sim = f.sims(1).await[0].id;
    let mut batch = f.batch(1).await;
    batch.sims = states([live(sim, 1)]);
    let mut same_key = FleetSample {
        at: NOW,
        tenant: f.tenant.id,
        group: f.tenant.default_group,
        connected: 1,
        unconfirmed: 0,
        disconnected: 0,
    };
    batch.samples = vec![same_key, same_key];
    // PostgreSQL can't write one row twice in a statement; SQLite lets the last win.
    if f.store.backend() == opencmp_store::Backend::Postgres {
        assert!(matches!(f.store.flush(&batch).await, Err(StoreError::Database(_))));
        assert!(f.states().await.is_empty());
        assert_eq!(f.store.journal_position(0).await.unwrap(), JournalPosition(0));
    }
    same_key.at = NOW.plus_secs(60);
    batch.samples[1] = same_key;
    f.store.flush(&batch).await.unwrap();
    assert_eq!(f.store.fleet_samples(&UsageSubject::All, NOW).await.unwrap().len(), 2);
}

/// More rows than a statement holds.
async fn many_rows_in_one_flush(f: Fixture) {
    let mut batch = f.batch(1).await;
    batch.sims = states((1..=40_000).map(|n| live(SimId(n), n as u64)));
    for n in 1..=40_000 {
        batch.days.push(day(DAY, SimId(n), CLASS, n as u64, 1));
    }
    batch.sessions = (1..=20_000).map(|n| session(n, SimId(n))).collect();
    for session in batch.sessions.iter_mut().step_by(2) {
        session.ended_at = Some(NOW);
    }
    keep_open(&mut batch);
    for position in 1..=2 {
        batch.position = JournalPosition(position);
        f.store.flush(&batch).await.unwrap();
    }
    assert_eq!(f.states().await, batch.sims);
    assert_eq!(f.open_sessions().await.len(), 10_000);
    assert_eq!(f.store.sessions_recent_page(NOW, None, u32::MAX).await.unwrap().len(), 10_000);
    let usage = f.store.usage_by_day(&UsageSubject::Sim(SimId(40_000)), DAY, DAY.next()).await.unwrap();
    assert_eq!(usage[0].usage, up_down(80_000, 2));
}
