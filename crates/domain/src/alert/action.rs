//! 自動處置: what a rule does by itself when it raises an alert, beside telling people.

use super::{AlertKind, MOST_NOTE, StoredAlert, rule::MOST_NAME};
use crate::{
    change::{ChangeRequest, WantedChange},
    ids::ChannelId,
    state::coded,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Each at most once. They are taken when an alert begins, at once: windows, digests and quiet hours are for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Actions {
    /// 加上標籤: the SIM gets this tag.
    pub tag: Option<String>,
    /// 標記為已處理: the alert needs nobody, for the reason that this note gives; it may be empty.
    pub handle: Option<String>,
    /// 呼叫 HTTP: a program is told by this channel.
    pub http: Option<ChannelId>,
    /// What is to become of the SIM.
    pub change: Option<WantedChange>,
}

coded! {
    ActionKind {
        Tag = 1 "tag",
        Handle = 2 "handle",
        Http = 3 "http",
        Change = 4 "change",
    }
}

coded! {
    /// What became of an action.
    ActionOutcome {
        Done = 1 "done",
        /// It was so already.
        Already = 2 "already",
        /// The alert is of a group: there is no SIM to act on.
        NoSim = 3 "no_sim",
        /// The SIM isn't the tenant's any more.
        SimGone = 4 "sim_gone",
        /// The SIM has as many tags as there may be.
        Full = 5 "full",
        /// The channel is switched off, or gone.
        ChannelOff = 6 "channel_off",
        /// A change is wanted; what becomes of it says its request.
        Wanted = 7 "wanted",
    }
}

/// An action that was taken, on its alert's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionLine {
    pub kind: ActionKind,
    pub outcome: ActionOutcome,
    pub at: Timestamp,
    /// The tag, the note, the channel's name. Of a change: nothing.
    pub said: String,
    pub request: Option<ChangeRequest>,
}

impl Actions {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Those that are to be taken.
    pub fn kinds(&self) -> Vec<ActionKind> {
        let said = [
            (self.tag.is_some(), ActionKind::Tag),
            (self.handle.is_some(), ActionKind::Handle),
            (self.http.is_some(), ActionKind::Http),
            (self.change.is_some(), ActionKind::Change),
        ];
        said.into_iter().filter_map(|(said, kind)| said.then_some(kind)).collect()
    }

    /// False: something can't be as it is. Whether the channel is one that programs are told by is to be looked up.
    pub fn check(&self) -> bool {
        let plain = |text: &str, most: usize| {
            text.chars().count() <= most && !text.contains(|c: char| c.is_control() && c != '\n')
        };
        let tag = self.tag.as_deref().is_none_or(|tag| !tag.trim().is_empty() && plain(tag, MOST_NAME));
        let note = self.handle.as_deref().is_none_or(|note| plain(note, MOST_NOTE));
        tag && note && self.change.is_none_or(WantedChange::is_sound)
    }
}

/// Whether a rule's actions are taken for an alert. Not for what has a common cause: a gateway that fails must not tag or stop
/// every SIM behind it. Nor for flapping, which needs nobody.
pub fn acts_on(alert: &StoredAlert) -> bool {
    !alert.kind.is_common_cause() && alert.parent.is_none() && alert.kind != AlertKind::Flapping
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        alert::fixture::stored,
        change::{ChangeKind, ChangeWhen},
        ids::AlertId,
    };

    #[test]
    fn what_can_be_done_by_itself() {
        let change =
            WantedChange { what: ChangeKind::Suspend, plan: None, when: ChangeWhen::Now, undo: true };
        let all = Actions {
            tag: Some("異常".into()),
            handle: Some(String::new()),
            http: Some(ChannelId(1)),
            change: Some(change),
        };
        assert!(all.check() && !all.is_empty());
        assert_eq!(all.kinds(), ActionKind::ALL);
        assert!(Actions::default().check() && Actions::default().is_empty());
        let wrong = [
            Actions { tag: Some(" ".into()), ..Actions::default() },
            Actions { tag: Some("a\u{7}".into()), ..Actions::default() },
            Actions { handle: Some("n".repeat(MOST_NOTE + 1)), ..Actions::default() },
            // What is cut off connects again by itself.
            Actions {
                change: Some(WantedChange { what: ChangeKind::Disconnect, ..change }),
                ..Actions::default()
            },
            Actions {
                change: Some(WantedChange { what: ChangeKind::ChangePlan, ..change }),
                ..Actions::default()
            },
        ];
        for actions in wrong {
            assert!(!actions.check(), "{actions:?}");
        }
    }

    #[test]
    fn nothing_is_done_to_parts_of_a_common_cause_nor_for_flapping() {
        assert!(acts_on(&stored(AlertKind::Offline)));
        assert!(!acts_on(&stored(AlertKind::GatewayLost)));
        assert!(!acts_on(&stored(AlertKind::Flapping)));
        assert!(!acts_on(&StoredAlert { parent: Some(AlertId(2)), ..stored(AlertKind::Offline) }));
    }
}
