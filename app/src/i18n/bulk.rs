//! What is done to chosen SIMs.

use crate::{
    api::ApiError,
    i18n::{Texts as All, texts},
};

texts! {
    move_to: "移至群組", "Move to a group";
    move_group: "目的群組", "Group";
    move_choose: "請選擇群組", "Choose a group";
    move_do(n): "移動 {n} 個門號", "Move {n} SIMs";
    move_hint: "已累計的用量會一併移至新群組。", "Usage that is booked goes along.";
    moved(n, group): "已將 {n} 個門號移至「{group}」", "{n} SIMs were moved to {group}";
    moved_none: "這些門號已在該群組", "They are in this group already";
    tags: "標籤", "Tags";
    tags_add: "加上標籤", "Add";
    tags_remove: "移除標籤", "Remove";
    tags_hint: "以逗號分隔，每個門號最多 20 個", "Commas between them; a SIM has 20 at most";
    tags_do(n): "套用至 {n} 個門號", "Apply to {n} SIMs";
    tagged(n): "已變更 {n} 個門號的標籤", "Tags of {n} SIMs were changed";
    tagged_none: "標籤沒有變動", "No tag has changed";
    undo: "復原", "Undo";
    undone(n): "已復原 {n} 個門號", "{n} SIMs are as they were";
    working: "處理中…", "Working…";
    too_many(n): "已選 {n} 個門號，一次最多可變更 100,000 個。請縮小條件分次進行。",
        "{n} SIMs are chosen; at most 100,000 can be changed at once. Narrow the filters and go step by step.";
    gone: "這些門號已不在您的管理範圍內。", "These SIMs aren't within your reach any more.";
    wrong_tags: "標籤須為 1 至 50 個字，每個門號最多 20 個。", "A tag has 1 to 50 characters, and a SIM 20 tags at most.";
}

impl Texts {
    /// What went wrong, in a sentence.
    pub fn error(&self, all: &All, error: &ApiError) -> String {
        match error {
            ApiError::NotFound => self.gone.to_owned(),
            ApiError::Invalid { field, .. } if field == "tags" => self.wrong_tags.to_owned(),
            _ => all.error(error),
        }
    }
}
