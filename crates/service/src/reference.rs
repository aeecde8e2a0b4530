//! Names for what the network says in numbers: networks by PLMN, devices by TAC. See `data/README.md` for the sources.

use opencmp_domain::{Imei, Lang, Plmn};
use rustc_hash::FxHashMap;
use std::{hash::Hash, sync::LazyLock};

const NETWORKS: &str = include_str!("../data/mcc-mnc.csv");
const NETWORKS_ZH: &str = include_str!("../data/networks-zh.csv");
const COUNTRIES_ZH: &str = include_str!("../data/countries-zh.csv");
const DEVICES: &str = include_str!("../data/tac-osmocom.csv");

struct Network {
    english: String,
    chinese: String,
    operational: bool,
}

static NETWORK_NAMES: LazyLock<FxHashMap<u32, Network>> = LazyLock::new(|| {
    let mut names: FxHashMap<u32, Network> = FxHashMap::default();
    let countries = pairs(COUNTRIES_ZH, |row| Some((row.get(0)?.to_owned(), row.get(1)?.to_owned())));
    let own = pairs(NETWORKS_ZH, |row| Some((plmn(row)?.to_bits(), row.get(2)?.to_owned())));
    let mut reader = csv::Reader::from_reader(NETWORKS.as_bytes());
    for row in reader.records().flatten() {
        let field = |at: usize| row.get(at).unwrap_or_default().trim();
        let Some(plmn) = plmn(&row) else { continue };
        let brand = if field(4).is_empty() { field(5) } else { field(4) };
        let country = field(2);
        let english = if country.is_empty() { brand.to_owned() } else { format!("{brand} ({country})") };
        let chinese = match (own.get(&plmn.to_bits()), countries.get(country)) {
            (Some(name), _) => name.clone(),
            (None, Some(country)) => format!("{brand}（{country}）"),
            (None, None) => english.clone(),
        };
        let network = Network { english, chinese, operational: field(6) == "Operational" };
        match names.get(&plmn.to_bits()) {
            Some(held) if held.operational || !network.operational => {}
            _ => drop(names.insert(plmn.to_bits(), network)),
        }
    }
    names
});

/// A table's rows as a map, without those that can't be read.
fn pairs<K: Eq + Hash, V>(
    table: &str,
    read: impl Fn(&csv::StringRecord) -> Option<(K, V)>,
) -> FxHashMap<K, V> {
    csv::Reader::from_reader(table.as_bytes()).records().flatten().filter_map(|row| read(&row)).collect()
}

/// Of a row that begins with MCC and MNC.
fn plmn(row: &csv::StringRecord) -> Option<Plmn> {
    format!("{}{}", row.get(0)?.trim(), row.get(1)?.trim()).parse().ok()
}

static DEVICE_NAMES: LazyLock<FxHashMap<String, String>> = LazyLock::new(|| {
    let mut reader = csv::Reader::from_reader(DEVICES.as_bytes());
    let rows = reader.records().flatten().filter_map(|row| {
        let (tac, maker, model) = (row.get(0)?.trim(), row.get(1)?.trim(), row.get(2)?.trim());
        Some((tac.to_owned(), format!("{maker} {model}").trim().to_owned()))
    });
    rows.collect()
});

/// `中華電信`, `Chunghwa (TW)`; `None` for a network that the table doesn't have.
pub fn network_name(plmn: Plmn, lang: Lang) -> Option<&'static str> {
    let network = NETWORK_NAMES.get(&plmn.to_bits())?;
    Some(match lang {
        Lang::ZhTw => &network.chinese,
        Lang::En => &network.english,
    })
}

/// The same, or its code.
pub fn network_label(plmn: Plmn, lang: Lang) -> String {
    network_name(plmn, lang).map_or_else(|| plmn.to_string(), str::to_owned)
}

