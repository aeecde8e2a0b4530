//! Counts or rates over hours: areas and lines, broken where samples are missing.

use super::{
    Area, Axis, Chart, Drawn, Look, Tint,
    daily::draw_line,
    frame::{Frame, Key, Side},
};
use crate::charts::PlotBox;
use opencmp_domain::{Timestamp, Tz};
use plotters::prelude::*;

pub struct OverTime<'a> {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Instants of the samples, rising; every series has one value for each.
    pub at: Vec<Timestamp>,
    pub series: Vec<Series<'a>>,
    pub axis: Axis,
    pub title: &'a str,
    pub nothing: &'a str,
    pub zone: Tz,
}

pub struct Series<'a> {
    pub tint: Tint,
    pub name: &'a str,
    pub values: Vec<f64>,
    /// Filled down to zero.
    pub area: bool,
}

impl OverTime<'_> {
    fn span(&self) -> f64 {
        self.to.secs_since(self.from).max(1) as f64
    }

    fn offset(&self, at: Timestamp) -> f64 {
        at.secs_since(self.from) as f64
    }

    /// Ranges of samples without a hole: one is where twice and a half the usual distance lies between two.
    fn runs(&self) -> Vec<std::ops::Range<usize>> {
        let mut distances: Vec<i64> = self.at.windows(2).map(|pair| pair[1].secs_since(pair[0])).collect();
        distances.sort_unstable();
        let usual = distances.get(distances.len() / 2).copied().unwrap_or(0);
        let mut runs = Vec::new();
        let mut begin = 0;
        for i in 1..self.at.len() {
            if self.at[i].secs_since(self.at[i - 1]) * 2 > usual * 5 {
                runs.push(begin..i);
                begin = i;
            }
        }
        if begin < self.at.len() {
            runs.push(begin..self.at.len());
        }
        runs
    }

    /// Round local times within the span, as many as fit.
    fn draw_times<DB: DrawingBackend>(&self, frame: &Frame<DB>) -> Drawn<DB> {
        const MINUTE: i64 = 60;
        const STEPS: [i64; 10] = [
            MINUTE,
            2 * MINUTE,
            5 * MINUTE,
            10 * MINUTE,
            20 * MINUTE,
            60 * MINUTE,
            120 * MINUTE,
            180 * MINUTE,
            360 * MINUTE,
            720 * MINUTE,
        ];
        // Local midnight makes the steps round where people live.
        let midnight = opencmp_domain::Day::of(self.from, self.zone).start(self.zone).secs();
        for step in STEPS {
            if self.span() as i64 / step > 60 {
                continue;
            }
            let from = self.from.secs();
            let first = midnight + (from - midnight + step - 1).div_euclid(step) * step;
            let labels: Vec<(f64, String)> = (0..)
                .map(|i| first + i * step)
                .take_while(|at| *at <= self.to.secs())
                .map(|at| {
                    let time = Timestamp::from_secs(at).utc().with_timezone(&self.zone);
                    ((at - from) as f64 / self.span(), time.format("%H:%M").to_string())
                })
                .collect();
            if frame.fits_below(&labels) {
                return frame.draw_below(&labels);
            }
        }
        Ok(())
    }
}

impl Chart for OverTime<'_> {
    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>, look: Look) -> Drawn<DB, PlotBox> {
        let keys: Vec<Key> = match self.series.as_slice() {
            [_] => Vec::new(),
            series => series
                .iter()
                .map(|series| Key { tint: series.tint, opacity: 1.0, text: series.name, line: true })
                .collect(),
        };
        let frame = Frame::draw(area, look, &Side { axis: &self.axis, title: self.title }, None, &keys)?;
        let plane = frame.plane(0.0..self.span(), self.axis.top);
        if self.at.is_empty() {
            frame.draw_note(self.nothing)?;
        }
        for run in self.runs() {
            for series in &self.series {
                let points: Vec<(f64, f64)> = run
                    .clone()
                    .filter_map(|i| Some((self.offset(*self.at.get(i)?), *series.values.get(i)?)))
                    .map(|(x, y)| {
                        (
                            x.clamp(0.0, self.span()),
                            if y.is_nan() { 0.0 } else { y.clamp(0.0, self.axis.top) },
                        )
                    })
                    .collect();
                if let (true, Some(first), Some(last)) = (series.area, points.first(), points.last()) {
                    let mut outline = points.clone();
                    outline.extend([(last.0, 0.0), (first.0, 0.0)]);
                    plane.draw(&Polygon::new(outline, look.fill(series.tint, 0.16)))?;
                }
                draw_line(&plane, look, series.tint, if series.area { 2.0 } else { 1.5 }, &points)?;
            }
        }
        self.draw_times(&frame)?;
        Ok(frame.plot_box())
    }

    fn points(&self) -> Vec<f32> {
        self.at.iter().map(|at| (self.offset(*at) / self.span()).clamp(0.0, 1.0) as f32).collect()
    }
}
