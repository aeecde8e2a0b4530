//! A provider is added, or what is said of it is changed.

use super::{
    State,
    rules::{Rows, RulesField},
};
use crate::{
    api::{ApiError, providers as api},
    components::{Check, Copy, DialogForm, Submission, TextField},
    i18n::use_texts,
};
use leptos::{ev, prelude::*};
use opencmp_domain::provider::{FirstSignIn, Provider, ProviderSaid};

/// What most providers are asked for.
const SCOPES: &str = "openid email profile";

fn nothing_said() -> ProviderSaid {
    ProviderSaid {
        name: String::new(),
        slug: String::new(),
        issuer: String::new(),
        client_id: String::new(),
        client_secret: None,
        scopes: SCOPES.to_owned(),
        first_sign_in: FirstSignIn::Invitation,
        rules: Vec::new(),
        tenant_claim: None,
        trusts_email: false,
        second_factor: Vec::new(),
        enabled: true,
    }
}

#[component]
pub fn ProviderForm(state: State) -> impl IntoView {
    let texts = use_texts();
    let t = texts.providers();
    let submission = Submission::with_fields(state.form, "provider");
    let held: Option<Provider> = state.editing.get_untracked();
    let (id, has_secret) =
        (held.as_ref().map(|held| held.id), held.as_ref().is_some_and(|held| held.has_secret));
    let shown = state.providers.get_untracked().and_then(Result::ok);
    let of_tenant = shown.as_ref().and_then(|shown| shown.tenant);
    let base = shown.as_ref().map(|shown| shown.signed_out.clone()).unwrap_or_default();
    let tenants = shown.map(|shown| shown.tenants).unwrap_or_default();
    let said = held.map_or_else(nothing_said, |held| held.said);
    let (name, slug) = (RwSignal::new(said.name), RwSignal::new(said.slug));
    let (issuer, client_id) = (RwSignal::new(said.issuer), RwSignal::new(said.client_id));
    let (secret, scopes) = (RwSignal::new(String::new()), RwSignal::new(said.scopes));
    let first = RwSignal::new(said.first_sign_in);
    let rows = Rows::of(said.rules);
    let tenant_claim = RwSignal::new(said.tenant_claim.unwrap_or_default());
    let second_factor = RwSignal::new(said.second_factor.join(", "));
    let (trusts_email, enabled) = (RwSignal::new(said.trusts_email), RwSignal::new(said.enabled));
    let logout = Signal::derive(move || format!("{base}/oidc/{}/logout", slug.read().trim()));
    let save = move || {
        let typed = secret.get_untracked();
        let said = ProviderSaid {
            name: name.get_untracked(),
            slug: slug.get_untracked(),
            issuer: issuer.get_untracked(),
            client_id: client_id.get_untracked(),
            client_secret: (!typed.is_empty()).then_some(typed),
            scopes: scopes.get_untracked(),
            first_sign_in: first.get_untracked(),
            rules: rows.said(),
            tenant_claim: Some(tenant_claim.get_untracked()).filter(|claim| !claim.trim().is_empty()),
            trusts_email: trusts_email.get_untracked(),
            second_factor: second_factor.with_untracked(|text| values(text)),
            enabled: enabled.get_untracked(),
        };
        let wanted = said.name.clone();
        let done = move |_| {
            state.providers.refetch();
            (t.saved)(wanted.trim())
        };
        let wrong = |error: ApiError| {
            let field = match &error {
                ApiError::Invalid { field, .. } => field.clone(),
                ApiError::Taken { .. } => "slug".to_owned(),
                _ => String::new(),
            };
            let rule = match error {
                ApiError::Invalid { .. } => t.rule_of(&field).map(str::to_owned),
                _ => None,
            };
            (field, rule.unwrap_or_else(|| texts.error(&error)))
        };
        submission.send(api::provider_save(id, said), done, wrong);
    };
    let secret_hint = if has_secret { t.secret_keep } else { t.secret_none };
    view! {
        <DialogForm submission submit=texts.shell.save on_submit=save>
                <TextField id="provider-name" label=t.name value=name most=100 autofocus=true hint=t.name_hint/>
                <TextField id="provider-slug" label=t.slug value=slug most=40 class="mono" hint=t.slug_hint/>
                <TextField id="provider-issuer" label=t.issuer value=issuer most=500 class="mono" hint=t.issuer_hint/>
                <TextField id="provider-client_id" label=t.client_id value=client_id most=500 class="mono"/>
                <TextField
                    id="provider-client_secret"
                    label=t.client_secret
                    value=secret
                    most=1000
                    kind="password"
                    autocomplete="new-password"
                    class="mono"
                    optional=true
                    hint=secret_hint
                />
                <TextField id="provider-scopes" label=t.scopes value=scopes most=500 class="mono" hint=t.scopes_hint/>
                <FirstSignInField first/>
                <Show when=move || first.get() == FirstSignIn::Rule>
                    <RulesField rows of_tenant tenants=tenants.clone() groups=state.groups/>
                    <Show when=move || of_tenant.is_none()>
                        <TextField
                            id="provider-tenant_claim"
                            label=t.tenant_claim
                            value=tenant_claim
                            most=500
                            class="mono"
                            optional=true
                            hint=t.tenant_claim_hint
                        />
                    </Show>
                </Show>
                <TextField
                    id="provider-second_factor"
                    label=t.second_factor
                    value=second_factor
                    most=500
                    class="mono"
                    optional=true
                    hint=t.second_factor_hint
                />
                <Check label=t.trusts_email value=trusts_email/>
                <Check label=t.enabled value=enabled/>
                <div class="field">
                    <span class="field-label">{t.logout}</span>
                    <p class="link-to-send"><Copy value=logout what=t.logout/></p>
                </div>
        </DialogForm>
    }
}

#[component]
fn FirstSignInField(first: RwSignal<FirstSignIn>) -> impl IntoView {
    let t = use_texts().providers();
    let choose = move |event: ev::Event| {
        if let Some(chosen) = FirstSignIn::parse(&event_target_value(&event)) {
            first.set(chosen);
        }
    };
    view! {
        <div class="field">
            <label for="provider-first">{t.first}</label>
            <select id="provider-first" class="select" on:change=choose aria-describedby="provider-first-hint">
                {FirstSignIn::ALL
                    .map(|offer| {
                        view! {
                            <option value=offer.code() selected=offer == first.get_untracked()>
                                {t.first_sign_in(offer)}
                            </option>
                        }
                        .into_any()
                    })}
            </select>
            <p id="provider-first-hint" class="field-hint">{t.first_hint}</p>
        </div>
    }
}

/// `mfa, otp`
fn values(text: &str) -> Vec<String> {
    text.split([',', '、']).map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
}
