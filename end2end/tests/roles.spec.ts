import type { Browser, Page } from '@playwright/test';
import { addGateway, importSims, Session, sim } from '../fixtures/fleet';
import { CUSTOMER, expect, signIn, test, type OpenCmp } from '../fixtures/opencmp';
import { accessible, alive, live, simRows, toast, visit } from '../fixtures/page';
import { PASSWORD } from '../fixtures/server';

// Each role's day, from the way in to what it may not do. What is refused has a status that browsers write down.
test.use({ as: null, consoleErrorsExpected: true });
test.describe.configure({ timeout: 240_000 });

const NORTH = [1, 2, 3].map((at) => sim(at, { group: '北區' }));
const SOUTH = [4, 5].map((at) => sim(at, { group: '南區' }));

/** Pages of a customer's people who aren't administrators. */
const WHO_ADMINISTERS_NOTHING = {
  offered: { 儀表板: '/', 門號列表: '/sims', 用量查詢: '/usage', 告警: '/alerts', 群組管理: '/groups' },
  refused: ['/people', '/audit', '/operator', '/manage', '/stock', '/cells'],
};

const navigation = (page: Page) => page.getByRole('navigation', { name: '主選單' });

async function becomes(page: Page, app: OpenCmp, role: string, ...more: string[]): Promise<void> {
  const email = `${role}@roles.example`;
  await app.person(email, role, ...more);
  await page.context().clearCookies();
  await signIn(page.context(), app, { email });
  await page.emulateMedia({ reducedMotion: 'reduce' });
}

/** In a browser of their own. */
async function elsewhere(browser: Browser, app: OpenCmp): Promise<Page> {
  const context = await browser.newContext({ locale: 'zh-TW', timezoneId: 'Asia/Taipei', baseURL: app.baseURL });
  return context.newPage();
}

/** Each page that the role has is offered, and has nothing that axe finds; each that it hasn't says so. */
async function pages(page: Page, offered: Record<string, string>, refused: string[]): Promise<void> {
  await visit(page, '/');
  await expect(navigation(page).getByRole('listitem')).toHaveText(Object.keys(offered));
  for (const path of Object.values(offered)) {
    await visit(page, path);
    await expect(page.getByText('沒有權限')).toHaveCount(0);
    await accessible(page, path);
  }
  for (const path of refused) {
    await visit(page, path);
    await expect(page.getByText('沒有權限').first()).toBeVisible();
    await accessible(page, path);
  }
}

/** What the server answers when a page asks for what it wasn't offered. */
function asks(page: Page, name: string, body: unknown): Promise<number> {
  return page.evaluate(
    async ([name, body]) => {
      const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
      return (await fetch(`/fn/${name}`, { method: 'POST', headers, body: JSON.stringify(body) })).status;
    },
    [name, body] as const,
  );
}

test('an operator’s administrator brings a customer from nothing to a live fleet', async ({ app, page, browser }) => {
  await becomes(page, app, 'operator_admin');
  await visit(page, '/manage');
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: '新增企業' }).click();
  await dialog.getByLabel('名稱').fill('大甲水務');
  await dialog.getByRole('button', { name: '新增企業' }).click();
  await expect(page.getByRole('row', { name: /大甲水務/ })).toBeVisible();
  await page.getByRole('button', { name: '新增閘道' }).click();
  await dialog.getByLabel('名稱').fill('pgw-tpe-01');
  await dialog.getByLabel('來源位址').fill('127.0.0.1');
  await dialog.getByLabel('密鑰').fill('testing123');
  await dialog.getByRole('button', { name: '儲存' }).click();
  await expect(page.getByRole('row', { name: /pgw-tpe-01/ })).toBeVisible();

  const [one, two] = NORTH;
  await visit(page, '/stock');
  await page.getByRole('button', { name: '匯入門號' }).click();
  const lines = [one, two].map(({ iccid, imsi, msisdn }) => `${iccid},${imsi},${msisdn},2026-11-01,active`);
  await dialog.getByLabel('或貼上內容').fill(['iccid,imsi,門號,batch,state', ...lines].join('\n'));
  await dialog.getByRole('button', { name: '預覽' }).click();
  await dialog.getByRole('button', { name: '匯入 2 列' }).click();
  await expect(toast(page, '已匯入 2 列')).toBeVisible();
  await page.getByRole('button', { name: '配發批號 2026-11-01' }).click();
  await dialog.getByLabel('配發給').selectOption({ label: '大甲水務' });
  await dialog.getByRole('button', { name: '預覽' }).click();
  await dialog.getByRole('button', { name: '配發 2 個門號' }).click();
  await expect(toast(page, '已配發 2 個門號給「大甲水務」')).toBeVisible();

  // Within the customer, with a reason, somebody of theirs is invited.
  await page.getByRole('button', { name: /^我的帳號/ }).click();
  await page.getByLabel('原因（選填）').fill('開通');
  await page.getByRole('button', { name: /^大甲水務/ }).click();
  await expect(page.getByText('您正以電信維運人員身分檢視「大甲水務」')).toBeVisible();
  await visit(page, '/people');
  await page.getByRole('button', { name: '邀請成員' }).click();
  await dialog.getByLabel('電子郵件').fill('lin@dajia.example');
  await dialog.getByLabel('姓名').fill('林小姐');
  await dialog.getByLabel('角色').selectOption({ label: '企業管理者' });
  await dialog.getByRole('button', { name: '邀請成員' }).click();
  const link = /\/link\/[0-9a-f]{64}/.exec(await page.locator('.link-to-send').innerText())![0];

  const their = await elsewhere(browser, app);
  await visit(their, link);
  await their.getByLabel('新密碼').fill('five slow tortoises');
  await their.getByRole('button', { name: '設定密碼' }).click();
  await expect(their).toHaveURL(/\/sign-in$/);
  await alive(their);
  await their.getByLabel('電子郵件').fill('lin@dajia.example');
  await their.getByLabel('密碼', { exact: true }).fill('five slow tortoises');
  await their.getByRole('button', { name: '登入' }).click();
  await expect(their.getByRole('heading', { name: '儀表板' })).toBeVisible();
  await visit(their, '/sims');
  await live(their);
  await expect(simRows(their)).toHaveCount(2);
  const row = their.getByRole('row', { name: one.msisdn });
  await expect(row).toContainText('未連線');
  await new Session(app, one, 'first').start();
  await expect(row).toContainText('已連線 (Start)');
  // Who came in from the operator's side, and why.
  await visit(their, '/audit');
  const entry = their.getByRole('row', { name: /進入企業檢視/ });
  await entry.getByText('內容').click();
  await expect(entry).toContainText('原因 開通');
  await their.context().close();
});

