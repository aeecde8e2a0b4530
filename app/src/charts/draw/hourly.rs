//! A day's hours as bars, downlink below and uplink on top.

use super::{
    Area, Axis, Chart, Drawn, Look, Tint, column_middles,
    daily::draw_bar,
    frame::{Frame, Key, Side},
};
use crate::charts::PlotBox;
use opencmp_domain::{Tz, usage::HourUsage};
use plotters::prelude::*;

pub struct Hourly<'a> {
    /// 23 to 25 entries; the labels are the zone's hours.
    pub hours: &'a [HourUsage],
    pub zone: Tz,
    pub words: HourlyWords<'a>,
}

#[derive(Clone, Copy)]
pub struct HourlyWords<'a> {
    pub usage: &'a str,
    pub uplink: &'a str,
    pub downlink: &'a str,
    pub nothing: &'a str,
}

impl Chart for Hourly<'_> {
    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>, look: Look) -> Drawn<DB, PlotBox> {
        let columns = self.hours.len().max(1);
        let most = self.hours.iter().map(|hour| hour.usage.total().octets()).max().unwrap_or(0);
        let axis = Axis::octets(most);
        let keys = [
            Key { tint: Tint::Down, opacity: 1.0, text: self.words.downlink, line: false },
            Key { tint: Tint::Up, opacity: 1.0, text: self.words.uplink, line: false },
        ];
        let frame = Frame::draw(area, look, &Side { axis: &axis, title: self.words.usage }, None, &keys)?;
        let plane = frame.plane(0.0..columns as f64, axis.top);
        for (column, hour) in self.hours.iter().enumerate() {
            draw_bar(&plane, look, column, hour.usage)?;
        }
        if most == 0 {
            frame.draw_note(self.words.nothing)?;
        }
        let labels: Vec<(f64, String)> = self
            .hours
            .iter()
            .enumerate()
            .map(|(i, hour)| {
                ((i as f64 + 0.5) / columns as f64, format!("{:02}:00", hour.hour.of_day(self.zone)))
            })
            .collect();
        frame.draw_below(&labels)?;
        Ok(frame.plot_box())
    }

    fn points(&self) -> Vec<f32> {
        column_middles(self.hours.len(), self.hours.len())
    }

    fn band(&self) -> Option<f32> {
        Some(1.0 / self.hours.len().max(1) as f32)
    }
}
