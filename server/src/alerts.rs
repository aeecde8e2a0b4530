//! Alerts in words, for whoever is told of them: mails, short messages, what programs read.

use futures::future::{BoxFuture, FutureExt};
use opencmp_alerting::{Item, Lost, Wording, Words};
use opencmp_app::{
    api::alerts::networks_of,
    format::Format,
    i18n::{alert::Saying, texts_in},
    message::{MOST_SMS, Plain, cut, escaped, page},
};
use opencmp_domain::{
    Lang, Scope, TenantId, Timestamp, Tz,
    alert::{AlertLine, AlertTurn, channel::ChannelKind, delivery::Content},
};
use opencmp_service::{Service, chain};
use serde_json::{Value, json};
use std::sync::Arc;

/// Lines of a digest; the others are on the platform.
const MOST_LINES: usize = 50;

pub struct AlertWords {
    pub service: Arc<Service>,
    /// Where people find the pages, without a slash at its end.
    pub url: String,
}

impl Words for AlertWords {
    fn about<'a>(
        &'a self,
        tenant: TenantId,
        items: &'a [Item],
        kind: ChannelKind,
        lang: Lang,
        now: Timestamp,
    ) -> BoxFuture<'a, Wording> {
        async move {
            let zone = self.service.calendar(Some(tenant)).zone;
            let mut lines = Vec::new();
            for item in items.iter().take(MOST_LINES) {
                lines.push((item.turn.turn, self.line(tenant, item).await));
            }
            let mut codes = networks_of(lines.iter().map(|(_, line)| line));
            codes.sort_unstable();
            codes.dedup();
            let named = |plmn| Some((plmn, self.service.network_name(plmn, lang)?.to_owned()));
            let networks: Vec<_> = codes.into_iter().filter_map(named).collect();
            let said =
                Said { lang, zone, networks: &networks, url: &self.url, left: items.len() - lines.len() };
            match kind {
                ChannelKind::Email => said.mail(&lines),
                ChannelKind::Sms => said.sms(&lines),
                ChannelKind::Http => said.hook(items, &lines, now),
            }
        }
        .boxed()
    }

    fn undelivered(&self, lost: &Lost<'_>, kind: ChannelKind, lang: Lang, now: Timestamp) -> Wording {
        let t = texts_in(lang).messages();
        let Lost { channel, to, subject, why, uncertain } = *lost;
        let (title, text) = match uncertain {
            false => ((t.undelivered)(channel), (t.undelivered_text)(subject, to, why)),
            true => ((t.uncertain)(channel), (t.uncertain_text)(subject, to, why)),
        };
        let data = json!({
            "channel": channel, "recipient": to, "subject": subject, "why": why, "uncertain": uncertain,
        });
        let said = Plain { sms: format!("OpenCMP {text}"), event: "delivery.failed", data, text };
        let content = said.content(kind, &title, now);
        Wording { subject: title, content }
    }
}

impl AlertWords {
    /// With the names that its page shows; without them where they can't be looked up.
    async fn line(&self, tenant: TenantId, item: &Item) -> AlertLine {
        match self.service.alert(&Scope::tenant(tenant), item.alert.id).await {
            Ok(detail) => detail.line,
            Err(error) => {
                tracing::warn!(error = chain(&error), "an alert is told of without its names");
                AlertLine::without_names(&item.alert)
            }
        }
    }
}

struct Said<'a> {
    lang: Lang,
    zone: Tz,
    networks: &'a [(opencmp_domain::Plmn, String)],
    url: &'a str,
    /// Alerts that aren't among the lines.
    left: usize,
}

type Line = (AlertTurn, AlertLine);

