//! What must hold for any octets at all. Shared by the bounded run in `make test` and by cargo-fuzz.

use opencmp_radius::{Check, MAX_LEN, Packet, Role, Secret, Sub, ThreeGpp, accounting_response, json, value};

pub fn fuzz_one(datagram: &[u8]) {
    let secret = Secret::new("fuzz");
    for role in [Role::Auth, Role::Acct, Role::DynAuth] {
        let Ok(packet) = Packet::any(datagram, role) else { continue };
        assert!(datagram.starts_with(packet.octets()), "a packet is the start of its datagram");
        let walked: usize = packet.attributes().map(|attribute| attribute.value.len() + 2).sum();
        assert_eq!(walked + 20, packet.octets().len(), "a checked packet is walked to its end");
        read_everything(&packet);
        packet.user_password(&secret);
        let _ = packet.verify(&secret, None).discard();
        respond(&packet, &secret);
    }
    json::decode(datagram, Some(&secret), None);
}

fn read_everything(packet: &Packet<'_>) {
    for attribute in packet.attributes() {
        let _ = (value::text(attribute.value), value::ipv6_prefix(attribute.value));
        let Some(vendor) = attribute.vendor() else { continue };
        for sub in vendor.subs() {
            let Sub::Fits { kind, value } = sub else { continue };
            let decoded = ThreeGpp::decode((kind & 0xFF) as u8, value);
            assert_eq!(decoded.kind(), (kind & 0xFF) as u8);
        }
    }
}

fn respond(request: &Packet<'_>, secret: &Secret) {
    let mut out = [0; MAX_LEN];
    let length = accounting_response(request, secret, &mut out);
    assert!(length.is_ok(), "a request of legal length has a response that fits");
    let response = Packet::response(&out[..length.unwrap_or(0)], Role::Acct);
    let verdict =
        response.map(|response| response.verify(secret, Some(request.authenticator())).authenticator);
    assert_eq!(verdict, Ok(Check::Valid), "our own response verifies");
}
