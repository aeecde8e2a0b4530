use crate::{
    fixture::{Fixture, NOW},
    on_both,
};
use opencmp_domain::{
    Actor, PersonId, Reason, Role, TenantId, Tz,
    people::{PersonSaid, Stage},
};
use opencmp_store::{Change, StaysIn, StoreError};

on_both!(
    people_are_let_in_and_shut_out,
    the_last_operator_admin_stays_one,
    what_cannot_be_is_refused,
    a_link_is_good_once,
    a_code_is_good_once,
    sign_ins_end,
    another_role_or_factor_ends_sign_ins,
    browsers_are_remembered,
    entering_a_tenant_is_in_both_chains,
);

fn editor(f: &Fixture) -> PersonSaid {
    PersonSaid {
        email: " Mei.Chen@Example.COM ".into(),
        name: "陳美玲".into(),
        role: Role::TenantEditor,
        tenant: Some(f.tenant.id),
        groups: Some(vec![f.tenant.default_group]),
    }
}

fn by(person: PersonId) -> Change {
    Change::new(Actor { person: Some(person), address: Some([192, 0, 2, 1].into()) }, NOW)
}

async fn people_are_let_in_and_shut_out(f: Fixture) {
    let version = f.store.people_version().await.unwrap();
    let id = f.store.person_create(&editor(&f), NOW).await.unwrap();
    let held = f.store.person_by_email("MEI.chen@example.com").await.unwrap().unwrap();
    assert_eq!((held.id, held.email.as_str()), (id, "mei.chen@example.com"));
    assert_eq!(held.groups, Some(vec![f.tenant.default_group]));
    assert!(!held.has_password && !held.has_second_factor);
    assert_eq!(f.store.person_list(Some(f.tenant.id)).await.unwrap(), [held]);
    assert_eq!(f.store.person_list(None).await.unwrap(), []);
    assert!(f.store.people_version().await.unwrap() > version);

    let said = PersonSaid { name: "美玲".into(), role: Role::TenantAdmin, groups: None, ..editor(&f) };
    assert!(f.store.person_update(id, &said, None, &by(id)).await.unwrap());
    let held = f.store.person(id).await.unwrap().unwrap();
    assert_eq!((held.name.as_str(), held.role, held.groups), ("美玲", Role::TenantAdmin, None));

    f.store.sign_in_create(id, "h", Stage::Full, NOW.plus_secs(60), "a browser", &by(id)).await.unwrap();
    f.store.link_create(id, "l", NOW.plus_secs(60), &by(id)).await.unwrap();
    f.store.person_enable(id, false, &NOW.into()).await.unwrap();
    assert!(f.store.person(id).await.unwrap().unwrap().disabled_at.is_some());
    assert_eq!(f.store.sign_in_find("h").await.unwrap(), None);
    assert_eq!(f.store.link_person("l", NOW).await.unwrap(), None);
    f.store.person_enable(id, true, &NOW.into()).await.unwrap();
    assert_eq!(f.store.person(id).await.unwrap().unwrap().disabled_at, None);
}

async fn the_last_operator_admin_stays_one(f: Fixture) {
    let admin = async |name: &str| {
        let (email, role) = (format!("{name}@operator.example"), Role::OperatorAdmin);
        let said = PersonSaid { name: name.into(), email, role, tenant: None, groups: None };
        (f.store.person_create(&said, NOW).await.unwrap(), said)
    };
    let [(one, said), (other, _)] = [admin("one").await, admin("other").await];
    let change = Change::from(NOW);
    let less = PersonSaid { role: Role::OperatorSupport, ..said.clone() };
    for _ in 0..10 {
        // Each by the other, at once.
        let (shut_out, changed) = tokio::join!(
            f.store.person_enable(other, false, &change),
            f.store.person_update(one, &less, None, &change)
        );
        let refused = shut_out.err().into_iter().chain(changed.err()).collect::<Vec<_>>();
        assert!(matches!(refused.as_slice(), [StoreError::Invalid { field: "person", .. }]), "{refused:?}");
        assert_eq!(f.store.operator_admins(None).await.unwrap(), 1);
        f.store.person_enable(other, true, &change).await.unwrap();
        f.store.person_update(one, &said, None, &change).await.unwrap();
    }
}

