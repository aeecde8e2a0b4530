//! Words of the sim page.

use crate::i18n::texts;

texts! {
    title: "門號", "SIM";
}
