use super::*;
use opencmp_app::i18n::{Lang, texts_in};
use opencmp_domain::{
    Cycle, Hour, SimId,
    time::DEFAULT_ZONE,
    usage::{DayUsage, HourUsage, UpDown, UsageShares},
};
use std::process::Command;

const BROCHURE_KB: [u64; 12] =
    [35994, 162197, 348833, 7214323, 1589539, 1967762, 1312283, 3152961, 34248, 29254, 6299277, 4726028];

fn octets(up: u64, down: u64) -> UpDown {
    UpDown { uplink: ByteCount(up), downlink: ByteCount(down) }
}

fn share(label: &str, kb: u64) -> UsageShare {
    UsageShare { label: label.to_owned(), usage: octets(kb * 256, kb * 768) }
}

fn report() -> UsageReport {
    let first_day: Day = "2021-01-01".parse().unwrap();
    let day = |(i, kb): (usize, &u64)| DayUsage {
        day: Day(first_day.0 + i as i32),
        usage: octets(kb * 256, kb * 768),
    };
    UsageReport {
        subject: Some("北區/台北環境監測".to_owned()),
        cycle: Cycle { year: 2021, month: 1 },
        first_day,
        end_day: "2021-02-01".parse().unwrap(),
        today: "2021-01-12".parse().unwrap(),
        time_zone: "Asia/Taipei".to_owned(),
        days: BROCHURE_KB.iter().enumerate().map(day).collect(),
        previous_days: vec![DayUsage { day: first_day.previous(), usage: octets(0, 5 << 30) }],
        shares: UsageShares {
            by_apn: vec![share("internet.iot", 20_000_000), share("private.corp", 6_872_699)],
            by_rat: vec![share("NB-IoT", 26_872_699)],
            by_network: vec![share("中華電信", 26_872_699)],
        },
        as_of: Timestamp::from_secs(1_610_420_000),
    }
}

fn day_report() -> DayReport {
    let day: Day = "2021-01-04".parse().unwrap();
    let from = Hour::of(day.start(DEFAULT_ZONE));
    let top = |i: i64| TopSim {
        id: SimId(i),
        msisdn: Some(format!("04000101234{i:02}").parse().unwrap()),
        name: Some("松興感測裝置#1 彰化海福宮".to_owned()),
        usage: octets(1 << 20, (100 - i as u64) << 20),
    };
    DayReport {
        day,
        hours: (0..24)
            .map(|i| HourUsage { hour: Hour(from.0 + i), usage: octets(1 << 20, (i as u64) << 24) })
            .collect(),
        hours_kept_since: day,
        top: (1..=20).map(top).collect(),
        total: octets(1 << 30, 6 << 30),
        as_of: Timestamp::from_secs(1_610_420_000),
    }
}

fn text_of(pdf: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    if let Ok(keep) = std::env::var("KEEP_PDF") {
        std::fs::write(keep, pdf).unwrap();
    }
    let out = Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(file.path()).arg("-").output();
    String::from_utf8(out.expect("pdftotext (poppler-utils)").stdout).unwrap()
}

fn document<'a>(report: &'a UsageReport, day: Option<&'a DayReport>, lang: Lang) -> UsageDocument<'a> {
    UsageDocument {
        report,
        day,
        about_sim: false,
        customer: Some("大甲水務股份有限公司"),
        made_at: Timestamp::from_secs(1_610_425_912),
        zone: DEFAULT_ZONE,
        texts: texts_in(lang),
    }
}

#[test]
fn the_pdf_says_what_the_page_says() {
    let (report, day) = (report(), day_report());
    let pdf = document(&report, Some(&day), Lang::ZhTw).render().unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    assert!(pdf.len() < 400_000, "{} octets: the font is subset", pdf.len());
    let text = text_of(&pdf);
    for expected in [
        "群組每日流量",
        "大甲水務股份有限公司",
        "北區/台北環境監測",
        "2021年01月",
        "2021-01-01 – 2021-01-31",
        "2021-01-04",
        "Usage(KB)",
        "Cumulative(KB)",
        "7214323",
        "26872699",
        "合計",
        "internet.iot",
        "中華電信",
        "用量最高的門號",
        "松興感測裝置#1 彰化海福宮",
        "製表時間 2021-01-12 12:31:52 (Asia/Taipei UTC+08:00)",
        "第 1 頁，共 2 頁",
        "第 2 頁，共 2 頁",
        "(GB)",
    ] {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
    for kb in BROCHURE_KB {
        assert!(text.contains(&kb.to_string()), "{kb}");
    }
}

#[test]
fn english_an_empty_cycle_and_a_day_past_retention() {
    let mut report = report();
    report.days.clear();
    report.subject = None;
    report.shares = UsageShares::default();
    let mut day = day_report();
    day.hours.clear();
    day.top.clear();
    day.hours_kept_since = "2021-01-10".parse().unwrap();
    let text = text_of(&document(&report, Some(&day), Lang::En).render().unwrap());
    for expected in [
        "Daily usage of all SIMs",
        "Jan 2021",
        "No usage in this cycle",
        "kept since 2021-01-10",
        "Page 1 of 1",
    ] {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
}
