//! This cycle's cumulative usage against the last cycle's, day by day of the cycle.

use super::{
    Area, Axis, Chart, Drawn, Look, Tint, column_middles,
    daily::draw_line,
    frame::{Frame, Key, Side},
};
use crate::charts::PlotBox;
use opencmp_domain::usage::DayUsage;
use plotters::prelude::*;

pub struct Comparison<'a> {
    /// From the cycle's first day, without gaps, up to today.
    pub days: &'a [DayUsage],
    pub previous_days: &'a [DayUsage],
    pub words: ComparisonWords<'a>,
}

#[derive(Clone, Copy)]
pub struct ComparisonWords<'a> {
    pub cumulative: &'a str,
    pub this_cycle: &'a str,
    pub last_cycle: &'a str,
    pub nothing: &'a str,
    /// Name of the nth day of a cycle.
    pub day: fn(&str) -> String,
}

impl Comparison<'_> {
    fn columns(&self) -> usize {
        // A cycle has 28 days at least: the axis does not grow from day to day when there is no last cycle.
        self.days.len().max(self.previous_days.len()).clamp(28, 400)
    }
}

fn cumulative(days: &[DayUsage]) -> Vec<u64> {
    days.iter()
        .scan(0u64, |sum, day| {
            *sum = sum.saturating_add(day.usage.total().octets());
            Some(*sum)
        })
        .collect()
}

impl Chart for Comparison<'_> {
    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>, look: Look) -> Drawn<DB, PlotBox> {
        let (this, last) = (cumulative(self.days), cumulative(self.previous_days));
        let most = this.last().copied().unwrap_or(0).max(last.last().copied().unwrap_or(0));
        let axis = Axis::octets(most);
        let keys = [
            Key { tint: Tint::Down, opacity: 1.0, text: self.words.this_cycle, line: true },
            Key { tint: Tint::Previous, opacity: 1.0, text: self.words.last_cycle, line: true },
        ];
        let frame =
            Frame::draw(area, look, &Side { axis: &axis, title: self.words.cumulative }, None, &keys)?;
        let columns = self.columns();
        let plane = frame.plane(0.0..columns as f64, axis.top);
        let line = |values: &[u64]| -> Vec<(f64, f64)> {
            values.iter().take(columns).enumerate().map(|(i, v)| (i as f64 + 0.5, *v as f64)).collect()
        };
        let (this, last) = (line(&this), line(&last));
        if most == 0 {
            frame.draw_note(self.words.nothing)?;
        } else {
            draw_line(&plane, look, Tint::Previous, 2.0, &last)?;
            if let (Some(first), Some(end)) = (this.first(), this.last()) {
                let mut area = this.clone();
                area.extend([(end.0, 0.0), (first.0, 0.0)]);
                plane.draw(&Polygon::new(area, look.fill(Tint::Down, 0.14)))?;
                draw_line(&plane, look, Tint::Down, 2.5, &this)?;
                plane.draw(&Circle::new(*end, super::look::UNITS * 3, look.fill(Tint::Down, 1.0)))?;
            }
        }
        let labels: Vec<(f64, String)> = (0..columns)
            .map(|column| {
                ((column as f64 + 0.5) / columns as f64, (self.words.day)(&(column + 1).to_string()))
            })
            .collect();
        frame.draw_below(&labels)?;
        Ok(frame.plot_box())
    }

    fn points(&self) -> Vec<f32> {
        column_middles(self.columns(), self.columns())
    }

    fn band(&self) -> Option<f32> {
        Some(1.0 / self.columns() as f32)
    }
}
