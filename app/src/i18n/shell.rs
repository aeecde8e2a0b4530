//! The frame around the pages, and words that all of them use.

use crate::{api::ApiError, i18n::texts};

texts! {
    product: "連線管理平台", "Connection management";
    skip: "跳到主要內容", "Skip to content";
    navigation: "主選單", "Main navigation";
    dashboard: "儀表板", "Dashboard";
    sims: "門號列表", "SIMs";
    usage: "用量查詢", "Usage";
    alerts: "告警", "Alerts";
    alerts_waiting(n): "待處理 {n} 筆", "{n} wait";
    groups: "群組管理", "Groups";
    operator: "電信維運", "Operator";

    search: "查詢門號、ICCID、IMEI、IMSI、設備名稱", "Search number, ICCID, IMEI, IMSI, device name";
    search_everywhere: "快速查詢", "Quick search";
    search_results: "查詢結果", "Results";
    search_all(text): "在門號列表查詢「{text}」", "Search the SIM list for “{text}”";
    search_none: "沒有符合的門號", "No SIM matches";

    settings: "偏好設定", "Preferences";
    language: "語言", "Language";
    theme: "外觀", "Appearance";
    theme_auto: "跟隨系統", "System";
    theme_light: "淺色", "Light";
    theme_dark: "深色", "Dark";
    time_zone: "時區", "Time zone";
    times_in(zone): "時區 {zone}", "Times in {zone}";
    tenant: "企業客戶", "Customer";
    tenant_operator: "電信維運人員", "Operator staff";
    all_tenants: "全部企業", "All customers";
    people: "成員與權限", "People";
    manage: "設定", "Setup";
    audit: "操作紀錄", "Audit log";
    account: "我的帳號", "My account";
    sign_out: "登出", "Sign out";
    entered(name): "您正以電信維運人員身分檢視「{name}」；此檢視已記錄。", "You are looking at {name} as operator staff. This is recorded.";
    leave: "離開", "Leave";

    live: "即時", "Live";
    connecting: "正在連線", "Connecting";
    reconnecting(age): "重新連線中，數據為 {age} 前", "Reconnecting, figures {age} old";
    behind(age): "數據落後 {age}", "Figures {age} behind";
    live_hint: "數據隨網路訊息即時更新", "Figures follow the network as it reports";

    keyboard: "鍵盤操作", "Keyboard";
    key_search: "查詢", "Search";
    key_rows: "下一列／上一列", "Next / previous row";
    key_choose: "選取門號", "Choose the SIM";
    key_open: "開啟門號", "Open the SIM";
    key_go_dashboard: "前往儀表板", "Go to the dashboard";
    key_go_sims: "前往門號列表", "Go to the SIM list";
    key_go_usage: "前往用量查詢", "Go to usage";
    key_help: "顯示此說明", "Show this help";
    key_close: "關閉對話框或選單", "Close a dialog or menu";

    close: "關閉", "Close";
    cancel: "取消", "Cancel";
    apply: "套用", "Apply";
    save: "儲存", "Save";
    why: "原因（選填）", "Reason (optional)";
    why_hint: "記入操作紀錄", "Kept in the audit log";
    delete: "刪除", "Delete";
    retry: "重試", "Try again";
    copy: "複製", "Copy";
    copied: "已複製", "Copied";
    copy_failed: "無法複製", "Couldn't copy";
    loading: "載入中…", "Loading…";
    download: "下載", "Download";
    refresh: "重新整理", "Refresh";
    as_of(time): "截至 {time}", "As of {time}";

    just_now: "剛剛", "just now";
    ago(age): "{age}前", "{age} ago";
    seconds(n): "{n} 秒", "{n} s";
    minutes(n): "{n} 分鐘", "{n} min";
    hours(n): "{n} 小時", "{n} h";
    days(n): "{n} 天", "{n} d";

    error_title: "無法載入", "This couldn't be loaded";
    error_network: "連不上伺服器。請確認網路後重試。", "The server can't be reached. Check the network and try again.";
    error_unavailable: "系統暫時無法提供資料，請稍後重試。", "The data isn't available at the moment. Please try again shortly.";
    error_signed_out_title: "請重新登入", "Please sign in again";
    error_signed_out: "您已登出，或登入已逾時。", "You are signed out, or your sign-in has expired.";
    sign_in_again: "重新登入", "Sign in";
    error_taken(value): "「{value}」已被使用。", "{value} is already taken.";
    error_too_many(seconds): "嘗試次數過多，請於 {seconds} 秒後再試。", "Too many tries. Please wait {seconds} s.";
    error_forbidden_title: "沒有權限", "No permission";
    error_forbidden: "您的帳號無法檢視這項資料。如需使用，請洽貴公司的平台管理者。",
        "Your account may not see this. If you need it, ask your company's administrator.";
    error_not_found_title: "找不到", "Not found";
    error_not_found: "這項資料不存在，或不在您的管理範圍內。", "It doesn't exist, or it isn't within your reach.";
    error_invalid_title: "條件有誤", "Something in the request is wrong";
    error_invalid(field, message): "條件「{field}」無法使用：{message}", "{field}: {message}";
    rule_group: "須為群組編號", "must be a group's id";
    rule_state: "沒有這種狀態", "there is no such state";
    rule_text: "最多 64 個字", "64 characters at most";
    rule_by: "沒有這種查詢", "there is no such kind of search";
    rule_sort: "沒有這個欄位", "there is no such column";
    rule_page: "須為 1 以上的頁碼", "must be a page number from 1";
    rule_size: "須為 25、50、100 或 200", "must be 25, 50, 100 or 200";
    rule_cycle: "須為月份，例如 2026-11", "must be a month such as 2026-11";
    rule_day: "須為日期，例如 2026-11-23", "must be a date such as 2026-11-23";
    rule_sim: "須為門號編號", "must be a SIM's id";
    rule_name: "須為 1 至 60 個字", "must have 1 to 60 characters";
    rule_query: "內容太長，無法儲存", "is too long to keep";
    rule_address: "須為位址或網段，例如 192.0.2.1 或 192.0.2.0/24", "must be an address or a network, such as 192.0.2.1 or 192.0.2.0/24";
    rule_nodes: "每行一個識別名稱（最多 253 字元）、位址或網段，最多 256 行",
        "must have a name of up to 253 characters, an address or a network on each line, 256 lines at most";
    rule_secret: "須為 1 至 128 個字元", "must have 1 to 128 characters";
    rule_cycle_day: "須為 1 至 28 日", "must be a day from 1 to 28";
    rule_email: "電子郵件格式須如 name@example.com", "an e-mail address looks like name@example.com";
    rule_role: "角色與所屬單位不符", "this role is for other people";
    rule_groups: "請至少選擇一個群組", "choose at least one group";
    rule_person: "無法停用自己，或最後一位維運管理者", "not yourself, and not the last operator admin";
    rule_list: "須為 1 至 10,000 筆", "must have 1 to 10,000 lines";
    page_not_found: "找不到這個頁面", "There is no such page";
    page_not_found_hint: "網址可能有誤，或頁面已移除。", "The address may be wrong, or the page has gone.";
    part_missing: "頁面無法載入", "This page couldn't be loaded";
    part_missing_hint: "網路中斷，或系統剛更新。請重新載入頁面。",
        "The network is down, or the system has just been updated. Please load the page again.";
    part_missing_rendered: "頁面沒有完整載入，按鈕與即時更新無法使用。",
        "The page hasn't loaded completely: buttons and live figures don't work.";
    load_again: "重新載入", "Load again";
    frame_ended: "這個畫面的使用時間已結束，請重新整理頁面。", "This view has ended. Please load the page again.";
    back_to_sims: "回到門號列表", "To the SIM list";
    back_to_dashboard: "回到儀表板", "To the dashboard";
}

