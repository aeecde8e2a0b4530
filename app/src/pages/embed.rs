//! The first page of a portal's frame: nothing of anybody's, until the script beside the app (`public/frame.js`) has brought
//! the frame in with the token that the portal gave it. Then it goes on to the page that the token names.

use crate::{
    components::{Notice, SkeletonRows},
    i18n::use_texts,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use opencmp_domain::portal::{FRAME_ROOT, FrameRefusal};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

#[component]
pub fn EmbedPage() -> impl IntoView {
    let t = use_texts().embed();
    let navigate = use_navigate();
    let refused = RwSignal::new(None::<Option<FrameRefusal>>);
    Effect::new(move |_| {
        let navigate = navigate.clone();
        spawn_local(async move {
            let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
            match entered().await {
                Ok(page) => navigate(&format!("{FRAME_ROOT}{page}"), options),
                Err(why) => _ = refused.try_set(Some(why)),
            }
        });
    });
    view! {
        <Title text=t.opening/>
        <h1 class="visually-hidden">{t.opening}</h1>
        {move || match refused.get() {
            Some(why) => {
                view! {
                    <div role="alert">
                        <Notice icon="lock" title=t.refused text=t.refusal(why)/>
                    </div>
                }
                    .into_any()
            }
            None => view! { <SkeletonRows rows=8/> }.into_any(),
        }}
    }
}

/// The page that the token names, once the frame is in.
async fn entered() -> Result<String, Option<FrameRefusal>> {
    let of = |held: &JsValue, name: &str| js_sys::Reflect::get(held, &JsValue::from_str(name)).ok();
    let promise = of(&window(), "opencmpFrame")
        .and_then(|script| of(&script, "entered"))
        .and_then(|entered| entered.dyn_into::<js_sys::Promise>().ok())
        .ok_or(None)?;
    let answer = JsFuture::from(promise).await.map_err(|_| None)?;
    if let Some(page) = of(&answer, "page").and_then(|page| page.as_string()) {
        return Ok(page);
    }
    let why = of(&answer, "refused").and_then(|why| why.as_string()).unwrap_or_default();
    Err(FrameRefusal::ALL.into_iter().find(|refusal| refusal.code() == why))
}
