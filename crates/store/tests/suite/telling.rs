//! From a message that waits to what became of it.

use crate::{
    fixture::{Fixture, NOW, offline},
    on_both,
};
use opencmp_domain::{
    Actor, AlertId, ChannelId, DeliveryId, Lang, Role, TenantId, Timestamp,
    alert::{
        AlertTurn, StoredAlert, TurnOf,
        channel::{ChannelSaid, Owner, Recipient},
        delivery::{Attempt, DeliveryLine, DeliveryState},
    },
    people::PersonSaid,
};
use opencmp_store::{After, Change, Held, LeasedDelivery, NewDelivery, PartEnd};

on_both!(
    a_message_that_is_sent_again_arrives_by_its_last_attempt,
    what_the_peer_does_not_know_is_uncertain,
    what_is_lost_is_told_of_once,
    a_short_message_whose_sender_died_is_lost,
    what_is_put_off_is_as_it_was,
    what_was_held_back_comes_channel_by_channel,
    a_channel_knows_whose_it_is,
);

const PHONE: &str = "+886912345678";

fn after(secs: i64) -> Timestamp {
    NOW.plus_secs(secs)
}

fn message(tenant: TenantId, channel: ChannelId, id: &str) -> NewDelivery {
    NewDelivery {
        message_id: id.to_owned(),
        tenant,
        channel,
        recipient: PHONE.to_owned(),
        subject: "設備離線".to_owned(),
        content: "{}".to_owned(),
        at: NOW,
        at_once: false,
        of: vec![(AlertId(1), AlertTurn::Began), (AlertId(1), AlertTurn::Ended)],
    }
}

fn sms(name: &str) -> ChannelSaid {
    let to = Recipient::Sms { numbers: vec![PHONE.parse().unwrap()], lang: Lang::ZhTw };
    ChannelSaid { name: name.into(), to, person: None, window: None, enabled: true }
}

async fn channel(f: &Fixture, name: &str) -> ChannelId {
    f.store.alert_channel_add(f.tenant.id, &sms(name), None, NOW).await.unwrap()
}

/// One message about alert 1, which is of a group where there is a SIM.
async fn put(f: &Fixture) -> ChannelId {
    f.raise(&offline(1, f.tenant.id, 1)).await;
    let channel = channel(f, "值班").await;
    let put = f.store.alert_held_take(&[], &[message(f.tenant.id, channel, "m1")], &[]).await;
    assert!(put.unwrap());
    channel
}

async fn lease(f: &Fixture, at: Timestamp) -> Vec<LeasedDelivery> {
    f.store.alert_delivery_lease("one", at, at.plus_secs(180), 10).await.unwrap()
}

async fn attempted(f: &Fixture, number: u32, state: DeliveryState, outcome: &str, ids: &[&str]) {
    let attempt =
        Attempt { number, at: after(1), took_ms: 5, outcome: outcome.to_owned(), ok: !ids.is_empty() };
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let ours = f.store.alert_delivery_attempted(DeliveryId(1), "one", &attempt, After::Finished(state), &ids);
    assert!(ours.await.unwrap());
}

async fn line(f: &Fixture) -> DeliveryLine {
    f.store.alert_delivery_named(f.tenant.id, &[DeliveryId(1)]).await.unwrap().remove(0)
}

/// Its state once this is heard of a part.
async fn heard(f: &Fixture, peer_id: &str, end: PartEnd, outcome: &str) -> DeliveryState {
    assert!(f.store.alert_delivery_receipt(peer_id, end, outcome, after(2)).await.unwrap());
    line(f).await.state
}

async fn a_message_that_is_sent_again_arrives_by_its_last_attempt(f: Fixture) {
    use DeliveryState as S;
    put(&f).await;
    assert_eq!(lease(&f, NOW).await.len(), 1);
    attempted(&f, 1, S::Accepted, "a b c", &["a", "b", "c"]).await;
    assert!(!f.store.alert_delivery_receipt("x", PartEnd::Arrived, "delivered", NOW).await.unwrap());
    assert_eq!(heard(&f, "a", PartEnd::Arrived, "delivered").await, S::Accepted);
    // What becomes of the third is never said.
    assert_eq!(heard(&f, "b", PartEnd::Lost, "undeliverable 11").await, S::Dead);
    let lost = f.store.alert_lost_list(10).await.unwrap();
    assert_eq!((lost[0].state, lost[0].why.as_str()), (S::Dead, "undeliverable 11"));
    assert_eq!((lost.len(), lost[0].recipient.as_str(), &lost[0].groups[..]), (1, PHONE, &[None][..]));

    let change = Change::new(Actor::SYSTEM, after(60));
    f.store.alert_delivery_again(f.tenant.id, DeliveryId(1), &change).await.unwrap();
    assert!(f.store.alert_lost_list(10).await.unwrap().is_empty(), "whoever sends it again knows");
    let again = lease(&f, after(60)).await;
    assert_eq!((again[0].tries, again[0].at_once), (2, true));
    attempted(&f, 3, S::Accepted, "d e", &["d", "e"]).await;
    assert_eq!(heard(&f, "d", PartEnd::Arrived, "delivered").await, S::Accepted);
    // The first attempt's, late and again.
    assert_eq!(heard(&f, "c", PartEnd::Arrived, "delivered").await, S::Accepted);
    assert_eq!(heard(&f, "b", PartEnd::Lost, "undeliverable 11").await, S::Accepted);
    assert_eq!(heard(&f, "e", PartEnd::Arrived, "delivered").await, S::Delivered);
    assert_eq!(heard(&f, "e", PartEnd::Lost, "expired").await, S::Delivered);
    let line = line(&f).await;
    let attempts: Vec<_> = line.attempts.iter().map(|one| (one.number, one.ok)).collect();
    assert_eq!(attempts, [(1, true), (2, false), (3, true), (4, true)]);
    assert!(f.store.alert_lost_list(10).await.unwrap().is_empty());
    // What a page of the log that begins with it has first.
    let page = f.store.alert_delivery_list(f.tenant.id, false, Some(line.before()), 10).await.unwrap();
    assert_eq!(page.lines, [line]);
}

