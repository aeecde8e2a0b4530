//! Words of the SIM list, the brochure's own where it has them.

use crate::i18n::{Texts as All, texts};
use opencmp_domain::query::{SearchKind, SimColumn};

texts! {
    title: "群組門號清單狀態", "SIM list";
    devices(n): "{n} 個裝置", "{n} devices";

    msisdn: "門號", "Number";
    imei: "IMEI", "IMEI";
    batch: "批號", "Batch";
    service: "服務狀態", "Service";
    today: "當日流量", "Today";
    cycle: "累計流量", "Cumulative";
    connection: "連線狀態", "Connection";
    apn: "APN", "APN";
    access: "存取時間", "Last access";
    name: "設備名稱", "Device name";
    plan: "資費類型", "Tariff";
    iccid: "ICCID", "ICCID";
    imsi: "IMSI", "IMSI";
    group: "群組", "Group";
    tags: "標籤", "Tags";
    rat: "無線接取", "Radio";
    network: "網路", "Network";
    open_sim(number): "檢視門號 {number}", "Open SIM {number}";
    details: "檢視", "Details";

    group_choice: "群組選擇", "Group";
    group_all: "全部群組", "All groups";
    group_filter: "篩選群組", "Filter groups";
    group_none: "沒有符合的群組", "No group matches";

    by_any: "查詢全部", "Any identifier";
    by_msisdn: "查詢門號", "Number";
    by_iccid: "查詢ICCID", "ICCID";
    by_imei: "查詢IMEI", "IMEI";
    by_imsi: "查詢IMSI", "IMSI";
    by_simcard: "查詢SIM卡號", "SIM card number";
    by_batch: "查詢批號", "Batch";
    by_name: "查詢設備名稱", "Device name";
    by: "查詢種類", "Search by";
    text: "請輸入", "Any part of it";
    search: "查詢", "Search";
    search_list: "查詢門號列表", "Search this list";

    states: "連線/服務狀態選擇", "Connection and service state";
    counts_service: "服務狀態", "Service state";
    counts_connection: "連線狀態", "Connection state";

    chosen(n): "已選 {n} 個門號", "{n} chosen";
    choose(number): "選取門號 {number}", "Choose SIM {number}";
    choose_page: "選取本頁", "Choose this page";
    choose_all(n): "選取全部 {n} 個符合的門號", "Choose all {n} that match";
    choose_none: "取消選取", "Choose none";
    move_chosen: "移至群組", "Move to a group";
    tag_chosen: "標籤", "Tags";
    groups_manage: "管理群組", "Manage groups";

    paste: "貼上門號清單", "Paste a list";
    paste_hint: "每行一個門號、ICCID、IMSI 或 IMEI，最多 10,000 筆；也可用逗號或分號分隔。",
        "One number, ICCID, IMSI or IMEI a line, 10,000 at most; commas and semicolons separate as well.";
    paste_label: "門號清單", "List of numbers";
    paste_count(n): "{n} 筆", "{n} lines";
    paste_too_many(n): "共 {n} 筆，最多 10,000 筆。請分次查詢。", "{n} lines; at most 10,000 can be looked up at once.";
    paste_show: "查詢清單", "Look up";
    listed(n): "依貼上的清單顯示：符合 {n} 筆", "Showing the pasted list: {n} found";
    unmatched(n): "{n} 筆找不到", "{n} not found";
    unmatched_first(n): "僅列出前 {n} 筆", "the first {n} are shown";
    list_leave: "取消清單", "Leave the list";

    columns: "變更選單列表", "Columns";
    columns_hint: "勾選要顯示的欄位；以箭頭或拖曳調整順序。", "Choose what is shown; move by arrows or by dragging.";
    columns_reset: "恢復預設", "Defaults";
    move_up(column): "將「{column}」上移", "Move {column} up";
    move_down(column): "將「{column}」下移", "Move {column} down";
    column_fixed: "固定為第一欄", "always first";

    views: "檢視表", "Views";
    views_mine: "我的檢視表", "My views";
    views_shared: "共用檢視表", "Shared views";
    views_none: "尚未儲存檢視表", "No view is saved yet";
    view_save: "儲存目前的檢視表", "Save this view";
    view_name: "名稱", "Name";
    view_shared: "與同公司使用者共用", "Share with everyone in the company";
    view_saved(name): "已儲存「{name}」", "Saved “{name}”";
    view_deleted(name): "已刪除「{name}」", "Deleted “{name}”";
    view_delete(name): "刪除「{name}」", "Delete “{name}”";
    view_delete_title: "刪除檢視表", "Delete a view";
    view_delete_ask(name): "確定要刪除檢視表「{name}」嗎？此動作無法復原。", "Delete the view “{name}”? This can't be undone.";
    view_delete_shared: "這是共用檢視表，刪除後其他使用者也無法使用。", "It is shared: it will be gone for the others too.";

    download: "下載門號明細", "Download";
    download_hint: "依目前的條件與欄位，包含所有頁", "As filtered, with these columns, all pages";
    download_csv: "CSV 檔", "CSV file";
    download_xlsx: "Excel 檔 (XLSX)", "Excel file (XLSX)";

    sort_by: "排序", "Sort by";
    sort_ascending: "遞增", "ascending";
    sort_descending: "遞減", "descending";
    order_changed: "資料已變動，目前的排序或篩選結果可能不同。", "Figures have moved on: order or matches may differ by now.";
    order_refresh: "更新順序", "Refresh the order";

    showing(from, to, total): "顯示第 {from} 至 {to} 項結果，共 {total} 項", "Showing {from} to {to} of {total}";
    showing_none: "沒有結果", "No results";
    page_size: "每頁筆數", "Rows per page";
    pages: "分頁", "Pages";
    page(n): "第 {n} 頁", "Page {n}";
    page_first: "第一頁", "First page";
    page_previous: "上一頁", "Previous page";
    page_next: "下一頁", "Next page";
    page_last: "最後一頁", "Last page";

    empty_title: "尚無門號", "No SIMs yet";
    empty_text: "門號匯入後會顯示在這裡。", "SIMs appear here once they have been imported.";
    nothing_title: "沒有符合條件的門號", "No SIM matches";
    nothing_text: "請調整查詢文字、群組或狀態，或清除所有條件。", "Change the text, group or state, or clear all filters.";
    clear_filters: "清除條件", "Clear filters";
    past_end: "這一頁沒有資料", "This page is past the end";
    to_first_page: "回到第一頁", "To the first page";
    list_gone: "貼上的清單已過期，請重新貼上。", "The pasted list has expired. Please paste it again.";
}

