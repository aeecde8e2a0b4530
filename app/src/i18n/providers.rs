//! Sign-in by providers of OpenID Connect.

use crate::i18n::texts;
use opencmp_domain::provider::{FirstSignIn, Refusal};

texts! {
    providers: "以其他帳號登入（OpenID Connect）", "Sign-in by other accounts (OpenID Connect)";
    hint_tenant: "貴公司成員可用公司帳號登入，例如 Keycloak、Microsoft Entra ID。",
        "Your people sign in with your company's accounts, such as Keycloak or Microsoft Entra ID.";
    hint_installation: "顯示於所有人的登入頁；企業自己的登入服務請在該企業內設定。",
        "On everybody's sign-in page. A tenant's own provider is set up within that tenant.";
    none: "尚未設定登入服務", "No provider yet";
    none_hint: "先在登入服務登錄下列網址，再新增於此。", "Register these addresses at the provider first, then add it here.";
    register: "請在登入服務登錄下列網址", "To be registered at the provider";
    redirect: "重新導向網址（Redirect URI）", "Redirect URI";
    signed_out: "登出後網址（Post-logout redirect URI）", "Post-logout redirect URI";
    logout: "後端登出網址（Back-channel logout URI）", "Back-channel logout URI";
    door: "登入頁網址", "Sign-in page";
    add: "新增登入服務", "Add a provider";
    change: "修改登入服務", "Change a provider";
    edit: "編輯", "Edit";
    remove: "移除", "Remove";
    remove_ask(name): "移除「{name}」？以它登入的裝置會立即登出；成員帳號會保留。",
        "Remove {name}? Whoever is signed in by it is signed out at once; people stay.";
    removed(name): "已移除「{name}」", "{name} was removed";
    saved(name): "已儲存「{name}」", "{name} was saved";
    name: "名稱", "Name";
    name_hint: "顯示於登入按鈕", "On the button of the sign-in page";
    slug: "短名", "Short name";
    slug_hint: "用於網址，例如 /sign-in?with=atoll；小寫英文、數字與連字號", "In addresses, such as /sign-in?with=atoll: a to z, digits, hyphens";
    issuer: "簽發者（Issuer）", "Issuer";
    issuer_hint: "與登入服務宣告的完全相同，例如 https://id.example.com/realms/atoll",
        "Exactly as the provider writes it, such as https://id.example.com/realms/atoll";
    client_id: "用戶端 ID（Client ID）", "Client ID";
    client_secret: "用戶端密鑰（Client secret）", "Client secret";
    secret_keep: "留空表示不變更", "Leave empty to keep it";
    secret_none: "公開用戶端可留空（僅使用 PKCE）", "Leave empty for a public client (PKCE alone)";
    scopes: "範圍（Scopes）", "Scopes";
    scopes_hint: "以空白分隔；openid 一定包含", "Separated by blanks; openid is always among them";
    first: "首次登入", "First sign-in";
    first_invitation: "僅限已受邀的成員", "Invited people only";
    first_rule: "受邀的成員，以及符合規則者", "Invited people, and whom a rule gives a role";
    first_hint: "受邀的成員以登入服務驗證過的電子郵件辨認。", "Invited people are known by the e-mail address that the provider has verified.";
    rules: "規則", "Rules";
    rules_hint: "第一條符合的規則決定角色；相同角色的其他規則再加上其群組。值填 * 表示任何值。每次登入都會重新判斷。",
        "The first that holds says the role; others of that role add their groups. * stands for any value. They are looked at again at each sign-in.";
    rule_add: "新增規則", "Add a rule";
    rule_remove: "移除規則", "Remove the rule";
    claim: "宣告（Claim）", "Claim";
    value: "值", "Value";
    role: "角色", "Role";
    tenant: "企業", "Tenant";
    by_claim: "由宣告指定", "By the claim";
    group: "群組", "Group";
    all_groups: "全部群組", "All groups";
    tenant_claim: "指定企業的宣告", "Claim that names the tenant";
    tenant_claim_hint: "其值為企業名稱；用於未指定企業的規則", "Its value is a tenant's name; for rules that don't say one";
    second_factor: "兩步驟驗證的證明（acr 或 amr）", "Proof of a second factor (acr or amr)";
    second_factor_hint: "登入服務回報其中任一值才允許登入，且不再詢問驗證碼，例如 mfa。留空則依本平台的規定詢問驗證碼。",
        "The provider must report one of these, such as mfa, and no code is asked for here. Left empty, codes are asked for as with a password.";
    trusts_email: "未標示驗證狀態的電子郵件視為已驗證（僅限自有目錄）",
        "Addresses count as verified where nothing is said of it (for your own directory only)";
    enabled: "允許以此登入", "People may sign in by it";
    state: "狀態", "State";
    on: "啟用", "On";
    off: "停用", "Off";

    or: "或", "or";
    sign_in_with(name): "以 {name} 登入", "Sign in with {name}";
    failed: "無法登入", "You couldn't be signed in";
}

