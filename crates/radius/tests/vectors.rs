//! Every vector, field by field.
#![allow(clippy::unwrap_used)]

mod support;

use opencmp_radius::json::{self, Context};
use serde_json::Value;
use support::{Vector, vectors};

fn judged(vector: &Vector) -> Value {
    let context = Context {
        secret: vector.secret.as_ref(),
        role: Some(vector.role),
        request_authenticator: vector.request_authenticator.as_ref(),
    };
    json::decode_with(&vector.datagram, context)
}

/// What a vector says beyond what a decoder can: remarks, and the secret the sender really used.
fn expected(vector: &Vector) -> Value {
    let mut expect = vector.expect.clone();
    let fields = expect.as_object_mut().unwrap();
    fields.remove("notes");
    fields.remove("wrong_secret");
    if let Some(Value::String(reason)) = fields.get_mut("discard_reason")
        && let Some(at) = reason.find("; parser must not crash")
    {
        reason.truncate(at);
    }
    expect
}

#[test]
fn every_vector_is_judged_and_decoded_as_expected() {
    let vectors = vectors();
    assert!(vectors.len() >= 66, "only {} vectors found", vectors.len());
    let wrong: Vec<String> = vectors
        .iter()
        .filter(|vector| judged(vector) != expected(vector))
        .map(|vector| {
            format!("{}\n  expected {}\n  judged   {}", vector.id, expected(vector), judged(vector))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
}

#[test]
fn the_role_is_guessed_from_the_code() {
    for vector in vectors().iter().filter(|vector| vector.request_authenticator.is_none()) {
        let guessed = json::decode(&vector.datagram, vector.secret.as_ref(), None);
        assert_eq!(guessed["packet"], vector.expect["packet"], "{}", vector.id);
    }
}

#[test]
fn a_response_without_its_request_is_not_called_valid() {
    for vector in vectors().iter().filter(|vector| vector.request_authenticator.is_some()) {
        let judged = json::decode(&vector.datagram, vector.secret.as_ref(), None);
        assert_eq!(judged["response_authenticator"], "request unknown", "{}", vector.id);
    }
}
