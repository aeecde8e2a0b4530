//! Words of the dashboard page.

use crate::i18n::texts;

texts! {
    title: "儀表板", "Dashboard";
}
