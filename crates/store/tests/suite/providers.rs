use crate::{
    fixture::{Fixture, NOW},
    on_both,
};
use opencmp_domain::{
    Actor, GroupId, PersonId, ProviderId, Role, SignInId, TenantId,
    people::{PersonSaid, Stage},
    provider::{FirstSignIn, ProviderRule, ProviderSaid},
};
use opencmp_store::{Change, Identity, ProviderLogout, ProviderRequest, ProviderSignIn, StoreError, Subject};

on_both!(
    providers_are_added_changed_and_removed,
    a_request_is_good_once,
    somebody_is_known_by_issuer_and_subject,
    a_rule_makes_a_person_or_nothing,
    a_provider_that_goes_takes_its_sign_ins_along,
    a_logout_at_the_provider_is_said_once,
);

const ISSUER: &str = "https://id.example.com/realms/atoll";

fn said(slug: &str) -> ProviderSaid {
    ProviderSaid {
        name: " 環礁帳號".into(),
        slug: slug.into(),
        issuer: ISSUER.into(),
        client_id: "opencmp".into(),
        client_secret: Some("seven swans".into()),
        scopes: "openid email".into(),
        first_sign_in: FirstSignIn::Rule,
        rules: vec![ProviderRule {
            claim: "groups".into(),
            value: "北區".into(),
            role: Role::TenantEditor,
            tenant: None,
            group: Some(GroupId(1)),
        }],
        tenant_claim: None,
        trusts_email: true,
        second_factor: vec!["mfa".into()],
        enabled: true,
    }
}

fn person(f: &Fixture, email: &str) -> PersonSaid {
    PersonSaid {
        email: email.into(),
        name: "陳美玲".into(),
        role: Role::TenantViewer,
        tenant: Some(f.tenant.id),
        groups: Some(vec![f.tenant.default_group]),
    }
}

fn change() -> Change {
    Change::new(Actor { person: None, address: Some([192, 0, 2, 1].into()) }, NOW)
}

async fn provider(f: &Fixture) -> ProviderId {
    f.store.provider_add(Some(f.tenant.id), &said("atoll"), NOW).await.unwrap()
}

fn at(provider: ProviderId, subject: &str) -> Subject<'_> {
    Subject { provider, issuer: ISSUER, subject }
}

/// Signed in by the provider's word, in a session of its own there.
async fn signed_in(f: &Fixture, provider: ProviderId, person: PersonId, hash: &str) -> SignInId {
    let by = ProviderSignIn {
        provider,
        issuer: ISSUER.into(),
        subject: "s".into(),
        session: Some(format!("session of {hash}")),
        id_token: "a.b.c".into(),
    };
    let expires = NOW.plus_secs(60);
    let id =
        f.store.sign_in_create(person, hash, Stage::Full, expires, "a browser", &change()).await.unwrap();
    f.store.provider_sign_in_keep(id, &by).await.unwrap();
    assert_eq!(f.store.provider_sign_in(id).await.unwrap(), Some(by));
    id
}

async fn actions(f: &Fixture, chain: Option<TenantId>) -> Vec<String> {
    let lines =
        f.store.audit_lines(chain, &opencmp_domain::people::AuditFilter::default(), 100).await.unwrap();
    for line in &lines {
        let text = format!("{line:?}");
        assert!(!text.contains("swans"), "{text}");
    }
    lines.into_iter().map(|line| line.action).collect()
}

