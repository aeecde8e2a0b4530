//! 群組每日流量: bars per day (downlink below, uplink on top) and the cumulative line on an axis of its own.

use super::{
    Area, Axis, Chart, Drawn, Look, Tint, column_middles,
    frame::{Frame, Key, Plane, Side},
};
use crate::charts::PlotBox;
use opencmp_domain::{
    Day,
    usage::{DayUsage, UpDown},
};
use plotters::prelude::*;

/// A cycle's days. `days` may end before `end_day`: the rest of the cycle is still to come.
pub struct Daily<'a> {
    pub days: &'a [DayUsage],
    pub first_day: Day,
    /// The day after the last.
    pub end_day: Day,
    pub words: DailyWords<'a>,
}

#[derive(Clone, Copy)]
pub struct DailyWords<'a> {
    pub usage: &'a str,
    pub cumulative: &'a str,
    pub uplink: &'a str,
    pub downlink: &'a str,
    /// In place of bars when nothing was used.
    pub nothing: &'a str,
}

impl Daily<'_> {
    fn columns(&self) -> usize {
        usize::try_from(self.end_day.0.saturating_sub(self.first_day.0)).unwrap_or(0).clamp(1, 400)
    }

    /// Days of the cycle only, with their column.
    fn shown(&self) -> impl Iterator<Item = (usize, UpDown)> {
        let columns = self.columns();
        self.days.iter().filter_map(move |day| {
            let column = usize::try_from(day.day.0.checked_sub(self.first_day.0)?).ok()?;
            (column < columns).then_some((column, day.usage))
        })
    }
}

impl Chart for Daily<'_> {
    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>, look: Look) -> Drawn<DB, PlotBox> {
        let columns = self.columns();
        let most = self.shown().map(|(_, usage)| usage.total().octets()).max().unwrap_or(0);
        let sum = self.shown().fold(0u64, |sum, (_, usage)| sum.saturating_add(usage.total().octets()));
        let (left, right) = (Axis::octets(most), Axis::octets(sum));
        let keys = [
            Key { tint: Tint::Down, opacity: 1.0, text: self.words.downlink, line: false },
            Key { tint: Tint::Up, opacity: 1.0, text: self.words.uplink, line: false },
            Key { tint: Tint::Line, opacity: 1.0, text: self.words.cumulative, line: true },
        ];
        let usage = Side { axis: &left, title: self.words.usage };
        let cumulative = Side { axis: &right, title: self.words.cumulative };
        let frame = Frame::draw(area, look, &usage, Some(&cumulative), &keys)?;

        let x = 0.0..columns as f64;
        let bars = frame.plane(x.clone(), left.top);
        for (column, usage) in self.shown() {
            draw_bar(&bars, look, column, usage)?;
        }
        let mut running = 0u64;
        let line: Vec<(f64, f64)> = self
            .shown()
            .map(|(column, usage)| {
                running = running.saturating_add(usage.total().octets());
                (column as f64 + 0.5, running as f64)
            })
            .collect();
        if sum > 0 {
            draw_line(&frame.plane(x, right.top), look, Tint::Line, 2.0, &line)?;
        } else {
            frame.draw_note(self.words.nothing)?;
        }

        let labels: Vec<(f64, String)> = (0..columns)
            .map(|column| {
                let day = Day(self.first_day.0.saturating_add(column as i32));
                ((column as f64 + 0.5) / columns as f64, day.date().format("%m/%d").to_string())
            })
            .collect();
        frame.draw_below(&labels)?;
        Ok(frame.plot_box())
    }

    fn points(&self) -> Vec<f32> {
        let all = column_middles(self.columns(), self.columns());
        self.shown().filter_map(|(column, _)| all.get(column).copied()).collect()
    }

    fn band(&self) -> Option<f32> {
        Some(1.0 / self.columns() as f32)
    }
}

/// A column's bar: downlink from the axis, uplink on top of it. What is not zero is at least a pixel high.
pub(super) fn draw_bar<DB: DrawingBackend>(
    plane: &Plane<DB>,
    look: Look,
    column: usize,
    usage: UpDown,
) -> Drawn<DB> {
    let (from, to) = (column as f64 + 0.16, column as f64 + 0.84);
    let (_, pixels) = plane.get_pixel_range();
    let pixel = plane.get_y_range().end * f64::from(super::look::UNITS)
        / f64::from((pixels.end - pixels.start).abs().max(1));
    let down = usage.downlink.octets() as f64;
    let total = usage.total().octets() as f64;
    if total <= 0.0 {
        return Ok(());
    }
    let top = total.max(pixel);
    let middle = if down > 0.0 && down < total {
        down
    } else if down > 0.0 {
        top
    } else {
        0.0
    };
    if middle > 0.0 {
        plane.draw(&Rectangle::new([(from, middle), (to, 0.0)], look.fill(Tint::Down, 1.0)))?;
    }
    if middle < top {
        plane.draw(&Rectangle::new([(from, top), (to, middle)], look.fill(Tint::Up, 1.0)))?;
    }
    Ok(())
}

/// A line through `points`; a single one becomes a dot, because a line needs two.
pub(super) fn draw_line<DB: DrawingBackend>(
    plane: &Plane<DB>,
    look: Look,
    tint: Tint,
    px: f64,
    points: &[(f64, f64)],
) -> Drawn<DB> {
    if points.len() > 1 {
        plane.draw(&PathElement::new(points.to_vec(), look.stroke(tint, px)))?;
    }
    if let [only] = points {
        plane.draw(&Circle::new(*only, super::look::UNITS * 2, look.fill(tint, 1.0)))?;
    }
    Ok(())
}
