//! Gateways: who they are, how they write their packets, and what they hand out.

use crate::record::format_into;
use opencmp_radius::{Secret, threegpp::Plmn};
use std::net::{Ipv4Addr, Ipv6Addr};

/// How a maker writes its packets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// All 3GPP sub-attributes in as few containers as will hold them, the APN with its operator part.
    Packed,
    /// One container each; Acct-Session-Id in capitals.
    Separate,
    /// An SMF: as [`Style::Separate`], with a session id of its own form.
    Smf,
}

/// A RADIUS client: GGSN, P-GW or SMF.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// NAS-Identifier, and its name in the gateway list.
    pub name: String,
    /// The address that its packets come from.
    pub source: Ipv4Addr,
    /// NAS-IP-Address and the gateway's address in session ids.
    pub control: Ipv4Addr,
    pub home: Plmn,
    pub style: Style,
    secret: Secret,
    secret_text: String,
}

impl Gateway {
    pub fn new(name: &str, source: Ipv4Addr, control: Ipv4Addr, style: Style, secret: &str) -> Self {
        Self {
            name: name.to_owned(),
            source,
            control,
            home: home_network(),
            style,
            secret: Secret::new(secret),
            secret_text: secret.to_owned(),
        }
    }

    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The secret in the clear, to be entered into the gateway list. Simulated gateways keep nothing worth hiding.
    pub fn secret_text(&self) -> &str {
        &self.secret_text
    }

    /// Acct-Session-Id: control address and Charging-Id in hexadecimal (TS 29.061 §16.4.1).
    pub fn session_id<'b>(&self, charging_id: u32, out: &'b mut [u8; 64]) -> &'b str {
        let address = self.control.to_bits();
        match self.style {
            Style::Packed => format_into(out, format_args!("{address:08x}{charging_id:08x}")),
            Style::Separate => format_into(out, format_args!("{address:08X}{charging_id:08X}")),
            Style::Smf => format_into(out, format_args!("{address:08x}-{charging_id:08x}-smf-01")),
        }
    }

    /// Called-Station-Id; some makers add the operator identifier (TS 23.003 §9.1.2).
    pub fn called_station<'b>(&self, apn: &'b str, out: &'b mut [u8; 96]) -> &'b str {
        match self.style {
            Style::Packed => {
                let (mcc, mnc) = (self.home.mcc(), self.home.mnc());
                format_into(out, format_args!("{apn}.mnc{mnc:0>3}.mcc{mcc}.gprs"))
            }
            Style::Separate | Style::Smf => apn,
        }
    }

    pub fn charging_gateway(&self) -> Ipv4Addr {
        neighbour(self.control, 200)
    }

    /// The S-GW at home; abroad, an address of the visited network.
    pub fn serving_gateway(&self, plmn: Plmn) -> Ipv4Addr {
        if plmn == self.home {
            neighbour(self.control, 100)
        } else {
            let number = plmn.digits().iter().fold(0u32, |n, d| n.wrapping_mul(10) + u32::from(d & 15));
            Ipv4Addr::from(0xCB00_7100 | (number & 0xFF)) // TEST-NET-3
        }
    }
}

/// 466-92, the network whose fleet this is.
pub fn home_network() -> Plmn {
    network(b"46692")
}

/// A network by its digits.
#[expect(clippy::expect_used, reason = "only called with digits written in this crate")]
pub(crate) fn network(digits: &[u8; 5]) -> Plmn {
    Plmn::from_text(digits).expect("five digits are a network")
}

fn neighbour(address: Ipv4Addr, last: u8) -> Ipv4Addr {
    let [a, b, c, _] = address.octets();
    Ipv4Addr::new(a, b, c, last)
}

/// What a running gateway hands out.
#[derive(Clone, Debug)]
pub(crate) struct Allocator {
    index: u16,
    charging_id: u32,
    address: u32,
}

impl Allocator {
    pub fn new(index: u16) -> Self {
        Self { index, charging_id: 0x0700_0000 + u32::from(index) * 0x1000_0000, address: 0 }
    }

    pub fn charging_id(&mut self) -> u32 {
        self.charging_id = self.charging_id.wrapping_add(1);
        self.charging_id
    }

    /// 10.64.0.0/10 in shares of a million; comes round long after the last holder has gone.
    pub fn address(&mut self) -> Ipv4Addr {
        self.address = (self.address + 1) & 0xF_FFFF;
        Ipv4Addr::from(0x0A40_0000 | u32::from(self.index & 3) << 20 | self.address)
    }

    /// A /64 of the documentation prefix.
    pub fn prefix(&self) -> Ipv6Addr {
        let high = (self.index + 1) << 4 | (self.address >> 16) as u16;
        Ipv6Addr::new(0x2001, 0xDB8, high, self.address as u16, 0, 0, 0, 0)
    }
}
