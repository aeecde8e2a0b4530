//! The sanity list of accounting: which case is covered where. The tests are named after their cases, `case_NN_…`.
//!
//! | cases | where |
//! |---|---|
//! | 3, 4, 11–19, 27, 48 | `sanity_counting.rs` |
//! | 1, 5–10, 20, 24–26, 35, 41, 42 | `sanity_sessions.rs` |
//! | 21–23, 29, 30 | `sanity_identity.rs` |
//! | 3, 4, 7–10, 13–15, 19, 26, in every order | `order.rs` |
//! | 2 answered again from the listener's cache | listener |
//! | 17 the device's time zone, 18 a wrong clock of the gateway, 28 the serving network, 38 directions, 43 Class | ingest: record |
//! | 33 Identifier clash, 34 wrong secret, 35 the allow list, 36 large packets, 37 broken attributes | listener, radius |
//! | 39 burst, 40 database down | ingest: journal, applier |
//! | 44 octets that are not text: opaque here and in the rows (`stored::escape_octets`) | domain, store, app |
//! | 12, 18 flagging the gateway | ingest, from the sessions' flags |
//! | 8, 19, 20 alarms that are not raised; 22 duplicates; 30 the alarm; 45, 46 thresholds; 48 no suspension | alerts |
//! | 30 the lock, 31 停用 while connected, 32 Disconnect without Stop, 47 two people at once | life cycle |

/// Cases that other parts cover alone.
const ELSEWHERE: &[u32] = &[2, 28, 31, 32, 33, 34, 36, 37, 38, 39, 40, 43, 44, 45, 46, 47];

#[test]
fn every_case_has_a_test_or_a_place() {
    let tests = [
        include_str!("sanity_counting.rs"),
        include_str!("sanity_sessions.rs"),
        include_str!("sanity_identity.rs"),
    ]
    .concat();
    for case in 1..=48 {
        let here =
            tests.contains(&format!("fn case_{case:02}_")) || tests.contains(&format!("_and_{case:02}_"));
        assert_ne!(here, ELSEWHERE.contains(&case), "case {case}");
    }
}