impl Said<'_> {
    fn format(&self) -> Format {
        Format { t: texts_in(self.lang), zone: self.zone }
    }

    fn message(&self, line: &AlertLine) -> String {
        Saying { format: self.format(), networks: self.networks }.message(line)
    }

    /// Number and name of the device, or how many there are.
    fn who(&self, line: &AlertLine) -> String {
        let t = self.format().t.messages();
        let number = line.msisdn.map(|msisdn| msisdn.national());
        match (number, &line.name) {
            (Some(number), Some(name)) if !name.is_empty() => format!("{number} {name}"),
            (Some(number), _) => number,
            (None, Some(name)) if !name.is_empty() => name.clone(),
            (None, _) if line.kind.is_common_cause() => {
                (t.somebody)(line.facts.get("sims").unwrap_or_default())
            }
            (None, _) => line.group_name.clone().unwrap_or_else(|| t.common.to_owned()),
        }
    }

    fn subject(&self, (turn, line): &Line) -> String {
        let texts = self.format().t;
        let (t, a) = (texts.messages(), texts.alert());
        let (level, kind, who) = (a.level(line.level), a.kind(line.kind), self.who(line));
        match turn {
            AlertTurn::Began => (t.subject)(level, kind, &who),
            AlertTurn::Again => (t.subject_again)(level, kind, &who, &line.times.to_string()),
            AlertTurn::Ended => (t.subject_ended)(kind, &who),
        }
    }

    fn subject_of_all(&self, lines: &[Line]) -> String {
        match lines {
            [line] if self.left == 0 => self.subject(line),
            _ => {
                let t = self.format().t.messages();
                (t.digest)(&(lines.len() + self.left).to_string())
            }
        }
    }

    /// What a mail says of an alert, name by name.
    fn facts(&self, (_, line): &Line) -> Vec<(&'static str, String)> {
        let f = self.format();
        let (t, a) = (f.t.messages(), f.t.alert());
        let mut facts =
            vec![(t.what, a.kind(line.kind).to_owned()), (t.level, a.level(line.level).to_owned())];
        facts.extend(line.msisdn.map(|msisdn| (t.number, msisdn.national())));
        facts.extend(line.name.clone().filter(|name| !name.is_empty()).map(|name| (t.device, name)));
        facts.extend(line.group_name.clone().map(|name| (t.group, name)));
        facts.push((t.message, self.message(line)));
        facts.push((t.began, f.date_time(line.began_at)));
        facts.extend(
            line.kind.lasts().then_some(line.ended_at).flatten().map(|at| (t.ended, f.date_time(at))),
        );
        facts.extend(line.rule_name.clone().map(|name| (t.rule, name)));
        facts
    }

    fn link(&self, line: &AlertLine) -> String {
        format!("{}/alerts/{}", self.url, line.id)
    }

    fn mail(&self, lines: &[Line]) -> Wording {
        let t = self.format().t.messages();
        let subject = self.subject_of_all(lines);
        let (mut text, mut html) = (String::new(), String::new());
        for line in lines {
            let title = self.subject(line);
            text.push_str(&format!("{title}\n"));
            html.push_str(&format!("<h2>{}</h2><table>", escaped(&title)));
            for (name, value) in self.facts(line) {
                text.push_str(&format!("{name}: {value}\n"));
                html.push_str(&format!("<tr><th>{}</th><td>{}</td></tr>", escaped(name), escaped(&value)));
            }
            let link = self.link(&line.1);
            text.push_str(&format!("{link}\n\n"));
            html.push_str(&format!("</table><p><a href=\"{}\">{}</a></p>", escaped(&link), escaped(t.open)));
        }
        let mut ends = vec![(t.times_in)(self.zone.name())];
        if self.left > 0 {
            ends.insert(0, (t.more)(&self.left.to_string()));
        }
        if let [(_, line)] = lines
            && let Some(rule) = &line.rule_name
        {
            ends.push((t.why_you)(rule));
        }
        for end in ends {
            text.push_str(&format!("{end}\n"));
            html.push_str(&format!("<p class=\"end\">{}</p>", escaped(&end)));
        }
        Wording { subject: subject.clone(), content: Content::Mail { subject, text, html: page(&html) } }
    }

    fn sms(&self, lines: &[Line]) -> Wording {
        let f = self.format();
        let subject = self.subject_of_all(lines);
        let text = match lines {
            [line] if self.left == 0 => {
                let at = line.1.ended_at.filter(|_| line.0 == AlertTurn::Ended).unwrap_or(line.1.began_at);
                format!("{subject} {} {}", self.message(&line.1), f.date_time(at))
            }
            _ => {
                let titles: Vec<String> = lines.iter().map(|line| self.subject(line)).collect();
                format!("{subject} {}", titles.join("; "))
            }
        };
        Wording { subject, content: Content::Sms { text: cut(&text, MOST_SMS) } }
    }

    fn hook(&self, items: &[Item], lines: &[Line], now: Timestamp) -> Wording {
        let subject = self.subject_of_all(lines);
        let of = |line: &Line| self.data(line);
        let content = match (items, lines) {
            ([item], [line]) => {
                Content::Hook { event: event(line), at: item.turn.at, data: of(line).to_string() }
            }
            _ => {
                let alerts: Vec<Value> = lines.iter().map(of).collect();
                let data = json!({ "count": items.len(), "alerts": alerts });
                Content::Hook { event: "alert.digest".to_owned(), at: now, data: data.to_string() }
            }
        };
        Wording { subject, content }
    }

    fn data(&self, line: &Line) -> Value {
        let (turn, line) = (line.0, &line.1);
        let at = |at: Timestamp| at.utc().with_timezone(&self.zone).to_rfc3339();
        let facts: serde_json::Map<String, Value> =
            line.facts.0.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        json!({
            "id": line.id,
            "turn": turn,
            "kind": line.kind,
            "category": line.kind.category(),
            "level": line.level,
            "sim": line.sim,
            "msisdn": line.msisdn,
            "name": line.name,
            "group": line.group_name,
            "rule": { "id": line.rule, "name": line.rule_name },
            "began_at": at(line.began_at),
            "noticed_at": at(line.noticed_at),
            "ended_at": line.kind.lasts().then_some(line.ended_at).flatten().map(at),
            "times": line.times,
            "facts": facts,
            "message": self.message(line),
            "url": self.link(line),
        })
    }
}

/// `alert.offline`, `alert.offline.ended`.
fn event((turn, line): &Line) -> String {
    match turn {
        AlertTurn::Began | AlertTurn::Again => format!("alert.{}", line.kind),
        AlertTurn::Ended => format!("alert.{}.ended", line.kind),
    }
}
