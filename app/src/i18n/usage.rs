//! Words of the usage page.

use crate::i18n::texts;

texts! {
    title: "圖表連動查詢", "Usage";
}
