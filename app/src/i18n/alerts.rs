//! The pages of alerts: 歷史事件查詢, 告警規則, 通知方式, 發送紀錄.

use crate::i18n::texts;
use opencmp_domain::alert::rule::{MOST_MINUTES, RuleField};

texts! {
    title: "告警機制", "Alerts";
    sections: "告警頁面", "Pages of alerts";
    history: "歷史事件查詢", "Event history";
    news: "告警有更新", "Alerts have changed";
    news_look: "重新整理", "Look again";
    rules: "告警規則", "Alert rules";
    enter_first: "請先選擇企業", "Choose a customer first";
    enter_first_hint: "告警與規則屬於各企業。請由右上角的帳號選單進入企業。",
        "Alerts and their rules are a customer's. Enter one by the account menu.";

    group: "群組", "Group";
    all_groups: "全部群組", "All groups";
    from: "開始日期", "From";
    span: "區間", "Interval";
    span_all: "不限", "Any";
    span_days(n): "{n} 天", "{n} days";
    span_day: "1 天", "1 day";
    number: "指定門號", "Number";
    number_hint: "門號的任何部分", "Any part of it";
    kind: "種類", "Kind";
    all_kinds: "全部種類", "All kinds";
    all_of(category): "{category}（全部）", "{category} (all)";
    level: "等級", "Level";
    all_levels: "全部等級", "All levels";
    state: "處理狀態", "Handling";
    state_all: "全部", "All";
    state_undone: "未處理", "Not handled";
    state_done: "已處理", "Handled";
    only_open: "僅進行中", "Only what goes on";
    search: "查詢", "Search";
    clear: "清除條件", "Clear";

    handling: "處理", "Handling";
    msisdn: "門號", "Number";
    device: "設備名稱", "Device name";
    alert_kind: "告警種類", "Kind of alert";
    message: "告警訊息", "Message";
    began: "告警時間", "Time";
    note: "處理備註", "Handling note";
    end: "結束時間", "Ended";
    times: "次數", "Times";
    goes_on: "進行中", "Goes on";
    done: "已處理", "Handled";
    undone: "未處理", "Not handled";
    handle_one(what): "處理：{what}", "Handle: {what}";
    open_one(what): "查看：{what}", "Look at: {what}";
    none: "沒有符合的告警", "No alert is found";
    none_hint: "可放寬條件，或檢查告警規則是否啟用。", "Ask for more, or see whether rules are in use.";
    none_yet: "目前沒有告警", "No alerts";
    more: "查看更早的告警", "Older alerts";
    all_shown: "已全部顯示", "That's all";
    looked_far: "這段期間沒有更多符合的告警，可繼續往前查詢。", "None so far back; there is more to look through.";
    shown(n): "已顯示 {n} 筆", "{n} shown";
    history_list: "告警列表", "Alerts";

    choose(what): "選取：{what}", "Choose: {what}";
    choose_page: "選取已顯示的告警", "Choose all that are shown";
    choose_all: "選取全部符合條件的告警", "Choose all that match";
    chosen(n): "已選 {n} 筆告警", "{n} alerts chosen";
    chosen_all: "已選全部符合條件的告警", "All that match are chosen";
    choose_none: "取消選取", "Choose none";
    handle: "處理", "Handle";
    handle_title: "處理告警", "Handle alerts";
    handle_many(n): "將套用於 {n} 筆告警。", "It goes for {n} alerts.";
    handle_all: "將套用於全部符合條件的告警，一次最多 100,000 筆。", "It goes for all that match, 100,000 at most.";
    handle_note_hint: "最多 1,000 字；空白則保留原備註", "1,000 characters at most; empty keeps what is there";
    handled(n): "已更新 {n} 筆告警", "{n} alerts were changed";
    handled_none: "沒有需要更新的告警", "Nothing had to be changed";
    handled_who: "處理者", "Handled by";
    handled_when: "處理時間", "Handled at";
    export_xlsx: "匯出Excel檔", "Export to Excel";
    export_csv: "CSV", "CSV";

    back: "歷史事件查詢", "Event history";
    incident(id): "告警 #{id}", "Alert #{id}";
    facts: "比對內容", "What was compared";
    rule_then: "當時的規則", "The rule at that time";
    rule_hidden: "規則的範圍超出您的群組，故不顯示。", "The rule reaches beyond your groups.";
    version(n): "第 {n} 版", "Version {n}";
    timeline: "時間軸", "Time line";
    noticed: "系統發現", "Noticed";
    noticed_late(span): "系統發現（晚 {span}）", "Noticed ({span} later)";
    flapped(n): "期間共發生 {n} 次", "It began {n} times in all";
    untold(what): "{what}：等候通知", "{what}: not told yet";
    sent(channel, state): "通知「{channel}」：{state}", "{channel}: {state}";
    handled_by(name): "由 {name} 處理", "Handled by {name}";
    handled_system: "已處理", "Handled";
    children: "同一原因的告警", "Alerts of this cause";
    part_of: "屬於同一原因", "Part of a common cause";
    part_of_link(id): "查看原因 #{id}", "See the cause, #{id}";
    cause_note: "這些告警不另行通知。", "They send nothing of their own.";

    deliveries: "發送紀錄", "Delivery log";
    deliveries_none: "沒有發送紀錄", "Nothing was sent";
    deliveries_none_hint: "此告警未設定通知，或尚未到通知時段。", "No channel is set, or its hours haven't come.";
    delivery_state: "狀態", "State";
    delivery_subject: "內容", "Says";
    delivery_to: "收件者", "To";
    delivery_at: "時間", "Time";
    delivery_alerts: "告警", "Alerts";
    delivery_dead: "僅發送失敗", "Only what was given up";
    attempts: "嘗試紀錄", "Attempts";
    attempt(n): "第 {n} 次", "Try {n}";
    next_try(at): "下次 {at}", "Next at {at}";
    again: "重新發送", "Send again";
    again_of(what): "重新發送：{what}", "Send again: {what}";
    again_done: "將立即重新發送", "It is sent again at once";

    overview: "總覽", "Overview";
    overview_hint: "每一類別可設多條規則，分別適用於全部門號、群組或標籤。",
        "Each category may have several rules, for all SIMs, for groups, or for tags.";
    category: "類別", "Category";
    summary: "摘要", "Summary";
    enabled: "告警啟用", "In use";
    modified_by: "修改者", "Changed by";
    modified_at: "修改時間", "Changed at";
    on: "啟用", "In use";
    off: "停用", "Off";
    channel_limited: "只收到其群組的告警", "told of their groups only";
    not_set: "N/A", "N/A";
    system: "系統", "System";
    add: "新增規則", "Add a rule";
    add_of(category): "新增規則：{category}", "Add a rule: {category}";
    edit: "編輯規則", "Edit the rule";
    versions: "修改紀錄", "Versions";
    versions_of(name): "修改紀錄：{name}", "Versions: {name}";
    remove: "移除", "Remove";
    remove_of(name): "移除規則「{name}」", "Remove the rule {name}";
    remove_ask(name): "移除規則「{name}」？已發生的告警會保留。", "Remove the rule {name}? Its alerts stay.";
    removed(name): "已移除「{name}」", "{name} was removed";
    saved(name): "已儲存「{name}」", "{name} was saved";
    enable_of(name): "告警啟用：{name}", "In use: {name}";
    part_of_rule(part, name): "{part}：{name}", "{part}: {name}";
    stale: "規則已被其他人修改，請重新載入後再編輯。", "Somebody changed the rule meanwhile. Please load it again.";

    conditions: "條件設定", "Conditions";
    stages: "階段用量設定", "Usage stages";
    notify: "告警通知設定", "Notification";

    name: "規則名稱", "Name";
    target: "適用對象", "For";
    target_all: "全部門號", "All SIMs";
    target_groups: "群組", "Groups";
    target_tags: "標籤", "Tags";
    tags_hint: "以逗號或頓號分隔；有任一標籤的門號即適用", "Separated by commas: SIMs with any of them";
    groups_are(names): "群組：{names}", "Groups: {names}";
    tags_are(names): "標籤：{names}", "Tags: {names}";
    rearm: "重新計算間隔（分鐘）", "The same alert if it begins again within (minutes)";
    rearm_hint: "恢復後在此時間內再次發生，視為同一告警；0 為每次分開", "0: every time is another alert";

    daily: "單筆每日超過", "A SIM uses more in a day";
    daily_over: "上限（MB）", "Limit (MB)";
    stages_on: "依額度分階段通知", "Tell at shares of an allowance";
    percents: "門檻（%）", "Thresholds (%)";
    percents_hint: "由小到大，例如 70、90、100；每週期各通知一次", "Rising, such as 70, 90, 100; each once a cycle";
    allowance: "額度（MB）", "Allowance (MB)";
    together: "額度由適用的門號合計", "All SIMs of the rule share the allowance";
    after_minutes: "斷線持續超過（分鐘）", "Offline for longer than (minutes)";
    after_minutes_hint: "僅計測試與啟用中的門號", "Of SIMs that are in test or active";
    learned: "依各設備平常的回報間隔判斷，適用於很少連線的設備", "By each device's own interval, for those that report rarely";
    other_device: "門號換了另一台設備", "Another device in the SIM";
    listed_on: "設備不在清單內", "A device that isn't listed";
    listed: "設備清單", "Devices";
    listed_hint: "每行一個：TAC（8 碼）至完整 IMEI（15 碼）", "One a line: from a TAC (8 digits) to a whole IMEI (15)";
    shared_on: "同一 IMEI 出現在多張 SIM 卡", "One IMEI in several SIMs";
    shared_by: "SIM 卡張數（含）以上", "So many SIMs or more";
    life_cycle: "異動為", "Changed to";
    limits_on: "服務狀態期限將屆", "A state's time limit is near";
    days_before: "提前天數", "Days ahead";
    days_before_hint: "由大到小，例如 30、7、1；暫停、停用最長各一年", "Falling, such as 30, 7, 1. Suspended and deactivated: a year at most";
    says_days_before(days): "期限前 {days} 天", "{days} days before a state's limit";
    networks_on: "網路不是", "The network is none of";
    networks_more: "其他網路代碼", "Other networks";
    networks_hint: "MCC 與 MNC，例如 46692；以逗號或頓號分隔", "MCC and MNC, such as 46692, separated by commas";
    roaming: "在其他國家漫遊", "Roaming in another country";
    rats_on: "無線接取不是", "Radio access is none of";
    abnormal_on: "當日用量遠高於平常", "A day's usage far above the usual";
    times_usual: "平常用量的倍數", "Times the usual";
    times_usual_hint: "該門號累積 7 個完整日的用量後才開始判斷", "Judged once seven whole days of a SIM's usage are known";
    cloned: "同一卡或同一設備同時出現於兩處", "One card or device at two places at once";
    travel: "不可能的移動速度", "Faster from country to country than anything travels";
    sign_ins: "帳號登入攻擊", "Attacks on sign-in";

    at_once: "立即通知", "At once";
    digest: "彙整通知", "In a digest";
    digest_hours: "每隔（小時）", "Every (hours)";
    channels_used: "通知方式", "Channels";
    channels_none: "尚未設定通知方式，請先於下方新增。", "There are no channels yet: add one below first.";
    window_from: "開始時間", "From";
    window_hours: "持續小時數", "For hours";
    window_zone: "時區", "Time zone";
    hour(n): "{n}時", "{n}:00";
    tell_end: "恢復時也通知", "Tell the end as well";

    says_daily(amount): "單筆每日超過{amount}", "A SIM over {amount} a day";
    says_stages(percents): "門檻：{percents}", "At {percents}";
    says_allowance(amount): "額度 {amount}", "of {amount}";
    says_together: "合計", "together";
    says_after(minutes): "斷線持續超過{minutes}分鐘", "Offline for more than {minutes} minutes";
    says_learned: "依設備平常的回報間隔", "by each device's own interval";
    says_other: "更換設備", "Another device";
    says_listed(n): "設備不在清單內（{n} 項）", "A device that isn't listed ({n})";
    says_shared(n): "同一 IMEI 出現在 {n} 張以上 SIM 卡", "One IMEI in {n} SIMs or more";
    says_to(states): "異動為{states}", "Changed to {states}";
    says_state(state): "【{state}】", "{state}";
    says_networks(names): "網路不是：{names}", "The network isn't {names}";
    says_roaming: "漫遊", "Roaming";
    says_rats(names): "無線接取不是：{names}", "Radio access isn't {names}";
    says_times(n): "當日用量達平常的 {n} 倍", "A day's usage {n} times the usual";
    says_cloned: "疑似複製", "Cloned";
    says_travel: "不可能的移動", "Impossible travel";
    says_sign_ins: "登入攻擊", "Sign-in attacks";
    says_digest(hours): "每{hours}小時彙整通知", "A digest every {hours} hours";
    says_by(channels): "通知方式：{channels}", "by {channels}";
    says_window(from, hours): "每日{from}時，持續{hours}小時", "daily from {from}:00 for {hours} hours";
    says_listed_only: "僅列於歷史事件", "Only listed";

    channels: "通知方式", "Channels";
    channels_hint: "規則由這些管道通知；Http 訊息依 Standard Webhooks 簽章。",
        "How rules tell. HTTP messages are signed as Standard Webhooks says.";
    channel_none: "尚未設定通知方式", "No channel yet";
    channel_none_hint: "新增電郵、簡訊或 Http，規則才能通知。", "Add e-mail, SMS or HTTP so that rules can tell somebody.";
    channel_add: "新增通知方式", "Add a channel";
    channel_name: "名稱", "Name";
    channel_kind: "方式", "Kind";
    channel_to: "對象", "To";
    channel_owner: "屬於", "Whose";
    channel_tenant: "全公司", "The company's";
    channel_edit: "編輯", "Edit";
    channel_secret: "更換密鑰", "Replace the secret";
    channel_remove_ask(name): "移除通知方式「{name}」？", "Remove the channel {name}?";
    channel_secret_ask(name): "更換「{name}」的簽章密鑰？原密鑰一天後失效。", "Replace the secret of {name}? The one before is good for a day more.";
    channel_used(rules): "仍有規則使用此通知方式：{rules}", "Rules tell by it: {rules}";
    channel_off(why): "已自動停用：{why}", "Switched off by itself: {why}";
    channel_shut_out: "所屬人員已停用，重新啟用前不發送。", "Whose it is is shut out: it sends nothing until they are admitted again.";
    addresses: "電子郵件", "E-mail addresses";
    addresses_hint: "每行一個，最多 20 個", "One a line, 20 at most";
    numbers: "手機號碼", "Mobile numbers";
    numbers_hint: "每行一個，最多 20 個，例如 0912345678", "One a line, 20 at most, such as 0912345678";
    url: "網址", "URL";
    url_hint: "須為 https，不含帳號密碼；http 僅限本機", "https, without a name or password in it; http on this machine only";
    language: "訊息語言", "Language of messages";
    limited_hours: "僅在以下時段通知", "Only within these hours";
    channel_enabled: "啟用", "In use";
    secret: "簽章密鑰", "Signing secret";
    secret_once: "請將密鑰存於接收端，用以驗證訊息。它只顯示這一次。", "Keep it where messages are received, to verify them. It is shown this once.";
    close: "完成", "Done";

    board: "告警", "Alerts";
    board_all: "查看全部", "See all";
    board_waiting(n): "待處理 {n} 筆", "{n} wait";
    board_none: "沒有進行中的未處理告警", "Nothing that goes on is unhandled";
    of_sim: "告警", "Alerts";
    of_sim_none: "此門號沒有告警", "This SIM has had no alerts";
}

