//! Where the browser begins.

use opencmp_app::{App, dom, parts, prefs::Prefs};

#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    if parts::fetch(&dom::path()).await {
        leptos::mount::hydrate_body(|| leptos::view! { <App prefs=Prefs::of_page()/> });
    }
}
