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
}
