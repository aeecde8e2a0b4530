//! What the operator's administrators set up.

use crate::{
    api::ApiError,
    i18n::{Texts as All, texts},
};

texts! {
    manage: "企業與閘道", "Tenants and gateways";
    manage_hint: "誰的門號在此管理，以及接收哪些閘道的計費紀錄。", "Whose SIMs are managed here, and whose accounting is taken.";
    stock: "門號庫存", "SIM stock";
    cells: "基地台", "Cells";
    tenants: "企業客戶", "Tenants";
    tenant_add: "新增企業", "Add a tenant";
    tenant_none: "尚無企業客戶", "No tenant yet";
    tenant_added(name): "已新增「{name}」", "{name} was added";
    tenant_renamed(name): "已儲存「{name}」", "{name} was saved";
    plans: "資費類型", "Tariffs";
    plan_add: "新增資費類型", "Add a tariff";
    plan_none: "尚無資費類型", "No tariff yet";
    plan_none_hint: "匯入門號時提及的資費類型會自動建立，也可在此新增。", "Imports make those that they name; add others here.";
    plan_saved(name): "已儲存「{name}」", "{name} was saved";
    plan_remove: "移除", "Remove";
    plan_remove_ask(name): "移除資費類型「{name}」？", "Remove the tariff {name}?";
    plan_removed(name): "已移除「{name}」", "{name} was removed";
    plan_sims(sims): "無法移除：有 {sims} 個門號使用此資費類型（含已終止者），請先變更其資費類型。",
        "It can't be removed: {sims} SIMs have it, terminated ones too. Give them another tariff first.";
    plan_rules(rules): "無法移除：下列告警規則會將門號變更為此資費類型：{rules}。請先修改規則。",
        "It can't be removed: alert rules give it to SIMs: {rules}. Change these first.";
    plan_changes(changes): "無法移除：有 {changes} 項等待執行的異動會將門號變更為此資費類型。",
        "It can't be removed: {changes} changes to it are still to be carried out.";
    made_at: "建立時間", "Made";
    wrong_name: "名稱：須為 1 至 100 個字", "Name: must have 1 to 100 characters";
    name: "名稱", "Name";
    sims: "門號數", "SIMs";
    time_zone: "時區", "Time zone";
    time_zone_hint: "日與週期以此時區計算，新增後無法變更。", "Days and cycles are cut in it; it can't be changed later.";
    cycle_day: "週期起始日", "Cycle begins on day";
    gateways: "閘道", "Gateways";
    gateway_add: "新增閘道", "Add a gateway";
    gateway_edit: "修改閘道", "Change a gateway";
    gateway_none: "尚未登錄閘道", "No gateway yet";
    gateway_none_hint: "登錄閘道的來源位址與密鑰後，即可接收其計費紀錄。",
        "Say a gateway's source address and secret, and its accounting is taken.";
    gateway_saved(name): "已儲存「{name}」，一秒內生效", "{name} was saved and is in force within a second";
    gateway_remove: "移除", "Remove";
    gateway_remove_ask(name): "移除閘道「{name}」？其封包將不再被接受；既有的連線紀錄會保留。",
        "Remove {name}? Its packets are no longer taken; its sessions stay.";
    gateway_removed(name): "已移除「{name}」", "{name} was removed";
    address: "來源位址", "Source address";
    address_hint: "單一位址或網段，例如 10.20.0.0/28", "One address or a network, such as 10.20.0.0/28";
    secret: "密鑰", "Secret";
    secret_keep: "留空表示不變更", "Leave empty to keep it";
    counters_32bit: "計數器為 32 位元（無 Gigawords）", "32-bit counters without Gigawords";
    swap_direction: "上下行相反", "Input and Output the wrong way round";
    nodes: "允許的閘道識別", "Gateways it may speak for";
    nodes_hint: "每行一個：NAS-Identifier，或 NAS-IP-Address 的位址、網段。留空表示不限；填寫後，其他閘道的封包不予回應。",
        "One per line: a NAS-Identifier, or an address or network of NAS-IP-Address. Empty: any. Packets of others get no answer.";
    enabled: "接收此閘道的封包", "Take its packets";
    options: "選項", "Options";
    state: "狀態", "State";
    on: "啟用", "On";
    off: "停用", "Off";
    edit: "編輯", "Edit";
    since: "登錄時間", "Since";
}

impl Texts {
    /// What went wrong with a tenant or a plan, in a sentence.
    pub fn error(&self, all: &All, error: &ApiError) -> String {
        let ApiError::Invalid { field, message } = error else { return all.error(error) };
        match field.as_str() {
            "name" => self.wrong_name.to_owned(),
            "plan_sims" => (self.plan_sims)(message),
            "plan_rules" => (self.plan_rules)(message),
            "plan_changes" => (self.plan_changes)(message),
            _ => all.error(error),
        }
    }
}
