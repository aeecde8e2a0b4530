//! SVG of a chart: for a page, in three widths with the style sheet's colours; for print, with fixed ones.

use super::{
    Chart, Look, Tint,
    look::{FONT_FAMILY, UNITS, register_font},
};
use crate::charts::{ChartImage, ChartShape, ChartSize, ChartVariant, PlotBox};
use plotters::prelude::{IntoDrawingArea, SVGBackend};

/// Why a chart could not be drawn; what is wrong is in the build, not in the data.
#[derive(Debug)]
pub struct ChartError(String);

impl std::fmt::Display for ChartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the chart could not be drawn: {}", self.0)
    }
}

impl std::error::Error for ChartError {}

/// The chart for a page. `title` and `description` are what a screen reader says of it; the figures themselves stand
/// in a table beside it.
pub fn page_image<C: Chart>(
    chart: &C,
    shape: ChartShape,
    title: &str,
    description: &str,
) -> Result<ChartImage, ChartError> {
    let variants = ChartSize::ALL
        .into_iter()
        .map(|size| {
            let (raw, plot) = draw(chart, shape.pixels(size), Look::Page)?;
            Ok(ChartVariant { size, svg: for_page(&raw, title, description), plot })
        })
        .collect::<Result<_, _>>()?;
    Ok(ChartImage { variants, points: chart.points(), band: chart.band() })
}

/// The chart for paper, `width` by `height` CSS pixels, in the embedded font.
pub fn print_svg<C: Chart>(chart: &C, width: u32, height: u32) -> Result<String, ChartError> {
    let (raw, _) = draw(chart, (width, height), Look::Print)?;
    Ok(tidy(&raw))
}

fn draw<C: Chart>(
    chart: &C,
    (width, height): (u32, u32),
    look: Look,
) -> Result<(String, PlotBox), ChartError> {
    if !register_font() {
        return Err(ChartError("the font in the build is not one".to_owned()));
    }
    let mut svg = String::with_capacity(16 * 1024);
    let plot = {
        let root = SVGBackend::with_string(&mut svg, (width * UNITS as u32, height * UNITS as u32))
            .into_drawing_area();
        let plot = chart.draw(&root, look).map_err(|e| ChartError(e.to_string()))?;
        root.present().map_err(|e| ChartError(e.to_string()))?;
        plot
    };
    Ok((svg, plot))
}

/// What plotters writes at its default anyway is left out, and lines get round joints.
fn tidy(raw: &str) -> String {
    raw.replace(" opacity=\"1\"", "")
        .replace(" stroke=\"none\"", "")
        .replace(
            "<polyline fill=\"none\"",
            "<polyline fill=\"none\" stroke-linejoin=\"round\" stroke-linecap=\"round\"",
        )
        .replace("\n</text>", "</text>")
        .replace(">\n", ">")
}

fn for_page(raw: &str, title: &str, description: &str) -> String {
    let mut svg = tidy(raw)
        .replace(&format!(" font-family=\"{FONT_FAMILY}\""), "")
        .replace(" xmlns=\"http://www.w3.org/2000/svg\"", "");
    for tint in Tint::ALL {
        let c = tint.sentinel();
        let sentinel = format!("\"#{:02X}{:02X}{:02X}\"", c.0, c.1, c.2);
        svg = svg.replace(&sentinel, &format!("\"var({})\"", tint.variable()));
    }
    // The element's own size is the style sheet's business; its proportions are in the view box.
    let view_box = svg.find("viewBox=").unwrap_or(0);
    let body = svg.get(view_box..).unwrap_or_default();
    let (open, rest) = body.split_once('>').unwrap_or((body, ""));
    format!(
        "<svg role=\"img\" {open}><title>{}</title><desc>{}</desc>{rest}",
        escape(title),
        escape(description)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests;
