//! Sanity list: counters and usage.

mod common;
use common::*;
use opencmp_domain::{Day, RatType, Tz, event::EventKind, session::flags};
use opencmp_fleet::{GatewayWrap, Outcome};

#[test]
fn case_03_retransmission_with_another_identifier() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(600, 10, 20)]);
    // Acct-Delay-Time grew, the event time stayed.
    assert_eq!(net.send(session.interim(600, 10, 20).received(640)), Outcome::Repeated);
    assert_eq!(net.octets(1), (10, 20));
}

#[test]
fn case_04_same_record_by_way_of_two_servers() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    for packet in [session.start(), session.interim(600, 10, 20), session.stop(900, 15, 30)] {
        assert_eq!(net.send(packet.clone()), Outcome::Applied);
        assert_eq!(net.send(packet), Outcome::Repeated);
    }
    assert_eq!(net.octets(1), (15, 30));
    assert_eq!(net.sessions(1).len(), 1);
}

#[test]
fn case_11_counters_above_4_gib() {
    let session = data(1, "a", 0).rat(RatType::NR);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(3600, 5 * GB, 9 * GB).gigawords()]);
    net.send(session.stop(7200, 5 * GB + 1, 9 * GB).gigawords());
    assert_eq!(net.octets(1), (5 * GB + 1, 9 * GB));
    assert_eq!(net.session(1).flags, 0);
}

#[test]
fn case_12_a_marked_gateway_wraps_at_32_bits() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([
        session.start().wrapping(),
        session.interim(3600, 10, 4_000_000_000).wrapping(),
        session.interim(7200, 20, 100_000_000).wrapping(),
        session.interim(10_800, 30, 200_000_000).wrapping(),
    ]);
    let wrapped = (1 << 32) + 200_000_000;
    assert_eq!(net.octets(1), (30, wrapped));
    assert_eq!(net.session(1).flags, flags::COUNTER_WRAP);
    // A record from before the wrap, late.
    net.send(session.interim(5000, 12, 4_200_000_000).wrapping());
    assert_eq!(net.octets(1), (30, wrapped));
}

#[test]
fn case_12_the_wrap_shows_though_its_records_are_reordered() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([
        session.start().wrapping(),
        session.interim(7200, 20, 100_000_000).wrapping(),
        session.interim(3600, 10, 4_000_000_000).wrapping(),
    ]);
    assert_eq!(net.octets(1), (20, (1 << 32) + 100_000_000));
}

#[test]
fn case_12_an_unmarked_gateway_does_not_wrap() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([
        session.start(),
        session.interim(3600, 10, 4_000_000_000),
        session.interim(7200, 20, 100_000_000),
    ]);
    // Restarted, by the downlink; the uplink went on and is not counted twice.
    assert_eq!(net.octets(1), (20, 4_100_000_000));
    assert_eq!(net.session(1).flags & flags::COUNTER_RESET, flags::COUNTER_RESET);
    // It is said of the gateway that it may do so.
    assert_eq!(net.wraps, [GatewayWrap { nas: net.session(1).nas, at: at(7200) }]);
}

#[test]
fn case_12_only_what_may_have_wrapped_is_suspected() {
    let session = data(1, "a", 0);
    let fell = |before: u64, after: Packet| {
        let mut net = Net::new();
        net.send_all([session.start(), session.interim(3600, 10, before), after]);
        net.wraps.len()
    };
    let again = session.interim(7200, 20, 100_000_000);
    assert_eq!(fell(2_200_000_000, again.clone()), 1);
    assert_eq!(fell(2_100_000_000, again.clone()), 0, "a restart: half of 32 bits at most");
    assert_eq!(fell(4_400_000_000, again.clone()), 0, "counted beyond 32 bits before");
    let mut both = Net::new();
    both.send_all([session.start(), session.interim(3600, 9_000_000_000, 2_500_000_000), again.clone()]);
    assert!(both.wraps.is_empty(), "the other direction was beyond 32 bits");
    assert_eq!(fell(2_200_000_000, again.clone().gigawords()), 0, "it does send Gigawords");
    assert_eq!(fell(4_000_000_000, again.wrapping()), 0, "marked already");
}