async fn what_cannot_be_is_refused(f: Fixture) {
    f.store.person_create(&editor(&f), NOW).await.unwrap();
    let again = f.store.person_create(&editor(&f), NOW).await;
    assert!(matches!(again, Err(StoreError::Taken { .. })), "{again:?}");
    let other = PersonSaid { email: "other@example.com".into(), ..editor(&f) };
    for (said, field) in [
        (PersonSaid { email: "nobody".into(), ..other.clone() }, "email"),
        (PersonSaid { email: "a@b@c.tw".into(), ..other.clone() }, "email"),
        (PersonSaid { email: "a\u{0}@b.tw".into(), ..other.clone() }, "email"),
        (PersonSaid { email: "<a>@b.tw".into(), ..other.clone() }, "email"),
        (PersonSaid { name: " ".into(), ..other.clone() }, "name"),
        (PersonSaid { role: Role::OperatorAdmin, groups: None, ..other.clone() }, "role"),
        (PersonSaid { tenant: None, ..other.clone() }, "role"),
        (PersonSaid { role: Role::TenantAdmin, ..other.clone() }, "groups"),
        (PersonSaid { groups: Some(vec![]), ..other.clone() }, "groups"),
    ] {
        let refused = f.store.person_create(&said, NOW).await;
        assert!(
            matches!(&refused, Err(StoreError::Invalid { field: found, .. }) if *found == field),
            "{said:?}: {refused:?}"
        );
    }
    let elsewhere = PersonSaid { tenant: Some(TenantId(99)), groups: None, ..other.clone() };
    let refused = f.store.person_create(&elsewhere, NOW).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    // A group of another tenant is none.
    let theirs = f.store.tenant_create("別家", Tz::UTC, 1, NOW).await.unwrap();
    let refused = PersonSaid { groups: Some(vec![theirs.default_group]), ..other.clone() };
    let refused = f.store.person_create(&refused, NOW).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    assert_eq!(f.store.person_by_email("other@example.com").await.unwrap(), None);
    assert_eq!(f.store.person_by_email("a\u{0}").await.unwrap(), None);
}

async fn a_link_is_good_once(f: Fixture) {
    let id = f.store.person_create(&editor(&f), NOW).await.unwrap();
    f.store.link_create(id, "first", NOW.plus_secs(100), &NOW.into()).await.unwrap();
    f.store.link_create(id, "second", NOW.plus_secs(100), &NOW.into()).await.unwrap();
    assert_eq!(f.store.link_person("first", NOW).await.unwrap(), None, "the newer one replaces it");
    assert_eq!(f.store.link_person("second", NOW).await.unwrap().map(|person| person.id), Some(id));
    let late = Change::from(NOW.plus_secs(100));
    assert_eq!(f.store.link_use("second", "$argon2id$1", None, &late).await.unwrap(), None);
    f.store.link_create(id, "third", NOW.plus_secs(100), &NOW.into()).await.unwrap();
    f.store.sign_in_create(id, "h", Stage::Full, NOW.plus_secs(60), "", &by(id)).await.unwrap();
    let named = Some(("陳", "chen@example.com"));
    assert_eq!(f.store.link_use("third", "$argon2id$2", named, &NOW.into()).await.unwrap(), Some(id));
    assert_eq!(f.store.link_use("third", "$argon2id$3", None, &NOW.into()).await.unwrap(), None);
    let credentials = f.store.credentials(id).await.unwrap().unwrap();
    assert_eq!(credentials.password.as_deref(), Some("$argon2id$2"));
    assert_eq!(format!("{credentials:?}"), "Credentials(…)");
    assert_eq!(f.store.person(id).await.unwrap().unwrap().email, "chen@example.com");
    assert_eq!(f.store.sign_in_find("h").await.unwrap(), None, "whoever was in is out");
}