impl All {
    pub fn column(&self, column: SimColumn) -> &'static str {
        let t = self.sims;
        match column {
            SimColumn::Msisdn => t.msisdn,
            SimColumn::Imei => t.imei,
            SimColumn::Batch => t.batch,
            SimColumn::ServiceState => t.service,
            SimColumn::UsageToday => t.today,
            SimColumn::UsageCycle => t.cycle,
            SimColumn::Connection => t.connection,
            SimColumn::Apn => t.apn,
            SimColumn::LastAccess => t.access,
            SimColumn::Name => t.name,
            SimColumn::Plan => t.plan,
            SimColumn::Iccid => t.iccid,
            SimColumn::Imsi => t.imsi,
            SimColumn::Group => t.group,
            SimColumn::Tags => t.tags,
            SimColumn::Rat => t.rat,
            SimColumn::Network => t.network,
        }
    }

    pub fn search_kind(&self, kind: SearchKind) -> &'static str {
        let t = self.sims;
        match kind {
            SearchKind::Any => t.by_any,
            SearchKind::Msisdn => t.by_msisdn,
            SearchKind::Iccid => t.by_iccid,
            SearchKind::Imei => t.by_imei,
            SearchKind::Imsi => t.by_imsi,
            SearchKind::SimCard => t.by_simcard,
            SearchKind::Batch => t.by_batch,
            SearchKind::Name => t.by_name,
        }
    }
}
