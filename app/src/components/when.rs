use leptos::prelude::*;

/// Shows its children while the condition holds, as leptos's `Show`; of one type wherever it is used, which keeps the
/// browser's program small.
#[component]
pub fn When(#[prop(into)] holds: Signal<bool>, children: ChildrenFn) -> impl IntoView {
    let holds = Memo::new(move |_| holds.get());
    move || holds.get().then(|| children()).into_any()
}
