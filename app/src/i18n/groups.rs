//! Groups, custom fields, and what people change of SIMs.

use crate::{
    api::ApiError,
    i18n::{Texts as All, texts},
};
use opencmp_domain::custom::FieldKind;

texts! {
    groups: "群組管理", "Groups";
    groups_hint: "群組可分層；每個門號屬於一個群組，數量含其下層群組。",
        "Groups nest. Each SIM is in one group; counts include the groups within.";
    group_add: "新增群組", "Add a group";
    group_edit: "修改群組", "Change the group";
    group_within(name): "在「{name}」之下新增群組", "Add a group within {name}";
    group_name: "名稱", "Name";
    group_name_hint: "不含上層群組名稱，例如「台北」", "Without the groups above it, such as Taipei";
    group_parent: "上層群組", "Within";
    group_top: "最上層", "At the top";
    group_added(name): "已新增「{name}」", "{name} was added";
    group_saved(name): "已儲存「{name}」", "{name} was saved";
    group_default: "預設", "Default";
    group_default_hint: "未指定群組的門號歸於此群組", "SIMs that name no group are in it";
    group_actions(name): "「{name}」的操作", "What to do with {name}";
    group_add_within: "新增下層群組", "Add a group within";
    sims: "門號數", "SIMs";
    connected: "已連線", "Connected";
    show_sims(name): "檢視「{name}」的門號", "SIMs of {name}";
    show_connected(name): "檢視「{name}」已連線的門號", "Connected SIMs of {name}";
    group_remove: "刪除群組", "Remove the group";
    group_remove_empty(name): "刪除群組「{name}」？群組內沒有門號。", "Remove {name}? There are no SIMs in it.";
    group_remove_moves(name, n, above): "刪除群組「{name}」？其中 {n} 個門號（含已終止者）與用量將移至「{above}」。",
        "Remove {name}? Its {n} SIMs (terminated ones too) and their usage go to {above}.";
    group_removed(name): "已刪除「{name}」", "{name} was removed";
    groups_none: "尚無群組", "No groups yet";
    enter_first: "請先進入一家企業", "Enter a tenant first";
    enter_first_hint: "群組屬於各企業。請由右上角的帳號選單選擇要檢視的企業。",
        "Groups are a tenant's own. Choose one in the account menu at the top right.";

    fields: "自訂欄位", "Custom fields";
    fields_hint: "貴公司自行記錄的門號資料；可在門號頁編輯，或在匯入檔以「field:名稱」為欄位。",
        "What your company keeps of its SIMs: on their pages, and in files as columns named field:NAME.";
    fields_none: "尚無自訂欄位", "No custom fields yet";
    field_add: "新增欄位", "Add a field";
    field_edit: "修改欄位", "Change the field";
    field_name: "欄位名稱", "Name";
    field_kind: "類型", "Kind";
    field_kind_hint: "新增後無法變更", "It can't be changed later";
    field_choices: "選項", "Choices";
    field_choices_hint: "每行一個，最多 50 個", "One a line, 50 at most";
    field_required: "必填", "Required";
    field_required_hint: "編輯門號或以檔案新增門號時必須填寫。", "Asked for when a SIM is changed, or new in a file.";
    field_optional: "選填", "Optional";
    field_saved(name): "已儲存「{name}」", "{name} was saved";
    field_remove: "移除欄位", "Remove the field";
    field_remove_ask(name): "移除欄位「{name}」？各門號已填的內容將不再顯示。",
        "Remove {name}? What SIMs have in it is no longer shown.";
    field_removed(name): "已移除「{name}」", "{name} was removed";
    up(name): "將「{name}」上移", "Move {name} up";
    down(name): "將「{name}」下移", "Move {name} down";
    edit: "編輯", "Edit";
    edit_named(name): "編輯「{name}」", "Edit {name}";
    remove: "移除", "Remove";
    remove_named(name): "移除「{name}」", "Remove {name}";
    kind_text: "文字", "Text";
    kind_number: "數字", "Number";
    kind_date: "日期", "Date";
    kind_choice: "單選", "One of a few";

    wrong_name: "名稱須為 1 至 100 個字（含上層群組），最多 6 層，且不可含空白層。",
        "A name has 1 to 100 characters with the groups above it, and 6 levels at most.";
    wrong_leaf: "名稱不可含「/」；請以上層群組選擇位置。", "No slash in a name: choose the group above it instead.";
    wrong_parent: "請選擇其他上層群組：群組不可移至自己之下，且須在您的管理範圍內。",
        "Choose another group above it: not one within it, and one of yours.";
    wrong_default: "預設群組無法刪除。", "The default group can't be removed.";
    wrong_nested: "其中還有下層群組，請先移動或刪除它們。", "There are groups within it. Move or remove these first.";
    wrong_people: "有成員的權限僅限此群組，請管理者先調整該成員。",
        "Somebody's access is limited to it. An administrator has to change that first.";
    wrong_target: "群組剛被變更過，請重新確認。", "The groups were changed meanwhile. Please look again.";
    wrong_field_name: "欄位名稱須為 1 至 100 個字。", "A name has 1 to 100 characters.";
    wrong_choices: "選項須為 1 至 50 個，每個 50 字以內。", "1 to 50 choices of 50 characters at most.";
    wrong_count: "最多 30 個欄位。", "At most 30 fields.";
}

impl Texts {
    /// What went wrong with a group or a field, in a sentence.
    pub fn error(&self, all: &All, error: &ApiError) -> String {
        let ApiError::Invalid { field, .. } = error else { return all.error(error) };
        let said = match field.as_str() {
            "group_name" => self.wrong_name,
            "group_parent" => self.wrong_parent,
            "group_default" => self.wrong_default,
            "group_nested" => self.wrong_nested,
            "group_people" => self.wrong_people,
            "group_target" => self.wrong_target,
            "field_name" => self.wrong_field_name,
            "field_choices" => self.wrong_choices,
            "field_count" => self.wrong_count,
            "tenant" => self.enter_first,
            _ => return all.error(error),
        };
        said.to_owned()
    }

    pub fn kind(&self, kind: FieldKind) -> &'static str {
        match kind {
            FieldKind::Text => self.kind_text,
            FieldKind::Number => self.kind_number,
            FieldKind::Date => self.kind_date,
            FieldKind::Choice => self.kind_choice,
        }
    }
}
