//! Why a rule raised an alert, or why it didn't.

use crate::i18n::texts;
use opencmp_domain::alert::why::HeldBack;

texts! {
    title: "為什麼", "Why";
    title_of(name): "為什麼：{name}", "Why: {name}";
    hint: "某門號在某時，此規則為何有或沒有告警。", "Why this rule raised an alert of a SIM at a time, or why it didn't.";
    sim: "門號", "SIM";
    at: "時間", "Time";
    at_zone(zone): "時區：{zone}", "Time zone: {zone}";
    ask: "查詢", "Ask";
    sim_wrong: "門號：須為一個門號", "SIM: the number of one SIM";
    at_wrong: "時間：須為過去的日期與時間", "Time: a date and time that are past";

    raised(alert): "有告警：#{alert}", "It did: alert #{alert}";
    no_rule: "當時還沒有這個規則", "There was no such rule then";
    switched_off: "規則當時未啟用", "The rule was switched off then";
    not_aimed_at: "規則不適用於此門號（以目前的群組與標籤判斷）", "The rule isn't for this SIM, by its group and tags of now";
    not_met: "條件不符合", "No condition was met";
    before_rule: "規則設為如此之前，情況就已如此；規則只通知之後發生的", "It was so already when the rule became as it was: rules tell of what comes after";
    same_alert(alert): "與告警 #{alert} 為同一告警：剛結束、尚未重新計算", "It is one with alert #{alert}, which had ended so lately that the rule wasn't armed anew";
    late: "依保存的紀錄應符合，但沒有告警：網路太晚回報，或當時情況已結束",
        "By what is kept it was met, and there was no alert: the network told of it too late, or it was over by then";
    unknown: "保存的資料無法判斷", "What is kept doesn't say";

    rule_then(version, since): "當時的規則：第 {version} 版，{since} 起", "The rule then: version {version}, since {since}";
    conditions: "條件", "Conditions";
    met: "符合", "Met";
    not_met_short: "不符合", "Not met";
    unknown_short: "無法判斷", "Not known";
    met_since(at): "{at} 起", "since {at}";
    held_back: "影響通知的因素", "What people were told, and when";
    alerts: "前後一天內此規則的告警", "The rule's alerts within a day";
    no_alerts: "前後一天內沒有此規則的告警", "The rule raised no alert of this SIM within a day";
    sessions: "依據的連線", "Connections behind it";
    no_sessions: "當時之前沒有連線", "It had no connection by then";
    all_sessions: "此門號的全部連線", "All connections of this SIM";
    goes_on: "連線中", "goes on";
    last_heard(at): "最後回報 {at}", "last heard of {at}";
    events: "當時的紀錄", "What happened then";
    no_events: "前一天內沒有紀錄", "Nothing happened within a day before";
    all_events: "此門號的全部紀錄", "Everything of this SIM";
}

impl Texts {
    pub fn held(&self, why: HeldBack) -> &'static str {
        let (zh, en) = match why {
            HeldBack::Flapped => (
                "設備在數秒內斷線又連線：合為一則告警，無須處理，不通知",
                "The device came and went within seconds: that is one alert, which needs nobody and isn't told",
            ),
            HeldBack::CommonCause => (
                "屬於共同原因：由該原因的告警通知",
                "It is part of a common cause, whose alert speaks for it",
            ),
            HeldBack::Late => ("網路較晚才回報", "The network told of it late"),
            HeldBack::Window => (
                "當時不在規則的通知時段：時段開始時才通知",
                "Outside of the rule's hours: people are told when they begin",
            ),
            HeldBack::ChannelWindow => (
                "當時不在某個通知方式的時段：時段開始時才通知",
                "Outside of a channel's hours: it tells when they begin",
            ),
            HeldBack::Digest => ("彙整通知：到時一併通知", "People are told in a digest"),
            HeldBack::NoChannel => {
                ("規則未指定通知方式：僅列於歷史事件", "The rule names no channel: it is only listed")
            }
        };
        if self.title == ZH.title { zh } else { en }
    }
}
