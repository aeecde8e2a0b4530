//! 試跑: what a rule would have done.

use crate::i18n::texts;
use opencmp_domain::alert::backtest::{Reach, Unjudged};

texts! {
    try_it: "試跑", "Try it";
    hint: "以過去 90 天的紀錄試算：會有哪些告警、何時、多少則通知。不會發送任何通知。",
        "On the records of the last 90 days: which alerts, when, how many messages. Nothing is sent.";
    running: "試算中", "Trying";
    course(percent): "試算中：{percent}%", "Trying: {percent}%";
    stop: "停止", "Stop";
    result: "試跑結果", "What it would have done";
    span(from, until): "依 {from} 至 {until} 的紀錄", "By the records from {from} to {until}";
    too_few: "原始紀錄尚不足以判斷：須先有一整天的紀錄，自次日起計算。",
        "There are too few raw records to say anything: a whole day of them comes first, and the next day is judged.";
    today: "門號以目前所屬的群組與標籤為準", "SIMs are in the groups and have the tags of now";

    alerts: "告警", "Alerts";
    parts: "併入共同原因", "Parts of a common cause";
    sims: "適用門號", "SIMs";
    messages: "通知", "Messages";
    chart_title: "每日告警", "Alerts a day";
    a_day: "告警數", "Alerts";
    none: "沒有告警", "No alerts";
    chart_description(alerts, most): "共 {alerts} 筆告警；單日最多 {most} 筆", "{alerts} alerts; {most} on the highest day";
    channels: "各通知方式", "By channel";
    channel: "通知方式", "Channel";
    channel_off(name): "{name}（停用）", "{name} (off)";
    at_once: "立即", "At once";
    summed_up: "彙整", "Summed up";
    recipients: "收件者", "Recipients";
    no_channels: "規則未指定通知方式", "The rule names no channel";
    first(count): "前 {count} 筆", "The first {count}";
    unjudged(kind, why): "{kind}：{why}", "{kind}: {why}";
}

impl Texts {
    fn is_chinese(&self) -> bool {
        self.try_it == ZH.try_it
    }

    /// Why it isn't all of the time that was asked for.
    pub fn reach(&self, reach: Reach) -> Option<&'static str> {
        let (zh, en) = match reach {
            Reach::Whole => return None,
            Reach::Records => ("原始紀錄自此時起", "raw records don't reach further back"),
            Reach::Work => {
                ("紀錄太多，僅試算其中一部分", "there are too many records to look at all of them")
            }
        };
        Some(if self.is_chinese() { zh } else { en })
    }

    pub fn why(&self, unjudged: Unjudged) -> &'static str {
        let (zh, en) = match unjudged {
            Unjudged::NotInRecords => {
                ("無法試算，紀錄中沒有人員操作", "can't be tried: what people did isn't in the records")
            }
            Unjudged::BegunCycle => {
                ("紀錄開始前已開始的週期不列入", "cycles that had begun before the records are left out")
            }
            Unjudged::Learned => (
                "平常值僅由這些紀錄學得，初期可能較少",
                "what is usual is learned from these records alone, so there may be fewer at first",
            ),
        };
        if self.is_chinese() { zh } else { en }
    }
}
