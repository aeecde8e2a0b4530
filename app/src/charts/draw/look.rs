//! What a chart looks like: colours by meaning, one font, sizes in CSS pixels drawn four times as large.

use plotters::{
    prelude::*,
    style::{
        FontStyle, RGBAColor,
        text_anchor::{HPos, Pos, VPos},
    },
};
use std::sync::OnceLock;

/// The font that text is measured with, and that the PDF embeds. Pages use the reader's own fonts.
pub static FONT: &[u8] = include_bytes!("../../../../server/assets/fonts/NotoSansTC-Regular.ttf");
pub const FONT_FAMILY: &str = "Noto Sans TC";

/// Plotters' coordinates are whole numbers: four units to the CSS pixel keep lines smooth at any zoom.
pub const UNITS: i32 = 4;

/// What a colour means. The page gives each one a colour per theme, print a fixed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tint {
    Text,
    Muted,
    Grid,
    Down,
    Up,
    Line,
    Previous,
    Connected,
    Unconfirmed,
}

impl Tint {
    pub const ALL: [Self; 9] = [
        Self::Text,
        Self::Muted,
        Self::Grid,
        Self::Down,
        Self::Up,
        Self::Line,
        Self::Previous,
        Self::Connected,
        Self::Unconfirmed,
    ];

    /// Custom property of the style sheet.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Text => "--chart-text",
            Self::Muted => "--chart-muted",
            Self::Grid => "--chart-grid",
            Self::Down => "--chart-down",
            Self::Up => "--chart-up",
            Self::Line => "--chart-line",
            Self::Previous => "--chart-previous",
            Self::Connected => "--chart-connected",
            Self::Unconfirmed => "--chart-unconfirmed",
        }
    }

    /// Stands for [`Self::variable`] in what plotters writes, until it is replaced.
    pub(super) const fn sentinel(self) -> RGBColor {
        RGBColor(0xFE, 0xC1, self as u8)
    }

    const fn printed(self) -> RGBColor {
        match self {
            Self::Text => RGBColor(0x1A, 0x20, 0x2C),
            Self::Muted => RGBColor(0x5B, 0x66, 0x77),
            Self::Grid => RGBColor(0xDD, 0xE2, 0xE9),
            Self::Down => RGBColor(0x2F, 0x6F, 0xDE),
            Self::Up => RGBColor(0x12, 0xA3, 0x8B),
            Self::Line => RGBColor(0xC2, 0x5A, 0x0A),
            Self::Previous => RGBColor(0x9A, 0xA5, 0xB4),
            Self::Connected => RGBColor(0x16, 0x8A, 0x55),
            Self::Unconfirmed => RGBColor(0xD0, 0x8A, 0x10),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Colours are the page's custom properties.
    Page,
    /// Colours are fixed, for white paper.
    Print,
}

impl Look {
    pub fn colour(self, tint: Tint) -> RGBColor {
        match self {
            Self::Page => tint.sentinel(),
            Self::Print => tint.printed(),
        }
    }

    pub fn fill(self, tint: Tint, opacity: f64) -> ShapeStyle {
        RGBAColor::from(self.colour(tint)).mix(opacity).filled()
    }

    /// A line `px` CSS pixels wide.
    pub fn stroke(self, tint: Tint, px: f64) -> ShapeStyle {
        self.colour(tint).stroke_width((px * f64::from(UNITS)).round() as u32)
    }

    /// Room for `text` with an em of `px`, in CSS pixels. The reader's own font may be wider than the one measured.
    pub fn room(self, text: &str, px: f64) -> f64 {
        text_width(text, px) * if self == Self::Page { 1.2 } else { 1.0 }
    }

    /// Text whose em is `px` CSS pixels.
    pub fn text(self, tint: Tint, px: f64, h: HPos, v: VPos) -> TextStyle<'static> {
        // The SVG backend divides the size that it is given by 1.24.
        let font = (FONT_FAMILY, px * f64::from(UNITS) * 1.24).into_font();
        TextStyle { color: self.colour(tint).to_backend_color(), pos: Pos::new(h, v), ..font.into() }
    }
}

/// Width of `text` with an em of `px`, in CSS pixels, by the font's own advances.
pub fn text_width(text: &str, px: f64) -> f64 {
    // `ab_glyph` scales by the font's height (ascent and descent), 1.448 em for this font; measured large, because
    // the answer is a whole number.
    const HEIGHT: f64 = 1.448;
    const LARGE: f64 = 1000.0;
    register_font();
    let font = (FONT_FAMILY, LARGE * HEIGHT).into_font();
    match font.box_size(text) {
        Ok((width, _)) => f64::from(width) / LARGE * px,
        // Without a font nothing is drawn anyway.
        Err(_) => text.chars().count() as f64 * px,
    }
}

/// Makes the font known to plotters, once; false when the file in the build is not a font.
pub fn register_font() -> bool {
    static REGISTERED: OnceLock<bool> = OnceLock::new();
    *REGISTERED.get_or_init(|| plotters::style::register_font(FONT_FAMILY, FontStyle::Normal, FONT).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_is_as_wide_as_it_is() {
        assert!(register_font());
        assert!((text_width("累計流量", 12.0) - 48.0).abs() < 0.5);
        assert!(text_width("Usage", 12.0) < 40.0);
    }
}
