//! Who the customers are. All names are invented.

use crate::{device::Kind, world::Village};
use std::ops::RangeInclusive;

pub struct Customer {
    pub name: &'static str,
    pub cycle_day: u32,
    /// Keeps its identifiers apart from the others'.
    pub block: u32,
    pub lines: &'static [Line],
}

/// Devices of one sort.
pub struct Line {
    pub kind: Kind,
    /// In a demo of the default size.
    pub count: u32,
    /// May hold `{region}` and `{county}`.
    pub group: &'static str,
    /// Region and county where they stand.
    pub counties: &'static [(&'static str, &'static str)],
    pub name: fn(&Village, u32) -> String,
    pub plans: &'static [&'static str],
    pub apn: &'static str,
    pub second_apn: Option<&'static str>,
    pub second_apn_percent: u64,
    /// Index into [`super::gateways`].
    pub gateway: u16,
    pub tacs: &'static [&'static str],
    /// Days since each batch was delivered, newest last.
    pub batch_ages: &'static [i64],
    /// None on trial, in stock or disabled.
    pub always_active: bool,
    pub tag: Option<&'static str>,
    /// Devices, by number, that are out of the ordinary.
    pub oddities: &'static [(RangeInclusive<u32>, Oddity)],
}

#[derive(Clone, Copy)]
pub enum Oddity {
    Flaps,
    Fades,
    /// In another device from so many seconds after the look-on begins; negative for before.
    SwapsAfterSecs(i64),
    /// The same device with new software.
    NewSoftwareAfterSecs(i64),
    Abroad {
        network: &'static [u8; 5],
        quarter_hours: i8,
    },
}

const NORTH: &[(&str, &str)] =
    &[("北區", "台北市"), ("北區", "新北市"), ("北區", "桃園市"), ("北區", "新竹市")];
const CENTRE_SOUTH: &[(&str, &str)] = &[
    ("中區", "台中市"),
    ("中區", "台中市"),
    ("中區", "彰化縣"),
    ("中區", "南投縣"),
    ("南區", "台南市"),
    ("南區", "嘉義縣"),
];
const CITIES: &[(&str, &str)] = &[
    ("北區", "台北市"),
    ("北區", "台北市"),
    ("北區", "新北市"),
    ("北區", "桃園市"),
    ("中區", "台中市"),
    ("南區", "台南市"),
    ("南區", "高雄市"),
];
const EVERYWHERE: &[(&str, &str)] = &[
    ("北區", "台北市"),
    ("北區", "新北市"),
    ("北區", "桃園市"),
    ("中區", "台中市"),
    ("中區", "彰化縣"),
    ("南區", "高雄市"),
    ("東區", "花蓮縣"),
    ("東區", "宜蘭縣"),
];
const METER_TACS: &[&str] = &["86307101", "35649504", "35649604"];
const VEHICLE_TACS: &[&str] = &["35240400", "35702300", "35700503"];
const ROUTER_TACS: &[&str] = &["35611204", "35798000", "35699800"];
const MODEM_TACS: &[&str] = &["35501304", "35509302", "35263602"];
const MACHINE_TACS: &[&str] = &["01223400", "01224300", "35411401"];

const DEFAULTS: Line = Line {
    kind: Kind::Meter,
    count: 0,
    group: "",
    counties: CITIES,
    name: |village, number| format!("{} {number:04}", village.name),
    plans: &["物聯網 Z999型"],
    apn: "internet.iot",
    second_apn: None,
    second_apn_percent: 0,
    gateway: 0,
    tacs: METER_TACS,
    batch_ages: &[400],
    always_active: false,
    tag: None,
    oddities: &[],
};