#[test]
fn case_13_counters_and_clock_restart_within_a_session() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(3600, 1000, 5000)]);
    let again = session.restarted(4000);
    net.send_all([again.interim(5000, 10, 70), again.stop(6000, 30, 90)]);
    assert_eq!(net.octets(1), (1030, 5090));
    let row = net.session(1);
    assert_eq!(row.segments.len(), 2);
    assert_eq!((row.started_at, row.ended_at), (at(0), Some(at(6000))));
    assert_eq!(row.flags, flags::COUNTER_RESET);
    assert_eq!(net.kinds(1), [EventKind::CounterReset]);
}

#[test]
fn case_13_counters_restart_and_the_clock_goes_on() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(3600, 1000, 5000), session.interim(4000, 10, 70)]);
    // From before the restart, late.
    net.send(session.interim(1800, 700, 2000));
    net.send(session.stop(6000, 30, 90));
    assert_eq!(net.octets(1), (1030, 5090));
    assert_eq!(net.session(1).segments.len(), 2);
}

#[test]
fn case_13_never_a_negative_delta() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send(session.start());
    let mut before = (0, 0);
    for (minute, octets) in [5u64, 3, 9, 0, 0, 4, 100, 1, 2].into_iter().enumerate() {
        net.send(session.interim((minute as i64 + 1) * 600, octets, octets * 3));
        let now = net.octets(1);
        assert!(now.0 >= before.0 && now.1 >= before.1);
        before = now;
    }
}

#[test]
fn case_14_a_stop_without_counters_keeps_the_last() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(600, 10, 20), session.stop(900, 0, 0).counters(None)]);
    assert_eq!(net.octets(1), (10, 20));
    assert_eq!(net.session(1).ended_at, Some(at(900)));
}

#[test]
fn case_15_usage_is_monotone_under_reordering() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([
        session.interim(1800, 30, 300),
        session.interim(600, 10, 100),
        session.start(),
        session.interim(1200, 20, 200),
        session.interim(1800, 30, 300),
    ]);
    assert_eq!(net.octets(1), (30, 300));
    assert_eq!(net.sessions(1).len(), 1);
}

#[test]
fn case_16_usage_over_midnight_in_taipei_is_divided_by_time_share() {
    let session = data(1, "a", 11 * HOUR);
    let mut net = Net::new();
    // 23:00 to 02:00: one hour today, two tomorrow; in UTC all of it is one day.
    net.send_all([session.start(), session.stop(14 * HOUR, 100, 200)]);
    let today = Day::of(at(0), Tz::Asia__Taipei);
    let days: Vec<_> = net.days(1).into_iter().collect();
    assert_eq!(days, [(today, 33 + 66), (today.next(), 67 + 134)]);
    assert_eq!(net.sum(1, |piece| piece.hour).len(), 3);
}

#[test]
fn case_16_and_17_days_are_the_tenants() {
    for zone in [Tz::Asia__Taipei, Tz::Asia__Kolkata, Tz::America__New_York, Tz::UTC] {
        let session = data(1, "a", 0);
        let mut net = Net::new().in_zone(zone);
        net.send_all([session.start(), session.stop(3 * DAY, 3 * 86_400, 0)]);
        for (day, octets) in net.days(1) {
            let begin = day.start(zone).max(at(0));
            let end = day.next().start(zone).min(at(3 * DAY));
            assert_eq!(octets, end.secs_since(begin) as u64, "{zone} {day}");
        }
    }
}

/// The gateway's clock runs ahead until it isn't believed any more: its records' times are corrected from there on.
#[test]
fn case_18_a_clock_that_drifts_out_of_what_is_believed_begins_no_new_run() {
    let ahead = data(1, "a", 250);
    let (crossing, later) = (ahead.restarted(-60), ahead.restarted(-70));
    let mut net = Net::new();
    net.send_all([ahead.start(), ahead.interim(900, 10, 100)]);
    let updates = [
        crossing.interim(1200, 20, 200).stated(1510),
        later.interim(1800, 30, 300).stated(2120),
        crossing.interim(1200, 20, 200).stated(1510),
        ahead.interim(900, 10, 100),
        later.stop(2400, 40, 400).stated(2720),
    ];
    net.send_all(updates);
    assert_eq!((net.sessions(1).len(), net.octets(1)), (1, (40, 400)));
    assert_eq!(net.session(1).flags & flags::COUNTER_RESET, 0);
}

