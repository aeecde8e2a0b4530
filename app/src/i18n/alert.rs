//! What an alert is called and what it says: on pages, in files.

use crate::{
    format::Format,
    i18n::{Texts as All, texts},
};
use opencmp_domain::{
    ByteCount, Plmn, RatType, ServiceState,
    alert::{
        AlertKind, AlertLine, AlertTurn, Category, Facts, Level, channel::ChannelKind,
        delivery::DeliveryState,
    },
    session::EndCause,
};

texts! {
    usage: "流量異常", "Traffic anomaly";
    offline: "設備斷線", "Device offline";
    device: "IMEI/IMSI不匹配", "IMEI/IMSI mismatch";
    life_cycle: "SIM卡生命週期通知", "SIM life cycle";
    network: "網路變更", "Network change";
    security: "資安通報", "Security notice";

    normal: "正常", "Normal";
    abnormal: "異常", "Abnormal";
    critical: "嚴重", "Critical";

    daily_usage: "單日流量超量", "Daily usage";
    usage_stage: "流量達門檻", "Usage threshold";
    device_offline: "設備離線", "Device offline";
    other_device: "更換設備", "Other device";
    unlisted_device: "非清單設備", "Unlisted device";
    shared_device: "IMEI 重複", "Shared IMEI";
    state_changed: "服務狀態異動", "Service state changed";
    state_limit: "狀態期限將屆", "State ends soon";
    other_network: "非指定網路", "Other network";
    roaming: "漫遊", "Roaming";
    other_rat: "非指定無線接取", "Other radio access";
    far_from_usual: "流量遠異於平常", "Far from usual";
    cloned: "疑似複製", "Cloned";
    travel: "不可能的移動", "Impossible travel";
    sign_in: "登入攻擊", "Sign-in attack";
    gateway_lost: "閘道中斷", "Gateway lost";
    cell_lost: "基地台中斷", "Cell lost";
    area_lost: "區域中斷", "Area lost";
    apn_lost: "APN 中斷", "APN lost";
    flapping: "反覆斷線", "Flapping";

    says_daily(used, limit): "當日用量 {used}，超過 {limit}", "{used} today, over {limit}";
    says_stage(used, percent, limit): "已用 {used}，達門檻 {percent}%（{limit}）", "{used} used: {percent} % reached ({limit})";
    says_offline: "設備離線", "Device offline";
    says_offline_cause(cause): "設備離線（{cause}）", "Device offline ({cause})";
    says_again(span): "重新連線，離線 {span}", "Connected again, offline for {span}";
    says_flapping(times): "{times} 次斷線", "{times} interruptions";
    says_other_device(from, to): "{from} → {to}", "{from} → {to}";
    says_unlisted(to): "設備 {to} 不在清單內", "Device {to} isn't listed";
    says_shared(to, sims): "設備 {to} 用於 {sims} 張 SIM 卡", "Device {to} in {sims} SIMs";
    says_state(from, to): "由【{from}】異動為【{to}】", "From {from} to {to}";
    says_state_limit(state, until, days): "【{state}】期限至 {until}，剩餘 {days} 天", "{state} until {until} at most: {days} days left";
    says_network(to): "目前網路：{to}", "Now on {to}";
    says_roaming(to): "漫遊於 {to}", "Roaming on {to}";
    says_rat(to): "目前無線接取：{to}", "Now by {to}";
    says_unusual(used, usual): "用量 {used}，平常 {usual}", "{used}, usually {usual}";
    says_cloned(from, to): "同時見於 {from} 與 {to}", "At {from} and {to} at once";
    says_cloned_device(to, sims): "設備 {to} 同時用於 {sims} 張 SIM 卡", "Device {to} in {sims} SIMs at once";
    says_travel(from, to, span): "{span}內由 {from} 至 {to}", "From {from} to {to} within {span}";
    says_sign_in(account, tries): "{account} 登入失敗 {tries} 次", "{account}: {tries} failed sign-ins";
    says_cell(cell, sims): "基地台 {cell} 中斷，影響 {sims} 個門號", "Cell {cell} lost, {sims} SIMs affected";
    says_area(area, sims): "區域 {area} 中斷，影響 {sims} 個門號", "Area {area} lost, {sims} SIMs affected";
    says_apn(apn, sims): "APN {apn} 中斷，影響 {sims} 個門號", "APN {apn} lost, {sims} SIMs affected";
    says_gateway(gateway, sims): "閘道 {gateway} 中斷，影響 {sims} 個門號", "Gateway {gateway} lost, {sims} SIMs affected";
    by_itself: "短時間內反覆發生，已自行恢復", "It came and went, and settled by itself";
    by_itself_offline: "設備同一秒斷連線", "Disconnected and connected within moments";

    fact_limit: "上限", "Limit";
    fact_used: "用量", "Used";
    fact_day: "日期", "Day";
    fact_percent: "門檻 (%)", "Threshold (%)";
    fact_cycle: "週期", "Cycle";
    fact_cause: "斷線原因", "Why it ended";
    fact_from: "原為", "Before";
    fact_to: "變為", "Now";
    fact_sims: "門號數", "SIMs";
    fact_usual: "平常用量", "Usual";
    fact_secs: "相隔時間", "Time between";
    fact_account: "帳號", "Account";
    fact_tries: "失敗次數", "Tries";
    fact_gateway: "閘道", "Gateway";
    fact_cell: "基地台", "Cell";
    fact_area: "追蹤／位置區", "Tracking or location area";
    fact_apn: "APN", "APN";
    fact_state: "服務狀態", "State";
    fact_days: "剩餘天數", "Days left";
    fact_until: "期限", "Until";

    email: "電郵", "E-mail";
    sms: "簡訊", "SMS";
    http: "Http", "HTTP";

    began: "發生", "Began";
    ended: "結束", "Ended";
    again: "再次發生", "Began again";

    waiting: "等候發送", "Waiting";
    leased: "發送中", "Being sent";
    delivered: "已送達", "Delivered";
    accepted: "已受理", "Accepted";
    dead: "發送失敗", "Given up";
    dropped: "無須發送", "Dropped";
    uncertain: "可能已送達", "Uncertain";
}

