//! The operator's stock of SIMs.

use crate::i18n::{Lang, texts};
use opencmp_domain::stock::Staying;

texts! {
    stock: "門號庫存", "SIM stock";
    stock_hint: "尚未配發給企業的門號：匯入、配發與收回。", "SIMs that no tenant has yet: taken in, allocated, taken back.";
    back: "設定", "Setup";
    in_stock: "庫存", "In stock";
    batches: "批號", "Batches";
    batch: "批號", "Batch";
    batch_none: "（無批號）", "(none)";
    batches_none: "庫存目前沒有門號", "There is nothing in stock";
    batches_none_hint: "匯入門號檔後，即可配發給企業。", "Import a file of SIMs, then allocate them to tenants.";
    sims: "門號數", "SIMs";
    tenants: "企業客戶", "Tenants";
    tenants_none: "尚無企業客戶", "No tenant yet";
    tenant: "企業", "Tenant";
    group: "群組", "Group";
    group_default: "預設群組", "The default group";
    list: "庫存門號", "SIMs in stock";
    search: "門號、ICCID 或 IMSI 的開頭", "Beginning of a number, ICCID or IMSI";
    search_button: "查詢", "Search";
    all_batches: "全部批號", "All batches";
    list_none: "沒有符合的門號", "No SIM matches";
    found(n): "共 {n} 個門號", "{n} SIMs";
    page(n): "第 {n} 頁", "Page {n}";
    newer: "上一頁", "Previous";
    older: "下一頁", "Next";
    msisdn: "門號", "Number";
    iccid: "ICCID", "ICCID";
    imsi: "IMSI", "IMSI";
    plan: "資費類型", "Tariff";
    state: "服務狀態", "Service";
    since: "入庫時間", "Since";
    action: "操作", "Action";

    import: "匯入門號", "Import SIMs";
    import_to: "匯入至", "Import into";
    import_stock: "庫存", "Stock";
    import_file: "CSV 檔案", "CSV file";
    import_file_hint: "第一列為欄位名稱：imsi、iccid、msisdn 至少一項，另可有 imei、batch、name、group、plan、apn、state、tags。UTF-8，最大 32 MiB。",
        "The first line names the columns: one of imsi, iccid, msisdn; then imei, batch, name, group, plan, apn, state, tags. UTF-8, 32 MiB at most.";
    import_paste: "或貼上內容", "Or paste it";
    import_paste_hint: "可直接由試算表複製貼上，含欄位名稱列", "Straight from a spreadsheet, with its line of names";
    preview: "預覽", "Preview";
    preview_working: "正在讀取與檢查…", "Reading and checking…";
    import_working: "正在匯入…", "Importing…";
    back_step: "上一步", "Back";
    outcome(lines): "檔案共 {lines} 列", "{lines} lines";
    will_create: "新增", "New";
    will_change: "變更", "Changed";
    will_adopt: "納入", "Adopted";
    will_adopt_hint: "原本僅由網路得知，或原在庫存", "known from the network, or from stock, until now";
    unchanged: "不變", "Unchanged";
    refused: "有誤", "Wrong";
    new_groups(names): "將新增群組：{names}", "Groups that will be made: {names}";
    line: "列", "Line";
    column: "欄位", "Column";
    what: "說明", "What is wrong";
    errors: "有誤的列", "What is wrong";
    errors_first(n, total): "僅列出前 {n} 項，共 {total} 項；其餘請下載錯誤報告。",
        "The first {n} of {total}; the report has more.";
    report: "下載錯誤報告", "Download the report";
    import_do(n): "匯入 {n} 列", "Import {n} lines";
    import_good(n): "僅匯入正確的 {n} 列", "Import good lines only ({n})";
    import_fix: "有誤時不匯入任何一列。請修正檔案後重新預覽，或選擇僅匯入正確的列。",
        "Nothing is imported while a line is wrong. Correct the file and preview again, or import the good lines only.";
    import_nothing: "沒有需要變更的內容", "There is nothing to change";
    imported(n): "已匯入 {n} 列", "{n} lines were imported";
    close: "完成", "Done";

    allocate: "配發門號", "Allocate";
    allocate_title: "配發與收回", "Allocate and take back";
    allocate_batch(batch): "配發批號 {batch}", "Allocate batch {batch}";
    allocate_to: "配發給", "To";
    take_back: "收回門號", "Take back";
    take_back_from(name): "由「{name}」收回門號", "Take SIMs back from {name}";
    take_back_hint: "未曾連線的卡片直接回到庫存。曾連線者，其紀錄、用量與號碼以已終止門號留在該企業；卡片以全新的門號回到庫存。",
        "A card that was never heard of goes back as it is. Of one that was, history, usage and number stay with the tenant as a terminated SIM, and the card is in stock as a new one.";
    which: "選擇門號", "Which SIMs";
    by_batch: "依批號", "By batch";
    by_list: "依清單", "By list";
    by_beginning: "依號碼開頭", "By beginning";
    list_lines: "門號清單", "List";
    list_hint: "每行一個門號、ICCID 或 IMSI，最多 10,000 筆", "One number, ICCID or IMSI a line, 10,000 at most";
    list_empty: "請至少填寫一筆", "Give at least one";
    going(n): "可配發 {n} 個門號", "{n} SIMs can be allocated";
    going_back(n): "可收回 {n} 個門號", "{n} SIMs can be taken back";
    renewed_back(n): "其中 {n} 個曾連線：紀錄與用量留在企業，卡片以全新的門號入庫。",
        "{n} of them were connected: history and usage stay with the tenant, the cards are new SIMs in stock.";
    renewed(n): "其中 {n} 個在庫存期間曾連線：當時的紀錄不會移交給企業。",
        "{n} of them were connected while in stock: what they did there is not handed on.";
    staying(n): "{n} 個無法進行", "{n} can't go";
    staying_first(n): "僅列出前 {n} 項", "the first {n} are shown";
    allocate_do(n): "配發 {n} 個門號", "Allocate {n} SIMs";
    take_back_do(n): "收回 {n} 個門號", "Take back {n} SIMs";
    allocated(n, name): "已配發 {n} 個門號給「{name}」", "{n} SIMs were allocated to {name}";
    taken_back(n): "已收回 {n} 個門號", "{n} SIMs were taken back";
    checking: "正在檢查…", "Checking…";
    working: "處理中…", "Working…";
    changed_meanwhile: "庫存剛有變動，請重新預覽。", "The stock was changed meanwhile. Please preview again.";
    choose_tenant: "請選擇企業", "Choose a tenant";

    why_missing: "查無此門號", "no such SIM";
    why_not_inventoried: "僅由網路得知，請先匯入庫存", "known from the network alone: import it first";
    why_elsewhere: "不在此處", "it is elsewhere";
    why_elsewhere_of(name): "屬於「{name}」", "it is {name}'s";
    why_repeated: "與前面的項目重複", "named before";
    why_connected: "連線中，請先中斷連線", "it has an open session";
    why_terminated: "已終止", "it is terminated";
}

