//! Words of the dashboard page.

use crate::i18n::texts;

texts! {
    title: "儀表板", "Dashboard";
    fleet: "門號總覽", "Fleet";
    all_sims: "管理中的門號", "SIMs managed";
    by_connection: "連線狀態", "Connection state";
    by_service: "服務狀態", "Service state";
    list_of(state): "檢視門號列表：{state}", "Show the list: {state}";

    connected_title: "近 24 小時連線數", "Connected over the last 24 hours";
    connected_now: "目前已連線", "Connected now";
    connected_low: "近 24 小時最低", "Lowest in 24 hours";
    connected_high: "近 24 小時最高", "Highest in 24 hours";
    connected_axis: "門號數", "SIMs";
    connected_none: "尚無連線紀錄", "No samples yet";
    connected_description(low, high, now): "近 24 小時已連線門號最少 {low}、最多 {high}，目前 {now}。",
        "Connected SIMs over the last 24 hours: lowest {low}, highest {high}, now {now}.";
    chart_keys: "左右方向鍵檢視數值", "Arrow keys read the values";

    usage: "用量", "Usage";
    usage_today: "當日流量", "Usage today";
    usage_cycle: "本週期流量", "Usage this cycle";
    usage_previous_to_date: "上週期同期", "Last cycle to date";
    usage_previous: "上週期全期", "Whole last cycle";
    against(change): "較上週期同期 {change}", "{change} against last cycle to date";
    against_none: "上週期同期沒有用量", "Nothing was used in last cycle to date";
    comparison_title: "本週期與上週期累計流量", "Cumulative usage, this cycle and last";
    comparison_axis: "累計流量", "Cumulative";
    comparison_description(now, before): "本週期至今 {now}，上週期全期 {before}。",
        "This cycle so far {now}, whole last cycle {before}.";
    comparison_day(n): "週期第 {n} 天", "Day {n} of the cycle";
    comparison_nth(n): "第{n}天", "Day {n}";
    comparison_none: "兩個週期都還沒有用量", "Nothing was used in either cycle yet";
    this_cycle: "本週期", "This cycle";
    last_cycle: "上週期", "Last cycle";
    open_usage: "圖表連動查詢", "Open usage";

    top: "本週期用量最高的門號", "Top SIMs of this cycle";
    top_none: "本週期還沒有門號使用流量。", "No SIM has used anything in this cycle yet.";
    events: "最近事件", "Recent events";
    events_none: "還沒有事件。網路回報後，這裡會即時顯示。", "No events yet. They appear here as the network reports.";
    empty_title: "還沒有門號", "No SIMs yet";
    empty_hint: "匯入門號清單後，這裡會即時呈現連線狀態與用量。",
        "Once SIMs are imported, their state and usage are shown here live.";
}
