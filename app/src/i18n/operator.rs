//! Words of the operator page.

use crate::i18n::texts;
use opencmp_domain::operator::IngestTrouble;

texts! {
    title: "電信維運", "Operator";
    lead: "網路資料是否送達、系統是否跟得上。", "Is the network's feed arriving, and is the system keeping up.";

    cells: "基地台", "Cells";
    ingest: "資料接收", "Ingest";
    ready: "正常接收", "Receiving";
    not_ready: "未接收", "Not receiving";
    rate: "每秒紀錄數", "Records a second";
    rate_title: "近一小時每秒紀錄數", "Records a second over the last hour";
    rate_none: "尚無資料", "No samples yet";
    rate_description(high, now): "近一小時最高每秒 {high} 筆，目前 {now} 筆。",
        "Highest over the last hour {high} a second, now {now}.";
    chart_keys: "左右方向鍵檢視數值", "Arrow keys read the values";
    accepted: "已接收", "Accepted";
    accepted_since_start: "啟動後已接收", "Accepted since start";
    duplicates: "重複", "Duplicates";
    unapplied: "待套用", "To be applied";
    unapplied_hint: "已寫入日誌並回覆，尚未反映在即時狀態", "Journalled and acknowledged, not yet in the live state";
    unflushed: "待寫入資料庫", "To be written";
    unflushed_hint: "已反映在即時狀態，尚未寫入資料庫", "In the live state, not yet in the database";
    applied_at: "最近套用", "Last applied";
    flushed_at: "最近寫入", "Last written";
    journal: "日誌大小", "Journal size";
    journal_since: "日誌最早紀錄", "Journal since";
    trouble_journal_failing: "日誌無法寫入（磁碟已滿或故障），暫停回覆網路。排除後自動恢復。",
        "The journal can't be written (disk full or failing): nothing is acknowledged. It resumes by itself.";
    trouble_journal_full: "資料庫無法寫入且日誌已達上限，暫停回覆網路。資料庫恢復後自動續傳。",
        "The database takes nothing and the journal reached its bound: nothing is acknowledged until it is back.";
    trouble_database: "資料庫暫時無法寫入，紀錄保留在日誌中，恢復後自動補寫。",
        "The database takes nothing at the moment. Records wait in the journal and are written when it is back.";
    trouble_recovering: "啟動中，正在重播日誌。", "Starting: the journal is being replayed.";

    gateways: "閘道", "Gateways";
    gateways_none: "尚未登錄閘道。", "No gateway is registered yet.";
    gateways_hint: "以指令登錄：opencmp nas add 名稱 --address 網段 --secret 密鑰",
        "Register one: opencmp nas add NAME --address CIDR --secret S";
    gateway: "名稱", "Name";
    address: "來源位址", "Address";
    last_heard: "最近訊息", "Last heard";
    never: "從未", "Never";
    mismatches: "密鑰不符", "Wrong secret";
    malformed: "格式錯誤", "Malformed";
    clock_offset: "時鐘偏差", "Clock offset";
    clock_ahead(time): "快 {time}", "{time} ahead";
    clock_behind(time): "慢 {time}", "{time} behind";
    clock_right: "準確", "In step";
    open_sessions: "連線中", "Open sessions";
    restarted: "最近重啟", "Restarted";
    node_unnamed: "未表明身分", "Unnamed";
    node_heard(ago): "最近訊息 {ago}", "heard {ago}";
    node_restarted(ago): "重啟於 {ago}", "restarted {ago}";
    node_sessions(n): "{n} 筆連線", "{n} open";
    nodes_refused(n, name): "{n} 個封包來自不允許的閘道，最近一個為「{name}」。若它是此來源的閘道，請加入允許清單。",
        "{n} packets were from gateways that it may not speak for, the latest from {name}. If that is one of its gateways, add it to the list.";
    wrap_suspected(age): "計數器似乎在 32 位元歸零（{age}），因此用量可能少算。若確實如此，請在閘道設定中標為 32 位元計數器。",
        "Its counters seem to wrap at 32 bits ({age}), so usage may be short. If they do, mark it in the gateway's settings.";
    per_second: "筆/秒", "per s";
    milliseconds(n): "{n} 毫秒", "{n} ms";

    strangers: "未登錄的來源", "Unknown sources";
    strangers_hint: "這些位址送來封包，但不是已登錄的閘道；系統不會回覆。",
        "These addresses sent packets but aren't registered gateways. They get no answer.";
    strangers_none: "沒有未登錄的來源。", "No unknown sources.";
    source: "來源", "Source";
    packets: "封包數", "Packets";

    unknown: "未知門號", "Unknown SIMs";
    unknown_hint: "網路回報、但清單中沒有的門號。匯入後自動歸戶，已累計的用量與紀錄一併保留。",
        "Heard of from the network but not in the inventory. Importing them adopts them with usage and history.";
    unknown_none: "沒有未知門號。", "No unknown SIMs.";
    unknown_page_empty: "這一頁沒有資料。", "This page is empty.";
    first_seen: "首次出現", "First seen";
    last_seen: "最近出現", "Last seen";
    usage_cycle: "本週期流量", "Usage this cycle";
    newer: "較新", "Newer";
    older: "較舊", "Older";
    page_n(n): "第 {n} 頁", "Page {n}";

    tenants: "企業客戶", "Customers";
    tenants_none: "還沒有企業客戶。", "No customers yet.";
    tenant: "名稱", "Name";
    time_zone: "時區", "Time zone";
    cycle_day: "週期起始日", "Cycle begins on day";
    sims: "門號數", "SIMs";
}

impl Texts {
    pub fn trouble(&self, trouble: IngestTrouble) -> &'static str {
        match trouble {
            IngestTrouble::JournalFailing => self.trouble_journal_failing,
            IngestTrouble::JournalFull => self.trouble_journal_full,
            IngestTrouble::DatabaseUnavailable => self.trouble_database,
            IngestTrouble::Recovering => self.trouble_recovering,
        }
    }
}
