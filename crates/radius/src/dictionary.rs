//! The names and value types of the standard attributes: RFC 2865 to 2869, 3162, 3576/5176, 4372, 4675, 4818, 5580, 6911,
//! 6519. What isn't here is kept raw under the name `Attr-N`.

pub const USER_NAME: u8 = 1;
pub const USER_PASSWORD: u8 = 2;
pub const CHAP_PASSWORD: u8 = 3;
pub const NAS_IP_ADDRESS: u8 = 4;
pub const NAS_PORT: u8 = 5;
pub const SERVICE_TYPE: u8 = 6;
pub const FRAMED_PROTOCOL: u8 = 7;
pub const FRAMED_IP_ADDRESS: u8 = 8;
pub const FILTER_ID: u8 = 11;
pub const REPLY_MESSAGE: u8 = 18;
pub const STATE: u8 = 24;
pub const CLASS: u8 = 25;
pub const VENDOR_SPECIFIC: u8 = 26;
pub const SESSION_TIMEOUT: u8 = 27;
pub const IDLE_TIMEOUT: u8 = 28;
pub const CALLED_STATION_ID: u8 = 30;
pub const CALLING_STATION_ID: u8 = 31;
pub const NAS_IDENTIFIER: u8 = 32;
pub const PROXY_STATE: u8 = 33;
pub const ACCT_STATUS_TYPE: u8 = 40;
pub const ACCT_DELAY_TIME: u8 = 41;
pub const ACCT_INPUT_OCTETS: u8 = 42;
pub const ACCT_OUTPUT_OCTETS: u8 = 43;
pub const ACCT_SESSION_ID: u8 = 44;
pub const ACCT_AUTHENTIC: u8 = 45;
pub const ACCT_SESSION_TIME: u8 = 46;
pub const ACCT_INPUT_PACKETS: u8 = 47;
pub const ACCT_OUTPUT_PACKETS: u8 = 48;
pub const ACCT_TERMINATE_CAUSE: u8 = 49;
pub const ACCT_MULTI_SESSION_ID: u8 = 50;
pub const ACCT_LINK_COUNT: u8 = 51;
pub const ACCT_INPUT_GIGAWORDS: u8 = 52;
pub const ACCT_OUTPUT_GIGAWORDS: u8 = 53;
pub const EVENT_TIMESTAMP: u8 = 55;
pub const CHAP_CHALLENGE: u8 = 60;
pub const NAS_PORT_TYPE: u8 = 61;
pub const EAP_MESSAGE: u8 = 79;
pub const MESSAGE_AUTHENTICATOR: u8 = 80;
pub const ACCT_INTERIM_INTERVAL: u8 = 85;
pub const NAS_PORT_ID: u8 = 87;
pub const FRAMED_POOL: u8 = 88;
pub const CHARGEABLE_USER_IDENTITY: u8 = 89;
pub const NAS_IPV6_ADDRESS: u8 = 95;
pub const FRAMED_INTERFACE_ID: u8 = 96;
pub const FRAMED_IPV6_PREFIX: u8 = 97;
pub const ERROR_CAUSE: u8 = 101;
pub const DELEGATED_IPV6_PREFIX: u8 = 123;

/// How the octets of an attribute are to be read (RFC 2865 §5, RFC 3162 §2, RFC 8044).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Text,
    Octets,
    Integer,
    /// Seconds since 1970 UTC.
    Time,
    Ipv4,
    Ipv6,
    Ipv6Prefix,
}

