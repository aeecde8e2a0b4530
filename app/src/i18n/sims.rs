//! Words of the sims page.

use crate::i18n::texts;

texts! {
    title: "群組門號清單狀態", "SIM list";
}
