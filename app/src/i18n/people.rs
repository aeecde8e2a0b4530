//! Signing in, one's own account, other people, the audit log.

use crate::i18n::texts;
use opencmp_domain::role::{Permission, Role};

texts! {
    sign_in: "登入", "Sign in";
    sign_in_hint: "連線管理平台", "Connection management";
    email: "電子郵件", "E-mail address";
    password: "密碼", "Password";
    sign_in_button: "登入", "Sign in";
    forgotten: "忘記密碼或無法登入？請洽貴公司的平台管理者，取得重設連結。",
        "Can't sign in? Ask your administrator for a link to set a new password.";
    wrong: "電子郵件或密碼不正確。", "Address or password is wrong.";
    too_many(wait): "嘗試次數過多，請於 {wait} 後再試。", "Too many tries. Please wait {wait}.";
    code_title: "輸入驗證碼", "Enter your code";
    code_hint: "開啟驗證器 App，輸入目前顯示的 6 位數驗證碼；若無法使用，可輸入備援碼。",
        "Open your authenticator app and enter the 6 digits that it shows, or one of your recovery codes.";
    code: "驗證碼", "Code";
    code_wrong: "驗證碼不正確，或已使用過；請等待下一組。", "This code is not right, or was used already. Wait for the next one.";
    go_on: "繼續", "Continue";
    back: "重新登入", "Start again";
    enrol_title: "設定兩步驟驗證", "Set up a second factor";
    enrol_hint: "以驗證器 App（例如 Google Authenticator、Microsoft Authenticator）掃描圖碼，再輸入顯示的驗證碼。",
        "Scan the picture with an authenticator app, then enter the code that it shows.";
    enrol_proof: "請先確認是您本人。設定完成後，其他裝置均會登出。",
        "First show that it is you. Once this is done, every other browser is signed out.";
    code_present: "目前的驗證碼或備援碼", "Code that your app shows now, or a recovery code";
    code_present_wrong: "目前的驗證碼或備援碼不正確，或已使用過。", "Your present code is not right, or was used already.";
    code_new: "新的驗證碼", "Code of the new key";
    enrol_secret: "無法掃描時，請手動輸入金鑰", "Or type this key into the app";
    enrol_picture: "兩步驟驗證圖碼", "Picture with the key of the second factor";
    recovery_title: "請保存備援碼", "Keep your recovery codes";
    recovery_hint: "手機遺失時，每組備援碼可代替驗證碼使用一次。這些備援碼只會顯示這一次。",
        "If you lose your telephone, each of these stands for a code, once. They are shown this one time.";
    recovery_kept: "我已妥善保存", "I have kept them";
    recovery_copy: "備援碼", "recovery codes";
    demo_title: "示範帳號", "Accounts of the demonstration";
    demo_hint: "點選即可登入；密碼皆為 demo。", "Choose one to sign in. The password of each is demo.";

    link_title: "設定密碼", "Set your password";
    link_first_title: "建立第一位管理者", "Become the first administrator";
    link_hint(email): "設定後請以 {email} 登入。", "You then sign in as {email}.";
    link_gone_title: "連結已失效", "This link is no longer good";
    link_gone_hint: "連結只能使用一次，且三天後失效。請洽管理者取得新的連結。",
        "A link can be used once, within three days. Ask your administrator for another.";
    password_new: "新密碼", "New password";
    password_rule: "至少 10 個字元；避免常見密碼與姓名。可用數個詞組成。",
        "10 characters or more, and not a common one or your name. A few words do well.";
    password_refused: "這組密碼太短或太容易被猜到，請多加幾個詞。",
        "This password is too short or easy to guess. Add a few words.";
    password_set: "設定密碼", "Set the password";
    show: "顯示", "Show";
    hide: "隱藏", "Hide";

    account: "我的帳號", "My account";
    signed_in_as: "登入身分", "Signed in as";
    sign_out: "登出", "Sign out";
    role: "角色", "Role";
    name: "姓名", "Name";
    groups: "可管理的群組", "Groups";
    all_groups: "全部群組", "All groups";
    password_change: "變更密碼", "Change password";
    password_current: "目前的密碼", "Current password";
    password_current_wrong: "目前的密碼不正確。", "This is not your current password.";
    password_changed: "密碼已變更，其他裝置均已登出", "Password changed; every other browser is signed out";
    second_factor: "兩步驟驗證", "Second factor";
    second_factor_on(left): "已啟用，剩餘 {left} 組備援碼", "On, {left} recovery codes left";
    second_factor_off: "尚未啟用", "Off";
    second_factor_set: "設定", "Set up";
    second_factor_again: "重新設定", "Set up again";
    sign_ins: "已登入的裝置", "Where you are signed in";
    sign_in_here: "目前使用中", "this browser";
    sign_in_end: "登出此裝置", "Sign out there";
    sign_in_end_others: "登出其他裝置", "Sign out everywhere else";
    sign_in_ended: "已登出", "Signed out";
    last_used: "最近使用", "Last used";
    since: "登入時間", "Since";
    address: "來源位址", "Address";
    browser: "瀏覽器", "Browser";
    own_channels: "我的通知", "My notifications";
    own_channels_hint: "發送給您的告警通知。您可設定各通知方式於哪些時段發送。",
        "Ways by which you are told of alerts. Say in which hours each may tell you.";
    own_channels_none: "尚未設定屬於您的通知方式", "No channel is yours";
    own_channels_none_hint: "由企業管理者於告警規則頁新增；新增後，您可在此設定通知時段。",
        "An administrator adds channels on the page of alert rules; then you set their hours here.";
    own_hours: "通知時段", "Hours";
    own_hours_set: "設定時段", "Set hours";
    own_hours_always: "不限時段", "Always";
    own_hours_hint: "時段以外的告警會先保留，時段開始時彙整通知。",
        "What happens outside of these hours is held back, and summed up when they begin.";
    own_hours_saved(name): "已儲存「{name}」的通知時段", "The hours of {name} were saved";

    people: "成員與權限", "People";
    people_hint: "誰可以登入，以及可以做什麼。", "Who may sign in, and what each may do.";
    invite: "邀請成員", "Invite";
    invited: "已建立邀請", "Invitation made";
    link_send(email): "請將此連結傳給 {email}。連結三天內有效，僅能使用一次。",
        "Send this link to {email}. It is good for three days, once.";
    edit: "編輯", "Edit";
    state: "狀態", "State";
    state_active: "啟用", "Active";
    state_waiting: "待設定密碼", "Invited";
    state_out: "停用", "Shut out";
    last_sign_in: "最近登入", "Last sign-in";
    never: "從未", "never";
    factor: "兩步驟", "2nd factor";
    yes: "是", "yes";
    no: "否", "no";
    limit_groups: "僅限以下群組（含其下層群組）", "Only these groups, and those nested in them";
    shut_out: "停用帳號", "Shut out";
    shut_out_ask(name): "停用「{name}」？所有裝置會立即登出。", "Shut out {name}? Every browser of theirs is signed out at once.";
    admit: "重新啟用", "Admit again";
    reset_link: "產生重設連結", "Make a reset link";
    identity_forget: "解除登入服務連結", "Unlink from providers";
    factor_remove: "移除兩步驟驗證", "Remove the second factor";
    changed: "已更新", "Changed";
    permissions: "權限對照表", "What each role may do";
    permission: "權限", "Permission";
    none_yet: "尚無成員", "Nobody yet";

    audit: "操作紀錄", "Audit log";
    audit_hint: "所有變更、匯出與登入；只增不改，可離線驗證。",
        "Every change, export and sign-in. Only added to; can be verified offline.";
    audit_when: "時間", "Time";
    audit_who: "操作者", "Who";
    audit_from: "來源", "From";
    audit_what: "動作", "What";
    audit_subject: "對象", "Subject";
    audit_detail: "內容", "Detail";
    audit_system: "系統", "System";
    audit_older: "較早的紀錄", "Older";
    audit_since: "自", "From";
    audit_until: "至", "Until";
    audit_by(who): "操作者：{who}", "By {who}";
    audit_by_hint(who): "只顯示{who}的紀錄", "Only what {who} did";
    audit_anybody: "顯示所有人", "By anybody";
    audit_why: "原因", "why";
    audit_newest: "最新的紀錄", "Newest";
    audit_none: "沒有符合的紀錄", "No entry matches";
    audit_all: "全部動作", "All actions";
    audit_people: "成員與登入", "People and sign-ins";
    audit_exports: "匯出", "Exports";
    audit_tenants: "企業", "Tenants";
    audit_plans: "資費類型", "Tariffs";
    audit_gateways: "閘道", "Gateways";
    audit_providers: "登入服務", "Providers of sign-in";
    audit_portals: "入口網站", "Portals";
    audit_alerts: "告警", "Alerts";
    audit_inventory: "門號", "SIMs";
    audit_groups: "群組", "Groups";
    audit_fields: "自訂欄位", "Custom fields";
    audit_stock: "門號庫存", "SIM stock";
    audit_cells: "基地台", "Cells";
    audit_before: "變更前", "before";
    audit_after: "變更後", "after";
    audit_file: "下載（可驗證）", "Download (verifiable)";
}

