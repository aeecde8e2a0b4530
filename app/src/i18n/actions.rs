//! What rules do by themselves, and changes of SIMs that are wanted.

use crate::i18n::texts;
use opencmp_domain::{
    alert::action::{ActionKind, ActionOutcome},
    change::{ChangeKind, ChangeState, ChangeWhen},
};

texts! {
    actions: "自動處置", "Actions";
    actions_hint: "告警發生時立即執行，不受通知時段與彙整影響；共同原因與反覆斷線不執行。",
        "Taken at once when an alert begins, whatever the hours of notification. Not for common causes, nor for flapping.";
    tag_on: "為門號加上標籤", "Tag the SIM";
    tag: "標籤", "Tag";
    handle_on: "將告警標記為已處理", "Mark the alert as handled";
    note: "處理備註", "Note";
    http_on: "呼叫 HTTP", "Call by HTTP";
    http: "Http 通知方式", "HTTP channel";
    http_none: "尚未設定 Http 通知方式，請先於下方新增。", "There is no HTTP channel yet: add one below first.";
    change_on: "異動門號", "Change the SIM";
    change_hint: "異動尚未與網路連接：目前僅記錄需求，到期時標示為「尚未連接」，不會實際異動。",
        "Changes aren't connected to the network yet: what is wanted is recorded, and said to be not connected when it is due. Nothing is changed.";
    what: "異動項目", "Change";
    plan: "資費類型", "Tariff";
    plan_none: "此公司的門號沒有資費類型", "The company's SIMs have no tariff";
    when: "執行時間", "When";
    undo: "於下一週期開始時復原", "Undone when the next cycle begins";

    says_tag(tag): "加上標籤「{tag}」", "Tag {tag}";
    says_handle: "標記為已處理", "Mark as handled";
    says_http: "呼叫 HTTP", "Call by HTTP";
    says_change(what, when): "{when}{what}", "{what} {when}";
    says_undo: "，次週期復原", ", undone at the next cycle";

    taken: "自動處置", "Done by itself";

    changes: "異動需求", "Wanted changes";
    changes_hint: "規則要求的門號異動。", "Changes of SIMs that rules want.";
    changes_none: "沒有異動需求", "No change is wanted";
    changes_none_hint: "規則的自動處置要求異動門號時，會列於此處。", "Where a rule's actions want a change of a SIM, it is listed here.";
    sim: "門號", "SIM";
    due: "應執行", "Due";
    undone: "復原", "Undone";
    state: "狀態", "State";
    wanted_by: "來源", "Wanted by";
    withdraw: "撤回", "Withdraw";
    withdraw_of(what, sim): "撤回：{what} {sim}", "Withdraw: {what} {sim}";
    withdraw_ask(what, sim): "撤回「{sim}」的異動需求「{what}」？", "Withdraw: {what} of {sim}?";
    withdrawn(sim): "已撤回「{sim}」的異動需求", "The change of {sim} was withdrawn";
    closed(state, at): "{state}（{at}）", "{state} ({at})";
}

impl Texts {
    fn chinese(&self) -> bool {
        self.actions == ZH.actions
    }

    pub fn kind(&self, kind: ActionKind) -> &'static str {
        match kind {
            ActionKind::Tag => self.tag_on,
            ActionKind::Handle => self.handle_on,
            ActionKind::Http => self.http_on,
            ActionKind::Change => self.change_on,
        }
    }

    pub fn outcome_of(&self, outcome: ActionOutcome) -> &'static str {
        let (zh, en) = match outcome {
            ActionOutcome::Done => ("已執行", "Done"),
            ActionOutcome::Already => ("原已如此", "It was so already"),
            ActionOutcome::NoSim => ("告警不屬於單一門號，未執行", "Not done: the alert is of no single SIM"),
            ActionOutcome::SimGone => {
                ("門號已不屬於此公司，未執行", "Not done: the SIM is the company's no more")
            }
            ActionOutcome::Full => {
                ("門號的標籤已滿，未執行", "Not done: the SIM has as many tags as there may be")
            }
            ActionOutcome::ChannelOff => ("通知方式已停用，未執行", "Not done: the channel is switched off"),
            ActionOutcome::Wanted => ("已記錄需求", "It is wanted"),
        };
        if self.chinese() { zh } else { en }
    }

    pub fn change(&self, kind: ChangeKind) -> &'static str {
        let (zh, en) = match kind {
            ChangeKind::Suspend => ("暫停", "Suspend"),
            ChangeKind::Deactivate => ("停用", "Deactivate"),
            ChangeKind::Disconnect => ("中斷連線", "Disconnect"),
            ChangeKind::LockImei => ("鎖定 IMEI", "Lock the IMEI"),
            ChangeKind::ChangePlan => ("變更資費", "Change the tariff"),
        };
        if self.chinese() { zh } else { en }
    }

    pub fn at(&self, when: ChangeWhen) -> &'static str {
        let (zh, en) = match when {
            ChangeWhen::Now => ("立即", "at once"),
            ChangeWhen::NextDay => ("次日", "the next day"),
            ChangeWhen::NextCycle => ("次週期", "at the next cycle"),
        };
        if self.chinese() { zh } else { en }
    }

    pub fn state_of(&self, state: ChangeState) -> &'static str {
        let (zh, en) = match state {
            ChangeState::Wanted => ("待執行", "Wanted"),
            ChangeState::NotConnected => ("尚未連接，未執行", "Not connected yet: not done"),
            ChangeState::Done => ("已執行", "Done"),
            ChangeState::Refused => ("已拒絕", "Refused"),
            ChangeState::Withdrawn => ("已撤回", "Withdrawn"),
        };
        if self.chinese() { zh } else { en }
    }
}
