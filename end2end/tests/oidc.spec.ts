import type { Page } from '@playwright/test';
import { CUSTOMER, expect, signIn, test as base, type OpenCmp } from '../fixtures/opencmp';
import { accessible, alive, visit } from '../fixtures/page';
import { CLIENT, CLIENT_SECRET, IdProvider } from '../fixtures/provider';

const SLUG = 'atoll';

/** A server beside a provider that knows it. */
const test = base.extend<{ provider: IdProvider }>({
  provider: async ({ app }, use) => {
    const provider = await IdProvider.start(app.baseURL, SLUG);
    await use(provider);
    await provider.stop();
  },
});

// What is refused has a status that browsers write down; the provider's pages ask for fonts from elsewhere.
test.use({
  as: null,
  consoleErrorsExpected: true,
  serverEnv: { OPENCMP_SIGN_IN__TENANTS_PROVIDERS_ANYWHERE: 'true', OPENCMP_CLIENT_SECRET: CLIENT_SECRET },
});

async function known(app: OpenCmp, provider: IdProvider, ...more: string[]): Promise<void> {
  await app.cli('provider', 'add', '環礁帳號', '--slug', SLUG, '--issuer', provider.issuer, '--client-id', CLIENT, ...more);
}

const ofTheCustomer = ['--tenant', CUSTOMER];
const door = `/sign-in?with=${SLUG}`;

/** From our sign-in page to the provider's, and through it. */
async function through(page: Page, login: string, from = door): Promise<void> {
  await visit(page, from);
  await page.getByRole('link', { name: '以 環礁帳號 登入' }).click();
  await page.waitForURL(/localhost/);
  await page.getByPlaceholder('Enter any login').fill(login);
  await page.getByPlaceholder('and password').fill('whatever');
  await page.getByRole('button', { name: 'Sign-in' }).click();
}

async function refused(page: Page, why: RegExp): Promise<void> {
  await expect(page).toHaveURL(/\/sign-in\?failed=/);
  await expect(page.getByRole('alert').filter({ hasText: '無法登入' })).toContainText(why);
  expect((await page.context().cookies()).filter(({ name }) => name === 'opencmp')).toEqual([]);
}

const MEI = { email: 'mei@example.com', email_verified: true, name: '陳美玲' };

test.describe('by invitation', () => {
  test('somebody who was invited comes in, and is known by who they are at the provider', { tag: '@phone' }, async ({ app, page, provider }) => {
    await known(app, provider, ...ofTheCustomer);
    await app.person('mei@example.com', 'tenant_viewer', CUSTOMER);
    provider.accounts.mei = MEI;
    await through(page, 'mei', `${door}&to=${encodeURIComponent('/sims?q=北區')}`);
    await expect(page).toHaveURL(`${app.baseURL}/sims?q=${encodeURIComponent('北區')}`);
    await alive(page);
    expect((await page.context().cookies(app.baseURL)).find(({ name }) => name === 'opencmp')).toMatchObject({ httpOnly: true, sameSite: 'Lax' });

    // The address is another's at the provider now: that changes nothing for either.
    provider.accounts.other = MEI;
    provider.accounts.mei = { email: 'new@example.com', email_verified: true };
    await page.context().clearCookies();
    await through(page, 'other');
    await refused(page, /已屬於其他帳號/);
    await page.context().clearCookies();
    await through(page, 'mei');
    await expect(page.getByRole('heading', { name: '儀表板' })).toBeVisible();
  });

  test('nobody else does', async ({ app, page, provider }) => {
    await known(app, provider, ...ofTheCustomer);
    provider.accounts.nobody = { email: 'nobody@example.com', email_verified: true };
    await through(page, 'nobody');
    await refused(page, /尚未受邀/);

    // An address that isn't verified says nothing.
    await app.person('mei@example.com', 'tenant_viewer', CUSTOMER);
    provider.accounts.liar = { email: 'mei@example.com', email_verified: false };
    await page.context().clearCookies();
    await through(page, 'liar');
    await refused(page, /已驗證的電子郵件/);

    // Somebody who turns back at the provider is told so.
    await page.context().clearCookies();
    provider.tamperAnswer = (address) => {
      address.searchParams.delete('code');
      address.searchParams.set('error', 'access_denied');
    };
    await through(page, 'nobody');
    await refused(page, /未同意/);
  });
});