test('an operator’s support reads every customer, and changes nothing', async ({ app, page }) => {
  await addGateway(app);
  await importSims(app, CUSTOMER, NORTH);
  await importSims(app, '大甲水務', SOUTH);
  await becomes(page, app, 'operator_support');
  await pages(
    page,
    { 儀表板: '/', 門號列表: '/sims', 用量查詢: '/usage', 電信維運: '/operator', 操作紀錄: '/audit' },
    ['/people', '/manage', '/stock'],
  );
  await visit(page, '/sims');
  await expect(simRows(page)).toHaveCount(5);
  await page.getByRole('button', { name: /^我的帳號/ }).click();
  await page.getByRole('button', { name: /^大甲水務/ }).click();
  await expect(page.getByText('您正以電信維運人員身分檢視「大甲水務」')).toBeVisible();
  await visit(page, '/sims');
  await expect(simRows(page)).toHaveCount(2);
  await expect(page.getByRole('checkbox')).toHaveCount(0);
  await page.getByRole('link', { name: SOUTH[0].msisdn, exact: true }).click();
  await expect(page.getByRole('heading', { name: '識別資料' })).toBeVisible();
  await expect(page.getByRole('button', { name: '編輯' })).toHaveCount(0);
  const id = Number(/\/sims\/(\d+)/.exec(page.url())![1]);
  await visit(page, '/groups');
  // Nothing but the way out of the customer.
  await expect(page.getByRole('main').getByRole('button')).toHaveText(['離開']);
  expect(await asks(page, 'group_create', { name: '東區', above: null })).toBe(403);
  expect(await asks(page, 'sims_tag', { choice: { Chosen: [id] }, add: ['x'], remove: [] })).toBe(403);
  expect(await asks(page, 'gateway_remove', { id: 1 })).toBe(403);
  expect(await asks(page, 'cells_remove', { filter: { plmn: null, radio: null, text: '' }, expected: 0 })).toBe(403);
  await page.getByRole('button', { name: '離開' }).click();
  await expect(page).toHaveURL(/\/operator$/);
  // Cells are read, too.
  await page.getByRole('link', { name: '基地台' }).click();
  await expect(page.getByText('尚無基地台資料')).toBeVisible();
  await expect(page.getByRole('main').getByRole('button')).toHaveText(['查詢']);
});

