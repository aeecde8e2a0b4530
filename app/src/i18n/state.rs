//! Service and connection states, radio access, end causes, events: words that several pages share.

use crate::i18n::{Lang, Texts as All, texts};
use opencmp_domain::{
    ConnectionState, LastMessage, RatType, ServiceState, event::EventKind, query::StateFilter,
    session::EndCause,
};

texts! {
    all: "全部", "All";
    test: "測試", "Test";
    suspended: "暫停", "Suspended";
    active: "啟用", "Active";
    deactivated: "停用", "Deactivated";
    terminated: "註銷", "Terminated";
    connected: "已連線", "Connected";
    unconfirmed: "未確認", "Unconfirmed";
    disconnected: "未連線", "Disconnected";
    unconfirmed_hint: "連線階段尚未結束，但已逾時未收到更新；裝置可能已離線，無法確認。",
        "The session hasn't ended, but its updates are overdue: the device may be gone. Nobody can say for sure.";
    unknown: "未知", "Unknown";
    none: "–", "–";

    session_started: "建立連線", "Session started";
    session_ended: "結束連線", "Session ended";
    network_changed: "網路變更", "Network changed";
    rat_changed: "無線接取技術變更", "Radio access changed";
    device_changed: "更換設備 (IMEI)", "Device changed (IMEI)";
    software_changed: "設備軟體版本變更", "Device software changed";
    gateway_restarted: "閘道重新啟動", "Gateway restarted";
    became_unconfirmed: "逾時未更新，狀態未確認", "Updates overdue, unconfirmed";
    confirmed: "恢復更新，狀態已確認", "Heard of again";
    stale_closed: "過久無訊息，視為結束", "Closed: nothing heard for too long";
    reopened: "結束後又有訊息，連線延續", "Went on after its end";
    counter_reset: "計量歸零", "Counters restarted";
    identity_conflict: "IMSI 與門號不一致", "IMSI and number disagree";
    implausible_rate: "流量增加過快，待查", "Implausible rate";
    adopted: "納入門號清單", "Taken into the inventory";

    cause_user_request: "設備要求", "Requested by the device";
    cause_lost_carrier: "失去訊號", "Lost carrier";
    cause_lost_service: "服務中斷", "Lost service";
    cause_idle_timeout: "閒置逾時", "Idle time-out";
    cause_session_timeout: "連線時間到", "Session time-out";
    cause_admin_reset: "管理者中斷", "Administrator reset";
    cause_admin_reboot: "管理者重新啟動閘道", "Administrator reboot";
    cause_nas_error: "閘道錯誤", "Gateway error";
    cause_nas_request: "閘道要求", "Requested by the gateway";
    cause_nas_reboot: "閘道重新啟動", "Gateway rebooted";
    cause_stale: "過久無訊息（推定）", "Nothing heard (estimated)";
    cause_superseded: "由新連線取代", "Superseded by a newer session";
}

impl All {
    pub fn service(&self, state: ServiceState) -> &'static str {
        let t = self.state;
        match state {
            ServiceState::Test => t.test,
            ServiceState::Suspended => t.suspended,
            ServiceState::Active => t.active,
            ServiceState::Deactivated => t.deactivated,
            ServiceState::Terminated => t.terminated,
        }
    }

    pub fn connection(&self, state: ConnectionState) -> &'static str {
        let t = self.state;
        match state {
            ConnectionState::Connected => t.connected,
            ConnectionState::Unconfirmed => t.unconfirmed,
            ConnectionState::Disconnected => t.disconnected,
        }
    }

    /// 已連線 (Alive): the state with the message behind it, in the brochure's form.
    pub fn connection_with(&self, state: ConnectionState, last: Option<LastMessage>) -> String {
        let word = self.connection(state);
        match last {
            Some(LastMessage::Start) => format!("{word} (Start)"),
            Some(LastMessage::Alive) => format!("{word} (Alive)"),
            Some(LastMessage::Stop) => format!("{word} (Stop)"),
            None => word.to_owned(),
        }
    }

    pub fn state_filter(&self, filter: StateFilter) -> &'static str {
        match filter {
            StateFilter::All => self.state.all,
            StateFilter::Service(state) => self.service(state),
            StateFilter::Connection(state) => self.connection(state),
        }
    }

    pub fn event(&self, kind: EventKind) -> &'static str {
        let t = self.state;
        match kind {
            EventKind::SessionStarted => t.session_started,
            EventKind::SessionEnded => t.session_ended,
            EventKind::NetworkChanged => t.network_changed,
            EventKind::RatChanged => t.rat_changed,
            EventKind::DeviceChanged => t.device_changed,
            EventKind::SoftwareChanged => t.software_changed,
            EventKind::GatewayRestarted => t.gateway_restarted,
            EventKind::Unconfirmed => t.became_unconfirmed,
            EventKind::Confirmed => t.confirmed,
            EventKind::StaleClosed => t.stale_closed,
            EventKind::Reopened => t.reopened,
            EventKind::CounterReset => t.counter_reset,
            EventKind::IdentityConflict => t.identity_conflict,
            EventKind::ImplausibleRate => t.implausible_rate,
            EventKind::Adopted => t.adopted,
        }
    }

    /// The cause in words; the RFC's own name where there are none.
    pub fn end_cause(&self, cause: EndCause) -> String {
        let t = self.state;
        let known = match cause.0 {
            1 => t.cause_user_request,
            2 => t.cause_lost_carrier,
            3 => t.cause_lost_service,
            4 => t.cause_idle_timeout,
            5 => t.cause_session_timeout,
            6 => t.cause_admin_reset,
            7 => t.cause_admin_reboot,
            9 => t.cause_nas_error,
            10 => t.cause_nas_request,
            11 => t.cause_nas_reboot,
            1000 => t.cause_stale,
            1001 => t.cause_superseded,
            _ => return cause.name(),
        };
        known.to_owned()
    }

    /// What an event was from or went to, in words where it is a code.
    pub fn event_value(&self, kind: EventKind, text: &str) -> String {
        match kind {
            EventKind::RatChanged => text.parse().map_or_else(|_| text.to_owned(), |rat| RatType(rat).name()),
            EventKind::SessionEnded => {
                let mut causes = (1..=18).chain([1000, 1001]).map(EndCause);
                causes
                    .find(|cause| cause.name() == text)
                    .map_or_else(|| text.to_owned(), |cause| self.end_cause(cause))
            }
            _ => text.to_owned(),
        }
    }

    pub fn is_chinese(&self) -> bool {
        self.lang == Lang::ZhTw
    }
}