test.describe('by rule', () => {
  test('claims say what somebody is, anew at each sign-in', async ({ app, page, provider }) => {
    await known(app, provider, ...ofTheCustomer, '--rule', 'groups=cmp-admins:tenant_admin', '--rule', 'groups=staff:tenant_viewer');
    provider.accounts.wang = { email: 'wang@example.com', email_verified: true, name: '王大明', groups: ['staff', 'cmp-admins'] };
    await through(page, 'wang');
    await expect(page.getByRole('heading', { name: '儀表板' })).toBeVisible();
    await visit(page, '/people');
    await expect(page.getByRole('row', { name: /王大明/ })).toContainText('企業管理者');
    await visit(page, '/audit');
    await expect(page.getByRole('row', { name: /依規則建立成員.*wang@example.com/ })).toBeVisible();

    provider.accounts.wang.groups = ['staff'];
    await page.context().clearCookies();
    await through(page, 'wang');
    await expect(page.getByRole('heading', { name: '儀表板' })).toBeVisible();
    await visit(page, '/account');
    await expect(page.getByText('企業檢視者')).toBeVisible();

    provider.accounts.wang.groups = [];
    await page.context().clearCookies();
    await through(page, 'wang');
    await refused(page, /沒有使用本平台的權限/);
  });

  test("a tenant's provider gives nobody anything of the operator's", async ({ app, page, provider }) => {
    // The program doesn't take such a rule …
    const rule = ['--rule', 'groups=boss:operator_admin'];
    await expect(known(app, provider, ...ofTheCustomer, ...rule)).rejects.toThrow(/no role of the operator's/);
    // … and the operator's people aren't this provider's, whatever it says.
    await known(app, provider, ...ofTheCustomer, '--rule', 'groups=boss:tenant_admin');
    provider.accounts.boss = { email: 'operator@opencmp.example', email_verified: true, groups: ['boss'] };
    await through(page, 'boss');
    await refused(page, /已屬於其他帳號/);
    // Neither is the first administrator, who has no address yet.
    provider.accounts.first = { email: 'admin@opencmp.invalid', email_verified: true, groups: ['boss'] };
    await page.context().clearCookies();
    await through(page, 'first');
    await refused(page, /已屬於其他帳號/);
  });

  test('the first administrator is nobody that a provider knows', async ({ app, page, provider }) => {
    await known(app, provider);
    provider.accounts.first = { email: 'admin@opencmp.invalid', email_verified: true };
    await through(page, 'first', '/sign-in');
    await refused(page, /尚未受邀/);
  });

  test("the installation's provider finds the tenant, and leaves the second factor to who proves it", async ({ app, page, provider }) => {
    const rules = ['--rule', `groups=atoll:tenant_viewer@${CUSTOMER}`, '--rule', 'groups=noc:operator_support'];
    await known(app, provider, ...rules, '--second-factor', 'urn:two');
    provider.accounts.lin = { email: 'lin@example.com', email_verified: true, groups: ['atoll'] };
    await through(page, 'lin', '/sign-in');
    await refused(page, /兩步驟驗證/);
    provider.accounts.lin.acr = 'urn:two';
    await page.context().clearCookies();
    await through(page, 'lin', '/sign-in');
    await visit(page, '/account');
    await expect(page.getByText('企業檢視者')).toBeVisible();
    provider.accounts.noc = { email: 'noc@example.com', email_verified: true, groups: ['noc'], acr: 'urn:two' };
    await page.context().clearCookies();
    await through(page, 'noc', '/sign-in');
    await visit(page, '/account');
    await expect(page.getByText('維運客服')).toBeVisible();
  });
});

test.describe('with the second factor of the house', () => {
  test.use({ serverEnv: { OPENCMP_SIGN_IN__OPERATORS_NEED_SECOND_FACTOR: 'true', OPENCMP_CLIENT_SECRET: CLIENT_SECRET } });

  test("it is asked of the operator's staff where the provider proves none", async ({ app, page, provider }) => {
    await known(app, provider, '--rule', 'groups=noc:operator_support');
    provider.accounts.noc = { email: 'noc@example.com', email_verified: true, groups: ['noc'] };
    await through(page, 'noc', '/sign-in');
    await expect(page.getByRole('heading', { name: '設定兩步驟驗證' })).toBeVisible();
    await page.goto('/operator');
    await expect(page).toHaveURL(/\/sign-in/);
  });
});

test.describe('what proves nothing is refused', () => {
  test.beforeEach(async ({ app, provider }) => {
    await known(app, provider, ...ofTheCustomer);
    await app.person('mei@example.com', 'tenant_viewer', CUSTOMER);
    provider.accounts.mei = MEI;
  });

  test('a wrong nonce', async ({ page, provider }) => {
    provider.tamperToken = (claims) => ({ ...claims, nonce: 'another' });
    await through(page, 'mei');
    await refused(page, /無法證明您的身分/);
  });

  test('no nonce', async ({ page, provider }) => {
    provider.tamperToken = ({ nonce: _, ...claims }) => claims;
    await through(page, 'mei');
    await refused(page, /無法證明您的身分/);
  });

  test('a wrong state', async ({ page, provider }) => {
    provider.tamperAnswer = (address) => address.searchParams.set('state', '0'.repeat(64));
    await through(page, 'mei');
    await refused(page, /請重新登入/);
  });

  test('a replayed answer, and a replayed code', async ({ app, page, provider }) => {
    let first: URL | undefined;
    provider.tamperAnswer = (address) => (first = new URL(address.href));
    await through(page, 'mei');
    await expect(page.getByRole('heading', { name: '儀表板' })).toBeVisible();
    await page.context().clearCookies({ name: 'opencmp' });
    await page.goto(first!.href);
    await refused(page, /已逾時、已完成/);

    provider.tamperAnswer = (address) => address.searchParams.set('code', first!.searchParams.get('code')!);
    await page.context().clearCookies();
    await through(page, 'mei');
    await refused(page, /無法證明您的身分/);
    expect(await app.log()).toContain('the code was refused: invalid_grant');
  });

  test('an answer that another browser asked for', async ({ app, page, browser, provider }) => {
    let theirs: URL | undefined;
    provider.tamperAnswer = (address) => {
      theirs = new URL(address.href);
      // Their own browser never brings it.
      address.pathname = '/healthz';
    };
    const attacker = await browser.newContext({ baseURL: app.baseURL, locale: 'zh-TW' });
    await through(await attacker.newPage(), 'mei');
    await expect.poll(() => theirs?.href).toBeTruthy();
    await attacker.close();
    await page.goto(theirs!.href);
    await refused(page, /在其他瀏覽器開始/);
  });

  test("another issuer's answer", async ({ page, provider }) => {
    provider.tamperAnswer = (address) => address.searchParams.set('iss', 'https://id.evil.example');
    await through(page, 'mei');
    await refused(page, /無法證明您的身分/);
  });

  test('an expired token', async ({ page, provider }) => {
    provider.tamperToken = (claims) => ({ ...claims, iat: Date.now() / 1000 - 400, exp: Math.floor(Date.now() / 1000) - 300 });
    await through(page, 'mei');
    await refused(page, /無法證明您的身分/);
  });

  test("another client's token", async ({ page, provider }) => {
    provider.tamperToken = (claims) => ({ ...claims, aud: 'somebody-else' });
    await through(page, 'mei');
    await refused(page, /無法證明您的身分/);
  });

  test('a token signed by nobody knows whom', async ({ page, provider }) => {
    provider.foreignKey = true;
    await through(page, 'mei');
    await refused(page, /無法證明您的身分/);
  });

  test('a way on that leads elsewhere', async ({ app, page }) => {
    await through(page, 'mei', `${door}&to=//evil.example/`);
    await expect(page).toHaveURL(`${app.baseURL}/`);
  });
});

test('the provider changes its key', async ({ app, page, provider }) => {
  await known(app, provider, ...ofTheCustomer);
  await app.person('mei@example.com', 'tenant_viewer', CUSTOMER);
  provider.accounts.mei = MEI;
  await through(page, 'mei');
  await expect(page.getByRole('heading', { name: '儀表板' })).toBeVisible();
  provider.rotate();
  await page.context().clearCookies();
  await through(page, 'mei');
  await expect(page.getByRole('heading', { name: '儀表板' })).toBeVisible();
});

test.describe('signing out', () => {
  test.beforeEach(async ({ app, page, provider }) => {
    await known(app, provider, ...ofTheCustomer);
    await app.person('mei@example.com', 'tenant_viewer', CUSTOMER);
    provider.accounts.mei = MEI;
    await through(page, 'mei');
    await expect(page.getByRole('heading', { name: '儀表板' })).toBeVisible();
  });

  test('here is signing out at the provider', async ({ app, page, provider }) => {
    await alive(page);
    await page.getByRole('button', { name: /^我的帳號/ }).click();
    await page.getByRole('button', { name: '登出' }).click();
    await page.waitForURL(/localhost/);
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await expect(page).toHaveURL(new RegExp(`^${app.baseURL}/sign-in`));
    // The page remembers which way one came; the provider asks again who one is.
    await alive(page);
    await page.getByRole('link', { name: '以 環礁帳號 登入' }).click();
    await page.waitForURL(new RegExp(provider.issuer));
    await expect(page.getByPlaceholder('Enter any login')).toBeVisible();
  });

  test('at the provider is signing out here', async ({ page, provider }) => {
    await page.goto(`${provider.issuer}/session/end`);
    await page.getByRole('button', { name: 'Yes, sign me out' }).click();
    await expect(async () => {
      await page.goto('/sims');
      await expect(page).toHaveURL(/\/sign-in/, { timeout: 500 });
    }).toPass();
  });

  test('an ID token is no token of a logout', async ({ app, provider }) => {
    const body = new URLSearchParams({ logout_token: provider.tokens[0] });
    const answer = await fetch(`${app.baseURL}/sign-in/oidc/${SLUG}/logout`, { method: 'POST', body });
    expect(answer.status).toBe(400);
  });
});

test.describe('set up on a page', () => {
  test.use({ as: 'customer' });

  test('by an administrator of the tenant', async ({ app, page, browser, provider }) => {
    await visit(page, '/people');
    await expect(page.getByText('尚未設定登入服務')).toBeVisible();
    await expect(page.getByText(`${app.baseURL}/sign-in/oidc/callback`)).toBeVisible();
    await page.getByRole('button', { name: '新增登入服務' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('名稱', { exact: true }).fill('環礁帳號');
    await dialog.getByLabel('短名').fill(SLUG);
    await dialog.getByLabel('簽發者').fill(`${provider.issuer}/nowhere`);
    await dialog.getByLabel('用戶端 ID').fill(CLIENT);
    await dialog.getByLabel('用戶端密鑰').fill(CLIENT_SECRET);
    await dialog.getByLabel('首次登入').selectOption({ label: '受邀的成員，以及符合規則者' });
    await dialog.getByRole('button', { name: '新增規則' }).click();
    await dialog.getByLabel('宣告（Claim）').fill('groups');
    await dialog.getByLabel('值', { exact: true }).fill('staff');
    // Roles of the operator's aren't offered.
    await expect(dialog.getByLabel('角色').locator('option')).toHaveText(['企業管理者', '企業編輯者', '企業檢視者']);
    await dialog.getByLabel('角色').selectOption({ label: '企業編輯者' });
    await accessible(page, 'the form of a provider', 'dialog');
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('簽發者');
    await dialog.getByLabel('簽發者').fill(provider.issuer);
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(page.getByRole('row', { name: /環礁帳號/ })).toContainText('受邀的成員，以及符合規則者');

    provider.accounts.lin = { email: 'lin@example.com', email_verified: true, groups: ['staff'] };
    const theirs = await browser.newContext({ baseURL: app.baseURL, locale: 'zh-TW' });
    const their = await theirs.newPage();
    await through(their, 'lin');
    await expect(their.getByRole('heading', { name: '儀表板' })).toBeVisible();

    // Unlinked, the next who comes with the address is them, by a new account.
    await page.reload();
    await alive(page);
    await page.getByRole('button', { name: '編輯 lin@example.com' }).click();
    await page.getByRole('button', { name: '解除登入服務連結' }).click();
    await expect(page.getByText('已更新')).toBeVisible();
    provider.accounts.lin2 = provider.accounts.lin;
    await theirs.clearCookies();
    await through(their, 'lin2');
    await expect(their.getByRole('heading', { name: '儀表板' })).toBeVisible();

    // Changed without naming the secret again; switched off, whoever came by it is out.
    await page.getByRole('button', { name: '編輯 環礁帳號' }).click();
    await expect(dialog.getByLabel('宣告（Claim）')).toHaveValue('groups');
    await expect(dialog.getByLabel('角色')).toHaveValue('tenant_editor');
    await dialog.getByLabel('允許以此登入').uncheck();
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(page.getByRole('row', { name: /環礁帳號/ })).toContainText('停用');
    await their.goto('/sims');
    await expect(their).toHaveURL(/\/sign-in/);
    await expect(their.getByRole('link', { name: /環礁帳號/ })).toHaveCount(0);
    await theirs.close();

    await page.getByRole('button', { name: '移除 環礁帳號' }).click();
    await dialog.getByRole('button', { name: '移除' }).click();
    await expect(page.getByText('尚未設定登入服務')).toBeVisible();
    await visit(page, '/audit?action=provider.');
    for (const done of ['新增登入服務', '修改登入服務', '移除登入服務']) {
      await expect(page.getByRole('cell', { name: done, exact: true })).toBeVisible();
    }
  });

  test("the installation's are the operator's", async ({ app, page, context, provider }) => {
    await signIn(context, app, 'operator');
    await visit(page, '/manage');
    await page.getByRole('button', { name: '新增登入服務' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('名稱', { exact: true }).fill('環礁帳號');
    await dialog.getByLabel('短名').fill(SLUG);
    await dialog.getByLabel('簽發者').fill(provider.issuer);
    await dialog.getByLabel('用戶端 ID').fill(CLIENT);
    await dialog.getByLabel('用戶端密鑰').fill(CLIENT_SECRET);
    await dialog.getByLabel('首次登入').selectOption({ label: '受邀的成員，以及符合規則者' });
    await dialog.getByRole('button', { name: '新增規則' }).click();
    await dialog.getByLabel('宣告（Claim）').fill('groups');
    await dialog.getByLabel('值', { exact: true }).fill('staff');
    // A tenant's role needs a tenant.
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(dialog.getByRole('alert')).toContainText('企業角色須指定企業');
    await dialog.getByLabel('企業', { exact: true }).selectOption({ label: CUSTOMER });
    await dialog.getByRole('button', { name: '儲存' }).click();
    await expect(page.getByRole('row', { name: /環礁帳號/ })).toContainText(provider.issuer);
    await context.clearCookies();
    await visit(page, '/sign-in');
    await expect(page.getByRole('link', { name: '以 環礁帳號 登入' })).toBeVisible();
  });
});
