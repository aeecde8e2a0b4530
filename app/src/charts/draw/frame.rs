//! What charts have in common: the plot's rectangle, the grid with its labels, the legend.

use super::{
    axis::{Axis, INTERVALS},
    look::{Look, Tint, UNITS},
};
use crate::charts::PlotBox;
use plotters::{
    coord::{Shift, types::RangedCoordf64},
    prelude::*,
    style::text_anchor::{HPos, VPos},
};

pub type Area<DB> = DrawingArea<DB, Shift>;
pub type Plane<DB> = DrawingArea<DB, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
pub type Drawn<DB, T = ()> = Result<T, DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// Label size in CSS pixels.
const LABEL: f64 = 11.0;
const GAP: f64 = 6.0;

/// One entry of the legend.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    pub tint: Tint,
    pub opacity: f64,
    pub text: &'a str,
    /// A line's mark rather than a bar's.
    pub line: bool,
}

/// A value axis with its heading.
pub struct Side<'a> {
    pub axis: &'a Axis,
    pub title: &'a str,
}

impl Side<'_> {
    fn heading(&self) -> String {
        match self.axis.unit {
            "" => self.title.to_owned(),
            unit => format!("{} ({unit})", self.title),
        }
    }

    fn label_width(&self, look: Look) -> f64 {
        self.axis.labels.iter().map(|label| look.room(label, LABEL)).fold(0.0, f64::max)
    }
}

/// The plot's rectangle in drawing units, with what surrounds it already drawn.
pub struct Frame<'a, DB: DrawingBackend> {
    root: &'a Area<DB>,
    look: Look,
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

impl<'a, DB: DrawingBackend> Frame<'a, DB> {
    /// Draws headings, legend, grid and the value axes' labels.
    pub fn draw(
        root: &'a Area<DB>,
        look: Look,
        left: &Side,
        right: Option<&Side>,
        keys: &[Key],
    ) -> Drawn<DB, Self> {
        let (width, height) = root.dim_in_pixel();
        let (width, height) = (width as i32, height as i32);
        let px = |v: f64| (v * f64::from(UNITS)).round() as i32;

        // The legend is in the middle of the picture, or of what the headings leave of it, or in a row of its own.
        let legend = legend_width(look, keys);
        let picture = f64::from(width / UNITS);
        let from = look.room(&left.heading(), LABEL) + 2.0 * GAP;
        let to = picture - right.map_or(0.0, |side| look.room(&side.heading(), LABEL) + 2.0 * GAP);
        let own_row = !keys.is_empty() && legend > to - from;
        let legend_x = match (picture - legend) / 2.0 {
            _ if own_row => 0.0,
            middle if middle < from || middle + legend > to => (from + to - legend) / 2.0,
            middle => middle,
        };
        let row = LABEL + 7.0;
        let head = if own_row { 2.0 * row } else { row };

        let plot_left = px(left.label_width(look) + GAP);
        let plot_right = width - px(right.map_or(1.0, |side| side.label_width(look) + GAP));
        let plot_top = px(head + 6.0);
        let plot_bottom = height - px(LABEL + 10.0);
        let frame = Self {
            root,
            look,
            left: plot_left.min(width / 3),
            top: plot_top.min(height / 2),
            right: plot_right.max(width * 2 / 3),
            bottom: plot_bottom.max(height / 2 + 1),
        };

        let heading_y = px(head - row + LABEL / 2.0 + 1.0);
        let text = |h, v| look.text(Tint::Muted, LABEL, h, v);
        root.draw_text(&left.heading(), &text(HPos::Left, VPos::Center), (0, heading_y))?;
        if let Some(side) = right {
            root.draw_text(&side.heading(), &text(HPos::Right, VPos::Center), (width, heading_y))?;
        }
        frame.draw_legend(keys, legend_x, LABEL / 2.0 + 1.0)?;

        for i in 0..=INTERVALS as usize {
            let y = frame.bottom - (frame.bottom - frame.top) * i as i32 / INTERVALS as i32;
            let tint = if i == 0 { Tint::Previous } else { Tint::Grid };
            root.draw(&PathElement::new([(frame.left, y), (frame.right, y)], look.stroke(tint, 1.0)))?;
            if let Some(label) = left.axis.labels.get(i) {
                root.draw_text(label, &text(HPos::Right, VPos::Center), (frame.left - px(GAP), y))?;
            }
            if let Some(label) = right.and_then(|side| side.axis.labels.get(i)) {
                root.draw_text(label, &text(HPos::Left, VPos::Center), (frame.right + px(GAP), y))?;
            }
        }
        Ok(frame)
    }

