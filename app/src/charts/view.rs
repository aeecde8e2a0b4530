//! Shows a chart and reads it out: the nearest point under the pointer, the arrow keys for the next one, a click or
//! Enter to open one.

use super::{ChartImage, ChartVariant, PlotBox};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;

/// What a point says.
#[derive(Clone, Debug, PartialEq)]
pub struct Readout {
    pub heading: String,
    /// Name and value.
    pub lines: Vec<(String, String)>,
}

impl Readout {
    fn spoken(&self) -> String {
        let lines = self.lines.iter().map(|(name, value)| format!("{name} {value}"));
        std::iter::once(self.heading.clone()).chain(lines).collect::<Vec<_>>().join("; ")
    }
}

/// The chart in the width that fits, readable before any script runs. `readouts` belong to `image.points` one to one.
#[component]
pub fn ChartView(
    image: ChartImage,
    readouts: Vec<Readout>,
    /// Name of the chart with what can be done to it.
    #[prop(into)]
    label: String,
    /// The point that is open, marked in the chart.
    #[prop(optional, into)]
    opened: Signal<Option<usize>>,
    #[prop(optional)] on_open: Option<Callback<usize>>,
) -> impl IntoView {
    let active = RwSignal::new(None::<usize>);
    let spoken = RwSignal::new(String::new());
    let readouts = StoredValue::new(readouts);
    let points = StoredValue::new(image.points);
    let count = readouts.with_value(Vec::len).min(points.with_value(Vec::len));

    let on_keydown = move |event: ev::KeyboardEvent| {
        if count == 0 {
            return;
        }
        let last = count - 1;
        let next = match (event.key().as_str(), active.get_untracked()) {
            ("ArrowRight", None) | ("Home", _) => 0,
            ("ArrowRight", Some(i)) => (i + 1).min(last),
            ("ArrowLeft", None) | ("End", _) => last,
            ("ArrowLeft", Some(i)) => i.saturating_sub(1),
            ("Enter" | " ", Some(i)) => {
                if let Some(open) = on_open {
                    event.prevent_default();
                    open.run(i);
                }
                return;
            }
            ("Escape", _) => {
                active.set(None);
                return;
            }
            _ => return,
        };
        event.prevent_default();
        active.set(Some(next));
        spoken.set(readouts.with_value(|all| all.get(next).map(Readout::spoken).unwrap_or_default()));
    };

    view! {
        <div
            class="chart"
            class:chart-opens=on_open.is_some()
            tabindex="0"
            role="group"
            aria-label=label
            on:keydown=on_keydown
            on:blur=move |_| active.set(None)
        >
            {image
                .variants
                .into_iter()
                .map(|variant| {
                    view! { <Variant variant band=image.band points readouts count active opened on_open /> }
                })
                .collect_view()}
            <p class="visually-hidden" aria-live="polite">{move || spoken.get()}</p>
        </div>
    }
}

#[component]
fn Variant(
    variant: ChartVariant,
    band: Option<f32>,
    points: StoredValue<Vec<f32>>,
    readouts: StoredValue<Vec<Readout>>,
    count: usize,
    active: RwSignal<Option<usize>>,
    opened: Signal<Option<usize>>,
    on_open: Option<Callback<usize>>,
) -> impl IntoView {
    let plot = variant.plot;
    let across = move |i: usize| {
        let point = points.with_value(|all| all.get(i).copied().unwrap_or_default());
        plot.left + point * (plot.right - plot.left)
    };
    // The point under the pointer; `None` outside the plot.
    let under = move |event: &ev::PointerEvent| {
        let element = event.current_target()?.dyn_into::<web_sys::Element>().ok()?;
        let bounds = element.get_bounding_client_rect();
        if bounds.width() <= 0.0 || count == 0 {
            return None;
        }
        let x = ((f64::from(event.client_x()) - bounds.left()) / bounds.width()) as f32;
        let within = (x - plot.left) / (plot.right - plot.left).max(f32::EPSILON);
        if !(-0.03..=1.03).contains(&within) {
            return None;
        }
        points.with_value(|all| nearest(all.get(..count)?, within, band))
    };
    let on_move = move |event: ev::PointerEvent| active.set(under(&event));
    let on_up = move |event: ev::PointerEvent| {
        if let (Some(open), Some(i)) = (on_open, under(&event)) {
            open.run(i);
        }
    };

    view! {
        <div
            class=variant.size.class()
            on:pointermove=on_move
            on:pointerdown=on_move
            on:pointerup=on_up
            on:pointerleave=move |_| active.set(None)
        >
            <div class="chart-drawing" inner_html=variant.svg></div>
            <svg class="chart-marks" viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">
                {move || opened.get().map(|i| mark("chart-opened", plot, band, across(i)))}
                {move || active.get().map(|i| mark("chart-active", plot, band, across(i)))}
            </svg>
            {move || {
                active
                    .get()
                    .and_then(|i| readouts.with_value(|all| all.get(i).cloned()).map(|readout| (i, readout)))
                    .map(|(i, readout)| view! { <Tip readout at=across(i) top=plot.top /> })
            }}
        </div>
    }
}

/// A column's band, or a thin line where points are not columns.
fn mark(class: &'static str, plot: PlotBox, band: Option<f32>, middle: f32) -> impl IntoView {
    let width = band.map_or(1.5, |band| band * (plot.right - plot.left) * 1000.0);
    view! {
        <rect
            class=class
            x=format!("{:.1}", middle * 1000.0 - width / 2.0)
            y=format!("{:.1}", plot.top * 1000.0)
            width=format!("{width:.1}")
            height=format!("{:.1}", (plot.bottom - plot.top) * 1000.0)
        ></rect>
    }
}

#[component]
fn Tip(readout: Readout, at: f32, top: f32) -> impl IntoView {
    view! {
        <div
            class="chart-tip"
            class:chart-tip-left={at > 0.5}
            style:left=format!("{:.2}%", at * 100.0)
            style:top=format!("{:.2}%", top * 100.0)
            aria-hidden="true"
        >
            <strong>{readout.heading}</strong>
            <dl>
                {readout
                    .lines
                    .into_iter()
                    .map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> })
                    .collect_view()}
            </dl>
        </div>
    }
}

/// The point closest to `x`; where points are columns, only a column that `x` is in.
fn nearest(points: &[f32], x: f32, band: Option<f32>) -> Option<usize> {
    let after = points.partition_point(|point| *point < x);
    let candidates = [after.checked_sub(1), Some(after)];
    let (i, distance) = candidates
        .into_iter()
        .flatten()
        .filter_map(|i| points.get(i).map(|point| (i, (point - x).abs())))
        .min_by(|a, b| a.1.total_cmp(&b.1))?;
    (distance <= band.unwrap_or(f32::INFINITY)).then_some(i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_point_is_found_and_future_days_have_none() {
        let points = [0.1, 0.3, 0.5];
        assert_eq!(nearest(&points, 0.0, None), Some(0));
        assert_eq!(nearest(&points, 0.39, None), Some(1));
        assert_eq!(nearest(&points, 0.41, None), Some(2));
        assert_eq!(nearest(&points, 0.9, Some(0.2)), None);
        assert_eq!(nearest(&[], 0.5, None), None);
    }
}
