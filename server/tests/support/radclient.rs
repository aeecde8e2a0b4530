//! FreeRADIUS' radclient as the gateway (Debian: freeradius-utils). It checks the response's authenticator.

use super::SECRET;
use std::{
    io::Write,
    net::SocketAddr,
    process::{Command, Stdio},
};

#[derive(Clone, Debug)]
pub struct Reply {
    /// `Accounting-Response` and the like; `None` where nothing valid came back.
    pub code: Option<String>,
    pub printed: String,
}

impl Reply {
    pub fn is_acknowledgement(&self) -> bool {
        self.code.as_deref() == Some("Accounting-Response")
    }
}

/// Sends one packet, once. Blocks until there is an answer, or two seconds are over.
pub fn radclient(server: SocketAddr, command: &str, secret: &str, attributes: &[(&str, &str)]) -> Reply {
    radclient_within("2", server, command, secret, attributes)
}

/// The same with another patience.
pub fn radclient_within(
    seconds: &str,
    server: SocketAddr,
    command: &str,
    secret: &str,
    attributes: &[(&str, &str)],
) -> Reply {
    let mut child = Command::new("radclient")
        .args(["-x", "-r", "1", "-t", seconds, &server.to_string(), command, secret])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("radclient is installed (make test installs freeradius-utils)");
    let lines = attributes.iter().map(|(name, value)| format!("{name} = {value}\n"));
    child.stdin.take().unwrap().write_all(lines.collect::<String>().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let printed = super::printed(&output);
    let received = printed.lines().find_map(|line| line.strip_prefix("Received "));
    let code = received.filter(|_| output.status.success()).and_then(|rest| rest.split(' ').next());
    Reply { code: code.map(str::to_owned), printed }
}

/// A device's data session as its gateway reports it.
#[derive(Clone, Debug)]
pub struct Session {
    pub server: SocketAddr,
    pub imsi: &'static str,
    pub msisdn: &'static str,
    pub id: &'static str,
}

impl Session {
    /// Sends a record, which must be acknowledged.
    pub fn report(&self, status: &str, seconds: u32, uplink: u64, downlink: u64) {
        let reply = self.try_report(status, seconds, uplink, downlink);
        assert!(reply.is_acknowledgement(), "{}", reply.printed);
    }

    pub fn try_report(&self, status: &str, seconds: u32, uplink: u64, downlink: u64) -> Reply {
        self.try_report_without(&[], status, seconds, uplink, downlink)
    }

    /// As a gateway reports it that knows no Gigawords.
    pub fn report_in_32_bits(&self, status: &str, seconds: u32, uplink: u32, downlink: u32) {
        let gigawords = ["Acct-Input-Gigawords", "Acct-Output-Gigawords"];
        let reply = self.try_report_without(&gigawords, status, seconds, uplink.into(), downlink.into());
        assert!(reply.is_acknowledgement(), "{}", reply.printed);
    }

    fn try_report_without(
        &self,
        without: &[&str],
        status: &str,
        seconds: u32,
        uplink: u64,
        downlink: u64,
    ) -> Reply {
        let figure = |figure: u64| figure.to_string();
        let attributes = [
            ("Acct-Status-Type", status.to_owned()),
            ("Acct-Session-Id", self.id.to_owned()),
            ("NAS-IP-Address", "127.0.0.1".to_owned()),
            ("Calling-Station-Id", format!("\"{}\"", self.msisdn)),
            ("Called-Station-Id", "internet.iot".to_owned()),
            ("3GPP-IMSI", format!("\"{}\"", self.imsi)),
            ("3GPP-RAT-Type", "0x06".to_owned()),
            ("Acct-Session-Time", seconds.to_string()),
            ("Acct-Input-Octets", figure(uplink & 0xFFFF_FFFF)),
            ("Acct-Input-Gigawords", figure(uplink >> 32)),
            ("Acct-Output-Octets", figure(downlink & 0xFFFF_FFFF)),
            ("Acct-Output-Gigawords", figure(downlink >> 32)),
        ];
        let said = attributes.iter().filter(|(name, _)| !without.contains(name));
        let attributes: Vec<_> = said.map(|(name, value)| (*name, value.as_str())).collect();
        radclient(self.server, "acct", SECRET, &attributes)
    }
}
