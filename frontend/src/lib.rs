//! Where the browser begins.

use opencmp_app::{App, prefs::Prefs};

#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(|| leptos::view! { <App prefs=Prefs::of_page()/> });
}
