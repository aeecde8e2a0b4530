//! Words of the operator page.

use crate::i18n::texts;

texts! {
    title: "電信維運", "Operator";
}
