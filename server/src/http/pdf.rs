//! The usage page as a PDF: the same figures and the same chart, as vectors, with text that can be selected.
//!
//! - [`usage`]: what stands on the sheets, top to bottom.
//! - [`sheet`]: text, lines, charts and page breaks, in points.
//! - [`write`]: the sheets as a file, by krilla, with the font's subset.

mod sheet;
mod usage;
mod write;

pub use usage::UsageDocument;

/// Why there is no PDF; all of it is about the build, none about the data.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    #[error("the font in the build is not one")]
    Font,
    #[error(transparent)]
    Chart(#[from] opencmp_app::charts::draw::svg::ChartError),
    #[error("the chart is not SVG: {0}")]
    Svg(#[from] usvg::Error),
    #[error("writing the PDF: {0}")]
    Write(String),
}

pub type Result<T> = std::result::Result<T, PdfError>;
