//! What became of messages, and the test of a channel.

use crate::i18n::texts;
use opencmp_domain::delivery::Failure;

texts! {
    test: "傳送測試訊息", "Send a test message";
    test_of(name): "傳送測試訊息：{name}", "Send a test message: {name}";
    test_hint(name): "測試訊息經由「{name}」發送，與告警通知走相同路徑。",
        "A test message goes by {name}, the way that alerts go.";
    test_off: "此通知方式已停用。請先編輯並啟用，再傳送測試訊息。", "The channel is switched off. Edit it and switch it on first.";
    test_often(seconds): "剛傳送過測試訊息，請於 {seconds} 秒後再試。", "It was tested just now. Please wait {seconds} s.";
    putting: "正在建立測試訊息…", "Putting it on its way…";
    waiting: "正在發送，等候對方回應…", "On its way: waiting for an answer…";
    again(at): "對方尚未收下，將於 {at} 再試。", "Not taken yet; tried again at {at}.";
    delivered: "對方已收下。", "It was taken.";
    accepted: "簡訊中心已收下，是否送達將另行回報。", "The message centre took it, and says later whether it arrived.";
    dead: "未能送達，不再重試。", "It could not be delivered, and isn't tried again.";
    dropped: "未發送。", "It was not sent.";
    uncertain: "已送出但未獲回應，對方可能已收到。", "It was sent and not answered: it may have arrived.";
    answer(what): "回應：{what}", "Answer: {what}";
    took(ms): "{ms} 毫秒", "{ms} ms";
    no_longer: "等候已逾一分鐘，後續結果請見發送紀錄。", "A minute is over. What becomes of it is in the delivery log.";
    log: "查看發送紀錄", "See the delivery log";
    with(word, said): "{word}（{said}）", "{word} ({said})";
}

impl Texts {
    /// An attempt's outcome: a code and what the peer said, as words.
    pub fn outcome(&self, outcome: &str) -> String {
        let (code, said) = outcome.split_once(' ').unwrap_or((outcome, ""));
        match Failure::parse(code) {
            None => outcome.to_owned(),
            Some(failure) if said.is_empty() => self.failure(failure).to_owned(),
            Some(failure) => (self.with)(self.failure(failure), said),
        }
    }

    fn failure(&self, failure: Failure) -> &'static str {
        let (zh, en) = match failure {
            Failure::NotConfigured => ("未設定此通知方式", "not set up"),
            Failure::Address => ("位址無法使用", "unusable address"),
            Failure::Forbidden => ("不允許連線至此位址", "address not allowed"),
            Failure::TooLong => ("訊息過長", "too long"),
            Failure::Resolve => ("查無此主機名稱", "unknown host"),
            Failure::Connect => ("無法連線", "no connection"),
            Failure::Tls => ("TLS 憑證或加密失敗", "no trusted TLS"),
            Failure::Timeout => ("逾時未回應", "no answer in time"),
            Failure::Broken => ("連線中斷", "connection broken"),
            Failure::Credentials => ("帳號或密碼不被接受", "login refused"),
            Failure::Throttled => ("發送過於頻繁", "too much at once"),
            Failure::Busy => ("對方忙碌", "peer is busy"),
            Failure::Rejected => ("對方拒收", "rejected"),
            Failure::Status => ("對方回應失敗", "answered with a failure"),
            Failure::Redirect => ("對方要求轉址", "redirects elsewhere"),
            Failure::Gone => ("端點已不存在", "endpoint is gone"),
            Failure::Unanswered => ("已送出但未獲回應", "sent, not answered"),
            Failure::Partly => ("僅部分被收下", "taken in part"),
        };
        if self.test == ZH.test { zh } else { en }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_words_beside_what_the_peer_said() {
        assert_eq!(EN.outcome("status HTTP 503"), "answered with a failure (HTTP 503)");
        assert_eq!(ZH.outcome("timeout"), "逾時未回應");
        assert_eq!(ZH.outcome("250 2.0.0 ok"), "250 2.0.0 ok");
    }
}