impl crate::i18n::Texts {
    /// What went wrong, in a sentence.
    pub fn error(&self, error: &ApiError) -> String {
        let t = self.shell;
        match error {
            ApiError::NotFound => t.error_not_found.to_owned(),
            ApiError::SignedOut => t.error_signed_out.to_owned(),
            ApiError::Forbidden => t.error_forbidden.to_owned(),
            ApiError::Taken { value } => (t.error_taken)(value),
            ApiError::TooMany { wait_secs } => (t.error_too_many)(&wait_secs.to_string()),
            ApiError::Invalid { field, message } => {
                (t.error_invalid)(field, self.rule(field).unwrap_or(message))
            }
            ApiError::Unavailable => t.error_unavailable.to_owned(),
            ApiError::Network => t.error_network.to_owned(),
        }
    }

    /// What a field of a form must be.
    pub fn field_error(&self, error: &ApiError) -> Option<&'static str> {
        match error {
            ApiError::Invalid { field, .. } => self.rule(field),
            _ => None,
        }
    }

    /// What a parameter of an address or a field of a form must be.
    fn rule(&self, field: &str) -> Option<&'static str> {
        let t = self.shell;
        Some(match field {
            "group" => t.rule_group,
            "state" => t.rule_state,
            "q" => t.rule_text,
            "by" => t.rule_by,
            "sort" => t.rule_sort,
            "page" => t.rule_page,
            "size" => t.rule_size,
            "cycle" => t.rule_cycle,
            "day" => t.rule_day,
            "sim" => t.rule_sim,
            "name" => t.rule_name,
            "query" => t.rule_query,
            "list" => t.rule_list,
            "address" => t.rule_address,
            "secret" => t.rule_secret,
            "nodes" => t.rule_nodes,
            "cycle_day" => t.rule_cycle_day,
            "email" => t.rule_email,
            "role" => t.rule_role,
            "groups" => t.rule_groups,
            "person" => t.rule_person,
            _ => return None,
        })
    }
}
