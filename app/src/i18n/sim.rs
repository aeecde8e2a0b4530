//! Words of the SIM page.

use crate::i18n::texts;

texts! {
    title: "門號", "SIM";
    title_of(number): "門號 {number}", "SIM {number}";
    back: "門號列表", "SIM list";
    tabs: "門號資料", "Parts of the SIM page";
    overview: "總覽", "Overview";
    sessions: "連線紀錄", "Sessions";
    usage: "用量", "Usage";
    timeline: "事件歷程", "Timeline";

    path: "連線路徑", "The way of the data";
    path_hint: "依計費訊息判斷；無法得知者標示為未知。", "As far as the accounting records tell; what they don't is shown as unknown.";
    step_sim: "SIM 卡", "SIM";
    step_network: "行動網路", "Network";
    step_session: "數據連線", "Session";
    step_data: "資料傳輸", "Data";
    since(time): "自 {time}", "since {time}";
    sim_usable: "可使用", "usable";
    sim_unusable: "此狀態下無法使用網路", "can't use the network in this state";
    network_implied: "由數據連線推得", "implied by its session";
    network_last(name): "最後所在：{name}", "last on {name}";
    network_unasked: "無數據連線時，計費訊息無法得知是否註冊於網路", "without a session, accounting can't tell whether it is registered";
    never_seen: "從未收到訊息", "never heard of";
    session_open(n): "{n} 個連線", "{n} sessions";
    session_last_end: "最近一次連線已結束", "the last session has ended";
    session_overdue(interval): "逾期未更新（通常每 {interval} 更新）", "overdue (it usually reports every {interval})";
    data_moved(bytes): "本次已傳輸 {bytes}", "{bytes} in this session";
    data_none_yet: "連線後尚無資料傳輸", "connected, but nothing has been sent yet";
    data_none_yet_word: "尚無資料", "No data yet";
    data_flowing: "有資料", "Data seen";
    data_no_session: "目前無連線", "no session now";
    data_until(bytes): "最後更新前已傳輸 {bytes}", "{bytes} until the last update";

    edit: "編輯", "Edit";
    edit_title: "編輯門號資料", "Change the SIM";
    edited: "已儲存", "Saved";
    tags_hint: "以逗號分隔，最多 20 個", "Commas between them, 20 at most";
    choice_none: "（未選擇）", "(none)";
    fields: "自訂欄位", "Custom fields";
    wrong_name: "設備名稱最多 100 個字，不可含換行。", "A name has 100 characters at most, on one line.";
    wrong_tags: "標籤須為 1 至 50 個字，最多 20 個。", "A tag has 1 to 50 characters; there are 20 at most.";
    wrong_field(name): "「{name}」未填寫，或內容不符合其類型。", "{name} is empty, or not of its kind.";

    identity: "識別資料", "Identity";
    msisdn: "門號", "Number";
    e164: "國際格式", "International";
    iccid: "ICCID", "ICCID";
    imsi: "IMSI", "IMSI";
    imei: "IMEI", "IMEI";
    imeisv: "IMEISV", "IMEISV";
    device_model: "設備型號", "Device model";
    name: "設備名稱", "Device name";
    group: "群組", "Group";
    batch: "批號", "Batch";
    plan: "資費類型", "Tariff";
    apn: "設定之 APN", "Provisioned APN";
    tags: "標籤", "Tags";
    customer: "企業客戶", "Customer";
    created: "建立時間", "Created";
    interval: "更新間隔", "Reports every";
    not_inventoried: "未納入門號清單", "Not in the inventory";

    current: "目前連線", "Current sessions";
    current_none: "目前沒有數據連線", "No session at the moment";
    current_none_since(time): "上次訊息：{time}", "Last heard: {time}";
    network: "網路", "Network";
    rat: "無線接取", "Radio access";
    cell: "基地台細胞", "Cell";
    enb_cell(enb, cell): "eNB {enb} · Cell {cell}", "eNB {enb} · cell {cell}";
    ip: "IP 位址", "IP address";
    ipv6: "IPv6 首碼", "IPv6 prefix";
    session_apn: "APN", "APN";
    gateway: "閘道", "Gateway";
    started: "開始", "Started";
    ended: "結束", "Ended";
    updated: "最近更新", "Last update";
    duration: "時間長度", "Duration";
    uplink: "上行", "Up";
    downlink: "下行", "Down";
    total: "合計", "Total";
    session_id: "連線識別碼", "Session id";
    cause: "結束原因", "End cause";
    open: "進行中", "Open";
    estimated: "推定", "estimated";

    flag_missed_start: "未收到 Start，開始時間為推算", "The Start was never received; the beginning is computed";
    flag_estimated_end: "結束時間為推定", "The end is estimated";
    flag_reopened: "結束後又有訊息", "Went on after its Stop";
    flag_counter_reset: "計量曾歸零", "Counters restarted";
    flag_counter_wrap: "計量曾溢位", "A counter wrapped";
    flag_implausible_rate: "流量增加過快", "Implausible rate";
    flag_clock_distrusted: "閘道時鐘不可信，採用收到時間", "The gateway's clock isn't believed; arrival times are used";
    flag_secondary_bearer: "次要承載", "Secondary bearer";
    flag_repeated_attribute: "訊息欄位重複", "A field occurred more than once";
    flags: "註記", "Notes";

    usage_today: "當日流量", "Today";
    usage_cycle: "累計流量", "This cycle";
    usage_previous: "上期流量", "Previous cycle";
    usage_daily: "每日流量", "Usage by day";
    usage_more: "圖表連動查詢", "Open usage";
    date: "日期", "Date";

    filter_all: "全部", "All";
    filter_open: "進行中", "Open";
    filter_ended: "已結束", "Ended";
    filter: "連線狀態", "State";
    from: "開始日期", "From";
    until: "結束日期", "To";
    sessions_none: "沒有連線紀錄", "No sessions";
    sessions_none_text: "這個期間沒有數據連線。", "There was no session in this period.";
    csv: "下載 CSV", "Download CSV";
    more: "載入更多", "Load more";
    shown(n): "已顯示 {n} 筆", "{n} shown";
    all_shown: "已全部顯示", "That is all";

    events_recent: "最近事件", "Recent events";
    events_all: "全部事件", "All events";
    events_none: "沒有事件", "No events";
    events_none_text: "連線、網路或設備變更時會記錄在這裡。", "Changes of session, network or device appear here.";
    events_none_such: "這個期間沒有這類事件。", "Nothing of the kind happened in this period.";
    event_kind: "事件類型", "Kind of event";
    event_kinds_all: "所有事件", "All events";
    today: "今天", "Today";
    yesterday: "昨天", "Yesterday";
    details: "展開", "Details";
}