    fn draw_legend(&self, keys: &[Key], mut x: f64, y: f64) -> Drawn<DB> {
        let unit = |v: f64| (v * f64::from(UNITS)).round() as i32;
        for key in keys {
            if key.line {
                let line = [(unit(x), unit(y)), (unit(x + 14.0), unit(y))];
                self.root.draw(&PathElement::new(line, self.look.stroke(key.tint, 2.0)))?;
            } else {
                let square = [(unit(x + 2.0), unit(y - 4.5)), (unit(x + 11.0), unit(y + 4.5))];
                self.root.draw(&Rectangle::new(square, self.look.fill(key.tint, key.opacity)))?;
            }
            let style = self.look.text(Tint::Text, LABEL, HPos::Left, VPos::Center);
            self.root.draw_text(key.text, &style, (unit(x + 18.0), unit(y)))?;
            x += key_width(self.look, key);
        }
        Ok(())
    }

    /// The plot with `x` from left to right and zero to `top` upwards.
    pub fn plane(&self, x: std::ops::Range<f64>, top: f64) -> Plane<DB> {
        let (width, height) = self.root.dim_in_pixel();
        let inner =
            self.root.margin(self.top, height as i32 - self.bottom, self.left, width as i32 - self.right);
        let (across, down) = inner.get_pixel_range();
        let upwards = down.end..down.start;
        inner.apply_coord_spec(Cartesian2d::<RangedCoordf64, RangedCoordf64>::new(
            x,
            0.0..top,
            (across, upwards),
        ))
    }

    /// CSS pixels between the closest two labels, and what the widest one needs.
    fn room_below(&self, labels: &[(f64, String)]) -> (f64, f64) {
        let width = f64::from(self.right - self.left) / f64::from(UNITS);
        let widest = labels.iter().map(|(_, text)| self.look.room(text, LABEL)).fold(0.0, f64::max) + 10.0;
        let spacing = labels.windows(2).map(|pair| (pair[1].0 - pair[0].0) * width).fold(width, f64::min);
        (spacing, widest)
    }

    pub fn fits_below(&self, labels: &[(f64, String)]) -> bool {
        let (spacing, widest) = self.room_below(labels);
        spacing >= widest
    }

    /// Labels below the plot at their positions (0 to 1 of its width), every nth so that none touches the next.
    pub fn draw_below(&self, labels: &[(f64, String)]) -> Drawn<DB> {
        let (spacing, widest) = self.room_below(labels);
        let stride = if spacing > 0.0 { (widest / spacing).ceil().max(1.0) as usize } else { labels.len() };
        let y = self.bottom + UNITS * 7;
        let width = f64::from(self.right - self.left) / f64::from(UNITS);
        let full = f64::from(self.root.dim_in_pixel().0) / f64::from(UNITS);
        let mut taken = f64::NEG_INFINITY;
        for (position, text) in labels.iter().step_by(stride.max(1)) {
            let half = self.look.room(text, LABEL) / 2.0;
            let middle = f64::from(self.left) / f64::from(UNITS) + position * width;
            // Kept within the picture at both ends.
            let middle = middle.clamp(half, (full - half).max(half));
            if middle - half < taken {
                continue;
            }
            taken = middle + half + 4.0;
            let style = self.look.text(Tint::Muted, LABEL, HPos::Center, VPos::Top);
            self.root.draw_text(text, &style, ((middle * f64::from(UNITS)).round() as i32, y))?;
        }
        Ok(())
    }

    /// One line in an empty plot, between two lines of the grid.
    pub fn draw_note(&self, text: &str) -> Drawn<DB> {
        let style = self.look.text(Tint::Muted, 13.0, HPos::Center, VPos::Center);
        let y = self.top + (self.bottom - self.top) * 3 / 8;
        self.root.draw_text(text, &style, ((self.left + self.right) / 2, y))
    }

    pub fn plot_box(&self) -> PlotBox {
        let (width, height) = self.root.dim_in_pixel();
        let share = |v: i32, of: u32| (f64::from(v) / f64::from(of.max(1))) as f32;
        PlotBox {
            left: share(self.left, width),
            right: share(self.right, width),
            top: share(self.top, height),
            bottom: share(self.bottom, height),
        }
    }
}

fn key_width(look: Look, key: &Key) -> f64 {
    18.0 + look.room(key.text, LABEL) + 16.0
}

fn legend_width(look: Look, keys: &[Key]) -> f64 {
    keys.iter().map(|key| key_width(look, key)).sum::<f64>() - if keys.is_empty() { 0.0 } else { 16.0 }
}
