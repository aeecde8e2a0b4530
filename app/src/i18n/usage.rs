//! Words of the usage page and of its PDF and CSV.

use crate::i18n::texts;

texts! {
    title: "圖表連動查詢", "Usage";
    lead: "依群組、週期、門號與單日查詢用量；圖表與表格連動。",
        "Usage by group, cycle, number and day; chart and table move together.";

    group: "群組", "Group";
    all_groups: "全部群組", "All groups";
    cycle: "週期", "Cycle";
    number: "門號", "Number";
    number_hint: "請輸入門號、ICCID 或設備名稱", "Number, ICCID or device name";
    day: "單日", "Single day";
    query: "查詢", "Query";
    clear: "清除條件", "Clear";
    unit_rule: "1 KB = 1024 位元組；每日以整數 KB 計，不足 1 KB 以 1 KB 計", "1 KB = 1024 octets; each day is counted in whole KB, rounded up";

    status: "目前狀況", "Status";
    status_done: "查詢成功並已繪製圖表, 請按[下載]把目前本頁面圖表轉pdf存檔!!",
        "Done: the chart is drawn. Press [Download] to save this page's chart as a PDF.";
    status_drawn: "查詢成功並已繪製圖表。", "Done: the chart is drawn.";
    status_nothing: "查詢成功，此週期沒有用量。", "Done: nothing was used in this cycle.";
    status_number_unknown: "查無此門號，請確認後再查詢。", "No SIM matches that number. Check it and query again.";
    status_number_many: "符合的門號不只一個，請選擇：", "More than one SIM matches. Choose one:";
    download_pdf: "下載 PDF", "Download PDF";
    download_csv: "下載 CSV", "Download CSV";

    chart_group: "群組每日流量", "Daily usage of the group";
    chart_all: "全部門號每日流量", "Daily usage of all SIMs";
    chart_sim: "門號每日流量", "Daily usage of the number";
    chart_of(title, subject, cycle): "{title}（{subject}　週期：{cycle}）", "{title} ({subject}, cycle {cycle})";
    chart_of_all(title, cycle): "{title}（週期：{cycle}）", "{title} (cycle {cycle})";
    chart_description(days, total, highest): "{days} 天的長條與累計線，合計 {total}，單日最高 {highest}。數值列於下方表格。",
        "Bars for {days} days and the cumulative line; {total} in all, {highest} on the highest day. The figures are in the table below.";
    chart_keys: "左右方向鍵逐日檢視，Enter 開啟當日", "Arrow keys read day by day, Enter opens the day";
    usage: "用量", "Usage";
    cumulative: "累計", "Cumulative";
    uplink: "上行", "Uplink";
    downlink: "下行", "Downlink";
    nothing: "本週期沒有用量", "No usage in this cycle";

    total: "本週期用量", "Usage of the cycle";
    daily_mean: "日平均", "Daily mean";
    mean_of(days): "以 {days} 個完整日計", "over {days} whole days";
    highest_day: "單日最高", "Highest day";
    last_cycle: "上週期全期", "Whole last cycle";
    table: "每日用量", "Usage by day";
    date: "Date", "Date";
    usage_kb: "Usage(KB)", "Usage(KB)";
    cumulative_kb: "Cumulative(KB)", "Cumulative(KB)";
    sum: "合計", "Sum";
    open_day(day): "開啟 {day}：每小時與用量最高的門號", "Open {day}: hours and top SIMs";

    shares: "用量分布", "Shares";
    by_apn: "APN", "APN";
    by_rat: "無線接取技術", "Radio access";
    by_network: "網路", "Network";
    shares_none: "本週期尚無用量可供分析。", "Nothing was used in this cycle yet.";

    day_title(day): "單日 {day}", "{day}";
    day_close: "關閉單日", "Close the day";
    hours: "每小時用量", "Usage by hour";
    hours_of(day): "{day} 每小時用量", "Usage by hour on {day}";
    hours_description(total): "24 小時的長條，合計 {total}。", "Bars for 24 hours; {total} in all.";
    hours_keys: "左右方向鍵逐小時檢視", "Arrow keys read hour by hour";
    hours_gone(day): "每小時明細自 {day} 起保留，此日已超過保留期限；每日用量不受影響。",
        "Hourly figures are kept since {day}; this day is older. Daily figures are kept.";
    hours_none: "此日沒有用量", "Nothing was used on this day";
    top: "用量最高的門號", "Top SIMs";
    top_none: "此日沒有門號使用流量。", "No SIM used anything on this day.";
    name: "設備名稱", "Device name";
    share: "占比", "Share";
    hour: "時段", "Hour";

    days_in(zone): "日界時區 {zone}", "Days in {zone}";
    made_at: "製表時間", "Made at";
    data_as_of: "資料截至", "Figures as of";
    page_of(page, pages): "第 {page} 頁，共 {pages} 頁", "Page {page} of {pages}";
    scope_all: "全部", "All";
    empty_title: "尚無群組可查詢", "No group to query yet";
}
