//! Octets as people read them beside a chart: three digits that matter, in the unit that fits.

use opencmp_domain::ByteCount;

/// `0 B`, `972 KB`, `1.47 MB`, `16.3 GB`; units of 1024.
pub fn amount(octets: ByteCount) -> String {
    const UNITS: [&str; 7] = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];
    let mut value = octets.octets() as f64;
    let mut unit = 0;
    // What would be rounded to 1024 is 1 of the next unit.
    while value >= 1023.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let decimals = match value {
        _ if unit == 0 => 0,
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_unit() {
        let text = |octets| amount(ByteCount(octets));
        assert_eq!(text(0), "0 B");
        assert_eq!(text(972 * 1024), "972 KB");
        assert_eq!(text(1024 * 1024 - 1), "1.00 MB");
        assert_eq!(text(16_300 * 1024 * 1024), "15.9 GB");
        assert_eq!(text(u64::MAX), "16.0 EB");
    }
}
