//! Names for what the network says in numbers: networks by PLMN, devices by TAC. See `data/README.md` for the sources.

use opencmp_domain::{Imei, Plmn};
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

const NETWORKS: &str = include_str!("../data/mcc-mnc.csv");
const DEVICES: &str = include_str!("../data/tac-osmocom.csv");

struct Network {
    name: String,
    operational: bool,
}

static NETWORK_NAMES: LazyLock<FxHashMap<u32, Network>> = LazyLock::new(|| {
    let mut names: FxHashMap<u32, Network> = FxHashMap::default();
    let mut reader = csv::Reader::from_reader(NETWORKS.as_bytes());
    for row in reader.records().flatten() {
        let field = |at: usize| row.get(at).unwrap_or_default().trim();
        let Ok(plmn) = format!("{}{}", field(0), field(1)).parse::<Plmn>() else { continue };
        let brand = if field(4).is_empty() { field(5) } else { field(4) };
        let country = field(2);
        let name = if country.is_empty() { brand.to_owned() } else { format!("{brand} ({country})") };
        let network = Network { name, operational: field(6) == "Operational" };
        match names.get(&plmn.to_bits()) {
            Some(held) if held.operational || !network.operational => {}
            _ => drop(names.insert(plmn.to_bits(), network)),
        }
    }
    names
});

static DEVICE_NAMES: LazyLock<FxHashMap<String, String>> = LazyLock::new(|| {
    let mut reader = csv::Reader::from_reader(DEVICES.as_bytes());
    let rows = reader.records().flatten().filter_map(|row| {
        let (tac, maker, model) = (row.get(0)?.trim(), row.get(1)?.trim(), row.get(2)?.trim());
        Some((tac.to_owned(), format!("{maker} {model}").trim().to_owned()))
    });
    rows.collect()
});

/// `Chunghwa Telecom (TW)`; `None` for a network that the table doesn't have.
pub fn network_name(plmn: Plmn) -> Option<&'static str> {
    NETWORK_NAMES.get(&plmn.to_bits()).map(|network| network.name.as_str())
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
        let plmn: Plmn = "46692".parse().unwrap();
        assert!(network_name(plmn).unwrap().contains("Chunghwa"), "{:?}", network_name(plmn));
        assert_eq!(device_model("01223400123456".parse().unwrap()), Some("Cinterion Wireless AC65"));
        assert_eq!(network_name("99998".parse().unwrap()), None);
    }
}