async fn providers_are_added_changed_and_removed(f: Fixture) {
    let id = provider(&f).await;
    let held = f.store.provider_by_slug("atoll").await.unwrap().unwrap();
    assert_eq!((held.id, held.tenant, held.has_secret), (id, Some(f.tenant.id), true));
    let kept = ProviderSaid { name: "環礁帳號".into(), client_secret: None, ..said("atoll") };
    assert_eq!(held.said, kept);
    assert_eq!(f.store.provider_secret(id).await.unwrap().unwrap().expose(), "seven swans");
    assert_eq!(f.store.provider_list(Some(f.tenant.id)).await.unwrap(), [held]);
    assert_eq!(f.store.provider_list(None).await.unwrap(), []);
    assert_eq!(f.store.provider_by_slug("at\0oll").await.unwrap(), None);

    let again = f.store.provider_add(None, &said("atoll"), NOW).await;
    assert!(matches!(again, Err(StoreError::Taken { .. })), "{again:?}");
    let nowhere = f.store.provider_add(Some(TenantId(999)), &said("other"), NOW).await;
    assert!(matches!(nowhere, Err(StoreError::NotFound { .. })), "{nowhere:?}");
    let unnamed = ProviderSaid { name: " ".into(), ..said("other") };
    let unnamed = f.store.provider_add(None, &unnamed, NOW).await;
    assert!(matches!(unnamed, Err(StoreError::Invalid { field: "name", .. })), "{unnamed:?}");

    // Without a word of the secret it stays; empty, there is none.
    let open = ProviderSaid { client_secret: None, issuer: "https://other.example".into(), ..said("atoll") };
    f.store.provider_update(id, &open, &change()).await.unwrap();
    assert!(f.store.provider_secret(id).await.unwrap().is_some());
    let public = ProviderSaid { client_secret: Some(String::new()), ..open };
    f.store.provider_update(id, &public, &change()).await.unwrap();
    assert!(!f.store.provider(id).await.unwrap().unwrap().has_secret);

    f.store.provider_remove(id, &change()).await.unwrap();
    assert_eq!(f.store.provider(id).await.unwrap(), None);
    let gone = f.store.provider_remove(id, &change()).await;
    assert!(matches!(gone, Err(StoreError::NotFound { .. })), "{gone:?}");
    // The short name is free again.
    f.store.provider_add(None, &said("atoll"), NOW).await.unwrap();
    let told = actions(&f, Some(f.tenant.id)).await;
    assert_eq!(told[..4], ["provider.remove", "provider.change", "provider.change", "provider.add"]);
}

async fn a_request_is_good_once(f: Fixture) {
    let request = ProviderRequest {
        provider: provider(&f).await,
        browser: "b".into(),
        nonce: "n".into(),
        verifier: "v".into(),
        way_on: "/sims?q=北區".into(),
    };
    let until = NOW.plus_secs(600);
    for hash in ["one", "two"] {
        f.store.provider_request_keep(hash, &request, NOW, until).await.unwrap();
    }
    assert_eq!(f.store.provider_request_take("none", NOW).await.unwrap(), None);
    assert_eq!(f.store.provider_request_take("one", NOW).await.unwrap(), Some(request));
    assert_eq!(f.store.provider_request_take("one", NOW).await.unwrap(), None);
    assert_eq!(f.store.provider_request_take("two", until).await.unwrap(), None);
    f.store.retention_apply(until.plus_secs(1), &opencmp_store::Retention::default()).await.unwrap();
    assert_eq!(f.store.provider_request_take("two", NOW).await.unwrap(), None);
}

async fn somebody_is_known_by_issuer_and_subject(f: Fixture) {
    let id = provider(&f).await;
    let mei = f.store.person_create(&person(&f, "mei@example.com"), NOW).await.unwrap();
    let lin = f.store.person_create(&person(&f, "lin@example.com"), NOW).await.unwrap();
    assert_eq!(f.store.identity_find(at(id, "m")).await.unwrap(), None);
    f.store.identity_link(at(id, "m"), mei, &change()).await.unwrap();
    let known = Some(Identity { person: mei, by_rule: false });
    assert_eq!(f.store.identity_find(at(id, "m")).await.unwrap(), known);
    let elsewhere = Subject { issuer: "https://other.example", ..at(id, "m") };
    assert_eq!(f.store.identity_find(elsewhere).await.unwrap(), None);
    // Neither two people for one, nor two of them for one person.
    for (subject, person) in [("m", lin), ("another", mei)] {
        let refused = f.store.identity_link(at(id, subject), person, &change()).await;
        assert!(matches!(refused, Err(StoreError::Taken { .. })), "{refused:?}");
    }
    assert_eq!(actions(&f, Some(f.tenant.id)).await[0], "person.identity");

    // A new account at the provider, once the old one is forgotten.
    f.store.sign_in_create(mei, "p", Stage::Full, NOW.plus_secs(60), "", &change()).await.unwrap();
    signed_in(&f, id, mei, "o").await;
    f.store.identity_forget(mei, &change()).await.unwrap();
    f.store.identity_forget(lin, &change()).await.unwrap();
    assert_eq!(f.store.identity_find(at(id, "m")).await.unwrap(), None);
    assert_eq!(f.store.sign_in_find("o").await.unwrap(), None);
    assert!(f.store.sign_in_find("p").await.unwrap().is_some());
    f.store.identity_link(at(id, "another"), mei, &change()).await.unwrap();
    assert_eq!(f.store.identity_find(at(id, "another")).await.unwrap(), known);
    f.store.identity_link(at(id, "m"), lin, &change()).await.unwrap();
}