impl Texts {
    pub fn role_name(&self, role: Role) -> &'static str {
        let chinese = self.sign_in == ZH.sign_in;
        match (role, chinese) {
            (Role::OperatorAdmin, true) => "維運管理者",
            (Role::OperatorAdmin, false) => "Operator admin",
            (Role::OperatorSupport, true) => "維運客服",
            (Role::OperatorSupport, false) => "Operator support",
            (Role::TenantAdmin, true) => "企業管理者",
            (Role::TenantAdmin, false) => "Tenant admin",
            (Role::TenantEditor, true) => "企業編輯者",
            (Role::TenantEditor, false) => "Tenant editor",
            (Role::TenantViewer, true) => "企業檢視者",
            (Role::TenantViewer, false) => "Tenant viewer",
        }
    }

    pub fn permission_name(&self, permission: Permission) -> &'static str {
        let chinese = self.sign_in == ZH.sign_in;
        let (zh, en) = match permission {
            Permission::FleetRead => ("檢視門號、用量與即時狀態", "See SIMs, usage and live states"),
            Permission::FleetExport => ("下載檔案", "Download files"),
            Permission::ViewWrite => ("儲存與刪除檢視表", "Save and delete views"),
            Permission::SimWrite => ("修改門號的名稱、標籤與群組", "Change names, tags and groups of SIMs"),
            Permission::GroupWrite => ("管理群組", "Manage groups"),
            Permission::FieldWrite => ("管理自訂欄位", "Manage custom fields"),
            Permission::PeopleWrite => ("管理成員", "Manage people"),
            Permission::ProviderWrite => ("設定登入服務", "Set up providers of sign-in"),
            Permission::PortalWrite => ("設定內嵌入口網站", "Set up portals that show pages in frames"),
            Permission::AlertRead => ("檢視告警", "See alerts"),
            Permission::AlertHandle => ("處理告警", "Handle alerts"),
            Permission::AlertWrite => ("設定告警規則與通知方式", "Alert rules and channels"),
            Permission::AuditRead => ("檢視操作紀錄", "Read the audit log"),
            Permission::NetworkRead => ("檢視網路與閘道", "See the network's side"),
            Permission::TenantEnter => ("進入企業檢視", "Enter a tenant"),
            Permission::TenantWrite => ("管理企業", "Manage tenants"),
            Permission::StockWrite => ("管理門號庫存", "Manage SIM stock"),
            Permission::PlanWrite => ("管理資費類型", "Manage tariffs"),
            Permission::CellWrite => ("管理基地台", "Manage cells"),
            Permission::GatewayWrite => ("管理閘道", "Manage gateways"),
        };
        if chinese { zh } else { en }
    }

    /// What an entry of the audit log says was done.
    pub fn action_name(&self, action: &str) -> Option<&'static str> {
        let chinese = self.sign_in == ZH.sign_in;
        let (zh, en) = match action {
            "person.invite" => ("邀請成員", "Person invited"),
            "person.change" => ("修改成員", "Person changed"),
            "person.shut_out" => ("停用成員", "Person shut out"),
            "person.admit" => ("啟用成員", "Person admitted"),
            "person.link" => ("產生密碼連結", "Password link made"),
            "person.password" => ("設定密碼", "Password set"),
            "person.second_factor.set" => ("設定兩步驟驗證", "Second factor set up"),
            "person.second_factor.remove" => ("移除兩步驟驗證", "Second factor removed"),
            "person.recovery_code" => ("使用備援碼", "Recovery code used"),
            "person.sign_in" => ("登入", "Signed in"),
            "person.sign_out" => ("登出", "Signed out"),
            "person.identity" => ("連結登入服務帳號", "Account at a provider linked"),
            "person.identity_forget" => ("解除登入服務連結", "Unlinked from providers"),
            "person.by_rule" => ("依規則建立成員", "Person let in by rule"),
            "person.sign_out_provider" => ("由登入服務登出", "Signed out by the provider"),
            "provider.add" => ("新增登入服務", "Provider added"),
            "provider.change" => ("修改登入服務", "Provider changed"),
            "provider.remove" => ("移除登入服務", "Provider removed"),
            "portal.add" => ("新增入口網站", "Portal added"),
            "portal.change" => ("修改入口網站", "Portal changed"),
            "portal.key" => ("更換入口網站金鑰", "Portal's key replaced"),
            "portal.remove" => ("移除入口網站", "Portal removed"),
            "person.sign_out_others" => ("登出其他裝置", "Signed out elsewhere"),
            "tenant.create" => ("建立企業", "Tenant made"),
            "tenant.rename" => ("修改企業名稱", "Tenant renamed"),
            "tenant.enter" => ("進入企業檢視", "Tenant entered"),
            "tenant.leave" => ("離開企業檢視", "Tenant left"),
            "alert_rule.add" => ("新增告警規則", "Alert rule added"),
            "alert_rule.change" => ("修改告警規則", "Alert rule changed"),
            "alert_rule.remove" => ("移除告警規則", "Alert rule removed"),
            "alert_channel.add" => ("新增通知方式", "Channel added"),
            "alert_channel.change" => ("修改通知方式", "Channel changed"),
            "alert_channel.secret" => ("更換簽章密鑰", "Channel's secret replaced"),
            "alert_channel.test" => ("傳送測試訊息", "Test message sent"),
            "alert_channel.remove" => ("移除通知方式", "Channel removed"),
            "alert.handle" => ("處理告警", "Alerts handled"),
            "alert.reopen" => ("告警改回未處理", "Alerts set back"),
            "alert_delivery.again" => ("重新發送通知", "Message sent again"),
            "change.want" => ("要求異動門號", "Change of SIMs wanted"),
            "change.withdraw" => ("撤回異動需求", "Wanted change withdrawn"),
            "group.create" => ("建立群組", "Group made"),
            "group.rename" => ("修改群組", "Group renamed or moved"),
            "group.remove" => ("刪除群組", "Group removed"),
            "sim.move" => ("移動門號", "SIMs moved"),
            "sim.tag" => ("變更標籤", "Tags changed"),
            "sim.change" => ("修改門號資料", "SIM changed"),
            "field.create" => ("新增自訂欄位", "Custom field added"),
            "field.change" => ("修改自訂欄位", "Custom field changed"),
            "field.remove" => ("移除自訂欄位", "Custom field removed"),
            "field.order" => ("調整自訂欄位順序", "Custom fields reordered"),
            "stock.import" => ("匯入庫存", "SIMs taken into stock"),
            "stock.allocate" => ("配發門號", "SIMs allocated"),
            "stock.take_back" => ("收回門號", "SIMs taken back"),
            "plan.create" => ("建立資費", "Plan made"),
            "plan.rename" => ("修改資費名稱", "Plan renamed"),
            "plan.remove" => ("移除資費", "Plan removed"),
            "cell.add" => ("新增基地台", "Cell added"),
            "cell.change" => ("修改基地台", "Cell changed"),
            "cell.remove" => ("移除基地台", "Cells removed"),
            "cell.import" => ("匯入基地台", "Cells imported"),
            "sim.import" => ("匯入門號", "SIMs imported"),
            "gateway.add" => ("新增閘道", "Gateway added"),
            "gateway.change" => ("修改閘道", "Gateway changed"),
            "gateway.remove" => ("移除閘道", "Gateway removed"),
            "view.save" => ("儲存檢視表", "View saved"),
            "view.delete" => ("刪除檢視表", "View deleted"),
            "export" => ("下載檔案", "File downloaded"),
            _ => return None,
        };
        Some(if chinese { zh } else { en })
    }
}
