//! Taking a packet in and answering it allocates nothing.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use opencmp_radius::{
    Code, MAX_LEN, Packet, PacketBuilder, Role, Secret, Sub, ThreeGpp, accounting_response, dictionary,
};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn decoding_verifying_and_answering_allocate_nothing() {
    let mut subs = 0;
    for vector in support::vectors() {
        let secret = vector.secret.unwrap_or(Secret::new("unknown"));
        let mut out = [0; MAX_LEN];
        let count = allocations(|| {
            let Ok(packet) = Packet::any(&vector.datagram, vector.role) else { return };
            let _ = black_box(packet.verify(&secret, vector.request_authenticator.as_ref()));
            for attribute in packet.attributes() {
                black_box(attribute);
                for sub in attribute.vendor().iter().flat_map(|vendor| vendor.subs()) {
                    if let Sub::Fits { kind, value } = sub {
                        black_box(ThreeGpp::decode(kind as u8, value));
                        subs += 1;
                    }
                }
            }
            let _ = black_box(accounting_response(&packet, &secret, &mut out));
        });
        assert_eq!(count, 0, "{}", vector.id);
    }
    assert!(subs > 100, "the vectors have sub-attributes");
}

#[test]
fn building_and_signing_allocate_nothing() {
    let secret = Secret::new("cmp-lab-secret-1");
    let mut out = [0; MAX_LEN];
    let count = allocations(|| {
        let mut request = PacketBuilder::new(&mut out, Code::AccountingRequest, 1);
        request
            .integer(dictionary::ACCT_STATUS_TYPE, 1)
            .text(dictionary::ACCT_SESSION_ID, "0A14000111223344")
            .three_gpp(&ThreeGpp::Imsi("001010123456789"))
            .three_gpp_packed([ThreeGpp::ChargingId(7), ThreeGpp::Nsapi("5")])
            .message_authenticator();
        assert!(request.sign_request(&secret).is_ok());
    });
    assert_eq!(count, 0);
    let packet = Packet::request(&out, Role::Acct).expect("what was built is sound");
    assert_eq!(packet.verify(&secret, None).discard(), None);
}
