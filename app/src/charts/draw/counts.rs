//! How many a day, as bars.

use super::{
    Area, Axis, Chart, Drawn, Look, Tint, column_middles,
    frame::{Frame, Side},
};
use crate::charts::PlotBox;
use opencmp_domain::Day;
use plotters::prelude::*;

pub struct Counts<'a> {
    pub days: &'a [(Day, u32)],
    pub title: &'a str,
    /// In place of bars where there are none.
    pub nothing: &'a str,
}

impl Chart for Counts<'_> {
    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>, look: Look) -> Drawn<DB, PlotBox> {
        let columns = self.days.len().max(1);
        let most = self.days.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let axis = Axis::count(most.into());
        let frame = Frame::draw(area, look, &Side { axis: &axis, title: self.title }, None, &[])?;
        let plane = frame.plane(0.0..columns as f64, axis.top);
        for (column, (_, count)) in self.days.iter().enumerate().filter(|(_, (_, count))| *count > 0) {
            let (from, to) = (column as f64 + 0.16, column as f64 + 0.84);
            let bar = [(from, f64::from(*count)), (to, 0.0)];
            plane.draw(&Rectangle::new(bar, look.fill(Tint::Down, 1.0)))?;
        }
        if most == 0 {
            frame.draw_note(self.nothing)?;
        }
        let label = |(column, (day, _)): (usize, &(Day, u32))| {
            ((column as f64 + 0.5) / columns as f64, day.date().format("%m/%d").to_string())
        };
        let labels: Vec<(f64, String)> = self.days.iter().enumerate().map(label).collect();
        frame.draw_below(&labels)?;
        Ok(frame.plot_box())
    }

    fn points(&self) -> Vec<f32> {
        column_middles(self.days.len(), self.days.len())
    }

    fn band(&self) -> Option<f32> {
        Some(1.0 / self.days.len().max(1) as f32)
    }
}