pub const CUSTOMERS: &[Customer] = &[
    Customer {
        name: "澄湖水務科技股份有限公司",
        cycle_day: 1,
        block: 1,
        lines: &[
            Line {
                kind: Kind::Meter,
                count: 640,
                group: "{region}/{county}",
                counties: CENTRE_SOUTH,
                name: |village, number| format!("{}{}水表-{number:04}", village.town, village.name),
                plans: &["物聯網 Z199型", "物聯網 Z199型", "物聯網 Z399型"],
                apn: "nbiot.water",
                batch_ages: &[760, 611, 430, 304, 84, 41, 12],
                oddities: &[
                    (5..=5, Oddity::SwapsAfterSecs(-9 * 86_400)),
                    (77..=81, Oddity::NewSoftwareAfterSecs(-20 * 86_400)),
                ],
                ..DEFAULTS
            },
            Line {
                kind: Kind::SleepingMeter,
                count: 380,
                group: "{region}/{county}",
                counties: NORTH,
                name: |village, number| format!("{}{}智慧水表-{number:04}", village.town, village.name),
                plans: &["物聯網 Z199型"],
                apn: "nbiot.water",
                batch_ages: &[540, 365, 190, 70, 26],
                ..DEFAULTS
            },
            Line {
                kind: Kind::VendingMachine,
                count: 30,
                group: "加壓站",
                counties: CENTRE_SOUTH,
                name: |village, number| format!("{}{}加壓站 閘道器{number}", village.town, village.name),
                plans: &["物聯網 Z999型"],
                apn: "scada.water",
                tacs: ROUTER_TACS,
                batch_ages: &[900, 300],
                always_active: true,
                oddities: &[(4..=4, Oddity::Fades)],
                ..DEFAULTS
            },
        ],
    },
    Customer {
        name: "雲雀電動機車股份有限公司",
        cycle_day: 5,
        block: 4,
        lines: &[
            Line {
                kind: Kind::Scooter,
                count: 614,
                group: "{region}/{county}",
                name: |village, number| {
                    format!("雲雀S2 {}-{number:04}", village.county.trim_end_matches(['市', '縣']))
                },
                plans: &["物聯網 Z599型", "物聯網 Z599型", "物聯網 Z999型"],
                apn: "telematics.ev",
                gateway: 1,
                tacs: VEHICLE_TACS,
                batch_ages: &[700, 520, 333, 210, 95, 60, 33, 9],
                oddities: &[
                    (12..=12, Oddity::SwapsAfterSecs(-3 * 86_400)),
                    (31..=31, Oddity::SwapsAfterSecs(-20 * 3600)),
                    (60..=63, Oddity::SwapsAfterSecs(3600)),
                    (100..=139, Oddity::NewSoftwareAfterSecs(-14 * 86_400)),
                ],
                ..DEFAULTS
            },
            Line {
                kind: Kind::Station,
                count: 90,
                group: "換電站/{region}",
                name: |village, number| format!("{}{}換電站 {number:03}", village.town, village.name),
                plans: &["物聯網 Z1999型"],
                apn: "station.ev",
                second_apn: Some("payment.iot"),
                second_apn_percent: 80,
                gateway: 1,
                tacs: ROUTER_TACS,
                batch_ages: &[650, 420, 240, 88],
                always_active: true,
                oddities: &[(7..=7, Oddity::Flaps), (20..=22, Oddity::Fades)],
                ..DEFAULTS
            },
            Line {
                kind: Kind::Scooter,
                count: 14,
                group: "海外測試車隊",
                counties: &[("北區", "桃園市")],
                name: |_, number| format!("雲雀X1 測試車-{number:02}"),
                plans: &["物聯網 漫遊型"],
                apn: "telematics.ev",
                gateway: 1,
                tacs: VEHICLE_TACS,
                batch_ages: &[160],
                always_active: true,
                tag: Some("海外"),
                oddities: &[
                    (1..=6, Oddity::Abroad { network: b"44010", quarter_hours: 36 }),
                    (7..=10, Oddity::Abroad { network: b"51502", quarter_hours: 32 }),
                    (11..=11, Oddity::Abroad { network: b"44020", quarter_hours: 36 }),
                    (12..=12, Oddity::Abroad { network: b"52501", quarter_hours: 32 }),
                ],
                ..DEFAULTS
            },
            Line {
                kind: Kind::Car,
                count: 46,
                group: "維修車隊/{region}",
                counties: EVERYWHERE,
                name: |village, number| {
                    format!("維修車 {}-{number:02}", village.county.trim_end_matches(['市', '縣']))
                },
                plans: &["物聯網 Z1999型"],
                apn: "telematics.ev",
                second_apn: Some("internet.iot"),
                second_apn_percent: 50,
                gateway: 2,
                tacs: VEHICLE_TACS,
                batch_ages: &[310, 120],
                always_active: true,
                oddities: &[(8..=8, Oddity::SwapsAfterSecs(-5 * 3600))],
                ..DEFAULTS
            },
        ],
    },
    Customer {
        name: "松興智慧影像股份有限公司",
        cycle_day: 1,
        block: 7,
        lines: &[
            Line {
                kind: Kind::Camera,
                count: 210,
                group: "門市監控/{county}",
                name: |village, number| {
                    format!("{}{}店 攝影機{}", village.town, stem(&village.name), number % 4 + 1)
                },
                plans: &["物聯網 Z2999型", "物聯網 Z1999型"],
                apn: "video.iot",
                gateway: 0,
                tacs: MODEM_TACS,
                batch_ages: &[820, 480, 270, 92, 48],
                oddities: &[
                    (9..=9, Oddity::Flaps),
                    (40..=43, Oddity::Fades),
                    (66..=66, Oddity::SwapsAfterSecs(600)),
                ],
                ..DEFAULTS
            },
            Line {
                kind: Kind::Camera5g,
                count: 48,
                group: "路口影像/{county}",
                name: |village, number| {
                    format!("{}{}路口 5G攝影機{number:02}", village.town, stem(&village.name))
                },
                plans: &["5G物聯網 V50型"],
                apn: "video5g.iot",
                gateway: 2,
                tacs: MODEM_TACS,
                batch_ages: &[260, 75],
                ..DEFAULTS
            },
            Line {
                kind: Kind::VendingMachine,
                count: 280,
                group: "自動販賣機/{region}",
                counties: EVERYWHERE,
                name: |village, number| format!("{}{}販賣機 #{number}", village.town, village.name),
                plans: &["物聯網 Z399型", "物聯網 Z999型"],
                second_apn: Some("payment.iot"),
                second_apn_percent: 40,
                gateway: 1,
                tacs: MACHINE_TACS,
                batch_ages: &[690, 500, 350, 180, 66, 20],
                oddities: &[(3..=3, Oddity::Flaps), (90..=91, Oddity::Fades)],
                ..DEFAULTS
            },
            Line {
                kind: Kind::Sensor,
                count: 48,
                group: "專案/大甲媽祖遶境活動",
                counties: &[("中區", "台中市"), ("中區", "彰化縣"), ("中區", "雲林縣")],
                name: |_, number| match number {
                    1 => "環礁即時遙測裝置#1".to_owned(),
                    _ => format!("松興感測裝置#{}", number - 1),
                },
                plans: &["物聯網 活動型"],
                apn: "internet.iot",
                gateway: 0,
                tacs: &["86307101"],
                batch_ages: &[58],
                always_active: true,
                tag: Some("遶境"),
                ..DEFAULTS
            },
        ],
    },
];

/// A village's name without 里 or 村.
fn stem(village: &str) -> &str {
    village.trim_end_matches(['里', '村'])
}
