//! The usage page on paper: filters, figures, chart, table, shares; then the day, where one was open.

use super::{
    Result,
    sheet::{Align, Ink, LEFT, Mark, RIGHT, Sheets, Style, measure},
    write::{About, write},
};
use chrono::Offset;
use opencmp_app::{
    charts::{amount, draw::svg::print_svg, percent_text},
    figures::draw,
    format::{Format, day},
    i18n::Texts,
};
use opencmp_domain::{
    ByteCount, Day, Timestamp, Tz,
    usage::{DayReport, TopSim, UsageReport, UsageShare},
};

const TITLE: Style = Style::new(17.0, Ink::Text);
const HEADING: Style = Style::new(11.0, Ink::Text);
const BODY: Style = Style::new(8.5, Ink::Text);
const SMALL: Style = Style::new(7.5, Ink::Muted);
const FIGURE: Style = Style::new(12.5, Ink::Text);
const ROW: f32 = 12.2;
const FULL: f32 = RIGHT - LEFT;

/// All that stands on the sheets.
pub struct UsageDocument<'a> {
    pub report: &'a UsageReport,
    /// The day that was open.
    pub day: Option<&'a DayReport>,
    /// The report is about one SIM, not a group.
    pub about_sim: bool,
    /// Whose it is; `None` where the operator looks at all customers.
    pub customer: Option<&'a str>,
    pub made_at: Timestamp,
    /// The reader's zone, for the time of making.
    pub zone: Tz,
    pub texts: &'static Texts,
}

