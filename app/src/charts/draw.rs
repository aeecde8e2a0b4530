//! Drawing, on the server: what plotters puts on any backend.
//!
//! - [`daily`]: bars per day with the cumulative line; [`hourly`]: a day's hours; [`comparison`]: this cycle's
//!   cumulative line against the last one's; [`over_time`]: counts or rates over hours; [`counts`]: how many a day.
//! - [`axis`], [`frame`], [`look`]: round labels, what surrounds a plot, colours by meaning and the font.
//! - [`svg`]: the SVG of a page (colours from the style sheet, three widths) and of the PDF.

mod axis;
mod comparison;
mod counts;
mod daily;
mod frame;
mod hourly;
mod look;
mod over_time;
pub mod svg;

pub use axis::Axis;
pub use comparison::{Comparison, ComparisonWords};
pub use counts::Counts;
pub use daily::{Daily, DailyWords};
pub use frame::{Area, Drawn};
pub use hourly::{Hourly, HourlyWords};
pub use look::{FONT, FONT_FAMILY, Look, Tint, text_width};
pub use over_time::{OverTime, Series};

use super::PlotBox;
use plotters::prelude::DrawingBackend;

/// A chart that can be drawn on any of plotters' backends.
pub trait Chart {
    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>, look: Look) -> Drawn<DB, PlotBox>;

    /// Middles of the points, 0 to 1 across the plot.
    fn points(&self) -> Vec<f32>;

    /// Width of a point's column as a share of the plot; `None` where points are not columns.
    fn band(&self) -> Option<f32> {
        None
    }
}

/// Middles of `n` columns side by side.
fn column_middles(shown: usize, columns: usize) -> Vec<f32> {
    let columns = columns.max(1) as f32;
    (0..shown).map(|i| (i as f32 + 0.5) / columns).collect()
}
