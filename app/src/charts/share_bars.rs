//! Shares of a total as labelled bars: plain elements, drawn by the style sheet.

use leptos::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    pub label: String,
    /// Formatted amount.
    pub value: String,
    /// 0 to 1 of the total.
    pub share: f64,
}

#[component]
pub fn ShareBars(shares: Vec<Share>) -> impl IntoView {
    view! {
        <ul class="share-bars">
            {shares
                .into_iter()
                .map(|share| {
                    let percent = share.share.clamp(0.0, 1.0) * 100.0;
                    view! {
                        <li>
                            <span class="share-label" title=share.label.clone()>{share.label.clone()}</span>
                            <span class="share-value">{share.value}</span>
                            <span class="share-percent">{percent_text(percent)}</span>
                            <svg class="share-bar" aria-hidden="true">
                                <rect class="share-track" width="100%" height="100%" rx="3"></rect>
                                <rect class="share-fill" width=format!("{percent:.2}%") height="100%" rx="3"></rect>
                            </svg>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}

/// One decimal; what is there but rounds to nothing says so.
pub fn percent_text(percent: f64) -> String {
    match percent {
        p if p > 0.0 && p < 0.05 => "<0.1%".to_owned(),
        p if p < 100.0 && p > 99.95 => ">99.9%".to_owned(),
        p => format!("{p:.1}%"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_never_claims_nothing_or_everything_wrongly() {
        assert_eq!(percent_text(0.0), "0.0%");
        assert_eq!(percent_text(0.01), "<0.1%");
        assert_eq!(percent_text(99.99), ">99.9%");
        assert_eq!(percent_text(100.0), "100.0%");
    }
}