impl Texts {
    pub fn why(&self, why: Staying, tenant: Option<&str>) -> String {
        match (why, tenant) {
            (Staying::Missing, _) => self.why_missing.to_owned(),
            (Staying::NotInventoried, _) => self.why_not_inventoried.to_owned(),
            (Staying::Elsewhere, Some(name)) => (self.why_elsewhere_of)(name),
            (Staying::Elsewhere, None) => self.why_elsewhere.to_owned(),
            (Staying::Repeated, _) => self.why_repeated.to_owned(),
            (Staying::Connected, _) => self.why_connected.to_owned(),
            (Staying::Terminated, _) => self.why_terminated.to_owned(),
        }
    }
}

/// What the server says of a file, as it says it, and the same in Chinese; `{}` is what it speaks of.
const SAID: &[(&str, &str)] = &[
    ("is already in use by another SIM", "已被其他門號使用"),
    ("is also in line {}", "與第 {} 列重複"),
    ("is the same SIM as line {}", "與第 {} 列是同一個門號"),
    ("is a tenant's SIM: take it back into stock first", "屬於企業的門號，請先收回庫存"),
    (
        "was connected while in stock: allocate it to the tenant first",
        "在庫存期間曾連線，請先以配發移交給企業",
    ),
    ("is required of a new SIM", "新門號必填"),
    ("is not one of the tenant's custom fields", "不是此企業的自訂欄位"),
    (
        "SIMs in stock have no group: leave it empty, or import for a tenant",
        "庫存門號沒有群組：請留空，或匯入至企業",
    ),
    (
        "SIMs in stock have no custom fields: leave it empty, or import for a tenant",
        "庫存門號沒有自訂欄位：請留空，或匯入至企業",
    ),
    ("has control characters in it, such as a line break", "含有換行等控制字元"),
    ("control characters are not possible here", "含有換行等控制字元"),
    ("has more than {} characters", "超過 {} 個字"),
    ("at most {} characters", "最多 {} 個字"),
    ("has more than {} levels", "超過 {} 層"),
    ("has an empty part; nested names are written 北區/台北", "有空白層；分層名稱請寫成 北區/台北"),
    ("are more than {}", "超過 {} 個"),
    ("must not be empty", "不可空白"),
    ("the row needs an IMSI, an ICCID or an MSISDN", "須有 IMSI、ICCID 或門號其中一項"),
    (
        "the line names no SIM: give its imsi, iccid or msisdn",
        "未指明門號：請填 imsi、iccid 或 msisdn 其中一項",
    ),
    (
        "{} is not a state: test, suspended, active, deactivated or terminated",
        "{} 不是服務狀態：測試、暫停、啟用、停用或終止",
    ),
    ("{} is not a number such as 12 or -3.5", "{} 不是數字，例如 12 或 -3.5"),
    ("{} is not a date such as 2026-11-23", "{} 不是日期，例如 2026-11-23"),
    ("{} is not one of: {}", "{} 不是選項之一：{}"),
    ("the file is larger than {} MiB: split it", "檔案超過 {} MiB，請分割後再匯入"),
    (
        "the file is empty: its first line names the columns, such as msisdn,iccid,imsi,name,group",
        "檔案是空的：第一列須為欄位名稱，例如 msisdn,iccid,imsi,name,group",
    ),
    ("column {} is not known; known are {}", "沒有 {} 這個欄位；可用的欄位為 {}"),
    ("column {} is there twice", "欄位 {} 重複"),
    (
        "one of the columns imsi, iccid and msisdn is needed, to tell which SIM a line is about",
        "須有 imsi、iccid、msisdn 其中一欄，以辨識門號",
    ),
    (
        "line {}: {} columns where the header has {}; save the file as CSV in UTF-8",
        "第 {} 列有 {} 欄，但欄位名稱有 {} 欄",
    ),
    (
        "the columns radio, mcc, net, area and cell are all needed, to tell which cell a line is about; plmn may stand for mcc and net",
        "須有 radio、mcc、net、area、cell 五欄（plmn 可代替 mcc 與 net），以辨識基地台",
    ),
    (
        "line {}: {} columns where OpenCelliD's files have 14; save the file as CSV in UTF-8",
        "第 {} 列有 {} 欄，但 OpenCelliD 格式有 14 欄",
    ),
    ("{} is not GSM, UMTS, LTE or NR", "{} 不是 GSM、UMTS、LTE 或 NR"),
    ("{} is not a number such as 12001", "{} 不是整數，例如 12001"),
    ("an area of {} is a number from 0 to {}", "{} 的區域須為 0 至 {} 的整數"),
    ("a cell of {} is a number from 0 to {}", "{} 的基地台識別碼須為 0 至 {} 的整數"),
    ("{} and {} are no network: mcc 466 and net 92 are one", "{}、{} 不是網路代碼，例如 mcc 466、net 92"),
    (
        "is no place in degrees, such as 121.5645 and 25.0339: give lon and lat, or neither",
        "不是以度表示的位置，例如 121.5645、25.0339；lon 與 lat 須同時填寫或同時留空",
    ),
    ("{} is no network: 46692 is one", "{} 不是網路代碼，例如 46692"),
    ("is not a number of metres up to {}", "不是 {} 以內的公尺數"),
    ("the file is in Big5, it seems: save it as CSV in UTF-8", "檔案似為 Big5 編碼，請另存為 UTF-8 的 CSV"),
    ("the file is not text in UTF-8: save it as CSV in UTF-8", "檔案不是 UTF-8 文字，請另存為 UTF-8 的 CSV"),
    ("this is a workbook of Excel: save it as CSV in UTF-8", "這是 Excel 活頁簿，請另存為 UTF-8 的 CSV"),
    ("more than {} lines: split the file", "超過 {} 列，請分割檔案"),
    ("IMSI {}: an IMSI has 6 to 15 digits", "{} 不是 IMSI：須為 6 至 15 位數字"),
    (
        "MSISDN {}: a number has 5 to 15 digits, such as {} or {}",
        "{} 不是門號：須為 5 至 15 位數字，例如 {} 或 {}",
    ),
    (
        "IMEI {}: an IMEI has 14 or 15 digits, an IMEISV 16",
        "{} 不是 IMEI：須為 14 或 15 位數字（IMEISV 16 位）",
    ),
    (
        "ICCID {}: an ICCID has 18 to 20 digits and begins with 89",
        "{} 不是 ICCID：須為 18 至 20 位數字，以 89 開頭",
    ),
    (
        "APN {}: an APN is up to 63 letters, digits and hyphens, labels separated by dots",
        "{} 不是 APN：須為 63 字以內的英文字母、數字與連字號，以點分隔",
    ),
];

