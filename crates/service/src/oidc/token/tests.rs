//! Tokens that are right, and those that are wrong in one thing each.

use super::*;
use crate::oidc::discovery::More;
use openidconnect::{
    AuthUrl, IdTokenClaims, IssuerUrl, JsonWebKeyId, JsonWebKeySet, JsonWebKeySetUrl, PrivateSigningKey,
    core::{CoreEdDsaPrivateSigningKey, CoreHmacKey},
};
use serde_json::json;

const ISSUER: &str = "https://id.example.com";
const NOW: i64 = 1_790_000_000;
/// Of nobody: it signs what these tests make up.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIF/OoDOFxfq7bOspy2aiBPfhBNIG/3hT5xmaJWROT7Fn
-----END PRIVATE KEY-----";

fn key(name: &str) -> CoreEdDsaPrivateSigningKey {
    CoreEdDsaPrivateSigningKey::from_ed25519_pem(KEY, Some(JsonWebKeyId::new(name.into()))).unwrap()
}

fn discovered() -> Discovered {
    let metadata = Metadata::new(
        IssuerUrl::new(ISSUER.into()).unwrap(),
        AuthUrl::new(format!("{ISSUER}/auth")).unwrap(),
        JsonWebKeySetUrl::new(format!("{ISSUER}/jwks")).unwrap(),
        Vec::new(),
        Vec::new(),
        Vec::new(),
        More::default(),
    );
    Discovered::of_test(metadata, JsonWebKeySet::new(vec![key("one").as_verification_key()]))
}

/// The claims of a good token, with these in their place.
fn claims(changed: Value) -> IdTokenClaims<Others, CoreGenderClaim> {
    let mut claims = json!({
        "iss": ISSUER, "sub": "m", "aud": ["opencmp"], "iat": NOW - 1, "exp": NOW + 300, "nonce": "n",
        "email": "mei@example.com", "email_verified": true, "groups": ["a"], "realm": { "roles": ["b"] },
    });
    for (name, value) in changed.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    serde_json::from_value(claims).unwrap()
}

fn signed(changed: Value, key: &CoreEdDsaPrivateSigningKey) -> Token {
    Token::new(claims(changed), key, CoreJwsSigningAlgorithm::EdDsa, Some(&access()), None).unwrap()
}

fn access() -> AccessToken {
    AccessToken::new("an access token".into())
}

fn check_with(token: &Token, access: &AccessToken) -> Result<Claims, Wrong> {
    let (discovered, client_id, nonce) =
        (discovered(), ClientId::new("opencmp".into()), Nonce::new("n".into()));
    let now = Timestamp::from_secs(NOW).utc();
    Expected { discovered: &discovered, client_id: &client_id, nonce: &nonce, now }.check(token, access)
}

fn check(token: &Token) -> Result<Claims, Wrong> {
    check_with(token, &access())
}

#[test]
fn a_good_token_says_everything_that_it_says() {
    let claims = check(&signed(json!({}), &key("one"))).unwrap();
    assert_eq!((&claims["sub"], &claims["email_verified"]), (&json!("m"), &json!(true)));
    assert_eq!((&claims["groups"], &claims["realm"]["roles"][0]), (&json!(["a"]), &json!("b")));
    // Clocks that differ a little.
    for changed in [json!({ "exp": NOW - 30 }), json!({ "iat": NOW + 30 }), json!({ "azp": "opencmp" })] {
        assert!(check(&signed(changed.clone(), &key("one"))).is_ok(), "{changed}");
    }
}