async fn what_the_peer_does_not_know_is_uncertain(f: Fixture) {
    put(&f).await;
    lease(&f, NOW).await;
    attempted(&f, 1, DeliveryState::Accepted, "a", &["a"]).await;
    assert_eq!(heard(&f, "a", PartEnd::Unknown, "unknown").await, DeliveryState::Uncertain);
    let lost = f.store.alert_lost_list(10).await.unwrap();
    assert_eq!((lost[0].state, lost[0].why.as_str()), (DeliveryState::Uncertain, "unknown"));
    let change = Change::new(Actor::SYSTEM, after(60));
    f.store.alert_delivery_again(f.tenant.id, DeliveryId(1), &change).await.unwrap();
}

async fn what_is_lost_is_told_of_once(f: Fixture) {
    let store = &f.store;
    let sims = f.sims(1).await;
    let of_a_sim = StoredAlert { sim: Some(sims[0].id), group: sims[0].group, ..offline(1, f.tenant.id, 1) };
    f.raise(&of_a_sim).await;
    let (failed, other) = (channel(&f, "一").await, channel(&f, "二").await);
    let of_alert = message(f.tenant.id, failed, "m1");
    let of_none = NewDelivery { message_id: "m2".into(), of: Vec::new(), ..of_alert.clone() };
    store.alert_held_take(&[], &[of_alert, of_none], &[]).await.unwrap();
    for delivery in lease(&f, NOW).await {
        let attempt = Attempt { number: 1, at: NOW, took_ms: 5, outcome: "gone HTTP 410".into(), ok: false };
        let after = After::Finished(DeliveryState::Dead);
        assert!(store.alert_delivery_attempted(delivery.id, "one", &attempt, after, &[]).await.unwrap());
    }
    let lost = store.alert_lost_list(10).await.unwrap();
    assert_eq!(lost.len(), 1, "nobody hears of a test, or of a message about another");
    assert_eq!((lost[0].channel, &lost[0].groups[..]), (failed, &[sims[0].group][..]));
    let told = NewDelivery { message_id: "m3".into(), of: Vec::new(), ..message(f.tenant.id, other, "") };
    let take = async || store.alert_lost_take(lost[0].id, std::slice::from_ref(&told)).await.unwrap();
    assert!(take().await);
    assert!(!take().await, "another process has told");
    assert!(store.alert_lost_list(10).await.unwrap().is_empty());
    assert_eq!(store.alert_delivery_list(f.tenant.id, false, None, 10).await.unwrap().lines.len(), 3);
}

async fn a_short_message_whose_sender_died_is_lost(f: Fixture) {
    put(&f).await;
    assert_eq!(lease(&f, NOW).await.len(), 1);
    assert!(lease(&f, after(200)).await.is_empty());
    assert_eq!(line(&f).await.state, DeliveryState::Uncertain);
    let lost = f.store.alert_lost_list(10).await.unwrap();
    assert_eq!((lost.len(), lost[0].why.as_str()), (1, "unanswered"));
}

async fn what_is_put_off_is_as_it_was(f: Fixture) {
    put(&f).await;
    let leased = lease(&f, NOW).await;
    assert_eq!(f.store.alert_delivery_rules(leased[0].id).await.unwrap(), [offline(1, f.tenant.id, 1).rule]);
    let put_off = async |by| f.store.alert_delivery_put_off(leased[0].id, by, after(3_600)).await.unwrap();
    put_off("another").await;
    assert_eq!(line(&f).await.state, DeliveryState::Leased, "whose lease it isn't changes nothing");
    put_off("one").await;
    let line = line(&f).await;
    assert_eq!((line.state, line.not_before), (DeliveryState::Waiting, after(3_600)));
    assert!(line.attempts.is_empty() && lease(&f, after(3_599)).await.is_empty());
    assert_eq!(lease(&f, after(3_600)).await, leased);
}