test('a customer’s administrator sets up people, and shuts one out with a reason', async ({ app, page, browser }) => {
  await importSims(app, CUSTOMER, [...NORTH, ...SOUTH]);
  await app.person('editor@customer.example', 'tenant_editor', CUSTOMER);
  await becomes(page, app, 'tenant_admin', CUSTOMER);
  await pages(
    page,
    {
      儀表板: '/',
      門號列表: '/sims',
      用量查詢: '/usage',
      告警: '/alerts',
      群組管理: '/groups',
      成員與權限: '/people',
      操作紀錄: '/audit',
    },
    ['/operator', '/manage', '/stock', '/cells'],
  );
  const their = await elsewhere(browser, app);
  await signIn(their.context(), app, { email: 'editor@customer.example' });
  await visit(their, '/sims');
  await live(their);
  // Limited to a group, the list is that group's at once.
  await visit(page, '/people');
  await page.getByRole('button', { name: '編輯 editor' }).click();
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: '編輯', exact: true }).click();
  await dialog.getByRole('checkbox', { name: /^僅限以下群組/ }).check();
  await dialog.getByRole('checkbox', { name: '北區' }).check();
  await dialog.getByRole('button', { name: '儲存' }).click();
  await expect(page.getByRole('row', { name: /editor@customer/ })).toContainText('北區');
  // Whose permissions change is signed out.
  await their.goto('/sims');
  await expect(their).toHaveURL(/\/sign-in/);
  await signIn(their.context(), app, { email: 'editor@customer.example' });
  await visit(their, '/sims');
  await expect(simRows(their)).toHaveCount(3);

  await page.getByRole('button', { name: '編輯 editor' }).click();
  await page.getByRole('button', { name: '停用帳號' }).click();
  await accessible(page, 'shutting out');
  await dialog.getByLabel('原因（選填）').fill('已離職');
  await dialog.getByRole('button', { name: '停用帳號' }).click();
  await expect(page.getByRole('row', { name: /editor@customer/ })).toContainText('停用');
  await their.reload();
  await expect(their).toHaveURL(/\/sign-in/);
  await their.context().close();
  await visit(page, '/audit');
  const entry = page.getByRole('row', { name: /停用成員/ });
  await entry.getByText('內容').click();
  await expect(entry).toContainText('原因 已離職');
  // Nothing of the network's side.
  expect(await asks(page, 'tenant_create', { name: 'x', zone: 'Asia/Taipei' })).toBe(403);
  expect(await asks(page, 'operator_status', {})).toBe(403);
});

test('an editor of one group works within it, and knows of no other', async ({ app, page }) => {
  await importSims(app, CUSTOMER, [...NORTH, ...SOUTH]);
  await becomes(page, app, 'tenant_editor', CUSTOMER, '--group', '北區');
  await pages(page, WHO_ADMINISTERS_NOTHING.offered, WHO_ADMINISTERS_NOTHING.refused);
  await visit(page, '/sims');
  await expect(simRows(page)).toHaveCount(3);
  await page.getByRole('searchbox').first().fill(SOUTH[0].msisdn);
  await page.getByRole('searchbox').first().press('Enter');
  await expect(simRows(page)).toHaveCount(0);
  await visit(page, '/sims');
  await page.getByRole('link', { name: NORTH[0].msisdn, exact: true }).click();
  await page.getByRole('button', { name: '編輯' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel('群組').locator('option')).toHaveText(['北區']);
  await dialog.getByLabel('設備名稱').fill('一號電表');
  await dialog.getByRole('button', { name: '儲存' }).click();
  await expect(toast(page, '已儲存')).toBeVisible();
  await expect(page.getByRole('main').getByText('一號電表', { exact: true }).first()).toBeVisible();
  // Another group's SIM isn't there for them.
  await signIn(page.context(), app, 'customer');
  await visit(page, `/sims?q=${SOUTH[0].msisdn}`);
  const theirs = await page.getByRole('link', { name: SOUTH[0].msisdn, exact: true }).getAttribute('href');
  await signIn(page.context(), app, { email: 'tenant_editor@roles.example' });
  await visit(page, theirs!);
  await expect(page.getByText('找不到')).toBeVisible();
});

test('a viewer looks, takes a list along, and is offered no change', async ({ app, page }) => {
  await importSims(app, CUSTOMER, NORTH);
  await becomes(page, app, 'tenant_viewer', CUSTOMER);
  await pages(page, WHO_ADMINISTERS_NOTHING.offered, WHO_ADMINISTERS_NOTHING.refused);
  await visit(page, '/sims');
  await expect(simRows(page)).toHaveCount(3);
  const waiting = page.waitForEvent('download');
  await page.getByRole('button', { name: '下載門號明細' }).click();
  await page.getByRole('link', { name: /CSV/ }).click();
  expect((await waiting).suggestedFilename()).toMatch(/\.csv$/);
  await page.getByRole('link', { name: NORTH[0].msisdn, exact: true }).click();
  await expect(page.getByRole('heading', { name: '識別資料' })).toBeVisible();
  await expect(page.getByRole('button', { name: '編輯' })).toHaveCount(0);
  expect(await asks(page, 'group_create', { name: '東區', above: null })).toBe(403);
  expect(await asks(page, 'person_enable', { id: 1, enabled: false })).toBe(403);
  // One's own account is everybody's: the password is changed, and the one before is none any more.
  await visit(page, '/account');
  await accessible(page, '/account');
  await page.getByLabel('目前的密碼').fill(PASSWORD);
  await page.getByLabel('新密碼').fill('nine grey pelicans');
  await page.getByRole('button', { name: '變更密碼' }).click();
  await expect(toast(page, '密碼已變更')).toBeVisible();
  await expect(app.signIn({ email: 'tenant_viewer@roles.example' })).rejects.toThrow('can\'t sign in');
});
