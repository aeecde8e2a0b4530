//! The vectors, and hexadecimal.
#![allow(clippy::unwrap_used, dead_code)]

use opencmp_radius::{Role, Secret};
use serde_json::Value;

pub struct Vector {
    pub id: String,
    pub kind: String,
    pub role: Role,
    pub secret: Option<Secret>,
    pub datagram: Vec<u8>,
    /// Of the request that this packet answers.
    pub request_authenticator: Option<[u8; 16]>,
    pub expect: Value,
}

pub fn vectors() -> Vec<Vector> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors");
    let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files.iter().map(|path| vector(&serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())).collect()
}

fn vector(json: &Value) -> Vector {
    let text = |field: &str| json[field].as_str().map(str::to_owned);
    let request_authenticator = text("request_authenticator_hex")
        .map(|hex| unhex(&hex))
        .or_else(|| text("request_hex").map(|hex| unhex(&hex)[4..20].to_vec()));
    Vector {
        id: text("id").unwrap(),
        kind: text("kind").unwrap(),
        role: match json["role"].as_str().unwrap() {
            "auth" => Role::Auth,
            "acct" => Role::Acct,
            _ => Role::DynAuth,
        },
        secret: text("secret").map(Secret::new),
        datagram: unhex(&text("hex").unwrap()),
        request_authenticator: request_authenticator.map(|octets| octets.try_into().unwrap()),
        expect: json["expect"].clone(),
    }
}

pub fn unhex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