async fn what_was_held_back_comes_channel_by_channel(f: Fixture) {
    let store = &f.store;
    for id in 1..=3 {
        f.raise(&offline(id, f.tenant.id, id)).await;
    }
    let (one, other) = (channel(&f, "一").await, channel(&f, "二").await);
    let held = |channel, alert, secs| {
        let turn = TurnOf { alert: AlertId(alert), turn: AlertTurn::Began, at: NOW };
        Held { channel, rule: offline(1, f.tenant.id, 1).rule, turn, due_at: after(secs) }
    };
    let all = [held(other, 1, 5), held(one, 2, 9), held(other, 2, 5), held(one, 3, 6), held(one, 1, 7)];
    store.alert_held_take(&[], &[], &all).await.unwrap();
    let mut came = Vec::new();
    loop {
        let due = store.alert_held_due(after(8), 10).await.unwrap();
        if due.is_empty() {
            break;
        }
        came.push(due.iter().map(|due| (due.held.channel, due.alert.id.0)).collect::<Vec<_>>());
        let ids: Vec<i64> = due.iter().map(|due| due.id).collect();
        assert!(store.alert_held_take(&ids, &[], &[]).await.unwrap());
    }
    assert_eq!(came, [vec![(one, 3), (one, 1)], vec![(other, 1), (other, 2)]]);
    // What each was told of last, of several at once.
    let first = NewDelivery { of: vec![(AlertId(1), AlertTurn::Began)], ..message(f.tenant.id, one, "m1") };
    let both = NewDelivery { message_id: "m2".into(), ..message(f.tenant.id, one, "") };
    let second = NewDelivery { of: vec![(AlertId(2), AlertTurn::Ended)], ..both };
    let third = NewDelivery {
        message_id: "m3".into(),
        of: vec![(AlertId(1), AlertTurn::Ended)],
        ..message(f.tenant.id, one, "")
    };
    store.alert_held_take(&[], &[first, second, third], &[]).await.unwrap();
    let told = store.alert_told(&[AlertId(1), AlertId(2), AlertId(3)], one).await.unwrap();
    assert_eq!(told.len(), 2);
    assert_eq!((told[&AlertId(1)], told[&AlertId(2)]), (AlertTurn::Ended, AlertTurn::Ended));
    assert!(store.alert_told(&[AlertId(1)], other).await.unwrap().is_empty());
}

async fn a_channel_knows_whose_it_is(f: Fixture) {
    let (store, group) = (&f.store, f.tenant.default_group);
    let said = PersonSaid {
        email: "a@example.com".into(),
        name: "值班".into(),
        role: Role::TenantViewer,
        tenant: Some(f.tenant.id),
        groups: Some(vec![group]),
    };
    let person = store.person_create(&said, NOW).await.unwrap();
    let of_all = channel(&f, "公司").await;
    let own = ChannelSaid { person: Some(person), ..sms("自己") };
    let own = store.alert_channel_add(f.tenant.id, &own, None, NOW).await.unwrap();
    let now = async |id| store.alert_channel(id).await.unwrap().unwrap();
    assert_eq!(now(of_all).await.owner, None);
    assert_eq!(now(own).await.owner, Some(Owner { shut_out: false, groups: Some(vec![group]) }));
    assert!(now(own).await.may_see(Some(group)) && !now(own).await.may_see(None));
    assert!(now(of_all).await.may_see(None));
    // Groups within it are theirs, from when they are made, and none that is only called alike.
    let default = f.store.groups_of(f.tenant.id).await.unwrap().remove(0).name;
    let version = store.alert_known_version().await.unwrap();
    let within = store.group_create(f.tenant.id, &format!("{default}/台北"), NOW).await.unwrap();
    let beside = store.group_create(f.tenant.id, &format!("{default}台北"), NOW).await.unwrap();
    assert!(now(own).await.may_see(Some(within)) && !now(own).await.may_see(Some(beside)));
    let made = store.alert_known_version().await.unwrap();
    assert!(made > version, "servers beside this one notice");
    let change = Change::new(Actor::SYSTEM, NOW);
    store.group_rename(f.tenant.id, within, "台北", change).await.unwrap();
    assert!(!now(own).await.may_see(Some(within)));
    assert!(store.alert_known_version().await.unwrap() > made);

    let change = Change::new(Actor::SYSTEM, NOW);
    let before = store.alert_known_version().await.unwrap();
    store.person_enable(person, false, &change).await.unwrap();
    assert!(store.alert_known_version().await.unwrap() > before, "servers beside this one notice");
    let listed = store.alert_channel_list(f.tenant.id).await.unwrap();
    let on: Vec<_> = listed.iter().map(|channel| (channel.is_on(), channel.is_shut_out())).collect();
    assert_eq!(on.len(), 2);
    assert!(on.contains(&(true, false)) && on.contains(&(false, true)), "{on:?}");
    assert!(now(own).await.said.enabled, "what is said of it stays");
    store.person_enable(person, true, &change).await.unwrap();
    let free = PersonSaid { groups: None, ..said };
    store.person_update(person, &free, None, &change).await.unwrap();
    assert_eq!(now(own).await.owner, Some(Owner { shut_out: false, groups: None }));
    assert!(now(own).await.is_on());
}