impl UsageDocument<'_> {
    pub fn render(&self) -> Result<Vec<u8>> {
        let title = draw::usage_title(self.report, self.about_sim, self.texts);
        let mut sheets = Sheets::new();
        self.head(&mut sheets);
        self.figures(&mut sheets);
        self.chart(&mut sheets, &title)?;
        self.table(&mut sheets);
        if let Some(day) = self.day {
            self.day(&mut sheets, day)?;
        }
        self.shares(&mut sheets);
        let pages = sheets.finish(|page, pages| self.foot(page, pages));
        write(&pages, About { title, language: self.texts.lang.tag(), made_at: self.made_at })
    }

    fn format(&self) -> Format {
        Format { t: self.texts, zone: self.zone }
    }

    /// The title, and what was asked for.
    fn head(&self, sheets: &mut Sheets) {
        let u = self.texts.usage();
        let kind = match (&self.report.subject, self.about_sim) {
            (None, _) => u.chart_all,
            (Some(_), true) => u.chart_sim,
            (Some(_), false) => u.chart_group,
        };
        sheets.text(LEFT, 12.0, kind, TITLE, FULL - 160.0);
        let product = format!("OpenCMP {}", self.texts.shell.product);
        let of_all = self.texts.shell.tenant_operator;
        sheets.text(RIGHT - 150.0, 4.0, &product, SMALL.end(), 150.0);
        sheets.text(RIGHT - 150.0, 15.0, self.customer.unwrap_or(of_all), BODY.end(), 150.0);
        sheets.skip(26.0);

        let report = self.report;
        let subject = report.subject.clone().unwrap_or_else(|| u.scope_all.to_owned());
        let nothing = "–".to_owned();
        let (group, number) =
            if self.about_sim { (nothing.clone(), subject) } else { (subject, nothing.clone()) };
        let cycle = format!(
            "{}  {} – {}",
            self.format().cycle(report.cycle),
            day(report.first_day),
            day(report.end_day.previous())
        );
        let filters = [
            (u.group, group, 150.0),
            (u.cycle, cycle, 170.0),
            (u.number, number, 110.0),
            (u.day, self.day.map_or(nothing, |report| day(report.day)), 77.0),
        ];
        let (y, mut x) = (sheets.y(), LEFT);
        sheets.mark(Mark::Box { x: LEFT, y, width: FULL, height: 31.0, ink: Ink::Shade });
        for (name, value, width) in filters {
            sheets.text(x + 8.0, 12.0, name, SMALL, width - 14.0);
            sheets.text(x + 8.0, 24.5, &value, BODY, width - 14.0);
            x += width;
        }
        sheets.skip(42.0);
    }

    fn figures(&self, sheets: &mut Sheets) {
        let u = self.texts.usage();
        let report = self.report;
        let total = report.total();
        let highest = report.days.iter().max_by_key(|day| day.usage.total());
        let highest = highest.filter(|day| day.usage.total() > ByteCount::ZERO);
        let last: ByteCount = report.previous_days.iter().map(|day| day.usage.total()).sum();
        let figures = [
            (u.total, amount(total.total()), String::new()),
            (u.downlink, amount(total.downlink), String::new()),
            (u.uplink, amount(total.uplink), String::new()),
            (
                u.highest_day,
                highest.map_or("–".to_owned(), |day| amount(day.usage.total())),
                highest.map(|highest| day(highest.day)).unwrap_or_default(),
            ),
            (u.last_cycle, amount(last), self.format().cycle(report.cycle.previous())),
        ];
        let width = FULL / figures.len() as f32;
        for (i, (name, value, note)) in figures.into_iter().enumerate() {
            let x = LEFT + i as f32 * width;
            sheets.text(x, 8.0, name, SMALL, width - 6.0);
            sheets.text(x, 23.0, &value, FIGURE, width - 6.0);
            sheets.text(x, 33.0, &note, SMALL, width - 6.0);
        }
        sheets.skip(44.0);
    }

    fn chart(&self, sheets: &mut Sheets, title: &str) -> Result<()> {
        sheets.text(LEFT, 8.0, title, HEADING, FULL);
        sheets.skip(16.0);
        let svg = print_svg(&draw::daily(self.report, self.texts), 720, 250)?;
        place(sheets, svg, FULL * 250.0 / 720.0);
        Ok(())
    }

    /// Date / Usage(KB) / Cumulative(KB).
    fn table(&self, sheets: &mut Sheets) {
        let u = self.texts.usage();
        let columns = [(LEFT + 8.0, 150.0), (LEFT + 170.0, 150.0), (LEFT + 340.0, FULL - 348.0)];
        let head = |sheets: &mut Sheets| {
            let y = sheets.y();
            sheets.mark(Mark::Box { x: LEFT, y, width: FULL, height: ROW + 2.0, ink: Ink::Shade });
            for ((x, width), name) in columns.into_iter().zip([u.date, u.usage_kb, u.cumulative_kb]) {
                let style = if name == u.date { BODY } else { BODY.end() };
                sheets.text(x, 10.2, name, style, width);
            }
            sheets.skip(ROW + 2.0);
        };
        head(sheets);
        let rows = self.report.table();
        for row in &rows {
            if sheets.need(ROW) {
                head(sheets);
            }
            let cells = [date(row.day), row.kilobytes.to_string(), row.cumulative_kilobytes.to_string()];
            for (i, ((x, width), cell)) in columns.into_iter().zip(cells).enumerate() {
                sheets.text(x, 9.0, &cell, if i == 0 { BODY } else { BODY.end() }, width);
            }
            sheets.skip(ROW);
            sheets.line(LEFT, RIGHT, 0.4);
        }
        sheets.need(2.0 * ROW);
        let sum = rows.last().map_or(0, |row| row.cumulative_kilobytes).to_string();
        sheets.text(columns[0].0, 9.5, u.sum, BODY, columns[0].1);
        sheets.text(columns[1].0, 9.5, &sum, BODY.end(), columns[1].1);
        sheets.skip(ROW + 2.0);
        sheets.line(LEFT, RIGHT, 0.8);
        sheets.text(LEFT, 10.0, u.unit_rule, SMALL, FULL);
        sheets.skip(22.0);
    }

    fn day(&self, sheets: &mut Sheets, report: &DayReport) -> Result<()> {
        let u = self.texts.usage();
        let height = FULL * 200.0 / 720.0;
        sheets.need(height + 40.0);
        let heading = format!("{}  {}", (u.hours_of)(&day(report.day)), amount(report.total.total()));
        sheets.text(LEFT, 9.0, &heading, HEADING, FULL);
        sheets.skip(18.0);
        if report.hours.is_empty() || report.day < report.hours_kept_since {
            sheets.text(LEFT, 8.0, &(u.hours_gone)(&day(report.hours_kept_since)), BODY, FULL);
            sheets.skip(20.0);
        } else {
            let hours = draw::hourly(report, &self.report.time_zone, self.texts);
            place(sheets, print_svg(&hours, 720, 200)?, height);
        }
        if !report.top.is_empty() {
            self.top(sheets, &report.top, report.total.total());
        }
        Ok(())
    }

    fn top(&self, sheets: &mut Sheets, top: &[TopSim], total: ByteCount) {
        let u = self.texts.usage();
        sheets.need(4.0 * ROW);
        sheets.text(LEFT, 9.0, u.top, HEADING, FULL);
        sheets.skip(16.0);
        for (i, sim) in top.iter().enumerate() {
            sheets.need(ROW);
            let used = sim.usage.total();
            let percent = used.octets() as f64 / total.octets().max(1) as f64 * 100.0;
            let number = sim.msisdn.map_or_else(|| format!("#{}", sim.id), |number| number.national());
            sheets.text(LEFT + 2.0, 9.0, &(i + 1).to_string(), BODY.end(), 16.0);
            sheets.text(LEFT + 28.0, 9.0, &number, BODY, 110.0);
            sheets.text(LEFT + 145.0, 9.0, sim.name.as_deref().unwrap_or_default(), BODY, 200.0);
            sheets.text(LEFT + 350.0, 9.0, &amount(used), BODY.end(), 80.0);
            sheets.text(LEFT + 440.0, 9.0, &percent_text(percent), BODY.end(), FULL - 448.0);
            sheets.skip(ROW);
            sheets.line(LEFT, RIGHT, 0.4);
        }
        sheets.skip(14.0);
    }

    fn shares(&self, sheets: &mut Sheets) {
        let u = self.texts.usage();
        let shares = &self.report.shares;
        let blocks =
            [(u.by_apn, &shares.by_apn), (u.by_rat, &shares.by_rat), (u.by_network, &shares.by_network)];
        let rows = blocks.iter().map(|(_, shares)| shares.len().min(8)).max().unwrap_or(0);
        if rows == 0 {
            return;
        }
        sheets.need(40.0 + rows as f32 * ROW);
        sheets.text(LEFT, 9.0, u.shares, HEADING, FULL);
        sheets.skip(16.0);
        let total = self.report.total().total();
        let width = FULL / blocks.len() as f32;
        for (i, (name, shares)) in blocks.into_iter().enumerate() {
            share_block(sheets, LEFT + i as f32 * width, width - 14.0, name, shares, total);
        }
        sheets.skip(14.0 + rows as f32 * ROW);
    }

    /// When and by whom the sheets were made, and which this is.
    fn foot(&self, page: usize, pages: usize) -> Vec<Mark> {
        let u = self.texts.usage();
        let f = self.format();
        let offset = self.made_at.utc().with_timezone(&self.zone).offset().fix().to_string();
        let made = format!(
            "{} {} ({} UTC{offset})　{} {}",
            u.made_at,
            f.date_time(self.made_at),
            self.zone.name(),
            u.data_as_of,
            f.date_time(self.report.as_of)
        );
        let number = (u.page_of)(&page.to_string(), &pages.to_string());
        let y = super::sheet::BOTTOM + 22.0;
        let text = |x, text: String| Mark::Text { x, y, size: SMALL.size, ink: SMALL.ink, text };
        vec![
            Mark::Line { y: y - 12.0, from: LEFT, to: RIGHT, width: 0.6 },
            text(LEFT, made),
            text(RIGHT - measure(&number, SMALL.size), number),
        ]
    }
}

fn place(sheets: &mut Sheets, svg: String, height: f32) {
    let y = sheets.y();
    sheets.mark(Mark::Chart { x: LEFT, y, width: FULL, height, svg });
    sheets.skip(height + 12.0);
}

fn share_block(sheets: &mut Sheets, x: f32, width: f32, name: &str, shares: &[UsageShare], total: ByteCount) {
    sheets.text(x, 8.0, name, SMALL, width);
    for (i, share) in shares.iter().take(8).enumerate() {
        let below = 8.0 + (i + 1) as f32 * ROW;
        let used = share.usage.total();
        let percent = used.octets() as f64 / total.octets().max(1) as f64 * 100.0;
        sheets.text(x, below, &share.label, BODY, width - 84.0);
        sheets.text(x + width - 84.0, below, &amount(used), BODY.end(), 44.0);
        let style = Style { align: Align::End, ..SMALL };
        sheets.text(x + width - 38.0, below, &percent_text(percent), style, 38.0);
    }
}

/// `01/05`, as in the brochure and on the page.
fn date(day: Day) -> String {
    day.date().format("%m/%d").to_string()
}

#[cfg(test)]
mod tests;
