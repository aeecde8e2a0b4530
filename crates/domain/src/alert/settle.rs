//! What is still to be said of what was held back: people are told only if the state differs from what they were last told.

use super::{AlertTurn, StoredAlert};

/// What a channel is to be told of an alert that it was last told `told` of.
pub fn still_to_say(alert: &StoredAlert, told: Option<AlertTurn>, held: &[AlertTurn]) -> Option<AlertTurn> {
    if !alert.kind.lasts() {
        // Over as it happens: each time is news, those of one message are one.
        return match told {
            None => held.first().copied(),
            Some(_) => held.contains(&AlertTurn::Again).then_some(AlertTurn::Again),
        };
    }
    match (alert.ended_at, told) {
        // It goes on, and they think that it doesn't.
        (None, None) => Some(AlertTurn::Began),
        (None, Some(AlertTurn::Ended)) => Some(AlertTurn::Again),
        (None, Some(_)) => None,
        (Some(_), Some(AlertTurn::Ended)) => None,
        // It came and went while nobody was to be told: once, as what is over.
        (Some(_), None) => Some(AlertTurn::Ended),
        (Some(_), Some(_)) => held.contains(&AlertTurn::Ended).then_some(AlertTurn::Ended),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        alert::{AlertKind, fixture::stored},
        time::Timestamp,
    };
    use AlertTurn::{Again, Began, Ended};

    fn alert(kind: AlertKind, ended: bool) -> StoredAlert {
        StoredAlert { times: 2, ended_at: ended.then_some(Timestamp(5)), ..stored(kind) }
    }

    #[test]
    fn only_what_differs_from_what_was_told_is_said() {
        let say =
            |ended, told, held: &[AlertTurn]| still_to_say(&alert(AlertKind::Offline, ended), told, held);
        assert_eq!(say(false, Some(Began), &[Ended, Again]), None);
        assert_eq!(say(true, Some(Began), &[Ended, Again, Ended]), Some(Ended));
        assert_eq!(say(false, Some(Ended), &[Again]), Some(Again));
        assert_eq!(say(true, Some(Ended), &[Again, Ended]), None);
        assert_eq!(say(true, None, &[Began, Ended]), Some(Ended));
        assert_eq!(say(false, None, &[Began]), Some(Began));
    }

    #[test]
    fn what_is_over_as_it_happens_is_news_each_time() {
        let say = |told, held: &[AlertTurn]| still_to_say(&alert(AlertKind::DailyUsage, true), told, held);
        assert_eq!(say(None, &[Began]), Some(Began));
        assert_eq!(say(Some(Began), &[Again, Again]), Some(Again));
        assert_eq!(say(Some(Began), &[]), None);
    }
}
