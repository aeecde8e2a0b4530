//! The first page of a portal's frame.

use crate::i18n::texts;
use opencmp_domain::portal::FrameRefusal;

texts! {
    opening: "正在開啟…", "Opening…";
    refused: "無法開啟", "This can't be opened";
}

impl Texts {
    /// Why, and what to do; `None`: the server didn't say.
    pub fn refusal(&self, why: Option<FrameRefusal>) -> &'static str {
        let chinese = self.opening == ZH.opening;
        let (zh, en) = match why {
            Some(FrameRefusal::Invalid) => (
                "入口網站沒有提供有效的憑證，請重新整理頁面；若持續發生請洽入口網站。",
                "The portal gave no valid token. Load the page again; if it goes on, tell the portal.",
            ),
            Some(FrameRefusal::Expired | FrameRefusal::Used) => (
                "此憑證已使用或已逾時，請重新整理頁面。",
                "The token was used or has expired. Load the page again.",
            ),
            Some(FrameRefusal::Withdrawn) => {
                ("此入口網站已不能顯示這些資料。", "This portal may no longer show these pages.")
            }
            None => (
                "目前無法連線，請稍後重新整理頁面。",
                "There is no answer now. Load the page again in a while.",
            ),
        };
        if chinese { zh } else { en }
    }
}