impl Texts {
    /// What a field of a form, or a parameter of an address, must be.
    pub fn rule_of(&self, field: &str) -> Option<String> {
        let chinese = self.close == ZH.close;
        let most_days = MOST_MINUTES / (24 * 60);
        let known = RuleField::ALL.into_iter().find(|known| known.as_str() == field);
        let (zh, en) = match (known, field) {
            (Some(RuleField::Name), _) => ("名稱：須為 1 至 100 個字元", "Name: 1 to 100 characters"),
            (Some(RuleField::Target), _) => {
                ("適用對象：請至少選擇一個群組或標籤", "For: choose at least one group or tag")
            }
            (Some(RuleField::Condition), _) => ("條件設定：請至少設定一項", "Conditions: ask for something"),
            (Some(RuleField::DailyOver), _) => ("單筆每日上限：須大於 0", "Daily limit: more than 0"),
            (Some(RuleField::Percents), _) => (
                "門檻：1 至 10 個，由小到大，各為 1 至 1000",
                "Thresholds: 1 to 10 of them, rising, from 1 to 1000",
            ),
            (Some(RuleField::Allowance), _) => ("額度：須大於 0", "Allowance: more than 0"),
            (Some(RuleField::AfterMinutes), _) => {
                return Some(match chinese {
                    true => format!("斷線時間：須為 1 分鐘至 {most_days} 天"),
                    false => format!("Offline: 1 minute to {most_days} days"),
                });
            }
            (Some(RuleField::Listed), _) => {
                ("設備清單：每行 8 至 15 碼數字", "Devices: 8 to 15 digits a line")
            }
            (Some(RuleField::SharedBy), _) => ("SIM 卡張數：至少 2", "SIMs: 2 at least"),
            (Some(RuleField::TimesUsual), _) => {
                ("平常用量的倍數：須為 2 至 1000", "Times the usual: 2 to 1000")
            }
            (Some(RuleField::Rearm), _) => {
                ("重新計算間隔：最多 1440 分鐘", "Begins again within: 1440 minutes at most")
            }
            (Some(RuleField::Channels), _) => ("通知方式：太多", "Channels: too many"),
            (Some(RuleField::Actions), _) => (
                "自動處置：標籤須為 1 至 50 個字元；變更資費須選擇資費類型",
                "Actions: a tag has 1 to 50 characters; a change of tariff names the tariff",
            ),
            (Some(RuleField::DaysBefore), _) => (
                "提前天數：須由大到小，每項 1 至 365，最多 10 項，例如 30、7、1",
                "Days ahead: falling, each from 1 to 365, ten at most, such as 30, 7, 1",
            ),
            (Some(RuleField::Digest), _) => ("彙整通知：須為 1 至 24 小時", "Digest: 1 to 24 hours"),
            (None, "networks") => {
                ("其他網路代碼：須為 5 至 6 碼數字，例如 46692", "Networks: 5 or 6 digits, such as 46692")
            }
            (None, "version") => (self.stale, self.stale),
            (None, "busy") => (
                "貴公司另有規則正在試跑，請稍後再試",
                "Another rule is being tried; please wait until that is over",
            ),
            (None, "zone") => ("時區：請選擇清單中的時區", "Time zone: choose one that is offered"),
            (None, "addresses") => {
                ("電子郵件：1 至 20 個，例如 name@example.com", "E-mail: 1 to 20, such as name@example.com")
            }
            (None, "numbers") => {
                ("手機號碼：1 至 20 個，例如 0912345678", "Numbers: 1 to 20, such as 0912345678")
            }
            (None, "url") => (
                "網址：須為 https，不含帳號密碼；http 僅限本機",
                "URL: https, without a name or password; http on this machine only",
            ),
            (None, "from") => ("須為日期，例如 2026-11-23", "must be a date such as 2026-11-23"),
            (None, "days") => ("須為 1 至 400 天", "must be 1 to 400 days"),
            (None, "kind") => ("沒有這個種類", "there is no such kind"),
            (None, "level") => ("沒有這個等級", "there is no such level"),
            (None, "handled" | "open") => ("須為 1 或 0", "must be 1 or 0"),
            (None, "number") => {
                ("符合的門號太多，請輸入更多號碼", "too many SIMs have it: write more of the number")
            }
            (None, "note") => ("處理備註：最多 1,000 字", "Note: 1,000 characters at most"),
            (None, "alerts") => {
                ("一次最多處理 100,000 筆，請縮小範圍", "100,000 at most at once: ask for fewer")
            }
            (None, "state") => ("此訊息並非發送失敗", "It wasn't given up"),
            _ => return None,
        };
        Some(if chinese { zh } else { en }.to_owned())
    }
}
