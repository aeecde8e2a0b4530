//! Mail relay, message centre and webhooks, as they are configured: what alerts leave by.

use crate::config::Secret;
use anyhow::{Context, Result, bail};
use ipnet::IpNet;
use opencmp_notify::{
    Channels, Login, Secret as Hidden,
    email::{MailConfig, MailSecurity, Mailer},
    sms::{
        Concatenation, Receipts, SmsGateway, Unanswered,
        http::{BodyTemplate, HttpSms, HttpSmsConfig},
        smpp::{IdForm, SmppConfig, SmppGateway, SmppTls, Source, Timing},
    },
    webhook::{HookPolicy, Webhooks},
};
use opencmp_outbound::Networks;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notify {
    /// A relay for e-mail; without one, no e-mail leaves.
    pub mail: Option<Mail>,
    /// A message centre by SMPP 3.4 …
    pub smpp: Option<Smpp>,
    /// … or a gateway that takes a POST; without either, no short message leaves.
    pub http_sms: Option<HttpSmsGateway>,
    pub webhooks: Hooks,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    pub host: String,
    /// Left out: 587, or 465 for `tls`, or 25 for `plain`.
    pub port: Option<u16>,
    /// `starttls`, `tls` from the first octet, or `plain` for a relay on this machine.
    #[serde(default)]
    pub security: Security,
    pub user: Option<String>,
    pub password: Option<Secret>,
    /// `OpenCMP <alerts@example.com>`
    pub from: String,
    /// Certificates in PEM to trust beside the public ones.
    pub roots: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    #[default]
    StartTls,
    Tls,
    Plain,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smpp {
    pub host: String,
    #[serde(default = "smpp_port")]
    pub port: u16,
    #[serde(default)]
    pub tls: bool,
    pub system_id: String,
    pub password: Secret,
    #[serde(default)]
    pub system_type: String,
    /// Who messages are from: a number in international form, a short number, or letters.
    pub source: String,
    /// `udh8` (as a rule), `udh16` or `sar`: how long messages are divided.
    #[serde(default)]
    pub concatenation: Division,
    /// The message centre's default alphabet is GSM's; otherwise everything goes as UCS-2.
    #[serde(default = "yes")]
    pub gsm7: bool,
    /// `text` (as a rule), `decimal` or `hexadecimal`: ids in responses, and in receipts.
    #[serde(default)]
    pub response_ids: Ids,
    #[serde(default)]
    pub receipt_ids: Ids,
    /// Parts a second; 0: as many as can be.
    #[serde(default = "smpp_rate")]
    pub per_second: u32,
    #[serde(default = "smpp_window")]
    pub window: u16,
}

fn smpp_port() -> u16 {
    2775
}

fn smpp_rate() -> u32 {
    10
}

fn smpp_window() -> u16 {
    10
}

fn yes() -> bool {
    true
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Division {
    #[default]
    Udh8,
    Udh16,
    Sar,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ids {
    #[default]
    Text,
    Decimal,
    Hexadecimal,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSmsGateway {
    /// `{to}`, `{text}`, `{id}`, `{user}` and `{password}` stand for what they name, here and in the body.
    pub url: String,
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// Names and values of a form …
    pub form: Option<BTreeMap<String, String>>,
    /// … or a body of JSON.
    pub json: Option<toml::Value>,
    pub user: Option<String>,
    pub password: Option<Secret>,
    /// What an answer has in it if the message was taken; left out: a 2xx status is enough.
    pub accepted_if: Option<String>,
    /// Where in an answer of JSON the gateway's own id is, such as `/messages/0/id`.
    pub id_at: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hooks {
    /// Endpoints may be in these networks beside the public ones …
    pub networks: Vec<IpNet>,
    /// … and never in these, such as the operator's own public addresses.
    pub closed: Vec<IpNet>,
    pub ports: Vec<u16>,
    /// Without TLS too.
    pub plain_http: bool,
}

impl Default for Hooks {
    fn default() -> Self {
        let HookPolicy { ports, plain_http, .. } = HookPolicy::default();
        Self { networks: Vec::new(), closed: Vec::new(), ports, plain_http }
    }
}

impl Notify {
    /// Everything that can be wrong and is known before anything starts. The message names the key.
    pub fn check(&self) -> Result<()> {
        if self.smpp.is_some() && self.http_sms.is_some() {
            bail!("notify.smpp and notify.http_sms: short messages leave by one of the two");
        }
        if self.mail.as_ref().is_some_and(|mail| mail.user.is_some() != mail.password.is_some()) {
            bail!("notify.mail.user and notify.mail.password: a login needs both");
        }
        if self.http_sms.as_ref().is_some_and(|sms| sms.form.is_some() == sms.json.is_some()) {
            bail!("notify.http_sms.form or notify.http_sms.json: one of the two is the body");
        }
        Ok(())
    }

    /// Where webhooks may go, for whoever sets one up.
    pub fn hook_policy(&self) -> HookPolicy {
        let Hooks { networks, closed, ports, plain_http } = self.webhooks.clone();
        let networks = Networks::public().with(networks).without(closed);
        HookPolicy { networks, ports, plain_http, ..HookPolicy::default() }
    }

    /// The channels, and what has to be closed at the end. Within a runtime.
    pub fn open(&self, receipts: Arc<dyn Receipts>) -> Result<(Channels, Option<Arc<SmppGateway>>)> {
        let mail = self.mail.as_ref().map(Mail::open).transpose().context("notify.mail")?;
        let smpp = self.smpp.as_ref().map(|smpp| smpp.open(receipts)).transpose().context("notify.smpp")?;
        let http = self.http_sms.as_ref().map(HttpSmsGateway::open).transpose().context("notify.http_sms")?;
        let by_smpp = smpp.clone().map(|smpp| smpp as Arc<dyn SmsGateway>);
        let sms = by_smpp.or(http.map(|http| Arc::new(http) as Arc<dyn SmsGateway>));
        let hooks = Some(Webhooks::new(self.hook_policy()).context("notify.webhooks")?);
        Ok((Channels { mail, sms, hooks }, smpp))
    }
}

fn login(user: Option<&String>, password: Option<&Secret>) -> Option<Login> {
    Some(Login { name: user?.clone(), password: Hidden::new(&password?.0) })
}

impl Mail {
    fn open(&self) -> Result<Mailer> {
        let (security, port) = match self.security {
            Security::StartTls => (MailSecurity::StartTls, 587),
            Security::Tls => (MailSecurity::Tls, 465),
            Security::Plain => (MailSecurity::Plain, 25),
        };
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).with_context(|| format!("roots: reading {}", path.display()))
        };
        Ok(Mailer::new(MailConfig {
            host: self.host.clone(),
            port: self.port.unwrap_or(port),
            security,
            login: login(self.user.as_ref(), self.password.as_ref()),
            from: self.from.clone(),
            hello: None,
            roots: self.roots.as_ref().map(read).transpose()?,
            connections: 4,
            whole: Duration::from_secs(60),
        })?)
    }
}

impl Smpp {
    fn open(&self, receipts: Arc<dyn Receipts>) -> Result<Arc<SmppGateway>> {
        let digits = self.source.trim_start_matches('+');
        let number = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
        // SMPP 3.4 §5.2.5: international, alphanumeric, or a short number of the network's.
        let (ton, npi) = match (number, digits.len()) {
            (true, 8..) => (1, 1),
            (true, _) => (0, 0),
            (false, _) => (5, 0),
        };
        let ids = |ids| match ids {
            Ids::Text => IdForm::Text,
            Ids::Decimal => IdForm::Decimal,
            Ids::Hexadecimal => IdForm::Hexadecimal,
        };
        let config = SmppConfig {
            host: self.host.clone(),
            port: self.port,
            tls: self.tls.then(SmppTls::default),
            login: Login { name: self.system_id.clone(), password: Hidden::new(&self.password.0) },
            system_type: self.system_type.clone(),
            source: Source { ton, npi, address: if number { digits } else { &self.source }.to_owned() },
            concatenation: match self.concatenation {
                Division::Udh8 => Concatenation::Udh8,
                Division::Udh16 => Concatenation::Udh16,
                Division::Sar => Concatenation::Sar,
            },
            gsm7: self.gsm7,
            validity: None,
            response_ids: ids(self.response_ids),
            receipt_ids: ids(self.receipt_ids),
            unanswered: Unanswered::Leave,
            per_second: self.per_second,
            window: self.window,
            timing: Timing::default(),
        };
        Ok(Arc::new(SmppGateway::start(config, receipts)?))
    }
}

impl HttpSmsGateway {
    fn open(&self) -> Result<HttpSms> {
        let body = match (&self.form, &self.json) {
            (Some(form), _) => BodyTemplate::Form(form.clone().into_iter().collect()),
            (None, Some(json)) => BodyTemplate::Json(serde_json::to_value(json)?),
            (None, None) => bail!("form or json: there is no body"),
        };
        let header = |(name, value): (&String, &Secret)| (name.clone(), Hidden::new(&value.0));
        Ok(HttpSms::new(HttpSmsConfig {
            url: self.url.parse().with_context(|| format!("url: {} is no address", self.url))?,
            headers: self.headers.iter().map(header).collect(),
            body,
            login: login(self.user.as_ref(), self.password.as_ref()),
            accepted_if: self.accepted_if.clone(),
            id_at: self.id_at.clone(),
            unanswered: Unanswered::Leave,
            // The operator's own choice.
            networks: None,
            connect: Duration::from_secs(5),
            whole: Duration::from_secs(30),
        })?)
    }
}
