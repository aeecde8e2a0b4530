//! Words of what is sent about alerts: mails, short messages.

use crate::i18n::texts;

texts! {
    subject(level, kind, who): "[{level}] {kind}：{who}", "[{level}] {kind}: {who}";
    subject_again(level, kind, who, times): "[{level}] {kind}（第 {times} 次）：{who}", "[{level}] {kind} again ({times} times): {who}";
    subject_ended(kind, who): "[已恢復] {kind}：{who}", "[Over] {kind}: {who}";
    digest(n): "告警彙整：{n} 則", "{n} alerts";
    more(n): "另有 {n} 則，請至平台查看。", "{n} more are on the platform.";
    somebody(n): "{n} 個門號", "{n} SIMs";
    common: "共同原因", "Common cause";

    what: "告警種類", "Kind";
    level: "等級", "Level";
    number: "門號", "Number";
    device: "設備名稱", "Device";
    group: "群組", "Group";
    message: "告警訊息", "Message";
    began: "告警時間", "Began";
    ended: "恢復時間", "Ended";
    rule: "告警規則", "Rule";
    open: "開啟告警", "Open the alert";
    times_in(zone): "時區 {zone}", "Times in {zone}";
    why_you(rule): "此訊息由 OpenCMP 依告警規則「{rule}」自動發送；請勿直接回覆。",
        "Sent by OpenCMP under the rule “{rule}”. Nobody reads replies.";

    undelivered(channel): "通知未能送達：{channel}", "Could not be delivered: {channel}";
    undelivered_text(subject, to, why): "「{subject}」未能送達 {to}：{why}。請檢查該通知方式，並可於平台重新發送。",
        "“{subject}” could not be delivered to {to}: {why}. Look at the channel; it can be sent again on the platform.";
    uncertain(channel): "通知可能未送達：{channel}", "May not have arrived: {channel}";
    uncertain_text(subject, to, why): "「{subject}」可能未送達 {to}：{why}。請向收件者確認，並可於平台重新發送。",
        "“{subject}” may not have arrived at {to}: {why}. Ask whoever it was for; it can be sent again on the platform.";

    test: "OpenCMP 測試通知", "Test from OpenCMP";
    test_text(tenant): "這是「{tenant}」的測試通知。收到此訊息，表示通知方式運作正常。",
        "This is a test for {tenant}. Having it means that the channel works.";
}
