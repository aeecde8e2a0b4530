#![no_main]

#[path = "../../tests/support/fuzz_one.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|datagram: &[u8]| target::fuzz_one(datagram));