/// The network that MCC and MNC mean where the MNC may have lost its leading zeros, as in OpenCelliD's files. Three digits are
/// three, and a zero that is there is meant; else what the table has decides, and for a network that it doesn't have, how most MNCs
/// of the country are written.
pub fn network_of_numbers(mcc: &str, mnc: &str) -> Option<Plmn> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let (country, number): (u16, u16) = (mcc.parse().ok()?, mnc.parse().ok()?);
    if !digits(mcc) || !digits(mnc) || country > 999 || number > 999 {
        return None;
    }
    let three: Plmn = format!("{country:03}{number:03}").parse().ok()?;
    if mnc.len() >= 3 {
        return Some(three);
    }
    let two: Plmn = format!("{country:03}{number:02}").parse().ok()?;
    // Who lost zeros lost all of them.
    if mnc.len() == 2 && mnc.starts_with('0') {
        return Some(two);
    }
    let of = |plmn: Plmn| NETWORK_NAMES.get(&plmn.to_bits()).map(|network| network.operational);
    // On the air, then known at all, then as most are.
    let (long, short) = (of(three), of(two));
    if long != short {
        return Some(if long > short { three } else { two });
    }
    let of_country = |bits: &&u32| Plmn::from_bits(**bits).mcc() == country;
    let long = |bits: &u32| Plmn::from_bits(*bits).to_string().len() == 6;
    let (all, longs) = NETWORK_NAMES
        .keys()
        .filter(of_country)
        .fold((0, 0), |(all, longs), bits| (all + 1, longs + usize::from(long(bits))));
    Some(if longs * 2 > all { three } else { two })
}

/// The country whose networks are offered first.
const HOME_MCC: u16 = 466;

/// Networks of the home country that are on the air, by their codes.
pub fn home_networks(lang: Lang) -> Vec<(Plmn, String)> {
    let home = NETWORK_NAMES.iter().filter(|(_, network)| network.operational);
    let home = home.map(|(bits, _)| Plmn::from_bits(*bits)).filter(|plmn| plmn.mcc() == HOME_MCC);
    let mut home: Vec<(Plmn, String)> = home.map(|plmn| (plmn, network_label(plmn, lang))).collect();
    home.sort_unstable();
    home
}

/// Maker and model; `None` for a TAC that the table doesn't have.
pub fn device_model(imei: Imei) -> Option<&'static str> {
    DEVICE_NAMES.get(&imei.tac()).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_network_and_a_module_have_names() {
        for (code, chinese, english) in [
            ("46692", "中華電信", "Chunghwa (TW)"),
            ("44010", "NTT docomo（日本）", "NTT docomo (JP)"),
            ("46000", "中國移動", "China Mobile (CN)"),
        ] {
            let plmn: Plmn = code.parse().unwrap();
            assert_eq!(network_name(plmn, Lang::ZhTw), Some(chinese));
            assert_eq!(network_name(plmn, Lang::En), Some(english));
        }
        assert_eq!(device_model("01223400123456".parse().unwrap()), Some("Cinterion Wireless AC65"));
        assert_eq!(network_label("99998".parse().unwrap(), Lang::ZhTw), "99998");
    }

    #[test]
    fn a_zero_that_a_file_lost_is_found_again() {
        for (mcc, mnc, expected) in [
            ("466", "92", Some("46692")),
            ("466", "1", Some("46601")),
            ("466", "092", Some("466092")),
            ("310", "410", Some("310410")),
            ("310", "30", Some("310030")),
            // No table has it: as the country's are written.
            ("310", "7", Some("310007")),
            ("440", "98", Some("44098")),
            ("310", "07", Some("31007")),
            ("466", "1000", None),
            ("466", "", None),
            ("466", "+1", None),
            ("46", "6x", None),
        ] {
            let found = network_of_numbers(mcc, mnc).map(|plmn| plmn.to_string());
            assert_eq!(found.as_deref(), expected, "{mcc} {mnc}");
        }
    }
}