/// Name and value type of a standard attribute.
pub fn lookup(attribute: u8) -> Option<(&'static str, Kind)> {
    Some(match attribute {
        1 => ("User-Name", Kind::Text),
        2 => ("User-Password", Kind::Octets),
        3 => ("CHAP-Password", Kind::Octets),
        4 => ("NAS-IP-Address", Kind::Ipv4),
        5 => ("NAS-Port", Kind::Integer),
        6 => ("Service-Type", Kind::Integer),
        7 => ("Framed-Protocol", Kind::Integer),
        8 => ("Framed-IP-Address", Kind::Ipv4),
        9 => ("Framed-IP-Netmask", Kind::Ipv4),
        10 => ("Framed-Routing", Kind::Integer),
        11 => ("Filter-Id", Kind::Text),
        12 => ("Framed-MTU", Kind::Integer),
        13 => ("Framed-Compression", Kind::Integer),
        14 => ("Login-IP-Host", Kind::Ipv4),
        15 => ("Login-Service", Kind::Integer),
        16 => ("Login-TCP-Port", Kind::Integer),
        18 => ("Reply-Message", Kind::Text),
        19 => ("Callback-Number", Kind::Text),
        20 => ("Callback-Id", Kind::Text),
        22 => ("Framed-Route", Kind::Text),
        23 => ("Framed-IPX-Network", Kind::Ipv4),
        24 => ("State", Kind::Octets),
        25 => ("Class", Kind::Octets),
        26 => ("Vendor-Specific", Kind::Octets),
        27 => ("Session-Timeout", Kind::Integer),
        28 => ("Idle-Timeout", Kind::Integer),
        29 => ("Termination-Action", Kind::Integer),
        30 => ("Called-Station-Id", Kind::Text),
        31 => ("Calling-Station-Id", Kind::Text),
        32 => ("NAS-Identifier", Kind::Text),
        33 => ("Proxy-State", Kind::Octets),
        34 => ("Login-LAT-Service", Kind::Text),
        35 => ("Login-LAT-Node", Kind::Text),
        36 => ("Login-LAT-Group", Kind::Octets),
        37 => ("Framed-AppleTalk-Link", Kind::Integer),
        38 => ("Framed-AppleTalk-Network", Kind::Integer),
        39 => ("Framed-AppleTalk-Zone", Kind::Text),
        40 => ("Acct-Status-Type", Kind::Integer),
        41 => ("Acct-Delay-Time", Kind::Integer),
        42 => ("Acct-Input-Octets", Kind::Integer),
        43 => ("Acct-Output-Octets", Kind::Integer),
        44 => ("Acct-Session-Id", Kind::Text),
        45 => ("Acct-Authentic", Kind::Integer),
        46 => ("Acct-Session-Time", Kind::Integer),
        47 => ("Acct-Input-Packets", Kind::Integer),
        48 => ("Acct-Output-Packets", Kind::Integer),
        49 => ("Acct-Terminate-Cause", Kind::Integer),
        50 => ("Acct-Multi-Session-Id", Kind::Text),
        51 => ("Acct-Link-Count", Kind::Integer),
        52 => ("Acct-Input-Gigawords", Kind::Integer),
        53 => ("Acct-Output-Gigawords", Kind::Integer),
        55 => ("Event-Timestamp", Kind::Time),
        56 => ("Egress-VLANID", Kind::Integer),
        57 => ("Ingress-Filters", Kind::Integer),
        58 => ("Egress-VLAN-Name", Kind::Text),
        59 => ("User-Priority-Table", Kind::Octets),
        60 => ("CHAP-Challenge", Kind::Octets),
        61 => ("NAS-Port-Type", Kind::Integer),
        62 => ("Port-Limit", Kind::Integer),
        63 => ("Login-LAT-Port", Kind::Text),
        64 => ("Tunnel-Type", Kind::Octets),
        65 => ("Tunnel-Medium-Type", Kind::Octets),
        66 => ("Tunnel-Client-Endpoint", Kind::Text),
        67 => ("Tunnel-Server-Endpoint", Kind::Text),
        68 => ("Acct-Tunnel-Connection", Kind::Text),
        69 => ("Tunnel-Password", Kind::Octets),
        70 => ("ARAP-Password", Kind::Octets),
        71 => ("ARAP-Features", Kind::Octets),
        72 => ("ARAP-Zone-Access", Kind::Integer),
        73 => ("ARAP-Security", Kind::Integer),
        74 => ("ARAP-Security-Data", Kind::Text),
        75 => ("Password-Retry", Kind::Integer),
        76 => ("Prompt", Kind::Integer),
        77 => ("Connect-Info", Kind::Text),
        78 => ("Configuration-Token", Kind::Text),
        79 => ("EAP-Message", Kind::Octets),
        80 => ("Message-Authenticator", Kind::Octets),
        81 => ("Tunnel-Private-Group-Id", Kind::Text),
        82 => ("Tunnel-Assignment-Id", Kind::Text),
        83 => ("Tunnel-Preference", Kind::Octets),
        84 => ("ARAP-Challenge-Response", Kind::Octets),
        85 => ("Acct-Interim-Interval", Kind::Integer),
        86 => ("Acct-Tunnel-Packets-Lost", Kind::Integer),
        87 => ("NAS-Port-Id", Kind::Text),
        88 => ("Framed-Pool", Kind::Text),
        89 => ("Chargeable-User-Identity", Kind::Octets),
        90 => ("Tunnel-Client-Auth-Id", Kind::Text),
        91 => ("Tunnel-Server-Auth-Id", Kind::Text),
        92 => ("NAS-Filter-Rule", Kind::Text),
        94 => ("Originating-Line-Info", Kind::Octets),
        95 => ("NAS-IPv6-Address", Kind::Ipv6),
        96 => ("Framed-Interface-Id", Kind::Octets),
        97 => ("Framed-IPv6-Prefix", Kind::Ipv6Prefix),
        98 => ("Login-IPv6-Host", Kind::Ipv6),
        99 => ("Framed-IPv6-Route", Kind::Text),
        100 => ("Framed-IPv6-Pool", Kind::Text),
        101 => ("Error-Cause", Kind::Integer),
        102 => ("EAP-Key-Name", Kind::Octets),
        123 => ("Delegated-IPv6-Prefix", Kind::Ipv6Prefix),
        124 => ("MIP6-Feature-Vector", Kind::Octets),
        125 => ("MIP6-Home-Link-Prefix", Kind::Octets),
        126 => ("Operator-Name", Kind::Text),
        127 => ("Location-Information", Kind::Octets),
        128 => ("Location-Data", Kind::Octets),
        144 => ("DS-Lite-Tunnel-Name", Kind::Text),
        168 => ("Framed-IPv6-Address", Kind::Ipv6),
        169 => ("DNS-Server-IPv6-Address", Kind::Ipv6),
        171 => ("Delegated-IPv6-Prefix-Pool", Kind::Text),
        172 => ("Stateful-IPv6-Address-Pool", Kind::Text),
        _ => return None,
    })
}

/// Names of Acct-Status-Type values (RFC 2866 §5.1, RFC 2867 §3).
pub fn acct_status_type(value: u32) -> Option<&'static str> {
    Some(match value {
        1 => "Start",
        2 => "Stop",
        3 => "Interim-Update",
        7 => "Accounting-On",
        8 => "Accounting-Off",
        9 => "Tunnel-Start",
        10 => "Tunnel-Stop",
        11 => "Tunnel-Reject",
        12 => "Tunnel-Link-Start",
        13 => "Tunnel-Link-Stop",
        14 => "Tunnel-Link-Reject",
        15 => "Failed",
        _ => return None,
    })
}
