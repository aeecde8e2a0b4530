//! Names of the sub-attributes, of RAT types and of PDP types.

/// The name of a sub-attribute.
pub fn name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        1 => "3GPP-IMSI",
        2 => "3GPP-Charging-Id",
        3 => "3GPP-PDP-Type",
        4 => "3GPP-CG-Address",
        5 => "3GPP-GPRS-Negotiated-QoS-Profile",
        6 => "3GPP-SGSN-Address",
        7 => "3GPP-GGSN-Address",
        8 => "3GPP-IMSI-MCC-MNC",
        9 => "3GPP-GGSN-MCC-MNC",
        10 => "3GPP-NSAPI",
        11 => "3GPP-Session-Stop-Indicator",
        12 => "3GPP-Selection-Mode",
        13 => "3GPP-Charging-Characteristics",
        14 => "3GPP-CG-IPv6-Address",
        15 => "3GPP-SGSN-IPv6-Address",
        16 => "3GPP-GGSN-IPv6-Address",
        17 => "3GPP-IPv6-DNS-Servers",
        18 => "3GPP-SGSN-MCC-MNC",
        19 => "3GPP-Teardown-Indicator",
        20 => "3GPP-IMEISV",
        21 => "3GPP-RAT-Type",
        22 => "3GPP-User-Location-Info",
        23 => "3GPP-MS-TimeZone",
        24 => "3GPP-CAMEL-Charging-Info",
        25 => "3GPP-Packet-Filter",
        26 => "3GPP-Negotiated-DSCP",
        27 => "3GPP-Allocate-IP-Type",
        28 => "External-Identifier",
        29 => "TWAN-Identifier",
        30 => "3GPP-User-Location-Info-Time",
        31 => "3GPP-Secondary-RAT-Usage",
        32 => "3GPP-UE-Local-IP-Address",
        33 => "3GPP-UE-Source-Port",
        110 => "3GPP-Notification",
        111 => "3GPP-UE-MAC-Address",
        112 => "3GPP-Authorization-Reference",
        113 => "3GPP-Policy-Reference",
        114 => "3GPP-Session-AMBR",
        115 => "3GPP-NAI",
        116 => "3GPP-Session-AMBR-v2",
        117 => "3GPP-Supported-Features",
        118 => "3GPP-IP-Address-Pool-Info",
        119 => "3GPP-VLAN-Id",
        120 => "3GPP-TNAP-Identifier",
        121 => "3GPP-HFC-NodeId",
        122 => "3GPP-GLI",
        123 => "3GPP-Line-Type",
        124 => "3GPP-NID",
        125 => "3GPP-Session-S-NSSAI",
        126 => "3GPP-CHF-FQDN",
        127 => "3GPP-Serving-NF-FQDN",
        128 => "3GPP-Session-Id",
        129 => "3GPP-GCI",
        _ => return None,
    })
}

/// 3GPP-PDP-Type as sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PdpType(pub u32);

impl PdpType {
    pub const IPV4: Self = Self(0);
    pub const IPV6: Self = Self(2);
    pub const IPV4V6: Self = Self(3);
    pub const NON_IP: Self = Self(4);

    pub fn name(self) -> Option<&'static str> {
        ["IPv4", "PPP", "IPv6", "IPv4v6", "Non-IP", "Unstructured", "Ethernet"]
            .get(usize::try_from(self.0).ok()?)
            .copied()
    }
}

/// 3GPP-RAT-Type as sent. With EN-DC it stays EUTRAN, and some cores report EUTRAN for LTE-M.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RatType(pub u8);

impl RatType {
    pub const UTRAN: Self = Self(1);
    pub const GERAN: Self = Self(2);
    pub const HSPA_EVOLUTION: Self = Self(5);
    pub const EUTRAN: Self = Self(6);
    pub const NB_IOT: Self = Self(8);
    pub const LTE_M: Self = Self(9);
    pub const NR: Self = Self(51);

    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "UTRAN",
            2 => "GERAN",
            3 => "WLAN",
            4 => "GAN",
            5 => "HSPA-Evolution",
            6 => "EUTRAN",
            7 => "Virtual",
            8 => "NB-IoT",
            9 => "LTE-M",
            51 => "NR",
            52 => "NR-Unlicensed",
            53 => "Trusted-WLAN",
            54 => "Trusted-Non-3GPP",
            55 => "Wireline",
            56 => "Wireline-Cable",
            57 => "Wireline-BBF",
            101 => "IEEE-802.16e",
            102 => "eHRPD",
            103 => "HRPD",
            104 => "1xRTT",
            105 => "UMB",
            _ => return None,
        })
    }
}