async fn a_rule_makes_a_person_or_nothing(f: Fixture) {
    let id = provider(&f).await;
    let made = f.store.identity_create(at(id, "m"), &person(&f, "Mei@example.com"), &change()).await.unwrap();
    let held = f.store.person(made).await.unwrap().unwrap();
    assert_eq!((held.email.as_str(), held.role), ("mei@example.com", Role::TenantViewer));
    assert_eq!(held.groups, Some(vec![f.tenant.default_group]));
    let known = Some(Identity { person: made, by_rule: true });
    assert_eq!(f.store.identity_find(at(id, "m")).await.unwrap(), known);
    let taken = f.store.identity_create(at(id, "n"), &person(&f, "mei@example.com"), &change()).await;
    assert!(matches!(taken, Err(StoreError::Taken { .. })), "{taken:?}");
    // The person isn't left behind without the identity.
    let taken = f.store.identity_create(at(id, "m"), &person(&f, "other@example.com"), &change()).await;
    assert!(matches!(taken, Err(StoreError::Taken { .. })), "{taken:?}");
    assert_eq!(f.store.person_by_email("other@example.com").await.unwrap(), None);
    // Forgotten and found again, or at the issuer that the provider is moved to, they are the rule's still.
    f.store.identity_forget(made, &change()).await.unwrap();
    let elsewhere = Subject { issuer: "https://other.example", ..at(id, "m") };
    for subject in [at(id, "new"), elsewhere] {
        f.store.identity_link(subject, made, &change()).await.unwrap();
        assert_eq!(f.store.identity_find(subject).await.unwrap(), known);
    }
    assert!(actions(&f, Some(f.tenant.id)).await.contains(&"person.by_rule".to_owned()));
}

async fn a_provider_that_goes_takes_its_sign_ins_along(f: Fixture) {
    let id = provider(&f).await;
    let mei = f.store.person_create(&person(&f, "mei@example.com"), NOW).await.unwrap();
    let expires = NOW.plus_secs(60);
    f.store.sign_in_create(mei, "by password", Stage::Full, expires, "", &change()).await.unwrap();
    signed_in(&f, id, mei, "first").await;
    let version = f.store.people_version().await.unwrap();
    f.store.provider_update(id, &ProviderSaid { enabled: false, ..said("atoll") }, &change()).await.unwrap();
    assert!(f.store.people_version().await.unwrap() > version);
    assert_eq!(f.store.sign_in_find("first").await.unwrap(), None);
    let second = signed_in(&f, id, mei, "second").await;
    f.store.provider_remove(id, &change()).await.unwrap();
    assert_eq!(f.store.sign_in_find("second").await.unwrap(), None);
    assert_eq!(f.store.provider_sign_in(second).await.unwrap(), None);
    assert!(f.store.sign_in_find("by password").await.unwrap().is_some());
}

async fn a_logout_at_the_provider_is_said_once(f: Fixture) {
    let id = provider(&f).await;
    let mei = f.store.person_create(&person(&f, "mei@example.com"), NOW).await.unwrap();
    for hash in ["first", "second", "third"] {
        signed_in(&f, id, mei, hash).await;
    }
    let ends = async |subject, session, hash: &str| {
        let about = ProviderLogout { provider: id, issuer: ISSUER, subject, session };
        f.store.provider_sign_ins_end(about, hash, NOW.plus_secs(60), &change()).await.unwrap()
    };
    assert_eq!(ends(Some("nobody"), None, "a").await, Some(0));
    assert_eq!(ends(Some("s"), Some("session of first"), "b").await, Some(1));
    assert_eq!(ends(None, Some("session of second"), "b").await, None);
    assert_eq!(ends(None, Some("session of second"), "c").await, Some(1));
    assert!(f.store.sign_in_find("third").await.unwrap().is_some());
    assert_eq!(ends(Some("s"), None, "d").await, Some(1));
    assert_eq!(f.store.sign_in_find("third").await.unwrap(), None);
    assert_eq!(actions(&f, Some(f.tenant.id)).await[0], "person.sign_out_provider");
}
