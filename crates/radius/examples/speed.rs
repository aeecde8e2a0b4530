//! What one core does with a gateway's packet: `cargo run --release -p opencmp-radius --example speed`.

use std::hint::black_box;
use std::time::Instant;

use opencmp_radius::threegpp::{PdpType, Plmn, RatType};
use opencmp_radius::{
    Code, MAX_LEN, NoRoom, Packet, PacketBuilder, Role, Secret, Sub, ThreeGpp, accounting_response,
    dictionary,
};

const ROUNDS: u32 = 20_000;

fn request<'b>(out: &'b mut [u8], secret: &Secret, count: u32) -> Result<&'b [u8], NoRoom> {
    let plmn = Plmn::from_text(b"00101").ok_or(NoRoom)?;
    let mut request = PacketBuilder::new(out, Code::AccountingRequest, count as u8);
    request
        .text(dictionary::USER_NAME, "886400010123456")
        .ipv4(dictionary::NAS_IP_ADDRESS, [10, 20, 0, 1].into())
        .ipv4(dictionary::FRAMED_IP_ADDRESS, [10, 88, 0, 17].into())
        .text(dictionary::CALLED_STATION_ID, "internet.iot")
        .text(dictionary::CALLING_STATION_ID, "886400010123456")
        .text(dictionary::NAS_IDENTIFIER, "pgw-tpe-01")
        .text(dictionary::ACCT_SESSION_ID, "0A14000111223344");
    for kind in [40, 41, 42, 43, 46, 47, 48, 52, 53, 55, 61] {
        request.integer(kind, count);
    }
    request
        .three_gpp(&ThreeGpp::Imsi("001010123456789"))
        .three_gpp(&ThreeGpp::ChargingId(count))
        .three_gpp(&ThreeGpp::PdpType(PdpType::IPV4))
        .three_gpp(&ThreeGpp::SgsnAddress([10, 30, 0, 1].into()))
        .three_gpp(&ThreeGpp::GgsnAddress([10, 20, 0, 1].into()))
        .three_gpp(&ThreeGpp::ImsiMccMnc(plmn))
        .three_gpp(&ThreeGpp::QosProfile("08-4C08000493E0000493E0"))
        .three_gpp(&ThreeGpp::GgsnMccMnc(plmn))
        .three_gpp(&ThreeGpp::Nsapi("5"))
        .three_gpp(&ThreeGpp::SelectionMode("0"))
        .three_gpp(&ThreeGpp::ChargingCharacteristics("0800"))
        .three_gpp(&ThreeGpp::SgsnMccMnc(plmn))
        .three_gpp(&ThreeGpp::Imeisv("8664250312345601"))
        .three_gpp(&ThreeGpp::RatType(RatType::NB_IOT));
    request.sign_request(secret)
}

fn timed(what: &str, mut round: impl FnMut(u32)) {
    let best = (0..20).map(|_| {
        let start = Instant::now();
        (0..ROUNDS).for_each(&mut round);
        start.elapsed().as_nanos() / u128::from(ROUNDS)
    });
    println!("{what}: {} ns", best.min().unwrap_or_default());
}

fn main() -> Result<(), NoRoom> {
    let secret = Secret::new("cmp-lab-secret-1");
    let (mut out, mut answer) = ([0; MAX_LEN], [0; MAX_LEN]);
    let octets = request(&mut out, &secret, 7)?.to_vec();
    println!("{} octets", octets.len());
    timed("build and sign", |count| {
        let _ = black_box(request(&mut out, &secret, count));
    });
    timed("check structure", |_| {
        let _ = black_box(Packet::request(black_box(&octets), Role::Acct));
    });
    let Ok(packet) = Packet::request(&octets, Role::Acct) else { return Err(NoRoom) };
    timed("verify", |_| {
        let _ = black_box(black_box(&packet).verify(&secret, None));
    });
    timed("decode every attribute", |_| {
        for attribute in black_box(&packet).attributes() {
            black_box(attribute);
            for sub in attribute.vendor().iter().flat_map(|vendor| vendor.subs()) {
                if let Sub::Fits { kind, value } = sub {
                    black_box(ThreeGpp::decode(kind as u8, value));
                }
            }
        }
    });
    timed("answer", |_| {
        let _ = black_box(accounting_response(black_box(&packet), &secret, &mut answer));
    });
    Ok(())
}