async fn a_code_is_good_once(f: Fixture) {
    let id = f.store.person_create(&editor(&f), NOW).await.unwrap();
    let codes = ["a".to_owned(), "b".to_owned()];
    f.store.second_factor_set(id, Some("SECRET"), &codes, None, &by(id)).await.unwrap();
    assert!(f.store.totp_step_use(id, 100).await.unwrap());
    assert!(!f.store.totp_step_use(id, 100).await.unwrap());
    assert!(!f.store.totp_step_use(id, 99).await.unwrap());
    assert!(f.store.totp_step_use(id, 101).await.unwrap());
    assert!(f.store.recovery_code_use(id, "a", &by(id)).await.unwrap());
    assert!(!f.store.recovery_code_use(id, "a", &by(id)).await.unwrap());
    assert_eq!(f.store.recovery_codes_left(id).await.unwrap(), 1);
    f.store.second_factor_set(id, None, &[], None, &by(id)).await.unwrap();
    assert_eq!(f.store.recovery_codes_left(id).await.unwrap(), 0);
    assert_eq!(f.store.credentials(id).await.unwrap().unwrap().totp_secret, None);
}

async fn sign_ins_end(f: Fixture) {
    let id = f.store.person_create(&editor(&f), NOW).await.unwrap();
    let mut ids = Vec::new();
    for (at, stage) in [Stage::Full, Stage::Full, Stage::Full, Stage::Code].into_iter().enumerate() {
        let (hash, expires) = (format!("h{at}"), NOW.plus_secs(100));
        let agent = "x\u{7}".repeat(400);
        ids.push(f.store.sign_in_create(id, &hash, stage, expires, &agent, &by(id)).await.unwrap());
    }
    let held = f.store.sign_in_find("h0").await.unwrap().unwrap();
    assert_eq!((held.person, held.stage, held.address.as_str()), (id, Stage::Full, "192.0.2.1"));
    assert_eq!(held.agent.len(), 300);
    f.store.sign_in_seen(ids[1], NOW.plus_secs(5)).await.unwrap();
    let listed: Vec<_> = f.store.sign_in_list(id, NOW).await.unwrap().iter().map(|s| s.id).collect();
    assert_eq!(listed, [ids[1], ids[2], ids[0]]);
    assert_eq!(f.store.sign_in_list(id, NOW.plus_secs(100)).await.unwrap(), []);

    let somebody =
        f.store.person_create(&PersonSaid { email: "b@b.tw".into(), ..editor(&f) }, NOW).await.unwrap();
    assert!(!f.store.sign_in_end(ids[0], somebody, &by(somebody)).await.unwrap(), "it is another's");
    assert!(f.store.sign_in_end(ids[0], id, &by(id)).await.unwrap());
    assert!(!f.store.sign_in_end(ids[0], id, &by(id)).await.unwrap());
    assert_eq!(f.store.sign_in_end_others(ids[2], id, &by(id)).await.unwrap(), 2);
    assert_eq!(f.store.sign_in_list(id, NOW).await.unwrap().len(), 1);
}

async fn another_role_or_factor_ends_sign_ins(f: Fixture) {
    let id = f.store.person_create(&editor(&f), NOW).await.unwrap();
    let begin = async |hash: &str, stage| {
        f.store.sign_in_create(id, hash, stage, NOW.plus_secs(100), "", &by(id)).await.unwrap()
    };
    let good = async |hash: &str| f.store.sign_in_find(hash).await.unwrap().is_some();
    let ended = async || {
        let lines = f.store.audit_lines(Some(f.tenant.id), &Default::default(), 100).await.unwrap();
        lines.iter().filter(|line| line.action == "person.sign_out_others").count()
    };
    begin("a", Stage::Full).await;
    let here = begin("b", Stage::Full).await;
    begin("c", Stage::Enrol).await;
    let stays = |hash| Some(StaysIn { sign_in: here, hash });
    // A name is no privilege.
    let said = PersonSaid { name: "美玲".into(), ..editor(&f) };
    assert!(!f.store.person_update(id, &said, stays("-"), &by(id)).await.unwrap());
    assert!(good("a").await && good("b").await && good("c").await);
    assert_eq!(ended().await, 0);
    // The token here changes; elsewhere they are signed out.
    let said = PersonSaid { groups: None, ..said };
    assert!(f.store.person_update(id, &said, stays("b2"), &by(id)).await.unwrap());
    assert_eq!(
        [good("a").await, good("b").await, good("c").await, good("b2").await],
        [false, false, false, true]
    );
    assert_eq!(ended().await, 1);
    begin("d", Stage::Full).await;
    f.store.second_factor_set(id, Some("SECRET"), &[], stays("b3"), &by(id)).await.unwrap();
    assert_eq!([good("b2").await, good("b3").await, good("d").await], [false, true, false]);
    // Others did it: nobody stays.
    let said = PersonSaid { role: Role::TenantViewer, ..said };
    assert!(f.store.person_update(id, &said, None, &NOW.into()).await.unwrap());
    assert!(!good("b3").await);
    begin("e", Stage::Full).await;
    f.store.second_factor_set(id, None, &[], None, &NOW.into()).await.unwrap();
    assert!(!good("e").await);
    assert_eq!(ended().await, 4);
}