#[test]
fn a_token_that_is_wrong_in_one_thing_is_refused() {
    for changed in [
        json!({ "iss": "https://evil.example" }),
        json!({ "iss": format!("{ISSUER}/") }),
        json!({ "aud": ["another"] }),
        json!({ "aud": ["opencmp", "another"] }),
        json!({ "azp": "another" }),
        json!({ "nonce": "another" }),
        json!({ "nonce": null }),
        json!({ "exp": NOW - 90 }),
        json!({ "iat": NOW + 90 }),
        json!({ "iat": NOW - 1000 }),
    ] {
        let wrong = check(&signed(changed.clone(), &key("one")));
        assert!(matches!(wrong, Err(Wrong::Other(_))), "{changed}: {wrong:?}");
    }
    let token = signed(json!({}), &key("one"));
    let stolen = check_with(&token, &AccessToken::new("another".into()));
    assert!(matches!(&stolen, Err(Wrong::Other(why)) if why.starts_with("at_hash")), "{stolen:?}");
}

#[test]
fn a_signature_is_the_providers_own() {
    assert!(matches!(check(&signed(json!({}), &key("two"))), Err(Wrong::UnknownKey)));
    // The same claims with somebody else's signature.
    let [good, other] =
        [json!({}), json!({ "sub": "x" })].map(|claims| signed(claims, &key("one")).to_string());
    let (body, _) = good.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    let forged: Token = format!("{body}.{signature}").parse().unwrap();
    assert!(matches!(check(&forged), Err(Wrong::Other(_))));
    // {"alg":"none"}
    let payload = good.split('.').nth(1).unwrap();
    let unsigned: Result<Token, _> = format!("eyJhbGciOiJub25lIn0.{payload}.").parse();
    assert!(unsigned.is_err() || unsigned.is_ok_and(|token| check(&token).is_err()));
    // By a secret that we have too, and by the provider's public key as one.
    let public = serde_json::to_string(&key("one").as_verification_key()).unwrap();
    for secret in ["the client secret", &public] {
        let key = CoreHmacKey::new(secret);
        let token =
            Token::new(claims(json!({})), &key, CoreJwsSigningAlgorithm::HmacSha256, None, None).unwrap();
        assert!(matches!(check(&token), Err(Wrong::Other(_))));
    }
}

#[test]
fn a_logout_is_no_sign_in_and_a_sign_in_no_logout() {
    let event = json!({ LOGOUT_EVENT: {} });
    let out = |changed| {
        let token = Token::new(claims(changed), &key("one"), CoreJwsSigningAlgorithm::EdDsa, None, None);
        check_logout(&discovered(), "opencmp", &token.unwrap(), Timestamp::from_secs(NOW))
    };
    let said = out(json!({ "events": event, "jti": "j", "sid": "s", "nonce": null })).unwrap();
    assert_eq!(
        (said.subject.as_deref(), said.session.as_deref(), said.id.as_str()),
        (Some("m"), Some("s"), "j")
    );
    for wrong in [
        json!({ "events": event, "jti": "j" }),
        json!({ "events": event, "nonce": null }),
        json!({ "jti": "j", "nonce": null }),
        json!({ "events": event, "jti": "j", "nonce": null, "aud": "another" }),
        json!({ "events": event, "jti": "j", "nonce": null, "exp": NOW - 90 }),
    ] {
        assert!(out(wrong.clone()).is_err(), "{wrong}");
    }
    assert!(check(&signed(json!({ "events": event, "jti": "j", "nonce": null }), &key("one"))).is_err());
}

#[test]
fn userinfo_adds_and_never_replaces() {
    let added = |token: Value, more: Value| {
        let [mut token, more] = [token, more].map(|claims| claims.as_object().unwrap().clone());
        add(&mut token, more);
        Value::Object(token)
    };
    let more = json!({ "sub": "m", "email": "a@x.tw", "email_verified": true, "groups": ["g"] });
    assert_eq!(added(json!({ "sub": "m" }), more.clone()), more);
    assert_eq!(added(json!({ "sub": "m", "email": "a@x.tw" }), more.clone()), more);
    // Another address than the one that was verified.
    let other = json!({ "sub": "m", "email": "b@x.tw", "groups": [] });
    assert_eq!(added(other.clone(), more), other);
}
