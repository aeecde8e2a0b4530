//! Portals that show a tenant's pages in frames.

use crate::i18n::texts;

texts! {
    portals: "內嵌於入口網站", "In your portals";
    hint: "貴公司或客戶的入口網站可在自己的頁面內顯示門號列表、門號與用量；僅能檢視，且僅限所選群組。",
        "Your portal, or a customer's, can show the SIM list, a SIM and usage within its own pages: to look at only, and of \
         the groups that you choose.";
    none: "尚未設定入口網站", "No portal yet";
    none_hint: "新增後會得到一把金鑰，供入口網站的後端使用。", "Adding one gives you a key for the portal's backend.";
    add: "新增入口網站", "Add a portal";
    edit: "編輯", "Edit";
    remove: "移除", "Remove";
    remove_ask(name): "移除「{name}」？它顯示的畫面會立即結束，金鑰隨即失效。",
        "Remove {name}? What it shows ends at once, and its key is void.";
    removed(name): "已移除「{name}」", "{name} was removed";
    saved(name): "已儲存「{name}」", "{name} was saved";
    name: "名稱", "Name";
    origins: "網站來源（Origin）", "Origins";
    origins_hint: "每行一個，例如 https://portal.example.com；不含路徑", "One a line, such as https://portal.example.com, without a path";
    groups: "可顯示的群組", "Groups";
    all_groups: "全部群組", "All groups";
    limit_groups: "僅限以下群組", "Only these groups";
    key: "金鑰", "Key";
    key_once: "請將金鑰存於入口網站的後端。它只顯示這一次，也不可放入網頁。",
        "Keep the key in the portal's backend. It is shown this once, and doesn't belong into a page.";
    key_renew: "更換金鑰", "Replace the key";
    key_renew_ask(name): "更換「{name}」的金鑰？原金鑰立即失效。", "Replace the key of {name}? The one before is void at once.";
    done: "完成", "Done";
}

impl Texts {
    /// What a field of the form must be.
    pub fn rule_of(&self, field: &str) -> Option<&'static str> {
        let chinese = self.done == ZH.done;
        let (zh, en) = match field {
            "name" => ("名稱：須為 1 至 100 個字元", "Name: 1 to 100 characters"),
            "origins" => (
                "網站來源：1 至 20 個，例如 https://portal.example.com，不含路徑；http 僅限本機",
                "Origins: 1 to 20, such as https://portal.example.com, without a path; http on this machine only",
            ),
            "groups" => ("可顯示的群組：請至少選擇一個", "Groups: choose at least one"),
            _ => return None,
        };
        Some(if chinese { zh } else { en })
    }
}
