//! The sanity cases that are about reading a packet, and the vectors.

use super::*;
use opencmp_radius::{Code, MAX_LEN, PacketBuilder, Role, Secret};
use std::fmt::Write;

/// 2021-02-24 16:17:49 in Taipei, a second in the vectors.
const EVENT: u32 = 1_614_154_669;
const EVENT_AT: Timestamp = Timestamp::from_secs(EVENT as i64);

fn build(fill: impl FnOnce(&mut PacketBuilder<'_>)) -> Vec<u8> {
    let mut out = [0; MAX_LEN];
    let mut packet = PacketBuilder::new(&mut out, Code::AccountingRequest, 1);
    packet.integer(ACCT_STATUS_TYPE, 3).text(ACCT_SESSION_ID, "0A14000111ABCD");
    fill(&mut packet);
    packet.sign_request(&Secret::new("secret")).unwrap().to_vec()
}

/// The octets of a vector of the codec's.
fn vector(name: &str) -> Vec<u8> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/radius/tests/vectors");
    let json = std::fs::read_to_string(format!("{directory}/{name}.json")).unwrap();
    let hex = json.split_once(r#""hex": ""#).unwrap().1.split_once('"').unwrap().0;
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// Decodes as if it came in a second after [`EVENT`], and hands on what came of it.
fn decode<T>(octets: &[u8], look: impl FnOnce(Decoded<'_>) -> T) -> T {
    decode_at(octets, EVENT_AT.plus_secs(1), Dialect::default(), look)
}

fn decode_at<T>(
    octets: &[u8],
    received_at: Timestamp,
    dialect: Dialect,
    look: impl FnOnce(Decoded<'_>) -> T,
) -> T {
    let packet = Packet::request(octets, Role::Acct).unwrap();
    let mut clock = GatewayClock::default();
    look(Decoder::default().decode(&packet, NasId(1), dialect, &mut clock, received_at))
}

#[test]
fn a_start_of_an_nb_iot_meter() {
    decode(&vector("d01-tw-nbiot-start"), |Decoded { record, clock_offset_ms }| {
        let expected = AccountingRecord {
            node: NodeName { identifier: Some(b"pgw-tpe-01"), ipv4: Some([10, 20, 0, 1]), ipv6: None },
            imsi: Some("466920123456789".parse().unwrap()),
            msisdn: Some("886400010123456".parse().unwrap()),
            imei: Some("8664250312345601".parse().unwrap()),
            apn: Some("internet.iot"),
            nsapi: Some(5),
            received_at: EVENT_AT.plus_secs(1),
            rat: Some(RatType::NB_IOT),
            plmn: Some("46692".parse().unwrap()),
            cell: record.cell,
            ipv4: Some([10, 88, 0, 17]),
            ..AccountingRecord::new(NasId(1), StatusType::Start, record.acct_session_id, EVENT_AT)
        };
        assert_eq!(record, expected);
        assert_eq!(clock_offset_ms, Some(-1000));
        let cell = record.cell.unwrap();
        assert_eq!((cell.kind, cell.area, cell.cell), (CellKind::Ecgi, Some(11111), Some(51_231_491)));
    });
}

#[test]
fn one_container_or_many_read_the_same() {
    decode(&vector("d02-tw-nr-start-one-vsa"), |Decoded { record, .. }| {
        assert!(record.imsi.is_some() && record.imei.is_some());
        assert_eq!(record.rat, Some(RatType::NR));
        assert!(matches!(record.cell, Some(CellId { kind: CellKind::Ncgi, .. })));
    });
}

#[test]
fn case_03_a_retransmission_with_a_new_identifier_is_the_same_record() {
    let (first, again) = (vector("d07-stop-first-try"), vector("d08-stop-retransmit-new-identifier"));
    let at = Timestamp::from_secs(1_614_154_790);
    decode_at(&first, at, Dialect::default(), |first| {
        decode_at(&again, at, Dialect::default(), |again| {
            assert_ne!(first.clock_offset_ms, again.clock_offset_ms, "Acct-Delay-Time differs");
            assert_eq!(first.record, again.record);
        });
    });
}

#[test]
fn case_11_gigawords_make_64_bits_and_missing_ones_are_zero() {
    decode(&vector("m04-ggsn-interim-gigawords"), |Decoded { record, .. }| {
        assert!(record.gigawords);
        assert!(record.uplink.unwrap().max(record.downlink.unwrap()) > u64::from(u32::MAX));
    });
    let octets = build(|packet| {
        packet.integer(ACCT_INPUT_OCTETS, 7).integer(ACCT_OUTPUT_OCTETS, 5).integer(ACCT_OUTPUT_GIGAWORDS, 2);
    });
    decode(&octets, |Decoded { record, .. }| {
        assert_eq!((record.uplink, record.downlink, record.gigawords), (Some(7), Some((2 << 32) + 5), true));
    });
    decode(&build(|_| {}), |Decoded { record, .. }| {
        assert_eq!((record.uplink, record.downlink, record.gigawords), (None, None, false), "case 14");
    });
}

#[test]
fn case_17_the_devices_time_zone_moves_no_time() {
    use opencmp_radius::threegpp::MsTimeZone;
    let octets = build(|packet| {
        let zone = MsTimeZone::decode(&[0x23, 0x21]).unwrap();
        packet.integer(EVENT_TIMESTAMP, EVENT).three_gpp(&ThreeGpp::MsTimeZone(zone));
    });
    decode(&octets, |Decoded { record, .. }| {
        assert_eq!((record.event_at, record.clock_trusted), (EVENT_AT, true));
    });
}

#[test]
fn case_18_a_clock_that_cannot_be_right_is_not_believed() {
    let hours = |hours: i64| hours * 3600;
    for (stated_ahead, trusted) in [
        (0, true),
        (300, true),
        (301, false),
        (hours(8), false),
        (-hours(8), true),
        (-hours(24 * 6), true),
        (-hours(24 * 8), false),
        (-i64::from(EVENT), false),
    ] {
        let octets = build(|packet| {
            packet
                .integer(EVENT_TIMESTAMP, (i64::from(EVENT) + stated_ahead) as u32)
                .integer(ACCT_DELAY_TIME, 40);
        });
        decode_at(&octets, EVENT_AT, Dialect::default(), |Decoded { record, clock_offset_ms }| {
            let expected = if trusted { EVENT_AT.plus_secs(stated_ahead) } else { EVENT_AT.plus_secs(-40) };
            assert_eq!((record.event_at, record.clock_trusted), (expected, trusted), "{stated_ahead}");
            assert_eq!(record.stated_at, (!trusted).then_some(EVENT_AT.plus_secs(stated_ahead)));
            assert_eq!(clock_offset_ms, Some((stated_ahead + 40) * 1000));
        });
    }
    decode(
        &build(|packet| {
            packet.integer(ACCT_DELAY_TIME, 30);
        }),
        |Decoded { record, .. }| {
            assert_eq!((record.event_at, record.clock_trusted), (EVENT_AT.plus_secs(1 - 30), false));
        },
    );
    decode(
        &build(|packet| {
            packet.integer(ACCT_DELAY_TIME, u32::MAX);
        }),
        |Decoded { record, .. }| {
            assert_eq!(record.event_at, EVENT_AT.plus_secs(1), "a delay of 136 years is no delay");
        },
    );
}

#[test]
fn case_18_a_wrong_clock_is_corrected_by_one_amount() {
    let mut clock = GatewayClock::default();
    // Seconds stated ahead of the event, seconds under way, and the event's time that comes of it.
    for (ahead, late, delay, expected) in
        [(900, 1, 0, 1), (900, 31, 0, 1), (900, 500, 500, 0), (930, 0, 0, 0), (0, 0, 0, 0), (200, 0, 0, 200)]
    {
        let octets = build(|packet| {
            packet
                .integer(EVENT_TIMESTAMP, (i64::from(EVENT) + ahead) as u32)
                .integer(ACCT_DELAY_TIME, delay);
        });
        let packet = Packet::request(&octets, Role::Acct).unwrap();
        let mut decoder = Decoder::default();
        let arrival = EVENT_AT.plus_secs(late);
        let decoded = decoder.decode(&packet, NasId(1), Dialect::default(), &mut clock, arrival);
        assert_eq!(decoded.record.event_at, EVENT_AT.plus_secs(expected), "{ahead} {late} {delay}");
    }
}

#[test]
fn case_19_a_record_that_waited_hours_is_of_when_it_happened() {
    let octets = build(|packet| {
        packet.integer(EVENT_TIMESTAMP, EVENT).integer(ACCT_DELAY_TIME, 5 * 3600);
    });
    let arrival = EVENT_AT.plus_secs(5 * 3600);
    decode_at(&octets, arrival, Dialect::default(), |Decoded { record, clock_offset_ms }| {
        assert_eq!((record.event_at, clock_offset_ms), (EVENT_AT, Some(0)));
    });
}

#[test]
fn case_21_imei_of_16_15_or_14_digits_and_none_with_letters() {
    for (sent, read) in [
        ("8664250312345601", Some("8664250312345601")),
        ("866425031234562", Some("866425031234562")),
        ("86642503123456", Some("86642503123456")),
        ("86642503123456AB", None),
        ("", None),
    ] {
        let octets = build(|packet| {
            packet.three_gpp(&ThreeGpp::Imeisv(sent));
        });
        decode(&octets, |Decoded { record, .. }| {
            assert_eq!(record.imei, read.map(|text| text.parse().unwrap()), "{sent}");
        });
    }
}

#[test]
fn case_23_a_number_in_any_of_its_forms() {
    for sent in ["886400010123456", "+886400010123456", "00886400010123456", "0400010123456"] {
        decode(
            &build(|packet| {
                packet.text(CALLING_STATION_ID, sent);
            }),
            |Decoded { record, .. }| {
                assert_eq!(record.msisdn.unwrap().to_string(), "886400010123456", "{sent}");
            },
        );
    }
    for sent in ["anonymous", "", "1", "12345678901234567", "8864000x0123456"] {
        decode(
            &build(|packet| {
                packet.text(CALLING_STATION_ID, sent);
            }),
            |Decoded { record, .. }| {
                assert_eq!(record.msisdn, None, "{sent}");
            },
        );
    }
}

#[test]
fn case_25_ipv6_only_dual_stack_and_deferred_ipv4() {
    let prefix = |octets: &[u8]| [&[0, 64], octets].concat();
    let net = [0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2];
    let canonical = (0x2001_0db8_0001_0002_u128 << 64).to_be_bytes();
    for sent in [prefix(&net), prefix(&[&net[..], &[0xEE; 8]].concat())] {
        let octets = build(|packet| {
            packet.attribute(FRAMED_IPV6_PREFIX, &sent);
        });
        decode(&octets, |Decoded { record, .. }| {
            assert_eq!((record.ipv4, record.ipv6_prefix), (None, Some((canonical, 64))));
        });
    }
    let both = build(|packet| {
        packet.attribute(FRAMED_IPV6_PREFIX, &[0, 0]).attribute(FRAMED_IP_ADDRESS, &[10, 0, 0, 9]);
    });
    decode(&both, |Decoded { record, .. }| {
        assert_eq!((record.ipv4, record.ipv6_prefix), (Some([10, 0, 0, 9]), Some(([0; 16], 0))));
    });
    for deferred in [[0, 0, 0, 0], [255, 255, 255, 254]] {
        let octets = build(|packet| {
            packet.attribute(FRAMED_IP_ADDRESS, &deferred);
        });
        decode(&octets, |Decoded { record, .. }| assert_eq!(record.ipv4, None));
    }
}

#[test]
fn case_28_the_serving_network_is_stated_else_that_of_the_location() {
    let location = |octets: &'static [u8]| ThreeGpp::UserLocation(UserLocation::decode(octets).unwrap());
    let tai = &[128, 0x64, 0xF6, 0x29, 0x2B, 0x67];
    let stated = opencmp_radius::threegpp::Plmn::from_text(b"310170").unwrap();
    let both = build(|packet| {
        packet.three_gpp(&location(tai)).three_gpp(&ThreeGpp::SgsnMccMnc(stated));
    });
    decode(&both, |Decoded { record, .. }| assert_eq!(record.plmn.unwrap().to_string(), "310170"));
    let left_empty = build(|packet| {
        packet.vendor(VENDOR_3GPP, 18, &[]).three_gpp(&location(tai));
    });
    decode(&left_empty, |Decoded { record, .. }| {
        assert_eq!(record.plmn.unwrap().to_string(), "46692");
        assert_eq!(record.cell.unwrap().kind, CellKind::Tai);
    });
    decode(&build(|_| {}), |Decoded { record, .. }| assert_eq!(record.plmn, None, "unknown is not roaming"));
}

#[test]
fn case_35_the_gateway_is_who_the_source_says_not_who_the_packet_says() {
    let octets = build(|packet| {
        packet.attribute(4, &[192, 0, 2, 1]).text(32, "somebody-else");
    });
    decode(&octets, |Decoded { record, .. }| assert_eq!(record.nas, NasId(1)));
}

#[test]
fn case_37_garbage_unknown_and_broken_attributes_cost_only_themselves() {
    for name in [
        "d12-acct-trailing-padding",
        "d13-vsa-sub-overrun",
        "d14-vsa-too-short",
        "d15-bad-ints",
        "d17-uli-unknown-type",
    ] {
        decode(&vector(name), |Decoded { record, .. }| {
            assert!(!record.acct_session_id.is_empty(), "{name}");
        });
    }
    let octets = build(|packet| {
        packet
            .vendor(8164, 1, &[0, 9, 0xFF])
            .vendor(VENDOR_3GPP, 200, b"new")
            .attribute(250, b"unknown")
            .integer(ACCT_INPUT_OCTETS, 9);
    });
    decode(&octets, |Decoded { record, .. }| assert_eq!(record.uplink, Some(9)));
}

#[test]
fn case_38_a_gateway_that_counts_from_the_other_side() {
    let octets = build(|packet| {
        packet.integer(ACCT_INPUT_OCTETS, 1).integer(ACCT_OUTPUT_OCTETS, 2).integer(ACCT_OUTPUT_GIGAWORDS, 1);
    });
    let dialect = Dialect { swap_direction: true, counters_32bit: true };
    decode_at(&octets, EVENT_AT, dialect, |Decoded { record, .. }| {
        assert_eq!((record.uplink, record.downlink), (Some((1 << 32) + 2), Some(1)));
        assert!(record.nas_counters_32bit);
    });
}

#[test]
fn case_43_the_class_attribute_says_nothing() {
    let plain = decode(&build(|_| {}), |decoded| format!("{:?}", decoded.record));
    for class in [&b""[..], b"\0", &[0xFF; 253]] {
        let octets = build(|packet| {
            packet.attribute(25, class);
        });
        assert_eq!(decode(&octets, |decoded| format!("{:?}", decoded.record)), plain);
    }
}

#[test]
fn case_44_octets_that_are_not_text_do_no_harm() {
    use opencmp_domain::stored::{escape_octets, unescape_octets};
    let octets = build(|packet| {
        packet
            .attribute(1, b"\xff\xfe<script>")
            .attribute(CALLED_STATION_ID, b"iot\0\xC3\x28")
            .attribute(CALLING_STATION_ID, &[0x88, 0x64])
            .attribute(ACCT_MULTI_SESSION_ID, b"\0\xff");
        packet.vendor(VENDOR_3GPP, 1, b"46692\x00\xff").vendor(VENDOR_3GPP, 10, b"\xff");
    });
    decode(&octets, |Decoded { record, .. }| {
        assert_eq!((record.apn, record.msisdn, record.imsi, record.nsapi), (None, None, None, None));
        let id = escape_octets(record.multi_session.unwrap());
        assert_eq!(id, r"\x00\xff");
        assert_eq!(unescape_octets(&id).unwrap(), record.multi_session.unwrap());
    });
    for apn in ["<script>", "a b", "-iot", "iot-", "iot..net", "", "a/b"] {
        let octets = build(|packet| {
            packet.text(CALLED_STATION_ID, apn);
        });
        decode(&octets, |Decoded { record, .. }| assert_eq!(record.apn, None, "{apn}"));
    }
}

#[test]
fn an_apn_comes_without_its_operator_part_and_in_lower_case() {
    for (sent, read) in [
        ("internet.iot", "internet.iot"),
        ("Internet.IoT", "internet.iot"),
        ("internet.iot.mnc092.mcc466.gprs", "internet.iot"),
        ("IOT.MNC092.MCC466.GPRS", "iot"),
    ] {
        let octets = build(|packet| {
            packet.text(CALLED_STATION_ID, sent);
        });
        decode(&octets, |Decoded { record, .. }| {
            assert_eq!(record.apn, Some(read));
            let apn: opencmp_domain::Apn = sent.parse().unwrap();
            assert_eq!(apn.as_str(), read, "the one rule for APNs");
        });
    }
}

#[test]
fn of_repeated_attributes_the_first_counts_and_the_record_is_marked() {
    decode(&vector("d30-duplicate-attributes"), |Decoded { record, .. }| {
        assert_eq!(record.ipv4, Some([10, 88, 0, 17]));
        assert!(record.repeated_attribute);
    });
    let vendor = build(|packet| {
        packet.three_gpp(&ThreeGpp::Nsapi("5")).three_gpp(&ThreeGpp::Nsapi("6"));
    });
    decode(&vendor, |Decoded { record, .. }| {
        assert_eq!((record.nsapi, record.repeated_attribute), (Some(5), true))
    });
    // Class and unknown attributes may occur as often as they like.
    let often = build(|packet| {
        packet.attribute(25, b"a").attribute(25, b"b");
    });
    decode(&often, |Decoded { record, .. }| assert!(!record.repeated_attribute));
}

#[test]
fn statuses_that_nothing_follows_are_kept_apart() {
    for (number, status) in [
        (1, StatusType::Start),
        (2, StatusType::Stop),
        (3, StatusType::Interim),
        (7, StatusType::On),
        (8, StatusType::Off),
        (9, StatusType::Other(9)),
        (15, StatusType::Other(15)),
    ] {
        let mut out = [0; MAX_LEN];
        let mut packet = PacketBuilder::new(&mut out, Code::AccountingRequest, 1);
        packet.integer(ACCT_STATUS_TYPE, number);
        let octets = packet.sign_request(&Secret::new("secret")).unwrap().to_vec();
        decode(&octets, |Decoded { record, .. }| assert_eq!(record.status, status));
    }
}

proptest::proptest! {
    /// Whatever is in a packet that was let in, reading it doesn't fail.
    #[test]
    fn any_packet_reads(attributes: Vec<(u8, Vec<u8>)>) {
        let mut out = [0; MAX_LEN];
        let mut packet = PacketBuilder::new(&mut out, Code::AccountingRequest, 1);
        for (kind, value) in attributes.iter().filter(|(kind, value)| !matches!(kind, 0 | 79 | 80) && value.len() < 250) {
            packet.attribute(*kind, value).vendor(VENDOR_3GPP, kind % 40, value);
        }
        if let Ok(octets) = packet.sign_request(&Secret::new("secret")) {
            let mut text = String::new();
            decode(octets, |decoded| write!(text, "{decoded:?}").unwrap());
        }
    }
}

#[test]
fn case_35_a_record_says_which_gateway_it_is_from() {
    let octets = build(|packet| {
        packet.text(NAS_IDENTIFIER, "pgw-1").attribute(NAS_IP_ADDRESS, &[192, 0, 2, 1]);
        packet.attribute(NAS_IPV6_ADDRESS, &[0x20; 16]);
    });
    decode(&octets, |Decoded { record, .. }| {
        let node =
            NodeName { identifier: Some(b"pgw-1"), ipv4: Some([192, 0, 2, 1]), ipv6: Some([0x20; 16]) };
        assert_eq!((record.node, record.repeated_attribute), (node, false));
    });
    decode(&build(|_| {}), |Decoded { record, .. }| assert!(record.node.is_empty()));
}
