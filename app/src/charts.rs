//! Charts: drawn by plotters on the server, readable without a script, explored in the browser.
//!
//! - [`draw`] (server only): one drawing function per chart, generic over plotters' backends. The page gets it as SVG
//!   in three widths, the PDF as the same vectors with fixed colours.
//! - [`ChartImage`]: the SVG, and where in it the points are.
//! - [`ChartView`]: shows it; pointer and arrow keys read its points, a click or Enter opens one.
//! - [`ShareBars`]: shares of a total, as plain elements.

mod amount;
#[cfg(feature = "ssr")]
pub mod draw;
mod share_bars;
mod view;

pub use amount::amount;
pub use share_bars::{Share, ShareBars, percent_text};
pub use view::{ChartView, Readout};

use serde::{Deserialize, Serialize};

/// Where the plot is within the picture, as shares of its width and height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlotBox {
    pub left: f32,
    pub right: f32,
    pub top: f32,
    pub bottom: f32,
}

/// The same chart drawn for one width; the style sheet shows the one that fits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartVariant {
    pub size: ChartSize,
    pub svg: String,
    pub plot: PlotBox,
}

/// A chart as the page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartImage {
    pub variants: Vec<ChartVariant>,
    /// Middles of the points, 0 to 1 across the plot, rising.
    pub points: Vec<f32>,
    /// Width of a point's column as a share of the plot; `None` where points are not columns.
    pub band: Option<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChartSize {
    Narrow,
    Middle,
    Wide,
}

impl ChartSize {
    pub const ALL: [Self; 3] = [Self::Narrow, Self::Middle, Self::Wide];

    pub const fn class(self) -> &'static str {
        match self {
            Self::Narrow => "chart-variant chart-narrow",
            Self::Middle => "chart-variant chart-middle",
            Self::Wide => "chart-variant chart-wide",
        }
    }
}

/// How high a chart is: the page's main figure, or one of several beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChartShape {
    Main,
    Card,
    /// As wide as the page and low.
    Strip,
}

impl ChartShape {
    /// CSS pixels that the chart is drawn for.
    pub const fn pixels(self, size: ChartSize) -> (u32, u32) {
        match (self, size) {
            (Self::Main, ChartSize::Narrow) => (340, 260),
            (Self::Main, ChartSize::Middle) => (680, 300),
            (Self::Main, ChartSize::Wide) => (1020, 320),
            (Self::Card, ChartSize::Narrow) => (340, 210),
            (Self::Card, ChartSize::Middle) => (560, 240),
            (Self::Card, ChartSize::Wide) => (900, 260),
            (Self::Strip, ChartSize::Narrow) => (340, 180),
            (Self::Strip, ChartSize::Middle) => (680, 200),
            (Self::Strip, ChartSize::Wide) => (1020, 210),
        }
    }
}