impl Texts {
    pub fn category(&self, category: Category) -> &'static str {
        match category {
            Category::Usage => self.usage,
            Category::Offline => self.offline,
            Category::Device => self.device,
            Category::LifeCycle => self.life_cycle,
            Category::Network => self.network,
            Category::Security => self.security,
        }
    }

    pub fn level(&self, level: Level) -> &'static str {
        match level {
            Level::Normal => self.normal,
            Level::Abnormal => self.abnormal,
            Level::Critical => self.critical,
        }
    }

    pub fn kind(&self, kind: AlertKind) -> &'static str {
        match kind {
            AlertKind::DailyUsage => self.daily_usage,
            AlertKind::UsageStage => self.usage_stage,
            AlertKind::Offline => self.device_offline,
            AlertKind::OtherDevice => self.other_device,
            AlertKind::UnlistedDevice => self.unlisted_device,
            AlertKind::SharedDevice => self.shared_device,
            AlertKind::StateChanged => self.state_changed,
            AlertKind::StateLimit => self.state_limit,
            AlertKind::OtherNetwork => self.other_network,
            AlertKind::Roaming => self.roaming,
            AlertKind::OtherRat => self.other_rat,
            AlertKind::Abnormal => self.far_from_usual,
            AlertKind::Cloned => self.cloned,
            AlertKind::Travel => self.travel,
            AlertKind::SignIn => self.sign_in,
            AlertKind::GatewayLost => self.gateway_lost,
            AlertKind::CellLost => self.cell_lost,
            AlertKind::AreaLost => self.area_lost,
            AlertKind::ApnLost => self.apn_lost,
            AlertKind::Flapping => self.flapping,
        }
    }

    pub fn channel_kind(&self, kind: ChannelKind) -> &'static str {
        match kind {
            ChannelKind::Email => self.email,
            ChannelKind::Sms => self.sms,
            ChannelKind::Http => self.http,
        }
    }

    pub fn turn(&self, turn: AlertTurn) -> &'static str {
        match turn {
            AlertTurn::Began => self.began,
            AlertTurn::Ended => self.ended,
            AlertTurn::Again => self.again,
        }
    }

    pub fn delivery(&self, state: DeliveryState) -> &'static str {
        match state {
            DeliveryState::Waiting => self.waiting,
            DeliveryState::Leased => self.leased,
            DeliveryState::Delivered => self.delivered,
            DeliveryState::Accepted => self.accepted,
            DeliveryState::Dead => self.dead,
            DeliveryState::Dropped => self.dropped,
            DeliveryState::Uncertain => self.uncertain,
        }
    }

    /// What a fact is called; `None`: not one that has a name.
    pub fn fact(&self, name: &str) -> Option<&'static str> {
        Some(match name {
            "limit" => self.fact_limit,
            "used" => self.fact_used,
            "day" => self.fact_day,
            "percent" => self.fact_percent,
            "cycle" => self.fact_cycle,
            "cause" => self.fact_cause,
            "from" => self.fact_from,
            "to" => self.fact_to,
            "sims" => self.fact_sims,
            "usual" => self.fact_usual,
            "secs" => self.fact_secs,
            "account" => self.fact_account,
            "tries" => self.fact_tries,
            "gateway" => self.fact_gateway,
            "cell" => self.fact_cell,
            "area" => self.fact_area,
            "apn" => self.fact_apn,
            "state" => self.fact_state,
            "days" => self.fact_days,
            "until" => self.fact_until,
            _ => return None,
        })
    }
}