/// A message of the server about a file, in the reader's language; as it is where there is no other.
pub fn said(lang: Lang, message: &str) -> String {
    if lang == Lang::En {
        return message.to_owned();
    }
    let found = SAID.iter().find_map(|(english, chinese)| Some((held(english, message)?, *chinese)));
    let Some((holes, chinese)) = found else { return message.to_owned() };
    let mut holes = holes.into_iter();
    let mut parts = chinese.split("{}");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(holes.next().unwrap_or_default());
        text.push_str(part);
    }
    text
}

/// What stands in the pattern's holes, if the text is of it.
fn held<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut holes = Vec::new();
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let (hole, after) = match (part.is_empty(), parts.peek().is_none()) {
            (true, true) => (rest, ""),
            (_, true) => (rest.strip_suffix(part)?, ""),
            _ => rest.split_once(part)?,
        };
        holes.push(hole);
        rest = after;
    }
    rest.is_empty().then_some(holes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_files_is_said_in_chinese() {
        for (message, chinese) in [
            ("is also in line 7", "與第 7 列重複"),
            ("\"x\" is not a date such as 2026-11-23", "\"x\" 不是日期，例如 2026-11-23"),
            ("\"北\" is not one of: 東, 西", "\"北\" 不是選項之一：東, 西"),
            ("IMSI \"12\": an IMSI has 6 to 15 digits", "\"12\" 不是 IMSI：須為 6 至 15 位數字"),
            ("something new", "something new"),
        ] {
            assert_eq!(said(Lang::ZhTw, message), chinese);
            assert_eq!(said(Lang::En, message), message);
        }
    }
}