/// Records of a link failure that was longer than is believed: their time is their arrival, their place is known.
#[test]
fn case_18_records_that_waited_too_long_are_counted_once() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(600, 10, 100)]);
    for (at, octets) in [(1200, 20), (1800, 30), (1200, 20), (2400, 40)] {
        let mut late = session.interim(at, octets, 10 * octets).stated(at);
        late.at = 8 * DAY + at / 600;
        net.send(late);
    }
    assert_eq!((net.sessions(1).len(), net.octets(1)), (1, (40, 400)));
}

#[test]
fn case_19_a_late_record_is_booked_to_its_own_day() {
    let mut net = Net::new();
    let yesterday = data(1, "a", -DAY);
    let today = data(1, "b", 0);
    net.send_all([today.start(), today.interim(600, 7, 0)]);
    let view = net.view(1);
    net.send_all([yesterday.start().received(700), yesterday.stop(-DAY + 600, 100, 0).received(700)]);
    let day = Day::of(at(0), Tz::Asia__Taipei);
    assert_eq!(net.days(1).into_iter().collect::<Vec<_>>(), [(day.previous(), 100), (day, 7)]);
    // Today's live figure and the connection are today's; the cycle has both.
    let after = net.view(1);
    assert_eq!(
        (after.today_octets, after.connection, after.last_access_at),
        (7, view.connection, view.last_access_at)
    );
    assert_eq!(after.cycle_octets, 107);
}

#[test]
fn case_19_a_late_record_of_the_previous_cycle_leaves_the_current() {
    let mut net = Net::new();
    let october = data(1, "a", -40 * DAY);
    let today = data(1, "b", 0);
    net.send_all([today.start(), today.interim(600, 7, 0)]);
    net.send_all([october.start().received(700), october.stop(-40 * DAY + 600, 100, 0).received(700)]);
    assert_eq!((net.view(1).cycle_octets, net.octets(1)), (7, (107, 0)));
}

#[test]
fn case_27_usage_is_booked_under_the_network_that_carried_it() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(600, 0, 10)]);
    let abroad = Packet { plmn: Some(plmn("00102")), ..session.interim(1200, 0, 30) };
    net.send(abroad.clone());
    net.send(Packet { at: 1800, session_secs: Some(1800), counters: Some((0, 70)), ..abroad });
    let mut by_network = Vec::new();
    for (class, octets) in net.sum(1, |piece| piece.class) {
        by_network.push((net.fleet.class(class).unwrap().plmn.unwrap().to_string(), octets));
    }
    assert_eq!(by_network, [("00101".to_owned(), 30), ("00102".to_owned(), 40)]);
    assert_eq!(net.kinds(1), [EventKind::NetworkChanged]);
}

#[test]
fn case_48_a_leap_of_counters_is_kept_and_flagged_once() {
    let session = data(1, "a", 0).rat(RatType::NB_IOT);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(3600, 0, 1000 * GB), session.interim(7200, 0, 2000 * GB)]);
    assert_eq!(net.octets(1), (0, 2000 * GB));
    assert_eq!(net.session(1).flags, flags::IMPLAUSIBLE_RATE);
    assert_eq!(net.kinds(1), [EventKind::ImplausibleRate]);
}

#[test]
fn usage_of_months_between_two_records_is_spread_over_the_last_31_days() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(100 * DAY, 0, 31_000)]);
    let days = net.days(1);
    assert_eq!(days.len(), 32);
    assert_eq!(*days.first_key_value().unwrap().0, Day::of(at(69 * DAY), Tz::Asia__Taipei));
}

#[test]
fn a_small_step_back_of_a_counter_is_no_restart() {
    let session = data(1, "a", 0);
    let mut net = Net::new();
    net.send_all([session.start(), session.interim(600, 0, 10_000), session.stop(601, 0, 9_990)]);
    assert_eq!(net.octets(1), (0, 10_000));
    assert_eq!(net.session(1).flags & flags::COUNTER_RESET, 0);
}

#[test]
fn setting_the_gateways_clock_counts_nothing_twice() {
    for step in [-300, 300] {
        let session = data(1, "a", 0);
        let mut net = Net::new();
        net.send_all([session.start(), session.interim(600, 10, 20)]);
        let moved = session.restarted(step);
        net.send_all([moved.interim(1200 + step, 20, 40), moved.interim(1800 + step, 30, 60)]);
        // And one from before, again.
        net.send(session.interim(600, 10, 20));
        assert_eq!(net.octets(1), (30, 60), "{step}");
        assert_eq!(net.session(1).segments.len(), 1);
    }
}
