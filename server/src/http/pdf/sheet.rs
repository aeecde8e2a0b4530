//! Sheets of A4 that fill from top to bottom. Positions and sizes are points; text is placed by its baseline.

use opencmp_app::charts::draw::text_width;

pub const WIDTH: f32 = 595.0;
pub const HEIGHT: f32 = 842.0;
pub const LEFT: f32 = 44.0;
pub const RIGHT: f32 = WIDTH - 44.0;
const TOP: f32 = 46.0;
/// The foot is below.
pub const BOTTOM: f32 = HEIGHT - 52.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Text,
    Muted,
    Line,
    Shade,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    Start,
    End,
}

/// One thing on a sheet.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    Text { x: f32, y: f32, size: f32, ink: Ink, text: String },
    Line { y: f32, from: f32, to: f32, width: f32 },
    Box { x: f32, y: f32, width: f32, height: f32, ink: Ink },
    Chart { x: f32, y: f32, width: f32, height: f32, svg: String },
}

/// The sheets so far, and where the next thing goes.
pub struct Sheets {
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl Sheets {
    pub fn new() -> Self {
        Self { pages: vec![Vec::new()], y: TOP }
    }

    pub fn y(&self) -> f32 {
        self.y
    }

    pub fn skip(&mut self, points: f32) {
        self.y += points;
    }

    /// Goes on to a new sheet unless `points` still fit; true when it did.
    pub fn need(&mut self, points: f32) -> bool {
        if self.y + points <= BOTTOM {
            return false;
        }
        self.pages.push(Vec::new());
        self.y = TOP;
        true
    }

    pub fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Text whose baseline is `below` the current position, cut to `width` where it is longer.
    pub fn text(&mut self, x: f32, below: f32, text: &str, style: Style, width: f32) {
        let text = fit(text, style.size, width);
        let x = match style.align {
            Align::Start => x,
            Align::End => x + width - measure(&text, style.size),
        };
        let y = self.y + below;
        self.mark(Mark::Text { x, y, size: style.size, ink: style.ink, text });
    }

    pub fn line(&mut self, from: f32, to: f32, width: f32) {
        let y = self.y;
        self.mark(Mark::Line { y, from, to, width });
    }

    /// Every sheet, with a foot made of its number and how many there are.
    pub fn finish(mut self, foot: impl Fn(usize, usize) -> Vec<Mark>) -> Vec<Vec<Mark>> {
        let count = self.pages.len();
        for (i, page) in self.pages.iter_mut().enumerate() {
            page.extend(foot(i + 1, count));
        }
        self.pages
    }
}

#[derive(Clone, Copy)]
pub struct Style {
    pub size: f32,
    pub ink: Ink,
    pub align: Align,
}

impl Style {
    pub const fn new(size: f32, ink: Ink) -> Self {
        Self { size, ink, align: Align::Start }
    }

    pub const fn end(self) -> Self {
        Self { align: Align::End, ..self }
    }
}

pub fn measure(text: &str, size: f32) -> f32 {
    text_width(text, f64::from(size)) as f32
}

/// `text`, shortened by an ellipsis where it is wider than `width`.
fn fit(text: &str, size: f32, width: f32) -> String {
    if measure(text, size) <= width + 0.5 {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let shorter: String = kept.iter().chain(['…'].iter()).collect();
        if measure(&shorter, size) <= width {
            return shorter;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_left_when_it_is_full() {
        let mut sheets = Sheets::new();
        assert!(!sheets.need(700.0));
        sheets.skip(700.0);
        assert!(sheets.need(100.0));
        assert_eq!(sheets.finish(|_, _| Vec::new()).len(), 2);
    }
}