/// Alerts in words.
#[derive(Clone, Copy)]
pub struct Saying<'a> {
    pub format: Format,
    pub networks: &'a [(Plmn, String)],
}

impl Saying<'_> {
    /// 告警訊息
    pub fn message(&self, line: &AlertLine) -> String {
        let t = self.format.t.alert();
        let fact = |name: &str| self.fact_of(line.kind, &line.facts, name);
        let once = match line.kind {
            AlertKind::DailyUsage => (t.says_daily)(&fact("used"), &fact("limit")),
            AlertKind::UsageStage => (t.says_stage)(&fact("used"), &fact("percent"), &fact("limit")),
            AlertKind::Offline => match (line.ended_at, line.facts.get("cause")) {
                (Some(ended), _) => (t.says_again)(&self.format.span(ended.secs_since(line.began_at))),
                (None, Some(_)) => (t.says_offline_cause)(&fact("cause")),
                (None, None) => t.says_offline.to_owned(),
            },
            AlertKind::OtherDevice => (t.says_other_device)(&fact("from"), &fact("to")),
            AlertKind::UnlistedDevice => (t.says_unlisted)(&fact("to")),
            AlertKind::SharedDevice => (t.says_shared)(&fact("to"), &fact("sims")),
            AlertKind::StateChanged => (t.says_state)(&fact("from"), &fact("to")),
            AlertKind::StateLimit => (t.says_state_limit)(&fact("state"), &fact("until"), &fact("days")),
            AlertKind::OtherNetwork => (t.says_network)(&fact("to")),
            AlertKind::Roaming => (t.says_roaming)(&fact("to")),
            AlertKind::OtherRat => (t.says_rat)(&fact("to")),
            AlertKind::Abnormal => (t.says_unusual)(&fact("used"), &fact("usual")),
            AlertKind::Cloned if line.facts.get("sims").is_some() => {
                (t.says_cloned_device)(&fact("to"), &fact("sims"))
            }
            AlertKind::Cloned => (t.says_cloned)(&fact("from"), &fact("to")),
            AlertKind::Travel => (t.says_travel)(&fact("from"), &fact("to"), &fact("secs")),
            AlertKind::SignIn => (t.says_sign_in)(&fact("account"), &fact("tries")),
            AlertKind::GatewayLost => (t.says_gateway)(&fact("gateway"), &fact("sims")),
            AlertKind::CellLost => (t.says_cell)(&fact("cell"), &fact("sims")),
            AlertKind::AreaLost => (t.says_area)(&fact("area"), &fact("sims")),
            AlertKind::ApnLost => (t.says_apn)(&fact("apn"), &fact("sims")),
            AlertKind::Flapping => t.by_itself_offline.to_owned(),
        };
        match line.times {
            0 | 1 => once,
            times => {
                let between = if self.format.t.is_chinese() { "；" } else { "; " };
                format!("{once}{between}{}", (t.says_flapping)(&self.format.count(times.into())))
            }
        }
    }

    /// 處理備註: what somebody said, or why nobody had to.
    pub fn note(&self, line: &AlertLine) -> String {
        let t = self.format.t.alert();
        match (&line.handling, line.kind) {
            (handling, _) if !handling.note.is_empty() => handling.note.clone(),
            (handling, AlertKind::Offline | AlertKind::Flapping) if handling.by_itself => {
                t.by_itself_offline.to_owned()
            }
            (handling, _) if handling.by_itself => t.by_itself.to_owned(),
            _ => String::new(),
        }
    }

    /// What was compared, name by name.
    pub fn facts(&self, line: &AlertLine) -> Vec<(String, String)> {
        self.facts_of(line.kind, &line.facts)
    }

    /// The same of what is no alert.
    pub fn facts_of(&self, kind: AlertKind, facts: &Facts) -> Vec<(String, String)> {
        let t = self.format.t.alert();
        let named = |name: &String| t.fact(name).map_or_else(|| name.clone(), str::to_owned);
        facts.0.iter().map(|(name, _)| (named(name), self.fact_of(kind, facts, name))).collect()
    }

    /// To the octet, where it would read like the limit that it passed.
    fn beyond(&self, octets: u64, limit: Option<&str>) -> String {
        let used = ByteCount(octets);
        let short = self.format.bytes(used);
        let limit =
            limit.and_then(|limit| limit.parse().ok()).map(|limit| self.format.bytes(ByteCount(limit)));
        if limit.as_ref() == Some(&short) { self.format.octets(used) } else { short }
    }

    fn fact_of(&self, kind: AlertKind, facts: &Facts, name: &str) -> String {
        let Some(value) = facts.get(name) else { return "–".to_owned() };
        let t = self.format.t;
        let number = value.parse::<u64>().ok();
        let said = match (name, kind) {
            ("used", AlertKind::DailyUsage) => number.map(|octets| self.beyond(octets, facts.get("limit"))),
            ("limit" | "used" | "usual", _) => number.map(|octets| self.format.bytes(ByteCount(octets))),
            ("sims" | "tries", _) => number.map(|count| self.format.count(count)),
            ("secs", _) => number.map(|secs| self.format.span(i64::try_from(secs).unwrap_or(i64::MAX))),
            ("cause", _) => cause(value, t),
            ("from" | "to", AlertKind::StateChanged) | ("state", _) => {
                value.parse::<ServiceState>().ok().map(|state| t.service(state).to_owned())
            }
            ("from" | "to", AlertKind::OtherRat) => value.parse().ok().map(|code| RatType(code).name()),
            ("from" | "to", AlertKind::OtherNetwork | AlertKind::Roaming | AlertKind::Travel) => {
                let named = |plmn: Plmn| self.networks.iter().find(|(known, _)| *known == plmn);
                value.parse().ok().and_then(named).map(|(_, name)| name.clone())
            }
            _ => None,
        };
        said.unwrap_or_else(|| value.to_owned())
    }
}