async fn browsers_are_remembered(f: Fixture) {
    let id = f.store.person_create(&editor(&f), NOW).await.unwrap();
    let other = PersonSaid { email: "other@example.com".into(), ..editor(&f) };
    let other = f.store.person_create(&other, NOW).await.unwrap();
    assert!(!f.store.browser_is_known(id, "b0").await.unwrap());
    for at in 0..25 {
        let (hash, at) = (format!("b{at}"), NOW.plus_secs(at));
        f.store.browser_keep(id, &hash, at).await.unwrap();
        f.store.browser_keep(id, "b0", at).await.unwrap();
    }
    f.store.browser_keep(other, "other", NOW).await.unwrap();
    let known = async |hash| f.store.browser_is_known(id, hash).await.unwrap();
    assert_eq!(
        [known("b0").await, known("b24").await, known("b6").await, known("b5").await, known("other").await],
        [true, true, true, false, false]
    );
    assert!(f.store.browser_is_known(other, "other").await.unwrap());
}

async fn entering_a_tenant_is_in_both_chains(f: Fixture) {
    let said = PersonSaid { role: Role::OperatorSupport, tenant: None, groups: None, ..editor(&f) };
    let id = f.store.person_create(&said, NOW).await.unwrap();
    let sign_in = f.store.sign_in_create(id, "h", Stage::Full, NOW.plus_secs(60), "", &by(id)).await.unwrap();
    let why = Some(Reason::try_from("客戶來電".to_owned()).unwrap());
    let change = Change { why, ..by(id) };
    f.store.sign_in_enter(sign_in, Some(f.tenant.id), "h2", &change).await.unwrap();
    assert_eq!(f.store.sign_in_find("h").await.unwrap(), None, "the token changes");
    assert_eq!(f.store.sign_in_find("h2").await.unwrap().unwrap().entered, Some(f.tenant.id));
    // What is said where another is entered isn't said to the one that is left.
    f.store.sign_in_enter(sign_in, None, "h3", &change).await.unwrap();
    for chain in [Some(f.tenant.id), None] {
        let lines = f.store.audit_lines(chain, &Default::default(), 2).await.unwrap();
        let said: Vec<_> = lines.iter().map(|line| (line.action.as_str(), line.subject.as_str())).collect();
        assert_eq!(said, [("tenant.leave", "台灣水務"), ("tenant.enter", "台灣水務")]);
        assert_eq!(lines[0].who.as_deref(), Some("陳美玲 <mei.chen@example.com>"));
        assert_eq!(lines[0].from.as_deref(), Some("192.0.2.1"));
        assert_eq!((lines[0].why.as_deref(), lines[1].why.as_deref()), (None, Some("客戶來電")));
    }
    let nowhere = f.store.sign_in_enter(sign_in, Some(TenantId(99)), "h4", &by(id)).await;
    assert!(nowhere.is_err());
    assert_eq!(f.store.sign_in_find("h3").await.unwrap().unwrap().entered, None);
}
