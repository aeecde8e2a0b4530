//! Sheets as a PDF file.

use super::{
    PdfError, Result,
    sheet::{HEIGHT, Ink, Mark, WIDTH},
};
use krilla::{
    Document,
    color::rgb,
    geom::{PathBuilder, Point, Rect, Size, Transform},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, Stroke},
    surface::Surface,
    text::{Font, TextDirection},
};
use krilla_svg::{SurfaceExt, SvgSettings};
use opencmp_app::charts::draw::{FONT, FONT_FAMILY};
use opencmp_domain::Timestamp;
use std::sync::{Arc, OnceLock};
use usvg::fontdb;

/// What the file says about itself.
pub struct About {
    pub title: String,
    pub language: &'static str,
    pub made_at: Timestamp,
}

pub fn write(pages: &[Vec<Mark>], about: About) -> Result<Vec<u8>> {
    let font = font().ok_or(PdfError::Font)?;
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title(about.title)
            .language(about.language.to_owned())
            .creator("OpenCMP".to_owned())
            .creation_date(date_time(about.made_at)),
    );
    for page in pages {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| wrong("the page's size"))?;
        let mut sheet = document.start_page_with(settings);
        let mut surface = sheet.surface();
        for mark in page {
            draw(&mut surface, mark, &font)?;
        }
        surface.finish();
        sheet.finish();
    }
    document.finish().map_err(|error| PdfError::Write(format!("{error:?}")))
}

fn draw(surface: &mut Surface, mark: &Mark, font: &Font) -> Result<()> {
    match mark {
        Mark::Text { x, y, size, ink, text } => {
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*ink)));
            surface.draw_text(
                Point::from_xy(*x, *y),
                font.clone(),
                *size,
                text,
                false,
                TextDirection::LeftToRight,
            );
        }
        Mark::Line { y, from, to, width } => {
            let mut path = PathBuilder::new();
            path.move_to(*from, *y);
            path.line_to(*to, *y);
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke {
                paint: colour(Ink::Line).into(),
                width: *width,
                ..Stroke::default()
            }));
            surface.draw_path(&path.finish().ok_or_else(|| wrong("a line"))?);
        }
        Mark::Box { x, y, width, height, ink } => {
            let rect = Rect::from_xywh(*x, *y, *width, *height).ok_or_else(|| wrong("a box"))?;
            let mut path = PathBuilder::new();
            path.push_rect(rect);
            surface.set_stroke(None);
            surface.set_fill(Some(fill(*ink)));
            surface.draw_path(&path.finish().ok_or_else(|| wrong("a box"))?);
        }
        Mark::Chart { x, y, width, height, svg } => {
            let options =
                usvg::Options { fontdb: fonts(), font_family: FONT_FAMILY.to_owned(), ..Default::default() };
            let tree = usvg::Tree::from_str(svg, &options)?;
            let size = Size::from_wh(*width, *height).ok_or_else(|| wrong("a chart"))?;
            surface.push_transform(&Transform::from_translate(*x, *y));
            let drawn = surface.draw_svg(&tree, size, SvgSettings::default());
            surface.pop();
            drawn.ok_or_else(|| wrong("a chart"))?;
        }
    }
    Ok(())
}

fn wrong(what: &str) -> PdfError {
    PdfError::Write(format!("{what} has no extent"))
}

fn colour(ink: Ink) -> rgb::Color {
    match ink {
        Ink::Text => rgb::Color::new(0x1A, 0x20, 0x2C),
        Ink::Muted => rgb::Color::new(0x5B, 0x66, 0x77),
        Ink::Line => rgb::Color::new(0xC9, 0xD0, 0xDA),
        Ink::Shade => rgb::Color::new(0xF3, 0xF5, 0xF8),
    }
}

fn fill(ink: Ink) -> Fill {
    Fill { paint: colour(ink).into(), opacity: NormalizedF32::ONE, rule: Default::default() }
}

/// Read once: it has seven megabytes.
fn font() -> Option<Font> {
    static PARSED: OnceLock<Option<Font>> = OnceLock::new();
    PARSED.get_or_init(|| Font::new(FONT.into(), 0)).clone()
}

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    FONTS
        .get_or_init(|| {
            let mut fonts = fontdb::Database::new();
            fonts.load_font_source(fontdb::Source::Binary(Arc::new(FONT)));
            Arc::new(fonts)
        })
        .clone()
}

fn date_time(at: Timestamp) -> DateTime {
    use chrono::{Datelike, Timelike};
    let utc = at.utc();
    let small = |n: u32| u8::try_from(n).unwrap_or(0);
    DateTime::new(u16::try_from(utc.year()).unwrap_or(1970))
        .month(small(utc.month()))
        .day(small(utc.day()))
        .hour(small(utc.hour()))
        .minute(small(utc.minute()))
        .second(small(utc.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}
