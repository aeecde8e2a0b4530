use super::*;
use crate::charts::draw::{
    Axis, Comparison, ComparisonWords, Daily, DailyWords, Hourly, HourlyWords, OverTime, Series,
};
use opencmp_domain::{
    ByteCount, Day, Hour, Timestamp, Tz,
    usage::{DayUsage, HourUsage, UpDown},
};

const WORDS: DailyWords = DailyWords {
    usage: "用量",
    cumulative: "累計",
    uplink: "上行",
    downlink: "下行",
    nothing: "本週期沒有用量",
};

fn day(day: i32, up: u64, down: u64) -> DayUsage {
    DayUsage { day: Day(day), usage: UpDown { uplink: ByteCount(up), downlink: ByteCount(down) } }
}

/// The brochure's twelve days, in KB.
fn brochure() -> Vec<DayUsage> {
    let kb =
        [35994, 162197, 348833, 7214323, 1589539, 1967762, 1312283, 3152961, 34248, 29254, 6299277, 4726028];
    kb.iter().enumerate().map(|(i, kb)| day(20_454 + i as i32, kb * 256, kb * 768)).collect()
}

fn daily(days: &[DayUsage]) -> Daily<'_> {
    Daily { days, first_day: Day(20_454), end_day: Day(20_485), words: WORDS }
}

#[test]
fn the_brochures_month_has_its_bars_units_and_words() {
    let days = brochure();
    let image = page_image(&daily(&days), ChartShape::Main, "群組每日流量 <A&B>", "12 天").unwrap();
    assert_eq!(image.variants.len(), 3);
    assert_eq!(image.points.len(), 12);
    assert!((image.points[0] - 0.5 / 31.0).abs() < 1e-6);
    for variant in &image.variants {
        let svg = &variant.svg;
        assert_eq!(svg.matches("var(--chart-down)\"/>").count(), 12 + 1, "bars and the legend's mark");
        assert_eq!(
            svg.matches("var(--chart-line)").count(),
            1 + 1,
            "the cumulative line and the legend's mark"
        );
        assert!(svg.contains("用量 (GB)") && svg.contains("累計 (GB)"), "{svg}");
        assert!(svg.contains("<title>群組每日流量 &lt;A&amp;B&gt;</title>"));
        assert!(svg.contains("role=\"img\"") && svg.contains(">01/01<"));
        assert!(!svg.contains("#FEC1"), "every colour is the style sheet's");
        assert!(!svg.contains("font-family"), "the page's own font");
        assert!(variant.plot.left < variant.plot.right && variant.plot.top < variant.plot.bottom);
    }
}

#[test]
fn print_has_fixed_colours_and_names_the_font() {
    let days = brochure();
    let svg = print_svg(&daily(&days), 720, 300).unwrap();
    assert!(!svg.contains("var(") && !svg.contains("#FEC1"));
    assert!(svg.contains("font-family=\"Noto Sans TC\""));
    assert!(svg.starts_with("<svg width="));
}

#[test]
fn an_empty_cycle_says_so() {
    let days = [day(20_454, 0, 0)];
    for days in [&days[..], &[]] {
        let image = page_image(&daily(days), ChartShape::Card, "t", "d").unwrap();
        assert!(image.variants.iter().all(|v| v.svg.contains("本週期沒有用量")));
        assert_eq!(image.points.len(), days.len());
    }
}

#[test]
fn one_day_is_a_bar_and_a_dot() {
    let days = [day(20_454, 5, 10)];
    let image = page_image(&daily(&days), ChartShape::Main, "t", "d").unwrap();
    assert!(image.variants.iter().all(|v| v.svg.contains("<circle")));
}

#[test]
fn hours_are_the_zones() {
    let hours: Vec<HourUsage> = (0..24)
        .map(|i| HourUsage {
            hour: Hour(490_888 + i),
            usage: UpDown { uplink: ByteCount(1), downlink: ByteCount(2_000_000) },
        })
        .collect();
    let words = HourlyWords { usage: "用量", uplink: "上行", downlink: "下行", nothing: "" };
    let chart = Hourly { hours: &hours, zone: Tz::Asia__Taipei, words };
    let image = page_image(&chart, ChartShape::Card, "t", "d").unwrap();
    let wide = &image.variants[2].svg;
    assert!(wide.contains(">00:00<") && wide.contains(">22:00<") && wide.contains("(MB)"), "{wide}");
    assert_eq!(image.points.len(), 24);
}

#[test]
fn a_hole_in_the_samples_breaks_the_line() {
    let at: Vec<Timestamp> = (0..20)
        .filter(|i| !(8..14).contains(i))
        .map(|i| Timestamp::from_secs(1_700_000_000 + i * 300))
        .collect();
    let values = vec![77.0; at.len()];
    let chart = OverTime {
        from: at[0],
        to: *at.last().unwrap(),
        series: vec![Series { tint: Tint::Connected, name: "已連線", values, area: true }],
        axis: Axis::count(77),
        title: "已連線",
        nothing: "",
        zone: Tz::Asia__Taipei,
        at,
    };
    let image = page_image(&chart, ChartShape::Card, "t", "d").unwrap();
    assert!(image.variants.iter().all(|v| v.svg.matches("<polyline fill=\"none\" stroke-linejoin=\"round\" stroke-linecap=\"round\" stroke=\"var(--chart-connected)\"").count() == 2));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn nothing_panics(
        figures in proptest::collection::vec((proptest::num::u64::ANY, proptest::num::u64::ANY), 0..40),
        first in -5i32..5,
        length in -3i32..40,
        values in proptest::collection::vec(proptest::num::f64::ANY, 0..30),
        times in proptest::collection::vec(proptest::num::i64::ANY, 0..30),
    ) {
        let days: Vec<DayUsage> =
            figures.iter().enumerate().map(|(i, (up, down))| day(20_454 + i as i32, *up, *down)).collect();
        let hours: Vec<HourUsage> =
            days.iter().map(|d| HourUsage { hour: Hour(d.day.0), usage: d.usage }).collect();
        let first_day = Day(20_454 + first);
        let chart = Daily { days: &days, first_day, end_day: Day(first_day.0 + length), words: WORDS };
        page_image(&chart, ChartShape::Main, "t", "d").unwrap();
        print_svg(&chart, 1, 1).unwrap();
        let words = HourlyWords { usage: "u", uplink: "u", downlink: "d", nothing: "n" };
        page_image(&Hourly { hours: &hours, zone: Tz::UTC, words }, ChartShape::Card, "t", "d").unwrap();
        let words = ComparisonWords {
            cumulative: "c",
            this_cycle: "t",
            last_cycle: "l",
            nothing: "n",
            day: str::to_owned,
        };
        page_image(&Comparison { days: &days, previous_days: &[], words }, ChartShape::Card, "t", "d").unwrap();
        let mut at: Vec<Timestamp> = times.into_iter().map(Timestamp).collect();
        at.sort();
        let chart = OverTime {
            from: at.first().copied().unwrap_or_default(),
            to: at.last().copied().unwrap_or_default(),
            at,
            series: vec![Series { tint: Tint::Line, name: "n", values, area: true }],
            axis: Axis::rate(f64::INFINITY),
            title: "t",
            nothing: "n",
            zone: Tz::Asia__Taipei,
        };
        page_image(&chart, ChartShape::Card, "t", "d").unwrap();
    }
}