/// By its code, or by the name that the RFC gives it.
fn cause(value: &str, t: &All) -> Option<String> {
    let known = value.parse().ok().map(EndCause);
    let known =
        known.or_else(|| (1..=18).chain([1000, 1001]).map(EndCause).find(|cause| cause.name() == value));
    known.map(|cause| t.end_cause(cause))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{Lang, texts_in};
    use opencmp_domain::{AlertId, RuleId, Timestamp, alert::Handling, time::DEFAULT_ZONE};

    fn line(kind: AlertKind, facts: &[(&str, &str)]) -> AlertLine {
        let facts = facts.iter().fold(Facts::default(), |facts, (name, value)| facts.with(name, value));
        AlertLine {
            id: AlertId(1),
            rule: RuleId(1),
            rule_name: None,
            sim: None,
            msisdn: None,
            name: None,
            group: None,
            group_name: None,
            kind,
            level: Level::Abnormal,
            began_at: Timestamp::from_secs(1_000),
            noticed_at: Timestamp::from_secs(1_000),
            ended_at: None,
            times: 1,
            parent: None,
            facts,
            handling: Handling::default(),
        }
    }

    #[test]
    fn an_alert_says_what_was_compared_with_what() {
        let networks = [("46692".parse().unwrap(), "中華電信".to_owned())];
        let zh =
            Saying { format: Format { t: texts_in(Lang::ZhTw), zone: DEFAULT_ZONE }, networks: &networks };
        let en = Saying { format: Format { t: texts_in(Lang::En), zone: DEFAULT_ZONE }, ..zh };
        let mb = 1024 * 1024;
        let (used, limit) = ((162 * mb).to_string(), (150 * mb).to_string());
        let daily = line(AlertKind::DailyUsage, &[("limit", &limit), ("used", &used)]);
        assert_eq!(zh.message(&daily), "當日用量 162 MB，超過 150 MB");
        assert_eq!(en.message(&daily), "162 MB today, over 150 MB");
        let barely = line(AlertKind::DailyUsage, &[("limit", "6291456"), ("used", "6815744")]);
        assert_eq!(en.message(&barely), "6,815,744 B today, over 6 MB");
        let offline = line(AlertKind::Offline, &[("cause", "Lost-Carrier")]);
        assert_eq!(zh.message(&offline), "設備離線（失去訊號）");
        let ended = AlertLine { ended_at: Some(Timestamp::from_secs(1_125)), times: 5, ..offline.clone() };
        assert_eq!(zh.message(&ended), "重新連線，離線 2 分鐘 5 秒；5 次斷線");
        let state = line(AlertKind::StateChanged, &[("from", "active"), ("to", "suspended")]);
        assert_eq!(zh.message(&state), "由【啟用】異動為【暫停】");
        let network = line(AlertKind::OtherNetwork, &[("from", "46601"), ("to", "46692")]);
        assert_eq!(
            (zh.message(&network), zh.facts(&network)),
            (
                "目前網路：中華電信".to_owned(),
                vec![("原為".to_owned(), "46601".to_owned()), ("變為".to_owned(), "中華電信".to_owned())],
            )
        );
        assert_eq!(en.message(&line(AlertKind::OtherRat, &[("to", "8")])), "Now by NB-IoT");
        assert_eq!(zh.message(&line(AlertKind::Cloned, &[])), "同時見於 – 與 –");
        let device = line(AlertKind::Cloned, &[("to", "866425031234562"), ("sims", "2")]);
        assert_eq!(en.message(&device), "Device 866425031234562 in 2 SIMs at once");
        // What it doesn't know it shows as it is.
        let odd = line(AlertKind::SignIn, &[("surprise", "7")]);
        assert_eq!(en.facts(&odd), [("surprise".to_owned(), "7".to_owned())]);
    }

    #[test]
    fn what_needed_nobody_says_so() {
        let saying = Saying { format: Format { t: texts_in(Lang::ZhTw), zone: DEFAULT_ZONE }, networks: &[] };
        let mut settled = line(AlertKind::Offline, &[]);
        settled.handling.by_itself = true;
        assert_eq!(saying.note(&settled), "設備同一秒斷連線");
        settled.handling.note = "已換電池".into();
        assert_eq!(saying.note(&settled), "已換電池");
    }
}