impl Texts {
    pub fn first_sign_in(&self, first: FirstSignIn) -> &'static str {
        match first {
            FirstSignIn::Invitation => self.first_invitation,
            FirstSignIn::Rule => self.first_rule,
        }
    }

    /// What a field of the form must be.
    pub fn rule_of(&self, field: &str) -> Option<&'static str> {
        let chinese = self.or == ZH.or;
        let (zh, en) = match field {
            "name" => ("名稱：須為 1 至 100 個字元", "Name: 1 to 100 characters"),
            "slug" => (
                "短名：須為 2 至 40 個小寫英文字母、數字或連字號",
                "Short name: 2 to 40 letters a to z, digits and hyphens",
            ),
            "issuer" => (
                "簽發者：此網址沒有可用的登入服務，或其宣告的簽發者不同；須為 https 網址",
                "Issuer: no provider answers there as this issuer; it is an https address",
            ),
            "client_id" => ("用戶端 ID：不可空白", "Client ID: must not be empty"),
            "client_secret" => {
                ("用戶端密鑰：過長或含有控制字元", "Client secret: too long, or with control characters")
            }
            "scopes" => ("範圍：須為以空白分隔的名稱", "Scopes: names separated by blanks"),
            "rules" => (
                "規則：每條都須有宣告、值與角色；企業角色須指定企業，群組須屬於該企業，依規則登入至少需要一條",
                "Rules: each has claim, value and role; a tenant's role needs the tenant, a group is one of that tenant's, \
                 and letting people in by rule needs one at least",
            ),
            "tenant_claim" => {
                ("指定企業的宣告：須為宣告名稱", "Claim that names the tenant: the name of a claim")
            }
            "second_factor" => {
                ("兩步驟驗證的證明：以逗號分隔的值", "Proof of a second factor: values separated by commas")
            }
            _ => return None,
        };
        Some(if chinese { zh } else { en })
    }

    /// Why somebody wasn't let in, and what they can do.
    pub fn refusal(&self, refusal: Refusal) -> &'static str {
        let chinese = self.or == ZH.or;
        let (zh, en) = match refusal {
            Refusal::NoProvider => (
                "此登入服務不存在或已停用，請洽管理者。",
                "There is no such provider, or it is switched off. Ask your administrator.",
            ),
            Refusal::Stale => (
                "這次登入已逾時、已完成，或是在其他瀏覽器開始的，請重新登入。",
                "This sign-in is over, took too long, or was begun in another browser. Please start again.",
            ),
            Refusal::Denied => ("登入服務未同意這次登入。", "The provider didn't agree to this sign-in."),
            Refusal::Unreachable => (
                "目前無法與登入服務連線，請稍後再試；若持續發生請洽管理者。",
                "The provider can't be reached at the moment. Try again later; if it goes on, tell your administrator.",
            ),
            Refusal::Unproven => (
                "登入服務的回覆無法證明您的身分，請重新登入；若持續發生請洽管理者。",
                "What the provider answered doesn't prove who you are. Start again; if it goes on, tell your administrator.",
            ),
            Refusal::NoEmail => (
                "登入服務沒有提供已驗證的電子郵件，請洽管理者。",
                "The provider doesn't give a verified e-mail address of yours. Ask your administrator.",
            ),
            Refusal::NotInvited => (
                "此帳號尚未受邀使用本平台，請洽管理者。",
                "This account has not been invited. Ask your administrator.",
            ),
            Refusal::NoRole => (
                "此帳號沒有使用本平台的權限，請洽管理者。",
                "This account has no role here. Ask your administrator.",
            ),
            Refusal::EmailTaken => (
                "此電子郵件已屬於其他帳號，請洽管理者。",
                "This e-mail address belongs to another account here. Ask your administrator.",
            ),
            Refusal::ShutOut => {
                ("此帳號已停用，請洽管理者。", "This account is shut out. Ask your administrator.")
            }
            Refusal::NoSecondFactor => (
                "登入服務沒有要求兩步驟驗證，因此無法登入。",
                "The provider didn't ask you for a second factor, which is needed here.",
            ),
            Refusal::TooMany => ("嘗試次數過多，請稍後再試。", "Too many tries. Please wait a while."),
            Refusal::Unavailable => {
                ("目前無法登入，請稍後再試。", "Nobody can be signed in at the moment. Try again soon.")
            }
        };
        if chinese { zh } else { en }
    }
}
